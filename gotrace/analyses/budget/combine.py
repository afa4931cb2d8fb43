"""Repeats of one measurement → one measurement, as their metric says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from gotrace.analyses.benchmath.median import median_ranks, values_needed
from gotrace.analyses.benchmath.summary import CONFIDENCE
from gotrace.tables.budget import Measurement
from gotrace.tables.budget_metrics import Combine

__all__ = ["FEWEST_REPEATS", "combined"]

FEWEST_REPEATS = values_needed(CONFIDENCE) or 6
"""Fewer values do not bound their median."""
_MISSED = 0.01
"""How seldom another run's repeats may all miss a minimum that counts as exact."""


def combined(
    repeats: Sequence[Measurement], combine: Combine, *, is_assumed_exact: bool = False
) -> Measurement:
    """One measurement of at least one repeat; evidence (sites) is that of the repeat in the middle.

    The minimum is exact where so many repeats have it that another run of as many would find it
    99 times of 100: what others have more is what the rest of the process added. Where fewer do,
    the code itself varies (a map's random seed), and another run's minimum may be anything that was
    seen: of identical code, six repeats lie wholly above six others once in 924. The median has the
    interval between two of the sorted values that holds the true median with at least 95 %
    (binomial, no assumption on the values), or as far as each repeat's own interval goes, if that
    is further. `is_assumed_exact` is what `Unit ... assume=exact` says: repeats that differ
    nevertheless are told, and cannot be told apart from a limit between them.
    """
    if len(repeats) == 1 and repeats[0].is_noise_known and not is_assumed_exact:
        return repeats[0]
    ordered = sorted(repeats, key=lambda repeat: repeat.value)
    if is_assumed_exact:
        return _assumed_exact(repeats, ordered)
    if combine is Combine.MINIMUM:
        return _gathered(repeats, _minimum(ordered), f"minimum of {len(repeats)} repeats")
    values = [repeat.value for repeat in ordered]
    ranks = median_ranks(len(values), CONFIDENCE)
    is_bounded = len(values) >= FEWEST_REPEATS
    first, last = (ranks.low - 1, ranks.high - 1) if is_bounded else (0, len(values) - 1)
    middle = replace(
        ordered[len(ordered) // 2],
        value=median(values),
        low=min(median(repeat.low for repeat in repeats), values[first]),
        high=max(median(repeat.high for repeat in repeats), values[last]),
        is_noise_known=is_bounded or all(repeat.is_noise_known for repeat in repeats),
    )
    return _gathered(repeats, middle, _median_rule(len(values), middle.is_noise_known))


def _minimum(ordered: Sequence[Measurement]) -> Measurement:
    """The least, as far up as another run's least may be."""
    least, most = ordered[0], ordered[-1]
    others = sum(repeat.value != least.value for repeat in ordered)
    if (others / len(ordered)) ** len(ordered) <= _MISSED:
        return least
    return replace(least, high=max(least.high, most.high))


def _median_rule(count: int, is_noise_known: bool) -> str:
    if count == 1:
        return "measured once, so noise is not known"
    if is_noise_known:
        return f"median of {count} repeats"
    return f"median of {count} repeats, fewer than the {FEWEST_REPEATS} that tell noise"


def _assumed_exact(repeats: Sequence[Measurement], ordered: Sequence[Measurement]) -> Measurement:
    low, high = ordered[0], ordered[-1]
    if low.value == high.value:
        exact = replace(low, low=low.value, high=low.value, is_noise_known=True)
        return _gathered(repeats, exact, f"the same in {len(repeats)} repeats, as assumed")
    middle = ordered[len(ordered) // 2]
    rule = f"from {low.value:g} to {high.value:g} in {len(repeats)} repeats, though assumed exact"
    spread = replace(middle, low=low.low, high=high.high, is_noise_known=False)
    return _gathered(repeats, spread, rule)


def _gathered(repeats: Sequence[Measurement], chosen: Measurement, rule: str) -> Measurement:
    """`chosen` with what all repeats say of themselves."""
    rule = f"{chosen.rule}, {rule}" if chosen.rule else rule
    if len(repeats) == 1:
        return replace(chosen, rule=rule)
    return replace(
        chosen,
        rule=rule,
        values=tuple(value for repeat in repeats for value in repeat.values),
        sources=tuple(dict.fromkeys(s for repeat in repeats for s in repeat.sources)),
        digests=tuple(dict.fromkeys(d for repeat in repeats for d in repeat.digests)),
        conditions=_conditions(repeats),
    )


def _conditions(repeats: Sequence[Measurement]) -> dict[str, str]:
    """What the repeats say; of what they disagree on all of it, of iterations least and most."""
    names = dict.fromkeys(name for repeat in repeats for name in repeat.conditions)
    found = {}
    for name in names:
        told = dict.fromkeys(r.conditions[name] for r in repeats if name in r.conditions)
        if name == "iterations" and len(told) > 1:
            numbers = [int(part) for text in told for part in text.split(" to ")]
            found[name] = f"{min(numbers)} to {max(numbers)}"
        else:
            found[name] = " and ".join(sorted(told))
    return found
