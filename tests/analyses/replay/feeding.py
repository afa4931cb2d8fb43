"""Heaps to replay: recorded ones, and a few objects by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gotrace.analyses.replay.heap import HeapReplay
from gotrace.analyses.replay.results import replay_results
from gotrace.analyses.result import Result, ResultTable
from gotrace.analyses.trace.starts import Starts
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Columns
from tests.analyses.trace.blocks import block, recorded

PAGE = 8192
BASE = 0xC000000000
VERSIONS = {"go1.23": GoVersion(24), "go1.25": GoVersion(25), "go1.27": GoVersion(27)}


def version_of(path: Path) -> GoVersion:
    return VERSIONS[path.parent.name]


@cache
def replayed(path: Path) -> HeapReplay:
    """A recorded trace, as whole tables; cycles from `ranges`."""
    recording = recorded(path)
    heap = HeapReplay(version_of(path))
    ranges = recording.columns["ranges"]
    kind = ranges.coded("kind")
    marks = []
    for row in range(ranges.rows):
        if kind[row] == "gc":
            cycle = int(ranges.array("gc_cycle")[row])
            begin, end = (int(ranges.array(n)[row]) for n in ("time_ns", "end_time_ns"))
            marks += [(time, cycle, time == end) for time in (begin, end) if time >= 0]
    for time, cycle, is_end in sorted(marks):
        heap.feed(*cycle_mark(time, cycle, is_end))
    for name in ("types", "objects", "spans"):
        heap.feed(name, recording.columns[name])
    heap.close(recording.origin.duration_ns)
    return heap


def cycle_mark(time: int, cycle: int, is_end: bool) -> tuple[str, Columns]:
    columns: dict[str, Any] = {
        "time_ns": np.array([time]), "cycle": np.array([cycle]), "is_end": np.array([is_end]),
    }  # fmt: skip
    return "cycle_marks", Columns(1, columns)


def a_span(number: int, span_class: int, pages: int = 1, **more: Any) -> dict[str, Any]:
    """A heap span on page `number`, there all the time unless told otherwise."""
    return {
        "span_id": number, "time_ns": -1, "end_time_ns": -1, "address": BASE + number * PAGE,
        "pages_count": pages, "size_bytes": pages * PAGE, "is_heap": True,
        "span_class": span_class, "size_class": span_class >> 1,
        "is_noscan": bool(span_class & 1), **more,
    }  # fmt: skip


def an_object(span: dict[str, Any], slot: int, size: int, **more: Any) -> dict[str, Any]:
    """An object in a slot of a span, allocated at 0 and there to the end unless told otherwise."""
    return {
        "time_ns": 0, "gc_cycle": 0, "end_time_ns": -1, "end_gc_cycle": -1,
        "address": span["address"] + slot * size, "span_id": span["span_id"],
        "span_class": span["span_class"], "size_class": span["size_class"], "slot_bytes": size,
        "is_noscan": span["is_noscan"], "allocations_count": 1, "goroutine": 1, "proc": 0, **more,
    }  # fmt: skip


def heap_of(
    objects: list[dict[str, Any]],
    spans: list[dict[str, Any]],
    types: tuple[tuple[str, int], ...] = (),
    end_ns: int = 1 << 20,
    marks: tuple[tuple[int, int, bool], ...] = (),
) -> HeapReplay:
    heap = HeapReplay(GoVersion(27))
    for mark in marks:
        heap.feed(*cycle_mark(*mark))
    heap.feed(*block("objects", *objects))
    heap.feed(*block("spans", *spans))
    # Types come behind the objects that name them, as the reader hands them out.
    heap.feed(*block("types", *({"name": name, "size_bytes": size} for name, size in types)))
    heap.close(end_ns)
    return heap


def results(heap: HeapReplay, rows: int = 0) -> dict[str, Result]:
    return {result.name: result for result in replay_results(heap, Starts(), rows)}


def tables(heap: HeapReplay, rows: int = 0) -> dict[str, ResultTable]:
    return {t.name: t for result in results(heap, rows).values() for t in result.tables}


@cache
def tables_of(path: Path) -> dict[str, ResultTable]:
    """All tables of a recorded trace."""
    return tables(replayed(path))


def column(table: ResultTable, name: str) -> list[Any]:
    return list(table.column(name).values)
