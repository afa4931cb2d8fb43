"""The packages of a module whose tests have benchmarks, as `go list` names them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gotrace.capture.process import CommandError
from gotrace.capture.watched_run import Bounds, Ended, run_watched
from gotrace.errors import UsageError

__all__ = ["BenchPackage", "GoCommand", "Listed", "last_words", "list_packages"]

_BENCHMARK = re.compile(rb"^func\s+Benchmark", re.M)
_FIELDS = "ImportPath,Dir,Module,TestGoFiles,XTestGoFiles,Error"
_NO_NETWORK = (
    b"GOPROXY=off", b"no required module provides", b"missing go.sum entry", b"GOTOOLCHAIN=local",
    b"toolchain not available", b"GOVCS",
)  # fmt: skip
_TELLING = re.compile(
    r"^(panic:|fatal error:|SIG[A-Z]+: |unexpected fault|testing: |runtime: out of memory)"
)
_WORDS = 300


@dataclass(frozen=True)
class GoCommand:
    """The Go command of one recording: where it runs, with which environment and time."""

    go: str
    folder: Path
    environment: Mapping[str, str]
    seconds: float

    def run(self, *words: str, error_bytes: int = 1 << 20) -> Ended:
        """Run `go WORDS`, keeping so much of what it says. Raises UsageError where it cannot."""
        bounds = Bounds(self.seconds, error_bytes=error_bytes)
        return run_watched([self.go, *words], self.folder, self.environment, bounds)


@dataclass(frozen=True)
class BenchPackage:
    """A package whose test files declare benchmarks; `folder` is where its tests run."""

    path: str
    folder: Path
    module: str

    @property
    def pattern(self) -> str:
        """The packages of its module, as `-gcflags` matches them."""
        return f"{self.module}/..." if self.module else self.path


@dataclass(frozen=True)
class Listed:
    """What the patterns match: packages with benchmarks, and those that cannot be loaded."""

    module: str
    packages: tuple[BenchPackage, ...]
    broken: tuple[tuple[str, str], ...]
    """(package, what Go says of it)"""


def list_packages(go: GoCommand, patterns: Sequence[str], tags: str) -> Listed:
    """Ask `go list`. Raises CommandError, with what Go says, where it answers nothing of use."""
    flags = [f"-tags={tags}"] if tags else []
    ended = go.run("list", "-e", *flags, f"-json={_FIELDS}", "--", *patterns)
    if not ended.is_good:
        raise CommandError(f"`go list` failed: {last_words(ended)}")
    rows = list(_objects(ended.output.decode("utf-8", "replace")))
    modules = [row["Module"]["Path"] for row in rows if row.get("Module")]
    broken = [(str(row.get("ImportPath", "")), _error_of(row)) for row in rows if row.get("Error")]
    packages = tuple(
        BenchPackage(row["ImportPath"], Path(row["Dir"]), (row.get("Module") or {}).get("Path", ""))
        for row in rows
        if row.get("Dir") and _has_benchmarks(row)
    )
    whole = {package.path for package in packages}
    return Listed(
        modules[0] if modules else "",
        packages,
        tuple((path, why) for path, why in broken if path not in whole),
    )


def last_words(ended: Ended) -> str:
    """What a run that failed says of it, in a line: the line that tells most, and what to do."""
    if ended.stopped:
        return ended.stopped
    told = ended.errors if ended.errors.strip() else ended.output
    lines = [line.strip() for line in told.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.match(line)]
    compiled = [line for line in lines if re.match(r"\S+\.go:\d+", line)]
    words = (telling or compiled[:1] or lines[-1:] or ["it says nothing"])[0][:_WORDS]
    if ended.exit_code < 0:
        words = f"ended by signal {-ended.exit_code}: {words}"
    if any(sign in ended.errors for sign in _NO_NETWORK):
        words += "; gotrace downloads nothing: fetch it by `go mod download` or `go mod tidy` first"
    return words


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """JSON objects, one behind another."""
    decoder = json.JSONDecoder()
    place = 0
    try:
        while text[place:].strip():
            place += len(text[place:]) - len(text[place:].lstrip())
            found, place = decoder.raw_decode(text, place)
            yield found
    except ValueError:
        raise UsageError("`go list` answers as no Go command does") from None


def _error_of(row: Mapping[str, Any]) -> str:
    return " ".join(str(row["Error"].get("Err", "")).split())[:_WORDS]


def _has_benchmarks(row: Mapping[str, Any]) -> bool:
    files = [*(row.get("TestGoFiles") or ()), *(row.get("XTestGoFiles") or ())]
    return any(_declares(Path(row["Dir"], name)) for name in files)


def _declares(file: Path) -> bool:
    try:
        return _BENCHMARK.search(file.read_bytes()) is not None
    except OSError:
        return True  # the compiler says what is wrong with it
