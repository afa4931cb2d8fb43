"""What a benchmark log should hold and does not: results whose lines broke, ends of packages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gotrace.readers.benchmarks.mending import is_rest
from gotrace.readers.benchmarks.streams import CUT, LogLine

__all__ = ["Missing"]

_END = re.compile(r"PASS\Z|FAIL\b|ok  \t|exit status |panic: |fatal error: ")
"""What `go test` prints behind the results of a package, or its end by force."""


class Missing:
    """What is still to come, while a log is read; whatever never comes is missing."""

    def __init__(self) -> None:
        self._broken: dict[tuple[int, str], int] = {}
        """(package, name) of lines that are no result → the first such line."""
        self._last: set[str] = set()
        """Streams whose last line that should be a result is none."""
        self._nameless: list[int] = []
        self._unended: dict[str, int] = {}
        """Stream → the line of a result behind which the package has not ended yet."""
        self._cut: list[tuple[int, str]] = []

    def result(self, line: LogLine) -> None:
        """A result was read."""
        self._unended[line.stream] = line.number

    def broken(self, line: LogLine, package: int, name: str) -> None:
        """A line begins like the result of `name` and is none."""
        self._broken.setdefault((package, name), line.number)
        self._last.add(line.stream)

    def other(self, line: LogLine) -> None:
        """A line that is no part of the format."""
        if line.text == CUT:
            self._unended.pop(line.stream, None)
            self._cut.append((line.number, line.stream))
        elif _END.match(line.text):
            self._unended.pop(line.stream, None)
        elif is_rest(line.text):
            if line.stream in self._last:
                self._last.discard(line.stream)
            else:
                self._nameless.append(line.number)

    def package(self, line: LogLine, before: Mapping[str, str]) -> None:
        """The next package begins, or the log ends: that of `before` should have ended."""
        at = self._unended.pop(line.stream, 0)
        # Only `go test` prints both; a log with one of them was made or filtered by something else.
        if at and "goos" in before and "pkg" in before:
            self._cut.append((at, before["pkg"]))
        # Its name is printed as its first benchmark starts.
        self._unended[line.stream] = line.number

    def ended(self, configurations: Mapping[str, Mapping[str, str]]) -> None:
        """The log ends."""
        for stream in list(self._unended):
            self.package(LogLine(0, stream, ""), configurations.get(stream, {}))

    @property
    def has_broken(self) -> bool:
        """Whether `lost` needs to know which results there are."""
        return bool(self._broken)

    def lost(self, read: set[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """(line, name) of what has no result at all; `read` are (package, name) that have."""
        yield from ((at, name) for (package, name), at in self._broken.items()
                    if name and (package, name) not in read)  # fmt: skip
        yield from ((at, "numbers without a name") for at in self._nameless)

    def cut(self) -> list[tuple[int, str]]:
        """(line of the last result, package) of packages without an end."""
        return self._cut
