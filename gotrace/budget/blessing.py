"""`bless`: what is measured now becomes the baseline."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from gotrace.analyses.budget.empty import why_nothing
from gotrace.analyses.budget.verdicts import entries_of, measured
from gotrace.budget.checking import Question, ask
from gotrace.errors import InputError
from gotrace.pipeline import Peeked
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.tables.budget import Measurement
from gotrace.tables.budget_baseline import Blessed, baseline_key, read_baseline, write_baseline

__all__ = ["bless"]


def bless(
    files: Sequence[str | Path | Peeked],
    budgets: str | Path = "gotrace.toml",
    baseline: str | Path | None = None,
    *,
    only: Collection[str] = (),
    conditions: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT,
) -> tuple[Blessed, ...]:
    """Write what is measured as the baseline; one file for each platform in the recordings.

    A file is written anew, but with `only` the other budgets keep their entries. Nothing is
    written unless every budget could be measured (or is allowed to be empty). Raises what `check`
    raises, InputError for a budget that nothing was measured for, and UsageError where the folder
    cannot be written.
    """
    question = ask(files, budgets, baseline, only, conditions, limits)
    by_key = _by_platform(question)
    blessed = []
    for key, measures in by_key.items():
        before = read_baseline(question.baseline, key)
        now = {**_kept(question, before), **measures} if only else measures
        path = write_baseline(question.baseline, key, now)
        blessed.append(Blessed(path, before, now, _doubts(measures)))
    return tuple(blessed)


def _by_platform(question: Question) -> dict[str, dict[str, Measurement]]:
    found: dict[str, dict[str, Measurement]] = {}
    evidence = question.taken.evidence
    for budget in question.budgets:
        one = measured(budget, evidence)
        if one.unusable:
            raise InputError(f"{budget.place}: {one.unusable[0]}")
        if not one.measures and not budget.is_allowed_empty:
            raise InputError(why_nothing(evidence, budget))
        for name, measure in one.measures.items():
            found.setdefault(baseline_key(measure.conditions), {})[name] = measure
    return found


def _kept(question: Question, before: Mapping[str, Measurement]) -> dict[str, Measurement]:
    """The entries of budgets that were not asked for."""
    asked = {name for budget in question.budgets for name in entries_of(budget, before)}
    return {name: measure for name, measure in before.items() if name not in asked}


def _doubts(measures: Mapping[str, Measurement]) -> tuple[str, ...]:
    return tuple(
        f"`{name}` cannot be compared with later: {measure.rule}"
        for name, measure in measures.items()
        if not measure.is_noise_known
    )
