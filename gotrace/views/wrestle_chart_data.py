"""What the charts of `gotrace wrestle` show, taken from the result tables; no drawing here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gotrace.analyses.result import ResultTable
from gotrace.units import format_bytes
from gotrace.views.cells import number_of
from gotrace.views.chart_data import axis_unit, source_line
from gotrace.views.report import Report
from gotrace.views.safety import safe_text, shorten

__all__ = ["Bar", "GroupedBars", "Parts", "SiteClasses", "WrestleChart", "wrestle_charts"]

_MOST_BENCHMARKS = 8
_MOST_SITES = 12
_MOST_CLASSES = 8
_LONGEST_NAME = 40
_OTHERS = "other sizes"
_UNITS = ("sec/op", "B/op", "allocs/op")
"""One chart of rounds for each of these that was measured."""


@dataclass(frozen=True)
class WrestleChart:
    """A chart: `name` is its file's stem."""

    name: str
    heading: str
    source: str


class Bar(NamedTuple):
    """The middle and its interval; None where too few rounds bound it."""

    centre: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class GroupedBars(WrestleChart):
    """A group of bars for each benchmark, one bar for each arm or round, with its interval.

    Values are those of the first bar of each group taken as 1: benchmarks differ a thousandfold.
    """

    axis: str
    groups: list[str]
    bars: dict[str, list[Bar | None]]
    """Label → the bar of each group; None where it was not measured."""
    left_out_count: int


@dataclass(frozen=True)
class Parts(WrestleChart):
    """Shares of one whole (in %), and what each of them is."""

    parts: list[tuple[str, float]]


@dataclass(frozen=True)
class SiteClasses(WrestleChart):
    """Bytes by call site, in parts by size class."""

    unit: str
    sites: list[str]
    classes: dict[str, list[float]]


def wrestle_charts(report: Report) -> list[WrestleChart]:
    """The charts that the report of `gotrace wrestle` has tables for."""
    if report.recording_kind != "wrestle":
        return []
    tables = report.tables()
    made: list[WrestleChart | None] = []
    if "arms" in tables:
        made.append(_grouped(tables["arms"], "arm", "sec/op", "wrestle-arms",
                             "Benchmarks with and without the collector", report))  # fmt: skip
    if "rounds" in tables:
        for unit in _UNITS:
            name = f"wrestle-rounds-{unit.replace('/', '-per-').lower()}"
            made.append(_grouped(tables["rounds"], "round", unit, name,
                                 f"Rounds of optimisation: {unit}", report))  # fmt: skip
    if "cpu_split" in tables:
        made.append(_split(tables["cpu_split"], report))
    if "site_classes" in tables:
        made.append(_site_classes(tables["site_classes"], report))
    return [chart for chart in made if chart is not None]


def _grouped(
    table: ResultTable, by: str, unit: str, name: str, heading: str, report: Report
) -> GroupedBars | None:
    rows = [row for row in _rows(table) if row.get("unit") == unit]
    centres: dict[str, dict[str, Bar]] = {}
    labels: dict[str, None] = {}
    for row in rows:
        centre = _number(row, "center")
        if centre is None:
            continue
        label = safe_text(str(row.get(by)))
        labels[label] = None
        bar = Bar(centre, _number(row, "low"), _number(row, "high"))
        centres.setdefault(_benchmark(row), {})[label] = bar
    first = next(iter(labels), "")
    groups = [group for group, bars in centres.items() if first in bars and bars[first].centre > 0]
    if not groups or len(labels) < 2:
        return None
    shown = groups[:_MOST_BENCHMARKS]
    bars = {
        label: [_relative(centres[group].get(label), centres[group][first]) for group in shown]
        for label in labels
    }
    return GroupedBars(
        name, heading, source_line(report), f"{unit}, {first} = 1", shown, bars,
        len(groups) - len(shown),
    )  # fmt: skip


def _relative(bar: Bar | None, base: Bar) -> Bar | None:
    if bar is None:
        return None
    low, high = (None if end is None else end / base.centre for end in (bar.low, bar.high))
    return Bar(bar.centre / base.centre, low, high)


def _benchmark(row: dict[str, Any]) -> str:
    return shorten(safe_text(str(row.get("benchmark"))), _LONGEST_NAME)


def _split(table: ResultTable, report: Report) -> Parts | None:
    rows = [(safe_text(str(row.get("what"))), _number(row, "cpu_ns") or 0.0)
            for row in _rows(table)]  # fmt: skip
    sums: dict[str, float] = {}
    for what, amount in rows:
        sums[what] = sums.get(what, 0.0) + amount
    whole = sum(sums.values())
    if whole <= 0:
        return None
    parts = [(what, 100 * amount / whole) for what, amount in sums.items() if amount > 0]
    return Parts("wrestle-cpu", "Where the CPU time goes", source_line(report), parts)


def _site_classes(table: ResultTable, report: Report) -> SiteClasses | None:
    amounts: dict[str, dict[float, float]] = {}
    for row in _rows(table):
        size, amount = _number(row, "size_class_bytes") or 0.0, _number(row, "alloc_bytes")
        if amount:
            of_site = amounts.setdefault(safe_text(str(row.get("site"))), {})
            of_site[size] = of_site.get(size, 0.0) + amount
    if not amounts:
        return None
    sites = sorted(amounts, key=lambda site: -sum(amounts[site].values()))[:_MOST_SITES]
    sums: dict[float, float] = {}
    for site in sites:
        for size, amount in amounts[site].items():
            sums[size] = sums.get(size, 0.0) + amount
    unit, scale = axis_unit("bytes", [sum(amounts[site].values()) for site in sites])
    named = sorted(sorted(sums, key=lambda size: -sums[size])[:_MOST_CLASSES])
    classes = {
        f"{format_bytes(size)} slots": [amounts[site].get(size, 0.0) / scale for site in sites]
        for size in named
    }
    if len(sums) > len(named):
        classes[_OTHERS] = [
            sum(amount for size, amount in amounts[site].items() if size not in named) / scale
            for site in sites
        ]
    names = [shorten(site, _LONGEST_NAME) for site in sites]
    return SiteClasses(
        "wrestle-sites", "Allocated bytes by call site and size class", source_line(report), unit,
        names, classes,
    )  # fmt: skip


def _rows(table: ResultTable) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    values: Sequence[Sequence[Any]] = [column.values for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _number(row: dict[str, Any], name: str) -> float | None:
    value = number_of(row.get(name))
    return None if value is None else float(value)
