"""Program and pacer in closed loop: the cycles that one setting would have had."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import expm1
from typing import NamedTuple

from gotrace.analyses.whatif.calibration import Calibration
from gotrace.analyses.whatif.overhead import NOTHING, Beside
from gotrace.analyses.whatif.pace import stretched
from gotrace.analyses.whatif.program import Live, Repeatable
from gotrace.analyses.whatif.settings import GOGC_OFF, Setting
from gotrace.model.pacer.pacers import pacer_for
from gotrace.model.pacer.rules import EndedCycle, MemoryLimitState, Pacer, PacerState
from gotrace.model.versions import GoVersion

__all__ = ["MOST_CYCLES", "Guess", "Run", "simulate"]

MOST_CYCLES = 20_000
"""Where a run is given up."""
_MOST_STUCK = 50
"""Cycles right behind one another: what is alive is no less than the limit."""

_TIGHT = 0.1
"""Where a limit lets a heap grow by less than this share, cycles depend on every MiB beside it."""
_SINCE_ROOTS = GoVersion(18)
_LEAST_STEP_BYTES = 8192
"""Between two cycles at least one span is taken."""
_CLOCK_NS = 1_000_000
_TAKING = 2.0
"""How soon Ps take spans of all classes again: most of the slack is there after as many bytes."""
_HALVINGS, _LIMIT_HALVINGS = 24, 14
_NO_GOGC = 100_000
"""What `revise` takes for GOGC=off."""
_KEPT_OF_LIMIT = 0.95
_MOST_TAILS = 4.0
"""Times those of the recording: where hardly anything is free."""
_MOVES = 4
"""While a cycle marks, free slots are filled, and a limit's goal moves on: so often it is asked."""
_FAR = float(1 << 50)
_UNASKED = float("inf")
"""The limit is left out."""


@dataclass(frozen=True)
class Guess:
    """What is not known, and is assumed for one run."""

    shift: int = 0
    """Cycles of the recording by which its pace is moved: another order of the same chances."""
    lean: float = 0.0
    """What is alive between recorded cycles: expected (0), at least (-1), at most (1)."""
    speed: float = 1.0
    """How much faster than recorded the program allocates."""
    slack: float = 0.0
    """Bytes added to the slack."""
    more_live_bytes: float = 0.0
    """Alive beside what the program keeps: the tracer's own, where its run is to be told."""
    luck: float = 1.0
    """Times what cycles would allocate while they mark if nobody assisted."""
    waste: float = 1.0
    """Times what spans' tails add."""
    beside: Beside = NOTHING
    """What counts against a memory limit beside objects."""


@dataclass
class Run:
    """The cycles of one run; each list has one entry a cycle."""

    position: list[float] = field(default_factory=list)
    """Where marking ended, in bytes allocated."""
    begin_bytes: list[float] = field(default_factory=list)
    goal_bytes: list[float] = field(default_factory=list)
    end_bytes: list[float] = field(default_factory=list)
    """heapLive when marking ended: what the cycle's peak is."""
    marked_bytes: list[float] = field(default_factory=list)
    limited_count: int = 0
    """Cycles whose goal the memory limit set."""
    tight_count: int = 0
    """Of them: those that it left hardly any room to grow."""
    last_bytes: float = 0.0
    """heapLive at the end of the recording."""
    mapped_bytes: float = 0.0
    """The most that was mapped: spans, and what is beside them."""
    is_given_up: bool = False

    @property
    def cycles_count(self) -> int:
        """Cycles that ended."""
        return len(self.position)

    @property
    def peak_bytes(self) -> float:
        """The largest heapLive at a mark termination, or at the end."""
        return max(*self.end_bytes, self.last_bytes) if self.end_bytes else self.last_bytes

    @property
    def all_marked_bytes(self) -> float:
        """Marked by all cycles together."""
        return sum(self.marked_bytes)


def simulate(program: Repeatable, known: Calibration, setting: Setting, guess: Guess) -> Run:
    """Let the program allocate until its end under `setting`."""
    return _Loop(program, known, setting, guess).run()


class _Race(NamedTuple):
    """A cycle that marks."""

    at: int
    """The recorded cycle whose chances it has; -1 for none."""
    live: Live
    scan_bytes: float
    """To look through."""
    work_bytes: float
    """The same with roots."""


class _Loop:
    def __init__(
        self, program: Repeatable, known: Calibration, setting: Setting, guess: Guess
    ) -> None:
        self._program, self._known, self._setting, self._guess = program, known, setting, guess
        self._pacer: Pacer = pacer_for(setting.version)
        self._roots = known.roots_bytes if setting.version >= _SINCE_ROOTS else 0
        self._slack = max(known.slack_bytes + guess.slack, 0.0)
        self._waste = 1 + known.waste_ratio * guess.waste
        """Times what is allocated: with the tails of the spans that it takes."""
        self._spans = self._mapped = 0.0
        self._state: PacerState = self._pacer.start(setting.gogc)
        self._scan = 0.0
        self._speed = guess.speed * guess.luck
        self._run = Run()

    def run(self) -> Run:
        known, program, run = self._known, self._program, self._run
        marked, heap, position = known.first_marked_bytes, known.first_live_bytes, 0.0
        self._warm_up(marked)
        end, stuck = program.end, 0
        while True:
            goal, trigger, is_limited = self._aim(marked)
            is_stuck = trigger - heap <= _LEAST_STEP_BYTES and self._is_lost(marked)
            stuck = stuck + 1 if is_stuck else 0
            if run.cycles_count >= MOST_CYCLES or stuck > _MOST_STUCK:
                run.is_given_up = True
                return run
            begin = program.next_allocation(position + self._step(trigger - heap))
            if begin >= end:
                run.last_bytes = self._grown(heap, end - position)
                self._map(run.last_bytes)
                return run
            heap = self._grown(heap, begin - position)
            goal = max(goal, heap + (0 if is_limited else 65536))
            is_tight = is_limited and goal - marked < _TIGHT * marked
            race = self._race(begin)
            marking = self._marking(race, goal - heap, goal)
            first_goal = goal
            for _ in range(_MOVES if is_limited else 0):
                goal = max(self._aim_at(marked, heap + marking)[0], goal)
                # Assists reckon with the goal of the moment: in the mean the one halfway.
                marking = self._marking(race, (first_goal + goal) / 2 - heap, goal)
            born = marking / self._waste
            if begin + born > end:
                run.last_bytes = heap + (end - begin) * self._waste
                self._map(run.last_bytes)
                return run
            position = begin + born
            run.position.append(position)
            run.begin_bytes.append(heap)
            run.goal_bytes.append(goal)
            run.end_bytes.append(heap + marking)
            run.limited_count += is_limited
            run.tight_count += is_tight
            self._map(heap + marking)
            before, marked = marked, self._alive(race.live) + born
            run.marked_bytes.append(marked)
            paced = self._paced(race, goal - heap)
            self._learn(heap, marking, paced, race.scan_bytes, before, goal)
            self._sweep(heap + marking, marked)
            heap = marked

    def _map(self, heap: float) -> None:
        """What is mapped when a heap has become so large."""
        beside = self._guess.beside
        used = beside.spans_bytes(self._spans, heap) + beside.fixed_bytes
        self._mapped = max(self._mapped, used)
        self._run.mapped_bytes = max(self._run.mapped_bytes, self._mapped)

    def _sweep(self, heap: float, marked: float) -> None:
        """A heap of which so much was marked is swept.

        Its spans keep what is not empty; what is free beyond 95 % of a limit is given back within
        milliseconds (`runtime/mgcscavenge.go`, gcPaceScavenger), and else by the clock, of which
        bytes tell nothing.
        """
        beside, known = self._guess.beside, self._known
        dead = max(1 - marked / heap, known.dead_ratio / _MOST_TAILS)
        self._waste = 1 + known.waste_ratio * self._guess.waste * known.dead_ratio / dead
        self._spans = beside.kept_bytes(beside.spans_bytes(self._spans, heap), marked)
        if self._setting.memory_limit_bytes:
            used = beside.spans_bytes(self._spans, marked) + beside.fixed_bytes
            kept = _KEPT_OF_LIMIT * self._setting.memory_limit_bytes
            self._mapped = max(used, min(self._mapped, kept))

    def _is_lost(self, marked: float) -> bool:
        """More is alive than the limit lets any heap be."""
        setting = self._setting
        return marked + self._guess.beside.fixed_bytes >= setting.memory_limit_bytes > 0

    def _grown(self, heap: float, allocated: float) -> float:
        """heapLive after so many bytes: it runs ahead as Ps take the spans they lack."""
        slack = self._slack
        cached = slack * -expm1(-_TAKING * allocated / slack) if slack else 0.0
        return heap + allocated * self._waste + cached

    def _step(self, growth: float) -> float:
        """The bytes after which heapLive has grown by `growth`."""
        low, high = 0.0, max(growth, _LEAST_STEP_BYTES)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._grown(0.0, middle) < growth else (low, middle)
        return max(high, _LEAST_STEP_BYTES)

    def _aim(self, marked: float) -> tuple[float, float, bool]:
        """Goal, trigger, and whether the memory limit made them."""
        goal, trigger, is_limited = self._aim_at(marked, _UNASKED)
        if not self._setting.memory_limit_bytes:
            return goal, trigger, is_limited
        if not any(self._aim_at(marked, heap)[2] for heap in (marked, min(trigger, _FAR))):
            return goal, trigger, False
        # A limit's goal moves with the free slots that are filled, until the trigger is reached.
        low, high = marked, min(trigger, float(2 * self._setting.memory_limit_bytes) + marked)
        for _ in range(_LIMIT_HALVINGS):
            middle = (low + high) / 2
            low, high = (
                (low, middle) if self._aim_at(marked, middle)[1] <= middle else (middle, high)
            )
        goal, _, is_limited = self._aim_at(marked, high)
        return goal, high, is_limited

    def _aim_at(self, marked: float, heap: float) -> tuple[float, float, bool]:
        """The same as the runtime asks itself with so large a heap."""
        setting, pacer, beside = self._setting, self._pacer, self._guess.beside
        limit = None
        if setting.memory_limit_bytes and heap < _UNASKED:
            used = beside.spans_bytes(self._spans, heap) + beside.fixed_bytes
            free = max(self._mapped - used, 0.0)
            told = self._told(marked, heap)
            limit = MemoryLimitState(
                setting.memory_limit_bytes, int(used + free), int(free), int(told)
            )
        limits = pacer.goal_limits(
            int(marked), self._roots, 0, setting.gogc, limit, unswept_live_bytes=int(marked)
        )
        trigger = pacer.trigger(
            self._state, int(marked), limits.goal_bytes, int(self._scan) + self._roots,
            setting.gogc, min_trigger_bytes=limits.min_trigger_bytes,
        )  # fmt: skip
        return float(limits.goal_bytes), float(trigger), limits.is_memory_limited

    def _told(self, marked: float, heap: float) -> float:
        """What a limit takes for objects (`totalAlloc - totalFree`) where heapLive is `heap`.

        Tails are not in it, nor what was allocated in spans that Ps still hold: that is told of
        when they give a span back (`runtime/mcache.go`, refill), about as much as is free in them.
        """
        grown = (heap - marked - self._slack) / self._waste
        return marked + max(grown - self._slack, 0.0)

    def _race(self, begin: float) -> _Race:
        """A cycle that begins to mark there."""
        at = self._like(begin)
        live = self._program.live_as(begin, at)
        scan = live.bytes * live.scan_ratio
        return _Race(at, live, scan, scan + self._roots + 1)

    def _marking(self, race: _Race, way: float, goal: float) -> float:
        """Bytes allocated while it marks."""
        if race.at < 0:
            return way
        if way > 0 and self._setting.version >= _SINCE_ROOTS:
            gogc = self._setting.gogc if self._setting.gogc != GOGC_OFF else _NO_GOGC
            way = stretched(way, goal, race.work_bytes, self._scan + self._roots + 1, gogc)
        return self._known.pace.marking(race.at, way, goal, self._work(race), self._speed)

    def _paced(self, race: _Race, way: float) -> float:
        """The same as the pacer reckons."""
        if race.at < 0:
            return way
        paced = float(self._known.pace.paced_bytes[race.at])
        return max(paced * self._speed * self._work(race), 1.0)

    def _work(self, race: _Race) -> float:
        """How much more there is to look through than in the recorded cycle."""
        return race.work_bytes / (float(self._known.pace.scan_bytes[race.at]) + self._roots + 1)

    def _like(self, begin: float) -> int:
        """The recorded cycle whose chances one has that begins there; -1 if there is none."""
        count = len(self._known.pace.natural_bytes)
        at = int(self._program.begins.searchsorted(begin)) + self._guess.shift
        at = min(max(at, -at), 2 * (count - 1) - at if at >= count else at) if count > 1 else 0
        return min(max(at, 0), count - 1)

    def _alive(self, live: Live) -> float:
        lean = self._guess.lean
        side = live.bytes - live.least_bytes if lean < 0 else live.most_bytes - live.bytes
        return live.bytes + lean * side + self._guess.more_live_bytes

    def _learn(
        self, heap: float, marking: float, paced: float, scan: float, before: float, goal: float
    ) -> None:
        """Tell the pacer what a cycle measures that marks so: assists make up for the rest."""
        used = 1 / (1 + 3 * max(marking, 1.0) / paced)
        self._scan = scan
        cycle = EndedCycle(
            gogc=self._setting.gogc, procs=1, heap_live_bytes=int(heap + marking),
            triggered_bytes=int(heap), scan_work_bytes=int(scan) + self._roots + 1,
            duration_ns=_CLOCK_NS, assist_ns=int((used - 0.25) * _CLOCK_NS),
            marked_before_bytes=int(before), goal_bytes=int(goal),
        )  # fmt: skip
        self._state = self._pacer.end_of_cycle(self._state, cycle)

    def _warm_up(self, marked: float) -> None:
        """A process that ran before had measured: as much as the first recorded cycle."""
        pace = self._known.pace
        if self._known.is_process_start or not len(pace.natural_bytes):
            return
        paced, scan = max(float(pace.paced_bytes[0]), 1.0), float(pace.scan_bytes[0])
        goal = marked * 2
        for _ in range(5):
            self._learn(goal, paced, paced, scan, marked, goal)
