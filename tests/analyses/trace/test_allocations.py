"""Allocation by type, size class, goroutine and lifetime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gotrace.analyses.result import Result, ResultTable
from gotrace.analyses.trace.allocations import Allocations
from gotrace.analyses.trace.starts import Starts
from gotrace.tables.columns import Columns, Lists
from tests.analyses.trace.blocks import ALLOC_TRACES, block, fed, recorded, values


def an_object(size: int, born: int, freed: int = -1, **more: Any) -> dict[str, Any]:
    """An object allocated and freed in these cycles; `born` -1: there when the trace began."""
    return {
        "time_ns": born * 100 if born >= 0 else -1, "gc_cycle": born,
        "end_time_ns": freed * 100 if freed >= 0 else -1, "end_gc_cycle": freed,
        "slot_bytes": size, "allocations_count": 1, **more,
    }  # fmt: skip


OBJECTS = [
    an_object(32, 1, 2, type_id=0, size_class=4, goroutine=7),
    an_object(32, 1, 4, type_id=0, size_class=4, goroutine=7),
    an_object(16, 2, size_class=2, goroutine=8, allocations_count=3),
    an_object(65536, 2, 3, type_id=1, size_class=0, goroutine=9),
    an_object(64, -1, size_class=6),
    an_object(64, -1, 2, size_class=6),
]
TYPES = block(
    "types",
    {"name": "main.node", "size_bytes": 32},
    {"name": "uint8", "size_bytes": 1},
)


def analysed(*objects: dict[str, Any], starts: Starts | None = None, rows: int = 0) -> Result:
    fold = Allocations()
    fed(fold, [TYPES, *(block("objects", row) for row in objects)])
    return fold.result(starts or Starts(), rows)


def table(result: Result, name: str) -> ResultTable:
    return next(table for table in result.tables if table.name == name)


def test_types_come_with_what_they_took_and_what_is_alive() -> None:
    found = table(analysed(*OBJECTS), "allocated_types")
    assert values(found, "type") == ["uint8", "main.node", "(untyped)"]
    assert values(found, "bytes") == [65536, 64, 16]
    assert values(found, "objects_count") == [1, 2, 1]
    assert values(found, "allocations_count") == [1, 2, 3]
    assert values(found, "soon_dead_ratio") == [1.0, 0.5, 0.0]
    assert values(found, "alive_bytes") == [0, 0, 16]


def test_size_classes_come_in_order_with_large_objects_together() -> None:
    objects = [*OBJECTS, an_object(73728, 1, 2, size_class=0), an_object(-1, 1, size_class=-1)]
    found = table(analysed(*objects), "allocated_classes")
    assert values(found, "size_class") == [2, 4, "large", "unknown"]
    assert values(found, "slot_bytes") == [16, 32, None, None]
    assert values(found, "bytes") == [16, 64, 65536 + 73728, 0]
    assert found.footnotes == ("1 objects are of unknown size and count as 0 bytes.",)


def test_lifetimes_count_collections_begun_in_between() -> None:
    found = table(analysed(*OBJECTS, an_object(8, 0, 40)), "gc_lifetimes")
    assert values(found, "lifetime") == ["1", "3 to 4", "33 to 64", "alive at the end"]
    assert values(found, "objects_count") == [2, 1, 1, 1]
    assert values(found, "bytes") == [65568, 32, 8, 16]


def test_facts_tell_the_new_from_what_was_there_before() -> None:
    facts = {fact.name: fact for fact in analysed(*OBJECTS).facts}
    assert facts["allocated_bytes"].value == 65616
    assert facts["allocated_bytes"].detail == "4 objects, 6 allocations"
    assert facts["freed_bytes"].value == 65600
    assert facts["alive_bytes"].value == 16
    assert facts["existed_bytes"].value == 128
    assert facts["existed_bytes"].detail == "2 objects; 1 of them, 64 B, also at the end"


def code() -> list[tuple[str, Columns]]:
    """Stack 0: leaf called by main.serve; stack 1: main.main alone."""
    frames = Lists.from_rows([[0, 1], [2]])
    stacks = Columns(2, {"stack_id": np.zeros(2, np.uint64), "frame_ids": frames})
    return [
        block("functions", {"name": "main.leaf"}, {"name": "main.serve"}, {"name": "main.main"}),
        block("frames", {"function_id": 0}, {"function_id": 1}, {"function_id": 2}),
        ("stacks", stacks),
    ]


def test_goroutines_are_told_by_the_function_they_started_with() -> None:
    starts = Starts()
    moves = block(
        "goroutine_transitions",
        {"goroutine": 7, "stack_id": 0},
        {"goroutine": 7, "stack_id": 1},
        {"goroutine": 8, "stack_id": -1, "src_g": 8, "src_stack_id": 1},
        {"goroutine": 9, "stack_id": -1, "src_g": 1, "src_stack_id": 1},
    )
    fed(starts, [*code(), moves])
    found = table(analysed(*OBJECTS, an_object(8, 1), starts=starts), "allocated_goroutines")
    assert values(found, "start_function") == [
        "(unknown start)", "main.serve", "main.main", "(no goroutine)"
    ]  # fmt: skip
    assert values(found, "goroutines_count") == [1, 1, 1, 0]
    assert values(found, "bytes") == [65536, 64, 16, 8]


def test_a_page_leaves_out_the_smallest_and_says_so() -> None:
    found = table(analysed(*OBJECTS, rows=2), "allocated_types")
    assert values(found, "type") == ["uint8", "main.node"]
    assert found.footnotes[-1] == "2 of 3 types."


def test_findings_name_the_type_that_takes_most() -> None:
    findings = {finding.slug: finding for finding in analysed(*OBJECTS).findings}
    assert findings["allocated-type"].where == "uint8"
    assert findings["allocated-type"].amount == 65536
    assert findings["short-lived"].amount == 65568


def test_a_trace_without_objects_has_nothing_to_say() -> None:
    assert analysed().tables == ()


@pytest.mark.parametrize("path", ALLOC_TRACES, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_tables_of_a_recorded_trace_add_up_to_its_objects(path: Any) -> None:
    recording = recorded(path)
    starts, fold = Starts(), Allocations()
    for part in (starts, fold):
        fed(part, ((name, recording.columns[name]) for name in part.tables))
    result = fold.result(starts)
    objects = recording.columns["objects"]
    is_new = objects.array("time_ns") >= 0
    size = np.maximum(objects.array("slot_bytes"), 0)
    for name in ("allocated_types", "allocated_classes", "allocated_goroutines", "gc_lifetimes"):
        found = table(result, name)
        assert sum(values(found, "bytes")) == size[is_new].sum()
        assert sum(values(found, "objects_count")) == np.count_nonzero(is_new)
        assert sum(values(found, "share")) == pytest.approx(1)


def test_goroutines_beyond_the_most_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gotrace.analyses.trace.allocations.MOST_GOROUTINES", 2)
    objects = [an_object(8, 1, goroutine=number) for number in (5, 6, 7, 8, 5)]
    found = table(analysed(*objects), "allocated_goroutines")
    assert values(found, "start_function") == ["(unknown start)"]
    assert values(found, "bytes") == [40]
    assert values(found, "goroutines_count") == [2]
