"""The heap of go1.15 on, put together: numbers computed by hand."""

from __future__ import annotations

import pytest

from gotrace.errors import ModelError
from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.heap import ZERO_BASE, Allocation
from gotrace.model.policies import policy_for

BASE = 0xC000000000
PAGE = 8192


def heap(name: str = "go1.22") -> BitmapHeap:
    return BitmapHeap(policy_for(name), BASE)


def collect(one: BitmapHeap, dead: list[Allocation]) -> None:
    one.begin_mark()
    one.end_mark([allocation.address for allocation in dead])


def test_objects_of_a_class_stand_side_by_side_in_a_span_of_their_own() -> None:
    one = heap()
    made = [one.allocate(0, 100, False) for _ in range(74)]  # 73 slots of 112 bytes to a page
    assert made[0] == Allocation(BASE, BASE, 0, 9, 19, 112, is_new_span=True)
    assert made[1] == Allocation(BASE + 112, BASE, 1, 9, 19, 112)
    assert made[72].address == BASE + 72 * 112
    assert (made[73].span, made[73].is_new_span) == (BASE + PAGE, True)
    assert one.allocate(0, 100, True).span_class == 18, "with pointers: another span"
    one.check()


def test_a_header_stands_in_front_of_larger_objects_with_pointers() -> None:
    made = heap().allocate(0, 600, True)
    assert (made.slot_bytes, made.address - made.span) == (640, 8)
    assert heap().allocate(0, 600, False).address == BASE
    assert heap("go1.21").allocate(0, 600, True).address == BASE


def test_no_bytes_are_no_object() -> None:
    one = heap()
    assert one.allocate(0, 0, True) == ZERO_BASE
    assert one.statistics().mallocs_count == 0


def test_tiny_objects_share_a_block_of_16_bytes() -> None:
    one = heap()
    placed = [one.allocate(0, size, False) for size in (1, 2, 4, 8, 1)]
    assert [made.address - BASE for made in placed] == [0, 2, 4, 8, 16]
    assert [made.slot for made in placed] == [0, 0, 0, 0, 1]
    assert [made.is_new_slot for made in placed] == [True, False, False, False, True]
    assert all(made.is_tiny and made.span_class == 5 for made in placed)
    assert one.allocate(0, 3, True).is_tiny is False


def test_a_new_tiny_block_is_kept_only_if_more_of_it_is_free() -> None:
    one = heap()
    offsets = [one.allocate(0, size, False).address - BASE for size in (10, 8, 12, 8)]
    assert offsets == [0, 16, 32, 24], "12 bytes leave less than the 8 in the block before"


def test_sixteen_bytes_without_pointers_share_the_span_but_not_the_block() -> None:
    one = heap()
    assert one.allocate(0, 8, False).slot == 0
    assert one.allocate(0, 16, False).slot == 1
    assert one.allocate(0, 8, False).address == BASE + 8


def test_each_p_has_spans_and_a_tiny_block_of_its_own() -> None:
    one = heap()
    assert one.allocate(0, 8, False).span == BASE
    assert one.allocate(1, 8, False).span != BASE
    assert one.allocate(0, 8, False).address == BASE + 8


def test_a_large_object_takes_whole_pages() -> None:
    one = heap()
    made = one.allocate(0, 40000, True)
    assert made == Allocation(BASE, BASE, 0, 0, 0, 40960, is_new_span=True)
    assert one.statistics().heap_live_bytes == 40960
    assert one.statistics().in_use_bytes == 40960


def test_heap_live_counts_a_span_when_a_cache_gets_it() -> None:
    one = heap()
    live = []
    for _ in range(74):
        one.allocate(0, 100, False)
        live.append(one.statistics().heap_live_bytes)
    assert live == [8192] * 73 + [16384]
    one.flush(0)
    assert one.statistics().heap_live_bytes == 16384 - 72 * 112, "tail and used slots stay"


def test_a_partly_used_span_counts_what_is_not_used() -> None:
    one = heap()
    one.allocate(0, 1024, False)
    one.flush(0)
    assert one.statistics().heap_live_bytes == 8192 - 7 * 1024
    one.allocate(0, 1024, False)
    assert one.statistics().heap_live_bytes == 1024 + (8192 - 1024)


def test_after_a_mark_heap_live_is_what_was_marked() -> None:
    one = heap()
    made = [one.allocate(0, 1024, False) for _ in range(10)]
    large = one.allocate(0, 50000, False)
    collect(one, [*made[:4], large])
    assert one.statistics().heap_live_bytes == 6 * 1024
    assert one.accounting.marked_bytes == 6 * 1024
    one.check()


def test_the_cached_span_is_swept_at_the_end_of_the_mark_and_used_again_from_its_start() -> None:
    one = heap()
    made = [one.allocate(0, 1024, False) for _ in range(5)]
    collect(one, [made[0], made[2]])
    slots = [one.allocate(0, 1024, False).slot for _ in range(6)]
    assert slots == [0, 2, 5, 6, 7, 0]
    assert one.statistics().spans_by_class == {one.spans[BASE].span_class: 2}
    one.check()


def test_an_empty_span_is_free_once_it_is_swept() -> None:
    one = heap()
    made = [one.allocate(0, 1024, False) for _ in range(9)]  # a full span, and one that is cached
    large = one.allocate(0, 20 * PAGE, False)
    collect(one, [*made, large])
    assert sorted(one.spans) == [BASE, large.span], "the cached span was swept at once"
    assert one.sweeper.sweep_one() == 20, "the large object's class comes first"
    assert one.sweeper.sweep_one() == 1
    assert one.spans == {}
    assert one.sweeper.sweep_one() is None
    assert one.statistics().idle_bytes == one.statistics().mapped_bytes
    one.check()


def test_what_is_left_unswept_is_swept_before_the_next_mark() -> None:
    one = heap()
    made = [one.allocate(0, 1024, False) for _ in range(16)]
    collect(one, made[:8])
    assert BASE in one.spans
    one.begin_mark()
    assert BASE not in one.spans
    assert one.sweeper.is_done


def test_what_is_allocated_during_a_mark_survives_it() -> None:
    one = heap()
    old = one.allocate(0, 1024, False)
    one.begin_mark()
    new = one.allocate(0, 1024, False)
    one.end_mark([old.address, new.address])
    assert one.statistics().objects_by_class == {old.size_class: 1}
    with pytest.raises(ValueError, match="no object"):
        one.locate(old.address)
    assert one.locate(new.address)[1] == 1
    collect(one, [])
    with pytest.raises(ValueError, match="no object"):
        one.locate(new.address)
    one.sweeper.finish()
    assert one.spans == {}, "the next mark found it dead"


def test_a_tiny_block_in_use_survives_the_mark() -> None:
    one = heap()
    made = one.allocate(0, 8, False)
    collect(one, [made])
    assert one.locate(made.address)[1] == 0
    assert one.allocate(0, 8, False).slot == 1, "the flush has taken the block from the cache"
    collect(one, [])
    assert one.statistics().objects_by_class == {2: 1}


def test_spans_that_came_back_first_are_used_first() -> None:
    one = heap()
    spans = [one.allocate(cache, 1024, False).span for cache in (0, 1, 2)]
    for cache in (1, 2, 0):
        one.flush(cache)
    assert [one.allocate(cache, 1024, False).span for cache in (5, 6, 7)] == [
        spans[1],
        spans[2],
        spans[0],
    ]


def test_before_pages_are_taken_dead_spans_of_as_many_pages_are_freed() -> None:
    one = heap()
    first = [one.allocate(0, 1024, False) for _ in range(9)]
    large = one.allocate(0, 20 * PAGE, False)
    collect(one, [first[0], large])
    made = one.allocate(0, 16 * PAGE, False)
    assert made.span == large.span
    assert one.spans[BASE].dead == 1, "a span with survivors is not reclaimed"
    one.check()


def test_what_the_reclaimer_frees_beyond_the_need_is_credit_for_later() -> None:
    one = heap()
    dead = [one.allocate(0, 20 * PAGE, False) for _ in range(2)]
    keep = one.allocate(0, 20 * PAGE, False)
    collect(one, dead)
    one.allocate(0, 16 * PAGE, False)
    assert sorted(one.spans) == [BASE, keep.span], "both died in the same 512 pages"
    assert one.allocate(0, 16 * PAGE, False).span == BASE + 16 * PAGE


def test_allocations_pay_for_sweeping_in_proportion() -> None:
    one = heap()
    keep = [one.allocate(0, 1024, False) for _ in range(80)]  # 10 full spans, 80 KiB
    one.begin_mark()
    live = 80 * 1024
    one.end_mark([made.address for made in keep[::8]], live - 10 * 1024 + (1 << 20) + 5 * PAGE)
    # 10 pages must be swept while 5 are allocated: 2 for each. The flush has swept one of them.
    assert one.sweeper.pages_swept == 1
    one.allocate(0, 2048, False)
    assert one.sweeper.pages_swept == 2
    one.allocate(0, 4096, False)
    assert one.sweeper.pages_swept == 4
    one.check()


def test_without_a_trigger_nothing_is_owed() -> None:
    one = heap()
    made = [one.allocate(0, 1024, False) for _ in range(80)]
    collect(one, made[::8])
    one.allocate(0, 2048, False)
    assert one.sweeper.pages_swept == 1


def test_new_memory_is_zero_until_it_was_used_once() -> None:
    one = heap()
    large = one.allocate(0, 20 * PAGE, False)
    assert not one.spans[large.span].needs_zero
    collect(one, [large])
    one.sweeper.finish()
    again = one.allocate(0, 16 * PAGE, False)
    assert again.span == large.span
    assert one.spans[again.span].needs_zero
    for number, needs_zero in ((16, True), (21, False)):
        made = one.allocate(0, 5 * PAGE, False)
        assert made.span == BASE + number * PAGE
        assert one.spans[made.span].needs_zero == needs_zero, "20 pages were used before"


def test_a_p_that_goes_gives_up_spans_stacks_and_pages() -> None:
    one = heap()
    one.allocate(0, 1024, False)
    one.allocate(3, 1024, False)
    one.stacks.allocate(2048, 3)
    one.set_procs(2)
    assert sorted(one.caches) == [0]
    assert one.statistics().manual_bytes == 32768, "a stack of it is in use"
    assert one.statistics().heap_live_bytes == 8192 + 1024
    one.check()


def test_an_address_without_an_object_is_refused() -> None:
    one = heap()
    made = one.allocate(0, 1024, False)
    for address in (made.address + 1024, 0x1000):
        with pytest.raises(ValueError, match=f"no object is at {address:#x}"):
            one.locate(address)
    with pytest.raises(ValueError, match="only by collecting"):
        one.free(made.address, 0)


def test_marks_begin_and_end_in_turns() -> None:
    one = heap()
    with pytest.raises(ModelError, match="had not begun"):
        one.end_mark([])
    one.begin_mark()
    with pytest.raises(ModelError, match="during a mark"):
        one.begin_mark()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("lose a span", "used pages of no span|have no span"),
        ("move a span", "is lost"),
        ("count wrong", "slots are in use"),
        ("count pages wrong", "spans have"),
        ("empty span", "swept and empty"),
        ("overlap", "begins inside another"),
    ],
)
def test_a_planted_fault_is_found(fault: str, message: str) -> None:
    one = heap()
    made = [one.allocate(0, 1024, False) for _ in range(9)]
    one.flush(0)
    one.check()
    span = one.spans[made[0].span]
    if fault == "lose a span":
        one.central.take(span)
        del one.spans[span.address]
    elif fault == "move a span":
        one.spans[BASE] = one.spans[BASE + PAGE]
        one.spans[BASE + PAGE] = span
    elif fault == "count wrong":
        one.accounting.frees_count += 1
    elif fault == "count pages wrong":
        one._in_use_pages += 1
    elif fault == "empty span":
        one.central.take(span)
        span.allocated = 0
        one.central.put_swept(span)
    else:
        span.npages = 2
    with pytest.raises(ModelError, match=message):
        one.check()
