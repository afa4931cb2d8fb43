"""`box-no-values`: numbers, strings and structs that are copied to the heap to stand in interfaces.

Evidence: the compiler says that a plain expression escapes (its value is converted to an
interface), or CPU samples of `runtime.convT*` on the line; and objects there of Go's own types for
boxes (`runtime.uint64InterfacePtr`) or of a type that no other expression of the line allocates.
"""

from __future__ import annotations

from collections.abc import Iterator

from gotrace.analyses.result import Certainty
from gotrace.analyses.wrestle.calls import BOX
from gotrace.analyses.wrestle.expressions import Form
from gotrace.analyses.wrestle.findings.remedy import BYTES, SIGMAS, Case, Remedy, Saving
from gotrace.analyses.wrestle.matching import BOXES, SiteType, is_map_type
from gotrace.analyses.wrestle.site import Site
from gotrace.analyses.wrestle.type_layouts import bare
from gotrace.units import format_bytes, format_count

__all__ = ["find"]

_MOST_BYTES = 1024
"""Larger values are rarely meant to be copied: other remedies say so."""
_SURE, _ABOUT = 0.95, 1.02
"""What else the benchmark allocates moves the ratio a little."""
_INTERFACE_BYTES = 16


def find(case: Case) -> list[Remedy]:
    """Sites that put values in interfaces."""
    return [made for site in case.sites.sites for made in _at(case, site)]


def _at(case: Case, site: Site) -> Iterator[Remedy]:
    boxed = [made for made in site.made if made.form is Form.BOXED]
    if site.via or not (boxed or BOX in site.calls):
        return
    objects, size, error, names = 0.0, 0.0, 0.0, dict[str, None]()
    for slot in site.slots:
        share = _boxed_share(site, slot.types, case) if slot.slot_bytes <= _MOST_BYTES else 0.0
        if not share:
            continue
        objects, size = objects + slot.objects * share, size + slot.bytes * share
        error += slot.byte_error * share
        names.update(dict.fromkeys(
            _name(kind) for kind in slot.types if _is_box(site, kind)
        ))  # fmt: skip
    if size <= 0:
        return
    what = ", ".join(f"`{made.escape.what}`" for made in boxed[:3] if made.escape)
    told = f"{what} is" if len(boxed) == 1 else f"{what} are" if what else "values are"
    cpu = site.cpu_told(BOX)
    of_type = f" of {', '.join(filter(None, names))}" if any(names) else ""
    arrays = _interface_arrays(case, site)
    saving = Saving(
        BYTES, _SURE * size - SIGMAS * error, _ABOUT * size + SIGMAS * error + arrays
    )  # fmt: skip
    yield case.remedy(
        "box-no-values",
        site,
        f"{told} converted to an interface, which copies each to the heap",
        f"{format_count(objects)} objects{of_type}, {format_bytes(size)}{cpu}",
        saving,
        Certainty.SAMPLED if error else Certainty.ROUNDED,
        "Keep values in a concrete type, or make the code around them generic; or hand over a "
        "pointer to something that is there already.",
        "B/op and allocs/op of the benchmark; `go build -gcflags=-m` no longer says that it "
        "escapes.",
        count=objects,
    )


def _boxed_share(site: Site, types: tuple[SiteType, ...], case: Case) -> float:
    """The share of a slot's objects that are boxes; where no trace tells, all or nothing."""
    if not types:
        is_alone = {made.form for made in site.made} == {Form.BOXED} and site.forms <= {Form.BOXED}
        return float(is_alone and not case.sites.groups)
    return sum(kind.share for kind in types if _is_box(site, kind))


def _is_box(site: Site, kind: SiteType) -> bool:
    name = kind.group.type_name
    if name in BOXES:
        return True
    if not name or is_map_type(name) or name.startswith(("struct { F uintptr", "*", "runtime.")):
        return False
    if Form.BOXED not in site.forms or kind.group.elements != 1:
        return False
    return bare(name) not in {made.type_name for made in site.made}


def _name(kind: SiteType) -> str:
    """What people call it."""
    name = kind.group.type_name
    return name.removeprefix("runtime.").removesuffix("InterfacePtr") if name in BOXES else name


def _interface_arrays(case: Case, site: Site) -> float:
    """What slices of interfaces in the same package take more than slices of words would."""
    return sum(
        slot.bytes * kind.share * (1 - 8 / _INTERFACE_BYTES)
        for other in case.sites.sites
        if other.place.package == site.place.package
        for slot, kind in other.parts()
        if kind.group.type_name == "interface {}"
    )
