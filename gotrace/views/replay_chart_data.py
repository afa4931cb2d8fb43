"""What the charts of a replay show, taken from the result tables; no drawing here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.analyses.result import ResultTable
from gotrace.views.cells import format_value, number_of
from gotrace.views.chart_data import axis_unit, source_line
from gotrace.views.report import Report
from gotrace.views.safety import safe_text

__all__ = ["Composition", "HeatMap", "Layer", "ReplayChart", "WasteByClass", "replay_charts"]

Floats = npt.NDArray[np.float64]

_MOST_CLASSES = 40


@dataclass(frozen=True)
class ReplayChart:
    """A chart: `name` is its file's stem."""

    name: str
    heading: str
    source: str
    """What was read: the kind of recording and its file, without folders."""


@dataclass(frozen=True)
class Layer:
    """One kind of bytes, in the chart's unit."""

    title: str
    values: list[float]


@dataclass(frozen=True)
class Composition(ReplayChart):
    """What the heap was made of over time: layers that add up to what is mapped."""

    unit: str
    time_unit: str
    times: list[float]
    layers: list[Layer]
    cycles: list[float]
    """Ends of GC cycles."""


@dataclass(frozen=True)
class WasteByClass(ReplayChart):
    """What spans of each class hold besides what was asked for, when the trace ended."""

    unit: str
    labels: list[str]
    layers: list[Layer]


@dataclass(frozen=True, eq=False)
class HeatMap(ReplayChart):
    """How full spans are, by address and time: `full` is pieces x times, NaN without heap spans."""

    time_unit: str
    times: list[float]
    addresses: list[int]
    """Of the pieces, ascending."""
    piece_bytes: int
    full: Floats
    is_stack: npt.NDArray[np.bool_]
    """Where there are only spans of stacks and work buffers."""
    cycles: list[float]


def replay_charts(report: Report) -> list[ReplayChart]:
    """The charts that the report of a replay has tables for."""
    tables = report.tables()
    made: list[ReplayChart] = []
    if "replay_heap" in tables:
        made.append(_composition(tables, report))
    if "replay_waste" in tables:
        made.append(_waste(tables["replay_waste"], report))
    if "replay_map" in tables and tables["replay_map"].row_count:
        made.append(_heat(tables, report))
    return made


_LAYERS = (
    ("object_bytes", "objects"),
    ("free_slot_bytes", "free slots"),
    ("tail_bytes", "span tails"),
    ("manual_bytes", "stacks and work buffers"),
    ("free_page_bytes", "free pages (at least)"),
)


def _composition(tables: dict[str, ResultTable], report: Report) -> Composition:
    heap = tables["replay_heap"]
    times = _values(heap, "time_ns")
    most = [sum(values) for values in zip(*(_values(heap, n) for n, _ in _LAYERS), strict=True)]
    unit, size = axis_unit("bytes", most)
    time_unit, tick = axis_unit("ns", times)
    layers = [
        Layer(title, [value / size for value in _values(heap, name)]) for name, title in _LAYERS
    ]
    return Composition(
        "heap-composition", "What the heap is made of over time", source_line(report), unit,
        time_unit, [time / tick for time in times], layers, _cycles(tables, tick),
    )  # fmt: skip


def _waste(table: ResultTable, report: Report) -> WasteByClass:
    least, most, tails, free = (
        _values(table, name)
        for name in (
            "alive_least_waste_bytes", "alive_most_waste_bytes", "end_tail_bytes",
            "end_free_slot_bytes",
        )
    )  # fmt: skip
    total = [sum(row) for row in zip(most, tails, free, strict=True)]
    order = sorted(range(len(total)), key=lambda row: -total[row])[:_MOST_CLASSES]
    rows = sorted(row for row in order if total[row])
    unit, size = axis_unit("bytes", total)
    slots, names = table.column("slot_bytes").values, table.column("size_class").values
    labels = [
        safe_text(str(names[row]))
        if number_of(slots[row]) is None
        else format_value(slots[row], "bytes").replace(".00", "").replace(".0 ", " ")
        for row in rows
    ]
    perhaps = [high - low for high, low in zip(most, least, strict=True)]
    layers = [
        Layer(title, [values[row] / size for row in rows])
        for title, values in (
            ("in slots, at least", least),
            ("in slots, perhaps", perhaps),
            ("span tails", tails),
            ("free slots", free),
        )
    ]
    return WasteByClass(
        "waste-by-class", "Waste by size class at the end", source_line(report), unit, labels,
        layers,
    )  # fmt: skip


def _heat(tables: dict[str, ResultTable], report: Report) -> HeatMap:
    table = tables["replay_map"]
    address, time = (
        np.array([int(number_of(v) or 0) for v in table.column(name).values], np.int64)
        for name in ("address", "time_ns")
    )
    spans, objects, manual = (
        np.array(_values(table, name)) for name in ("span_bytes", "object_bytes", "manual_bytes")
    )
    pieces, row = np.unique(address, return_inverse=True)
    times, column = np.unique(time, return_inverse=True)
    shape = (len(pieces), len(times))
    full = np.full(shape, np.nan)
    used = spans > 0
    full[row[used], column[used]] = np.minimum(objects[used] / spans[used], 1)
    is_stack = np.zeros(shape, np.bool_)
    is_stack[row, column] = (manual > 0) & ~used
    piece_bytes = int(np.diff(pieces).min()) if len(pieces) > 1 else 1 << 16
    time_unit, tick = axis_unit("ns", times.tolist())
    return HeatMap(
        "span-occupancy", "How full spans are, by address over time", source_line(report),
        time_unit, (times / tick).tolist(), pieces.tolist(), piece_bytes, full, is_stack,
        _cycles(tables, tick),
    )  # fmt: skip


def _cycles(tables: dict[str, ResultTable], tick: float) -> list[float]:
    if "replay_cycles" not in tables:
        return []
    return [time / tick for time in _values(tables["replay_cycles"], "time_ns")]


def _values(table: ResultTable, name: str) -> list[float]:
    return [float(number_of(value) or 0) for value in table.column(name).values]
