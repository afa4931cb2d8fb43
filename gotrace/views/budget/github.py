"""A check as GitHub's workflow commands: annotations at the lines responsible.

GitHub shows ten annotations of a kind in a step: the worst ten are said, the rest are counted. Of a
command's data `%`, CR and LF are escaped, of its properties `:` and `,` too
(docs.github.com/actions/reference/workflows-and-actions/workflow-commands).
"""

from __future__ import annotations

from gotrace.tables.budget import Checked, Verdict
from gotrace.views.budget.blocks import headline
from gotrace.views.budget.paths import UNKNOWN, Project, first_site
from gotrace.views.budget.words import (
    TOP_SITES,
    cut,
    observed,
    safe,
    shown,
    site_name,
    standing,
    worst_first,
)

__all__ = ["MOST_ANNOTATIONS", "github"]

MOST_ANNOTATIONS = 10
_LONGEST_TITLE = 200
_LONGEST_MESSAGE = 3_000
_LONGEST_PATH = 1_000


def github(checked: Checked, project: Project = UNKNOWN) -> str:
    """The commands, one a line; the last line says how all of it came out.

    An annotation stands at the most responsible call site in the repository, or at the line of the
    budget. What fails is an error, what is advice or unclear and passes a warning.
    """
    worst = worst_first(checked)
    lines = [_annotation(verdict, project) for verdict in worst[:MOST_ANNOTATIONS]]
    if rest := worst[MOST_ANNOTATIONS:]:
        failing = sum(verdict.is_failure for verdict in rest)
        text = f"{len(rest)} more budgets are not within, {failing} of them fail: see the summary"
        lines.append(_command("notice", {"title": "Memory budgets"}, text))
    return "\n".join([*lines, headline(checked), ""])


def _annotation(verdict: Verdict, project: Project) -> str:
    properties = {}
    found = first_site(verdict, project)
    place = verdict.budget.place
    if found is not None:
        properties = {"file": found[1], "line": str(found[0].line)}
    elif (path := project.budget(place)) and place.line > 0:
        properties = {"file": path, "line": str(place.line)}
    properties["title"] = f"{standing(verdict)}: {verdict.budget.name}"
    return _command("error" if verdict.is_failure else "warning", properties, _message(verdict))


def _message(verdict: Verdict) -> str:
    unit = verdict.budget.metric.unit
    lines = list(verdict.reasons) or [observed(verdict.measure, unit)]
    if verdict.measure is not None:
        sites = verdict.measure.sites[:TOP_SITES]
        lines += [f"{shown(site.value, unit)} {site_name(site)}" for site in sites]
    return "\n".join(cut(safe(line), _LONGEST_MESSAGE // 6) for line in lines)


def _command(kind: str, properties: dict[str, str], message: str) -> str:
    longest = {"title": _LONGEST_TITLE}
    told = ",".join(
        f"{name}={_property(cut(safe(value), longest.get(name, _LONGEST_PATH)))}"
        for name, value in properties.items()
    )
    return f"::{kind} {told}::{_data(cut(message, _LONGEST_MESSAGE))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
