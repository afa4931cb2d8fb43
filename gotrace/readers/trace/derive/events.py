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
from gotrace.readers.trace.generation import GenerationTables
from gotrace.tables.columns import Coded, Column, Columns

__all__ = ["EventsFolder"]

_TEXTS = ("string",)
_REFERENCES = ("string", "stack")
_MOST_ARGUMENTS = 4
_TEXT = 0
_NOT_MET = -2


def _timed() -> list[EventType]:
    return [event for event in EVENTS.values() if event.is_timed or event.number == CPU_SAMPLE]


def _places() -> npt.NDArray[np.int8]:
    """256 x 5: the places of an event's text and of its numeric arguments; -1 for none."""
    places = np.full((256, 1 + _MOST_ARGUMENTS), -1, np.int8)
    for event in EVENTS.values():
        if not event.is_timed:
            continue
        columns = event.columns
        numeric = [i for i, column in enumerate(columns) if column.meaning not in _REFERENCES]
        places[event.number, 1 : 1 + len(numeric)] = numeric
        texts = [i for i, column in enumerate(columns) if column.meaning in _TEXTS]
        if texts:
            places[event.number, _TEXT] = texts[-1]
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
        self._generation: GenerationTables | None = None
        self._strings = np.zeros(0, np.int32)
        self._met = np.zeros(0, np.int32)
        self._none = np.zeros(0, np.int64)

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """Every event of the chunk."""
        events, rows = chunk.events, len(chunk)
        self._enter(events.generation)
        used = np.max(_PLACES[np.flatnonzero(chunk.counts), 1:], axis=0, initial=-1) >= 0
        # Most types have few arguments: what no event of the chunk has is not even looked at.
        width = int(np.flatnonzero(used)[-1]) + 1 if used.any() else 0
        spread = np.empty((width, rows), np.int64)
        codes, stacks, texts = np.empty((3, rows), np.int32)
        met = self._kernel.spread(
            *views(events.type, events.stack, events.args, _COUNTS, _PLACES, _CODES),
            *views(chunk.stack_rows, self._strings, self._met, codes, stacks, texts, spread),
        )
        numbers = [spread[i] if i < width else self._nulls(rows) for i in range(_MOST_ARGUMENTS)]
        columns: dict[str, Column] = {
            "time_ns": chunk.time_ns,
            "event": Coded(codes, list(_NAMES)),
            "thread": events.thread,
            "proc": events.proc,
            "goroutine": events.goroutine,
            "stack_id": stacks,
            **{f"arg_{i + 1}": column for i, column in enumerate(numbers)},
            "text": self._text(texts, events.generation.strings, met),
        }
        yield "events", Columns(len(chunk), columns)

    def _enter(self, generation: GenerationTables) -> None:
        """Codes of the generation's strings, which may become more, for the kernel."""
        strings = generation.strings
        if generation is self._generation and len(self._strings) == len(strings) + 1:
            return
        self._generation = generation
        self._strings = np.full(len(strings) + 1, _NOT_MET, np.int32)
        self._strings[[row for row, text in enumerate(strings) if not text] + [-1]] = -1
        self._met = np.zeros(len(strings) + 1, np.int32)

    def _text(self, codes: npt.NDArray[np.int32], strings: list[str], met: int) -> Coded:
        """The texts that the chunk uses; forgets what they were coded as."""
        rows = self._met[:met]
        self._strings[rows] = _NOT_MET
        texts = [strings[row] for row in rows.tolist()]
        kept = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        if len(kept) < met:
            codes = np.array([*(kept[text] for text in texts), -1], np.int32)[codes]
        return Coded(codes, list(kept))

    def _nulls(self, rows: int) -> npt.NDArray[np.int64]:
        """What no event has."""
        if len(self._none) < rows:
            self._none = np.full(rows, -1, np.int64)
            self._none.flags.writeable = False
        return self._none[:rows]

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
