"""The lines that explain an escape: `flow: TO = FROM:` and `from EXPRESSION (HOW) at PLACE`.

`cmd/compile/internal/escape/solve.go`; from Go 1.25 on `←` stands for `=`, and the head names the
function.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = [
    "HEAP",
    "Explained",
    "Place",
    "Step",
    "parse_flow",
    "parse_head",
    "parse_place",
    "parse_step",
]


HEAP = "{heap}"
"""Where what leaks goes, unless to a result."""


class Place(NamedTuple):
    """A place in the source; column -1 where it is not told."""

    file: str
    line: int
    column: int


class Step(NamedTuple):
    """A row of `escape_flows` without its numbers."""

    to: str
    source: str
    expression: str = ""
    how: str | None = None
    place: Place | None = None


class Explained(NamedTuple):
    """The head of an explanation: what escapes, or what parameter leaks where.

    `leaks_to` is None, and `level` -1, for what escapes.
    """

    what: str
    function: str | None
    leaks_to: str | None = None
    level: int = -1


_ESCAPES = re.compile(r"(.*) escapes to heap(?: in (.+))?")
_FROM = re.compile(r"from (.*) \(([^()]*)\)(?: at (\S.*))?")
_STORAGE = "{storage for "
_PARAMETER = "parameter "
_MOST_DIGITS = 10
_PLACE = re.compile(r"(.+?):([0-9]{1,9})(?::([0-9]{1,9}))?")


def parse_head(text: str) -> Explained | None:
    """The head of an explanation, with the colon of the text form or without."""
    text = text.removesuffix(":")
    if text.startswith(_PARAMETER):
        leak = _leak(text[len(_PARAMETER) :])
        if leak is not None:
            return leak
    escape = _ESCAPES.fullmatch(text)
    return None if escape is None else Explained(escape[1], escape[2])


def _leak(text: str) -> Explained | None:
    """`NAME leaks to TARGET[ for FUNCTION] with derefs=LEVEL`."""
    text, _, level = text.rpartition(" with derefs=")
    name, _, target = text.partition(" leaks to ")
    if not (name and target and level.isdecimal() and len(level) < _MOST_DIGITS):
        return None
    inside = target.rfind("}") + 1  # of `{storage for ...}`
    _, _, function = target[inside:].partition(" for ")
    if inside:
        # What leaks to storage or a temporary leaks to the heap: both are there themselves.
        return Explained(name, function or None, HEAP, int(level))
    return Explained(name, function or None, target.partition(" for ")[0], int(level))


def parse_flow(text: str) -> tuple[str, str] | None:
    """(to, from) of a `flow:` line, its spaces stripped."""
    if not text.startswith("flow: "):
        return None
    text = text[len("flow: ") :].removesuffix(":")
    begin = 0
    if text.startswith(_STORAGE):
        # An expression may have ` = ` in it; what follows its closing brace has not.
        ends = [at for sign in ("} = ", "} ← ") if (at := text.find(sign)) >= 0]
        begin = min(ends, default=0)
    for sign in (" ← ", " = "):
        at = text.find(sign, begin)
        if at >= 0:
            return text[:at], text[at + len(sign) :]
    return None


def parse_step(text: str, flow: tuple[str, str]) -> Step | None:
    """A `from` line, its spaces stripped, of `flow`."""
    found = _FROM.fullmatch(text)
    if found is None:
        return None
    place = parse_place(found[3]) if found[3] else None
    return Step(*flow, found[1], found[2], place)


def parse_place(text: str) -> Place | None:
    """`file:line:column` or `file:line`."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    return Place(found[1], int(found[2]), int(found[3]) if found[3] else -1)
