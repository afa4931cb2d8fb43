"""Which region and task an object was allocated in: looked up by goroutine and time."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.replay.payers import PayerSums
from gotrace.tables.columns import Columns

__all__ = ["Annotations"]

_MOST_CHANGES = 1 << 20
"""Changes that are remembered; whoever allocates after them is in no region."""
_TIME_BITS = 44
"""Of the key: 4.9 hours; what comes later counts as then."""
_MOST_GOROUTINES = 1 << 18
_NOWHERE = "(none)"


class Annotations:
    """Sums by region and by task, by name; row 0 is of what is in none."""

    def __init__(self) -> None:
        self.regions, self.tasks = PayerSums(), PayerSums()
        self._names: list[str] = []
        self._goroutines: dict[int, int] = {}
        self._known: Numbers = np.zeros(0, np.int64)
        self._rank: Numbers = np.zeros(0, np.int64)
        self._segments: list[Numbers] = []  # 3 x n, sorted: key, region, task
        self._count = 0
        self.left_out_count = 0
        """Changes that are not remembered."""

    @property
    def is_used(self) -> bool:
        """Whether the trace has any region or task."""
        return self._count > 0

    def names(self, sums: PayerSums) -> list[str]:
        """The names of the rows of `regions` or `tasks`."""
        return [_NOWHERE, *self._names][: sums.count]

    def add_marks(self, columns: Columns) -> None:
        """Rows of `annotation_marks`, later than all before."""
        region, task = columns.coded("region"), columns.coded("task")
        self._names = region.values
        goroutines = columns.array("goroutine").tolist()
        room = _MOST_CHANGES - self._count
        ranks = [self._rank_of(goroutine) for goroutine in goroutines]
        rank = np.array(ranks, np.int64)
        kept = np.flatnonzero(rank >= 0)[:room]
        self.left_out_count += len(rank) - len(kept)
        self._count += len(kept)
        key = self._keys(rank[kept], columns.array("time_ns")[kept])
        order = np.argsort(key, kind="stable")
        values = np.stack([key, region.codes[kept], task.codes[kept]])
        self._segments.append(values[:, order].astype(np.int64))
        while len(self._segments) > 1 and self._is_large(self._segments[-1]):
            self._merge()
        numbers = np.array(list(self._goroutines), np.int64)
        order = np.argsort(numbers)
        self._known, self._rank = numbers[order], order

    def rows(self, goroutines: Numbers, times_ns: Numbers) -> tuple[Numbers, Numbers]:
        """Of regions and of tasks the rows of who allocated when."""
        region, task = self._find(goroutines, times_ns)
        return region + 1, task + 1

    def _find(self, goroutines: Numbers, times_ns: Numbers) -> tuple[Numbers, Numbers]:
        best = np.full((3, len(goroutines)), -1, np.int64)
        if len(self._known):
            place = np.minimum(np.searchsorted(self._known, goroutines), len(self._known) - 1)
            here = np.flatnonzero(self._known[place] == goroutines)
            rank = self._rank[place[here]]
            key = self._keys(rank, times_ns[here])
            for segment in self._segments:
                last = np.searchsorted(segment[0], key, side="right") - 1
                found = segment[:, last]
                is_own = (last >= 0) & (found[0] >> _TIME_BITS == rank) & (found[0] > best[0, here])
                best[:, here[is_own]] = found[:, is_own]
        return best[1], best[2]

    def _rank_of(self, goroutine: int) -> int:
        if goroutine not in self._goroutines and len(self._goroutines) >= _MOST_GOROUTINES:
            return -1
        return self._goroutines.setdefault(goroutine, len(self._goroutines))

    @staticmethod
    def _keys(rank: Numbers, times_ns: Numbers) -> Numbers:
        return (rank << _TIME_BITS) + np.clip(times_ns, 0, (1 << _TIME_BITS) - 1)

    def _is_large(self, segment: Numbers) -> bool:
        return 2 * int(segment.shape[1]) >= int(self._segments[-2].shape[1])

    def _merge(self) -> None:
        joined = np.concatenate(self._segments[-2:], axis=1)
        self._segments[-2:] = [joined[:, np.argsort(joined[0], kind="stable")]]
