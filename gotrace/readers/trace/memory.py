"""The memory that the kernel `trace_order` works on: tables that grow, columns of events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.errors import LimitError
from gotrace.kernels import load
from gotrace.readers.trace.events import argument_counts
from gotrace.readers.trace.generation import GenerationTables

__all__ = ["MARGIN", "Columns", "OrderedEvents", "Table"]

MARGIN = 16
"""More arguments, and rows, than one event can stand for."""
_COUNTS = argument_counts()
_IN_USE = np.uint64(0xFFFFFFFFFFFFFFFF)
_ROWS_AT_FIRST = 1 << 10


@dataclass(frozen=True)
class OrderedEvents:
    """Events of one generation in causal order, one row an event; -1 stands for none.

    Times grow strictly, also from one chunk to the next. `args` is flat: an event has as many as
    `argument_counts()` says for its type, in the order of `EVENTS[type].columns`; arguments that
    name a string or stack hold rows of the tables in `generation` (as int64: -1 for none).
    """

    time_ns: npt.NDArray[np.int64]
    """On the trace's own clock; subtract the stream's `start_ns`."""
    type: npt.NDArray[np.uint8]
    thread: npt.NDArray[np.int64]
    proc: npt.NDArray[np.int32]
    goroutine: npt.NDArray[np.int64]
    stack: npt.NDArray[np.int32]
    """Row of `generation.stacks`: where the event's goroutine was."""
    args: npt.NDArray[np.uint64]
    generation: GenerationTables

    def __len__(self) -> int:
        return len(self.type)

    @property
    def arg_offsets(self) -> npt.NDArray[np.int64]:
        """n + 1 offsets: event i has the arguments `args[offsets[i]:offsets[i + 1]]`."""
        offsets = np.zeros(len(self.type) + 1, np.int64)
        np.cumsum(_COUNTS[self.type], out=offsets[1:])
        return offsets


class Table:
    """A table of the emulation, and its index where it has one."""

    def __init__(self, columns: int, what: str, has_index: bool = True) -> None:
        self.what = what
        self.rows = np.zeros((_ROWS_AT_FIRST, columns), np.uint64)
        self.index = np.zeros(2 * _ROWS_AT_FIRST if has_index else 0, np.int32)

    def grow(self, limit: int) -> None:
        """Twice the room."""
        size = 2 * len(self.rows)
        if size > 2 * limit:
            raise LimitError(f"more than {limit} {self.what} at a time")
        rows = np.zeros((size, self.rows.shape[1]), np.uint64)
        rows[: len(self.rows)] = self.rows
        self.rows = rows
        if len(self.index):
            self.index = np.zeros(2 * size, np.int32)
            load("trace_order").reindex(self.rows.data, self.index.data)

    def clear(self) -> None:
        """Forget everything."""
        self.rows[:] = 0
        self.index[:] = 0

    def used(self, column: int) -> npt.NDArray[np.uint64]:
        """A column of the rows in use, as a copy; see `put`."""
        values: npt.NDArray[np.uint64] = self.rows[self._used(), column]
        return values

    def put(self, column: int, values: npt.NDArray[np.uint64]) -> None:
        """Write a column of the rows in use."""
        self.rows[self._used(), column] = values

    def _used(self) -> npt.NDArray[np.int64]:
        behind = int(self.rows[0, 0]) + 1
        return 1 + np.flatnonzero(self.rows[1:behind, -1] == _IN_USE)


class Columns:
    """Memory for a chunk of events."""

    def __init__(self, rows: int) -> None:
        self.times = np.empty(rows, np.int64)
        self.kinds = np.empty(rows, np.uint8)
        self.threads = np.empty(rows, np.int64)
        self.procs = np.empty(rows, np.int32)
        self.goroutines = np.empty(rows, np.int64)
        self.stacks = np.empty(rows, np.int32)
        self.arguments = np.empty(2 * rows + MARGIN, np.uint64)

    def views(self) -> tuple[memoryview, ...]:
        """In the order of the kernel's `Output`."""
        return tuple(column.data for column in vars(self).values())

    def events(self, rows: int, used: int, tables: GenerationTables) -> OrderedEvents:
        """What was written, without copying it."""
        return OrderedEvents(
            self.times[:rows],
            self.kinds[:rows],
            self.threads[:rows],
            self.procs[:rows],
            self.goroutines[:rows],
            self.stacks[:rows],
            self.arguments[:used],
            tables,
        )
