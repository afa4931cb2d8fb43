"""`presize-map`: maps that grow from nothing to many entries.

Evidence: the arrays of a map's groups or buckets (`map.group[K]V` since Go 1.24, `map.bucket[K]V`
before) in several sizes on one line. Growing doubles them up to 1024 entries a table; then tables
split in two of the same size (`internal/runtime/maps/table.go`).
"""

from __future__ import annotations

from collections.abc import Iterator

from gotrace.analyses.result import Certainty
from gotrace.analyses.wrestle.calls import GROW_MAP
from gotrace.analyses.wrestle.expressions import Form
from gotrace.analyses.wrestle.findings.remedy import BYTES, SIGMAS, Case, Remedy, Saving
from gotrace.analyses.wrestle.matching import SiteType
from gotrace.analyses.wrestle.site import Site
from gotrace.units import format_bytes, format_count

__all__ = ["find"]

_ARRAYS = ("map.group[", "noalg.map.group[", "map.bucket[")
_SURE = 0.9
_ABOUT = 1.2
_FEWEST_SIZES = 3
_LEAST_FIRST = 0.25
"""Part of the maps that are seen with the smallest table."""


def find(case: Case) -> list[Remedy]:
    """Sites that let maps grow."""
    return [made for site in case.sites.sites for made in _at(case, site)]


def _at(case: Case, site: Site) -> Iterator[Remedy]:
    if not (Form.MAP in site.forms or GROW_MAP in site.calls):
        return
    if not case.sites.groups and GROW_MAP not in site.calls:
        return
    arrays = [(slot.slot_bytes, objects) for slot in site.slots
              if (objects := slot.objects * _share(case, slot.types)) > 0]  # fmt: skip
    if len(arrays) < _FEWEST_SIZES:
        return
    largest, reached = arrays[-1]
    counts = [count for _, count in arrays[:-1]]
    maps = max(counts)
    below = sum(size * count for size, count in arrays[:-1])
    if arrays[0][1] < _LEAST_FIRST * maps:
        return
    # One table becomes two of the same size: of 1 + 2 k that were made, 1 + k are left.
    split = largest * max(reached - maps, 0.0) / 2
    error = SIGMAS * site.byte_error
    names = {kind.group.type_name for slot in site.slots for kind in slot.types
             if kind.group.type_name.startswith(_ARRAYS)}  # fmt: skip
    yield case.remedy(
        "presize-map",
        site,
        f"a map grows step by step: {len(arrays)} sizes of its tables, from "
        f"{format_bytes(arrays[0][0])} to {format_bytes(largest)}",
        f"{format_count(maps)} maps, {format_bytes(below + largest * reached)}, "
        f"{format_bytes(below)} of it in tables that were outgrown, up to "
        f"{format_bytes(split)} in those that were split"
        + (f" ({', '.join(sorted(names)[:2])})" if names else ""),
        Saving(BYTES, _SURE * (below + split / 2) - error, below + _ABOUT * split + error),
        Certainty.SAMPLED if error else Certainty.ROUNDED,
        "Make it with the number of entries it will have: `make(map[K]V, n)`.",
        "B/op and allocs/op of the benchmark.",
    )


def _share(case: Case, types: tuple[SiteType, ...]) -> float:
    """The part of a slot's objects that are arrays of a map."""
    if not case.sites.groups:
        return 1.0
    return sum(kind.share for kind in types if kind.group.type_name.startswith(_ARRAYS))
