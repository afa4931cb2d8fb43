"""What share of its procs the program had, the collector's taken off: mutator utilisation.

The definition is that of `internal/trace/gc.go` (MutatorUtilizationV2, Go 1.22 to 1.27), and with
`as_go` so is every number. Without, two things are counted as they are meant, for what Go's code
does with them shows in its curves: a mark worker that starts a second time counts once, not twice
(there its proc never becomes free again), and a stop of the world that began before GOMAXPROCS was
told hides no later ones (as it does there in traces until Go 1.21).
"""

from __future__ import annotations

from enum import IntFlag
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gotrace.analyses.gc.mutator_moments import Kind, Moments
from gotrace.analyses.gc.steps import Floats, GrowingSteps, Steps
from gotrace.analyses.trace.fold import Numbers

__all__ = ["DEFAULT", "Counted", "Utilisation"]


class Counted(IntFlag):
    """What is taken off, with Go's numbers (`UtilFlags`)."""

    STW = 1
    BACKGROUND = 2
    ASSIST = 4
    SWEEP = 8
    PER_PROC = 16
    """Each proc by itself, and a dedicated worker takes nothing: goroutines move to another."""


DEFAULT = Counted.STW | Counted.BACKGROUND | Counted.ASSIST
"""What the page of `go tool trace` counts unless told otherwise."""

_WORKERS = (Kind.WORKER, Kind.DEDICATED, Kind.IDLE)
_NEEDS = {
    Counted.STW: (Kind.STOP, Kind.GO_ON),
    Counted.BACKGROUND: _WORKERS,
    Counted.ASSIST: (Kind.ASSIST_BEGIN, Kind.ASSIST_END, Kind.ASSIST_ACTIVE),
    Counted.SWEEP: (Kind.SWEEP_BEGIN, Kind.SWEEP_END, Kind.SWEEP_ACTIVE),
}
_SCHEDULING = (Kind.RUNS, Kind.READY, Kind.WAITS)
_MOST_PROCS = 1 << 16
"""More than Go ever had."""
_MOST_GOROUTINES = 1 << 17
"""Goroutines that assist or mark at a time; only a damaged trace has more."""
_MOST_CHANGES = 4096
"""Changes of GOMAXPROCS that are followed; a damaged trace may hold any number."""


class Utilisation:
    """Steps of one choice of what counts; take blocks of moments, then `finish`."""

    def __init__(self, counted: Counted = DEFAULT, *, as_go: bool = False) -> None:
        self._as_go = as_go
        self._per_proc = bool(counted & Counted.PER_PROC)
        kinds = {k for flag, needs in _NEEDS.items() if counted & flag for k in needs}
        if counted & (Counted.BACKGROUND | Counted.ASSIST):
            kinds.update(_SCHEDULING)
        self._wanted = np.zeros(len(Kind), np.bool_)
        self._wanted[[*kinds, Kind.PROCS]] = True
        self._procs = 0
        self._busy = np.zeros(_MOST_PROCS, np.int64)
        self._stopped = 0
        self._assisting: set[int] = set()
        self._marking: set[int] = set()
        self._changes: list[tuple[int, int]] = []
        self._series: list[GrowingSteps] = []
        self._done: list[GrowingSteps] = []
        self._end_ns = -1
        self.ignored_changes = 0
        """Changes of GOMAXPROCS beyond those that are followed."""

    def feed(self, moments: Moments) -> None:
        """Take a block of moments."""
        self._end_ns = max(self._end_ns, moments.end_ns)
        rows = np.flatnonzero(self._wanted[moments.kind])
        chosen = Moments(
            moments.time_ns[rows], moments.kind[rows], moments.proc[rows],
            moments.goroutine[rows], moments.value[rows], moments.end_ns,
        )  # fmt: skip
        special = (Kind.PROCS, Kind.ASSIST_ACTIVE, Kind.SWEEP_ACTIVE)
        begin = 0
        for row in np.flatnonzero(np.isin(chosen.kind, special)).tolist():
            kind, value = int(chosen.kind[row]), int(chosen.value[row])
            if kind == Kind.PROCS and value == self._procs:
                continue
            if kind == Kind.PROCS and not self._may_change(value):
                self.ignored_changes += 1
                continue
            self._plain(chosen.cut(begin, row))
            if kind == Kind.PROCS:
                self._change_procs(int(chosen.time_ns[row]), value)
            else:
                self._continue(chosen, row)
            begin = row + 1
        self._plain(chosen.cut(begin, len(chosen)))

    def finish(self) -> list[Steps]:
        """One function of the whole, or one of each proc; none if GOMAXPROCS was never told."""
        if not self._series:
            return []
        if not self._per_proc:
            return [self._series[0].finish(self._end_ns)]
        return [
            *(found.finish() for found in self._done),
            *(found.finish(self._end_ns) for found in self._series),
        ]

    def _may_change(self, value: int) -> bool:
        return 0 < value <= _MOST_PROCS and len(self._changes) < _MOST_CHANGES

    def _change_procs(self, time: int, count: int) -> None:
        first, before = not self._procs, self._procs
        self._procs = count
        self._busy[count:before] = 0
        self._changes.append((time, count))
        if not self._per_proc:
            if first:
                self._series.append(GrowingSteps(time, self._ratio()))
            self._series[0].add_one(time, self._ratio())
            return
        for found in self._series[count:before]:
            found.add_one(time, 0.0)
            self._done.append(found)
        del self._series[count:]
        for proc in range(len(self._series), count):
            is_free = not self._stopped and self._busy[proc] <= 0
            self._series.append(GrowingSteps(time, float(is_free)))

    def _ratio(self) -> float:
        if self._stopped > 0:
            return 0.0
        return 1 - int(np.count_nonzero(self._busy[: self._procs] > 0)) / self._procs

    def _continue(self, moments: Moments, row: int) -> None:
        """A sweep or assist went on since the trace began: told late, it counts from there."""
        if not self._procs:
            return
        is_sweep = moments.kind[row] == Kind.SWEEP_ACTIVE
        runs = is_sweep or bool(moments.value[row])
        if runs and not self._per_proc:
            self._series[0].lower(self._changes)
        proc = int(moments.value[row] if is_sweep and not self._as_go else moments.proc[row])
        if 0 <= proc < self._procs and (runs or self._as_go):
            self._busy[proc] += 1
        if not is_sweep:
            self._assisting.add(int(moments.goroutine[row]))
        time = int(moments.time_ns[row])
        if not self._per_proc:
            self._series[0].add_one(time, self._ratio())
        elif 0 <= proc < self._procs:
            is_free = self._stopped <= 0 and self._busy[proc] <= 0
            self._series[proc].add_one(time, float(is_free))

    def _plain(self, moments: Moments) -> None:
        """Moments between which GOMAXPROCS stays the same."""
        if not len(moments) or not self._procs:
            return  # as Go, which starts where GOMAXPROCS is first told
        stops = (moments.kind == Kind.STOP).astype(np.int64) - (moments.kind == Kind.GO_ON)
        stopped = self._summed(stops, self._stopped)
        changes = self._changes_of_procs(moments)
        inside = np.flatnonzero((moments.proc >= 0) & (moments.proc < self._procs) & (changes != 0))
        order = inside[np.argsort(moments.proc[inside], kind="stable")]
        proc = moments.proc[order]
        busy_before, busy = self._busy_procs(proc, changes[order])
        self._emit(moments.time_ns, stopped, order, proc, busy_before, busy)
        if len(order):
            is_last = np.append(proc[1:] != proc[:-1], True)
            self._busy[proc[is_last]] = busy[is_last]
        self._stopped = int(stopped[-1])

    def _summed(self, changes: Numbers, before: int) -> Numbers:
        """The running count, which never falls below 0 (Go's own does)."""
        found: Numbers = before + np.cumsum(changes)
        if not self._as_go:
            found -= np.minimum(np.minimum.accumulate(found), 0)
        return found

    def _busy_procs(self, proc: Numbers, changes: Numbers) -> tuple[Numbers, Numbers]:
        """How many things the collector does on each proc, before and after each moment."""
        busy = np.zeros(len(proc), np.int64)
        borders = [0, *(np.flatnonzero(np.diff(proc)) + 1).tolist(), len(proc)]
        for begin, end in pairwise(borders):
            if begin < end:
                before = int(self._busy[proc[begin]])
                busy[begin:end] = self._summed(changes[begin:end], before)
        is_first = np.append(True, proc[1:] != proc[:-1])[: len(proc)]
        before_all = np.where(is_first, self._busy[proc], np.append(0, busy[:-1])[: len(proc)])
        return before_all, busy

    def _emit(
        self, times: Numbers, stopped: Numbers, order: Numbers, proc: Numbers,
        before: Numbers, busy: Numbers,
    ) -> None:  # fmt: skip
        if self._per_proc:
            self._emit_each(times, stopped, order, proc, busy)
            return
        changed = np.zeros(len(times), np.int64)
        changed[order] = (busy > 0).astype(np.int64) - (before > 0)
        at_first = int(np.count_nonzero(self._busy[: self._procs] > 0))
        taken = at_first + np.cumsum(changed)
        ratio: Floats = np.where(stopped > 0, 0.0, 1 - taken / self._procs)
        self._series[0].add(times, ratio)

    def _emit_each(
        self, times: Numbers, stopped: Numbers, order: Numbers, proc: Numbers, busy: Numbers
    ) -> None:
        is_change = np.append(stopped[:1] != self._stopped, stopped[1:] != stopped[:-1])
        changes = np.flatnonzero(is_change)
        begins = np.searchsorted(proc, np.arange(self._procs))
        ends = np.searchsorted(proc, np.arange(self._procs), side="right")
        for number, series in enumerate(self._series):
            own = order[begins[number] : ends[number]]
            rows = np.union1d(own, changes)
            known = np.append(self._busy[number], busy[begins[number] : ends[number]])
            now = known[np.searchsorted(own, rows, side="right")]
            series.add(times[rows], ((stopped[rows] <= 0) & (now <= 0)).astype(np.float64))

    def _changes_of_procs(self, moments: Moments) -> Numbers:
        """How each moment changes what the collector does on its proc."""
        kind = moments.kind
        changes: Numbers = (kind == Kind.SWEEP_BEGIN).astype(np.int64) - (kind == Kind.SWEEP_END)
        changes += (kind == Kind.ASSIST_BEGIN).astype(np.int64) - (kind == Kind.ASSIST_END)
        rows = np.flatnonzero(~np.isin(kind, (Kind.SWEEP_BEGIN, Kind.SWEEP_END, Kind.STOP,
                                              Kind.GO_ON, Kind.PROCS)))  # fmt: skip
        rows = rows[np.argsort(moments.goroutine[rows], kind="stable")]
        if not len(rows):
            return changes
        who, kind = moments.goroutine[rows], kind[rows]
        assists = np.full(len(rows), -1, np.int8)
        assists[kind == Kind.ASSIST_BEGIN] = 1
        assists[kind == Kind.ASSIST_END] = 0
        assisting = _before(who, assists, self._assisting)
        counts = (kind == Kind.WORKER) | ((kind == Kind.DEDICATED) & (not self._per_proc))
        is_label = np.isin(kind, _WORKERS)
        labels = np.full(len(rows), -1, np.int8)
        labels[counts] = 1
        if not self._as_go:
            labels[(is_label & ~counts) | (kind == Kind.WAITS)] = 0
        marking = _before(who, labels, self._marking)
        moved = np.where(kind == Kind.RUNS, 1, np.where(np.isin(kind, _SCHEDULING), -1, 0))
        changes[rows] += moved * (assisting | marking)
        if self._as_go:
            changes[rows] += counts
        else:
            changes[rows] += (counts & ~marking).astype(np.int64)
            changes[rows] -= is_label & ~counts & marking
        return changes


def _before(who: Numbers, settings: npt.NDArray[np.int8], state: set[int]) -> npt.NDArray[np.bool_]:
    """What was set last of each goroutine (sorted, in order of time) before each row.

    `settings` are 1, 0, or -1 for nothing; `state` becomes those that are set after all rows.
    """
    count = len(who)
    is_first = np.append(True, who[1:] != who[:-1])
    group = np.maximum.accumulate(np.where(is_first, np.arange(count), 0))
    last = np.maximum.accumulate(np.where(settings >= 0, np.arange(count), -1))
    at_first = np.isin(who, np.array(sorted(state), np.int64)) if state else np.zeros(count, bool)
    known = np.append(-1, last[:-1])
    found: npt.NDArray[np.bool_] = np.where(known >= group, settings[known] == 1, at_first)
    ends = np.flatnonzero(np.append(is_first[1:], True))
    is_set = np.where(last[ends] >= group[ends], settings[last[ends]] == 1, at_first[ends])
    state.difference_update(who[ends[~is_set]].tolist())
    if len(state) < _MOST_GOROUTINES:
        state.update(who[ends[is_set]].tolist())
    return found
