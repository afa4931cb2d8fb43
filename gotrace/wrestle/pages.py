"""What of the answers fits on one screen, and how it is shortened."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.units import format_count
from gotrace.views.cells import format_amount

__all__ = ["REMEDIES", "cut_rows", "for_people", "on_one_screen", "taken"]

REMEDIES = "remedies"
"""The table of what to try."""
_WIDTH = 80
_MOST_LINES = 6
_MOST_OF_ONE = 2
_SHORTEST_DETAIL = 40
"""Of one that is cut: a few words tell nothing."""
_MOST_REMEDIES = 3
_LONGEST = {"what": 140, "advice": 150, "check": 120, "evidence": 0}
"""Characters of a remedy's words on one screen."""
_FOR_PROGRAMS = frozenset(
    {
        "parts", "site_classes", "gc_cycles", "gc_starts", "gc_pauses", "mutator_utilisation",
        "worst_windows", "mmu_curve", "rounds",
    }
)  # fmt: skip
"""Tables of a length or detail that only JSON, Parquet, charts and `gotrace gc` have use for."""
_COLUMNS = {
    "cpu_split": ("what", "cpu_ns", "cpu_error", "ratio"),
    "sites": (
        "site", "file", "line", "alloc_bytes", "alloc_error", "alloc_objects", "bytes_ratio",
        "inuse_bytes", "noscan_ratio", "outlived_0_ratio", "cpu_ratio", "slots", "types", "via",
        "source",
    ),
    "mmu": ("window_ns", "mmu_ratio", "stw_ratio", "background_ratio", "assist_ratio"),
    "gc_assists": ("started_as", "site", "assists_count", "assist_ns", "waited_ns", "share"),
    "site_escapes": ("file", "line", "bytes_ratio", "what", "sentence", "source"),
}  # fmt: skip
"""Of some tables only these columns, and in this order."""
_PROSE = {("cpu_split", "what"): "meaning", ("site_escapes", "sentence"): "why"}
"""Columns of sentences, under the names by which views know such."""
_SHARE, _LEAST_SHARE, _AT_LEAST_ROWS = "bytes_ratio", 0.005, 3
_DANGLING = re.compile(r"[\s,;:(.]+(?:(?:a|an|the|of|at|is|or|and|in|to)[\s,;:(]*)*$")
"""What a sentence does not end in, even if it was cut."""
_PACKAGE = "package"
_TOLD_ELSEWHERE = "remedy"
"""Facts that say in one line what the table of remedies says in full."""
_LOW = "low"


def cut_rows(result: Result, rows: int) -> Result:
    """Tables of at most `rows` rows; 0 is all."""
    if not rows:
        return result
    cut = (taken(t, range(min(rows, t.row_count))) if t.row_count > rows else t
           for t in result.tables)  # fmt: skip
    return replace(result, tables=tuple(cut))


def for_people(result: Result, folder: str) -> Result:
    """Files below `folder` by their path in it, and nothing told twice."""
    facts = tuple(fact for fact in result.facts if fact.name != _TOLD_ELSEWHERE)
    tables = (
        _in_units(_chosen(_telling(_relative(table, folder))))
        for table in result.tables
        if table.name not in _FOR_PROGRAMS
    )
    return replace(result, facts=facts, tables=tuple(tables))


def on_one_screen(result: Result) -> Result:
    """Facts of at most six lines of 80 characters, and the first remedies; no other tables."""
    facts = _fitting(result.facts)
    found = next((table for table in result.tables if table.name == REMEDIES), None)
    if found is None:
        return replace(result, facts=facts, tables=(), notes=())
    weights = [str(weight) for weight in found.column("weight").values]
    heavy = [row for row, weight in enumerate(weights) if weight != _LOW]
    shown = (heavy or list(range(found.row_count)))[:_MOST_REMEDIES]
    if not heavy:
        shown = shown[:1]
    if left := found.row_count - len(shown):
        low = sum(1 for row, weight in enumerate(weights) if weight == _LOW and row not in shown)
        detail = "all of low weight" if low == left else f"{format_count(low)} of low weight"
        more = Fact("more", f"{format_count(left)} more", title="remedies",
                    detail=f"{detail}; --format markdown tells all")  # fmt: skip
        facts = (*facts, more)
    short = replace(_shortened(taken(found, shown)), footnotes=())
    return replace(result, facts=facts, tables=(short,), notes=())


def taken(table: ResultTable, rows: Sequence[int]) -> ResultTable:
    """The table with these rows, in this order."""
    columns = (replace(c, values=[c.values[row] for row in rows]) for c in table.columns)
    return replace(table, columns=tuple(columns))


def _fitting(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """As many facts as six lines hold, long ones cut to two."""
    titles = max((len(fact.title or fact.name) for fact in facts), default=0)
    room = max(_WIDTH - titles - 2, 20)
    made: list[Fact] = []
    left = _MOST_LINES
    for fact in facts:
        if not left:
            break
        short, taken_lines = _in_lines(fact, room, min(_MOST_OF_ONE, left))
        left -= taken_lines
        made.append(short)
    return tuple(made)


def _in_lines(fact: Fact, room: int, most: int) -> tuple[Fact, int]:
    """The fact in at most `most` lines of `room` characters, and how many it takes."""
    value = format_amount(fact.value, fact.unit)
    for length in range(len(fact.detail), min(len(fact.detail), _SHORTEST_DETAIL) - 1, -4):
        short = replace(fact, detail=_cut(fact.detail, length))
        if short.detail and (lines := _lines(f"{value}  ({short.detail})", room)) <= most:
            return short, lines
    if (lines := _lines(value, room)) <= most:
        return replace(fact, detail=""), lines
    for length in range(most * room, 0, -4):
        words = _cut(value, length)
        if words and _lines(words, room) <= most:
            return replace(fact, value=words, unit="text", detail=""), most
    return replace(fact, detail=""), most


def _lines(text: str, room: int) -> int:
    return len(textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)) or 1


def _cut(text: str, most: int) -> str:
    """The first words, and an ellipsis where there were more."""
    if len(text) <= most:
        return text
    if most < 12:
        return ""
    words = text[: most - 3].rsplit(" ", 1)[0]
    return f"{_DANGLING.sub('', words)} ..."


def _shortened(remedies: ResultTable) -> ResultTable:
    return _changed(remedies, {
        name: lambda value, most=most: _cut(str(value or ""), most)
        for name, most in _LONGEST.items()
    })  # fmt: skip


def _telling(table: ResultTable) -> ResultTable:
    """Without the rows of sites that allocate next to nothing."""
    if _SHARE not in {column.name for column in table.columns}:
        return table
    shares = table.column(_SHARE).values
    rows = [row for row, share in enumerate(shares)
            if row < _AT_LEAST_ROWS or (share or 0) >= _LEAST_SHARE]  # fmt: skip
    if hidden := table.row_count - len(rows):
        note = f"{format_count(hidden)} more of less than 0.5 % of the bytes each."
        table = replace(table, footnotes=(*table.footnotes, note))
    return taken(table, rows)


def _chosen(table: ResultTable) -> ResultTable:
    """The columns for people; that of packages only where there are several."""
    wanted = _COLUMNS.get(table.name, tuple(column.name for column in table.columns))
    have = {column.name: column for column in table.columns}
    columns = [have[name] for name in wanted if name in have and name != _PACKAGE]
    if _PACKAGE in have and len(set(have[_PACKAGE].values)) > 1:
        columns.insert(0, have[_PACKAGE])
    named = (replace(c, name=_PROSE.get((table.name, c.name), c.name)) for c in columns)
    return replace(table, columns=tuple(named))


def _in_units(table: ResultTable) -> ResultTable:
    """Amounts of benchmarks, each with the unit that its row names."""
    have = {column.name: column for column in table.columns}
    if not {"unit", "center"} <= have.keys():
        return table
    units = have["unit"].values
    made = []
    for column in table.columns:
        if column.name in ("center", "low", "high"):
            texts = [_amount(value, str(unit))
                     for value, unit in zip(column.values, units, strict=True)]  # fmt: skip
            column = replace(column, values=texts)
        made.append(column)
    return replace(table, columns=tuple(made))


def _amount(value: float | None, unit: str) -> str | None:
    if value is None:
        return None
    if unit == "sec/op":
        return format_amount(value * 1e9, "ns")
    return format_amount(value, "bytes" if unit in ("B/op", "bytes") else "count")


def _relative(table: ResultTable, folder: str) -> ResultTable:
    prefix = f"{folder.rstrip('/')}/"
    if not folder or "file" not in {column.name for column in table.columns}:
        return table
    short = {name: lambda value: str(value or "").removeprefix(prefix)
             for name in ("file", "position")}  # fmt: skip
    return _changed(table, short)


def _changed(table: ResultTable, changes: dict[str, Any]) -> ResultTable:
    def column(one: ResultColumn) -> ResultColumn:
        change = changes.get(one.name)
        return one if change is None else replace(one, values=[change(v) for v in one.values])

    return replace(table, columns=tuple(map(column, table.columns)))
