"""A window of time: only what happened in it, or overlaps it, becomes rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gotrace.readers.trace.memory import OrderedEvents
from gotrace.tables.columns import Coded, Column, Columns, Lists
from gotrace.tables.trace_schema import TRACE_TIMES

__all__ = ["Window"]


@dataclass(frozen=True)
class Window:
    """From `start` (included) to `end` (excluded), nanoseconds since the trace's start; None: open.

    The end of the window is taken as the end of the trace: what is open there has no end.
    """

    start: int | None = None
    end: int | None = None

    def before_end(self, events: OrderedEvents, start_ns: int) -> OrderedEvents:
        """The events before the window's end."""
        if self.end is None or not len(events):
            return events
        count = int(np.searchsorted(events.time_ns, start_ns + self.end))
        if count == len(events):
            return events
        used = int(events.arg_offsets[count])
        columns = ("time_ns", "type", "thread", "proc", "goroutine", "stack")
        cut = {name: getattr(events, name)[:count] for name in columns}
        return replace(events, args=events.args[:used], **cut)

    def rows(self, table: str, columns: Columns) -> Columns:
        """The rows that are not over before the window starts."""
        if not self.start or table not in TRACE_TIMES:
            return columns
        end = columns.array(TRACE_TIMES[table][1])
        wanted = np.flatnonzero((end >= self.start) | (end < 0))
        if len(wanted) == columns.rows:
            return columns
        return Columns(len(wanted), {name: _taken(columns[name], wanted) for name in columns})


def _taken(column: Column, rows: npt.NDArray[np.int64]) -> Column:
    if isinstance(column, Coded):
        return Coded(column.codes[rows], column.values)
    return column.take(rows) if isinstance(column, Lists) else column[rows]
