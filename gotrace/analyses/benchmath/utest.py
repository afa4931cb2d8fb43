"""Do two samples come from the same population? The U test of Mann and Whitney (1947).

U counts the pairs of which the value of the first sample is the greater one, ties half. If there is
no difference, every way of choosing which of all values belong to the first sample is equally
likely: counting those with such a small U gives p exactly, ties or not. Without ties the count
hangs on the sizes alone and is kept; with ties every test is a count of its own, and `Effort` is
what a report may spend on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, groupby
from math import comb, copysign, erfc, sqrt

__all__ = ["FEWEST_FOR_ALPHA", "Effort", "u_test", "values_to_differ"]

_MOST_EXACT, _MOST_EXACT_WITH_TIES = 50, 25
"""Larger samples get benchstat's approximation, so that p is the same."""

FEWEST_FOR_ALPHA = 10
"""Up to so many values a side it is known which p they can reach."""


@dataclass
class Effort:
    """What is left for exact tests of samples with ties; a pair of values takes about 3 µs."""

    pairs_left: int = 10_000_000
    refused_count: int = 0

    def spend(self, pairs: int) -> bool:
        """Whether there was so much left; what is refused counts, and nothing is taken for it."""
        if pairs > self.pairs_left:
            self.refused_count += 1
            return False
        self.pairs_left -= pairs
        return True


def u_test(
    first: Sequence[float], second: Sequence[float], effort: Effort | None = None
) -> float | None:
    """p of the two-sided test; None if all values are equal, which tells nothing.

    Both samples need at least one value, and no NaN. Exact up to 50 values a side (25 where some
    are equal, and as long as `effort` lasts), else by the normal distribution with corrections for
    ties and continuity. p is twice the smaller tail. benchstat mirrors the one tail to get the
    other, which is the same for samples of one size or without ties; for others it can print p
    above 1.
    """
    sizes, doubled = _tied(first, second)
    if len(sizes) == 1:
        return None
    pairs = len(first) * len(second)
    largest = max(len(first), len(second))
    has_ties = max(sizes) > 1
    if largest > (_MOST_EXACT_WITH_TIES if has_ties else _MOST_EXACT):
        return _approximate(len(first), len(second), sizes, doubled / 2)
    # Twice U of the second sample is the rest of all pairs.
    sides = [(len(first), len(second), doubled), (len(second), len(first), 2 * pairs - doubled)]
    if not has_ties or len(first) == len(second):  # then both tails are alike
        sides = [min(sides, key=lambda side: side[2])]
    if not has_ties:
        one, other, most = sides[0]
        tail = _untied_ways(min(one, other), max(one, other))[most // 2]
    elif effort is None or effort.spend(pairs):
        tail = min(_ways(one, other, sizes, most) for one, other, most in sides)
    else:
        return _approximate(len(first), len(second), sizes, doubled / 2)
    return min(2 * tail / comb(len(first) + len(second), len(first)), 1.0)


def values_to_differ(alpha: float) -> int | None:
    """With how few values a side p can be `alpha` or less; None if ten are too few."""
    for count in range(1, FEWEST_FOR_ALPHA):
        if min(2 / comb(2 * count, count), 1.0) <= alpha:
            return count
    return None


def _tied(first: Sequence[float], second: Sequence[float]) -> tuple[tuple[int, ...], int]:
    """How many values are equal, from the least value on, and twice U of the first sample."""
    merged = sorted([(value, 1) for value in first] + [(value, 0) for value in second])
    sizes = []
    doubled = others = 0
    for _, group in groupby(merged, key=lambda item: item[0]):
        sides = [side for _, side in group]
        ours = sum(sides)
        theirs = len(sides) - ours
        doubled += ours * (2 * others + theirs)
        others += theirs
        sizes.append(len(sides))
    return tuple(sizes), doubled


@lru_cache(maxsize=_MOST_EXACT * _MOST_EXACT)
def _untied_ways(first: int, second: int) -> tuple[int, ...]:
    """For every U in how many ways it is at most that, where no values are equal.

    The ways to have U itself are the coefficients of the Gaussian binomial, the product over i of
    (1 - q^(second + i)) / (1 - q^i).
    """
    ways = [1] + [0] * (first * second)
    for i in range(1, first + 1):
        for u in range(len(ways) - 1, second + i - 1, -1):
            ways[u] -= ways[u - second - i]
        for u in range(i, len(ways)):
            ways[u] += ways[u - i]
    return tuple(accumulate(ways))


@lru_cache(maxsize=4096)
def _ways(first: int, second: int, sizes: tuple[int, ...], most: int) -> int:
    """In how many ways the first sample can be chosen with twice U at most `most`.

    Group by group from the least value on: `ways[k]` counts, for every twice-U so far, the ways in
    which k of the values seen are the first sample's. It is one whole number with a field of
    `width` bits for each twice-U, so that adding and shifting it does all fields at once.
    """
    width = comb(first + second, first).bit_length() + 1
    kept = (1 << (most + 1) * width) - 1
    ways = {0: 1}
    seen = 0
    for size in sizes:
        following: dict[int, int] = {}
        for ours, count in ways.items():
            others = seen - ours
            for taken in range(max(0, others + size - second), min(size, first - ours) + 1):
                gain = taken * (2 * others + size - taken)
                if gain <= most:
                    shifted = count << gain * width
                    have = following.get(ours + taken, 0)
                    following[ours + taken] = have + comb(size, taken) * shifted & kept
        ways = following
        seen += size
    # The sum of digits to a base is the number modulo the base less one.
    return ways.get(first, 0) % ((1 << width) - 1)


def _approximate(first: int, second: int, sizes: tuple[int, ...], u: float) -> float:
    count = first + second
    ties = sum(size**3 - size for size in sizes)
    deviation = sqrt(first * second * ((count + 1) - ties / (count * (count - 1))) / 12)
    distance = u - first * second / 2
    if distance:
        distance -= copysign(0.5, distance)
    return erfc(abs(distance / deviation) / sqrt(2))
