"""Rows of a stream that break its rules: each kind is counted, with the first place it was seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gotrace.tables.notes import Note, Severity

__all__ = ["Breach", "Breaches"]


class Breach(StrEnum):
    """What can be wrong with a row; the value is the note's slug."""

    UNKNOWN_KIND = "stream-unknown-kind"
    UNKNOWN_OBJECT = "stream-free-of-unknown-object"
    DOUBLE_FREE = "stream-double-free"
    EARLY_FREE = "stream-free-before-allocation"
    ALLOCATED_TWICE = "stream-object-allocated-twice"
    IMPOSSIBLE_SIZE = "stream-impossible-size"
    TOO_MUCH_MEMORY = "stream-too-much-memory"
    IMPOSSIBLE_CACHE = "stream-impossible-cache"
    MARK_ORDER = "stream-marks-out-of-order"
    NO_STACKS = "stream-stacks-not-modelled"


_MESSAGES = {
    Breach.UNKNOWN_KIND: "Rows of no known kind were left out",
    Breach.UNKNOWN_OBJECT: "Frees of objects that were never allocated were left out",
    Breach.DOUBLE_FREE: "Second frees of the same object were left out",
    Breach.EARLY_FREE: "Frees that come before their allocation were left out",
    Breach.ALLOCATED_TWICE: "Second allocations with the number of another object were left out",
    Breach.IMPOSSIBLE_SIZE: "Allocations of a size that no allocator serves were left out",
    Breach.TOO_MUCH_MEMORY: "Allocations beyond what a heap may hold here were left out",
    Breach.IMPOSSIBLE_CACHE: "Rows that name no possible P were left out",
    Breach.MARK_ORDER: "Marks that end before they begin, or begin twice, were left out",
    Breach.NO_STACKS: "Stacks of this allocator are not modelled, their rows were left out",
}


@dataclass
class Breaches:
    """Counts of breaches, and the row where each kind was first seen."""

    counts: dict[Breach, int] = field(default_factory=dict)
    first_rows: dict[Breach, int] = field(default_factory=dict)

    def add(self, breach: Breach, row: int) -> None:
        """Row number `row` was left out because of `breach`."""
        self.counts[breach] = self.counts.get(breach, 0) + 1
        self.first_rows.setdefault(breach, row)

    def notes(self) -> tuple[Note, ...]:
        """One note for each kind that occurred, in the order of `Breach`."""
        return tuple(
            Note(
                Severity.INFO if breach is Breach.NO_STACKS else Severity.LOSS,
                str(breach),
                _MESSAGES[breach],
                self.counts[breach],
                f"row {self.first_rows[breach]}",
            )
            for breach in Breach
            if breach in self.counts
        )
