"""Goroutine stacks and work buffers: who gets which 2 KiB, and when pages go back."""

from __future__ import annotations

import pytest

from gotrace.errors import ModelError
from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.policies import policy_for
from gotrace.model.stacks import WorkBuffers, is_stack_size, starting_stack_bytes

BASE = 0xC000000000
KIB = 1024


def heap() -> BitmapHeap:
    return BitmapHeap(policy_for("go1.22"), BASE)


def manual(one: BitmapHeap) -> list[int]:
    """Offsets of the spans managed by hand, in KiB."""
    return sorted((address - BASE) // KIB for address in one.manual)


def test_a_p_takes_half_a_span_of_stacks_from_the_pool_at_once() -> None:
    one = heap()
    offsets = [(one.stacks.allocate(2 * KIB, 0) - BASE) // KIB for _ in range(9)]
    assert offsets == [16, 18, 20, 22, 24, 26, 28, 30, 0]
    assert manual(one) == [0]
    assert one.statistics().manual_bytes == 32 * KIB
    assert one.statistics().in_use_bytes == 0


def test_without_a_p_stacks_come_from_the_pool_one_by_one() -> None:
    one = heap()
    offsets = [(one.stacks.allocate(8 * KIB, None) - BASE) // KIB for _ in range(5)]
    assert offsets == [24, 16, 8, 0, 56]
    assert manual(one) == [0, 32]


def test_the_stack_freed_last_is_used_first() -> None:
    one = heap()
    stacks = [one.stacks.allocate(4 * KIB, 0) for _ in range(3)]
    one.stacks.free(stacks[0], 4 * KIB, 0)
    one.stacks.free(stacks[2], 4 * KIB, 0)
    assert [one.stacks.allocate(4 * KIB, 0) for _ in range(2)] == [stacks[2], stacks[0]]


def test_a_cache_of_32_kib_gives_half_back_to_the_pool() -> None:
    one = heap()
    stacks = [one.stacks.allocate(16 * KIB, 0) for _ in range(4)]
    assert manual(one) == [0, 32]
    for stack in stacks[:2]:
        one.stacks.free(stack, 16 * KIB, 0)
    assert manual(one) == [0, 32], "both are cached"
    one.stacks.free(stacks[2], 16 * KIB, 0)
    one.stacks.free(stacks[3], 16 * KIB, 0)
    one.stacks.clear(0)
    assert manual(one) == []
    one.check()


def test_large_stacks_are_spans_and_go_back_at_once() -> None:
    one = heap()
    stack = one.stacks.allocate(64 * KIB, 0)
    assert (stack, manual(one)) == (BASE, [0])
    one.stacks.free(stack, 64 * KIB, 0)
    assert manual(one) == []
    assert one.pages.used_pages == 0


def test_nothing_goes_back_to_the_page_heap_while_a_mark_runs() -> None:
    one = heap()
    small, large = one.stacks.allocate(16 * KIB, None), one.stacks.allocate(64 * KIB, 0)
    one.begin_mark()
    one.stacks.free(small, 16 * KIB, None)
    one.stacks.free(large, 64 * KIB, 0)
    assert manual(one) == [0, 32]
    again = one.stacks.allocate(64 * KIB, 0)
    assert again == large, "but to the next who needs one of that size"
    one.stacks.free(again, 64 * KIB, 0)
    one.end_mark([])
    assert manual(one) == []
    one.check()


def test_stacks_do_not_count_as_heap_and_objects_do_not_use_their_pages() -> None:
    one = heap()
    one.stacks.allocate(2 * KIB, 0)
    made = one.allocate(0, 1024, False)
    assert made.span == BASE + 32 * KIB
    assert one.statistics().heap_live_bytes == 8192
    one.check()


def test_a_stack_is_not_freed_twice() -> None:
    one = heap()
    stack = one.stacks.allocate(2 * KIB, None)
    one.stacks.allocate(2 * KIB, None)
    one.stacks.free(stack, 2 * KIB, None)
    with pytest.raises(ModelError, match="no stack is in use"):
        one.stacks.free(stack, 2 * KIB, None)


@pytest.mark.parametrize("size", [0, -2048, 1024, 3000, 1 << 31])
def test_stacks_have_powers_of_two_from_2_kib_to_1_gib(size: int) -> None:
    assert not is_stack_size(size)
    with pytest.raises(ValueError, match="no stack has"):
        heap().stacks.allocate(size, 0)
    with pytest.raises(ValueError, match="no stack has"):
        heap().stacks.free(BASE, size, 0)


@pytest.mark.parametrize(
    ("scanned", "count", "expected"),
    [(0, 0, 2048), (100 * 400, 100, 2048), (100 * 1120, 100, 2048), (100 * 1121, 100, 4096)],
)
def test_a_stack_starts_as_large_as_an_average_one_with_its_guard(
    scanned: int, count: int, expected: int
) -> None:
    assert starting_stack_bytes(scanned, count) == expected


def test_work_buffers_are_kept_from_mark_to_mark_until_the_sweeper_frees_them() -> None:
    one = heap()
    buffers = WorkBuffers(one, one.pages.page_bytes)
    first, second = buffers.take(0), buffers.take(0)
    assert manual(one) == [0, 32]
    buffers.release()
    assert buffers.take(0) == second
    buffers.release()
    assert buffers.free_some(1)
    assert manual(one) == [(first - BASE) // KIB]
    assert not buffers.free_some()
    assert manual(one) == []
    one.check()
