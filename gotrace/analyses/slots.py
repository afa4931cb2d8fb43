"""Which size class every sample of a heap profile belongs to, and by which Go version's table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gotrace.analyses.go_version import VersionEvidence
from gotrace.analyses.heap_values import HeapValues
from gotrace.model.size_classes import (
    MAX_SMALL_BYTES,
    SizeClass,
    SizeClassTable,
    fitting_versions,
    size_class_table,
)
from gotrace.model.versions import NEWEST, GoVersion, resolve
from gotrace.tables.columns import distinct

__all__ = ["ClassRows", "class_rows", "distinct_slots", "fitting_evidence", "possible_versions"]


@dataclass(frozen=True)
class ClassRows:
    """Which row of the size-class table each sample belongs to.

    `of_sample` is the index of a class in `table.classes`, or behind them: `large` for objects of
    whole pages, `other` for slots that are unknown or fit neither. `versions` are those the
    recording may come from, oldest first; all have the same table as far as its slots tell.
    """

    table: SizeClassTable
    versions: tuple[GoVersion, ...]
    of_sample: npt.NDArray[np.int64]

    @property
    def large(self) -> int:
        """The row of large objects."""
        return len(self.table.classes)

    @property
    def other(self) -> int:
        """The row of everything else."""
        return self.large + 1

    @cached_property
    def roomiest(self) -> tuple[GoVersion, ...]:
        """The versions with the fewest bytes reserved in spans: the oldest of each table."""
        oldest = {size_class_table(v).name: v for v in reversed(self.versions)}
        return tuple(oldest.values())

    def class_at(self, row: int) -> SizeClass | None:
        """The class of a row; None for the last two."""
        return self.table.classes[row] if row < self.large else None


def possible_versions(
    values: HeapValues, evidence: VersionEvidence, asked: str = ""
) -> tuple[GoVersion, ...]:
    """The Go versions the recording may come from, oldest first.

    That is the version `asked` for (UsageError if unknown), else those that the evidence allows and
    in whose tables all slots fit, else the newest that the evidence allows.
    """
    if asked:
        return (resolve(asked),)
    return fitting_evidence(values, evidence) or evidence.versions()[-1:] or (NEWEST,)


def fitting_evidence(values: HeapValues, evidence: VersionEvidence) -> tuple[GoVersion, ...]:
    """The versions that the evidence allows and in whose tables all slots fit; may be empty."""
    allowed = evidence.versions()
    return tuple(v for v in fitting_versions(distinct_slots(values)) if v in allowed)


def class_rows(values: HeapValues, versions: tuple[GoVersion, ...]) -> ClassRows:
    """Find every sample's size class in the table of the last of `versions`."""
    table = size_class_table(versions[-1])
    large = len(table.classes)
    by_size = np.full(MAX_SMALL_BYTES + 2, large + 1)
    by_size[list(table.sizes_bytes)] = np.arange(large)
    slots = values.slot_bytes
    row = by_size[np.minimum(slots, MAX_SMALL_BYTES + 1)]
    is_large = (slots > MAX_SMALL_BYTES) & (slots % table.page_bytes == 0)
    return ClassRows(table, versions, np.where(is_large, large, row))


def distinct_slots(values: HeapValues) -> list[int]:
    """Every known slot size once, ascending."""
    slots = values.slot_bytes
    is_small = slots <= MAX_SMALL_BYTES
    small = np.flatnonzero(np.bincount(slots[is_small], minlength=1))
    found: list[int] = [*small.tolist(), *distinct(slots[~is_small]).tolist()]
    return [size for size in found if size > 0]
