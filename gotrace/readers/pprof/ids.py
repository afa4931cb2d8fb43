"""The ids of a profile → rows. Ids are any 64-bit numbers but 0; most writers count from 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.readers.draft import DANGLING

__all__ = ["IdIndex"]

Ids = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class IdIndex:
    """Small ids index a table directly, others are searched; the kernel uses the same two parts."""

    near_rows: Rows
    """Row by id for ids below its length; DANGLING where nothing has the id."""
    far_ids: Ids
    """The other ids, sorted."""
    far_rows: Rows
    """And their rows."""

    @classmethod
    def of(cls, ids: Ids) -> IdIndex:
        """Index the ids of rows 0, 1, ... ; of equal ids any one is found."""
        bound = 2 * len(ids) + 16
        is_near = ids < bound
        rows = np.arange(len(ids), dtype=np.int32)
        near_rows = np.full(bound, DANGLING, np.int32)
        near_rows[ids[is_near]] = rows[is_near]
        far = np.flatnonzero(~is_near)
        far = far[np.argsort(ids[far], kind="stable")]
        return cls(near_rows, ids[far], rows[far])

    def rows(self, ids: Ids) -> Rows:
        """The row of every id: -1 for id 0, DANGLING where nothing has the id."""
        result = np.full(len(ids), DANGLING, np.int32)
        is_near = ids < len(self.near_rows)
        result[is_near] = self.near_rows[ids[is_near]]
        if len(self.far_ids) and not is_near.all():
            place = np.minimum(np.searchsorted(self.far_ids, ids), len(self.far_ids) - 1)
            is_found = self.far_ids[place] == ids
            result[is_found] = self.far_rows[place[is_found]]
        result[ids == 0] = -1
        return result
