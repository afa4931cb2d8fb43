"""`Recording`: what every reader makes and everything else reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gotrace.tables.columns import Columns, Lazy
from gotrace.tables.notes import Note

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["Origin", "Recording"]


@dataclass(frozen=True)
class Origin:
    """Where a recording comes from and what its header says.

    Times are nanoseconds (`time_ns` since 1970, 0 where unknown). `period` is one sample every so
    many `period_unit` of `period_type`. `format` is the reader's name for what it read, such as
    `pprof protobuf` or `heap text (debug=1)`. Empty strings and zeros mean "not in the file". Only
    a difference of recordings has `base_paths`: what was subtracted.
    """

    paths: tuple[str, ...] = ()
    base_paths: tuple[str, ...] = ()
    format: str = ""
    sha256: str = ""
    size_bytes: int = 0
    go_version: str = ""
    time_ns: int = 0
    duration_ns: int = 0
    period_type: str = ""
    period_unit: str = ""
    period: int = 0
    comments: tuple[str, ...] = ()
    drop_frames: str = ""
    keep_frames: str = ""
    default_sample_type: str = ""
    doc_url: str = ""


@dataclass(frozen=True)
class Recording:
    """One recording as tables.

    `kind` is what was recorded: `heap`, `cpu`, `goroutine`, `contention`, `threadcreate` or
    `profile` for any other pprof profile; `trace`, or `gclog` for a log of GODEBUG=gctrace=1.
    `columns` is how the tables lie in memory (see `gotrace.tables.columns`; what each analysis
    reads), `tables` the same as Arrow tables with ids, made when first asked for.
    """

    kind: str
    origin: Origin
    columns: Lazy[Columns]
    notes: tuple[Note, ...] = field(default=())

    @cached_property
    def tables(self) -> Mapping[str, pa.Table]:
        """Table name → Arrow table with the schema of `gotrace.tables.schema`."""
        # Arrow costs 0.1 s to import, and most reports never ask for it.
        from gotrace.tables.arrow import arrow_table  # noqa: PLC0415

        return Lazy({name: partial(arrow_table, self, name) for name in self.columns})

    def to_arrow(self) -> dict[str, pa.Table]:
        """All tables as Arrow tables."""
        return dict(self.tables)

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """All tables as pandas data frames; needs pandas."""
        return {name: table.to_pandas() for name, table in self.tables.items()}

    def with_notes(self, *notes: Note) -> Recording:
        """The same recording with more notes."""
        return replace(self, notes=self.notes + notes)

    @property
    def sample_types(self) -> list[tuple[str, str]]:
        """(type, unit) of each sample type, in the recording's order; empty for a trace."""
        if "sample_types" not in self.columns:
            return []
        table = self.columns["sample_types"]
        return list(zip(table.array("sample_type"), table.array("unit"), strict=True))

    @property
    def sample_count(self) -> int:
        """How many samples (not rows of `samples`) there are."""
        return self.columns["sample_locations"].rows

    def values(self, sample_type: int) -> npt.NDArray[np.int64]:
        """The values of sample type number `sample_type`, one for each sample (int64).

        In memory `samples` is ordered by sample type, then sample: this is a slice, not a copy.
        """
        count = self.sample_count
        value: npt.NDArray[Any] = self.columns["samples"].array("value")
        return value[sample_type * count : (sample_type + 1) * count]
