"""A table of allocations as a stream that any heap of the model can replay.

Such a table says when objects were born and when they died, not when the collector ran: it is left
to the replay to collect (`gotrace.model.replay`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.model.stream import StepKind, Stream
from gotrace.tables.columns import Columns

__all__ = ["allocation_stream"]


def allocation_stream(
    columns: Columns, never_freed: npt.NDArray[np.bool_], *, is_exact: bool = True
) -> Stream:
    """The rows of a table `allocations` in the order of their times; object i is row i.

    Of what happens at one time, deaths of older objects come first, then births in the order of the
    rows, then deaths of objects that live for no time at all. `is_exact` says whether `size_bytes`
    is what was asked for, not the slot.
    """
    born, died = columns.array("time_ns"), columns.array("free_time_ns")
    freed = np.flatnonzero(~never_freed)
    objects = np.concatenate([np.arange(columns.rows), freed])
    is_free = np.arange(len(objects)) >= columns.rows
    rank = np.ones(len(objects), np.int8)
    rank[columns.rows :] = np.where(died[freed] > born[freed], 0, 2)
    times = np.concatenate([born, died[freed]])
    order = np.lexsort((objects, rank, times))
    objects, is_free = objects[order], is_free[order]
    return Stream(
        kind=np.where(is_free, StepKind.FREE, StepKind.ALLOC).astype(np.uint8),
        cache=columns.array("proc")[objects].astype(np.int32),
        object=objects.astype(np.int64),
        size=np.where(is_free, 0, columns.array("size_bytes")[objects]),
        has_pointers=columns.array("has_pointers")[objects] & ~is_free,
        is_exact=np.full(len(objects), is_exact) & ~is_free,
        time_ns=times[order].astype(np.int64),
    )
