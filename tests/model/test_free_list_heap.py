"""The heap of go1.3 to go1.6: whole spans in caches, free lists inside them; numbers by hand."""

from __future__ import annotations

import pytest

from gotrace.errors import ModelError
from gotrace.model.free_list_heap import FreeListHeap
from gotrace.model.heap import ZERO_BASE, Allocation
from gotrace.model.policies import policy_for

BASE = 0xC2_0800_0000
PAGE = 8192


def heap(name: str = "go1.3") -> FreeListHeap:
    policy = policy_for(name)
    one = policy.heap(policy, policy.first_address)
    assert isinstance(one, FreeListHeap)
    return one


def made(one: FreeListHeap, count: int, size: int, cache: int = 0) -> list[Allocation]:
    return [one.allocate(cache, size, True) for _ in range(count)]


def collect(one: FreeListHeap, *dead: Allocation) -> None:
    one.begin_mark()
    one.end_mark([allocation.address for allocation in dead])


def page(allocation: Allocation) -> int:
    return (allocation.span - BASE) // PAGE


def test_slots_are_handed_out_in_rising_order_from_a_span_of_the_p() -> None:
    one = heap()
    first = made(one, 9, 1024)
    assert [a.slot for a in first] == [0, 1, 2, 3, 4, 5, 6, 7, 0]
    assert [page(a) for a in first] == [0] * 8 + [1]
    assert page(one.allocate(1, 1024, True)) == 2, "another P, another span"
    one.check()


def test_sweeping_puts_freed_slots_in_front_the_lowest_first() -> None:
    one = heap()
    first = made(one, 6, 1024)
    collect(one, first[4], first[1], first[2])
    assert [a.slot for a in made(one, 5, 1024)] == [1, 2, 4, 6, 7]
    one.check()


def test_the_span_given_back_last_is_used_first() -> None:
    one = heap()
    spans = [made(one, 2, 1024, cache=p)[0] for p in range(3)]
    for p in (1, 0, 2):
        one.flush(p)
    assert [page(one.allocate(p, 1024, True)) for p in range(3)] == [
        page(spans[i]) for i in (2, 0, 1)
    ]


def test_a_full_span_is_swept_when_nothing_else_has_room() -> None:
    one = heap()
    full = made(one, 16, 1024)  # two spans
    collect(one, full[3], full[12])
    again = made(one, 3, 1024)
    assert [(page(a), a.slot) for a in again] == [(0, 3), (1, 4), (2, 0)]
    assert again[2].is_new_span
    one.check()


def test_a_span_in_which_everything_died_goes_back_when_it_is_swept() -> None:
    one = heap()
    first = made(one, 8, 1024)
    other = made(one, 8, 512)[0]
    collect(one, *first)
    assert one.pages.used_pages == 2
    assert one.sweep_one() == 1
    assert one.pages.used_pages == 1
    assert one.sweep_one() == 0
    assert one.sweep_one() is None
    assert other.span == BASE + PAGE
    one.check()


def test_a_refill_may_return_spans_to_the_page_heap_on_its_way() -> None:
    one = heap()
    first = made(one, 4, 1024)  # not full, so in nonempty after the flush
    collect(one, *first)
    again = one.allocate(0, 1024, True)
    assert (again.span, again.is_new_span) == (BASE, True), "swept, returned, and taken anew"
    one.check()


@pytest.mark.parametrize("name", ["go1.4", "go1.5"])
def test_since_go14_a_cache_keeps_what_was_swept_for_it(name: str) -> None:
    one = heap(name)
    first = made(one, 4, 1024)
    collect(one, *first)
    again = one.allocate(0, 1024, True)
    assert (again.span, again.is_new_span) == (first[0].span, False)
    assert [a.slot for a in (again, *made(one, 4, 1024))] == [0, 1, 2, 3, 4]
    full = made(one, 3, 1024)
    collect(one, full[0])
    assert [a.slot for a in made(one, 2, 1024)] == [full[0].slot, 0], "then a fresh span"
    one.check()


def test_since_go15_reclaiming_stops_when_the_pages_are_enough() -> None:
    for name, left in (("go1.4", 0), ("go1.5", 80)):
        one = heap(name)
        collect(one, *[one.allocate(0, 40 * PAGE, False) for _ in range(3)])
        one.allocate(0, 30 * PAGE, False)
        assert one.pages.used_pages == 30 + left, name


def test_pages_are_reclaimed_from_large_objects_before_the_heap_grows() -> None:
    one = heap()
    large = [one.allocate(0, 40 * PAGE, False) for _ in range(3)]
    collect(one, *large)
    assert one.allocate(0, 30 * PAGE, False).span == BASE
    # One of 40 pages was enough; but go1.3 counted spans where it meant pages, and went on.
    assert one.pages.used_pages == 30
    assert one.pages.growths == 1
    one.check()


def test_the_background_sweeper_goes_by_the_age_of_span_structures() -> None:
    one = heap()
    a, b = made(one, 8, 1024)[0], made(one, 16, 512)[0]
    large = one.allocate(0, 3 * 32768, False)
    collect(one, a, b, large)
    freed = [one.sweep_one() for _ in range(3)]
    assert freed == [0, 0, 12]


def test_all_is_swept_before_the_next_mark() -> None:
    one = heap()
    first = made(one, 8, 1024)
    collect(one, *first)
    collect(one)
    assert one.statistics().objects_by_class == {}
    assert one.pages.used_pages == 0


def test_tiny_objects_share_a_block_and_a_mark_ends_it() -> None:
    one = heap()
    a, b, c = (one.allocate(0, size, False) for size in (1, 8, 8))
    assert (a.address, b.address) == (BASE, BASE + 8), "8 bytes are aligned to 8"
    assert (a.is_new_slot, b.is_new_slot, b.is_tiny) == (True, False, True)
    assert c.address == BASE + 16, "does not fit any more"
    assert one.statistics().tiny_count == 1
    collect(one)
    assert one.allocate(0, 1, False).address == BASE + 32
    one.check()


def test_no_bytes_are_no_object_and_nothing_is_freed_by_hand() -> None:
    one = heap()
    assert one.allocate(0, 0, True) == ZERO_BASE
    with pytest.raises(ValueError, match="collecting"):
        one.free(made(one, 1, 8)[0].address, 0)


def test_what_is_no_object_cannot_die() -> None:
    one = heap()
    a = made(one, 1, 8)[0]
    one.begin_mark()
    one.end_mark([a.address + 8, 0, 1 << 50])
    one.begin_mark()
    assert one.statistics().objects_by_class == {1: 1}


def test_check_finds_a_span_in_the_wrong_list() -> None:
    one = heap()
    full = made(one, 8, 1024)[0]
    span = one._spans.of(full.address)
    assert span is not None
    one._central[full.size_class].nonempty_first(span)
    with pytest.raises(ModelError, match="wrong list"):
        one.check()
