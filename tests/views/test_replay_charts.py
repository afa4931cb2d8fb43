"""Charts of a replay: what is drawn, and whole files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gotrace.analyses.result import Result, ResultColumn, ResultTable
from gotrace.views.charts import save_charts
from gotrace.views.replay_chart_data import Composition, HeatMap, WasteByClass, replay_charts
from gotrace.views.report import Report

MIB, MS = 1 << 20, 10**6


def table(name: str, **columns: list[Any]) -> ResultTable:
    return ResultTable(name, name, tuple(ResultColumn(n, "", v) for n, v in columns.items()))


HEAP = table(
    "replay_heap",
    time_ns=[0, 10 * MS, 20 * MS],
    object_bytes=[MIB, 2 * MIB, MIB],
    free_slot_bytes=[0, 0, MIB],
    tail_bytes=[0, 0, 0],
    manual_bytes=[MIB, MIB, MIB],
    free_page_bytes=[2 * MIB, MIB, MIB],
)
CYCLES = table("replay_cycles", time_ns=[15 * MS])
WASTE = table(
    "replay_waste",
    size_class=["large", 2, 3],
    slot_bytes=[None, 16, 24],
    alive_least_waste_bytes=[0, 0, 1024],
    alive_most_waste_bytes=[4096, 0, 2048],
    end_tail_bytes=[0, 0, 512],
    end_free_slot_bytes=[0, 0, 512],
)
MAP = table(
    "replay_map",
    address=[0x10000, 0x10000, 0x20000, 0x50000],
    time_ns=[0, 10 * MS, 10 * MS, 0],
    span_bytes=[65536, 65536, 65536, 0],
    object_bytes=[65536, 16384, 0, 0],
    manual_bytes=[0, 0, 0, 32768],
)


def report(*tables: ResultTable) -> Report:
    return Report("trace", "Replay", "/here/trace.out", (Result("r", "r", (), tables),))


def test_the_layers_of_the_heap_add_up_to_what_is_mapped() -> None:
    (chart,) = replay_charts(report(HEAP))
    assert isinstance(chart, Composition)
    assert (chart.unit, chart.time_unit, chart.times) == ("MiB", "ms", [0, 10, 20])
    values = np.array([layer.values for layer in chart.layers])
    assert values.sum(axis=0).tolist() == [4, 4, 4]
    assert chart.layers[0].title == "objects"


def test_waste_is_stacked_by_class_and_classes_without_any_are_left_out() -> None:
    (chart,) = replay_charts(report(WASTE))
    assert isinstance(chart, WasteByClass)
    assert chart.labels == ["large", "24 B"]
    assert [layer.values for layer in chart.layers] == [[0, 1], [4, 1], [0, 0.5], [0, 0.5]]


def test_the_map_says_how_full_each_piece_is() -> None:
    chart = next(c for c in replay_charts(report(MAP, CYCLES)) if isinstance(c, HeatMap))
    assert chart.addresses == [0x10000, 0x20000, 0x50000]
    assert chart.piece_bytes == 0x10000
    assert chart.cycles == [15]
    np.testing.assert_array_equal(chart.full, [[1, 0.25], [np.nan, 0], [np.nan, np.nan]])
    assert chart.is_stack.tolist() == [[False, False], [False, False], [True, False]]


def test_charts_are_written_the_same_each_time(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        save_charts(report(MAP, CYCLES), tmp_path / folder)
    for name in ("span-occupancy.png", "span-occupancy.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    text = (tmp_path / "one/span-occupancy.svg").read_text()
    for words in ("0x10000", "64 KiB a row", "% of span bytes in objects", "a GC cycle ends"):
        assert words in text


def test_a_heap_of_one_moment_is_drawn(tmp_path: Path) -> None:
    """A trace of microseconds."""
    short = ResultTable(
        "replay_heap", "",
        tuple(ResultColumn(c.name, c.unit, list(c.values)[:1]) for c in HEAP.columns),
    )  # fmt: skip
    assert len(save_charts(report(short), tmp_path)) == 2
    assert "free pages (at least)" in (tmp_path / "heap-composition.svg").read_text()
