"""Central lists of go1.4 to go1.14 and the heaps of go1.7 to go1.14 around them."""

from __future__ import annotations

import pytest

from gotrace.errors import ModelError
from gotrace.model.heap import Allocation
from gotrace.model.lists_heap import ListsHeap, UnsplitHeap
from gotrace.model.policies import policy_for

PAGE = 8192


def heap(name: str = "go1.13") -> ListsHeap:
    policy = policy_for(name)
    one = policy.heap(policy, policy.first_address)
    assert isinstance(one, ListsHeap)
    return one


def made(one: ListsHeap, count: int, size: int = 1024, cache: int = 0) -> list[Allocation]:
    return [one.allocate(cache, size, True) for _ in range(count)]


def collect(one: ListsHeap, *dead: Allocation) -> None:
    one.begin_mark()
    one.end_mark([allocation.address for allocation in dead])


def page(one: ListsHeap, allocation: Allocation) -> int:
    return (allocation.span - one.policy.first_address) // PAGE


@pytest.mark.parametrize("name", ["go1.8", "go1.11", "go1.13", "go1.14"])
def test_the_span_given_back_last_is_used_first(name: str) -> None:
    one = heap(name)
    spans = [made(one, 2, cache=p)[0].span for p in range(3)]
    for p in (1, 0, 2):
        one.flush(p)
    assert [made(one, 1, cache=p)[0].span for p in range(3)] == [spans[2], spans[0], spans[1]]
    one.check()


@pytest.mark.parametrize("name", ["go1.8", "go1.11"])
def test_slots_are_the_lowest_free_ones_and_full_spans_are_swept_in_order(name: str) -> None:
    one = heap(name)
    full = made(one, 24)  # three full spans
    collect(one, full[4], full[1], full[18])
    one.flush(0)
    again = made(one, 4)
    # Nothing is nonempty: the first of empty is swept and kept, the second has nothing free.
    assert [(page(one, a), a.slot) for a in again] == [(0, 1), (0, 4), (2, 2), (3, 0)]
    one.check()


@pytest.mark.parametrize("name", ["go1.12", "go1.13", "go1.14"])
def test_since_go112_what_a_cache_held_is_swept_when_it_is_flushed(name: str) -> None:
    one = heap(name)
    full = made(one, 24)  # the third span is still cached
    collect(one, full[4], full[1], full[18])
    again = made(one, 4)
    assert [(page(one, a), a.slot) for a in again] == [(2, 2), (0, 1), (0, 4), (3, 0)]
    one.check()


def test_next_span_tells_what_cache_span_will_do() -> None:
    one = heap()
    full = made(one, 24)
    collect(one, full[18])
    span_class = full[0].span_class
    for p in range(3):
        one.flush(p)
    foreseen = one.central.next_span(span_class)
    assert foreseen is not None
    assert made(one, 1)[0].span == foreseen.address == full[18].span
    assert one.central.next_span(span_class) is None


def test_the_background_sweeper_takes_the_youngest_span_first() -> None:
    one = heap()
    spans = [made(one, 1, size)[0] for size in (1024, 2048, 4096)]
    collect(one, *spans)
    # The flush at the end of the mark has swept what P 0 held; large objects are left.
    assert one.sweeper.sweep_one() is None
    large = [one.allocate(0, n * PAGE, True) for n in (5, 6, 7)]
    collect(one, *large)
    assert [one.sweeper.sweep_one() for _ in range(4)] == [7, 6, 5, None]
    one.check()


def test_to_go111_what_caches_held_is_swept_with_everything_else() -> None:
    for name, waiting in (("go1.11", 1), ("go1.12", 0)):
        one = heap(name)
        a = made(one, 1)[0]
        collect(one, a)
        assert one.pages.used_pages == waiting, name
        one.begin_mark()
        assert one.pages.used_pages == 0, name


def test_to_go111_pages_are_reclaimed_by_the_busy_list_of_their_number() -> None:
    one = heap("go1.11")
    five, nine, six = (one.allocate(0, n * PAGE, True) for n in (5, 9, 6))
    collect(one, five, nine, six)
    made_now = one.allocate(0, 6 * PAGE, True)
    assert made_now.span == six.span, "6 pages are looked for before 9"
    assert one.pages.used_pages == 5 + 9 + 6
    one.check()


def test_to_go111_small_objects_of_large_lists_are_reclaimed_together() -> None:
    one = heap("go1.11")
    fives = [one.allocate(0, 5 * PAGE, True) for _ in range(3)]
    collect(one, *fives)
    one.allocate(0, 9 * PAGE, True)
    assert one.pages.used_pages == 9 + 5, "two of 5 pages were enough"
    assert one.allocate(0, 5 * PAGE, True).is_new_span
    one.check()


def test_before_go19_pointers_make_no_difference_to_the_span() -> None:
    one = heap("go1.8")
    assert isinstance(one, UnsplitHeap)
    a, b = one.allocate(0, 100, True), one.allocate(0, 100, False)
    assert (a.span, a.slot, b.slot) == (b.span, 0, 1)
    assert a.span_class == b.span_class == a.size_class == 9 - 1
    split = heap("go1.9")
    c, d = split.allocate(0, 100, True), split.allocate(0, 100, False)
    assert (c.span_class, d.span_class) == (16, 17)
    assert c.span != d.span


def test_a_cached_span_cannot_be_taken_twice() -> None:
    one = heap()
    a = made(one, 1)[0]
    with pytest.raises(ModelError, match="in a cache"):
        one.central.take(one.spans[a.span])


def test_check_finds_a_misplaced_span() -> None:
    one = heap()
    a = made(one, 8)[0]
    one._lists._of(a.span_class).nonempty_first(one.spans[a.span])
    with pytest.raises(ModelError, match="misplaced"):
        one.check()
