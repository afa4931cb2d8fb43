"""A stream whose sizes are known, or lie between two bounds: then it is two streams."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.moments import Numbers
from gotrace.model.policy import Policy
from gotrace.model.stream import StepKind, Stream

__all__ = ["StreamBounds", "exact_bounds", "folded", "is_decided"]

_PAIRS = 1 << 20
"""Different pairs of bounds that are looked at one by one; of more, both ends are replayed."""


@dataclass(frozen=True)
class StreamBounds:
    """The stream with the smallest and with the largest sizes; else the two are the same.

    Columns of one number a row: the bytes asked for, at least and at most, and whether the row
    stands for a slot that tiny objects may share.
    """

    least: Stream
    most: Stream
    least_asked_bytes: Numbers
    most_asked_bytes: Numbers
    is_shared: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.most)

    @property
    def has_exact_sizes(self) -> bool:
        """Whether every size is known."""
        return bool(np.array_equal(self.least_asked_bytes, self.most_asked_bytes))

    @property
    def exact_count(self) -> int:
        """Allocations whose size is known."""
        is_known = self.least_asked_bytes == self.most_asked_bytes
        return int(np.count_nonzero(is_known & (self.most.kind == StepKind.ALLOC)))

    @property
    def allocations_count(self) -> int:
        """All allocations."""
        return int(np.count_nonzero(self.most.kind == StepKind.ALLOC))

    @property
    def shared_count(self) -> int:
        """Allocations that stand for a slot of tiny objects."""
        return int(np.count_nonzero(self.is_shared))


def exact_bounds(stream: Stream) -> StreamBounds:
    """The bounds of a stream whose sizes are what they are."""
    nothing = np.zeros(len(stream), np.bool_)
    return StreamBounds(stream, stream, stream.size, stream.size, nothing)


def folded(bounds: StreamBounds, procs: int) -> StreamBounds:
    """The same allocations on `procs` Ps: P n's are P n modulo `procs`'s."""
    return replace(bounds, least=_fold(bounds.least, procs), most=_fold(bounds.most, procs))


def _fold(stream: Stream, procs: int) -> Stream:
    cache = np.where(stream.cache >= 0, stream.cache % procs, stream.cache)
    size = np.where(stream.kind == StepKind.PROCS, procs, stream.size)
    return replace(stream, cache=cache.astype(np.int32), size=size)


def is_decided(bounds: StreamBounds, policy: Policy) -> bool:
    """Whether every object gets the same slot whatever its size within its bounds.

    Slots grow with sizes, so that two equal ends decide all between. Then one replay tells all.
    """
    least, most = bounds.least, bounds.most
    open_rows = np.flatnonzero((least.size != most.size) & (most.kind == StepKind.ALLOC))
    if not len(open_rows):
        return True
    ends = np.stack([least.size[open_rows], most.size[open_rows], most.has_pointers[open_rows]])
    pairs = np.unique(ends, axis=1)
    if pairs.shape[1] > _PAIRS:
        return False
    rules = policy.sizes
    for low, high, has_pointers in pairs.T.tolist():
        try:
            first, last = (rules.request(size, bool(has_pointers)) for size in (low, high))
        except ValueError:  # the replay will say so
            return False
        if first.slot_bytes != last.slot_bytes or first.kind != last.kind:
            return False
    return True
