"""What a program did whatever the collector did: how much it allocated, and kept alive.

Time is counted in bytes that it had allocated. What is alive at a position does not depend on when
a collector looks; it was seen wherever a recorded cycle began to mark, and between two of them it
lies between what both kept and what only the first did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.whatif.births import ALIVE, BEFORE, Sums
from gotrace.analyses.whatif.recorded import RecordedCycles
from gotrace.analyses.whatif.survival import Survival, Values

__all__ = [
    "Live",
    "ObjectProgram",
    "Program",
    "Repeatable",
    "SeenProgram",
    "object_program",
    "seen_program",
]


_LOOKS = 4
"""Cycles behind a birth whose findings make the survival curve."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Live:
    """Reachable bytes at a position: expected, and between which bounds."""

    bytes: float
    least_bytes: float
    most_bytes: float
    scan_ratio: float
    """Share of it in objects with pointers."""


class Program(Protocol):
    """Positions are bytes allocated since the recording began."""

    @property
    def end(self) -> float:
        """The last position."""
        ...

    @property
    def begins(self) -> Values:
        """Where each recorded cycle began to mark."""
        ...

    @property
    def ends(self) -> Values:
        """Where its marking ended."""
        ...

    def next_allocation(self, position: float) -> float:
        """Where the allocation ends that reaches `position`: cycles begin behind one."""
        ...

    def live(self, position: float) -> Live:
        """What is reachable there."""
        ...


class Repeatable(Program, Protocol):
    """A program that can be run again with other chances."""

    def live_as(self, position: float, cycle: int) -> Live:
        """What is reachable there where chance is that of a recorded cycle (-1: of none)."""
        ...


class ObjectProgram:
    """From the objects of a trace with alloc/free events."""

    def __init__(self, cycles: RecordedCycles, sums: Sums, weight: Values, ends: Values,
                 tracer_bytes: int) -> None:  # fmt: skip
        """`weight`: bytes of each group of `sums`; `ends`: position of each cycle's end."""
        self._number = cycles.number
        self._tracer = tracer_bytes
        self._sums = sums
        self._weight = weight
        count = len(cycles)
        born = np.searchsorted(self._number, sums.born + 1)  # the first cycle that can see it
        died = np.searchsorted(self._number, sums.died)
        died = np.where(sums.died >= ALIVE, count + 1, np.maximum(died, born))
        is_old = sums.born == BEFORE
        self._steps(born, died, is_old, count)
        self._young(born, died, is_old, count)
        self.ends: Values = np.maximum(ends, self.begins)
        self.kept_bytes: Values = self._kept[:-1] - tracer_bytes

    def _steps(self, born: Numbers, died: Numbers, is_old: Flags, count: int) -> None:
        """By cycle: what it finds alive of those that the one before had seen, and dead."""
        weight, scan = self._weight, self._sums.scan_bytes
        first = np.where(is_old, -1, born)

        def between(low: Numbers, high: Numbers, amount: Values) -> Values:
            change = np.bincount(np.clip(low, 0, count + 1), amount, minlength=count + 2)
            gone = np.bincount(np.clip(high, 0, count + 1), amount, minlength=count + 2)
            return np.cumsum(change - gone)[: count + 1]

        self._kept = between(born, died, weight)  # alive where cycle k began
        self._scan = between(born, died, scan)
        self._old_kept = between(first + 1, np.maximum(died, first + 1), weight)
        is_dying = died > first
        self._old_dead = np.bincount(
            np.clip(died, 0, count + 1)[is_dying], weight[is_dying], minlength=count + 2
        )[: count + 1]

    def _young(self, born: Numbers, died: Numbers, is_old: Flags, count: int) -> None:
        """The groups in order of birth, and where each cycle's begin."""
        rows = np.flatnonzero(~is_old)
        order = rows[np.lexsort([self._sums.tick[rows], born[rows]])]
        self._group_cycle = born[order]
        self._group_bytes = self._weight[order]
        self._group_dead = np.where(died[order] <= born[order], self._weight[order], 0.0)
        total = np.cumsum(self._group_bytes)
        self._position: Values = total
        self.end = float(total[-1]) if len(total) else 0.0
        self._slices = np.searchsorted(self._group_cycle, np.arange(count + 2))
        borders = np.concatenate([[0.0], total])[self._slices]
        self.begins: Values = borders[1 : count + 1]
        self._survival = self._looks(died[order], count)
        self._lately = self._looks(died[order], count, count // 2)
        seen = np.where(is_old, -1, born)
        dying = np.flatnonzero((died > seen) & (died < count))
        dying = dying[np.argsort(died[dying], kind="stable")]
        place = np.zeros(len(self._weight))
        place[order] = total
        self._dying_slices = np.searchsorted(died[dying], np.arange(count + 2))
        self._dying_bytes, self._dying_at = self._weight[dying], place[dying]
        self._last(np.where(is_old, -np.inf, place), seen, died, count)

    def _last(self, place: Values, seen: Numbers, died: Numbers, count: int) -> None:
        """What the last cycle found alive, and how the old died of late.

        `seen`: the first cycle that can have seen a group, -1 for those there before.
        """
        kept = np.flatnonzero((seen < count) & (died >= count))
        self._last_bytes = self._weight[kept]
        end = float(self.begins[-1]) if count else 0.0
        self._last_age = end - place[kept]
        grown = np.where(np.isneginf(place), 0.0, place + self._lately.oldest)
        look = np.maximum(np.searchsorted(self.begins, grown), count // 2)  # seen alive and old
        old = np.flatnonzero((look < count) & (died > look))
        until = self.begins[np.minimum(died[old], count - 1)]
        stays = self._weight[old] * (until - self.begins[look[old]])
        dead = self._weight[old[died[old] < count]]
        self._hazard = float(dead.sum()) / max(float(stays.sum()), 1.0)

    def _looks(self, died: Numbers, count: int, first: int = 0) -> Survival:
        """Each group as the first cycles behind its birth found it, from cycle `first` on."""
        ages, born, kept = [], [], []
        for look in range(_LOOKS):
            cycle = self._group_cycle + look
            rows = np.flatnonzero((cycle >= first) & (cycle < count))
            seen = self._group_cycle[rows] + look
            ages.append(self.begins[seen] - self._position[rows])
            born.append(self._group_bytes[rows])
            kept.append(np.where(died[rows] > seen, self._group_bytes[rows], 0.0))
        return Survival(*(np.concatenate(parts) for parts in (ages, born, kept)))

    def next_allocation(self, position: float) -> float:
        """Of the groups: a large object is one of its own, small ones are many."""
        place = int(np.searchsorted(self._position, position))
        return float(self._position[place]) if place < len(self._position) else position

    def live(self, position: float) -> Live:
        """What is reachable there."""
        count = len(self.begins)
        cycle = int(np.searchsorted(self.begins, position))
        rows = slice(int(self._slices[cycle]), int(self._slices[cycle + 1]))
        place = rows.start + int(np.searchsorted(self._position[rows], position, side="right"))
        young = slice(rows.start, place)
        age = np.maximum(position - self._position[young], 0)
        scan = self._scan_ratio(min(cycle, count - 1))
        if cycle >= count:
            return self._beyond(position, age, self._group_bytes[young], scan)
        found = self.begins[cycle] - self._position[young]
        dead = self._group_dead[young]
        kept = float((self._group_bytes[young] - dead).sum()) + float(self._old_kept[cycle])
        share = self._survival.still_alive(np.zeros(len(age)), age, found)
        base = kept - self._tracer + float((dead * share).sum())
        old = self._old_alive(cycle, position)
        return Live(max(base + old, 0.0), max(base, 0.0), base + float(self._old_dead[cycle]), scan)

    def _old_alive(self, cycle: int, position: float) -> float:
        """Of what the cycle before had seen and this one finds dead, what is alive there."""
        rows = slice(int(self._dying_slices[cycle]), int(self._dying_slices[cycle + 1]))
        born = self._dying_at[rows]
        before = float(self.begins[cycle - 1]) if cycle else 0.0
        share = self._survival.still_alive(
            before - born, position - born, float(self.begins[cycle]) - born
        )
        return float((self._dying_bytes[rows] * share).sum())

    def _scan_ratio(self, cycle: int) -> float:
        kept = float(self._kept[cycle]) - self._tracer if cycle >= 0 else 0.0
        return min(float(self._scan[cycle]) / kept, 1.0) if kept > 0 else 0.5

    def _beyond(self, position: float, age: Values, born: Values, scan: float) -> Live:
        """Behind the last cycle nobody looked: all die as their like did in the later half."""
        count = len(self.begins)
        start = float(self._kept[count - 1]) - self._tracer if count else 0.0
        young = float((born * self._lately.at(age)).sum())
        more = position - (float(self.begins[-1]) if count else 0.0)
        share = self._lately.kept_on(self._last_age, more, self._hazard)
        lost = min(float((self._last_bytes * (1 - share)).sum()), start)
        return Live(start + young - lost, start - lost, start + young, scan)


class SeenProgram:
    """From the cycles alone: alive is what they marked less what was allocated meanwhile."""

    def __init__(self, cycles: RecordedCycles, tracer_bytes: int) -> None:
        marking = np.maximum(cycles.end_bytes - cycles.begin_bytes, 0).astype(np.float64)
        first = max(cycles.first_live_bytes, 0)  # a log begins where the process does
        before = np.concatenate([[first], cycles.marked_bytes[:-1]]).astype(np.float64)
        growing = np.maximum(cycles.begin_bytes - before, 0)
        steps = np.cumsum(growing + marking)
        self.ends: Values = steps
        self.begins: Values = steps - marking
        last = float(cycles.last_live_bytes - cycles.marked_bytes[-1]) if len(cycles) else 0.0
        if cycles.last_live_bytes < 0 and len(cycles):
            # A log ends somewhere between its last cycle and the next.
            last = float(steps[-1] - steps[0]) / max(len(steps) - 1, 1) / 2
        self.end = (float(steps[-1]) if len(steps) else 0.0) + max(last, 0.0)
        self.kept_bytes: Values = np.maximum(cycles.marked_bytes - marking - tracer_bytes, 0.0)

    def next_allocation(self, position: float) -> float:
        """Allocations are not known."""
        return position

    def live(self, position: float) -> Live:
        """On the line between the two cycles around; the bounds are those two."""
        found = float(np.interp(position, self.begins, self.kept_bytes))
        last = len(self.begins) - 1
        cycle = min(int(np.searchsorted(self.begins, position)), last)
        ends = self.kept_bytes[max(cycle - 1, 0)], self.kept_bytes[cycle]
        return Live(found, float(min(ends)), float(max(ends)), 0.5)


def object_program(
    cycles: RecordedCycles, sums: Sums, width_ns: int, tracer_bytes: int, other: int = -1
) -> ObjectProgram:
    """`width_ns`: of a tick; `other`: number of `OtherSizes`, -1 for none."""
    weight = sums.bytes
    if other >= 0:
        weight = (sums.other_bytes[2 * other] + sums.other_bytes[2 * other + 1]) / 2
    is_new = sums.born != BEFORE
    by_tick = np.bincount(sums.tick[is_new], weight[is_new], minlength=1)
    position = np.concatenate([[0.0], np.cumsum(by_tick)])
    ends = np.interp(cycles.end_ns / width_ns, np.arange(len(position)), position)
    return ObjectProgram(cycles, sums, weight, ends, tracer_bytes)


def seen_program(cycles: RecordedCycles, tracer_bytes: int) -> SeenProgram:
    """From the cycles alone."""
    return SeenProgram(cycles, tracer_bytes)
