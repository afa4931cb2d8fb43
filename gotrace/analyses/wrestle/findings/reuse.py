"""`pool-objects` and `batch-objects`: memory that is used for a moment, or comes piece by piece.

**Pooling.** Evidence: large objects (from 1 KiB on) of which few outlive a collection. What
a pool could save is bounded by lifetimes: everything but those that were alive at once, and for
every collection a few, since `sync.Pool` lets go of what two collections find unused. What leaves
its function as a result is the caller's: there the remedy is never above LOW. Nor is it where
the compiler tells one way to the heap only and the value may be returned as well: a slice that
stands in an interface (as for `sort.Slice`), in older versions any of a size that the run decides.
Then the source of the function has to say that its results are no memory.

**Batching.** Evidence: many small objects of one type of which many are alive together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gotrace.analyses.result import Certainty, Weight
from gotrace.analyses.wrestle.expressions import Form
from gotrace.analyses.wrestle.findings.growth import grown
from gotrace.analyses.wrestle.findings.remedy import (
    BYTES,
    OBJECTS,
    SIGMAS,
    Case,
    Remedy,
    Saving,
)
from gotrace.analyses.wrestle.joining import INSIDE
from gotrace.analyses.wrestle.matching import BOXES, Basis, SiteType, is_map_type
from gotrace.analyses.wrestle.site import Site, Slot
from gotrace.units import format_bytes, format_count

__all__ = ["find"]

_POOLED_BYTES = 1024
_SHORT = 0.85
_MOST_ALIVE = 0.1
_BUFFERS = ("bytes.growSlice", "bytes.(*Buffer)")
"""Foreign code whose memory a `Reset` keeps for the next time."""
_BUFFER = "bytes.Buffer"
_SLICES = re.compile(r"\[\]byte|Buffer|Reader")
"""Results that may be the buffer's own memory; a string is a copy."""
_MEMORY = re.compile(r"[\[*]|string|any|func|map|chan|[A-Z]")
"""What a list of results has if one of them can be a buffer: exported types may hold one."""
_A_CYCLE = 4
"""Objects that a pool makes anew after each collection: one for each P, and a few."""
_SURE, _ABOUT = 0.9, 1.02
"""What else the benchmark allocates moves the ratio a little."""
_BATCHED_BYTES = 256
_BATCH = 64
_FEW = 0.05
_MANY = 0.4
_COSTLY = 0.03
"""Share of the CPU time that allocating them one by one must take to weigh more than LOW."""


def find(case: Case) -> list[Remedy]:
    """Sites whose memory could be used again, or be made in batches."""
    found = [made for site in case.sites.sites for made in _pool(case, site)]
    return found + [made for site in case.sites.sites for made in _batches(case, site)]


def _pool(case: Case, site: Site) -> Iterator[Remedy]:
    if grown(site) is not None or Form.MAP in site.forms:
        return
    size, low, objects, alive, error = 0.0, 0.0, 0.0, 0.0, 0.0
    for slot in site.slots:
        kind = slot.main_type
        if slot.slot_bytes < _POOLED_BYTES or kind is None or not _is_passing(kind):
            continue
        made = slot.bytes * kind.share
        kept = kind.group.most_alive + _A_CYCLE * case.sites.cycles_count
        size, objects = size + made, objects + slot.objects * kind.share
        low += made * max(1 - kept / kind.group.objects, 0.0) * (1.0 if case.sites.groups else 0.5)
        alive += kind.group.most_alive
        error += SIGMAS * slot.byte_error
    if not size:
        return
    is_result, is_kept_inside = _route(case, site)
    yield case.remedy(
        "pool-objects",
        site,
        f"buffers of {format_bytes(size / objects)} on average are made anew each time and "
        "dropped again" + " (they are returned: the caller owns them)" * is_result,
        f"{format_count(objects)} objects, {format_bytes(size)}; "
        + (
            f"at most {format_count(alive)} of those in the trace outlived a collection at once"
            if case.sites.groups
            else f"{format_count(alive)} are in use in the end (no trace tells how long they live)"
        ),
        Saving(BYTES, _SURE * low - error, _ABOUT * (size + _headers(case, site)) + error),
        Certainty.UPPER,
        "Keep one for each worker, or take them from a `sync.Pool` and give them back when done; "
        "put back a pointer (`*[]byte`), or the slice's header is allocated each time.",
        "B/op of the benchmark. A pool pays only where nobody keeps a reference.",
        Weight.HIGH if is_kept_inside and not is_result else Weight.LOW,
        objects,
    )


def _headers(case: Case, site: Site) -> float:
    """Bytes of the buffers themselves, beside their memory: whoever keeps one keeps both."""
    if not site.via.startswith(_BUFFERS):
        return 0.0
    return sum(
        slot.bytes * kind.share
        for other in case.sites.sites
        if (other.place.function, other.place.file) == (site.place.function, site.place.file)
        for slot, kind in other.parts()
        if kind.group.type_name == _BUFFER and _is_passing(kind)
    )


def _route(case: Case, site: Site) -> tuple[bool, bool]:
    """Whether it is known to be returned, and whether it is known not to be."""
    results = case.results_of(site)
    if site.via:
        is_buffer = site.via.startswith(_BUFFERS)
        return False, is_buffer and (results is None or _SLICES.search(results) is None)
    ends = {"heap" if made.escape.kind == INSIDE else case.flows.get(made.escape.row)
            for made in site.made if made.escape and made.form is not Form.BOXED}  # fmt: skip
    # What `append` makes belongs to whoever holds the slice.
    is_held = Form.GROWN in site.forms
    is_inside = ends == {"heap"} or _returns_no_memory(results)
    return "result" in ends, is_inside and not is_held


def _returns_no_memory(results: str | None) -> bool:
    """Whether none of a function's results, as its source has them, can be the buffer."""
    return results is not None and _MEMORY.search(results) is None


def _is_passing(kind: SiteType) -> bool:
    group = kind.group
    return (
        not is_map_type(group.type_name)
        and group.short_lived_ratio >= _SHORT
        and group.most_alive <= max(_MOST_ALIVE * group.objects, 1)
    )


def _batches(case: Case, site: Site) -> Iterator[Remedy]:
    for slot, kind in site.parts():
        if not _is_batchable(site, slot, kind):
            continue
        objects = slot.objects * kind.share
        whole = case.totals[OBJECTS][0]
        if not whole or objects < _FEW * whole:
            continue
        error = SIGMAS * slot.object_error
        pinned = _BATCH * slot.slot_bytes
        is_costly = site.cost.malloc_ns >= _COSTLY * case.sites.cpu_ns > 0
        yield case.remedy(
            "batch-objects",
            site,
            f"`{kind.group.type_name}` ({format_bytes(kind.group.size_bytes)}) is allocated one by "
            "one, and many live together",
            f"{format_count(objects)} objects, {objects / whole:.0%} of all; at a collection up to "
            f"{format_count(kind.group.most_alive)} of them are alive",
            Saving(OBJECTS, objects / 2 - error, objects * (1 - 1 / _BATCH) + error),
            Certainty.UPPER,
            f"Make {_BATCH} at once in a slice, and hand out pointers into it. One of them that "
            f"stays alive then holds all {_BATCH} ({format_bytes(pinned)}).",
            "allocs/op of the benchmark, and what is in use afterwards.",
            Weight.MEDIUM if objects >= _MANY * whole and is_costly else Weight.LOW,
        )


def _is_batchable(site: Site, slot: Slot, kind: SiteType) -> bool:
    group = kind.group
    return (
        not site.via
        and slot.slot_bytes <= _BATCHED_BYTES
        and kind.basis in (Basis.NAMED, Basis.BY_SIZE)
        and group.elements == 1
        and group.most_alive >= _BATCH
        and group.type_name not in BOXES
        and not is_map_type(group.type_name)
    )
