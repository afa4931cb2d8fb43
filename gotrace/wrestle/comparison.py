"""Rounds of optimisation: earlier recordings and this one, side by side.

Benchmarks are compared as benchstat does. Sites are compared by function, for lines move when code
changes, and by what one operation of the benchmarks allocates where the manifest tells how many
there were, else by their share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from gotrace.analyses.benchmath.results import comparison_results
from gotrace.analyses.benchmath.tables import Row, UnitTable, unit_tables
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.tables.manifest import DEFAULT_ARM
from gotrace.tables.notes import Note
from gotrace.units import format_bytes, format_count
from gotrace.wrestle.report import Wrestled

__all__ = ["round_names", "rounds_result"]

_NAME = "rounds"
_UNITS = ("sec/op", "B/op", "allocs/op")
_LEAST_CHANGE = 0.02
"""Of all that is allocated: sites that changed less are left to the table."""
_NAMED_SITES = 2


@dataclass(frozen=True)
class _Amount:
    """What a function allocates: by operation, or None where that is not known, and its share."""

    bytes: float | None
    objects: float | None
    ratio: float


def round_names(sources: Sequence[str]) -> list[str]:
    """The last parts of the folders' names; numbered where these are the same."""
    names = [PurePath(source.split(" ")[0]).name or source for source in sources]
    if len(set(names)) == len(names):
        return names
    return [f"{number}: {name}" for number, name in enumerate(names, 1)]


def rounds_result(bases: Sequence[Wrestled], head: Wrestled, *, is_page: bool) -> Result:
    """The first of `bases` is where it began, `head` is now; tables laid out for people or not.

    Tables: `benchmark_comparisons` (or pages of it), `rounds` (what the chart draws),
    `sites_compared`, `remedies_compared`.
    """
    every = [*bases, head]
    names = round_names([one.collection.source for one in every])
    facts: list[Fact] = []
    tables: list[ResultTable] = []
    logs = [one.opened.benchmarks.get(DEFAULT_ARM) for one in every]
    measured = [(name, log) for name, log in zip(names, logs, strict=True) if log is not None]
    notes: tuple[Note, ...] = ()
    if len(measured) > 1 and logs[-1] is not None:
        titles, kept = [name for name, _ in measured], [log for _, log in measured]
        units = unit_tables(kept)
        facts += _benchmark_facts(units)
        compared = comparison_results(kept, titles, is_page=is_page)[1]
        tables += compared.tables
        notes = compared.notes
        tables.append(_rounds_table(units, titles))
    else:
        facts.append(Fact("no_benchmarks", "not compared", title="benchmarks",
                          detail="one of the two has no log of benchmarks"))  # fmt: skip
    before, after = every[0], head
    sites = _sites_compared(before, after)
    tables.append(sites)
    facts += _site_facts(sites)
    remedies = _remedies_compared(before, after)
    tables.append(remedies)
    facts += _remedy_facts(remedies)
    title = f"{names[0]} -> {names[-1]}: what changed"
    return Result(_NAME, title, tuple(facts), tuple(tables), notes=tuple(notes))


def _benchmark_facts(units: Sequence[UnitTable]) -> list[Fact]:
    """A line for each unit: the only benchmark's change, or the mean of all changes."""
    facts = []
    for unit in _UNITS:
        found = [table for table in units if table.unit == unit]
        rows = [row for table in found for row in table.rows if _compared(row) is not None]
        ratios = [ratio for row in rows if (ratio := _compared(row)) is not None]
        if not ratios or any(ratio <= 0 for ratio in ratios):
            continue
        mean = math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) - 1
        told = sum(1 for row in rows if row.comparisons[-1] and row.comparisons[-1].is_significant)
        text = f"{100 * mean:+.1f}%" if told else "~"
        if not told:
            detail = f"{100 * mean:+.1f}%, which may be noise"
        elif len(rows) == 1:
            detail = f"of {rows[0].name}, more than noise"
        else:
            detail = f"mean of {len(rows)} benchmarks; {told} changed by more than noise"
        facts.append(Fact(f"change_{unit}", text, title=unit, detail=detail))
    return facts


def _compared(row: Row) -> float | None:
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
    return _table("rounds", "Benchmarks by round", columns, rows)


def _sites_compared(before: Wrestled, after: Wrestled) -> ResultTable:
    """Functions by how much their allocation changed."""
    old, new = _by_function(before), _by_function(after)
    rows: list[tuple[Any, ...]] = []
    for key in {**old, **new}:
        one, other = old.get(key), new.get(key)
        known = one or other
        is_known = known is not None and known.bytes is not None
        none = _Amount(0.0, 0.0, 0.0) if is_known else _Amount(None, None, 0.0)
        one, other = one or none, other or none
        rows.append((*key, one.bytes, other.bytes, one.objects, other.objects, one.ratio,
                     other.ratio))  # fmt: skip
    rows.sort(key=lambda row: -abs((row[3] or 0.0) - (row[2] or 0.0) or row[7] - row[6]))
    columns = (
        ("package", "text"), ("function", "text"), ("before_bytes", "bytes"),
        ("after_bytes", "bytes"), ("before_objects", ""), ("after_objects", ""),
        ("before_ratio", "ratio"), ("after_ratio", "ratio"),
    )  # fmt: skip
    note = (
        "Bytes and objects are those of one operation, all benchmarks of the package together; "
        "ratios are shares of all that was allocated. Sites are joined by function: lines move."
    )
    return _table("sites_compared", "Functions that allocate, before and after", columns, rows,
                  (note,))  # fmt: skip


def _by_function(one: Wrestled) -> dict[tuple[str, str], _Amount]:
    table = _table_of(one, "sites")
    if table is None:
        return {}
    # Package testing runs each benchmark once before it counts.
    operations = {evidence.package: sum(evidence.iterations.values()) + len(evidence.iterations)
                  for evidence in one.opened.packages}  # fmt: skip
    rows = _rows(table)
    total = math.fsum(float(row.get("alloc_bytes") or 0) for row in rows)
    sums: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        key = (str(row.get("package") or ""), str(row.get("function") or row.get("site") or ""))
        amounts = sums.setdefault(key, [0.0, 0.0])
        amounts[0] += float(row.get("alloc_bytes") or 0)
        amounts[1] += float(row.get("alloc_objects") or 0)
    made = {}
    for key, (size, count) in sums.items():
        runs = operations.get(key[0], 0)
        ratio = size / total if total else 0.0
        made[key] = (_Amount(size / runs, count / runs, ratio) if runs
                     else _Amount(None, None, ratio))  # fmt: skip
    return made


def _site_facts(sites: ResultTable) -> list[Fact]:
    """The functions that changed most, and by what."""
    facts = []
    rows = _rows(sites)
    whole = max(
        math.fsum(row["before_bytes"] or 0.0 for row in rows),
        math.fsum(row["after_bytes"] or 0.0 for row in rows),
    )
    for row in rows[:_NAMED_SITES]:
        before, after = row["before_bytes"], row["after_bytes"]
        if before is None or after is None:
            change = row["after_ratio"] - row["before_ratio"]
            if abs(change) >= _LEAST_CHANGE:
                text = f"{row['before_ratio']:.0%} -> {row['after_ratio']:.0%} of what is allocated"
                facts.append(Fact("site_changed", text, title=row["function"]))
        elif whole and abs(after - before) >= _LEAST_CHANGE * whole:
            text = f"{format_bytes(before)} -> {format_bytes(after)} an operation"
            facts.append(Fact("site_changed", text, title=row["function"]))
    return facts


def _remedies_compared(before: Wrestled, after: Wrestled) -> ResultTable:
    """Remedies that are gone, new, or still there, by what they are and the function."""
    old, new = _remedies(before), _remedies(after)
    rows = [
        ("gone" if key not in new else "new" if key not in old else "still there",
         *key, old.get(key, new.get(key, "")))
        for key in {**old, **new}
    ]  # fmt: skip
    rows.sort(key=lambda row: ("gone", "new", "still there").index(row[0]))
    columns = (("change", "text"), ("package", "text"), ("slug", "text"), ("site", "text"),
               ("weight", "text"))  # fmt: skip
    return _table("remedies_compared", "Remedies, before and after", columns, rows)


def _remedies(one: Wrestled) -> dict[tuple[str, str, str], str]:
    table = _table_of(one, "remedies")
    if table is None:
        return {}
    return {
        (str(row.get("package") or ""), str(row.get("slug")), _function(str(row.get("site"))))
        : str(row.get("weight"))
        for row in reversed(_rows(table))
    }  # fmt: skip


def _function(site: str) -> str:
    """A site without its file and line."""
    return site.split(" ")[0]


def _remedy_facts(remedies: ResultTable) -> list[Fact]:
    counts: dict[str, list[str]] = {}
    for row in _rows(remedies):
        if row["weight"] != "low":
            counts.setdefault(row["change"], []).append(f"{row['slug']} in {row['site']}")
    facts = []
    for change in ("gone", "new", "still there"):
        if found := counts.get(change):
            more = f", and {format_count(len(found) - 1)} more" if len(found) > 1 else ""
            facts.append(Fact(f"remedies_{change.replace(' ', '_')}", found[0] + more,
                              title=change))  # fmt: skip
    return facts


def _table_of(one: Wrestled, name: str) -> ResultTable | None:
    return next((t for result in one.answers for t in result.tables if t.name == name), None)


def _rows(table: ResultTable) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True))
            for row in zip(*(column.values for column in table.columns), strict=True)]  # fmt: skip


def _table(
    name: str, title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]],
    footnotes: tuple[str, ...] = (),
) -> ResultTable:  # fmt: skip
    keys = ("package", "function", "benchmark", "slug", "site")
    return ResultTable(
        name, title,
        tuple(
            ResultColumn(column, unit, [row[at] for row in rows], _title(column),
                         is_key=column in keys)
            for at, (column, unit) in enumerate(columns)
        ),
        footnotes,
    )  # fmt: skip


def _title(column: str) -> str:
    for unit in ("_bytes", "_ratio", "_objects"):
        if column.endswith(unit):
            what = {"_bytes": "", "_ratio": " share", "_objects": " objects"}[unit]
            return column.removesuffix(unit) + what
    return column
