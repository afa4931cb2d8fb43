"""Where the true median lies, whatever the distribution: between two of the sorted values.

Of n values k lie below the true median with the odds of k heads in n throws of a coin. So the odds
of two values to have it between them are a sum of binomial coefficients over 2**n.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, comb, floor, modf, sqrt
from statistics import NormalDist

__all__ = ["MedianRanks", "median", "median_ranks", "values_needed"]

_MOST_EXACT = 30
"""More values than this get benchstat's approximation, so that intervals are the same."""
_MOST_TRIED = 50


@dataclass(frozen=True)
class MedianRanks:
    """The ranks (from 1) of the values that bound the median, and with what confidence they do.

    `low` 0 and `high` n + 1 stand for no bound.
    """

    low: int
    high: int
    confidence: float


def median(ordered: list[float]) -> float:
    """The median of sorted values; NaN of none.

    The rounding is that of benchstat's quantile (Hyndman and Fan's R8, of which the median is
    everybody's), so that what is printed is the same to the last digit.
    """
    if not ordered:
        return float("nan")
    part, whole = modf(1 / 3 + 0.5 * (len(ordered) + 1 / 3))
    at = int(whole)
    if at >= len(ordered) or ordered[at - 1] == ordered[at]:
        return ordered[at - 1]
    return ordered[at - 1] + part * (ordered[at] - ordered[at - 1])


@lru_cache(maxsize=4096)
def median_ranks(count: int, confidence: float) -> MedianRanks:
    """Which of `count` sorted values hold the median with at least `confidence` (0 to 1).

    The narrowest such interval around the middle; of two alike, the lower one.
    """
    if confidence >= 1:
        return MedianRanks(0, count + 1, 1.0)
    if count > _MOST_EXACT:
        return _approximate(count, confidence)
    low = ceil((count + 1) / 2) - 1
    high = low + 1
    odds, all_odds = comb(count, low), 2**count
    while odds < confidence * all_odds and (low > 0 or high <= count):
        below = comb(count, low - 1) if low else 0
        above = comb(count, high)
        if below >= above:
            odds, low = odds + below, low - 1
        else:
            odds, high = odds + above, high + 1
    return MedianRanks(low, high, odds / all_odds)


def _approximate(count: int, confidence: float) -> MedianRanks:
    """By the normal distribution with continuity correction, never below `confidence`."""
    throws = NormalDist(count / 2, sqrt(count / 4))
    lowest = throws.inv_cdf((1 - max(confidence, 0)) / 2)
    low = floor(lowest - 0.5) + 1
    high = ceil(count - lowest - 0.5) + 1

    def odds(low: int, high: int) -> float:
        return throws.cdf(high - 0.5) - throws.cdf(low - 0.5)

    if confidence <= odds(low, high - 1) < odds(low, high):
        high -= 1
    covered = 1.0 if low <= 0 and high > count else odds(low, high)
    return MedianRanks(max(low, 0), min(high, count + 1), covered)


def values_needed(confidence: float) -> int | None:
    """How few values bound the median on both sides; None if 50 do not."""
    for count in range(2, _MOST_TRIED + 1):
        ranks = median_ranks(count, confidence)
        if ranks.low > 0 and ranks.high <= count:
            return count
    return None
