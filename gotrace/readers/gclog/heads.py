"""Which lines of a log are the collector's, by their content; most lines of most logs are not.

`MARKERS` and `HEADS` are lax, so that a line which was cut in half or written into by somebody else
is noticed too: the parsers beside this module say then that they cannot read it.
"""

from __future__ import annotations

import re

__all__ = [
    "BEFORE_1_5",
    "CYCLE_HEAD",
    "DETAIL",
    "FOLLOWING",
    "FOREIGN_CLOCK",
    "HEADS",
    "MARKERS",
    "looks_like_the_collector",
]

FOLLOWING = 32
"""How many lines behind one that is not whole its rest is looked for."""

CYCLE_HEAD = re.compile(rb"gc(?: \d{1,18} @|\d{1,18}\()")
"""How a line about a cycle begins since Go 1.5, and how it did before."""

BEFORE_1_5 = re.compile(rb"gc\d{1,18}\(\d{1,9}\): ")
"""The line of Go 1.0 to 1.4, such as `gc1(1): 2+0+85+6 us, 0 -> 0 MB, 21 (21-0) objects`."""

DETAIL = re.compile(rb"scan: (?:total|class) ")
"""What `gctrace=2` adds since Go 1.25 (`runtime/mgcmark_greenteagc.go`, dumpScanStats)."""

FOREIGN_CLOCK = re.compile(rb"init \S+ @[\d.]+ ms, ")
"""A line of `GODEBUG=inittrace=1`, which has clocks too (`runtime/proc.go`, doInit1)."""

MARKERS = (
    b" ms clock, ", b" ms cpu, ", b" MB goal, ", b"pacer: ", b"scvg", b"scav ", b"GC forced",
    b"scan: ",
)  # fmt: skip
"""Every line of the collector has one of these, unless it is cut before."""

HEADS = re.compile(
    rb"gc \d{1,18} @|pacer: |(?:forced )?scvg-?\d{0,10}: |scav \d|GC forced|scan: (?:total|class) "
)
"""Where something that the collector or the scavenger prints begins: also within a line."""


def _or_cut(word: bytes, least: int) -> bytes:
    """An expression for a word, or for so many of its first letters where the line ends."""
    begins = b"|".join(word[:length] for length in range(len(word) - 1, least - 1, -1))
    return rb"(?:%b|(?:%b)$)" % (word, begins)


_PACER = b"|".join([
    _or_cut(b"assist ratio=", 3), _or_cut(b"sweep done", 3), _or_cut(b"H_m_prev=", 3),
    rb"-?\d+%(?: CPU \(|(?: C?P?U? ?)?$)",
])  # fmt: skip
_OF_THE_COLLECTOR = re.compile(
    rb"gc \d{1,18} @|gc\d{1,18}\(\d| ms clock, | ms cpu, | MB goal, "
    rb"|pacer: (?:" + _PACER + rb")"
    rb"|scvg-?\d{0,10}: (?:" + _or_cut(b"inuse: ", 0) + rb"|\d+(?: [KM]B |(?: [KM]?B?)?$))"
    rb"|scav (?:\d+ )?\d+(?: KiB |(?: K?i?B?)$)"
)


def looks_like_the_collector(text: bytes) -> bool:
    """Whether a stretch that no parser understood was the collector's, cut or written into."""
    return _OF_THE_COLLECTOR.search(text) is not None and FOREIGN_CLOCK.search(text) is None
