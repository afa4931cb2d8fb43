"""Rows that break the rules of a heap: counted, and told with the first place.

What the reader could not join (frees of nothing, slots freed twice, objects outside spans) it has
told already; here is what no real heap can hold, so that hostile traces cost a note, not an answer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.batch import MOST_BYTES, SPAN_CLASSES
from gotrace.tables.columns import Columns
from gotrace.tables.notes import Note, Severity
from gotrace.units import format_duration

__all__ = ["Rules"]

_MESSAGES = {
    "replay-huge-object": "objects of 2^47 bytes or more, which no address space holds; they are "
    "left out",
    "replay-huge-span": "spans of 2^47 bytes or more, which no address space holds; they are left "
    "out",
    "replay-unknown-class": "spans of a span class that Go does not have; what they hold is of "
    "unknown size",
    "replay-backwards": "objects and spans that end before they begin, or years later; they are "
    "left out",
    "replay-unknown-size": "objects outside every span of the trace: they count as 0 bytes",
}


_LATEST_NS = 1 << 60
"""36 years."""


class Rules:
    """Keeps count of what breaks which rule."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._first: dict[str, tuple[int, int]] = {}  # time, address

    def objects(self, columns: Columns) -> Columns:
        """The rows of `objects` that can be."""
        size = columns.array("slot_bytes")
        self._count("replay-unknown-size", columns, size < 0)
        is_huge = size >= MOST_BYTES
        self._count("replay-huge-object", columns, is_huge)
        return self._kept(columns, is_huge)

    def spans(self, columns: Columns) -> Columns:
        """The rows of `spans` that can be."""
        span_class = columns.array("span_class")
        is_unknown = columns.array("is_heap") & ((span_class < 0) | (span_class >= SPAN_CLASSES))
        self._count("replay-unknown-class", columns, is_unknown)
        size = columns.array("size_bytes")
        is_huge = (size >= MOST_BYTES) | (size < 0)
        self._count("replay-huge-span", columns, is_huge)
        return self._kept(columns, is_huge)

    def notes(self, lost_chunks: bool, left_out_changes: int) -> list[Note]:
        """What was found, and what there was no room for."""
        found = []
        for slug, message in _MESSAGES.items():
            if slug in self._counts:
                time, address = self._first[slug]
                when = format_duration(time) if time >= 0 else "before the trace"
                where = f"first {when}, at {address:#x}"
                found.append(Note(Severity.LOSS, slug, message, self._counts[slug], where))
        if lost_chunks:
            message = "the heap is larger than 1 TiB: what it has mapped is told too small"
            found.append(Note(Severity.LOSS, "replay-large-heap", message))
        if left_out_changes:
            message = "begins and ends of regions and tasks are too many; later ones are left out"
            found.append(
                Note(Severity.LOSS, "replay-annotations-left-out", message, left_out_changes)
            )
        return found

    def _kept(self, columns: Columns, is_huge: npt.NDArray[np.bool_]) -> Columns:
        begin, end = columns.array("time_ns"), columns.array("end_time_ns")
        is_backwards = ((end >= 0) & (end < begin)) | (begin >= _LATEST_NS) | (end >= _LATEST_NS)
        self._count("replay-backwards", columns, is_backwards)
        wrong = is_huge | is_backwards
        if not wrong.any():
            return columns
        rows = np.flatnonzero(~wrong)
        return Columns(len(rows), {name: columns.array(name)[rows] for name in columns})

    def _count(self, slug: str, columns: Columns, wrong: npt.NDArray[np.bool_]) -> None:
        count = int(np.count_nonzero(wrong))
        if not count:
            return
        if slug not in self._counts:
            row = int(np.argmax(wrong))
            times = (columns.array("time_ns")[row], columns.array("end_time_ns")[row])
            self._first[slug] = max(map(int, times)), int(columns.array("address")[row])
        self._counts[slug] = self._counts.get(slug, 0) + count
