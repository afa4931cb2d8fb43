"""Traces with alloc/free events, from the bytes to what the heap looked like.

Beside `gotrace.trace_pipeline`, and used only by `gotrace replay`; other allocators are the matter
of `gotrace.comparison_pipeline`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gotrace.analyses.go_version import version_evidence
from gotrace.analyses.replay.heap import HeapReplay
from gotrace.analyses.replay.results import replay_results
from gotrace.analyses.result import Fact, Result
from gotrace.analyses.trace.starts import Starts
from gotrace.errors import InputError, UsageError
from gotrace.model.versions import GoVersion, known_or_none
from gotrace.pipeline import Peeked, kernel_notes
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.marks import Marked, Marks
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import Derivation, Progress
from gotrace.readers.trace.stream import TraceStream
from gotrace.readers.trace.v1.stream import V1Stream
from gotrace.tables.columns import Columns, Lazy
from gotrace.tables.gathering import gather
from gotrace.tables.notes import Note
from gotrace.tables.recording import Origin, Recording
from gotrace.views.report import Report

__all__ = [
    "HeapRead",
    "ReplayAnswers",
    "heap_of_recording",
    "is_recorded",
    "read_heap",
    "replay_recording",
    "replay_trace",
    "save_answers",
]

_WRITERS = {23: (23, 24), 25: (25,), 26: (26, 27)}
"""Format → the Go versions that write it; all of one format have the same allocator rules."""
_ADVICE = "record with GODEBUG=traceallocfree=1 and Go 1.23 or later; see docs/traces.md"


class ReplayAnswers:
    """What is known of one trace; ask for a `report`."""

    def __init__(self, heap: HeapReplay, starts: Starts, origin: Origin, notes: tuple[Note, ...]):
        self._heap = heap
        self._starts = starts
        self._recording = Recording("trace", origin, Lazy(starts.code()), notes)

    def report(self, rows: int = 0) -> Report:
        """Everything there is to say; tables of at most `rows` rows, 0 for all."""
        origin = self._recording.origin
        version = version_evidence(self._recording)
        facts = (
            Fact("kind", "replay of a trace", title="kind"),
            Fact("format", origin.format, title="format"),
            Fact("go_version", str(version), title="Go", detail=version.reason),
            Fact("duration_ns", origin.duration_ns, "ns", "duration"),
            Fact("objects_count", self._heap.objects_count, "count", "objects",
                 "in the trace, those that were there before included"),
            Fact("gc_cycles", self._heap.cycles_count, "count", "GC cycles", "begun in the trace"),
        )  # fmt: skip
        return Report(
            recording_kind="trace",
            title="Replay of the heap",
            source=" + ".join(origin.paths),
            results=(
                Result("overview", "What was read", facts),
                *replay_results(self._heap, self._starts, rows),
            ),
            notes=(*self._recording.notes, *self._heap.notes(), *kernel_notes()),
        )


@dataclass(frozen=True)
class HeapRead:
    """A trace of alloc/free events, read once."""

    version: GoVersion
    """The newest one whose rules are those of the recording."""
    heap: HeapReplay
    starts: Starts
    origin: Origin
    notes: tuple[Note, ...]
    tables: Mapping[str, Columns]
    """Those that were asked for beside."""

    def answers(self) -> ReplayAnswers:
        """What the recording says."""
        return ReplayAnswers(self.heap, self.starts, self.origin, self.notes)


def replay_trace(
    source: str | Peeked,
    *,
    runtime: str = "",
    strict: bool = False,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> ReplayAnswers:
    """Read a trace (path, `-` or address) once, and attribute its objects by their addresses.

    `runtime` names the allocator (such as `go1.27`): that of the recording if empty. Raises
    InputError for what is no trace of alloc/free events, and UsageError for another allocator than
    the recorded one: `gotrace.comparison_pipeline` asks those.
    """
    read = read_heap(source, strict=strict, limits=limits, progress=progress)
    _check_recorded(read.version, runtime)
    return read.answers()


def read_heap(
    source: str | Peeked,
    *,
    also: Collection[str] = (),
    strict: bool = False,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> HeapRead:
    """The same before it is answered; `also` names tables to keep. Raises InputError."""
    with open_bytes(source, limits) as content:
        stream = open_stream(content, strict=strict, limits=limits)
        version = _version_of(stream, source)
        heap, starts, marks = HeapReplay(version), Starts(), Marks()
        derivation = Derivation({*heap.tables, *starts.tables, *also})
        kept: dict[str, list[Columns]] = {name: [] for name in also}
        # `Marked` is to be read like the stream that it stands before.
        marked = cast("TraceStream", Marked(stream, marks))
        for table, columns in derivation.blocks(marked, content, progress):
            for mark in marks.blocks():
                heap.feed(*mark)
            if table in kept:
                kept[table].append(columns)
            if table in heap.tables:
                heap.feed(table, columns)
            elif table in starts.tables:
                starts.feed(table, columns)
        for mark in marks.blocks():
            heap.feed(*mark)
        origin = derivation.origin(str(source), stream, content)
    _close(heap, origin)
    tables = {name: gather(name, blocks) for name, blocks in kept.items()}
    return HeapRead(version, heap, starts, origin, derivation.notes(stream), tables)


def replay_recording(recording: Recording, *, runtime: str = "") -> ReplayAnswers:
    """As `replay_trace` of a trace that is there as tables, such as a folder that was converted."""
    read = heap_of_recording(recording)
    _check_recorded(read.version, runtime)
    return read.answers()


def heap_of_recording(recording: Recording) -> HeapRead:
    """As `read_heap` of a trace that is there as tables: all of them. Raises InputError."""
    written = re.findall(r"\b1\.(\d+)", recording.origin.format)
    if recording.kind != "trace" or int(written[0] if written else 0) not in _WRITERS:
        source = " + ".join(recording.origin.paths)
        raise InputError("holds no allocations", source=source, advice=_ADVICE)
    version = GoVersion(_WRITERS[int(written[0])][-1])
    heap, starts, marks = HeapReplay(version), Starts(), Marks()
    marks.take_ranges(recording.columns["ranges"])
    for mark in marks.blocks():
        heap.feed(*mark)
    for name in ("types", "objects", "spans"):
        heap.feed(name, recording.columns[name])
    for name in starts.tables:
        starts.feed(name, recording.columns[name])
    _close(heap, recording.origin)
    return HeapRead(version, heap, starts, recording.origin, recording.notes, recording.columns)


def is_recorded(version: GoVersion, runtime: str) -> bool:
    """Whether `runtime` is the allocator of a trace with the rules of `version`."""
    writers = next(found for found in _WRITERS.values() if found[-1] == version.minor)
    asked = known_or_none(runtime)
    return asked is not None and asked.minor in writers


def _close(heap: HeapReplay, origin: Origin) -> None:
    heap.close(origin.duration_ns)
    if not heap.objects_count:
        raise InputError("holds no allocations", source=" + ".join(origin.paths), advice=_ADVICE)


def save_answers(report: Report, directory: Path, *, force: bool = False) -> dict[str, int]:
    """Write the report's tables as Parquet files into a new folder; rows of each.

    Raises UsageError when the folder exists, InputError when it cannot be written.
    """
    # Parquet costs 0.2 s to import, and the report needs none.
    from gotrace.tables.result_store import save_results  # noqa: PLC0415

    columns = {
        name: [(c.name, c.unit, c.doc or c.title, list(c.values)) for c in table.columns]
        for name, table in report.tables().items()
    }
    return save_results(columns, directory, force=force)


def _version_of(stream: TraceStream | V1Stream, source: str | Peeked) -> GoVersion:
    """The version whose rules fit."""
    if stream.version not in _WRITERS:
        raise InputError(
            f"is a trace of format 1.{stream.version}, which holds no allocations",
            source=str(source),
            advice=_ADVICE,
        )
    return GoVersion(_WRITERS[stream.version][-1])


def _check_recorded(version: GoVersion, runtime: str) -> None:
    """Refuse another allocator than the recorded one."""
    if runtime and not is_recorded(version, runtime):
        writers = next(found for found in _WRITERS.values() if found[-1] == version.minor)
        names = " or ".join(f"go1.{minor}" for minor in writers)
        raise UsageError(f"the trace was recorded with {names}, not with {runtime}")
