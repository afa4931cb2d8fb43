"""The collector's work, shared out among sites in proportion to a weight, to the nanosecond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Charge", "apportioned", "charged"]

Numbers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Charge:
    """What each of N sites is charged, in whole nanoseconds, and its standard error."""

    time_ns: Numbers
    errors: Reals


def apportioned(amount: int, weights: npt.NDArray[np.int64]) -> Numbers:
    """`amount` in whole parts in proportion to `weights` (none negative); they add up to it.

    Each part is cut to a whole number, and what is left goes to the largest fractions, one each;
    of equal fractions the first. Nothing where all weights are zero.
    """
    total = int(weights.sum())
    parts = np.zeros(len(weights), np.int64)
    if not total or not amount:
        return parts
    # Python's integers: bytes times nanoseconds overflow 64 bits.
    products = [amount * weight for weight in weights.tolist()]
    parts[:] = [product // total for product in products]
    left = amount - int(parts.sum())
    fractions = sorted(range(len(products)), key=lambda row: (-(products[row] % total), row))
    parts[fractions[:left]] += 1
    return parts


def charged(amount: int, amount_error: float, weights: Numbers, weight_errors: Reals) -> Charge:
    """The amount shared out, with the errors of both the amount and the shares.

    `weight_errors` are those of the weights; a share's error is taken as if the other weights
    were exact, which for the shares of one whole is the usual approximation.
    """
    weights = np.maximum(weights, 0)
    parts = apportioned(amount, weights)
    total = float(weights.sum())
    if not total:
        return Charge(parts, np.zeros(len(parts)))
    share = weights / total
    errors = np.hypot(share * amount_error, amount * (1 - share) * weight_errors / total)
    return Charge(parts, errors)
