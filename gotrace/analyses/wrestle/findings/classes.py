"""`shrink-below-class` and `header-crossed`: structs a few bytes larger than a size class.

Evidence: objects of one type, one in each slot, whose size lies just above what the next smaller
class takes. The 8-byte header of objects above 512 bytes with pointers counts (since Go 1.22). What
is free (padding that another order of the fields saves) or cheap (some 3 % of the size) weighs by
what it saves; what would take dropping real fields is never more than LOW.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gotrace.analyses.result import Certainty, Weight
from gotrace.analyses.wrestle.findings.remedy import BYTES, SIGMAS, Case, Remedy, Saving
from gotrace.analyses.wrestle.matching import Basis, is_map_type
from gotrace.analyses.wrestle.site import Site, Slot
from gotrace.model.sizes import SizeRules, size_rules
from gotrace.model.spans import header_bytes
from gotrace.units import format_bytes, format_count

__all__ = ["find"]

_CHEAP = 0.03
_MOST = 0.15
"""Nobody drops more than this part of a struct for its size class."""
_LEEWAY = 0.05
"""What else the line's benchmark allocates moves the ratio by so much."""
_SURE = 0.6
"""A site's slot is the type's if at least so much of it is."""


@dataclass(frozen=True)
class _Fit:
    """The class below: `over` bytes must go from a type of `size_bytes`."""

    name: str
    size_bytes: int
    slot_bytes: int
    smaller_bytes: int
    over_bytes: int
    is_headed: bool
    packed_bytes: int
    packed_slot_bytes: int


def find(case: Case) -> list[Remedy]:
    """Sites whose objects just miss a class."""
    rules = size_rules(case.sites.version)
    return [
        made
        for site in case.sites.sites
        if not site.via
        for slot in site.slots
        for made in _at(case, rules, site, slot)
    ]


def _at(case: Case, rules: SizeRules, site: Site, slot: Slot) -> Iterator[Remedy]:
    fit, share = _fit(case, rules, site, slot)
    if fit is None or fit.over_bytes > _MOST * fit.size_bytes:
        return
    is_free = fit.packed_bytes <= fit.size_bytes - fit.over_bytes
    is_cheap = is_free or fit.over_bytes <= _CHEAP * fit.size_bytes
    objects = slot.objects * share
    saved, error = fit.slot_bytes - fit.smaller_bytes, SIGMAS * slot.object_error * share
    # The best order may save more than one class; who moves one field only saves the first.
    best = max(fit.slot_bytes - fit.packed_slot_bytes, saved) if is_free else saved
    saving = Saving(
        BYTES, (1 - _LEEWAY) * objects * saved - error * saved,
        (1 + _LEEWAY) * objects * best + error * best,
    )  # fmt: skip
    header = " and the 8-byte header of objects above 512 bytes with pointers" * fit.is_headed
    how = (
        f"another order of its fields makes it {format_bytes(fit.packed_bytes)}, "
        f"in slots of {fit.packed_slot_bytes} bytes"
        if is_free
        else f"{format_bytes(fit.over_bytes)} less (narrower fields, a flag in spare bits) will do"
    )
    yield case.remedy(
        "header-crossed" if fit.is_headed else "shrink-below-class",
        site,
        f"`{fit.name}` of {fit.size_bytes} bytes{header} takes slots of {fit.slot_bytes} bytes: "
        f"{fit.over_bytes} bytes too many for those of {fit.smaller_bytes}",
        f"{format_count(objects)} objects, {format_bytes(slot.bytes * share)}; each would take "
        f"{saved} bytes less ({saved / fit.slot_bytes:.0%} of the slot)",
        saving,
        Certainty.SAMPLED if error else Certainty.EXACT,
        f"Shrink the struct below the class: {how}.",
        f"B/op of the benchmark; `gotrace explain sizes` for "
        f"{fit.size_bytes - fit.over_bytes} bytes.",
        Weight.HIGH if is_cheap else Weight.LOW,
    )


def _fit(case: Case, rules: SizeRules, site: Site, slot: Slot) -> tuple[_Fit | None, float]:
    """The type that fills the slot, and its share of the slot's objects."""
    name, size, has_pointers, share = "", 0, False, 1.0
    kind = slot.main_type
    if kind is not None:
        group = kind.group
        is_sure = kind.share >= _SURE and kind.basis is not Basis.SHARED
        if not is_sure or group.elements != 1 or is_map_type(group.type_name):
            return None, 0.0
        name, size, has_pointers = group.type_name, group.size_bytes, group.pointer_bytes > 0
        share = kind.share
    elif not case.sites.groups:
        layouts = [case.sites.layouts.find(m.type_name) for m in site.made if m.type_name]
        fitting = [
            one
            for one in layouts
            if one and _slot(rules, one.size_bytes, one.pointer_bytes) == slot.slot_bytes
        ]
        if len(fitting) == 1:
            name, size = fitting[0].name, fitting[0].size_bytes
            has_pointers = fitting[0].pointer_bytes > 0
    if not size or rules.version is None or _slot(rules, size, has_pointers) != slot.slot_bytes:
        return None, 0.0
    smaller = [one.size_bytes for one in rules.classes if one.size_bytes < slot.slot_bytes]
    if not smaller or slot.slot_bytes > rules.max_small_bytes:
        return None, 0.0
    most = smaller[-1]
    room = most - header_bytes(rules.version, most, has_pointers)
    header = header_bytes(rules.version, size, has_pointers)
    is_headed = header > 0 and (size <= most or room <= 512 < size)
    layout = case.sites.layouts.find(name)
    packed = layout.packed_bytes if layout and layout.size_bytes == size else size
    fit = _Fit(
        name, size, slot.slot_bytes, most, size - room, is_headed, packed,
        _slot(rules, packed, has_pointers),
    )  # fmt: skip
    return fit, share


def _slot(rules: SizeRules, size_bytes: int, pointers: int) -> int:
    return rules.request(size_bytes, bool(pointers)).slot_bytes
