"""The runs of one package's test binary: rounds of its arms, profiles, traces."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gotrace.capture.bench_binary import BenchBinary
from gotrace.capture.environment import changes, with_godebug
from gotrace.capture.go_command import last_words
from gotrace.capture.manifest_file import ManifestFile, writing
from gotrace.capture.module_request import Validate
from gotrace.capture.plan import Plan, arm_benchtime, nanoseconds
from gotrace.capture.result_lines import measured, result_lines
from gotrace.capture.watched_run import Bounds, Ended
from gotrace.tables.manifest import (
    ALLOCATIONS,
    BENCH,
    CPU,
    DEFAULT_ARM,
    GC_OFF_ARM,
    HEAP,
    SBRK_ARM,
    TRACE,
    RecordingEntry,
)

__all__ = ["PackageRuns", "RoundResult"]

_TRACE_BYTES = 512 << 20
"""What a trace may grow to: a run of one iteration that writes more is stopped."""
_PROFILE_BYTES = 1 << 30
_PATIENCE = 5.0
"""How many times longer than planned a run may take on a busy machine, profiled or traced."""


@dataclass(frozen=True)
class RoundResult:
    """One round of one arm: its lines, how it was run, and what went wrong."""

    lines: bytes
    ended: Ended
    environment: Mapping[str, str]
    trouble: str


class PackageRuns:
    """What is run of one package, once its binary stands and its plan is known."""

    def __init__(
        self,
        binary: BenchBinary,
        plan: Plan,
        environment: Mapping[str, str],
        bounds: Bounds,
        manifest: ManifestFile,
        folder: Path,
    ) -> None:
        """`folder` is that of the manifest; `bounds` are those of any run."""
        self.binary, self.plan = binary, plan
        self._environment, self._bounds = environment, bounds
        self._manifest, self._folder = manifest, folder

    def round(self, arm: str, benchtime: str) -> RoundResult:
        """One round of an arm."""
        environment = dict(self._environment)
        count = len(self.binary.benchmarks)
        benchmarks = self.binary.benchmarks.values()
        time = benchtime
        if arm == GC_OFF_ARM:
            environment["GOGC"] = "off"
            environment.pop("GOMEMLIMIT", None)  # it would collect all the same
            time = arm_benchtime(benchmarks, benchtime, self._bounds.memory_bytes)
        elif arm == SBRK_ARM:
            environment = with_godebug(environment, "sbrk=1")
            # Nothing is ever freed: all benchmarks of the run have to fit in together.
            room = self._bounds.memory_bytes // max(2 * count, 1)
            time = arm_benchtime(benchmarks, benchtime, room)
        ended = self.binary.run(self.binary.command(time), environment, self._enough(time))
        trouble = "" if ended.is_good else last_words(ended)
        return RoundResult(result_lines(ended.output), ended, changes(environment), trouble)

    def leave_out(self, ended: Ended) -> bool:
        """Run no more what made a run fail; whether that was found, and anything is left.

        The last benchmark stays: it may do in another run what it did not in this.
        """
        if len(self.binary.functions) < 2:
            return False
        found = self.binary.leave_out(ended)
        for name in found:
            why = f"{name} is left out from here on: {last_words(ended)}"
            self._manifest.skip(BENCH, self.binary.package.path, why)
        return bool(found and self.binary.benchmarks)

    def seconds(self, benchtime: str) -> float:
        """About what one run with a `-benchtime` takes: Go comes near it in ever longer tries."""
        asked = nanoseconds(benchtime)
        total = 0.05
        for one in self.binary.benchmarks.values():
            least = one.ns / 1e9
            if asked is None:
                total += int(benchtime[:-1]) * least
            else:
                total += max(1.6 * asked / 1e9, least)
        return total

    def _enough(self, benchtime: str) -> Bounds:
        """The bounds of a run: with many benchmarks it may take longer than any one run should."""
        seconds = max(self._bounds.seconds, _PATIENCE * self.seconds(benchtime))
        return replace(self._bounds, seconds=seconds)

    def profile_seconds(self) -> tuple[float, float, float, float]:
        """About what the four runs of profiles and traces take."""
        plan = self.plan
        cpu, trace = self.seconds(plan.cpu), self.seconds(plan.trace)
        return cpu, 2 * self.seconds(plan.heap.benchtime), trace, 3 * trace

    def cpu(self, place: Path) -> None:
        """A CPU profile of a run long enough for its samples."""
        self._record(CPU, place, self.plan.cpu, [f"-test.cpuprofile={place}"])

    def heap(self, place: Path) -> None:
        """A heap profile at the rate of the plan."""
        heap = self.plan.heap
        flags = [f"-test.memprofile={place}", f"-test.memprofilerate={heap.rate}"]
        self._record(HEAP, place, heap.benchtime, flags, (heap.why,))

    def trace(self, place: Path) -> None:
        """An execution trace of a short run."""
        self._record(TRACE, place, self.plan.trace, [f"-test.trace={place}"])

    def allocations(self, place: Path, go_version: str, validate: Validate | None) -> None:
        """An alloc/free trace, tried with ever fewer iterations; each is read before it counts.

        From Go 1.24 on such a trace can come out damaged, and can crash the program.
        """
        if _minor(go_version) < 23:
            why = f"{go_version} writes no alloc/free events; Go 1.23 or later does"
            self._manifest.skip(ALLOCATIONS, self.binary.package.path, why)
            return
        environment = with_godebug(self._environment, "traceallocfree=1")
        troubles: list[str] = []
        for benchtime in self.plan.allocations:
            command = self.binary.command(benchtime, f"-test.trace={place}")
            bounds = replace(self._enough(benchtime), files=(place,), file_bytes=_TRACE_BYTES)
            ended = self._run(command, environment, place, bounds)
            trouble = _trouble(ended, place) or (validate(place) if validate is not None else "")
            if not trouble:
                notes = [f"attempt {number}: {why}" for number, why in enumerate(troubles, 1)]
                self._add(ALLOCATIONS, place, ended, environment, notes)
                return
            troubles.append(trouble)
        self._discard(place)
        tried = "; ".join(dict.fromkeys(troubles))
        why = f"tried {len(troubles)} times, no whole trace came out: {tried}"
        self._manifest.skip(ALLOCATIONS, self.binary.package.path, why)

    def _record(
        self,
        role: str,
        place: Path,
        benchtime: str,
        flags: Sequence[str],
        notes: Sequence[str] = (),
    ) -> None:
        """Run once, and keep the file if the run was good."""
        most = _TRACE_BYTES if role == TRACE else _PROFILE_BYTES
        while True:
            command = self.binary.command(benchtime, *flags)
            bounds = replace(self._enough(benchtime), files=(place,), file_bytes=most)
            ended = self._run(command, self._environment, place, bounds)
            trouble = _trouble(ended, place)
            if not (trouble and self.leave_out(ended)):
                break
        if trouble:
            self._discard(place)
            self._manifest.skip(role, self.binary.package.path, trouble)
        else:
            self._add(role, place, ended, self._environment, notes)

    def _run(
        self, command: Sequence[str], environment: Mapping[str, str], place: Path, bounds: Bounds
    ) -> Ended:
        """Run; where we are ended meanwhile, half a file goes."""
        with writing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
        is_over = False
        try:
            ended = self.binary.run(command, environment, bounds)
            is_over = True
        finally:
            if not is_over:
                self._discard(place)
        return ended

    def _add(
        self,
        role: str,
        place: Path,
        ended: Ended,
        environment: Mapping[str, str],
        notes: Sequence[str],
    ) -> None:
        entry = RecordingEntry(
            role, self.binary.package.path, place.relative_to(self._folder).as_posix(),
            DEFAULT_ARM, 1, ended.command, changes(environment), ended.exit_code,
            round(ended.duration_s, 3), tuple(notes),
            {name: one.iterations for name, one in measured(ended.output).items()},
        )  # fmt: skip
        self._manifest.add(entry)

    @staticmethod
    def _discard(place: Path) -> None:
        with suppress(OSError):
            place.unlink(missing_ok=True)


def _trouble(ended: Ended, place: Path) -> str:
    """What is wrong with a run that was to leave a file; empty if nothing."""
    if not ended.is_good:
        return last_words(ended)
    try:
        is_empty = place.stat().st_size == 0
    except OSError:
        return "it wrote no file"
    return "it wrote an empty file" if is_empty else ""


def _minor(go_version: str) -> int:
    """21 for `go1.21.13`; of a version that is not numbered (`devel`) a late one."""
    found = re.match(r"go1\.(\d{1,3})", go_version)
    return int(found[1]) if found else 999
