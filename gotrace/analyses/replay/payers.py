"""Who allocates: sums by goroutine, region and task."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.trace.fold import Tally
from gotrace.analyses.trace.starts import MOST_GOROUTINES, Starts
from gotrace.kernels.plain.heap_census import COUNTERS

__all__ = ["COUNTERS", "Goroutines", "PayerSums"]

_NO_GOROUTINE = "(no goroutine)"
_NO_START = "(unknown start)"


class PayerSums:
    """Sums of `COUNTERS` by row: what the kernel adds to, as a `Tally` is read."""

    def __init__(self, most: int = 1 << 22) -> None:
        self._most = most
        self._sums: Numbers = np.zeros((len(COUNTERS), 16), np.int64)
        self.count = 0
        """Rows so far."""

    def __getitem__(self, name: str) -> Numbers:
        """The sums called `name`, one for each row."""
        sums: Numbers = self._sums[COUNTERS.index(name), : self.count]
        return sums

    def table(self, count: int) -> memoryview:
        """Counters x rows, of which there are at least `count` from now on."""
        self.count = max(self.count, min(count, self._most))
        while self._sums.shape[1] < self.count:
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)], axis=1)
        return memoryview(self._sums)  # type: ignore[arg-type]


class Goroutines:
    """Sums by goroutine: a row for each that allocated, as long as there is room."""

    def __init__(self) -> None:
        self.sums = PayerSums(MOST_GOROUTINES + 1)  # the last: all others
        self._row_of = np.full(1 << 10, -1, np.int32)
        self._far: dict[int, int] = {}
        self._goroutines: list[int] = []

    def by_start(self, starts: Starts) -> tuple[list[str], Tally]:
        """The functions that goroutines started with, and the sums of each."""
        told = starts.functions(np.array(self._goroutines, np.int64))
        names: dict[str, int] = {}
        groups = [
            names.setdefault((name or _NO_START) if number >= 0 else _NO_GOROUTINE, len(names))
            for number, name in zip(self._goroutines, told, strict=True)
        ]
        others = self.sums.count - len(groups)
        is_one = np.array([*(number >= 0 for number in self._goroutines), *[False] * others])
        groups += [names.setdefault(_NO_START, len(names))] * others
        sums = Tally("members", *COUNTERS)
        amounts = {name: self.sums[name] for name in COUNTERS}
        sums.add(np.array(groups, np.int64), members=is_one, **amounts)
        return list(names), sums

    def rows(self, goroutines: Numbers) -> Numbers:
        """The row of each."""
        # Small numbers by a table: programs start with them, and most never leave it.
        shifted = goroutines + 1
        most = int(shifted.max(initial=0))
        while most >= len(self._row_of) and len(self._row_of) < _NEAR:
            self._row_of = np.append(self._row_of, np.full(len(self._row_of), -1, np.int32))
        is_near = (shifted >= 0) & (shifted < len(self._row_of))
        rows = np.where(is_near, self._row_of[np.where(is_near, shifted, 0)], -1).astype(np.int64)
        unknown = np.flatnonzero(rows < 0)
        if len(unknown):
            numbers, which = np.unique(goroutines[unknown], return_inverse=True)
            found = np.array([self._row(number) for number in numbers.tolist()], np.int64)
            rows[unknown] = found[which]
        return rows

    def _row(self, goroutine: int) -> int:
        row = self._far.get(goroutine, -1)
        if row < 0:
            if len(self._goroutines) >= MOST_GOROUTINES:
                return MOST_GOROUTINES
            row = len(self._goroutines)
            self._goroutines.append(goroutine)
            if 0 <= goroutine + 1 < len(self._row_of):
                self._row_of[goroutine + 1] = row
            self._far[goroutine] = row
        return row


_NEAR = 1 << 20
"""Goroutines below have their row in a table."""
