"""Means of normally distributed values: Student's interval, and Welch's test of two of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["mean_and_variance", "mean_margin", "t_quantile", "t_tails", "welch_test"]

_MOST_TERMS = 10_000
_CLOSE = 1e-15
_TINY = 1e-300


def mean_and_variance(values: Sequence[float]) -> tuple[float, float]:
    """Mean and sample variance (Welford's sums); the variance of one value is 0."""
    mean = squares = 0.0
    for count, value in enumerate(values, 1):
        delta = value - mean
        mean += delta / count
        squares += delta * (value - mean)
    return mean, squares / (len(values) - 1) if len(values) > 1 else 0.0


def mean_margin(values: Sequence[float], confidence: float) -> float:
    """How far from the mean the true one may lie at `confidence`: infinite for one value."""
    if confidence <= 0:
        return 0.0
    if confidence >= 1 or len(values) < 2:
        return math.inf
    _, variance = mean_and_variance(values)
    quantile = t_quantile((1 - confidence) / 2, len(values) - 1)
    return quantile * math.sqrt(variance / len(values))


def welch_test(first: Sequence[float], second: Sequence[float]) -> float | None:
    """p of the two-sided test that the means are equal, variances as they may be.

    None where nothing can be said: a sample of one, or no variance at all.
    """
    if len(first) < 2 or len(second) < 2:
        return None
    (mean, variance), (other, others) = mean_and_variance(first), mean_and_variance(second)
    part, rest = variance / len(first), others / len(second)
    if not part + rest > 0:
        return None
    freedom = (part + rest) ** 2 / (part**2 / (len(first) - 1) + rest**2 / (len(second) - 1))
    return t_tails((mean - other) / math.sqrt(part + rest), freedom)


def t_tails(t: float, freedom: float) -> float:
    """How likely Student's t with `freedom` degrees is as far from 0 as `t`, on either side."""
    if math.isinf(t):
        return 0.0
    return _beta_share(freedom / (freedom + t * t), freedom / 2, 0.5)


def t_quantile(tail: float, freedom: float) -> float:
    """The t above which Student's t lies with probability `tail` (0 to 0.5, both excluded)."""
    low, high = 0.0, 1.0
    while t_tails(high, freedom) > 2 * tail:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        if t_tails(middle, freedom) > 2 * tail:
            low = middle
        else:
            high = middle
    return high


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), 0 <= x <= 1."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's way."""
    value, above, below = 1.0, 1.0, 0.0
    for term in range(1, _MOST_TERMS):
        half = term // 2
        part = -(a + half) * (a + b + half) if term % 2 else half * (b - half)
        factor = part * x / ((a + term - 1) * (a + term))
        below = 1 / (1 + factor * below or _TINY)
        above = 1 + factor / above or _TINY
        value *= above * below
        if abs(above * below - 1) < _CLOSE:
            break
    return 1 / value
