"""What a report says and in which order: the words, for every text view to lay out.

First what was read, then the findings, then the tables from the general to the particular, last
the losses and doubts. If there are losses or faults, the head says so at once: nobody should have
to read to the end to learn that the numbers are incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gotrace.analyses.result import Certainty, Fact, Finding, Result, Weight
from gotrace.tables.notes import Note, Severity
from gotrace.views.cells import format_amount, format_error, format_ratio, number_of
from gotrace.views.grid import Block, Grid, make_grid
from gotrace.views.remedies import told_remedies
from gotrace.views.report import Report
from gotrace.views.safety import safe_text

__all__ = ["NO_ROWS", "FactLine", "Item", "Section", "hidden_rows", "sections"]

_ORDER = ("top", "size_classes", "large_objects", "lifetimes", "memory_bridge")
"""Results in this order, then any others as they come; `overview` opens the report."""

NO_ROWS = "(no rows)"
"""What stands where a table is empty."""
_TOP_FACTS = {"sample_type", "total", "shown_total", "dropped_count", "cutoff", "node_count"}
_NOTHING = "Nothing stands out."
_REMEDIES = "remedies"
"""A table that is told in words, where its result stands, and not once more as findings."""
_BYTES_LEGEND = "MiB here is what `go tool pprof` calls MB: 1024 x 1024 bytes."
_ERROR_LEGEND = "± is one standard error of the estimate from samples."
_LEGENDS = (
    ("iB", _BYTES_LEGEND),
    ("±", _ERROR_LEGEND),
    ("≥", "≥ heads columns of lower bounds: it is at least so much."),
    ("≤", "≤ heads columns of upper bounds: it is at most so much."),
)
_BOUNDS = {Certainty.LOWER: "at least", Certainty.UPPER: "at most"}


class FactLine(NamedTuple):
    """`title  text  (detail)`."""

    title: str
    text: str
    detail: str = ""


class Item(NamedTuple):
    """A finding or a note: `lead` (a number, a severity), one sentence, and lines under it.

    `where` is the site or place; the views print it as the first of the lines.
    """

    lead: str
    text: str
    where: str = ""
    details: tuple[str, ...] = ()
    is_grave: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands below the sentence: the place, then the details."""
        return (self.where, *self.details) if self.where else self.details


class Section(NamedTuple):
    """A heading with facts, grids, items and plain lines, in this order."""

    name: str
    title: str
    facts: tuple[FactLine, ...] = ()
    grids: tuple[Grid, ...] = ()
    items: tuple[Item, ...] = ()
    lines: tuple[str, ...] = ()


def sections(report: Report) -> list[Section]:
    """The report's sections in reading order; sections that would be empty are left out."""
    overview = report.result("overview")
    body = [_head(report, overview), _findings(report)]
    if overview is not None and overview.tables:
        title = safe_text(overview.tables[0].title) or "Sample types"
        body.append(Section("sample_types", title, grids=_grids(overview, title)))
    body.extend(_result(result) for result in _ordered(report.results))
    body.append(_notes(report))
    body.append(Section("legend", "How to read this", lines=_legend(body)))
    return [section for section in body if _says_anything(section)]


def hidden_rows(block: Block) -> str:
    """The line under a block that leaves rows out."""
    one = block.hidden_count == 1
    return f"({block.hidden_count} {'row' if one else 'rows'} of zeros left out)"


def _head(report: Report, overview: Result | None) -> Section:
    facts = [FactLine("file", safe_text(report.source))] if report.source else []
    facts.extend(_fact(fact) for fact in (overview.facts if overview else ()))
    doubts = [note for note in report.all_notes() if note.severity is not Severity.INFO]
    lines = (_doubts(doubts),) if doubts else ()
    title = safe_text(report.title or report.recording_kind)
    return Section("head", title, tuple(facts), lines=lines)


def _doubts(notes: list[Note]) -> str:
    worst = "FAULT" if any(note.severity is Severity.FAULT for note in notes) else "LOSS"
    several = len(notes) > 1
    subject = f"{len(notes)} notes weaken" if several else "1 note weakens"
    return f"{worst}: {subject} these numbers; see Notes at the end."


def _fact(fact: Fact) -> FactLine:
    title = safe_text(fact.title or fact.name)
    return FactLine(title, format_amount(fact.value, fact.unit), safe_text(fact.detail))


def _findings(report: Report) -> Section:
    if _REMEDIES in report.tables():
        return Section("findings", "Findings")
    advised: dict[str, int] = {}
    items = tuple(
        _finding(number, finding, advised.setdefault(finding.advice, number))
        for number, finding in enumerate(report.all_findings(), 1)
    )
    # Only heap profiles are searched for findings: elsewhere silence would be a claim.
    is_clean = not items and report.recording_kind == "heap"
    return Section("findings", "Findings", items=items, lines=(_NOTHING,) if is_clean else ())


def _finding(number: int, finding: Finding, advised: int) -> Item:
    """`advised` is the number of the first finding with this advice, which is told only once."""
    advice = safe_text(finding.advice) if advised == number else f"as for {advised}."
    details = (_amount(finding), f"Try: {advice}") if finding.advice else (_amount(finding),)
    text = f"[{finding.weight}] {safe_text(finding.what)}"
    is_grave = finding.weight is Weight.HIGH
    return Item(f"{number}.", text, safe_text(finding.where), details, is_grave)


def _amount(finding: Finding) -> str:
    amount = format_amount(finding.amount, finding.unit)
    if finding.certainty is Certainty.ROUNDED:
        return f"{amount} (from rounded numbers)"
    if finding.certainty is Certainty.EXACT:
        return f"{amount} (exact)"
    if finding.error:
        amount += f" {format_error(finding.amount, finding.error, finding.unit)}"
    if finding.certainty is Certainty.SAMPLED:
        return f"{amount} (estimated from samples)"
    return f"{_BOUNDS[finding.certainty]} {amount}"


def _ordered(results: Iterable[Result]) -> list[Result]:
    rank = {name: position for position, name in enumerate(_ORDER)}
    shown = [result for result in results if result.name != "overview"]
    return sorted(shown, key=lambda result: rank.get(result.name, len(rank)))


def _result(result: Result) -> Section:
    title = safe_text(result.title or result.name)
    lines = _top_lines(result) if result.name == "top" else ()
    facts = () if lines else tuple(_fact(fact) for fact in result.facts)
    items, more = _told(result)
    return Section(result.name, title, facts, _grids(result, title), items, lines + more)


def _told(result: Result) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """The remedies of a result, numbered in their order, and what is to be said of all of them."""
    tables = [table for table in result.tables if table.name == _REMEDIES]
    told = [one for table in tables for one in told_remedies(table)]
    lines = tuple(safe_text(note) for table in tables for note in table.footnotes if told)
    return tuple(Item(f"{number}.", *one) for number, one in enumerate(told, 1)), lines


def _top_lines(result: Result) -> tuple[str, ...]:
    """What stands above the top table, in pprof's words; empty if a fact is missing."""
    facts = {fact.name: fact for fact in result.facts}
    if not facts.keys() >= _TOP_FACTS:
        return ()
    text = {name: format_amount(fact.value, fact.unit) for name, fact in facts.items()}
    shown, total = (number_of(facts[name].value) or 0 for name in ("shown_total", "total"))
    share = format_ratio(abs(shown / total) if total else 0.0)
    lines = [
        f"Type: {text['sample_type']}",
        f"Showing nodes accounting for {text['shown_total']}, {share} of {text['total']} total",
    ]
    if number_of(facts["dropped_count"].value):
        lines.append(f"Dropped {text['dropped_count']} nodes (cum <= {text['cutoff']})")
    rows = result.tables[0].row_count if result.tables else 0
    if rows < (number_of(facts["node_count"].value) or 0):
        lines.append(f"Showing top {rows} nodes out of {text['node_count']}")
    return tuple(lines)


def _grids(result: Result, title: str) -> tuple[Grid, ...]:
    """The tables of a result; one that only repeats the section's title loses its own."""
    grids = [make_grid(table) for table in result.tables if table.name != _REMEDIES]
    return tuple(
        Grid(g.name, "" if g.title == title else g.title, g.columns, g.footnotes, g.row_count)
        for g in grids
    )


def _notes(report: Report) -> Section:
    return Section("notes", "Notes", items=tuple(_note(note) for note in report.all_notes()))


def _note(note: Note) -> Item:
    times = f" ({note.count:,} times)" if note.count > 1 else ""
    details = (safe_text(note.advice),) if note.advice else ()
    is_grave = note.severity is Severity.FAULT
    text = safe_text(note.message) + times
    return Item(f"{note.severity.upper()}:", text, safe_text(note.where), details, is_grave)


def _legend(body: list[Section]) -> tuple[str, ...]:
    """Explain only the signs that occur."""
    text = "\n".join(_words(body))
    return tuple(legend for sign, legend in _LEGENDS if sign in text)


def _words(body: list[Section]) -> Iterable[str]:
    for section in body:
        yield from (fact.text for fact in section.facts)
        yield from (line for item in section.items for line in item.lines)
        for grid in section.grids:
            for column in grid.columns:
                yield column.heading
                if not column.is_text:
                    yield from column.cells


def _says_anything(section: Section) -> bool:
    return bool(section.facts or section.grids or section.items or section.lines)
