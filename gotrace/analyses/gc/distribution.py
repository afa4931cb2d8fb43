"""The distribution of mutator utilisation over all windows of a length, and its quantiles.

Between two bends the mean share moves evenly from one value to the next, so that stretch adds its
time evenly between these values. Equal to `MMUCurve.MUD` of `internal/trace/gc.go`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gotrace.analyses.gc.minimum import bends, minimum_utilisation
from gotrace.analyses.gc.steps import Floats, Steps

__all__ = ["quantiles"]

_HALVINGS = 60
_NOTHING = 1e-12
"""What halving cannot tell from 0."""


def quantiles(series: Sequence[Steps], window_ns: int, ratios: Sequence[float]) -> list[float]:
    """For each ratio q: what the mean share is at most in q of all windows of that length.

    Where a window is as long as the whole there is only one, whose share it is.
    """
    lows, highs, weights = [], [], []
    for steps in series:
        if 0 < window_ns < steps.duration_ns:
            starts, values = bends(steps, window_ns)
            lows.append(np.minimum(values[:-1], values[1:]))
            highs.append(np.maximum(values[:-1], values[1:]))
            weights.append(np.diff(starts))
    if not lows:
        return [minimum_utilisation(series, window_ns)] * len(ratios)
    mass = _Mass(*(np.concatenate(parts) for parts in (lows, highs, weights)))
    found = [mass.quantile(ratio) for ratio in ratios]
    return [0.0 if value < _NOTHING else value for value in found]


class _Mass:
    """Stretches of weight, each spread evenly from its low to its high value."""

    def __init__(self, low: Floats, high: Floats, weight: Floats) -> None:
        self._low, self._high, self._weight = low, high, weight
        order = np.argsort(low)
        self._lows, self._begun = low[order], np.cumsum(weight[order])
        order = np.argsort(high)
        self._highs, self._ended = high[order], np.cumsum(weight[order])

    def quantile(self, ratio: float) -> float:
        """The least value up to which there is that part of the weight."""
        last = len(self._lows) - 1
        mass = ratio * float(self._ended[-1])
        # No less than where stretches of so much weight have begun; no more than where they ended.
        below = float(self._lows[min(int(np.searchsorted(self._begun, mass)), last)])
        above = float(self._highs[min(int(np.searchsorted(self._ended, mass)), last)])
        over = int(np.searchsorted(self._highs, below, side="right"))
        sure = float(self._ended[over - 1]) if over else 0.0
        between = (self._high > below) & (self._low < above)
        part = self._low[between], self._high[between], self._weight[between]
        if sure + _weight_until(*part, below) >= mass:
            return below
        return _halved(part, sure, below, above, mass)


def _halved(
    part: tuple[Floats, Floats, Floats], sure: float, below: float, above: float, mass: float
) -> float:
    """The least value with so much weight up to it; `sure` lies below all of `part`."""
    low, high, weight = part
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        if not below < middle < above:
            break
        if sure + _weight_until(low, high, weight, middle) >= mass:
            above = middle
            kept = low <= above
        else:
            below = middle
            is_over = high <= below
            sure += float(weight[is_over].sum())
            kept = ~is_over
        low, high, weight = low[kept], high[kept], weight[kept]
    return above


def _weight_until(low: Floats, high: Floats, weight: Floats, value: float) -> float:
    spread = high - low
    part = np.where(high <= value, 1.0, 0.0)
    inside = (low < value) & (high > value)
    part[inside] = (value - low[inside]) / spread[inside]
    return float((part * weight).sum())
