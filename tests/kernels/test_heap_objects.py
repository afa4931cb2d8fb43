"""The kernel that joins frees to allocations: by hand, and compiled against plain."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.kernels import heap_objects as compiled
from gotrace.kernels.plain import heap_objects as plain
from gotrace.kernels.plain.heap_objects import numbers
from gotrace.readers.trace.events import argument_counts

COUNTS = argument_counts()
UNITS = np.array([0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 128], np.int32)
"""Of the first size classes, and one of large slots."""
GC, SPAN, SPAN_ALLOC, SPAN_FREE, OBJECT, ALLOC, FREE = 29, 128, 129, 130, 131, 132, 133
SIZES = {SPAN: 3, SPAN_ALLOC: 3, SPAN_FREE: 1, OBJECT: 2, ALLOC: 2, FREE: 1, GC: 1}
STATE = {name: i for i, name in enumerate(plain.STATE)}
SLOT, BEGIN, END, GOROUTINE, NUMBER, TYPE, PROC, CYCLE, END_CYCLE, CLASS, SIZE, COUNT = range(12)

Event = tuple[int, ...]


class Heap:
    """A kernel with all its memory."""

    def __init__(self, kernel: Any, *, pool: int = 2 * numbers.MOST_SLOTS, seed: int = 7) -> None:
        self.kernel = kernel
        self.tables: list[Any] = [
            np.zeros((pool, 4), np.int64),
            np.zeros(numbers.MOST_SLOTS + 1, np.int64),
            np.zeros((32, 2), np.int64),
            np.zeros((2, 12), np.int64),
        ]
        self.state = np.zeros(len(plain.STATE), np.int64)
        self.state[[STATE["units_per_page"], STATE["seed"]]] = 1024, seed
        columns = numbers.MOST_SLOTS * numbers.MOST_PAGES + 8
        self.objects = np.zeros((5, columns), np.int64)
        self.small = np.zeros((7, columns), np.int32)
        self.spans = np.zeros((9, numbers.MOST_PAGES + 6), np.int64)
        self.ended: list[list[int]] = []
        self.ended_spans: list[list[int]] = []

    def run(self, events: list[Event]) -> None:
        """Take events (type and arguments), one a nanosecond from 100 on."""
        n = len(events)
        columns = [
            np.array([event[0] for event in events], np.uint8),
            np.arange(100, 100 + n, dtype=np.int64),
            np.full(n, 5, np.int64),
            np.arange(n, dtype=np.int32) % 3,
            np.arange(n, dtype=np.int64) % 4,
            np.array([a % 2**64 for event in events for a in event[1:]], np.uint64),
            COUNTS,
            np.array([-1, 0, 1, -1], np.int32),
            np.array([1000, 2**63], np.uint64),
            np.array([2, 3], np.int32),
            UNITS,
        ]
        self.state[[STATE["row"], STATE["argument"]]] = 0
        while True:
            memory = [*columns, *self.tables, self.state, self.objects, self.small, self.spans]
            status = self.kernel.pair(*(memoryview(array) for array in memory))
            self.take()
            if status == plain.DONE:
                return
            self.grow(status)

    def take(self) -> None:
        count = self.state[STATE["objects_out"]]
        self.ended += np.concatenate([self.objects[:, :count], self.small[:, :count]]).T.tolist()
        self.ended_spans += self.spans[:, : self.state[STATE["spans_out"]]].T.tolist()
        self.state[[STATE["objects_out"], STATE["spans_out"]]] = 0

    def grow(self, status: int) -> None:
        for number in {1: (0,), 3: (3,)}.get(status, ()):
            table = self.tables[number]
            self.tables[number] = np.concatenate([table, np.zeros_like(table)])
        if status == plain.FULL_PAGES:
            pages: Any = np.zeros((2 * len(self.tables[2]), 2), np.int64)
            seed = int(self.state[STATE["seed"]])
            self.kernel.rehash_pages(memoryview(self.tables[2]), memoryview(pages), seed)
            self.tables[2] = pages

    def count(self, name: str) -> int:
        return int(self.state[STATE[name]])

    @property
    def alive(self) -> int:
        return int(np.count_nonzero(self.tables[0].view(np.int32)[:, 7]))


def span(page: int, class_: int, pages: int = 1, kind: int = SPAN_ALLOC) -> Event:
    return kind, page, pages, class_ << 1


def unit(page: int, slot: int, class_: int) -> int:
    return page * 1024 + slot * int(UNITS[class_ >> 1])


@pytest.fixture(params=[compiled, plain], ids=["compiled", "plain"])
def heap(request: pytest.FixtureRequest) -> Heap:
    return Heap(request.param)


def test_a_free_ends_the_object_of_its_slot(heap: Heap) -> None:
    heap.run([span(3, 8), (ALLOC, unit(3, 2, 8), 1), (GC, 1), (FREE, unit(3, 2, 8))])
    (ended,) = heap.ended
    assert ended[SLOT] == unit(3, 2, 8)
    assert ended[BEGIN] == 101
    assert ended[END] == 103
    assert ended[TYPE] == 0
    assert (ended[CYCLE], ended[END_CYCLE]) == (0, 1)
    assert (ended[NUMBER], ended[CLASS], ended[SIZE], ended[COUNT]) == (0, 8, 4, 1)
    assert heap.alive == 0


def test_an_object_with_a_header_is_found_by_its_slot(heap: Heap) -> None:
    """The program's pointer stands 8 bytes (one unit) behind the slot's start."""
    heap.run([span(0, 26), (ALLOC, unit(0, 3, 26) + 1, 2), (FREE, unit(0, 3, 26))])
    assert [ended[SLOT] for ended in heap.ended] == [unit(0, 3, 26)]
    assert heap.ended[0][TYPE] == 1


def test_tiny_objects_share_a_slot(heap: Heap) -> None:
    slot = unit(0, 1, 5)
    heap.run([span(0, 5), (ALLOC, slot, 0), (ALLOC, slot + 1, 0), (ALLOC, slot, 0), (FREE, slot)])
    assert [ended[COUNT] for ended in heap.ended] == [3]
    assert heap.count("replaced") == 0


def test_a_late_free_ends_the_old_object_and_not_the_new(heap: Heap) -> None:
    slot = unit(0, 1, 8)
    heap.run([span(0, 8), (ALLOC, slot, 1), (GC, 1), (ALLOC, slot, 2), (FREE, slot)])
    assert [(e[TYPE], e[BEGIN], e[END]) for e in heap.ended] == [(0, 101, 103)]
    assert (heap.count("replaced"), heap.count("late_frees"), heap.alive) == (1, 1, 1)


def test_in_the_next_cycle_a_free_is_that_of_the_new_object(heap: Heap) -> None:
    slot = unit(0, 1, 8)
    heap.run([span(0, 8), (ALLOC, slot, 1), (ALLOC, slot, 2), (GC, 1), (FREE, slot)])
    assert [e[TYPE] for e in heap.ended] == [0, 1]
    assert heap.alive == 0


def test_what_existed_at_the_start_has_no_begin(heap: Heap) -> None:
    heap.run([span(1, 8, kind=SPAN), (OBJECT, unit(1, 0, 8), 0), (FREE, unit(1, 0, 8))])
    (ended,) = heap.ended
    assert [ended[i] for i in (BEGIN, END, GOROUTINE, PROC, CYCLE)] == [-1, 102, -1, -1, -1]


def test_a_large_object_counts_in_pages(heap: Heap) -> None:
    heap.run([span(7, 0, pages=40), (ALLOC, 7 * 1024, 1), (FREE, 7 * 1024), (SPAN_FREE, 7)])
    assert heap.ended[0][SIZE] == -40
    assert [(s[0], s[1], s[4]) for s in heap.ended_spans] == [(7, 40, 103)]


def test_a_free_of_nothing_is_an_object_of_unknown_begin(heap: Heap) -> None:
    heap.run([span(0, 8), (FREE, unit(0, 5, 8)), (FREE, 99 * 1024)])
    assert [(e[SLOT], e[BEGIN], e[SIZE]) for e in heap.ended] == [(20, -1, 4), (99 * 1024, -1, 0)]
    assert (heap.count("unknown_frees"), heap.count("double_frees")) == (2, 0)


def test_a_second_free_is_told_from_one_of_the_unknown(heap: Heap) -> None:
    """Also behind a header outside all spans, where the free names the word before."""
    slot, far = unit(0, 5, 8), 99 * 1024
    heap.run([span(0, 8), (ALLOC, slot, 1), (FREE, slot), (FREE, slot), (FREE, slot)])
    assert (heap.count("unknown_frees"), heap.count("double_frees")) == (0, 2)
    heap.run([(ALLOC, far, 1), (FREE, far), (FREE, far)])
    assert (heap.count("unknown_frees"), heap.count("double_frees")) == (0, 3)
    heap.run([(ALLOC, far + 9, 1), (FREE, far + 8), (FREE, far + 8)])
    assert (heap.count("unknown_frees"), heap.count("double_frees")) == (0, 4)


def test_a_new_span_does_not_remember_the_frees_of_an_old_one(heap: Heap) -> None:
    slot = unit(2, 9, 2)
    heap.run([span(2, 2), (ALLOC, slot, 1), (FREE, slot), (SPAN_FREE, 2), span(2, 2), (FREE, slot)])
    assert (heap.count("unknown_frees"), heap.count("double_frees")) == (1, 0)


def test_the_time_of_the_first_of_each_loss_is_kept(heap: Heap) -> None:
    slot = unit(0, 1, 8)
    heap.run([span(0, 8), (ALLOC, slot, 77), (ALLOC, slot, 1), (FREE, slot), (GC, 1), (FREE, slot)])
    heap.run([(FREE, slot), (FREE, slot + 4), (FREE, slot + 8), (SPAN_FREE, 9), (ALLOC, 99999, 78)])
    firsts = {name: heap.count(f"first_{name}") for name in numbers.COUNTERS}
    assert firsts == {
        "replaced": 102,
        "late_frees": 103,
        "unknown_frees": 101,
        "double_frees": 100,
        "unknown_types": 101,
        "without_span": 104,
        "unknown_span_frees": 103,
    }
    assert heap.count("unknown_types") == 2


def test_spans_of_all_sizes_find_their_slots(heap: Heap) -> None:
    """More than are kept near, in pages of a number of units that is no power of two too."""
    for per_page in (1024, 1000, 32):
        heap.state[STATE["units_per_page"]] = per_page
        spans: list[Event] = []
        allocs: list[Event] = []
        wanted: list[int] = []
        for page in range(0, 5000, 10):
            class_ = 2 + 2 * (page // 10 % (len(UNITS) - 1))
            size = int(UNITS[class_ >> 1])
            slots = range(0, 10 * per_page // size, 197)
            spans.append(span(page, class_, pages=10))
            places = [page * per_page + slot * size for slot in slots]
            allocs += [(ALLOC, place + size - 1, 1) for place in places]
            wanted += places
        heap.ended.clear()
        heap.run([*spans, *allocs, *((SPAN_FREE, page) for page in range(0, 5000, 10))])
        assert [e[SLOT] for e in heap.ended] == wanted


def test_objects_outside_all_spans_are_kept(heap: Heap) -> None:
    """Freed by their slot, even where they were allocated behind a header."""
    heap.run([(ALLOC, 5000, 1), (ALLOC, 6001, 1), (FREE, 5000), (FREE, 6000)])
    assert [(e[SLOT], e[CLASS], e[SIZE]) for e in heap.ended] == [(5000, -1, 0), (6001, -1, 0)]
    assert heap.count("without_span") == 2
    assert heap.ended_spans == []


def test_unknown_types_are_counted_and_null(heap: Heap) -> None:
    events: list[Event] = [span(0, 8)]
    events += [(ALLOC, unit(0, i, 8), type_) for i, type_ in enumerate((0, 1, 3, 1000, 77, 2**63))]
    heap.run([*events, *((FREE, unit(0, i, 8)) for i in range(6))])
    assert [e[TYPE] for e in heap.ended] == [-1, 0, -1, 2, -1, 3]
    assert heap.count("unknown_types") == 2


def test_pages_given_to_another_span_end_what_was_there(heap: Heap) -> None:
    heap.run([span(4, 8, pages=2), (ALLOC, unit(4, 300, 8), 1), span(5, 10)])
    assert [e[SLOT] for e in heap.ended] == [unit(4, 300, 8)]
    assert [s[0] for s in heap.ended_spans] == [4]


def test_slots_of_ended_spans_are_used_again(heap: Heap) -> None:
    for _ in range(40):
        heap.run([span(2, 2), (ALLOC, unit(2, 9, 2), 1), (FREE, unit(2, 9, 2)), (SPAN_FREE, 2)])
    assert heap.count("pool") == 1024
    assert len(heap.ended) == 40


NUMBERS = st.one_of(
    st.integers(0, 5000), st.integers(0, 2**64 - 1), st.sampled_from([2**48, 2**60, 2**63, 9])
)
PAGES = st.one_of(st.integers(0, 6), NUMBERS)


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """Mostly what a heap does, on few pages; now and then anything; perhaps all of it again."""
    found: list[Event] = []
    for _ in range(draw(st.integers(0, 60))):
        kind = draw(st.sampled_from(list(SIZES)))
        page = draw(PAGES)
        if kind in (SPAN, SPAN_ALLOC):
            size = draw(st.one_of(st.integers(0, 12), NUMBERS))
            class_ = draw(st.one_of(st.integers(0, 40), NUMBERS))
            found.append((kind, page, size, class_))
        elif kind in (SPAN_FREE, GC):
            found.append((kind, page))
        else:
            near = st.integers(page * 1024, page * 1024 + 200)
            address = draw(st.one_of(near, NUMBERS))
            found.append((kind, address, draw(NUMBERS))[: 1 + SIZES[kind]])
    return found * draw(st.integers(1, 3))


@settings(max_examples=80, deadline=None)
@given(st.lists(events(), min_size=1, max_size=3), st.integers(-(2**63), 2**63 - 1))
def test_compiled_and_plain_do_the_same(chunks: list[list[Event]], seed: int) -> None:
    heaps = [Heap(kernel, pool=numbers.MOST_SLOTS + 1, seed=seed) for kernel in (compiled, plain)]
    for chunk in chunks:
        for heap in heaps:
            heap.run(chunk)
    fast, slow = heaps
    assert fast.ended == slow.ended
    assert fast.ended_spans == slow.ended_spans
    assert fast.state.tolist() == slow.state.tolist()
    for one, other in zip(fast.tables, slow.tables, strict=True):
        assert np.array_equal(one, other)


def test_the_numbers_of_both_are_the_same() -> None:
    """Read from the source: Cython keeps them to itself."""
    source = Path(compiled.__file__).parent / "heap_objects_numbers.pxi"
    found = re.findall(r"^    (\w+) = (-?[\d *]+)$", source.read_text(), re.M)
    ours = {"IS_DONE": 0, "NO_OBJECTS": 1, "NO_PAGES": 2, "NO_SPANS": 3, "NO_OUTPUT": 4}
    expected = {name: ours.get(name, getattr(numbers, name, None)) for name, _ in found}
    assert {name: math.prod(map(int, value.split("*"))) for name, value in found} == expected


def test_both_name_the_same_state() -> None:
    assert compiled.STATE == plain.STATE
    assert set(compiled.__all__) == set(plain.__all__)


@pytest.mark.parametrize("kernel", [compiled, plain], ids=["compiled", "plain"])
def test_missing_arguments_are_an_index_error(kernel: Any) -> None:
    with pytest.raises(IndexError):
        Heap(kernel).run([(SPAN_ALLOC, 1)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=12, max_size=12), max_size=6),
       st.integers(0, 2**64 - 1))  # fmt: skip
def test_rows_of_the_table_compiled_and_plain_are_the_same(
    found: list[list[int]], lowest_address: int
) -> None:
    columns = np.array(found, np.int64).reshape(-1, 12).T
    wide = np.ascontiguousarray(columns[:5])
    small = np.ascontiguousarray(columns[5:], np.int32)
    written = []
    for kernel in (compiled, plain):
        rows = len(found)
        out = [np.zeros((9, rows), np.int64), np.zeros((5, rows), np.int32)]
        is_noscan = np.zeros(rows, np.uint8)
        kernel.table_rows(
            memoryview(wide), memoryview(small), lowest_address, 8, 8192,
            *map(memoryview, (*out, is_noscan)),
        )  # fmt: skip
        written.append([array.tolist() for array in (*out, is_noscan)])
    assert written[0] == written[1]


@pytest.mark.parametrize("kernel", [compiled, plain], ids=["compiled", "plain"])
@pytest.mark.parametrize("short", range(4))
def test_tables_of_too_few_rows_are_an_index_error(kernel: Any, short: int) -> None:
    rows = [3 - (short == number) for number in range(4)]
    shapes = zip((5, 7, 9, 5), rows, (np.int64, np.int32, np.int64, np.int32), strict=True)
    wide, small, *out = [memoryview(np.zeros((n, m), kind)) for n, m, kind in shapes]
    with pytest.raises(IndexError):
        kernel.table_rows(wide, small, 0, 8, 8192, *out, memoryview(np.zeros(3, np.uint8)))


@pytest.mark.parametrize("kernel", [compiled, plain], ids=["compiled", "plain"])
def test_slots_are_as_large_as_their_class_and_large_objects_as_their_pages(kernel: Any) -> None:
    wide, small = np.zeros((5, 3), np.int64), np.zeros((7, 3), np.int32)
    small[4], small[5] = (8, 1, -1), (6, -2, 0)
    out = [np.zeros((9, 3), np.int64), np.zeros((5, 3), np.int32), np.zeros(3, np.uint8)]
    kernel.table_rows(memoryview(wide), memoryview(small), 0, 8, 8192, *map(memoryview, out))
    assert out[0][5].tolist() == [48, 16384, -1]
    assert out[2].tolist() == [0, 1, 0]
