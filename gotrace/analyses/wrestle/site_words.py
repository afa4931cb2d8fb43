"""A call site in one line: what it allocates, in what slots, what collections make of it."""

from __future__ import annotations

from gotrace.analyses.estimates import share
from gotrace.analyses.result import Fact
from gotrace.analyses.wrestle.site import Site
from gotrace.analyses.wrestle.sites import Sites
from gotrace.units import format_bytes

__all__ = ["UNTYPED", "noscan_ratio", "site_fact", "slots_told", "types_told"]

UNTYPED = "(untyped)"
"""What the trace has no type of: memory without pointers that is asked for by size."""
_MOST_WORDS = 3
_LONGEST = 40
"""Characters of a type's name: closures and generic types have long ones."""
_LEAST_TOLD = 0.05
_LEAST_KNOWN = 0.5
_LEAST_CPU_NS = 500_000_000
"""50 samples at Go's 100 a second."""
_NEARLY_ALL = 0.995


def site_fact(sites: Sites, site: Site, died_first: float | None) -> Fact:
    """The words that matter most come first: a screen cuts the last.

    `died_first` is the share of its objects that the first collection found dead; None where no
    trace tells.
    """
    parts = [
        f"{share(site.bytes, sites.bytes):.0%} of the bytes ({format_bytes(site.bytes)}), "
        f"{share(site.objects, sites.objects):.0%} of the objects",
        f"slots of {slots_told(site)}",
        _pointers(site),
        _survival(site, died_first),
        _cost(sites, site),
        types_told(site).replace(UNTYPED, "").strip(", "),
    ]
    where = f"{site.place.function} ({site.place.base_name}:{site.place.line})"
    if site.via:
        where += f" by {site.via}"
    return Fact("site", where, title="allocates", detail=", ".join(filter(None, parts)))


def _pointers(site: Site) -> str:
    ratio = noscan_ratio(site)
    if ratio is None:
        return ""
    if ratio >= _NEARLY_ALL:
        return "noscan"
    return f"{ratio:.0%} noscan" if ratio >= 1 - _NEARLY_ALL else "with pointers"


def _survival(site: Site, died_first: float | None) -> str:
    if died_first is not None:
        return f"{died_first:.0%} dead at the first GC"
    kept = share(site.inuse_bytes, site.bytes)
    return f"{kept:.0%} in use in the end" if kept >= 1 - _NEARLY_ALL else ""


def _cost(sites: Sites, site: Site) -> str:
    """Of the CPU profile: allocating and collecting; nothing of a profile that is too short."""
    if sites.cpu_ns < _LEAST_CPU_NS or not site.cost.total_ns:
        return ""
    collecting = site.cost.assist_ns + site.cost.charged_ns
    return (
        f"{share(site.cost.total_ns, sites.cpu_ns):.1%} of the CPU time "
        f"(GC {share(collecting, sites.cpu_ns):.1%})"
    )


def noscan_ratio(site: Site) -> float | None:
    """Of its bytes of known types, those without pointers; None where less than half is known."""
    known = sum(slot.bytes * kind.share for slot, kind in site.parts())
    if not known or known < _LEAST_KNOWN * site.bytes:
        return None
    noscan = sum(
        slot.bytes * kind.share for slot, kind in site.parts() if kind.group.is_noscan
    )  # fmt: skip
    return noscan / known


def slots_told(site: Site) -> str:
    """The sizes of slots that take most bytes."""
    largest = sorted(site.slots, key=lambda slot: -slot.bytes)[:_MOST_WORDS]
    told = ", ".join(format_bytes(slot.slot_bytes) for slot in largest)
    return told + ", ..." * (len(site.slots) > len(largest))


def types_told(site: Site) -> str:
    """The types that take most of it, in words."""
    sizes: dict[str, float] = {}
    for slot, kind in site.parts():
        name = kind.group.type_name or UNTYPED
        sizes[name] = sizes.get(name, 0.0) + slot.bytes * kind.share
    sizes = {name: size for name, size in sizes.items() if size >= _LEAST_TOLD * site.bytes}
    names = sorted(sizes, key=lambda name: -sizes[name])[:_MOST_WORDS]
    return ", ".join(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..." for name in names)
