"""`gotrace explain 33`: what allocations of some sizes become, and what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gotrace.analyses.explain.changes import WORD_BYTES, changes
from gotrace.analyses.explain.columns import EXACT, cost_bytes, request_columns
from gotrace.analyses.explain.facts import size_facts
from gotrace.analyses.explain.versions import runs, slots_by_version
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.errors import UsageError
from gotrace.model.sizes import MAX_REQUEST_BYTES, Kind, Request, SizeRules, size_rules
from gotrace.model.versions import NEWEST
from gotrace.tables.notes import Note, Severity

__all__ = ["explain_sizes", "explain_title"]

_COST_NOTE = "cost: what one object takes of a full span, its tail and the runtime's bits included."
_LARGE_NOTE = "Without a class: a large object, whole pages of its own."
_TCMALLOC_NOTE = "tcmalloc's tables changed with its releases and build options: illustrative."
_PLATFORM = "All of this is for 64-bit platforms."


def explain_title(sizes: Sequence[int], has_pointers: bool, runtime: str = "") -> str:
    """The heading: `33 bytes without pointers, go1.27`."""
    rules = size_rules(runtime or NEWEST)
    pointers = " with pointers" if has_pointers else " without pointers"
    if rules.is_illustrative:
        pointers = ""
    what = f"{sizes[0]:,} byte{'' if sizes[0] == 1 else 's'}"
    what = what if len(sizes) == 1 else f"{len(sizes)} sizes"
    return f"{what}{pointers}, {rules.name}"


def explain_sizes(
    sizes: Sequence[int], has_pointers: bool = False, runtime: str = "", *, is_page: bool = False
) -> tuple[Result, ...]:
    """What allocations of `sizes` bytes become in `runtime` (by default the newest known Go).

    Results: `overview` (facts), then `sizes`, `changes` and `versions`, each with a table of its
    name. On a page for people (`is_page`) a single size needs no column that repeats it, and
    several stand side by side. Raises UsageError for unknown runtimes and impossible sizes.
    """
    rules = size_rules(runtime or NEWEST)
    for size in sizes:
        if not 0 <= size <= MAX_REQUEST_BYTES:
            raise UsageError(f"{size:,} bytes cannot be allocated; the most are 2^48")
    is_single = len(sizes) == 1
    facts: tuple[Fact, ...] = (Fact("runtime", rules.name, title="runtime"),)
    if is_single:
        facts = size_facts(rules, rules.request(sizes[0], has_pointers))
    overview = Result("overview", "Answer", facts, notes=_notes(sizes, has_pointers))
    if is_page and not is_single:
        return (overview, _sizes(rules, sizes, has_pointers), _side_by_side(sizes, has_pointers))
    found = (
        overview,
        _sizes(rules, sizes, has_pointers),
        _changes(rules, sizes, has_pointers),
        _versions(sizes, has_pointers),
    )
    return tuple(map(_without_size, found)) if is_page else found


def _without_size(result: Result) -> Result:
    """A result without the column `size_bytes` and without the table of sizes."""
    tables = tuple(
        replace(table, columns=tuple(c for c in table.columns if c.name != "size_bytes"))
        for table in result.tables
        if table.name != "sizes"
    )
    return replace(result, tables=tables)


def _sizes(rules: SizeRules, sizes: Sequence[int], has_pointers: bool) -> Result:
    asked = [(rules, rules.request(size, has_pointers)) for size in sizes]
    columns = (_size_column(sizes), *request_columns(asked))
    notes = (*_large_note(asked), _COST_NOTE)
    table = ResultTable("sizes", "Sizes", columns, notes)
    return Result("sizes", "Sizes", tables=(table,), notes=_notes(sizes, has_pointers))


def _changes(rules: SizeRules, sizes: Sequence[int], has_pointers: bool) -> Result:
    rows = [(size, change) for size in sizes for change in changes(rules, size, has_pointers)]
    others = [(rules, change.request) for _, change in rows]
    asked = {size: cost_bytes(rules, rules.request(size, has_pointers)) for size in sizes}
    saved = [
        cost_bytes(*other) - asked[size] for (size, _), other in zip(rows, others, strict=True)
    ]
    columns = (
        _size_column([size for size, _ in rows]),
        ResultColumn("change", "text", [change.what for _, change in rows], "change", is_key=True),
        ResultColumn("changed_bytes", EXACT, [other.size_bytes for _, other in others], "request"),
        *request_columns(others),
        ResultColumn("cost_change_bytes", EXACT, saved, "cost, change"),
    )
    notes = (*_large_note(others), _COST_NOTE)
    table = ResultTable("changes", "What would change it", columns, notes)
    return Result("changes", "What would change it", tables=(table,))


def _versions(sizes: Sequence[int], has_pointers: bool) -> Result:
    rows = [(size, run) for size in sizes for run in runs(size, has_pointers)]
    requests = [(run.rules, run.request) for _, run in rows]
    columns = (
        _size_column([size for size, _ in rows]),
        ResultColumn(
            "versions", "text", [run.versions for _, run in rows], "versions", is_key=True
        ),
        *request_columns(requests),
        ResultColumn("reason", "text", [run.reason for _, run in rows], "what changed"),
    )
    notes = (*_large_note(requests), _TCMALLOC_NOTE, _PLATFORM)
    table = ResultTable("versions", "In every version", columns, notes)
    return Result("versions", "In every version", tables=(table,))


def _side_by_side(sizes: Sequence[int], has_pointers: bool) -> Result:
    """The slot of each size, a column each, in runs of versions that agree on all of them."""
    found = slots_by_version(sizes, has_pointers)
    slots = [
        ResultColumn(f"slot_of_{size}_bytes", EXACT, [run.slots[i] for run in found], f"{size:,} B")
        for i, size in enumerate(sizes)
    ]
    names = ResultColumn(
        "versions", "text", [run.versions for run in found], "slot of", is_key=True
    )
    notes = (_TCMALLOC_NOTE, _PLATFORM)
    table = ResultTable("versions", "Slots in every version", (names, *slots), notes)
    return Result("versions", "Slots in every version", tables=(table,))


def _size_column(sizes: Sequence[int]) -> ResultColumn:
    return ResultColumn("size_bytes", EXACT, list(sizes), "size", is_key=True)


def _large_note(asked: Iterable[tuple[SizeRules, Request]]) -> tuple[str, ...]:
    return (_LARGE_NOTE,) if any(r.kind is Kind.LARGE for _, r in asked) else ()


def _notes(sizes: Iterable[int], has_pointers: bool) -> tuple[Note, ...]:
    odd = [size for size in sizes if has_pointers and size % WORD_BYTES]
    if not odd:
        return ()
    whole = -(-odd[0] // WORD_BYTES) * WORD_BYTES
    return (
        Note(
            Severity.INFO,
            "pointers-are-words",
            f"no Go type with pointers has {odd[0]:,} bytes: the compiler pads it to {whole:,}",
            len(odd),
            advice="ask for the padded size (`unsafe.Sizeof` tells it)",
        ),
    )
