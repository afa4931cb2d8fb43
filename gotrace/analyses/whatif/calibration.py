"""What a recording tells of the pacer's inputs, which a prediction for other settings needs.

How program and collector race has a module of its own (`pace`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gotrace.analyses.whatif.pace import Pace, pace_of, tracing_ratio
from gotrace.analyses.whatif.program import Program
from gotrace.analyses.whatif.recorded import RecordedCycles
from gotrace.analyses.whatif.survival import Values

__all__ = ["Calibration", "calibrate", "inferred_gogc"]

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
_MOST_WASTE = 0.12


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
    dead_ratio: float
    """Of a heap, what a recorded cycle found dead: the mean. So much of a span is free when a P
    takes it, and the less that is, the more tails there are for each byte."""
    tracer_bytes: int
    tracing_ratio: float
    """How much faster it would have allocated while cycles marked, without being recorded; 1 if
    that is unknown."""
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
    cycles: RecordedCycles, program: Program, tracer_bytes: int, objects_count: int = 0,
    gogc: int = 0,
) -> Calibration:  # fmt: skip
    """Of a recording; `gogc` is the recorded GOGC where it is known, 0 to infer it.

    `objects_count`: allocations whose recording cost time.
    """
    inferred = gogc or inferred_gogc(cycles)
    roots = _roots(cycles, inferred)
    first_live = max(cycles.first_live_bytes - tracer_bytes, 0)
    minimum = _HEAP_MINIMUM * inferred // 100
    is_start = cycles.first_goal_bytes in (minimum, -1)
    marked = (cycles.first_goal_bytes - roots * inferred / 100) / (1 + inferred / 100)
    alive = program.live(0.0).bytes
    each = objects_count / max(program.end, 1.0)
    return Calibration(
        inferred, gogc > 0, roots, *_slack(cycles, program), _dead(cycles, tracer_bytes),
        tracer_bytes,
        tracing_ratio(cycles, each, cycles.procs), tracing_ratio(cycles, each, 1),
        pace_of(cycles, program, roots, inferred),
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


def _dead(cycles: RecordedCycles, tracer_bytes: int) -> float:
    heap = cycles.end_bytes - tracer_bytes
    marked = cycles.marked_bytes - tracer_bytes
    is_known = (heap > 0) & (marked >= 0) & (marked < heap)
    return float(1 - (marked[is_known] / heap[is_known]).mean()) if is_known.any() else 0.5


def _slack(cycles: RecordedCycles, program: Program) -> tuple[float, float, float]:
    """What comes with each cycle, how much it varies, and what comes with each byte.

    A P that takes a span counts its free slots (`slack`, given back when the cycle's end flushes
    caches) and its tail, where no slot fits, each time anew (`runtime/mcache.go`, refill). Both are
    told from one end of marking to the next: where a cycle begins, the object that began it is
    counted by heapLive, and told of by the trace only then (`runtime/malloc.go`, mallocgcLarge).
    """
    if len(cycles) < _LEAST_CYCLES:
        return 0.0, 0.0, 0.0
    grown = cycles.end_bytes[1:] - cycles.marked_bytes[:-1]
    objects = program.ends[1:] - program.ends[:-1]
    known = np.stack([objects, np.ones(len(objects))], axis=1)
    line = np.linalg.lstsq(known, grown - objects, rcond=None)[0]
    waste = float(np.clip(line[0], 0, _MOST_WASTE))
    slack = grown - objects * (1 + waste)
    spread = float(np.std(slack) / np.sqrt(len(slack)))
    return max(float(np.median(slack)), 0.0), spread, waste
