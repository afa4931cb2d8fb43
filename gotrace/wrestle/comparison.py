"""Rounds of optimisation: earlier recordings and this one, side by side.

Benchmarks are compared as benchstat does, call sites and remedies by `site_comparison`. What one of
the two does not tell is not compared, and said so: unknown is not nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from gotrace.analyses.benchmath.results import comparison_results
from gotrace.analyses.benchmath.tables import Row, UnitTable, unit_tables
from gotrace.analyses.result import Fact, Result, ResultTable
from gotrace.tables.manifest import DEFAULT_ARM
from gotrace.tables.notes import Note
from gotrace.wrestle.comparison_tables import NOT_COMPARED, comparison_table
from gotrace.wrestle.report import Wrestled
from gotrace.wrestle.site_comparison import remedies_compared, sites_compared

__all__ = ["round_names", "rounds_result"]

_NAME = "rounds"
_UNITS = ("sec/op", "B/op", "allocs/op")


def round_names(sources: Sequence[str]) -> list[str]:
    """The last parts of the folders' names; numbered where these are the same."""
    names = [PurePath(source).name or source for source in sources]
    if len(set(names)) == len(names):
        return names
    return [f"{number}: {name}" for number, name in enumerate(names, 1)]


def rounds_result(bases: Sequence[Wrestled], head: Wrestled, *, is_page: bool) -> Result:
    """The first of `bases` is where it began, `head` is now; tables laid out for people or not.

    Tables, of what can be compared: `benchmark_comparisons` (or pages of it), `rounds` (what the
    chart draws), `sites_compared`, `remedies_compared`.
    """
    every = [*bases, head]
    names = round_names([one.collection.sources[0] for one in every])
    facts, tables, notes = _benchmarks(every, names, is_page=is_page)
    ends = ((names[0], every[0]), (names[-1], head))
    for compared in (sites_compared, remedies_compared):
        told, table = compared(*ends)
        facts += told
        tables += [table] if table is not None else []
    title = f"{names[0]} -> {names[-1]}: what changed"
    return Result(_NAME, title, tuple(facts), tuple(tables), notes=notes)


def _benchmarks(
    every: Sequence[Wrestled], names: Sequence[str], *, is_page: bool
) -> tuple[list[Fact], list[ResultTable], tuple[Note, ...]]:
    """Of the rounds that have a log of benchmarks, if the last has one and one before it."""
    logs = [one.opened.benchmarks.get(DEFAULT_ARM) for one in every]
    measured = [(name, log) for name, log in zip(names, logs, strict=True) if log is not None]
    if len(measured) < 2 or logs[-1] is None:
        without = [name for name, log in zip(names, logs, strict=True) if log is None]
        return [_not_compared(f"no log of benchmarks in {' and '.join(without)}")], [], ()
    titles, kept = [name for name, _ in measured], [log for _, log in measured]
    units = unit_tables(kept)
    facts = _benchmark_facts(units)
    if not facts:
        facts = [_not_compared(f"no benchmark is in {titles[0]} and in {titles[-1]}")]
    compared = comparison_results(kept, titles, is_page=is_page)[1]
    return facts, [*compared.tables, _rounds_table(units, titles)], tuple(compared.notes)


def _not_compared(why: str) -> Fact:
    return Fact("no_benchmarks", NOT_COMPARED, title="benchmarks", detail=why)


def _benchmark_facts(units: Sequence[UnitTable]) -> list[Fact]:
    """A line for each unit: the only benchmark's change, or the mean of all changes."""
    facts = []
    for unit in _UNITS:
        found = [table for table in units if table.unit == unit]
        rows = [row for table in found for row in table.rows if _ratio(row) is not None]
        if not rows:
            continue
        ratios = [ratio for row in rows if (ratio := _ratio(row))]
        gone = len(rows) - len(ratios)  # nothing is left of them: no mean of ratios has a place
        mean = math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) - 1 if ratios else -1.0
        told = sum(1 for row in rows if row.comparisons[-1] and row.comparisons[-1].is_significant)
        text = f"{100 * mean:+.1f}%" if told else "~"
        if not told:
            detail = f"{100 * mean:+.1f}%, which may be noise"
        elif len(rows) == 1:
            detail = f"of {rows[0].name}, more than noise"
        else:
            detail = f"mean of {len(rows)} benchmarks; {told} changed by more than noise"
        if gone and ratios:
            detail += f"; {gone} went to 0, which the mean leaves out"
        facts.append(Fact(f"change_{unit}", text, title=unit, detail=detail))
    return facts


def _ratio(row: Row) -> float | None:
    """Last by first; None where one of them is not there, or there was nothing at first."""
    first, last = row.summaries[0], row.summaries[-1]
    if first is None or last is None or not first.center:
        return None
    return last.center / first.center


def _rounds_table(units: Sequence[UnitTable], titles: Sequence[str]) -> ResultTable:
    rows: list[tuple[Any, ...]] = []
    for table in units:
        package = dict(table.configuration).get("pkg", "")
        for row in table.rows:
            for title, found in zip(titles, row.summaries, strict=True):
                if found is not None:
                    low, high = (v if math.isfinite(v) else None for v in (found.low, found.high))
                    rows.append((package, row.name, table.unit, title, found.center, low, high,
                                 found.count))  # fmt: skip
    columns = (
        ("package", "text"), ("benchmark", "text"), ("unit", "text"), ("round", "text"),
        ("center", ""), ("low", ""), ("high", ""), ("results", "count"),
    )  # fmt: skip
    return comparison_table("rounds", "Benchmarks by round", columns, rows)
