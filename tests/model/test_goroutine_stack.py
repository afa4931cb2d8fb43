"""One goroutine's stack: when it grows and shrinks, to which size, and what it leaves behind."""

from __future__ import annotations

import re

import pytest

from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.goroutine_stack import (
    NOSPLIT_BYTES,
    GoroutineStack,
    grown_stack_bytes,
    shrunk_stack_bytes,
)
from gotrace.model.policies import policy_for
from gotrace.model.stacks import GUARD_BYTES
from tests.goroots import GOROOTS, GoRoot

BASE = 0xC000000000
KIB = 1024


def heap() -> BitmapHeap:
    return BitmapHeap(policy_for("go1.27"), BASE)


def test_a_deep_recursion_doubles_the_stack_from_2_kib_on() -> None:
    one = heap()
    stack = GoroutineStack.started(one.stacks, 0)
    sizes = [stack.size_bytes]
    for depth in range(1000):
        if stack.call(used_bytes=100 * depth, frame_bytes=100, cache=0):
            sizes.append(stack.size_bytes)
    assert sizes == [2 * KIB << order for order in range(7)]
    assert stack.size_bytes - 1000 * 100 > GUARD_BYTES
    one.check()


def test_a_stack_of_32_kib_and_more_has_a_span_of_its_own() -> None:
    one = heap()
    stack = GoroutineStack.started(one.stacks, 0, 16 * KIB)
    assert one.manual[BASE].npages == 4
    stack.call(16 * KIB, 100, 0)
    assert one.manual[stack.address].npages == 4
    stack.call(32 * KIB, 100, 0)
    assert one.manual[stack.address].npages == 8
    old = stack.address
    stack.call(64 * KIB, 100, 0)
    assert old not in one.manual, "the one it left went back"
    one.check()


def test_it_grows_by_more_than_twice_for_a_large_frame() -> None:
    assert grown_stack_bytes(2048) == 4096
    assert grown_stack_bytes(2048, used_bytes=1500, frame_bytes=10_000) == 16 * KIB
    exact = 4096 - GUARD_BYTES
    assert grown_stack_bytes(2048, 0, exact) == 4096
    assert grown_stack_bytes(2048, 0, exact + 1) == 8192


def test_a_small_frame_may_reach_into_the_guard() -> None:
    one = heap()
    used = 2048 - GUARD_BYTES - 1
    for frame_bytes, grows in ((128, False), (129, True)):
        stack = GoroutineStack.started(one.stacks, 0)
        assert stack.call(used, frame_bytes, 0) == grows


def test_a_collection_halves_a_stack_of_which_less_than_a_quarter_is_in_use() -> None:
    limit = 32 * KIB // 4 - NOSPLIT_BYTES
    assert shrunk_stack_bytes(32 * KIB, limit - 1) == 16 * KIB
    assert shrunk_stack_bytes(32 * KIB, limit) == 32 * KIB
    assert shrunk_stack_bytes(4096, 0) == 2048
    assert shrunk_stack_bytes(2048, 0) == 2048, "there are no smaller ones"
    one = heap()
    stack = GoroutineStack.started(one.stacks, 0, 64 * KIB)
    assert [stack.collect(0, 0) for _ in range(6)] == [True] * 5 + [False]
    assert stack.size_bytes == 2048
    one.check()


def test_a_dead_goroutine_keeps_a_stack_of_the_starting_size_only() -> None:
    one = heap()
    first = GoroutineStack.started(one.stacks, 0)
    assert not first.end(0)
    second = GoroutineStack.started(one.stacks, 0)
    assert second.address != first.address, "it waits for the next goroutine"
    second.call(2000, 100, 0)
    assert second.end(0)
    third = GoroutineStack.started(one.stacks, 0, 4096)
    assert third.address == second.address
    assert not third.end(0, starting_bytes=4096)


def test_beyond_1_gib_there_is_no_stack() -> None:
    with pytest.raises(ValueError, match="no stack"):
        GoroutineStack.started(heap().stacks, 0, 2 << 30)


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_the_constants_are_those_of_the_runtimes_source(root: GoRoot) -> None:
    base = root.source("internal/abi/stack.go")
    assert re.search(rf"StackNosplitBase = {NOSPLIT_BYTES}\b", base)
    assert re.search(r"StackSmall = 128\b", base)
    assert NOSPLIT_BYTES + 128 == GUARD_BYTES
    source = root.source("runtime/stack.go")
    assert "used >= avail/4" in source
    assert "newsize := oldsize * 2" in source
