"""Events in their final order as chunks of columns: the memory of the kernel's `replay`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace import kernels
from gotrace.errors import InputError, MalformedError
from gotrace.kernels.plain.trace_v1.records import Columns, Inputs, Lookups, Tables
from gotrace.kernels.plain.trace_v1.replay import STATE
from gotrace.readers.trace.generation import GenerationTables
from gotrace.readers.trace.ordering import OrderedEvents
from gotrace.readers.trace.v1.decoding import TIMER, Scan
from gotrace.readers.trace.v1.tables import Directory, Procs, Stacks, Strings

__all__ = ["Outcome", "Parts", "replay"]

CURSOR_COLUMNS = 25
RUNNING, IS_TIMER = 3, 32
"""Flags of a goroutine (`gotrace/kernels/plain/trace_v1/world.py`)."""
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Parts:
    """Everything that was found out about a trace before its events are put in order."""

    scan: Scan
    procs: Procs
    samples: npt.NDArray[np.int64]
    goroutines: Directory
    tasks: Directory
    strings: Strings
    stacks: Stacks
    frequency: int
    """Ticks per second."""
    is_cut: bool
    """The end of the trace is missing: events may wait for others that it does not have."""


@dataclass
class Outcome:
    """What was left over at the end."""

    lost_events: int = 0
    """Events that wait for others, which a cut trace does not have."""
    contradiction: InputError | None = None
    """What in a cut trace does not fit what comes before it; reading ended there."""
    unknown_ids: int = 0
    """Stacks and strings that events name and the trace does not define."""


def replay(
    parts: Parts, generation: GenerationTables, chunk_rows: int, reuse: bool, outcome: Outcome
) -> Iterator[OrderedEvents]:
    """Chunks of at most `chunk_rows` (4 or more) events; `generation.strings` grows with logs.

    With `reuse` all chunks lie in the same memory.

    Raises MalformedError, unless the trace is cut, when an event contradicts those before it, after
    what came before it, and at the end when events are left that nothing makes ready.
    """
    state = np.zeros(len(STATE), np.int64)
    tables = _tables(parts)
    lookups = _lookups(parts)
    inputs = _inputs(parts, _futile(parts, lookups))
    is_done = STATE.index("is_done")
    columns: list[Array] | None = None
    while not state[is_done]:
        if columns is None or not reuse:
            columns = _columns(chunk_rows)
        result = np.zeros(3, np.int64)
        failure = None
        try:
            kernels.load("trace_v1").replay(
                inputs, lookups, tables, Columns(*_views(columns)), state.data, result.data
            )
        except InputError as error:
            failure = error
        yield _chunk(parts, generation, columns, result)
        if failure is not None:
            if not parts.is_cut:
                raise failure
            outcome.contradiction = failure
            break
    named = dict(zip(STATE, state.tolist(), strict=True))
    outcome.lost_events = parts.scan.totals["events"] + len(parts.samples) - named["taken"]
    outcome.lost_events += named["lost_exits"]
    outcome.unknown_ids = named["unknown_ids"]
    if named["waiting"] and not parts.is_cut:
        raise MalformedError("no consistent order of events is possible", offset=parts.scan.end)


def _views(arrays: Iterable[Array]) -> list[memoryview]:
    return [array.data for array in arrays]


def _inputs(parts: Parts, futile: npt.NDArray[np.uint8]) -> Inputs:
    scan, procs = parts.scan, parts.procs
    return Inputs(
        data=scan.data.data,
        counts=scan.counts.data,
        version=scan.version,
        batches=procs.batches.data,
        firsts=procs.firsts.data,
        proc_ids=procs.ids.data,
        samples=parts.samples.data,
        exits=scan.exits.data,
        futile=futile.data,
        frequency=parts.frequency,
        is_cut=parts.is_cut,
    )


def _lookups(parts: Parts) -> Lookups:
    stacks, strings = parts.stacks.directory, parts.strings.directory
    directories = (parts.goroutines, stacks, strings, parts.tasks)
    return Lookups(
        goroutine_ids=parts.goroutines.ids.data,
        goroutine_buckets=parts.goroutines.buckets.data,
        stack_ids=stacks.ids.data,
        stack_buckets=stacks.buckets.data,
        string_ids=strings.ids.data,
        string_buckets=strings.buckets.data,
        string_rows=parts.strings.rows.data,
        task_ids=parts.tasks.ids.data,
        task_buckets=parts.tasks.buckets.data,
        layouts=np.stack([directory.layout for directory in directories]).data,
        builtin_rows=parts.strings.builtin.data,
    )


def _tables(parts: Parts) -> Tables:
    """The state of everything at the start."""
    proc_count, known = len(parts.procs.ids), parts.goroutines.ids
    goroutines = np.zeros((len(known), 4), np.int64)
    goroutines[0, 2] = RUNNING  # goroutine 0, the scheduler
    timers = parts.scan.column(parts.scan.marked(TIMER), "first").astype(np.uint64)
    goroutines[np.isin(known, timers), 2] |= IS_TIMER
    regions = parts.scan.totals["regions"]
    return Tables(
        cursors=np.zeros((proc_count + 1, CURSOR_COLUMNS), np.int64).data,
        heap=np.zeros(3 * proc_count + 3, np.int64).data,
        procs=np.zeros((proc_count, 3), np.int64).data,
        goroutines=goroutines.data,
        region_heads=np.zeros(len(known) if regions else 0, np.int64).data,
        regions=np.empty((regions, 3), np.int64).data,
        tasks=np.zeros((len(parts.tasks.ids), 3), np.uint64).data,
    )


def _futile(parts: Parts, lookups: Lookups) -> npt.NDArray[np.uint8]:
    """Which events belong to wakeups for nothing; empty if the trace has none."""
    none = np.zeros(0, np.uint8)
    if not parts.scan.totals["futile"]:
        return none
    total = parts.scan.totals["events"] + len(parts.samples) + len(parts.scan.exits)
    futile = np.zeros(total, np.uint8)
    kernels.load("trace_v1").find_futile(
        _inputs(parts, none),
        lookups,
        _tables(parts),
        np.zeros((len(parts.goroutines.ids), 2), np.int64).data,
        np.empty(total, np.int64).data,
        futile.data,
    )
    return futile


def _columns(rows: int) -> list[Array]:
    """Room for a chunk; pages that stay empty cost nothing."""
    kinds = (np.int64, np.uint8, np.int64, np.int32, np.int64, np.int32)
    columns: list[Array] = [np.empty(rows, kind) for kind in kinds]
    return [*columns, np.empty(4 * rows, np.uint64), np.empty((rows, 3), np.int64)]


def _chunk(
    parts: Parts,
    generation: GenerationTables,
    columns: list[Array],
    result: npt.NDArray[np.int64],
) -> OrderedEvents:
    """The filled part of the columns, with the texts of logs among the strings."""
    rows, args, texts = result.tolist()
    content, known = parts.scan.data.data, parts.strings.texts
    for start, end, place in columns[7][:texts].tolist():
        text = str(content[start:end], "utf-8", "replace")
        row = known.setdefault(text, len(known))
        if row == len(generation.strings):
            generation.strings.append(text)
        columns[6][place] = row
    time_ns, type_, thread, proc, goroutine, stack = (column[:rows] for column in columns[:6])
    return OrderedEvents(
        time_ns, type_, thread, proc, goroutine, stack, columns[6][:args], generation
    )
