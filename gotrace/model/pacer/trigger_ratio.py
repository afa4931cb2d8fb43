"""The trigger ratio of go1.5 to go1.17: a proportional controller, and its bounds by version.

After each cycle the ratio moves by half of its error: how far the heap grew beyond the goal, with
the growth scaled to what it would have been at the CPU share that is aimed at. Sources: `endCycle`,
`gcSetTriggerRatio` and `setGCPercent` in `runtime/mgc.go`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.pacer.integers import divided, uint64
from gotrace.model.pacer.rules import EndedCycle
from gotrace.model.pacer.workers import BACKGROUND_UTILISATION

__all__ = ["FIRST_RATIO", "RatioRules"]

FIRST_RATIO = 7 / 8.0
"""The guess before anything was measured."""

_TRIGGER_GAIN = 0.5


@dataclass(frozen=True)
class RatioRules:
    """How a version moves and bounds the ratio."""

    goal_utilisation: float
    """CPU share that marking and assists together aim at (`gcGoalUtilization`)."""
    min_ratio: float = 0.0
    """At GOGC=100."""
    is_min_scaled: bool = False
    """Whether the minimum scales with GOGC; where it does not (go1.14), it can pass the maximum."""
    is_min_first: bool = False
    """go1.14: a ratio below the minimum becomes it, even above the maximum."""
    bounds_start: bool = False
    """From go1.9 on: what a change of GOGC leaves is bounded as what a cycle leaves."""
    caps_start: bool = False
    """go1.6 to go1.8: a change of GOGC only caps the ratio at GOGC/100."""
    keeps_when_forced: bool = False
    """From go1.9 on: a forced cycle says nothing about the trigger."""
    has_effective_goal: bool = False
    """From go1.13 on: the goal as it was, not GOGC/100."""

    def start(self, gogc: int) -> float:
        """The ratio of a new process."""
        if self.bounds_start:
            return self.bounded(FIRST_RATIO, gogc)
        if self.caps_start and gogc >= 0:
            return min(FIRST_RATIO, gogc / 100)
        return FIRST_RATIO

    def bounded(self, ratio: float, gogc: int) -> float:
        """`ratio` between the minimum and 95 % of GOGC."""
        if gogc < 0:
            return max(ratio, self.min_ratio if self.is_min_first else 0.0)
        largest = self._largest(gogc)
        if self.is_min_first:
            return self.min_ratio if ratio < self.min_ratio else min(ratio, largest)
        smallest = self.min_ratio * (gogc / 100) if self.is_min_scaled else self.min_ratio
        return max(min(ratio, largest), smallest)

    def limits(self, gogc: int) -> tuple[float, float]:
        """The smallest and the largest ratio that there can be."""
        if gogc < 0:
            return (self.bounded(0.0, gogc), FIRST_RATIO)
        ends = self.bounded(-1e9, gogc), self.bounded(1e9, gogc), self.start(gogc)
        return min(ends[:2]), max(ends)

    def moved(self, ratio: float, cycle: EndedCycle) -> float:
        """The ratio after `cycle`."""
        if cycle.is_forced and self.keeps_when_forced:
            return self.bounded(ratio, cycle.gogc)
        marked = float(cycle.marked_before_bytes)
        goal_growth = cycle.gogc / 100
        if self.has_effective_goal:
            distance = uint64(cycle.goal_bytes - cycle.marked_before_bytes)
            goal_growth = max(divided(float(distance), marked), 0.0)
        growth = divided(float(cycle.heap_live_bytes), marked) - 1
        error = goal_growth - ratio - self._share(cycle) * (growth - ratio)
        return self.bounded(ratio + _TRIGGER_GAIN * error, cycle.gogc)

    def _share(self, cycle: EndedCycle) -> float:
        """CPU that the collector took, over what it aims at."""
        utilisation = BACKGROUND_UTILISATION
        if cycle.duration_ns > 0:
            utilisation += divided(float(cycle.assist_ns), float(cycle.duration_ns * cycle.procs))
        return utilisation / self.goal_utilisation

    def _largest(self, gogc: int) -> float:
        """0.95·GOGC/100, multiplied in the order of the version."""
        if self.is_min_scaled or not self.bounds_start:
            return 0.95 * (gogc / 100)
        return 0.95 * gogc / 100
