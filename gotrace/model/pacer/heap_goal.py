"""The pacer from go1.19 on: a goal of GOGC or of GOMEMLIMIT, and a trigger between two bounds.

The goal is computed whenever it is asked for (`heapGoalInternal`), the trigger from it (`trigger`);
what changes only between cycles is put down by `commit`. Source: `runtime/mgcpacer.go`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gotrace.model.pacer.assists import assist_work_per_byte
from gotrace.model.pacer.cons_mark import runway
from gotrace.model.pacer.goal import DEFAULT_HEAP_MINIMUM_BYTES, gc_percent_goal, heap_minimum
from gotrace.model.pacer.integers import uint64
from gotrace.model.pacer.limit import memory_limit_goal
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

__all__ = ["HeapGoalPacer"]

_RATIO_DENOMINATOR = 64
_MIN_TRIGGER_NUMERATOR = 45
_MAX_TRIGGER_NUMERATOR = 61
_MIN_RUNWAY_BYTES = 64 << 10


@dataclass(frozen=True)
class HeapGoalPacer:
    """The rules of one version from go1.19 on; `rules.Pacer` says what each question means."""

    version: GoVersion
    headroom_percent: int
    """Of the goal of GOMEMLIMIT, kept free (`memoryLimitHeapGoalHeadroomPercent`)."""
    next_state: Callable[[PacerState, EndedCycle], PacerState]
    """How cons/mark is learnt."""

    def start(self, gogc: int = 100) -> PacerState:
        """Nothing measured yet: no runway, so the first triggers are the upper bounds."""
        return PacerState()

    def first_trigger(self, gogc: int = 100) -> int:
        """61/64 of the heap minimum: 3,997,696 bytes at GOGC=100."""
        return self.trigger_bounds(0, self.goal_limits(0, 0, 0, gogc).goal_bytes, gogc).upper_bytes

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
        """The lower of both goals; that of GOGC moves for the sweeper and for late starts."""
        goal = max(
            gc_percent_goal(marked_bytes, stack_bytes, globals_bytes, gogc), heap_minimum(gogc)
        )
        if memory_limit_state is not None:
            limited = memory_limit_goal(memory_limit_state, marked_bytes, self.headroom_percent)
            if limited < goal:
                return GoalLimits(limited, 0, True)
        sweeps_until = 0
        if unswept_live_bytes is not None:
            sweeps_until = uint64(unswept_live_bytes + SWEEP_MIN_HEAP_DISTANCE_BYTES)
        goal = max(goal, sweeps_until)
        if triggered_bytes is not None:
            goal = max(goal, uint64(triggered_bytes + _MIN_RUNWAY_BYTES))
        return GoalLimits(goal, sweeps_until, False)

    def trigger_bounds(
        self,
        marked_bytes: int,
        goal_bytes: int,
        gogc: int = 100,
        *,
        min_trigger_bytes: int = 0,
    ) -> TriggerBounds:
        """45/64 and 61/64 of the way to the goal; large heaps: up to 4 MiB before it."""
        if marked_bytes >= goal_bytes:
            return TriggerBounds(goal_bytes, goal_bytes)
        step = (goal_bytes - marked_bytes) // _RATIO_DENOMINATOR
        lower = max(min_trigger_bytes, step * _MIN_TRIGGER_NUMERATOR + marked_bytes)
        upper = step * _MAX_TRIGGER_NUMERATOR + marked_bytes
        upper = max(upper, goal_bytes - DEFAULT_HEAP_MINIMUM_BYTES)
        return TriggerBounds(lower, max(lower, upper))

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
        """A quarter of the Ps."""
        return background_workers(procs, is_periodic)

    def assist_ratio(self, progress: MarkProgress) -> float:
        """By what the last cycle marked."""
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
        return self.next_state(state, cycle)
