"""A chunk of ordered events as the folders look at it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.kernels import load
from gotrace.readers.trace.derive.names import Names
from gotrace.readers.trace.derive.stacks import StackTable
from gotrace.readers.trace.derive.views import views
from gotrace.readers.trace.events import EVENTS, argument_counts
from gotrace.readers.trace.memory import OrderedEvents

__all__ = ["SYNC", "Chunk", "Rows", "numbers"]

Rows = npt.NDArray[np.int64]

SYNC = 255
_RARE = 16
"""A type is rare if one event in so many is of it, or fewer."""
_COUNTS = argument_counts()
_NO_ROWS = np.zeros(0, np.int64)


def numbers(*names: str) -> tuple[int, ...]:
    """The numbers of the event types with these names."""
    found = {event.name: event.number for event in EVENTS.values() if event.is_timed}
    return tuple(found[name] for name in names)


class Chunk:
    """Events of one generation, with times since the trace's start and rows of shared tables."""

    def __init__(
        self, events: OrderedEvents, start_ns: int, stacks: StackTable, names: Names
    ) -> None:
        self.events = events
        self.start_ns = start_ns
        self._stacks = stacks
        self._names = names
        self._kernel: Any = load("trace_rows")
        self.counts = np.zeros(256, np.int64)
        self._kernel.tally(*views(events.type, self.counts))
        """How many events there are of each type."""
        self._present = frozenset(np.flatnonzero(self.counts).tolist())
        self._starts: Rows | None = None

    def __len__(self) -> int:
        return len(self.events)

    @cached_property
    def time_ns(self) -> Rows:
        """Since the start of the trace, one for each event."""
        return self.events.time_ns - self.start_ns

    def has(self, kinds: tuple[int, ...]) -> bool:
        """Whether there is any event of these types."""
        return not self._present.isdisjoint(kinds)

    def rows(self, kinds: tuple[int, ...]) -> Rows:
        """The events of these types, in their order."""
        if not self.has(kinds):
            return _NO_ROWS
        if self.counts[list(kinds)].max() > len(self) // _RARE:
            return self._select(self.events.type, kinds)[0]
        rows, types, _ = self._rare
        found: Rows = rows[self._select(types, kinds)[0]]
        return found

    def starts(self, rows: Rows) -> Rows:
        """Where the arguments of these events start."""
        rare, _, starts = self._rare
        if self._starts is None and len(rare):
            place = np.searchsorted(rare, rows)
            if np.array_equal(rare.take(place, mode="clip"), rows):
                return starts.take(place)
        if self._starts is None:
            self._starts = self.events.arg_offsets
        return self._starts[rows]

    def argument(self, rows: Rows, place: int) -> Rows:
        """Argument number `place` (from 0) of these events, all of which have it; -1 for none."""
        return self.events.args[self.starts(rows) + place].view(np.int64)

    @cached_property
    def _rare(self) -> tuple[Rows, npt.NDArray[np.uint8], Rows]:
        """The events of rare types, these, and where their arguments start.

        What most folders ask for is among them.
        """
        kinds = np.flatnonzero(self.counts <= len(self) // _RARE).tolist()
        rows, starts = self._select(self.events.type, kinds)
        return rows, self.events.type[rows], starts

    def _select(self, types: npt.NDArray[np.uint8], kinds: Iterable[int]) -> tuple[Rows, Rows]:
        wanted = np.zeros(256, np.uint8)
        wanted[list(kinds)] = 1
        rows, starts = np.empty(len(types), np.int64), np.empty(len(types), np.int64)
        found = self._kernel.select(*views(types, _COUNTS, wanted, rows, starts))
        return rows[:found].copy(), starts[:found].copy()

    @cached_property
    def stack_rows(self) -> npt.NDArray[np.int32]:
        """Rows of the generation's stacks → rows of the table `stacks`; -1 at the end, for -1."""
        return self._stacks.rows_of(self.events.generation)

    def stacks(self, local: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        """Rows of the generation's stacks → rows of the table `stacks`; -1 stays."""
        rows: npt.NDArray[np.int32] = self.stack_rows.take(local, mode="wrap")
        return rows

    def stack(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Where the goroutines of these events were: rows of the table `stacks`."""
        return self.stacks(self.events.stack[rows])

    def names(self, local: Rows) -> npt.NDArray[np.int32]:
        """Rows of the generation's strings → codes of `Names`; -1 stays, "" becomes -1."""
        return self._names.codes(self.events.generation, local)

    def texts(self, local: Rows) -> list[str]:
        """The generation's strings in these rows; -1 reads as empty."""
        strings = self.events.generation.strings
        return [strings[row] if 0 <= row < len(strings) else "" for row in local.tolist()]
