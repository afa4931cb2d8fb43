"""A check for people, as blocks of lines: both forms of the terminal lay out the same ones."""

from __future__ import annotations

from typing import NamedTuple

from gotrace.tables.budget import Checked, Outcome, Verdict
from gotrace.tables.notes import Note
from gotrace.views.budget.words import (
    TOP_SITES,
    observed,
    safe,
    scope_words,
    shown,
    shown_change,
    site_name,
    standing,
    summary,
)
from gotrace.views.safety import shorten, text_width

__all__ = ["Block", "blocks", "headline", "note_lines", "shorten_site"]


_SHORTEST_SITE = 8


class Block(NamedTuple):
    """A verdict: its standing, its budget, and rows of (label, text); a label may repeat, empty.

    Rows of sites, which `shorten_site` cuts to the width of a terminal, are in `cuttable`.
    """

    standing: str
    name: str
    detail: str
    rows: tuple[tuple[str, str], ...]
    outcome: Outcome
    is_failure: bool
    cuttable: frozenset[int] = frozenset()


def headline(checked: Checked) -> str:
    """`Memory budgets FAIL: 1 over, 2 within`."""
    word = "FAIL" if checked.is_failure else "pass"
    return f"Memory budgets {word}: {summary(checked)}"


def blocks(checked: Checked, *, is_full: bool = False) -> list[Block]:
    """A block for each verdict, in the order of the file.

    Sites and reasons stand where something is not within, or everywhere if `is_full`.
    """
    return [_block(verdict, is_full) for verdict in checked.verdicts]


def shorten_site(text: str, width: int) -> str:
    """`9.00 MiB  pkg.F file.go:12` of at most `width` cells, if the amount leaves any."""
    value, gap, site = text.partition("  ")
    room = max(width - text_width(value + gap), _SHORTEST_SITE)
    short = shorten(site, room)
    place = site.rpartition("/")[2]
    if place not in short:  # the file and its line tell more than half a function
        short = shorten(f"…/{place}", room)
    return f"{value}{gap}{short}"


def note_lines(notes: tuple[Note, ...]) -> list[str]:
    """`LOSS: what happened (3 times) (where); advice`, one for each note."""
    return [safe(_note(note)) for note in notes]


def _note(note: Note) -> str:
    times = f" ({note.count:,} times)" if note.count > 1 else ""
    where = f" ({note.where})" if note.where else ""
    advice = f"; {note.advice}" if note.advice else ""
    return f"{note.severity.upper()}: {note.message}{times}{where}{advice}"


def _block(verdict: Verdict, is_full: bool) -> Block:
    budget = verdict.budget
    is_open = is_full or verdict.outcome is not Outcome.WITHIN
    rows = _measured(verdict, is_open)
    sites = _sites(verdict) if is_open else []
    cuttable = frozenset(range(len(rows), len(rows) + len(sites)))
    rows += sites
    if is_open or verdict.measure is None:
        rows += _labelled("because", [safe(reason) for reason in verdict.reasons])
    if is_open and budget.place.file:
        rows.append(("budget", safe(str(budget.place))))
    return Block(
        standing(verdict),
        safe(budget.name),
        scope_words(budget),
        tuple(rows),
        verdict.outcome,
        verdict.is_failure,
        cuttable,
    )


def _measured(verdict: Verdict, is_open: bool) -> list[tuple[str, str]]:
    """Observed, limits, baseline."""
    unit, measure = verdict.budget.metric.unit, verdict.measure
    text = observed(measure, unit)
    if measure is not None and is_open and measure.rule:
        text += f", {safe(measure.rule)}"
    rows = [("measured", text)]
    limits = []
    for limit in verdict.limits:
        words = safe(limit.text)
        if limit.allowed is not None and "baseline" in limit.text:
            words += f": {shown(limit.allowed, unit)}"
        limits.append(words)
    rows += _labelled("limit", limits)
    if verdict.baseline is not None:
        before = observed(verdict.baseline, unit)
        if measure is not None:
            before += f", now {shown_change(measure.value, verdict.baseline.value, unit)}"
        rows.append(("baseline", before))
    return rows


def _sites(verdict: Verdict) -> list[tuple[str, str]]:
    unit = verdict.budget.metric.unit
    sites = verdict.measure.sites[:TOP_SITES] if verdict.measure else ()
    changes = verdict.changed_sites[:TOP_SITES]
    return [
        *_labelled("top sites", [f"{shown(s.value, unit)}  {site_name(s)}" for s in sites]),
        *_labelled(
            "changed",
            [
                f"{'+' if change > 0 else '-'}{shown(abs(change), unit)}  {site_name(site)}"
                for site, change in changes
            ],
        ),
    ]


def _labelled(label: str, texts: list[str]) -> list[tuple[str, str]]:
    return [("" if number else label, text) for number, text in enumerate(texts)]
