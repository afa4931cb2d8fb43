"""A program's reachable bytes at fixed positions, so that many runs cost little each."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from gotrace.analyses.whatif.program import Live, Program
from gotrace.analyses.whatif.survival import Values

__all__ = ["LiveTable"]

_POINTS = 20_000
_LEAST_POINTS, _MOST_POINTS = 4, 32


class LiveTable:
    """A `Program` that looks `program` up at some points between any two recorded cycles."""

    def __init__(self, program: Program) -> None:
        self._program = program
        borders = np.concatenate([[0.0], program.begins, [program.end]])
        each = int(np.clip(_POINTS // len(borders), _LEAST_POINTS, _MOST_POINTS))
        steps = np.arange(each) / each
        points = borders[:-1, None] + np.diff(borders)[:, None] * steps
        self._at: list[float] = np.append(points.reshape(-1), program.end).tolist()
        self._live = [program.live(position) for position in self._at]
        smooth = _smooth(self._at, self._live, program.begins)
        self._smooth: list[float] = smooth.tolist()
        own = np.array([program.live(float(position)).bytes for position in program.begins])
        self._apart: list[float] = (own - np.interp(program.begins, self._at, smooth)).tolist()

    @property
    def end(self) -> float:
        """As that of the program."""
        return self._program.end

    @property
    def begins(self) -> Values:
        """As those of the program."""
        return self._program.begins

    @property
    def ends(self) -> Values:
        """As those of the program."""
        return self._program.ends

    def next_allocation(self, position: float) -> float:
        """As that of the program."""
        return self._program.next_allocation(position)

    def live_as(self, position: float, cycle: int) -> Live:
        """The same where chance is that of a recorded cycle.

        Between cycles only a mean is known, which levels what comes and goes within one: documents
        that are built and dropped. How far the heap lies off that mean is seen where cycles began.
        """
        found = self.live(position)
        if not 0 <= cycle < len(self._apart):
            return found
        level = self._level(position) + self._apart[cycle]
        alive = min(max(level, found.least_bytes), found.most_bytes)
        return Live(alive, found.least_bytes, found.most_bytes, found.scan_ratio)

    def _level(self, position: float) -> float:
        """As `np.interp` does, which turns all points into an array first, each time."""
        low, high, part = self._around(position)
        before, after = self._smooth[low], self._smooth[high]
        return before + part * (after - before)

    def live(self, position: float) -> Live:
        """On the line between the two points around."""
        at, after, part = self._around(position)
        low, high = self._live[at], self._live[after]
        return Live(
            low.bytes + part * (high.bytes - low.bytes),
            low.least_bytes + part * (high.least_bytes - low.least_bytes),
            low.most_bytes + part * (high.most_bytes - low.most_bytes),
            low.scan_ratio + part * (high.scan_ratio - low.scan_ratio),
        )

    def _around(self, position: float) -> tuple[int, int, float]:
        """The two points around, and how far it is from the first to the second."""
        high = min(bisect_left(self._at, position), len(self._at) - 1)
        low = max(high - 1, 0)
        width = self._at[high] - self._at[low]
        part = (position - self._at[low]) / width if width > 0 else 1.0
        return low, high, min(max(part, 0.0), 1.0)


def _smooth(at: list[float], live: list[Live], begins: Values) -> Values:
    """At each point the mean of what lies around, as far as one cycle is from the next."""
    position, alive = np.array(at), np.array([one.bytes for one in live])
    steps = np.diff(position) * (alive[1:] + alive[:-1]) / 2
    area = np.concatenate([[0.0], np.cumsum(steps)])
    far = float(np.median(np.diff(begins))) if len(begins) > 1 else 0.0
    far_here = np.minimum(far, np.minimum(position - position[0], position[-1] - position))
    low, high = position - far_here, position + far_here
    width = high - low
    mean = (np.interp(high, position, area) - np.interp(low, position, area)) / np.maximum(width, 1)
    smooth: Values = np.where(width > 0, mean, alive)
    return smooth
