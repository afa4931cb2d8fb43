"""What the charts of traces show, taken from the result tables; no drawing here."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from gotrace.analyses.result import ResultTable
from gotrace.views.cells import format_value, number_of
from gotrace.views.chart_data import Bars, Chart, Series, axis_unit, source_line
from gotrace.views.report import Report
from gotrace.views.safety import safe_text

__all__ = ["Span", "Step", "Timeline", "trace_charts"]

_MOST_TYPES = 15
_VISIBLE = 500
"""Bars more than so many times smaller than the largest cannot be seen."""


class Span(NamedTuple):
    """From when to when, in the unit of the time axis."""

    begin: float
    end: float


class Step(NamedTuple):
    """A value at, or from a time on; NaN for none."""

    time: float
    value: float


@dataclass(frozen=True)
class Timeline:
    """The heap over time: `live` and `goal` in `unit`, times in `time_unit`."""

    name: str
    heading: str
    source: str
    unit: str
    time_unit: str
    live: list[Step]
    """Points of a line."""
    goal: list[Step]
    """From each on until the next."""
    cycles: list[Span]
    """Garbage collections."""
    stops: list[Span]
    """When the world stood still."""
    longest: str
    """The longest stop in words; empty where there is none."""


def trace_charts(report: Report) -> list[Chart | Timeline]:
    """The charts that the report of a trace has tables for."""
    tables = report.tables()
    made: list[Chart | Timeline] = []
    if "heap_metrics" in tables:
        made.append(_timeline(tables, report))
    if "allocated_types" in tables:
        made.append(_types(tables["allocated_types"], report))
    if "gc_lifetimes" in tables:
        made.append(_lifetimes(tables["gc_lifetimes"], report))
    return made


def _timeline(tables: dict[str, ResultTable], report: Report) -> Timeline:
    heap = tables["heap_metrics"]
    times, live = _values(heap, "time_ns"), _values(heap, "live_bytes")
    goals = [number_of(value) for value in heap.column("goal_bytes").values]
    unit, size = axis_unit("bytes", [*live, *(goal or 0 for goal in goals)])
    time_unit, tick = axis_unit("ns", times)
    cycles, stops, longest = [], [], ""
    changes = list(zip(times, goals, strict=True))
    if "gc_cycles" in tables:
        table = tables["gc_cycles"]
        columns = (table.column(name).values for name in ("begin_ns", "end_ns", "goal_bytes"))
        for begin, end, goal in zip(*(map(number_of, column) for column in columns), strict=True):
            cycles.append(Span((begin or 0) / tick, (times[-1] if end is None else end) / tick))
            if begin is not None:
                changes.append((begin, goal))
    steps = _steps(sorted(changes, key=lambda change: change[0]), [c.end * tick for c in cycles])
    if "stops" in tables:
        table = tables["stops"]
        pairs = list(zip(_values(table, "time_ns"), _values(table, "duration_ns"), strict=True))
        stops = [Span(begin / tick, (begin + length) / tick) for begin, length in pairs]
        most, at = max((length, begin) for begin, length in pairs)
        longest = f"longest {format_value(most, 'ns')}, at {format_value(at, 'ns')}"
    drawn = _sawtooth(times, live)
    return Timeline(
        "heap-over-time", "Heap live and goal over time", source_line(report), unit, time_unit,
        [Step(at / tick, value / size) for at, value in drawn],
        [Step(at / tick, math.nan if goal is None else goal / size) for at, goal in steps],
        cycles, stops, longest,
    )  # fmt: skip


def _sawtooth(times: list[float], live: list[float]) -> list[tuple[float, float]]:
    """Rising as a slope, since some values are left out, and falling at once, as it does."""
    points = list(zip(times[:1], live[:1], strict=True))
    for (_, before), (time, value) in pairwise(zip(times, live, strict=True)):
        if value < before:
            points.append((time, before))
        points.append((time, value))
    return points


def _steps(
    told: list[tuple[float, float | None]], ends: list[float]
) -> list[tuple[float, float | None]]:
    """When the goal changed, of what it was at some times: cycles set it as they end."""
    steps = told[:1]
    for (before, old), (time, value) in pairwise(told):
        if value != old:
            place = bisect_right(ends, before)
            is_end = place < len(ends) and ends[place] <= time
            steps.append((ends[place] if is_end else time, value))
    return steps


def _types(table: ResultTable, report: Report) -> Chart:
    every = _values(table, "bytes")
    rows = len([value for value in every[:_MOST_TYPES] if value * _VISIBLE >= max(every)])
    every, alive = every[:rows], _values(table, "alive_bytes")[:rows]
    freed = [whole - part for whole, part in zip(every, alive, strict=True)]
    unit, size = axis_unit("bytes", every)
    texts = [format_value(int(value), "bytes") for value in every]
    names = [safe_text(str(name)) for name in table.column("type").values[:rows]]
    series = [
        Series("alive at the end", [value / size for value in alive], [], []),
        Series("freed", [value / size for value in freed], [], texts),
    ]
    return Chart(
        "allocation-by-type", "stack", "Allocated bytes by type", source_line(report), unit,
        Bars(names, series), "The trace holds no allocations.",
    )  # fmt: skip


def _lifetimes(table: ResultTable, report: Report) -> Chart:
    sizes = _values(table, "bytes")
    unit, size = axis_unit("bytes", sizes)
    labels = [_lived(safe_text(str(label))) for label in table.column("lifetime").values]
    texts = [
        f"{format_value(int(bytes_), 'bytes')}, {format_value(int(objects), 'count')} objects"
        for bytes_, objects in zip(sizes, _values(table, "objects_count"), strict=True)
    ]
    alive = [label.startswith("alive") for label in labels]
    parts = [
        [value / size if is_alive == wanted else 0.0
         for value, is_alive in zip(sizes, alive, strict=True)]
        for wanted in (True, False)
    ]  # fmt: skip
    series = [
        Series("alive at the end", parts[0], [], []),
        Series("freed after so many GC cycles", parts[1], [], texts),
    ]
    return Chart(
        "lifetimes-in-gc-cycles", "stack", "Allocated bytes by lifetime", source_line(report), unit,
        Bars(labels, series), "The trace holds no allocations.",
    )  # fmt: skip


def _lived(label: str) -> str:
    if label == "1":
        return "1 cycle"
    return f"{label} cycles" if label[:1].isdigit() else label


def _values(table: ResultTable, name: str) -> list[float]:
    return [number_of(value) or 0 for value in table.column(name).values]
