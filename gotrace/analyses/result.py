"""What every analysis returns, so that every view can show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gotrace.tables.notes import Note

__all__ = ["Certainty", "Fact", "Finding", "Result", "ResultColumn", "ResultTable", "Weight"]


class Certainty(StrEnum):
    """How sure a number is."""

    EXACT = "exact"
    """Follows from the recording without sampling or assumption."""
    ROUNDED = "rounded"
    """Follows from numbers that the recording rounds: it is about so much."""
    SAMPLED = "sampled"
    """An estimate from samples; the finding gives its error."""
    LOWER = "lower"
    """A lower bound: it is at least so much."""
    UPPER = "upper"
    """An upper bound: it is at most so much."""


class Weight(StrEnum):
    """How much a finding matters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Finding:
    """One sentence a person can act on.

    `what` tells it in plain words, `where` names the site (function and file:line, or empty for
    the whole program), `amount` is in `unit` (`bytes`, `ns`, `count`), `error` is its standard
    error in the same unit (0 when exact), `advice` says what to try and how to check it.
    """

    slug: str
    what: str
    where: str
    amount: float
    unit: str
    certainty: Certainty
    error: float = 0.0
    weight: Weight = Weight.MEDIUM
    advice: str = ""


@dataclass(frozen=True)
class ResultColumn:
    """One column of a result table.

    `unit` decides how views print it: `bytes`, `exact_bytes` (never rounded to KiB), `ns`, `count`,
    `ratio` (1.0 prints as 100 %), `text`, or a pprof unit. `error_of` names the column whose
    standard error this one is: views print it as ± behind that column. `title` is the short
    heading. `bound` is `Certainty.LOWER` or `UPPER` where all values are bounds: views print ≥ or ≤
    behind the title. `is_key` says that the column tells which row it is: views repeat it where a
    table is too wide for one piece.
    """

    name: str
    unit: str
    values: Sequence[Any]
    title: str = ""
    error_of: str = ""
    doc: str = ""
    bound: Certainty | None = None
    is_key: bool = False


@dataclass(frozen=True)
class ResultTable:
    """A table of answers; `notes` are footnotes printed under it."""

    name: str
    title: str
    columns: tuple[ResultColumn, ...]
    footnotes: tuple[str, ...] = ()

    def column(self, name: str) -> ResultColumn:
        """The column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def row_count(self) -> int:
        """Rows in the table."""
        return len(self.columns[0].values) if self.columns else 0

    def rows(self) -> list[dict[str, Any]]:
        """Row by row, the values by the names of their columns."""
        names = [column.name for column in self.columns]
        values = (column.values for column in self.columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


@dataclass(frozen=True)
class Fact:
    """A single named value: `unit` as for columns, `detail` an explanation in words."""

    name: str
    value: Any
    unit: str = "text"
    title: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Result:
    """The answer of one analysis: facts first, then tables, findings and the doubts about them."""

    name: str
    title: str
    facts: tuple[Fact, ...] = ()
    tables: tuple[ResultTable, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = field(default=())
