"""A file of `-gcflags=-json=0,DIR`: a header, then a diagnostic a line.

The form is that of `cmd/compile/internal/logopt`, the same from Go 1.21 to 1.27. What escapes is
explained in a line of its own; if it is no variable, an empty message follows at the same place.
The functions that inlined code stands in come first among a line's `relatedInformation`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import unquote

from gotrace.readers.escapes.flows import Place, parse_flow, parse_head, parse_step
from gotrace.readers.escapes.lines import TextLine
from gotrace.readers.escapes.matching import Explanation, Explanations
from gotrace.readers.escapes.messages import Said, with_leak
from gotrace.readers.escapes.rows import EscapeRows
from gotrace.readers.escapes.trouble import Trouble

__all__ = ["JsonHeader", "parse_header", "read_json"]

_MOST_NUMBER = 10**9
_INLINED, _EXPLAINED = "inlineLoc", "escflow: "
_ESCAPES = ("escape", "escapes")
_CODES = {
    "inlineCall": "inlining_call",
    "nilcheck": "nil_check",
    "isInBounds": "bounds_check",
    "isSliceInBounds": "bounds_check",
    "copy": "copy",
}
"""The compiler's code → our kind, where the message is a detail; those of loops begin alike."""
_LOOPS = ("iteration-variable-to-", "loop-modified-")


@dataclass(frozen=True)
class JsonHeader:
    """The first line of a file."""

    package: str
    file: str
    go_version: str


def parse_header(text: str) -> JsonHeader | None:
    """The header that `text` is; None for anything else, other versions of the format too."""
    value = _value(text)
    if value is None or value.get("version") != 0 or isinstance(value.get("version"), bool):
        return None
    found = [value.get(name) for name in ("package", "file", "gc_version")]
    if not all(isinstance(text, str) for text in found):
        return None
    return JsonHeader(*map(str, found))


def read_json(
    header: JsonHeader,
    lines: Iterable[TextLine],
    rows: EscapeRows,
    trouble: Trouble,
    name: str = "",
) -> None:
    """Read what follows the header; `name` is the file's, for notes."""
    explanations = Explanations()
    for line in lines:
        if not line.is_whole:
            trouble.add("escapes-cut", line.number, name or header.file)
        if line.text is None:
            trouble.add("overlong-lines", line.number, file=name)
        elif not line.text or _take(header, line.number, line.text, rows, explanations):
            continue
        elif line.is_whole:
            trouble.add("escape-lines-unread", line.number, line.text, name)
    if explanations.left_count:
        trouble.add("explanations-alone", count=explanations.left_count)


def _take(
    header: JsonHeader, number: int, text: str, rows: EscapeRows, explanations: Explanations
) -> bool:
    """Read a line; False if it is no diagnostic."""
    value = _value(text)
    place = None if value is None else _place(value.get("range"), header.file)
    if value is None or place is None:
        return False
    code, message = value.get("code"), value.get("message")
    related = value.get("relatedInformation") or []
    if not (isinstance(code, str) and isinstance(message, str) and isinstance(related, list)):
        return False
    inlined, said_steps = _related(related)
    where = (*place, *inlined)
    if code in _ESCAPES:
        head = parse_head(message) if message else None
        if message and head is None:
            return False
        if head is not None:
            explained = _explained(Explanation(head), said_steps)
            if not _is_variable(explained):
                explanations.add(where, explained)
                return True
            said, steps = Said("moved_to_heap", head.what), explained.steps
        else:
            found = explanations.take(where)
            said = Said("escapes_to_heap", found.head.what if found else "")
            steps = found.steps if found else []
    else:
        read = _said(code, message)
        if read is None:
            return False
        said = read
        # Only the steps are wanted; a leak is explained in its own line.
        steps = _explained(Explanation(_NO_HEAD), said_steps).steps
    package = header.package if header.package != "\0" else None
    rows.add(said, place, number, package, steps, inlined)
    return True


_HEAD = parse_head(" escapes to heap")
assert _HEAD is not None
_NO_HEAD = _HEAD


def _is_variable(explained: Explanation) -> bool:
    """Whether a variable's own address flows on, and not that of an expression's storage."""
    first = explained.steps[0].source if explained.steps else "{storage for"
    return not first.lstrip("&*").startswith("{storage for")


def _said(code: str, message: str) -> Said | None:
    if code == "leak":
        head = parse_head(message)
        if head is None or head.leaks_to is None:
            return None
        return with_leak(head.what, head.leaks_to, head.level)
    if code == "canInlineFunction":
        cost = message.removeprefix("cost: ")
        is_cost = cost.isascii() and cost.isdigit() and len(cost) < 10
        return Said("can_inline", "", cost=int(cost) if is_cost else -1)
    if code == "cannotInlineFunction":
        return Said("cannot_inline", "", message)
    if code == "cannotInlineCall":
        return Said("cannot_inline_call", "", message)
    if code in _CODES:
        return Said(_CODES[code], "", message or code)
    if code.startswith(_LOOPS):
        return Said("loop_variable", message, code)
    return Said("other", "", f"{code}: {message}" if message else code)


def _explained(explanation: Explanation, steps: list[tuple[str, Place | None]]) -> Explanation:
    """The explanation with the steps that JSON tells, which have their places beside them."""
    for text, place in steps:
        flow = parse_flow(text)
        if flow is not None:
            explanation.begin(flow)
        elif explanation.flow is not None:
            step = parse_step(text, explanation.flow)
            if step is not None:
                explanation.add(step._replace(place=place))
    explanation.close()
    return explanation


def _related(related: list[Any]) -> tuple[list[Place], list[tuple[str, Place | None]]]:
    """Where inlined code stands, outermost first, and the lines of the explanation."""
    inlined: list[Place] = []
    steps: list[tuple[str, Place | None]] = []
    for item in related:
        message = item.get("message") if isinstance(item, dict) else None
        if not isinstance(message, str):
            continue
        location = item.get("location")
        place = None
        if isinstance(location, dict) and isinstance(location.get("uri"), str):
            place = _place(location.get("range"), _path(location["uri"]))
        if message.startswith(_EXPLAINED):
            steps.append((message[len(_EXPLAINED) :].strip(), place))
        elif message == _INLINED and not steps and place is not None:
            inlined.append(place)
    return inlined, steps


def _place(value: Any, file: str) -> Place | None:
    """Where a range starts; the compiler's columns begin with 1, and 0 is none."""
    start = value.get("start") if isinstance(value, dict) else None
    if not isinstance(start, dict):
        return None
    line, column = start.get("line"), start.get("character")
    if not (_is_number(line) and _is_number(column)):
        return None
    return Place(file, line, column or -1)


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_NUMBER


def _path(uri: str) -> str:
    return unquote(uri.removeprefix("file://"))


def _value(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
