"""Where the heap lies: the linear reservation of go1.0 to go1.10, and arenas since go1.11.

Until go1.10 one reservation held everything, in this order on 64-bit platforms::

    | spans | bitmap | arena |

`spans` has a pointer for each page of the arena, `bitmap` some bits for each word of it. Each part
has the size that the whole arena will ever need. Since go1.11 the heap is made of arenas, each with
its own metadata (`heapArena`), found through a table over the address space.

Sources: `runtime·mallocinit` in `runtime/malloc.goc` and `malloc.c` (to go1.4), `mallocinit` in
`runtime/malloc.go`; `heapArena` in `runtime/mheap.go`, `heapArenaBytes` in `runtime/malloc.go`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from gotrace.model.versions import GoVersion, between

__all__ = [
    "ARENA_LAYOUTS",
    "FIRST_HINT",
    "LINEAR_LAYOUTS",
    "ArenaLayout",
    "LinearLayout",
    "arena_layout",
    "linear_layout",
    "random_base",
]

POINTER_BYTES = 8
GIB = 1 << 30
MIB = 1 << 20

FIRST_HINT = 0xC0_0000_0000
"""Where 64-bit Unix is asked for heap memory first, go1.1 to go1.25; go1.0 asked for 0xf8...."""


@dataclass(frozen=True)
class LinearLayout:
    """The one reservation of go1.0 to go1.10. Everything in bytes."""

    reservation: int
    """The address asked for."""
    spans_bytes: int
    """0 where the table of spans is part of the `MHeap` structure itself (go1.0 and go1.1)."""
    bitmap_bytes: int
    arena_bytes: int
    page_bytes: int
    map_entries: int
    """How many pages the table of spans can name."""

    @property
    def bitmap_start(self) -> int:
        """Address of the bitmap; it is filled downwards from its end."""
        return self.reservation + self.spans_bytes

    @property
    def arena_start(self) -> int:
        """Address of the first page of the heap."""
        return self.bitmap_start + self.bitmap_bytes

    @property
    def arena_end(self) -> int:
        """One past the last page the heap can have."""
        return self.arena_start + self.arena_bytes

    @property
    def reserved_bytes(self) -> int:
        """All three parts together."""
        return self.spans_bytes + self.bitmap_bytes + self.arena_bytes

    def bitmap_bytes_used(self, heap_bytes: int) -> int:
        """How much of the bitmap a heap of `heap_bytes` needs (before rounding to mappings)."""
        return heap_bytes * self.bitmap_bytes // self.arena_bytes


@dataclass(frozen=True)
class _LinearRule:
    """What differs between versions; see `_linear`."""

    first: int
    last: int
    reservation: int
    arena_bits: int
    windows_arena_bits: int
    bitmap_divisor: int
    """Bytes of arena for each byte of bitmap: 16 with 4 bits for a word, 32 with 2."""
    page_bytes: int
    has_spans: bool


_LINEAR_RULES = (
    _LinearRule(0, 0, 0xF8_0000_0000, 34, 34, 16, 4096, has_spans=False),
    _LinearRule(1, 1, FIRST_HINT, 37, 35, 16, 4096, has_spans=False),
    _LinearRule(2, 2, FIRST_HINT, 37, 35, 16, 4096, has_spans=True),
    _LinearRule(3, 4, FIRST_HINT, 37, 35, 16, 8192, has_spans=True),
    # Two bits for a word would do since go1.5; the reservation kept the divisor until go1.7.
    _LinearRule(5, 6, FIRST_HINT, 39, 35, 16, 8192, has_spans=True),
    _LinearRule(7, 10, FIRST_HINT, 39, 35, 32, 8192, has_spans=True),
)


def _linear(rule: _LinearRule, is_windows: bool) -> LinearLayout:
    arena = 1 << (rule.windows_arena_bits if is_windows else rule.arena_bits)
    entries = arena // rule.page_bytes
    return LinearLayout(
        reservation=rule.reservation,
        spans_bytes=entries * POINTER_BYTES if rule.has_spans else 0,
        bitmap_bytes=arena // rule.bitmap_divisor,
        arena_bytes=arena,
        page_bytes=rule.page_bytes,
        map_entries=entries,
    )


LINEAR_LAYOUTS = MappingProxyType(
    {
        version: _linear(rule, is_windows=False)
        for rule in _LINEAR_RULES
        for version in between(GoVersion(rule.first), GoVersion(rule.last))
    }
)
"""The layout of go1.0 to go1.10 on 64-bit Unix."""


def linear_layout(version: GoVersion, *, is_windows: bool = False) -> LinearLayout:
    """The reservation of `version` on a 64-bit platform.

    Raises KeyError for go1.11 and later, which have arenas.
    """
    if not is_windows:
        return LINEAR_LAYOUTS[version]
    for rule in _LINEAR_RULES:
        if rule.first <= version.minor <= rule.last:
            return _linear(rule, is_windows=True)
    raise KeyError(version)


@dataclass(frozen=True)
class ArenaLayout:
    """Arenas of go1.11 and later on 64-bit platforms other than Windows."""

    arena_bytes: int
    page_bytes: int
    bitmap_bytes: int
    """Pointer bits for one arena: 2 for a word (to go1.19), 1 (to go1.21), then none."""
    page_bitmaps: int = 0
    """How many bitmaps have a bit for each page: spans in use, spans with marks, with specials."""
    other_bytes: int = 0
    """The rest of `heapArena`: a bitmap's shortcuts, pointers, marks of what was never used."""
    address_bits: int = 48

    @property
    def pages_per_arena(self) -> int:
        """Pages of one arena."""
        return self.arena_bytes // self.page_bytes

    @property
    def spans_bytes(self) -> int:
        """The table of spans of one arena."""
        return self.pages_per_arena * POINTER_BYTES

    @property
    def metadata_bytes(self) -> int:
        """One `heapArena`: what an arena takes beside itself, mapped when it is reserved."""
        page_bits = self.page_bitmaps * self.pages_per_arena // 8
        return self.bitmap_bytes + self.spans_bytes + page_bits + self.other_bytes

    @property
    def arena_count(self) -> int:
        """Entries of the table `mheap.arenas`: one for each arena of the address space."""
        return (1 << self.address_bits) // self.arena_bytes

    @property
    def table_bytes(self) -> int:
        """Reservation for `mheap.arenas` (its second level, the only one here)."""
        return self.arena_count * POINTER_BYTES

    def arena_of(self, address: int) -> int:
        """Number of the arena that holds `address` (`arenaIndex`, with the amd64 offset)."""
        return (address + (1 << self.address_bits - 1)) // self.arena_bytes

    def page_of(self, address: int) -> int:
        """Index of the page of `address` in its arena: its place in the table of spans."""
        return address // self.page_bytes % self.pages_per_arena


_ARENA_RULES = (
    # first, last, bitmap, bitmaps of pages, other
    (11, 11, 2 * MIB, 0, 0),
    (12, 13, 2 * MIB, 2, 0),  # pageInUse, pageMarks
    (14, 15, 2 * MIB, 2, POINTER_BYTES),  # zeroedBase
    (16, 19, 2 * MIB, 3, 2 * POINTER_BYTES),  # pageSpecials, checkmarks
    (20, 21, MIB, 3, 2 * POINTER_BYTES + MIB // 64),  # noMorePtrs: a byte for 64 of the bitmap
    (22, 24, 0, 3, 2 * POINTER_BYTES),
    (25, 27, 0, 4, 2 * POINTER_BYTES),  # pageUseSpanInlineMarkBits
)

ARENA_LAYOUTS = MappingProxyType(
    {
        version: ArenaLayout(64 * MIB, 8192, bitmap_bytes, page_bitmaps, other_bytes)
        for first, last, bitmap_bytes, page_bitmaps, other_bytes in _ARENA_RULES
        for version in between(GoVersion(first), GoVersion(last))
    }
)
"""The arenas of go1.11 on."""


def arena_layout(version: GoVersion) -> ArenaLayout:
    """The arenas of `version`. Raises KeyError before go1.11."""
    return ARENA_LAYOUTS[version]


def random_base(seed: int) -> tuple[int, int]:
    """First arena and first page of a go1.26+ heap on amd64, from its 64 random bits.

    Of the seed, taken from the top: 20 bits choose an arena below 2^46, 4 bits a chunk of 4 MiB in
    it, 22 bits a byte in that chunk, rounded down to a page. Returns (address of the arena, number
    of the page in it). Sources: `mallocinit` in `runtime/malloc.go`, `mheap.grow`.
    """
    bits = f"{seed & (1 << 64) - 1:064b}"
    arena = int(bits[:20], 2) * 64 * MIB
    chunk = int(bits[20:24], 2)
    page = int(bits[24:46], 2) // 8192
    return arena, chunk * 512 + page
