"""Programs of `whatif_programs/`: recorded some times, and run at any setting.

A real run tells its cycles through GODEBUG=gcpacertrace=1, in bytes. The heap's peak is the largest
heapLive at a mark termination, or HeapAlloc at the end if that is more.

`GOTRACE_WHATIF_RUNS=DIR` keeps recordings and what runs printed in DIR, and takes what is there: a
measurement that was stopped goes on, and a change of the model is held against the same runs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gotrace.analyses.whatif.settings import GOGC_OFF, NO_LIMIT
from gotrace.errors import InputError
from gotrace.tables.notes import Severity
from gotrace.whatif_pipeline import Take, WhatIf, take_of_trace, what_if
from tests.goroots import GoRoot

__all__ = [
    "LIMITS",
    "MIB",
    "PROCS",
    "PROGRAMS",
    "RECORDINGS",
    "RUNS",
    "Real",
    "Runs",
    "built",
    "recorded",
]

MIB = 1 << 20
PROGRAMS = {
    "steady": 28 * MIB, "growing": 36 * MIB, "phases": 20 * MIB, "cache": 28 * MIB,
    "buffers": 28 * MIB, "sources": 28 * MIB, "orders": 20 * MIB, "shelves": 24 * MIB,
}  # fmt: skip
"""Program → the memory limit that is tried with GOGC=400: about twice what is alive at most, so
that a heap 1.5 times as large as that fits beside what the runtime maps."""
LIMITS = {
    ("steady", 4): 40 * MIB, ("growing", 4): 64 * MIB, ("cache", 4): 44 * MIB,
    ("orders", 4): 56 * MIB, ("shelves", 4): 32 * MIB,
}  # fmt: skip
"""Other limits where several Ps keep more alive (each has its own book of customers), or more in
spans that are not full: below them the prediction says that it cannot tell."""
PROCS = (1, 4)
RECORDINGS, RUNS = 5, 5

_FOLDER = Path(__file__).parent / "whatif_programs"
_ATTEMPTS = 6
_SECONDS = 120
_CYCLE = re.compile(r"B work \(.*\) in \d+ B -> (\d+) B")
_KEPT = Path(os.environ["GOTRACE_WHATIF_RUNS"]) if "GOTRACE_WHATIF_RUNS" in os.environ else None
_READ: dict[tuple[str, int, tuple[str, ...], int], Take] = {}
"""What was read in this process: reading takes longest."""


@dataclass(frozen=True)
class Real:
    """One run."""

    cycles: int
    peak_bytes: int
    mapped_bytes: int
    """The most of what GOMEMLIMIT counts, looked at every 5 ms."""

    @staticmethod
    def of(printed: str) -> Real:
        """What the pacer printed between the begin and the end of the program's work."""
        window = printed.partition("window begins")[2].partition("window ends")
        ends = [int(found) for found in _CYCLE.findall(window[0])]
        live, mapped = (int(word) for word in window[2].split()[:2])
        return Real(len(ends), max([*ends, live]), mapped)


class Runs:
    """Runs of one binary on so many Ps, not traced."""

    def __init__(self, binary: Path, procs: int) -> None:
        self._binary, self._procs = binary, procs
        self._found: dict[tuple[int, int], list[Real]] = {}
        self._kept = _KEPT / f"{binary.name}-{procs}.jsonl" if _KEPT else None
        if self._kept is not None and self._kept.exists():
            for line in self._kept.read_text().splitlines():
                gogc, limit, printed = json.loads(line)
                self._found.setdefault((gogc, limit), []).append(Real.of(printed))

    def of(self, gogc: int, limit: int = NO_LIMIT, count: int = RUNS) -> tuple[Real, ...]:
        """So many of this setting; those that are missing are run."""
        found = self._found.setdefault((gogc, limit), [])
        while len(found) < count:
            printed = self._run(gogc, limit)
            found.append(Real.of(printed))
            if self._kept is not None:
                with self._kept.open("a") as file:
                    file.write(json.dumps([gogc, limit, printed]) + "\n")
        return tuple(found[:count])

    def in_turns(self, settings: list[tuple[int, int]]) -> dict[tuple[int, int], tuple[Real, ...]]:
        """Of several settings, one run of each after the other."""
        for count in range(1, RUNS + 1):
            for gogc, limit in settings:
                self.of(gogc, limit, count)
        return {setting: self.of(*setting) for setting in settings}

    def _run(self, gogc: int, limit: int) -> str:
        environment = _environment(self._procs, gogc, "gctrace=1,gcpacertrace=1")
        if limit:
            environment["GOMEMLIMIT"] = str(limit)
        done = subprocess.run(
            [self._binary], env=environment, timeout=_SECONDS, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        return done.stderr


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


def recorded(
    binary: Path, procs: int, runtimes: tuple[str, ...] = (), count: int = RECORDINGS
) -> WhatIf:
    """Recorded so many times at GOGC=100 with alloc/free events.

    `runtimes`: other versions that will be asked for.
    """
    return what_if([_take(binary, procs, runtimes, place) for place in range(count)])


def _take(binary: Path, procs: int, runtimes: tuple[str, ...], place: int) -> Take:
    known = binary.name, procs, runtimes, place
    if known not in _READ:
        _READ[known] = _recorded(binary, procs, runtimes, place)
    return _READ[known]


def _recorded(binary: Path, procs: int, runtimes: tuple[str, ...], place: int) -> Take:
    """Recorded again if the trace came out damaged."""
    kept = _KEPT / f"{binary.name}-{procs}-{place}.trace" if _KEPT else None
    if kept is not None and kept.exists():
        return take_of_trace(str(kept), runtimes)
    trace = binary.with_suffix(".trace")
    for _ in range(_ATTEMPTS):
        done = subprocess.run(
            [binary, trace], env=_environment(procs, 100, "traceallocfree=1"), timeout=_SECONDS,
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            continue
        try:
            take = take_of_trace(str(trace), runtimes)
        except InputError:
            continue
        if all(note.severity is Severity.INFO for note in take.notes):
            if kept is not None:
                shutil.copyfile(trace, kept)
            trace.unlink()
            return take
    raise RuntimeError(f"{binary.name} could not be recorded")


def _environment(procs: int, gogc: int, debug: str) -> dict[str, str]:
    told = "off" if gogc == GOGC_OFF else str(gogc)
    return {"PATH": os.defpath, "GOMAXPROCS": str(procs), "GOGC": told, "GODEBUG": debug}
