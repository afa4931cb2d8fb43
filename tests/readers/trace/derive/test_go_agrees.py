"""Sums that Go itself knows: memory statistics, goroutine analysis, size classes, stacks."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gotrace.model.size_classes import TABLES as SIZE_CLASSES
from gotrace.readers.profile import read_profile
from gotrace.readers.trace.derive.heap import SLOT_BYTES
from gotrace.readers.trace.recording import read_trace
from gotrace.tables.recording import Recording
from gotrace.trace_pipeline import analyse_trace
from tests.readers.trace.derive.go_programs import goroutine_summary, record_memstats
from tests.readers.trace.derive.rows import SHIPPED, TRACES

NEW = [path for path in SHIPPED if path.parent.name != "go1.21"]


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, list[dict[str, Any]]]:
    path, stats = record_memstats(tmp_path_factory.mktemp("memstats"))
    return read_trace(path, tables=["objects", "spans", "logs"]), stats


def window(recording: Recording) -> tuple[int, int]:
    logs = recording.columns["logs"]
    times = dict(zip(logs.array("message"), logs.array("time_ns").tolist(), strict=True))
    return times["before"], times["after"]


def test_objects_by_size_class_are_those_of_memstats(
    traced: tuple[Recording, list[dict[str, Any]]],
) -> None:
    """Allocated and freed between two readings, and alive at the second, for every class."""
    recording, (before, after) = traced
    start, end = window(recording)
    objects = recording.columns["objects"]
    begun, ended = objects.array("time_ns"), objects.array("end_time_ns")
    is_small = objects.array("size_class") > 0
    compared = 0
    for old, new in zip(before["BySize"], after["BySize"], strict=True):
        here = is_small & (objects.array("slot_bytes") == new["Size"])
        allocated = np.count_nonzero(here & (begun >= start) & (begun < end))
        freed = np.count_nonzero(here & (ended >= start) & (ended < end))
        alive = np.count_nonzero(here & (begun < end) & ((ended < 0) | (ended >= end)))
        assert allocated == new["Mallocs"] - old["Mallocs"], new["Size"]
        assert freed == new["Frees"] - old["Frees"], new["Size"]
        assert alive == new["Mallocs"] - new["Frees"], new["Size"]
        compared += allocated > 0
    assert compared > 30


def test_bytes_and_allocations_are_those_of_memstats(
    traced: tuple[Recording, list[dict[str, Any]]],
) -> None:
    recording, (before, after) = traced
    start, end = window(recording)
    objects = recording.columns["objects"]
    begun, ended = objects.array("time_ns"), objects.array("end_time_ns")
    alive = (begun < end) & ((ended < 0) | (ended >= end))
    assert int(objects.array("slot_bytes")[alive].sum()) == after["HeapAlloc"]
    inside = (begun >= start) & (begun < end)
    allocations = int(objects.array("allocations_count")[inside].sum())
    assert allocations == after["Mallocs"] - before["Mallocs"]


def test_spans_add_up_to_the_heap_in_use(traced: tuple[Recording, list[dict[str, Any]]]) -> None:
    recording, (_, after) = traced
    _, end = window(recording)
    spans = recording.columns["spans"]
    begun, ended = spans.array("time_ns"), spans.array("end_time_ns")
    alive = (begun < end) & ((ended < 0) | (ended >= end)) & spans.array("is_heap")
    assert int(spans.array("size_bytes")[alive].sum()) == after["HeapInuse"]


def test_a_clean_trace_has_no_notes(traced: tuple[Recording, list[dict[str, Any]]]) -> None:
    assert traced[0].notes == ()


@pytest.mark.parametrize("path", NEW, ids=lambda p: "-".join(p.parts[-3:]))
def test_goroutines_spend_their_time_as_go_says(path: Path) -> None:
    """Running, ready, blocked by reason, in system calls.

    Left out: goroutines that are in a system call when the trace ends, of which Go counts the time
    after losing their proc twice (as call and as waiting).
    """
    recording = read_trace(path, tables=["goroutine_transitions"])
    ours, in_syscall = _totals(recording)
    theirs = goroutine_summary(path)
    assert set(ours) == set(theirs)
    for goroutine in sorted(set(theirs) - in_syscall):
        told = theirs[goroutine]
        expected = {f"waiting {reason}": time for reason, time in told["Block"].items()}
        expected |= {"running": told["Exec"], "runnable": told["Wait"]}
        expected["syscall"] = told["Syscall"] + told["SyscallBlock"]
        assert ours[goroutine] == Counter({k: v for k, v in expected.items() if v}), goroutine


@pytest.mark.parametrize("path", NEW, ids=lambda p: "-".join(p.parts[-3:]))
def test_mark_assists_take_the_time_that_go_says(path: Path) -> None:
    """From begin to end, whether the goroutine ran or waited: Go knows no difference."""
    theirs = sum(
        told["Range"].get("GC mark assist", 0) for told in goroutine_summary(path).values()
    )
    result = analyse_trace(str(path)).report().result("gc")
    assert result is not None
    facts = {fact.name: fact.value for fact in result.facts}
    assert facts["gc_assist_ns"] == theirs > 0
    assert 0 <= facts["gc_assist_waited_ns"] <= facts["gc_assist_ns"]


def _totals(recording: Recording) -> tuple[dict[str, Counter[str]], set[str]]:
    table = recording.columns["goroutine_transitions"]
    states, reasons = table.coded("from_state"), table.coded("reason")
    ends = table.coded("to_state").codes < 0
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    in_syscall = set()
    durations = table.array("duration_ns").tolist()
    for row, goroutine in enumerate(map(str, table.array("goroutine").tolist())):
        state = states[row] or ""
        key = f"waiting {reasons[row] or ''}" if state == "waiting" else state
        totals[goroutine] += Counter()
        if durations[row] > 0:
            totals[goroutine][key] += durations[row]
        if ends[row] and state == "syscall":
            in_syscall.add(goroutine)
    return totals, in_syscall


def test_slots_are_those_of_the_size_classes() -> None:
    assert SLOT_BYTES[1:] == SIZE_CLASSES[-1].sizes_bytes


def test_stacks_have_the_ids_that_profiles_give_them() -> None:
    """A goroutine profile and a trace of the same program share functions, frames and stacks."""
    folder = TRACES / "service" / "go1.27"
    trace = read_trace(folder / "trace.out", tables=["stacks"])
    profile = read_profile(str(folder / "goroutine.pb.gz"))
    keys = {"functions": ("function_id", 30), "frames": ("frame_id", 20), "stacks": ("stack_id", 3)}
    for table, (key, least) in keys.items():
        ours, theirs = (set(r.columns[table].array(key).tolist()) for r in (trace, profile))
        assert len(ours & theirs) >= least, table
    for named in (trace, profile):
        functions = named.columns["functions"]
        names = dict(zip(functions.array("function_id"), functions.array("name"), strict=True))
        assert len(names) == functions.rows
