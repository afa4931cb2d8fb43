"""Charts of the collector: what is drawn, and whole files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gotrace.analyses.result import Result, ResultColumn, ResultTable
from gotrace.views.charts import save_charts
from gotrace.views.gc_chart_data import HeapByCycle, Pauses, UtilisationCurve, gc_charts
from gotrace.views.report import Report

MIB, MS = 1 << 20, 10**6


def table(name: str, **columns: list[Any]) -> ResultTable:
    return ResultTable(name, name, tuple(ResultColumn(n, "", v, n) for n, v in columns.items()))


CYCLES = table(
    "gc_cycles",
    time_ns=[None, 20 * MS, 40 * MS],
    end_time_ns=[5 * MS, 25 * MS, None],
    heap_live_start_bytes=[None, 3 * MIB, 4 * MIB],
    heap_live_end_bytes=[4 * MIB, 5 * MIB, None],
    marked_bytes=[2 * MIB, 2 * MIB, None],
    goal_bytes=[None, 6 * MIB, 7 * MIB],
)
CURVE = table(
    "mmu_curve", window_ns=[MS, 10 * MS, 100 * MS], mmu_ratio=[0, 0.5, 0.8], p5_ratio=[0.1, 0.6, 1]
)
PAUSES = table(
    "gc_pauses",
    time_ns=[MS, 2 * MS, None, 4 * MS],
    duration_ns=[1000, 3000, 5, None],
    reason=["GC mark termination", None, "x", "y"],
)


def report(*tables: ResultTable) -> Report:
    return Report("trace", "Garbage collection", "/here/trace.out", (Result("r", "r", (), tables),))


def test_the_saw_grows_to_the_end_of_a_cycle_and_falls_to_what_was_alive() -> None:
    (chart,) = gc_charts(report(CYCLES))
    assert isinstance(chart, HeapByCycle)
    assert (chart.unit, chart.time_unit) == ("MiB", "ms")
    assert chart.saw == [(5, 4), (5, 2), (20, 3), (25, 5), (25, 2), (40, 4)]
    # A goal holds from the end of the cycle before until its own cycle ends.
    assert chart.goal == [(5, 6), (25, 7), (25, 7)]
    assert chart.marking == [(20, 5)]


def test_of_several_runs_in_a_log_the_first_is_drawn() -> None:
    again = table("gc_cycles", **{c.name: [*c.values, *c.values][1:] for c in CYCLES.columns})
    (chart,) = gc_charts(report(again))
    assert isinstance(chart, HeapByCycle)
    assert max(time for time, _ in chart.saw) == 40


def test_curves_and_pauses_are_those_of_the_tables() -> None:
    curve, pauses = gc_charts(report(CURVE, PAUSES))
    assert isinstance(curve, UtilisationCurve)
    assert curve.minimum == [0, 0.5, 0.8]
    assert curve.shares == {"p5_ratio": [0.1, 0.6, 1]}
    assert isinstance(pauses, Pauses)
    assert pauses.stops == {"GC mark termination": [(1, 1)], "stop of the world": [(2, 3)]}


def test_tables_of_another_verb_are_not_drawn() -> None:
    assert gc_charts(report(table("gc_cycles", cycle=[1], begin_ns=[5]))) == []


def test_every_chart_becomes_a_picture_and_the_same_one_again(tmp_path: Path) -> None:
    every = report(CYCLES, CURVE, PAUSES)
    written = save_charts(every, tmp_path / "one")
    assert {path.name for path in written} == {
        f"{name}.{kind}" for name in ("gc-heap", "gc-mmu", "gc-pauses") for kind in ("png", "svg")
    }
    again = save_charts(every, tmp_path / "two")
    assert [a.read_bytes() for a in written] == [b.read_bytes() for b in again]
    assert b"in the worst window" in (tmp_path / "one" / "gc-mmu.svg").read_bytes()
