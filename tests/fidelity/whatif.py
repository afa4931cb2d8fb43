"""What-ifs against reality: recorded at GOGC=100, predicted, then run at other settings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from gotrace.analyses.whatif.prediction import Prediction, together
from gotrace.analyses.whatif.settings import NO_LIMIT, Setting
from tests.fidelity.recordings import ROOTS
from tests.fidelity.whatif_runs import (
    LIMITS,
    MIB,
    PROCS,
    PROGRAMS,
    RECORDINGS,
    Real,
    Runs,
    built,
    recorded,
)
from tests.goroots import GoRoot

__all__ = ["Compared", "compare", "count_of", "ends", "measured", "newest", "percent", "told"]

_GOGCS = (50, 200, 400)
_ALLOWED = {50: 0.10, 100: 0.10, 200: 0.10, 400: 0.25}
_ALLOWED_PEAK = 0.10
_LIMITED_GOGC = 400


@dataclass(frozen=True)
class Compared:
    """A prediction and the runs of its setting."""

    program: str
    procs: int
    prediction: Prediction
    runs: tuple[Real, ...]
    alone: tuple[Prediction, ...] = ()
    """Of each recording by itself."""

    @property
    def cycles(self) -> float:
        return mean(run.cycles for run in self.runs)

    @property
    def peak_bytes(self) -> float:
        return mean(run.peak_bytes for run in self.runs)

    @property
    def cycles_error(self) -> float:
        return self.prediction.cycles.value / max(self.cycles, 1) - 1

    @property
    def peak_error(self) -> float:
        return self.prediction.peak_bytes.value / self.peak_bytes - 1

    @property
    def misses(self) -> str:
        """What is further off than was asked for; of a memory limit as of GOGC=200."""
        setting = self.prediction.setting
        allowed = 0.10 if setting.memory_limit_bytes else _ALLOWED[setting.gogc]
        found = [("cycles", self.cycles_error, allowed), ("peak", self.peak_error, _ALLOWED_PEAK)]
        return ", ".join(what for what, error, most in found if abs(error) > most)

    @property
    def is_inside(self) -> bool:
        """Both means lie between the bounds."""
        cycles, peak = self.prediction.cycles, self.prediction.peak_bytes
        return (
            cycles.least <= self.cycles <= cycles.most
            and peak.least <= self.peak_bytes <= peak.most
        )


def newest() -> GoRoot:
    """The toolchain that is measured."""
    return max(ROOTS, key=lambda root: root.version)


def compare(program: str, procs: int, root: GoRoot, folder: Path) -> list[Compared]:
    """All settings; their runs take turns, so that a busy moment is not one setting's alone."""
    binary = built(program, root, folder)
    asked, runs = recorded(binary, procs), Runs(binary, procs)
    limit = LIMITS.get((program, procs), PROGRAMS[program])
    settings = [(gogc, NO_LIMIT) for gogc in _GOGCS] + [(_LIMITED_GOGC, limit)]
    found = runs.in_turns(settings)
    compared = []
    for setting in settings:
        alone = tuple(take.predict(Setting(*setting, asked.version)) for take in asked.takes)
        compared.append(Compared(program, procs, together(alone), found[setting], alone))
    return compared


def measured() -> str:
    """All programs with the newest toolchain, as a table."""
    root = newest()
    found: list[Compared] = []
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS:
            for procs in PROCS:
                found += compare(program, procs, root, Path(folder))
                print(*map(_row, found[-len(_GOGCS) - 1 :]), sep="\n", flush=True)
    return _text(found, (root.path / "VERSION").read_text().split()[0])


def _text(found: list[Compared], name: str) -> str:
    lines = [
        f"Measured with {name} on {os.cpu_count()} CPUs: {count_of(found)} settings are within the "
        f"limits ({_by_procs(found)}), all of {_faultless(found)}. Within the predicted bounds lie "
        f"{sum(one.is_inside for one in found)} of {len(found)}. Mean error: cycles "
        f"{mean(abs(one.cycles_error) for one in found):.1%}, "
        f"peaks {mean(abs(one.peak_error) for one in found):.1%}.", "",
        _alone(found), "",
        "| program | Ps | setting | cycles predicted | real | off | peak MiB predicted | real "
        "| off | beyond the limits |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|---|",
        *map(_row, found),
    ]  # fmt: skip
    return "\n".join(lines)


def _by_procs(found: list[Compared]) -> str:
    return ", ".join(
        f"{procs} P{'s' if procs > 1 else ''}: "
        + count_of([one for one in found if one.procs == procs])
        for procs in PROCS
    )


def _faultless(found: list[Compared]) -> str:
    missed = {one.program for one in found if one.misses}
    return ", ".join(f"`{name}`" for name in PROGRAMS if name not in missed) or "none of them"


def _alone(found: list[Compared]) -> str:
    """What one recording by itself would have said."""
    counts = [
        sum(not replace(one, prediction=one.alone[place]).misses for one in found)
        for place in range(RECORDINGS)
    ]
    return (
        f"From one recording alone, of the {RECORDINGS} in the order in which they were made: "
        f"{', '.join(map(str, counts))} of {len(found)}."
    )


def count_of(found: list[Compared]) -> str:
    """How many are within the limits."""
    return f"{sum(not one.misses for one in found)} of {len(found)}"


def told(setting: Setting) -> str:
    """As the table has it."""
    limit = setting.memory_limit_bytes
    return f"GOGC={setting.gogc_text}" + (f", limit {limit / MIB:.0f} MiB" if limit else "")


def _row(one: Compared) -> str:
    cycles, peak = one.prediction.cycles, one.prediction.peak_bytes
    return (
        f"| {one.program} | {one.procs} | {told(one.prediction.setting)} "
        f"| {cycles.value:.0f} ({cycles.least:.0f} to {cycles.most:.0f}) "
        f"| {one.cycles:.0f} ({ends(run.cycles for run in one.runs)}) "
        f"| {percent(one.cycles_error)} "
        f"| {peak.value / MIB:.1f} ({peak.least / MIB:.1f} to {peak.most / MIB:.1f}) "
        f"| {one.peak_bytes / MIB:.1f} ({ends(run.peak_bytes / MIB for run in one.runs)}) "
        f"| {percent(one.peak_error)} | {one.misses} |"
    )


def percent(error: float) -> str:
    """With its sign; a tenth where the limit of 10 % is near, so that a miss can be seen."""
    return f"{error:+.1%}" if 0.09 < abs(error) < 0.11 else f"{error:+.0%}"


def ends(values: Iterable[float]) -> str:
    """The least and the most."""
    ordered = sorted(values)
    digits = 1 if isinstance(ordered[0], float) else 0
    return f"{ordered[0]:.{digits}f} to {ordered[-1]:.{digits}f}"
