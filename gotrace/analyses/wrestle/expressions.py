"""What an expression that escapes allocates, as its text tells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gotrace.analyses.wrestle.type_layouts import bare
from gotrace.analyses.wrestle.why import Escape, is_constant, is_sum_of_strings

__all__ = ["Form", "Made", "forms_of_source", "made_by", "made_of"]


class Form(StrEnum):
    """Ways to allocate."""

    NEW = "a value of a type"
    SLICE = "a new slice"
    GROWN = "a slice that grows"
    MAP = "a map"
    STRING = "a string made of bytes"
    BYTES = "bytes made of a string"
    JOINED = "joined strings"
    BOXED = "a value in an interface"
    CLOSURE = "a closure"
    VARIABLE = "a variable"


@dataclass(frozen=True)
class Made:
    """What one expression allocates; `type_name` is bare, of a slice its elements', or empty."""

    form: Form
    type_name: str = ""
    escape: Escape | None = None


_NEW = re.compile(r"^(?:&|new\()([\w./~\[\]*, ]+?)(?:\{.*\}|\))$", re.DOTALL)
_MAKE = re.compile(r"^make\((\[\].+?|map\[.+?)(?:, .*)?\)$", re.DOTALL)
_LITERAL = re.compile(r"^(\[[\d.]*\].+?|map\[.+?)\{.*\}$", re.DOTALL)
_STRING = re.compile(r"^string\(.*\)$|^strings\.Clone\(", re.DOTALL)
_BYTES = re.compile(r"^\(?\[\](?:byte|rune|uint8|int32)\)?\(.*\)$", re.DOTALL)
_SOURCE: tuple[tuple[str, Form], ...] = (
    (r"\bappend\(", Form.GROWN),
    (r"(?<![\w.])string\(|strings\.Clone\(", Form.STRING),
    (r"\bmake\(map\b|\bmap\[[^\]]+\][\w*.\[\]]+\{|\w+\[[^\]]+\]\s*(?:=|\+\+|[-+|&]=)", Form.MAP),
)


def made_by(escape: Escape) -> Made:
    """What this escape puts on the heap."""
    what = escape.what.strip()
    if escape.kind == "moved_to_heap":
        return Made(Form.VARIABLE, "", escape)
    if what == "func literal":
        return Made(Form.CLOSURE, "", escape)
    if what.startswith("append"):
        return Made(Form.GROWN, "", escape)
    if what == "... argument":
        return Made(Form.SLICE, "", escape)
    if _BYTES.match(what):
        return Made(Form.BYTES, "", escape)
    if _STRING.match(what):
        return Made(Form.STRING, "", escape)
    if found := _NEW.match(what):
        return Made(Form.NEW, bare(found[1]), escape)
    if found := _MAKE.match(what) or _LITERAL.match(what):
        name = found[1]
        if name.startswith("map["):
            return Made(Form.MAP, bare(name), escape)
        return Made(Form.SLICE, bare(name[name.index("]") + 1 :]), escape)
    if not what:
        return Made(Form.VARIABLE, "", escape)
    if is_sum_of_strings(what):
        return Made(Form.JOINED, "", escape)
    return Made(Form.BOXED, "", escape)


def made_of(escapes: Iterable[Escape]) -> tuple[Made, ...]:
    """The same of all escapes of a site; constants lie in read-only memory."""
    return tuple(made_by(escape) for escape in escapes if not is_constant(escape.what.strip()))


def forms_of_source(line: str) -> set[Form]:
    """What the text of a source line can allocate, of what the compiler does not always tell."""
    code = line.partition("//")[0]
    return {form for pattern, form in _SOURCE if re.search(pattern, code)}
