"""What a heap profile says of a budget: bytes or objects of the samples in its scope.

The interval of a sampled profile reaches two standard errors down (`gotrace.analyses.heap_values`)
and a little more up, for the errors are estimated themselves: too few records make both the value
and its error too small. So upwards it is the score interval, which asks of every larger truth how
likely it is to be recorded like this, and one object more wherever one may well have been missed.
Where nothing was recorded objects may hide: about 3 rate bytes do at 5 % odds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.budget.sampled_scope import in_scope, largest_sites, profile_conditions
from gotrace.analyses.heap_values import RATE_UNKNOWN, HeapValues, Measure, heap_values
from gotrace.analyses.sites import sites
from gotrace.tables.budget import Measurement, Scope
from gotrace.tables.budget_metrics import Metric
from gotrace.tables.recording import Recording

__all__ = ["measure_heap"]

_SIGMAS = 2.0
_HIDDEN_RATES = 3.0
"""-ln(0.05): an unrecorded amount of so many rates is one of 20."""
_ODDS_OF_A_MISS = 0.01
"""From so many objects missed on average on one may be missing."""


def measure_heap(recording: Recording, metric: Metric, scope: Scope) -> Measurement | None:
    """The metric in the scope; None if no sample is in it. Raises UsageError for a bad pattern."""
    values = heap_values(recording)
    which, _, what = metric.name.partition("_")
    if which not in values.measures:
        return None
    found = sites(recording)
    chosen = ~values.is_empty & in_scope(recording, found, scope)
    if not chosen.any():
        return None
    measure = values.measures[which].at(chosen)
    amounts, variance = _amounts(measure, what)
    value = float(amounts.sum())
    below = _SIGMAS * float(np.sqrt(variance.sum())) if values.is_sampled else 0.0
    above = _above(values, measure, variance, what) if values.is_sampled else 0.0
    return Measurement(
        value,
        min(max(value - below, 0.0), value),
        value + above,
        _rule(values, len(amounts)),
        (value,),
        largest_sites(found, found.of_sample[chosen], amounts),
        recording.origin.paths,
        {"memprofilerate": str(values.rate_bytes)} | profile_conditions(recording)
        if values.is_rate_known
        else profile_conditions(recording),
        (recording.origin.sha256,) if recording.origin.sha256 else (),
        values.is_rate_known,
    )


def _amounts(measure: Measure, what: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The numbers of each sample, and what each adds to the variance of their sum."""
    if what == "space":
        return measure.bytes, measure.byte_variance
    return measure.objects, measure.object_variance


def _above(
    values: HeapValues, measure: Measure, variance: npt.NDArray[np.float64], what: str
) -> float:
    """How much more than was estimated there may be."""
    each = measure.object_bytes if what == "space" else np.ones(len(variance))
    estimated = float((measure.objects * each).sum())
    if estimated <= 0:
        return _hidden(values, measure, what)
    total = float(variance.sum())
    half = _SIGMAS**2 * total / estimated / 2
    score = half + float(np.sqrt(_SIGMAS**2 * total + half**2))
    missed = measure.objects * measure.spread / (1 + measure.spread)
    return max(score, float(each[missed >= _ODDS_OF_A_MISS].max(initial=0.0)))


def _hidden(values: HeapValues, measure: Measure, what: str) -> float:
    """How much may be there although no sample was taken of it."""
    hidden = _HIDDEN_RATES * values.rate_bytes
    return hidden if what == "space" else hidden / float(measure.object_bytes.min())


def _rule(values: HeapValues, samples: int) -> str:
    if not values.is_rate_known:
        return RATE_UNKNOWN
    if values.is_sampled:
        return f"estimated from {samples} records, one of {values.rate_bytes:,} bytes each"
    return "every allocation counted"
