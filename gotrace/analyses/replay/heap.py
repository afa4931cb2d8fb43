"""All folds over the heap of a trace: `HeapReplay` takes its blocks in their order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gotrace.analyses.replay.annotations import Annotations
from gotrace.analyses.replay.arenas import AddressMap
from gotrace.analyses.replay.batch import Objects, Spans, views
from gotrace.analyses.replay.census import Census
from gotrace.analyses.replay.fill import Fill
from gotrace.analyses.replay.life import SpanLife
from gotrace.analyses.replay.moments import CycleEnds, Numbers, Ticks
from gotrace.analyses.replay.pairs import Pairs
from gotrace.analyses.replay.payers import Goroutines, PayerSums
from gotrace.analyses.replay.rules import Rules
from gotrace.analyses.replay.waste import Waste
from gotrace.kernels import load
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Columns
from gotrace.tables.notes import Note

__all__ = ["HeapReplay", "Type"]

MOST_TICKS = 256
MOST_CYCLE_ENDS = 512


class Type(NamedTuple):
    """A row of `types`."""

    name: str
    size_bytes: int


class HeapReplay:
    """Feed it blocks of its `tables` and of `gotrace.readers.trace.marks`, then `close` it.

    Objects wait until the types that they name are there: the reader hands out new types behind
    the first objects of them.
    """

    tables = ("objects", "spans", "types")

    def __init__(self, version: GoVersion) -> None:
        self._kernel = load("heap_census")
        self.version = version
        self.ticks, self.cycle_ends = Ticks(MOST_TICKS), CycleEnds(MOST_CYCLE_ENDS)
        self.types: list[Type] = []
        self._type_sizes: list[int] = []
        self.pairs = Pairs()
        self.waste = Waste(version, self.pairs, self._type_sizes)
        self.census = Census(version, self.ticks, self.cycle_ends)
        self.fill = Fill(version)
        self.map = AddressMap(self.ticks)
        self.life = SpanLife()
        self.goroutines = Goroutines()
        self.annotations = Annotations()
        self.rules = Rules()
        self.end_ns = 0
        self.objects_count = 0
        """Rows of `objects`."""
        self.cycles_count = 0
        """Collections begun."""
        self._waiting: list[tuple[str, Columns]] = []
        self._types_wanted = 0

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block."""
        if table == "types":
            sizes = columns.array("size_bytes").tolist()
            names = columns.array("name").tolist()
            self.types += [Type(str(name), int(size)) for name, size in zip(names, sizes)]  # noqa: B905
            self._type_sizes += [int(size) for size in sizes]
        elif table in ("objects", "spans"):
            self._waiting.append((table, columns))
            if table == "objects":
                most = int(columns.array("type_id").max(initial=-1))
                self._types_wanted = max(self._types_wanted, most + 1)
            if self._types_wanted <= len(self.types):
                self._settle()
        else:
            self._settle()
            self._mark(table, columns)

    def close(self, end_ns: int) -> None:
        """The trace is over."""
        self._settle()
        self.end_ns = end_ns
        for ticks in (self.ticks, self.fill.ticks):
            ticks.reach(end_ns)

    def notes(self) -> list[Note]:
        """Losses and doubts of what was made of the tables."""
        return self.rules.notes(self.map.lost_chunks, self.annotations.left_out_count)

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        for table, columns in waiting:
            if table == "objects":
                self._take_objects(self.rules.objects(columns))
            else:
                self._take_spans(self.rules.spans(columns))

    def _mark(self, table: str, columns: Columns) -> None:
        if table == "annotation_marks":
            self.annotations.add_marks(columns)
            return
        time, is_end = columns.array("time_ns"), columns.array("is_end")
        self.life.add_cycles(time[~is_end])
        self.cycles_count += int(np.count_nonzero(~is_end))
        for at, cycle in zip(time[is_end].tolist(), columns.array("cycle")[is_end].tolist()):  # noqa: B905
            self.cycle_ends.add(at, cycle)

    def _take_objects(self, columns: Columns) -> None:
        objects = Objects(columns)
        if not len(objects):
            return
        self._reach(objects)
        self.objects_count += len(objects)
        self.census.add_objects(objects)
        self.fill.add_objects(objects)
        self.map.add_objects(objects)
        pair = self.pairs.rows(objects)
        goroutine = np.ascontiguousarray(columns.array("goroutine"), np.int64)
        waste = self.waste.of(objects, pair)
        row = self.goroutines.rows(goroutine)
        self._pay(objects, pair, row, waste, self.goroutines.sums, self.pairs.tables)
        if self.annotations.is_used:
            found = self.annotations.rows(goroutine, objects.begin_ns)
            for row, sums in zip(
                found, (self.annotations.regions, self.annotations.tasks), strict=True
            ):
                self._pay(objects, pair, row, waste, sums, self.pairs.tables_beside)

    def _pay(
        self, objects: Objects, pair: Numbers, row: Numbers, waste: Numbers, sums: PayerSums,
        tables: list[memoryview],
    ) -> None:  # fmt: skip
        columns = (objects.slot_bytes, objects.allocations, objects.born, objects.died)
        self._kernel.payers(
            *objects.life, *views(*columns, pair, row, waste), *tables,
            sums.table(int(row.max(initial=0)) + 1),
        )  # fmt: skip

    def _take_spans(self, columns: Columns) -> None:
        spans = Spans(columns)
        if not len(spans):
            return
        self._reach(spans)
        self.census.add_spans(spans)
        self.fill.add_spans(spans)
        self.map.add_spans(spans)
        self.life.add_spans(spans)

    def _reach(self, lives: Objects | Spans) -> None:
        for ticks in (self.ticks, self.fill.ticks):
            ticks.reach(lives.latest_ns)
