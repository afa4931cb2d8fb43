"""A check as JSON for programs: raw values in the metric's unit, a schema that only grows.

`"schema": "gotrace.budget/1"`. Within version 1 keys may be added, never renamed or removed.
Numbers are never NaN or infinite (`null`), text is ASCII with `\\u` escapes, so that hostile names
arrive exactly as they are and yet cannot harm a terminal.
"""

from __future__ import annotations

import json
import math
from typing import Any

from gotrace.tables.budget import Budget, Checked, Measurement, Outcome, Site, Verdict
from gotrace.tables.notes import Note
from gotrace.views.budget.words import NAMED_SITES

__all__ = ["JSON_SCHEMA", "json_page", "number"]

JSON_SCHEMA = "gotrace.budget/1"


def json_page(checked: Checked) -> str:
    """The whole check as one indented JSON object, keys sorted, ending in a newline."""
    page = {
        "schema": JSON_SCHEMA,
        "file": checked.file,
        "is_failure": checked.is_failure,
        "counts": {outcome.value: checked.counted(outcome) for outcome in Outcome},
        "sources": list(checked.sources),
        "verdicts": [_verdict(verdict) for verdict in checked.verdicts],
        "notes": [_note(note) for note in checked.notes],
    }
    return json.dumps(page, indent=2, sort_keys=True, allow_nan=False) + "\n"


def number(value: float | None) -> float | int | None:
    """`value` for JSON: whole numbers without a point, None for what is no finite number."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "budget": _budget(verdict.budget),
        "outcome": verdict.outcome.value,
        "is_failure": verdict.is_failure,
        "measure": _measure(verdict.measure),
        "baseline": _measure(verdict.baseline),
        "limits": [
            {
                "text": limit.text,
                "allowed": number(limit.allowed),
                "outcome": limit.outcome.value,
                "reason": limit.reason,
            }
            for limit in verdict.limits
        ],
        "reasons": list(verdict.reasons),
        "changed_sites": [
            {**_site(site), "change": number(change)} for site, change in verdict.changed_sites
        ],
    }


def _budget(budget: Budget) -> dict[str, Any]:
    scope, limit = budget.scope, budget.limit
    return {
        "name": budget.name,
        "metric": budget.metric.name,
        "unit": budget.metric.unit,
        "source": budget.metric.source.value,
        "is_better_higher": budget.metric.is_better_higher,
        "mode": budget.mode.value,
        "passes_if_unclear": budget.passes_if_unclear,
        "is_allowed_empty": budget.is_allowed_empty,
        "file": budget.place.file,
        "line": budget.place.line,
        "limit": {
            "value": number(limit.value),
            "change_ratio": number(limit.change_ratio),
            "floor": number(limit.floor),
        },
        "scope": {
            "benchmark": scope.benchmark,
            "function": scope.function,
            "package": scope.package,
            "call_site": scope.call_site,
            "label": scope.label,
            "size_class": scope.size_class,
            "window_ns": scope.window_ns,
        },
        "text": dict(budget.text),
    }


def _measure(measure: Measurement | None) -> dict[str, Any] | None:
    if measure is None:
        return None
    return {
        "value": number(measure.value),
        "low": number(measure.low),
        "high": number(measure.high),
        "is_exact": measure.is_exact,
        "is_noise_known": measure.is_noise_known,
        "rule": measure.rule,
        "values": [number(value) for value in measure.values],
        "sites": [_site(site) for site in measure.sites[:NAMED_SITES]],
        "sources": list(measure.sources),
        "sha256": list(measure.digests),
        "conditions": dict(measure.conditions),
    }


def _site(site: Site) -> dict[str, Any]:
    return {
        "function": site.function,
        "file": site.file,
        "line": site.line,
        "value": number(site.value),
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "severity": note.severity.value,
        "slug": note.slug,
        "message": note.message,
        "count": note.count,
        "where": note.where,
        "advice": note.advice,
    }
