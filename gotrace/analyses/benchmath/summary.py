"""Repeats of one measurement as one value and how sure it is, as is assumed of their noise."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from gotrace.analyses.benchmath.median import median, median_ranks, values_needed
from gotrace.analyses.benchmath.students import mean_and_variance, mean_margin

__all__ = ["CONFIDENCE", "Assumption", "Summary", "summarise"]

CONFIDENCE = 0.95
"""benchstat's default."""


class Assumption(StrEnum):
    """What is taken for granted of repeated measurements in a unit (x/perf's `benchmath`).

    Benchmark logs say `Unit B/op assume=exact`; whatever else they say means nothing, as there.
    """

    NOTHING = "nothing"
    """Any distribution: median, interval by order statistics, U test."""
    EXACT = "exact"
    """No noise: every measurement gives the same."""
    NORMAL = "normal"
    """A normal distribution: mean, t interval, Welch's test. Only on request."""


@dataclass(frozen=True)
class Summary:
    """The value in the middle, and the interval that holds the true one with `confidence`.

    `low` and `high` are infinite where there are too few values to bound it. `doubts` say what
    weakens it, a sentence each.
    """

    center: float
    low: float
    high: float
    confidence: float
    count: int
    doubts: tuple[str, ...] = ()

    @property
    def is_bounded(self) -> bool:
        """Whether the interval is known."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def summarise(
    values: Iterable[float],
    assumption: Assumption = Assumption.NOTHING,
    confidence: float = CONFIDENCE,
) -> Summary:
    """Repeats of one measurement (at least one) as one value with its interval.

    NaN among them makes it NaN, without bounds. Raises ValueError for no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values to summarise")
    count = len(ordered)
    if any(map(math.isnan, ordered)):
        doubt = "a value is NaN, so there is no summary"
        return Summary(math.nan, -math.inf, math.inf, 1.0, count, (doubt,))
    if assumption is Assumption.EXACT:
        return _exact(ordered)
    if assumption is Assumption.NORMAL and all(map(math.isfinite, ordered)):
        mean, _ = mean_and_variance(ordered)
        margin = mean_margin(ordered, confidence)
        return Summary(mean, mean - margin, mean + margin, confidence, count)
    return _median(ordered, confidence)


def _median(ordered: list[float], confidence: float) -> Summary:
    count = len(ordered)
    ranks = median_ranks(count, confidence)
    low = ordered[ranks.low - 1] if ranks.low else -math.inf
    high = ordered[ranks.high - 1] if ranks.high <= count else math.inf
    doubts: tuple[str, ...] = ()
    if not ranks.low or ranks.high > count:
        needed = values_needed(confidence)
        fewest = f"takes {needed} or more" if needed else "takes more than 50"
        doubts = (f"an interval of {100 * confidence:g} % {fewest} results",)
    return Summary(median(ordered), low, high, ranks.confidence, count, doubts)


def _exact(ordered: list[float]) -> Summary:
    """The most frequent value, of several the least."""
    center, most = ordered[0], 0
    for value, group in groupby(ordered):
        if (count := sum(1 for _ in group)) > most:
            center, most = value, count
    low, high = ordered[0], ordered[-1]
    doubt = f"assumed exact, but values range from {low:g} to {high:g}"
    doubts = () if most == len(ordered) else (doubt,)
    return Summary(center, low, high, 1.0, len(ordered), doubts)
