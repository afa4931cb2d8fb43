"""Did a measurement change between two samples, or is it noise?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gotrace.analyses.benchmath.students import welch_test
from gotrace.analyses.benchmath.summary import Assumption
from gotrace.analyses.benchmath.utest import FEWEST_FOR_ALPHA, Effort, u_test, values_to_differ

__all__ = ["ALPHA", "Comparison", "compare", "ratio_of"]

ALPHA = 0.05
"""benchstat's default."""
_TOO_MANY = "there are so many results that p is approximated here"


@dataclass(frozen=True)
class Comparison:
    """p that both samples come from one population: 0 under `assume=exact`, where nothing is noise.

    `doubts` say what weakens the test, a sentence each.
    """

    p: float
    base_count: int
    head_count: int
    alpha: float
    doubts: tuple[str, ...] = ()

    @property
    def is_significant(self) -> bool:
        """Whether the difference is more than noise: p is at most alpha."""
        return self.p <= self.alpha


def compare(
    base: Sequence[float],
    head: Sequence[float],
    assumption: Assumption = Assumption.NOTHING,
    alpha: float = ALPHA,
    effort: Effort | None = None,
) -> Comparison:
    """Test whether two samples, of at least one value each, differ.

    Of many tests `effort` bounds the work; those that it refuses are approximated, and say so.
    Raises ValueError where one has no values.
    """
    if not base or not head:
        raise ValueError("no values to compare")
    counts = len(base), len(head)
    if any(map(math.isnan, base)) or any(map(math.isnan, head)):
        return Comparison(1.0, *counts, alpha, ("a value is NaN, so nothing can be compared",))
    if assumption is Assumption.EXACT:
        return Comparison(0.0, *counts, alpha)
    if assumption is Assumption.NORMAL and all(map(math.isfinite, (*base, *head))):
        p = welch_test(base, head)
        doubt = "too few values, or all of them equal, for a test of means"
    else:
        effort = effort or Effort()
        refused = effort.refused_count
        p = u_test(base, head, effort)
        doubt = "all values are equal"
        if effort.refused_count > refused:
            return Comparison(1.0 if p is None else p, *counts, alpha, (_TOO_MANY,))
    if p is None:
        return Comparison(1.0, *counts, alpha, (doubt,))
    return Comparison(p, *counts, alpha, _too_few(p, *counts, alpha, assumption))


def _too_few(
    p: float, base_count: int, head_count: int, alpha: float, assumption: Assumption
) -> tuple[str, ...]:
    """Samples so small that even values far apart would be no difference."""
    if p <= alpha or assumption is Assumption.NORMAL:
        return ()
    needed = values_to_differ(alpha)
    if max(base_count, head_count) >= (needed or FEWEST_FOR_ALPHA):
        return ()
    fewest = f"{needed} or more" if needed else f"more than {FEWEST_FOR_ALPHA}"
    return (f"a difference at alpha {alpha:g} takes {fewest} results",)


def ratio_of(base: float, head: float) -> float | None:
    """Head by base; 1 of two zeros, None of anything else by zero."""
    if base == head:
        return 1.0
    return None if base == 0 else head / base
