"""Where the heap lies: arithmetic of the reservation and of arenas, by version."""

from __future__ import annotations

import re

import pytest

from gotrace.model.layout import arena_layout, linear_layout, random_base
from gotrace.model.versions import KNOWN, GoVersion
from tests.goroots import GOROOTS, GoRoot

GIB, MIB, KIB = 1 << 30, 1 << 20, 1 << 10

# minor: spans, bitmap, arena, first address of the heap. The addresses are those that goroutine
# dumps of these versions are full of.
LINEAR = [
    (0, 0, 1 * GIB, 16 * GIB, 0xF8_4000_0000),
    (1, 0, 8 * GIB, 128 * GIB, 0xC2_0000_0000),
    (2, 256 * MIB, 8 * GIB, 128 * GIB, 0xC2_1000_0000),
    (3, 128 * MIB, 8 * GIB, 128 * GIB, 0xC2_0800_0000),
    (4, 128 * MIB, 8 * GIB, 128 * GIB, 0xC2_0800_0000),
    (5, 512 * MIB, 32 * GIB, 512 * GIB, 0xC8_2000_0000),
    (6, 512 * MIB, 32 * GIB, 512 * GIB, 0xC8_2000_0000),
    (7, 512 * MIB, 16 * GIB, 512 * GIB, 0xC4_2000_0000),
    (10, 512 * MIB, 16 * GIB, 512 * GIB, 0xC4_2000_0000),
]


@pytest.mark.parametrize(("minor", "spans", "bitmap", "arena", "start"), LINEAR)
def test_the_reservation_of_each_version(
    minor: int, spans: int, bitmap: int, arena: int, start: int
) -> None:
    layout = linear_layout(GoVersion(minor))
    assert (layout.spans_bytes, layout.bitmap_bytes, layout.arena_bytes) == (spans, bitmap, arena)
    assert (layout.arena_start, layout.arena_end) == (start, start + arena)
    assert layout.reserved_bytes == spans + bitmap + arena


def test_the_arithmetic_of_512_gib() -> None:
    """Two bits for a word of 8 bytes: a byte of bitmap for 32; a pointer for a page of 8 KiB."""
    layout = linear_layout(GoVersion(8))
    assert layout.bitmap_bytes == 512 * GIB // (4 * 8) == 16 * GIB
    assert layout.spans_bytes == 512 * GIB // (8 * KIB) * 8 == 512 * MIB
    assert layout.map_entries == 1 << 26
    assert layout.bitmap_bytes_used(1 * GIB) == 32 * MIB


def test_go10_names_pages_in_an_array_of_2_to_the_22_and_go11_of_2_to_the_25() -> None:
    assert linear_layout(GoVersion(0)).map_entries == 1 << 22
    assert linear_layout(GoVersion(1)).map_entries == 1 << 25


def test_windows_had_room_for_32_gib() -> None:
    layout = linear_layout(GoVersion(8), is_windows=True)
    assert (layout.arena_bytes, layout.spans_bytes) == (32 * GIB, 32 * MIB)


def test_since_go111_there_is_no_reservation_and_before_there_were_no_arenas() -> None:
    for is_windows in (False, True):
        with pytest.raises(KeyError):
            linear_layout(GoVersion(11), is_windows=is_windows)
    with pytest.raises(KeyError):
        arena_layout(GoVersion(10))
    assert arena_layout(KNOWN[-1])


def test_an_arena_of_64_mib_and_its_metadata() -> None:
    layout = arena_layout(GoVersion(11))
    assert (layout.pages_per_arena, layout.spans_bytes) == (8192, 64 * KIB)
    assert layout.bitmap_bytes == 64 * MIB * 2 // 8 // 8 == 2 * MIB, "2 bits for a word"
    assert arena_layout(GoVersion(20)).bitmap_bytes == 1 * MIB, "1 bit"
    assert arena_layout(GoVersion(22)).bitmap_bytes == 0, "in the spans"
    assert layout.arena_count == 1 << 22
    assert layout.table_bytes == 32 * MIB


def test_an_address_leads_to_its_arena_and_page() -> None:
    layout = arena_layout(GoVersion(11))
    first = layout.arena_of(0xC0_0000_0000)
    assert first == (0xC0_0000_0000 + (1 << 47)) // (64 * MIB)
    assert layout.arena_of(0xC0_0400_0000) == first + 1
    assert layout.page_of(0xC0_0000_6000 + 100) == 3


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_the_arenas_are_those_of_the_runtimes_source(root: GoRoot) -> None:
    layout = arena_layout(root.version)
    malloc = root.source("runtime/malloc.go")
    found = re.search(r"logHeapArenaBytes\s+= \(6\+20\)\*\(_64bit", malloc)
    assert found is not None and layout.arena_bytes == 1 << 26
    heap_arena = root.source("runtime/mheap.go").split("type heapArena struct")[1].split("\n}")[0]
    has_bitmap = re.search(r"^\tbitmap ", heap_arena, re.M) is not None
    assert has_bitmap == (layout.bitmap_bytes > 0)
    assert "spans [pagesPerArena]*mspan" in heap_arena


WIDTHS = {
    "[heapArenaBitmapWords]uintptr": 1 * MIB,
    "[heapArenaBitmapWords / 8]uint8": 16 * KIB,
    "[pagesPerArena]*mspan": 64 * KIB,
    "[pagesPerArena / 8]uint8": 1 * KIB,
    "*checkmarksMap": 8,
    "uintptr": 8,
    "sys.NotInHeap": 0,
    "": 0,  # heapArenaPtrScalar of go1.22, which is empty
}


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_the_metadata_of_an_arena_has_the_size_of_the_runtimes_struct(root: GoRoot) -> None:
    heap_arena = root.source("runtime/mheap.go").split("type heapArena struct")[1].split("\n}")[0]
    fields = re.findall(r"^\t(\w+)[ \t]*(\S.*)?$", heap_arena, re.M)
    assert len(fields) >= 6
    assert arena_layout(root.version).metadata_bytes == sum(WIDTHS[kind] for _, kind in fields)


def test_the_metadata_of_an_arena_by_version() -> None:
    sizes = {minor: arena_layout(GoVersion(minor)).metadata_bytes / KIB for minor in range(11, 28)}
    assert sizes[11] == 2048 + 64
    assert round(sizes[19]) == 2048 + 64 + 3
    assert round(sizes[21]) == 1024 + 64 + 3 + 16
    assert round(sizes[22]) == 64 + 3
    assert round(sizes[27]) == 64 + 4


def test_a_random_base_takes_its_bits_from_the_top_of_the_seed() -> None:
    seed = (0xABCDE << 44) | (0x5 << 40) | ((3 * 8192 + 17) << 18)
    assert random_base(seed) == (0xABCDE << 26, 5 * 512 + 3)
    assert random_base((1 << 64) - 1) == (0xFFFFF << 26, 15 * 512 + 511)
    assert random_base(0) == (0, 0)
