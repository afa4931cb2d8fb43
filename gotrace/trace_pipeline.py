"""Traces, from the bytes to a report or to lines of events, in memory that does not grow with them.

Beside `gotrace.pipeline`, which imports this only for traces: profiles should not pay for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gotrace.analyses.go_version import version_evidence
from gotrace.analyses.result import Result
from gotrace.analyses.trace.allocations import Allocations
from gotrace.analyses.trace.fold import Fold
from gotrace.analyses.trace.gc import Collections
from gotrace.analyses.trace.heap_metrics import HeapMetrics
from gotrace.analyses.trace.overview import EventCounts, events_table, trace_overview
from gotrace.analyses.trace.starts import Starts
from gotrace.errors import InputError
from gotrace.pipeline import kernel_notes, read
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import TABLES, Derivation, Progress
from gotrace.tables.columns import Columns, Lazy
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin, Recording
from gotrace.views.report import Report

if TYPE_CHECKING:
    from gotrace.readers.trace.conversion import Conversion

__all__ = [
    "TraceAnswers",
    "analyse_recording",
    "analyse_trace",
    "convert_trace",
    "damage_of_trace",
    "look_into_answer",
    "report_trace",
]


class TraceAnswers:
    """What the folds over one trace know; `feed` them, then `close`, then ask for a `report`."""

    def __init__(self) -> None:
        self._counts = EventCounts()
        self._metrics = HeapMetrics()
        self._collections = Collections()
        self._allocations = Allocations()
        self._starts = Starts()
        self._recording = Recording("trace", Origin(), Lazy({}))
        self.folds: tuple[Fold, ...] = (
            self._counts, self._metrics, self._collections, self._allocations, self._starts
        )  # fmt: skip

    @property
    def tables(self) -> set[str]:
        """The tables that `feed` wants."""
        return {name for fold in self.folds for name in fold.tables}

    def feed(self, blocks: Iterable[tuple[str, Columns]]) -> None:
        """Take all blocks, one after another."""
        by_table = {
            name: [fold for fold in self.folds if name in fold.tables] for name in self.tables
        }
        for table, columns in blocks:
            for fold in by_table.get(table, ()):
                fold.feed(table, columns)

    def close(self, origin: Origin, notes: tuple[Note, ...]) -> None:
        """What is known of the trace as a whole, now that it was read to its end."""
        self._recording = Recording("trace", origin, Lazy(self._starts.code()), notes)

    def report(self, rows: int = 0) -> Report:
        """Everything there is to say; tables of at most `rows` rows, 0 for all."""
        origin = self._recording.origin
        procs = max(len(self._counts.procs), 1)
        version = version_evidence(self._recording)
        found = (
            trace_overview(self._counts, origin, version),
            self._metrics.result(rows),
            self._collections.result(origin.duration_ns, procs, rows),
            self._allocations.result(self._starts, rows),
            Result("events", "Events by kind", tables=(events_table(self._counts, rows),)),
        )
        return Report(
            recording_kind="trace",
            title="Execution trace",
            source=" + ".join(origin.paths),
            results=found,
            notes=(*self._recording.notes, *kernel_notes()),
        )


def analyse_trace(
    source: str | Peeked,
    *,
    strict: bool = False,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> TraceAnswers:
    """Read a trace (path, `-` or address) once, from its begin to its end.

    With `strict` what is damaged or cut off is an error; else a note in the report. Raises
    InputError.
    """
    answers = TraceAnswers()
    derivation = Derivation(answers.tables)
    with open_bytes(source, limits) as content:
        stream = open_stream(content, strict=strict, limits=limits)
        answers.feed(derivation.blocks(stream, content, progress))
        origin = derivation.origin(str(source), stream, content)
    answers.close(origin, derivation.notes(stream))
    return answers


def report_trace(
    source: str | Peeked, *, strict: bool = False, limits: Limits = DEFAULT, rows: int = 0
) -> Report:
    """The report of a trace. Raises InputError, as `analyse_trace` does."""
    return analyse_trace(source, strict=strict, limits=limits).report(rows)


def damage_of_trace(path: Path, *, limits: Limits = DEFAULT) -> str:
    """What is wrong with a trace that should hold allocations; the empty text for a whole one.

    It is read once from begin to end; nothing is raised for what cannot be read, but told.
    """
    try:
        objects, losses = _read_through(path, "objects", limits)
    except InputError as error:
        return f"its trace cannot be read: {error.reason}"
    if losses:
        return f"its trace is damaged: {losses[0]}"
    return "" if objects else "its trace holds no allocations"


def look_into_answer(role: str, path: Path, *, limits: Limits = DEFAULT) -> tuple[str, ...]:
    """What is doubtful in a profile or trace that a service sent. Raises InputError for neither."""
    if role == "trace":
        return _read_through(path, "events", limits)[1]
    recording = read(path, limits=limits)
    return tuple(note.message for note in recording.notes if note.severity is not Severity.INFO)


def _read_through(path: Path, table: str, limits: Limits) -> tuple[int, tuple[str, ...]]:
    """The rows of one table, and what was lost of the trace."""
    derivation = Derivation({table})
    rows = 0
    with open_bytes(str(path), limits) as content:
        stream = open_stream(content, strict=False, limits=limits)
        for name, columns in derivation.blocks(stream, content):
            rows += columns.rows if name == table else 0
    notes = derivation.notes(stream)
    return rows, tuple(note.message for note in notes if note.severity is not Severity.INFO)


def analyse_recording(recording: Recording) -> TraceAnswers:
    """The same of a trace that is there as tables, such as a folder that was converted."""
    answers = TraceAnswers()
    answers.feed((name, recording.columns[name]) for name in TABLES if name in recording.columns)
    answers.close(recording.origin, recording.notes)
    return answers


def convert_trace(
    source: str | Peeked,
    directory: Path,
    *,
    force: bool = False,
    strict: bool = False,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> Conversion:
    """Write a trace's tables as Parquet while it is read; rows of each table, and what was lost.

    Raises InputError, and UsageError when the folder exists.
    """
    # Parquet costs 0.2 s to import, and reports need none.
    from gotrace.readers.trace import conversion  # noqa: PLC0415

    return conversion.convert_trace(
        source, directory, force=force, strict=strict, limits=limits, progress=progress
    )
