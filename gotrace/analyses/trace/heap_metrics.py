"""The heap over time: live bytes and the collector's goal, thinned so that no peak is lost.

`heapLive` counts what the last collection found alive and all that was allocated since
(`runtime/mgcpacer.go`); when it nears the goal, the next collection starts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.tables.columns import Columns
from gotrace.units import format_duration

__all__ = ["GOAL", "LIVE", "MOST_POINTS", "HeapMetrics"]

Numbers = npt.NDArray[np.int64]

# Names of metrics, as `gotrace.tables.trace_schema` has them.
LIVE = "/memory/classes/heap/objects:bytes"
GOAL = "/gc/heap/goal:bytes"

MOST_POINTS = 200
"""Rows of the table, whatever the trace's length."""
_NO_GOAL = 0
"""What Go writes for a goal without limit (`runtime/traceruntime.go`)."""


class HeapMetrics:
    """Keeps of every stretch of time the least and the most live bytes, with the goal then.

    Stretches are powers of two of nanoseconds, and double as the trace gets longer: the points
    kept do not depend on how the trace was cut into blocks.
    """

    tables = ("metrics",)

    def __init__(self) -> None:
        self._points: Numbers = np.zeros((3, 0), np.int64)  # time, live, goal
        self._first: Numbers | None = None
        self._last: Numbers | None = None
        self._goal = _NO_GOAL
        self.values_count = 0
        """Values of live bytes in the trace."""
        self.peak_live = (0, 0)
        """Bytes, and when first."""
        self.peak_goal = (0, 0)

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block of `metrics`."""
        name = columns.coded("name")
        time, value = columns.array("time_ns"), columns.array("value")
        goals = _rows(name.codes, name.values, GOAL)
        lives = _rows(name.codes, name.values, LIVE)
        if len(goals):
            self.peak_goal = _peak(self.peak_goal, time[goals], value[goals])
        if len(lives):
            self.peak_live = _peak(self.peak_live, time[lives], value[lives])
            known = np.concatenate([[self._goal], value[goals]])
            goal = known[np.searchsorted(goals, lives)]
            self._take(np.stack([time[lives], value[lives], goal]))
        if len(goals):
            self._goal = int(value[goals[-1]])

    def result(self, rows: int = 0) -> Result:
        """Peaks, and the table of at most `rows` points (`MOST_POINTS` if 0)."""
        facts = []
        if self.values_count:
            facts.append(_fact("peak_live_bytes", "peak live", self.peak_live))
        if self.peak_goal[0] > 0:
            facts.append(_fact("peak_goal_bytes", "peak goal", self.peak_goal))
        tables = (self._table(rows or MOST_POINTS),) if self.values_count else ()
        return Result("heap_metrics", "Heap live and goal over time", tuple(facts), tables)

    def _take(self, points: Numbers) -> None:
        self.values_count += points.shape[1]
        if self._first is None:
            self._first = points[:, :1]
        self._last = points[:, -1:]
        every = np.concatenate([self._points, points], axis=1)
        self._points = self._thinned(every, MOST_POINTS)

    def _thinned(self, points: Numbers, most: int) -> Numbers:
        # By the count of all values, not of those kept: how the trace was cut must not matter.
        return points if self.values_count <= most - 2 else _extremes(points, most // 2 - 1)

    def _table(self, most: int) -> ResultTable:
        ends = [end for end in (self._first, self._last) if end is not None]
        points = np.concatenate([self._thinned(self._points, most), *ends], axis=1)
        points = points[:, np.unique(points[0], return_index=True)[1]]
        time, live, goal = points.tolist()
        goals = [None if value <= _NO_GOAL else value for value in goal]
        columns = (
            ResultColumn("time_ns", "ns", time, "time", doc="Since the trace began."),
            ResultColumn("live_bytes", "bytes", live, "live", doc="Of the heap (heapLive)."),
            ResultColumn("goal_bytes", "bytes", goals, "goal", doc="In force at that time."),
        )
        notes: tuple[str, ...] = ()
        if len(time) < self.values_count:
            notes = (
                f"{len(time):,} of {self.values_count:,} values: the least and the most of every "
                "stretch of time.",
            )
        return ResultTable("heap_metrics", "Heap live and goal over time", columns, notes)


def _rows(codes: npt.NDArray[np.int32], values: list[str], name: str) -> Numbers:
    if name not in values:
        return np.zeros(0, np.int64)
    return np.flatnonzero(codes == values.index(name))


def _peak(peak: tuple[int, int], time: Numbers, value: Numbers) -> tuple[int, int]:
    row = int(np.argmax(value))
    return (int(value[row]), int(time[row])) if value[row] > peak[0] else peak


def _extremes(points: Numbers, stretches: int) -> Numbers:
    """The least and the most of each stretch, by time."""
    # The width depends on the last time alone, so that stretches only ever merge.
    width = 1 << (int(points[0, -1]) // stretches).bit_length()
    time, live, _ = points
    stretch = time // width
    order = np.lexsort((time, live, stretch))
    borders = np.flatnonzero(np.diff(stretch[order])) + 1
    kept = np.zeros(len(time), np.bool_)
    kept[order[np.append(0, borders)]] = True
    kept[order[np.append(borders - 1, len(time) - 1)]] = True
    return points[:, kept]


def _fact(name: str, title: str, peak: tuple[int, int]) -> Fact:
    return Fact(name, peak[0], "bytes", title, f"at {format_duration(peak[1])}")
