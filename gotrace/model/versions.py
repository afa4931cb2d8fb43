"""Go versions as data: which of them gotrace knows, and how people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gotrace.errors import UsageError

__all__ = ["KNOWN", "NEWEST", "GoVersion", "between", "known_or_none", "resolve"]

_WRITTEN = re.compile(r"(?:go)?1\.(\d{1,3})(?![0-9]).*", re.DOTALL)


@dataclass(frozen=True, order=True)
class GoVersion:
    """A release line of Go, such as go1.27. Memory rules never changed within one (1.x.y)."""

    minor: int

    def __str__(self) -> str:
        """`go1.27`, as Go writes it."""
        return f"go1.{self.minor}"


NEWEST = GoVersion(27)
"""The newest release line whose runtime source the rules were checked against."""

KNOWN = tuple(GoVersion(minor) for minor in range(NEWEST.minor + 1))
"""Every release line gotrace has rules for, oldest first."""


def resolve(text: str) -> GoVersion:
    """The release line of `1.21`, `go1.21`, `go1.21.13`, `go1.22rc1` or `go1.22-abcdef X:exp`.

    Raises UsageError for any other text and for release lines gotrace has no rules for.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"`{text}` is not a Go version; write for example `{NEWEST}`")
    version = GoVersion(int(match[1]))
    if version > NEWEST:
        raise UsageError(f"{version} is newer than the newest version known here, {NEWEST}")
    return version


def known_or_none(text: str) -> GoVersion | None:
    """As `resolve`, but None for what a recording may say and gotrace does not know."""
    try:
        return resolve(text)
    except UsageError:
        return None


def between(first: GoVersion, last: GoVersion) -> tuple[GoVersion, ...]:
    """The known release lines from `first` to `last`, both included."""
    return tuple(version for version in KNOWN if first <= version <= last)
