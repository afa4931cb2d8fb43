"""Types of a site without a trace: what its expressions name, where the size fits the slot.

For Go up to 1.22, and wherever no trace with alloc/free events came out. How long objects live is
not known then: those in use when the profile was taken count as found alive by one collection, all
others as dead at the first.
"""

from __future__ import annotations

from dataclasses import replace

from gotrace.analyses.wrestle.allocated import Allocated
from gotrace.analyses.wrestle.expressions import Form, Made
from gotrace.analyses.wrestle.matching import Basis, SiteType
from gotrace.analyses.wrestle.site import Site, Slot
from gotrace.analyses.wrestle.type_layouts import LayoutIndex
from gotrace.model.sizes import size_rules
from gotrace.model.versions import GoVersion

__all__ = ["types_by_size"]

_BASIC = {
    **dict.fromkeys(("bool", "byte", "uint8", "int8"), (1, 0)),
    **dict.fromkeys(("int16", "uint16"), (2, 0)),
    **dict.fromkeys(("int32", "uint32", "rune", "float32"), (4, 0)),
    **dict.fromkeys(("int", "uint", "int64", "uint64", "uintptr", "float64"), (8, 0)),
    "string": (16, 8),
    "any": (16, 16),
    "error": (16, 16),
}
"""Bare name → size and pointer bytes on 64-bit platforms."""


def types_by_size(site: Site, layouts: LayoutIndex, version: GoVersion) -> tuple[Slot, ...]:
    """The slots of a site with the types that its expressions name."""
    if site.via:
        return site.slots
    return tuple(replace(slot, types=_types(site, slot, layouts, version)) for slot in site.slots)


def _types(
    site: Site, slot: Slot, layouts: LayoutIndex, version: GoVersion
) -> tuple[SiteType, ...]:
    singles = [kind for made in site.made if made.form is Form.NEW
               if (kind := _fitting(made, slot, layouts, version))]  # fmt: skip
    if len(singles) == 1:
        return (SiteType(singles[0], 1.0, Basis.BY_SIZE),)
    arrays = [made for made in site.made if made.form is Form.SLICE and made.type_name]
    if singles or len(arrays) != 1 or site.forms & {Form.GROWN, Form.MAP, Form.BOXED}:
        return ()
    told = _size(arrays[0].type_name, layouts)
    if told is None or not 0 < told[1] <= slot.slot_bytes:
        return ()
    return (SiteType(_group(slot, *told), 1.0, Basis.BY_SIZE),)


def _fitting(made: Made, slot: Slot, layouts: LayoutIndex, version: GoVersion) -> Allocated | None:
    told = _size(made.type_name, layouts)
    if told is None or not told[1]:
        return None
    request = size_rules(version).request(told[1], told[2] > 0)
    return _group(slot, *told) if request.slot_bytes == slot.slot_bytes else None


def _size(name: str, layouts: LayoutIndex) -> tuple[str, int, int] | None:
    """Name, size and pointer bytes of a type."""
    if found := layouts.find(name):
        return found.name, found.size_bytes, found.pointer_bytes
    if name.startswith(("*", "map[", "func(", "chan")):
        return name, 8, 8
    if name.startswith("[]"):
        return name, 24, 8
    return (name, *_BASIC[name]) if name in _BASIC else None


def _group(slot: Slot, name: str, size: int, pointers: int) -> Allocated:
    alive = min(max(slot.inuse_objects, 0), slot.objects)
    return Allocated(
        name, size, pointers, slot.slot_bytes, not pointers, slot.objects, slot.objects,
        slot.bytes, slot.objects - alive, 0, 0, alive, 0, alive, alive,
    )  # fmt: skip
