"""`time-in-structs` and `fewer-pointers`: what keeps the collector reading.

Evidence: objects with pointers that collections found alive, and what a cycle reads of them. The
first is for structs with a `time.Time`, whose `*Location` is a pointer in 24 bytes; the second for
types that are pointers in good part (a quarter of their words or more). A heap that a cycle reads
in no time is no problem: below 256 KiB nothing weighs more than LOW.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gotrace.analyses.result import Certainty, Weight
from gotrace.analyses.wrestle.allocated import Allocated
from gotrace.analyses.wrestle.findings.remedy import BYTES, SCAN, SIGMAS, Case, Remedy, Saving
from gotrace.analyses.wrestle.matching import BOXES, is_map_type
from gotrace.analyses.wrestle.site import Site
from gotrace.analyses.wrestle.type_layouts import Field, Layout
from gotrace.units import format_bytes, format_count

__all__ = ["find"]

_LEAST_BYTES = 256 << 10
_TOLD_BYTES = 32 << 10
"""What is not worth a word."""
_LEAST_SHARE = 0.01
_DENSE = 0.25
_MAP = re.compile(r"(?:noalg\.)?map\.(?:group|bucket)\[")
_ENTRIES = 8
"""Of a group, or bucket."""
_NUMBERS = frozenset(
    ("bool", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32",
     "uint64", "uintptr", "float32", "float64", "complex64", "complex128")
)  # fmt: skip
_TIME = "time.Time"
_TIME_SAVES = 16
"""A `time.Time` has 24 bytes, nanoseconds in an int64 8."""
_WORD = 8
_DEPTH = 3
_SOME = 0.5
"""Of a type's pointers at least so many can be told otherwise, if it is worth the trouble."""


@dataclass
class _Kept:
    """All objects of one type that a site makes, in slots of any size."""

    group: Allocated
    objects: float = 0.0
    bytes: float = 0.0
    error: float = 0.0
    once: float = 0.0
    mean: float = 0.0
    ratio: float = 0.0

    @property
    def is_heavy(self) -> bool:
        """Whether collections read much of it: once the least that counts, on average half."""
        return self.once >= _LEAST_BYTES and self.mean >= _LEAST_BYTES / 2


def find(case: Case) -> list[Remedy]:
    """Sites whose objects the collector reads again and again."""
    return [
        made
        for site in case.sites.sites
        if not site.via
        for kept in _kept(case, site)
        for made in _at(case, site, kept)
    ]


def _kept(case: Case, site: Site) -> list[_Kept]:
    found: dict[str, _Kept] = {}
    for slot, kind in site.parts():
        name = kind.group.type_name
        if not name or name in BOXES or name.startswith("struct { F uintptr"):
            continue
        if is_map_type(name) and not _map_entry(name):
            continue
        one = found.setdefault(name, _Kept(kind.group))
        one.objects += slot.objects * kind.share
        one.bytes += slot.bytes * kind.share
        one.error += slot.byte_error * kind.share
        one.once += case.scanned_once(slot, kind)
        ratio = case.scan_share(slot, kind)
        one.ratio += ratio
        one.mean += ratio * case.sites.scannable_bytes
    return list(found.values())


def _at(case: Case, site: Site, kept: _Kept) -> Iterator[Remedy]:
    name = kept.group.type_name
    if entry := _map_entry(name):
        parts = [_found(case, one) for one in entry]
        times = _ENTRIES * sum(count for count, _ in parts)
        # A pointer that nothing is known of stays.
        pointers = _ENTRIES * sum(count for _, count in parts)
        if times:
            yield from _time(case, site, kept, pointers, times)
        return
    layout = case.sites.layouts.find(name)
    times = _times(case, layout, 0) if layout else int(name == _TIME)
    if times:
        yield from _time(case, site, kept, layout.pointers_count if layout else 1, times)
    elif not kept.group.is_noscan:
        yield from _pointers(case, site, kept, layout)


def _map_entry(name: str) -> tuple[str, str] | None:
    """Key and value of `map.group[K]V` or `map.bucket[K]V`; None for other types."""
    found = _MAP.match(name)
    if found is None:
        return None
    depth, start = 1, found.end()
    for at in range(start, len(name)):
        depth += (name[at] == "[") - (name[at] == "]")
        if not depth:
            return name[start:at], name[at + 1 :]
    return None


def _found(case: Case, name: str) -> tuple[int, int]:
    """How many times, and pointers, a value of the type has; one more pointer if it is unknown."""
    if name in _NUMBERS:
        return 0, 0
    layout = case.sites.layouts.find(name)
    if layout is None:
        return (1, 1) if name == _TIME else (0, 1)
    return _times(case, layout, 0), layout.pointers_count


def _times(case: Case, layout: Layout, depth: int) -> int:
    """How many `time.Time` a value holds, those in structs of its fields too."""
    if layout.full_name == _TIME or layout.name == _TIME:
        return 1
    if depth >= _DEPTH or layout.kind != "struct":
        return 0
    return sum(_times_of(case, field, depth) for field in layout.fields)


def _times_of(case: Case, field: Field, depth: int) -> int:
    if field.type_name == _TIME:
        return 1
    inner = case.sites.layouts.find(field.type_name) if field.pointers_count else None
    return _times(case, inner, depth + 1) if inner and inner.kind == "struct" else 0


def _time(case: Case, site: Site, kept: _Kept, pointers: int, times: int) -> Iterator[Remedy]:
    group = kept.group
    is_all = pointers <= times
    part = 1.0 if is_all else min(_TIME_SAVES * times / max(group.pointer_bytes, 1), 1.0)
    smaller = kept.bytes * _TIME_SAVES * times / max(group.size_bytes, 1)
    left = "nothing is left for the collector to read" if is_all else (
        f"{pointers - times} other pointers stay"
    )  # fmt: skip
    is_scanned = kept.ratio >= _LEAST_SHARE
    error = SIGMAS * kept.error
    saving = (
        Saving(SCAN, *_of_all(case, kept.ratio, part * 0.9, part * 1.05))
        if is_scanned
        else Saving(BYTES, smaller * 0.5 - error, smaller + error)
    )
    yield case.remedy(
        "time-in-structs",
        site,
        f"`{group.type_name}` ({format_bytes(group.size_bytes)}) holds {times} `time.Time`, with a "
        f"pointer to its location in each: as nanoseconds (int64) {left}",
        _evidence(kept),
        saving,
        Certainty.ROUNDED,
        "Store `t.UnixNano()` in an int64 and make a `time.Time` when one is asked for; what is "
        "lost is the location (and the monotonic clock).",
        "`/gc/scan/heap:bytes` of runtime/metrics after a collection, and B/op.",
        Weight.HIGH if not is_scanned or kept.is_heavy else Weight.LOW,
    )


def _evidence(kept: _Kept) -> str:
    return (
        f"{format_count(kept.objects)} objects, {format_bytes(kept.bytes)}; a collection reads up "
        f"to {format_bytes(kept.once)} of them, {kept.ratio:.0%} of all that is read in this run"
    )


def _of_all(case: Case, ratio: float, low: float, high: float) -> tuple[float, float]:
    """Bounds in bytes of a cycle, from a share of all scanning."""
    whole = case.sites.scannable_bytes
    return ratio * low * whole, min(ratio * high, 1.0) * whole


def _pointers(case: Case, site: Site, kept: _Kept, layout: Layout | None) -> Iterator[Remedy]:
    group, ratio = kept.group, kept.ratio
    if ratio < _LEAST_SHARE or kept.once < _TOLD_BYTES or not group.size_bytes:
        return
    told = layout.pointers_count if layout else group.pointer_bytes // _WORD
    dense = told * _WORD / group.size_bytes
    if dense < _DENSE:
        return
    behind = _referring(case, group.type_name)
    fields = _pointer_fields(layout)
    yield case.remedy(
        "fewer-pointers",
        site,
        f"`{group.type_name}` is {dense:.0%} pointers ({told} in {format_bytes(group.size_bytes)}"
        + (f": {fields})" if fields else ")")
        + ", and much of it stays alive: every collection reads it all",
        _evidence(kept),
        Saving(SCAN, *_of_all(case, ratio + behind, _SOME * ratio / (ratio + behind), 1.05)),
        Certainty.UPPER,
        "Tell it without pointers: indices into a slice instead of pointers, offsets into one text "
        "instead of strings, numbers instead of names. Without any, the collector skips it.",
        "`/gc/scan/heap:bytes` of runtime/metrics after a collection; marking in the CPU split.",
        Weight.HIGH if kept.is_heavy else Weight.LOW,
    )


def _referring(case: Case, name: str) -> float:
    """Share of all scanning that is of maps and slices of pointers to the type."""
    whole = case.sites.scannable_bytes * case.sites.counted_cycles
    marked = sum(
        group.marked_bytes for group in case.sites.groups if group.type_name.endswith(f"*{name}")
    )
    return marked / whole if whole else 0.0


def _pointer_fields(layout: Layout | None) -> str:
    """The fields that have pointers, a few of them."""
    if layout is None:
        return ""
    found = [field.name for field in layout.fields if field.pointers_count]
    return ", ".join(found[:4]) + ", ..." * (len(found) > 4)
