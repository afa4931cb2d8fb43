"""What was lost or is strange, counted while reading; at the end it becomes notes."""

from __future__ import annotations

from gotrace.tables.notes import Note, Severity

__all__ = ["Trouble"]

_MOST_NAMED = 10
_LONGEST_NAMED = 80
_BUILD = "`go build -gcflags=-m=2 ./...` shows what the build says"

_KINDS: dict[str, tuple[Severity, str, str]] = {
    "build-failed": (
        Severity.FAULT,
        "the build failed, so packages may be missing: {named}",
        _BUILD,
    ),
    "escapes-cut": (
        Severity.LOSS,
        "{count} files end within a line: what came after it is missing: {named}",
        "record the build again",
    ),
    "escape-lines-unread": (
        Severity.LOSS,
        "{count} lines begin like the compiler's and cannot be read: {named}",
        "",
    ),
    "overlong-lines": (
        Severity.LOSS,
        "{count} lines are longer than the limit `text_line_bytes` and were left out",
        "",
    ),
    "files-unread": (Severity.LOSS, "{count} files could not be read: {named}", ""),
    "explanations-truncated": (
        Severity.INFO,
        "the compiler cut {count} explanations short, for assignments run in a circle",
        "",
    ),
    "explanations-alone": (
        Severity.INFO,
        "{count} explanations of escapes have no row of their own: equal messages of one place are "
        "printed once, and those of wrappers not at all",
        "",
    ),
    "unknown-messages": (
        Severity.INFO,
        "{count} messages at places of the source are none on escapes or inlining that we know; "
        "they are rows of kind `other`: {named}",
        "",
    ),
    "messages-without-place": (
        Severity.INFO,
        "the compiler names no place for {count} messages, which are in no table: {named}",
        "",
    ),
    "no-diagnostics": (
        Severity.INFO,
        "the compiler said nothing of these packages",
        "without `-gcflags=-m` it never does",
    ),
    "foreign-files": (
        Severity.INFO,
        "{count} files of the folder are not the compiler's: {named}",
        "",
    ),
    "foreign-lines": (Severity.INFO, "{count} lines are not the compiler's: {named}", ""),
}
"""Slug → how bad it is, what it means, what to do; in the order in which they are told."""


class Trouble:
    """Counts by slug, with the first ten of each named and placed."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._named: dict[str, list[str]] = {}
        self._places: dict[str, list[str]] = {}

    def add(self, slug: str, line: int = 0, name: str = "", file: str = "", count: int = 1) -> None:
        """Count something called `name`, in line `line` of `file` if it is in one."""
        if slug not in _KINDS:
            raise KeyError(slug)
        self._counts[slug] = self._counts.get(slug, 0) + count
        named, places = self._named.setdefault(slug, []), self._places.setdefault(slug, [])
        if name and len(named) < _MOST_NAMED and (name := name[:_LONGEST_NAMED]) not in named:
            named.append(name)
        place = ": ".join(part for part in (file, f"line {line}" if line else "") if part)
        if place and len(places) < _MOST_NAMED and place not in places:
            places.append(place)

    def notes(self) -> tuple[Note, ...]:
        """One note for each slug that was counted."""
        return tuple(
            Note(severity, slug, self._message(slug, message), self._counts[slug],
                 self._where(slug), advice)
            for slug, (severity, message, advice) in _KINDS.items()
            if slug in self._counts
        )  # fmt: skip

    def _message(self, slug: str, message: str) -> str:
        told = "; ".join(self._named[slug])
        return message.format(count=f"{self._counts[slug]:,}", named=told).removesuffix(": ")

    def _where(self, slug: str) -> str:
        places = self._places[slug]
        more = ", ..." if places and self._counts[slug] > len(places) else ""
        return ", ".join(places) + more
