"""A budget in words, and what blessing changed, for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gotrace.errors import UsageError
from gotrace.readers.budget_file import read_budget_file
from gotrace.tables.budget import Budget, Measurement, Mode
from gotrace.tables.budget_baseline import Blessed
from gotrace.tables.budget_metrics import Combine
from gotrace.views.budget.words import observed, scope_words, shown, shown_change
from gotrace.views.safety import safe_text

__all__ = ["blessed_words", "budget_words"]


def budget_words(path: str | Path, name: str) -> str:
    """What the budget `name` of the file says. Raises UsageError where there is none."""
    budgets = read_budget_file(str(path)).budgets
    for budget in budgets:
        if budget.name == name:
            return "\n".join(safe_text(line) for line in _lines(budget))
    there = ", ".join(f"`{budget.name}`" for budget in budgets)
    raise UsageError(f"{path}: no budget `{name}`; there are {there}")


def blessed_words(path: str | Path, blessed: Blessed) -> list[str]:
    """The file that was written, and a line for every entry that changed."""
    units = {budget.name: budget.metric.unit for budget in read_budget_file(str(path)).budgets}
    lines = [f"{blessed.path}: {len(blessed.now)} entries, {len(blessed.changed)} changed"]
    for name in blessed.changed:
        unit = units.get(name) or units.get(name.partition(" (")[0], "count")
        words = _changed(blessed.before.get(name), blessed.now.get(name), unit)
        lines.append(f"  {name}: {words}")
    return [safe_text(line) for line in lines]


def _changed(before: Measurement | None, now: Measurement | None, unit: str) -> str:
    if now is None:
        return "removed"
    if before is None:
        return f"new, {observed(now, unit)}"
    change = shown_change(now.value, before.value, unit)
    return f"{shown(before.value, unit)} -> {shown(now.value, unit)}, {change}"


def _lines(budget: Budget) -> Iterator[str]:
    metric = budget.metric
    where = f" ({budget.place})" if budget.place.file else ""
    yield f"Budget `{budget.name}`{where}"
    yield f"  metric:      {metric.name}: {metric.doc} Told by: {metric.source}."
    scope = scope_words(budget)
    yield f"  scope:       {scope or 'everything'}"
    for key, text in budget.text.items():
        yield f"  {key + ':':<12} {text}"
    how = "the least of them" if metric.combine is Combine.MINIMUM else "their median"
    yield f"  repeats:     {how} counts"
    gate = "an overrun fails the build"
    yield f"  mode:        {gate if budget.mode is Mode.GATE else 'an overrun is only said'}"
    unclear = "passes" if budget.passes_if_unclear else "fails"
    yield f"  cannot tell: {unclear}; nothing measured {_empty(budget)}"


def _empty(budget: Budget) -> str:
    return "is allowed" if budget.is_allowed_empty else "always fails"
