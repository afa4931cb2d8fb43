"""`presize-map`: maps that grow from nothing to many entries.

Evidence: the arrays of a map's groups or buckets (`map.group[K]V` since Go 1.24, `map.bucket[K]V`
before) in several sizes on one line. Growing doubles them up to 1024 entries a table; then tables
split in two of the same size (`internal/runtime/maps/table.go`). Up to Go 1.23 full buckets get
overflow buckets, made one by one (`runtime/map.go`): those say nothing of growth, though most of
them go with the tables that are outgrown; so do the lists that a map keeps of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gotrace.analyses.result import Certainty
from gotrace.analyses.wrestle.calls import FILL_MAP, GROW_MAP, NEW_MAP
from gotrace.analyses.wrestle.expressions import Form
from gotrace.analyses.wrestle.findings.remedy import BYTES, SIGMAS, Case, Remedy, Saving
from gotrace.analyses.wrestle.matching import SiteType
from gotrace.analyses.wrestle.site import Site
from gotrace.units import format_bytes, format_count

__all__ = ["find"]

_ARRAYS = ("map.group[", "noalg.map.group[", "map.bucket[")
_BUCKET = "map.bucket["
_LISTS = ("*maps.", "maps.", "[]*runtime.bmap", "runtime.mapextra")
"""Types of what a map keeps beside its tables, directories and lists of overflow buckets."""
_SIZED = re.compile(r"make\(map\[.*, ")
_PUTS = re.compile(r"\]\s*(?:[-+*/|&^%]|<<|>>)?=(?!=)|\+\+|--")
_SURE = 0.9
_ABOUT = 1.2
_FEWEST_SIZES = 3
_LEAST_FIRST = 0.25
"""Part of the maps that are seen with the smallest table."""


def find(case: Case) -> list[Remedy]:
    """Sites that let maps grow."""
    return [made for site in case.sites.sites for made in _at(case, site)]


def _at(case: Case, site: Site) -> Iterator[Remedy]:
    if not (Form.MAP in site.forms or GROW_MAP in site.calls) or _is_made_only(site):
        return
    if not case.sites.groups and GROW_MAP not in site.calls:
        return
    arrays = [(slot.slot_bytes, objects) for slot in site.slots
              if (objects := slot.objects * _share(case, slot.types)) > 0]  # fmt: skip
    grown = arrays[_overflow_sizes(site, arrays) :]
    if len(grown) < _FEWEST_SIZES:
        return
    largest, reached = grown[-1]
    maps = max(count for _, count in grown[:-1])
    below = sum(size * count for size, count in arrays[:-1])
    if grown[0][1] < _LEAST_FIRST * maps:
        return
    # One table becomes two of the same size: of 1 + 2 k that were made, 1 + k are left.
    split = largest * max(reached - maps, 0.0) / 2
    error = SIGMAS * site.byte_error
    names = {kind.group.type_name for slot in site.slots for kind in slot.types
             if kind.group.type_name.startswith(_ARRAYS)}  # fmt: skip
    yield case.remedy(
        "presize-map",
        site,
        f"a map grows step by step: {len(grown)} sizes of its tables, from "
        f"{format_bytes(grown[0][0])} to {format_bytes(largest)}",
        f"{format_count(maps)} maps, {format_bytes(below + largest * reached)}, "
        f"{format_bytes(below)} of it in tables that were outgrown, up to "
        f"{format_bytes(split)} in those that were split"
        + (f" ({', '.join(sorted(names)[:2])})" if names else "")
        + site.cpu_told(GROW_MAP),
        Saving(
            BYTES, _SURE * (below + split / 2) - error,
            below + _ABOUT * split + _beside(case, site) + error,
        ),
        Certainty.SAMPLED if error else Certainty.ROUNDED,
        "Make it with the number of entries it will have: `make(map[K]V, n)`.",
        "B/op and allocs/op of the benchmark.",
        count=maps,
    )  # fmt: skip


def _is_made_only(site: Site) -> bool:
    """Whether the line makes a map and puts nothing into one: tables of all sizes are no growth."""
    made = [one for one in site.made if one.form is Form.MAP]
    if not made or {GROW_MAP, FILL_MAP} & set(site.calls) or _PUTS.search(site.source):
        return False
    # Without its source the line may do more, unless the map is made with a length.
    is_sized = any(one.escape and _SIZED.match(one.escape.what) for one in made)
    return bool(site.source) or is_sized or NEW_MAP in site.calls


def _overflow_sizes(site: Site, arrays: Sequence[tuple[int, float]]) -> int:
    """1 where the smallest table, of one bucket, is made oftener than any: that is overflow."""
    has_buckets = any(kind.group.type_name.startswith(_BUCKET) for _, kind in site.parts())
    if not has_buckets or len(arrays) < 2:
        return 0
    return int(arrays[0][1] > max(count for _, count in arrays[1:]))


def _beside(case: Case, site: Site) -> float:
    """What the map makes for itself beside its tables, at most: lists of tables or buckets.

    Where the line makes nothing else, that is all the rest; otherwise what has such a type.
    """
    if not case.sites.groups:
        return 0.0
    is_alone = site.forms <= {Form.MAP} and not site.via
    return sum(
        slot.bytes * (max(1 - _share(case, slot.types), 0.0) if is_alone else _lists(slot.types))
        for slot in site.slots
    )


def _lists(types: tuple[SiteType, ...]) -> float:
    return sum(kind.share for kind in types if kind.group.type_name.startswith(_LISTS))


def _share(case: Case, types: tuple[SiteType, ...]) -> float:
    """The part of a slot's objects that are arrays of a map."""
    if not case.sites.groups:
        return 1.0
    return sum(kind.share for kind in types if kind.group.type_name.startswith(_ARRAYS))
