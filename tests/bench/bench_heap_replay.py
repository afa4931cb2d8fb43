"""Times the compiled replay of a synthesised stream: million steps a second, memory an object.

    python -m tests.bench.bench_heap_replay [RUNTIME ...] [--steps 4] [--live 200] [--caches 4]

A step is an allocation or a free. Sizes are mixed as in servers: most of them up to 128 bytes, some
tiny, one in 2000 large. Nine of ten objects die after about 2000 others, the rest live on until
`--live` thousand are alive. A mark begins every 4 MiB, or when as much was allocated as was live,
and takes an eighth of that time. Each runtime has a process of its own, on one core. Then peak
memory for each of some million objects that all live on. No test.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gotrace.model.policies import RUNTIMES, policy_for
from gotrace.model.replay import replay
from gotrace.model.stream import StepKind, Stream

_SIZES = np.array([4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 2048, 8192, 20000, 65536])
_WEIGHTS = np.array([4, 6, 3, 14, 10, 14, 12, 10, 8, 7, 4, 3, 2, 1.5, 0.6, 0.2, 0.05])
_SLICE_STEPS = 500
"""So long one P runs before another has its turn."""


def made_stream(steps: int, live: int, caches: int, seed: int = 1) -> Stream:
    """A stream of about `steps` allocations and frees."""
    rng = np.random.default_rng(seed)
    count = (steps + live) // 2
    sizes = rng.choice(_SIZES, count, p=_WEIGHTS / _WEIGHTS.sum())
    lives: NDArray[np.float64] = np.where(rng.random(count) < 0.9, rng.exponential(2000, count), 0)
    lives[lives == 0] = rng.exponential(live * 10, int((lives == 0).sum()))
    begins = np.arange(count, dtype=np.float64)
    deaths = begins + lives + 0.5
    marks = _marks(sizes, deaths)
    times = np.concatenate((begins, deaths, marks))
    kinds = np.concatenate(
        (
            np.full(count, StepKind.ALLOC),
            np.full(count, StepKind.FREE),
            np.tile([StepKind.MARK_BEGIN, StepKind.MARK_END], len(marks) // 2),
        )
    )
    order = np.argsort(times, kind="stable")
    order = order[times[order] < count]
    numbers = np.concatenate((np.arange(count), np.arange(count), np.zeros(len(marks), int)))
    pointers = np.concatenate((rng.random(count) < 0.55, np.zeros(count + len(marks), bool)))
    asked = np.concatenate((sizes, np.zeros(count + len(marks), int)))
    rows = len(order)
    return Stream(
        kind=kinds[order].astype(np.uint8),
        cache=(np.arange(rows) // _SLICE_STEPS % caches).astype(np.int32),
        object=numbers[order].astype(np.int64),
        size=asked[order].astype(np.int64),
        has_pointers=pointers[order],
        is_exact=np.ones(rows, bool),
    )


def _marks(sizes: NDArray[np.int64], deaths: NDArray[np.float64]) -> NDArray[np.float64]:
    """When marks begin and end, in turn."""
    allocated = np.cumsum(sizes)
    freed = np.cumsum(sizes[np.argsort(deaths)])
    deaths = np.sort(deaths)
    times: list[float] = []
    at = 0
    while True:
        dead = int(np.searchsorted(deaths, at))
        live = int(allocated[at] - (freed[dead - 1] if dead else 0))
        step = max(4 << 20, live)
        end = int(np.searchsorted(allocated, allocated[at] + step))
        if end >= len(sizes):
            return np.array(times)
        times += [end - (end - at) / 8 + 0.25, end + 0.25]
        at = end


def kept_stream(count: int) -> Stream:
    """`count` objects of 48 bytes, all of which live to the end, and a mark now and then."""
    kinds = np.full(count, StepKind.ALLOC, np.uint8)
    kinds[100_000::200_000], kinds[110_000::200_000] = StepKind.MARK_BEGIN, StepKind.MARK_END
    return Stream(
        kind=kinds,
        cache=np.zeros(count, np.int32),
        object=np.arange(count, dtype=np.int64),
        size=np.full(count, 48, np.int64),
        has_pointers=np.ones(count, np.bool_),
        is_exact=np.ones(count, np.bool_),
    )


def print_speed(runtime: str, asked: argparse.Namespace) -> None:
    """The best CPU time of some runs: others may be using the machine."""
    policy = policy_for(runtime)
    stream = made_stream(int(asked.steps * 1e6), int(asked.live * 1e3), asked.caches)
    steps = int((stream.kind <= StepKind.FREE).sum())
    seconds = []
    for _ in range(asked.runs):
        begin = time.process_time()
        played = replay(stream, policy)
        seconds.append(time.process_time() - begin)
    objects = sum(played.statistics.objects_by_class.values())
    print(
        f"{runtime:18}{steps / min(seconds) / 1e6:6.1f} million steps a second of CPU"
        f" ({steps / np.median(seconds) / 1e6:.1f} as a rule){played.marks_count:6} marks,"
        f" at the end {objects / 1e3:,.0f} thousand slots in use,"
        f" {played.statistics.mapped_bytes / 2**20:.0f} MiB mapped",
        flush=True,
    )


def print_growth(runtime: str, asked: argparse.Namespace) -> None:
    """Peak memory of a replay of objects that all live on; the stream itself is not counted."""
    count = int(asked.growth * 1e6)
    stream = kept_stream(count)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from what is in use
    before = _status_bytes("VmHWM")
    played = replay(stream, policy_for(runtime))
    more = _status_bytes("VmHWM") - before
    columns = sum(column.nbytes for column in played.placements)
    print(
        f"{runtime:18}{count:12,} objects, all live: {more / count:5.1f} bytes for each,"
        f" of which {columns / count:.0f} are its row of placements",
        flush=True,
    )


def _status_bytes(name: str) -> int:
    """A line of Linux's `/proc/self/status`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024


def main() -> None:
    """Measure the runtimes named, all if none is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runtimes", nargs="*", default=list(RUNTIMES))
    parser.add_argument("--steps", type=float, default=4, help="millions")
    parser.add_argument("--live", type=float, default=200, help="thousands of objects")
    parser.add_argument("--caches", type=int, default=4)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--growth", type=float, default=4, help="millions of objects that live on")
    parser.add_argument("--part", choices=("speed", "growth"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        (print_speed if asked.part == "speed" else print_growth)(asked.runtimes[0], asked)
        return
    for part in ("speed", "growth"):
        for runtime in asked.runtimes:
            command = [sys.executable, "-m", __spec__.name, runtime, f"--part={part}"]
            names = ("steps", "live", "caches", "runs", "growth")
            command += [f"--{name}={getattr(asked, name)}" for name in names]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
