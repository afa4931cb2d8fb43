"""The pair of GOGC and GOMEMLIMIT that fits a memory budget with the fewest cycles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gotrace.analyses.whatif.prediction import Prediction
from gotrace.analyses.whatif.settings import GOGC_OFF, NO_LIMIT, Setting
from gotrace.model.versions import GoVersion

__all__ = ["LIMIT_RATIO", "Suggestion", "suggest"]

_GOGCS = (25, 50, 75, 100, 150, 200, 300, 400, 600, 800)
_SINCE_LIMIT = GoVersion(19)
LIMIT_RATIO = 0.95
"""The limit that is set below the budget: what Go does not count needs room as well."""


@dataclass(frozen=True)
class Suggestion:
    """What was tried, and the best; None where nothing fits."""

    budget_bytes: int
    tried: tuple[Prediction, ...]
    """By cycles, the fewest last."""
    best: Prediction | None
    best_without_limit: Prediction | None

    def fits(self, prediction: Prediction) -> bool:
        """Whether heap and what is mapped beside it stay within the budget, as expected."""
        return prediction.total_bytes <= self.budget_bytes and not prediction.is_thrashing


def suggest(
    budget_bytes: int, version: GoVersion, predict: Callable[[Setting], Prediction]
) -> Suggestion:
    """Try some GOGC without limit, and with one below the budget (from go1.19 on)."""
    limit = int(budget_bytes * LIMIT_RATIO)
    settings = [Setting(gogc, NO_LIMIT, version) for gogc in _GOGCS]
    if version >= _SINCE_LIMIT:
        settings += [Setting(gogc, limit, version) for gogc in (*_GOGCS[3:], GOGC_OFF)]
    tried = sorted(
        (predict(setting) for setting in settings),
        key=lambda found: (-found.cycles.value, found.peak_bytes.value),
    )
    made = Suggestion(budget_bytes, tuple(tried), None, None)
    fitting = [found for found in tried if made.fits(found)]
    alone = [found for found in fitting if not found.setting.memory_limit_bytes]
    return Suggestion(budget_bytes, tuple(tried), _fewest(fitting), _fewest(alone))


def _fewest(found: list[Prediction]) -> Prediction | None:
    """Of those with as few cycles, to half a cycle, the one with the smallest heap."""
    if not found:
        return None
    fewest = min(one.cycles.value for one in found)
    return min(
        (one for one in found if one.cycles.value <= fewest + 0.5),
        key=lambda one: one.peak_bytes.value,
    )
