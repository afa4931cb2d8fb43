"""tcmalloc's size classes: the tables that Go's own began as.

Both are built by their rule, as Go's are. They are illustrative: tcmalloc's tables changed with its
releases and build options.

=================  =====  ===========  =======  ================================================
name               page   small up to  classes  the rule
=================  =====  ===========  =======  ================================================
tcmalloc-classic   4 KiB  32 KiB       168      every step is a class (the design document: about
                                                170)
tcmalloc-2x        8 KiB  256 KiB      87       steps merged, spans that fill a quarter of a
                                                transfer (`src/common.cc` of gperftools 2.x, 16-byte
                                                alignment)
=================  =====  ===========  =======  ================================================
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.size_classes import SizeClass

__all__ = ["TCMALLOC_TABLES", "TcmallocTable"]

_TRANSFER_BYTES = 64 << 10
_MOST_TRANSFERRED = 512
"""`TCMALLOC_TRANSFER_NUM_OBJ` of the release that was read; later ones say 32."""


@dataclass(frozen=True)
class TcmallocTable:
    """The size classes of one tcmalloc, smallest first."""

    name: str
    page_bytes: int
    max_small_bytes: int
    classes: tuple[SizeClass, ...]


def _step(size: int, largest_step: int, least: int) -> int:
    """The distance to the next candidate: from 128 bytes an eighth of the power of two below."""
    if size >= 128:
        return min((1 << (size.bit_length() - 1)) // 8, largest_step)
    return least if size >= least else 8


def _span_bytes(size: int, page_bytes: int, least_objects: int) -> int:
    """The fewest pages that hold `least_objects` with a tail of at most an eighth."""
    span = page_bytes
    while span % size > span // 8 or span // size < least_objects:
        span += page_bytes
    return span


def _classic() -> TcmallocTable:
    """Steps of at most 256 bytes, 8-byte alignment, nothing merged."""
    page, most = 4096, 32 << 10
    chosen: list[tuple[int, int]] = []
    size = 8
    while size <= most:
        chosen.append((size, _span_bytes(size, page, 1)))
        size += _step(size, 256, 8)
    return _table("tcmalloc-classic", page, most, chosen)


def _gperftools_2() -> TcmallocTable:
    """16-byte alignment; a span holds at least a quarter of what one transfer moves."""
    page, most = 8192, 256 << 10
    chosen: list[tuple[int, int]] = []
    size = 8
    while size <= most:
        moved = min(max(_TRANSFER_BYTES // size, 2), _MOST_TRANSFERRED)
        span = _span_bytes(size, page, moved // 4)
        if chosen and chosen[-1][1] == span and span // chosen[-1][0] == span // size:
            chosen.pop()
        chosen.append((size, span))
        size += _step(size, page, 16)
    return _table("tcmalloc-2x", page, most, chosen)


def _table(name: str, page: int, most: int, chosen: list[tuple[int, int]]) -> TcmallocTable:
    classes = tuple(
        SizeClass(number, size, span // page, span // size, span % size)
        for number, (size, span) in enumerate(chosen, 1)
    )
    return TcmallocTable(name, page, most, classes)


TCMALLOC_TABLES = {table.name: table for table in (_classic(), _gperftools_2())}
"""Name → table."""
