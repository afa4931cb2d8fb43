"""Events of one generation after another, put in order of cause: the memory of the kernel.

What decides about order is the emulation of Go's scheduler, specified in plain Python in
`gotrace/kernels/plain/trace_order/scheduler.py` and compiled in `trace_order.pyx`. Here is what
both work on: the cursors of a generation, the tables that outlive it (they grow when the kernel
says that they are full, within `Limits`), and the columns that events are written to.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.errors import InputError, LimitError, MalformedError
from gotrace.kernels import load
from gotrace.kernels.plain.trace_order import DAMAGED, LENIENT, STRICT, P, ahead_rows
from gotrace.kernels.plain.trace_order.numbers import (
    BROKEN,
    FULL_COLUMNS,
    FULL_GOROUTINES,
    FULL_PROCS,
    FULL_REGIONS,
    FULL_TASKS,
    FULL_THREADS,
    TIRED,
)
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.ahead import beside
from gotrace.readers.trace.batches import NO_THREAD, RawGeneration
from gotrace.readers.trace.events import EVENTS, SYNC, specs
from gotrace.readers.trace.generation import GenerationTables
from gotrace.readers.trace.memory import MARGIN, Columns, OrderedEvents, Table

__all__ = ["CHUNK_ROWS", "OrderedEvents", "Ordering", "Outcome"]

CHUNK_ROWS = 1 << 18
"""Rows handed out at a time: about 15 MB of columns."""

_BLOCKS = 256
"""Blocks of 32 events that may be decoded before they are ordered, for each thread: half a MB.

As much as a batch has, more or less: with less the helper has nothing to do whenever he who orders
decodes the rest of a batch himself.
"""
_MOST_BLOCKS = 1 << 14
"""The same for all threads: 34 MB."""
_WORTH_HELP_BYTES = 1 << 20
"""Generations from this size on are worth a thread that decodes."""
_FAR = (1 << 63) - 1
_LONGEST_BATCH_NS = 60_000_000_000
"""More than a generation lasts, and so than events go on behind the start of the last batch."""


@dataclass
class Outcome:
    """What was lost or doubtful in one generation; offsets are of the trace, -1 for none."""

    loose_offset: int = -1
    loose_reason: str = ""
    loose_events: int = 0
    """Events in order of time only."""
    lost_offset: int = -1
    lost_reason: str = ""
    lost_batches: int = 0
    lost_bytes: int = 0
    unknown_ids: int = 0


class Ordering:
    """The state of the emulation, from generation to generation."""

    def __init__(
        self,
        version: int,
        *,
        strict: bool = True,
        limits: Limits = DEFAULT,
        chunk_rows: int = CHUNK_ROWS,
        reuse: bool = False,
        helped: bool = True,
    ) -> None:
        self._kernel: Any = load("trace_order")
        self._specs = specs(version)
        self._strict = strict
        self._limits = limits
        self._attempts = self._limits.attempts
        self._chunk_rows = max(chunk_rows, MARGIN)
        self._reuse = reuse
        self._helped = helped
        self._columns = Columns(self._chunk_rows)
        self._scalars = np.zeros(5, np.uint64)
        self._goroutines = Table(8, "goroutines")
        self._threads = Table(8, "threads")
        self._tasks = Table(4, "tasks")
        self._procs = Table(8, "procs", has_index=False)
        self._regions = Table(4, "regions", has_index=False)
        self._strings: list[str] = [""]
        self._syncs = 0
        self._is_fresh = True
        self.outcome = Outcome()

    def order(self, raw: RawGeneration, tables: GenerationTables) -> Iterator[OrderedEvents]:
        """The events of the next generation, in chunks, the first of which starts with a Sync.

        `self.outcome` says afterwards what was lost. Raises MalformedError at a broken event if
        strict (what came before it was yielded), LimitError.
        """
        self.outcome = Outcome()
        self._scalars[0] = raw.number
        if self._is_fresh:
            self._scalars[1] = raw.number
            self._is_fresh = False
        self._carry_names(tables)
        run = _Generation(self, raw, tables)
        self._write_sync(tables.start_ns, run.progress)
        yield from self._chunks(run, raw, tables)
        self._finish(run, raw)

    def end(self, tables: GenerationTables) -> OrderedEvents:
        """The Sync that ends every trace."""
        progress = np.zeros(len(P), np.int64)
        self._write_sync(int(self._scalars[4]), progress)
        return self._take(progress, tables)

    def forget(self) -> None:
        """Start afresh: the next generation says again what every proc and goroutine is doing."""
        for table in (self._goroutines, self._threads, self._procs, self._regions):
            table.clear()
        self._scalars[2:4] = 0
        self._is_fresh = True

    def _chunks(
        self, run: _Generation, raw: RawGeneration, tables: GenerationTables
    ) -> Iterator[OrderedEvents]:
        status = run.begin()
        with run.reading_ahead():
            while status != BROKEN:
                status = run.order()
                if status in (FULL_COLUMNS, 0, BROKEN):
                    yield self._take(run.progress, tables)
                if status == 0:
                    return
                if status not in (FULL_COLUMNS, BROKEN):
                    self._grow(status)
        raise self._error(run, raw)

    def _error(self, run: _Generation, raw: RawGeneration) -> InputError:
        reason, offset = run.progress[P["reason"]], run.progress[P["offset"]]
        error: InputError = self._kernel.fault(int(reason), raw.offset + int(offset))
        event = EVENTS.get(int(run.progress[P["kind"]]))
        if event is not None:
            error.reason = f"{event.name}: {error.reason}"
        return error

    def _take(self, progress: npt.NDArray[np.int64], tables: GenerationTables) -> OrderedEvents:
        """Hand out what is in the columns."""
        events = self._columns.events(int(progress[P["row"]]), int(progress[P["used"]]), tables)
        if not self._reuse:
            self._columns = Columns(self._chunk_rows)
        progress[P["row"]] = progress[P["used"]] = 0
        return events

    def _write_sync(self, time_ns: int, progress: npt.NDArray[np.int64]) -> None:
        columns = self._columns
        time = max(time_ns, int(self._scalars[4]) + 1)
        if time >= 1 << 63:
            raise MalformedError("a time beyond all reason")
        self._scalars[4] = time
        self._syncs += 1
        columns.times[0] = time
        columns.kinds[0] = SYNC
        columns.threads[0] = columns.procs[0] = columns.goroutines[0] = columns.stacks[0] = -1
        columns.arguments[0] = self._syncs
        progress[P["row"]] = progress[P["used"]] = 1

    def _grow(self, status: int) -> None:
        limits = self._limits
        if status == TIRED:
            raise LimitError(
                f"threads wait for one another: more than {limits.attempts} attempts to find who"
                " can go on",
                advice="raise Limits.attempts",
            )
        table, limit = {
            FULL_GOROUTINES: (self._goroutines, limits.tasks),
            FULL_THREADS: (self._threads, limits.tasks),
            FULL_TASKS: (self._tasks, limits.tasks),
            FULL_REGIONS: (self._regions, limits.tasks),
            FULL_PROCS: (self._procs, 1 << 20),
        }[status]
        table.grow(limit)

    def views(self) -> tuple[memoryview, ...]:
        """The tables as the kernel wants them."""
        arrays = (
            self._scalars,
            self._goroutines.rows,
            self._goroutines.index,
            self._threads.rows,
            self._threads.index,
            self._tasks.rows,
            self._tasks.index,
            self._procs.rows,
            self._regions.rows,
        )
        return tuple(array.data for array in arrays)

    def thread_rows(self, threads: list[int]) -> list[int]:
        """The rows of these threads in the table, made where they are new; 0 for no thread."""
        rows, index = self._threads.rows, self._threads.index
        free = len(rows) - int(rows[0, 0])
        while free <= len(threads) + 1:
            self._grow(FULL_THREADS)
            rows, index = self._threads.rows, self._threads.index
            free = len(rows) - int(rows[0, 0])
        table = self._kernel.Table(rows.data, index.data)
        found = []
        for thread in threads:
            row = 0 if thread == NO_THREAD else table.find(thread) or table.insert(thread)
            found.append(row)
        return found

    def _carry_names(self, tables: GenerationTables) -> None:
        """Give the names of tasks, regions and stops still open rows in this generation."""
        open_names = (
            (self._tasks, 2, 0),
            (self._regions, 1, 0),
            (self._goroutines, 5, 2),  # 0: none, 1: unknown
        )
        rows: dict[str, int] = {}
        for table, column, shift in open_names:
            values = table.used(column).astype(np.int64) - shift
            named = values >= 0
            if not named.any():
                continue
            rows = rows or {text: row for row, text in enumerate(tables.strings)}
            old, where = np.unique(values[named], return_inverse=True)
            new = [rows.setdefault(self._strings[row], len(rows)) for row in old.tolist()]
            tables.strings.extend(list(rows)[len(tables.strings) :])
            values[named] = np.array(new, np.int64)[where.reshape(-1)]
            table.put(column, (values + shift).astype(np.uint64))
        self._strings = tables.strings

    def _finish(self, run: _Generation, raw: RawGeneration) -> None:
        progress = dict(zip(P, run.progress.tolist(), strict=True))
        outcome = self.outcome
        left = progress["attempts"] + sum(batch.end - batch.begin for batch in raw.batches)
        self._attempts = min(self._limits.attempts, left)
        for name in ("loose_events", "lost_batches", "lost_bytes", "unknown_ids"):
            setattr(outcome, name, progress[name])
        for name in ("loose", "lost"):
            if progress[f"{name}_offset"] >= 0:
                setattr(outcome, f"{name}_offset", raw.offset + progress[f"{name}_offset"])
                error = self._kernel.fault(progress[f"{name}_reason"], 0)
                setattr(outcome, f"{name}_reason", error.reason)
        if outcome.loose_events or outcome.lost_batches:
            self.forget()


def _processors() -> int:
    """How many processors this process may use."""
    # A container may have fewer than the machine; only Linux tells.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _blocks(threads: int, size: int) -> int:
    """How many blocks of events a helper may decode ahead for each thread; 0 for no helper."""
    if _processors() == 1 or size < _WORTH_HELP_BYTES or not 0 < threads <= _MOST_BLOCKS:
        return 0
    return 1 << (min(_BLOCKS, _MOST_BLOCKS // threads).bit_length() - 1)


class _Generation:
    """One generation as the kernel wants it."""

    def __init__(self, ordering: Ordering, raw: RawGeneration, tables: GenerationTables) -> None:
        self._ordering = ordering
        self._tables = tables
        is_damaged = raw.fault is not None or raw.gaps or raw.repeats or tables.damage
        self._mode = (DAMAGED if is_damaged else LENIENT) if not ordering._strict else STRICT
        self.progress = np.zeros(len(P), np.int64)
        self.progress[P["loose_offset"]] = self.progress[P["lost_offset"]] = -1
        self.progress[P["horizon"]] = self._horizon(tables)
        self.progress[P["attempts"]] = ordering._attempts
        self._inputs = self._gather(raw, tables)

    def _horizon(self, tables: GenerationTables) -> int:
        """The last time that is believed: in a damaged batch any number may pass for a time."""
        last = max((batch.time for batch in tables.event_batches), default=0)
        time = float(last) * tables.frequency_ns + _LONGEST_BATCH_NS
        return _FAR if self._mode == STRICT or time >= _FAR else int(time)

    def begin(self) -> int:
        """Stand before the first events."""
        return self._call(self._ordering._kernel.begin)

    def order(self) -> int:
        """Order as many events as there is room for."""
        kernel = self._ordering._kernel
        return self._call(kernel.order, kernel.Output(*self._ordering._columns.views()))

    def reading_ahead(self) -> AbstractContextManager[None]:
        """Decode in a thread of its own what is ordered inside of the context, if that pays."""
        if not self._blocks:
            return nullcontext()
        return beside(self._read_ahead, self._stop)

    def _read_ahead(self) -> None:
        kernel = self._ordering._kernel
        inputs = kernel.Generation(*self._inputs)
        kernel.read_ahead(inputs, self.progress.data, self._tables.frequency_ns)

    def _stop(self) -> None:
        self._ahead[0, 0] = 1

    def _call(self, function: Any, *output: Any) -> int:
        kernel = self._ordering._kernel
        return int(
            function(
                kernel.Generation(*self._inputs),
                kernel.Tables(*self._ordering.views()),
                *output,
                self.progress.data,
                self._tables.frequency_ns,
                self._mode,
            )
        )

    def _gather(self, raw: RawGeneration, tables: GenerationTables) -> tuple[memoryview, ...]:
        """Batches thread by thread, threads in order of appearance, and a cursor for each."""
        ordering = self._ordering
        threads: dict[int, int] = {}
        owner = [threads.setdefault(b.thread, len(threads)) for b in tables.event_batches]
        if len(threads) > ordering._limits.threads:
            raise LimitError(f"more than {ordering._limits.threads} threads in one generation")
        order = np.argsort(np.array(owner, np.int64), kind="stable")
        words = [(b.begin, b.end) for b in tables.event_batches]
        batches = np.array(words, np.int64).reshape(-1, 2)[order]
        times = np.array([b.time for b in tables.event_batches], np.uint64)[order]
        cursors = np.zeros((len(threads), 8), np.int64)
        ends = np.cumsum(np.bincount(np.array(owner, np.int64), minlength=len(threads)))
        cursors[1:, 5] = ends[:-1]
        cursors[:, 6] = ends[: len(threads)]
        cursors[:, 7] = ordering.thread_rows(list(threads))
        heap = np.zeros((4, len(threads)), np.int64)
        size = sum(batch.end - batch.begin for batch in tables.event_batches)
        self._blocks = _blocks(len(threads), size) if ordering._helped else 0
        self._ahead = np.zeros((ahead_rows(len(threads), self._blocks), 8), np.int64)
        arrays = (
            ordering._specs,
            batches,
            times,
            cursors,
            heap[0],
            heap[1:3].reshape(-1),
            heap[3],
            self._ahead,
            np.ascontiguousarray(tables.samples),
            tables.string_ids.dense,
            tables.string_ids.ids,
            tables.string_ids.rows,
            tables.stack_ids.dense,
            tables.stack_ids.ids,
            tables.stack_ids.rows,
        )
        return (memoryview(raw.data), *(array.data for array in arrays))
