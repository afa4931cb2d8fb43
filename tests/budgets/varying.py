"""How often identical code that varies is over: repeats of it, held against other repeats of it.

The program grows a map (`go_programs/grows_test.go`). Of many runs, pairs of six are drawn at
random: one is the baseline, the other is checked with the limits that exact counts get.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gotrace.analyses.budget.combine import combined
from gotrace.analyses.budget.judge import judge
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.tables.budget import Budget, Limit, Measurement, Outcome
from gotrace.tables.budget_metrics import METRICS, Combine
from tests.goroots import GoRoot

__all__ = ["HEAD", "RUNS", "row"]

HEAD = "| Go | B/op over | cannot tell | allocs/op over | cannot tell |\n|---|---:|---:|---:|---:|"
RUNS, _GROUP, _PAIRS = 240, 6, 4000
_PROGRAM = Path(__file__).parent / "go_programs" / "grows_test.go"
_FLOORS = {"B/op": 8.0, "allocs/op": 0.0}
"""Unit → the floor of its budget in the sample; both allow 0 % beside it."""


def row(root: GoRoot, folder: Path) -> str:
    """Measure with one Go, in an empty folder: a row of the table."""
    values = _measured(root, folder)
    cells = [root.path.joinpath("VERSION").read_text(encoding="utf-8").split()[0]]
    for unit, floor in _FLOORS.items():
        counts = _judged(values[unit], Budget(unit, METRICS[unit], Limit(None, 0.0, floor)))
        for outcome in (Outcome.OVER, Outcome.CANNOT_TELL):
            cells.append(f"{100 * counts[outcome] / _PAIRS:.2f} %")
    return f"| {' | '.join(cells)} |"


def _measured(root: GoRoot, folder: Path) -> dict[str, list[float]]:
    """Unit → its value in every run."""
    (folder / "go.mod").write_text("module grows\n\ngo 1.21\n", encoding="utf-8")
    (folder / _PROGRAM.name).write_text(_PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")
    command = [str(root.go), "test", "-bench", ".", "-benchtime", "100x", "-count", str(RUNS), "."]
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOENV": "off"}
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    log = folder / "bench.txt"
    log.write_bytes(done.stdout)
    table = read_benchmarks(str(log)).columns["benchmark_values"]
    units, values = table.coded("unit"), table.array("value").tolist()
    return {unit: [v for at, v in enumerate(values) if units[at] == unit] for unit in _FLOORS}


def _judged(values: Sequence[float], budget: Budget) -> Counter[Outcome]:
    """The verdicts on pairs of groups that have no run in common."""
    dice = random.Random(6)
    counts: Counter[Outcome] = Counter()
    for _ in range(_PAIRS):
        drawn = dice.sample(values, 2 * _GROUP)
        now, before = (_group(half) for half in (drawn[:_GROUP], drawn[_GROUP:]))
        counts[judge(budget, now, before).outcome] += 1
    return counts


def _group(values: Sequence[float]) -> Measurement:
    repeats = [Measurement(value, value, value, "", (value,)) for value in values]
    return combined(repeats, Combine.MINIMUM)
