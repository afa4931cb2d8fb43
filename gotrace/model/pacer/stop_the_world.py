"""The pacer of go1.0 to go1.4: when the heap has grown by GOGC percent, the world stops.

There is no goal beside the trigger (`next_gc`), nothing is learnt, and no goroutine assists. The
first collection comes at once, for `next_gc` is 0 until one has ended. Up to go1.2 spans are swept
before the world goes on, so what is in use is known; go1.3 and go1.4 sweep later: they take all
that was allocated, and lower the trigger as the sweeper frees. Sources: `gc` and `MSpan_Sweep` in
`runtime/mgc0.c`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.pacer.integers import MAX_UINT64, uint64
from gotrace.model.pacer.rules import (
    EndedCycle,
    GoalLimits,
    MarkProgress,
    MemoryLimitState,
    PacerState,
    TriggerBounds,
    Workers,
)
from gotrace.model.versions import GoVersion

__all__ = ["StopTheWorldPacer"]


@dataclass(frozen=True)
class StopTheWorldPacer:
    """The rules of one version to go1.4; `rules.Pacer` says what each question means.

    `marked_bytes` is `heap_alloc` after the collection: to go1.2 what was reachable, in go1.3 and
    go1.4 everything that the sweeper has not freed yet.
    """

    version: GoVersion
    max_procs: int
    """How many Ps (go1.0: CPUs) mark at most (`MaxGcproc`)."""
    sweeps_later: bool
    """Whether the program runs on before all is swept."""

    def start(self, gogc: int = 100) -> PacerState:
        """Nothing is learnt."""
        return PacerState()

    def first_trigger(self, gogc: int = 100) -> int:
        """At once; never if GOGC is off."""
        return 0 if gogc >= 0 else MAX_UINT64

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
        """`next_gc`: without a minimum, stacks, globals or a memory limit."""
        if gogc < 0:
            return GoalLimits(MAX_UINT64, 0, False)
        grown = uint64(marked_bytes * gogc) // 100
        return GoalLimits(uint64(marked_bytes + grown), 0, False)

    def lowered(self, next_gc_bytes: int, freed_bytes: int, gogc: int) -> int:
        """`next_gc` after the sweeper freed objects of one size (go1.3, go1.4)."""
        return uint64(next_gc_bytes - uint64(freed_bytes * (gogc + 100)) // 100)

    def trigger_bounds(
        self, marked_bytes: int, goal_bytes: int, gogc: int = 100, *, min_trigger_bytes: int = 0
    ) -> TriggerBounds:
        """The goal itself."""
        return TriggerBounds(goal_bytes, goal_bytes)

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
        """The goal itself."""
        return goal_bytes

    def workers(self, procs: int, *, is_periodic: bool = False) -> Workers:
        """All that are there, for the world stands still."""
        return Workers(min(procs, self.max_procs), 0.0, 0)

    def assist_ratio(self, progress: MarkProgress) -> float:
        """Nobody assists."""
        return 0.0

    def sweep_pages_per_byte(
        self,
        trigger_bytes: int,
        heap_live_bytes: int,
        pages_in_use_count: int,
        pages_swept_count: int = 0,
    ) -> float:
        """Sweeping is not in proportion to anything."""
        return 0.0

    def end_of_cycle(self, state: PacerState, cycle: EndedCycle) -> PacerState:
        """Nothing is learnt."""
        return state
