"""What a report says of benchmark logs: one summarised, or two or more compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gotrace.analyses.benchmath.cells import configurations
from gotrace.analyses.benchmath.comparison import ALPHA
from gotrace.analyses.benchmath.conditions import condition_notes
from gotrace.analyses.benchmath.pages import comparison_page, summary_pages
from gotrace.analyses.benchmath.summary import CONFIDENCE, Summary
from gotrace.analyses.benchmath.tables import Row, UnitTable, unit_tables
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.tables.recording import Recording

__all__ = ["comparison_results", "summary_results"]

_LEGEND = (
    "The middle of n results, and how far from it the interval of {confidence:g} % goes: median "
    "and order statistics, or for units that the log calls exact the value itself."
)
_CHANGE_LEGEND = (
    "~ is no difference at alpha {alpha:g} (U test of Mann and Whitney); p is how likely chance "
    "alone makes such a difference."
)


def summary_results(
    recording: Recording, *, is_page: bool = False, confidence: float = CONFIDENCE
) -> list[Result]:
    """A log of kind `benchmarks`: for people as benchstat prints it (`is_page`), else as numbers.

    The numbers are `benchmark_summaries`: a row for each benchmark, unit and configuration.
    """
    tables = unit_tables((recording,), confidence=confidence)
    made = summary_pages(tables) if is_page else [_summaries(tables)]
    facts = (Fact("how", _LEGEND.format(confidence=100 * confidence), title="numbers"),)
    return [_overview((recording,)), Result("benchmarks", "Benchmarks", facts, tuple(made))]


def comparison_results(
    recordings: Sequence[Recording],
    titles: Sequence[str],
    *,
    is_page: bool = False,
    alpha: float = ALPHA,
    confidence: float = CONFIDENCE,
) -> list[Result]:
    """Two or more logs, compared with the first; `titles` name them.

    The numbers are `benchmark_comparisons`: a row for each benchmark, unit, configuration and log
    but the first.
    """
    tables = unit_tables(recordings, alpha=alpha, confidence=confidence)
    if is_page:
        made = [comparison_page(at, table, titles) for at, table in enumerate(tables)]
    else:
        made = [_comparisons(tables, titles)]
    legend = f"{_LEGEND.format(confidence=100 * confidence)} {_CHANGE_LEGEND.format(alpha=alpha)}"
    facts = (Fact("how", legend, title="numbers"),)
    notes = tuple(note for head in recordings[1:] for note in condition_notes(recordings[0], head))
    compared = Result("benchmarks", "Benchmarks compared", facts, tuple(made), notes=notes)
    return [_overview(recordings), compared]


def _overview(recordings: Sequence[Recording]) -> Result:
    """What was read: conditions that all logs share, and how many results there are."""
    shared = dict(configurations(recordings[0]).constant)
    for recording in recordings[1:]:
        other = configurations(recording).constant
        shared = {key: value for key, value in shared.items() if other.get(key) == value}
    results = sum(recording.columns["benchmarks"].rows for recording in recordings)
    forms = dict.fromkeys(recording.origin.format for recording in recordings)
    facts = [
        Fact("kind", "benchmarks", title="kind"),
        Fact("format", ", ".join(forms), title="format"),
        *(Fact(key, value, title=key) for key, value in shared.items()),
        Fact("result_count", results, "count", "results"),
    ]
    return Result("overview", "What was read", tuple(facts))


def _summaries(tables: Sequence[UnitTable]) -> ResultTable:
    found = [(table, row, summary) for table in tables for row in table.rows
             if (summary := row.summaries[0])]  # fmt: skip
    return ResultTable(
        "benchmark_summaries",
        "Benchmarks",
        (
            *_key_columns([(table, row) for table, row, _ in found]),
            *_summary_columns("", [summary for _, _, summary in found]),
            _texts("doubts", [" ".join(summary.doubts) for _, _, summary in found]),
        ),
    )


def _comparisons(tables: Sequence[UnitTable], titles: Sequence[str]) -> ResultTable:
    logs = range(1, len(titles))
    found = [(table, row, log) for table in tables for row in table.rows for log in logs]
    tests = [row.comparisons[log] for _, row, log in found]
    changes = [_change(row, log) for _, row, log in found]
    doubts = [
        " ".join(dict.fromkeys((*_doubts(row.summaries[0]), *_doubts(row.summaries[log]),
                                *(test.doubts if test else ()))))
        for (_, row, log), test in zip(found, tests, strict=True)
    ]  # fmt: skip
    return ResultTable(
        "benchmark_comparisons",
        "Benchmarks compared",
        (
            *_key_columns([(table, row) for table, row, _ in found]),
            _texts("log", [titles[log] for _, _, log in found]),
            *_summary_columns("base_", [row.summaries[0] for _, row, _ in found]),
            *_summary_columns("head_", [row.summaries[log] for _, row, log in found]),
            ResultColumn("change_ratio", "ratio", changes, "change"),
            _numbers("p", tests, lambda test: test.p),
            ResultColumn("is_significant", "text",
                         [None if test is None else test.is_significant for test in tests]),
            _texts("doubts", doubts),
        ),
    )  # fmt: skip


def _key_columns(rows: Sequence[tuple[UnitTable, Row]]) -> tuple[ResultColumn, ...]:
    told = {table.configuration: "; ".join(f"{key}: {value}" for key, value in table.configuration)
            for table, _ in rows}  # fmt: skip
    return (
        ResultColumn("benchmark", "text", [row.name for _, row in rows], is_key=True),
        _texts("configuration", [told[table.configuration] for table, _ in rows]),
        _texts("unit", [table.unit for table, _ in rows]),
        _texts("assumption", [str(table.assumption) for table, _ in rows]),
    )


def _summary_columns(prefix: str, summaries: Sequence[Summary | None]) -> tuple[ResultColumn, ...]:
    return (
        _numbers(f"{prefix}center", summaries, lambda summary: summary.center),
        _numbers(f"{prefix}low", summaries, lambda summary: summary.low),
        _numbers(f"{prefix}high", summaries, lambda summary: summary.high),
        _numbers(f"{prefix}confidence", summaries, lambda summary: summary.confidence),
        _numbers(f"{prefix}results", summaries, lambda summary: summary.count),
    )


def _numbers(name: str, items: Sequence[Any], of: Callable[[Any], float]) -> ResultColumn:
    """A column of finite numbers; None where there is none."""
    values = [None if item is None or not math.isfinite(of(item)) else of(item) for item in items]
    return ResultColumn(name, "", values)


def _texts(name: str, values: Sequence[str]) -> ResultColumn:
    return ResultColumn(name, "text", values)


def _change(row: Row, log: int) -> float | None:
    base, head = row.summaries[0], row.summaries[log]
    if base is None or head is None or not base.center:
        return None
    change = head.center / base.center - 1
    return change if math.isfinite(change) else None


def _doubts(summary: Summary | None) -> tuple[str, ...]:
    return summary.doubts if summary else ()
