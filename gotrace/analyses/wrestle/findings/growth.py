"""`presize-slice`: slices, buffers and builders that grow step by step.

Evidence: an `append` (the compiler's word, the source's, or CPU samples of `runtime.growslice`), or
a buffer or builder of the standard library; and a growth series in the slots of the line. Saved is
everything but the last array of each slice; how full the last ones are is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import hypot

from gotrace.analyses.result import Certainty
from gotrace.analyses.wrestle.calls import GROW_SLICE, GROWERS
from gotrace.analyses.wrestle.expressions import Form
from gotrace.analyses.wrestle.findings.remedy import BYTES, SIGMAS, Case, Remedy, Saving
from gotrace.analyses.wrestle.findings.series import Series, series_of
from gotrace.analyses.wrestle.matching import BOXES, SiteType, is_map_type
from gotrace.analyses.wrestle.site import Site, Slot
from gotrace.analyses.wrestle.type_layouts import bare
from gotrace.units import format_bytes, format_count

__all__ = ["find", "grown", "together"]

_BUILDERS = ("strings.(*Builder)", "internal/bytealg.MakeNoZero")


def find(case: Case) -> list[Remedy]:
    """Sites whose slots are a growth series; buffers and builders by function, not by line."""
    buffers: dict[tuple[str, str, str], list[Site]] = {}
    found: list[Remedy] = []
    for site in case.sites.sites:
        if family := next((name for name in GROWERS if site.via.startswith(name)), ""):
            kind = "builder" if family.startswith(_BUILDERS) else "buffer"
            buffers.setdefault((site.place.function, site.place.file, kind), []).append(site)
        else:
            found += _at(case, site)
    for sites in buffers.values():
        found += _at(case, together(sites))
    return found


def together(sites: Sequence[Site]) -> Site:
    """Sites of one function as one, at the first of their lines."""
    first = min(sites, key=lambda site: site.place.line)
    slots: dict[int, list[Slot]] = {}
    for slot in (slot for site in sites for slot in site.slots):
        slots.setdefault(slot.slot_bytes, []).append(slot)
    merged = tuple(
        replace(
            max(same, key=lambda slot: slot.bytes),
            objects=sum(slot.objects for slot in same), bytes=sum(slot.bytes for slot in same),
            object_error=hypot(*(slot.object_error for slot in same)),
            byte_error=hypot(*(slot.byte_error for slot in same)),
        )
        for _, same in sorted(slots.items())
    )  # fmt: skip
    return replace(first, slots=merged)


def grown(site: Site) -> Series | None:
    """The growth series of a site, with evidence that something grows there."""
    if not site.via.startswith(GROWERS) and (site.via or Form.GROWN not in site.forms):
        return None
    return series_of([(slot.slot_bytes, slot.objects * _share(site, slot)) for slot in site.slots])


def _at(case: Case, site: Site) -> Iterator[Remedy]:
    series = grown(site)
    if series is None:
        return
    error = SIGMAS * site.byte_error
    least, most = series.last_bytes
    saving = Saving(BYTES, series.bytes - most - error, series.bytes - least + error)
    told = site.cpu_told(GROW_SLICE)
    name = "the buffer" if site.via else "the slice"
    yield case.remedy(
        "presize-slice",
        site,
        f"{name} grows step by step: {len(series.slots)} sizes from "
        f"{format_bytes(series.slots[0])} to {format_bytes(series.slots[-1])}",
        f"{format_count(series.count)} slices, {format_bytes(series.bytes)} in all, of which the "
        f"last arrays are {format_bytes(least)} to {format_bytes(most)}{told}",
        saving,
        Certainty.SAMPLED if error else Certainty.ROUNDED,
        "Make it with the length it will have, or a good guess (`make([]T, 0, n)`, `slices.Grow`, "
        "`Grow` of a buffer or builder).",
        "B/op and allocs/op of the benchmark.",
        count=series.count,
    )


def _share(site: Site, slot: Slot) -> float:
    """The part of a slot's objects that may be arrays of a slice that grows."""
    if not slot.types:
        return 1.0
    single = {made.type_name for made in site.made if made.form is Form.NEW}
    return sum(kind.share for kind in slot.types if _is_array(kind, single))


def _is_array(kind: SiteType, single: set[str]) -> bool:
    name = kind.group.type_name
    if name in BOXES or is_map_type(name) or name.startswith("struct { F uintptr"):
        return False
    return not name or bare(name) not in single
