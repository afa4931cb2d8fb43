"""What a benchmark log says went wrong, counted while it is read; at the end it becomes notes."""

from __future__ import annotations

import re

from gotrace.tables.notes import Note, Severity

__all__ = ["Trouble"]

_MOST_NAMED = 10
_RUN_AGAIN = "look at the log, and run `go test -bench` again"

_KINDS: dict[str, tuple[Severity, str, str]] = {
    "packages-not-built": (
        Severity.FAULT,
        "{count} packages failed to compile, so their benchmarks did not run: {named}",
        "`go vet` shows why",
    ),
    "benchmarks-failed": (Severity.FAULT, "{count} benchmarks failed: {named}", _RUN_AGAIN),
    "tests-failed": (Severity.FAULT, "{count} tests failed: {named}", _RUN_AGAIN),
    "packages-failed": (Severity.FAULT, "{count} packages failed: {named}", _RUN_AGAIN),
    "program-crashed": (
        Severity.FAULT,
        "the benchmarked program crashed {count} times: {named}",
        _RUN_AGAIN,
    ),
    "benchmark-lines-unread": (
        Severity.LOSS,
        "{count} lines begin like a result and are none: {named}",
        "a benchmark that prints to standard output breaks its own line",
    ),
    "benchmarks-lost": (
        Severity.LOSS,
        "{count} benchmarks have no whole result: {named}",
        "a benchmark that prints to standard output breaks its own line",
    ),
    "log-cut": (
        Severity.LOSS,
        "the log is cut: {count} packages have results and no end: {named}",
        "give all that `go test` prints; behind the results of a package comes PASS or FAIL",
    ),
    "unit-lines-unread": (Severity.LOSS, "{count} `Unit` lines break their rules: {named}", ""),
    "benchmarks-skipped": (Severity.INFO, "{count} benchmarks skipped themselves: {named}", ""),
    "no-benchmarks": (
        Severity.FAULT,
        "the log has no result of any benchmark",
        "is the pattern of `-bench` right? `go test -bench .` runs all",
    ),
    "foreign-lines": (Severity.INFO, "{count} lines are neither results nor configuration", ""),
}
"""Slug → how bad it is, what it means, what to do; in the order in which they are told."""

_SAYS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("packages-not-built", re.compile(r"FAIL\t(\S+) \[(?:build|setup) failed\]\Z")),
    ("packages-failed", re.compile(r"FAIL\t(\S+)\t[0-9.]+s\Z")),
    ("benchmarks-failed", re.compile(r"\s*--- FAIL: (Benchmark\S*)")),
    ("tests-failed", re.compile(r"\s*--- FAIL: (\S+)")),
    ("benchmarks-skipped", re.compile(r"\s*--- SKIP: (Benchmark\S*)")),
    (
        "program-crashed",
        re.compile(
            r"((?:panic|fatal error|fatal|signal|SIG[A-Z]+|runtime: out of memory|race: limit on"
            r"|unexpected fault address)\b.*|\*\*\* Test killed .*)\Z"
        ),
    ),
)
_QUIET = re.compile(
    r"PASS\Z|FAIL\Z|ok  \t|\?   \t|exit status |=== |\s*--- (?:BENCH|PASS)|testing: |\s*\Z|# "
)
"""What `go test` prints around results and means no harm."""
_FAILED = re.compile(r"FAIL\Z|exit status [1-9]")
_LONGEST_NAMED = 80
_FAILURES = frozenset({slug for slug, _ in _SAYS} - {"benchmarks-skipped"})


class Trouble:
    """Counts by slug, with the first ten of each named."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._named: dict[str, list[str]] = {}
        self._lines: dict[str, list[int]] = {}
        self._failed_line = 0
        self.is_go_test = False
        """Whether a line was seen that `go test` prints."""

    def hear(self, number: int, text: str) -> None:
        """Take a line that is no part of the format."""
        for slug, pattern in _SAYS:
            found = pattern.match(text)
            if found is not None:
                self.is_go_test = True
                self.add(slug, number, found[1])
                return
        if _FAILED.match(text) and not self._failed_line:
            self._failed_line = number
        if _QUIET.match(text) is None:
            self.add("foreign-lines", number)
        elif text.strip() and not text.startswith("#"):
            self.is_go_test = True

    def add(self, slug: str, number: int = 0, name: str = "") -> None:
        """Count something, in line `number`, called `name`."""
        if slug not in _KINDS:
            raise KeyError(slug)
        self._counts[slug] = self._counts.get(slug, 0) + 1
        named, lines = self._named.setdefault(slug, []), self._lines.setdefault(slug, [])
        if name and len(named) < _MOST_NAMED and (name := name[:_LONGEST_NAMED]) not in named:
            named.append(name)
        if number and len(lines) < _MOST_NAMED and number not in lines:
            lines.append(number)

    def notes(self) -> tuple[Note, ...]:
        """One note for each slug that was counted."""
        if self._failed_line and not _FAILURES & self._counts.keys():
            self.add("packages-failed", self._failed_line, "its name is not told")
        return tuple(
            Note(severity, slug, self._message(slug, message), self._counts[slug],
                 self._where(slug), advice)
            for slug, (severity, message, advice) in _KINDS.items()
            if slug in self._counts
        )  # fmt: skip

    def _message(self, slug: str, message: str) -> str:
        return message.format(count=f"{self._counts[slug]:,}", named="; ".join(self._named[slug]))

    def _where(self, slug: str) -> str:
        lines = self._lines[slug]
        if not lines or slug == "foreign-lines":
            return ""
        more = "" if self._counts[slug] <= len(lines) else ", ..."
        return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}{more}"
