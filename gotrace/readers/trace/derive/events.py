"""The table `events`: every event with its arguments, and `event_types`, which names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.kernels import load
from gotrace.readers.trace.derive.chunk import Chunk
from gotrace.readers.trace.derive.folder import Block, Noteless
from gotrace.readers.trace.derive.views import views
from gotrace.readers.trace.events import CPU_SAMPLE, EVENTS, EventType, argument_counts
from gotrace.tables.columns import Coded, Column, Columns

__all__ = ["EventsFolder"]

_TEXTS = ("string",)
_REFERENCES = ("string", "stack")
_MOST_ARGUMENTS = 4


def _timed() -> list[EventType]:
    return [event for event in EVENTS.values() if event.is_timed or event.number == CPU_SAMPLE]


def _places() -> npt.NDArray[np.int8]:
    """256 x 5: the places of an event's numeric arguments, and of its text; -1 for none."""
    places = np.full((256, _MOST_ARGUMENTS + 1), -1, np.int8)
    for event in EVENTS.values():
        if not event.is_timed:
            continue
        columns = event.columns
        numeric = [i for i, column in enumerate(columns) if column.meaning not in _REFERENCES]
        places[event.number, : len(numeric)] = numeric
        texts = [i for i, column in enumerate(columns) if column.meaning in _TEXTS]
        if texts:
            places[event.number, _MOST_ARGUMENTS] = texts[-1]
    return places


_PLACES = _places()
_COUNTS = argument_counts()
_NAMES = [event.name for event in _timed()]
_CODES = np.zeros(256, np.int32)
_CODES[[event.number for event in _timed()]] = np.arange(len(_NAMES))


class EventsFolder(Noteless):
    """One row an event."""

    tables = ("event_types", "events")

    def __init__(self) -> None:
        self._kernel: Any = load("trace_rows")

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """Every event of the chunk."""
        events = chunk.events
        spread = [np.empty(len(chunk), np.int64) for _ in range(_MOST_ARGUMENTS + 1)]
        texts = self._kernel.spread(*views(events.type, events.args, _COUNTS, _PLACES, *spread))
        columns: dict[str, Column] = {
            "time_ns": chunk.time_ns,
            "event": Coded(_CODES.take(events.type), list(_NAMES)),
            "thread": events.thread,
            "proc": events.proc,
            "goroutine": events.goroutine,
            "stack_id": chunk.stacks(events.stack),
            **{f"arg_{i + 1}": spread[i] for i in range(_MOST_ARGUMENTS)},
            "text": _text(chunk, spread[_MOST_ARGUMENTS]) if texts else _no_text(len(chunk)),
        }
        yield "events", Columns(len(chunk), columns)

    def finish(self, end_ns: int) -> Iterable[Block]:
        """What the arguments mean."""
        types = _timed()
        columns: dict[str, Column] = {
            "event": np.array([event.name for event in types], object),
            "number": np.array([event.number for event in types], np.int32),
            "arguments": np.array([_described(event, False) for event in types], object),
            "text": np.array([_described(event, True) for event in types], object),
            "has_stack": np.array([event.has_main_stack for event in types], np.bool_),
        }
        yield "event_types", Columns(len(types), columns)


def _described(event: EventType, is_text: bool) -> str:
    """The names of the numeric arguments, or of the text."""
    if not event.is_timed:
        return ""
    if is_text:
        names = [column.name for column in event.columns if column.meaning in _TEXTS]
        return names[-1] if names else ""
    return ", ".join(c.name for c in event.columns if c.meaning not in _REFERENCES)


def _text(chunk: Chunk, local: npt.NDArray[np.int64]) -> Coded:
    """The texts that the chunk uses; "" is null."""
    strings = chunk.events.generation.strings
    inside = np.where((local < 0) | (local >= len(strings)), len(strings), local)
    is_used = np.bincount(inside, minlength=len(strings) + 1) > 0
    used = np.flatnonzero(is_used[:-1]).tolist()
    kept = {text: i for i, text in enumerate(dict.fromkeys(strings[row] for row in used))}
    if "" in kept:
        kept = {text: i for i, text in enumerate(text for text in kept if text)}
    code = np.full(len(strings) + 1, -1, np.int32)
    code[used] = [kept.get(strings[row], -1) for row in used]
    return Coded(code.take(inside), list(kept))


def _no_text(rows: int) -> Coded:
    return Coded(np.full(rows, -1, np.int32), [])
