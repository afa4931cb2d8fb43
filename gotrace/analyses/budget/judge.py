"""Within, over, or cannot tell: one budget against what was measured.

A limit is judged by the interval that noise explains: the measure is over only if its low end is
beyond the limit, within only if its high end is not; anything else cannot be told. Of a metric
where more is better the same holds upside down.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.analyses.budget.amounts import amount
from gotrace.analyses.budget.changes import changed_sites
from gotrace.analyses.budget.comparable import differing_conditions, said, told, voiding
from gotrace.tables.budget import Budget, JudgedLimit, Measurement, Outcome, Verdict

__all__ = ["beyond", "judge", "nothing_measured"]

_WORST_FIRST = (Outcome.OVER, Outcome.CANNOT_TELL, Outcome.WITHIN)
_NO_BASELINE = "there is no baseline to compare with: `gotrace budget bless` writes one"


@dataclass(frozen=True)
class _Interval:
    """Bad values are high: of a metric where more is better everything is negated."""

    low: float
    high: float


def judge(
    budget: Budget,
    measure: Measurement,
    baseline: Measurement | None,
    without: str = _NO_BASELINE,
) -> Verdict:
    """The verdict; `baseline` is null where none was blessed for this budget: `without` is why."""
    limits = []
    if budget.limit.value is not None:
        limits.append(_absolute(budget, measure))
    if budget.limit.change_ratio is not None:
        limits.append(_relative(budget, measure, baseline, without))
    outcome = next(o for o in _WORST_FIRST if any(limit.outcome is o for limit in limits))
    reasons = tuple(limit.reason for limit in limits if limit.outcome is outcome)
    return Verdict(
        budget,
        outcome,
        measure,
        baseline,
        tuple(limits),
        reasons + said(budget, measure, baseline),
        changed_sites(measure, baseline),
    )


def nothing_measured(budget: Budget, reason: str) -> Verdict:
    """The verdict where no recording says anything: fine only if the budget allows it."""
    if budget.is_allowed_empty:
        return Verdict(budget, Outcome.WITHIN, None, reasons=(f"{reason}; `allow_empty` is set",))
    return Verdict(budget, Outcome.CANNOT_TELL, None, reasons=(reason,))


def beyond(budget: Budget, baseline: Measurement | None) -> float | None:
    """A value that no noise of the limits explains: one past all of them is over.

    None where no limit can be told without a baseline that is not there.
    """
    limit, ends = budget.limit, []
    sign = -1.0 if budget.metric.is_better_higher else 1.0
    if limit.value is not None:
        ends.append(sign * limit.value)
    if limit.change_ratio is not None and baseline is not None:
        ends.append(_allowed(budget, _interval(budget, baseline).high))
    return sign * min(ends) if ends else None


def _interval(budget: Budget, measure: Measurement) -> _Interval:
    if budget.metric.is_better_higher:
        return _Interval(-measure.high, -measure.low)
    return _Interval(measure.low, measure.high)


def _compared(measured: _Interval, allowed: _Interval) -> Outcome:
    if measured.low > allowed.high:
        return Outcome.OVER
    if measured.high <= allowed.low:
        return Outcome.WITHIN
    return Outcome.CANNOT_TELL


def _absolute(budget: Budget, measure: Measurement) -> JudgedLimit:
    value = budget.limit.value
    assert value is not None
    sign = -1.0 if budget.metric.is_better_higher else 1.0
    outcome = _compared(_interval(budget, measure), _Interval(sign * value, sign * value))
    word = "at least" if budget.metric.is_better_higher else "at most"
    text = f"{word} {amount(value, budget.metric.unit)}"
    return JudgedLimit(text, value, outcome, _reason(budget, measure, outcome, text))


def _allowed(budget: Budget, end: float) -> float:
    """An end of the baseline's interval plus what is allowed on top."""
    ratio = budget.limit.change_ratio
    assert ratio is not None
    return end + max(abs(end) * ratio, budget.limit.floor)


def _relative(
    budget: Budget, measure: Measurement, baseline: Measurement | None, without: str
) -> JudgedLimit:
    """The baseline plus what is allowed on top: the percentage, or the floor if that is more."""
    text = _relative_text(budget)
    if baseline is None:
        return JudgedLimit(text, None, Outcome.CANNOT_TELL, without)
    sign = -1.0 if budget.metric.is_better_higher else 1.0
    allowed = sign * _allowed(budget, sign * baseline.value)
    void = voiding(budget, differing_conditions(measure, baseline))
    reason = f"not comparable with the baseline: {told(void)}" if void else ""
    if not reason and not measure.is_noise_known:
        reason = f"not comparable with the baseline before it is repeated: {measure.rule}"
    if not reason and not baseline.is_noise_known:
        reason = f"not comparable with this baseline, bless it with more repeats: {baseline.rule}"
    if reason:
        return JudgedLimit(text, allowed, Outcome.CANNOT_TELL, reason)
    before = _interval(budget, baseline)
    borders = _Interval(_allowed(budget, before.low), _allowed(budget, before.high))
    outcome = _compared(_interval(budget, measure), borders)
    return JudgedLimit(text, allowed, outcome, _reason(budget, measure, outcome, text))


def _relative_text(budget: Budget) -> str:
    limit, metric = budget.limit, budget.metric
    assert limit.change_ratio is not None
    where = "below" if metric.is_better_higher else "above"
    floor = f" (or {amount(limit.floor, metric.unit)})" if limit.floor else ""
    return f"at most {limit.change_ratio * 100:.4g}%{floor} {where} the baseline"


def _reason(budget: Budget, measure: Measurement, outcome: Outcome, limit: str) -> str:
    """The sentence for people: what was seen, and how that relates to the limit."""
    unit = budget.metric.unit
    seen = amount(measure.value, unit)
    if not measure.is_exact:
        seen += f" ({amount(measure.low, unit)} to {amount(measure.high, unit)})"
    if outcome is Outcome.CANNOT_TELL:
        return f"{seen}, {measure.rule}: too uncertain to be {limit}"
    word = "not " if outcome is Outcome.OVER else ""
    return f"{seen}, {measure.rule}: {word}{limit}"
