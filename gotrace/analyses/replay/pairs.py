"""Objects counted by type and span class: of every pair all that tables of either need."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.replay.batch import CLASS_ROWS, Objects, class_row, views
from gotrace.analyses.replay.moments import Numbers
from gotrace.kernels import load
from gotrace.kernels.plain.heap_census import ALIVE, NEW, SHARED, SOON, STATES

__all__ = ["ALIVE", "MOST_TYPES", "NEW", "SHARED", "SOON", "Pairs", "states"]

MOST_TYPES = 1 << 16
"""Types that are told apart; later ones count as untyped."""


def states(wanted: int, unwanted: int = 0) -> list[int]:
    """The states that have all bits of `wanted` and none of `unwanted`."""
    return [s for s in range(STATES) if s & wanted == wanted and not s & unwanted]


class Pairs:
    """Sums by pair: `objects[pair, state]`, `bytes[pair, state]`, and more below."""

    def __init__(self) -> None:
        self._kernel = load("heap_census")
        self._pair_of = np.full((64, CLASS_ROWS), -1, np.int32)
        self.count = 0
        self._keys: Numbers = np.zeros(16, np.int64)
        self._objects: Numbers = np.zeros((16, STATES), np.int64)
        self._bytes: Numbers = np.zeros((16, STATES), np.int64)
        self._more: Numbers = np.zeros((16, 2), np.int64)

    @property
    def type_row(self) -> Numbers:
        """Of each pair: 0 for no type, else the row of `types` plus one."""
        return self._keys[: self.count] // CLASS_ROWS

    @property
    def class_row(self) -> Numbers:
        """Of each pair: the row of its span class."""
        return self._keys[: self.count] % CLASS_ROWS

    @property
    def objects(self) -> Numbers:
        """Pairs x states."""
        return self._objects[: self.count]

    @property
    def bytes(self) -> Numbers:
        """Of slots: pairs x states."""
        return self._bytes[: self.count]

    @property
    def extra_allocations(self) -> Numbers:
        """Tiny allocations in a slot that another one had taken."""
        return self._more[: self.count, 0]

    @property
    def cycles_lived(self) -> Numbers:
        """Sum over objects that were allocated and freed in the trace."""
        return self._more[: self.count, 1]

    def rows(self, objects: Objects) -> Numbers:
        """The pair of each object."""
        pair = np.empty(len(objects), np.int64)
        row = 0
        while True:
            row = self._kernel.pairs(
                *views(objects.type, objects.span_class), MOST_TYPES, *views(self._pair_of, pair),
                row,
            )  # fmt: skip
            if row >= len(objects):
                return pair
            type_row = objects.type[row:].astype(np.int64) + 1
            type_row[(type_row < 0) | (type_row > MOST_TYPES)] = 0
            while type_row.max() >= len(self._pair_of):
                more = np.full_like(self._pair_of, -1)
                self._pair_of = np.concatenate([self._pair_of, more])
            key = type_row * CLASS_ROWS + class_row(objects.span_class[row:])
            self._add(key[self._pair_of.reshape(-1)[key] < 0])

    @property
    def tables(self) -> list[memoryview]:
        """What the kernel adds to: objects, bytes, more."""
        return views(self._objects, self._bytes, self._more)

    @property
    def tables_beside(self) -> list[memoryview]:
        """Tables of the same shape that nobody reads: these objects have been counted."""
        return views(*(np.zeros_like(table) for table in (self._objects, self._bytes, self._more)))

    def _add(self, keys: Numbers) -> None:
        new = np.unique(keys, return_counts=True)[0]
        self._pair_of.reshape(-1)[new] = self.count + np.arange(len(new), dtype=np.int32)
        while self.count + len(new) > len(self._keys):
            self._keys = np.concatenate([self._keys, np.zeros_like(self._keys)])
            self._objects = np.concatenate([self._objects, np.zeros_like(self._objects)])
            self._bytes = np.concatenate([self._bytes, np.zeros_like(self._bytes)])
            self._more = np.concatenate([self._more, np.zeros_like(self._more)])
        self._keys[self.count : self.count + len(new)] = new
        self.count += len(new)
