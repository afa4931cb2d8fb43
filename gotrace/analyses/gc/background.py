"""What the collector did beside the program, by cycle: marking, sweeping, objects born and freed.

All by `gc_cycle`, the cycles begun before: a sweep or a free after the mark of cycle n and before
the next begins belongs to n.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.gc.cycles import MOST_CYCLES
from gotrace.analyses.gc.reasons import stack_functions
from gotrace.analyses.trace.fold import Numbers, Tally
from gotrace.tables.columns import Coded, Columns

__all__ = ["Births", "Sweeps", "Workers", "is_text"]

_SWEEPER_WAITS = "GC background sweeper wait"
_MODES = ("dedicated", "fractional", "idle")
_MOST_TURNS = 1 << 20
_DEBT = "runtime.deductSweepCredit"
_SWEEPERS = (
    "runtime.(*mcentral).", "runtime.(*mheap).", "runtime.(*sweepLocked).", "runtime.sweepone",
    "runtime.bgsweep", "runtime.gcStart", "runtime.gcMarkTermination", "runtime.GC",
)  # fmt: skip
_MOST_PLACES = 1 << 18
"""Combinations of cycle and stack; of cycles beyond it is unknown what of sweeping was debt."""


class Workers:
    """Mark workers: their CPU time by mode, and how many there were."""

    tables = ("ranges",)

    def __init__(self) -> None:
        self._times = Tally(*_MODES, most=MOST_CYCLES + 1)
        self._turns: list[Numbers] = []
        """Blocks of: mode, cycle, goroutine, begin, end."""
        self._count = 0

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block of `ranges`."""
        workers = is_text(columns.coded("kind"), "gc_mark_worker")
        name = columns.coded("name")
        for number, mode in enumerate(_MODES):
            rows = np.flatnonzero(workers & is_text(name, f"GC ({mode})"))
            if not len(rows):
                continue
            told = [
                columns.array(c)[rows].astype(np.int64)
                for c in ("gc_cycle", "goroutine", "time_ns", "end_time_ns", "duration_ns")
            ]
            is_whole = told[4] >= 0
            self._times.add(told[0][is_whole], **{mode: told[4][is_whole]})
            if self._count < _MOST_TURNS:
                self._turns.append(np.stack([np.full(len(rows), number), *told[:4]]))
                self._count += len(rows)

    def cpu_ns(self, mode: str, cycle: int) -> int:
        """Of all workers of that mode."""
        times = self._times[mode]
        return int(times[cycle]) if cycle < len(times) else 0

    def counts(self) -> dict[str, dict[int, int]]:
        """Mode → cycle → dedicated workers at once; others that ran at all."""
        if not self._turns:
            return {mode: {} for mode in _MODES}
        mode, cycle, goroutine, begin, end = np.concatenate(self._turns, axis=1)
        found = {}
        for number, name in enumerate(_MODES):
            rows = np.flatnonzero(mode == number)
            if name == "dedicated":
                found[name] = _at_once(cycle[rows], begin[rows], end[rows])
            else:
                pairs = np.unique(np.stack([cycle[rows], goroutine[rows]], axis=1), axis=0)
                cycles, counts = np.unique(pairs[:, 0], return_counts=True)
                found[name] = dict(zip(cycles.tolist(), counts.tolist(), strict=True))
        return found


def _at_once(cycle: Numbers, begin: Numbers, end: Numbers) -> dict[int, int]:
    """The most turns that overlap, of each cycle; what has no end overlaps all that follows."""
    times = np.concatenate([begin, np.where(end < 0, np.iinfo(np.int64).max, end)])
    change = np.repeat([1, -1], len(begin))
    group = np.concatenate([cycle, cycle])
    order = np.lexsort((change, times, group))
    # Every turn ends in its own group, so the running sum is 0 where a group begins.
    running = np.cumsum(change[order])
    found: dict[int, int] = {}
    groups, firsts = np.unique(group[order], return_index=True)
    if len(groups):
        most = np.maximum.reduceat(running, firsts)
        found = dict(zip(groups.tolist(), most.tolist(), strict=True))
    return found


class Sweeps:
    """Sweeping that goroutines had to do themselves, and when the background sweeper was done."""

    tables = ("goroutine_transitions", "ranges")

    def __init__(self) -> None:
        self.sums = Tally("swept", "reclaimed", "time", "count", most=MOST_CYCLES + 1)
        self._rests: list[Numbers] = []
        self._by_place = Tally("swept", "time", most=_MOST_PLACES)
        self._places: dict[tuple[int, int], int] = {}
        """Cycle and stack → its row."""
        self._told_until = MOST_CYCLES
        """Cycles whose stacks were all kept."""

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block."""
        if table == "ranges":
            self._ranges(columns)
        else:
            reason = columns.coded("reason")
            if _SWEEPER_WAITS in reason.values:
                duration = columns.array("duration_ns")
                rows = np.flatnonzero(is_text(reason, _SWEEPER_WAITS) & (duration >= 0))
                self._rests.append(columns.array("end_time_ns")[rows] - duration[rows])

    def ends(self) -> Numbers:
        """When the background sweeper went to rest, in order."""
        return np.sort(np.concatenate([np.zeros(0, np.int64), *self._rests]))

    def debts(self, code: dict[str, Columns]) -> dict[int, tuple[int, int]]:
        """Cycle → bytes and nanoseconds swept as debt: to be allowed to allocate at all.

        Sweeping keeps ahead of allocation (`runtime/mgcsweep.go`, deductSweepCredit); that function
        is on the stack of who has to catch up. Cycles with a sweep whose stack tells nothing, such
        as all in Go 1.11, which swept on the system stack, are left out.
        """
        found: dict[int, tuple[int, int]] = {}
        is_debt: dict[int, bool | None] = {}
        unknown: set[int] = set()
        sums = zip(self._by_place["swept"].tolist(), self._by_place["time"].tolist(), strict=True)
        for (cycle, stack), (swept, time) in zip(self._places, sums, strict=True):
            if stack not in is_debt:
                is_debt[stack] = _is_debt(stack_functions(code, stack))
            if is_debt[stack] is None or cycle >= self._told_until:
                unknown.add(cycle)
            before = found.get(cycle, (0, 0))
            debt = (swept, time) if is_debt[stack] else (0, 0)
            found[cycle] = (before[0] + debt[0], before[1] + debt[1])
        return {cycle: debt for cycle, debt in found.items() if cycle not in unknown}

    def _placed(self, cycle: Numbers, stack: Numbers) -> Numbers:
        """The rows of these cycles and stacks; -1 where there is no room."""
        pairs, inverse = np.unique(np.stack([cycle, stack]), axis=1, return_inverse=True)
        places = []
        for pair in zip(*pairs.tolist(), strict=True):
            is_full = pair not in self._places and len(self._places) >= _MOST_PLACES
            if is_full:
                self._told_until = min(self._told_until, pair[0])
            places.append(-1 if is_full else self._places.setdefault(pair, len(self._places)))
        return np.array(places, np.int64)[inverse.reshape(-1)]

    def _ranges(self, columns: Columns) -> None:
        rows = np.flatnonzero(is_text(columns.coded("kind"), "gc_sweep"))
        if not len(rows):
            return
        swept, reclaimed, time = (
            np.maximum(columns.array(name)[rows], 0)
            for name in ("swept_bytes", "reclaimed_bytes", "duration_ns")
        )
        cycle = columns.array("gc_cycle")[rows]
        self.sums.add(cycle, swept=swept, reclaimed=reclaimed, time=time, count=1)
        place = self._placed(cycle, columns.array("stack_id")[rows].astype(np.int64))
        kept = place >= 0
        self._by_place.add(place[kept], swept=swept[kept], time=time[kept])


def _is_debt(functions: list[str]) -> bool | None:
    """Whether a sweep with these functions on its stack paid debt; None if they do not tell."""
    if _DEBT in functions:
        return True
    return False if any(name.startswith(_SWEEPERS) for name in functions) else None


class Births:
    """Objects that were allocated and freed, of traces that tell."""

    tables = ("objects",)

    def __init__(self) -> None:
        self.sums = Tally(
            "born_bytes", "born_objects", "freed_bytes", "freed_objects", most=MOST_CYCLES + 2
        )
        self.is_told = False

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block of `objects`."""
        self.is_told |= columns.rows > 0
        size = np.maximum(columns.array("slot_bytes"), 0)
        for column, kind, later in (("gc_cycle", "born", 1), ("end_gc_cycle", "freed", 0)):
            cycle = columns.array(column)
            rows = np.flatnonzero(cycle >= 0)
            amounts: dict[str, Any] = {f"{kind}_bytes": size[rows], f"{kind}_objects": 1}
            self.sums.add(cycle[rows] + later, **amounts)

    def of(self, name: str, cycle: int) -> int:
        """One sum of one cycle."""
        sums = self.sums[name]
        return int(sums[cycle]) if cycle < len(sums) else 0


def is_text(column: Coded, text: str) -> npt.NDArray[np.bool_]:
    """Where a column of few texts is this one."""
    place = column.values.index(text) if text in column.values else -2
    found: npt.NDArray[np.bool_] = column.codes == place
    return found
