"""The times at which the heap is looked at, and sums that change from one to the next.

Objects and spans become known when they end, so nobody can walk through time: each adds its size
to the moment at which it is first there, and takes it away at the first one at which it is not. The
running sum is what was there at each moment (`Steps`).

There are never more than `most` moments: when there would be, every second is dropped. What was
added up stays exact, for what changes at a moment that is dropped changes at the next one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gotrace.kernels.plain.heap_census import NEVER

__all__ = ["NEVER", "CycleEnds", "Moments", "Numbers", "Steps", "Ticks"]

Numbers = npt.NDArray[np.int64]


class Moments:
    """Times; `place` tells the first moment that is not before a time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._followers: list[Callable[[Numbers], None]] = []

    def follow(self, thin: Callable[[Numbers], None]) -> None:
        """`thin` is called with the new place of each place when moments are dropped."""
        self._followers.append(thin)

    def times(self, end_ns: int) -> Numbers:
        """The moments until the end of the trace."""
        raise NotImplementedError

    def place(self, times_ns: Numbers) -> Numbers:
        """For each time the number of the first moment at or after it; 0 for before the trace."""
        raise NotImplementedError

    def _thin(self, to: Numbers) -> None:
        for thin in self._followers:
            thin(to)


class Ticks(Moments):
    """Moments at equal distances: powers of two of nanoseconds, doubled as the trace goes on."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._shift = 14

    @property
    def shift(self) -> int:
        """The distance is 1 << this many nanoseconds."""
        return self._shift

    @property
    def width_ns(self) -> int:
        """The distance."""
        return 1 << self._shift

    def reach(self, time_ns: int) -> None:
        """Make sure that this time has a place."""
        while time_ns > self.most << self._shift:
            self._shift += 1
            self._thin((np.arange(self.most + 2) + 1) // 2)

    def times(self, end_ns: int) -> Numbers:
        """0, the width, twice the width ... up to the end."""
        return np.arange((max(end_ns, 0) >> self._shift) + 1, dtype=np.int64) << self._shift

    def place(self, times_ns: Numbers) -> Numbers:
        """As `Moments.place`; `reach` the times before."""
        return (np.maximum(times_ns, 0) + (self.width_ns - 1)) >> self._shift


class CycleEnds(Moments):
    """The ends of GC cycles (mark termination): marked is what lives, swept is nothing yet."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._times: Numbers = np.zeros(0, np.int64)
        self.cycles: Numbers = np.zeros(0, np.int64)
        """The number of each cycle that has a moment."""
        self._every = 1
        self._seen = 0

    def add(self, time_ns: int, cycle: int) -> None:
        """A cycle ends, later than all before."""
        self._seen += 1
        if self._seen % self._every:
            return
        self._times = np.append(self._times, time_ns)
        self.cycles = np.append(self.cycles, cycle)
        if len(self._times) > self.most - 1:
            kept = slice(1, None, 2)
            self._times, self.cycles = self._times[kept].copy(), self.cycles[kept].copy()
            self._every *= 2
            self._thin(np.arange(self.most + 2) // 2)

    def times(self, end_ns: int) -> Numbers:
        """The ends that were kept."""
        return self._times

    def place(self, times_ns: Numbers) -> Numbers:
        """As `Moments.place`: the number of moments for what is after all of them."""
        return np.searchsorted(self._times, times_ns)

    @property
    def ends_ns(self) -> Numbers:
        """The ends that were kept."""
        return self._times


class Steps:
    """Rows of sums (int64) that hold at each moment."""

    def __init__(self, moments: Moments, rows: int) -> None:
        self._changes: Numbers = np.zeros((rows, moments.most + 2), np.int64)
        self._flat = self._changes.reshape(-1)
        moments.follow(self._thin)

    @property
    def rows(self) -> int:
        """Of sums."""
        return len(self._changes)

    @property
    def changes(self) -> memoryview:
        """Rows x moments, for kernels to add to, until moments are dropped or rows change."""
        return memoryview(self._changes)  # type: ignore[arg-type]

    def add(self, row: Numbers, first: Numbers, gone: Numbers, amount: Numbers | int = 1) -> None:
        """Add `amount` to the sums `row` from moment `first` on until, excluded, moment `gone`."""
        width = self._changes.shape[1]
        here = np.flatnonzero(first != gone)
        self._change(row[here] * width + first[here], _of(amount, here))
        here = here[gone[here] < NEVER]
        self._change(row[here] * width + gone[here], -_of(amount, here))

    def _change(self, places: Numbers, amount: Numbers | int) -> None:
        np.add.at(self._flat, places, amount)

    def values(self, count: int) -> Numbers:
        """The sums at the first `count` moments: rows x count."""
        found: Numbers = np.cumsum(self._changes[:, :count], axis=1)
        return found

    def resize(self, rows: int) -> None:
        """Room for more rows."""
        more = np.zeros((rows - self.rows, self._changes.shape[1]), np.int64)
        self._put(np.concatenate([self._changes, more]))

    def regroup(self, to: Numbers, rows: int) -> None:
        """Add up rows: row i becomes part of row `to[i]`, of `rows`."""
        changes = np.zeros((rows, self._changes.shape[1]), np.int64)
        np.add.at(changes, to, self._changes[: len(to)])
        self._put(changes)

    def _thin(self, to: Numbers) -> None:
        changes = np.zeros_like(self._changes)
        np.add.at(changes.T, to, self._changes.T)
        self._put(changes)

    def _put(self, changes: Numbers) -> None:
        self._changes = changes
        self._flat = changes.reshape(-1)


def _of(amount: Numbers | int, rows: Numbers) -> Numbers | int:
    return amount if isinstance(amount, int) else amount[rows]
