"""Charts of traces: what is drawn, and whole files."""

from __future__ import annotations

import math
from pathlib import Path

from gotrace.analyses.result import Result, ResultColumn, ResultTable
from gotrace.views.charts import save_charts
from gotrace.views.report import Report
from gotrace.views.trace_chart_data import Span, Step, Timeline, trace_charts

MIB, MS = 1 << 20, 10**6


def table(name: str, **columns: list[object]) -> ResultTable:
    return ResultTable(name, name, tuple(ResultColumn(n, "", v) for n, v in columns.items()))


HEAP = table(
    "heap_metrics",
    time_ns=[0, 10 * MS, 12 * MS, 20 * MS],
    live_bytes=[2 * MIB, 6 * MIB, 3 * MIB, 4 * MIB],
    goal_bytes=[None, 8 * MIB, 5 * MIB, 5 * MIB],
)
CYCLES = table(
    "gc_cycles",
    begin_ns=[None, 9 * MS, 19 * MS],
    end_ns=[1 * MS, 11 * MS, None],
    goal_bytes=[None, 8 * MIB, 5 * MIB],
)
STOPS = table("stops", time_ns=[9 * MS, 10 * MS], duration_ns=[2000, MS], reason=["GC a", "GC b"])
TYPES = table(
    "allocated_types",
    type=["main.node", "uint8", "dust"],
    bytes=[4 * MIB, 2 * MIB, 8],
    alive_bytes=[MIB, 2 * MIB, 0],
)
LIVES = table(
    "gc_lifetimes",
    lifetime=["1", "3 to 4", "alive at the end"],
    objects_count=[3, 2, 1],
    bytes=[2 * MIB, MIB, MIB],
)


def report(*tables: ResultTable) -> Report:
    return Report("trace", "Execution trace", "/here/trace.out", (Result("r", "r", (), tables),))


def timeline(*tables: ResultTable) -> Timeline:
    (found,) = trace_charts(report(*tables))
    assert isinstance(found, Timeline)
    return found


def test_live_rises_as_a_slope_and_falls_at_once() -> None:
    assert timeline(HEAP).live == [
        Step(0, 2), Step(10, 6), Step(12, 6), Step(12, 3), Step(20, 4)
    ]  # fmt: skip


def test_the_goal_changes_when_cycles_end() -> None:
    goal = timeline(HEAP, CYCLES).goal
    assert math.isnan(goal[0].value)
    assert goal[1:] == [Step(1, 8), Step(11, 5)]


def test_cycles_under_way_reach_to_the_edges() -> None:
    assert timeline(HEAP, CYCLES).cycles == [Span(0, 1), Span(9, 11), Span(19, 20)]


def test_the_longest_stop_is_told() -> None:
    found = timeline(HEAP, STOPS)
    assert found.stops == [Span(9, 9.002), Span(10, 11)]
    assert found.longest == "longest 1 ms, at 10 ms"


def test_types_too_small_to_see_are_left_out() -> None:
    (chart,) = trace_charts(report(TYPES))
    assert not isinstance(chart, Timeline)
    assert chart.bars.labels == ["main.node", "uint8"]
    assert [series.values for series in chart.bars.series] == [[1, 2], [3, 0]]


def test_lifetimes_stand_apart_from_what_is_alive() -> None:
    (chart,) = trace_charts(report(LIVES))
    assert not isinstance(chart, Timeline)
    assert chart.bars.labels == ["1 cycle", "3 to 4 cycles", "alive at the end"]
    assert [series.values for series in chart.bars.series] == [[0, 0, 1], [2, 1, 0]]
    assert chart.bars.series[1].texts[0] == "2.00 MiB, 3 objects"


def test_a_trace_with_little_to_show_is_drawn_all_the_same(tmp_path: Path) -> None:
    still = table("heap_metrics", time_ns=[0], live_bytes=[0], goal_bytes=[None])
    nothing = table("allocated_types", type=[], bytes=[], alive_bytes=[])
    paths = save_charts(report(still, nothing), tmp_path)
    assert [path.name for path in paths] == [
        "heap-over-time.png", "heap-over-time.svg",
        "allocation-by-type.png", "allocation-by-type.svg",
    ]  # fmt: skip
    assert all(path.stat().st_size > 1000 for path in paths)


def test_every_trace_chart_is_written_twice_with_the_same_bytes(tmp_path: Path) -> None:
    whole = report(HEAP, CYCLES, STOPS, TYPES, LIVES)
    once, again = save_charts(whole, tmp_path / "a"), save_charts(whole, tmp_path / "b")
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]
    assert len(once) == 6
