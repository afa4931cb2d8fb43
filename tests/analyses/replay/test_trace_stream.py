"""A trace as a stream of allocations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gotrace.analyses.replay.trace_stream import STREAM_TABLES, trace_stream
from gotrace.model.sizes import size_rules
from gotrace.model.stream import StepKind, Stream
from gotrace.tables.columns import Columns
from tests.analyses.replay.feeding import VERSIONS, a_span, an_object, version_of
from tests.analyses.trace.blocks import ALLOC_TRACES, block, metrics, recorded

NEW = VERSIONS["go1.27"]
TRACES = pytest.mark.parametrize(
    "path", ALLOC_TRACES, ids=lambda path: f"{path.parent.name}-{path.name}"
)


def stream_of(**blocks: Columns) -> Stream:
    tables = {name: block(name)[1] for name in STREAM_TABLES}
    return trace_stream(tables | blocks, NEW)


def told(stream: Stream) -> list[tuple[str, int, int]]:
    columns = zip(stream.kind, stream.object, stream.size, strict=True)
    return [(StepKind(kind).name, int(number), int(size)) for kind, number, size in columns]


def test_rows_are_in_the_order_of_time() -> None:
    span = a_span(0, 16)
    objects = block(
        "objects",
        an_object(span, 1, 96, time_ns=-1, end_time_ns=70, type_id=0),
        an_object(span, 0, 96, time_ns=-1, type_id=0),
        an_object(span, 2, 96, time_ns=30, end_time_ns=60, type_id=-1),
    )[1]
    stacks = block("goroutine_stacks", {"time_ns": 40, "end_time_ns": 50, "size_bytes": 4096})[1]
    cycles = block(
        "ranges",
        {"kind": "gc", "time_ns": -1, "end_time_ns": 20},
        {"kind": "gc", "time_ns": 45, "end_time_ns": 55},
        {"kind": "stw", "time_ns": 1, "end_time_ns": 2},
    )[1]
    types = block("types", {"name": "T", "size_bytes": 88})[1]
    stream = stream_of(objects=objects, goroutine_stacks=stacks, ranges=cycles, types=types)
    assert told(stream) == [
        ("ALLOC", 1, 88), ("ALLOC", 0, 88), ("MARK_BEGIN", 0, 0), ("MARK_END", 0, 0),
        ("ALLOC", 2, 96), ("STACK_ALLOC", 3, 4096), ("MARK_BEGIN", 0, 0), ("STACK_FREE", 3, 0),
        ("MARK_END", 0, 0), ("FREE", 2, 0), ("FREE", 0, 0),
    ]  # fmt: skip
    assert stream.is_exact[:5].tolist() == [True, True, True, True, False]
    assert stream.is_swept


def test_the_number_of_procs_comes_from_the_metrics() -> None:
    _, columns = metrics((5, "live", 100))
    columns = columns.replaced({})
    changes = block("metrics", {"time_ns": 9, "name": "/sched/gomaxprocs:threads", "value": 4})[1]
    assert told(stream_of(metrics=changes)) == [("PROCS", 0, 4)]
    assert told(stream_of(metrics=columns)) == []


@TRACES
def test_every_size_goes_to_the_class_where_the_trace_saw_it(path: Path) -> None:
    """The rules of the recording version, forwards."""
    objects = recorded(path).columns["objects"]
    stream = trace_stream(recorded(path).columns, version_of(path))
    rules = size_rules(version_of(path))
    allocations = np.flatnonzero(stream.kind == StepKind.ALLOC)
    assert len(allocations) == objects.rows
    number = stream.object[allocations]
    columns = (
        stream.size[allocations], stream.has_pointers[allocations],
        objects.array("slot_bytes")[number],
    )  # fmt: skip
    cases = set(zip(*(column.tolist() for column in columns), strict=True))
    for size, has_pointers, slot in cases:
        assert rules.request(size, has_pointers).slot_bytes == slot, (size, has_pointers)
    frees = stream.object[stream.kind == StepKind.FREE]
    assert sorted(frees.tolist()) == np.flatnonzero(objects.array("end_time_ns") >= 0).tolist()
