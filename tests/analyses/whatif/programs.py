"""Programs and calibrations made by hand."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.whatif.calibration import Calibration
from gotrace.analyses.whatif.pace import Pace
from gotrace.analyses.whatif.program import Live
from gotrace.analyses.whatif.recorded import RecordedCycles
from gotrace.analyses.whatif.survival import Values

MIB = 1 << 20


class Steady:
    """Always so much alive, of which a share has pointers."""

    def __init__(self, end: float, live: float, scan_ratio: float = 0.0) -> None:
        self.end = end
        self._live, self._scan = live, scan_ratio
        self.begins: Values = np.array([end / 2])
        self.ends: Values = np.array([end / 2])

    def next_allocation(self, position: float) -> float:
        return position

    def live(self, position: float) -> Live:
        return Live(self._live, 0.9 * self._live, 1.2 * self._live, self._scan)

    def live_as(self, position: float, cycle: int) -> Live:
        return self.live(position)


def calibration(marking: float = 0.0, live: float = 0.0, gogc: int = 100) -> Calibration:
    """Nothing of a tracer, no slack; every cycle allocates `marking` while it marks."""
    one = np.array([max(marking, 1.0)])
    pace = Pace(one, 1e9 * one, 2e9 * one, one, one, one, one / one, 0 * one, one)
    return Calibration(gogc, False, 0, 0.0, 0.0, 0.0, 0.5, 0, 1.0, 1.0, pace, live, live, False)


def cycles(marked: list[int], goals: list[int]) -> RecordedCycles:
    """Cycles that marked so much and followed these goals."""
    count = len(marked)
    numbers = np.arange(count, dtype=np.int64)
    nothing = np.zeros(count, np.int64)
    goal = np.array(goals, np.int64)
    return RecordedCycles(
        numbers + 1, 10 * numbers, 10 * numbers + 1, goal - 1000, goal, np.array(marked, np.int64),
        goal, nothing, nothing, nothing, nothing, 1,
    )  # fmt: skip
