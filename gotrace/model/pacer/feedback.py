"""The pacer of go1.5 to go1.17: trigger = marked·(1+ratio), goal = marked·(1+GOGC/100).

go1.5 to go1.7 count what was reachable when the cycle began, which they estimate: what was marked
less what was allocated meanwhile (`reachable`). The runtime of go1.17 has these rules in
`runtime/mgcpacer.go`, all before in `runtime/mgc.go`: `gcSetTriggerRatio`, `startCycle`, `revise`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.pacer.feedback_assists import AssistRule
from gotrace.model.pacer.goal import (
    DEFAULT_HEAP_MINIMUM_BYTES,
    gc_percent_goal,
    heap_minimum,
)
from gotrace.model.pacer.integers import MAX_UINT64, uint64, uint64_of
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
from gotrace.model.pacer.trigger_ratio import FIRST_RATIO, RatioRules
from gotrace.model.pacer.workers import background_workers, truncated_workers
from gotrace.model.versions import GoVersion

__all__ = ["FeedbackPacer", "reachable"]

_MIN_RUNWAY_BYTES = 1 << 20


def reachable(marked_bytes: int, live_at_start_bytes: int, live_at_end_bytes: int) -> int:
    """What was reachable when the mark began (`heap_reachable`, go1.5 to go1.7)."""
    allocated = max(live_at_end_bytes - live_at_start_bytes, 0)
    return max(marked_bytes - allocated, 0)


@dataclass(frozen=True)
class FeedbackPacer:
    """The rules of one version from go1.5 to go1.17; `rules.Pacer` says what is asked.

    `marked_bytes` is what `reachable` gives in go1.5 to go1.7. Stacks and globals do not count.
    Where the trigger comes out above the goal (go1.14 with GOGC below 64), the goal is the trigger.
    """

    version: GoVersion
    ratios: RatioRules
    assists: AssistRule
    scales_sweep_distance: bool = True
    """To go1.12: the sweeper's MiB is multiplied with GOGC."""
    counts_reachable: bool = False
    """To go1.7: `marked_bytes` is what `reachable` gives."""
    fakes_small_heaps: bool = True
    """To go1.12: the goal is computed again when a cycle begins; one that the heap minimum started
    takes `faked_marked` for what was marked."""
    has_rounded_workers: bool = False
    """From go1.10 on: the next whole number of Ps, not the one below."""
    moves_goal: bool = True
    """From go1.6 on: the goal stays 1 MiB above where the cycle began."""

    def start(self, gogc: int = 100) -> PacerState:
        """A guess: 7/8, within the bounds of the version."""
        return PacerState(trigger_ratio=self.ratios.start(gogc))

    def first_trigger(self, gogc: int = 100) -> int:
        """4 MiB·GOGC/100, or from go1.9 on what a heap of 4 MiB/(1+7/8) would be started at."""
        if gogc < 0:
            return MAX_UINT64
        if not self.ratios.bounds_start:
            return heap_minimum(gogc)
        marked = self.faked_marked(PacerState(FIRST_RATIO), DEFAULT_HEAP_MINIMUM_BYTES)
        return max(_grown(marked, self.ratios.start(gogc)), heap_minimum(gogc))

    def faked_marked(self, state: PacerState, trigger_bytes: int) -> int:
        """What must have been marked, if the ratio had led to this trigger."""
        return uint64_of(float(trigger_bytes) / (1 + state.trigger_ratio))

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
        """The goal of GOGC, not below the least trigger, nor 1 MiB above where the cycle began."""
        if gogc < 0:
            return GoalLimits(MAX_UINT64, MAX_UINT64, False)
        goal = gc_percent_goal(marked_bytes, 0, 0, gogc)
        least = self._least_trigger(unswept_live_bytes, gogc)
        if triggered_bytes is None or not self.fakes_small_heaps:
            goal = max(goal, least)
        if triggered_bytes is not None and self.moves_goal:
            goal = max(goal, uint64(triggered_bytes + _MIN_RUNWAY_BYTES))
        return GoalLimits(goal, least, False)

    def _least_trigger(self, unswept_live_bytes: int | None, gogc: int) -> int:
        """The heap minimum, or what the sweeper needs."""
        least = heap_minimum(gogc)
        if unswept_live_bytes is None:
            return least
        distance = SWEEP_MIN_HEAP_DISTANCE_BYTES
        if self.scales_sweep_distance:
            distance = uint64(distance * gogc) // 100
        return max(least, uint64(unswept_live_bytes + distance))

    def trigger_bounds(
        self, marked_bytes: int, goal_bytes: int, gogc: int = 100, *, min_trigger_bytes: int = 0
    ) -> TriggerBounds:
        """With the smallest and the largest ratio."""
        if gogc < 0:
            return TriggerBounds(MAX_UINT64, MAX_UINT64)
        smallest, largest = self.ratios.limits(gogc)
        return TriggerBounds(
            max(_grown(marked_bytes, smallest), min_trigger_bytes),
            max(_grown(marked_bytes, largest), min_trigger_bytes),
        )

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
        """With the ratio that is known."""
        if gogc < 0:
            return MAX_UINT64
        return max(_grown(marked_bytes, state.trigger_ratio), min_trigger_bytes)

    def workers(self, procs: int, *, is_periodic: bool = False) -> Workers:
        """A quarter of the Ps; all idle ones may join."""
        if not self.has_rounded_workers:
            return truncated_workers(procs)
        return background_workers(procs)._replace(idle_max_count=procs)

    def assist_ratio(self, progress: MarkProgress) -> float:
        """By the scannable heap."""
        return self.assists(progress)

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
        """The ratio, moved by half of its error."""
        return PacerState(trigger_ratio=self.ratios.moved(state.trigger_ratio, cycle))


def _grown(marked_bytes: int, ratio: float) -> int:
    return uint64_of(float(marked_bytes) * (1 + ratio))
