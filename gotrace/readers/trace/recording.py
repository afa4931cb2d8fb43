"""A trace as tables: `read_trace` builds those that are asked for, in memory.

`gotrace.tables.stream_store` writes the same blocks to Parquet as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gotrace.errors import UsageError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.derive.chunk import Chunk
from gotrace.readers.trace.derive.events import EventsFolder
from gotrace.readers.trace.derive.folder import Block, Folder
from gotrace.readers.trace.derive.goroutines import GoroutineFolder
from gotrace.readers.trace.derive.heap import GoroutineStacksFolder, HeapFolder
from gotrace.readers.trace.derive.instants import CpuSamplesFolder, LogsFolder, MetricsFolder
from gotrace.readers.trace.derive.names import Names
from gotrace.readers.trace.derive.procs import ProcFolder
from gotrace.readers.trace.derive.ranges import RangesFolder
from gotrace.readers.trace.derive.stacks import StackTable
from gotrace.readers.trace.derive.types import TypeTable
from gotrace.readers.trace.derive.window import Window
from gotrace.readers.trace.memory import OrderedEvents
from gotrace.readers.trace.opening import Bytes, open_bytes, open_stream
from gotrace.readers.trace.stream import TraceStream
from gotrace.readers.trace.v1.stream import V1Stream
from gotrace.tables.columns import Columns, Lazy
from gotrace.tables.gathering import gather
from gotrace.tables.notes import Note
from gotrace.tables.recording import Origin, Recording
from gotrace.tables.schema import TABLES as SCHEMA

__all__ = ["TABLES", "Derivation", "Lane", "Progress", "read_trace"]

Progress = Callable[[int, int], None]
"""Called after every chunk with the stored bytes taken and the events so far."""

_SHARED = ("functions", "frames", "stacks")
_FORMATS = {23: "written by Go 1.23 and 1.24", 26: "written by Go 1.26 and 1.27"}
_EXACT = (5, 7, 8, 9, 10, 21, 22, 25)
"""Formats that only one release line of Go writes."""


def _folders(names: Names, types: TypeTable) -> list[Folder]:
    return [
        EventsFolder(),
        GoroutineFolder(names),
        ProcFolder(),
        RangesFolder(names),
        MetricsFolder(),
        CpuSamplesFolder(),
        LogsFolder(),
        HeapFolder(types),
        GoroutineStacksFolder(),
    ]


TABLES = (*_SHARED, *(name for f in _folders(Names(), TypeTable()) for name in f.tables))
"""Every table that a trace has."""


def read_trace(
    path: str | Path,
    *,
    tables: Collection[str] | None = None,
    start: int | None = None,
    end: int | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> Recording:
    """Read a trace (path, `-` or address) as a `Recording` of kind `trace`.

    Only `tables` are built (all of `TABLES` if None), and what they refer to. `start` and `end` are
    nanoseconds since the trace's start: moments within, and stretches that overlap them. With
    `strict` what is damaged or cut off is an error; else a note.

    Raises InputError, and UsageError for a table that there is not.
    """
    derivation = Derivation(tables, Window(start, end))
    gathered: dict[str, list[Columns]] = {name: [] for name in derivation.tables}
    with open_bytes(path, limits) as content:
        stream = open_stream(content, strict=strict, limits=limits)
        for table, columns in derivation.blocks(stream, content, progress):
            gathered[table].append(columns)
        origin = derivation.origin(str(path), stream, content)
    found = Lazy({name: gather(name, blocks) for name, blocks in gathered.items()})
    return Recording("trace", origin, found, derivation.notes(stream))


@dataclass(frozen=True)
class Lane:
    """Folders, and the tables that grow by what these meet.

    A lane shares nothing that changes with another, so that each may have a thread of its own.
    """

    folders: tuple[Folder, ...]
    shared: tuple[StackTable | TypeTable, ...]


class Derivation:
    """Makes blocks of rows of the wanted tables from a stream of events.

    `keys` are the ids of the tables that columns refer to, by what the schema's `refers_to` says;
    they grow, and what a block refers to is there when the block is.
    """

    def __init__(self, tables: Collection[str] | None = None, window: Window | None = None) -> None:
        wanted = TABLES if tables is None else tables
        if unknown := sorted(set(wanted) - set(TABLES)):
            raise UsageError(f"a trace has no table `{unknown[0]}`; it has {', '.join(TABLES)}")
        self._stacks, self._types, self._names = StackTable(), TypeTable(), Names()
        self._window = window or Window()
        folders = _folders(self._names, self._types)
        self._folders = [f for f in folders if set(f.tables) & set(wanted)]
        needed = {*wanted, *self._referred(wanted)}
        self.tables = tuple(name for name in TABLES if name in needed)
        self._whole = Lane(tuple(self._folders), (self._stacks, self._types))
        self.events = 0
        self._wall_ns = 0
        self._end_ns = 0

    @property
    def keys(self) -> dict[str, npt.NDArray[np.uint64]]:
        """`table.column` → the ids so far, row by row."""
        return {
            "functions.function_id": self._stacks.functions.ids,
            "frames.frame_id": self._stacks.frames.ids,
            "stacks.stack_id": self._stacks.stacks.ids,
            "types.type_id": self._types.types.ids,
        }

    def blocks(
        self,
        stream: TraceStream | V1Stream,
        content: Bytes,
        progress: Progress | None = None,
    ) -> Iterator[Block]:
        """All blocks of the wanted tables, in the order in which rows become known."""
        for chunk in self.chunks(stream, content, progress):
            yield from self.fold(chunk, self._whole)
        yield from self.finish()

    def chunks(
        self,
        stream: TraceStream | V1Stream,
        content: Bytes,
        progress: Progress | None = None,
        ordered: Iterable[OrderedEvents] | None = None,
    ) -> Iterator[Chunk]:
        """What is to be folded, every chunk by every lane once; then comes `finish`.

        `ordered` are the events of the stream, if it is not itself to be iterated.
        """
        for events in stream if ordered is None else ordered:
            inside = self._window.before_end(events, stream.start_ns)
            if len(inside):
                yield self._chunk(inside, stream.start_ns)
            if progress is not None:
                progress(content.stored_bytes, self.events)
            if len(inside) < len(events):
                break

    @property
    def lanes(self) -> tuple[Lane, Lane]:
        """Everything but the heap, and the heap: it takes as long as all else together."""
        heap = tuple(folder for folder in self._folders if isinstance(folder, HeapFolder))
        others = tuple(folder for folder in self._folders if folder not in heap)
        return Lane(others, (self._stacks,)), Lane(heap, (self._types,))

    def fold(self, chunk: Chunk, lane: Lane) -> Iterator[Block]:
        """What becomes known with the chunk, of the wanted tables that the lane makes."""
        for folder in lane.folders:
            yield from self._wanted(folder.fold(chunk))
        for table in lane.shared:
            yield from self._wanted(table.take())

    def finish(self) -> Iterator[Block]:
        """What was still open when the trace ended."""
        for folder in self._folders:
            yield from self._wanted(folder.finish(self._end_ns))

    def origin(self, name: str, stream: TraceStream | V1Stream, content: Bytes) -> Origin:
        """What was read; of a window its part of the trace."""
        if self._window.end is None:
            content.drain()
        version = stream.version
        written = _FORMATS.get(version, f"of Go 1.{version}")
        return Origin(
            paths=(name,),
            format=f"Go execution trace, {written}",
            sha256=content.sha256 if self._window.end is None else "",
            size_bytes=content.stored_bytes,
            go_version=f"go1.{version}" if version in _EXACT else "",
            time_ns=self._wall_ns,
            duration_ns=self._end_ns,
        )

    def notes(self, stream: TraceStream | V1Stream) -> tuple[Note, ...]:
        """What was lost or is in doubt, of the stream and of what was made of it."""
        return (*stream.notes, *(note for folder in self._folders for note in folder.notes()))

    def _chunk(self, events: OrderedEvents, start_ns: int) -> Chunk:
        self.events += len(events)
        self._end_ns = int(events.time_ns[-1]) - start_ns
        clock = events.generation.clock
        if clock is not None and not self._wall_ns:
            self._wall_ns = clock.wall_ns - (clock.time_ns - start_ns)
        self._stacks.rows_of(events.generation)
        return Chunk(events, start_ns, self._stacks, self._names)

    def _wanted(self, blocks: Iterable[Block]) -> Iterator[Block]:
        for table, columns in blocks:
            if table in self.tables and columns.rows:
                yield table, self._window.rows(table, columns)

    @staticmethod
    def _referred(wanted: Collection[str]) -> set[str]:
        """The tables that columns of these refer to, directly or through others."""
        found: set[str] = set()
        left = list(wanted)
        while left:
            for column in SCHEMA[left.pop()].columns:
                table = column.refers_to.partition(".")[0]
                if table and table not in found:
                    found.add(table)
                    left.append(table)
        return found
