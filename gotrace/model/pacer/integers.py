"""Go's numbers: 64 bits that wrap, and what a float64 becomes as an integer on amd64."""

from __future__ import annotations

import math

__all__ = ["MAX_INT64", "MAX_UINT64", "divided", "int64", "int64_of", "uint64", "uint64_of"]

MAX_UINT64 = (1 << 64) - 1
MAX_INT64 = (1 << 63) - 1


def uint64(number: int) -> int:
    """`number` as 64 bits without a sign hold it."""
    return number & MAX_UINT64


def int64(number: int) -> int:
    """`number` as 64 bits with a sign hold it."""
    return ((number + (1 << 63)) & MAX_UINT64) - (1 << 63)


def int64_of(number: float) -> int:
    """`int64(number)`: towards zero; what does not fit is the smallest number (CVTTSD2SQ)."""
    if math.isfinite(number) and -(2.0**63) <= number < 2.0**63:
        return int(number)
    return -(1 << 63)


def uint64_of(number: float) -> int:
    """`uint64(number)`: towards zero; negative numbers wrap, what does not fit is 1<<63."""
    if math.isfinite(number) and 2.0**63 <= number < 2.0**64:
        return int(number)
    return uint64(int64_of(number))


def divided(dividend: float, divisor: float) -> float:
    """A division of float64: by zero it gives an infinity or no number, never an error."""
    if divisor:
        return dividend / divisor
    if dividend == 0 or math.isnan(dividend):
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1.0, divisor)
