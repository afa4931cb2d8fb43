"""Matching in time linear in the text: a lazily built deterministic automaton.

A tree becomes a list of instructions (Thompson's construction). A state is the set of instructions
that may come next; what a state becomes on a character, given what kind of character came before,
is computed once and remembered.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import inf

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
from gotrace.errors import UsageError

__all__ = ["Automaton"]

MAX_NODES = 100_000
"""Parts of an expression with its repetitions written out. Go takes thirty times as many."""
REMEMBERED = 20_000
"""Transitions kept; then all are forgotten, so that memory stays bounded."""
REMEMBERED_INSTRUCTIONS = 500_000
"""The same for the states they lead to, by size: one of a long expression takes 100 KiB."""

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
    """A regular expression that answers in linear time.

    Linear is the length of the text times that of the expression, so `effort` bounds how many
    instructions all its matches together may look at. Raises UsageError for expressions too large.
    """

    def __init__(self, tree: Node, effort: float = inf) -> None:
        self._code: list[_Read | _Check | _Fork] = [_Fork([])]
        self._nodes = 0
        self._start = self._compiled(tree, 0)
        self._effort_left = effort
        self._known: dict[tuple[State, int, str], State] = {}
        self._states: dict[State, State] = {}
        self._remembered_instructions = 0

    def matches(self, text: str) -> bool:
        """Whether the expression matches anywhere in `text`. Raises UsageError beyond `effort`."""
        state, before = frozenset([self._start]), _EDGE
        for character in text:
            key = (state, before, character)
            following = self._known.get(key) or self._learnt(key)
            if following is _MATCH:
                return True
            state, before = following, _kind(character)
        return self._step(state, before, "") is _MATCH

    def _learnt(self, key: tuple[State, int, str]) -> State:
        """The state behind `key`, computed and remembered."""
        full = self._remembered_instructions >= REMEMBERED_INSTRUCTIONS
        if full or len(self._known) >= REMEMBERED:
            self._known.clear()
            self._states.clear()
            self._remembered_instructions = 0
        following = self._step(*key)
        # One object for equal states, or looking up a key would compare them item by item.
        known = self._states.setdefault(following, following)
        if known is following:
            self._remembered_instructions += len(following)
        self._known[key] = known
        return known

    def _compiled(self, node: Node, then: int) -> int:
        """Add the instructions for `node`, going on at `then`; where they start."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise UsageError("the pattern is too large")
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
        self._effort_left -= len(seen)
        if self._effort_left < 0:
            raise UsageError("the pattern takes too long to match")
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
