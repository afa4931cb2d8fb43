"""Go's size classes: the slot sizes that small objects are rounded up to, for every Go version.

The tables are not copied, they are built by the rule that made them (`runtime/mksizeclasses.go`;
since go1.27 `runtime/_mkmalloc/mksizeclasses.go`), which changed three times:

======  =============  =======  =======  ====================================================
table   versions       page     classes  what changed
======  =============  =======  =======  ====================================================
A       go1.0 to 1.2   4 KiB    60
B       go1.3 to 1.7   8 KiB    66       larger pages
C       go1.8 to 1.15  8 KiB    66       a class takes all the room its span offers
D       go1.16 on      8 KiB    67       a class of 24 bytes
======  =============  =======  =======  ====================================================
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from gotrace.model.versions import KNOWN, GoVersion

__all__ = [
    "MAX_SMALL_BYTES",
    "TABLES",
    "SizeClass",
    "SizeClassTable",
    "fitting_versions",
    "size_class_table",
]

MAX_SMALL_BYTES = 32768
"""The largest slot that shares a span with others; larger objects take whole pages."""


@dataclass(frozen=True)
class SizeClass:
    """One size class.

    `objects_count` and `tail_waste_bytes` are those of a span without reserves; what a version
    really fits in a span is `gotrace.model.spans.objects_per_span`.
    """

    number: int
    """1 is the smallest class; 0 stands for large objects in Go and never appears here."""
    size_bytes: int
    span_pages: int
    objects_count: int
    tail_waste_bytes: int


@dataclass(frozen=True)
class SizeClassTable:
    """The size classes of a run of Go versions, smallest first."""

    name: str
    first: GoVersion
    last: GoVersion
    page_bytes: int
    classes: tuple[SizeClass, ...]

    @cached_property
    def sizes_bytes(self) -> tuple[int, ...]:
        """The slot size of every class, smallest first."""
        return tuple(c.size_bytes for c in self.classes)

    def class_of(self, slot_bytes: int) -> SizeClass | None:
        """The class whose slots have exactly `slot_bytes`; None if there is none."""
        found = self.class_for(slot_bytes)
        return found if found is not None and found.size_bytes == slot_bytes else None

    def class_for(self, request_bytes: int) -> SizeClass | None:
        """The smallest class that holds `request_bytes` (a header included); None if too large."""
        index = bisect_left(self.sizes_bytes, request_bytes)
        return self.classes[index] if index < len(self.classes) else None

    def is_slot(self, slot_bytes: int) -> bool:
        """Whether an object can occupy exactly `slot_bytes`: a class, or whole pages above them."""
        if slot_bytes <= MAX_SMALL_BYTES:
            return self.class_of(slot_bytes) is not None
        return slot_bytes % self.page_bytes == 0


@dataclass(frozen=True)
class _Rule:
    """One variant of the rule: see `_candidates`, `_span_bytes` and `_build`."""

    name: str
    first: int
    last: int
    page_bytes: int
    wide_from: int
    """Steps are 16 bytes from this size on (8 below)."""
    enlarges: bool
    """Whether each class grows into the tail of its span."""


_RULES = (
    _Rule("A", 0, 2, 4096, 16, enlarges=False),
    _Rule("B", 3, 7, 8192, 16, enlarges=False),
    _Rule("C", 8, 15, 8192, 16, enlarges=True),
    _Rule("D", 16, KNOWN[-1].minor, 8192, 32, enlarges=True),
)


def _step(size: int, wide_from: int) -> int:
    """The distance to the next candidate: from 128 bytes an eighth of the power of two below."""
    if size >= 2048:
        return 256
    if size >= 128:
        return (1 << (size.bit_length() - 1)) // 8
    return 16 if size >= wide_from else 8


def _span_bytes(size: int, page_bytes: int) -> int:
    """The fewest pages whose tail behind the last object is at most an eighth."""
    span = page_bytes
    while span % size > span // 8:
        span += page_bytes
    return span


def _build(rule: _Rule) -> SizeClassTable:
    """All classes of one variant of the rule."""
    chosen: list[tuple[int, int]] = []
    size = 8
    while size <= MAX_SMALL_BYTES:
        span = _span_bytes(size, rule.page_bytes)
        # As many objects in as many pages as the class before: that class need not exist.
        if chosen and chosen[-1][1] == span and span // chosen[-1][0] == span // size:
            chosen.pop()
        chosen.append((size, span))
        size += _step(size, rule.wide_from)
    if rule.enlarges:
        # Multiples of 128 only: the runtime looks larger sizes up in steps of 128.
        chosen = [(max(size, span // (span // size) // 128 * 128), span) for size, span in chosen]
    return SizeClassTable(
        rule.name,
        GoVersion(rule.first),
        GoVersion(rule.last),
        rule.page_bytes,
        tuple(
            SizeClass(number, size, span // rule.page_bytes, span // size, span % size)
            for number, (size, span) in enumerate(chosen, 1)
        ),
    )


TABLES = tuple(_build(rule) for rule in _RULES)
"""Tables A to D, oldest first; together they cover every known version."""


@lru_cache
def size_class_table(version: GoVersion) -> SizeClassTable:
    """The size classes of `version`."""
    return next(table for table in TABLES if table.first <= version <= table.last)


def fitting_versions(slots_bytes: Iterable[int]) -> tuple[GoVersion, ...]:
    """The known versions, oldest first, in whose tables every one of `slots_bytes` is a slot.

    `slots_bytes` are the `bytes` labels of a heap profile: a profile that says nothing about its Go
    version is narrowed down by them. Empty if no version fits.
    """
    distinct = set(slots_bytes)
    fitting = {table.name for table in TABLES if all(map(table.is_slot, distinct))}
    return tuple(version for version in KNOWN if size_class_table(version).name in fitting)
