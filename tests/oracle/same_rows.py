"""Comparing two printed top tables where pprof leaves the order of some rows to chance.

Rows with the same printed name and the same weight are ties that pprof breaks by the order of a Go
map, which changes from run to run: with `-files`, a file has one row for each function's first
line in it (see `comparePrintableName` in pprof's `internal/graph/graph.go`: equal names of unequal
nodes are neither equal nor less). Such rows are compared as a set; everything else exactly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["differences"]

_HEADING = ["flat", "flat%", "sum%", "cum", "cum%"]
_ROW = re.compile(r" *(\S+) +(\S+%) +(\S+%) +(\S+) +(\S+%)  (.*)")
_MARK = re.compile(r" \((?:partial-)?inline\)$")


@dataclass(frozen=True)
class _Tie:
    """Adjacent rows with the same name and weight; `sums` are only comparable behind the last."""

    name: str
    weight: str
    rows: tuple[tuple[str, ...], ...]
    sum_behind: str


def differences(ours: list[str], theirs: list[str], sort: str, cuts_tie: bool) -> list[str]:
    """What differs, line by line; nothing if the tables are the same.

    `cuts_tie`: the bound on the number of rows lies inside a tie. Which of its members are in the
    graph is chance then, and with them the sums, the marks of what they call and the unit; what
    remains comparable is which rows stand above the tie, and their shares.
    """
    if ours == theirs:
        return []
    our_head, our_ties = _parts(ours, sort)
    their_head, their_ties = _parts(theirs, sort)
    if cuts_tie and _shares(our_ties) == _shares(their_ties):
        return []
    if our_head == their_head and our_ties == their_ties:
        return []
    pairs = zip([*ours, *[""] * len(theirs)], [*theirs, *[""] * len(ours)], strict=True)
    return [f"ours:  {our}\npprof: {their}" for our, their in pairs if our != their]


def _shares(ties: list[_Tie]) -> list[tuple[str, ...]]:
    """Name and percentages of every row above the last tie, and the name and size of that."""
    above = [(tie.name, *row[1::2][:2]) for tie in ties[:-1] for row in tie.rows]
    return [*above, *((tie.name, str(len(tie.rows))) for tie in ties[-1:])]


def _parts(lines: list[str], sort: str) -> tuple[list[str], list[_Tie]]:
    """The lines above the rows, and the rows tie by tie."""
    start = next((n for n, line in enumerate(lines, 1) if line.split() == _HEADING), len(lines))
    groups: list[list[tuple[str, ...]]] = []
    known = None
    for line in lines[start:]:
        match = _ROW.fullmatch(line)
        fields = match.groups() if match else (line, "", "", line, "", "")
        key = (fields[0] if sort == "flat" else fields[3], _MARK.sub("", fields[5]))
        if key != known:
            groups.append([])
        known = key
        groups[-1].append(fields)
    return lines[:start], [_tie(group, sort) for group in groups]


def _tie(rows: list[tuple[str, ...]], sort: str) -> _Tie:
    weight = rows[0][0] if sort == "flat" else rows[0][3]
    without_sum = tuple(sorted((*row[:2], *row[3:]) for row in rows))
    return _Tie(_MARK.sub("", rows[0][5]), weight, without_sum, rows[-1][2])
