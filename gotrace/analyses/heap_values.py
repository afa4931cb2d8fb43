"""A heap profile's numbers by sample: slot size, what was allocated, what is in use, how sure.

**How the numbers come about.** Every P counts down a random number of allocated bytes (exponential,
mean `runtime.MemProfileRate`, 512 KiB by default); the object that ends the countdown is recorded
(`mallocgc` in `runtime/malloc.go`). An object of s bytes is thus recorded with probability
p = 1 - exp(-s / rate), independently of all others, and the profile shows every recorded object as
1 / p objects (`scaleHeapSample` in `runtime/pprof/protomem.go`).

**How sure they are.** That is the Horvitz-Thompson estimate of independent draws, whose variance
has the unbiased estimate: the sum over recorded objects of (1 - p) / p². A value v of the profile
stands for r = v p recorded objects, so it adds r (1 - p) / p² = v (1 - p) / p objects², times s²
for bytes. Every ± in gotrace is the square root of such a sum: one standard deviation.

**What it cannot know.** Where nothing was recorded the estimate and its error are 0, though some
objects may be there: about 3 rate / s objects can hide at 5 % odds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.errors import UsageError
from gotrace.tables.recording import Recording

__all__ = ["RATE_UNKNOWN", "HeapValues", "Measure", "Totals", "heap_values", "is_heap"]

RATE_UNKNOWN = "not told: these may be estimates from samples, of unknown error"
"""What is known of a heap profile whose period is 0 or less."""
_EXACT_REALS = 2.0**52
"""Up to here sums of whole numbers in float64 are exact, and several times faster."""

Counts = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

# The text form with one pair of columns calls them `objects` and `space` (what is in use).
_NAMES = {
    "alloc": (("alloc_objects",), ("alloc_space",)),
    "inuse": (("inuse_objects", "objects"), ("inuse_space", "space")),
}


@dataclass(frozen=True)
class Totals:
    """Sums of a measure by group (N of them), and the standard errors of those sums."""

    objects: Counts
    bytes: Counts
    object_errors: Reals
    byte_errors: Reals

    def whole(self) -> Totals:
        """All groups together, as arrays of one."""
        return Totals(
            self.objects.sum(keepdims=True),
            self.bytes.sum(keepdims=True),
            np.sqrt((self.object_errors**2).sum(keepdims=True)),
            np.sqrt((self.byte_errors**2).sum(keepdims=True)),
        )


@dataclass(frozen=True)
class Measure:
    """Objects and bytes of S samples, as scaled up in the profile.

    `object_bytes` is the size of each sample's objects and `spread` is (1 - p) / p, what each of
    them adds to the variance of a sum of objects.
    """

    objects: Counts
    bytes: Counts
    object_bytes: Reals
    spread: Reals

    @cached_property
    def object_variance(self) -> Reals:
        """What each sample adds to the variance of a sum of objects."""
        variance: Reals = np.abs(self.objects.astype(np.float64)) * self.spread
        return variance

    @cached_property
    def byte_variance(self) -> Reals:
        """What each sample adds to the variance of a sum of bytes."""
        variance: Reals = self.object_variance * self.object_bytes**2
        return variance

    @cached_property
    def is_difference(self) -> bool:
        """Whether some values are negative, as in one profile minus another."""
        return bool((self.objects < 0).any() or (self.bytes < 0).any())

    def at(self, samples: npt.NDArray[Any]) -> Measure:
        """The measure of some samples only (row numbers or a boolean mask)."""
        return Measure(
            self.objects[samples],
            self.bytes[samples],
            self.object_bytes[samples],
            self.spread[samples],
        )

    def minus(self, other: Measure) -> Measure:
        """The objects and bytes that are not in `other`, which has the same samples."""
        return replace(self, objects=self.objects - other.objects, bytes=self.bytes - other.bytes)

    def totals(self, groups: npt.NDArray[Any], count: int) -> Totals:
        """Sums over the samples of each group; `groups` has a group (below `count`) by sample."""
        return Totals(
            _sums(self.objects, groups, count),
            _sums(self.bytes, groups, count),
            np.sqrt(np.bincount(groups, self.object_variance, count)),
            np.sqrt(np.bincount(groups, self.byte_variance, count)),
        )


@dataclass(frozen=True)
class HeapValues:
    """The S samples of a heap profile.

    `slot_bytes` is the size of the slot that each object of the sample takes, 0 where the profile
    does not tell. `measures` has `alloc`, `freed` and `inuse`, in this order, as far as the profile
    tells them: `freed` is what was allocated and is not in use. `rate_bytes` is the sampling rate;
    1 means that every object was recorded, or, unless `is_rate_known`, that nobody told.
    """

    slot_bytes: Counts
    measures: dict[str, Measure]
    rate_bytes: int
    is_rate_known: bool = True

    @property
    def is_sampled(self) -> bool:
        """Whether the values are estimates of known error."""
        return self.rate_bytes > 1

    @property
    def recorded(self) -> dict[str, Measure]:
        """What the profile itself records: `alloc`, `inuse` or both."""
        return {name: self.measures[name] for name in _NAMES if name in self.measures}

    @cached_property
    def is_empty(self) -> npt.NDArray[np.bool_]:
        """For each sample, whether it stands for nothing: Go's text form lists such records."""
        empty = np.ones(len(self.slot_bytes), bool)
        for measure in self.recorded.values():
            empty &= (measure.objects == 0) & (measure.bytes == 0)
        return empty

    @cached_property
    def is_difference(self) -> bool:
        """Whether some values are negative, as in one profile minus another."""
        return any(measure.is_difference for measure in self.recorded.values())


def is_heap(recording: Recording) -> bool:
    """Whether `heap_values` can read the recording."""
    names = {name for name, _ in recording.sample_types}
    return recording.kind == "heap" and any(
        names & set(objects) and names & set(sizes) for objects, sizes in _NAMES.values()
    )


def heap_values(recording: Recording) -> HeapValues:
    """The heap values of a recording; raises UsageError if it is no heap profile."""
    if not is_heap(recording):
        raise UsageError(f"this needs a heap profile; the recording is of kind `{recording.kind}`")
    rate = max(recording.origin.period, 1)
    columns = {name: _columns(recording, *_NAMES[name]) for name in _NAMES}
    recorded = {name: pair for name, pair in columns.items() if pair is not None}
    first = next(iter(recorded.values()))
    slots = _slot_bytes(recording, *first)
    sizes = _object_bytes(slots, *first)
    spread = _spread(sizes, rate)
    measures = {name: Measure(*pair, sizes, spread) for name, pair in recorded.items()}
    if "alloc" in measures and "inuse" in measures:
        alloc, inuse = measures["alloc"], measures["inuse"]
        measures = {"alloc": alloc, "freed": alloc.minus(inuse), "inuse": inuse}
    return HeapValues(slots, measures, rate, recording.origin.period > 0)


def _sums(values: Counts, groups: npt.NDArray[Any], count: int) -> Counts:
    """The exact sum of `values` in each of `count` groups (modulo 2**64, as in Go)."""
    reals = values.astype(np.float64)
    if np.abs(reals).sum() < _EXACT_REALS:
        return np.bincount(groups, reals, count).astype(np.int64)
    total = np.zeros(count, np.int64)
    np.add.at(total, groups, values)
    return total


def _columns(
    recording: Recording, objects: tuple[str, ...], sizes: tuple[str, ...]
) -> tuple[Counts, Counts] | None:
    """Objects and bytes under the first of these sample types; None if there are none."""
    names = [name for name, _ in recording.sample_types]
    rows = [[names.index(n) for n in wanted if n in names] for wanted in (objects, sizes)]
    if not all(rows):
        return None
    return recording.values(rows[0][0]), recording.values(rows[1][0])


def _slot_bytes(recording: Recording, objects: Counts, sizes: Counts) -> Counts:
    """The number labelled `bytes`, else the mean size where it is whole, else 0."""
    labels = recording.columns["labels"]
    slots = np.zeros(recording.sample_count, np.int64)
    keys = labels.coded("key")
    if "bytes" in keys.values:
        is_size = keys.codes == keys.values.index("bytes")
        is_size &= labels.coded("text").codes < 0
        slots[labels.array("sample_id")[is_size]] = labels.array("number")[is_size]
    if not slots.all():
        count = np.maximum(objects, 1)
        is_whole = (slots == 0) & (objects > 0) & (sizes % count == 0)
        slots = np.where(is_whole, sizes // count, slots)
    return np.maximum(slots, 0)


def _object_bytes(slots: Counts, objects: Counts, sizes: Counts) -> Reals:
    """The slot, or the mean size of a sample's objects where the slot is not known."""
    if slots.all():
        return slots.astype(np.float64)
    mean = np.abs(sizes / np.where(objects == 0, 1, objects))
    return np.maximum(np.where(slots > 0, slots, mean), 1.0)


def _spread(object_bytes: Reals, rate: int) -> Reals:
    """(1 - p) / p for every sample."""
    if rate <= 1:
        return np.zeros(len(object_bytes))
    odds = -np.expm1(-object_bytes / rate)
    spread: Reals = (1 - odds) / odds
    return spread
