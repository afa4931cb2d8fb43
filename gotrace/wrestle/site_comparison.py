"""Call sites and remedies, before and after.

Sites are compared by function, for lines move when code changes, and by what one operation of the
benchmarks allocates where the manifest tells how many there were, else by their share. A package
that only one of the two has a heap profile of is not compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from gotrace.analyses.heap_values import heap_values, is_heap
from gotrace.analyses.result import Fact, ResultTable
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.tables.recording import Recording
from gotrace.units import format_bytes, format_count
from gotrace.wrestle.comparison_tables import NOT_COMPARED, comparison_table
from gotrace.wrestle.report import Wrestled

__all__ = ["Round", "remedies_compared", "sites_compared"]

Round = tuple[str, Wrestled]
"""A name, and what was recorded."""
_LEAST_CHANGE = 0.02
"""Of all that is allocated: sites that changed less are left to the table."""
_NAMED_SITES = 2
_NO_HEAP = "no heap profile that counts allocations"
_EVIDENCE = (("objects", "alloc/free events"), ("escapes", "escapes"), ("layouts", "layouts"),
             ("cpu", "CPU profile"))  # fmt: skip
"""What remedies rest on beside the heap profile."""
_CHANGES = ("gone", "new", "still there")


@dataclass(frozen=True)
class _Amount:
    """What a function allocates: by operation, or None where that is not known, and its share."""

    bytes: float | None
    objects: float | None
    ratio: float | None


_UNKNOWN = _Amount(None, None, None)


@dataclass(frozen=True)
class _Side:
    """One of the two. A package is a key of `operations` if it has a heap profile."""

    amounts: dict[tuple[str, str], _Amount]
    operations: dict[str, int]

    def of(self, key: tuple[str, str]) -> _Amount:
        """Nothing, of a function that is not there; unknown, of a package that is not."""
        if key in self.amounts:
            return self.amounts[key]
        runs = self.operations.get(key[0])
        if runs is None:
            return _UNKNOWN
        return _Amount(0.0, 0.0, 0.0) if runs else _Amount(None, None, 0.0)


def sites_compared(before: Round, after: Round) -> tuple[list[Fact], ResultTable | None]:
    """Functions by how much their allocation changed; no table where nothing can be compared."""
    if why := _without_heap(before, after):
        return [Fact("no_sites", NOT_COMPARED, title="call sites", detail=why)], None
    are_named = _are_named(before, after)
    old, new = (_side(one, are_named=are_named) for _, one in (before, after))
    rows: list[tuple[Any, ...]] = []
    for key in {**old.amounts, **new.amounts}:
        one, other = old.of(key), new.of(key)
        rows.append((*key, one.bytes, other.bytes, one.objects, other.objects, one.ratio,
                     other.ratio))  # fmt: skip
    rows.sort(key=_by_change)
    columns = (
        ("package", "text"), ("function", "text"), ("before_bytes", "bytes"),
        ("after_bytes", "bytes"), ("before_objects", ""), ("after_objects", ""),
        ("before_ratio", "ratio"), ("after_ratio", "ratio"),
    )  # fmt: skip
    note = (
        "Bytes and objects are those of one operation, all benchmarks of the package together; "
        "shares are of all that the package allocated. Sites are joined by function: lines move."
    )
    table = comparison_table("sites_compared", "Functions that allocate, before and after",
                             columns, rows, (note,))  # fmt: skip
    facts = _not_by_operation((before[0], old), (after[0], new))
    return [*_site_facts(table), *facts, *_in_one_only((before[0], old), (after[0], new))], table


def remedies_compared(before: Round, after: Round) -> tuple[list[Fact], ResultTable | None]:
    """Remedies that are gone, new, or still there, by what they are and the function."""
    if _without_heap(before, after):  # said of the call sites
        return [], None
    are_named = _are_named(before, after)
    old, new = (_remedies(one, are_named=are_named) for _, one in (before, after))
    both = _packages(before[1], are_named=are_named) & _packages(after[1], are_named=are_named)
    rows = [
        ("gone" if key not in new else "new" if key not in old else "still there",
         *key, old.get(key, new.get(key, "")))
        for key in {**old, **new} if key[0] in both
    ]  # fmt: skip
    rows.sort(key=lambda row: _CHANGES.index(row[0]))
    columns = (("change", "text"), ("package", "text"), ("slug", "text"), ("site", "text"),
               ("weight", "text"))  # fmt: skip
    table = comparison_table("remedies_compared", "Remedies, before and after", columns, rows)
    return [*_remedy_facts(table), *_weaker(before, after)], table


def _without_heap(*rounds: Round) -> str:
    """Why nothing can be compared; empty where it can."""
    without = [name for name, one in rounds if not _with_heap(one)]
    return f"{_NO_HEAP} in {' and '.join(without)}" if without else ""


def _with_heap(one: Wrestled) -> list[Evidence]:
    return [evidence for evidence in one.opened.packages if _counts(evidence.heap)]


def _counts(heap: Recording | None) -> bool:
    """Whether it tells what was allocated, not only what is in use."""
    return heap is not None and is_heap(heap) and "alloc" in heap_values(heap).measures


def _are_named(*rounds: Round) -> bool:
    """Loose files do not say of which package they are: then functions alone tell."""
    return all(evidence.package for _, one in rounds for evidence in _with_heap(one))


def _packages(one: Wrestled, *, are_named: bool) -> set[str]:
    return {evidence.package if are_named else "" for evidence in _with_heap(one)}


def _side(one: Wrestled, *, are_named: bool) -> _Side:
    # Package testing runs each benchmark once before it counts.
    counted = [(evidence.package if are_named else "",
                sum(evidence.iterations.values()) + len(evidence.iterations))
               for evidence in _with_heap(one)]  # fmt: skip
    # Of several packages under one name, operations are those of none.
    operations = {name: runs if len(counted) == 1 or are_named else 0 for name, runs in counted}
    sums: dict[tuple[str, str], list[float]] = {}
    totals: dict[str, float] = {}
    for row in _rows_of(one, "sites"):
        package = str(row.get("package") or "") if are_named else ""
        function = str(row.get("function") or row.get("site") or "")
        amounts = sums.setdefault((package, function), [0.0, 0.0])
        size = float(row.get("alloc_bytes") or 0)
        amounts[0] += size
        amounts[1] += float(row.get("alloc_objects") or 0)
        totals[package] = totals.get(package, 0.0) + size
    made = {}
    for key, (size, count) in sums.items():
        runs = operations.get(key[0], 0)
        ratio = size / totals[key[0]] if totals[key[0]] else 0.0
        made[key] = (_Amount(size / runs, count / runs, ratio) if runs
                     else _Amount(None, None, ratio))  # fmt: skip
    return _Side(made, operations)


def _by_change(row: tuple[Any, ...]) -> float:
    before, after = row[2:4]
    if before is None or after is None:
        before, after = row[6:8]
    return 0.0 if before is None or after is None else -abs(after - before)


def _site_facts(sites: ResultTable) -> list[Fact]:
    """The functions that changed most, and by what."""
    facts = []
    rows = sites.rows()
    whole = max(
        math.fsum(row["before_bytes"] or 0.0 for row in rows),
        math.fsum(row["after_bytes"] or 0.0 for row in rows),
    )
    for row in rows[:_NAMED_SITES]:
        before, after = row["before_bytes"], row["after_bytes"]
        shares = row["before_ratio"], row["after_ratio"]
        if None in shares:
            continue
        if before is None or after is None:
            if abs(shares[1] - shares[0]) >= _LEAST_CHANGE:
                text = f"{shares[0]:.0%} -> {shares[1]:.0%} of what is allocated"
                facts.append(Fact("site_changed", text, title=row["function"]))
        elif whole and abs(after - before) >= _LEAST_CHANGE * whole:
            text = f"{format_bytes(before)} -> {format_bytes(after)} an operation"
            facts.append(Fact("site_changed", text, title=row["function"]))
    return facts


def _not_by_operation(*sides: tuple[str, _Side]) -> list[Fact]:
    """Said where amounts are unknown, and only shares are left to compare."""
    without = [name for name, side in sides if not all(side.operations.values())]
    if not without:
        return []
    detail = (
        f"unknown how often benchmarks ran under the heap profile in {' and '.join(without)}: "
        "shares of all that was allocated are compared"
    )
    return [Fact("no_operations", NOT_COMPARED, title="bytes an operation", detail=detail)]


def _in_one_only(*sides: tuple[str, _Side]) -> list[Fact]:
    """Packages that only one of the two has."""
    (name, side), (other_name, other) = sides
    alone = [(package, other_name) for package in side.operations.keys() - other.operations.keys()]
    alone += [(package, name) for package in other.operations.keys() - side.operations.keys()]
    facts = []
    for lacking in dict.fromkeys(lacks for _, lacks in alone):
        packages = ", ".join(sorted(package for package, lacks in alone if lacks == lacking))
        facts.append(Fact("package_missing", NOT_COMPARED, title=packages,
                          detail=f"{_NO_HEAP} of it in {lacking}"))  # fmt: skip
    return facts


def _remedies(one: Wrestled, *, are_named: bool) -> dict[tuple[str, str, str], str]:
    return {
        (str(row.get("package") or "") if are_named else "", str(row.get("slug")),
         str(row.get("site")))
        : str(row.get("weight"))
        for row in reversed(_rows_of(one, "remedies"))
    }  # fmt: skip


def _remedy_facts(remedies: ResultTable) -> list[Fact]:
    counts: dict[str, list[str]] = {}
    for row in remedies.rows():
        if row["weight"] != "low":
            counts.setdefault(row["change"], []).append(f"{row['slug']} in {row['site']}")
    facts = []
    for change in _CHANGES:
        if found := counts.get(change):
            more = f"and {format_count(len(found) - 1)} more" if len(found) > 1 else ""
            facts.append(Fact(f"remedies_{change.replace(' ', '_')}", found[0], title=change,
                              detail=more))  # fmt: skip
    return facts


def _weaker(before: Round, after: Round) -> list[Fact]:
    """A remedy whose evidence was not recorded is neither gone nor new."""
    facts = []
    for (name, one), (_, other), change in ((after, before, "gone"), (before, after, "new")):
        lacking = [words for field, words in _EVIDENCE if not _has(one, field)
                   and _has(other, field)]  # fmt: skip
        if lacking:
            value = f"{name} has no {', no '.join(lacking)}"
            detail = f"what rests on it may not be {change}"
            facts.append(Fact("evidence_missing", value, title="but", detail=detail))
    return facts


def _has(one: Wrestled, field: str) -> bool:
    return any(getattr(evidence, field) is not None for evidence in one.opened.packages)


def _rows_of(one: Wrestled, name: str) -> list[dict[str, Any]]:
    tables = (table for result in one.answers for table in result.tables if table.name == name)
    table = next(tables, None)
    return [] if table is None else table.rows()
