"""Which types a call site makes: the trace's groups of type and slot, shared out among sites.

Neither recording has it alone: the heap profile has call sites and slots, the trace types and
slots (and lifetimes), the compiler expressions with the names of types. **The rule**, slot by slot:
a group whose type an expression of a site names belongs to the sites that name it, in proportion to
their bytes; what is left of the groups goes to what is left of the sites, to those first whose
expressions can make such a thing (untyped memory: growing slices of numbers, strings; Go's
`runtime.uint64InterfacePtr` and the like: values in interfaces).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gotrace.analyses.wrestle.allocated import Allocated
from gotrace.analyses.wrestle.expressions import Form
from gotrace.analyses.wrestle.type_layouts import bare

__all__ = ["BOXES", "Basis", "Candidate", "SiteType", "is_map_type", "matched"]

BOXES = ("runtime.uint16InterfacePtr", "runtime.uint32InterfacePtr", "runtime.uint64InterfacePtr",
         "runtime.stringInterfacePtr", "runtime.sliceInterfacePtr")  # fmt: skip
"""What Go's traces call numbers, strings and slices that are put in interfaces (`iface.go`)."""
_MAP_TYPES = (
    "map.group[", "noalg.map.group[", "map.bucket[", "map.hdr[", "map.iter[", "maps.", "*maps.",
    "runtime.hmap", "runtime.bmap", "runtime.mapextra",
)  # fmt: skip
_HARNESS = (
    "runtime.", "testing.", "regexp.", "syntax.", "trace.", "pprof.", "sync.", "context.", "flag.",
    "*runtime.", "*syntax.", "*sync.", "*testing.",
)  # fmt: skip
"""Types of Go's own that every test binary makes some of: not of a line that names neither them
nor a variable."""
_LIKELY, _POSSIBLE, _UNLIKELY = 1.0, 0.1, 0.001
_MOST_ALIKE = 64
"""Types in slots of one size that are matched, those with most bytes."""
_LEAST_SHARE = 0.02
"""Of what nobody named less is chance."""


class Basis(StrEnum):
    """Why a site is thought to make a type."""

    NAMED = "an expression names it"
    ALONE = "nothing else has this slot"
    SHARED = "shared with other sites by bytes"
    BY_SIZE = "an expression names it and its size fits"


@dataclass(frozen=True)
class Candidate:
    """What is known of one site and slot: bytes, the names and forms its expressions have."""

    site: int
    bytes: float
    names: frozenset[str]
    forms: frozenset[Form]


@dataclass(frozen=True)
class SiteType:
    """What a site makes in slots of one size: `share` of its objects there are of this group."""

    group: Allocated
    share: float
    basis: Basis


def is_map_type(name: str) -> bool:
    """Whether the runtime's maps are made of it."""
    return name.startswith(_MAP_TYPES)


def matched(
    candidates: Mapping[int, Sequence[Candidate]], groups: Sequence[Allocated]
) -> dict[tuple[int, int], list[SiteType]]:
    """(site, slot) → its types, largest share first; `candidates` are by slot."""
    by_slot: dict[int, list[Allocated]] = {}
    for group in sorted(groups, key=lambda one: -one.bytes):
        alike = by_slot.setdefault(group.slot_bytes, [])
        if len(alike) < _MOST_ALIKE:
            alike.append(group)
    found: dict[tuple[int, int], list[SiteType]] = {}
    for slot, wanted in candidates.items():
        for site, types in _in_slot(wanted, by_slot.get(slot, [])).items():
            found[site, slot] = types
    return found


def _in_slot(
    candidates: Sequence[Candidate], groups: Sequence[Allocated]
) -> dict[int, list[SiteType]]:
    """The types of each site in one slot."""
    whole = sum(one.bytes for one in candidates)
    traced = sum(group.bytes for group in groups)
    if not whole or not traced:
        return {}
    scale = whole / traced
    given: dict[tuple[int, int], float] = {}
    is_named: set[tuple[int, int]] = set()
    rest = {at: one.bytes for at, one in enumerate(candidates)}
    left: dict[int, float] = {}
    for row, group in enumerate(groups):
        amount = group.bytes * scale
        name = bare(group.type_name)
        claims = [at for at, one in enumerate(candidates) if name and name in one.names]
        claimed = sum(candidates[at].bytes for at in claims)
        for at in claims:
            part = min(amount * candidates[at].bytes / claimed, candidates[at].bytes)
            given[at, row] = part
            is_named.add((at, row))
            rest[at] = max(rest[at] - part, 0.0)
        if not claims:
            left[row] = amount
    _share_rest(candidates, groups, rest, left, given)
    return _types(candidates, groups, given, is_named)


def _share_rest(
    candidates: Sequence[Candidate], groups: Sequence[Allocated], rest: dict[int, float],
    left: dict[int, float], given: dict[tuple[int, int], float],
) -> None:  # fmt: skip
    """What nobody named, to the sites that have bytes left, the likely ones first."""
    for row, amount in sorted(left.items(), key=lambda item: -item[1]):
        weights = {
            at: free * _likelihood(groups[row], candidates[at])
            for at, free in rest.items()
            if free > 0
        }
        total = sum(weights.values())
        if not total:
            continue
        for at, weight in weights.items():
            if part := min(amount * weight / total, rest[at]):
                given[at, row] = given.get((at, row), 0.0) + part
                rest[at] -= part


def _likelihood(group: Allocated, candidate: Candidate) -> float:
    """How well a site's expressions explain a group that none of them names."""
    forms, name = candidate.forms, group.type_name
    if name in BOXES:
        fits = {Form.BOXED}
    elif is_map_type(name):
        fits = {Form.MAP}
    elif name.startswith("struct { F uintptr"):
        fits = {Form.CLOSURE}
    elif not name:
        fits = {Form.GROWN, Form.STRING, Form.BYTES, Form.JOINED}
    else:
        fits = {Form.GROWN, Form.VARIABLE, Form.BOXED}
    if name.startswith(_HARNESS) and name not in BOXES:
        return _POSSIBLE if candidate.site < 0 or Form.VARIABLE in forms else 0.0
    if forms & fits:
        return _LIKELY
    return _UNLIKELY if forms else _POSSIBLE


def _types(
    candidates: Sequence[Candidate], groups: Sequence[Allocated],
    given: Mapping[tuple[int, int], float], is_named: set[tuple[int, int]],
) -> dict[int, list[SiteType]]:  # fmt: skip
    found: dict[int, list[SiteType]] = {}
    for at, one in enumerate(candidates):
        parts = {row: part for (place, row), part in given.items() if place == at and part > 0}
        total = sum(parts.values())
        types = []
        for row, part in sorted(parts.items(), key=lambda item: -item[1]):
            basis = Basis.NAMED if (at, row) in is_named else Basis.SHARED
            if basis is Basis.SHARED and part < _LEAST_SHARE * total:
                continue
            if basis is Basis.SHARED and (len(groups) == 1 or len(candidates) == 1):
                basis = Basis.ALONE
            types.append(SiteType(groups[row], part / total, basis))
        found[one.site] = types
    return found
