"""A block of objects or of spans as the folds look at it: each derived column once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.moments import NEVER, Moments, Numbers
from gotrace.kernels.plain.heap_census import CLASS_ROWS, MOST_BYTES
from gotrace.tables.columns import Columns

__all__ = [
    "CLASS_ROWS",
    "MOST_BYTES",
    "SPAN_CLASSES",
    "Lives",
    "Objects",
    "Spans",
    "class_row",
    "views",
]

SPAN_CLASSES = CLASS_ROWS - 1
"""Two for each of 68 size classes (`runtime/mheap.go`, numSpanClasses); row 0 of tables is of what
lies in no known span, row 1 + c of span class c."""

Flags = npt.NDArray[np.bool_]


def class_row(span_class: npt.NDArray[np.int32]) -> Numbers:
    """Span classes → rows; what is no class counts as unknown."""
    row = span_class.astype(np.int64) + 1
    row[(row < 0) | (row >= CLASS_ROWS)] = 0
    return row


def views(*arrays: npt.NDArray[Any]) -> list[memoryview]:
    """Arrays as kernels take them."""
    return [memoryview(array) for array in arrays]  # type: ignore[arg-type]


class Lives:
    """What has a begin and an end: -1 for before the trace and for still there at its end."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.begin_ns: Numbers = columns.array("time_ns")
        self.end_ns: Numbers = columns.array("end_time_ns")
        self._places: dict[int, tuple[Numbers, Numbers]] = {}

    def __len__(self) -> int:
        return self.columns.rows

    @cached_property
    def latest_ns(self) -> int:
        """The last begin or end."""
        return max(int(self.begin_ns.max(initial=-1)), int(self.end_ns.max(initial=-1)))

    @cached_property
    def is_new(self) -> Flags:
        """Allocated in the trace."""
        return self.begin_ns >= 0

    @cached_property
    def is_alive(self) -> Flags:
        """There when the trace ended."""
        return self.end_ns < 0

    @cached_property
    def class_row(self) -> Numbers:
        """Row of the span class."""
        return class_row(self.columns.array("span_class"))

    def places(self, moments: Moments) -> tuple[Numbers, Numbers]:
        """The first moment at which each was there, and the first at which it was gone."""
        found = self._places.get(id(moments))
        if found is None:
            gone = np.where(self.is_alive, NEVER, moments.place(self.end_ns))
            found = self._places[id(moments)] = moments.place(self.begin_ns), gone
        return found


class Objects(Lives):
    """Rows of `objects`, as the kernel `heap_census` takes them."""

    def __init__(self, columns: Columns) -> None:
        super().__init__(columns)
        self.begin_ns = self._column("time_ns", np.int64)
        self.end_ns = self._column("end_time_ns", np.int64)
        self.span_class = self._column("span_class", np.int32)
        self.slot_bytes = self._column("slot_bytes", np.int64)
        self.span = self._column("span_id", np.int64)
        self.type = self._column("type_id", np.int32)
        self.allocations = self._column("allocations_count", np.int32)
        self.born = self._column("gc_cycle", np.int64)
        self.died = self._column("end_gc_cycle", np.int64)
        self.address = self._column("address", np.uint64)

    @property
    def life(self) -> list[memoryview]:
        """The columns that every function of the kernel starts with."""
        return views(self.begin_ns, self.end_ns, self.span_class)

    @cached_property
    def large(self) -> Numbers:
        """The rows of large objects: span classes 0 and 1."""
        return np.flatnonzero(self.span_class.view(np.uint32) < 2)

    def _column(self, name: str, kind: npt.DTypeLike) -> npt.NDArray[Any]:
        return np.ascontiguousarray(self.columns.array(name), kind)


class Spans(Lives):
    """Rows of `spans`."""

    @cached_property
    def is_heap(self) -> Flags:
        """Holds heap objects; others are stacks and work buffers."""
        flags: Flags = self.columns.array("is_heap")
        return flags

    @cached_property
    def size_bytes(self) -> Numbers:
        """Of its pages."""
        size: Numbers = self.columns.array("size_bytes")
        return np.clip(size, 0, MOST_BYTES)

    @cached_property
    def address(self) -> Numbers:
        """Its first byte."""
        address: npt.NDArray[np.uint64] = self.columns.array("address")
        return (address & np.uint64(MOST_BYTES - 1)).astype(np.int64)
