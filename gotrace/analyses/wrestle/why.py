"""Why something is on the heap, in words: what the compiler's escape analysis said, told to people.

Two things make a reason: what it is that is allocated (a boxed value, a growing slice, a closure, a
string, something too large) and, if that says nothing yet, where its address flows to (a result,
another object, a call). Only what the compiler printed is used: it names no types, so a few rules
read expressions as Go's own printer writes them (`cmd/compile/internal/ir/fmt.go`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gotrace.tables.recording import Recording

__all__ = [
    "REASONS",
    "Escape",
    "FlowStep",
    "Why",
    "escapes_of",
    "flows_of",
    "is_constant",
    "is_sum_of_strings",
    "why",
]


class Escape(NamedTuple):
    """What the compiler said of one place; `row` is that of `escapes`, -1 where nobody asks."""

    kind: str
    what: str
    file: str
    line: int
    detail: str = ""
    leaks_to: str | None = None
    row: int = -1
    function: str = ""
    column: int = -1

    @property
    def position(self) -> str:
        """`file.go:12:3`."""
        column = f":{self.column}" if self.column > 0 else ""
        return f"{self.file}:{self.line}{column}"


class FlowStep(NamedTuple):
    """A row of `escape_flows`: -1 and empty where the compiler does not tell."""

    flows_to: str
    flows_from: str
    expression: str
    how: str
    file: str
    line: int


class Why(NamedTuple):
    """A reason (one of `REASONS`) and the sentence that tells it."""

    slug: str
    sentence: str


REASONS: dict[str, str] = {
    "too-large-for-stack": "too large for the stack",
    "size-unknown": "the size is not known at compile time",
    "slice-growth": "a slice that grows",
    "map-growth": "a map, which grows on the heap",
    "interface-conversion": "a value converted to an interface",
    "constant": "a constant in an interface: nothing is allocated",
    "closure-capture": "a variable that a closure captures by reference",
    "closure": "a closure, or a method value, that outlives its function",
    "variadic-arguments": "the slice of a call's variadic arguments",
    "string-concatenation": "strings added up",
    "string-conversion": "a conversion between string and slice",
    "returned": "its address is returned",
    "stored": "its address is stored where it outlives the function",
    "sent-on-channel": "its address is sent on a channel",
    "call-parameter": "it is passed to a call that keeps it, or that cannot be looked into",
    "goroutine": "it is used by a `go` statement, or by a `defer` in a loop",
    "held-by-escaping": "something that is on the heap itself holds its address",
    "outlives": "a variable that lives longer holds its address",
    "escapes": "it escapes; only -m=2 or -json tell why",
    "other-package": "code of another package allocates it, of which the compiler was not asked",
    "parameter-leaks": "a parameter whose target must be on the heap",
    "stays": "it stays on the stack",
    "not-an-allocation": "this tells nothing of an allocation",
}
"""Slug → what it means."""

_LONGEST = 60
_BOX, _STORAGE, _HEAP = "interface-converted", "{storage for ", "{heap}"
_ARGUMENTS = "... argument"
_LITERAL = re.compile(r'-?[0-9][0-9a-fA-FxXobp_.+i-]*|"(?:[^"\\]|\\.)*"|\'.*\'|true|false|nil')
_CONVERSION = re.compile(r"(?:string|\(\[\](?:byte|rune|uint8|int32)\))\(.*\)")
_ALLOCATES = re.compile(r"new\(|&|\[|map\[|struct ?\{")
_COMPOSITE = re.compile(r".*\{(?:\.\.\.)?\}")
_MAKE_MAP = re.compile(r"make\(map\[|map\[[^{]*\{(?:\.\.\.)?\}\Z")
_MAKE = re.compile(r"make\(")
_NUMBERED = re.compile(r"make\(\[\].*, [0-9][0-9_]*(?:, [0-9][0-9_]*)?\)")
_SELECTOR = re.compile(r"[\w.()*\[\]]+\.\w+")
_NUMBER = re.compile(r"(?:\A|[ (])-?[0-9]+(?:\.[0-9]+)?(?:\Z|[ )])")


def why(escape: Escape, flows: Sequence[FlowStep] = ()) -> Why:
    """The reason for one row of `escapes`, by its rows of `escape_flows`."""
    if escape.kind in ("leaking_param", "leaking_param_content"):
        return Why("parameter-leaks", _leak(escape))
    if escape.kind == "does_not_escape":
        return _stays(escape)
    if escape.kind not in ("escapes_to_heap", "moved_to_heap"):
        return Why("not-an-allocation", f"{_named(escape.what)}: nothing is allocated")
    for reason in (_size, _shape, _boxed):
        found = reason(escape, flows)
        if found is not None:
            return found
    return _route(escape, flows)


def is_constant(expression: str) -> bool:
    """Whether an expression is a literal, which lies in read-only memory."""
    return _LITERAL.fullmatch(expression) is not None


def _size(escape: Escape, flows: Sequence[FlowStep]) -> Why | None:
    """Too large, or of a size that nobody knows (`HeapAllocReason`, escape/utils.go)."""
    what = _named(escape.what)
    for step in flows:
        if step.how.startswith("too "):
            told = step.how.replace("for stack", "for the stack")
            return Why("too-large-for-stack", f"{what} is {told}")
        if step.how == "non-constant size":
            told = f"the size of {what} is not known at compile time"
            return Why("size-unknown", f"{told}, so it cannot be on the stack")
        if step.how == "zero-sized element":
            return Why("size-unknown", f"{what} has a size that only the run tells")
    return None


def _shape(escape: Escape, flows: Sequence[FlowStep]) -> Why | None:
    """What the expression is says why, whatever becomes of it."""
    if escape.kind == "moved_to_heap":
        captured = next((step for step in flows if step.how == "captured by a closure"), None)
        if captured is None:
            return None
        told = f"variable {_named(escape.what)} is captured by reference by a closure"
        return Why("closure-capture", f"{told}{_at(captured)} that outlives its scope")
    what, after = _named(escape.what), _where_to(flows)
    if escape.what == "append" or escape.what.startswith("append("):
        return Why("slice-growth", f"{what} grows a slice that {after}")
    if escape.what == "func literal":
        if not [step for step in flows if step.how != "spill"] and _to_heap(flows):
            told = "the closure is started with `go`, or deferred in a loop"
            return Why("goroutine", f"{told}, so it outlives the function")
        return Why("closure", f"the closure {after}")
    if escape.what == _ARGUMENTS:
        return Why("variadic-arguments", f"the slice of a call's `...` arguments {after}")
    if _CONVERSION.fullmatch(escape.what):
        return Why("string-conversion", f"{what} copies bytes to memory that {after}")
    if is_sum_of_strings(escape.what):
        return Why("string-concatenation", f"{what} makes a new string that {after}")
    if _MAKE_MAP.match(escape.what):
        return Why("map-growth", f"the map {what} {after}")
    if _is_unknown_size(escape.what):
        return Why("size-unknown", f"{what} has a length that only the run tells, and {after}")
    return None


def _boxed(escape: Escape, flows: Sequence[FlowStep]) -> Why | None:
    """A value in an interface is printed as itself; what is not one has other shapes."""
    if escape.kind == "moved_to_heap":
        return None
    if is_constant(escape.what):
        told = f"the constant {_named(escape.what)} becomes an interface"
        return Why("constant", f"{told}, but lies in read-only memory: nothing is allocated")
    if _ALLOCATES.match(escape.what) or _MAKE.match(escape.what):
        return None
    next_step = next((step for step in flows if step.how != "spill"), None)
    is_argument = next_step is not None and next_step.expression == _ARGUMENTS
    if _COMPOSITE.fullmatch(escape.what) and not is_argument:
        return None  # a map or slice of a named type, more often than a boxed struct
    into = "" if not flows else f"; the copy {_where_to(flows)}"
    told = f"{_named(escape.what)} is copied into an interface value"
    if _SELECTOR.fullmatch(escape.what) and not is_argument:
        told += " (or bound, if it is a method)"
    return Why("interface-conversion", f"{told}{into}")


def _route(escape: Escape, flows: Sequence[FlowStep]) -> Why:
    """By where the address comes to at last."""
    subject = _named(escape.what)
    if escape.kind == "moved_to_heap":
        subject = f"the address of variable {subject}"
    if not flows:
        return Why("escapes", f"{subject} escapes; `-gcflags=-m=2` tells why")
    last = flows[-1]
    return Why(_slug(last, flows), f"{subject} {_where_to(flows)}")


def _slug(last: FlowStep, flows: Sequence[FlowStep]) -> str:
    if last.how == "return":
        return "returned"
    if last.how == "send":
        return "sent-on-channel"
    if last.how == "call parameter":
        return "call-parameter"
    if last.how == "captured by a closure" or (last.how == "reference" and len(flows) > 1):
        return "closure-capture"
    if last.flows_to == _HEAP:
        return "goroutine" if last.how == "spill" else "stored"
    return "held-by-escaping" if last.flows_to.startswith(_STORAGE) else "outlives"


def _where_to(flows: Sequence[FlowStep]) -> str:
    """What becomes of it, as the end of a sentence."""
    if not flows:
        return "escapes"
    last = flows[-1]
    slug, at = _slug(last, flows), _at(last)
    expression = _named(last.expression) if last.expression else ""
    if slug == "sent-on-channel":
        return f"is sent on a channel: {expression}{at}"
    if slug == "call-parameter":
        return f"is passed to {expression}{at}, which keeps it or cannot be looked into"
    if slug == "returned":
        return f"is returned{_seen(last.expression, 'return')}{at}"
    if slug == "stored":
        return f"is stored {_place_of(last)}{at}"
    if slug == "goroutine":
        return "is used by a `go` statement, or a `defer` in a loop"
    if slug == "closure-capture":
        return f"is captured by a closure{at} that outlives it"
    if slug == "held-by-escaping":
        holder = last.flows_to[len(_STORAGE) : -1]
        return f"is held by {_named(holder)}{at}, which is on the heap itself"
    told = f"is held by {_named(last.flows_to)}{at}"
    return f"{told}, which lives longer: a result, or declared outside of the loop or function"


def _place_of(step: FlowStep) -> str:
    """Where an assignment stores, by what stands on its left."""
    target, sign, _ = step.expression.partition(" = ")
    if step.how == "key of map put":
        return f"as a key of the map: {_named(step.expression)}"
    if not sign:
        return f"by {_named(step.expression)}" if step.expression else "in the heap"
    if "[" in target:
        return f"in an element of a map or slice: {_named(step.expression)}"
    if "." in target or target.startswith("*"):
        return f"in what a pointer leads to, or a package's variable: {_named(step.expression)}"
    return f"in a variable that outlives the function: {_named(step.expression)}"


def _stays(escape: Escape) -> Why:
    """What does not escape may be allocated still, if it outgrows its place on the stack."""
    what = _named(escape.what)
    small = "does not escape; what outgrows a small buffer on the stack is on the heap still"
    for slug, is_such in _GROWS:
        if is_such(escape.what):
            return Why(slug, f"{what} {small}")
    return Why("stays", f"{what} does not escape: it stays on the stack")


def is_sum_of_strings(what: str) -> bool:
    """Whether strings are added up: of numbers a sum allocates nothing, and often shows one."""
    is_made = what.startswith(("&", "make(", "new("))
    return " + " in what and not is_made and not _NUMBER.search(what)


def _is_unknown_size(what: str) -> bool:
    return what.startswith("make([]") and "," in what and not _NUMBERED.fullmatch(what)


_GROWS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("slice-growth", lambda what: what == "append" or what.startswith("append(")),
    ("string-conversion", lambda what: _CONVERSION.fullmatch(what) is not None),
    ("string-concatenation", is_sum_of_strings),
    ("map-growth", lambda what: _MAKE_MAP.match(what) is not None),
    ("size-unknown", _is_unknown_size),
)


def _to_heap(flows: Sequence[FlowStep]) -> bool:
    return bool(flows) and flows[-1].flows_to == _HEAP


def _leak(escape: Escape) -> str:
    target = "the heap" if escape.leaks_to in (None, _HEAP) else f"the result `{escape.leaks_to}`"
    what = f"parameter {_named(escape.what)}" if escape.what else "a parameter"
    through = "what it leads to" if escape.kind == "leaking_param_content" else "what it points to"
    return f"{what} flows to {target}: {through} cannot stay on the caller's stack"


def _named(expression: str) -> str:
    """An expression between backquotes, not longer than people read."""
    if len(expression) > _LONGEST:
        expression = expression[: _LONGEST - 3] + "..."
    return f"`{expression}`" if expression else "what is allocated here"


def _seen(expression: str, usual: str) -> str:
    return f" (`{expression}`)" if expression != usual and len(expression) <= _LONGEST else ""


def _at(step: FlowStep) -> str:
    """` at file.go:12`; nothing if the compiler does not tell."""
    if step.line < 0 or not step.file:
        return ""
    name = step.file.replace("\\", "/").rpartition("/")[2]
    return f" at {name}:{step.line}"


def escapes_of(recording: Recording) -> list[Escape]:
    """The rows of `escapes`, by their numbers."""
    table = recording.columns["escapes"]
    kinds, files, leaks = table.coded("kind"), table.coded("file"), table.coded("leaks_to")
    what, detail = table.array("what"), table.array("detail")
    lines = table.array("line").tolist()
    return [
        Escape(kinds[row] or "", what[row], files[row] or "", lines[row], detail[row], leaks[row])
        for row in range(table.rows)
    ]


def flows_of(recording: Recording) -> dict[int, list[FlowStep]]:
    """Number of a row of `escapes` → its steps, for those that have any."""
    table = recording.columns["escape_flows"]
    hows, files = table.coded("how"), table.coded("file")
    to, source, expression = (
        table.array(name) for name in ("flows_to", "flows_from", "expression")
    )
    lines = table.array("line").tolist()
    found: dict[int, list[FlowStep]] = {}
    for row, number in enumerate(table.array("escape_id").tolist()):
        step = FlowStep(
            to[row], source[row], expression[row], hows[row] or "", files[row] or "", lines[row]
        )
        found.setdefault(number, []).append(step)
    return found
