"""The goal of GOMEMLIMIT alone, from go1.19 on.

What is mapped but holds no objects and cannot come to hold any counts against the limit, and so
does what is over the limit already. Source: `memoryLimitHeapGoal` in `runtime/mgcpacer.go`.
"""

from __future__ import annotations

from gotrace.model.pacer.integers import uint64
from gotrace.model.pacer.rules import MemoryLimitState

__all__ = ["memory_limit_goal"]

_MIN_HEADROOM_BYTES = 1 << 20


def memory_limit_goal(state: MemoryLimitState, marked_bytes: int, headroom_percent: int) -> int:
    """How large the heap may grow below the limit, never less than what is in use.

    `headroom_percent` of the goal are kept free, at least 1 MiB (go1.19, go1.20: 1 MiB).
    """
    limit = state.limit_bytes
    mapped = state.mapped_ready_bytes
    non_heap = uint64(mapped - state.heap_free_bytes - state.heap_alloc_bytes)
    overage = max(mapped - limit, 0)
    if uint64(non_heap + overage) >= limit:
        return marked_bytes
    goal = limit - (non_heap + overage)
    headroom = max(goal // 100 * headroom_percent, _MIN_HEADROOM_BYTES)
    goal = headroom if goal - headroom < headroom else goal - headroom
    return max(goal, marked_bytes)
