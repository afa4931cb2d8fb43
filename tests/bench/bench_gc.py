"""`gotrace gc` and `gotrace whatif` beside Go's own reader: `python -m tests.bench.bench_gc`.

Go only reads the trace to its end, we answer. Takes traces as arguments, or records two as
`bench_conversion` does (`GOTRACE_BENCH_MB` for more than 20 MB each). Prints wall and CPU time and
peak memory of whole processes, taking turns, of each the run of least wall time of
`GOTRACE_BENCH_RUNS` (3). Python's modules are compiled beforehand, as they are where gotrace is
installed. A trace of fewer than three cycles has no what-if: it is left out. No test.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.bench_conversion import measure, record
from tests.readers.trace.real_reader import go_reader

__all__ = ["main"]

VERBS = ("gc", "whatif")


def main(paths: list[str]) -> None:
    """Measure each trace."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        traces = paths or record(Path(folder))
        for path in traces:
            _compare(path, int(os.environ.get("GOTRACE_BENCH_RUNS", "3")))


def _compare(path: str, runs: int) -> None:
    commands = {"go reads": [str(go_reader()), "count", path]}
    for verb in VERBS:
        command = [sys.executable, "-m", "gotrace", verb, path]
        if _works(command):  # which also compiles its modules
            commands[f"gotrace {verb}"] = command
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(measure(command))
    print(f"{Path(path).name}, {Path(path).stat().st_size / 1e6:.0f} MB")
    for name, measured in found.items():
        wall, cpu, memory = min(measured)
        print(f"  {name:15} {wall:6.2f} s wall {cpu:6.2f} s CPU {memory:5.0f} MB")


def _works(command: list[str]) -> bool:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  left out: gotrace {command[3]}: {done.stderr.strip().splitlines()[-1:]}")
    return not done.returncode


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.argv[1:])
