"""Text from recordings is hostile: make it visible before anybody prints it.

A profile can name a function anything. A raw escape sequence would let it move the cursor, change
the window's title or hide its own row; a bidirectional override would let it pretend to be another
function. Every view passes names, files, labels and messages through `safe_text` (JSON does the
same by escaping everything that is not ASCII).
"""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

__all__ = ["safe_text", "short_name", "shorten", "text_width"]


# Each pattern starts at a place that only few positions pass, or hostile names of a megabyte
# would take quadratic time.
_LEAST_TELLING = (
    (re.compile(r"(?<![^ (])([^ (/]+/)[^ (]+/"), r"\1…/"),
    (re.compile(r"^([^\[]*)\[.*\]"), r"\1[…]"),
    (re.compile(r"(?<= \()[^ (]+/"), ""),
    (re.compile(r"(?<![^ (])[^ (]+/"), "…/"),
    (re.compile(r" \([^ ()]+:\d+\)$"), ""),
)


def safe_text(text: str) -> str:
    r"""`text` with everything that does not print as itself spelled out: `\x1b`, `\n`, `\u202e`.

    Spelled out are control characters (C0, DEL, C1), line and paragraph separators, bidirectional
    and zero-width marks, lone surrogates, private and unassigned characters, and all spaces but the
    ASCII one: what `str.isprintable` refuses. A backslash stays as it is, since Windows paths have
    them, so the result is for reading, not for reversing.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _spelled_out(char) for char in text)


def _spelled_out(char: str) -> str:
    # Python's own escapes: the shortest of \n, \x1b, \u202e, \U000e0001.
    return char.encode("unicode_escape").decode("ascii")


def text_width(text: str) -> int:
    """How many terminal cells `text` (already safe) takes: wide characters count two."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def shorten(name: str, width: int) -> str:
    """Cut `name` in the middle to at most `width` cells; the tail, which tells most, stays.

    What tells least goes first: middle directories (`github.com/…/store.(*Cache).Get`), type
    arguments (`Cache[…]`), the file's directories in `f (a/b/c.go:1)`, those of the package, the
    file, and only then characters (`…che).Get`).
    """
    if text_width(name) <= width:
        return name
    for pattern, replacement in _LEAST_TELLING:
        name = pattern.sub(replacement, name)
        if text_width(name) <= width:
            return name
    head = (width - 1) // 4 if width > 2 else 0
    return _first_cells(name, head) + "…" + _last_cells(name, width - 1 - head)


def short_name(function: str) -> str:
    """`store.(*Log).Add` of `example.com/m/store.(*Log).Add`: no folders of packages."""
    end = min((at for sign in "([" if (at := function.find(sign)) >= 0), default=len(function))
    return function[function.rfind("/", 0, end) + 1 :]


def _first_cells(text: str, width: int) -> str:
    text = text[:width]
    while text_width(text) > width:
        text = text[:-1]
    return text


def _last_cells(text: str, width: int) -> str:
    text = text[-width:] if width > 0 else ""
    while text_width(text) > width:
        text = text[1:]
    return text
