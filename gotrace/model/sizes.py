"""What a request becomes: the size rules of `mallocgc`, for every Go version and for tcmalloc.

The order of questions is that of `mallocgc` (`runtime/malloc.go`):

1. No bytes: the address of `runtime.zerobase`, no object (go1.1 on; before: one byte).
2. Less than 16 bytes without pointers: a piece of a block of 16 that the P shares out, the *tiny*
   allocator (go1.3 on).
3. Up to 32 KiB, with pointers and above 512 bytes 8 more for a header (go1.22 on; there 32,760
   bytes is the limit): the smallest size class that holds it.
4. Everything else: whole pages, a span of its own, no header.

All of this is for 64-bit platforms, without the race detector, which turns 2. off.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from gotrace.errors import UsageError
from gotrace.model.size_classes import SizeClass, size_class_table
from gotrace.model.spans import header_bytes, max_small_request_bytes, objects_per_span
from gotrace.model.tcmalloc_classes import TCMALLOC_TABLES
from gotrace.model.versions import KNOWN, GoVersion, resolve

__all__ = ["MAX_REQUEST_BYTES", "TINY_BYTES", "Kind", "Request", "SizeRules", "size_rules"]

TINY_BYTES = 16
"""The block that tiny objects share (`TinySize`); requests below it, without pointers, are tiny."""

MAX_REQUEST_BYTES = 1 << 48
"""What 64-bit Go can address (`maxAlloc` in `runtime/malloc.go`)."""

_ZERO_IS_NO_OBJECT_SINCE = GoVersion(1)
_TINY_SINCE = GoVersion(3)
_SPAN_CLASSES_SINCE = GoVersion(9)


class Kind(StrEnum):
    """Which way of `mallocgc` a request goes."""

    ZERO = "zero"
    TINY = "tiny"
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True)
class Request:
    """What one request becomes: `slot_bytes` = header + size + waste.

    Zero-size requests take nothing: all numbers are 0. A tiny request is described by the block it
    shares: its `waste_bytes` is what remains if no other object joins it.
    """

    kind: Kind
    size_bytes: int
    has_pointers: bool
    size_class: int
    """1 is the smallest; 0 where there is none (zero, large)."""
    span_class: int
    """`size_class`·2, +1 without pointers (noscan); before go1.9 and in tcmalloc `size_class`."""
    slot_bytes: int
    header_bytes: int
    waste_bytes: int
    npages: int
    """Pages of the span."""
    objects_per_span: int

    @property
    def per_slot_count(self) -> int:
        """How many objects of this size share one slot at best: more than 1 only if tiny."""
        return TINY_BYTES // self.size_bytes if self.kind is Kind.TINY else 1


@dataclass(frozen=True)
class SizeRules:
    """The size rules of one allocator: data, and the questions of `mallocgc` over it.

    `version` is None for tcmalloc, whose rules are illustrative.
    """

    name: str
    page_bytes: int
    classes: tuple[SizeClass, ...]
    max_small_bytes: int
    """The largest request that a size class serves."""
    version: GoVersion | None = None

    @property
    def is_illustrative(self) -> bool:
        """Whether the numbers stand for a family, not for one released allocator."""
        return self.version is None

    def request(self, size_bytes: int, has_pointers: bool = False) -> Request:
        """What a request of `size_bytes` becomes.

        Raises ValueError below 0 and above `MAX_REQUEST_BYTES`, which no allocator serves.
        """
        if not 0 <= size_bytes <= MAX_REQUEST_BYTES:
            raise ValueError(f"no allocator serves {size_bytes} bytes")
        if size_bytes == 0 and self._since(_ZERO_IS_NO_OBJECT_SINCE):
            return Request(Kind.ZERO, 0, has_pointers, 0, 0, 0, 0, 0, 0, 0)
        if size_bytes > self.max_small_bytes:
            return self._large(size_bytes, has_pointers)
        if not has_pointers and 0 < size_bytes < TINY_BYTES and self._since(_TINY_SINCE):
            return self._small(Kind.TINY, size_bytes, TINY_BYTES, has_pointers)
        header = header_bytes(self.version, size_bytes, has_pointers) if self.version else 0
        return self._small(Kind.SMALL, size_bytes, size_bytes + header, has_pointers, header)

    def round_up(self, size_bytes: int, has_pointers: bool = False) -> int:
        """The most bytes that fit where `size_bytes` go: what `append` grows a slice to.

        `roundupsize` in `runtime/msize.go`: a header is not room. Tiny requests are rounded by
        their class, though they will share a block. Raises ValueError as `request`.
        """
        request = self.request(size_bytes, has_pointers)
        if request.kind is Kind.TINY:
            return self._class_for(size_bytes).size_bytes
        if request.kind is Kind.ZERO:
            return 0
        return request.slot_bytes - request.header_bytes

    def _since(self, version: GoVersion) -> bool:
        return self.version is not None and self.version >= version

    def _class_for(self, wanted: int) -> SizeClass:
        return self.classes[bisect_left(self._sizes, wanted)]

    @cached_property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(size_class.size_bytes for size_class in self.classes)

    def _span_class(self, size_class: int, has_pointers: bool) -> int:
        if not self._since(_SPAN_CLASSES_SINCE):
            return size_class
        return size_class * 2 + (not has_pointers)

    def _small(
        self, kind: Kind, size: int, wanted: int, has_pointers: bool, header: int = 0
    ) -> Request:
        """The smallest class that holds `wanted` bytes."""
        found = self._class_for(wanted)
        objects = found.objects_count
        if self.version is not None:
            objects = objects_per_span(self.version, found.size_bytes, has_pointers)
        return Request(
            kind,
            size,
            has_pointers,
            found.number,
            self._span_class(found.number, has_pointers),
            found.size_bytes,
            header,
            found.size_bytes - header - size,
            found.span_pages,
            objects,
        )

    def _large(self, size: int, has_pointers: bool) -> Request:
        """Whole pages (`allocLarge` in `runtime/mcache.go`)."""
        npages = -(-size // self.page_bytes)
        slot = npages * self.page_bytes
        span_class = self._span_class(0, has_pointers)
        return Request(
            Kind.LARGE, size, has_pointers, 0, span_class, slot, 0, slot - size, npages, 1
        )


@lru_cache
def size_rules(name: str | GoVersion) -> SizeRules:
    """The rules of `go1.22`, `1.22.3`, `tcmalloc-classic` or `tcmalloc-2x`.

    Raises UsageError for any other name.
    """
    if isinstance(name, str) and name.strip() in TCMALLOC_TABLES:
        table = TCMALLOC_TABLES[name.strip()]
        return SizeRules(table.name, table.page_bytes, table.classes, table.max_small_bytes)
    try:
        version = resolve(name) if isinstance(name, str) else name
    except UsageError as error:
        known = f"{KNOWN[0]} to {KNOWN[-1]}, {', '.join(TCMALLOC_TABLES)}"
        raise UsageError(f"{error}; runtimes: {known}") from None
    go = size_class_table(version)
    most = max_small_request_bytes(version)
    return SizeRules(str(version), go.page_bytes, go.classes, most, version)
