"""Summaries and comparisons as benchstat prints them: `± 2%`, `-17.20%`, `p=0.000 n=10`."""

from __future__ import annotations

import math

from gotrace.analyses.benchmath.comparison import Comparison, ratio_of
from gotrace.analyses.benchmath.summary import Summary

__all__ = ["SAME", "UNKNOWN", "comparison_text", "delta_text", "range_text", "ratio_text"]

UNKNOWN = "?"
SAME = "~"


def range_text(summary: Summary) -> str:
    """How far the interval goes from the middle, in percent of it.

    `∞` where it is not bounded, `?` where it reaches over zero.
    """
    if not summary.is_bounded:
        return "∞"
    if not _sign(summary.center) == _sign(summary.low) == _sign(summary.high):
        return UNKNOWN
    if summary.center == 0:
        return "0%"
    if math.isinf(summary.center):
        return UNKNOWN
    # abs: benchstat prints a negative range of a negative middle.
    share = max(abs(summary.high / summary.center - 1), abs(1 - summary.low / summary.center))
    return f"{100 * share:.0f}%"


def delta_text(comparison: Comparison, base: float, head: float) -> str:
    """The change of the middle in percent: `~` if it is noise, `?` from zero."""
    if not comparison.is_significant:
        return SAME
    if base == head:
        return "0.00%"
    return ratio_text(ratio_of(base, head))


def ratio_text(ratio: float | None) -> str:
    """`+5.00%` for 1.05; `?` for None."""
    if ratio is None or not math.isfinite(ratio):
        return UNKNOWN
    return f"{(ratio - 1.0) * 100.0:+.2f}%"


def comparison_text(comparison: Comparison) -> str:
    """`p=0.000 n=10`, `n=10+9` for samples of different sizes and without p where it is exact."""
    p = f"p={comparison.p:.3f} " if comparison.p else ""
    counts = comparison.base_count, comparison.head_count
    return f"{p}n={counts[0]}" if counts[0] == counts[1] else f"{p}n={counts[0]}+{counts[1]}"


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
