"""Whether a budget can fail at all: judged against copies of its own evidence, made worse."""

from __future__ import annotations

from collections.abc import Callable

from gotrace.analyses.budget.amounts import amount
from gotrace.analyses.budget.doctored import emptied, worsened
from gotrace.analyses.budget.evidence import Evidence
from gotrace.analyses.budget.judge import beyond
from gotrace.analyses.budget.verdicts import Before, measured, verdicts
from gotrace.tables.budget import Budget, Outcome, Proof, Verdict

__all__ = ["prove"]

_FAR = 8.0
_TRIES = 12
_LARGEST = 2.0**50


def prove(budget: Budget, evidence: Evidence, known: Before) -> Proof:
    """Try values past the limit, further and further, and nothing at all."""
    now = _judged(budget, evidence, known)
    unmeasured = next((verdict for verdict in now if verdict.measure is None), None)
    if unmeasured is not None:
        return Proof(budget, False, f"nothing to try it with: {unmeasured.reasons[0]}")
    untold = [verdict for verdict in now if beyond(budget, verdict.baseline) is None]
    if untold:
        return Proof(budget, False, f"no limit to try: {untold[0].reasons[0]}")
    over = _over(budget, evidence, known, now)
    if not over:
        return Proof(budget, False, "values far past the limit pass")
    if not all(verdict.is_failure for verdict in _judged(budget, emptied(evidence), known)):
        reason = "passes with empty recordings"
        if budget.is_allowed_empty:
            return Proof(budget, True, f"{over}; {reason}, as `allow_empty` says")
        return Proof(budget, False, f"{over}, but {reason}")
    return Proof(budget, True, f"{over}; fails with empty recordings")


def _judged(budget: Budget, evidence: Evidence, known: Before) -> tuple[Verdict, ...]:
    return verdicts([measured(budget, evidence)], evidence, known)


def _over(budget: Budget, evidence: Evidence, known: Before, now: tuple[Verdict, ...]) -> str:
    """Which worse copy fails in every verdict; empty if none does."""
    ends = [end for end in (beyond(budget, verdict.baseline) for verdict in now) if end is not None]
    least = min(verdict.measure.value for verdict in now if verdict.measure)
    unit = budget.metric.unit
    failing = ""
    for number in range(_TRIES):
        change, value = _change(budget, ends, least, _FAR**number)
        tried = _judged(budget, worsened(evidence, change), known)
        unclear = next((v for v in tried if v.outcome is not Outcome.OVER), None)
        if tried and unclear is None:
            return f"fails with {amount(value, unit)}"
        if unclear is not None and not failing and all(verdict.is_failure for verdict in tried):
            doubt = unclear.reasons[0]
            failing = f"fails with {amount(value, unit)}, as it cannot tell: {doubt}"
        if value > _LARGEST:
            break
    return failing


def _change(
    budget: Budget, ends: list[float], least: float, factor: float
) -> tuple[Callable[[float], float], float]:
    """What takes every value past all limits by so much, and what it is then at least (or most).

    Values are multiplied, as a program does that does everything more often; zeros cannot be.
    """
    if budget.metric.is_better_higher:
        target = min(min(ends), 1.0) / (2.0 * factor)
        return lambda value: min(value, target), target
    target = max(max(ends), 1.0) * 1.25 * factor
    if least <= 0:
        return lambda value: value + target, target
    ratio = max(target / least, 1.0)
    return lambda value: value * ratio, target
