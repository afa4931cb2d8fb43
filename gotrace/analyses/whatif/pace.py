"""How program and collector race while a cycle marks, as a recording shows it.

How fast a program allocates against how fast it is marked cannot be read off directly: where the
goal is near, assists slow the program down until marking has ended. What it would have allocated
without them follows from how fast it allocates while it runs and a cycle marks (slower than between
two cycles: write barriers, caches that the collector filled), and from the time that the background
alone would have needed for the same marking (`natural_bytes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from gotrace.analyses.whatif.program import Program
from gotrace.analyses.whatif.recorded import RecordedCycles
from gotrace.analyses.whatif.survival import Values

__all__ = ["BACKGROUND", "Pace", "pace_of", "stretched", "tracing_ratio"]

BACKGROUND = 0.25
"""Share of the Ps that marks in the background (`runtime/mgcpacer.go`)."""
_EVENT_NS = 140.0
"""What recording one allocation costs in CPU time: programs took 66 to 220 ns more."""
_MOST_TRACING = 0.5
"""Of the time in which a program runs."""
_LEAST_RUNNING = 0.02
_MOST_ASSISTED = 0.7
_SOFTNESS = 4.0
"""A guess: how sharply assists set in."""
_LEAST_PART = 0.2
"""So much is left at least where the softening is taken back."""
_OFTEN = 0.2
"""Cycles that run beyond their goal tell how far others would, if they are more than this share."""
_ALONE = 4.0
"""On ways so many times as long nobody assists. A guess."""
_MOST_BEYOND = 3.0
"""Times its way: cycles that began where they should have ended tell nothing."""
_OVERSHOOT = 0.1
"""Beyond its goal assists let the heap grow by this share of it (`maxOvershoot` in `revise`)."""


@dataclass(frozen=True)
class Pace:
    """One number a recorded cycle: how the race of program and collector went."""

    marking_bytes: Values
    """Allocated while it marked."""
    way_bytes: Values
    """From where it began to its goal."""
    goal_bytes: Values
    """What it aimed at."""
    seen_bytes: Values
    """What would have been, had assists not held it where they did: on a way as long."""
    natural_bytes: Values
    """What would have been allocated while it marked, had nobody assisted at all."""
    paced_bytes: Values
    """The same as the pacer reckons from how fast program and collector were while it marked, a
    quarter of the time taken by marking: `cons/mark`, from which the next trigger follows."""
    held_ratio: Values
    """At how much of the way assists would hold a program that allocates without end: 1 or more."""
    stalled_bytes: Values
    """How far it ran beyond its goal where few cycles do; 0 where many do, or it did not."""
    scan_bytes: Values
    """What it had to look through."""

    def marking(
        self, cycle: int, way_bytes: float, goal_bytes: float, work: float, speed: float
    ) -> float:
        """What the program would allocate while a cycle marks that has another way to its goal.

        `work`: how much more there is to look through; `speed`: how much faster it allocates.
        Assists hold it softly, before the way is used up, and help on ways up to 4 times as long.
        Without any way (a memory limit that is used up) the heap may grow to 1.1 times its goal.
        """
        seen, natural = float(self.seen_bytes[cycle]), float(self.natural_bytes[cycle])
        if way_bytes <= 0:
            return min(natural * work * speed, _OVERSHOOT * goal_bytes)
        longer = max(way_bytes / float(self.way_bytes[cycle]), 1.0)
        alone = min(log(longer) / log(_ALONE), 1.0)
        own = seen ** (1 - alone) * natural**alone * work * speed
        return _softly(own, self._held(cycle, way_bytes, goal_bytes))

    def _held(self, cycle: int, way_bytes: float, goal_bytes: float) -> float:
        """Where assists hold a program that allocates without end.

        Short of a goal they reckon with the way to it, and so a cycle that ran a little beyond
        does so in proportion to its way. Behind it they reckon with a tenth of the goal
        (`maxOvershoot` in `runtime/mgcpacer.go`, revise): what ran as far as that is in proportion
        to the goal, and what lies between is some of both. But where few cycles run beyond their
        goals, those that do have been stalled, and a stall is as long whatever the goal.
        """
        stalled = float(self.stalled_bytes[cycle])
        if stalled > 0:
            return way_bytes + stalled
        by_way = float(self.held_ratio[cycle]) - 1
        by_goal = by_way * float(self.way_bytes[cycle]) / float(self.goal_bytes[cycle])
        far = min(by_goal / _OVERSHOOT, 1.0)
        return way_bytes * (1 + (1 - far) * by_way) + far * by_goal * goal_bytes


def pace_of(cycles: RecordedCycles, program: Program, roots_bytes: int, gogc: int) -> Pace:
    """The race of every recorded cycle."""
    marking, way = _marking(cycles)
    lives = [program.live(float(position)) for position in program.begins]
    scan = np.array([live.bytes * live.scan_ratio for live in lives])
    way = _stretched(cycles, way, scan + roots_bytes + 1, gogc)
    alone = np.maximum(_alone(cycles, marking), marking)
    is_held = marking > way
    beyond = np.minimum(marking / way, _MOST_BEYOND)
    is_usual = np.count_nonzero(is_held) > _OFTEN * len(way)
    usual = float(beyond[is_held].mean()) if is_usual else 1.0
    held = np.where(is_held, beyond, usual)
    stalled = np.where(is_held & (not is_usual), (beyond - 1) * way, 0.0)
    seen = np.where(is_held, alone, _before_softening(marking, held * way))
    natural = np.maximum(alone, seen)
    paced = _paced(cycles, marking)
    goal = np.maximum(cycles.goal_bytes, 1).astype(np.float64)
    scan = np.maximum(scan, 1.0)
    return Pace(marking, way, goal, seen, natural, paced, held, stalled, scan)


def stretched(
    way_bytes: float, goal_bytes: float, work_bytes: float, expected_bytes: float, gogc: int
) -> float:
    """The way on which assists hold the program: they reckon with the work of the cycle before.

    As long as there is more work than that, the goal moves on with it, to (1 + GOGC/100) times
    itself at most (`runtime/mgcpacer.go`, revise).
    """
    most = goal_bytes * gogc / 100 + way_bytes
    return min(way_bytes * work_bytes / expected_bytes, max(most, way_bytes))


def _stretched(cycles: RecordedCycles, way: Values, work: Values, gogc: int) -> Values:
    expected = np.concatenate([work[:1], work[:-1]])
    goal = cycles.goal_bytes.astype(np.float64)
    rows = zip(way.tolist(), goal.tolist(), work.tolist(), expected.tolist(), strict=True)
    return np.array([stretched(*row, gogc) for row in rows])


def _softly(one: float, other: float) -> float:
    """The smaller one, or less where both count."""
    low, high = sorted((max(one, 1.0), max(other, 1.0)))
    return float(low / (1 + (low / high) ** _SOFTNESS) ** (1 / _SOFTNESS))


def _before_softening(result: Values, other: Values) -> Values:
    """The one that with `other` makes `result`."""
    part = np.clip(result / np.maximum(other, 1.0), 0, 1) ** _SOFTNESS
    found: Values = result / np.maximum(1 - part, _LEAST_PART) ** (1 / _SOFTNESS)
    return found


def _alone(cycles: RecordedCycles, marking: Values) -> Values:
    """What would have been allocated if the background had marked alone, at the program's rate.

    Of single cycles the rate is known badly: that of all counts as much.
    """
    duration, running, marked = _times(cycles)
    usual = float(marking.sum() / max(running.sum(), 1.0))  # bytes for each ns of a P
    middle = float(running.mean()) if len(running) else 0.0
    rate = (marking + usual * middle) / np.maximum(running + middle, 1.0)
    idle = np.minimum(cycles.idle_ns / (duration * cycles.procs), 1 - BACKGROUND)
    alone = np.maximum(duration, marked / ((BACKGROUND + idle) * cycles.procs))
    natural: Values = rate * (1 - BACKGROUND - idle) * cycles.procs * alone
    return natural


def _paced(cycles: RecordedCycles, marking: Values) -> Values:
    """As `endCycle` in `runtime/mgcpacer.go` does: workers are taken for a quarter of the Ps."""
    whole = np.maximum(cycles.end_ns - cycles.begin_ns, 1.0) * cycles.procs
    assisted = np.clip((cycles.assist_ns - cycles.assist_waited_ns) / whole, 0, _MOST_ASSISTED)
    idle = np.minimum(cycles.idle_ns / whole, 1 - BACKGROUND)
    rate: Values = marking * (BACKGROUND + assisted + idle) / (1 - BACKGROUND - assisted)
    return rate * (1 - BACKGROUND) / BACKGROUND


def tracing_ratio(cycles: RecordedCycles, objects_per_byte: float, cpus: int) -> float:
    """How much faster the program allocates without being recorded, while a cycle marks."""
    _, running, _ = _times(cycles)
    marking = np.maximum(cycles.end_bytes - cycles.begin_bytes, 0)
    if not running.sum():
        return 1.0
    objects = float(marking.sum()) * objects_per_byte
    share = objects * _EVENT_NS * (cycles.procs / cpus) / float(running.sum())
    return 1 / (1 - min(share, _MOST_TRACING))


def _marking(cycles: RecordedCycles) -> tuple[Values, Values]:
    marking = np.maximum(cycles.end_bytes - cycles.begin_bytes, 0).astype(np.float64)
    way = np.maximum(cycles.goal_bytes - cycles.begin_bytes, 1).astype(np.float64)
    return marking, way


def _times(cycles: RecordedCycles) -> tuple[Values, Values, Values]:
    """Of each cycle: how long it marked, and on all Ps the time of the program and of marking."""
    duration = np.maximum(cycles.end_ns - cycles.begin_ns, 1).astype(np.float64)
    whole = duration * cycles.procs
    # A worker's range can end long after marking did: when its thread runs again.
    worker = np.minimum(cycles.worker_ns, BACKGROUND * whole + cycles.idle_ns)
    running = np.maximum(whole - worker - cycles.assist_ns, _LEAST_RUNNING * whole)
    assisted = np.maximum(cycles.assist_ns - cycles.assist_waited_ns, 0)
    return duration, running, np.minimum(worker + assisted, whole)
