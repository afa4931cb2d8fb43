"""tcmalloc: page heap, central lists, thread caches; numbers by hand."""

from __future__ import annotations

import pytest

from gotrace.errors import ModelError
from gotrace.model.pages.sources import SystemSource
from gotrace.model.pages.tcmalloc import TcmallocPages
from gotrace.model.policies import policy_for
from gotrace.model.tcmalloc_heap import TcmallocHeap

BASE = 1 << 32
MIB = 1 << 20
both = pytest.mark.parametrize("name", ["tcmalloc-classic", "tcmalloc-2x"])


def pages_of(*, is_classic: bool) -> TcmallocPages:
    return TcmallocPages(SystemSource(BASE, 4096 if is_classic else 8192), is_classic=is_classic)


def heap(name: str) -> TcmallocHeap:
    policy = policy_for(name)
    return TcmallocHeap(policy, policy.first_address)


def addresses(one: TcmallocHeap, count: int, size: int, cache: int = 0) -> list[int]:
    return [one.allocate(cache, size, False).address for _ in range(count)]


# The page heap


def test_exact_lists_are_for_less_than_1_mib_in_classic_and_up_to_1_mib_in_2x() -> None:
    assert pages_of(is_classic=True).longest_list == 255
    assert pages_of(is_classic=False).longest_list == 128


def test_new_memory_is_given_back_at_first_and_so_counts_as_returned() -> None:
    """Growth enters memory by freeing it, and the first free ever pays for a release."""
    pages = pages_of(is_classic=False)
    assert pages.allocate(1) == BASE
    assert (pages.mapped_bytes, pages.released_bytes) == (MIB, 127 * 8192)
    # Each page released pays for 1000: the second growth is not.
    pages.allocate(128)
    pages.allocate(1)
    assert pages.released_bytes == 126 * 8192


def test_normal_runs_are_taken_before_returned_ones_of_the_same_length() -> None:
    pages = pages_of(is_classic=False)
    a, _, b, _ = (pages.allocate(1) for _ in range(4))
    pages.free(a, 1)
    assert pages.release(1) == 1
    pages.free(b, 1)
    assert [pages.find(1), pages.allocate(1), pages.allocate(1)] == [b, b, a]
    pages.check()


def test_runs_in_different_states_are_not_joined() -> None:
    pages = pages_of(is_classic=False)
    a, b, _ = (pages.allocate(2) for _ in range(3))
    pages.free(a, 2)
    pages.release(2)
    pages.free(b, 2)
    assert pages.allocate(4) == BASE + 6 * 8192
    pages.release(2)
    assert pages.allocate(4) == a
    pages.check()


def test_large_runs_are_best_fit_lowest_first_whatever_their_state() -> None:
    pages = pages_of(is_classic=False)
    runs = [(pages.allocate(n), n, pages.allocate(1)) for n in (300, 200, 200)]
    for address, npages, _ in runs:
        pages.free(address, npages)
    first, second = sorted(address for address, npages, _ in runs if npages == 200)
    assert [pages.allocate(200), pages.allocate(180)] == [first, second]
    assert pages.allocate(260) == runs[0][0]
    pages.check()


def test_release_goes_round_the_lists_and_takes_what_was_freed_first() -> None:
    pages = pages_of(is_classic=False)
    ones = [pages.allocate(1) for _ in range(6)]
    three, _ = pages.allocate(3), pages.allocate(1)
    for address in (ones[4], ones[0], ones[2]):
        pages.free(address, 1)
    pages.free(three, 3)
    before = pages.released_bytes
    assert pages.release(1) in (1, 3)
    assert pages.release(1) in (1, 3)
    assert pages.released_bytes - before == 4 * 8192, "one run of each list in turn"
    assert pages.allocate(1) == ones[2], "last freed; the one freed first was released"
    assert pages.allocate(1) == ones[0]


def test_before_growing_past_128_mib_2x_gives_all_back_so_that_runs_can_be_joined() -> None:
    """A quarter of the heap is free, in pieces of both states that could not be joined."""
    found = {}
    for is_classic in (True, False):
        pages = pages_of(is_classic=is_classic)
        per_mib = MIB // pages.page_bytes
        runs = [pages.allocate(per_mib) for _ in range(127)]
        for run in runs[::2][:20]:
            pages.free(run, per_mib)
        pages.release(1 << 40)
        for run in runs[1::2][:20]:
            pages.free(run, per_mib)
        found[is_classic] = pages.find(30 * per_mib)
        assert pages.allocate(30 * per_mib) == found[is_classic]
        pages.check()
    assert found[False] == BASE, "everything was returned and joined"
    assert found[True] > BASE + 100 * MIB, "classic grows"


# Caches


@both
def test_a_list_may_have_one_object_more_each_time_it_was_empty(name: str) -> None:
    one = heap(name)
    addresses(one, 1, 64)
    held = [sum(len(x.free) for x in t.lists.values()) for t in one._threads.values()]
    assert held == [0], "the first fetch is one object"
    lengths = []
    for _ in range(9):
        addresses(one, 1, 64)
        lengths.append(len(next(iter(one._threads[0].lists.values())).free))
    assert lengths == [1, 0, 2, 1, 0, 3, 2, 1, 0], "then two, three, four"
    one.check()


def test_classic_hands_out_a_batch_backwards_and_2x_forwards() -> None:
    for name, steps in (
        ("tcmalloc-classic", [0, 2, 1, 5, 4, 3]),
        ("tcmalloc-2x", [0, 1, 2, 3, 4, 5]),
    ):
        assert addresses(heap(name), 6, 64) == [BASE + 64 * step for step in steps]


@both
def test_freed_objects_are_used_again_last_freed_first(name: str) -> None:
    one = heap(name)
    made = addresses(one, 100, 64)
    for address in (made[50], made[40], made[60]):
        one.free(address, 0)
    assert addresses(one, 3, 64) == [made[60], made[40], made[50]]


@both
def test_a_list_that_is_too_long_gives_a_batch_to_the_central_list(name: str) -> None:
    one = heap(name)
    made = addresses(one, 3, 64)
    for address in made:
        one.free(address, 1)
    # Thread 1 may have 1, then 2: the second object was one too many, and a batch of both went.
    assert sum(len(x.free) for x in one._threads[1].lists.values()) == 1
    one.check()


@both
def test_whole_batches_wait_in_the_transfer_cache_as_they_came(name: str) -> None:
    one = heap(name)
    made = addresses(one, 600, 1024)
    for address in made:
        one.free(address, 0)
    central = next(iter(one._central.values()))
    assert central.batches
    last = central.batches[-1]
    one._threads[0].lists.clear()
    one._threads[0].size_bytes = 0
    one._threads.clear()
    one._unclaimed_bytes = one.limits.overall_bytes
    while addresses(one, 1, 1024, cache=5)[0] != last[0]:
        assert central.batches, "a thread that may fetch a batch gets the one that came last"


@both
def test_an_empty_span_goes_back_at_once(name: str) -> None:
    one = heap(name)
    (a,) = addresses(one, 1, 3000)
    assert one.pages.used_pages > 0
    one.free(a, 0)
    one.flush(0)
    assert one.pages.used_pages == 0
    one.check()


@both
def test_small_medium_and_large_requests(name: str) -> None:
    one = heap(name)
    most = one.sizes.max_small_bytes
    assert most == (32 << 10 if name == "tcmalloc-classic" else 256 << 10)
    assert one.allocate(0, most, False).size_class > 0
    for size in (most + 1, MIB, 5 * MIB):
        made = one.allocate(0, size, False)
        assert (made.size_class, made.is_new_span) == (0, True)
        assert made.slot_bytes == -(-size // one.pages.page_bytes) * one.pages.page_bytes
    assert one.allocate(0, 0, False).slot_bytes == 8, "no bytes are one byte"
    one.check()


@both
def test_threads_share_what_caches_may_hold(name: str) -> None:
    one = heap(name)
    for thread in range(700):
        addresses(one, 1, 8, cache=thread)
    allowed = [thread.max_bytes for thread in one._threads.values()]
    assert sum(allowed) + one._unclaimed_bytes == one.limits.overall_bytes
    assert allowed[0] == 64 << 10
    assert allowed[-1] == (64 << 10 if name == "tcmalloc-classic" else 512 << 10)
    one.check()


@both
def test_what_a_collector_found_dead_is_freed_at_once(name: str) -> None:
    one = heap(name)
    made = addresses(one, 50, 100)
    one.begin_mark()
    one.end_mark([*made[1:], 77])
    assert sum(one.statistics().objects_by_class.values()) == 1
    with pytest.raises(ValueError, match="no object"):
        one.free(made[5], 0)
    one.check()


def test_check_finds_what_a_thread_may_have_that_nobody_lost() -> None:
    one = heap("tcmalloc-2x")
    addresses(one, 1, 8)
    one._threads[0].max_bytes += 1
    with pytest.raises(ModelError, match="add up"):
        one.check()
