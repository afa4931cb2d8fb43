"""The central lists of go1.15 on: which span a cache gets, and in which order all are swept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gotrace.errors import ModelError
from gotrace.model.central import CentralSets
from gotrace.model.span import CACHED_STALE, CACHED_SWEPT, Span

CLASS = 62
"""1,024-byte slots with pointers; eight to a span."""


def span(number: int, taken: int, span_class: int = CLASS) -> Span:
    made = Span(0xC000000000 + number * 8192, 1, span_class, 1024, 8)
    for slot in range(taken):
        made.take(slot)
    return made


def unswept(spans: list[Span]) -> CentralSets:
    """Lists that were given these spans, in this order, before a mark ended."""
    central = CentralSets()
    for one in spans:
        one.sweep_generation = central.generation
        central.put_swept(one)
    central.start_cycle()
    return central


def sweeper(central: CentralSets, log: list[Span]) -> Callable[[Span], None]:
    def sweep(one: Span) -> None:
        log.append(one)
        one.sweep()
        one.sweep_generation = central.generation

    return sweep


def test_partial_spans_come_back_in_the_order_in_which_they_went_in() -> None:
    central = CentralSets()
    spans = [span(number, 3) for number in range(3)]
    for one in spans:
        central.put_swept(one)
    assert central.next_span(CLASS) is spans[0]
    assert [central.cache_span(CLASS, None) for _ in range(4)] == [*spans, None]


def test_full_spans_are_not_given_out_while_nothing_in_them_is_dead() -> None:
    central = CentralSets()
    central.put_swept(span(0, 8))
    assert central.next_span(CLASS) is None
    assert central.cache_span(CLASS, None) is None


def test_swept_spans_come_before_unswept_and_partial_before_full() -> None:
    full, partial, swept = span(0, 8), span(1, 3), span(2, 3)
    full.dead = 1
    central, log = unswept([full, partial]), list[Span]()
    swept.sweep_generation = central.generation
    central.put_swept(swept)
    sweep = sweeper(central, log)
    for expected in (swept, partial, full):
        assert central.next_span(CLASS) is expected
        assert central.cache_span(CLASS, sweep) is expected
    assert log == [partial, full]
    assert central.cache_span(CLASS, sweep) is None


def test_full_spans_that_stay_full_are_swept_on_the_way_and_set_aside() -> None:
    spans = [span(number, 8) for number in range(3)]
    spans[2].dead = 1 << 5
    central, log = unswept(spans), list[Span]()
    assert central.next_span(CLASS) is spans[2]
    assert central.cache_span(CLASS, sweeper(central, log)) is spans[2]
    assert log == spans
    assert central.pop_unswept() is None
    central.start_cycle()
    assert [central.pop_unswept(), central.pop_unswept()] == spans[:2]


@pytest.mark.parametrize(("full_count", "is_found"), [(100, True), (101, False)])
def test_after_101_spans_without_a_free_slot_a_fresh_one_is_cheaper(
    full_count: int, is_found: bool
) -> None:
    spans = [span(number, 8) for number in range(full_count + 1)]
    spans[-1].dead = 1
    central, log = unswept(spans), list[Span]()
    expected = spans[-1] if is_found else None
    assert central.next_span(CLASS) is expected
    assert central.cache_span(CLASS, sweeper(central, log)) is expected
    assert len(log) == 101


def test_a_span_that_the_page_reclaimer_swept_is_passed_over() -> None:
    spans = [span(0, 3), span(1, 3)]
    central, log = unswept(spans), list[Span]()
    sweep = sweeper(central, log)
    sweep(spans[0])
    central.put_swept(spans[0])
    assert central.cache_span(CLASS, sweep) is spans[0], "it stands among the swept ones, too"
    assert central.cache_span(CLASS, sweep) is spans[1]
    assert log == spans


def test_all_classes_are_swept_in_rising_order_full_before_partial() -> None:
    spans = {
        (span_class, taken): span(number, taken, span_class)
        for number, (span_class, taken) in enumerate([(9, 3), (9, 8), (4, 3), (4, 8), (5, 8)])
    }
    central = unswept(list(spans.values()))
    order = [(4, 8), (4, 3), (5, 8), (9, 8), (9, 3)]
    assert [central.pop_unswept() for _ in range(6)] == [*(spans[key] for key in order), None]


def test_a_span_cached_before_the_mark_ended_is_stale_when_it_comes_back() -> None:
    central = CentralSets()
    one, other = span(0, 3), span(1, 3)
    one.sweep_generation = central.generation + CACHED_SWEPT
    other.sweep_generation = central.generation + CACHED_SWEPT
    assert not central.uncache(one)
    assert central.next_span(CLASS) is one
    central.start_cycle()
    assert other.sweep_generation - central.generation == CACHED_STALE
    assert central.uncache(other), "it must be swept first"
    assert central.pop_unswept() is one
    assert central.pop_unswept() is None


def test_a_full_span_that_comes_back_waits_for_the_next_sweep() -> None:
    central = CentralSets()
    one = span(0, 8)
    one.sweep_generation = central.generation + CACHED_SWEPT
    central.uncache(one)
    assert central.next_span(CLASS) is None
    central.start_cycle()
    assert central.pop_unswept() is one


def test_a_large_object_is_swept_though_no_cache_ever_had_it() -> None:
    central = CentralSets()
    large = Span(0xC000000000, 5, 0, 40960, 1)
    large.take(0)
    central.add_fresh(large)
    central.start_cycle()
    assert central.pop_unswept() is large


def test_a_span_can_be_taken_out_of_order_but_not_from_a_cache() -> None:
    central = CentralSets()
    spans = [span(number, 3) for number in range(3)]
    for one in spans:
        central.put_swept(one)
    central.take(spans[1])
    assert [central.cache_span(CLASS, None) for _ in range(3)] == [spans[0], spans[2], None]
    spans[1].sweep_generation = central.generation + CACHED_SWEPT
    with pytest.raises(ModelError, match="is in a cache"):
        central.take(spans[1])


def test_no_mark_ends_before_the_last_sweep() -> None:
    central = unswept([span(0, 3)])
    with pytest.raises(ModelError, match="before the sweep"):
        central.start_cycle()


def test_a_check_finds_spans_in_the_wrong_set() -> None:
    central = CentralSets()
    one = span(0, 3)
    central.put_swept(one)
    central.check([one])
    one.allocated = 0xFF
    with pytest.raises(ModelError, match="full, generation"):
        central.check([one])
    one.allocated = 1
    central.take(one)
    with pytest.raises(ModelError, match=r"is in \[\]"):
        central.check([one])
