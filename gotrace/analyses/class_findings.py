"""What stands out among the size classes of a heap profile, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gotrace.analyses.estimates import is_clear, largest, share, with_error
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.result import Certainty, Finding, Weight
from gotrace.analyses.size_classes import least_spans, least_waste_bytes
from gotrace.units import format_bytes

__all__ = ["class_findings"]

_MIB = 1 << 20
_CLASS_RATIO = 0.4
_WASTE_RATIO = 0.03


def class_findings(heap: HeapPicture) -> list[Finding]:
    """A dominant class, spans with large tails; none for one profile minus another."""
    if heap.values.is_difference or "inuse" not in heap.values.measures:
        return []
    return [*_dominant_class(heap), *_span_waste(heap)]


def _dominant_class(heap: HeapPicture) -> Iterator[Finding]:
    """A size class that holds a large part of what is in use."""
    live, whole = heap.by_class["inuse"], int(heap.whole["inuse"].bytes[0])
    for row in largest(live.bytes[: heap.rows.large], 1):
        size, error = int(live.bytes[row]), float(live.byte_errors[row])
        found = heap.rows.class_at(row)
        if found is None or not is_clear(size, error, max(_CLASS_RATIO * whole, _MIB)):
            continue
        yield Finding(
            "dominant-class",
            f"slots of {format_bytes(found.size_bytes)} (size class {found.number}) hold "
            f"{with_error(size, error)} of the {format_bytes(whole)} in use "
            f"({share(size, whole):.0%})",
            "",
            size,
            "bytes",
            heap.certainty,
            error,
            Weight.LOW,
            f"Here the size of one type counts{_saving(heap, row)}. "
            f"`-tagfocus={found.size_bytes}b` shows where these objects come from; reordering "
            "fields removes padding.",
        )


def _saving(heap: HeapPicture, row: int) -> str:
    """What the next smaller class would save."""
    found, smaller = heap.rows.class_at(row), heap.rows.class_at(row - 1) if row else None
    if found is None or smaller is None:
        return ""
    gain = int(heap.by_class["inuse"].objects[row]) * (found.size_bytes - smaller.size_bytes)
    return (
        f": one that fits in {smaller.size_bytes} bytes would save {format_bytes(gain)} "
        "if all these objects are of it"
    )


def _span_waste(heap: HeapPicture) -> Iterator[Finding]:
    """Room at the end of spans that no object can take."""
    live, whole = heap.by_class["inuse"], int(heap.whole["inuse"].bytes[0])
    waste = {
        row: least_waste_bytes(heap.rows, row)
        * (least_spans(heap.rows, row, int(live.objects[row])) or 0)
        for row in range(heap.rows.large)
        if live.objects[row] > 0
    }
    total = sum(waste.values())
    # A class's waste is as uncertain as its objects are.
    error = math.hypot(
        *(w * share(live.object_errors[row], live.objects[row]) for row, w in waste.items())
    )
    if not is_clear(total, error, max(_WASTE_RATIO * whole, _MIB)):
        return
    found = heap.rows.class_at(max(waste, key=waste.__getitem__))
    yield Finding(
        "span-waste",
        f"the ends of spans waste at least {with_error(total, error)} "
        f"({share(total, whole):.1%} of what is in use), most in spans of "
        f"{format_bytes(found.size_bytes if found else 0)} slots",
        "",
        total,
        "bytes",
        Certainty.LOWER,
        error,
        Weight.LOW,
        "Objects whose size divides the span better waste less: see `span waste` in the table of "
        "size classes.",
    )
