"""What stands out among the sites of a heap profile, in plain words.

Every rule makes findings only from numbers of this recording that are above a threshold even if
they are two standard errors too high. What a heap profile cannot tell is never a finding: waste
inside slots (the requested size is unknown), leaks (that takes two profiles), who keeps an object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from gotrace.analyses.estimates import is_clear, largest, share, with_error
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.heap_values import Totals
from gotrace.analyses.result import Certainty, Finding, Weight
from gotrace.units import format_bytes, format_count

__all__ = ["site_findings"]

_MIB = 1 << 20
_MOST_SITES = 3
_LIVE_RATIO = 0.15
_CHURN_RATIO = 0.15
_LASTING_RATIO = 0.2
_COUNT_RATIO = 0.2
_BOUNDARY_RATIO = 0.05
_TINY_RATIO = 0.1
_TINY_BYTES = 16
_NEAR_BOUNDARY_PAGES = (5, 9, 17)


def site_findings(heap: HeapPicture) -> list[Finding]:
    """Sites that hold, churn or count much; none for one profile minus another."""
    if heap.values.is_difference:
        return []
    return [finding for rule in _RULES for finding in rule(heap)]


def _live_sites(heap: HeapPicture) -> Iterator[Finding]:
    """Sites that hold much of what is in use."""
    if "inuse" not in heap.values.measures:
        return
    live, whole = heap.by_site["inuse"], int(heap.whole["inuse"].bytes[0])
    for site in largest(live.bytes, _MOST_SITES):
        size, error = int(live.bytes[site]), float(live.byte_errors[site])
        if not is_clear(size, error, max(_LIVE_RATIO * whole, _MIB)):
            continue
        what = (
            f"{heap.sites.function(site)} holds {with_error(size, error)} of the "
            f"{format_bytes(whole)} in use ({share(size, whole):.0%})"
        )
        yield Finding(
            "live-site",
            what + _kept_share(heap, site),
            heap.sites.where(site),
            size,
            "bytes",
            heap.certainty,
            error,
            Weight.HIGH if is_clear(size, error, 0.5 * whole) else Weight.MEDIUM,
            "Look who keeps these objects. One profile cannot tell a cache from a leak: take a "
            "second one later and compare with `gotrace diff`.",
        )


def _kept_share(heap: HeapPicture, site: int) -> str:
    """How much of all that the site allocated is still in use."""
    if "alloc" not in heap.values.measures or not heap.by_site["alloc"].bytes[site]:
        return ""
    kept = share(heap.by_site["inuse"].bytes[site], heap.by_site["alloc"].bytes[site])
    return f"; {kept:.0%} of all it allocated is still there"


def _churning_sites(heap: HeapPicture) -> Iterator[Finding]:
    """Sites whose objects are many and die soon."""
    if "freed" not in heap.values.measures:
        return
    allocated, freed = heap.by_site["alloc"], heap.by_site["freed"]
    whole = int(heap.whole["alloc"].bytes[0])
    for site in largest(freed.bytes, _MOST_SITES):
        size, error = int(freed.bytes[site]), float(freed.byte_errors[site])
        lasting = 1 - share(size, int(allocated.bytes[site]))
        is_large = is_clear(size, error, max(_CHURN_RATIO * whole, _MIB))
        if not is_large or lasting > _LASTING_RATIO:
            continue
        objects = max(int(freed.objects[site]), 1)
        yield Finding(
            "churn-site",
            f"{heap.sites.function(site)} allocated {with_error(size, error)} that was freed again "
            f"({share(size, whole):.0%} of all allocated bytes): {format_count(objects)} objects "
            f"of {format_bytes(size / objects)} on average",
            heap.sites.where(site),
            size,
            "bytes",
            heap.certainty,
            error,
            Weight.HIGH if is_clear(size, error, 0.4 * whole) else Weight.MEDIUM,
            "This is work for the garbage collector. Reuse buffers (sync.Pool, a field), size them "
            "once, or keep the value off the heap: `go build -gcflags=-m` says why it escapes. "
            "Check with allocs/op of a benchmark.",
        )


def _counting_sites(heap: HeapPicture) -> Iterator[Finding]:
    """The site that makes the most objects, where it is small in bytes."""
    if "alloc" not in heap.values.measures:
        return
    allocated = heap.by_site["alloc"]
    objects, size = (int(a[0]) for a in (heap.whole["alloc"].objects, heap.whole["alloc"].bytes))
    for site in largest(allocated.objects, 1):
        count, error = int(allocated.objects[site]), float(allocated.object_errors[site])
        if not is_clear(count, error, _COUNT_RATIO * objects):
            continue
        # With as large a share of the bytes it is told there already.
        if allocated.bytes[site] >= _CHURN_RATIO * size or size < _MIB:
            continue
        yield Finding(
            "many-objects",
            f"{heap.sites.function(site)} allocated {with_error(count, error, 'count')} objects "
            f"({share(count, objects):.0%} of all) but "
            f"{share(allocated.bytes[site], size):.1%} of the bytes",
            heap.sites.where(site),
            count,
            "count",
            heap.certainty,
            error,
            Weight.MEDIUM,
            "Every allocation costs time whatever its size. Allocate several at once (a slice of "
            "values instead of pointers), or none: `go build -gcflags=-m` says why they escape.",
        )


def _tiny_sites(heap: HeapPicture) -> Iterator[Finding]:
    """Sites that make many objects of at most 16 bytes."""
    if "alloc" not in heap.values.measures:
        return
    slots, found = heap.values.slot_bytes, heap.sites
    tiny = _totals_of(heap, (slots > 0) & (slots <= _TINY_BYTES))
    objects = int(heap.whole["alloc"].objects[0])
    for site in largest(tiny.objects, 1):
        count, error = int(tiny.objects[site]), float(tiny.object_errors[site])
        if not is_clear(count, error, _TINY_RATIO * objects) or count < 1000:
            continue
        yield Finding(
            "tiny-objects",
            f"{found.function(site)} allocated {with_error(count, error, 'count')} slots of at "
            f"most 16 bytes ({share(count, objects):.0%} of all objects)",
            found.where(site),
            count,
            "count",
            heap.certainty,
            error,
            Weight.LOW,
            "Often numbers or short strings boxed into an interface, or pointers to single values. "
            "Objects below 16 bytes without pointers share slots, so there may be still more.",
        )


def _boundary_objects(heap: HeapPicture) -> Iterator[Finding]:
    """Large objects one page above a power of two: perhaps a buffer with a few bytes too many."""
    if "alloc" not in heap.values.measures:
        return
    page = heap.rows.table.page_bytes
    whole = int(heap.whole["alloc"].bytes[0])
    for pages in _NEAR_BOUNDARY_PAGES:
        near = _totals_of(heap, heap.values.slot_bytes == pages * page)
        for site in largest(near.bytes, 1):
            size, error = int(near.bytes[site]), float(near.byte_errors[site])
            if not is_clear(size, error, max(_BOUNDARY_RATIO * whole, _MIB)):
                continue
            objects = int(near.objects[site])
            below = format_bytes((pages - 1) * page)
            yield Finding(
                "just-above-boundary",
                f"{heap.sites.function(site)} allocated {format_count(objects)} objects of {pages} "
                f"pages ({with_error(size, error)}): more than {below}, so a buffer of {below} and "
                f"a few bytes would waste up to {format_bytes(page - 1)} each",
                heap.sites.where(site),
                objects * (page - 1),
                "bytes",
                Certainty.UPPER,
                error * (page - 1) / (pages * page),
                Weight.LOW,
                f"What was asked for is not in the profile: is it just above {below}?",
            )


def _totals_of(heap: HeapPicture, is_chosen: npt.NDArray[np.bool_]) -> Totals:
    """What was allocated by site, over some samples only."""
    samples = np.flatnonzero(is_chosen)
    measure = heap.values.measures["alloc"].at(samples)
    return measure.totals(heap.sites.of_sample[samples], heap.sites.count)


_RULES: tuple[Callable[[HeapPicture], Iterator[Finding]], ...] = (
    _live_sites,
    _churning_sites,
    _counting_sites,
    _tiny_sites,
    _boundary_objects,
)
