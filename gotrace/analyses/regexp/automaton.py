"""Matching in time linear in the text: a lazily built deterministic automaton.

A tree becomes a list of instructions (Thompson's construction). A state is the set of instructions
that may come next; what a state becomes on a character, given what kind of character came before,
is computed once and remembered.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from gotrace.analyses.regexp.tree import (
    Alternatives,
    At,
    Chars,
    Node,
    Place,
    Ranges,
    Repeat,
    Row,
)

__all__ = ["Automaton"]

REMEMBERED = 20_000
"""Transitions kept; then all are forgotten, so that memory stays bounded."""

State = frozenset[int]
_MATCH: State = frozenset([-1])

_EDGE, _NEWLINE, _WORD, _OTHER = range(4)
"""Kinds of neighbours of a place: no character, a newline, an ASCII word character, another."""


@dataclass(eq=False, repr=False)
class _Read:
    """Go on at `then` behind one of these characters."""

    ranges: Ranges
    then: int


@dataclass(eq=False, repr=False)
class _Check:
    """Go on at `then` at this place of the text."""

    place: Place
    then: int


@dataclass(eq=False, repr=False)
class _Fork:
    """Go on at any of `then`; at none: the text matches."""

    then: list[int]


class Automaton:
    """A regular expression that answers in linear time."""

    def __init__(self, tree: Node) -> None:
        self._code: list[_Read | _Check | _Fork] = [_Fork([])]
        self._start = self._compiled(tree, 0)
        self._known: dict[tuple[State, int, str], State] = {}

    def matches(self, text: str) -> bool:
        """Whether the expression matches anywhere in `text`."""
        state, before = frozenset([self._start]), _EDGE
        for character in text:
            key = (state, before, character)
            following = self._known.get(key)
            if following is None:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                following = self._known[key] = self._step(*key)
            if following is _MATCH:
                return True
            state, before = following, _kind(character)
        return self._step(state, before, "") is _MATCH

    def _compiled(self, node: Node, then: int) -> int:
        """Add the instructions for `node`, going on at `then`; where they start."""
        match node:
            case Chars(ranges):
                return self._added(_Read(ranges, then))
            case At(place):
                return self._added(_Check(place, then))
            case Row(parts):
                for part in reversed(parts):
                    then = self._compiled(part, then)
                return then
            case Alternatives(choices):
                return self._added(_Fork([self._compiled(choice, then) for choice in choices]))
            case Repeat(part, least, most):
                return self._repeated(part, least, most, then)

    def _repeated(self, part: Node, least: int, most: int | None, then: int) -> int:
        if most is None:
            fork = _Fork([then])
            loop = self._added(fork)
            fork.then.append(self._compiled(part, loop))
            then = loop
        for _ in range((most or least) - least):
            then = self._added(_Fork([then, self._compiled(part, then)]))
        for _ in range(least):
            then = self._compiled(part, then)
        return then

    def _added(self, instruction: _Read | _Check | _Fork) -> int:
        self._code.append(instruction)
        return len(self._code) - 1

    def _step(self, state: State, before: int, character: str) -> State:
        """The state behind `character`, or at the end of the text where that is empty."""
        after = _kind(character) if character else _EDGE
        following: set[int] = {self._start}
        seen: set[int] = set()
        todo = list(state)
        while todo:
            index = todo.pop()
            if index in seen:
                continue
            seen.add(index)
            instruction = self._code[index]
            if isinstance(instruction, _Read):
                if character and _contains(instruction.ranges, ord(character)):
                    following.add(instruction.then)
            elif isinstance(instruction, _Check):
                if _holds(instruction.place, before, after):
                    todo.append(instruction.then)
            elif index == 0:
                return _MATCH
            else:
                todo.extend(instruction.then)
        return frozenset(following)


def _contains(ranges: Ranges, code: int) -> bool:
    index = bisect_right(ranges, (code, 0x110000)) - 1
    return index >= 0 and code <= ranges[index][1]


def _kind(character: str) -> int:
    if character == "\n":
        return _NEWLINE
    is_word = character == "_" or (character.isascii() and character.isalnum())
    return _WORD if is_word else _OTHER


def _holds(place: Place, before: int, after: int) -> bool:
    match place:
        case Place.TEXT_START:
            return before == _EDGE
        case Place.TEXT_END:
            return after == _EDGE
        case Place.LINE_START:
            return before in (_EDGE, _NEWLINE)
        case Place.LINE_END:
            return after in (_EDGE, _NEWLINE)
        case Place.WORD_EDGE:
            return (before == _WORD) != (after == _WORD)
        case Place.NO_WORD_EDGE:
            return (before == _WORD) == (after == _WORD)
