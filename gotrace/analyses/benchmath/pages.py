"""Benchmark tables for people, laid out as benchstat's: `1.718µ  ± 1%  -17.20%  (p=0.000 n=10)`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gotrace.analyses.benchmath.scaling import Scale, common_scale
from gotrace.analyses.benchmath.summary import Summary
from gotrace.analyses.benchmath.tables import Row, Total, UnitTable
from gotrace.analyses.benchmath.words import comparison_text, delta_text, range_text, ratio_text
from gotrace.analyses.result import ResultColumn, ResultTable

__all__ = ["PAGE_BENCHMARKS", "comparison_page", "summary_pages"]

PAGE_BENCHMARKS = 500
"""Rows of one table for people."""
_GEOMEAN = "geomean"
_MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_NOT_TEXT = ""
"""The unit of ready-made numbers: they stand at the right of their column."""


class _Footnotes:
    """Doubts, each told once under its table, and marks that refer to them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def marks(self, doubts: Iterable[str]) -> str:
        """` ¹ ²`; empty for no doubts."""
        found = [self._numbers.setdefault(doubt, len(self._numbers) + 1) for doubt in doubts]
        return "".join(f" {_superscript(number)}" for number in found)

    def lines(self, *more: str) -> tuple[str, ...]:
        """The footnotes, and what else is to be said below the table."""
        noted = [f"{_superscript(number)} {doubt}" for doubt, number in self._numbers.items()]
        return (*noted, *(line for line in more if line))


def summary_pages(tables: Sequence[UnitTable]) -> list[ResultTable]:
    """One log: a table for each configuration, with a column for each unit."""
    pages: dict[tuple[tuple[str, str], ...], list[UnitTable]] = {}
    for table in tables:
        pages.setdefault(table.configuration, []).append(table)
    return [_summary_page(number, page) for number, page in enumerate(pages.values())]


def _summary_page(number: int, tables: Sequence[UnitTable]) -> ResultTable:
    names = list(dict.fromkeys(row.name for table in tables for row in table.rows))
    shown = names[:PAGE_BENCHMARKS]
    notes = _Footnotes()
    columns: list[ResultColumn] = []
    counts = dict.fromkeys(shown, 0)
    for table in tables:
        by_name = {row.name: row.summaries[0] for row in table.rows}
        summaries = [by_name.get(name) for name in shown]
        for name, summary in zip(shown, summaries, strict=True):
            counts[name] = max(counts[name], summary.count if summary else 0)
        scales = [_scale((summary,), table.unit) for summary in summaries]
        columns += _log_columns(
            table.unit, summaries, scales, len(names) > 1, table, 0, notes, f"unit{len(columns)}"
        )
    keys = [*shown, _GEOMEAN] if len(names) > 1 else shown
    told = [*map(str, counts.values()), *[""] * (len(keys) - len(shown))]
    return ResultTable(
        "benchmark_page" if not number else f"benchmark_page_{number + 1}",
        _title(tables[0].configuration, "Benchmarks"),
        (
            ResultColumn("benchmark", "text", keys, "benchmark", is_key=True),
            *columns,
            ResultColumn("results", _NOT_TEXT, told, "n"),
        ),
        notes.lines(_hidden(len(names))),
    )


def comparison_page(number: int, table: UnitTable, titles: Sequence[str]) -> ResultTable:
    """Two or more logs, compared with the first: one unit under one configuration."""
    notes = _Footnotes()
    rows = table.rows[:PAGE_BENCHMARKS]
    has_total = len(table.rows) > 1
    scales = [_scale(row.summaries, table.unit) for row in rows]
    columns = []
    for log, title in enumerate(titles):
        summaries = [row.summaries[log] for row in rows]
        columns += _log_columns(title, summaries, scales, has_total, table, log, notes, f"log{log}")
        if log:
            columns += _change_columns(rows, log, table.totals if has_total else (), notes)
    names = [row.name for row in rows]
    keys = [*names, _GEOMEAN] if has_total else names
    return ResultTable(
        f"benchmark_page_{number + 1}" if number else "benchmark_page",
        _title(table.configuration, table.unit),
        (ResultColumn("benchmark", "text", keys, "benchmark", is_key=True), *columns),
        notes.lines(_hidden(len(table.rows))),
    )


def _log_columns(
    title: str,
    summaries: Sequence[Summary | None],
    scales: Sequence[Scale],
    has_total: bool,
    table: UnitTable,
    log: int,
    notes: _Footnotes,
    family: str,
) -> list[ResultColumn]:
    """The middle, and how far the interval goes."""
    centers = [
        scale.text(summary.center) if summary else ""
        for summary, scale in zip(summaries, scales, strict=True)
    ]
    ranges = [
        f"± {range_text(summary)}{notes.marks(summary.doubts)}" if summary else ""
        for summary in summaries
    ]
    if has_total:
        total = table.totals[log]
        centers.append("" if total.center is None else _total_text(total.center, table.unit))
        ranges.append(notes.marks(total.doubts).lstrip())
    return [
        ResultColumn(f"{family}_center", _NOT_TEXT, centers, title),
        ResultColumn(f"{family}_range", "text", ranges, "range"),
    ]


def _change_columns(
    rows: Sequence[Row], log: int, totals: Sequence[Total], notes: _Footnotes
) -> list[ResultColumn]:
    changes, tests = [], []
    for row in rows:
        base, head, comparison = row.summaries[0], row.summaries[log], row.comparisons[log]
        if base is None or head is None or comparison is None:
            changes.append("")
            tests.append("")
            continue
        changes.append(delta_text(comparison, base.center, head.center))
        tests.append(f"({comparison_text(comparison)}){notes.marks(comparison.doubts)}")
    if totals:
        changes.append(ratio_text(totals[log].ratio))
        tests.append("")
    return [
        ResultColumn(f"log{log}_change", _NOT_TEXT, changes, "vs base"),
        ResultColumn(f"log{log}_test", "text", tests, "test"),
    ]


def _scale(summaries: Iterable[Summary | None], unit: str) -> Scale:
    return common_scale((summary.center for summary in summaries if summary), unit)


def _total_text(center: float, unit: str) -> str:
    return common_scale((center,), unit).text(center)


def _title(configuration: Iterable[tuple[str, str]], what: str) -> str:
    told = ", ".join(f"{key} {value}" for key, value in configuration)
    return f"{what}, {told}" if told else what


def _hidden(count: int) -> str:
    more = count - PAGE_BENCHMARKS
    return f"{more:,} more benchmarks: --format csv or json has all." if more > 0 else ""


def _superscript(number: int) -> str:
    return "".join(_MARKS[int(digit)] for digit in str(number))
