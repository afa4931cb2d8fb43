"""The tree of a regular expression: what it means, free of any syntax.

The classes get no more from `dataclass` than they need: each special method costs start-up time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["ANY", "LAST", "Alternatives", "At", "Chars", "Node", "Place", "Ranges", "Repeat", "Row"]

LAST = 0x10FFFF
"""The last code point."""

Ranges = tuple[tuple[int, int], ...]
"""Ascending, disjoint ranges of code points, both ends included."""

ANY: Ranges = ((0, LAST),)


class Place(Enum):
    """What an assertion asks of a place in the text."""

    TEXT_START = "start of the text"
    TEXT_END = "end of the text"
    LINE_START = "start of a line"
    LINE_END = "end of a line"
    WORD_EDGE = "edge of an ASCII word"
    NO_WORD_EDGE = "no edge of an ASCII word"


@dataclass(eq=False, repr=False)
class Chars:
    """One character out of `ranges`."""

    ranges: Ranges


@dataclass(eq=False, repr=False)
class At:
    """No character, but a certain place."""

    place: Place


@dataclass(eq=False, repr=False)
class Row:
    """All of `parts`, one behind the other."""

    parts: tuple[Node, ...]


@dataclass(eq=False, repr=False)
class Alternatives:
    """One of `choices`."""

    choices: tuple[Node, ...]


@dataclass(eq=False, repr=False)
class Repeat:
    """`least` to `most` times `part`; no upper bound where `most` is None."""

    part: Node
    least: int
    most: int | None


Node = Chars | At | Row | Alternatives | Repeat
