"""What a replay gives, and how much of a stream it believes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gotrace.model.heap import Statistics
from gotrace.tables.notes import Note

__all__ = ["MAX_CACHES", "MAX_HEAP_BYTES", "MIN_GOAL_BYTES", "Placements", "Replayed", "Stop"]

MAX_CACHES = 1024
"""Ps that a stream may name; more are taken for a broken stream."""

MAX_HEAP_BYTES = 1 << 38
"""Bytes of objects and stacks that may be in use at once, dead ones included."""

MIN_GOAL_BYTES = 4 << 20
"""No collection starts with less in use (`heapMinimum`, GOGC=100)."""


class Placements(NamedTuple):
    """Where each row's object went, as `gotrace.model.heap.Allocation`; -1 in all other rows.

    Columns are as narrow as they can be: there is a row for each row of the stream.
    """

    address: NDArray[np.int64]
    span: NDArray[np.int64]
    slot: NDArray[np.int32]
    size_class: NDArray[np.int16]
    span_class: NDArray[np.int16]
    slot_bytes: NDArray[np.int64]
    is_tiny: NDArray[np.int8]
    is_new_span: NDArray[np.int8]
    is_new_slot: NDArray[np.int8]

    @classmethod
    def empty(cls, rows: int) -> Placements:
        """So many rows, to be filled in."""
        return cls(
            address=np.empty(rows, np.int64),
            span=np.empty(rows, np.int64),
            slot=np.empty(rows, np.int32),
            size_class=np.empty(rows, np.int16),
            span_class=np.empty(rows, np.int16),
            slot_bytes=np.empty(rows, np.int64),
            is_tiny=np.empty(rows, np.int8),
            is_new_span=np.empty(rows, np.int8),
            is_new_slot=np.empty(rows, np.int8),
        )


class Stop(NamedTuple):
    """The heap on the way."""

    row: int
    """How many rows had been played."""
    marks_count: int
    statistics: Statistics


@dataclass(frozen=True)
class Replayed:
    """The heap at the stream's end, the placements, and what was wrong with the stream."""

    statistics: Statistics
    placements: Placements
    marks_count: int
    notes: tuple[Note, ...]
    stops: tuple[Stop, ...] = ()
    """The heap after as many rows as were asked for."""
