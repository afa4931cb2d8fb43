"""`set-gogc`: what another GOGC would save. A trade, not a fix: never above LOW."""

from __future__ import annotations

from collections.abc import Sequence

from gotrace.analyses.result import Certainty, Weight
from gotrace.analyses.whatif.prediction import Prediction
from gotrace.analyses.wrestle.findings.remedy import SCAN, Remedy
from gotrace.units import format_bytes

__all__ = ["find_setting"]

_LEAST = 0.05
_FEWEST_CYCLES = 5
"""Of fewer nothing can be said."""
_MOST_PEAK = 2.5
"""Times the recorded peak heap that is still suggested."""


def find_setting(predictions: Sequence[Prediction]) -> list[Remedy]:
    """The setting with the fewest cycles whose heap stays in bounds; predictions as of evidence."""
    if len(predictions) < 2 or not predictions[0].marked_bytes.value:
        return []
    now = predictions[0]
    if now.cycles.value < _FEWEST_CYCLES:
        return []
    most = _MOST_PEAK * now.peak_bytes.value
    fitting = [one for one in predictions[1:] if one.peak_bytes.value <= most
               and one.cycles.value >= 1 and not one.is_given_up]  # fmt: skip
    if not fitting:
        return []
    best = min(fitting, key=lambda one: (one.cycles.value, one.peak_bytes.value))
    before = now.marked_bytes.value
    low, high = before - best.marked_bytes.most, before - best.marked_bytes.least
    if high < _LEAST * before or best.cycles.value >= now.cycles.value:
        return []
    cycles = max(now.cycles.value, 1.0)
    return [
        Remedy(
            "set-gogc",
            "",
            "",
            0,
            f"GOGC={best.setting.gogc} instead of {now.setting.gogc}: about "
            f"{best.cycles.value:,.0f} cycles instead of {now.cycles.value:,.0f}, with a peak heap "
            f"of {format_bytes(best.peak_bytes.value)} instead of "
            f"{format_bytes(now.peak_bytes.value)}",
            f"the what-if of this run's trace; bounds of the cycles {best.cycles.least:,.0f} to "
            f"{best.cycles.most:,.0f}",
            SCAN,
            max(low, 0.0) / cycles,
            max(high, 0.0) / cycles,
            min(max(low / before, 0.0), 1.0),
            min(max(high / before, 0.0), 1.0),
            Weight.LOW,
            Certainty.ROUNDED,
            "A trade of memory for CPU time, not a fix: set GOGC (and GOMEMLIMIT as a stop) where "
            "the machine has memory to spare.",
            "`gotrace whatif` on the trace for other settings; then GOGC in the benchmark.",
        )
    ]
