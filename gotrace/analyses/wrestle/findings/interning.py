"""`intern-strings`: many small strings made of bytes on one line, of which many may be the same.

Evidence: a conversion of bytes to a string that escapes (or CPU samples of
`runtime.slicebytetostring`), and many small untyped objects without pointers there. No recording
tells what strings say: the saving is an upper bound, and may be nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from gotrace.analyses.result import Certainty, Weight
from gotrace.analyses.wrestle.calls import TO_STRING
from gotrace.analyses.wrestle.expressions import Form
from gotrace.analyses.wrestle.findings.remedy import BYTES, SIGMAS, Case, Remedy, Saving
from gotrace.analyses.wrestle.site import Site, Slot
from gotrace.units import format_bytes, format_count

__all__ = ["find"]

_MOST_BYTES = 256
_CLONES = ("strings.Clone", "internal/stringslite.Clone")


def find(case: Case) -> list[Remedy]:
    """Sites that make small strings."""
    return [made for site in case.sites.sites for made in _at(case, site)]


def _at(case: Case, site: Site) -> Iterator[Remedy]:
    is_clone = site.via.startswith(_CLONES)
    told = {made.form for made in site.made}
    if site.via and not is_clone:
        return
    if not is_clone and Form.STRING not in told and TO_STRING not in site.calls:
        return
    objects = size = error = 0.0
    for slot in site.slots:
        if slot.slot_bytes <= _MOST_BYTES:
            share = _share(slot, case)
            objects, size = objects + slot.objects * share, size + slot.bytes * share
            error += SIGMAS * slot.byte_error * share
    if not objects:
        return
    yield case.remedy(
        "intern-strings",
        site,
        f"strings of {format_bytes(size / objects)} on average are made of bytes one by one; those "
        "that say the same could be one string",
        f"{format_count(objects)} strings, {format_bytes(size)}" + site.cpu_told(TO_STRING),
        Saving(BYTES, 0.0, size + error),
        Certainty.UPPER,
        "If few of them are distinct, look them up first: `m[string(b)]` of a `map[string]string` "
        "allocates nothing; or `unique.Make` (Go 1.23). If they are distinct, leave it.",
        "Count distinct values once; then B/op of the benchmark.",
        Weight.MEDIUM,  # nobody knows whether any are equal
    )


def _share(slot: Slot, case: Case) -> float:
    """The part of a slot's objects that may be strings: Go tells no type of them."""
    if not slot.types:
        return 0.0 if case.sites.groups else 1.0
    return sum(k.share for k in slot.types if not k.group.type_name and k.group.is_noscan)
