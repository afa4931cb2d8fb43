"""Internal waste: what lies between a slot and what was asked for, as bounds.

For a pair of type and span class it is the same for every object; a large object's depends on how
many pages it has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.batch import MOST_BYTES, Objects
from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.replay.pairs import ALIVE, NEW, SHARED, Pairs, states
from gotrace.analyses.replay.requests import Request, request, span_class_at
from gotrace.model.size_classes import size_class_table
from gotrace.model.spans import max_small_request_bytes
from gotrace.model.versions import GoVersion

__all__ = ["Waste", "WasteSums"]

Flags = npt.NDArray[np.bool_]

_LARGE_ROWS = 2
_TINY_WASTE = 14
"""At most, where two objects or more share a slot of 16 bytes."""
_NEW_LEAST, _NEW_MOST, _ALIVE_LEAST, _ALIVE_MOST, _EXACT, _MISFITS = range(6)


@dataclass(frozen=True)
class WasteSums:
    """One number a pair."""

    new_least_bytes: Numbers
    """Of objects that were allocated in the trace."""
    new_most_bytes: Numbers
    alive_least_bytes: Numbers
    """Of objects that are there at the end."""
    alive_most_bytes: Numbers
    exact_objects: Numbers
    """New ones whose request is known."""
    misfits: Numbers
    """New ones that no multiple of their type's size fits."""


class Waste:
    """Bounds of waste; `types` are the sizes of the rows of `types`, which may grow."""

    def __init__(self, version: GoVersion, pairs: Pairs, types: list[int]) -> None:
        self._version = version
        self._pairs = pairs
        self._types = types
        self._bounds: Numbers = np.zeros((2, 0), np.int64)
        self._large: Numbers = np.zeros((6, 16), np.int64)
        self._page_bytes = size_class_table(version).page_bytes

    def of(self, objects: Objects, pair: Numbers) -> Numbers:
        """Least and most waste of each object (2 x n); sums up those of large ones."""
        self._extend()
        bounds = np.take(self._bounds, pair, axis=1)
        shared = np.flatnonzero(objects.allocations > 1)
        bounds[0, shared], bounds[1, shared] = 0, np.maximum(bounds[1, shared], _TINY_WASTE)
        large = objects.large
        if len(large):
            bounds[:, large], fits = self._of_large(objects, large)
            self._sum(objects, large, pair[large], bounds[:, large], fits)
        return bounds

    def sums(self) -> WasteSums:
        """By pair."""
        self._extend()
        pairs = self._pairs
        new, alive = (pairs.objects[:, states(bit)].sum(axis=1) for bit in (NEW, ALIVE))
        shared = [pairs.objects[:, states(bit | SHARED)].sum(axis=1) for bit in (NEW, ALIVE)]
        found = np.zeros((6, pairs.count), np.int64)
        found[:, :] = self._large[:, : pairs.count]
        for pair, (type_row, row) in enumerate(
            zip(pairs.type_row.tolist(), pairs.class_row.tolist(), strict=True)
        ):
            if row <= _LARGE_ROWS:
                continue
            least, most = self._bounds[:, pair].tolist()
            alone, kept = new[pair] - shared[0][pair], alive[pair] - shared[1][pair]
            # Several tiny objects fill a slot: all of it, or all but what two need at least.
            tiny = max(most, _TINY_WASTE)
            asked = self._request(type_row, row)
            found[:, pair] = (
                alone * least, alone * most + shared[0][pair] * tiny,
                kept * least, kept * most + shared[1][pair] * tiny,
                alone * asked.is_exact, alone * (not asked.fits_type),
            )  # fmt: skip
        return WasteSums(*found)

    def _request(self, type_row: int, row: int) -> Request:
        found = span_class_at(self._version, row)
        slot = found.slot_bytes if found is not None else 0
        return request(self._version, row, slot, self._size(type_row))

    def _size(self, type_row: int) -> int:
        return self._types[type_row - 1] if 0 < type_row <= len(self._types) else 0

    def _extend(self) -> None:
        known = self._bounds.shape[1]
        pairs = self._pairs
        more = np.zeros((2, pairs.count - known), np.int64)
        rows = zip(pairs.type_row[known:].tolist(), pairs.class_row[known:].tolist(), strict=True)
        for place, (type_row, row) in enumerate(rows):
            found = span_class_at(self._version, row)
            if found is None or row <= _LARGE_ROWS:
                continue
            asked = self._request(type_row, row)
            more[:, place] = (
                found.slot_bytes - asked.most_bytes, found.slot_bytes - asked.least_bytes
            )  # fmt: skip
        self._bounds = np.concatenate([self._bounds, more], axis=1)
        while self._large.shape[1] < pairs.count:
            self._large = np.concatenate([self._large, np.zeros_like(self._large)], axis=1)

    def _of_large(self, objects: Objects, rows: Numbers) -> tuple[Numbers, Flags]:
        """Bounds (2 x n), and which fit their type."""
        slot = np.clip(objects.slot_bytes[rows], 0, MOST_BYTES)
        least = np.maximum(slot - self._page_bytes + 1, max_small_request_bytes(self._version) + 1)
        least = np.minimum(least, slot)
        sizes = np.array([0, *self._types], np.int64)
        row = objects.type[rows].astype(np.int64) + 1
        size = np.maximum(sizes[np.where((row >= 0) & (row < len(sizes)), row, 0)], 1)
        last, first = slot // size * size, -(-least // size) * size
        fits: Flags = first <= last
        bounds = np.stack([slot - np.where(fits, last, slot), slot - np.where(fits, first, least)])
        return bounds, fits

    def _sum(
        self, objects: Objects, rows: Numbers, pair: Numbers, bounds: Numbers, fits: Flags
    ) -> None:
        is_new, is_alive = objects.is_new[rows], objects.is_alive[rows]
        for kind, amount in (
            (_NEW_LEAST, bounds[0] * is_new),
            (_NEW_MOST, bounds[1] * is_new),
            (_EXACT, (bounds[0] == bounds[1]) & is_new),
            (_ALIVE_LEAST, bounds[0] * is_alive),
            (_ALIVE_MOST, bounds[1] * is_alive),
            (_MISFITS, ~fits & is_new),
        ):
            np.add.at(self._large[kind], pair, amount)
