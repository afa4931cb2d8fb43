"""The minimum mutator utilisation: the least share that the program had in any window of a length.

Over all windows of one length the mean share is piecewise linear in the window's start, and bends
only where an end of the window meets a step: the minimum is at one of these. Equal to `MMUCurve` of
`internal/trace/gc.go`, whose bounds and bands it does not need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gotrace.analyses.gc.steps import Floats, Steps

__all__ = ["Window", "bends", "minimum_utilisation", "worst_windows"]


@dataclass(frozen=True)
class Window:
    """A window with the mean share in it."""

    time_ns: int
    duration_ns: int
    ratio: float


def minimum_utilisation(series: Sequence[Steps], window_ns: int) -> float:
    """The least mean share in any window of `window_ns` of any of the functions.

    A longer window than a function is cut to it, and a window of no length has 0, as in Go.
    """
    if window_ns <= 0:
        return 0.0
    found = [1.0]
    for steps in series:
        if steps.duration_ns > 0:
            found.append(float(bends(steps, window_ns)[1].min()))
    return max(min(found), 0.0)


def worst_windows(series: Sequence[Steps], window_ns: int, most: int) -> list[Window]:
    """The `most` worst windows of that length, worst first; none overlaps a worse one."""
    found: list[Window] = []
    for steps in series:
        length = min(window_ns, steps.duration_ns)
        if length <= 0:
            continue
        starts, ratios = bends(steps, length)
        kept: list[Window] = []
        free = np.ones(len(starts), np.bool_)
        while len(kept) < most and free.any():
            place = int(np.argmin(np.where(free, ratios, 2.0)))
            kept.append(
                Window(int(starts[place]) + int(steps.time_ns[0]), length, float(ratios[place]))
            )
            free &= np.abs(starts - starts[place]) >= length
        found += kept
    return sorted(found, key=lambda window: (window.ratio, window.time_ns))[:most]


def bends(steps: Steps, window_ns: int) -> tuple[Floats, Floats]:
    """Starts of windows (since the first step) where the mean share bends, and the share there."""
    times, integral = steps.times, steps.integral
    window = float(min(window_ns, steps.duration_ns))
    last = times[-1] - window
    lefts = times[: np.searchsorted(times, last, side="right")]
    rights = times[np.searchsorted(times, window) :] - window
    starts = np.concatenate([lefts, rights, [last]])
    starts.sort(kind="stable")
    starts = starts[np.append(True, np.diff(starts) > 0)]
    taken = np.interp(starts + window, times, integral) - np.interp(starts, times, integral)
    return starts, taken / window
