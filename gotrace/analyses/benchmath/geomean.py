"""Many benchmarks as one number."""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = ["geomean"]


def geomean(values: Iterable[float]) -> float | None:
    """The geometric mean; None of no values, and where one is not above zero."""
    mean = 0.0
    count = 0
    for count, value in enumerate(values, 1):
        if not value > 0:
            return None
        mean += (math.log(value) - mean) / count
    return math.exp(mean) if count else None
