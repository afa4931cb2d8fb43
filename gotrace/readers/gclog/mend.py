"""Put a cycle's line together again that the program wrote into.

The runtime writes a line piece by piece, so what other threads write to standard error comes to
stand within it: the first pieces with somebody else's line behind them, the other pieces on a line
of their own. A line is put together only where the seam is sure: never behind a whole number, for
which somebody else's digits may have been taken; behind a decimal, which has its fixed length, only
before a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gotrace.readers.gclog.cycle_lines import CycleLine, parse_cycle
from gotrace.readers.gclog.heads import FOLLOWING

__all__ = ["Broken", "Mended"]

_LONGEST = 4096
_MOST_STATES = 8
_TIME_OF_DAY = re.compile(rb"\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d")  # `log` begins its lines so
_MS = rb"(?:0\.0\d\d|0\.\d\d|\d\.\d|\d{1,12})"  # runtime/mgc.go, fmtNSAsMS
_INT = rb"\d{1,18}"
_PIECES = tuple(
    re.compile(piece)
    for piece in (
        rb"gc ", _INT, rb" @", rb"\d{1,12}\.\d{3}", rb"s ", _INT, rb"%",
        rb"(?: \(checking for goroutine leaks\))?: ",
        _MS, rb"\+", _MS, rb"\+", _MS, rb" ms clock, ",
        _MS, rb"\+", _MS, rb"/", _MS, rb"/", _MS, rb"\+", _MS, rb" ms cpu, ",
        _INT, rb"->", _INT, rb"->", _INT, rb" MB, ", _INT, rb" MB goal, ",
        _INT, rb" MB stacks, ", _INT, rb" MB globals, ", _INT,
    )
)  # fmt: skip


@dataclass(frozen=True)
class Mended:
    """A line that is whole again."""

    cycle: CycleLine
    text: bytes


@dataclass
class Broken:
    """The begin of a line in line number `line`; `offer` it what follows."""

    line: int
    label: bytes
    text: bytes
    lines: list[int] = field(default_factory=list)
    _states: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines.append(self.line)
        self._states = _begins(self.text[:_LONGEST])

    def is_over(self, line: int) -> bool:
        """Whether the rest does not come any more."""
        return not self._states or line > self.lines[-1] + FOLLOWING

    def offer(self, line: int, text: bytes) -> Mended | bool:
        """The whole line, if `text` is its rest; True if `text` is a part of it, else False."""
        if len(text) > _LONGEST or text.startswith(b"gc "):
            return False
        for state in self._states:
            if state[-1:].isdigit() and text[:1] in b".0123456789":
                continue  # no number goes on in the next piece
            whole = state + text
            cycle = parse_cycle(whole)
            if cycle is not None and cycle.length == len(whole):
                return Mended(cycle, whole)
        longer = [
            begin
            for state in self._states
            for begin in _begins(state + text)
            if len(begin) > len(state)
        ]
        if longer:
            self._states = longer[:_MOST_STATES]
            self.lines.append(line)
        return bool(longer)


def _begins(text: bytes) -> list[bytes]:
    """What of `text` may be the begin of a line; none where the seam is not sure."""
    foreign = _TIME_OF_DAY.search(text)
    end = len(text) if foreign is None else foreign.start()
    at = before = 0
    for piece in _PIECES:
        match = piece.match(text, at, end)
        if match is None:
            break
        before, at = at, match.end()
    if at == 0:
        return []
    if re.fullmatch(rb"[\d.]*", text[at:]) and text[-1:] in b".0123456789":
        return []  # it may be cut within a number
    if not text[at - 1 : at].isdigit():
        return [text[:at]]
    is_word = re.match(rb"[A-Za-z\[{(\"]", text[at:end]) is not None
    is_sure = is_word and b"." in text[before:at]
    return [text[:at], text[:before]] if is_sure else [text[:before]]
