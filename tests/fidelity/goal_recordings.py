"""Fresh runs of `programs/goals.go`: what the metrics, a trace and `gcpacertrace` say of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import gotrace
from gotrace.model.pacer.rules import MemoryLimitState
from tests.goroots import GoRoot

__all__ = ["Cycle", "Paced", "Sample", "Setting", "build", "cycles_of", "record"]

PROGRAM = Path(__file__).parent / "programs" / "goals.go"

_SECONDS = 60
_PACED = re.compile(
    r"pacer: .* for (\d+)\+(\d+)\+(\d+) B work .* in (\d+) B -> \d+ B .*cons/mark ([^)]+)\)"
)


class Setting(NamedTuple):
    """How the program is run."""

    work: str
    steps: int
    gogc: int
    limit_bytes: int | None = None
    procs: int = 1


class Sample(NamedTuple):
    """What `runtime/metrics` said after a collection, in the order of `programs/goals.go`."""

    gc_cycle: int
    goal_bytes: int
    live_bytes: int
    stack_bytes: int
    globals_bytes: int
    heap_scan_bytes: int
    total_bytes: int
    released_bytes: int
    free_bytes: int
    objects_bytes: int
    is_steady: int
    """1 if two readings in a row said the same, so that the goal and what it was computed from are
    of one moment. Only where a memory limit decides does that matter: the rest of what a goal is
    made of changes at the end of a mark alone."""

    def limit_state(self, limit_bytes: int | None) -> MemoryLimitState | None:
        """What the memory limit is weighed against."""
        if limit_bytes is None:
            return None
        mapped = self.total_bytes - self.released_bytes
        return MemoryLimitState(limit_bytes, mapped, self.free_bytes, self.objects_bytes)


class Paced(NamedTuple):
    """What `gcpacertrace` prints when a mark has ended."""

    scanned_bytes: int
    """Heap."""
    triggered_bytes: int
    cons_mark: float
    """As it was when the collection began."""


@dataclass(frozen=True)
class Cycle:
    """A collection in a trace."""

    before_bytes: int
    """`heap_live` one step before the start."""
    start_bytes: int
    marked_bytes: int
    goal_bytes: int


def build(root: GoRoot, folder: Path) -> Path:
    """The program, built with `root`."""
    made = folder / f"goals-{root.version}"
    settings = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"}
    subprocess.run(
        [root.go, "build", "-o", made, PROGRAM],
        cwd=PROGRAM.parent, env={**os.environ, **settings}, check=True,
    )  # fmt: skip
    return made


def record(
    binary: Path, setting: Setting, trace: Path, numbers: Path
) -> tuple[list[Sample], list[Paced]]:
    """Run the program: what the metrics said, and the lines that were printed."""
    environment = {
        "GODEBUG": "gcpacertrace=1",
        "GOMAXPROCS": str(setting.procs),
        "GOGC": str(setting.gogc) if setting.gogc >= 0 else "off",
        "PATH": os.defpath,
    }
    if setting.limit_bytes is not None:
        environment["GOMEMLIMIT"] = str(setting.limit_bytes)
    done = subprocess.run(
        [binary, trace, numbers, setting.work, str(setting.steps)],
        env=environment, timeout=_SECONDS, check=True, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    paced = [
        Paced(int(heap), int(triggered), float(cons_mark))
        for heap, _, _, triggered, cons_mark in _PACED.findall(done.stderr)
    ]
    return [Sample(*row) for row in json.loads(numbers.read_text())], paced


def cycles_of(trace: Path) -> list[Cycle]:
    """The whole collections of a trace that began with the process."""
    tables = gotrace.read_trace(trace).tables
    metrics = tables["metrics"].to_pydict()
    values: dict[str, tuple[list[int], list[int]]] = {}
    for name, time, value in zip(*(metrics[c] for c in ("name", "time_ns", "value")), strict=True):
        times, told = values.setdefault(name, ([], []))
        times.append(time)
        told.append(value)
    live_times, live = values["/memory/classes/heap/objects:bytes"]
    goal_times, goals = values["/gc/heap/goal:bytes"]
    found = []
    for row in tables["ranges"].to_pylist():
        if row["kind"] != "gc" or row["time_ns"] is None or row["end_time_ns"] is None:
            continue
        start = bisect_right(live_times, row["time_ns"]) - 1
        end = bisect_right(live_times, row["end_time_ns"]) - 1
        goal = bisect_left(goal_times, row["end_time_ns"])
        if goal < len(goals):
            before = live[start - 1] if start else 0
            found.append(Cycle(before, live[start], live[end], goals[goal]))
    return found
