"""Cycles as a trace tells them, event by event: their phases, and the heap at each.

Values at a moment are the last ones told before it. A cycle says that it begins, then the world
stops for sweep termination; what gctrace calls the size at the start is read between the two. At
the end of marking the runtime tells heapLive anew, as what was found alive, just before it says
that the cycle ends: the value before is what the heap had grown to (`runtime/mgc.go`, gcStart,
gcMarkTermination; `runtime/mgcpacer.go`, resetLive).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gotrace.analyses.trace.fold import Numbers
from gotrace.tables.columns import Columns

__all__ = ["MOST_CYCLES", "Cycle", "Cycles"]

MOST_CYCLES = 1 << 16
"""Cycles that get a row; later ones are only counted."""

_UNKNOWN = -1
_SWEEP_TERMINATION, _MARK_TERMINATION = "GC sweep termination", "GC mark termination"
_MARKS = ("GCActive", "GCBegin", "GCEnd", "STWBegin", "STWEnd", "ProcsChange")


@dataclass(slots=True)
class Cycle:
    """One cycle; times in ns, sizes in bytes, -1 for what the trace does not say."""

    number: int
    """Cycles begun, its own included; 0 was under way when the trace began."""
    begin: int = _UNKNOWN
    end: int = _UNKNOWN
    """Marking is over, while the world stands."""
    stop_begin: int = _UNKNOWN
    stop_end: int = _UNKNOWN
    """Of sweep termination."""
    termination_begin: int = _UNKNOWN
    termination_end: int = _UNKNOWN
    paused: int = 0
    """Both, and mark terminations that found more to mark."""
    live_start: int = _UNKNOWN
    live_end: int = _UNKNOWN
    marked: int = _UNKNOWN
    goal: int = _UNKNOWN
    procs: int = _UNKNOWN
    stack: int = _UNKNOWN
    """Where the goroutine was that started it."""
    next_goal: int = _UNKNOWN
    """Told when it ended."""


class Cycles:
    """Takes blocks of `events`."""

    tables = ("events",)

    def __init__(self) -> None:
        self.count = 0
        """Cycles begun."""
        self.rows: list[Cycle] = []
        self.untold_goals = 0
        """How often the runtime said that there is no goal, as it does while GOGC is off."""
        self._now: Cycle | None = None
        """The last one, while its mark termination may go on."""
        self._lives = [_UNKNOWN, _UNKNOWN]
        self._goal = _UNKNOWN
        self._procs = _UNKNOWN

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block."""
        event = columns.coded("event")
        places = {name: place for place, name in enumerate(event.values)}
        wanted = np.zeros(len(event.values) + 1, np.bool_)
        wanted[[places[name] for name in _MARKS if name in places]] = True
        value = columns.array("arg_1")
        lives, goals = (
            np.flatnonzero(event.codes == places.get(name, -2))
            for name in ("HeapAlloc", "HeapGoal")
        )
        live_values = np.append(np.array(self._lives, np.int64), value[lives])
        goal_values = np.append(np.int64(self._goal), value[goals])
        self.untold_goals += int(np.count_nonzero(value[goals] == 0))
        rows = np.flatnonzero(wanted[event.codes])
        told = (
            rows, columns.array("time_ns")[rows], value[rows], columns.array("stack_id")[rows],
            np.searchsorted(lives, rows), np.searchsorted(goals, rows),
        )  # fmt: skip
        texts = columns.coded("text")
        for row, time, number, stack, live, goal in zip(*(t.tolist() for t in told), strict=True):
            self._lives = live_values[live : live + 2].tolist()
            self._goal = int(goal_values[goal])
            self._take(event[row] or "", time, number, stack, texts[row] or "")
        self._lives = live_values[-2:].tolist()
        self._close_goals(goal_values, goals, columns.array("time_ns"))
        self._goal = int(goal_values[-1])

    def _take(self, name: str, time: int, number: int, stack: int, text: str) -> None:
        if name == "GCBegin":
            self._begin(self.count + 1, time, stack)
        elif name == "GCEnd":
            self._end(time)
        elif name == "GCActive":
            if not self.rows:
                self._begin(0, _UNKNOWN, _UNKNOWN)
        elif name == "ProcsChange":
            self._procs = number
            if self._now is not None and self._now.procs == _UNKNOWN:
                self._now.procs = number
        elif name == "STWBegin":
            self._stop(time, text)
        else:
            self._go_on(time, text)

    def _begin(self, number: int, time: int, stack: int) -> None:
        self.count = max(self.count, number)
        self._now = Cycle(number, time, procs=self._procs, stack=stack)
        if time != _UNKNOWN:
            self._now.goal, self._now.live_start = self._goal, self._lives[1]
        if len(self.rows) < MOST_CYCLES:
            self.rows.append(self._now)

    def _end(self, time: int) -> None:
        if self._now is None:
            if self.rows:
                return
            self._begin(0, _UNKNOWN, _UNKNOWN)
        if self._now is not None and self._now.end == _UNKNOWN:
            self._now.end = time
            self._now.live_end, self._now.marked = self._lives
            if self._now.live_end == self._now.marked < self._now.live_start:
                # Told twice (Go 1.5, forced): with the world stopped nothing was allocated.
                self._now.live_end = self._now.live_start

    def _stop(self, time: int, reason: str) -> None:
        now = self._now
        if now is None:
            return
        if reason == _SWEEP_TERMINATION:
            now.stop_begin, now.live_start = time, self._lives[1]
        elif reason == _MARK_TERMINATION:
            now.termination_begin, now.termination_end = time, _UNKNOWN
            if now.begin != _UNKNOWN:
                now.goal = self._goal  # another one if GOGC was set meanwhile

    def _go_on(self, time: int, reason: str) -> None:
        now = self._now
        if now is None:
            return
        if reason == _SWEEP_TERMINATION and now.stop_begin >= 0 and now.stop_end < 0:
            now.stop_end = time
            now.paused += time - now.stop_begin
        elif reason == _MARK_TERMINATION and now.termination_begin >= 0 > now.termination_end:
            now.termination_end = time
            now.paused += time - now.termination_begin

    def _close_goals(self, values: Numbers, goals: Numbers, times: Numbers) -> None:
        """The first goal told after each end."""
        if not len(goals):
            return
        told = times[goals]
        for cycle in self.rows[-(len(goals) + 2) :]:
            if cycle.end != _UNKNOWN and cycle.next_goal == _UNKNOWN:
                place = int(np.searchsorted(told, cycle.end))
                if place < len(told):
                    cycle.next_goal = int(values[place + 1])
