"""The page heaps of go1.12 (two trees) and go1.13 (first fit by address); numbers by hand."""

from __future__ import annotations

import random

from gotrace.model.pages.first_fit import AddressOrder, FirstFitPages
from gotrace.model.pages.free_runs import FreeRunPages, Run
from gotrace.model.pages.sources import ArenaSource
from gotrace.model.pages.two_trees import TwoTreesPages

BASE = 0xC0_0000_0000
PAGE = 8192
ARENA_PAGES = 8192
MINUTE_NS = 60 * 10**9


def page(address: int) -> int:
    return (address - BASE) // PAGE


def with_holes(pages: FreeRunPages, *counts: int) -> list[int]:
    """Allocate runs of these lengths, each followed by a page that stays in use."""
    addresses = []
    for npages in counts:
        addresses.append(pages.allocate(npages))
        pages.allocate(1)
    return addresses


# go1.12


def test_the_smaller_of_both_trees_is_taken() -> None:
    pages = TwoTreesPages(ArenaSource())
    old, young = with_holes(pages, 4, 6)
    pages.free(old, 4)
    pages.now_ns = 6 * MINUTE_NS
    pages.free(young, 6)
    # The rest of the arena has been unused as long as `old`, so it is released, too.
    rest = ARENA_PAGES - 12
    assert pages.release_unused(5 * MINUTE_NS) == (4 + rest) * PAGE
    assert page(pages.allocate(3)) == 0, "4 pages in scav are closer than 6 in free"
    assert page(pages.allocate(3)) == 5, "6 pages in free are closer than what is left in scav"


def test_of_equals_the_run_in_free_is_taken() -> None:
    pages = TwoTreesPages(ArenaSource())
    old, young = with_holes(pages, 4, 4)
    pages.free(old, 4)
    pages.now_ns = 6 * MINUTE_NS
    pages.release_unused(5 * MINUTE_NS)
    pages.free(young, 4)
    assert pages.allocate(4) == young, "though the other one lies lower"
    assert pages.allocate(4) == old


def test_runs_of_different_trees_are_not_joined() -> None:
    pages = TwoTreesPages(ArenaSource())
    first, second = pages.allocate(2), pages.allocate(2)
    pages.allocate(1)
    pages.free(first, 2)
    pages.now_ns = 6 * MINUTE_NS
    pages.release_unused(5 * MINUTE_NS)
    pages.free(second, 2)
    assert page(pages.allocate(3)) == 5, "2 + 2 pages are not 4"
    pages.now_ns = 12 * MINUTE_NS
    pages.release_unused(5 * MINUTE_NS)
    assert page(pages.allocate(3)) == 0, "both are in scav now, and joined"
    pages.check()


def test_growth_releases_as_much_as_it_takes_largest_first() -> None:
    pages = TwoTreesPages(ArenaSource())
    small, large = with_holes(pages, 100, 5000)
    pages.free(small, 100)
    pages.free(large, 5000)
    assert pages.released_bytes == 0
    pages.allocate(6000)
    assert pages.growths == 2
    # All free runs together are less than the arena that was added: all are released, and the
    # last of them meets new memory that is not.
    assert pages.released_bytes == (100 + 5000 + ARENA_PAGES - 5102) * PAGE
    assert page(pages.allocate(4000)) == 101, "from scav, the smallest that fits"
    pages.check()


def test_what_its_treaps_could_have_returned_is_named() -> None:
    pages = TwoTreesPages(ArenaSource())
    two, five = with_holes(pages, 2, 5)
    assert pages.may_pick(1) == [pages.find(1)]
    pages.free(two, 2)
    pages.free(five, 5)
    rest = pages.find(6)
    assert pages.may_pick(3) == [five, rest]


# go1.13


def test_the_lowest_run_that_fits_is_taken() -> None:
    pages = FirstFitPages(ArenaSource())
    a, b, c = with_holes(pages, 2, 6, 3)
    for address, npages in ((c, 3), (b, 6), (a, 2)):
        pages.free(address, npages)
    assert pages.allocate(3) == b, "not the exact fit further up"
    assert pages.allocate(3) == b + 3 * PAGE
    assert pages.allocate(1) == a


def test_new_memory_counts_as_released_and_is_not_joined_with_freed_pages() -> None:
    pages = FirstFitPages(ArenaSource())
    first = pages.allocate(2)
    assert pages.released_bytes == (ARENA_PAGES - 2) * PAGE
    pages.free(first, 2)
    assert page(pages.allocate(3)) == 2, "behind the 2 freed pages, which are a run of their own"
    assert page(pages.allocate(1)) == 0
    pages.check()


def test_release_goes_from_the_highest_address_down_and_splits_the_last_run() -> None:
    pages = FirstFitPages(ArenaSource())
    pages.allocate(1)
    low, high = with_holes(pages, 10, 10)
    rest = pages.allocate(ARENA_PAGES - 23)
    assert pages.released_bytes == 0
    pages.free(low, 10)
    pages.free(high, 10)
    assert pages.release(12 * PAGE) == 12 * PAGE
    assert pages.retained_bytes == (ARENA_PAGES - 12) * PAGE
    # high is released, and the last 2 pages of low; the first 8 of low are not.
    pages.free(rest, ARENA_PAGES - 23)
    assert page(pages.allocate(9)) == 12
    assert page(pages.allocate(8)) == 1


def test_runs_with_a_whole_huge_page_are_released_first_and_not_broken_inside_one() -> None:
    pages = FirstFitPages(ArenaSource())
    huge, high = with_holes(pages, 600, 10)  # pages 256 to 511 are one huge page
    pages.allocate(ARENA_PAGES - 612)
    pages.free(huge, 600)
    pages.free(high, 10)
    # The end is not aligned: page 599 would do, but the cut goes back to the huge page's edge.
    assert pages.release(PAGE) == (600 - 512) * PAGE
    assert pages.release(PAGE) == 256 * PAGE
    assert pages.release(PAGE) == 256 * PAGE
    assert pages.release(PAGE) == PAGE, "no huge page is left: the highest run, just what is asked"
    pages.check()


def test_using_released_memory_above_the_goal_releases_elsewhere() -> None:
    pages = FirstFitPages(ArenaSource())
    first, second = with_holes(pages, 20, 4)
    pages.free(second, 4)
    pages.retained_goal_bytes = pages.retained_bytes
    pages.allocate(8)  # from released memory: 8 pages over the goal
    assert pages.retained_bytes == pages.retained_goal_bytes + 4 * PAGE, "4 pages were all it had"
    pages.retained_goal_bytes = None
    pages.free(first, 20)
    pages.check()


def test_the_order_by_address_finds_what_a_search_of_all_finds() -> None:
    order, kept = AddressOrder(), dict[int, Run]()
    chance = random.Random(11)
    for step in range(4000):
        start = chance.randrange(0, 30000, 10)
        if start in kept and step > 1500:
            order.remove(kept.pop(start))
        elif start not in kept:
            kept[start] = Run(start, chance.randrange(1, 10))
            order.insert(kept[start])
        if step % 50 == 0:
            assert [run.start for run in order] == sorted(kept)
            for npages in (1, 5, 9, 10):
                fits = [start for start in sorted(kept) if kept[start].npages >= npages]
                found = order.first_fit(npages)
                assert (found.start if found else None) == (fits[0] if fits else None)


def test_find_tells_where_growth_would_put_it() -> None:
    for pages in (FirstFitPages(ArenaSource()), TwoTreesPages(ArenaSource())):
        pages.allocate(8000)
        foreseen = pages.find(300)
        assert pages.growths == 1
        assert pages.allocate(300) == foreseen
