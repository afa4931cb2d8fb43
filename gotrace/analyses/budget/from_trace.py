"""What an execution trace says of budgets, in one pass over its blocks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from gotrace.analyses.budget.from_gc import measure_gc
from gotrace.analyses.gc.minimum import minimum_utilisation
from gotrace.analyses.gc.trace_folds import GcFolds
from gotrace.analyses.trace.heap_metrics import HeapMetrics
from gotrace.tables.budget import Measurement
from gotrace.tables.columns import Columns
from gotrace.tables.notes import Note

__all__ = ["SpanWaste", "TraceBudgets"]

Numbers = npt.NDArray[np.int64]


class SpanWaste:
    """The most bytes of heap spans that no object used; from alloc/free traces.

    Every birth and death of a span or object is a change, and changes of one moment count together:
    a span is there when its first object is. Objects and spans of unknown size count nothing.
    """

    tables = ("spans", "objects")

    def __init__(self) -> None:
        self._times: list[Numbers] = []
        self._changes: list[Numbers] = []
        self.is_told = False
        """Whether the trace has any span."""

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block of `spans` or `objects`."""
        if not columns.rows:
            return
        if table == "spans":
            self.is_told = True
            size = np.where(columns.array("is_heap"), columns.array("size_bytes"), 0)
        else:
            known = columns.array("span_id") >= 0
            size = -np.where(known, np.maximum(columns.array("slot_bytes"), 0), 0)
        size = size.astype(np.int64)
        begin, end = columns.array("time_ns"), columns.array("end_time_ns")
        ended = end >= 0
        self._take(np.concatenate([np.maximum(begin, 0), end[ended]]),
                   np.concatenate([size, -size[ended]]))  # fmt: skip

    def _take(self, times: Numbers, changes: Numbers) -> None:
        moments, where = np.unique(times, return_inverse=True)
        sums = np.zeros(len(moments), np.int64)
        np.add.at(sums, where, changes)
        self._times.append(moments)
        self._changes.append(sums)

    def most_bytes(self) -> int | None:
        """The peak; None where the trace tells of no spans."""
        if not self.is_told:
            return None
        times, changes = np.concatenate(self._times), np.concatenate(self._changes)
        order = np.argsort(times, kind="stable")
        times, running = times[order], np.cumsum(changes[order])
        is_last = np.append(times[1:] != times[:-1], True)
        return max(int(running[is_last].max(initial=0)), 0)


class TraceBudgets:
    """`feed` it the blocks of a trace, `close` it, then ask `measure`."""

    def __init__(self) -> None:
        self._gc = GcFolds()
        self._heap = HeapMetrics()
        self._waste = SpanWaste()
        self._tables: dict[str, Columns] = {}
        self._duration_ns = 0

    @property
    def wanted(self) -> set[str]:
        """The tables of a trace that `feed` wants."""
        return {*self._gc.wanted, *self._heap.tables, *self._waste.tables}

    def feed(self, blocks: Iterable[tuple[str, Columns]]) -> None:
        """Take all blocks, one after another."""
        self._gc.feed(self._passed(blocks))

    def _passed(self, blocks: Iterable[tuple[str, Columns]]) -> Iterable[tuple[str, Columns]]:
        for table, columns in blocks:
            if table in self._heap.tables:
                self._heap.feed(table, columns)
            if table in self._waste.tables:
                self._waste.feed(table, columns)
            yield table, columns

    def close(self, duration_ns: int) -> None:
        """All blocks were taken, of a trace of this length."""
        self._duration_ns = duration_ns
        self._tables = self._gc.tables()

    @property
    def code(self) -> dict[str, Columns]:
        """The functions and stacks of the trace, from which its Go version is told."""
        return self._gc.starts.code()

    def notes(self) -> tuple[Note, ...]:
        """What there was too much of to keep."""
        return self._gc.notes()

    def gomaxprocs(self) -> int:
        """The largest GOMAXPROCS of any cycle; 0 if there was none."""
        return int(self._tables["gc_cycles"].array("gomaxprocs").max(initial=0))

    def measure(self, name: str, window_ns: int) -> list[Measurement]:
        """The metric; empty where the trace does not say it."""
        if name == "mmu":
            series = self._gc.series().counted
            if not series:
                return []
            return [_once(minimum_utilisation(series, window_ns), "the worst window of the trace")]
        if name == "span_waste":
            most = self._waste.most_bytes()
            return [] if most is None else [_once(float(most), "the most at any moment")]
        if name == "peak_heap_live" and self._heap.values_count:
            return [_once(float(self._heap.peak_live[0]), "the most at any moment")]
        return measure_gc(self._tables, name, self._duration_ns)


def _once(value: float, rule: str) -> Measurement:
    return Measurement(value, value, value, rule, (value,), is_noise_known=False)
