"""The packages of a module that have tests, or benchmarks, as `go list` names them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gotrace.capture.go_command import GoCommand, last_words
from gotrace.capture.process import CommandError
from gotrace.errors import UsageError

__all__ = ["BenchPackage", "GoPackage", "Listed", "list_packages", "packages_with_tests"]

_BENCHMARK = re.compile(rb"^func\s+Benchmark", re.M)
_FIELDS = "ImportPath,Dir,Module,TestGoFiles,XTestGoFiles,IgnoredGoFiles,Error"
_PATH_AND_MODULE = "{{.ImportPath}}\t{{if .Module}}{{.Module.Path}}{{end}}"
_WITH_TESTS = "{{if or .TestGoFiles .XTestGoFiles}}" + _PATH_AND_MODULE + "{{end}}"
_WORDS = 300


@dataclass(frozen=True)
class GoPackage:
    """A package that has tests; `module` is empty outside a module."""

    path: str
    module: str


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
    """That of the packages; empty where they are of several (a workspace), or of none."""
    packages: tuple[BenchPackage, ...]
    broken: tuple[tuple[str, str], ...]
    """(package, what Go says of it)"""
    left_out: tuple[str, ...] = ()
    """Files with benchmarks that build constraints leave out."""


def list_packages(go: GoCommand, patterns: Sequence[str], tags: str) -> Listed:
    """Ask `go list`. Raises CommandError, with what Go says, where it answers nothing of use."""
    flags = [f"-tags={tags}"] if tags else []
    asked = ["list", "-e", *flags, f"-json={_FIELDS}", "--"]
    rows = _rows(go, [*asked, *patterns])
    if tuple(patterns) == ("./...",) and not any(row.get("Module") for row in rows):
        modules_below = _workspace_patterns(go)
        rows = _rows(go, [*asked, *modules_below]) if modules_below else rows
    broken = [(str(row.get("ImportPath", "")), _error_of(row)) for row in rows if row.get("Error")]
    packages = tuple(
        BenchPackage(row["ImportPath"], Path(row["Dir"]), (row.get("Module") or {}).get("Path", ""))
        for row in rows
        if row.get("Dir") and _has_benchmarks(row)
    )
    whole = {package.path for package in packages}
    modules = {package.module for package in packages}
    return Listed(
        modules.pop() if len(modules) == 1 else "",
        packages,
        tuple((path, why) for path, why in broken if path not in whole),
        tuple(
            str(Path(row["ImportPath"], name)) for row in rows for name in _ignored_benchmarks(row)
        ),
    )


def packages_with_tests(
    go: GoCommand, flags: Sequence[str], patterns: Sequence[str]
) -> tuple[GoPackage, ...]:
    """The packages of `patterns` that have tests, in the order of `go list`.

    Raises CommandError where a pattern matches nothing or cannot be loaded.
    """
    ended = go.run("list", *flags, "-f", _WITH_TESTS, "--", *patterns)
    if not ended.is_good:
        raise CommandError(f"`go list` failed: {last_words(ended)}: nothing was tested")
    lines = ended.output.decode("utf-8", "replace").splitlines()
    rows = [line.partition("\t") for line in lines if line.strip()]
    return tuple(GoPackage(path, module) for path, _, module in rows)


def _rows(go: GoCommand, words: Sequence[str]) -> list[dict[str, Any]]:
    ended = go.run(*words)
    if not ended.is_good:
        raise CommandError(f"`go list` failed: {last_words(ended)}")
    return list(_objects(ended.output.decode("utf-8", "replace")))


def _workspace_patterns(go: GoCommand) -> list[str]:
    """All packages of the modules of a workspace that are below the folder.

    In a folder above them `./...` matches nothing: Go has patterns below a module only.
    """
    ended = go.run("list", "-m", "-f", "{{.Dir}}")
    folders = [Path(line) for line in ended.output.decode("utf-8", "replace").splitlines()]
    here = go.folder.resolve()
    below = [one for one in folders if one.is_absolute() and one.resolve().is_relative_to(here)]
    return [f"{folder}/..." for folder in below] if ended.is_good else []


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


def _ignored_benchmarks(row: Mapping[str, Any]) -> list[str]:
    names = [name for name in row.get("IgnoredGoFiles") or () if name.endswith("_test.go")]
    return [name for name in names if _declares(Path(row["Dir"], name))]


def _has_benchmarks(row: Mapping[str, Any]) -> bool:
    files = [*(row.get("TestGoFiles") or ()), *(row.get("XTestGoFiles") or ())]
    return any(_declares(Path(row["Dir"], name)) for name in files)


def _declares(file: Path) -> bool:
    try:
        return _BENCHMARK.search(file.read_bytes()) is not None
    except OSError:
        return True  # the compiler says what is wrong with it
