"""What the charts of `gotrace wrestle` show, taken from the result tables; no drawing here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from gotrace.analyses.result import ResultTable
from gotrace.units import format_bytes
from gotrace.views.cells import number_of
from gotrace.views.chart_data import axis_unit, source_line
from gotrace.views.report import Report
from gotrace.views.safety import safe_text, short_name, shorten

__all__ = ["Bar", "GroupedBars", "Parts", "SiteClasses", "WrestleChart", "wrestle_charts"]

_MOST_BENCHMARKS = 8
_MOST_SITES = 12
_MOST_CLASSES = 8
_LONGEST_NAME = 40
_LONGEST_LABEL = 28
"""Of a round: legends hold several side by side."""
_LEAST_SEEN = 0.002
"""Of the longest bar: less than a pixel."""
_OTHERS = "other sizes"
_UNITS = ("sec/op", "B/op", "allocs/op")
"""One chart of rounds for each of these that was measured."""


@dataclass(frozen=True)
class WrestleChart:
    """A chart: `name` is its file's stem."""

    name: str
    heading: str
    source: str


_Line = tuple[Any, ...]
"""Package, function, file and line of a call site."""


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
    left_out_count: int


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
    rows = [row for row in table.rows() if row.get("unit") == unit]
    several = len({row.get("package") for row in rows}) > 1
    found: dict[str, dict[str, Bar]] = {}
    labels: dict[str, None] = {}
    for row in rows:
        centre = _number(row, "center")
        if centre is None:
            continue
        label = safe_text(str(row.get(by)))
        labels[label] = None
        bar = Bar(centre, _number(row, "low"), _number(row, "high"))
        found.setdefault(_benchmark(row, with_package=several), {})[label] = bar
    first = next(iter(labels), "")
    groups = [group for group, bars in found.items() if first in bars and bars[first].centre > 0]
    if not groups or len(labels) < 2:
        return None
    shown = groups[:_MOST_BENCHMARKS]
    bars = {
        shown_label: [_relative(found[group].get(label), found[group][first]) for group in shown]
        for label, shown_label in _short_labels(list(labels)).items()
    }
    return GroupedBars(
        name, heading, source_line(report), f"{unit}, {next(iter(bars))} = 1",
        [shorten(group, _LONGEST_NAME) for group in shown], bars, len(groups) - len(shown),
    )  # fmt: skip


def _short_labels(labels: list[str]) -> dict[str, str]:
    """Each label as a legend has it; numbered where two are the same once they are cut."""
    short = [shorten(label, _LONGEST_LABEL) for label in labels]
    if len(set(short)) < len(short):
        short = [f"{number}: {label}" for number, label in enumerate(short, 1)]
    return dict(zip(labels, short, strict=True))


def _relative(bar: Bar | None, base: Bar) -> Bar | None:
    if bar is None:
        return None
    low, high = (None if end is None else end / base.centre for end in (bar.low, bar.high))
    return Bar(bar.centre / base.centre, low, high)


def _benchmark(row: dict[str, Any], *, with_package: bool) -> str:
    """Benchmarks of two packages may have one name."""
    name = safe_text(str(row.get("benchmark")))
    if with_package:
        package = safe_text(str(row.get("package") or "")).rpartition("/")[2]
        name = f"{package}: {name}"
    return name


def _split(table: ResultTable, report: Report) -> Parts | None:
    rows = [(safe_text(str(row.get("what"))), _number(row, "cpu_ns") or 0.0)
            for row in table.rows()]  # fmt: skip
    sums: dict[str, float] = {}
    for what, amount in rows:
        sums[what] = sums.get(what, 0.0) + amount
    whole = sum(sums.values())
    if whole <= 0:
        return None
    parts = [(what, 100 * amount / whole) for what, amount in sums.items() if amount > 0]
    return Parts("wrestle-cpu", "Where the CPU time goes", source_line(report), parts)


def _site_classes(table: ResultTable, report: Report) -> SiteClasses | None:
    amounts: dict[_Line, dict[float, float]] = {}
    for row in table.rows():
        size, amount = _number(row, "size_class_bytes") or 0.0, _number(row, "alloc_bytes")
        if amount:
            line = tuple(row.get(name) for name in ("package", "site", "file", "line"))
            of_site = amounts.setdefault(line, {})
            of_site[size] = of_site.get(size, 0.0) + amount
    if not amounts:
        return None
    wholes = {site: sum(sizes.values()) for site, sizes in amounts.items()}
    most = max(wholes.values())
    seen = [site for site in amounts if wholes[site] >= _LEAST_SEEN * most]
    sites = sorted(seen, key=lambda site: -wholes[site])[:_MOST_SITES]
    sums: dict[float, float] = {}
    for site in sites:
        for size, amount in amounts[site].items():
            sums[size] = sums.get(size, 0.0) + amount
    unit, scale = axis_unit("bytes", [wholes[site] for site in sites])
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
    return SiteClasses(
        "wrestle-sites", "Allocated bytes by call site and size class", source_line(report), unit,
        list(map(_site_name, sites)), classes, len(amounts) - len(sites),
    )  # fmt: skip


def _site_name(site: _Line) -> str:
    """`store.(*Log).Add:25`: a call site is a line, and a function may have several."""
    line = "" if site[3] is None else f":{site[3]}"
    return shorten(short_name(safe_text(str(site[1]))), _LONGEST_NAME - len(line)) + line


def _number(row: dict[str, Any], name: str) -> float | None:
    value = number_of(row.get(name))
    return None if value is None else float(value)
