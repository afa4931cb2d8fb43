"""The syntax of Go's package regexp (RE2 with Perl's additions): text → tree.

Written after the grammar in the documentation of Go's `regexp/syntax`; what Go refuses is refused
here, with Go's words where it has them. Greediness is forgotten: it never changes whether a text
matches. Two limits are tighter than Go's: groups nest at most 100 deep, and of the Unicode classes
only the general categories (`\\pL`, `\\p{Lu}`) are known, not the scripts.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gotrace.analyses.regexp.classes import PERL, POSIX, category, folded, inverted, union
from gotrace.analyses.regexp.tree import (
    ANY,
    Alternatives,
    At,
    Chars,
    Node,
    Place,
    Ranges,
    Repeat,
    Row,
)

__all__ = ["RegexpError", "parse"]

MAX_REPEAT = 1000
"""The largest count in `x{n,m}`, and the largest product of nested ones, as in Go."""
MAX_DEPTH = 100

_COUNT = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_GROUP_NAME = re.compile(r"P?<([A-Za-z0-9_]+)>")
_GROUP_FLAGS = re.compile(r"([imsU]*)(?:-([imsU]+))?([:)])")
_HEX = re.compile(r"x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_UNICODE = re.compile(r"[pP](?:\{(\^?)([^}]*)\}|([^{]))")
_POSIX_CLASS = re.compile(r"\[:(\^?)([^\]]*?):\]")
_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_NO_NEWLINE = inverted(((10, 10),))


class RegexpError(ValueError):
    """The text is no regular expression; the message says why."""


class _Flags(NamedTuple):
    ignores_case: bool = False
    is_multi_line: bool = False
    dot_is_any: bool = False

    def changed(self, letters: str, value: bool) -> _Flags:
        names = {"i": "ignores_case", "m": "is_multi_line", "s": "dot_is_any"}
        return self._replace(**{names[letter]: value for letter in letters if letter != "U"})


def parse(text: str) -> Node:
    """The tree of a Go regular expression; raises RegexpError if it is none."""
    parser = _Parser(text)
    tree = parser.alternatives(_Flags(), 0)
    if parser.at < len(text):
        raise RegexpError("unexpected )")
    if _largest_repeat(tree) > MAX_REPEAT:
        raise RegexpError("invalid repeat count")
    return tree


def _largest_repeat(node: Node) -> int:
    """The largest product of nested repeat counts."""
    match node:
        case Repeat(part, least, most):
            return max(1, least, most or 0) * _largest_repeat(part)
        case Row(parts) | Alternatives(parts):
            return max(map(_largest_repeat, parts), default=1)
    return 1


class _Parser:
    """One pass over the text; `at` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def _next(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Skip what matches here and return it."""
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def _skip(self, prefix: str) -> bool:
        found = self.text.startswith(prefix, self.at)
        self.at += len(prefix) if found else 0
        return found

    def alternatives(self, flags: _Flags, depth: int) -> Node:
        """Everything up to the end of the group or text; flags may change on the way."""
        if depth > MAX_DEPTH:
            raise RegexpError("expression nests too deeply")
        choices: list[list[Node]] = [[]]
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self._skip("|"):
                choices.append([])
            elif self._skip("(?"):
                flags = self._special_group(choices[-1], flags, depth)
            else:
                self._item(choices[-1], flags, depth)
        rows = tuple(Row(tuple(parts)) for parts in choices)
        return rows[0] if len(rows) == 1 else Alternatives(rows)

    def _special_group(self, parts: list[Node], flags: _Flags, depth: int) -> _Flags:
        """What follows `(?`: a named group, flags for the rest, or a group with flags."""
        if self._next(_GROUP_NAME):
            self._group(parts, flags, depth)
            return flags
        change = self._next(_GROUP_FLAGS)
        if change is None:
            raise RegexpError("invalid or unsupported Perl syntax behind (?")
        changed = flags.changed(change[1], True).changed(change[2] or "", False)
        if change[3] == ")":
            return changed
        self._group(parts, changed, depth)
        return flags

    def _group(self, parts: list[Node], flags: _Flags, depth: int) -> None:
        parts.append(self.alternatives(flags, depth + 1))
        if not self._skip(")"):
            raise RegexpError("missing closing )")
        self._repeats(parts)

    def _item(self, parts: list[Node], flags: _Flags, depth: int) -> None:
        """One character, class, place or plain group, with the repetition behind it."""
        character = self.text[self.at]
        if character in "*+?" or (character == "{" and _COUNT.match(self.text, self.at)):
            self._repeats(parts)
            return
        self.at += 1
        if character == "(":
            self._group(parts, flags, depth)
            return
        if character == "\\" and self._skip("Q"):
            self._quotation(parts, flags)
        elif character == "\\":
            parts.append(self._escaped(flags))
        elif character == "[":
            parts.append(Chars(self._class(flags)))
        else:
            parts.append(_plain(character, flags))
        self._repeats(parts)

    def _quotation(self, parts: list[Node], flags: _Flags) -> None:
        quoted, _, _ = self.text[self.at :].partition("\\E")
        self.at = min(len(self.text), self.at + len(quoted) + 2)
        parts.extend(Chars(_cased(ord(character), flags)) for character in quoted)

    def _repeats(self, parts: list[Node]) -> None:
        """The repetition operator behind the last part, if there is one."""
        bounds = self._repeat_bounds()
        if bounds is None:
            return
        if not parts:
            raise RegexpError("missing argument to repetition operator")
        self._skip("?")
        parts[-1] = Repeat(parts[-1], *bounds)
        if self._repeat_bounds() is not None:
            raise RegexpError("invalid nested repetition operator")

    def _repeat_bounds(self) -> tuple[int, int | None] | None:
        for operator, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._skip(operator):
                return bounds
        count = self._next(_COUNT)
        if count is None:
            return None
        if max(len(count[1]), len(count[3] or "")) > 4:
            raise RegexpError("invalid repeat count")
        least = int(count[1])
        most = int(count[3]) if count[3] else None if count[2] else least
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise RegexpError("invalid repeat count")
        return least, most

    def _escaped(self, flags: _Flags) -> Node:
        """What follows a backslash outside a class."""
        places = {"A": Place.TEXT_START, "z": Place.TEXT_END}
        places |= {"b": Place.WORD_EDGE, "B": Place.NO_WORD_EDGE}
        letter = self.text[self.at : self.at + 1]
        if letter in places and letter:
            self.at += 1
            return At(places[letter])
        ranges = self._escaped_class(flags)
        return Chars(_cased(self._escaped_character(), flags) if ranges is None else ranges)

    def _escaped_class(self, flags: _Flags) -> Ranges | None:
        letter = self.text[self.at : self.at + 1]
        if letter.lower() in PERL:
            self.at += 1
            return _signed(PERL[letter.lower()], flags, letter.isupper())
        named = self._next(_UNICODE)
        if named is None:
            return None
        ranges = category(named[2] if named[3] is None else named[3])
        if not ranges:
            raise RegexpError(f"invalid or unknown character class \\{named[0]}")
        return _signed(ranges, flags, (named[0][0] == "P") != (named[1] == "^"))

    def _escaped_character(self) -> int:
        """The code point of the character that follows a backslash."""
        if number := self._next(_HEX):
            digits = number[1] or number[2]
            if len(digits.lstrip("0")) > 6 or int(digits, 16) > ANY[0][1]:
                raise RegexpError(f"invalid escape sequence \\{number[0]}")
            return int(digits, 16)
        if octal := self._next(_OCTAL):
            return int(octal[0], 8)
        letter = self.text[self.at : self.at + 1]
        self.at += 1
        if letter in _CONTROL:
            return _CONTROL[letter]
        if not letter:
            raise RegexpError("trailing backslash at end of expression")
        if letter.isalnum() or not letter.isascii():
            raise RegexpError(f"invalid escape sequence \\{letter}")
        return ord(letter)

    def _class(self, flags: _Flags) -> Ranges:
        """What follows an opening bracket, up to the closing one."""
        is_inverted = self._skip("^")
        found: list[tuple[int, int]] = []
        is_first = True
        while is_first or not self._skip("]"):
            is_first = False
            found.extend(self._class_item(flags))
        return inverted(union(found)) if is_inverted else union(found)

    def _class_item(self, flags: _Flags) -> Ranges:
        if named := self._next(_POSIX_CLASS):
            if named[2] not in POSIX:
                raise RegexpError(f"invalid character class range {named[0]}")
            return _signed(POSIX[named[2]], flags, bool(named[1]))
        if self._skip("\\"):
            ranges = self._escaped_class(flags)
            if ranges is not None:
                return ranges
            self.at -= 1
        low = high = self._class_character()
        if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
            self.at += 1
            high = self._class_character()
        if high < low:
            raise RegexpError("invalid character class range")
        return _signed(((low, high),), flags, False)

    def _class_character(self) -> int:
        if self.at >= len(self.text):
            raise RegexpError("missing closing ]")
        if self._skip("\\"):
            return self._escaped_character()
        self.at += 1
        return ord(self.text[self.at - 1])


def _plain(character: str, flags: _Flags) -> Node:
    """The meaning of an unescaped character outside a class."""
    if character == ".":
        return Chars(ANY if flags.dot_is_any else _NO_NEWLINE)
    if character == "^":
        return At(Place.LINE_START if flags.is_multi_line else Place.TEXT_START)
    if character == "$":
        return At(Place.LINE_END if flags.is_multi_line else Place.TEXT_END)
    return Chars(_cased(ord(character), flags))


def _cased(code: int, flags: _Flags) -> Ranges:
    return _signed(((code, code),), flags, False)


def _signed(ranges: Ranges, flags: _Flags, is_inverted: bool) -> Ranges:
    """The class or its opposite; letters get their other cases first."""
    ranges = folded(ranges) if flags.ignores_case else ranges
    return inverted(ranges) if is_inverted else ranges
