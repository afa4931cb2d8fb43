"""Growth series: the same memory asked for again and again, each time larger.

A slice that `append` grows leaves an array in each of a row of slots, about twice as large each
time (from 256 elements on a quarter more: `nextslicecap` in `runtime/slice.go`). So a site that
grows n slices has about n arrays in the first slot and never more in the next: fewer only where
slices ended. Slices made at once, of many lengths, have slots that lie closer together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

__all__ = ["Series", "series_of"]

_FEWEST_SLOTS = 3
_LEAST_STEP, _MOST_STEP = 1.2, 3.0
_LEAST_FIRST = 0.25
"""Part of the slices that are seen in the smallest slot: others began with more, or were missed."""
_MOST_STRAY = 0.2
"""Share of the bytes that may not fit the series: sampling, and other slices on the line."""


@dataclass(frozen=True)
class Series:
    """Arrays in slots of growing size: how many reached each, and what that took."""

    slots: tuple[int, ...]
    reached: tuple[float, ...]
    bytes: float

    @property
    def count(self) -> float:
        """How many slices grew."""
        return self.reached[0]

    @property
    def ended(self) -> tuple[float, ...]:
        """How many slices had their last array in each slot."""
        behind = (*self.reached[1:], 0.0)
        return tuple(now - later for now, later in zip(self.reached, behind, strict=True))

    @property
    def last_bytes(self) -> tuple[float, float]:
        """Least and most that the last arrays alone would take, made at once."""
        smaller = (self.slots[0] // 2, *self.slots[:-1])
        least = sum(n * size for n, size in zip(self.ended, smaller, strict=True))
        most = sum(n * size for n, size in zip(self.ended, self.slots, strict=True))
        return least, most


def series_of(slots: Sequence[tuple[int, float]]) -> Series | None:
    """The growth series in these slots (size, objects), ascending; None if they are none."""
    found = [(size, count) for size, count in slots if count > 0]
    if len(found) < _FEWEST_SLOTS:
        return None
    sizes = [size for size, _ in found]
    steps = [later / now for now, later in pairwise(sizes)]
    if not _LEAST_STEP <= median(steps) <= _MOST_STEP:
        return None
    reached: list[float] = []
    most = 0.0
    for _, count in reversed(found):
        most = max(most, count)
        reached.append(most)
    reached.reverse()
    whole = sum(size * count for size, count in found)
    stray = sum(size * (level - count)
                for (size, count), level in zip(found, reached, strict=True))  # fmt: skip
    if stray > _MOST_STRAY * whole or found[0][1] < _LEAST_FIRST * reached[0]:
        return None
    return Series(tuple(sizes), tuple(reached), whole)
