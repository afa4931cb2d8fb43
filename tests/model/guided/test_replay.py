"""What the guided replay predicts, in small heaps that can be checked by hand (go1.27)."""

from __future__ import annotations

from typing import Any

from gotrace.model.guided.parts import Classes
from gotrace.model.guided.replay import Replay
from gotrace.model.guided.steps import KINDS
from gotrace.model.guided.tally import COUNTERS, PREDICTIONS
from gotrace.model.versions import GoVersion

K = {name: number for number, name in enumerate(KINDS)}
NOSCAN_4096 = 2 * (2 * 44 + 1)
"""Kind of spans of two 4096-byte slots without pointers."""
LARGE_NOSCAN = 2 * 1
"""Kind of spans of one large object without pointers."""


class Heap:
    """Steps on P 0 of one thread and goroutine, unless told otherwise."""

    def __init__(self) -> None:
        self.replay = Replay(Classes(GoVersion(27)))
        self.number = 0

    def step(self, kind: str, *numbers: int, proc: int = 0, goroutine: int = 1) -> None:
        first, second, third = (*numbers, -1, -1, -1)[:3]
        row = (self.number, self.number, K[kind], 1, proc, goroutine, first, second, third)
        self.replay.feed(*([value] for value in row))
        self.number += 1

    def steps(self, *rows: tuple[Any, ...]) -> None:
        for kind, *numbers in rows:
            self.step(kind, *numbers)

    def cycle(self) -> None:
        """A collection without a step between its begin and its end."""
        self.steps(("gc_begin",), ("stw_begin", 0), ("gc_end",), ("stw_end",))

    def told(self, name: str) -> tuple[int, int]:
        """How often a prediction came true, and how often not."""
        found: Any = self.replay.outcome()
        place = PREDICTIONS.index(name)
        return found["agreed"][place], found["disagreed"][place]

    def counted(self, name: str) -> int:
        found: Any = self.replay.outcome()
        count: int = found["counts"][COUNTERS.index(name)]
        return count


def slot(page: int, number: int) -> int:
    """Unit of a slot of 4096 bytes."""
    return page * 1024 + number * 512


def full_span(heap: Heap, page: int) -> None:
    """A fresh span and objects in both of its slots."""
    heap.steps(
        ("span_alloc", page, 1, NOSCAN_4096),
        ("object_alloc", slot(page, 0), 4096, 0),
        ("object_alloc", slot(page, 1), 4096, 0),
    )


def test_spans_go_to_the_lowest_pages_and_objects_to_the_lowest_slots() -> None:
    heap = Heap()
    full_span(heap, 0)
    full_span(heap, 1)
    assert heap.told("early_page") == (2, 0)
    assert heap.told("slot") == (4, 0)
    assert heap.told("refill") == (2, 0)
    assert heap.told("objects_per_span") == (1, 0)


def test_an_object_in_another_slot_than_the_lowest_is_a_disagreement() -> None:
    heap = Heap()
    heap.steps(("span_alloc", 0, 1, NOSCAN_4096), ("object_alloc", slot(0, 1), 4096, 0))
    assert heap.told("slot") == (0, 1)


def test_an_object_of_a_type_that_cannot_need_this_class_is_a_contradiction() -> None:
    heap = Heap()
    heap.steps(("span_alloc", 0, 1, NOSCAN_4096), ("object_alloc", slot(0, 0), 2500, 1))
    assert heap.told("size_class") == (1, 1)  # 2500 bytes need a slot of 2688
    assert heap.told("span_class") == (0, 1)  # and it has pointers


def test_a_span_in_which_something_died_is_taken_before_a_fresh_one() -> None:
    heap = Heap()
    full_span(heap, 0)
    full_span(heap, 1)
    heap.cycle()
    heap.steps(
        ("sweep_begin",),
        ("object_free", slot(0, 1)),
        ("sweep_end", 8192),
        ("object_alloc", slot(0, 1), 4096, 0),
    )
    assert heap.told("refill") == (3, 0)
    assert heap.told("slot") == (5, 0)


def test_a_fresh_span_where_a_swept_one_has_room_is_a_disagreement() -> None:
    heap = Heap()
    full_span(heap, 0)
    full_span(heap, 1)
    heap.cycle()
    heap.steps(("object_free", slot(1, 0)), ("sweeper_yield",))
    full_span(heap, 2)
    assert heap.told("refill") == (2, 1)


def test_heap_live_rises_by_the_room_that_a_refill_found() -> None:
    heap = Heap()
    heap.steps(
        ("heap_alloc", 1 << 20),
        ("span_alloc", 0, 1, NOSCAN_4096),
        ("heap_alloc", (1 << 20) + 8192),
        ("object_alloc", slot(0, 0), 4096, 0),
    )
    assert heap.told("heap_live") == (1, 0)


def test_reading_memory_statistics_takes_the_unused_slots_off_heap_live() -> None:
    heap = Heap()
    heap.steps(
        ("gc_begin",),
        ("stw_begin", 1),
        ("stw_end",),
        ("heap_alloc", 8192),
        ("span_alloc", 0, 1, NOSCAN_4096),
        ("object_alloc", slot(0, 0), 4096, 0),
        ("stw_begin", 1),
        ("heap_alloc", 4096),
        ("stw_end",),
    )
    assert heap.told("heap_live") == (1, 0)
    snapshots: Any = heap.replay.outcome()["snapshots"]
    assert [snapshot[44] for snapshot in snapshots] == [0, 1]  # objects of class 44 so far


def test_a_span_that_nobody_can_sweep_twice_is_a_disagreement_when_it_is() -> None:
    heap = Heap()
    full_span(heap, 0)
    full_span(heap, 1)
    heap.cycle()
    # The sweeper came to span 1, so it must have swept span 0 before.
    heap.steps(("object_free", slot(1, 0)), ("sweeper_yield",), ("object_free", slot(0, 0)))
    assert heap.told("sweep") == (0, 1)
    assert heap.counted("late_free") == 1


def test_an_object_told_of_after_a_collection_does_not_move_its_span_into_the_cache() -> None:
    heap = Heap()
    full_span(heap, 0)
    heap.step("heap_alloc", 8192)
    heap.step("span_alloc", 1, 1, NOSCAN_4096)
    heap.step("heap_alloc", 16384)
    heap.cycle()
    heap.step("object_alloc", slot(1, 0), 4096, 0)
    assert heap.counted("late_alloc") == 1
    assert heap.told("slot") == (2, 0)


def test_a_large_object_told_of_after_a_collection_is_the_one_that_its_goroutine_owed() -> None:
    heap = Heap()
    full_span(heap, 0)
    heap.step("heap_alloc", 8192)
    heap.step("span_alloc", 8, 8, LARGE_NOSCAN)
    heap.step("heap_alloc", 9 * 8192)
    heap.cycle()
    heap.steps(("object_free", slot(0, 0)), ("object_free", slot(0, 1)))  # as caches are flushed
    heap.step("object_alloc", slot(8, 0), 65536, 0)
    assert heap.counted("late_alloc") == 1
    # What it allocates next is not late: its cache takes span 0 over.
    heap.steps(
        ("heap_alloc", 10 * 8192),
        ("object_alloc", slot(0, 0), 4096, 0),
        ("object_alloc", slot(0, 1), 4096, 0),
    )
    heap.cycle()
    assert heap.counted("late_alloc") == 1
    assert heap.told("slot") == (4, 0)
    assert heap.told("heap_live")[1] == heap.told("objects_per_span")[1] == 0


def test_a_span_that_another_p_turns_out_to_have_taken_over_is_not_taken_twice() -> None:
    heap = Heap()
    full_span(heap, 0)
    full_span(heap, 1)
    heap.cycle()
    # P 1 sweeps a span, and heapLive rises by its room: it took it over, and tells of it later.
    for kind, *numbers in (
        ("heap_alloc", 16384),
        ("sweep_begin",),
        ("object_free", slot(0, 1)),
        ("sweep_end", 8192),
        ("heap_alloc", 16384 + 4096),
    ):
        heap.step(kind, *numbers, proc=1, goroutine=2)
    heap.step("object_alloc", slot(0, 1), 4096, 0, proc=0, goroutine=3)
    assert heap.counted("moved") == 1
    assert heap.told("slot") == (5, 0)
    heap.cycle()
    heap.steps(("object_free", slot(0, 0)), ("sweeper_done",))
