"""What all pacers have in common: the questions, and the numbers that go in and out.

A pacer holds the rules of one version and no state. What it learns from cycle to cycle is a
`PacerState`, which `end_of_cycle` makes from the one before: so a what-if can keep several.
Sources: `runtime/mgcpacer.go` (go1.17 on), `runtime/mgc.go` (go1.5 to go1.16), `runtime/mgc0.c`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gotrace.model.versions import GoVersion

__all__ = [
    "GOGC_OFF",
    "EndedCycle",
    "GoalLimits",
    "MarkProgress",
    "MemoryLimitState",
    "Pacer",
    "PacerState",
    "TriggerBounds",
    "Workers",
]

GOGC_OFF = -1
"""GOGC=off: only a memory limit, or the program itself, starts cycles."""


@dataclass(frozen=True)
class MemoryLimitState:
    """What the runtime holds when GOMEMLIMIT is weighed (`gcControllerState`)."""

    limit_bytes: int
    """GOMEMLIMIT."""
    mapped_ready_bytes: int
    """All memory mapped and not given back: heap, stacks, structures of the runtime."""
    heap_free_bytes: int
    """Heap memory in no span, not given back."""
    heap_alloc_bytes: int
    """`totalAlloc - totalFree`: objects in use, unswept garbage included."""


class GoalLimits(NamedTuple):
    """`heapGoalInternal`: the goal, and what the trigger must not fall below."""

    goal_bytes: int
    min_trigger_bytes: int
    """0 where the memory limit decides, and where sweeping was done."""
    is_memory_limited: bool


class TriggerBounds(NamedTuple):
    """Between which `heap_live` bytes a cycle starts, both included."""

    lower_bytes: int
    upper_bytes: int


class Workers(NamedTuple):
    """Who marks in the background, for one cycle."""

    dedicated_count: int
    """Ps that do nothing else."""
    fractional_ratio: float
    """Share of the time of each other P (go1.5 to go1.9: of one P)."""
    idle_max_count: int
    """Ps without work that may join (to go1.18: all)."""


@dataclass(frozen=True)
class MarkProgress:
    """Where a cycle stands when the assist ratio is computed (`revise`)."""

    gogc: int
    heap_live_bytes: int
    heap_scan_bytes: int
    """Scannable heap: how much there could be to mark."""
    goal_bytes: int
    triggered_bytes: int
    """`heap_live` when the cycle began."""
    scan_work_bytes: int
    """Heap, stacks and globals marked so far."""
    last_heap_scan_bytes: int = 0
    """Heap that the cycle before marked (go1.18 on)."""
    last_stack_scan_bytes: int = 0
    """Stacks that the cycle before marked (go1.18 on)."""
    globals_bytes: int = 0
    max_stack_scan_bytes: int = 0
    """Stacks as allocated (go1.18 on)."""
    marked_bytes: int = 0
    """What the cycle before found in use (to go1.17)."""


@dataclass(frozen=True)
class PacerState:
    """What a pacer remembers from the cycles before."""

    trigger_ratio: float = 0.0
    """go1.5 to go1.17: the trigger is marked·(1+ratio)."""
    cons_mark: float = 0.0
    """go1.18 on: allocation per scan, each per CPU time."""
    last_cons_marks: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    """go1.20 on: what the last four cycles measured, oldest first."""
    error_integral: float = 0.0
    """go1.18, go1.19: of the PI controller."""


@dataclass(frozen=True)
class EndedCycle:
    """What a cycle measured until its mark ended (`endCycle`)."""

    gogc: int
    procs: int
    heap_live_bytes: int
    """At the end of the mark, before `heap_live` becomes what was marked."""
    triggered_bytes: int
    """`heap_live` when it began; in go1.18 and go1.19 the trigger itself."""
    scan_work_bytes: int
    """Heap, stacks and globals."""
    duration_ns: int
    """While assists were on."""
    assist_ns: int
    idle_mark_ns: int = 0
    is_forced: bool = False
    marked_before_bytes: int = 0
    """What the cycle before found in use (to go1.17)."""
    goal_bytes: int = 0
    """The goal of this cycle (go1.13 to go1.17)."""


class Pacer(Protocol):
    """The rules of one version. All sizes in bytes, as Go's 64-bit numbers compute them.

    `gogc` is GOGC in percent, negative when off. `stack_bytes` are the stacks that the last mark
    scanned and `globals_bytes` the scannable globals: what versions before go1.18 do not ask for.
    """

    @property
    def version(self) -> GoVersion:
        """Whose rules these are."""
        ...

    def start(self, gogc: int = 100) -> PacerState:
        """What it knows before the first cycle."""
        ...

    def first_trigger(self, gogc: int = 100) -> int:
        """At how many bytes in use the first cycle of a process starts."""
        ...

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
        """The goal with what it was made of.

        `unswept_live_bytes`: `heap_live` when the goal was set, if spans were left to sweep then;
        None if not. At the end of a mark there always are, so it is `marked_bytes` there.
        `triggered_bytes`: `heap_live` at which the cycle under way began (go1.19: the trigger
        itself); None between cycles.
        """
        ...

    def trigger_bounds(
        self, marked_bytes: int, goal_bytes: int, gogc: int = 100, *, min_trigger_bytes: int = 0
    ) -> TriggerBounds:
        """Between which bytes the cycle starts, whatever was measured before.

        `goal_bytes` and `min_trigger_bytes` as `goal_limits` gives them.
        """
        ...

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
        """At how many bytes the cycle starts, with what `state` says.

        `scan_bytes`: heap, stacks and globals that the last mark scanned (from go1.18 on).
        """
        ...

    def workers(self, procs: int, *, is_periodic: bool = False) -> Workers:
        """Who marks on `procs` Ps; a periodic cycle takes no idle Ps."""
        ...

    def assist_ratio(self, progress: MarkProgress) -> float:
        """Scan work that each allocated byte owes (`assistWorkPerByte`)."""
        ...

    def sweep_pages_per_byte(
        self,
        trigger_bytes: int,
        heap_live_bytes: int,
        pages_in_use_count: int,
        pages_swept_count: int = 0,
    ) -> float:
        """Pages to sweep for each byte allocated (`sweepPagesPerByte`)."""
        ...

    def end_of_cycle(self, state: PacerState, cycle: EndedCycle) -> PacerState:
        """What is known after `cycle`."""
        ...
