"""A few objects and spans by hand: what every table says of them."""

from __future__ import annotations

import pytest

from gotrace.analyses.result import Certainty
from tests.analyses.replay.feeding import (
    BASE,
    PAGE,
    a_span,
    an_object,
    column,
    heap_of,
    results,
    tables,
)

MS = 1 << 20
POINTERFUL_96, NOSCAN_16, LARGE = 16, 5, 1


def test_waste_is_exact_for_values_of_a_known_type_and_bounded_for_others() -> None:
    span = a_span(0, POINTERFUL_96)
    objects = [an_object(span, 0, 96, type_id=0), an_object(span, 1, 96, type_id=-1)]
    found = tables(heap_of(objects, [span], (("main.record", 88),)))
    types = found["replay_types"]
    assert column(types, "type") == ["(untyped)", "main.record"]
    assert column(types, "least_waste_bytes") == [0, 8]
    assert column(types, "most_waste_bytes") == [15, 8]
    assert column(types, "exact_ratio") == [0.0, 1.0]
    waste = found["replay_waste"]
    assert column(waste, "exact_ratio") == [0.5]
    assert column(waste, "end_tail_bytes") == [8192 - 82 * 96]
    assert column(waste, "end_free_slot_bytes") == [80 * 96]


def test_large_objects_are_bounded_by_a_page() -> None:
    span = a_span(0, LARGE, pages=5)
    objects = [
        an_object(span, 0, 5 * PAGE, type_id=0, end_time_ns=9, end_gc_cycle=1),
        an_object(span, 0, 5 * PAGE, type_id=1, time_ns=10),
        an_object(span, 0, 5 * PAGE, type_id=-1, time_ns=11),
    ]
    found = tables(heap_of(objects, [span], (("big", 40_000), ("odd", 30_000))))
    types = found["replay_types"]
    assert column(types, "type") == ["(untyped)", "big", "odd"]
    assert column(types, "least_waste_bytes") == [0, 960, 0]
    assert column(types, "most_waste_bytes") == [8191, 960, 8191]


def test_an_object_that_shares_its_slot_counts_all_its_allocations() -> None:
    span = a_span(0, NOSCAN_16)
    heap = heap_of([an_object(span, 0, 16, allocations_count=3)], [span])
    facts = {fact.name: fact for fact in results(heap)["replay_heap"].facts}
    assert facts["allocated_bytes"].detail == "1 objects, 3 allocations"
    assert column(tables(heap)["replay_types"], "most_waste_bytes") == [15]


def test_spans_that_few_objects_keep_are_found() -> None:
    spans = [a_span(number, POINTERFUL_96) for number in range(100)]
    objects = [an_object(span, 3, 96) for span in spans]
    heap = heap_of(objects, spans, marks=((10, 1, False), (20, 1, True)))
    fill = tables(heap)["replay_fill"]
    assert column(fill, "spans_count") == [0, 100, 0, 0, 0]
    assert column(fill, "free_bytes")[1] == 100 * (PAGE - 96)
    (finding,) = [f for f in results(heap)["replay_heap"].findings if f.slug == "sparse-spans"]
    assert (finding.amount, finding.certainty) == (100 * (PAGE - 96), Certainty.EXACT)
    assert "96 B slots" in finding.what


def test_a_type_a_little_larger_than_a_class_is_found() -> None:
    span = a_span(0, POINTERFUL_96)
    objects = [an_object(span, slot, 96, type_id=0) for slot in range(80)]
    heap = heap_of(objects, [span], (("main.wide", 81),))
    (finding,) = [f for f in results(heap)["replay_heap"].findings if f.slug == "slot-waste"]
    assert (finding.where, finding.amount) == ("main.wide", 80 * 15)
    assert "1 bytes less would fit slots of 80" in finding.advice


def test_lives_of_spans_count_collections_in_between() -> None:
    spans = [
        a_span(0, POINTERFUL_96, time_ns=5, end_time_ns=100),
        a_span(1, POINTERFUL_96, time_ns=15, end_time_ns=25),
        a_span(2, POINTERFUL_96),
    ]
    marks = ((10, 1, False), (12, 1, True), (30, 2, False), (32, 2, True))
    objects = [an_object(spans[2], 0, 96)]
    found = tables(heap_of(objects, spans, marks=marks))
    assert column(found["replay_span_lives"], "lifetime") == ["0", "2"]
    reuse = found["replay_span_reuse"]
    assert column(reuse, "freed_spans") == [2]
    assert column(reuse, "mean_life_ns") == [(95 + 10) / 2]
    assert column(reuse, "mean_cycles") == [1.0]
    assert column(reuse, "slot_uses") == [1 / (3 * 82)]


def test_arenas_and_chunks_are_told_by_address() -> None:
    spans = [
        a_span(0, POINTERFUL_96),
        a_span(1000, LARGE, pages=1000),  # from one chunk into the next
        a_span(9000, NOSCAN_16) | {"is_heap": False, "span_class": -1, "size_class": -1},
    ]
    objects = [an_object(spans[0], 0, 96), an_object(spans[1], 0, 1000 * PAGE)]
    found = tables(heap_of(objects, spans))
    arenas, chunks = found["replay_arenas"], found["replay_chunks"]
    assert column(arenas, "address") == [hex(BASE), hex(BASE + (64 << 20))]
    assert column(arenas, "end_span_bytes") == [1001 * PAGE, 0]
    assert column(arenas, "end_object_bytes") == [1000 * PAGE + 96, 0]
    assert column(arenas, "end_manual_bytes") == [0, PAGE]
    assert column(arenas, "mapped_bytes") == [16 << 20, 4 << 20]
    assert column(chunks, "end_span_bytes")[:4] == [PAGE, 24 * PAGE, 512 * PAGE, 464 * PAGE]


def test_pieces_are_joined_when_there_are_too_many() -> None:
    spans = [a_span(number * 512, POINTERFUL_96) for number in range(3000)]
    objects = [an_object(span, 0, 96) for span in spans]
    heap = heap_of(objects, spans)
    assert heap.map.piece_bytes == 8 << 20  # of 4 MiB there would be 3,000
    found = tables(heap)
    assert sum(column(found["replay_arenas"], "end_object_bytes")) == 3000 * 96
    assert column(found["replay_heap"], "mapped_bytes")[-1] == 3000 << 22


def test_people_get_the_largest_rows_and_no_map() -> None:
    spans = [a_span(number, 2 * (number + 2)) for number in range(30)]
    sizes = (16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320,
             352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896)  # fmt: skip
    objects = [an_object(span, 0, size) for span, size in zip(spans, sizes, strict=True)]
    found = tables(heap_of(objects, spans), rows=5)
    assert column(found["replay_classes"], "slot_bytes") == [576, 640, 704, 768, 896]
    assert found["replay_classes"].footnotes[0] == "5 of 30 classes, those of most bytes."
    assert "replay_map" not in found


@pytest.mark.parametrize(
    ("broken", "slug"),
    [
        ({"size_bytes": 1 << 48}, "replay-huge-span"),
        ({"span_class": 136}, "replay-unknown-class"),
        ({"time_ns": 90, "end_time_ns": 80}, "replay-backwards"),
    ],
)
def test_spans_that_cannot_be_become_notes(broken: dict[str, int], slug: str) -> None:
    spans = [a_span(0, POINTERFUL_96), a_span(5, POINTERFUL_96) | broken]
    heap = heap_of([an_object(spans[0], 0, 96)], spans)
    (note,) = heap.notes()
    assert (note.slug, note.count) == (slug, 1)
    assert hex(BASE + 5 * PAGE) in note.where
    assert column(tables(heap)["replay_heap"], "object_bytes")[-1] == 96


@pytest.mark.parametrize(
    ("broken", "slug"),
    [
        ({"slot_bytes": 1 << 48}, "replay-huge-object"),
        ({"slot_bytes": -1, "span_class": -1, "span_id": -1}, "replay-unknown-size"),
        ({"time_ns": 90, "end_time_ns": 80}, "replay-backwards"),
        ({"time_ns": 1 << 62, "end_time_ns": (1 << 62) + 1}, "replay-backwards"),
    ],
)
def test_objects_that_cannot_be_become_notes(broken: dict[str, int], slug: str) -> None:
    span = a_span(0, POINTERFUL_96)
    heap = heap_of([an_object(span, 0, 96), an_object(span, 1, 96) | broken], [span])
    (note,) = heap.notes()
    assert (note.slug, note.count) == (slug, 1)
    assert note.where.startswith("first ")
    assert column(tables(heap)["replay_heap"], "object_bytes")[-1] == 96


def test_spans_of_absurd_sizes_cost_no_absurd_time() -> None:
    """Each as large as the address space lets it be, and all over it."""
    spans = [
        a_span(number, LARGE) | {"address": number << 34, "size_bytes": (1 << 47) - 1}
        for number in range(500)
    ]
    heap = heap_of([an_object(a_span(0, LARGE), 0, 1 << 46)], spans)
    assert heap.map.piece_bytes > 1 << 30
    assert [note.slug for note in heap.notes()] == ["replay-large-heap"]
    assert tables(heap)["replay_arenas"].row_count <= 1 << 11
