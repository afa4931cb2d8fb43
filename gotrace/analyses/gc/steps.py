"""Steps: a share over time that only ever changes at once, with its integral."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gotrace.analyses.trace.fold import Numbers

__all__ = ["Floats", "GrowingSteps", "Steps"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Steps:
    """`ratio[i]` holds from `time_ns[i]` to `time_ns[i + 1]`; the last row says where it ends."""

    time_ns: Numbers
    ratio: Floats

    def __len__(self) -> int:
        return len(self.time_ns)

    @property
    def duration_ns(self) -> int:
        """From the first to the last."""
        return int(self.time_ns[-1] - self.time_ns[0]) if len(self) else 0

    @cached_property
    def times(self) -> Floats:
        """Since the first step: small numbers, which floating point holds exactly."""
        found: Floats = (self.time_ns - self.time_ns[0]).astype(np.float64)
        return found

    @cached_property
    def integral(self) -> Floats:
        """Nanoseconds of the whole until each step, times the share."""
        return np.append(0.0, np.cumsum(self.ratio[:-1] * np.diff(self.times)))

    @property
    def mean(self) -> float:
        """Over all of it; 1 for no time at all."""
        return float(self.integral[-1] / self.times[-1]) if self.duration_ns else 1.0


class GrowingSteps:
    """Steps as they become known: as Go's `addUtil`, equal neighbours are one."""

    def __init__(self, time: int, ratio: float) -> None:
        self._times: list[Numbers] = [np.array([time], np.int64)]
        self._ratios: list[Floats] = [np.array([ratio])]

    @property
    def last(self) -> float:
        """The share that holds now."""
        return float(self._ratios[-1][-1])

    def add(self, times: Numbers, ratios: Floats) -> None:
        """The share after each of these moments, later than all so far."""
        if not len(times):
            return
        kept = np.flatnonzero(ratios != np.append(self.last, ratios[:-1]))
        if len(kept):
            self._times.append(times[kept])
            self._ratios.append(ratios[kept])

    def add_one(self, time: int, ratio: float) -> None:
        """The same of one moment; at the time of the last one the lower share holds."""
        if time == self._times[-1][-1]:
            self._ratios[-1][-1] = min(self.last, ratio)
        else:
            self.add(np.array([time], np.int64), np.array([ratio]))

    def lower(self, changes: list[tuple[int, int]]) -> None:
        """Take the share of one proc off all steps; `changes` are (time, GOMAXPROCS)."""
        since = np.array([time for time, _ in changes], np.int64)
        share = np.array([1.0 / count for _, count in changes])
        for times, ratios in zip(self._times, self._ratios, strict=True):
            places = np.maximum(np.searchsorted(since, times) - 1, 0)
            np.maximum(ratios - share[places], 0.0, out=ratios)

    def finish(self, end: int | None = None) -> Steps:
        """All of them; the share is 0 from `end` on."""
        if end is not None:
            self.add_one(end, 0.0)
        return Steps(np.concatenate(self._times), np.concatenate(self._ratios))
