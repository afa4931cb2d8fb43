"""A stream made up from a heap profile: illustrative, and labelled so.

A heap profile says how much of each slot size was allocated and how much of it is in use; not in
what order, not for how long, not with pointers. Here objects are drawn in proportion to what was
allocated, one after another, and each lives for a random time whose mean makes as much of its kind
survive to the end as the profile shows in use.

That mean: objects are born evenly over a window of 1 and live for exponential times of mean x. Of
those born at t, exp(-(1 - t) / x) are alive at the end; all together x (1 - exp(-1 / x)), which
grows from 0 to 1 with x and so has one x for every share in use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gotrace.analyses.allocation_stream import allocation_stream
from gotrace.analyses.heap_values import HeapValues
from gotrace.errors import UsageError
from gotrace.model.stream import Stream
from gotrace.tables.columns import Columns
from gotrace.tables.notes import Note, Severity

__all__ = ["ILLUSTRATIVE", "Synthesised", "mean_lifetimes", "synthesise"]

ILLUSTRATIVE = "illustrative"
"""The word that stands wherever numbers of such a stream are shown."""

_STEP_NS = 1000
"""Allocations are so far apart on a clock of our own, so that deaths find room between them."""
_BISECTIONS = 100

Counts = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Synthesised:
    """A stream and the notes that must go with it."""

    stream: Stream
    notes: tuple[Note, ...]
    of_sample: Counts
    """Which sample of the profile each object was drawn from."""


def synthesise(heap: HeapValues, allocations: int = 100_000, seed: int = 1) -> Synthesised:
    """At most `allocations` objects drawn from a heap profile; the same `seed`, the same stream.

    Sizes are slots (`is_exact` is false), everything is allocated by P 0 and without pointers.
    Raises UsageError for a difference of profiles and for one that knows no slots.
    """
    if heap.is_difference:
        raise UsageError("a difference of profiles has no stream; name one profile")
    born, share = _born_and_share(heap)
    usable = np.flatnonzero((born > 0) & (heap.slot_bytes > 0))
    if not len(usable):
        raise UsageError("this heap profile names no object whose slot is known")
    running = np.cumsum(born[usable].astype(np.float64))
    count = int(min(allocations, running[-1]))
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = np.searchsorted(running, generator.random(count) * running[-1], side="right")
    sample = usable[np.minimum(drawn, len(usable) - 1)]
    lives = generator.standard_exponential(count) * mean_lifetimes(share)[sample] * count
    columns, never = _columns(heap.slot_bytes[sample], lives)
    # The order of its times is drawn; the times themselves are no nanoseconds.
    stream = replace(allocation_stream(columns, never, is_exact=False), time_ns=None)
    return Synthesised(stream, _notes(heap, born, count), sample)


def mean_lifetimes(share_in_use: Reals) -> Reals:
    """The mean lifetime, as a part of the window, that leaves each share in use at its end.

    0 for nothing in use; infinite where everything is.
    """
    shares, which = np.unique(share_in_use, return_inverse=True)
    low, high = np.full(len(shares), -30.0), np.full(len(shares), 30.0)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        mean = np.exp(middle)
        is_enough = mean * -np.expm1(-1 / mean) >= shares
        low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
    means = np.exp(high)
    means[shares <= 0] = 0.0
    means[shares >= 1] = np.inf
    found: Reals = means[which]
    return found


def _born_and_share(heap: HeapValues) -> tuple[Counts, Reals]:
    """Objects allocated by sample, and which share of them is in use."""
    born = heap.recorded.get("alloc", next(iter(heap.recorded.values()))).objects
    if "inuse" not in heap.measures:
        return born, np.zeros(len(born))
    alive = heap.measures["inuse"].objects
    share = np.clip(alive / np.maximum(born, 1), 0.0, 1.0)
    return born, share


def _columns(slots: Counts, lives: Reals) -> tuple[Columns, npt.NDArray[np.bool_]]:
    """A table `allocations`: object i is born at step i; what outlives the last step never dies."""
    count = len(slots)
    time = np.arange(count, dtype=np.int64) * _STEP_NS
    never = np.arange(count) + lives >= count
    steps = np.where(never, 0.0, lives) * _STEP_NS
    died = time + np.maximum(steps.astype(np.int64), 1)
    columns = Columns(
        count,
        {
            "time_ns": time,
            "proc": np.zeros(count, np.int32),
            "size_bytes": slots,
            "has_pointers": np.zeros(count, np.bool_),
            "free_time_ns": np.where(never, -1, died),
        },
    )
    return columns, never


def _notes(heap: HeapValues, born: Counts, count: int) -> tuple[Note, ...]:
    total = int(born[born > 0].sum())
    notes = [
        Note(
            Severity.LOSS,
            "stream-is-synthesised",
            f"{ILLUSTRATIVE}: a heap profile has no stream. {count:,} objects were drawn from its "
            f"{total:,}: slot sizes and shares are the profile's, order and lifetimes are random, "
            "pointers are left out",
            count,
            advice="a trace recorded with `GODEBUG=traceallocfree=1` has the real stream",
        )
    ]
    unknown = int(np.count_nonzero((heap.slot_bytes == 0) & (born > 0)))
    if unknown:
        notes.append(
            Note(
                Severity.LOSS,
                "slot-unknown",
                f"{unknown:,} samples do not tell the slot size of their objects: not drawn",
                unknown,
            )
        )
    return tuple(notes)
