"""The heap of go1.0: caches of M, transfer batches, reference-counted spans; numbers by hand."""

from __future__ import annotations

import pytest

from gotrace.errors import ModelError
from gotrace.model.object_list_heap import ObjectListHeap, transfer_count
from gotrace.model.policies import policy_for

BASE = 0xF8_4000_0000
PAGE = 4096


def heap() -> ObjectListHeap:
    policy = policy_for("go1.0")
    return ObjectListHeap(policy, policy.first_address)


def addresses(one: ObjectListHeap, count: int, size: int, cache: int = 0) -> list[int]:
    return [one.allocate(cache, size, False).address for _ in range(count)]


def spans(one: ObjectListHeap) -> int:
    return sum(one.statistics().spans_by_class.values())


@pytest.mark.parametrize(
    ("size", "count"), [(8, 32), (2048, 32), (2304, 28), (16384, 4), (28672, 2), (32768, 2)]
)
def test_a_transfer_batch_is_64_kib_but_2_to_32_objects(size: int, count: int) -> None:
    assert transfer_count(size) == count


def test_an_m_gets_a_batch_and_hands_it_out_in_rising_order() -> None:
    one = heap()
    assert addresses(one, 3, 1000) == [BASE, BASE + 1024, BASE + 2048]
    # 32 objects of 1024 bytes would be 8 spans, but a batch ends where the central list does.
    assert spans(one) == 1
    assert addresses(one, 2, 1000) == [BASE + 3072, BASE + PAGE]
    one.check()


def test_a_second_m_takes_its_own_batch_from_the_same_span() -> None:
    one = heap()
    assert addresses(one, 1, 8, cache=0) == [BASE]
    assert addresses(one, 1, 8, cache=1) == [BASE + 32 * 8]
    assert spans(one) == 1


def test_a_batch_crosses_spans_when_the_first_one_ends() -> None:
    one = heap()
    first = addresses(one, 4, 1024)
    for address in first:
        one.free(address, 0)
    one.flush(0)
    assert spans(one) == 0
    low = addresses(one, 4, 1024)
    addresses(one, 4, 1024)
    one.free(low[0], 1)
    one.flush(1)
    # The freed object is alone in its span: the batch is one object, for nothing else is free.
    assert addresses(one, 1, 1024, cache=2) == [low[0]]


def test_freed_objects_are_used_again_last_freed_first_by_the_m_that_freed_them() -> None:
    one = heap()
    a, b, c, *_ = addresses(one, 5, 100)
    for address in (b, a, c):
        one.free(address, 0)
    assert addresses(one, 3, 100) == [c, a, b]
    one.free(a, 1)
    assert addresses(one, 1, 100, cache=1) == [a]


def test_a_list_of_256_objects_gives_one_batch_back() -> None:
    one = heap()
    made = addresses(one, 512, 8)  # one span
    for address in made[:255]:
        one.free(address, 0)
    assert addresses(one, 1, 8, cache=1)[0] >= BASE + PAGE, "the central list has nothing"
    one.free(made[255], 0)
    # The batch are the last 32 freed, the last first: each goes to the head of its span's list.
    assert addresses(one, 2, 8, cache=2) == [made[224], made[225]]
    one.check()


def test_an_m_with_2_mib_gives_back_half_of_what_it_never_needed() -> None:
    one = heap()
    made = addresses(one, 64, 32768)  # spans of their own, as large as that
    for address in addresses(one, 20, 8):  # of a batch of 32
        one.free(address, 0)
    for address in made:
        one.free(address, 0)
    # Low-water marks begin at 0: the first time nothing goes back ...
    assert spans(one) == 64 + 1
    one.free(addresses(one, 1, 32768)[0], 0)
    # ... since then the lists were never below 63 and 32.
    assert spans(one) == 64 - 31 + 1
    assert len(one._caches[0].lists[1].free) == 16
    one.check()


def test_a_span_goes_back_when_the_last_of_its_objects_does() -> None:
    one = heap()
    a, b = addresses(one, 2, 2000)
    one.free(a, 0)
    one.flush(0)
    assert one.pages.used_pages == 1
    one.free(b, 0)
    assert one.pages.used_pages == 1, "in the cache it still counts"
    one.flush(0)
    assert one.pages.used_pages == 0


def test_the_collector_frees_all_at_once_and_empties_all_caches() -> None:
    one = heap()
    made = addresses(one, 300, 64) + addresses(one, 300, 64, cache=1)
    large = one.allocate(0, 100_000, True)
    assert (large.slot_bytes, large.size_class, large.is_new_span) == (25 * PAGE, 0, True)
    one.begin_mark()
    one.end_mark([*made[1:], large.address, 12345])
    assert one.statistics().objects_by_class == {5: 1}
    assert (spans(one), one.pages.used_pages) == (1, 1)
    one.check()


def test_no_bytes_are_one_byte() -> None:
    made = heap().allocate(0, 0, False)
    assert (made.slot_bytes, made.address) == (8, BASE)


def test_only_objects_can_be_freed() -> None:
    one = heap()
    (a,) = addresses(one, 1, 8)
    for wrong in (a + 8, BASE + 100 * PAGE, 0):
        with pytest.raises(ValueError, match="no object"):
            one.free(wrong, 0)
    one.free(a, 0)
    with pytest.raises(ValueError, match="no object"):
        one.free(a, 0)


def test_a_size_beyond_the_address_space_is_refused_and_counts_nothing() -> None:
    one = heap()
    with pytest.raises(ValueError, match="address space"):
        one.allocate(0, 20 << 30, False)
    assert one.statistics().mallocs_count == 0
    one.check()


def test_check_finds_an_object_that_is_in_a_list_and_in_use() -> None:
    one = heap()
    (a,) = addresses(one, 1, 8)
    one._caches[0].lists[1].free.append(a)
    one._caches[0].size_bytes += 8
    with pytest.raises(ModelError, match="lost"):
        one.check()
