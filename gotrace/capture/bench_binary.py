"""The test binary of one package: built once, then run again and again in the package's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gotrace.capture.go_command import GoCommand, last_words
from gotrace.capture.module_packages import BenchPackage
from gotrace.capture.result_lines import Measured, interrupted, measured, unfinished
from gotrace.capture.watched_run import Bounds, Ended, run_watched

__all__ = ["BenchBinary", "build_binary", "calibrate", "listed_benchmarks"]

_FAILED = re.compile(rb"^--- FAIL: (Benchmark[^\s/]*)", re.M)
_IN_STACK = re.compile(rb"^[^\s(]*\.(Benchmark\w*)[.(]", re.M)
_PROCS = re.compile(r"-\d+$")
_CALIBRATION = "20ms"
_MOST_CULPRITS = 20
_MOST_STOPS = 3
"""Runs that had to be ended, each after the whole of its time."""
_COMPILER_BYTES = 64 << 20


@dataclass
class BenchBinary:
    """A binary, what of it is run, and what one short run told of its benchmarks."""

    package: BenchPackage
    path: Path
    bench: str
    cpu: str = ""
    left_out: list[str] = field(default_factory=list)
    """Benchmarks that cannot be run."""
    is_verbose: bool = False
    """Whether one of them prints something itself: with `-test.v` Go writes name and result in one
    piece, where otherwise what is printed meanwhile comes between."""
    benchmarks: dict[str, Measured] = field(default_factory=dict)

    def command(self, benchtime: str, *flags: str) -> list[str]:
        """The command of one run of all benchmarks."""
        words = [
            str(self.path), "-test.run=^$", f"-test.bench={self.bench}", "-test.benchmem",
            "-test.count=1", f"-test.benchtime={benchtime}",
        ]  # fmt: skip
        if self.cpu:
            words.append(f"-test.cpu={self.cpu}")
        if self.is_verbose:
            words.append("-test.v")
        if self.left_out:
            words.append(f"-test.skip=^({'|'.join(map(re.escape, self.left_out))})$")
        return [*words, *flags]

    @property
    def functions(self) -> set[str]:
        """The benchmarks, without their parts, that are run."""
        return {_top(name) for name in self.benchmarks}

    def leave_out(self, ended: Ended) -> list[str]:
        """Run no more the benchmarks because of which a run went wrong; those that are new."""
        found = sorted(_culprits(ended) - set(self.left_out))
        self.left_out += found
        if found:
            self.benchmarks = {
                name: one for name, one in self.benchmarks.items() if _top(name) not in found
            }
        return found

    def run(self, command: Sequence[str], environment: Mapping[str, str], bounds: Bounds) -> Ended:
        """Run a command of this binary in the package's folder."""
        return run_watched(command, self.package.folder, environment, bounds)


def build_binary(
    go: GoCommand, package: BenchPackage, target: Path, tags: str, compiler_flags: str
) -> Ended:
    """`go test -c`, the flags of the compiler for the packages of the module alone."""
    flags = [f"-tags={tags}"] if tags else []
    return go.run(
        "test", "-c", "-o", str(target), *flags, f"-gcflags={package.pattern}={compiler_flags}",
        package.path, error_bytes=_COMPILER_BYTES,
    )  # fmt: skip


def calibrate(
    binary: BenchBinary, environment: Mapping[str, str], bounds: Bounds, benchtime: str
) -> list[tuple[str, str]]:
    """Run every benchmark shortly, and leave out those that fail: (benchmark, why).

    A benchmark that panics ends its binary, so the others are run again without it; where nothing
    tells which one it was (`os.Exit`), once more with names printed beforehand. An entry with no
    benchmark means that the binary fails by itself; none of its benchmarks is known then.
    """
    troubles: list[tuple[str, str]] = []
    printing: list[str] = []
    stops_count = 0
    # From 2 on Go runs each benchmark again after its first iteration, as it will in the rounds.
    short = f"{min(int(benchtime[:-1]), 2)}x" if benchtime.endswith("x") else _CALIBRATION
    while True:
        ended = binary.run(binary.command(short), environment, bounds)
        if ended.is_good and not binary.is_verbose and interrupted(ended.output):
            printing = interrupted(ended.output)
            binary.is_verbose = True
            continue
        binary.benchmarks = measured(ended.output)
        if ended.is_good:
            return [*troubles, *_unreadable(binary, printing)]
        stops_count += bool(ended.stopped)
        culprits = binary.leave_out(ended)
        if not culprits and not binary.is_verbose and not ended.stopped:
            binary.is_verbose = True
            continue
        binary.is_verbose = bool(printing)
        if not culprits or len(troubles) >= _MOST_CULPRITS or stops_count >= _MOST_STOPS:
            binary.benchmarks = {}
            return [*troubles, ("", last_words(ended))]
        troubles += [(name, last_words(ended)) for name in culprits]


def _unreadable(binary: BenchBinary, printing: Sequence[str]) -> list[tuple[str, str]]:
    """Those of whom no result can be read even so: they are run no more."""
    names = sorted({_top(one) for one in printing if one not in binary.benchmarks})
    binary.left_out += names
    return [(name, "what it prints hides its results") for name in names]


def listed_benchmarks(
    binary: BenchBinary, environment: Mapping[str, str], bounds: Bounds
) -> list[str]:
    """The benchmarks that there are, matching or not; none of a binary that does not tell."""
    ended = binary.run([str(binary.path), "-test.list=^Benchmark"], environment, bounds)
    lines = ended.output.decode("utf-8", "replace").splitlines()
    return [line for line in lines if re.fullmatch(r"Benchmark\w*", line)]


def _top(name: str) -> str:
    """The function of a benchmark: without its parts, and without the number of CPUs."""
    return _PROCS.sub("", name.partition("/")[0])


def _culprits(ended: Ended) -> set[str]:
    """The benchmarks, without their parts, that failed or were running at the end.

    Go prints a name only behind the first iteration; before that the stack alone tells.
    """
    failed = {_top(name.decode("utf-8", "replace")) for name in _FAILED.findall(ended.output)}
    if failed:
        return failed
    running = unfinished(ended.output)
    is_last = running and ended.output.rstrip().endswith(running.encode())
    stack = _IN_STACK.search(ended.errors)
    if stack and not is_last:  # what it printed itself may hide its result
        return {stack[1].decode("utf-8", "replace")}
    return {_top(running)} if running else set()
