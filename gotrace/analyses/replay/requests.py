"""What had been asked for, from where an object was put: the rules of `mallocgc` backwards.

The trace tells the slot and the type, not the size of the request. A slot narrows it down to what
is above the next smaller class; a type, to multiples of its size, for an allocation is one value or
an array of them (`runtime/malloc.go`: newobject, newarray; `runtime/slice.go`: growslice rounds a
capacity down to whole elements). Where a single multiple is left the request is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gotrace.model.size_classes import size_class_table
from gotrace.model.spans import (
    HEADER_BYTES,
    header_bytes,
    max_small_request_bytes,
    objects_per_span,
)
from gotrace.model.versions import GoVersion

__all__ = ["TINY_ROW", "Request", "SpanClass", "request", "span_class_at"]

TINY_ROW = 6
"""Row (`batch.class_row`) of span class 5: 16 bytes without pointers, where tiny objects share."""
_TINY_BYTES = 16
_TELLS_TINY = GoVersion(25)
"""Go 1.24 reports every tiny allocation, Go 1.23 of a block only the first; the trace format of
both is the same."""


@dataclass(frozen=True)
class Request:
    """The least and the most bytes that may have been asked for."""

    least_bytes: int
    most_bytes: int
    fits_type: bool = True
    """False where no multiple of the type's size fits: then the type was not used."""

    @property
    def is_exact(self) -> bool:
        """Only one size is possible."""
        return self.least_bytes == self.most_bytes


@dataclass(frozen=True)
class SpanClass:
    """A span class in a Go version; sizes are 0 for large objects."""

    number: int
    size_class: int
    is_noscan: bool
    slot_bytes: int
    slots_count: int
    span_bytes: int
    least_bytes: int
    """The least request that it serves."""
    most_bytes: int

    @property
    def usable_bytes(self) -> int:
        """What objects can take of a span."""
        return self.slots_count * self.slot_bytes

    @property
    def tail_bytes(self) -> int:
        """What they cannot: the tail behind the last slot and what the runtime keeps."""
        return self.span_bytes - self.usable_bytes


@lru_cache(maxsize=1024)
def span_class_at(version: GoVersion, row: int) -> SpanClass | None:
    """The span class of a row of `batch.class_row`; None for the row of unknown ones."""
    if row <= 0:
        return None
    number = row - 1
    size_class, is_noscan = number >> 1, bool(number & 1)
    table = size_class_table(version)
    if size_class == 0:
        least = max_small_request_bytes(version) + 1
        return SpanClass(number, 0, is_noscan, 0, 1, 0, least, 1 << 47)
    if size_class > len(table.classes):
        return None
    found = table.classes[size_class - 1]
    smaller = table.classes[size_class - 2].size_bytes if size_class > 1 else 0
    pointerful = not is_noscan
    # The largest request that has a header behind it still fits with one.
    most = found.size_bytes
    most -= header_bytes(version, max(most - HEADER_BYTES, 0), pointerful)
    most = min(most, max_small_request_bytes(version))
    least = smaller + 1
    if header_bytes(version, least, pointerful):
        # The header moves the border down, but not to where there is none.
        least -= header_bytes(version, least, pointerful)
        while most > least and not header_bytes(version, least, pointerful):
            least += 1
    if row == TINY_ROW:
        least = 1
    return SpanClass(
        number, size_class, is_noscan, found.size_bytes,
        objects_per_span(version, found.size_bytes, pointerful),
        found.span_pages * table.page_bytes, least, most,
    )  # fmt: skip


def request(
    version: GoVersion, row: int, slot_bytes: int, type_bytes: int, is_shared: bool = False
) -> Request:
    """What was asked for by an object of a type (0: of none) in a slot of a span class.

    `is_shared` says that several tiny objects share the slot.
    """
    found = span_class_at(version, row)
    if found is None:
        return Request(1, max(slot_bytes, 1)) if slot_bytes else Request(0, 0)
    least, most = found.least_bytes, found.most_bytes
    if found.size_class == 0:
        page_bytes = size_class_table(version).page_bytes
        least, most = max(least, slot_bytes - page_bytes + 1), slot_bytes
    if row == TINY_ROW and (is_shared or (0 < type_bytes < _TINY_BYTES and version < _TELLS_TINY)):
        return Request(max(min(type_bytes, most), 1), most)
    if type_bytes <= 0:
        return Request(least, most)
    first, last = -(-least // type_bytes) * type_bytes, most // type_bytes * type_bytes
    if first > last:
        return Request(least, most, fits_type=False)
    return Request(first, last)
