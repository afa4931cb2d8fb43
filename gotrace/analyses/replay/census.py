"""How many objects and spans there were at every moment, and for how long on average."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.batch import CLASS_ROWS, Objects, Spans, views
from gotrace.analyses.replay.moments import CycleEnds, Moments, Numbers, Steps, Ticks
from gotrace.analyses.replay.requests import span_class_at
from gotrace.kernels import load
from gotrace.kernels.plain.heap_census import GARBAGE, OBJECT_BYTES, OBJECTS
from gotrace.model.versions import GoVersion

__all__ = ["Census", "Composition"]

_SPANS, _SPAN_BYTES, _USABLE_BYTES, _MANUAL_BYTES = range(2, 6)
"""Rows of a composition beside those of the kernel."""


class Composition:
    """Sums over the whole heap at each of some moments."""

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        self._steps = Steps(moments, 7)

    @property
    def changes(self) -> memoryview:
        """Its table, to which the kernel adds objects."""
        return self._steps.changes

    def add_spans(self, spans: Spans, usable_bytes: Numbers) -> None:
        """Rows of `spans`."""
        first, gone = spans.places(self._moments)
        heap = np.flatnonzero(spans.is_heap)
        for row, amount in (
            (_SPANS, np.ones(len(spans), np.int64)),
            (_SPAN_BYTES, spans.size_bytes),
            (_USABLE_BYTES, usable_bytes),
        ):
            self._steps.add(np.full(len(heap), row), first[heap], gone[heap], amount[heap])
        manual = np.flatnonzero(~spans.is_heap)
        row_ = np.full(len(manual), _MANUAL_BYTES)
        self._steps.add(row_, first[manual], gone[manual], spans.size_bytes[manual])

    def at(self, count: int) -> dict[str, Numbers]:
        """By name what there was at the first `count` moments."""
        values = self._steps.values(count)
        return {
            "objects_count": values[OBJECTS],
            "object_bytes": values[OBJECT_BYTES],
            "garbage_bytes": values[GARBAGE],
            "spans_count": values[_SPANS],
            "span_bytes": values[_SPAN_BYTES],
            "tail_bytes": values[_SPAN_BYTES] - values[_USABLE_BYTES],
            "free_slot_bytes": values[_USABLE_BYTES] - values[OBJECT_BYTES],
            "manual_bytes": values[_MANUAL_BYTES],
        }


class Census:
    """Objects and spans by span class at ticks, the whole heap at ticks and at cycle ends."""

    def __init__(self, version: GoVersion, ticks: Ticks, cycles: CycleEnds) -> None:
        self._kernel = load("heap_census")
        self.ticks, self.cycles = ticks, cycles
        self.by_tick, self.by_cycle = Composition(ticks), Composition(cycles)
        self._objects = Steps(ticks, CLASS_ROWS)
        self._large_bytes = Steps(ticks, 2)
        self._spans = Steps(ticks, CLASS_ROWS)
        self._span_bytes = Steps(ticks, CLASS_ROWS)
        self._lasted = np.zeros((2, CLASS_ROWS))
        self._alive = np.zeros((2, CLASS_ROWS))
        """Bytes of objects, and those that spans offer: times nanoseconds, and alive at the end."""
        self._end_bytes = np.zeros(CLASS_ROWS, np.int64)
        classes = [span_class_at(version, row) for row in range(CLASS_ROWS)]
        usable = [found.usable_bytes if found is not None else 0 for found in classes]
        self._usable: Numbers = np.array(usable, np.int64)

    def usable_bytes(self, spans: Spans) -> Numbers:
        """What objects can take of each span: all of one of a large object."""
        row = spans.class_row
        usable = np.where(row > 2, self._usable[row], spans.size_bytes)
        return np.minimum(usable, spans.size_bytes)

    def add_objects(self, objects: Objects) -> None:
        """Rows of `objects`."""
        self._kernel.census(
            *objects.life, *views(objects.slot_bytes, objects.died),
            self.ticks.shift, *views(self.cycles.ends_ns, self.cycles.cycles),
            self._objects.changes, self._large_bytes.changes,
            self.by_tick.changes, self.by_cycle.changes, *views(self._lasted[0], self._alive[0]),
        )  # fmt: skip

    def add_spans(self, spans: Spans) -> None:
        """Rows of `spans`."""
        usable = self.usable_bytes(spans)
        self.by_tick.add_spans(spans, usable)
        self.by_cycle.add_spans(spans, usable)
        heap = np.flatnonzero(spans.is_heap)
        first, gone = (places[heap] for places in spans.places(self.ticks))
        row = spans.class_row[heap]
        self._spans.add(row, first, gone)
        self._span_bytes.add(row, first, gone, spans.size_bytes[heap])
        self._last(spans, usable)
        alive = heap[spans.is_alive[heap]]
        np.add.at(self._end_bytes, spans.class_row[alive], spans.size_bytes[alive])

    def _last(self, spans: Spans, usable: Numbers) -> None:
        row, amount = spans.class_row, np.where(spans.is_heap, usable, 0)
        begin = np.maximum(spans.begin_ns, 0)
        time = np.where(spans.is_alive, -begin, spans.end_ns - begin).astype(np.float64)
        self._lasted[1] += np.bincount(row, time * amount, minlength=CLASS_ROWS)
        alive = np.where(spans.is_alive, amount, 0)
        self._alive[1] += np.bincount(row, alive, minlength=CLASS_ROWS)

    def objects_at(self, count: int) -> Numbers:
        """Objects by row of span class (first axis) at the first `count` ticks."""
        return self._objects.values(count)

    def large_bytes_at(self, count: int) -> Numbers:
        """Bytes of large objects: rows of span classes 0 and 1."""
        return self._large_bytes.values(count)

    def spans_at(self, count: int) -> Numbers:
        """Heap spans by row of span class."""
        return self._spans.values(count)

    def span_bytes_at(self, count: int) -> Numbers:
        """Their bytes."""
        return self._span_bytes.values(count)

    def alive_span_bytes(self) -> Numbers:
        """Bytes of heap spans at the end of the trace, by row."""
        return self._end_bytes

    def lasting(self, end_ns: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Byte-nanoseconds by row until the end: what objects took, what spans offered."""
        lasting = self._lasted + self._alive * end_ns
        return lasting[0], lasting[1]
