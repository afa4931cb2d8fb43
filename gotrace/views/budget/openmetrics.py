"""A check as OpenMetrics text, for Prometheus' textfile collector or a push gateway.

Values are in base units, one family for each: bytes, seconds, ratios, and without a unit what is
counted (the label `unit` names it). Families end in their unit, as the standard has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from gotrace.tables.budget import Checked, Outcome, Verdict
from gotrace.views.budget.words import distinct_names, safe
from gotrace.views.go_numbers import format_float

__all__ = ["openmetrics"]

_LONGEST_NAME = 200
_KINDS = {
    "bytes": ("bytes", 1.0),
    "B/op": ("bytes", 1.0),
    "ns": ("seconds", 1e-9),
    "ns/op": ("seconds", 1e-9),
    "ratio": ("ratio", 1.0),
}
"""Unit of a metric → (base unit, factor); others have none."""

_Value = Callable[[Verdict], float | None]


def openmetrics(checked: Checked) -> str:
    """The exposition, ending in `# EOF`. There are no timestamps: it is about now."""
    named = list(distinct_names(checked, _LONGEST_NAME))
    lines: list[str] = []
    for name, text, value in _FAMILIES:
        lines += _family(f"gotrace_budget_{name}", text, named, value)
    lines += _outcomes(named)
    lines += ["# TYPE gotrace_budget_failing gauge"]
    lines += ["# HELP gotrace_budget_failing Whether the budget fails the build."]
    lines += [
        f"gotrace_budget_failing{{{_labels(name, verdict)}}} {int(verdict.is_failure)}"
        for name, verdict in named
    ]
    return "\n".join([*lines, "# EOF", ""])


def _measured(verdict: Verdict) -> float | None:
    return verdict.measure.value if verdict.measure else None


def _low(verdict: Verdict) -> float | None:
    return verdict.measure.low if verdict.measure else None


def _high(verdict: Verdict) -> float | None:
    return verdict.measure.high if verdict.measure else None


def _baseline(verdict: Verdict) -> float | None:
    return verdict.baseline.value if verdict.baseline else None


def _limit(verdict: Verdict) -> float | None:
    """The strictest of its limits."""
    known = [limit.allowed for limit in verdict.limits if limit.allowed is not None]
    strictest = max if verdict.budget.metric.is_better_higher else min
    return strictest(known) if known else None


_FAMILIES: tuple[tuple[str, str, _Value], ...] = (
    ("measured", "What was measured.", _measured),
    ("low", "The least that noise explains.", _low),
    ("high", "The most that noise explains.", _high),
    ("limit", "What is allowed: the strictest limit.", _limit),
    ("baseline", "What was blessed.", _baseline),
)


def _family(
    name: str, text: str, named: list[tuple[str, Verdict]], value_of: _Value
) -> Iterator[str]:
    """One family a base unit; its lines stand together, as the standard wants."""
    by_unit: dict[str, list[str]] = {}
    for budget, verdict in named:
        unit, factor = _KINDS.get(verdict.budget.metric.unit, ("", 1.0))
        value = value_of(verdict)
        if value is None:
            continue
        labels = _labels(budget, verdict)
        if not unit:
            labels += f",{_label('unit', verdict.budget.metric.unit)}"
        whole = f"{name}_{unit}" if unit else name
        by_unit.setdefault(unit, []).append(f"{whole}{{{labels}}} {_number(value * factor)}")
    for unit in sorted(by_unit):
        whole = f"{name}_{unit}" if unit else name
        yield f"# TYPE {whole} gauge"
        if unit:
            yield f"# UNIT {whole} {unit}"
        yield f"# HELP {whole} {text}"
        yield from by_unit[unit]


def _outcomes(named: list[tuple[str, Verdict]]) -> Iterator[str]:
    family = "gotrace_budget_outcome"
    yield f"# TYPE {family} stateset"
    yield f"# HELP {family} The verdict."
    for name, verdict in named:
        for outcome in Outcome:
            state = _label(family, outcome.value.replace(" ", "_"))
            is_it = int(verdict.outcome is outcome)
            yield f"{family}{{{_labels(name, verdict)},{state}}} {is_it}"


def _labels(name: str, verdict: Verdict) -> str:
    budget = verdict.budget
    return ",".join(
        (
            _label("budget", name),
            _label("metric", budget.metric.name),
            _label("mode", budget.mode.value),
        )
    )


def _label(name: str, value: str) -> str:
    # No control character is left by `safe`, so no line can end here.
    value = safe(value, 2 * _LONGEST_NAME).replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{value}"'


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value) if math.isfinite(value) else format_float(value)
