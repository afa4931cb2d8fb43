"""Conversion to Parquet beside Go's own reader: `python -m tests.bench.bench_conversion`.

Go only reads the trace to its end, we write all its tables.
Takes traces as arguments, or records one of alloc/free events and one of scheduling, of some 20 MB
each (`GOTRACE_BENCH_MB` for more), with the first toolchain of `tests.goroots`. Prints wall and CPU
time and peak memory of both, in turn, the run of least wall time of `GOTRACE_BENCH_RUNS` (1), the
ratio of wall times, and the size of the tables. Python's modules are compiled beforehand, as they
are where gotrace is installed. No test: times depend on what else the machine does.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.goroots import GOROOTS
from tests.readers.trace.real_reader import go_reader

__all__ = ["main"]

SOURCE = Path(__file__).parent / "go_traces" / "main.go"
IMPORT = "from gotrace.readers.trace.conversion import convert_trace"
CONVERT = f"import sys; {IMPORT}; convert_trace(*sys.argv[1:])"


def main(paths: list[str]) -> None:
    """Measure each trace."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        measure([sys.executable, "-c", IMPORT])
        runs = int(os.environ.get("GOTRACE_BENCH_RUNS", "1"))
        for path in paths or record(Path(folder)):
            size = Path(path).stat().st_size / 1e6
            target = Path(folder) / "tables"
            found = []
            for _ in range(runs):
                shutil.rmtree(target, ignore_errors=True)
                go = measure([str(go_reader()), "count", path])
                found.append((go, measure([sys.executable, "-c", CONVERT, path, str(target)])))
            go, ours = (min(column) for column in zip(*found, strict=True))
            tables = sum(file.stat().st_size for file in target.iterdir()) / 1e6
            print(f"{Path(path).name}, {size:.0f} MB, as tables {tables:.0f} MB")
            for name, (wall, cpu, memory) in (("go reads", go), ("gotrace converts", ours)):
                print(f"  {name:17} {wall:6.2f} s wall {cpu:6.2f} s CPU {memory:5.0f} MB")
            print(f"  converting takes {ours[0] / go[0]:.2f} of the wall time of reading in Go")


def measure(command: list[str]) -> tuple[float, float, float]:
    """Wall and CPU seconds, and peak memory in MB, of a command."""
    start = time.perf_counter()
    pid = subprocess.Popen(command, stdout=subprocess.DEVNULL).pid
    _, status, used = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def record(folder: Path) -> list[str]:
    """Two fresh traces."""
    go = GOROOTS[0].path / "bin" / "go"
    program, size = folder / "traces", os.environ.get("GOTRACE_BENCH_MB", "20")
    settings = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"}
    subprocess.run([go, "build", "-o", program, SOURCE], env=settings, check=True)
    found = []
    for kind, environment in (
        ("alloc", {"GODEBUG": "traceallocfree=1", "GOMAXPROCS": "1"}),
        ("sched", {"GOMAXPROCS": "2"}),
    ):
        found.append(str(folder / f"{kind}.trace"))
        subprocess.run([program, kind, size, found[-1]], env=environment, check=True)
    return found


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.argv[1:])
