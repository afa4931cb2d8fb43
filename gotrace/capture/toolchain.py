"""The Go toolchain that a command runs: what it says of itself, and of packages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from gotrace.capture.process import CommandError
from gotrace.errors import UsageError

__all__ = ["GoPackage", "Toolchain", "packages_with_tests", "toolchain_of"]

_SECONDS = 600
"""`go list` may have to download a module."""
_PATH_AND_MODULE = "{{.ImportPath}}\t{{if .Module}}{{.Module.Path}}{{end}}"
_WITH_TESTS = "{{if or .TestGoFiles .XTestGoFiles}}" + _PATH_AND_MODULE + "{{end}}"


@dataclass(frozen=True)
class Toolchain:
    """`go_version` as Go writes it: `go1.27.3`."""

    go: str
    go_version: str
    goos: str
    goarch: str
    flags: tuple[str, ...]
    """GOFLAGS, from the environment or `go env -w`."""


@dataclass(frozen=True)
class GoPackage:
    """A package that has tests; `module` is empty outside a module."""

    path: str
    module: str


def toolchain_of(go: str, flags: Sequence[str] = ()) -> Toolchain:
    """Ask `go env`; `flags` are those that change where it looks (`-C`).

    Raises UsageError where `go` is no Go command, CommandError where it fails.
    """
    names = ("GOVERSION", "GOOS", "GOARCH", "GOFLAGS")
    text = _asked([go, "env", *flags, "-json", *names])
    try:
        told = json.loads(text)
        version, goos, goarch, goflags = (str(told[name]) for name in names)
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"`{go} env` answers as no Go command does") from None
    return Toolchain(go, version, goos, goarch, tuple(goflags.split()))


def packages_with_tests(
    go: str, flags: Sequence[str], patterns: Sequence[str]
) -> tuple[GoPackage, ...]:
    """The packages of `patterns` that have tests, in the order of `go list`.

    Raises CommandError, with what Go says, where a pattern matches nothing or cannot be loaded.
    """
    text = _asked([go, "list", *flags, "-f", _WITH_TESTS, "--", *patterns])
    rows = [line.partition("\t") for line in text.splitlines() if line.strip()]
    return tuple(GoPackage(path, module) for path, _, module in rows)


def _asked(command: list[str]) -> str:
    """The standard output of a short command; its standard error is ours, as it comes."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=_SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CommandError(f"`{' '.join(command[:2])}` did not end") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"`{command[0]}` cannot be run: {why}; is Go installed?") from error
    if done.returncode:
        raise CommandError(
            f"`{' '.join(command[:2])}` failed with exit code {done.returncode}: nothing was tested"
        )
    return done.stdout.decode("utf-8", "replace")
