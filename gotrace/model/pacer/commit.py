"""A goal and a trigger together, as a runtime sets them when a mark has ended.

Sources: `commit` and `trigger` in `runtime/mgcpacer.go`, `gcSetTriggerRatio` in `runtime/mgc.go`.
"""

from __future__ import annotations

from typing import NamedTuple

from gotrace.model.pacer.rules import MemoryLimitState, Pacer, PacerState

__all__ = ["Committed", "commit"]


class Committed(NamedTuple):
    """What the next cycle aims at."""

    goal_bytes: int
    trigger_bytes: int
    min_trigger_bytes: int
    is_memory_limited: bool


def commit(
    pacer: Pacer,
    state: PacerState,
    marked_bytes: int,
    stack_bytes: int,
    globals_bytes: int,
    gogc: int,
    memory_limit_state: MemoryLimitState | None = None,
    *,
    heap_scan_bytes: int = 0,
    unswept_live_bytes: int | None = None,
) -> Committed:
    """The goal and the trigger of the next cycle with what `state` knows.

    `heap_scan_bytes`: heap that the last mark scanned. A trigger above the goal takes it along.
    """
    limits = pacer.goal_limits(
        marked_bytes,
        stack_bytes,
        globals_bytes,
        gogc,
        memory_limit_state,
        unswept_live_bytes=unswept_live_bytes,
    )
    trigger = pacer.trigger(
        state,
        marked_bytes,
        limits.goal_bytes,
        heap_scan_bytes + stack_bytes + globals_bytes,
        gogc,
        min_trigger_bytes=limits.min_trigger_bytes,
    )
    goal = max(limits.goal_bytes, trigger)
    return Committed(goal, trigger, limits.min_trigger_bytes, limits.is_memory_limited)
