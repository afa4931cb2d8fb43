"""Rounds of benchmarks, interleaved over arms and packages: a slow minute hits all alike."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gotrace.capture.manifest_file import ManifestFile, writing
from gotrace.capture.package_runs import PackageRuns, RoundResult
from gotrace.capture.steps import Steps
from gotrace.tables.manifest import BENCH, DEFAULT_ARM, RecordingEntry

__all__ = ["record_rounds"]

_FAILURES = 2
"""Of one arm in one package, before it is given up."""


def record_rounds(
    packages: Sequence[PackageRuns],
    arms: Sequence[str],
    count: int,
    benchtime: str,
    folder: Path,
    manifest: ManifestFile,
    steps: Steps,
) -> None:
    """Run all rounds; every other one takes the arms in the other order.

    Each finished run is appended to the file of its arm. An arm that fails again and again in a
    package, or takes too much memory once, is given up there, with a note. Raises InputError where
    a file cannot be written.
    """
    logs = {arm: _ArmLog(arm, folder, manifest) for arm in arms}
    failures: dict[tuple[str, str], int] = {}
    for number in range(count):
        order = arms if number % 2 == 0 else tuple(reversed(arms))
        for place, package in enumerate(packages, 1):
            for arm in order:
                path = package.binary.package.path
                what = f"round {number + 1} of {count}: {path}, {arm}"
                with steps.step(what, place, len(packages)):
                    if failures.get((path, arm), 0) >= _FAILURES:
                        continue
                    result = package.round(arm, benchtime)
                    logs[arm].append(path, number + 1, result)
                    if not result.trouble:
                        continue
                    is_mended = arm == DEFAULT_ARM and package.leave_out(result.ended)
                    if not is_mended:
                        weight = _FAILURES if arm != DEFAULT_ARM else 1
                        failures[path, arm] = failures.get((path, arm), 0) + weight


class _ArmLog:
    """The file of one arm, and its entry in the manifest."""

    def __init__(self, arm: str, folder: Path, manifest: ManifestFile) -> None:
        self._arm, self._manifest = arm, manifest
        self._path = folder / "bench" / f"{arm}.txt"
        self._relative = self._path.relative_to(folder).as_posix()
        self._rounds: dict[str, int] = {}
        self._notes: list[str] = []
        self._seconds = 0.0

    def append(self, package: str, number: int, result: RoundResult) -> None:
        """What a run printed; where it went wrong, what it had printed before."""
        self._seconds += result.ended.duration_s
        has_results = b"ns/op" in result.lines
        if result.trouble:
            self._notes.append(f"round {number} of {package}: {result.trouble}")
        if result.ended.is_cut:
            self._notes.append(f"round {number} of {package} printed too much to keep")
        if has_results:
            self._write(result.lines)
            self._rounds[package] = self._rounds.get(package, 0) + 1
            self._tell(result)
        elif not self._rounds:
            self._manifest.skip(BENCH, package, f"{self._arm}: {result.trouble or 'no results'}")
        else:
            self._tell(result)

    def _write(self, lines: bytes) -> None:
        """Append the whole round or nothing of it."""
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            before = self._path.stat().st_size if self._path.exists() else 0
            try:
                with self._path.open("ab") as file:
                    if not before:
                        version = self._manifest.manifest.toolchain.go_version
                        file.write(f"goversion: {version}\n".encode())
                    file.write(lines)
            except OSError:
                with suppress(OSError):
                    os.truncate(self._path, before)
                raise

    def _tell(self, result: RoundResult) -> None:
        self._manifest.add(
            RecordingEntry(
                BENCH,
                "",
                self._relative,
                self._arm,
                max(self._rounds.values(), default=0),
                result.ended.command,
                result.environment,
                result.ended.exit_code,
                round(self._seconds, 3),
                tuple(self._notes),
            )
        )
