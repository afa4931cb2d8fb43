"""A check as GitHub-flavoured Markdown: a comment on a pull request, or the summary of a step.

A comment begins with a marker, so that the next run finds it and updates it. Nothing in it depends
on when or where it was made: recordings are named without their folders. Headings start at `###`;
what fails stands open, the rest is folded away. What does not fit is left out, and said so.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from gotrace.tables.budget import Checked, Outcome, Verdict
from gotrace.views.budget.blocks import note_lines
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
    worst_first,
)
from gotrace.views.markdown import as_code, as_prose

__all__ = ["LONGEST_COMMENT", "LONGEST_SUMMARY", "MARKER", "markdown", "step_summary"]

MARKER = "<!-- gotrace-budget -->"
"""The first line of a comment."""
LONGEST_COMMENT = 65_536
"""GitHub refuses longer comments; counted in bytes, which are never fewer than characters."""
LONGEST_SUMMARY = 1 << 20
"""Bytes of a step's summary: GitHub drops the whole of a longer one."""
_RESERVE = 300
_MOST_NOTES = 20
_MOST_REASONS = 10
_LEFT_OUT = "{} of {} budgets are left out here to fit: `--format json` has all of them."


def markdown(checked: Checked, longest: int = LONGEST_COMMENT) -> str:
    """A comment of fewer than `longest` bytes of UTF-8, ending in a newline."""
    return _page(checked, longest, f"{MARKER}\n")


def step_summary(checked: Checked, longest: int = LONGEST_SUMMARY) -> str:
    """The same page for `$GITHUB_STEP_SUMMARY`: no marker, and more room."""
    return _page(checked, longest, "")


def _page(checked: Checked, longest: int, lead: str) -> str:
    word = "fail" if checked.is_failure else "pass"
    room = _Room(longest - _RESERVE)
    room.put(f"{lead}### Memory budgets {word}: {summary(checked)}")
    worst = worst_first(checked)
    within = [verdict for verdict in checked.verdicts if verdict.outcome is Outcome.WITHIN]
    shown_count = room.table("", worst, _row)
    room.each(worst, _details)
    shown_count += room.table(f"{len(within)} within", within, _row)
    room.put(_notes(checked))
    total = len(checked.verdicts)
    if shown_count < total:
        room.parts.append(_LEFT_OUT.format(f"{total - shown_count:,}", f"{total:,}"))
    return "\n\n".join(room.parts) + "\n"


class _Room:
    """Parts of a page, as long as they fit."""

    def __init__(self, longest: int):
        self._left = longest
        self.parts: list[str] = []

    def put(self, part: str) -> bool:
        """Add a part, if it fits and says anything."""
        size = _size(part) + 2
        if not part or size > self._left:
            return False
        self._left -= size
        self.parts.append(part)
        return True

    def each(self, verdicts: list[Verdict], write: Callable[[Verdict], str]) -> None:
        """A part for each verdict, until one does not fit."""
        for verdict in verdicts:
            if not self.put(write(verdict)):
                return

    def table(self, fold: str, verdicts: list[Verdict], write: Callable[[Verdict], str]) -> int:
        """A table with as many rows as fit into half of what is left, folded under `fold`.

        Returns how many did.
        """
        if not verdicts:
            return 0
        head = ["| verdict | budget | measured | limit | baseline |", "|:--|:--|:--|:--|:--|"]
        budget = self._left // 2 - _size("\n".join(head)) - _size(fold) - 100
        rows: list[str] = []
        for verdict in verdicts:
            row = write(verdict)
            budget -= _size(row) + 1
            if budget < 0:
                break
            rows.append(row)
        table = "\n".join(head + rows)
        if fold:
            table = f"<details><summary>{fold}</summary>\n\n{table}\n\n</details>"
        return len(rows) if rows and self.put(table) else 0


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _row(verdict: Verdict) -> str:
    unit, measure, before = verdict.budget.metric.unit, verdict.measure, verdict.baseline
    limits = [safe(limit.text) for limit in verdict.limits]
    baseline = ""
    if before is not None:
        baseline = shown(before.value, unit)
        if measure is not None:
            baseline += f", {shown_change(measure.value, before.value, unit)}"
    state = as_prose(standing(verdict))
    cells = [
        f"**{state}**" if verdict.is_failure else state,
        as_code(safe(verdict.budget.name)),
        as_prose(observed(measure, unit)),
        "<br>".join(map(as_prose, limits[:_MOST_REASONS])),
        as_prose(baseline),
    ]
    return f"| {' | '.join(cells)} |"


def _details(verdict: Verdict) -> str:
    """What one that is not within needs to be understood: open if it fails, else folded."""
    unit = verdict.budget.metric.unit
    name = as_code(safe(verdict.budget.name))
    lines = [as_prose(safe(reason)) for reason in verdict.reasons[:_MOST_REASONS]]
    sites = [
        f"- {as_prose(shown(site.value, unit))} {as_code(site_name(site))}"
        for site in (verdict.measure.sites[:TOP_SITES] if verdict.measure else ())
    ]
    changes = [
        f"- {'+' if change > 0 else '-'}{as_prose(shown(abs(change), unit))} "
        f"{as_code(site_name(site))}"
        for site, change in verdict.changed_sites[:TOP_SITES]
    ]
    place = str(verdict.budget.place) if verdict.budget.place.file else ""
    about = as_prose(scope_words(verdict.budget))
    if place:
        about += f", {as_code(safe(place))}"
    body = [
        about,
        "\n".join(f"- {line}" for line in lines),
        "Largest sites:\n\n" + "\n".join(sites) if sites else "",
        "Changed most since the baseline:\n\n" + "\n".join(changes) if changes else "",
    ]
    text = "\n\n".join(filter(None, body))
    if verdict.is_failure:
        return f"#### {as_prose(standing(verdict))}: {name}\n\n{text}"
    # Code spans are no markup inside HTML, so the whole name stands in the folded text.
    title = f"{as_prose(standing(verdict))}: {as_prose(safe(verdict.budget.name[:100]))}"
    return f"<details><summary>{title}</summary>\n\n{name}: {text}\n\n</details>"


def _notes(checked: Checked) -> str:
    lines = [f"- {as_prose(line)}" for line in note_lines(checked.notes[:_MOST_NOTES])]
    names = sorted({posixpath.basename(source.replace("\\", "/")) for source in checked.sources})
    if names:
        some = ", ".join(as_code(safe(name)) for name in names[:_MOST_NOTES])
        more = f" and {len(names) - _MOST_NOTES:,} more" if len(names) > _MOST_NOTES else ""
        lines.append(f"- read: {some}{more}")
    if not lines:
        return ""
    body = "\n".join(lines)
    return f"<details><summary>Notes</summary>\n\n{body}\n\n</details>"
