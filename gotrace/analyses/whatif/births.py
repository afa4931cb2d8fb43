"""A trace's objects, added up by when they were born and by the cycle that freed them.

Millions of objects become some ten thousand sums: those born between two ticks, after as many
cycles had begun, and freed by the same cycle are one. Ticks double as the trace goes on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.batch import MOST_BYTES, SPAN_CLASSES, Objects, Spans
from gotrace.analyses.replay.moments import NEVER, Numbers, Steps, Ticks
from gotrace.analyses.whatif.other_sizes import OtherSizes
from gotrace.tables.columns import Columns

__all__ = ["ALIVE", "BEFORE", "Births", "Sums"]

BEFORE = -1
"""Born before the trace began."""
ALIVE = 1 << 20
"""Not freed in the trace; cycles from here on are not told apart."""

_MOST_TICKS = 1 << 16
_BYTES, _SCAN_BYTES, _FIRST_OTHER = range(3)
_ENOUGH_ROWS = 1 << 19
"""Rows of sums that wait to be merged."""
_CYCLE_BITS = 21
_LOW = (1 << _CYCLE_BITS) - 1
_IN_USE, _SPAN_BYTES, _MANUAL_BYTES, _SPANS = range(4)
_TRACER_NOSCAN_BYTES, _TRACER_SCAN_BYTES, _TRACER_BUFFERS = 1 << 20, 1 << 17, 2
"""What the runtime's tracer keeps on the heap for CPU samples: two buffers, each of words without
and of tags with pointers (`runtime/tracecpu.go`: traceInitReadCPU, profBufWordCount, -TagCount)."""

Values = npt.NDArray[np.float64]


class Sums:
    """One row a group: `tick` and `born` (cycles begun before), `died` (the cycle), and sums."""

    def __init__(self, keys: Numbers, sums: Values) -> None:
        self.tick: Numbers = keys >> (2 * _CYCLE_BITS)
        self.born: Numbers = ((keys >> _CYCLE_BITS) & _LOW) + BEFORE
        self.died: Numbers = keys & _LOW
        self.bytes: Values = sums[_BYTES]
        self.scan_bytes: Values = sums[_SCAN_BYTES]
        self.other_bytes: Values = sums[_FIRST_OTHER:]
        """Of each `OtherSizes`: least and most."""


class Births:
    """Takes the blocks of `objects`, `types` and `spans`."""

    tables = ("objects", "types", "spans")

    def __init__(self, others: tuple[OtherSizes, ...] = ()) -> None:
        self.ticks = Ticks(_MOST_TICKS)
        self.objects_count = 0
        self._others = others
        self._blocks: list[tuple[Numbers, Values]] = []
        self._waiting = 0
        self._in_use = Steps(self.ticks, 4)
        self._tracer = [0, 0]
        self._oldest = np.zeros((2, SPAN_CLASSES + 1), np.int64)
        """By row of a span class: begin and end of its span that lived longest."""
        self.ticks.follow(self._thin)

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block."""
        if table == "types":
            for other in self._others:
                other.add_types(columns)
        elif table == "spans":
            self._spans(Spans(columns))
        else:
            self._objects(Objects(columns))

    @property
    def tracer_bytes(self) -> int:
        """What of the objects that were there before is the tracer's own, by its sizes."""
        noscan, scan = (min(count, _TRACER_BUFFERS) for count in self._tracer)
        return noscan * _TRACER_NOSCAN_BYTES + scan * _TRACER_SCAN_BYTES

    def sums(self) -> Sums:
        """All groups, by tick."""
        self._merge()
        if not self._blocks:
            return Sums(np.zeros(0, np.int64), np.zeros((2 + 2 * len(self._others), 0)))
        return Sums(*self._blocks[0])

    def in_use(self, count: int) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """At the first `count` ticks: bytes in unfreed objects, in heap spans, in other spans; and
        how many heap spans there are."""
        values = self._in_use.values(count)
        return values[_IN_USE], values[_SPAN_BYTES], values[_MANUAL_BYTES], values[_SPANS]

    def lasting_classes(self, begin_ns: Numbers, end_ns: Numbers, sweeps: int) -> int:
        """How many span classes have a span that was swept so often, by cycles' begins and ends.

        Of each class the span that lived longest is looked at.
        """
        born, gone = self._oldest[:, 1:]
        swept = np.searchsorted(begin_ns, gone) - np.searchsorted(end_ns, born) - 1
        return int(np.count_nonzero(swept >= sweeps))

    def _objects(self, objects: Objects) -> None:
        self.ticks.reach(objects.latest_ns)
        self.objects_count += len(objects)
        slot = np.clip(objects.slot_bytes, 0, MOST_BYTES)
        is_scan = ~objects.columns.array("is_noscan")
        self._find_tracer(objects, slot, is_scan)
        tick = np.where(objects.is_new, self.ticks.place(objects.begin_ns), 0)
        born = np.where(objects.is_new, np.clip(objects.born, 0, ALIVE - 2), BEFORE) - BEFORE
        died = np.where(objects.is_alive, ALIVE, np.clip(objects.died, 0, ALIVE - 1))
        amounts = [slot, np.where(is_scan, slot, 0)]
        for other in self._others:
            amounts += other.slots(objects)
        self._add((tick << (2 * _CYCLE_BITS)) | (born << _CYCLE_BITS) | died, amounts)
        first, gone = objects.places(self.ticks)
        self._in_use.add(np.full(len(objects), _IN_USE), first, gone, slot)

    def _find_tracer(self, objects: Objects, slot: Numbers, is_scan: npt.NDArray[np.bool_]) -> None:
        before = ~objects.is_new & objects.is_alive
        for place, size in enumerate((_TRACER_NOSCAN_BYTES, _TRACER_SCAN_BYTES)):
            found = before & (slot == size) & (is_scan == bool(place))
            self._tracer[place] += int(np.count_nonzero(found))

    def _spans(self, spans: Spans) -> None:
        self.ticks.reach(spans.latest_ns)
        first, gone = spans.places(self.ticks)
        row = np.where(spans.is_heap, _SPAN_BYTES, _MANUAL_BYTES)
        self._in_use.add(row, first, gone, spans.size_bytes)
        heap = np.flatnonzero(spans.is_heap)
        ones = np.ones(len(heap), np.int64)
        self._in_use.add(_SPANS * ones, first[heap], gone[heap], ones)
        self._lives(
            spans.class_row[heap],
            spans.begin_ns[heap],
            np.where(spans.is_alive, NEVER, spans.end_ns)[heap],
        )

    def _lives(self, row: Numbers, begin: Numbers, end: Numbers) -> None:
        order = np.lexsort([end - begin, row])
        longest = order[np.flatnonzero(np.diff(row[order], append=-1))]
        here = row[longest]
        before = self._oldest[1, here] - self._oldest[0, here]
        longer = longest[end[longest] - begin[longest] > before]
        self._oldest[:, row[longer]] = begin[longer], end[longer]

    def _add(self, keys: Numbers, amounts: list[npt.NDArray[Any]]) -> None:
        self._blocks.append(_grouped(keys, np.stack(amounts).astype(np.float64)))
        self._waiting += len(self._blocks[-1][0])
        if self._waiting > _ENOUGH_ROWS:
            self._merge()

    def _merge(self) -> None:
        if len(self._blocks) > 1:
            keys = np.concatenate([keys for keys, _ in self._blocks])
            sums = np.concatenate([sums for _, sums in self._blocks], axis=1)
            self._blocks = [_grouped(keys, sums)]
        self._waiting = 0

    def _thin(self, to: Numbers) -> None:
        low = (1 << (2 * _CYCLE_BITS)) - 1
        self._blocks = [
            _grouped((to[keys >> (2 * _CYCLE_BITS)] << (2 * _CYCLE_BITS)) | (keys & low), sums)
            for keys, sums in self._blocks
        ]


def _grouped(keys: Numbers, sums: Values) -> tuple[Numbers, Values]:
    """The distinct keys, and for each the sums of its rows."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(keys)])
    if not len(first):
        return keys, sums
    return ordered[first], np.add.reduceat(sums[:, order], first, axis=1)
