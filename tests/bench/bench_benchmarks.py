"""Time and memory of gotrace on logs of `go test -bench`, and of a check in CI.

    python -m tests.bench.bench_benchmarks [--results N] [--runs N]

The sample's small log shows the start-up of `gotrace budget check`; a made-up log of N results
(18,500 benchmarks of ten repeats each, three units), written once to out/bench/, is read by
`budget check`, `report` and `diff` against itself. Wall time is that of the whole process, peak
memory its largest resident size (getrusage). Prints Markdown for docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["main"]

# Small on purpose: a child's peak memory counts from its parent's size at the fork.
ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "out/bench"
SAMPLE = ROOT / "sample_traces/programs/budgeted"
RESULTS, REPEATS = 185_000, 10
BUDGET = '[budget.all]\nmetric = "allocs/op"\nbenchmark = "."\nmax = 2000\n'


@dataclass
class Cost:
    """Wall and CPU seconds of each run, and the most memory of any."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    peak_bytes: int = 0

    def add(self, arguments: list[str]) -> None:
        """Run gotrace once more; one that fails ends the benchmark."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        environment |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(OUT / "pycache")}
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "gotrace", *arguments],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        self.walls.append(time.perf_counter() - start)
        self.cpus.append(usage.ru_utime + usage.ru_stime)
        self.peak_bytes = max(self.peak_bytes, usage.ru_maxrss * 1024)
        if status:
            raise SystemExit(f"gotrace {' '.join(arguments)} failed: {status}")

    def row(self, what: str) -> str:
        """One line of the table."""
        cells = [
            what,
            f"{statistics.median(self.walls):.2f} s ({min(self.walls):.2f})",
            f"{statistics.median(self.cpus):.2f} s ({min(self.cpus):.2f})",
            f"{self.peak_bytes / (1 << 20):.0f} MiB",
        ]
        return f"| {' | '.join(cells)} |"


def made(results: int) -> Path:
    """The made-up log, the same bytes on every machine."""
    path = OUT / f"bench-{results}.txt"
    if path.exists():
        return path
    dice = random.Random(results)
    lines = ["goos: linux", "goarch: amd64", "pkg: example.com/made"]
    for number in range(results // REPEATS):
        speed, allocations = dice.randrange(50, 5_000_000), dice.randrange(1, 1000)
        lines += [
            f"BenchmarkMade/case={number}-8 \t{10**8 // speed}\t{speed * dice.uniform(1, 1.1):.1f} "
            f"ns/op\t{allocations * 48} B/op\t{allocations} allocs/op"
            for _ in range(REPEATS)
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, "PASS", "ok  \texample.com/made\t9.9s", ""]), "utf-8")
    (OUT / "gotrace.toml").write_text(BUDGET, "utf-8")
    return path


def commands(log: Path) -> dict[str, list[str]]:
    """What is shown → what is run."""
    small = SAMPLE / "recorded/within"
    sample = [str(path) for path in (small / "benchmarks.txt", *small.glob("*/*.pb.gz"))]
    check = ["budget", "check", "--budgets"]
    return {
        "`budget check` of the sample": [*check, str(SAMPLE / "gotrace.toml"), *sample],
        "`budget check`": [*check, str(OUT / "gotrace.toml"), str(log)],
        "`report`": ["report", str(log)],
        "`diff`": ["diff", str(log), str(log)],
    }


def main() -> None:
    """Measure everything that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=int, default=RESULTS)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    log = made(asked.results)
    load = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs"
    print(
        f"{asked.results:,} results, {log.stat().st_size / 1e6:.1f} MB; {asked.runs} runs, {load}\n"
    )
    print("| command | wall, median (best) | CPU, median (best) | peak |\n|---|---:|---:|---:|")
    for what, arguments in commands(log).items():
        Cost().add(arguments)  # from a warm cache, and compiled
        cost = Cost()
        for _ in range(asked.runs):
            cost.add(arguments)
        print(cost.row(what))


if __name__ == "__main__":
    main()
