"""Where in the heap's history each collection began and ended: the rows of the cycles.

Values at a moment are the last ones told before it. At the end of a mark phase the runtime sets
heapLive to what it found alive just before it reports the end (`runtime/mgc.go`, gcMark, and
`gcControllerState.resetLive`): the last value before the end is what was kept, the one before that
what the heap had grown to.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.trace.fold import Numbers
from gotrace.analyses.trace.heap_metrics import GOAL, LIVE
from gotrace.tables.columns import Columns

__all__ = ["MOST_CYCLES", "CycleRows"]

MOST_CYCLES = 1 << 16
"""Cycles that get a row; sums count all."""

_UNKNOWN = -1


class CycleRows:
    """Begin, end and heap of every cycle; cycle 0 was under way when the trace began."""

    tables = ("events", "metrics")

    def __init__(self) -> None:
        self.count = 0
        """Cycles begun."""
        self.rows: list[dict[str, int]] = []
        self._open: dict[str, int] | None = None
        self._moments: list[tuple[int, str, dict[str, int]]] = []
        self._live = np.full((2, 2), _UNKNOWN, np.int64)  # the last two: time, value
        self._goal = np.full((2, 1), _UNKNOWN, np.int64)

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block: the events of a chunk come before its metrics."""
        if table == "events":
            self._events(columns)
        else:
            self._metrics(columns)

    def finish(self) -> list[dict[str, int]]:
        """All rows, oldest first."""
        nothing = np.zeros((2, 0), np.int64)
        self._resolve(nothing, nothing)
        return self.rows

    def _events(self, columns: Columns) -> None:
        event = columns.coded("event")
        kinds = [name in ("GCActive", "GCBegin", "GCEnd") for name in event.values]
        rows = np.flatnonzero(np.array([*kinds, False])[event.codes])
        times = columns.array("time_ns")[rows].tolist()
        for row, time in zip(rows.tolist(), times, strict=True):
            name = event[row]
            if name == "GCBegin":
                self._begin(time)
            elif name == "GCEnd":
                self._end(time)
            elif not self.rows:
                self._begin(_UNKNOWN)

    def _begin(self, time: int) -> None:
        number = 0 if time == _UNKNOWN else self.count + 1
        self.count = max(self.count, number)
        self._open = {"cycle": number, "begin": time, "end": _UNKNOWN}
        self._open |= dict.fromkeys(("goal", "live_begin", "live_end", "kept"), _UNKNOWN)
        if len(self.rows) < MOST_CYCLES:
            self.rows.append(self._open)
            if time != _UNKNOWN:
                self._moments.append((time, "begin", self._open))

    def _end(self, time: int) -> None:
        if self._open is None:
            if self.rows:
                return
            self._begin(_UNKNOWN)
        if self._open is not None:
            self._open["end"] = time
            if len(self.rows) < MOST_CYCLES or self._open is self.rows[-1]:
                self._moments.append((time, "end", self._open))
        self._open = None

    def _metrics(self, columns: Columns) -> None:
        name = columns.coded("name")
        every = np.stack([columns.array("time_ns"), columns.array("value")])
        live, goal = (
            every[:, np.flatnonzero(name.codes == name.values.index(wanted))]
            if wanted in name.values
            else every[:, :0]
            for wanted in (LIVE, GOAL)
        )
        self._resolve(live, goal)
        self._live = np.concatenate([self._live, live], axis=1)[:, -2:]
        self._goal = np.concatenate([self._goal, goal], axis=1)[:, -1:]

    def _resolve(self, live: Numbers, goal: Numbers) -> None:
        """Look up the moments that wait; what is not told in this block was told before."""
        lives = np.concatenate([self._live, live], axis=1)
        goals = np.concatenate([self._goal, goal], axis=1)
        for time, kind, row in self._moments:
            before = int(np.searchsorted(lives[0], time)) - 1
            if kind == "begin":
                row["goal"] = _at(goals, int(np.searchsorted(goals[0], time)) - 1)
                row["live_begin"] = _at(lives, before)
            else:
                row["kept"], row["live_end"] = _at(lives, before), _at(lives, before - 1)
        self._moments = []


def _at(values: npt.NDArray[np.int64], column: int) -> int:
    return int(values[1, column]) if column >= 0 else _UNKNOWN
