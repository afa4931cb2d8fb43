"""Recorded heaps: every table against the same numbers counted straight from objects and spans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gotrace.analyses.replay.class_tables import ClassSums
from gotrace.analyses.replay.requests import span_class_at
from gotrace.analyses.replay.span_tables import pinned_at_peak
from gotrace.tables.columns import Columns
from tests.analyses.replay.feeding import column, replayed, results, tables_of
from tests.analyses.trace.blocks import ALLOC_TRACES, recorded

TRACES = pytest.mark.parametrize(
    "path", ALLOC_TRACES, ids=lambda path: f"{path.parent.name}-{path.name}"
)


def there(columns: Columns, time: int) -> Any:
    begin, end = columns.array("time_ns"), columns.array("end_time_ns")
    return (begin <= time) & ((end < 0) | (time < end))


def both(path: Path) -> tuple[Columns, Columns]:
    found = recorded(path).columns
    return found["objects"], found["spans"]


@TRACES
def test_the_heap_over_time_is_what_was_there_at_each_tick(path: Path) -> None:
    objects, spans = both(path)
    found = tables_of(path)["replay_heap"]
    is_heap = spans.array("is_heap")
    times = column(found, "time_ns")
    assert len(times) > 100
    for row in range(0, len(times), 7):
        here, used = there(objects, times[row]), there(spans, times[row])
        size = np.maximum(objects.array("slot_bytes")[here], 0)
        assert column(found, "objects_count")[row] == np.count_nonzero(here)
        assert column(found, "object_bytes")[row] == size.sum()
        span_bytes = spans.array("size_bytes")
        assert column(found, "span_bytes")[row] == span_bytes[used & is_heap].sum()
        assert column(found, "manual_bytes")[row] == span_bytes[used & ~is_heap].sum()
        parts = sum(column(found, f"{name}_bytes")[row] for name in ("object", "free_slot", "tail"))
        assert parts == column(found, "span_bytes")[row]


@TRACES
def test_garbage_of_a_cycle_is_what_is_freed_before_the_next(path: Path) -> None:
    objects, _ = both(path)
    found = tables_of(path)["replay_cycles"]
    cycles = zip(
        *(column(found, name) for name in ("gc_cycle", "time_ns", "garbage_bytes")), strict=True
    )
    told = 0
    for cycle, time, garbage in cycles:
        if garbage is None:
            continue
        dead = there(objects, time) & (objects.array("end_gc_cycle") == cycle)
        assert garbage == objects.array("slot_bytes")[dead].sum()
        told += garbage
    assert told > 0


@TRACES
def test_classes_count_every_object_and_span_once(path: Path) -> None:
    objects, spans = both(path)
    found = tables_of(path)
    is_new, is_alive = objects.array("time_ns") >= 0, objects.array("end_time_ns") < 0
    alive_spans = (spans.array("end_time_ns") < 0) & spans.array("is_heap")
    slot = np.maximum(objects.array("slot_bytes"), 0)
    for name in ("replay_classes", "replay_span_classes"):
        table = found[name]
        assert sum(column(table, "allocated_objects")) == np.count_nonzero(is_new)
        assert sum(column(table, "freed_objects")) == np.count_nonzero(~is_alive)
        assert sum(column(table, "alive_objects")) == np.count_nonzero(is_alive)
        assert sum(column(table, "alive_bytes")) == slot[is_alive].sum()
        assert sum(column(table, "alive_spans")) == np.count_nonzero(alive_spans)
        for ratio in ("mean_occupancy", "peak_occupancy", "end_occupancy"):
            assert all(value is None or 0 <= value <= 1 for value in column(table, ratio)), ratio


@TRACES
def test_who_pays_adds_up_to_all_that_was_allocated(path: Path) -> None:
    objects, _ = both(path)
    found = tables_of(path)
    is_new = objects.array("time_ns") >= 0
    size = int(np.maximum(objects.array("slot_bytes"), 0)[is_new].sum())
    waste = [
        [sum(column(found[name], f"{bound}_waste_bytes")) for bound in ("least", "most")]
        for name in ("replay_types", "replay_goroutines", "replay_waste", "replay_span_waste")
    ]
    assert waste == [waste[0]] * len(waste)
    assert 0 <= waste[0][0] <= waste[0][1] < size
    for name in ("replay_types", "replay_goroutines"):
        assert sum(column(found[name], "bytes")) == size
        assert sum(column(found[name], "objects_count")) == np.count_nonzero(is_new)


@TRACES
def test_no_object_contradicts_its_type(path: Path) -> None:
    facts = {fact.name: fact.value for fact in results(replayed(path))["replay_heap"].facts}
    assert facts["misfits"] == 0
    assert facts["exact_ratio"] > 0.5


@TRACES
def test_spans_are_as_full_as_the_objects_in_them(path: Path) -> None:
    objects, spans = both(path)
    heap = replayed(path)
    pinned = pinned_at_peak(ClassSums(heap, heap.waste.sums()))
    here = there(objects, pinned.time_ns) & (objects.array("span_id") >= 0)
    counts = np.bincount(objects.array("span_id")[here], minlength=spans.rows)
    expected = np.zeros(5, np.int64)
    for row in np.flatnonzero(there(spans, pinned.time_ns) & spans.array("is_heap")).tolist():
        known = span_class_at(heap.version, int(spans.array("span_class")[row]) + 1)
        if known is None or known.size_class == 0:
            continue
        count = min(int(counts[spans.array("span_id")[row]]), known.slots_count)
        expected[0 if not count else 1 + min(4 * count // known.slots_count, 3)] += 1
    assert pinned.spans.tolist() == expected.tolist()
    assert expected.sum() > 50


@TRACES
def test_the_map_holds_every_byte_of_every_span(path: Path) -> None:
    _, spans = both(path)
    heap = replayed(path)
    found = tables_of(path)
    table, over_time = found["replay_map"], found["replay_heap"]
    times = np.array(column(table, "time_ns"))
    for row in range(0, len(column(over_time, "time_ns")), 20):
        here = times == column(over_time, "time_ns")[row]
        for name in ("span_bytes", "object_bytes", "manual_bytes"):
            assert np.array(column(table, name))[here].sum() == column(over_time, name)[row], name
    peak, arenas = heap.map.piece_bytes, found["replay_arenas"]
    assert peak == 1 << 16
    assert sum(column(arenas, "mapped_bytes")) == column(over_time, "mapped_bytes")[-1]
    assert sum(column(arenas, "end_span_bytes")) == column(over_time, "span_bytes")[-1]
    chunks = {int(a) >> 22 for a in spans.array("address")}
    assert column(over_time, "mapped_bytes")[-1] == len(chunks) << 22
