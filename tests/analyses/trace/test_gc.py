"""Garbage collections: cycles, their heap, what they cost."""

from __future__ import annotations

from typing import Any

import pytest

from gotrace.analyses.result import Result
from gotrace.analyses.trace.gc import Collections
from gotrace.tables.columns import Columns
from tests.analyses.trace.blocks import block, fed, metrics, values

Block = tuple[str, Columns]


def events(*told: tuple[int, str]) -> Block:
    return block("events", *({"time_ns": time, "event": event} for time, event in told))


def a_range(kind: str, begin: int, end: int, cycle: int = 1, **more: Any) -> dict[str, Any]:
    duration = end - begin if begin >= 0 and end >= 0 else -1
    return {
        "kind": kind, "time_ns": begin, "end_time_ns": end, "duration_ns": duration,
        "gc_cycle": cycle, **more,
    }  # fmt: skip


def analysed(*blocks: Block, duration: int = 1000, procs: int = 2, rows: int = 0) -> Result:
    fold = Collections()
    fed(fold, blocks)
    return fold.result(duration, procs, rows)


def cycles(result: Result) -> dict[str, list[Any]]:
    table = next(table for table in result.tables if table.name == "gc_cycles")
    return {column.name: list(column.values) for column in table.columns}


TOLD = [
    (5, "goal", 100), (90, "live", 80), (150, "live", 95), (195, "live", 40), (205, "goal", 90),
    (300, "live", 85),
]  # fmt: skip
HAPPENED = [(100, "GCBegin"), (200, "GCEnd"), (310, "GCBegin")]


@pytest.mark.parametrize("cut", [60, 95, 120, 152, 197, 250, 400])
def test_a_cycle_knows_the_heap_wherever_the_trace_was_cut(cut: int) -> None:
    blocks = [
        part
        for early in (True, False)
        for part in (
            events(*(event for event in HAPPENED if (event[0] < cut) == early)),
            metrics(*(point for point in TOLD if (point[0] < cut) == early)),
        )
        if part[1].rows
    ]
    found = cycles(analysed(*blocks))
    assert found["begin_ns"] == [100, 310]
    assert found["duration_ns"] == [100, None]
    assert found["goal_bytes"] == [100, 90]
    assert found["live_begin_bytes"] == [80, 85]
    assert found["live_end_bytes"] == [95, None]
    assert found["kept_bytes"] == [40, None]


def test_a_cycle_under_way_at_the_begin_is_number_0() -> None:
    blocks = [
        events((1, "GCActive"), (20, "GCEnd"), (30, "GCBegin"), (40, "GCEnd")),
        metrics((10, "live", 5), (19, "live", 3), (39, "live", 2)),
        block("ranges", a_range("stw", 15, 19, 0, name="GC mark termination")),
    ]
    result = analysed(*blocks)
    found = cycles(result)
    assert found["cycle"] == [0, 1]
    assert found["begin_ns"] == [None, 30]
    assert found["end_ns"] == [20, 40]
    assert found["kept_bytes"] == [3, 2]
    assert found["paused_ns"] == [4, 0]
    assert {f.name: f.value for f in result.facts}["gc_cycles_count"] == 1


def test_costs_are_added_up_by_cycle() -> None:
    result = analysed(
        events(*HAPPENED),
        block(
            "ranges",
            a_range("gc", 100, 200),
            a_range("stw", 100, 103, name="GC sweep termination"),
            a_range("stw", 190, 197, name="GC mark termination"),
            a_range("stw", 600, 650, name="read mem stats"),
            a_range("gc_mark_assist", 110, 130),
            a_range("gc_mark_assist", 320, 325, 2),
            a_range("gc_mark_assist", 330, -1, 2),
            a_range("gc_mark_worker", 110, 190, name="GC (dedicated)"),
            a_range("gc_sweep", 210, 211, swept_bytes=8192, reclaimed_bytes=64),
        ),
    )
    found, facts = cycles(result), {fact.name: fact for fact in result.facts}
    assert found["paused_ns"] == [10, 0]
    assert found["longest_pause_ns"] == [7, 0]
    assert found["assist_ns"] == [20, 5]
    assert facts["gc_paused_ns"].value == 10
    assert facts["gc_assist_ns"].value == 25
    assert facts["gc_assist_ns"].detail.startswith("3 times")
    assert facts["gc_worker_ns"].value == 80
    assert facts["gc_reclaimed_bytes"].value == 64
    assert facts["gc_ratio"].value == 0.1
    reasons = next(table for table in result.tables if table.name == "stw")
    assert values(reasons, "reason")[0] == "read mem stats"
    assert values(reasons, "longest_at_ns") == [600, 190, 100]


def a_stay(goroutine: int, state: str, begin: int, end: int) -> dict[str, Any]:
    return {
        "goroutine": goroutine, "from_state": state, "end_time_ns": end, "duration_ns": end - begin,
    }  # fmt: skip


ASSISTS = [
    (90, "GCBegin", 1), (100, "GCMarkAssistBegin", 7), (105, "GCMarkAssistBegin", 8),
    (200, "GCMarkAssistEnd", 7), (210, "GCMarkAssistBegin", 7), (215, "GCBegin", 1),
    (220, "GCMarkAssistBegin", 9), (230, "GCMarkAssistEnd", 9), (400, "GCMarkAssistEnd", 7),
]  # fmt: skip
STAYS = [
    a_stay(7, "waiting", 20, 60),  # before
    a_stay(7, "running", 60, 120),
    a_stay(7, "waiting", 120, 150),
    a_stay(7, "runnable", 150, 157),
    a_stay(6, "waiting", 120, 190),  # somebody else
    a_stay(7, "runnable", 202, 206),  # between two assists
    a_stay(8, "waiting", 110, 160),  # its assist never ends
    a_stay(9, "runnable", 224, 229),
    a_stay(7, "waiting", 300, 301),
    a_stay(7, "waiting", 500, 900),  # behind
]


@pytest.mark.parametrize("cut", [0, 101, 155, 203, 212, 228, 301, 350, 1000])
def test_what_an_assist_waited_is_told_apart_wherever_the_trace_was_cut(cut: int) -> None:
    ends = {(7, 100): 200, (7, 210): 400, (9, 220): 230}
    ranges = [
        a_range("gc_mark_assist", begin, end, 1 if begin < 215 else 2)
        for (_, begin), end in ends.items()
    ]
    blocks = []
    for is_early in (True, False):
        happened = [event for event in ASSISTS if (event[0] < cut) == is_early]
        stays = [stay for stay in STAYS if (stay["end_time_ns"] < cut) == is_early]
        told = [{"time_ns": t, "event": name, "goroutine": g} for t, name, g in happened]
        blocks += [block("events", *told), block("goroutine_transitions", *stays)]
    result = analysed(*blocks, block("ranges", *ranges))
    facts = {fact.name: fact for fact in result.facts}
    assert facts["gc_assist_ns"].value == 100 + 190 + 10
    assert facts["gc_assist_waited_ns"].value == 37 + 1 + 5
    assert cycles(result)["assist_waited_ns"] == [38, 5]
    assert facts["gc_assist_waited_ns"].detail == "for its turn; it ran 257 ns"


def test_a_page_shows_the_cycles_that_took_longest_in_their_order() -> None:
    told = [
        (100 * n + at, name) for n in range(1, 9) for at, name in ((0, "GCBegin"), (n, "GCEnd"))
    ]
    result = analysed(events(*told), rows=3)
    assert cycles(result)["cycle"] == [6, 7, 8]
    table = next(table for table in result.tables if table.name == "gc_cycles")
    assert table.footnotes == ("3 of 8 cycles, those that took longest.",)


def test_findings_come_from_what_was_recorded() -> None:
    told = [
        (1000 * n + at, name) for n in range(1, 7) for at, name in ((0, "GCBegin"), (500, "GCEnd"))
    ]
    kept = metrics(*((1000 * n + 499, "live", 100 * n) for n in range(1, 7)))
    ranges = [a_range("gc", 1000 * n, 1000 * n + 500, n) for n in range(1, 7)]
    ranges += [a_range("gc_mark_assist", 1000, 7000)]
    ranges += [a_range("stw", 1000, 3_001_000, name="GC mark termination")]
    result = analysed(events(*told), kept, block("ranges", *ranges), duration=7000)
    found = {finding.slug: finding for finding in result.findings}
    assert set(found) == {"gc-assists", "gc-share", "gc-pause", "heap-grows"}
    assert found["gc-assists"].amount == 6000
    assert "0.86 of them" in found["gc-assists"].what
    assert "43% of the time: 6 cycles" in found["gc-share"].what
    assert found["gc-pause"].amount == 3_000_000
    assert found["heap-grows"].what.endswith("100 B grew to 600 B in 6 cycles")


def test_a_trace_without_collections_says_so_without_tables() -> None:
    result = analysed(events((5, "GoStart")))
    assert (result.tables, result.facts, result.findings) == ((), (), ())
