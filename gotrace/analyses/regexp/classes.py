"""Classes of characters as ranges of code points: `\\d`, `[[:alpha:]]`, `\\pL` and (?i)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

from gotrace.analyses.regexp.tree import LAST, Ranges

__all__ = ["PERL", "POSIX", "category", "folded", "inverted", "union"]


def union(parts: Iterable[tuple[int, int]]) -> Ranges:
    """The ranges in order, those that touch joined."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(parts):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def inverted(ranges: Ranges) -> Ranges:
    """All other characters."""
    gaps, start = [], 0
    for low, high in union(ranges):
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    return tuple(gaps + ([(start, LAST)] if start <= LAST else []))


def folded(ranges: Ranges) -> Ranges:
    """The ranges with the other cases of their letters (Unicode's simple case folding)."""
    return union([*ranges, *(pair for low, high in ranges for pair in _other_cases(low, high))])


def _other_cases(low: int, high: int) -> list[tuple[int, int]]:
    orbits = _orbits()
    if high - low < len(orbits):
        found = (orbits.get(code, ()) for code in range(low, high + 1))
    else:
        found = (codes for code, codes in orbits.items() if low <= code <= high)
    return [(code, code) for codes in found for code in codes]


@cache
def _orbits() -> dict[int, tuple[int, ...]]:
    """Code point → the code points that differ from it only in case."""
    groups: dict[str, list[int]] = {}
    for code in range(0x1E944):
        character = chr(code)
        key = character.upper().lower()
        if len(key) == 1 and (key != character or character.upper() != character):
            groups.setdefault(key, []).append(code)
    return {code: tuple(group) for group in groups.values() for code in group}


def _ascii(*spans: str) -> Ranges:
    return union((ord(span[0]), ord(span[-1])) for span in spans)


_WORD = _ascii("0-9", "A-Z", "_", "a-z")
_SPACE = _ascii("\t-\n", "\f-\r", " ")

PERL: dict[str, Ranges] = {
    "d": _ascii("0-9"),
    "s": _SPACE,
    "w": _WORD,
}
"""The letter behind the backslash → the class; ASCII only, as in RE2."""

POSIX: dict[str, Ranges] = {
    "alnum": _ascii("0-9", "A-Z", "a-z"),
    "alpha": _ascii("A-Z", "a-z"),
    "ascii": ((0, 0x7F),),
    "blank": _ascii("\t", " "),
    "cntrl": ((0, 0x1F), (0x7F, 0x7F)),
    "digit": _ascii("0-9"),
    "graph": _ascii("!-~"),
    "lower": _ascii("a-z"),
    "print": _ascii(" -~"),
    "punct": _ascii("!-/", ":-@", "[-`", "{-~"),
    "space": _ascii("\t-\r", " "),
    "upper": _ascii("A-Z"),
    "word": _WORD,
    "xdigit": _ascii("0-9", "A-F", "a-f"),
}
"""The name in `[[:name:]]` → the class."""


@cache
def category(name: str) -> Ranges:
    """The characters of a Unicode general category such as `Lu` or `N`; empty if there is none."""
    if name == "Any":
        return ((0, LAST),)
    codes = (c for c in range(LAST + 1) if unicodedata.category(chr(c)).startswith(name))
    return union((code, code) for code in codes) if 0 < len(name) <= 2 else ()
