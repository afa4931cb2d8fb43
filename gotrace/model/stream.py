"""The allocation stream: what a program did to its memory, as columns that any heap can replay.

=============  ======================================================================
kind           columns that count
=============  ======================================================================
`ALLOC`        cache, object (a number of its own), size, has_pointers, is_exact
`FREE`         cache, object
`MARK_BEGIN`   none
`MARK_END`     none
`FLUSH`        cache (`ReadMemStats` flushes all, one row each)
`STACK_ALLOC`  cache, object, size
`STACK_FREE`   cache, object
`PROCS`        size: how many Ps there are from here on
=============  ======================================================================

`cache` is the P; stacks are also allocated without one, -1. Unused columns are 0. A `FREE` says
when the object died, or, in a swept stream (from a trace), that the sweeper freed it after the mark
before: see `Stream.is_swept`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Step", "StepKind", "Stream"]


class StepKind(IntEnum):
    """What happened; the numbers are those of the column `kind`."""

    ALLOC = 0
    FREE = 1
    MARK_BEGIN = 2
    MARK_END = 3
    FLUSH = 4
    STACK_ALLOC = 5
    STACK_FREE = 6
    PROCS = 7


@dataclass(frozen=True)
class Step:
    """One row, for streams written by hand."""

    kind: StepKind
    cache: int = 0
    object: int = 0
    size: int = 0
    has_pointers: bool = False
    is_exact: bool = True


@dataclass(frozen=True)
class Stream:
    """Columns of equal length, in the order in which things happened.

    Raises ValueError if lengths differ.
    """

    kind: NDArray[np.uint8]
    cache: NDArray[np.int32]
    object: NDArray[np.int64]
    size: NDArray[np.int64]
    """Bytes asked for."""
    has_pointers: NDArray[np.bool_]
    is_exact: NDArray[np.bool_]
    """Whether `size` is what was asked for, not the slot that it was rounded up to."""
    is_swept: bool = False
    """Whether `FREE` rows are what the sweeper freed: those objects were dead at the `MARK_END`
    before. Otherwise they are what the program gave up, to be found dead by the next mark."""
    time_ns: NDArray[np.int64] | None = None
    """When each row happened, if that is known. Placements do not depend on it; what goes back to
    the system does (`gotrace.model.returns`)."""

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.columns()}
        if self.time_ns is not None:
            lengths.add(len(self.time_ns))
        if len(lengths) != 1:
            raise ValueError("the columns of a stream have different lengths")

    def __len__(self) -> int:
        return len(self.kind)

    def columns(self) -> tuple[NDArray[np.generic], ...]:
        """All columns but the time, in the order of their declaration."""
        return (
            self.kind,
            self.cache,
            self.object,
            self.size,
            self.has_pointers,
            self.is_exact,
        )

    @classmethod
    def of(cls, steps: Iterable[Step], is_swept: bool = False) -> Stream:
        """The stream of these steps."""
        rows = list(steps)
        return cls(
            kind=np.array([row.kind for row in rows], np.uint8),
            cache=np.array([row.cache for row in rows], np.int32),
            object=np.array([row.object for row in rows], np.int64),
            size=np.array([row.size for row in rows], np.int64),
            has_pointers=np.array([row.has_pointers for row in rows], np.bool_),
            is_exact=np.array([row.is_exact for row in rows], np.bool_),
            is_swept=is_swept,
        )
