"""How the young die: of what was born so many bytes before a cycle looked, how much was alive.

A free tells only the cycle that found an object dead. But a cycle finds objects of all ages between
nothing and a whole period: how many of each age it keeps is the survival curve, without any guess
(in statistics: current status data).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Survival", "Values"]

_GROUPS = 512
_LEAST_FALL = 1e-4
_EDGE = 16
"""Such a part of the groups is the end of the curve."""
_LEAST_SHARE = 1e-5
"""Below it the curve says that all are dead, and nothing of how those die that are not."""

Values = npt.NDArray[np.float64]


class Survival:
    """Share of bytes alive at an age, which is in bytes allocated since."""

    def __init__(self, age: Values, born: Values, kept: Values) -> None:
        """One number a look: of so many bytes, at this age, so many were found alive."""
        order = np.argsort(age, kind="stable")
        weight = np.cumsum(born[order])
        total = float(weight[-1]) if len(weight) else 0.0
        self._age: Values = np.zeros(1)
        self._alive: Values = np.ones(1)
        if total <= 0:
            return
        group = np.minimum((weight / total * _GROUPS).astype(np.int64), _GROUPS - 1)
        sums = [
            np.bincount(group, values[order], minlength=_GROUPS)
            for values in (born, kept, age * born)
        ]
        filled = np.flatnonzero(sums[0] > 0)
        born_, kept_, aged = (values[filled] for values in sums)
        self._age = np.concatenate([[0.0], aged / born_])
        self._alive = np.concatenate([[1.0], _never_rising(kept_ / born_, born_)])

    def at(self, age: Values) -> Values:
        """The share that is alive at these ages; that of the oldest seen beyond them."""
        found: Values = np.interp(age, self._age, self._alive)
        return found

    @property
    def oldest(self) -> float:
        """The greatest age of which the curve tells well.

        Behind it are a few groups only, and a curve that never rises ends at the lowest of them.
        """
        return float(self._age[-1 - len(self._age) // _EDGE])

    def kept_on(self, seen: Values, more: float, hazard: float) -> Values:
        """Of those alive at age `seen`, the share that is alive when they are `more` older.

        The curve tells until the oldest that it has seen (or where all it had seen were dead);
        from there on a share of `hazard` dies with every byte allocated.
        """
        first = self.at(seen)
        told = (seen < self.oldest) & (first > _LEAST_SHARE)
        later = self.at(np.minimum(seen + more, self.oldest))
        by_curve = np.where(told, later / np.where(told, first, 1.0), 1.0)
        beyond = np.where(told, np.maximum(seen + more - self.oldest, 0), more)
        share: Values = by_curve * np.exp(-hazard * beyond)
        return share

    def still_alive(self, seen: Values, age: Values, dead: Values) -> Values:
        """Of those alive at age `seen` and dead at age `dead`, the share alive at `age` between.

        Where the curve does not tell the two ends apart, all moments between are as likely.
        """
        first, now, last = self.at(seen), self.at(age), self.at(dead)
        even = (dead - age) / np.maximum(dead - seen, 1.0)
        told = first - last > _LEAST_FALL
        by_curve = (now - last) / np.where(told, first - last, 1.0)
        share: Values = np.clip(np.where(told, by_curve, even), 0, 1)
        return share


def _never_rising(share: npt.NDArray[Any], weight: npt.NDArray[Any]) -> Values:
    """The nearest shares of which no later one is larger: nobody comes back.

    Neighbours that rise are pooled (pool adjacent violators: for such looks the most likely curve).
    """
    pools: list[tuple[float, float, int]] = []  # share, weight, how many
    for value, heavy in zip(share.tolist(), weight.tolist(), strict=True):
        pool = (value, heavy, 1)
        while pools and pools[-1][0] < pool[0]:
            before = pools.pop()
            both = before[1] + pool[1]
            mean = (before[0] * before[1] + pool[0] * pool[1]) / both
            pool = (mean, both, before[2] + pool[2])
        pools.append(pool)
    return np.repeat([value for value, _, _ in pools], [count for _, _, count in pools])
