"""The measures of a check as JSON for github-action-benchmark: history as a chart.

That action has one direction a file: metrics of which less is better stand in one
(`customSmallerIsBetter`), the others in another (`customBiggerIsBetter`).
"""

from __future__ import annotations

import json
from typing import Any

from gotrace.tables.budget import Checked, Measurement, Verdict
from gotrace.views.budget.json_page import number
from gotrace.views.budget.words import (
    distinct_names,
    safe,
    shown,
    site_name,
    standing,
)

__all__ = ["bigger_is_better", "smaller_is_better"]

_LONGEST_NAME = 500
_LONGEST_EXTRA = 1_000


def smaller_is_better(checked: Checked) -> str:
    """A list of `name`, `unit`, `value`, `range`, `extra`; what was not measured is not in it."""
    return _list(checked, is_better_higher=False)


def bigger_is_better(checked: Checked) -> str:
    """The same of metrics where more is better."""
    return _list(checked, is_better_higher=True)


def _list(checked: Checked, *, is_better_higher: bool) -> str:
    entries = [
        _entry(name, verdict, verdict.measure)
        for name, verdict in distinct_names(checked, _LONGEST_NAME)
        if verdict.measure is not None
        and number(verdict.measure.value) is not None
        and verdict.budget.metric.is_better_higher is is_better_higher
    ]
    return json.dumps(entries, indent=2, allow_nan=False) + "\n"


def _entry(name: str, verdict: Verdict, measure: Measurement) -> dict[str, Any]:
    unit = verdict.budget.metric.unit
    limits = "; ".join(limit.text for limit in verdict.limits)
    sites = [f"{shown(site.value, unit)} {site_name(site)}" for site in measure.sites[:1]]
    lines = [f"{standing(verdict)}: {limits}", measure.rule, *sites]
    spread = number(max(measure.high - measure.value, measure.value - measure.low))
    return {
        "name": f"{name} ({safe(verdict.budget.metric.name, _LONGEST_NAME)})",
        "unit": safe(unit, _LONGEST_NAME),
        "value": number(measure.value),
        "range": f"± {spread}" if measure.is_noise_known and spread is not None else "± ?",
        "extra": "\n".join(safe(line, _LONGEST_EXTRA) for line in lines),
    }
