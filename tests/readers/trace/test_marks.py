"""Marks on the way: cycles, and which region and task a goroutine is in from when on."""

from __future__ import annotations

import io

from gotrace.readers.trace.marks import Marked, Marks
from gotrace.readers.trace.stream import TraceStream
from gotrace.tables.columns import Columns
from tests.readers.trace.small import RUNNING, generation, trace
from tests.readers.trace.text_form import encode

NAMES = ("run", "wait", "task", "outer", "inner")
TASK, OUTER, INNER = 3, 4, 5


def marks_of(*threads: str, chunk_rows: int = 1 << 12) -> dict[str, list[Columns]]:
    written = [RUNNING + thread for thread in threads]
    data = encode(trace(generation(1, written, strings=NAMES, start=1000)))
    marks, found = Marks(), dict[str, list[Columns]]()
    for _ in Marked(TraceStream(io.BytesIO(data), chunk_rows=chunk_rows), marks):
        for name, columns in marks.blocks():
            found.setdefault(name, []).append(columns)
    return found


def stays(found: dict[str, list[Columns]]) -> list[tuple[str | None, str | None]]:
    return [
        (columns.coded("region")[row], columns.coded("task")[row])
        for columns in found["annotation_marks"]
        for row in range(columns.rows)
    ]


def region(kind: str, name: int, task: int = 0) -> str:
    return f"UserRegion{kind} dt=1 task={task} name_string={name} stack=1\n"


def test_the_innermost_region_counts_until_it_ends() -> None:
    events = region("Begin", OUTER) + region("Begin", INNER) + region("End", INNER)
    found = marks_of(events + region("End", OUTER))
    assert stays(found) == [("outer", None), ("inner", None), ("outer", None), (None, None)]
    (columns,) = found["annotation_marks"]
    assert columns.array("goroutine").tolist() == [1, 1, 1, 1]
    assert columns.array("time_ns").tolist() == [3, 4, 5, 6]


def test_a_task_is_that_of_the_region_or_that_which_the_goroutine_began() -> None:
    begin = f"UserTaskBegin dt=1 task=7 parent_task=0 name_string={TASK} stack=1\n"
    end = "UserTaskEnd dt=1 task=7 stack=1\n"
    events = begin + region("Begin", OUTER, 7) + region("End", OUTER, 7) + end
    assert stays(marks_of(events)) == [
        (None, "task"), ("outer", "task"), (None, "task"), (None, None)
    ]  # fmt: skip


def test_an_end_without_a_begin_changes_nothing() -> None:
    events = region("End", INNER) + "UserTaskEnd dt=1 task=9 stack=1\n"
    assert stays(marks_of(events)) == [(None, None)]


def test_names_and_stays_last_from_chunk_to_chunk() -> None:
    events = region("Begin", OUTER) + region("Begin", INNER) + region("End", INNER)
    found = marks_of(events, chunk_rows=1)
    assert stays(found) == [("outer", None), ("inner", None), ("outer", None)]


def test_cycles_count_from_one_and_end() -> None:
    events = "GCBegin dt=5 gc_seq=0 stack=1\nGCEnd dt=5 gc_seq=1\nGCBegin dt=5 gc_seq=2 stack=1\n"
    (columns,) = marks_of(events)["cycle_marks"]
    assert columns.array("cycle").tolist() == [1, 1, 2]
    assert columns.array("is_end").tolist() == [False, True, False]
    assert columns.array("time_ns").tolist() == [7, 12, 17]
