"""Verdicts of all budgets: each one for every benchmark or program that its scope matches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from gotrace.analyses.budget.comparable import is_same_subject
from gotrace.analyses.budget.empty import why_nothing
from gotrace.analyses.budget.evidence import Evidence, measures
from gotrace.analyses.budget.judge import judge, nothing_measured
from gotrace.analyses.regexp import compile_go
from gotrace.errors import UsageError
from gotrace.tables.budget import Budget, Measurement, Scope, Verdict
from gotrace.tables.budget_metrics import Source

__all__ = ["Before", "Measured", "check_patterns", "entries_of", "measured", "verdicts"]

_PATTERNS = ("benchmark", "package", "function", "call_site")


@dataclass(frozen=True)
class Before:
    """A baseline: what was blessed, by budget name; `missing` says why it is not all there."""

    entries: Mapping[str, Measurement]
    missing: str = ""


@dataclass(frozen=True)
class Measured:
    """What was found for one budget: measures by the name of their verdict.

    `unusable` says why something in the scope could not be measured.
    """

    budget: Budget
    measures: Mapping[str, Measurement]
    unusable: Sequence[str] = ()


def verdicts(found: Iterable[Measured], evidence: Evidence, before: Before) -> tuple[Verdict, ...]:
    """In the order of the file."""
    return tuple(chain.from_iterable(_verdicts_of(one, evidence, before) for one in found))


def check_patterns(budgets: Iterable[Budget]) -> None:
    """Raises UsageError, with its line, for a budget with a pattern that is none in Go."""
    for budget in budgets:
        for name in _PATTERNS:
            pattern = getattr(budget.scope, name)
            try:
                if pattern:
                    compile_go(pattern, name)
            except UsageError as error:
                raise UsageError(f"{budget.place}: {error}") from error


def measured(budget: Budget, evidence: Evidence) -> Measured:
    """Measure a budget, whose patterns were checked."""
    found = measures(evidence, budget.metric, budget.scope)
    is_alone = len(found.measures) == 1
    names = {
        label: budget.name if is_alone or not label else f"{budget.name} ({label})"
        for label in found.measures
    }
    by_name = {names[label]: measure for label, measure in found.measures.items()}
    return Measured(budget, by_name, (*found.unusable, *_empty_ones(budget, by_name, evidence)))


def _empty_ones(
    budget: Budget, found: Mapping[str, Measurement], evidence: Evidence
) -> Iterator[str]:
    """Profiles beside those that were measured which have nothing in them, whatever the scope."""
    is_about_all = budget.metric.source is Source.HEAP and budget.scope == Scope()
    if found and is_about_all and not budget.is_allowed_empty:
        for recording in evidence.heaps:
            if not recording.sample_count:
                yield f"{' + '.join(recording.origin.paths)}: the profile is empty"


def entries_of(budget: Budget, entries: Mapping[str, Measurement]) -> dict[str, Measurement]:
    """The part of a baseline that was blessed for the budget."""
    return {
        name: measure
        for name, measure in entries.items()
        if name == budget.name or name.startswith(f"{budget.name} (")
    }


def _verdicts_of(one: Measured, evidence: Evidence, before: Before) -> list[Verdict]:
    budget, found, unusable = one.budget, one.measures, one.unusable
    own = entries_of(budget, before.entries)
    # What is there and cannot be measured is not what `allow_empty` allows.
    strictly = replace(budget, is_allowed_empty=False)
    result = [nothing_measured(strictly, reason) for reason in unusable]
    if not found and not unusable:
        result.append(nothing_measured(budget, why_nothing(evidence, budget)))
        return result
    taken = set()
    for name, measure in found.items():
        known = _baseline_of(name, measure, own)
        taken.add(known)
        result.append(
            judge(
                replace(budget, name=name),
                measure,
                own[known] if known else None,
                **_why_without(budget, own, before),
            )
        )
    return result + [_vanished(budget, name, own[name]) for name in own if name not in taken]


def _baseline_of(name: str, measure: Measurement, own: Mapping[str, Measurement]) -> str | None:
    """The entry of the same benchmark or program, whatever it was called then."""
    same = [known for known, entry in own.items() if is_same_subject(measure, entry)]
    if name in same:
        return name
    return same[0] if len(same) == 1 else None


def _why_without(budget: Budget, own: Mapping[str, Measurement], before: Before) -> dict[str, str]:
    if before.missing:
        return {"without": before.missing}
    if own:
        names = [entry.conditions.get("benchmark", name) for name, entry in own.items()]
        there = ", ".join(f"`{name}`" for name in names)
        return {"without": f"the baseline has other ones: {there[:300]}; was it renamed?"}
    if before.entries:
        return {"without": f"the baseline has no budget `{budget.name}`: bless it"}
    return {}


def _vanished(budget: Budget, name: str, entry: Measurement) -> Verdict:
    """The verdict for what the baseline has and nobody measured now."""
    what = entry.conditions.get("benchmark") or entry.conditions.get("program") or name
    place = f"{budget.place}: " if budget.place.file else ""
    reason = f"{place}`{what}` of the baseline was not measured: renamed or removed?"
    return replace(nothing_measured(replace(budget, name=name), reason), baseline=entry)
