"""The pacer of go1.18, the first that counts stacks and globals.

It learns cons/mark as go1.19 does. Its heap minimum is one of the trigger, and the goal follows the
trigger up. Stacks count as they are allocated when a cycle begins, not as they are scanned. In a
large heap its upper bound lies beyond the goal, so that only the goal bounds it. Source: `commit`
in `runtime/mgcpacer.go`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.pacer.assists import assist_work_per_byte
from gotrace.model.pacer.cons_mark import runway, smoothed
from gotrace.model.pacer.goal import gc_percent_goal, heap_minimum
from gotrace.model.pacer.integers import uint64, uint64_of
from gotrace.model.pacer.rules import (
    EndedCycle,
    GoalLimits,
    MarkProgress,
    MemoryLimitState,
    PacerState,
    TriggerBounds,
    Workers,
)
from gotrace.model.pacer.sweeping import (
    SWEEP_MIN_HEAP_DISTANCE_BYTES,
    proportional_pages_per_byte,
)
from gotrace.model.pacer.workers import background_workers
from gotrace.model.versions import GoVersion

__all__ = ["PI118Pacer"]

_MIN_TRIGGER_RATIO = 0.7
_MAX_TRIGGER_RATIO = 0.95
_MIN_RUNWAY_BYTES = 64 << 10


@dataclass(frozen=True)
class PI118Pacer:
    """The rules of go1.18; `rules.Pacer` says what each question means.

    `stack_bytes` are the stacks as they were allocated when the last cycle began.
    """

    version: GoVersion

    def start(self, gogc: int = 100) -> PacerState:
        """Nothing measured yet."""
        return PacerState()

    def first_trigger(self, gogc: int = 100) -> int:
        """4 MiB·GOGC/100 (the least trigger)."""
        limits = self.goal_limits(0, 0, 0, gogc)
        return limits.min_trigger_bytes if gogc >= 0 else limits.goal_bytes

    def goal_limits(
        self,
        marked_bytes: int,
        stack_bytes: int,
        globals_bytes: int,
        gogc: int,
        memory_limit_state: MemoryLimitState | None = None,
        *,
        unswept_live_bytes: int | None = None,
        triggered_bytes: int | None = None,
    ) -> GoalLimits:
        """The goal of GOGC, raised to the least trigger; 64 KiB above where the cycle began."""
        least = heap_minimum(gogc)
        if unswept_live_bytes is not None:
            least = max(least, uint64(unswept_live_bytes + SWEEP_MIN_HEAP_DISTANCE_BYTES))
        goal = max(gc_percent_goal(marked_bytes, stack_bytes, globals_bytes, gogc), least)
        if triggered_bytes is not None:
            goal = max(goal, uint64(triggered_bytes + _MIN_RUNWAY_BYTES))
        return GoalLimits(goal, least, False)

    def trigger_bounds(
        self, marked_bytes: int, goal_bytes: int, gogc: int = 100, *, min_trigger_bytes: int = 0
    ) -> TriggerBounds:
        """70 % and 95 % of the way to the goal; from 4 MiB·GOGC/100 on up to the goal."""
        way = float(uint64(goal_bytes - marked_bytes))
        lower = max(uint64(uint64_of(_MIN_TRIGGER_RATIO * way) + marked_bytes), min_trigger_bytes)
        longest = uint64_of(_MAX_TRIGGER_RATIO * way)
        if goal_bytes > heap_minimum(gogc):
            longest = max(longest, goal_bytes - heap_minimum(gogc))
        upper = max(uint64(longest + marked_bytes), lower)
        return TriggerBounds(lower, max(min(upper, goal_bytes), lower))

    def trigger(
        self,
        state: PacerState,
        marked_bytes: int,
        goal_bytes: int,
        scan_bytes: int,
        gogc: int = 100,
        *,
        min_trigger_bytes: int = 0,
    ) -> int:
        """The runway before the goal, between the bounds."""
        lower, upper = self.trigger_bounds(
            marked_bytes, goal_bytes, gogc, min_trigger_bytes=min_trigger_bytes
        )
        wanted = goal_bytes - runway(state.cons_mark, scan_bytes)
        return min(max(wanted, lower), upper)

    def workers(self, procs: int, *, is_periodic: bool = False) -> Workers:
        """A quarter of the Ps; all idle ones may join."""
        return background_workers(procs)._replace(idle_max_count=procs)

    def assist_ratio(self, progress: MarkProgress) -> float:
        """By what the last cycle marked; `last_stack_scan_bytes` is `max_stack_scan_bytes`."""
        return assist_work_per_byte(progress)

    def sweep_pages_per_byte(
        self,
        trigger_bytes: int,
        heap_live_bytes: int,
        pages_in_use_count: int,
        pages_swept_count: int = 0,
    ) -> float:
        """All swept 1 MiB before the trigger."""
        return proportional_pages_per_byte(
            trigger_bytes, heap_live_bytes, pages_in_use_count, pages_swept_count
        )

    def end_of_cycle(self, state: PacerState, cycle: EndedCycle) -> PacerState:
        """With what the cycle measured."""
        return smoothed(state, cycle)
