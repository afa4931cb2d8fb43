"""Goals and starts of collections: fresh runs of `programs/goals.go`, held against the pacer.

The program writes down after every collection what `runtime/metrics` says, inside a trace of the
same run. A goal is right if the pacer computes it to the byte from what was marked and scanned. A
start lies between two bounds; with the cons/mark that `GODEBUG=gcpacertrace=1` prints (7 digits)
the pacer says where: it is exact if `heap_live` reached that trigger in its last step.

Under a memory limit a goal follows from counters that other threads change (`memoryLimitHeapGoal`
reads `mappedReady`, `heapFree`, `totalAlloc` and `totalFree` one by one), and `runtime/metrics`
tells those and the goal one after another. So a goal can be held against them only where two
readings in a row say the same; other readings are counted and not judged.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from gotrace.model.pacer.pacers import pacer_for
from gotrace.model.pacer.rules import GoalLimits, PacerState, TriggerBounds
from tests.fidelity.goal_recordings import (
    Cycle,
    Paced,
    Sample,
    Setting,
    build,
    cycles_of,
    record,
)
from tests.goroots import GOROOTS

__all__ = ["SETTINGS", "Run", "held", "hold_metrics", "measured"]


@dataclass
class Run:
    """How often the pacer was right in one run."""

    setting: Setting
    version: str
    goals: int = 0
    goals_equal: int = 0
    limited: int = 0
    """Goals that the memory limit decided."""
    unsteady: int = 0
    """Readings under a limit that are not of one moment; they are no goals."""
    events: int = 0
    """`HeapGoal` events at the end of a mark; where a limit decides, the metrics must do."""
    events_equal: int = 0
    first_bytes: int | None = None
    """`heap_live` when the first collection began; None if it did before the trace."""
    on_lower: int = 0
    on_upper: int = 0
    between: int = 0
    foretold: int = 0
    """Starts of which the runtime printed all that the trigger needs."""
    at_trigger: int = 0
    """Of these: in the step that reached the trigger."""
    outside: list[tuple[int, ...]] = field(default_factory=list)
    """Cycle, `heap_live` before and at the start, lower and upper bound."""

    @property
    def starts(self) -> int:
        """Collections whose start was looked at."""
        return self.on_lower + self.on_upper + self.between + len(self.outside)


def held(binary: Path, version: str, setting: Setting, folder: Path) -> Run:
    """Run the program and compare."""
    trace = folder / "goals.trace"
    samples, paced = record(binary, setting, trace, folder / "goals.json")
    run = Run(setting, version)
    hold_metrics(run, samples)
    if setting.limit_bytes is None:  # else: what it is weighed against is not in a trace
        cycles = cycles_of(trace)
        _hold_trace(run, _numbered(samples, cycles), cycles, _printed(cycles, paced))
    return run


def hold_metrics(run: Run, samples: list[Sample]) -> None:
    """Compute the goal of every sample that can be judged, and count."""
    pacer, setting = pacer_for(run.version), run.setting
    for sample in samples:
        if setting.limit_bytes is not None and not sample.is_steady:
            run.unsteady += 1
            continue
        limits = pacer.goal_limits(
            sample.live_bytes,
            sample.stack_bytes,
            sample.globals_bytes,
            setting.gogc,
            sample.limit_state(setting.limit_bytes),
            unswept_live_bytes=sample.live_bytes,
        )
        run.goals += 1
        run.goals_equal += limits.goal_bytes == sample.goal_bytes
        run.limited += limits.is_memory_limited


def _numbered(samples: list[Sample], cycles: list[Cycle]) -> list[Sample | None]:
    """For each collection of the trace what was said after it; None if nothing was.

    Some may have ended before the trace began: they are aligned by what was marked.
    """
    by_number = {sample.gc_cycle: sample for sample in samples}

    def aligned(first: int) -> list[Sample | None]:
        pairs = ((by_number.get(number), cycle) for number, cycle in enumerate(cycles, first))
        return [
            one if one and one.live_bytes == cycle.marked_bytes else None for one, cycle in pairs
        ]

    return min((aligned(first) for first in range(1, 5)), key=lambda found: found.count(None))


def _printed(cycles: list[Cycle], paced: list[Paced]) -> list[Paced | None]:
    """For each collection of the trace what was printed; None if nothing was."""
    found: list[Paced | None] = []
    at = 0
    for cycle in cycles:
        later = range(at, len(paced))
        same = (line for line in later if paced[line].triggered_bytes == cycle.start_bytes)
        line = next(same, None)
        found.append(None if line is None else paced[line])
        at = at if line is None else line + 1
    return found


def _hold_trace(
    run: Run, samples: list[Sample | None], cycles: list[Cycle], paced: list[Paced | None]
) -> None:
    pacer, gogc = pacer_for(run.version), run.setting.gogc
    if samples[0] and samples[0].gc_cycle == 1:
        run.first_bytes = cycles[0].start_bytes
        first = pacer.first_trigger(gogc)
        _hold_start(run, 1, cycles[0], TriggerBounds(first, first))
        run.foretold += 1
        run.at_trigger += cycles[0].before_bytes < first <= cycles[0].start_bytes
    for number, (ended, next_one) in enumerate(pairwise(cycles)):
        sample = samples[number]
        if sample is None:
            continue
        limits = pacer.goal_limits(
            ended.marked_bytes,
            sample.stack_bytes,
            sample.globals_bytes,
            gogc,
            unswept_live_bytes=ended.marked_bytes,
        )
        run.events += 1
        run.events_equal += limits.goal_bytes == ended.goal_bytes
        bounds = pacer.trigger_bounds(
            ended.marked_bytes,
            ended.goal_bytes,
            gogc,
            min_trigger_bytes=limits.min_trigger_bytes,
        )
        _hold_start(run, sample.gc_cycle + 1, next_one, bounds)
        trigger = _trigger(run, sample, ended, limits, *paced[number : number + 2])
        if trigger is not None:
            run.foretold += 1
            doubt = ended.goal_bytes // 10**6 + 1  # of the digits that are printed
            at_least = next_one.start_bytes + doubt >= trigger
            run.at_trigger += at_least and next_one.before_bytes - doubt < trigger


def _trigger(
    run: Run,
    sample: Sample,
    ended: Cycle,
    limits: GoalLimits,
    said: Paced | None = None,
    says: Paced | None = None,
) -> int | None:
    """Where the next collection should start; None if one of both printed nothing."""
    if said is None or says is None:
        return None  # nothing was allocated while it marked
    return pacer_for(run.version).trigger(
        PacerState(cons_mark=says.cons_mark),
        ended.marked_bytes,
        ended.goal_bytes,
        said.scanned_bytes + sample.stack_bytes + sample.globals_bytes,
        run.setting.gogc,
        min_trigger_bytes=limits.min_trigger_bytes,
    )


def _hold_start(run: Run, number: int, cycle: Cycle, bounds: TriggerBounds) -> None:
    before, at = cycle.before_bytes, cycle.start_bytes
    if before < bounds.lower_bytes <= at:
        run.on_lower += 1
    elif before < bounds.upper_bytes <= at:
        run.on_upper += 1
    elif bounds.lower_bytes <= at and before < bounds.upper_bytes:
        run.between += 1
    else:
        run.outside.append((number, before, at, *bounds))


SETTINGS = (
    *(Setting("churn", 300_000, gogc) for gogc in (50, 100, 200)),
    Setting("small", 500_000, 100),
    Setting("fast", 10_000, 100),
    Setting("slow", 10_000, 100),
    *(Setting("plain", 60_000, gogc) for gogc in (50, 100, 200)),
    Setting("churn", 300_000, 100, procs=4),
    Setting("plain", 60_000, 100, procs=4),
    Setting("churn", 300_000, 100, 24 << 20),
    Setting("churn", 300_000, -1, 32 << 20),
    Setting("churn", 300_000, 200, 10 << 20),
)
"""What is measured with every toolchain."""

_HEAD = (
    "Go", "work", "Ps", "GOGC", "limit", "unsteady", "goals", "by limit", "right", "events",
    "right", "first", "lower", "upper", "between", "outside", "foretold", "exact",
)  # fmt: skip


def measured() -> str:
    """All settings with all toolchains, as a table."""
    lines = [f"| {' | '.join(_HEAD)} |", "|---|---|" + "---:|" * (len(_HEAD) - 2)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for version, root in sorted({root.version: root for root in GOROOTS}.items()):
            binary = build(root, folder)
            for setting in SETTINGS:
                print("goals", version, *setting, flush=True)
                lines.append(_row(held(binary, str(version), setting, folder)))
    return "\n".join(lines)


def _row(run: Run) -> str:
    work, _, gogc, limit, procs = run.setting
    cells = [run.version, work, procs, "off" if gogc < 0 else gogc]
    cells += ["", ""] if limit is None else [f"{limit >> 20} MiB", run.unsteady]
    cells += [run.goals, run.limited, run.goals_equal]
    cells += [
        run.events,
        run.events_equal,
        "" if run.first_bytes is None else f"{run.first_bytes:,}",
    ]
    cells += [
        run.on_lower,
        run.on_upper,
        run.between,
        len(run.outside),
        run.foretold,
        run.at_trigger,
    ]
    if limit is not None:
        cells[9:] = [""] * (len(_HEAD) - 9)
    return f"| {' | '.join(map(str, cells))} |"
