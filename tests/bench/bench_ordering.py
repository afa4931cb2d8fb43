"""Events in order, as columns, beside Go's own reader: `python -m tests.bench.bench_ordering`.

Takes traces as arguments, or records two as `bench_conversion` does. Both read a trace to its end
and keep nothing, taking turns; prints the best CPU time of `GOTRACE_BENCH_RUNS` (5) for both, which
is the wall time of a machine that does nothing else (we use one thread, Go hardly more): of the
whole process, and of reading alone, without the start of Python and its imports. No test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.bench_conversion import measure, record
from tests.readers.trace.real_reader import go_reader

__all__ = ["main"]

ORDER = """
import sys, time
from gotrace.readers.trace.stream import TraceStream
with open(sys.argv[1], "rb") as file:
    start = time.process_time()
    rows = sum(len(chunk) for chunk in TraceStream(file, strict=True, reuse=True))
    print(rows, time.process_time() - start)
"""


def main(paths: list[str]) -> None:
    """Measure each trace."""
    runs = int(os.environ.get("GOTRACE_BENCH_RUNS", "5"))
    with tempfile.TemporaryDirectory() as folder:
        for path in paths or record(Path(folder)):
            go, ours, reading = [], [], []
            for _ in range(runs):
                go.append(measure([str(go_reader()), "count", path])[1:])
                ours.append(measure([sys.executable, "-c", ORDER, path])[1:])
                reading.append(_reading(path))
            print(f"{Path(path).name}, {Path(path).stat().st_size / 1e6:.0f} MB")
            for name, found in (("go", go), ("gotrace", ours)):
                print(f"  {name:8} {min(found)[0]:6.2f} s CPU {min(found)[1]:5.0f} MB at most")
            times, rows = min(reading)
            print(f"  {min(go)[0] / min(ours)[0]:.1f} times as fast, start of Python included")
            print(f"  {min(go)[0] / times:.1f} without: {times / rows * 1e9:.0f} ns an event")


def _reading(path: str) -> tuple[float, int]:
    """CPU seconds from the opened file to its last event, and the events."""
    command = [sys.executable, "-c", ORDER, path]
    rows, seconds = subprocess.run(command, check=True, capture_output=True).stdout.split()
    return float(seconds), int(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
