"""Several runs of one setting: the expected numbers, and between which bounds they may lie.

Of one recording, and of several put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean

import numpy as np

from gotrace.analyses.whatif.calibration import Calibration
from gotrace.analyses.whatif.loop import Guess, Run, simulate
from gotrace.analyses.whatif.overhead import Overhead
from gotrace.analyses.whatif.program import Repeatable
from gotrace.analyses.whatif.recorded import RecordedCycles
from gotrace.analyses.whatif.settings import Setting
from gotrace.model.versions import GoVersion

__all__ = ["Band", "Prediction", "SelfCheck", "predict", "self_check", "together"]

_SHIFTS = (-4, -2, -1, 0, 1, 2, 4)
_AT_LEAST_CYCLES = 1.0
_USUAL_CYCLES_ERROR, _USUAL_PEAK_ERROR = 0.08, 0.07
"""Above how far off predictions are in the mean (docs/fidelity.md, "What-ifs against
reality"): bounds are moved out by no less."""
_MOST_TIGHT = 0.2
"""Share of the cycles that may have hardly any room."""
_LUCK = 1.5
"""A guess: times of assists and workers are by the clock, which runs on while other programs do."""
_LEAST_WASTE = 0.7
_LEAN = 0.25
"""Part of the way from what is expected to what is certain that the bounds lie apart."""


@dataclass(frozen=True)
class Band:
    """A number and its bounds."""

    value: float
    least: float
    most: float


@dataclass(frozen=True)
class SelfCheck:
    """What the prediction says of the recorded setting itself, and what was recorded."""

    cycles: float
    recorded_cycles: int
    peak_bytes: float
    recorded_peak_bytes: int

    @property
    def cycles_error(self) -> float:
        """Relative."""
        return self.cycles / self.recorded_cycles - 1 if self.recorded_cycles else 0.0

    @property
    def peak_error(self) -> float:
        """Relative."""
        return self.peak_bytes / self.recorded_peak_bytes - 1 if self.recorded_peak_bytes else 0.0


@dataclass(frozen=True)
class Prediction:
    """Of one setting."""

    setting: Setting
    cycles: Band
    peak_bytes: Band
    marked_bytes: Band
    """By all cycles together."""
    survivor_bytes: float
    """Marked by a cycle: the mean."""
    goal_bytes: float
    """The mean of the cycles' goals."""
    limited_ratio: float
    """Share of cycles whose goal the memory limit set."""
    is_given_up: bool
    is_thrashing: bool
    """The limit leaves so little room that nobody can tell how many cycles there will be."""
    reason: str
    """What makes the band as wide as it is."""
    run: Run
    """One of the runs, with its cycles."""
    total_bytes: float = 0.0
    """The most that is mapped, beside objects as well: what GOMEMLIMIT counts."""


def self_check(
    cycles: RecordedCycles, program: Repeatable, known: Calibration, version: GoVersion
) -> SelfCheck:
    """Predict what was recorded: with the tracer's own bytes, and at the recorded speed."""
    setting = Setting(known.gogc, 0, version)
    with_tracer = replace(
        known,
        first_live_bytes=known.first_live_bytes + known.tracer_bytes,
        tracing_ratio=1.0,
    )
    runs = [
        simulate(program, with_tracer, setting, Guess(shift, more_live_bytes=known.tracer_bytes))
        for shift in _SHIFTS
    ]
    return SelfCheck(
        float(np.mean([run.cycles_count for run in runs])), len(cycles) - cycles.early_count,
        float(np.mean([run.peak_bytes for run in runs])),
        max(int(cycles.end_bytes.max(initial=0)), cycles.last_live_bytes),
    )  # fmt: skip


def predict(
    program: Repeatable, known: Calibration, setting: Setting, overhead: Overhead, check: SelfCheck
) -> Prediction:
    """The mean of runs that differ in what chance decides, and the ends of what is not known."""
    speed = known.tracing_ratio
    fastest = max(2 * speed - 1, known.most_tracing_ratio) if speed > 1 else 1.25
    usual = Guess(speed=speed, beside=overhead.beside())
    runs = [simulate(program, known, setting, replace(usual, shift=shift)) for shift in _SHIFTS]
    ends = {
        "when objects died between two recorded cycles": (
            replace(usual, lean=-_LEAN), replace(usual, lean=_LEAN),
        ),
        "how fast it allocates without being recorded": (
            replace(usual, speed=1.0), replace(usual, speed=fastest),
        ),
        "how assists and workers share the marking": (
            replace(usual, luck=1 / _LUCK), replace(usual, luck=_LUCK),
        ),
        "how far spans run ahead of objects": (
            replace(usual, slack=-2 * known.slack_spread_bytes, waste=_LEAST_WASTE),
            replace(usual, slack=2 * known.slack_spread_bytes, waste=2 - _LEAST_WASTE),
        ),
    }  # fmt: skip
    if setting.memory_limit_bytes:
        ends["what is mapped beside objects"] = (
            replace(usual, beside=overhead.beside(-1)),
            replace(usual, beside=overhead.beside(1)),
        )
    tried = {
        reason: [simulate(program, known, setting, guess) for guess in pair]
        for reason, pair in ends.items()
    }
    every = [*runs, *(run for pair in tried.values() for run in pair)]
    middle = sorted(runs, key=lambda run: run.cycles_count)[len(runs) // 2]
    return Prediction(
        setting,
        _band([r.cycles_count for r in runs], [r.cycles_count for r in every],
              max(abs(check.cycles_error), _USUAL_CYCLES_ERROR), _AT_LEAST_CYCLES),
        _band([r.peak_bytes for r in runs], [r.peak_bytes for r in every],
              max(abs(check.peak_error), _USUAL_PEAK_ERROR), 0.0),
        _band([r.all_marked_bytes for r in runs], [r.all_marked_bytes for r in every],
              max(abs(check.cycles_error), _USUAL_CYCLES_ERROR), 0.0),
        float(np.mean(middle.marked_bytes)) if middle.marked_bytes else 0.0,
        float(np.mean(middle.goal_bytes)) if middle.goal_bytes else 0.0,
        middle.limited_count / middle.cycles_count if middle.cycles_count else 0.0,
        any(run.is_given_up for run in runs), any(_is_thrashing(run) for run in runs),
        _widest(runs, tried, check), middle, float(np.mean([run.mapped_bytes for run in runs])),
    )  # fmt: skip


def together(found: Sequence[Prediction]) -> Prediction:
    """What several recordings of one program predict for one setting: the mean of all.

    How far a recorded cycle ran beyond its goal is one chance of many; several recordings have more
    of them. Bounds are the means of their bounds, and hold what each of them expects.
    """
    if len(found) == 1:
        return found[0]
    cycles = _mean_band([one.cycles for one in found])
    peak = _mean_band([one.peak_bytes for one in found])
    ordered = sorted(found, key=lambda one: one.cycles.value)
    reasons = Counter(one.reason for one in found)
    is_apart = any(
        band.value in (all_.least, all_.most)
        for one in found
        for band, all_ in ((one.cycles, cycles), (one.peak_bytes, peak))
    )
    return Prediction(
        found[0].setting, cycles, peak, _mean_band([one.marked_bytes for one in found]),
        mean(one.survivor_bytes for one in found), mean(one.goal_bytes for one in found),
        mean(one.limited_ratio for one in found),
        any(one.is_given_up for one in found), any(one.is_thrashing for one in found),
        "recordings that tell otherwise" if is_apart else reasons.most_common(1)[0][0],
        ordered[len(ordered) // 2].run, mean(one.total_bytes for one in found),
    )  # fmt: skip


def _mean_band(bands: Sequence[Band]) -> Band:
    values = [band.value for band in bands]
    least, most = mean(band.least for band in bands), mean(band.most for band in bands)
    return Band(mean(values), min(least, *values), max(most, *values))


def _is_thrashing(run: Run) -> bool:
    return run.is_given_up or run.tight_count > _MOST_TIGHT * run.cycles_count


def _band(runs: list[float], every: list[float], error: float, least: float) -> Band:
    """The mean; the ends of all, moved out by the error of the self-check, or the usual one."""
    value = float(np.mean(runs))
    doubt = max(error * value, least)
    return Band(value, max(min(every) - doubt, 0.0), max(every) + doubt)


def _widest(runs: list[Run], tried: dict[str, list[Run]], check: SelfCheck) -> str:
    """What moves the number of cycles or the peak most, relatively."""

    def spread(found: list[Run]) -> float:
        counts = [run.cycles_count for run in found]
        peaks = [run.peak_bytes for run in found]
        return max(
            (max(counts) - min(counts)) / max(*counts, 1),
            (max(peaks) - min(peaks)) / max(*peaks, 1),
        )

    reasons = {reason: spread(pair) for reason, pair in tried.items()}
    reasons["chance: how marking and program raced in each cycle"] = spread(runs)
    reasons["the recorded setting is not predicted better"] = 2 * max(
        abs(check.cycles_error), abs(check.peak_error)
    )
    return max(reasons, key=lambda reason: reasons[reason])
