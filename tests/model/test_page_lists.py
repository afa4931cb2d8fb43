"""The page heap of go1.0 to go1.11: lists by number of pages, large runs; numbers by hand."""

from __future__ import annotations

import random

import pytest

from gotrace.errors import ModelError
from gotrace.model.layout import linear_layout
from gotrace.model.pages import PageRun
from gotrace.model.pages.free_runs import Run
from gotrace.model.pages.lists import ListPages, SortedRuns
from gotrace.model.pages.sources import ArenaSource, LinearSource
from gotrace.model.versions import GoVersion

GO10, GO13 = GoVersion(0), GoVersion(3)
BASE = linear_layout(GO13).arena_start
PAGE = 8192
FIVE_MINUTES_NS = 300 * 10**9


def lists(version: GoVersion = GO13) -> ListPages:
    return ListPages(LinearSource(linear_layout(version)))


def filled(pages: ListPages, *counts: int) -> list[int]:
    """Allocate runs of these lengths, each followed by a page that stays in use."""
    addresses = []
    for npages in counts:
        addresses.append(pages.allocate(npages))
        pages.allocate(1)
    return addresses


def free_runs(pages: ListPages) -> list[tuple[int, int]]:
    return [((r.address - BASE) // PAGE, r.npages) for r in pages.runs() if r.is_free]


def test_the_heap_grows_by_1_mib_and_cuts_from_the_front() -> None:
    pages = lists()
    assert pages.find(2) == BASE, "where the grown space would be"
    assert [pages.allocate(n) for n in (2, 1, 3)] == [BASE, BASE + 2 * PAGE, BASE + 3 * PAGE]
    assert (pages.mapped_bytes, pages.growths, pages.used_pages) == (1 << 20, 1, 6)
    assert free_runs(pages) == [(6, 122)], "the remainder was put back"


def test_more_than_1_mib_is_rounded_up_to_64_kib() -> None:
    pages = lists()
    pages.allocate(130)  # 17 × 64 KiB are 136 pages
    assert pages.mapped_bytes == 136 * PAGE


def test_go10_has_pages_of_4_kib_and_twice_as_many_lists() -> None:
    pages = lists(GO10)
    assert (pages.page_bytes, pages.exact_lists, lists().exact_lists) == (4096, 256, 128)
    assert pages.allocate(1) == 0xF8_4000_0000
    assert pages.mapped_bytes == 256 * 4096


def test_of_runs_of_the_same_length_the_last_freed_is_taken_first() -> None:
    pages = lists()
    a, b, c = filled(pages, 1, 1, 1)
    for address in (a, c, b):
        pages.free(address, 1)
    assert [pages.allocate(1) for _ in range(3)] == [b, c, a]


def test_a_longer_list_serves_what_its_own_cannot_and_the_remainder_changes_lists() -> None:
    pages = lists()
    two, five = filled(pages, 2, 5)
    pages.free(two, 2)
    pages.free(five, 5)
    assert pages.allocate(2) == two, "the exact list first"
    assert pages.allocate(2) == five
    assert pages.allocate(3) == five + 2 * PAGE, "free[3] holds the remainder"


def test_of_large_runs_the_smallest_that_fits_is_taken_and_of_equals_the_lowest() -> None:
    pages = lists()
    far, near, wide = filled(pages, 150, 150, 200)
    far, near = max(far, near), min(far, near)
    # Everything else that is free must be out of the way.
    while free_runs(pages):
        pages.allocate(free_runs(pages)[0][1])
    for address, npages in ((wide, 200), (near, 150), (far, 150)):
        pages.free(address, npages)
    assert pages.allocate(140) == near
    assert pages.allocate(140) == far
    assert pages.allocate(140) == wide


def test_a_freed_run_is_joined_with_both_neighbours_through_the_page_map() -> None:
    pages = lists()
    a, b, c = (pages.allocate(4) for _ in range(3))
    pages.allocate(1)
    pages.free(a, 4)
    pages.free(c, 4)
    assert free_runs(pages) == [(0, 4), (8, 4), (13, 115)]
    pages.free(b, 4)
    assert free_runs(pages) == [(0, 12), (13, 115)]
    assert pages.allocate(12) == a
    pages.check()


def test_new_memory_is_joined_with_a_free_run_before_it() -> None:
    pages = lists()
    pages.allocate(100)
    assert pages.find(100) == BASE + 100 * PAGE == pages.allocate(100)
    assert pages.growths == 2


def test_runs_unused_for_more_than_five_minutes_are_released_and_stay_in_their_lists() -> None:
    pages = lists()
    old, young = filled(pages, 3, 5)
    while free_runs(pages):
        pages.allocate(free_runs(pages)[0][1])
    pages.free(old, 3)
    pages.now_ns = 200 * 10**9
    pages.free(young, 5)
    pages.now_ns = FIVE_MINUTES_NS + 1
    assert pages.release_unused(FIVE_MINUTES_NS) == 3 * PAGE == pages.released_bytes
    assert pages.release_unused(FIVE_MINUTES_NS) == 0, "only once"
    assert pages.allocate(1) == old, "placement does not ask what was released"
    assert pages.released_bytes == 0, "a run that is split is used again as a whole"


def test_pages_can_be_taken_where_the_policy_would_not() -> None:
    pages = lists()
    pages.take(BASE + 10 * PAGE, 2)
    assert free_runs(pages) == [(0, 10), (12, 116)]
    pages.take(BASE + 200 * PAGE, 1)
    assert pages.growths == 2, "growth until they are mapped"
    with pytest.raises(ModelError, match="not all free"):
        pages.take(BASE + 9 * PAGE, 2)
    pages.check()


def test_pages_that_are_not_in_use_cannot_be_freed() -> None:
    pages = lists()
    address = pages.allocate(2)
    for wrong in ((address, 1), (address + PAGE, 1), (address + 8, 2)):
        with pytest.raises(ModelError, match="not a run in use"):
            pages.free(*wrong)
    pages.free(address, 2)
    with pytest.raises(ModelError, match="not a run in use"):
        pages.free(address, 2)


def test_an_address_space_that_is_used_up_refuses_and_changes_nothing() -> None:
    pages = lists(GO10)
    with pytest.raises(ValueError, match="address space"):
        pages.allocate((16 << 30) // 4096 + 1)
    assert (pages.mapped_bytes, list(pages.runs())) == (0, [])


def test_structures_of_runs_are_used_again_last_freed_first() -> None:
    """The order in which structures were made is the order in which go1.0 to go1.7 sweep."""
    pages = lists()
    a, b, c = (pages.allocate(1) for _ in range(3))
    assert [pages.record_of(x) for x in (a, b, c)] == [0, 1, 2]
    pages.free(b, 1)
    pages.free(a, 1)  # absorbs b, whose structure is free now
    d = pages.allocate(1)
    assert (d, pages.record_of(d)) == (a, 0)
    assert pages.record_of(pages.allocate(1)) == 1


def test_arenas_come_whole_since_go111() -> None:
    pages = ListPages(ArenaSource(), is_treap=True)
    assert pages.allocate(1) == 0xC000000000
    assert pages.mapped_bytes == 64 << 20
    assert pages.allocate(8192) == 0xC000002000, "the next arena follows, and is joined"


# The treap of go1.9 to go1.11


class Node:
    """A node of a treap: ordered by (pages, address), lowest priority on top."""

    def __init__(self, run: Run, priority: float) -> None:
        self.run = run
        self.priority = priority
        self.left: Node | None = None
        self.right: Node | None = None


def treap(runs: list[Run], priorities: list[float]) -> Node | None:
    """The only treap of these runs with these priorities."""
    if not runs:
        return None
    top = priorities.index(min(priorities))
    node = Node(runs[top], priorities[top])
    node.left = treap(runs[:top], priorities[:top])
    node.right = treap(runs[top + 1 :], priorities[top + 1 :])
    return node


def descent(node: Node | None, npages: int) -> Run | None:
    """What `mTreap.remove` returns."""
    while node is not None:
        if node.run.npages < npages:
            node = node.right
        elif node.left is not None and node.left.run.npages >= npages:
            node = node.left
        else:
            return node.run
    return None


def test_a_treaps_search_returns_one_of_the_runs_that_the_model_names_possible() -> None:
    chance = random.Random(7)
    is_best: dict[bool, list[bool]] = {True: [], False: []}
    for _ in range(300):
        kept = SortedRuns()
        runs = [Run(1000 * i, chance.randrange(128, 140)) for i in range(chance.randrange(1, 9))]
        for run in runs:
            kept.insert(run)
        npages = chance.randrange(128, 140)
        found = descent(treap(list(kept), [chance.random() for _ in runs]), npages)
        possible = kept.may_pick(npages)
        assert (found in possible) if found else not possible
        if possible:
            assert possible[0] is kept.best_fit(npages)
            is_best[len(possible) == 1].append(found is possible[0])
    assert all(is_best[True]), "if nothing is too small for the request, it is the best fit"
    assert not all(is_best[False]), "else priorities decide"


def test_only_heaps_with_a_treap_are_in_doubt_about_large_runs() -> None:
    pages = ListPages(ArenaSource(), is_treap=True)
    small, large, larger = filled(pages, 130, 150, 160)
    for address, npages in ((small, 130), (large, 150), (larger, 160)):
        pages.free(address, npages)
    rest = max(run.address for run in pages.runs() if run.is_free)
    assert pages.may_pick(140) == [large, larger, rest]
    assert pages.may_pick(130) == [small], "nothing is smaller: the best fit is certain"
    pages.is_treap = False
    assert pages.may_pick(140) == [large]


def test_runs_are_shown_joined_whoever_has_them() -> None:
    pages = lists()
    pages.allocate(1)
    pages.allocate(2)
    assert list(pages.runs()) == [PageRun(BASE, 3, False), PageRun(BASE + 3 * PAGE, 125, True)]
