"""What a recording tells of the pacer's inputs, which a prediction for other settings needs.

How fast a program allocates against how fast it is marked cannot be read off directly: where the
goal is near, assists slow the program down until marking has ended. What it would have allocated
without them follows from the time that they took (`natural_bytes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from gotrace.analyses.whatif.program import Program
from gotrace.analyses.whatif.recorded import RecordedCycles
from gotrace.analyses.whatif.survival import Values

__all__ = ["Calibration", "Pace", "calibrate", "inferred_gogc"]

_BACKGROUND = 0.25
"""Share of the Ps that marks in the background (`runtime/mgcpacer.go`)."""
_HEAP_MINIMUM = 4 << 20
_LEAST_CYCLES = 3
_USUAL_GOGCS = (800, 500, 400, 300, 200, 150, 100, 75, 50, 40, 30, 25, 20, 10)
_MOST_GOGC = 100_000
_FAR = 0.05
"""Heaps that differ by this share of their mean tell which line goals follow."""
_HALF_MIB = 1 << 19
"""A log's sizes are told to 1 MiB, and taken for half a MiB more."""
_MOST_ROWS = 0.9
_USUAL_GLOBALS = 256 << 10
"""Stacks and globals of a small program, where the recording does not tell."""
_MOST_ROOTS = 64 << 20
_EVENT_NS = 140.0
"""What recording one allocation or free costs in CPU time: four programs took 66 to 220 more."""
_USUAL = 0.97
"""Cycles that run further beyond their goal than this share of all count as if they had not."""
_USED_UP = 0.9
"""A cycle that allocated this share of the way from where it began to its goal was held back."""
_OVERSHOOT = 0.1
"""Beyond its goal assists let the heap grow by this share of it (`maxOvershoot` in `revise`)."""
_MOST_WASTE = 0.12


@dataclass(frozen=True)
class Pace:
    """One number a recorded cycle: how the race of program and collector went."""

    marking_bytes: Values
    """Allocated while it marked."""
    way_bytes: Values
    """From where it began to its goal."""
    natural_bytes: Values
    """What would have been allocated while it marked, had nobody assisted."""
    scan_bytes: Values
    """What it had to look through."""

    def marking(
        self, cycle: int, way_bytes: float, goal_bytes: float, work: float, speed: float
    ) -> float:
        """What the program would allocate while a cycle marks that has another way to its goal.

        `work`: how much more there is to look through; `speed`: how much faster it allocates.
        A cycle that used up its way was held back by assists, and would be by another goal. One
        that did not needs no more on a longer way, up to its natural share on one 4 times as long,
        where nobody assists. Without any way (a memory limit that is used up) assists let the heap
        grow to 1.1 times its goal.
        """
        marking, way = float(self.marking_bytes[cycle]), float(self.way_bytes[cycle])
        natural = float(self.natural_bytes[cycle])
        if way_bytes <= 0:
            return min(natural * work * speed, _OVERSHOOT * goal_bytes)
        longer = max(way_bytes / way, 1e-6)
        beyond = max(marking - way, 0.0) * min(1.0, float(longer**0.25))
        if marking >= _USED_UP * way:
            held = way_bytes * min(marking / way, 1.0) + beyond
            return min(natural * work * speed, held)
        alone = min(max(log(longer) / log(4), 0.0), 1.0)
        own = marking * work * speed * (natural / max(marking, 1.0)) ** alone
        return float(min(own, way_bytes))


@dataclass(frozen=True)
class Calibration:
    """Of the whole recording."""

    gogc: int
    is_gogc_told: bool
    roots_bytes: int
    """Stacks and globals, as goals count them."""
    slack_bytes: float
    """By how much heapLive runs ahead of objects: whole spans count when a P takes them."""
    slack_spread_bytes: float
    waste_ratio: float
    """Of what is allocated, what spans' tails add to heapLive whenever a P takes one."""
    tracer_bytes: int
    tracing_ratio: float
    """How much faster it would have allocated without the recording's own cost; 1 unknown."""
    most_tracing_ratio: float
    """The same if all Ps shared one CPU: a recording does not tell how many there were."""
    pace: Pace
    first_marked_bytes: float
    """What the last collection before the recording had found alive, without the tracer's own."""
    first_live_bytes: float
    """heapLive when the recording began, likewise."""
    is_process_start: bool
    """The first goal was the heap minimum: the pacer had measured nothing yet."""

    @property
    def used_ratio(self) -> float:
        """Of the way from trigger to goal, what marking used: the median."""
        used = self.pace.marking_bytes / self.pace.way_bytes
        return float(np.median(used)) if len(used) else 0.0


def calibrate(
    cycles: RecordedCycles, program: Program, tracer_bytes: int, events_count: int = 0,
    gogc: int = 0, working_ns: int = 0,
) -> Calibration:  # fmt: skip
    """Of a recording; `gogc` is the recorded GOGC where it is known, 0 to infer it.

    `events_count`: allocations and frees whose recording cost time; `working_ns`: for how long the
    program allocated (0: all the time).
    """
    inferred = gogc or inferred_gogc(cycles)
    roots = _roots(cycles, inferred)
    first_live = max(cycles.first_live_bytes - tracer_bytes, 0)
    minimum = _HEAP_MINIMUM * inferred // 100
    is_start = cycles.first_goal_bytes in (minimum, -1)
    marked = (cycles.first_goal_bytes - roots * inferred / 100) / (1 + inferred / 100)
    alive = program.live(0.0).bytes
    return Calibration(
        inferred, gogc > 0, roots, *_slack(cycles, program), tracer_bytes,
        _tracing_ratio(cycles, events_count, working_ns, cycles.procs),
        _tracing_ratio(cycles, events_count, working_ns, 1), _pace(cycles, program),
        float(np.clip(alive if is_start else marked, 0, max(first_live, 0))), float(first_live),
        is_start,
    )  # fmt: skip


def inferred_gogc(cycles: RecordedCycles) -> int:
    """The GOGC that goals followed; 100 where they do not tell.

    goal = marked + (marked + roots)·GOGC/100: a line through what each cycle marked and what the
    next one aimed at. Where the heap hardly changes any GOGC fits with some roots: then the one
    with the smallest roots that are not negative, of the values that people set.
    """
    marked, goal = _followed(cycles)
    if len(marked) < _LEAST_CYCLES:
        return 100
    steps, moved = np.diff(goal), np.diff(marked)
    is_exact = all(np.mean(sizes % _HALF_MIB != 0) > _MOST_ROWS for sizes in (marked, goal))
    far = np.abs(moved) > _FAR * float(marked.mean())
    if is_exact and np.count_nonzero(far) >= _LEAST_CYCLES:
        found = round((float(np.median(steps[far] / moved[far])) - 1) * 100)
        if 0 < found < _MOST_GOGC:
            return found
    if not is_exact and marked.std() > _FAR * marked.mean():
        off = {
            candidate: float(np.std((goal - marked) * 100 / candidate - marked) * candidate)
            for candidate in _USUAL_GOGCS
        }
        return min(off, key=lambda candidate: off[candidate])
    for candidate in _USUAL_GOGCS:
        if float(np.median((goal - marked) * 100 / candidate - marked)) >= -_HALF_MIB:
            return candidate
    return 100


def _followed(cycles: RecordedCycles) -> tuple[Values, Values]:
    """What cycles marked and the goals that followed, where the minimum did not decide."""
    marked = cycles.marked_bytes[:-1].astype(np.float64)
    goal = cycles.goal_bytes[1:].astype(np.float64)
    told = (goal > _HEAP_MINIMUM) & (goal > marked)
    return marked[told], goal[told]


def _roots(cycles: RecordedCycles, gogc: int) -> int:
    marked, goal = _followed(cycles)
    if not len(marked):
        return _USUAL_GLOBALS
    roots = float(np.median((goal - marked) * 100 / gogc - marked))
    return int(np.clip(roots, 0, _MOST_ROOTS))


def _slack(cycles: RecordedCycles, program: Program) -> tuple[float, float, float]:
    """What comes with each cycle, how much it varies, and what comes with each byte.

    A P that takes a span counts its free slots (`slack`, given back when the cycle's end flushes
    caches) and its tail, where no slot fits, each time anew (`runtime/mcache.go`, refill). While a
    cycle marks caches are filled already: heapLive runs ahead by the tails alone.
    """
    if len(cycles) < _LEAST_CYCLES:
        return 0.0, 0.0, 0.0
    grown = cycles.begin_bytes[1:] - cycles.marked_bytes[:-1]
    objects = program.begins[1:] - program.ends[:-1]
    marking = program.ends - program.begins
    ahead = np.concatenate([grown - objects, cycles.end_bytes - cycles.begin_bytes - marking])
    known = np.stack([np.append(objects, marking), np.zeros(len(ahead))], axis=1)
    known[: len(objects), 1] = 1.0
    waste = float(np.clip(np.linalg.lstsq(known, ahead, rcond=None)[0][0], 0, _MOST_WASTE))
    slack = grown - objects * (1 + waste)
    spread = float(np.std(slack) / np.sqrt(len(slack)))
    return max(float(np.median(slack)), 0.0), spread, waste


def _pace(cycles: RecordedCycles, program: Program) -> Pace:
    marking = np.maximum(cycles.end_bytes - cycles.begin_bytes, 0).astype(np.float64)
    way = np.maximum(cycles.goal_bytes - cycles.begin_bytes, 1).astype(np.float64)
    # One moment at which the machine was busy elsewhere is no habit of the program.
    beyond = np.maximum(marking - way, 0) / way
    usual = float(np.quantile(beyond, _USUAL)) if len(beyond) else 0.0
    marking = np.minimum(marking, way * (1 + usual))
    duration = np.maximum(cycles.end_ns - cycles.begin_ns, 1).astype(np.float64)
    whole = duration * cycles.procs
    idle = np.minimum(cycles.idle_ns / whole, 1 - _BACKGROUND)
    used = np.minimum(_BACKGROUND + cycles.assist_ns / whole, 1.0)
    before = np.concatenate([[0.0], program.ends[:-1]])
    pause = np.maximum(cycles.begin_ns - np.concatenate([[0], cycles.end_ns[:-1]]), 1)
    rate = np.maximum(program.begins - before, 0) / pause
    alone = duration * (used + idle) / (_BACKGROUND + idle)
    natural = np.maximum((1 - _BACKGROUND) * rate * alone, marking)
    lives = [program.live(float(position)) for position in program.begins]
    scan = np.array([live.bytes * live.scan_ratio for live in lives])
    return Pace(marking, way, natural, np.maximum(scan, 1.0))


def _tracing_ratio(cycles: RecordedCycles, events_count: int, working_ns: int, cpus: int) -> float:
    working = (working_ns or cycles.duration_ns) * cpus
    cost = min(events_count * _EVENT_NS, 0.5 * working)
    return working / (working - cost) if events_count and working else 1.0
