"""How much an allocation has to mark, from go1.5 to go1.17.

The work is estimated from the scannable heap: to go1.9 all of it, later the part that GOGC expects
to live, until that turns out to be too little. Source: `revise` in `runtime/mgc.go`.
"""

from __future__ import annotations

from collections.abc import Callable

from gotrace.model.pacer.assists import GOGC_WHEN_OFF, owed
from gotrace.model.pacer.integers import int64, int64_of
from gotrace.model.pacer.rules import MarkProgress

__all__ = ["AssistRule", "whole_heap", "whole_heap_at_start", "within_soft_goal", "within_work"]

AssistRule = Callable[[MarkProgress], float]
"""Scan work for each byte allocated."""

_MIN_DISTANCE_BYTES = 1 << 20
_MAX_OVERSHOOT = 1.1


def whole_heap_at_start(progress: MarkProgress) -> float:
    """go1.5: all that could be scanned, over the way from the start to the goal."""
    distance = int64(progress.goal_bytes) - int64(progress.triggered_bytes)
    return float(progress.heap_scan_bytes) / float(max(distance, _MIN_DISTANCE_BYTES))


def whole_heap(progress: MarkProgress) -> float:
    """go1.6 to go1.9: what is left of both."""
    return _left(progress, int64(progress.goal_bytes), int64(progress.heap_scan_bytes))


def within_soft_goal(progress: MarkProgress) -> float:
    """go1.10 to go1.13: the expected part of the heap; past the goal, all of it by 1.1·goal."""
    return _expected(progress, progress.heap_live_bytes > progress.goal_bytes)


def within_work(progress: MarkProgress) -> float:
    """go1.14 to go1.17: the same, and past the expected work as past the goal."""
    is_past = int64(progress.heap_live_bytes) > int64(progress.goal_bytes)
    return _expected(progress, is_past or progress.scan_work_bytes > _part(progress))


def _expected(progress: MarkProgress, is_past: bool) -> float:
    goal = int64(progress.goal_bytes)
    if is_past:
        hard = int64_of(float(goal) * _MAX_OVERSHOOT)
        return _left(progress, hard, int64(progress.heap_scan_bytes))
    return _left(progress, goal, _part(progress))


def _part(progress: MarkProgress) -> int:
    """What of the scannable heap should live, in a steady state."""
    gogc = GOGC_WHEN_OFF if progress.gogc < 0 else progress.gogc
    return int64_of(float(progress.heap_scan_bytes) * 100 / float(100 + gogc))


def _left(progress: MarkProgress, goal_bytes: int, work_bytes: int) -> float:
    return owed(
        int64(work_bytes - progress.scan_work_bytes),
        int64(goal_bytes - int64(progress.heap_live_bytes)),
    )
