"""Reading traces of Go 1.5 to 1.21 in tests, on either flavour of the kernel."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gotrace.errors import InputError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.events import EVENTS
from gotrace.readers.trace.ordering import OrderedEvents
from gotrace.readers.trace.v1.stream import V1Stream
from gotrace.tables.notes import Note
from tests.goroots import GOROOTS
from tests.readers.trace.reading import drained

__all__ = ["RECORDINGS", "SHIPPED", "Row", "names", "read", "rows", "told"]

NONE = (1 << 64) - 1
Row = tuple[Any, ...]
Outcome = tuple[list[OrderedEvents], list[Note], InputError | None]

_FOLDERS = ("src/internal/trace/internal/tracev1/testdata", "src/internal/trace/testdata")
RECORDINGS = {
    path.name: path
    for root in reversed(GOROOTS)
    for folder in _FOLDERS
    for path in sorted((root.path / folder).glob("*_1_*_*"))
}
"""Go's own recordings in the installed toolchains, by name."""
SHIPPED = sorted((Path(__file__).parents[4] / "sample_traces").glob("*/go1.21/trace*.out"))


def read(
    data: bytes,
    *,
    strict: bool = False,
    plain: bool = False,
    chunk_rows: int = 1 << 12,
    limits: Limits = DEFAULT,
) -> Outcome:
    """Read a trace to its end or error."""
    outcome = drained(
        lambda: V1Stream(io.BytesIO(data), strict=strict, chunk_rows=chunk_rows, limits=limits),
        plain,
    )
    return outcome.chunks, outcome.notes, outcome.error


def told(outcome: Outcome) -> tuple[Any, ...]:
    """Everything both flavours must agree on."""
    chunks, notes, error = outcome
    failure = None if error is None else (type(error), error.reason, error.offset)
    strings = chunks[-1].generation.strings if chunks else []
    return list(_raw(chunks)), strings, notes, failure


def _raw(chunks: list[OrderedEvents]) -> Iterator[Row]:
    for chunk in chunks:
        offsets, args = chunk.arg_offsets.tolist(), chunk.args.tolist()
        names_ = ("time_ns", "type", "thread", "proc", "goroutine", "stack")
        columns = [getattr(chunk, name).tolist() for name in names_]
        for i, row in enumerate(zip(*columns, strict=True)):
            yield (*row, *args[offsets[i] : offsets[i + 1]])


def rows(chunks: list[OrderedEvents]) -> list[Row]:
    """(time, type's name, thread, proc, goroutine, arguments, frames); strings as text."""
    found = []
    for time, type_, thread, proc, goroutine, stack, *args in _raw(chunks):
        tables = chunks[0].generation
        values = [
            _value(column.meaning, value, tables)
            for column, value in zip(EVENTS[type_].columns, args, strict=False)
        ]
        frames = _frames(tables, stack)
        found.append((time, EVENTS[type_].name, thread, proc, goroutine, tuple(values), frames))
    return found


def _value(meaning: str, value: int, tables: Any) -> Any:
    if meaning == "string":
        return None if value == NONE else tables.strings[value]
    if meaning == "stack":
        return _frames(tables, -1 if value == NONE else value)
    return value


def _frames(tables: Any, stack: int) -> tuple[Any, ...]:
    if stack < 0:
        return ()
    frames, text = tables.frames, tables.strings
    return tuple(
        (
            int(frames.pc[f]),
            text[frames.function[f]] if frames.function[f] >= 0 else None,
            text[frames.file[f]] if frames.file[f] >= 0 else None,
            int(frames.line[f]),
        )
        for f in tables.stacks[stack]
    )


def names(chunks: list[OrderedEvents]) -> list[str]:
    """The names of the events' types."""
    return [EVENTS[type_].name for chunk in chunks for type_ in chunk.type.tolist()]
