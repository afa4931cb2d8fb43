"""The cycles that a recording shows, whole ones only: from a trace's events or from `gc_cycles`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.trace.assists import AssistWaits
from gotrace.analyses.trace.fold import Tally
from gotrace.analyses.trace.gc_cycles import MOST_CYCLES, CycleRows
from gotrace.analyses.trace.heap_metrics import GOAL, LIVE
from gotrace.tables.columns import Coded, Columns

__all__ = ["CycleFold", "RecordedCycles", "cycles_of_log"]

_PROCS = "/sched/gomaxprocs:threads"
_UNKNOWN = -1


@dataclass(frozen=True)
class RecordedCycles:
    """One number a cycle, by begin; what is not known of the whole recording is -1."""

    number: Numbers
    """Cycles begun in the recording until then, its own included."""
    begin_ns: Numbers
    end_ns: Numbers
    begin_bytes: Numbers
    """heapLive when it began."""
    end_bytes: Numbers
    """heapLive when marking ended, before it became what was marked."""
    marked_bytes: Numbers
    goal_bytes: Numbers
    """What the cycle aimed at."""
    assist_ns: Numbers
    """Time of goroutines in assists, waiting included."""
    assist_waited_ns: Numbers
    """Of it: waiting for work, for credit, or for a P."""
    worker_ns: Numbers
    """Time of all mark workers."""
    idle_ns: Numbers
    """Of it: of idle ones."""
    procs: int
    first_goal_bytes: int = _UNKNOWN
    """In force when the recording began."""
    first_live_bytes: int = _UNKNOWN
    last_live_bytes: int = _UNKNOWN
    duration_ns: int = 0
    begun_count: int = 0
    """All cycles begun, those of which not everything is known included."""
    forced_count: int = _UNKNOWN
    """Whole cycles that were forced or periodic, where the recording says so."""

    def __len__(self) -> int:
        return len(self.number)

    @property
    def early_count(self) -> int:
        """Cycles that began before any heap could have made them: forced ones, periodic ones.

        Where it is not said: from go1.19 on no trigger lies below 45/64 of the way from marked to
        goal.
        """
        if self.forced_count >= 0:
            return self.forced_count
        marked, goal = self.marked_bytes[:-1], self.goal_bytes[1:]
        least = marked + (goal - marked) // 64 * 45
        return int(np.count_nonzero(self.begin_bytes[1:] < least - (goal - marked) // 16))

    @property
    def swept(self) -> RecordedCycles:
        """Without the last one: what it found dead was not all swept when the recording ended."""
        columns = [f.name for f in fields(self) if isinstance(getattr(self, f.name), np.ndarray)]
        return replace(self, **{name: getattr(self, name)[:-1] for name in columns})


class CycleFold:
    """Takes the blocks of a trace's tables."""

    tables = ("events", "goroutine_transitions", "metrics", "ranges")

    def __init__(self) -> None:
        self._rows = CycleRows()
        self._waits = AssistWaits(MOST_CYCLES + 1)
        self._spent = Tally("assist_ns", "worker_ns", "idle_ns", most=MOST_CYCLES + 1)
        self._procs = 0
        self._first = {GOAL: _UNKNOWN, LIVE: _UNKNOWN}
        self._last_live = _UNKNOWN

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block: the events of a chunk come before its metrics."""
        if table == "ranges":
            self._ranges(columns)
            return
        if table in self._waits.tables:
            self._waits.feed(table, columns)
        if table in self._rows.tables:
            self._rows.feed(table, columns)
        if table == "metrics":
            self._metrics(columns)

    def _metrics(self, columns: Columns) -> None:
        name, value = columns.coded("name"), columns.array("value")
        self._procs = max(self._procs, int(value[_rows_of(name, _PROCS)].max(initial=0)))
        for metric, first in self._first.items():
            found = value[_rows_of(name, metric)]
            if first == _UNKNOWN and len(found):
                self._first[metric] = int(found[0])
            if metric == LIVE and len(found):
                self._last_live = int(found[-1])

    def _ranges(self, columns: Columns) -> None:
        kind, name = columns.coded("kind"), columns.coded("name")
        cycle, duration = columns.array("gc_cycle"), columns.array("duration_ns")
        is_whole = (duration >= 0) & (cycle >= 0)
        rows = np.flatnonzero(_is(kind, "gc_mark_assist") & is_whole)
        self._spent.add(cycle[rows], assist_ns=duration[rows])
        rows = np.flatnonzero(_is(kind, "gc_mark_worker") & is_whole)
        self._spent.add(cycle[rows], worker_ns=duration[rows])
        idle = np.array(["idle" in value for value in name.values] + [False])
        rows = rows[idle[name.codes[rows]]]
        self._spent.add(cycle[rows], idle_ns=duration[rows])

    def cycles(self, duration_ns: int) -> RecordedCycles:
        """All cycles of which begin and end were recorded."""
        rows = [
            row
            for row in self._rows.finish()
            if min(row["begin"], row["end"], row["live_begin"], row["live_end"], row["kept"]) >= 0
            and row["goal"] > 0
        ]

        def column(name: str) -> Numbers:
            return np.array([row[name] for row in rows], np.int64)

        number = column("cycle")
        for tally in (self._spent, self._waits.waited):
            tally.places(np.append(number, 0))
        return RecordedCycles(
            number, column("begin"), column("end"), column("live_begin"), column("live_end"),
            column("kept"), column("goal"),
            self._spent["assist_ns"][number], self._waits.waited["waited_ns"][number],
            self._spent["worker_ns"][number], self._spent["idle_ns"][number],
            max(self._procs, 1), self._first[GOAL], self._first[LIVE], self._last_live,
            duration_ns, self._rows.count,
        )  # fmt: skip


def cycles_of_log(cycles: Columns, run: int = 0) -> RecordedCycles:
    """Those of one run in a log (`gotrace.tables.gc_schema`, gc_cycles).

    A forced cycle ends what the first one starts from; the program is what comes behind it.
    """
    known = ["time_ns", "end_time_ns", "heap_live_start_bytes", "heap_live_end_bytes",
             "marked_bytes", "goal_bytes"]  # fmt: skip
    is_whole = cycles.array("run") == run
    for name in known:
        is_whole &= cycles.array(name) >= 0
    rows = np.flatnonzero(is_whole)

    def column(name: str) -> Numbers:
        found: Numbers = cycles.array(name)[rows].astype(np.int64)
        return found

    def spent(name: str) -> Numbers:
        return np.maximum(column(name), 0)

    half = np.maximum(column("resolution_bytes"), 1) // 2
    procs, reason = column("gomaxprocs"), cycles.coded("reason")
    end = column("end_time_ns")
    return RecordedCycles(
        column("gc_cycle"), column("time_ns"), end, column("heap_live_start_bytes") + half,
        column("heap_live_end_bytes") + half, column("marked_bytes") + half,
        column("goal_bytes") + half, spent("assist_cpu_ns"), np.zeros(len(rows), np.int64),
        spent("dedicated_cpu_ns") + spent("idle_cpu_ns"), spent("idle_cpu_ns"),
        max(int(procs.max(initial=1)), 1),
        duration_ns=int(end.max(initial=0)), begun_count=len(rows),
        forced_count=sum(reason[row] in ("forced", "periodic") for row in rows.tolist()),
    )  # fmt: skip


def _is(column: Coded, text: str) -> npt.NDArray[np.bool_]:
    place = column.values.index(text) if text in column.values else -2
    found: npt.NDArray[np.bool_] = column.codes == place
    return found


def _rows_of(column: Coded, text: str) -> Numbers:
    return np.flatnonzero(_is(column, text))
