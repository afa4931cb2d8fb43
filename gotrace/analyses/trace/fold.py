"""`Fold`: what an analysis of a trace is, and the growing tallies that folds keep."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gotrace.tables.columns import Columns

__all__ = ["Fold", "Numbers", "Tally", "runs", "share"]

Numbers = npt.NDArray[np.int64]


class Fold(Protocol):
    """Takes the blocks of its tables as the reader makes them; asked for its answer at the end.

    A fold never keeps a block: what it holds grows with the program (its types, its stacks), not
    with the length of the trace.
    """

    @property
    def tables(self) -> Collection[str]:
        """The tables whose blocks it takes."""

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block."""


class Tally:
    """Sums by group: int64 counters with names, one row for each group number from 0 on.

    Groups from `most` on share the last row.
    """

    def __init__(self, *names: str, most: int = 1 << 22) -> None:
        self._names = {name: column for column, name in enumerate(names)}
        self._most = most
        self._sums: Numbers = np.zeros((len(names), 16), np.int64)
        self.count = 0
        """Groups so far."""

    def __getitem__(self, name: str) -> Numbers:
        """The sums called `name`, one for each group."""
        sums: Numbers = self._sums[self._names[name], : self.count]
        return sums

    def places(self, groups: npt.NDArray[Any]) -> Numbers:
        """The rows of these groups, for which there is room now."""
        places: Numbers = np.minimum(groups.astype(np.int64), self._most - 1)
        if len(places):
            self.count = max(self.count, int(places.max()) + 1)
        while self._sums.shape[1] < self.count:
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)], axis=1)
        return places

    def add(self, groups: npt.NDArray[Any], **amounts: npt.NDArray[Any] | int) -> None:
        """Add amounts to the counters of these groups, which may repeat."""
        places, rows = self.places(groups), None
        if len(places) < self.count:
            # Few of many groups: counting through all of them would take longest.
            rows, places = np.unique(places, return_inverse=True)
        size = len(rows) if rows is not None else self.count
        for name, amount in amounts.items():
            sums = _sums(places, amount, size)
            if rows is None:
                self._sums[self._names[name], :size] += sums
            else:
                self._sums[self._names[name], rows] += sums

    def raise_to(self, groups: npt.NDArray[Any], name: str, values: npt.NDArray[Any]) -> None:
        """Keep the largest value of each group."""
        places = self.places(groups)
        np.maximum.at(self._sums[self._names[name]], places, values)


def _sums(places: Numbers, amount: npt.NDArray[Any] | int, size: int) -> Numbers:
    """The sum of the amounts at each place, exactly."""
    if isinstance(amount, int):
        return np.bincount(places, minlength=size) * amount
    if amount.dtype == np.bool_:
        return np.bincount(places[amount], minlength=size)
    if len(amount) * int(np.abs(amount).max(initial=0)) < _EXACT:
        return np.bincount(places, amount, minlength=size).astype(np.int64)
    sums = np.zeros(size, np.int64)
    np.add.at(sums, places, amount)
    return sums


_EXACT = 1 << 53
"""Sums below are the same in floating point."""


def runs(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The values without those that equal the one before: few where they come in runs."""
    kept = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=kept[1:])
    found: npt.NDArray[Any] = values[kept]
    return found


def share(part: float, whole: float) -> float:
    """`part / whole`, 0 where there is nothing to share."""
    return float(part / whole) if whole else 0.0
