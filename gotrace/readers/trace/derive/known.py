"""Ids that were met, in the order in which they were: id → row of a table that grows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.tables.identity import unique_rows

__all__ = ["Known"]

Ids = npt.NDArray[np.uint64]


class Known:
    """Rows of ids; `ids[row]` is the id of a row."""

    def __init__(self) -> None:
        self.ids: Ids = np.zeros(0, np.uint64)
        self._sorted: Ids = np.zeros(0, np.uint64)
        self._rows = np.zeros(0, np.int32)

    def add(self, ids: Ids) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The row of each of `ids`, and which of them (first occurrences, in order) are new."""
        first, numbers = unique_rows(ids)
        unique = ids[first]
        rows = self._find(unique)
        new = np.flatnonzero(rows < 0)
        if len(new):
            rows[new] = len(self.ids) + np.arange(len(new), dtype=np.int32)
            self.ids = np.concatenate([self.ids, unique[new]])
            order = np.argsort(self.ids)
            self._sorted, self._rows = self.ids[order], order.astype(np.int32)
        return rows[numbers], first[new]

    def _find(self, ids: Ids) -> npt.NDArray[np.int32]:
        if not len(self._sorted):
            return np.full(len(ids), -1, np.int32)
        place = np.minimum(np.searchsorted(self._sorted, ids), len(self._sorted) - 1)
        return np.where(self._sorted[place] == ids, self._rows[place], np.int32(-1))
