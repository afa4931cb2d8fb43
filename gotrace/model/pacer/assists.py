"""How much an allocation has to mark, from go1.18 on.

The work expected is what the last cycle did. If more is done already the heap grows, and the goal
moves with the largest possible work, but only so far that no more memory is used than the next
cycle would use anyway. Source: `revise` in `runtime/mgcpacer.go`.
"""

from __future__ import annotations

from gotrace.model.pacer.integers import divided, int64, int64_of, uint64
from gotrace.model.pacer.rules import MarkProgress

__all__ = ["GOGC_WHEN_OFF", "OVER_ASSIST_WORK_BYTES", "assist_step", "assist_work_per_byte", "owed"]

GOGC_WHEN_OFF = 100_000
"""A forced cycle with GOGC=off assists as if GOGC were this."""

OVER_ASSIST_WORK_BYTES = 64 << 10
"""What an assist scans at least, to pay for allocations to come (`gcOverAssistWork`, go1.8 on)."""

_MIN_REMAINING_WORK = 1000
_MAX_OVERSHOOT = 1.1


def assist_work_per_byte(progress: MarkProgress) -> float:
    """Scan work in bytes for each byte allocated (`assistWorkPerByte`)."""
    now = progress
    goal = int64(now.goal_bytes)
    expected = _sum(now.last_heap_scan_bytes, now.last_stack_scan_bytes, now.globals_bytes)
    largest = _sum(now.heap_scan_bytes, now.max_stack_scan_bytes, now.globals_bytes)
    if now.scan_work_bytes > expected:
        goal = _extended_goal(now, goal, expected, largest)
        expected = largest
    if int64(now.heap_live_bytes) > goal:
        goal = int64_of(float(goal) * _MAX_OVERSHOOT)
        expected = largest
    return owed(int64(expected - now.scan_work_bytes), int64(goal - int64(now.heap_live_bytes)))


def assist_step(debt_bytes: int, remaining_work: int, remaining_heap: int) -> tuple[int, int]:
    """What a goroutine that allocated `debt_bytes` beyond its credit scans, and what that pays for.

    Both `remaining` numbers are those of which the assist ratio is the quotient. Source:
    `gcAssistAlloc` in `runtime/mgcmark.go`.
    """
    work = int64_of(float(remaining_work) / float(remaining_heap) * float(debt_bytes))
    if work >= OVER_ASSIST_WORK_BYTES:
        return work, debt_bytes
    per_work = float(remaining_heap) / float(remaining_work)
    return OVER_ASSIST_WORK_BYTES, int64_of(per_work * float(OVER_ASSIST_WORK_BYTES))


def owed(remaining_work_bytes: int, remaining_heap_bytes: int) -> float:
    """Work for each byte of heap that is left: at least 1000 of work, at least one byte."""
    return float(max(remaining_work_bytes, _MIN_REMAINING_WORK)) / max(remaining_heap_bytes, 1)


def _extended_goal(now: MarkProgress, goal: int, expected: int, largest: int) -> int:
    """The goal for the largest work with the runway that the expected work was given."""
    triggered = int64(now.triggered_bytes)
    runway = divided(float(int64(goal - triggered)), float(expected)) * float(largest)
    gogc = GOGC_WHEN_OFF if now.gogc < 0 else now.gogc
    hard = int64_of((1.0 + gogc / 100.0) * float(goal))
    return min(int64(int64_of(runway) + triggered), hard)


def _sum(*sizes_bytes: int) -> int:
    return int64(uint64(sum(sizes_bytes)))
