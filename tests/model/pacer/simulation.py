"""A program and its collector in an ideal world, paced by any pacer of the model.

Time goes in steps of half a millisecond. The assist ratio of the pacer says which share of the CPU
marks: so much that marking keeps up with allocation, and at least the quarter of the background
workers. The collector scans globals, then stacks, then heap, all at one rate; the program allocates
with what is left of the CPU.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from gotrace.model.pacer.commit import Committed, commit
from gotrace.model.pacer.feedback import FeedbackPacer, reachable
from gotrace.model.pacer.goal import DEFAULT_HEAP_MINIMUM_BYTES, heap_minimum
from gotrace.model.pacer.pacers import pacer_for
from gotrace.model.pacer.pi_1_18 import PI118Pacer
from gotrace.model.pacer.rules import (
    EndedCycle,
    MarkProgress,
    MemoryLimitState,
    Pacer,
    PacerState,
)
from gotrace.model.pacer.workers import BACKGROUND_UTILISATION
from gotrace.model.versions import GoVersion
from tests.model.pacer.streams import Stream

__all__ = ["Ended", "World", "simulate"]

_STEP_NS = 500_000
_KIB_PER_MS = 1024 * _STEP_NS / 10**6
"""From KiB for each millisecond of CPU to bytes for each step."""
_FIRST_LIVE_BYTES = 256 << 10
_MIN_RATE = 0.0001


@dataclass(frozen=True)
class World:
    """A program: rates are KiB for each millisecond of one CPU."""

    alloc_rate: Stream
    scan_rate: Stream
    growth: Stream
    """What was live grows by this factor from cycle to cycle."""
    scannable: Stream
    """Share of the heap with pointers."""
    stack_bytes: Stream
    globals_bytes: int = 32 << 10
    gogc: int = 100
    limit_bytes: int | None = None
    procs: int = 8
    cycles: int = 50


@dataclass(frozen=True)
class Ended:
    """What became of a cycle."""

    live_bytes: int
    """Marked by the cycle before."""
    trigger_bytes: int
    goal_bytes: int
    peak_bytes: int
    utilisation: float
    """Share of the CPU that marked."""

    @property
    def goal_ratio(self) -> float:
        """1: the cycle ended at its goal."""
        return self.peak_bytes / self.goal_bytes

    @property
    def trigger_ratio(self) -> float:
        """Where between what was live and the goal it started."""
        return (self.trigger_bytes - self.live_bytes) / (self.goal_bytes - self.live_bytes)

    @property
    def runway_bytes(self) -> int:
        """From the start to the goal."""
        return self.goal_bytes - self.trigger_bytes


@dataclass
class _Controller:
    """What a runtime keeps around its pacer."""

    pacer: Pacer
    world: World
    state: PacerState = field(init=False)
    base_bytes: int = 0
    """What goals and triggers count from: what was marked, or to go1.7 reachable."""
    marked_bytes: int = 0
    live_bytes: int = 0
    goal_bytes: int = 0
    started_bytes: int = 0
    heap_scan_bytes: int = 0
    last_scan_bytes: int = 0
    stack_bytes: int = 0
    globals_bytes: int = 0
    unswept_bytes: int | None = None
    limits: MemoryLimitState | None = None

    def __post_init__(self) -> None:
        self.state = self.pacer.start(self.world.gogc)
        if self.world.limit_bytes is not None:
            self.limits = MemoryLimitState(self.world.limit_bytes, 0, 0, 0)
        if isinstance(self.pacer, FeedbackPacer):
            state = PacerState(trigger_ratio=7 / 8)
            faked = self.pacer.faked_marked(state, DEFAULT_HEAP_MINIMUM_BYTES)
            self.base_bytes = self.marked_bytes = faked

    def start(self, stack_bytes: int, scannable: float) -> None:
        """A cycle begins at the trigger; its goal is that of the last commit."""
        planned, pacer = self._commit(), self.pacer
        trigger = max(planned.trigger_bytes, self.marked_bytes)
        self.heap_scan_bytes += int((trigger - self.marked_bytes) * scannable)
        self.live_bytes = self.started_bytes = trigger
        self.goal_bytes = planned.goal_bytes
        if isinstance(pacer, FeedbackPacer) and pacer.fakes_small_heaps:
            self.goal_bytes = 0  # it is computed again
            if planned.trigger_bytes <= heap_minimum(self.world.gogc):
                faked = pacer.faked_marked(self.state, planned.trigger_bytes)
                self.base_bytes = self.marked_bytes = faked
        self.goal_bytes = max(self._goal(), self.goal_bytes)
        self.globals_bytes = self.world.globals_bytes
        if isinstance(pacer, PI118Pacer):
            self.stack_bytes = stack_bytes

    def assist_ratio(self, work_bytes: int, max_stack_bytes: int) -> float:
        """Work owed for each byte, now."""
        return self.pacer.assist_ratio(
            MarkProgress(
                self.world.gogc,
                self.live_bytes,
                self.heap_scan_bytes,
                self.goal_bytes,
                self.started_bytes,
                work_bytes,
                self.last_scan_bytes,
                self.stack_bytes,
                self.globals_bytes,
                max_stack_bytes,
            )
        )

    def end(self, marked_bytes: int, work: list[int], duration_ns: int, assist_ns: int) -> None:
        """The mark has ended."""
        self.state = self.pacer.end_of_cycle(
            self.state,
            EndedCycle(
                self.world.gogc,
                self.world.procs,
                self.live_bytes,
                self.started_bytes,
                sum(work),
                duration_ns,
                assist_ns,
                marked_before_bytes=self.marked_bytes,
                goal_bytes=self.goal_bytes,
            ),
        )
        self.base_bytes = marked_bytes
        if isinstance(self.pacer, FeedbackPacer) and self.pacer.counts_reachable:
            self.base_bytes = reachable(marked_bytes, self.started_bytes, self.live_bytes)
        self.marked_bytes = self.live_bytes = self.unswept_bytes = marked_bytes
        _, stack_work, heap_work = work
        self.heap_scan_bytes = self.last_scan_bytes = heap_work
        if not isinstance(self.pacer, PI118Pacer):
            self.stack_bytes = stack_work

    def _commit(self) -> Committed:
        return commit(
            self.pacer,
            self.state,
            self.base_bytes,
            self.stack_bytes,
            self.globals_bytes,
            self.world.gogc,
            self.limits,
            heap_scan_bytes=self.last_scan_bytes,
            unswept_live_bytes=self.unswept_bytes,
        )

    def _goal(self) -> int:
        return self.pacer.goal_limits(
            self.base_bytes,
            self.stack_bytes,
            self.globals_bytes,
            self.world.gogc,
            self.limits,
            unswept_live_bytes=self.unswept_bytes,
            triggered_bytes=self.started_bytes,
        ).goal_bytes


@cache
def simulate(version: GoVersion, world: World) -> list[Ended]:
    """All cycles of `world` under the pacer of `version`."""
    controller = _Controller(pacer_for(version), world)
    ended: list[Ended] = []
    black_bytes = 0  # what the last cycle allocated, all of which it kept
    for cycle in range(world.cycles):
        stack_bytes = max(int(world.stack_bytes(cycle)) // 2048 * 2048, 0)
        scannable = min(max(world.scannable(cycle), 0.0), 1.0)
        controller.start(stack_bytes, scannable)
        reached = controller.marked_bytes - black_bytes
        live = int(reached * max(world.growth(cycle), _MIN_RATE)) if cycle else _FIRST_LIVE_BYTES
        marking = _Marking(controller, cycle, [world.globals_bytes, stack_bytes], live, scannable)
        marking.run()
        ended.append(
            Ended(
                controller.marked_bytes,
                controller.started_bytes,
                controller.goal_bytes,
                controller.live_bytes,
                marking.assist_ns / (marking.duration_ns * world.procs) + BACKGROUND_UTILISATION,
            )
        )
        black_bytes = marking.allocated_bytes
        controller.end(live + black_bytes, marking.done, marking.duration_ns, marking.assist_ns)
    return ended


class _Marking:
    """The mark phase of one cycle."""

    def __init__(
        self,
        controller: _Controller,
        cycle: int,
        roots_bytes: list[int],
        live_bytes: int,
        scannable: float,
    ) -> None:
        world = controller.world
        self.controller = controller
        self.left = [*roots_bytes, int(live_bytes * scannable)]
        self.done = [0, 0, 0]
        self.scannable = scannable
        self.max_stack_bytes = roots_bytes[1]
        self.scanned_a_step = max(world.scan_rate(cycle), _MIN_RATE) * _KIB_PER_MS * world.procs
        self.alloc_rate = max(world.alloc_rate(cycle), _MIN_RATE)
        self.scan_rate = max(world.scan_rate(cycle), _MIN_RATE)
        self.duration_ns = self.assist_ns = self.allocated_bytes = 0

    def run(self) -> None:
        """Until all is marked."""
        while sum(self.left) > 0:
            self._step()

    def _step(self) -> None:
        controller = self.controller
        procs = controller.world.procs
        owed = controller.assist_ratio(sum(self.done), self.max_stack_bytes) * self.alloc_rate
        share = max(owed / (owed + self.scan_rate), BACKGROUND_UTILISATION)
        possible = int(self.scanned_a_step * share)
        scanned = self._scan(possible)
        elapsed_ns = _STEP_NS
        if scanned < possible:
            elapsed_ns = int(scanned * _STEP_NS / (self.scanned_a_step * share))
        allocating = self.alloc_rate * _KIB_PER_MS * procs * (1 - share)
        allocated = int(allocating * elapsed_ns / _STEP_NS)
        controller.live_bytes += allocated
        controller.heap_scan_bytes += int(allocated * self.scannable)
        self.allocated_bytes += allocated
        self.assist_ns += int(elapsed_ns * procs * (share - BACKGROUND_UTILISATION))
        self.duration_ns += elapsed_ns

    def _scan(self, possible_bytes: int) -> int:
        """Globals before stacks before heap; what was scanned of it."""
        scanned = 0
        for kind, left in enumerate(self.left):
            now = min(left, possible_bytes - scanned)
            self.left[kind] -= now
            self.done[kind] += now
            scanned += now
        return scanned
