"""Events in order, as columns, beside Go's own reader: `python -m tests.bench.bench_ordering`.

Takes traces as arguments, or records two as `bench_conversion` does. Both read a trace to its end
and keep nothing, taking turns; prints the best of `GOTRACE_BENCH_RUNS` (5) for both, of wall and of
CPU time: of the whole process, and of reading alone, without the start of Python and its imports.
The goal is one of wall time, with both processors allowed, so it wants a machine that does nothing
else. Python's modules are compiled beforehand, as they are where gotrace is installed, and NumPy
starts no threads, as under the command `gotrace`. No test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.bench.bench_conversion import measure, record
from tests.readers.trace.real_reader import go_reader

__all__ = ["main"]

ORDER = """
import sys, time
from gotrace.readers.trace.stream import TraceStream
with open(sys.argv[1], "rb") as file:
    wall, cpu = time.perf_counter(), time.process_time()
    rows = sum(len(chunk) for chunk in TraceStream(file, strict=True, reuse=True))
    print(rows, time.perf_counter() - wall, time.process_time() - cpu)
"""


class Runs(NamedTuple):
    """Wall and CPU seconds, and peak memory in MB, of all runs."""

    wall: list[float]
    cpu: list[float]
    memory: list[float]

    def add(self, wall: float, cpu: float, memory: float) -> None:
        """Note one run."""
        for values, value in zip(self, (wall, cpu, memory), strict=True):
            values.append(value)


def main(paths: list[str]) -> None:
    """Measure each trace."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        subprocess.run([sys.executable, "-c", ORDER.splitlines()[2]], check=True)
        for path in paths or record(Path(folder)):
            _compare(path, int(os.environ.get("GOTRACE_BENCH_RUNS", "5")))


def _compare(path: str, runs: int) -> None:
    go, ours, reading = (Runs([], [], []) for _ in range(3))
    rows = 0
    for _ in range(runs):
        go.add(*measure([str(go_reader()), "count", path]))
        ours.add(*measure([sys.executable, "-c", ORDER, path]))
        rows, wall, cpu = _reading(path)
        reading.add(wall, cpu, 0)
    print(f"{Path(path).name}, {Path(path).stat().st_size / 1e6:.0f} MB, {rows} events")
    for name, found in (("go", go), ("gotrace", ours), ("  reading", reading)):
        memory = f"{max(found.memory):5.0f} MB at most" if any(found.memory) else ""
        print(f"  {name:9} {min(found.wall):6.2f} s wall {min(found.cpu):6.2f} s CPU {memory}")
    for name, found in (("start of Python included", ours), ("without", reading)):
        walls, cpus = min(go.wall) / min(found.wall), min(go.cpu) / min(found.cpu)
        print(f"  {walls:.1f} times as fast by wall time, {cpus:.1f} by CPU time, {name}")


def _reading(path: str) -> tuple[int, float, float]:
    """The events, and wall and CPU seconds from the opened file to its last event."""
    command = [sys.executable, "-c", ORDER, path]
    output = subprocess.run(command, check=True, capture_output=True).stdout.split()
    return int(output[0]), float(output[1]), float(output[2])


if __name__ == "__main__":
    main(sys.argv[1:])
