"""What came before, key by key: joins each event of a goroutine (or proc) to its previous one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Stays"]

Rows = npt.NDArray[np.int64]


class Stays:
    """Remembers for every key that is not gone the values it had last."""

    def __init__(self, width: int) -> None:
        self._keys = np.zeros(0, np.int64)
        self._values = np.zeros((0, width), np.int64)

    def advance(self, keys: Rows, values: Rows, is_gone: npt.NDArray[np.bool_]) -> Rows:
        """The previous values of each key, -1 for none; `values` are those from now on.

        `values` is n x width. A key that is gone is forgotten until it comes again.
        """
        previous = np.full(values.shape, -1, np.int64)
        if not len(keys):
            return previous
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        is_first = np.append(True, ordered[1:] != ordered[:-1])
        before = np.flatnonzero(~is_first)
        previous[order[before]] = values[order[before - 1]]
        firsts = order[is_first]
        previous[firsts] = self._last(keys[firsts])
        lasts = order[np.append(np.flatnonzero(is_first)[1:], len(order)) - 1]
        # Gone and come again is not "stayed".
        previous[order[before[is_gone[order[before - 1]]]]] = -1
        self._put(keys[lasts], values[lasts], is_gone[lasts])
        return previous

    def rest(self) -> tuple[Rows, Rows]:
        """The keys that are not gone, sorted, and their values."""
        return self._keys, self._values

    def _last(self, keys: Rows) -> Rows:
        found = np.full((len(keys), self._values.shape[1]), -1, np.int64)
        if len(self._keys):
            place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            is_known = self._keys[place] == keys
            found[is_known] = self._values[place[is_known]]
        return found

    def _put(self, keys: Rows, values: Rows, is_gone: npt.NDArray[np.bool_]) -> None:
        """`keys` are sorted and each there once."""
        place = np.minimum(np.searchsorted(keys, self._keys), len(keys) - 1)
        is_old = keys[place] != self._keys
        merged = np.concatenate([self._keys[is_old], keys[~is_gone]])
        order = np.argsort(merged, kind="stable")
        self._keys = merged[order]
        self._values = np.concatenate([self._values[is_old], values[~is_gone]])[order]
