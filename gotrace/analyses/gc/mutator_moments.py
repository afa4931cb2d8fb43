"""The events that decide what share of its procs a program has, as narrow columns.

What counts is Go's own definition (`internal/trace/gc.go`, MutatorUtilizationV2): stops of the
world for the collector, mark workers that are not idle ones, mark assists while they run, and
sweeping.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from gotrace.analyses.trace.fold import Numbers
from gotrace.tables.columns import Coded, Columns

__all__ = ["Kind", "Moments", "MutatorMoments"]

_GC_STOP = "GC"
_DEDICATED, _IDLE, _WORKER = "GC (dedicated)", "GC (idle)", "GC "
_EXECUTING = (2, 3)
"""Running, or in a system call (`GoState.Executing`)."""
_WAITING = 4


class Kind(IntEnum):
    """What a moment means."""

    RUNS = 0
    """The goroutine starts to run on the proc."""
    READY = 1
    """It stops and waits for a proc, or is gone."""
    WAITS = 2
    """It stops and waits for something else."""
    ASSIST_BEGIN = 3
    ASSIST_END = 4
    SWEEP_BEGIN = 5
    SWEEP_END = 6
    STOP = 7
    """The world stops for the collector."""
    GO_ON = 8
    WORKER = 9
    """The goroutine marks from now on as a fractional worker."""
    DEDICATED = 10
    """As a dedicated one."""
    IDLE = 11
    """As an idle one."""
    PROCS = 12
    """GOMAXPROCS is `value`."""
    ASSIST_ACTIVE = 13
    """Assisted when the trace began: `value` 1 if the event's own goroutine is known to run."""
    SWEEP_ACTIVE = 14
    """Proc `value` was sweeping when the trace began."""


_SIMPLE = {
    "GoStop": Kind.READY,
    "GoDestroy": Kind.READY,
    "GoDestroySyscall": Kind.READY,
    "GoSyscallEndBlocked": Kind.READY,
    "GoBlock": Kind.WAITS,
    "GCMarkAssistBegin": Kind.ASSIST_BEGIN,
    "GCMarkAssistEnd": Kind.ASSIST_END,
    "GCSweepBegin": Kind.SWEEP_BEGIN,
    "GCSweepEnd": Kind.SWEEP_END,
    "STWBegin": Kind.STOP,
    "STWEnd": Kind.GO_ON,
    "GoLabel": Kind.WORKER,
    "ProcsChange": Kind.PROCS,
    "GCMarkAssistActive": Kind.ASSIST_ACTIVE,
    "GCSweepActive": Kind.SWEEP_ACTIVE,
}
_STARTS = ("GoStart", "GoCreateSyscall")
"""Events whose first argument starts to run."""
_STATUSES = ("GoStatus", "GoStatusStack")
_SYNC = "Sync"
_MOST_GOROUTINES = 1 << 20
"""Goroutines with higher numbers are taken to run, without being looked up."""
_MOST_MARKING = 1 << 17
"""Goroutines that mark at a time; only a damaged trace has more."""
_SCHEDULING = (Kind.RUNS, Kind.READY, Kind.WAITS)


@dataclass(frozen=True)
class Moments:
    """Columns of equal length, in the order of the trace."""

    time_ns: Numbers
    kind: npt.NDArray[np.int8]
    proc: Numbers
    goroutine: Numbers
    value: Numbers
    end_ns: int
    """The last event of the block they are from."""

    def __len__(self) -> int:
        return len(self.kind)

    def cut(self, begin: int, end: int) -> Moments:
        """Those from `begin` to `end`."""
        part = slice(begin, end)
        return Moments(
            self.time_ns[part], self.kind[part], self.proc[part], self.goroutine[part],
            self.value[part], self.end_ns,
        )  # fmt: skip


class MutatorMoments:
    """Picks the moments from blocks of `events`.

    Scheduling is picked of goroutines that assist or mark alone: of the others it says nothing
    about the collector.
    """

    def __init__(self) -> None:
        self._workers: set[int] = set()
        self._assisting: set[int] = set()
        self._generation = 0
        self._seen = np.zeros(_MOST_GOROUTINES, np.bool_)
        self._is_known = False

    def take(self, columns: Columns) -> Moments:
        """The moments of one block."""
        event = columns.coded("event")
        places = {name: place for place, name in enumerate(event.values)}
        chosen = np.full(len(event.values) + 1, -1, np.int8)
        for name, kind in _SIMPLE.items():
            if name in places:
                chosen[places[name]] = kind
        for name in _STARTS:
            if name in places:
                chosen[places[name]] = Kind.RUNS
        marking = self._learn(columns, places)
        kinds = chosen[event.codes]
        rows = np.flatnonzero(kinds >= 0)
        kinds, goroutine = kinds[rows], self._who(columns, rows, kinds[rows])
        is_meant = ~np.isin(kinds, _SCHEDULING)
        if len(marking):
            is_meant |= np.isin(goroutine, marking)
        rows, kinds, goroutine = rows[is_meant], kinds[is_meant], goroutine[is_meant]
        value = np.zeros(len(rows), np.int64)
        kinds = self._named(columns, rows, kinds)
        changes = np.flatnonzero((kinds == Kind.PROCS) | (kinds == Kind.SWEEP_ACTIVE))
        value[changes] = columns.array("arg_1")[rows[changes]]
        told = self._told(columns, rows, kinds, goroutine, value, marking)
        return self._generations(columns, places, *told)

    def _learn(self, columns: Columns, places: dict[str, int]) -> Numbers:
        """Goroutines that mark in this block: workers, and those that assist; sorted."""
        event, goroutine = columns.coded("event"), columns.array("goroutine")
        labels = _rows(event, places, ("GoLabel",))
        if len(self._workers) < _MOST_MARKING:
            self._workers.update(goroutine[labels][goroutine[labels] >= 0].tolist())
        begins = goroutine[_rows(event, places, ("GCMarkAssistBegin",))]
        active = columns.array("arg_1")[_rows(event, places, ("GCMarkAssistActive",))]
        if len(self._assisting) < _MOST_MARKING:
            self._assisting.update(begins.tolist(), active.tolist())
        found = np.array(sorted(self._workers | self._assisting), np.int64)
        # Who is in no assist at the end of the block is of no interest until the next one.
        last: dict[int, bool] = {}
        ends = _rows(event, places, ("GCMarkAssistBegin", "GCMarkAssistEnd"))
        ending = places.get("GCMarkAssistEnd", -2)
        is_end = (event.codes[ends] == ending).tolist()
        last.update(zip(goroutine[ends].tolist(), is_end, strict=True))
        self._assisting.difference_update(g for g, is_over in last.items() if is_over)
        return found

    @staticmethod
    def _who(columns: Columns, rows: Numbers, kinds: npt.NDArray[np.int8]) -> Numbers:
        who = columns.array("goroutine")[rows].astype(np.int64)
        named = np.isin(kinds, (Kind.RUNS, Kind.ASSIST_ACTIVE))
        who[named] = columns.array("arg_1")[rows[named]]
        return who

    @staticmethod
    def _named(
        columns: Columns, rows: Numbers, kinds: npt.NDArray[np.int8]
    ) -> npt.NDArray[np.int8]:
        """Stops of the world and labels by their texts; -1 for what is not the collector's."""
        text = columns.coded("text")
        own = np.array([_GC_STOP in value for value in text.values] + [False])
        labels = np.array([_label(value) for value in text.values] + [-1], np.int8)
        codes = text.codes[rows]
        is_stop = (kinds == Kind.STOP) | (kinds == Kind.GO_ON)
        kinds = np.where(is_stop & ~own[codes], np.int8(-1), kinds)
        return np.where(kinds == Kind.WORKER, labels[codes], kinds)

    @staticmethod
    def _told(
        columns: Columns,
        rows: Numbers,
        kinds: npt.NDArray[np.int8],
        goroutine: Numbers,
        value: Numbers,
        marking: Numbers,
    ) -> tuple[Numbers, npt.NDArray[np.int8], Numbers, Numbers]:  # fmt: skip
        """With what the statuses of goroutines say."""
        event = columns.coded("event")
        places = {name: place for place, name in enumerate(event.values)}
        found = _rows(event, places, _STATUSES)
        who = columns.array("arg_1")[found]
        new, old = (np.isin(columns.array(f"arg_{i}")[found], _EXECUTING) for i in (3, 4))
        waits = columns.array("arg_3")[found] == _WAITING
        status = np.where(new, Kind.RUNS, np.where(waits, Kind.WAITS, Kind.READY)).astype(np.int8)
        # Only a change counts, of a goroutine that matters.
        is_meant = (new != old) & np.isin(who, marking)
        found, who, status = found[is_meant], who[is_meant], status[is_meant]
        every = np.concatenate([rows, found])
        order = np.argsort(every, kind="stable")
        return (
            every[order],
            np.concatenate([kinds, status])[order],
            np.concatenate([goroutine, who])[order],
            np.concatenate([value, np.zeros(len(found), np.int64)])[order],
        )

    def _generations(
        self, columns: Columns, places: dict[str, int], rows: Numbers,
        kinds: npt.NDArray[np.int8], goroutine: Numbers, value: Numbers,
    ) -> Moments:  # fmt: skip
        """Ranges that were under way count in the first generation; later ones repeat them."""
        active = np.isin(kinds, (Kind.ASSIST_ACTIVE, Kind.SWEEP_ACTIVE))
        syncs = _rows(columns.coded("event"), places, (_SYNC,))
        if active.any():
            generation = self._generation + np.searchsorted(syncs, rows)
            kinds = np.where(active & (generation > 1), np.int8(-1), kinds)
            self._mark_known(columns, places, rows, kinds, value)
        if self._generation <= 1:
            self._remember(columns, places)
        self._generation += len(syncs)
        kept = np.flatnonzero(kinds >= 0)
        rows = rows[kept]
        time = columns.array("time_ns")
        return Moments(
            time[rows], kinds[kept], columns.array("proc")[rows].astype(np.int64),
            goroutine[kept], value[kept], int(time[-1]) if len(time) else -1,
        )  # fmt: skip

    def _mark_known(
        self, columns: Columns, places: dict[str, int], rows: Numbers,
        kinds: npt.NDArray[np.int8], value: Numbers,
    ) -> None:  # fmt: skip
        """Whether Go knows by then that the goroutine of the event runs: the trace has said so."""
        for place in np.flatnonzero(kinds == Kind.ASSIST_ACTIVE).tolist():
            row = int(rows[place])
            own = int(columns.array("goroutine")[row])
            here = bool(np.isin(own, self._told_before(columns, places, row)))
            value[place] = own >= 0 and (own >= _MOST_GOROUTINES or here or self._seen[own])

    def _remember(self, columns: Columns, places: dict[str, int]) -> None:
        seen = self._told_before(columns, places, columns.rows)
        self._is_known |= len(_rows(columns.coded("event"), places, ("ProcsChange",))) > 0
        self._seen[seen[(seen >= 0) & (seen < _MOST_GOROUTINES)]] = True

    def _told_before(self, columns: Columns, places: dict[str, int], end: int) -> Numbers:
        """Goroutines whose state was told before row `end`, since GOMAXPROCS was."""
        event = columns.coded("event")
        begin = 0
        if not self._is_known:
            changes = _rows(event, places, ("ProcsChange",))
            begin = int(changes[0]) if len(changes) else end
        by_argument = _rows(event, places, (*_STARTS, *_STATUSES, "GoUnblock", "GoCreate"))
        inside = by_argument[(by_argument >= begin) & (by_argument < end)]
        own = _rows(event, places, ("GoStop", "GoBlock", "GoSyscallBegin", "GoSyscallEnd"))
        own = own[(own >= begin) & (own < end)]
        return np.append(columns.array("arg_1")[inside], columns.array("goroutine")[own])


def _rows(event: Coded, places: dict[str, int], names: Collection[str]) -> Numbers:
    wanted = np.zeros(len(event.values) + 1, np.bool_)
    wanted[[places[name] for name in names if name in places]] = True
    return np.flatnonzero(wanted[event.codes])


def _label(text: str) -> int:
    if text == _DEDICATED:
        return Kind.DEDICATED
    if text == _IDLE:
        return Kind.IDLE
    return Kind.WORKER if text.startswith(_WORKER) else -1
