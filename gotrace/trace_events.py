"""The events of a trace one by one, filtered, with names for what arguments stand for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.errors import UsageError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.derive.experiment import Layout, decode
from gotrace.readers.trace.events import EVENTS
from gotrace.readers.trace.generation import GenerationTables
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.ordering import OrderedEvents
from gotrace.tables.notes import Note
from gotrace.views.event_lines import EventLine, Frame

__all__ = ["EventFilter", "TraceEvents"]

_GOROUTINE_STATES = ("undetermined", "runnable", "running", "syscall", "waiting", "notexist")
_PROC_STATES = ("undetermined", "running", "idle", "syscall", "syscall-abandoned", "notexist")
"""By number, as reading tells them (`internal/trace/tracev2`, GoStatus and ProcStatus)."""
_STATES = {"goroutine_status": _GOROUTINE_STATES, "proc_status": _PROC_STATES}
_WHO = ("thread", "proc", "goroutine")
_NULLABLE = (*_WHO, "task")
"""Meanings of which -1 says that there is none."""
_PIECE_ROWS = 1 << 10
"""Events made into lines at a time: the first must not wait for a million."""


@dataclass(frozen=True)
class EventFilter:
    """Which events are wanted: all that fit everything that is given.

    `start_ns` (included) and `end_ns` (excluded) since the trace's start; `goroutines`, `procs` and
    `threads` happened on it, or name it; `types` is a regular expression that is found in the
    event's name. Raises UsageError for a bad expression.
    """

    start_ns: int = 0
    end_ns: int | None = None
    goroutines: Collection[int] = ()
    procs: Collection[int] = ()
    threads: Collection[int] = ()
    types: str = ""

    def __post_init__(self) -> None:
        try:
            re.compile(self.types)
        except (re.error, OverflowError, RecursionError) as error:
            raise UsageError(f"`{self.types}` is not a regular expression: {error}") from None

    def rows(self, events: OrderedEvents, start_ns: int) -> npt.NDArray[np.int64]:
        """The events that fit."""
        first, last = 0, len(events)
        if self.start_ns > 0:
            first = int(np.searchsorted(events.time_ns, self.start_ns + start_ns))
        if self.end_ns is not None:
            last = int(np.searchsorted(events.time_ns, self.end_ns + start_ns))
        fits = np.zeros(len(events), np.bool_)
        fits[first:last] = True
        if self.types:
            fits &= self._named()[events.type]
        wanted = (self.threads, self.procs, self.goroutines)
        for who, numbers in zip(_WHO, wanted, strict=True):
            if numbers:
                fits &= _about(events, who, numbers)
        return np.flatnonzero(fits)

    def _named(self) -> npt.NDArray[np.bool_]:
        pattern = re.compile(self.types)
        fits = np.zeros(256, np.bool_)
        fits[[number for number, event in EVENTS.items() if pattern.search(event.name)]] = True
        return fits


def _about(events: OrderedEvents, who: str, numbers: Collection[int]) -> npt.NDArray[np.bool_]:
    """The events on one of these threads, procs or goroutines, or with it as an argument."""
    wanted = np.array(sorted(numbers), np.int64)
    fits = np.isin(getattr(events, who), wanted)
    offsets, arguments = events.arg_offsets[:-1], events.args.view(np.int64)
    for number, event in EVENTS.items():
        for place, argument in enumerate(event.columns):
            if argument.meaning == who and event.is_timed:
                rows = np.flatnonzero(events.type == number)
                fits[rows] |= np.isin(arguments[offsets[rows] + place], wanted)
    return fits


class TraceEvents:
    """Iterate once over the events of a trace (path, `-` or address) that fit a filter.

    `is_deep` gives whole stacks, else only the leaf. `notes` is complete afterwards, unless the
    iteration was given up. Raises InputError while iterating.
    """

    def __init__(
        self,
        source: str,
        wanted: EventFilter | None = None,
        *,
        is_deep: bool = False,
        strict: bool = False,
        limits: Limits = DEFAULT,
    ) -> None:
        self._source = source
        self._wanted = wanted or EventFilter()
        self._is_deep = is_deep
        self._strict = strict
        self._limits = limits
        self.notes: tuple[Note, ...] = ()

    def __iter__(self) -> Iterator[EventLine]:
        names: _Names | None = None
        layout = _USUAL
        with open_bytes(self._source, self._limits) as content:
            stream = open_stream(content, strict=self._strict, limits=self._limits)
            for events in stream:
                if names is None or names.generation is not events.generation:
                    names = _Names(events.generation, layout, self._is_deep)
                    layout = names.layout
                yield from self._lines(events, stream.start_ns, names)
                if self._is_over(events, stream.start_ns):
                    break
            self.notes = tuple(stream.notes)

    def _is_over(self, events: OrderedEvents, start_ns: int) -> bool:
        end = self._wanted.end_ns
        return end is not None and len(events) > 0 and int(events.time_ns[-1]) - start_ns >= end

    def _lines(self, events: OrderedEvents, start_ns: int, names: _Names) -> Iterator[EventLine]:
        rows, offsets = self._wanted.rows(events, start_ns), events.arg_offsets
        arguments = events.args.view(np.int64)
        for begin in range(0, len(rows), _PIECE_ROWS):
            piece = rows[begin : begin + _PIECE_ROWS]
            columns = (
                events.time_ns[piece] - start_ns, events.type[piece], events.thread[piece],
                events.proc[piece], events.goroutine[piece], events.stack[piece],
                offsets[piece], offsets[piece + 1],
            )  # fmt: skip
            for time, kind, thread, proc, goroutine, stack, first, last in zip(
                *(column.tolist() for column in columns), strict=True
            ):
                event = EVENTS[kind]
                told = names.arguments(kind, arguments[first:last].tolist())
                frames = names.stack(stack)
                yield EventLine(time, thread, proc, goroutine, event.name, told, frames)


_USUAL = Layout(0, 8192, 8, 2048)
_UNITS = {
    "span": "page_bytes", "object": "object_unit_bytes", "stack_memory": "stack_unit_bytes"
}  # fmt: skip
"""Meaning of an argument that stands for an address → what it counts in."""


class _Names:
    """What numbers of a generation stand for."""

    def __init__(self, generation: GenerationTables, layout: Layout, is_deep: bool) -> None:
        self.generation = generation
        told, types, _ = decode(generation)
        self.layout = told or layout
        self._types = dict(zip(types.ids, types.names, strict=True))
        self._is_deep = is_deep
        self._stacks: dict[int, tuple[Frame, ...]] = {-1: ()}

    def arguments(self, kind: int, values: list[int]) -> tuple[tuple[str, int | str | None], ...]:
        """The arguments of an event by name."""
        pairs = zip(EVENTS[kind].columns, values, strict=False)
        return tuple(
            (argument.name, self._told(argument.meaning, value)) for argument, value in pairs
        )

    def stack(self, row: int) -> tuple[Frame, ...]:
        """The frames of a stack, or its leaf."""
        found = self._stacks.get(row)
        if found is None:
            found = self._stacks[row] = self._frames(row, 1 << 20 if self._is_deep else 1)
        return found

    def _frames(self, row: int, most: int) -> tuple[Frame, ...]:
        generation = self.generation
        if not 0 <= row < len(generation.stacks):
            return ()
        table, strings = generation.frames, generation.strings
        return tuple(
            Frame(
                strings[table.function[frame]] if table.function[frame] >= 0 else "",
                strings[table.file[frame]] if table.file[frame] >= 0 else "",
                int(table.line[frame]),
            )
            for frame in generation.stacks[row][:most].tolist()
        )

    def _told(self, meaning: str, value: int) -> int | str | None:
        if meaning == "string":
            strings = self.generation.strings
            return strings[value] if 0 <= value < len(strings) else "?"
        if meaning == "stack":
            frames = self._frames(value, 1)
            return frames[0].function if frames else "?"
        if meaning in _STATES:
            states = _STATES[meaning]
            return states[value] if 0 <= value < len(states) else value
        if meaning == "type":
            return self._types.get(value, "?") if value else "untyped"
        if meaning in _UNITS:
            unit: int = getattr(self.layout, _UNITS[meaning])
            return hex(self.layout.lowest_address + (value & (1 << 64) - 1) * unit)
        return None if value < 0 and meaning in _NULLABLE else value
