"""What of the answers fits on one screen, and how it is shortened."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.units import format_count
from gotrace.views.cells import format_amount
from gotrace.views.safety import short_name
from gotrace.wrestle.comparison_tables import NOT_COMPARED

__all__ = ["REMEDIES", "cut_rows", "for_people", "on_one_screen", "taken"]

REMEDIES = "remedies"
"""The table of what to try."""
_WIDTH = 80
_MOST_LINES, _MOST_OF_ONE = 6, 2
_ROOM = {"call_sites": (9, 3), "rounds": (9, 2)}
"""Lines of an answer, and of one fact: what is said of a site takes three."""
_MOST_OF_KEPT = 2
_PACKAGES_WITH_ROOM = 4
"""So many packages have lines of their own; of more, the answers tell less of each."""
_LEFT_OUT = "left out"
_IN_FULL = "--format markdown tells all"
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
        "site", "place", "via", "alloc_bytes", "alloc_error", "bytes_ratio", "alloc_objects",
        "slots", "types", "noscan_ratio", "outlived_0_ratio", "inuse_bytes", "scan_bytes",
        "malloc_ns", "assist_ns", "charged_ns", "cpu_ratio", "why", "source",
    ),
    "mmu": ("window_ns", "mmu_ratio", "stw_ratio", "background_ratio", "assist_ratio"),
    "gc_assists": ("started_as", "site", "assists_count", "assist_ns", "waited_ns", "share"),
    "site_escapes": ("place", "bytes_ratio", "what", "sentence", "source"),
}  # fmt: skip
"""Of some tables only these columns, and in this order."""
_PROSE = {("cpu_split", "what"): "meaning", ("site_escapes", "sentence"): "why"}
"""Columns of sentences, under the names by which views know such."""
_SHARE, _LEAST_SHARE, _AT_LEAST_ROWS = "bytes_ratio", 0.005, 3
_DANGLING = re.compile(r"[\s,;:(.]+(?:(?:a|an|the|of|at|is|or|and|in|to)[\s,;:(]*)*$")
"""What a sentence does not end in, even if it was cut."""
_PACKAGE = "package"
_TOLD_BY_DETAIL = frozenset({"site"})
"""Facts whose numbers are in their detail: the name alone says nothing."""
_KEPT = ("missing", "most_")
"""How names of facts begin that no other fact displaces."""
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


def for_people(result: Result, folders: Sequence[str]) -> Result:
    """Files below one of `folders` by their path in it, and nothing told twice."""
    facts = tuple(fact for fact in result.facts if fact.name != _TOLD_ELSEWHERE)
    tables = (
        _in_units(_chosen(_telling(_with_places(_relative(table, folders)))))
        for table in result.tables
        if table.name not in _FOR_PROGRAMS
    )
    return replace(result, facts=facts, tables=tuple(tables))


def on_one_screen(result: Result, packages: int = 1) -> Result:
    """Facts of six lines of 80 characters (or nine), and the first remedies; no other tables.

    Each of `packages` more has room for another fact. One line more says how much was left out.
    """
    lines, most = _ROOM.get(result.name, (_MOST_LINES, _MOST_OF_ONE))
    lines += most * (min(packages, _PACKAGES_WITH_ROOM) - 1)
    facts = _fitting(result.facts, lines, most)
    found = next((table for table in result.tables if table.name == REMEDIES), None)
    if found is None:
        return replace(result, facts=facts, tables=(), findings=(), notes=())
    weights = [str(weight) for weight in found.column("weight").values]
    heavy = [row for row, weight in enumerate(weights) if weight != _LOW]
    shown = (heavy or list(range(found.row_count)))[:_MOST_REMEDIES]
    if not heavy:
        shown = shown[:1]
    if left := found.row_count - len(shown):
        low = sum(1 for row, weight in enumerate(weights) if weight == _LOW and row not in shown)
        detail = "all of low weight" if low == left else f"{format_count(low)} of low weight"
        more = Fact("more", f"{format_count(left)} more", title="remedies",
                    detail=f"{detail}; {_IN_FULL}")  # fmt: skip
        facts = (*facts, more)
    short = replace(_shortened(taken(found, shown)), footnotes=())
    return replace(result, facts=facts, tables=(short,), notes=())


def taken(table: ResultTable, rows: Sequence[int]) -> ResultTable:
    """The table with these rows, in this order."""
    columns = (replace(c, values=[c.values[row] for row in rows]) for c in table.columns)
    return replace(table, columns=tuple(columns))


def _fitting(facts: Sequence[Fact], lines: int, most: int) -> tuple[Fact, ...]:
    """As many facts as so many lines hold, long ones cut to `most`, and what is left out counted.

    What is missing, or cannot be compared, is said in any case: it weakens all the rest. So is
    which site is first in something else than bytes.
    """
    titles = max(len(_LEFT_OUT), *(len(fact.title or fact.name) for fact in facts), 0)
    room = max(_WIDTH - titles - 2, 20)
    kept = {at: _in_lines(fact, room, min(most, _MOST_OF_KEPT))
            for at, fact in enumerate(facts) if _is_kept(fact)}  # fmt: skip
    left = lines - sum(taken_lines for _, taken_lines in kept.values())
    made: list[Fact] = []
    for at, fact in enumerate(facts):
        if at in kept:
            made.append(kept[at][0])
        elif left > 0:
            short, taken_lines = _in_lines(fact, room, min(most, left))
            if fact.name in _TOLD_BY_DETAIL and not short.detail:
                left = 0
                continue
            left -= taken_lines
            made.append(short)
    if count := len(facts) - len(made):
        told = f"{format_count(count)} fact{'s' * (count > 1)}"
        made.append(Fact("left_out", told, title=_LEFT_OUT, detail=_IN_FULL))
    return tuple(made)


def _is_kept(fact: Fact) -> bool:
    return fact.name.startswith(_KEPT) or fact.value == NOT_COMPARED


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
    columns = [have[name] for name in wanted
               if name in have and name != _PACKAGE and not _is_empty(have[name])]  # fmt: skip
    if _PACKAGE in have and len(set(have[_PACKAGE].values)) > 1:
        columns.insert(0, have[_PACKAGE])
    named = (replace(c, name=_PROSE.get((table.name, c.name), c.name)) for c in columns)
    return replace(table, columns=tuple(named))


def _is_empty(column: ResultColumn) -> bool:
    return bool(column.values) and all(value in (None, "") for value in column.values)


def _with_places(table: ResultTable) -> ResultTable:
    """Short names where a site and its place stand: who wants to open the file has the remedies."""
    have = {column.name: column for column in table.columns}
    if not {"file", "line"} <= have.keys() or "place" not in _COLUMNS.get(table.name, ()):
        return table
    pairs = zip(have["file"].values, have["line"].values, strict=True)
    places = [f"{PurePath(str(file)).name}:{line}" for file, line in pairs]
    column = ResultColumn("place", "text", places, "at", is_key=True)
    return _changed(
        replace(table, columns=(*table.columns, column)),
        {"site": lambda name: short_name(str(name or ""))},
    )


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


def _relative(table: ResultTable, folders: Sequence[str]) -> ResultTable:
    prefixes = [f"{folder.rstrip('/')}/" for folder in folders if folder]
    if not prefixes or "file" not in {column.name for column in table.columns}:
        return table

    def short(value: Any) -> str:
        text = str(value or "")
        return next((text.removeprefix(p) for p in prefixes if text.startswith(p)), text)

    return _changed(table, {"file": short, "position": short})


def _changed(table: ResultTable, changes: dict[str, Any]) -> ResultTable:
    def column(one: ResultColumn) -> ResultColumn:
        change = changes.get(one.name)
        return one if change is None else replace(one, values=[change(v) for v in one.values])

    return replace(table, columns=tuple(map(column, table.columns)))
