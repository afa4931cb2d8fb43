"""The size-class table of a heap profile: which slots its objects take, and how many spans.

A heap profile keeps one record for each stack *and slot size*, and labels it with that size
(`bytes`), so the class of every object follows exactly. What does not follow: the requested size
(so waste inside slots), and whether objects hold pointers (so a span may hold a few objects less
than assumed here).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.estimates import estimate_columns
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.heap_values import RATE_UNKNOWN, HeapValues, Totals
from gotrace.analyses.result import Certainty, Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.slots import ClassRows, distinct_slots
from gotrace.model.size_classes import fitting_versions
from gotrace.model.spans import objects_per_span, unused_per_span_bytes
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import distinct
from gotrace.tables.notes import Note, Severity

__all__ = ["least_spans", "least_waste_bytes", "size_classes"]

_TITLES = {"alloc": "alloc", "inuse": "in use"}
_SPANS = (
    "Spans: as many as the in-use objects need at least; not known are pointers and free slots."
)
_WASTE = "Waste: tail and reserve of those spans; waste inside slots is not in a heap profile."
_ERROR = "±: the same share holds for objects and bytes of a class; no sample, no row."
_DIFFERENCE = "The profile is a difference: its errors are at least those shown."


def size_classes(heap: HeapPicture) -> Result:
    """Objects and bytes by size class, with sampling errors and the spans they need at least."""
    shown = distinct(heap.rows.of_sample[~heap.values.is_empty])
    columns = [*_name_columns(heap.rows, shown)]
    for name in heap.values.recorded:
        columns += _measure_columns(name, heap.by_class[name], shown)
    footnotes: tuple[str, ...] = (_ERROR,) if heap.values.is_sampled else ()
    if "inuse" in heap.by_class and not heap.values.is_difference:
        columns += _span_columns(heap.rows, heap.by_class["inuse"].objects, shown)
        footnotes += (_SPANS, _WASTE)
    if heap.values.is_difference:
        footnotes += (_DIFFERENCE,)
    return Result(
        "size_classes",
        "Size classes",
        facts=(_version_fact(heap.rows.versions), _rate_fact(heap.values)),
        tables=(ResultTable("size_classes", "Size classes", tuple(columns), footnotes),),
        notes=_slot_notes(heap.values, heap.rows),
    )


def least_spans(rows: ClassRows, row: int, objects: int) -> int | None:
    """The fewest spans that hold so many objects of a row; None where the slot is unknown."""
    if row == rows.other:
        return None
    size = rows.class_at(row)
    if size is None:
        return max(objects, 0)
    # Spans without pointers have the most room.
    most = max(objects_per_span(v, size.size_bytes, pointerful=False) for v in rows.roomiest)
    return -(-max(objects, 0) // most)


def least_waste_bytes(rows: ClassRows, row: int) -> int:
    """What of one span of a row's class no object can take, at least."""
    size = rows.class_at(row)
    if size is None:
        return 0
    return min(unused_per_span_bytes(v, size.size_bytes, pointerful=False) for v in rows.roomiest)


def _name_columns(rows: ClassRows, shown: npt.NDArray[Any]) -> list[ResultColumn]:
    classes = [rows.class_at(int(row)) for row in shown]
    names = ["large" if row == rows.large else "other" for row in shown]
    numbers = [str(c.number) if c else name for c, name in zip(classes, names, strict=True)]
    sizes = [c.size_bytes if c else None for c in classes]
    return [
        ResultColumn("size_class", "text", numbers, "class", doc="Number of the size class."),
        ResultColumn("slot_bytes", "bytes", sizes, "slot", doc="What one object of it takes."),
    ]


def _measure_columns(name: str, total: Totals, shown: npt.NDArray[Any]) -> list[ResultColumn]:
    """Objects, bytes, their errors, and the share of all bytes."""
    sizes = total.bytes[shown]
    whole = int(sizes.sum())
    share = sizes / whole if whole else np.zeros(len(sizes))
    title = _TITLES[name]
    objects = total.objects[shown].tolist()
    return [
        ResultColumn(f"{name}_objects_count", "count", objects, f"{title} objects"),
        *estimate_columns(f"{name}_bytes", "bytes", sizes, total.byte_errors[shown], title),
        ResultColumn(f"{name}_ratio", "ratio", share.tolist(), f"{title} %"),
    ]


def _span_columns(
    rows: ClassRows, inuse: npt.NDArray[np.int64], shown: npt.NDArray[Any]
) -> list[ResultColumn]:
    """Spans needed at least, and what of them no object can take."""
    spans = [least_spans(rows, int(row), int(inuse[row])) for row in shown]
    waste = [
        None if count is None else count * least_waste_bytes(rows, int(row))
        for count, row in zip(spans, shown, strict=True)
    ]
    return [
        ResultColumn(
            "spans_at_least_count", "count", spans, "spans", doc=_SPANS, bound=Certainty.LOWER
        ),
        ResultColumn(
            "span_waste_at_least_bytes",
            "bytes",
            waste,
            "span waste",
            doc=_WASTE,
            bound=Certainty.LOWER,
        ),
    ]


def _version_fact(versions: Sequence[GoVersion]) -> Fact:
    text = str(versions[0])
    if len(versions) > 1:
        text = f"{versions[0]} to {versions[-1]}"
    return Fact("size_class_versions", text, title="size classes of")


def _rate_fact(values: HeapValues) -> Fact:
    if not values.is_rate_known:
        return Fact("rate_bytes", None, "bytes", "sampling rate", RATE_UNKNOWN)
    detail = "one object recorded every so many bytes; ± is one standard deviation"
    if not values.is_sampled:
        detail = "every object recorded: the numbers are exact"
    return Fact("rate_bytes", values.rate_bytes, "bytes", "sampling rate", detail)


def _slot_notes(values: HeapValues, rows: ClassRows) -> tuple[Note, ...]:
    """Doubts about slots: none known, or not of this Go version."""
    is_other = (rows.of_sample == rows.other) & ~values.is_empty
    unknown = int(np.count_nonzero(is_other & (values.slot_bytes == 0)))
    strange = distinct(values.slot_bytes[is_other & (values.slot_bytes > 0)]).tolist()
    notes = []
    if unknown:
        notes.append(
            Note(
                Severity.LOSS,
                "slot-unknown",
                f"{unknown} samples do not tell the slot size of their objects",
                unknown,
                advice="record with Go's own heap profiler, and keep its `bytes` labels",
            )
        )
    if strange:
        few = ", ".join(map(str, strange[:4])) + (", …" if len(strange) > 4 else "")
        fitting = fitting_versions(distinct_slots(values))
        fit = f"{fitting[0]} to {fitting[-1]}" if fitting else "no known version"
        notes.append(
            Note(
                Severity.FAULT,
                "slot-not-a-size-class",
                f"{len(strange)} slot sizes ({few}) are not of {rows.versions[-1]}; "
                f"all slots fit {fit}",
                len(strange),
                advice="name the Go version that recorded the profile",
            )
        )
    return tuple(notes)
