"""`values-in-map`: small structs of their own that a map could hold itself.

Evidence: a map whose values are pointers to a type (`map.group[K]*V` in the trace, `map[K]*V` in
what escapes), and a line of the same package that allocates that type singly. A map holds values of
up to 128 bytes in its own tables (`abi.MapMaxElemBytes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gotrace.analyses.result import Certainty
from gotrace.analyses.wrestle.expressions import Form
from gotrace.analyses.wrestle.findings.remedy import OBJECTS, SIGMAS, Case, Remedy, Saving
from gotrace.analyses.wrestle.site import Site
from gotrace.analyses.wrestle.type_layouts import bare
from gotrace.units import format_bytes, format_count

__all__ = ["find"]

_POINTER_VALUES = re.compile(r"^(?:noalg\.)?map\.(?:group|bucket)\[(.*)\]\*([\w./~\[\]]+)$")
_IN_TEXT = re.compile(r"map\[([^\]]*)\]\*([\w.]+)")
_MOST_BYTES = 128
_ENTRIES = 8
"""Of a group or bucket."""
_SURE = 0.9


def find(case: Case) -> list[Remedy]:
    """Sites that allocate what maps of pointers hold."""
    maps = _maps_of_pointers(case)
    return [made for site in case.sites.sites for made in _at(case, site, maps)]


def _maps_of_pointers(case: Case) -> dict[str, tuple[str, float]]:
    """Bare name of the value's type → the map, and how many entries its tables have room for."""
    found: dict[str, tuple[str, float]] = {}
    for site in case.sites.sites:
        for slot, kind in site.parts():
            if match := _POINTER_VALUES.match(kind.group.type_name):
                name = bare(match[2])
                entries = slot.objects * kind.share * kind.group.elements * _ENTRIES
                _, before = found.get(name, ("", 0.0))
                found[name] = f"map[{match[1]}]*{match[2]}", before + entries
        for made in site.made if not case.sites.groups else ():
            if made.form is Form.MAP and made.escape:
                for match in _IN_TEXT.finditer(made.escape.what):
                    found.setdefault(bare(match[2]), (match[0], 0.0))
    return found


def _at(case: Case, site: Site, maps: dict[str, tuple[str, float]]) -> Iterator[Remedy]:
    for made in site.made:
        if made.form is not Form.NEW or made.type_name not in maps:
            continue
        name, room = maps[made.type_name]
        size, objects, error, alive = _singles(case, site, made.type_name)
        if not objects or not 0 < size <= _MOST_BYTES:
            continue
        # More objects than the maps have room for are for something else, too.
        part = min(1.0, room / objects) if room else 0.5
        saving = Saving(OBJECTS, _SURE * part * objects - SIGMAS * error, objects + SIGMAS * error)
        yield case.remedy(
            "values-in-map",
            site,
            f"`{made.type_name}` ({format_bytes(size)}) is allocated one by one for a "
            f"`{name}`, which could hold the values themselves",
            f"{format_count(objects)} objects of {format_bytes(size)}, for maps with room for "
            f"{format_count(room)} entries"
            * bool(room)
            + f"{format_count(objects)} objects of {format_bytes(size)}" * (not room)
            + f"; at most {format_count(alive)} alive at a collection" * bool(alive),
            saving,
            Certainty.SAMPLED if error else Certainty.ROUNDED,
            f"Make it a `{name.replace(']*', ']')}`, and write the value back after a change. "
            "Without pointers in key and value the collector skips its tables altogether.",
            "allocs/op of the benchmark, and `/gc/scan/heap:bytes` of runtime/metrics.",
        )


def _singles(case: Case, site: Site, name: str) -> tuple[int, float, float, int]:
    """Size, objects, error and most alive of objects of a type, one in each slot."""
    size, objects, error, alive = 0, 0.0, 0.0, 0
    for slot, kind in site.parts():
        if bare(kind.group.type_name) == name and kind.group.size_bytes <= slot.slot_bytes:
            size = kind.group.size_bytes
            objects += slot.objects * kind.share
            error += slot.object_error * kind.share
            alive += kind.group.most_alive
    if not case.sites.groups and (layout := case.sites.layouts.find(name)):
        slots = [slot for slot in site.slots if 0 <= slot.slot_bytes - layout.size_bytes < 16]
        return (
            layout.size_bytes, float(sum(slot.objects for slot in slots)),
            sum(slot.object_error for slot in slots), 0,
        )  # fmt: skip
    return size, objects, error, alive
