"""What a log lost or left open, counted while it is read; notes are made of it at the end."""

from __future__ import annotations

from collections import Counter

from gotrace.tables.notes import Note, Severity

__all__ = ["Losses"]

_MOST_LINES = 10
_AGAIN = "record the log again, standard error alone in a file of its own"

_KINDS: dict[str, tuple[Severity, str, str]] = {
    "gc-lines-unread": (
        Severity.LOSS,
        "{count} lines that begin like the collector's, or end like them, are cut or mixed with "
        "others: they are in no table",
        _AGAIN,
    ),
    "gc-lines-mended": (
        Severity.INFO,
        "{count} lines were written into by the program, and put together again",
        "",
    ),
    "gc-lines-before-go1.5": (
        Severity.LOSS,
        "{count} lines are in the format of Go 1.0 to 1.4, which is not read",
        "build the program with Go 1.5 or later",
    ),
    "gc-lines-missing": (
        Severity.LOSS,
        "{count} cycles are missing: the numbers of the lines leave them out",
        _AGAIN,
    ),
    "gc-log-begins-late": (
        Severity.INFO,
        "{count} programs' logs do not begin with their first cycle",
        "",
    ),
    "gc-lines-repeated": (Severity.INFO, "{count} lines are there twice and counted once", ""),
    "gc-pacer-lines-alone": (
        Severity.INFO,
        "{count} pacer lines belong to no cycle in the log",
        "record with GODEBUG=gctrace=1,gcpacertrace=1",
    ),
    "gc-detail-lines": (
        Severity.INFO,
        "{count} lines of gctrace=2 (what was scanned, by size class) are not read",
        "",
    ),
    "negative-clocks": (
        Severity.LOSS,
        "a clock went backwards in {count} cycles: what it measured is unknown",
        "",
    ),
    "several-programs": (
        Severity.INFO,
        "{text} programs wrote this log, or one was started so often: column `run` tells them "
        "apart",
        "",
    ),
    "overlong-lines": (
        Severity.LOSS,
        "{count} lines are longer than the limit `text_line_bytes` and were read in pieces",
        "",
    ),
    "nul-bytes": (
        Severity.LOSS,
        "{count} NUL bytes were left out: the log was cut to nothing while it was written to, or "
        "it is UTF-16",
        "",
    ),
    "log-may-be-cut": (
        Severity.INFO,
        "the last line has no line end: it may be cut",
        "",
    ),
    "log-is-cut": (Severity.LOSS, "{text}", "copy or record the file again"),
    "foreign-lines": (Severity.INFO, "{count} lines are not the collector's", ""),
    "sizes-in-whole-mib": (
        Severity.INFO,
        "gctrace prints sizes in whole MiB, rounded down: each may be up to 1 MiB larger",
        "gcpacertrace=1 beside gctrace=1 prints some of them exactly",
    ),
}
"""Slug → how bad it is, what it means, what to do; in the order in which they are told."""


class Losses:
    """Counts by slug, with the first ten line numbers of each."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lines: dict[str, list[int]] = {}
        self._texts: dict[str, str] = {}

    def add(self, slug: str, line: int | None = None, count: int = 1, text: str = "") -> None:
        """Count something, in line number `line` if it is in one."""
        if slug not in _KINDS:
            raise KeyError(slug)
        self._counts[slug] += count
        self._texts.setdefault(slug, text)
        lines = self._lines.setdefault(slug, [])
        if line is not None and len(lines) < _MOST_LINES and line not in lines:
            lines.append(line)

    def notes(self) -> tuple[Note, ...]:
        """One note for each slug that was counted."""
        return tuple(
            Note(
                severity,
                slug,
                message.format(count=f"{self._counts[slug]:,}", text=self._texts[slug]),
                self._counts[slug],
                self._where(slug),
                advice,
            )
            for slug, (severity, message, advice) in _KINDS.items()
            if self._counts[slug]
        )

    def _where(self, slug: str) -> str:
        lines = sorted(self._lines[slug])
        if not lines:
            return ""
        more = "" if self._counts[slug] <= len(lines) else ", ..."
        return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}{more}"
