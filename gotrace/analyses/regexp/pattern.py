"""`Pattern`: a compiled Go regular expression, fast where that is safe, linear where not."""

from __future__ import annotations

import re
from functools import cached_property
from math import inf

from gotrace.analyses.regexp.automaton import Automaton
from gotrace.analyses.regexp.syntax import RegexpError, parse
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
from gotrace.errors import UsageError

__all__ = ["Pattern", "compile_go"]

LONG = 1000
"""Characters from which on a text is matched by the automaton only."""
UNTRUSTED_EFFORT = 2_000_000
"""What a pattern out of the input may cost, about a second; usual ones take a fraction of it."""

_PLACES = {
    Place.TEXT_START: r"\A",
    Place.TEXT_END: r"\Z",
    Place.LINE_START: "(?m:^)",
    Place.LINE_END: "(?m:$)",
    Place.WORD_EDGE: r"(?a:\b)",
    # Python's \B does not match in an empty text; Go's does.
    Place.NO_WORD_EDGE: r"(?!(?a:\b))",
}


class Pattern:
    """A Go regular expression. `is_trusted`: the user wrote it; it did not come with the input."""

    def __init__(self, tree: Node, is_trusted: bool) -> None:
        self._tree = tree
        self._python = re.compile(_to_python(tree)) if is_trusted else None
        self._effort = inf if is_trusted else UNTRUSTED_EFFORT

    @cached_property
    def _automaton(self) -> Automaton:
        return Automaton(self._tree, self._effort)

    def matches(self, text: str) -> bool:
        """Whether it matches anywhere in `text`.

        Raises UsageError where the pattern is too large, or takes too long and is not trusted.
        """
        if self._python is not None and len(text) < LONG:
            return self._python.search(text) is not None
        return self._automaton.matches(text)


def compile_go(text: str, option: str, *, is_trusted: bool = True) -> Pattern:
    """Compile a Go regular expression that was given as `option`.

    Raises UsageError where Go would refuse it, or where it needs Unicode scripts (`\\p{Greek}`).
    """
    try:
        return Pattern(parse(text), is_trusted)
    except RegexpError as fault:
        raise UsageError(f"-{option}: error parsing regexp `{text}`: {fault}") from None


def _to_python(node: Node) -> str:
    """The same expression in Python's syntax."""
    match node:
        case Chars(ranges):
            return _python_class(ranges)
        case At(place):
            return _PLACES[place]
        case Row(parts):
            return "".join(map(_to_python, parts))
        case Alternatives(choices):
            return f"(?:{'|'.join(map(_to_python, choices))})"
        case Repeat(part, least, most):
            return f"(?:{_to_python(part)}){{{least},{'' if most is None else most}}}"


def _python_class(ranges: Ranges) -> str:
    if ranges == ANY:
        return "(?s:.)"
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return re.escape(chr(ranges[0][0]))
    spans = (_python_char(low) + "-" + _python_char(high) for low, high in ranges)
    # An empty class, such as [^\x00-\x{10FFFF}], never matches.
    return f"[{''.join(spans)}]" if ranges else "(?!)"


def _python_char(code: int) -> str:
    return f"\\U{code:08x}"
