"""What the compiler says of escapes, as a page: by kind, by reason, by function."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.wrestle.why import REASONS, escapes_of, flows_of, why
from gotrace.tables.escape_schema import ESCAPE_KINDS, HEAP_KINDS
from gotrace.tables.recording import Recording

__all__ = ["escape_results"]

_NO_ALLOCATION = ("constant", "not-an-allocation", "stays", "parameter-leaks")


class _Place(NamedTuple):
    """A function, where the recording tells it, else a file."""

    package: str
    function: str
    file: str


def escape_results(recording: Recording, rows: int = 0) -> list[Result]:
    """A recording of kind `escapes`: an overview, counts by kind and by reason, functions, places.

    `rows` is how many functions and places are listed; 0: all.
    """
    return [_overview(recording), _counts(recording), _heap(recording, rows)]


def _overview(recording: Recording) -> Result:
    table = recording.columns["escapes"]
    packages = table.coded("package")
    kinds = _by_kind(recording)
    facts = [
        Fact("format", recording.origin.format, title="format"),
        Fact("go_version", recording.origin.go_version or "not told", title="Go"),
        Fact("packages_count", len(packages.values), "count", "packages"),
        Fact("messages_count", table.rows, "count", "messages"),
        Fact("heap_count", sum(kinds[kind] for kind in HEAP_KINDS), "count", "on the heap"),
    ]
    return Result("overview", "Overview", tuple(facts))


def _by_kind(recording: Recording) -> Counter[str]:
    kinds = recording.columns["escapes"].coded("kind")
    return Counter(kinds.values[code] for code in kinds.codes.tolist())


def _counts(recording: Recording) -> Result:
    kinds = _by_kind(recording)
    shown = [kind for kind in ESCAPE_KINDS if kinds[kind]]
    by_kind = ResultTable(
        "escape_kinds",
        "By kind",
        (
            ResultColumn("kind", "text", shown, is_key=True),
            ResultColumn("count", "count", [kinds[kind] for kind in shown]),
            ResultColumn("meaning", "text", [ESCAPE_KINDS[kind] for kind in shown]),
        ),
    )
    reasons = _reasons(recording)
    slugs = [slug for slug, _ in reasons.most_common()]
    by_reason = ResultTable(
        "escape_reasons",
        "Why it is on the heap",
        (
            ResultColumn("reason", "text", slugs, is_key=True),
            ResultColumn("count", "count", [reasons[slug] for slug in slugs]),
            ResultColumn("meaning", "text", [REASONS[slug] for slug in slugs]),
        ),
    )
    return Result("escape_counts", "What the compiler says", tables=(by_kind, by_reason))


def _reasons(recording: Recording) -> Counter[str]:
    flows = flows_of(recording)
    return Counter(
        why(escape, flows.get(number, ())).slug
        for number, escape in enumerate(escapes_of(recording))
        if escape.kind in HEAP_KINDS
    )


def _heap(recording: Recording, rows: int) -> Result:
    """Functions by how much of them is on the heap, and each such place with its reason."""
    table = recording.columns["escapes"]
    packages, functions = table.coded("package"), table.coded("function")
    flows = flows_of(recording)
    found: Counter[_Place] = Counter()
    places: list[tuple[str, str, str, str]] = []
    for number, escape in enumerate(escapes_of(recording)):
        if escape.kind not in HEAP_KINDS:
            continue
        reason = why(escape, flows.get(number, ()))
        if reason.slug in _NO_ALLOCATION:
            continue
        found[_Place(packages[number] or "", functions[number] or "", escape.file)] += 1
        places.append((f"{escape.file}:{escape.line}", escape.what, reason.slug, reason.sentence))
    most = found.most_common(rows or None)
    worst = ResultTable(
        "escape_functions",
        "Functions with the most on the heap",
        (
            ResultColumn("function", "text", _functions(most), is_key=True),
            ResultColumn("count", "count", [count for _, count in most]),
            ResultColumn("package", "text", [place.package for place, _ in most]),
            ResultColumn("file", "text", [place.file for place, _ in most]),
        ),
        footnotes=() if any(place.function for place, _ in most) else (_NO_FUNCTIONS,),
    )
    listed = places[:rows] if rows else places
    columns = [
        ResultColumn(name, "text", [place[at] for place in listed], is_key=name == "place")
        for at, name in enumerate(("place", "what", "reason", "why"))
    ]
    where = ResultTable(
        "escape_places",
        "What is allocated, and why",
        # The sentence tells it all; more columns would leave it no room on a page.
        (columns[0], columns[3]) if rows else tuple(columns),
        footnotes=(f"{len(listed):,} of {len(places):,}",) if len(listed) < len(places) else (),
    )
    return Result("escapes", "On the heap", tables=(worst, where))


def _functions(most: list[tuple[_Place, int]]) -> list[str]:
    return [place.function or "-" for place, _ in most]


_NO_FUNCTIONS = "The functions' names are told by text of -m=2, from Go 1.25; here files stand in."
