"""Numbers in units of benchmarks, at least three digits and a prefix: `1.718µ`, `28.66Mi`.

The rules are those of x/perf's `benchunit`: thousands (n to T) for everything, but 1024s (Ki to Ti)
for what counts bytes. Values of one row share a prefix and digits, so that they can be compared
with the eye. A value takes the next prefix where it would round up to it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Scale", "common_scale", "is_binary"]

_DECIMAL = (*((10.0**power, name) for power, name in ((12, "T"), (9, "G"), (6, "M"), (3, "k"))),
            (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))  # fmt: skip
_BINARY = ((2.0**40, "Ti"), (2.0**30, "Gi"), (2.0**20, "Mi"), (2.0**10, "Ki"), (1.0, ""))
_FEWEST_DIGITS = ((99.995, 1), (9.9995, 2), (0.99995, 3))
"""From here on of the prefix so many digits after the point."""
_MOST_DIGITS = 10
_BYTES = frozenset({"B", "MB", "bytes"})
_WORDS = re.compile(r"[*/]|[^*/\s-]+")


@dataclass(frozen=True)
class Scale:
    """How numbers of one row are printed: divided by `factor`, so many digits, and a prefix."""

    digits: int
    factor: float
    prefix: str

    def text(self, value: float) -> str:
        """A number with its prefix, to stand before its unit or below it."""
        if not math.isfinite(value):
            return "NaN" if math.isnan(value) else f"{'-' if value < 0 else '+'}Inf"
        return f"{value / self.factor:.{self.digits}f}{self.prefix}"


def is_binary(unit: str) -> bool:
    """Whether a unit counts bytes above its line: `B/op`, `max-heap-bytes`; not `op/B`."""
    is_below = False
    for word in _WORDS.findall(unit):
        if word in "*/":
            is_below = word == "/"
        elif word in _BYTES and not is_below:
            return True
    return False


def common_scale(values: Iterable[float], unit: str) -> Scale:
    """The scale at which all values (without scale, in `unit`) show at least three digits.

    The value nearest to zero decides, zero itself apart.
    """
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    if not sizes:
        return Scale(3, 1.0, "")
    least = min(sizes)
    factors = _BINARY if is_binary(unit) else _DECIMAL
    for factor, prefix in factors:
        for threshold, digits in _FEWEST_DIGITS:
            if least >= _threshold(threshold, factor):
                return Scale(digits, factor, prefix)
    factor, prefix = factors[-1]
    # Smaller than the last prefix: more digits, up to ten.
    for digits in range(3, _MOST_DIGITS):
        if least / factor >= float(f"9.9995e{2 - digits}"):
            return Scale(digits, factor, prefix)
    return Scale(_MOST_DIGITS, factor, prefix)


def _threshold(value: float, factor: float) -> float:
    """As a number is written, for the product of two roundings may be above it."""
    power = round(math.log10(factor))
    return value * factor if math.log2(factor).is_integer() else float(f"{value}e{power}")
