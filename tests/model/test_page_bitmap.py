"""The page heap of go1.14 on: first fit by address, growth, page caches, random base."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.errors import ModelError
from gotrace.model.pages import PageRun
from gotrace.model.pages.bitmap import FIRST_ARENA, BitmapPages

PAGE = 8192
MIB = 1 << 20


def page(address: int) -> int:
    """The page's number in the first arena."""
    return (address - FIRST_ARENA) // PAGE


def at(number: int) -> int:
    return FIRST_ARENA + number * PAGE


def mapped() -> BitmapPages:
    """A heap that has grown by its first 4 MiB, all free."""
    pages = BitmapPages()
    pages.free(pages.allocate(1), 1)
    return pages


def test_the_heap_begins_with_the_first_arena_and_grows_by_whole_chunks() -> None:
    pages = BitmapPages()
    assert pages.mapped_bytes == 0
    assert pages.allocate(1) == 0xC000000000
    assert pages.mapped_bytes == 4 * MIB
    assert pages.allocate(600) == at(512 - 511)  # behind page 0: 511 old pages and 89 new ones
    assert pages.mapped_bytes == (4 + 8) * MIB
    assert pages.growths == 2


def test_the_lowest_gap_that_is_large_enough_is_taken() -> None:
    pages = BitmapPages()
    for number in (0, 20, 40, 60):
        assert page(pages.allocate(20)) == number
    pages.free(at(0), 20)
    pages.free(at(40), 20)
    assert page(pages.allocate(16)) == 0
    assert page(pages.allocate(20)) == 40
    assert page(pages.allocate(4)) == 16


def test_gaps_join_without_further_ado() -> None:
    pages = BitmapPages()
    for _ in range(4):
        pages.allocate(20)
    pages.free(at(20), 20)
    pages.free(at(0), 20)
    assert page(pages.allocate(40)) == 0


def test_the_free_end_of_the_old_memory_belongs_to_a_run_that_needs_growth() -> None:
    pages = BitmapPages()
    pages.allocate(500)
    assert page(pages.find(20)) == 500
    assert page(pages.allocate(20)) == 500
    assert pages.growths == 2


def test_a_growth_is_found_over_several_free_chunks() -> None:
    pages = BitmapPages()
    pages.allocate(512)
    pages.allocate(1024)
    pages.free(at(512), 1024)
    assert page(pages.find(1600)) == page(pages.allocate(1600)) == 512


def test_arenas_follow_each_other_every_64_mib() -> None:
    pages = BitmapPages()
    first = FIRST_ARENA // (64 * MIB)
    assert len(pages.arenas) == 0
    pages.allocate(1)
    assert pages.arenas == range(first, first + 1)
    pages.allocate(8192 - 512)
    assert pages.arenas == range(first, first + 1)
    pages.allocate(512)
    assert pages.arenas == range(first, first + 2)


def test_few_pages_come_from_a_block_of_64_that_the_p_owns() -> None:
    pages = mapped()
    assert page(pages.allocate(1, cache=0)) == 0
    assert page(pages.allocate(1, cache=1)) == 64
    assert page(pages.allocate(1, cache=None)) == 128, "no P: none of the owned blocks"
    assert page(pages.allocate(2, cache=0)) == 1
    assert page(pages.allocate(2, cache=1)) == 65


def test_the_allocation_that_makes_the_heap_grow_leaves_the_cache_empty() -> None:
    pages = BitmapPages()
    assert page(pages.allocate(1, cache=0)) == 0
    assert page(pages.allocate(1, cache=1)) == 1, "the block is still anybody's"
    assert page(pages.allocate(1, cache=0)) == 64


def test_sixteen_pages_and_more_never_come_from_a_cache() -> None:
    pages = mapped()
    pages.allocate(1, cache=0)
    assert page(pages.allocate(15, cache=0)) == 1
    assert page(pages.allocate(16, cache=0)) == 64


def test_what_does_not_fit_in_the_cache_goes_elsewhere_and_the_cache_stays() -> None:
    pages = mapped()
    for number in range(50):
        assert page(pages.allocate(1, cache=0)) == number
    assert page(pages.allocate(15, cache=0)) == 64
    assert page(pages.allocate(1, cache=0)) == 50


def test_a_cache_takes_over_what_is_free_of_a_block_even_if_the_request_does_not_fit() -> None:
    pages = BitmapPages()
    pages.allocate(64)
    pages.allocate(64)
    pages.free(at(10), 3)
    pages.free(at(20), 3)
    assert page(pages.find(5, cache=0)) == 128
    assert page(pages.allocate(5, cache=0)) == 128
    assert page(pages.allocate(3, cache=1)) == 133, "the gaps belong to P 0"
    assert page(pages.allocate(3, cache=0)) == 10


def test_freed_pages_go_to_the_bitmap_and_not_to_the_cache() -> None:
    pages = mapped()
    pages.allocate(1, cache=0)
    pages.free(at(0), 1)
    assert page(pages.allocate(1, cache=0)) == 1
    assert page(pages.allocate(1, cache=1)) == 0


def test_a_flushed_cache_gives_its_pages_to_all() -> None:
    pages = mapped()
    pages.allocate(1, cache=0)
    pages.flush(0)
    assert page(pages.allocate(1, cache=1)) == 1
    assert page(pages.allocate(1, cache=0)) == 64


def test_new_memory_counts_as_released_until_it_is_used() -> None:
    pages = BitmapPages()
    pages.allocate(12)
    assert pages.released_bytes == 500 * PAGE
    pages.free(at(0), 12)
    assert pages.released_bytes == 500 * PAGE


@pytest.mark.parametrize("number", [1, 511, 512, 5 * 512 + 37, 8191])
def test_a_random_base_is_any_page_of_an_arena_and_what_lies_before_belongs_to_nobody(
    number: int,
) -> None:
    pages = BitmapPages(at(number))
    assert pages.find(1, 0) == pages.allocate(1, 0) == at(number)
    assert pages.mapped_bytes == 4 * MIB
    rest = 511 - number % 512
    free = [PageRun(at(number + 1), rest, True)] if rest else []
    assert list(pages.runs()) == [PageRun(at(number), 1, False), *free]
    pages.allocate(600)
    pages.check()


def test_pages_can_be_taken_wherever_they_are_free() -> None:
    pages = mapped()
    pages.allocate(1, cache=0)
    pages.take(at(3), 2, cache=0)  # in its own cache
    pages.take(at(5), 2, cache=1)  # in the cache of another P
    pages.take(at(62), 4, cache=None)  # half cached, half free
    pages.take(at(1000), 30)  # not even mapped
    pages.check()
    assert pages.used_pages == 1 + 2 + 2 + 4 + 30
    assert pages.mapped_bytes == 12 * MIB
    assert page(pages.allocate(2, cache=0)) == 1
    assert page(pages.allocate(2, cache=0)) == 7


def test_a_cache_can_be_moved_to_the_block_where_the_runtimes_cache_was_seen() -> None:
    pages = mapped()
    pages.allocate(1, cache=0)
    pages.adopt(at(200), cache=0)
    assert page(pages.allocate(1, cache=0)) == 192
    assert page(pages.allocate(1, cache=1)) == 1


def test_pages_in_use_cannot_be_taken_or_freed_twice() -> None:
    pages = BitmapPages()
    pages.allocate(10)
    with pytest.raises(ModelError, match="of 5 pages at 0xc000010000 only 3 are free"):
        pages.take(at(8), 5)
    pages.free(at(0), 10)
    with pytest.raises(ModelError, match="is not in use"):
        pages.free(at(0), 10)


def test_a_check_finds_a_page_that_is_lost_or_free_twice() -> None:
    pages = mapped()
    pages.allocate(3, cache=0)
    pages.check()
    chunk = pages.bitmap.chunks[FIRST_ARENA // PAGE // 512]
    chunk.free ^= 1 << 100
    with pytest.raises(ModelError, match="summary"):
        pages.check()
    chunk.free ^= 1 << 100
    pages.check()
    pages.caches[0].free |= 1 << 1
    with pytest.raises(ModelError, match="2 pages are in use, 3 were counted"):
        pages.check()


SIZES = st.sampled_from([1, 1, 2, 3, 10, 15, 16, 40, 300, 512, 700])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), SIZES, st.integers(0, 50)), max_size=60))
def test_without_caches_it_is_first_fit_over_a_plain_list_of_pages(
    steps: list[tuple[bool, int, int]],
) -> None:
    pages, used = BitmapPages(), ""
    live: list[tuple[int, int]] = []
    for is_free, npages, choice in steps:
        if is_free and live:
            start, count = live.pop(choice % len(live))
            pages.free(at(start), count)
            used = used[:start] + "." * count + used[start + count :]
            continue
        start = used.find("." * npages)
        if start < 0:
            used += "." * (-(-npages // 512) * 512)
            start = used.find("." * npages)
        assert page(pages.allocate(npages)) == start
        used = used[:start] + "#" * npages + used[start + npages :]
        live.append((start, npages))
    pages.check()
    assert pages.used_pages == used.count("#")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("aaaff!"), SIZES, st.integers(0, 3)), max_size=60),
    st.integers(0, 8191),
)
def test_a_search_says_where_the_allocation_will_go_and_changes_nothing(
    steps: list[tuple[str, int, int]], first: int
) -> None:
    pages = BitmapPages(at(first))
    live: list[tuple[int, int]] = []
    for what, npages, choice in steps:
        if what == "f" and live:
            pages.free(*live.pop(choice % len(live)))
        elif what == "!":
            pages.flush(choice)
        else:
            cache = choice if choice < 3 else None
            before = list(pages.runs())
            found = pages.find(npages, cache)
            assert list(pages.runs()) == before
            assert pages.allocate(npages, cache) == found
            live.append((found, npages))
        pages.check()
