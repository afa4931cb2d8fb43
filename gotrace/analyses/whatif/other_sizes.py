"""The same objects in the slots of another Go version: least and most, for requests are bounds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.batch import MOST_BYTES, Objects
from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.replay.pairs import Pairs
from gotrace.analyses.replay.waste import Waste
from gotrace.model.policies import policy_for
from gotrace.model.size_classes import size_class_table
from gotrace.model.spans import max_small_request_bytes
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Columns

__all__ = ["OtherSizes"]


class OtherSizes:
    """Slots in `version` of what `recorded` put in slots of its own."""

    def __init__(self, recorded: GoVersion, version: GoVersion) -> None:
        self.version = version
        self._types: list[int] = []
        self._pairs = Pairs()
        self._waste = Waste(recorded, self._pairs, self._types)
        self._page_bytes = size_class_table(version).page_bytes
        self._largest = max_small_request_bytes(version)
        self._small = [_small_slots(version, self._largest, p) for p in (False, True)]

    def add_types(self, columns: Columns) -> None:
        """More rows of `types`."""
        self._types += columns.array("size_bytes").tolist()

    def slots(self, objects: Objects) -> list[Numbers]:
        """The least and the most slot bytes of each object."""
        waste = self._waste.of(objects, self._pairs.rows(objects))
        slot = np.clip(objects.slot_bytes, 0, MOST_BYTES)
        has_pointers = ~objects.columns.array("is_noscan")
        most, least = slot - waste[0], slot - waste[1]
        is_shared = objects.allocations > 1
        return [
            np.where(is_shared, slot, self._slot(np.maximum(asked, 1), has_pointers))
            for asked in (least, most)
        ]

    def _slot(self, asked: Numbers, has_pointers: npt.NDArray[np.bool_]) -> Numbers:
        small = np.minimum(asked, self._largest)
        found = np.where(has_pointers, self._small[1][small], self._small[0][small])
        pages = -(-asked // self._page_bytes) * self._page_bytes
        slots: Numbers = np.where(asked > self._largest, pages, found)
        return slots


def _small_slots(version: GoVersion, largest: int, has_pointers: bool) -> Numbers:
    """By size asked for: bytes of the slot."""
    sizes = policy_for(str(version)).sizes
    slots = [sizes.request(size, has_pointers).slot_bytes for size in range(1, largest + 1)]
    return np.array([0, *slots], np.int64)
