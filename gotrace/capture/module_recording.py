"""A module's benchmarks, recorded: rounds with and without the collector, profiles, traces.

The folder holds `manifest.json`, rewritten after every recording, so that whatever ends us (Ctrl-C,
a disk that fills) leaves what is finished usable. Nothing is downloaded: see
`gotrace.capture.environment`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gotrace import __version__
from gotrace.capture.bench_binary import BenchBinary, calibrate, listed_benchmarks
from gotrace.capture.compiled import Builds, record_layouts
from gotrace.capture.environment import offline
from gotrace.capture.finding_go import find_go
from gotrace.capture.folders import package_folders
from gotrace.capture.go_command import GoCommand, last_words
from gotrace.capture.machine import available_memory_bytes, machine_facts
from gotrace.capture.manifest_file import ManifestFile, made_now
from gotrace.capture.module_packages import BenchPackage, list_packages
from gotrace.capture.module_request import ModuleRequest, WrestleProgress
from gotrace.capture.package_runs import PackageRuns
from gotrace.capture.plan import nanoseconds, plan_of
from gotrace.capture.process import CommandError, signals_unwind
from gotrace.capture.rounds import record_rounds
from gotrace.capture.steps import Steps
from gotrace.capture.toolchain import check_module, toolchain_of
from gotrace.capture.watched_run import Bounds
from gotrace.errors import InputError, UsageError
from gotrace.tables.manifest import (
    ALLOCATIONS,
    BENCH,
    DEFAULT_ARM,
    GC_OFF_ARM,
    SBRK_ARM,
    Manifest,
)

__all__ = ["record_module"]

_BENCHTIME = re.compile(r"[1-9]\d{0,11}x")
_LAST_SBRK = 23
"""From Go 1.24 on GODEBUG=sbrk=1 ends or hangs a program that collects, as `testing` does."""


def record_module(request: ModuleRequest, folder: Path, progress: WrestleProgress) -> Manifest:
    """Record the benchmarks of a module into `folder`, which is made; returns the manifest.

    What cannot be recorded stands in the manifest with its reason. Raises UsageError for a question
    that does not fit (no Go, no module, `benchtime`), CommandError where nothing could be recorded,
    InputError where the folder cannot be written. Those, Ctrl-C and SIGTERM leave no process
    behind, and in the folder what was finished.
    """
    if nanoseconds(request.benchtime) is None and not _BENCHTIME.fullmatch(request.benchtime):
        raise UsageError(f"`{request.benchtime}` is no -benchtime: write `300ms`, or `100x`")
    folder = folder.absolute()
    go = GoCommand(
        find_go(request.go), request.module_folder.absolute(), offline(), request.timeout_seconds
    )
    with signals_unwind(), _work_folder(folder) as work:
        recording = _Recording(request, folder, work, go, progress)
        try:
            return recording.run()
        except BaseException:  # Ctrl-C and SIGTERM too leave what is finished
            recording.keep()
            raise


@dataclass(frozen=True)
class _Built:
    """A package with its binary, and the name of its folders."""

    binary: BenchBinary
    name: str


class _Recording:
    """One recording, from the list of packages to the last trace."""

    def __init__(
        self,
        request: ModuleRequest,
        folder: Path,
        work: Path,
        go: GoCommand,
        progress: WrestleProgress,
    ) -> None:
        self._request, self._folder, self._work, self._go = request, folder, work, go
        self._steps = Steps(progress)
        memory = request.memory_bytes or available_memory_bytes() // 2
        self._bounds = Bounds(request.timeout_seconds, memory)
        check_module(go)
        toolchain = toolchain_of(go, tags=request.tags)
        self._listed = list_packages(go, request.packages, request.tags)
        self._version = toolchain.go_version
        self._manifest = ManifestFile(
            folder,
            Manifest(
                "wrestle",
                made_now(),
                __version__,
                self._listed.module,
                str(go.folder),
                bench=request.bench,
                toolchain=toolchain,
                machine=machine_facts(request.cpu),
            ),
        )

    def run(self) -> Manifest:
        """All of it. Raises CommandError where nothing is left to record."""
        for package, why in self._listed.broken:
            self._manifest.skip(BENCH, package, f"it cannot be loaded: {why}")
        built = self._build_all()
        runs = {one.name: self._runs(one) for one in self._calibrated(built)}
        self._manifest.of_packages([one.binary.package.path for one in runs.values()])
        arms = self._arms()
        self._plan_time(list(runs.values()), arms)
        request = self._request
        record_rounds(
            list(runs.values()), arms, request.count, request.benchtime, self._folder,
            self._manifest, self._steps,
        )  # fmt: skip
        if b"ns/op" not in self._default_log():
            raise CommandError(f"no benchmark came to its end: {self._why_not()}")
        for number, (name, one) in enumerate(runs.items(), 1):
            self._record_package(name, one, (number, len(runs)))
        self._record_layouts(runs)
        return self._manifest.close()

    def keep(self) -> None:
        """Write down what is finished, whatever ended us."""
        self._manifest.keep()

    def _build_all(self) -> list[_Built]:
        packages = self._listed.packages
        if not packages:
            patterns = " ".join(self._request.packages)
            broken = "".join(f"; {path}: {why}" for path, why in self._listed.broken[:1])
            tagged = "".join(
                f"; {file} has some, but build constraints leave it out: --tags names build tags"
                for file in self._listed.left_out[:1]
            )
            raise CommandError(f"no package of `{patterns}` has benchmarks{broken}{tagged}")
        self._steps.plan([10.0, 3.0] * len(packages))
        builds = Builds(self._go, self._folder, self._manifest, self._request.tags)
        names = package_folders((package.path, self._listed.module) for package in packages)
        built = []
        for number, package in enumerate(packages, 1):
            place = (number, len(packages))
            one = self._built(package, names[package.path], builds, place)
            if one is not None:
                built.append(one)
        if not built:
            raise CommandError(f"nothing could be built: {self._why_not()}")
        return built

    def _built(
        self, package: BenchPackage, name: str, builds: Builds, place: tuple[int, int]
    ) -> _Built | None:
        path = self._work / f"{name}.test"
        binary = BenchBinary(package, path, self._request.bench, self._request.cpu)
        with self._steps.step(f"building the tests of {package.path}", *place):
            ended = builds.build(binary, name)
        if ended.is_good:
            return _Built(binary, name)
        self._manifest.skip(BENCH, package.path, f"it does not build: {last_words(ended)}")
        self._steps.drop(1)
        return None

    def _calibrated(self, built: list[_Built]) -> list[_Built]:
        """Those with benchmarks that match and work."""
        found = []
        for number, one in enumerate(built, 1):
            path = one.binary.package.path
            with self._steps.step(f"trying the benchmarks of {path}", number, len(built)):
                troubles = calibrate(
                    one.binary, self._go.environment, self._bounds, self._request.benchtime
                )
            for name, why in troubles:
                told = f"{name} is left out: {why}" if name else why
                self._manifest.skip(BENCH, path, told)
            if one.binary.benchmarks:
                found.append(one)
        if not found:
            self._nothing_matches(built)
        return found

    def _nothing_matches(self, built: list[_Built]) -> None:
        failed = {one.package for one in self._manifest.manifest.skipped}
        names = [
            name
            for one in built
            if one.binary.package.path not in failed
            for name in listed_benchmarks(one.binary, self._go.environment, self._bounds)
        ]
        if not names:
            raise CommandError(f"no benchmark came to its end: {self._why_not()}")
        there = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        others = f". Besides, {self._why_not()}" if failed else ""
        raise CommandError(
            f"no benchmark matches `{self._request.bench}`; there are {there}{others}"
        )

    def _runs(self, one: _Built) -> PackageRuns:
        plan = plan_of(one.binary.benchmarks.values(), self._request.benchtime)
        return PackageRuns(
            one.binary, plan, self._go.environment, self._bounds, self._manifest, self._folder
        )

    def _arms(self) -> tuple[str, ...]:
        arms = [DEFAULT_ARM]
        if self._request.has_gc_off:
            arms.append(GC_OFF_ARM)
            minor = re.match(r"go1\.(\d+)", self._version)
            if minor is not None and int(minor[1]) <= _LAST_SBRK:
                arms.append(SBRK_ARM)
        return tuple(arms)

    def _plan_time(self, runs: list[PackageRuns], arms: tuple[str, ...]) -> None:
        for _ in range(self._request.count):
            self._steps.plan(one.seconds(self._request.benchtime) for one in runs for _ in arms)
        self._steps.plan(time for one in runs for time in one.profile_seconds())
        self._steps.plan([5.0], is_last=True)

    def _record_package(self, name: str, runs: PackageRuns, place: tuple[int, int]) -> None:
        path = runs.binary.package.path
        profiles, traces = self._folder / "profiles" / name, self._folder / "traces" / name
        with self._steps.step(f"CPU profile of {path}", *place):
            runs.cpu(profiles / "cpu.pb.gz")
        with self._steps.step(f"heap profile of {path}", *place):
            runs.heap(profiles / "heap.pb.gz")
        with self._steps.step(f"execution trace of {path}", *place):
            runs.trace(traces / "trace.out")
        with self._steps.step(f"trace of allocations of {path}", *place):
            if self._request.has_allocations:
                runs.allocations(traces / "allocs.trace", self._version, self._request.validate)
            else:
                self._manifest.skip(ALLOCATIONS, path, "it was not asked for")

    def _record_layouts(self, runs: dict[str, PackageRuns]) -> None:
        """One file, or one a package where there are several."""
        places = [self._folder / "layouts" / f"{name}.json" for name in runs]
        if len(runs) == 1:
            places = [self._folder / "layouts.json"]
        binaries = [one.binary for one in runs.values()]
        with self._steps.step("layouts of types"):
            record_layouts(self._go, binaries, places, self._folder, self._manifest)

    def _default_log(self) -> bytes:
        try:
            return (self._folder / "bench" / f"{DEFAULT_ARM}.txt").read_bytes()
        except OSError:
            return b""

    def _why_not(self) -> str:
        skipped = self._manifest.manifest.skipped
        first = "; ".join(f"{one.package}: {one.why}" for one in skipped[:3])
        return first + (f"; and {len(skipped) - 3} more" if len(skipped) > 3 else "")


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """A folder for binaries below that of the recording, gone at the end."""
    work = folder / "work"
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        advice = "name a folder that can be, with -o"
        raise InputError(
            f"cannot be written: {error.strerror}", source=str(folder), advice=advice
        ) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()  # if nothing was recorded
