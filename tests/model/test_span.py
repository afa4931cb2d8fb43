"""Spans: which slot comes next, and what sweeping changes."""

from __future__ import annotations

import pytest

from gotrace.errors import ModelError
from gotrace.model.span import Span, span_class_of


def span(slots: int = 8) -> Span:
    """A span of 1,024-byte slots (class 31 with pointers) on one page."""
    return Span(0xC000000000, 1, 62, 1024, slots)


def fill(target: Span, slots: int) -> None:
    for _ in range(slots):
        target.take(target.next_free())


def test_slots_are_handed_out_lowest_first() -> None:
    one = span()
    order = []
    while not one.is_full:
        order.append(one.next_free())
        one.take(order[-1])
    assert order == list(range(8))
    assert one.next_free() == 8, "none is left"


def test_a_dead_slot_is_free_only_once_the_span_is_swept() -> None:
    one = span()
    fill(one, 5)
    one.dead = 0b00101
    assert one.next_free() == 5
    assert one.survivors_count == 3
    assert one.sweep() == 2
    assert (one.next_free(), one.allocated_count, one.dead) == (0, 3, 0)
    one.take(0)
    assert one.next_free() == 2
    one.take(2)
    assert one.next_free() == 5


def test_only_a_sweep_that_frees_makes_a_span_dirty() -> None:
    one = span()
    fill(one, 3)
    assert one.sweep() == 0
    assert not one.needs_zero
    one.dead = 1
    one.sweep()
    assert one.needs_zero


def test_a_slot_that_the_runtime_took_instead_moves_the_free_index_past_it() -> None:
    one = span()
    one.take(3)
    assert one.next_free() == 4, "what lies below is looked at again after the next sweep"
    one.take(1)
    assert one.next_free() == 4
    one.sweep()
    assert one.next_free() == 0


def test_a_slot_is_not_taken_twice_and_none_outside_the_span() -> None:
    one = span()
    one.take(0)
    for slot in (0, 8, -1):
        with pytest.raises(ModelError, match=f"slot {slot} of the span at 0xc000000000"):
            one.take(slot)


def test_addresses_and_slots_belong_together() -> None:
    one = span()
    assert one.slot_address(3) == 0xC000000C00
    assert one.slot_of(0xC000000C00) == one.slot_of(0xC000000FFF) == 3


def test_the_span_class_says_whether_objects_hold_pointers() -> None:
    assert span_class_of(2, has_pointers=True) == 4
    assert span_class_of(2, has_pointers=False) == 5
    assert Span(0, 1, 5, 16, 512).size_class == 2


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("slot_count", 9, "smaller than its slots"),
        ("allocated", 1 << 8, "behind its end"),
        ("free_index", 9, "behind its end"),
        ("dead", 1 << 7, "never in use"),
    ],
)
def test_a_check_finds_sets_of_slots_that_disagree(
    attribute: str, value: int, message: str
) -> None:
    one = span()
    fill(one, 2)
    one.check(8192)
    setattr(one, attribute, value)
    with pytest.raises(ModelError, match=message):
        one.check(8192)
