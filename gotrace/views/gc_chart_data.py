"""What the charts of the collector show, taken from the result tables; no drawing here."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from gotrace.analyses.result import ResultTable
from gotrace.views.cells import number_of
from gotrace.views.chart_data import axis_unit, source_line
from gotrace.views.report import Report
from gotrace.views.safety import safe_text

__all__ = ["GcChart", "HeapByCycle", "Pauses", "UtilisationCurve", "gc_charts"]


_QUANTILES = ("p1_ratio", "p5_ratio", "p50_ratio")
"""Columns of the distribution that are drawn beside the minimum."""


@dataclass(frozen=True)
class GcChart:
    """A chart: `name` is its file's stem."""

    name: str
    heading: str
    source: str


@dataclass(frozen=True)
class HeapByCycle(GcChart):
    """The heap as a saw: grown until a cycle's end, then what was found alive."""

    unit: str
    time_unit: str
    saw: list[tuple[float, float]]
    """Points of a line: time and bytes."""
    goal: list[tuple[float, float]]
    """From each time on until the next."""
    marking: list[tuple[float, float]]
    """Begin and length of each mark phase."""


@dataclass(frozen=True)
class UtilisationCurve(GcChart):
    """The least share that the program had, by length of the window (ns)."""

    windows: list[float]
    minimum: list[float]
    shares: dict[str, list[float]]
    """In so many of all windows the program had at most so much."""


@dataclass(frozen=True)
class Pauses(GcChart):
    """Stops of the world one by one, by reason: times and lengths in their units."""

    unit: str
    time_unit: str
    stops: dict[str, list[tuple[float, float]]]


def gc_charts(report: Report) -> list[GcChart]:
    """The charts that the report of `gotrace gc` has tables for."""
    tables = report.tables()
    made: list[GcChart] = []
    cycles = tables.get("gc_cycles")
    if cycles is not None and "heap_live_start_bytes" in {c.name for c in cycles.columns}:
        heap = _heap(cycles, report)
        if len(heap.saw) > 1:
            made.append(heap)
    if "mmu_curve" in tables:
        made.append(_curve(tables["mmu_curve"], report))
    if "gc_pauses" in tables:
        pauses = _pauses(tables["gc_pauses"], report)
        if pauses.stops:
            made.append(pauses)
    return made


def _heap(cycles: ResultTable, report: Report) -> HeapByCycle:
    names = (
        "time_ns", "end_time_ns", "heap_live_start_bytes", "heap_live_end_bytes", "marked_bytes",
        "goal_bytes",
    )  # fmt: skip
    rows = list(zip(*(_numbers(cycles, name) for name in names), strict=True))
    # Of several runs in one log only the first: their times begin anew.
    ends = next((i for i, (a, b) in enumerate(pairwise(rows), 1) if _is_before(b, a)), len(rows))
    rows = rows[:ends]
    unit, size = axis_unit("bytes", [v or 0 for row in rows for v in row[2:]])
    time_unit, tick = axis_unit("ns", [v or 0 for row in rows for v in row[:2]])
    saw, goal, marking, before = [], [], [], None
    for begin, end, start, full, marked, aim in rows:
        if begin is not None and start is not None:
            saw.append((begin / tick, start / size))
        if end is not None:
            saw += [(end / tick, value / size) for value in (full, marked) if value is not None]
        since = before if before is not None else begin
        if since is not None and aim is not None:
            goal.append((since / tick, aim / size))
        before = end if end is not None else before
        if begin is not None and end is not None:
            marking.append((begin / tick, (end - begin) / tick))
    if goal and before is not None:
        goal.append((before / tick, goal[-1][1]))
    return HeapByCycle(
        "gc-heap", "The heap from cycle to cycle", source_line(report), unit, time_unit, saw, goal,
        marking,
    )  # fmt: skip


def _is_before(row: tuple[float | None, ...], other: tuple[float | None, ...]) -> bool:
    return row[0] is not None and other[0] is not None and row[0] < other[0]


def _curve(table: ResultTable, report: Report) -> UtilisationCurve:
    windows, minimum = (
        [value or 0.0 for value in _numbers(table, name)] for name in ("window_ns", "mmu_ratio")
    )
    shares = {
        column.title: [value or 0.0 for value in _numbers(table, column.name)]
        for column in table.columns
        if column.name in _QUANTILES
    }
    return UtilisationCurve(
        "gc-mmu", "Mutator utilisation by window", source_line(report), windows, minimum, shares
    )


def _pauses(table: ResultTable, report: Report) -> Pauses:
    times, lengths = _numbers(table, "time_ns"), _numbers(table, "duration_ns")
    reasons = table.column("reason").values
    unit, size = axis_unit("ns", [length or 0 for length in lengths])
    time_unit, tick = axis_unit("ns", [time or 0 for time in times])
    stops: dict[str, list[tuple[float, float]]] = {}
    for time, length, reason in zip(times, lengths, reasons, strict=True):
        if time is not None and length:
            name = safe_text(str(reason)) if reason else "stop of the world"
            stops.setdefault(name, []).append((time / tick, length / size))
    return Pauses("gc-pauses", "Stops of the world", source_line(report), unit, time_unit, stops)


def _numbers(table: ResultTable, name: str) -> list[float | None]:
    found = [number_of(value) for value in table.column(name).values]
    return [None if value is None else float(value) for value in found]
