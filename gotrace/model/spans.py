"""How a span is divided: what each Go version keeps for itself inside spans and objects.

All of this is for 64-bit platforms. Sources: `initSpan` in `runtime/mheap.go`, `heapBitsInSpan` in
`runtime/mbitmap.go` (go1.22: `mbitmap_allocheaders.go`) and `gcUsesSpanInlineMarkBits` in
`runtime/mgcmark_greenteagc.go`.
"""

from __future__ import annotations

from gotrace.model.size_classes import MAX_SMALL_BYTES, size_class_table
from gotrace.model.versions import GoVersion

__all__ = [
    "HEADER_BYTES",
    "header_bytes",
    "max_small_request_bytes",
    "objects_per_span",
    "reserve_bytes",
    "unused_per_span_bytes",
]

HEADER_BYTES = 8
"""The type pointer in front of larger pointerful objects (`gc.MallocHeaderSize`)."""

_HEADERS_SINCE = GoVersion(22)
_INLINE_MARK_BITS_SINCE = GoVersion(26)
_HEAP_BITS_UP_TO_BYTES = 512
_INLINE_MARK_BITS_FROM_BYTES = 16
_INLINE_MARK_BITS_BYTES = 128


def reserve_bytes(version: GoVersion, size_bytes: int, pointerful: bool) -> int:
    """Bytes at the end of a span of `size_bytes` slots that hold the runtime's bits, not objects.

    Since go1.22 one bit a word where objects up to 512 bytes hold pointers; since go1.26 (Green
    Tea) another 128 bytes of mark bits where objects have 16 to 512 bytes, pointers or not.
    """
    if size_bytes > _HEAP_BITS_UP_TO_BYTES:
        return 0
    table = size_class_table(version)
    found = table.class_for(size_bytes)
    reserve = 0
    if version >= _HEADERS_SINCE and pointerful and found is not None:
        reserve += found.span_pages * table.page_bytes // 64
    if version >= _INLINE_MARK_BITS_SINCE and size_bytes >= _INLINE_MARK_BITS_FROM_BYTES:
        reserve += _INLINE_MARK_BITS_BYTES
    return reserve


def objects_per_span(version: GoVersion, size_bytes: int, pointerful: bool) -> int:
    """How many objects a span of the class with `size_bytes` slots holds; 1 above 32 KiB.

    Raises ValueError if `size_bytes` is up to 32 KiB and no slot size of `version`.
    """
    if size_bytes > MAX_SMALL_BYTES:
        return 1
    span = _span_bytes(version, size_bytes)
    return (span - reserve_bytes(version, size_bytes, pointerful)) // size_bytes


def unused_per_span_bytes(version: GoVersion, size_bytes: int, pointerful: bool) -> int:
    """Bytes of a span that no object can take: the runtime's reserve and the tail.

    Raises ValueError as `objects_per_span`; 0 above 32 KiB, where a span is one object.
    """
    if size_bytes > MAX_SMALL_BYTES:
        return 0
    objects = objects_per_span(version, size_bytes, pointerful)
    return _span_bytes(version, size_bytes) - objects * size_bytes


def header_bytes(version: GoVersion, request_bytes: int, pointerful: bool) -> int:
    """Bytes added to a request before its class is looked up.

    Since go1.22 pointerful objects above 512 bytes carry a header; large objects carry none.
    """
    is_headed = _HEAP_BITS_UP_TO_BYTES < request_bytes <= max_small_request_bytes(version)
    return HEADER_BYTES if version >= _HEADERS_SINCE and pointerful and is_headed else 0


def max_small_request_bytes(version: GoVersion) -> int:
    """The largest request served from a size class; since go1.22 room for a header is kept.

    That room is kept for objects without pointers, too (`mallocgc` in `runtime/malloc.go`).
    """
    return MAX_SMALL_BYTES - (HEADER_BYTES if version >= _HEADERS_SINCE else 0)


def _span_bytes(version: GoVersion, size_bytes: int) -> int:
    table = size_class_table(version)
    found = table.class_of(size_bytes)
    if found is None:
        raise ValueError(f"{size_bytes} bytes is no slot size of {version}")
    return found.span_pages * table.page_bytes
