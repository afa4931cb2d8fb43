"""What-ifs against reality: recorded once at GOGC=100, predicted, then run at other settings.

A real run tells its cycles through GODEBUG=gcpacertrace=1, in bytes. The heap's peak is the largest
heapLive at a mark termination, or HeapAlloc at the end if that is more.

`GOTRACE_WHATIF_RUNS=DIR` keeps recordings and runs in DIR, and takes those that are there: so a
change of the model is held against the same runs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from gotrace.analyses.whatif.prediction import Prediction
from gotrace.analyses.whatif.settings import NO_LIMIT, Setting
from gotrace.errors import InputError
from gotrace.tables.notes import Severity
from gotrace.whatif_pipeline import WhatIf, whatif_of_trace
from tests.fidelity.recordings import ROOTS
from tests.goroots import GoRoot

__all__ = [
    "PROGRAMS",
    "RUNS",
    "Compared",
    "Real",
    "built",
    "compare",
    "measured",
    "recorded",
    "run",
]

MIB = 1 << 20
PROGRAMS = {
    "steady": 32 * MIB, "growing": 64 * MIB, "phases": 32 * MIB, "cache": 32 * MIB,
    "buffers": 32 * MIB,
}  # fmt: skip
"""Program → the memory limit that is tried with GOGC=400."""
RUNS = 5

_FOLDER = Path(__file__).parent / "whatif_programs"
_PROCS = (1, 4)
_GOGCS = (50, 200, 400)
_ATTEMPTS = 6
_SECONDS = 120
_CYCLE = re.compile(r"B work \(.*\) in \d+ B -> (\d+) B")
_ALLOWED = {50: 0.10, 200: 0.10, 400: 0.25}
_ALLOWED_PEAK = 0.10
_LIMITED_GOGC = 400
_KEPT = Path(os.environ["GOTRACE_WHATIF_RUNS"]) if "GOTRACE_WHATIF_RUNS" in os.environ else None


@dataclass(frozen=True)
class Real:
    """One run."""

    cycles: int
    peak_bytes: int


@dataclass(frozen=True)
class Compared:
    """A prediction and the runs of its setting."""

    program: str
    procs: int
    prediction: Prediction
    runs: tuple[Real, ...]

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


def built(program: str, root: GoRoot, folder: Path) -> Path:
    """The program's binary."""
    binary = folder / f"{program}-{root.version}"
    if not binary.exists():
        settings = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"}
        files = [_FOLDER / f"{program}.go", _FOLDER / "window.go"]
        subprocess.run(
            [root.go, "build", "-o", binary, *files],
            cwd=_FOLDER, env={**os.environ, **settings}, check=True,
        )  # fmt: skip
    return binary


def recorded(binary: Path, procs: int) -> WhatIf:
    """Recorded at GOGC=100 with alloc/free events; again if the trace came out damaged."""
    kept = _KEPT / f"{binary.name}-{procs}.trace" if _KEPT else None
    if kept is not None and kept.exists():
        return whatif_of_trace(str(kept))
    trace = binary.with_suffix(".trace")
    for _ in range(_ATTEMPTS):
        done = subprocess.run(
            [binary, trace], env=_environment(procs, 100, "traceallocfree=1"), timeout=_SECONDS,
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            continue
        try:
            asked = whatif_of_trace(str(trace))
        except InputError:
            continue
        if all(note.severity is Severity.INFO for note in asked.notes):
            if kept is not None:
                shutil.copyfile(trace, kept)
            trace.unlink()
            return asked
    raise RuntimeError(f"{binary.name} could not be recorded")


def run(binary: Path, procs: int, gogc: int, limit: int = NO_LIMIT) -> Real:
    """Not traced; what the pacer printed between the begin and the end of the program's work."""
    environment = _environment(procs, gogc, "gctrace=1,gcpacertrace=1")
    if limit:
        environment["GOMEMLIMIT"] = str(limit)
    done = subprocess.run(
        [binary], env=environment, timeout=_SECONDS, capture_output=True, text=True, check=True
    )
    window = done.stderr.partition("window begins")[2].partition("window ends")
    ends = [int(found) for found in _CYCLE.findall(window[0])]
    return Real(len(ends), max([*ends, int(window[2].split()[0])]))


def compare(program: str, procs: int, root: GoRoot, folder: Path) -> list[Compared]:
    """All settings; their runs take turns, so that a busy moment is not one setting's alone."""
    binary = built(program, root, folder)
    limit = PROGRAMS[program]
    settings = [(gogc, NO_LIMIT) for gogc in _GOGCS] + [(_LIMITED_GOGC, limit)]
    runs: dict[tuple[int, int], list[Real]] = {setting: [] for setting in settings}
    asked = recorded(binary, procs)
    kept = _KEPT / f"{binary.name}-{procs}.runs.json" if _KEPT else None
    if kept is not None and kept.exists():
        for gogc, most, cycles, peak in json.loads(kept.read_text()):
            runs[gogc, most].append(Real(cycles, peak))
    for number in range(RUNS):
        for gogc, most in settings:
            if len(runs[gogc, most]) <= number:
                runs[gogc, most].append(run(binary, procs, gogc, most))
    if kept is not None:
        rows = [(*key, one.cycles, one.peak_bytes) for key, found in runs.items() for one in found]
        kept.write_text(json.dumps(rows))
    return [
        Compared(
            program, procs, asked.predict(Setting(gogc, most, asked.version)),
            tuple(runs[gogc, most]),
        )
        for gogc, most in settings
    ]  # fmt: skip


def measured() -> str:
    """All programs with the newest toolchain, as a table."""
    root = max(ROOTS, key=lambda root: root.version)
    found: list[Compared] = []
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS:
            for procs in _PROCS:
                found += compare(program, procs, root, Path(folder))
                print(*map(_row, found[-len(_GOGCS) - 1 :]), sep="\n", flush=True)
    name = (root.path / "VERSION").read_text().split()[0]
    return _text(found, name)


def _text(found: list[Compared], name: str) -> str:
    held = sum(not one.misses for one in found)
    lines = [
        f"Measured with {name} on {os.cpu_count()} CPUs: {held} of {len(found)} settings are "
        "within the limits.", "",
        "| program | Ps | setting | cycles predicted | real | off | peak MiB predicted | real "
        "| off | beyond the limits |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|---|",
        *map(_row, found),
    ]  # fmt: skip
    return "\n".join(lines)


def _row(one: Compared) -> str:
    cycles, peak = one.prediction.cycles, one.prediction.peak_bytes
    setting = one.prediction.setting
    limit = f", limit {setting.memory_limit_bytes // MIB} MiB" if setting.memory_limit_bytes else ""
    return (
        f"| {one.program} | {one.procs} | GOGC={setting.gogc}{limit} "
        f"| {cycles.value:.0f} ({cycles.least:.0f} to {cycles.most:.0f}) "
        f"| {one.cycles:.0f} ({_ends(run.cycles for run in one.runs)}) | {one.cycles_error:+.0%} "
        f"| {peak.value / MIB:.1f} ({peak.least / MIB:.1f} to {peak.most / MIB:.1f}) "
        f"| {one.peak_bytes / MIB:.1f} ({_ends(run.peak_bytes / MIB for run in one.runs)}) "
        f"| {one.peak_error:+.0%} | {one.misses} |"
    )


def _ends(values: Iterable[float]) -> str:
    ordered = sorted(values)
    digits = 1 if isinstance(ordered[0], float) else 0
    return f"{ordered[0]:.{digits}f} to {ordered[-1]:.{digits}f}"


def _environment(procs: int, gogc: int, debug: str) -> dict[str, str]:
    return {
        "PATH": os.defpath, "GOMAXPROCS": str(procs), "GOGC": str(gogc), "GODEBUG": debug,
    }  # fmt: skip
