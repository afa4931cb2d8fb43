"""A trace of Go 1.21 in columns, beside Go's own parser: `python -m tests.bench.bench_v1`.

Takes traces as arguments, or records one of scheduling of some 100 MB (`GOTRACE_BENCH_MB`) with the
Go 1.21 among `tests.goroots`. Go's side is `internal/trace.Parse` of that Go, and keeps nothing.
Both take turns; prints the best CPU and wall time of `GOTRACE_BENCH_RUNS` (3) for both, and peak
memory. No test: times depend on what else the machine does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.bench_conversion import SOURCE, measure
from tests.goroots import GOROOTS, GoRoot
from tests.readers.trace.v1.go_1_21 import build_parser

__all__ = ["main"]

ORDER = """
import sys
from gotrace.readers.trace.v1.stream import V1Stream
with open(sys.argv[1], "rb") as file:
    print(sum(len(chunk) for chunk in V1Stream(file, strict=True, reuse=True)))
"""


def main(paths: list[str]) -> None:
    """Measure each trace."""
    runs = int(os.environ.get("GOTRACE_BENCH_RUNS", "3"))
    root = next(root for root in GOROOTS if (root.path / "VERSION").read_text()[:6] == "go1.21")
    parser = build_parser(root)
    with tempfile.TemporaryDirectory() as folder:
        for path in paths or [_record(root, Path(folder))]:
            go, ours = [], []
            for _ in range(runs):
                go.append(measure([str(parser), path, "count"]))
                ours.append(measure([sys.executable, "-c", ORDER, path]))
            print(f"{Path(path).name}, {Path(path).stat().st_size / 1e6:.0f} MB")
            for name, found in (("go", go), ("gotrace", ours)):
                wall, cpu, memory = (min(column) for column in zip(*found, strict=True))
                print(f"  {name:8} {wall:6.2f} s wall {cpu:6.2f} s CPU {memory:5.0f} MB at most")
            print("  " + _ratios(go, ours))


def _ratios(go: list[tuple[float, float, float]], ours: list[tuple[float, float, float]]) -> str:
    wall, cpu = (min(row[i] for row in go) / min(row[i] for row in ours) for i in (0, 1))
    return f"{wall:.1f} times as fast in wall time, {cpu:.1f} in CPU; start of Python included"


def _record(root: GoRoot, folder: Path) -> str:
    """A fresh trace: that Go's `trace.Start` writes the format of Go 1.21."""
    go, program, path = root.path / "bin" / "go", folder / "traces", folder / "sched.trace"
    settings = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"}
    subprocess.run([go, "build", "-o", program, SOURCE], env=settings, check=True)
    size = os.environ.get("GOTRACE_BENCH_MB", "100")
    subprocess.run([program, "sched", size, path], env={"GOMAXPROCS": "2"}, check=True)
    return str(path)


if __name__ == "__main__":
    main(sys.argv[1:])
