"""Who paid with mark assists: goroutine, task and stack, running and waiting apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gotrace.analyses.gc.payers import Payers, Tasks
from gotrace.analyses.gc.reasons import reason_of
from gotrace.analyses.gc.result_tables import payer_rows
from gotrace.analyses.gc.stops import Stops
from gotrace.analyses.gc.tables import assist_table
from tests.analyses.gc.traces import SAMPLES, gc_tables
from tests.analyses.trace.blocks import block, fed


def event(time: int, name: str, goroutine: int = 1, **more: Any) -> dict[str, Any]:
    return {"time_ns": time, "event": name, "goroutine": goroutine, **more}


def test_an_assist_is_paid_by_its_goroutine_task_and_stack() -> None:
    payers = Payers()
    fed(payers, [
        block(
            "events",
            event(1, "GCBegin"),
            event(2, "UserTaskBegin", 7, arg_1=5),
            event(3, "GCMarkAssistBegin", 7, stack_id=4),
            event(13, "GCMarkAssistEnd", 7),
            event(14, "UserTaskEnd", 9, arg_1=5),  # whoever ends it
            event(15, "GCMarkAssistBegin", 7, stack_id=4),
            event(18, "GCMarkAssistEnd", 7),
            event(20, "GCMarkAssistBegin", 8, stack_id=4),
        ),
        block(
            "goroutine_transitions",
            {"goroutine": 7, "from_state": "waiting", "end_time_ns": 9, "duration_ns": 4},
            {"goroutine": 7, "from_state": "running", "end_time_ns": 5, "duration_ns": 2},
        ),
    ])  # fmt: skip
    assert payers.groups[:2] == [(1, 7, 5, 4), (1, 7, -1, 4)]
    assert payers.taken()[:2] == [(10, 4, 1), (3, 0, 1)]
    table = assist_table(payers)
    assert table.rows == 2  # what does not end is not told
    assert table.array("assist_ns").tolist() == [6, 3]
    assert table.array("waited_ns").tolist() == [4, 0]


def test_tasks_nest_and_regions_belong_to_them() -> None:
    tasks = Tasks()
    tasks.take("UserTaskBegin", 1, 10)
    tasks.take("UserRegionBegin", 1, 11)
    assert tasks.of(1) == 11
    tasks.take("UserRegionBegin", 1, 0)
    assert tasks.of(1) == 11  # a region of no task leaves the one around it
    tasks.take("UserRegionEnd", 1, 0)
    tasks.take("UserRegionEnd", 1, 11)
    assert tasks.of(1) == 10
    tasks.take("UserTaskEnd", 2, 10)
    tasks.take("UserRegionEnd", 3, 1)
    tasks.take("UserTaskEnd", 3, 99)
    assert [tasks.of(goroutine) for goroutine in (1, 2, 3)] == [-1, -1, -1]


def test_recorded_assists_add_up_to_those_of_the_cycles() -> None:
    tables = gc_tables(SAMPLES / "service" / "go1.27" / "trace.out").columns
    paid = np.bincount(
        tables["gc_assists"].array("gc_cycle"), tables["gc_assists"].array("assist_ns")
    )
    assert paid.astype(int).tolist() == tables["gc_cycles"].array("assist_cpu_ns").tolist()
    code = {name: tables[name] for name in ("functions", "frames", "stacks")}
    rows = payer_rows(tables["gc_assists"], code)
    assert "samples/catalog.rank" in {row["site"] for row in rows}
    assert sum(row["assist_ns"] for row in rows) == tables["gc_assists"].array("assist_ns").sum()
    by_stack = payer_rows(tables["gc_assists"], code, by_stack=True)
    assert len(by_stack) > len(rows)
    assert sum(row["assist_ns"] for row in by_stack) == sum(row["assist_ns"] for row in rows)
    assert all(f" {row['site']} " in f" {row['stack']} " for row in by_stack)
    assert by_stack[0]["stack"].endswith("net/http.(*conn).serve")


@pytest.mark.parametrize(
    ("stack", "reason"),
    [
        (["runtime.gcStart", "runtime.GC", "main.main"], "forced"),
        (["runtime.GC", "runtime/debug.FreeOSMemory", "main.main"], "forced"),
        (["runtime.gcStart", "runtime.forcegchelper"], "periodic"),
        (["runtime.mallocgcSmallScanNoHeader", "runtime.mallocgc", "main.f"], "heap"),
        (["runtime.mallocgcLarge"], "heap"),
        (["main.GC"], None),
        ([], None),
    ],
)
def test_the_stack_that_starts_a_cycle_tells_why(stack: list[str], reason: str | None) -> None:
    assert reason_of(stack) == reason


def test_stops_come_by_time_and_only_those_of_the_collector_have_a_cycle() -> None:
    stops = Stops()
    fed(stops, [block(
        "ranges",
        {"kind": "stw", "name": "GC mark termination", "time_ns": 50, "end_time_ns": 60,
         "duration_ns": 10, "gc_cycle": 2},
        {"kind": "stw", "name": "read mem stats", "time_ns": 5, "end_time_ns": 6, "duration_ns": 1,
         "gc_cycle": 1},
        {"kind": "gc", "time_ns": 1, "gc_cycle": 1},
    )])  # fmt: skip
    table = stops.columns()
    assert table.array("time_ns").tolist() == [5, 50]
    assert table.array("gc_cycle").tolist() == [-1, 2]
