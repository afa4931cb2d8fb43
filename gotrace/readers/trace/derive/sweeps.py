"""Sweeps among the ranges: there are as many as refilled spans, so they are paired all at once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gotrace.readers.trace.derive.chunk import Chunk, Rows, numbers
from gotrace.readers.trace.derive.folder import Block, constant, duration
from gotrace.readers.trace.derive.stays import Stays
from gotrace.tables.columns import Coded, Column, Columns

__all__ = ["Sweeps"]

_ACTIVE, _BEGIN, _END = numbers("GCSweepActive", "GCSweepBegin", "GCSweepEnd")
_GC_BEGIN = numbers("GCBegin")
_TIME, _THREAD, _GOROUTINE, _STACK, _CYCLE = range(5)


class Sweeps:
    """Sweeps belong to a proc, which does one at a time."""

    def __init__(self) -> None:
        self._open = Stays(5)

    def fold(self, chunk: Chunk, cycles: int) -> Iterable[Block]:
        """The sweeps that end in the chunk, before which there were `cycles`."""
        rows = self._rows(chunk)
        if not len(rows):
            return
        events = chunk.events
        kinds = events.type[rows]
        proc = events.proc[rows].astype(np.int64)
        active = np.flatnonzero(kinds == _ACTIVE)
        proc[active] = chunk.argument(rows[active], 0)
        cycle = cycles + np.searchsorted(chunk.rows(_GC_BEGIN), rows)
        columns = (
            chunk.time_ns[rows], events.thread[rows], events.goroutine[rows], chunk.stack(rows),
            cycle,
        )  # fmt: skip
        values = np.stack([column.astype(np.int64) for column in columns], axis=1)
        values[active, :4] = -1
        last = self._open.advance(proc, values, kinds == _END)
        ended = np.flatnonzero(kinds == _END)
        yield self._block(
            proc[ended], last[ended], chunk.time_ns[rows[ended]],
            chunk.stack(rows[ended]).astype(np.int64),
            chunk.argument(rows[ended], 0), chunk.argument(rows[ended], 1),
        )  # fmt: skip

    def _rows(self, chunk: Chunk) -> Rows:
        """Starts and ends, and sweeps that go on when a generation starts and nobody saw begin."""
        rows = chunk.rows((_ACTIVE, _BEGIN, _END))
        if not chunk.has((_ACTIVE,)):
            return rows
        active = rows[chunk.events.type[rows] == _ACTIVE]
        known, _ = self._open.rest()
        return np.setdiff1d(rows, active[np.isin(chunk.argument(active, 0), known)])

    def finish(self) -> Iterable[Block]:
        """The sweeps that are still going on."""
        proc, last = self._open.rest()
        none = np.full(len(proc), -1, np.int64)
        yield self._block(proc, last, none, none, none, none)

    @staticmethod
    def _block(
        proc: Rows, last: Rows, end: Rows, end_stack: Rows, swept: Rows, reclaimed: Rows
    ) -> Block:
        begin, count = last[:, _TIME], len(proc)
        none = np.full(count, -1, np.int64)
        columns: dict[str, Column] = {
            "kind": constant("gc_sweep", count),
            "name": Coded(none.astype(np.int32), []),
            "time_ns": begin,
            "end_time_ns": end,
            "duration_ns": duration(begin, end),
            "thread": last[:, _THREAD],
            "proc": proc.astype(np.int32),
            "goroutine": last[:, _GOROUTINE],
            "stack_id": last[:, _STACK].astype(np.int32),
            "end_stack_id": end_stack.astype(np.int32),
            "task": none,
            "parent_task": none,
            "gc_cycle": np.maximum(last[:, _CYCLE], 0),
            "swept_bytes": swept,
            "reclaimed_bytes": reclaimed,
        }
        return "ranges", Columns(count, columns)
