"""A check as SARIF 2.1.0, for code scanning: a result for each budget whose place is known.

Only call sites with file and line in the repository are results; how many budgets have none is a
notification of the run. Paths are relative to the root of the repository.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from gotrace import __version__
from gotrace.tables.budget import Checked, Outcome, Site, Verdict
from gotrace.views.budget.paths import UNKNOWN, Project, first_site, sites_of
from gotrace.views.budget.words import (
    TOP_SITES,
    cut,
    safe,
    shown,
    site_name,
    standing,
    worst_first,
)

__all__ = ["SARIF_SCHEMA", "sarif"]

SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "SRCROOT"
_LONGEST_TEXT = 2_000
_LONGEST_NAME = 200
_MOST_RESULTS = 5_000
"""GitHub shows so many of a run, and takes no more than 25,000."""
_LARGEST_LINE = 2**31 - 1
_RULES = (
    (
        Outcome.OVER,
        "budget-over",
        "BudgetOver",
        "A memory budget is exceeded",
        "The program uses more than gotrace.toml allows, and noise does not explain it. "
        "`gotrace budget explain NAME` shows the measure; `gotrace budget bless` accepts it as the "
        "new baseline.",
    ),
    (
        Outcome.CANNOT_TELL,
        "budget-cannot-tell",
        "BudgetCannotTell",
        "A memory budget cannot be judged",
        "The difference from the limit is inside the noise, or the baseline cannot be compared "
        "with. More repeats or a higher sampling rate narrow the noise.",
    ),
)


def sarif(checked: Checked, project: Project = UNKNOWN) -> str:
    """The log, indented, in ASCII, ending in a newline."""
    results = []
    placeless = 0
    for verdict in worst_first(checked):
        found = first_site(verdict, project)
        if found is None:
            placeless += 1
        else:
            results.append(_result(verdict, *found, project))
    run = {
        "tool": {"driver": _driver()},
        "invocations": [_invocation(placeless, max(len(results) - _MOST_RESULTS, 0))],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": results[:_MOST_RESULTS],
    }
    log = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, allow_nan=False) + "\n"


def _driver() -> dict[str, Any]:
    return {
        "name": "gotrace",
        "semanticVersion": __version__,
        "rules": [
            {
                "id": slug,
                "name": name,
                "shortDescription": {"text": title},
                "fullDescription": {"text": text},
                "help": {"text": text},
                "defaultConfiguration": {"level": _level(outcome is Outcome.OVER, outcome)},
            }
            for outcome, slug, name, title, text in _RULES
        ],
    }


def _level(is_failure: bool, outcome: Outcome) -> str:
    if is_failure:
        return "error"
    return "warning" if outcome is Outcome.OVER else "note"


def _invocation(placeless: int, hidden: int) -> dict[str, Any]:
    texts = []
    if placeless:
        texts.append(f"{placeless} budgets are not within and have no file and line to point at")
    if hidden:
        texts.append(f"{hidden} more results are left out")
    notifications = [{"level": "note", "message": {"text": text}} for text in texts]
    return {"executionSuccessful": True, "toolExecutionNotifications": notifications}


def _result(verdict: Verdict, site: Site, path: str, project: Project) -> dict[str, Any]:
    outcomes = [rule[0] for rule in _RULES]
    index = outcomes.index(verdict.outcome)
    name = verdict.budget.name
    reasons = "; ".join(verdict.reasons) or standing(verdict)
    others = [
        (other, other_path)
        for other in sites_of(verdict)
        if other != site and (other_path := project.site(other))
    ][: TOP_SITES - 1]
    related = [
        _location(other, other_path, verdict.budget.metric.unit) for other, other_path in others
    ]
    budget_path = project.budget(verdict.budget.place)
    if budget_path and verdict.budget.place.line > 0:
        related.append(
            {
                **_place(budget_path, verdict.budget.place.line),
                "message": {"text": "the budget"},
            }
        )
    fingerprint = hashlib.sha256(
        f"{name}\0{site.function}".encode("utf-8", "surrogatepass")
    ).hexdigest()
    return {
        "ruleId": _RULES[index][1],
        "ruleIndex": index,
        "level": _level(verdict.is_failure, verdict.outcome),
        "message": {
            "text": _text(f"{standing(verdict)}: budget {cut(name, _LONGEST_NAME)}: {reasons}")
        },
        "locations": [_location(site, path, verdict.budget.metric.unit)],
        "relatedLocations": [{"id": number, **place} for number, place in enumerate(related, 1)],
        "partialFingerprints": {"gotraceBudget/v1": fingerprint},
    }


def _location(site: Site, path: str, unit: str) -> dict[str, Any]:
    location = _place(path, site.line)
    if site.function:
        location["logicalLocations"] = [
            {"fullyQualifiedName": cut(safe(site.function), _LONGEST_TEXT), "kind": "function"}
        ]
    location["message"] = {"text": _text(f"{shown(site.value, unit)}: {site_name(site)}")}
    return location


def _place(path: str, line: int) -> dict[str, Any]:
    # Percent-encoding makes anything a valid relative reference; a colon would read as a scheme.
    uri = quote(cut(path, _LONGEST_TEXT), safe="/", errors="surrogatepass")
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": _ROOT},
            "region": {"startLine": min(line, _LARGEST_LINE)},
        }
    }


def _text(text: str) -> str:
    """Text of a message, where braces are placeholders unless doubled, and `[a](b)` is a link."""
    plain = cut(safe(text), _LONGEST_TEXT).replace("](", "] (")
    return plain.replace("{", "{{").replace("}", "}}")
