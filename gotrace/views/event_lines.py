"""Events of a trace as lines, for people who grep: text, or one JSON object a line."""

from __future__ import annotations

import json
from typing import NamedTuple

from gotrace.views.safety import safe_text

__all__ = ["EventLine", "Frame", "json_line", "text_line"]


class Frame(NamedTuple):
    """A call: function, file and line as recorded; empty and 0 where unknown."""

    function: str
    file: str
    line: int


class EventLine(NamedTuple):
    """One event; -1 stands for no thread, proc or goroutine."""

    time_ns: int
    """Since the trace began."""
    thread: int
    proc: int
    goroutine: int
    event: str
    arguments: tuple[tuple[str, int | str | None], ...]
    """None for no thread, proc, goroutine or task."""
    stack: tuple[Frame, ...]
    """Leaf first; only the leaf where no more was asked for."""


_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./()*[]{}-,:&")


def text_line(event: EventLine, *, is_deep: bool = False) -> str:
    """`0.001234567 M12 P0 G7 GoBlock reason="chan receive" at main.work main.go:33`.

    Seconds since the trace began, with nine digits, so that text order is time order; `-` for no
    thread, proc or goroutine. With `is_deep` all frames follow on lines of their own, indented.
    """
    seconds, rest = divmod(abs(event.time_ns), 1_000_000_000)
    sign = "-" if event.time_ns < 0 else ""
    words = [
        f"{sign}{seconds}.{rest:09d} {_who('M', event.thread):<7} {_who('P', event.proc):<3} "
        f"{_who('G', event.goroutine):<6} {event.event}"
    ]
    words += [f"{name}={_value(value)}" for name, value in event.arguments]
    if is_deep:
        return " ".join(words) + "".join(f"\n\t{_place(frame)}" for frame in event.stack)
    if event.stack:
        words.append(f"at {_place(event.stack[0])}")
    return " ".join(words)


def json_line(event: EventLine) -> str:
    """One object: times in nanoseconds, null for no thread, proc or goroutine."""
    content = {
        "time_ns": event.time_ns,
        "thread": None if event.thread < 0 else event.thread,
        "proc": None if event.proc < 0 else event.proc,
        "goroutine": None if event.goroutine < 0 else event.goroutine,
        "event": event.event,
        "arguments": dict(event.arguments),
        "stack": [frame._asdict() for frame in event.stack],
    }
    return json.dumps(content, separators=(",", ":"))


def _who(letter: str, number: int) -> str:
    return f"{letter}{number}" if number >= 0 else f"{letter}-"


def _value(value: int | str | None) -> str:
    """Texts in quotes unless they are a word: one `name=value` is one thing to grep for."""
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    if value and _BARE.issuperset(value):
        return value
    quoted = safe_text(value).replace('"', '\\"')
    return f'"{quoted}"'


def _place(frame: Frame) -> str:
    function = safe_text(frame.function) or "?"
    file = safe_text(frame.file.rpartition("/")[2])
    return f"{function} {file}:{frame.line}" if file else function
