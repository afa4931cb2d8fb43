"""What the charts show, taken from the result tables; no drawing here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from gotrace.analyses.result import ResultTable
from gotrace.views.cells import format_value, nanoseconds_in, number_of
from gotrace.views.report import Report
from gotrace.views.safety import safe_text

__all__ = ["Bars", "Chart", "Series", "axis_unit", "charts", "source_line"]

_MOST_SITES = 15
_BINARY = (("MiB", 1 << 20), ("KiB", 1 << 10), ("bytes", 1))
_TIME = (("s", 10**9), ("ms", 10**6), ("µs", 10**3), ("ns", 1))


@dataclass(frozen=True)
class Series:
    """One kind of bars: values in the chart's unit, one for each label."""

    title: str
    values: list[float]
    errors: list[float]
    """Standard errors; empty where there are none."""
    texts: list[str]
    """What stands at the end of each bar; empty where nothing does."""


@dataclass(frozen=True)
class Bars:
    """The bars of a chart: one group for each label."""

    labels: list[str]
    series: list[Series]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for series in self.series for value in series.values)


@dataclass(frozen=True)
class Chart:
    """A chart: `name` is its file's stem, `form` how it is drawn.

    Forms: `columns` (upright, one panel for each series), `bars` (lying, series side by side) and
    `stack` (lying, series end to end).
    """

    name: str
    form: str
    heading: str
    source: str
    """What was read: the kind of recording and its file, without folders."""
    unit: str
    bars: Bars
    nothing: str
    """What the figure says when there is nothing to draw."""


def charts(report: Report) -> list[Chart]:
    """The charts that the report has tables for."""
    tables = report.tables()
    made = [
        _top(tables["top"], report) if "top" in tables else None,
        _size_classes(tables["size_classes"], report) if "size_classes" in tables else None,
        _lifetimes(tables["lifetimes"], report) if "lifetimes" in tables else None,
    ]
    return [chart for chart in made if chart is not None]


def source_line(report: Report) -> str:
    """What was read: title and files."""
    # Base names only: slides travel further than the folders on this machine.
    files = [PurePath(safe_text(part)).name for part in report.source.split(" + ")]
    where = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
    return f"{safe_text(report.title)}, {where}"


def _numbers(table: ResultTable, name: str, rows: list[int]) -> list[float]:
    """The values of a column at `rows`, 0 where unknown; empty if there is no such column."""
    column = next((column for column in table.columns if column.name == name), None)
    if column is None:
        return []
    return [float(number_of(column.values[row]) or 0) for row in rows]


def _errors(table: ResultTable, name: str, rows: list[int]) -> list[float]:
    column = next((column for column in table.columns if column.error_of == name), None)
    return [] if column is None else _numbers(table, column.name, rows)


def _top(table: ResultTable, report: Report) -> Chart:
    rows = list(range(min(table.row_count, _MOST_SITES)))
    flat = table.column("flat")
    result = report.result("top")
    facts = {fact.name: fact.value for fact in result.facts} if result else {}
    kind = safe_text(str(facts.get("sample_type", "")))
    unit, size = axis_unit(flat.unit, _numbers(table, "cum", rows))
    names = [safe_text(str(table.column("name").values[row])) for row in rows]
    series = [
        Series(
            title,
            [value / size for value in _numbers(table, name, rows)],
            [],
            _texts(table, name, rows),
        )
        for name, title in (("flat", "flat: here"), ("cum", "cum: here and in what it calls"))
    ]
    what = f"Top sites by {kind}" if kind else "Top sites"
    nothing = "The profile holds no samples of this type."
    return Chart("top-sites", "bars", what, source_line(report), unit, Bars(names, series), nothing)


def _texts(table: ResultTable, name: str, rows: list[int]) -> list[str]:
    column = table.column(name)
    return [format_value(column.values[row], column.unit) for row in rows]


def axis_unit(unit: str, values: list[float]) -> tuple[str, float]:
    """The unit of the axis and its size in the table's unit: MiB, or smaller if all is smaller."""
    most = max((abs(value) for value in values), default=0.0)
    if unit == "bytes":
        return next((u for u in _BINARY if most >= u[1]), _BINARY[0])
    if (size := nanoseconds_in(unit)) is not None:
        name, nanoseconds = next((u for u in _TIME if most * size >= u[1]), _TIME[-1])
        return name, nanoseconds / size
    return safe_text(unit), 1


def _size_classes(table: ResultTable, report: Report) -> Chart | None:
    measures = [m for m in ("inuse_bytes", "alloc_bytes") if _has(table, m)]
    if not measures:
        return None
    rows = [
        row
        for row in range(table.row_count)
        if any(_numbers(table, measure, [row])[0] for measure in measures)
    ]
    every = [value for measure in measures for value in _numbers(table, measure, rows)]
    unit, size = axis_unit("bytes", every)
    series = [
        Series(
            {"inuse_bytes": "in use", "alloc_bytes": "allocated since the start"}[measure],
            [value / size for value in _numbers(table, measure, rows)],
            [error / size for error in _errors(table, measure, rows)],
            [],
        )
        for measure in measures
    ]
    labels = [_slot(table, row) for row in rows]
    return Chart(
        "size-classes",
        "columns",
        "Bytes by size class",
        source_line(report),
        unit,
        Bars(labels, series),
        "The profile holds no objects.",
    )


def _has(table: ResultTable, name: str) -> bool:
    return any(column.name == name for column in table.columns)


def _slot(table: ResultTable, row: int) -> str:
    """`48 B`, or `large` for what has no slot of its own."""
    slot: Any = table.column("slot_bytes").values[row]
    if number_of(slot) is None:
        return safe_text(str(table.column("size_class").values[row]))
    return format_value(slot, "bytes").replace(".00", "").replace(".0 ", " ")


def _lifetimes(table: ResultTable, report: Report) -> Chart | None:
    if not all(_has(table, name) for name in ("inuse_bytes", "freed_bytes", "site")):
        return None
    rows = list(range(min(table.row_count, _MOST_SITES)))
    inuse, freed = (_numbers(table, name, rows) for name in ("inuse_bytes", "freed_bytes"))
    unit, size = axis_unit("bytes", [abs(a) + abs(b) for a, b in zip(inuse, freed, strict=True)])
    # Differences can be negative, and what is less cannot be stacked.
    is_stack = min([*inuse, *freed], default=0) >= 0
    texts = (
        ([], [f"{format_value(v, 'bytes')} in use" if v else "" for v in inuse])
        if is_stack
        else (
            [format_value(v, "bytes") for v in inuse],
            [format_value(v, "bytes") for v in freed],
        )
    )
    return Chart(
        "lifetimes",
        "stack" if is_stack else "bars",
        "Alive and freed bytes by site",
        source_line(report),
        unit,
        Bars(
            [safe_text(str(table.column("site").values[row])) for row in rows],
            [
                Series("in use (alive)", [value / size for value in inuse], [], texts[0]),
                Series("freed again", [value / size for value in freed], [], texts[1]),
            ],
        ),
        "The profile holds no allocations.",
    )
