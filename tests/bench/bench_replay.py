"""`gotrace replay` beside Go's own reader: `python -m tests.bench.bench_replay [TRACE...]`.

For each trace (or one that `bench_conversion` records): how many allocations and frees a second the
kernel attributes to objects, spans, types and cycles, how fast the sums over objects are, and the
whole command beside Go, which only reads. Then the memory of the command as the live heap grows, on
traces of a program that keeps all it allocates: bytes for each live object. No test: times depend
on what else the machine does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from gotrace import kernels
from gotrace.analyses.replay import arenas, census, fill, heap, pairs
from gotrace.readers.trace.derive import heap as derive_heap
from gotrace.readers.trace.derive.chunk import numbers
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import Derivation
from gotrace.replay_pipeline import replay_trace
from tests.bench.bench_conversion import measure, record
from tests.goroots import GOROOTS
from tests.readers.trace.real_reader import go_reader

__all__ = ["main"]

_ATTRIBUTED = numbers("HeapObjectAlloc", "HeapObjectFree")
_PROGRAM = Path(__file__).parent / "go_growth" / "main.go"
_FOLDS = (arenas, census, fill, heap, pairs)
_GROWTH = (250_000, 1_000_000, 4_000_000)
_COMMAND = (sys.executable, "-m", "gotrace", "replay", "--format", "csv", "--table", "replay_types")


class Timed:
    """A kernel whose functions count the seconds of CPU time that they take."""

    def __init__(self, kernel: ModuleType) -> None:
        self._kernel = kernel
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._kernel, name)
        return self._timed(found) if callable(found) else found

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            start = time.process_time()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.process_time() - start

        return run


def main(paths: list[str]) -> None:
    """Measure each trace, then the growth of memory."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("GOTRACE_BENCH_FOLDER")) as folder:
        for path in paths or record(Path(folder))[:1]:
            print(f"{Path(path).name}, {Path(path).stat().st_size / 1e6:.0f} MB")
            print_speed(path)
            for name, command in (
                ("go reads", [str(go_reader()), "count", path]),
                ("gotrace replays", [*_COMMAND, path]),
            ):
                wall, cpu, memory = measure(command)
                print(f"  {name:17} {wall:6.2f} s wall {cpu:6.2f} s CPU {memory:5.0f} MB")
        print_growth(Path(folder))


def print_speed(path: str) -> None:
    """The kernels alone."""
    runs = int(os.environ.get("GOTRACE_BENCH_RUNS", "3"))
    attributed = min(attribution(path) for _ in range(runs))
    count = steps(path)
    print(f"  attribution       {count / attributed / 1e6:6.1f} million allocs and frees a second")
    sums = Timed(kernels.load("heap_census"))
    with _kernel_of(sums, "heap_census", *_FOLDS):
        replay_trace(path)
    rate = count / sums.seconds / 1e6
    print(f"  sums over objects {rate:6.1f} million allocs and frees a second")


@contextmanager
def _kernel_of(timed: Timed, name: str, *modules: Any) -> Iterator[None]:
    """These modules get the timed kernel when they ask for `name`."""
    for module in modules:
        module.load = lambda asked: timed if asked == name else kernels.load(asked)
    try:
        yield
    finally:
        for module in modules:
            module.load = kernels.load


def attribution(path: str) -> float:
    """Seconds in the kernel `heap_objects` for a whole trace."""
    timed = Timed(kernels.load("heap_objects"))
    with _kernel_of(timed, "heap_objects", derive_heap), open_bytes(path) as content:
        derivation = Derivation({"objects", "spans", "types"})
        for _ in derivation.blocks(open_stream(content), content):
            pass
    return timed.seconds


def steps(path: str) -> int:
    """Allocations and frees in the trace."""
    counts = np.zeros(256, np.int64)
    with open_bytes(path) as content:
        for events in open_stream(content):
            counts += np.bincount(events.type, minlength=256)
    return int(counts[list(_ATTRIBUTED)].sum())


def print_growth(folder: Path) -> None:
    """Peak memory of the command, and what each more live object costs."""
    go, program = GOROOTS[0].path / "bin" / "go", folder / "growth"
    settings = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"}
    subprocess.run([go, "build", "-o", program, _PROGRAM], env=settings, check=True)
    settings |= {"GODEBUG": "traceallocfree=1", "GOMAXPROCS": "1"}
    last = (0, 0.0)
    for count in _GROWTH:
        path = folder / "growth.trace"
        subprocess.run([program, str(count), path], env=settings, check=True)
        memory = measure([*_COMMAND, str(path)])[2]
        more = (memory - last[1]) * 1e6 / (count - last[0])
        told = f", {more:.0f} bytes for each more" if last[0] else ""
        print(f"  {count:9,} live objects of 48 bytes: {memory:5.0f} MB{told}")
        last = count, memory
        path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
