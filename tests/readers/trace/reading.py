"""Reading a trace for a test, on either flavour of the kernel, and comparing what came out."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gotrace.errors import InputError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.events import EVENTS
from gotrace.readers.trace.ordering import OrderedEvents
from gotrace.readers.trace.stream import TraceStream
from gotrace.readers.trace.v1.stream import V1Stream
from gotrace.tables.notes import Note

__all__ = ["Outcome", "drained", "lines", "read"]

COLUMNS = ("time_ns", "type", "thread", "proc", "goroutine", "stack", "args")


@dataclass
class Outcome:
    """All that reading a trace gave."""

    chunks: list[OrderedEvents]
    notes: list[Note]
    error: InputError | None

    @property
    def columns(self) -> dict[str, list[int]]:
        return {
            name: [value for chunk in self.chunks for value in getattr(chunk, name).tolist()]
            for name in COLUMNS
        }

    @property
    def told(self) -> tuple[Any, ...]:
        """What must be the same on both flavours."""
        error = self.error
        failure = None if error is None else (type(error), error.reason, error.offset)
        return self.columns, self.notes, failure


def read(
    data: bytes,
    *,
    strict: bool = True,
    plain: bool = False,
    chunk_rows: int = 1 << 12,
    limits: Limits = DEFAULT,
) -> Outcome:
    """Read a trace to its end or error."""
    return drained(
        lambda: TraceStream(io.BytesIO(data), strict=strict, chunk_rows=chunk_rows, limits=limits),
        plain,
    )


def drained(opened: Callable[[], TraceStream | V1Stream], plain: bool) -> Outcome:
    """Open a stream on a flavour of the kernel and take all it gives."""
    chunks: list[OrderedEvents] = []
    notes: list[Note] = []
    with _flavour(plain):
        try:
            stream = opened()
            notes = stream.notes
            chunks.extend(stream)
        except InputError as error:
            return Outcome(chunks, notes, error)
    return Outcome(chunks, notes, None)


@contextmanager
def _flavour(plain: bool) -> Iterator[None]:
    before = os.environ.get("GOTRACE_KERNELS")
    os.environ["GOTRACE_KERNELS"] = "plain" if plain else "compiled"
    try:
        yield
    finally:
        os.environ.pop("GOTRACE_KERNELS")
        if before is not None:
            os.environ["GOTRACE_KERNELS"] = before


def lines(outcome: Outcome) -> list[str]:
    """Events as text: `time thread proc goroutine Name argument=value ...`, syncs left out."""
    found = []
    for chunk in outcome.chunks:
        offsets = chunk.arg_offsets
        for row, kind in enumerate(chunk.type.tolist()):
            event = EVENTS[kind]
            if event.name == "Sync":
                continue
            arguments = chunk.args[offsets[row] : offsets[row + 1]]
            text = "".join(
                f" {argument.name}={_value(argument.meaning, value, chunk)}"
                for argument, value in zip(event.columns, arguments.view(np.int64), strict=False)
            )
            context = (chunk.thread[row], chunk.proc[row], chunk.goroutine[row])
            place = " ".join(
                f"{k}{v}" if v >= 0 else f"{k}-" for k, v in zip("MPG", context, strict=True)
            )
            stack = f" stack={chunk.stack[row]}" if chunk.stack[row] >= 0 else ""
            found.append(f"{chunk.time_ns[row]} {place} {event.name}{text}{stack}")
    return found


def _value(meaning: str, value: int, chunk: OrderedEvents) -> str:
    if meaning == "string":
        return "?" if value < 0 else repr(chunk.generation.strings[value])
    return str(value)
