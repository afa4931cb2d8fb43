"""Tables of traces small enough to be read here."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.errors import UsageError
from gotrace.readers.trace.recording import TABLES
from tests.readers.trace.derive.rows import read_text, rows
from tests.readers.trace.small import IDLE_PROC, RUNNING, generation, trace


def small(*threads: str, strings: tuple[str, ...] = ("run", "wait", "task", "region")) -> str:
    written = [RUNNING + thread for thread in threads]
    return trace(generation(1, written, strings=strings, start=1000))


def test_every_event_has_a_row_with_its_arguments(tmp_path: Path) -> None:
    events = "HeapAlloc dt=5 heapalloc_value=77\nGoStop dt=1 reason_string=1 stack=1\n"
    found = rows(read_text(tmp_path, small(events)), "events", "event", "arg_1", "arg_2", "text")
    assert found == [
        ("Sync", 1, None, None),
        ("ProcStatus", 0, 1, None),
        ("GoStatus", 1, 1, None),
        ("HeapAlloc", 77, None, None),
        ("GoStop", None, None, "run"),
        ("Sync", 2, None, None),
    ]


def test_event_types_name_the_arguments(tmp_path: Path) -> None:
    recording = read_text(tmp_path, small(""))
    named = {
        row[0]: row[1:] for row in rows(recording, "event_types", "event", "arguments", "text")
    }
    assert named["GoStatus"] == ("goroutine, thread, status, old_status", "")
    assert named["UserTaskBegin"] == ("task, parent", "name")
    assert named["GoCreate"] == ("goroutine", "")


def test_times_count_from_the_start_and_stacks_are_resolved(tmp_path: Path) -> None:
    text = trace(generation(1, [RUNNING + "GoBlock dt=9 reason_string=2 stack=1\n"], start=5000))
    recording = read_text(tmp_path, text)
    ((time, stack),) = [
        row[1:] for row in rows(recording, "events", "event", "time_ns", "stack_id")
        if row[0] == "GoBlock"
    ]  # fmt: skip
    assert time == 11
    assert rows(recording, "stacks", "stack_id") == [(stack,)]
    ((name, line),) = zip(
        recording.tables["functions"]["name"].to_pylist(),
        recording.tables["frames"]["line"].to_pylist(),
        strict=True,
    )
    assert (name, line) == ("run", 3)


def test_a_goroutine_stays_in_its_states(tmp_path: Path) -> None:
    """Since the generation began; blocked for 20 ns, ready for 10, running when the trace ends."""
    events = (
        "GoBlock dt=10 reason_string=2 stack=1\nGoUnblock dt=20 g=1 g_seq=1 stack=0\n"
        "GoStart dt=10 g=1 g_seq=2\nHeapAlloc dt=7 heapalloc_value=1\n"
    )
    recording = read_text(tmp_path, small(events))
    columns = ("from_state", "to_state", "duration_ns", "reason", "goroutine")
    assert rows(recording, "goroutine_transitions", *columns) == [
        ("running", "waiting", 12, None, 1),
        ("waiting", "runnable", 20, "wait", 1),
        ("runnable", "running", 10, None, 1),
        ("running", None, 8, None, 1),
    ]


def test_who_unblocked_a_goroutine_is_told(tmp_path: Path) -> None:
    first = "GoCreate dt=1 new_g=5 new_stack=1 stack=1\nGoUnblock dt=90 g=5 g_seq=2 stack=1\n"
    second = (
        "ProcStart dt=10 p=1 p_seq=1\nGoStart dt=1 g=5 g_seq=1\n"
        "GoBlock dt=10 reason_string=2 stack=1\n"
    )
    text = trace(generation(1, [RUNNING + IDLE_PROC + first, second], start=1000))
    recording = read_text(tmp_path, text)
    found = rows(
        recording, "goroutine_transitions", "goroutine", "from_state", "src_g", "src_p", "src_m"
    )
    assert (5, "notexist", 1, 0, 1) in found
    assert (5, "waiting", 1, 0, 1) in found
    assert (5, "running", 5, 1, 2) in found


def test_procs_stay_in_their_states(tmp_path: Path) -> None:
    text = trace(
        generation(
            1, [RUNNING + IDLE_PROC, "ProcStart dt=10 p=1 p_seq=1\nProcStop dt=5"], start=1000
        )
    )
    found = rows(read_text(tmp_path, text), "proc_transitions", "proc", "from_state", "to_state",
                 "duration_ns")  # fmt: skip
    assert found == [
        (1, "idle", "running", 10),
        (1, "running", "idle", 5),
        (0, "running", None, 16),
        (1, "idle", None, 1),
    ]


def test_ranges_pair_begin_and_end(tmp_path: Path) -> None:
    events = (
        "STWBegin dt=5 kind_string=1 stack=1\nGCBegin dt=1 gc_seq=1 stack=1\nSTWEnd dt=4\n"
        "GCSweepBegin dt=1 stack=1\nGCSweepEnd dt=9 swept_value=8192 reclaimed_value=64\n"
        "GCMarkAssistBegin dt=1 stack=1\nGCMarkAssistEnd dt=2\nGCEnd dt=1 gc_seq=2\n"
    )
    found = rows(read_text(tmp_path, small(events)), "ranges", "kind", "name", "duration_ns",
                 "gc_cycle", "swept_bytes", "reclaimed_bytes")  # fmt: skip
    assert sorted(found) == [
        ("gc", None, 18, 1, None, None),
        ("gc_mark_assist", None, 2, 1, None, None),
        ("gc_sweep", None, 9, 1, 8192, 64),
        ("stw", "run", 5, 0, None, None),
    ]


def test_tasks_and_regions_nest(tmp_path: Path) -> None:
    events = (
        "UserTaskBegin dt=1 task=9 parent_task=3 name_string=3 stack=1\n"
        "UserRegionBegin dt=1 task=9 name_string=4 stack=1\n"
        "UserRegionBegin dt=1 task=0 name_string=1 stack=1\n"
        "UserRegionEnd dt=1 task=0 name_string=1 stack=1\n"
        "UserRegionEnd dt=1 task=9 name_string=4 stack=1\n"
        "UserTaskEnd dt=1 task=9 stack=1\n"
    )
    columns = ("kind", "name", "duration_ns", "task", "parent_task", "goroutine")
    assert rows(read_text(tmp_path, small(events)), "ranges", *columns) == [
        ("region", "run", 1, None, None, 1),
        ("region", "region", 3, 9, None, 1),
        ("task", "task", 5, 9, 3, 1),
    ]


def test_what_was_under_way_has_no_begin_or_no_end(tmp_path: Path) -> None:
    events = (
        "GCActive dt=1 gc_seq=3\nGCMarkAssistActive dt=1 g=1\nGCMarkAssistEnd dt=1\n"
        "UserRegionBegin dt=1 task=0 name_string=4 stack=1\n"
    )
    columns = ("kind", "name", "time_ns", "end_time_ns", "duration_ns")
    assert sorted(rows(read_text(tmp_path, small(events)), "ranges", *columns)) == [
        ("gc", None, None, None, None),
        ("gc_mark_assist", None, None, 5, None),
        ("region", "region", 6, None, None),
    ]


def test_mark_workers_run_until_they_stop(tmp_path: Path) -> None:
    events = "GoLabel dt=1 label_string=1\nGoBlock dt=30 reason_string=2 stack=1\n"
    text = small(events, strings=("GC (dedicated)", "system goroutine wait"))
    found = rows(read_text(tmp_path, text), "ranges", "kind", "name", "duration_ns", "goroutine")
    assert found == [("gc_mark_worker", "GC (dedicated)", 30, 1)]


def test_metrics_have_the_names_of_runtime_metrics(tmp_path: Path) -> None:
    events = "HeapAlloc dt=1 v=10\nHeapGoal dt=1 v=20\nProcsChange dt=1 procs_value=4 stack=1\n"
    assert rows(read_text(tmp_path, small(events)), "metrics", "name", "value") == [
        ("/memory/classes/heap/objects:bytes", 10),
        ("/gc/heap/goal:bytes", 20),
        ("/sched/gomaxprocs:threads", 4),
    ]


def test_logs_have_category_and_message(tmp_path: Path) -> None:
    events = "UserLog dt=1 task=7 key_string=1 value_string=2 stack=1\n"
    recording = read_text(tmp_path, small(events))
    columns = ("time_ns", "task", "category", "message", "goroutine")
    assert rows(recording, "logs", *columns) == [(3, 7, "run", "wait", 1)]


def test_cpu_samples_are_rows(tmp_path: Path) -> None:
    text = trace(
        generation(1, [RUNNING], samples="CPUSample time=2 m=1 p=0 g=1 stack=1\n"),
    )
    found = rows(read_text(tmp_path, text), "cpu_samples", "thread", "proc", "goroutine")
    assert found == [(1, 0, 1)]


HEAP = (
    "Span dt=1 id=0 npages=1 kindclass=8\nHeapObject dt=1 id=2 type=0\n"
    "SpanAlloc dt=1 id=1 npages=1 kindclass=10\nHeapObjectAlloc dt=1 id=1024 type=0\n"
    "HeapObjectAlloc dt=1 id=1025 type=0\nGCBegin dt=1 gc_seq=1 stack=1\n"
    "SpanAlloc dt=1 id=8 npages=5 kindclass=2\nHeapObjectAlloc dt=1 id=8192 type=0\n"
    "HeapObjectFree dt=1 id=1024\nHeapObjectFree dt=1 id=2\n"
)
"""Two slots of 16 bytes, one noscan with two tiny objects, and a large object."""


def test_objects_have_slots_and_lives(tmp_path: Path) -> None:
    columns = ("time_ns", "end_time_ns", "address", "size_class", "slot_bytes", "is_noscan",
               "allocations_count", "gc_cycle", "end_gc_cycle")  # fmt: skip
    assert rows(read_text(tmp_path, small(HEAP)), "objects", *columns) == [
        (6, 11, 8192, 2, 16, True, 2, 0, 1),
        (None, 12, 16, 2, 16, False, 1, None, 1),
        (10, None, 65536, 0, 40960, True, 1, 1, None),
    ]


def test_spans_have_classes(tmp_path: Path) -> None:
    columns = ("span_id", "time_ns", "address", "size_bytes", "span_class", "slot_bytes", "is_heap")
    text = small(HEAP + "SpanAlloc dt=1 id=20 npages=2 kindclass=1\nSpanFree dt=1 id=1\n")
    assert rows(read_text(tmp_path, text), "spans", *columns) == [
        (1, 5, 8192, 8192, 5, 16, True),
        (0, None, 0, 8192, 4, 16, True),
        (2, 9, 65536, 40960, 1, 40960, True),
        (3, 13, 163840, 16384, None, None, False),
    ]


def test_memory_of_goroutine_stacks_is_a_power_of_two(tmp_path: Path) -> None:
    events = (
        "GoroutineStack dt=1 id=3 order=12\nGoroutineStackAlloc dt=1 id=9 order=14\n"
        "GoroutineStackFree dt=1 id=3\n"
    )
    columns = ("time_ns", "end_time_ns", "address", "size_bytes")
    assert rows(read_text(tmp_path, small(events)), "goroutine_stacks", *columns) == [
        (None, 5, 6144, 2048),
        (4, None, 18432, 8192),
    ]


def test_only_what_is_asked_for_is_built_and_what_it_refers_to(tmp_path: Path) -> None:
    recording = read_text(tmp_path, small(HEAP), tables=["objects", "metrics"])
    assert set(recording.columns) == {"objects", "metrics", "types"}
    assert set(read_text(tmp_path, small(HEAP)).columns) == set(TABLES)


def test_a_table_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no table `objetcs`"):
        read_text(tmp_path, small(""), tables=["objetcs"])


def test_a_window_takes_what_overlaps_it(tmp_path: Path) -> None:
    """Ranges at 3..13, 23..33 and from 43 on."""
    one = "GCMarkAssistBegin dt={} stack=1\nGCMarkAssistEnd dt=10\n"
    text = small(one.format(1) + one.format(10) + one.format(10))
    inside = read_text(tmp_path, text, start=20, end=25)
    assert rows(inside, "ranges", "time_ns", "end_time_ns") == [(23, None)]
    assert rows(inside, "events", "event", "time_ns") == [("GCMarkAssistBegin", 23)]
    assert inside.origin.duration_ns == 23
    after = read_text(tmp_path, text, start=30)
    assert rows(after, "ranges", "time_ns") == [(23,), (43,)]


def test_state_outlives_generations(tmp_path: Path) -> None:
    """A goroutine blocks, and an object is allocated, in the first; both end in the second."""
    first = HEAP + "GoBlock dt=1 reason_string=2 stack=1\n"
    second = (
        "ProcStatus dt=1 p=0 pstatus=1\nGoStatus dt=1 g=1 m=1 gstatus=4\n"
        "GoUnblock dt=5 g=1 g_seq=1 stack=0\n"
    )
    text = trace(generation(1, [RUNNING + first], start=1000), generation(2, [second], start=1100))
    recording = read_text(tmp_path, text)
    columns = ("from_state", "reason", "duration_ns")
    assert ("waiting", "wait", 94) in rows(recording, "goroutine_transitions", *columns)
    assert rows(recording, "objects", "time_ns")[-1] == (10,)
