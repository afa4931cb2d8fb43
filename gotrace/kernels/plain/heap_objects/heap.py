"""Spans and objects that are alive, by the rules of the package."""

from __future__ import annotations

from gotrace.kernels.plain.heap_objects.numbers import (
    BEGIN,
    BORN,
    COUNT,
    CYCLE,
    DONE,
    DOUBLE_FREES,
    FIRST,
    FIRSTS,
    FREE_SPAN,
    FREED,
    FULL_OBJECTS,
    FULL_OUTPUT,
    FULL_PAGES,
    FULL_SPANS,
    GOROUTINE,
    KIND,
    LATE_FREES,
    MOST_MARK,
    MOST_PAGES,
    MOST_SLOTS,
    NEXT_SPAN,
    NONE,
    NUMBER,
    OBJECTS_OUT,
    PAGE,
    PAGES,
    POOL,
    PROC,
    REPLACED,
    SEED,
    SIZE,
    SLOTS,
    SPAN_ROWS,
    SPANS_OUT,
    TINY_CLASS,
    TYPE,
    UNITS_PER_PAGE,
    UNKNOWN_FREES,
    UNKNOWN_KIND,
    UNKNOWN_SPAN_FREES,
    USED,
    WITHOUT_SPAN,
)
from gotrace.kernels.plain.heap_objects.pages import find, remove

__all__ = ["Heap"]


class Heap:
    """What is alive."""

    def __init__(
        self,
        class_units: memoryview,
        pool: memoryview,
        free: memoryview,
        pages: memoryview,
        spans: memoryview,
        state: memoryview,
        objects_out: tuple[memoryview, memoryview],
        spans_out: memoryview,
    ) -> None:
        self.class_units = class_units
        self.pool = pool
        # The same memory as columns of 64 and of 32 bits.
        self.wide = pool.cast("B").cast("q")
        self.narrow = pool.cast("B").cast("i")
        self.free = free
        self.pages = pages
        self.spans = spans
        self.state = state
        self.objects_out, self.small_out = objects_out
        self.spans_out = spans_out

    def full(self) -> int:
        """Whether there is room for what one event may add: DONE, or what is full."""
        state = self.state
        if state[POOL] + MOST_SLOTS > len(self.pool):
            return FULL_OBJECTS
        if 4 * (state[PAGES] + MOST_PAGES) > 3 * len(self.pages):
            return FULL_PAGES
        if state[FREE_SPAN] == 0 and state[SPAN_ROWS] >= len(self.spans):
            return FULL_SPANS
        objects, spans = _columns(self.objects_out), _columns(self.spans_out)
        is_full = objects - state[OBJECTS_OUT] < MOST_SLOTS * MOST_PAGES
        if is_full or state[SPANS_OUT] + MOST_PAGES > spans:
            return FULL_OUTPUT
        return DONE

    def tell(self, what: int, time: int) -> None:
        """Count something, and keep the time of the first."""
        if not self.state[what]:
            self.state[FIRSTS + what - REPLACED] = time
        self.state[what] += 1

    def add_span(
        self, page: int, pages: int, kind: int, who: tuple[int, int, int, int], existed: bool
    ) -> int:
        """A span begins; one that still has any of its pages ends. Returns its row."""
        size, slots = self.slots(pages, kind)
        reach = MOST_PAGES if pages > MOST_PAGES else pages
        if slots <= 1:
            reach = 1
        for number in range(reach):
            row = self.span_of_page(page + number)
            if row >= 0:
                self.end_span(row, who[0])
        row = self.new_span_row()
        known = (NONE, NONE, NONE, NONE) if existed else who
        number = NONE
        if kind != UNKNOWN_KIND:
            number = self.state[NEXT_SPAN]
            self.state[NEXT_SPAN] += 1
        first = self.new_slots(slots)
        _put(self.spans, row, (page, pages, kind, *known, number, 1, first, slots, size))
        for number in range(reach):
            at = find(self.pages, page + number + 1, self.state[SEED])
            self.pages[at, 0], self.pages[at, 1] = page + number + 1, row
            self.state[PAGES] += 1
        return row

    def slots(self, pages: int, kind: int) -> tuple[int, int]:
        """Size of a span's slots (in units; a large object: negative, in pages), and how many."""
        if kind == UNKNOWN_KIND:
            return 1, self.state[UNITS_PER_PAGE]
        if kind & 1 or kind >> 2 >= len(self.class_units):
            return 0, 0
        if kind >> 2 == 0:
            return -min(pages, 1 << 30), 1
        size = self.class_units[kind >> 2]
        return size, min(pages, MOST_PAGES) * self.state[UNITS_PER_PAGE] // size

    def free_span(self, page: int, time: int) -> None:
        """A span is returned."""
        row = self.span_of_page(page)
        if row < 0 or self.spans[row, PAGE] != page or self.spans[row, KIND] == UNKNOWN_KIND:
            self.tell(UNKNOWN_SPAN_FREES, time)
        else:
            self.end_span(row, time)

    def add_object(
        self, unit: int, type_: int, who: tuple[int, int, int, int], existed: bool
    ) -> None:
        """An object is allocated, or was there when the trace began."""
        time, _, proc, goroutine = who
        state, narrow = self.state, self.narrow
        page = unit // state[UNITS_PER_PAGE]
        span = self.span_of_page(page)
        if span < 0:
            span = self.add_span(page, 1, UNKNOWN_KIND, (NONE, NONE, NONE, NONE), True)
        slot = self.slot(span, unit)
        if slot < 0 or self.spans[span, KIND] == UNKNOWN_KIND:
            self.tell(WITHOUT_SPAN, time)
        if slot < 0:
            return
        row = self.spans[span, FIRST] + slot
        owed, count = False, narrow[8 * row + COUNT]
        if count:
            if self.spans[span, KIND] >> 1 == TINY_CLASS and not existed:
                more = min(abs(count) + 1, 0x7FFFFFFF)
                narrow[8 * row + COUNT] = -more if count < 0 else more
                return
            self.tell(REPLACED, time)
            self.write_object(span, slot, time)
            owed = not existed
        else:
            self.spans[span, USED] += 1
        cycle = state[CYCLE]
        if existed:
            time = proc = goroutine = cycle = NONE
        self.wide[4 * row + BEGIN], self.wide[4 * row + GOROUTINE] = time, goroutine
        for column, value in ((TYPE, type_), (PROC, proc), (BORN, cycle)):
            narrow[8 * row + column] = value
        narrow[8 * row + COUNT] = -1 if owed else 1

    def free_object(self, unit: int, time: int) -> None:
        """The sweeper found a slot dead."""
        narrow, state, spans = self.narrow, self.state, self.spans
        span = self.span_of_page(unit // state[UNITS_PER_PAGE])
        slot = NONE
        if span >= 0:
            slot = self.slot(span, unit)
        if slot >= 0 and spans[span, KIND] == UNKNOWN_KIND and slot + 1 < spans[span, SLOTS]:
            # Here objects stand where their pointers lead: perhaps behind a header.
            row = 8 * (spans[span, FIRST] + slot)
            was_here = narrow[row + BORN] == self.freed_in(span) and not narrow[row + 8 + COUNT]
            slot += not narrow[row + COUNT] and not was_here
        row = 8 * (spans[span, FIRST] + slot) if slot >= 0 else NONE
        if slot < 0 or not narrow[row + COUNT]:
            is_double = slot >= 0 and narrow[row + BORN] == self.freed_in(span)
            self.tell(DOUBLE_FREES if is_double else UNKNOWN_FREES, time)
            self.write_unknown(span, unit, time)
        elif narrow[row + COUNT] < 0 and narrow[row + BORN] == state[CYCLE]:
            narrow[row + COUNT] = -narrow[row + COUNT]
            self.tell(LATE_FREES, time)
        else:
            self.end_object(span, slot, time)

    def end_object(self, span: int, slot: int, time: int) -> None:
        """An object ends; its slot remembers that there was one."""
        row = 8 * (self.spans[span, FIRST] + slot)
        self.write_object(span, slot, time)
        self.narrow[row + BORN], self.narrow[row + COUNT] = self.freed_in(span), 0
        self.spans[span, USED] -= 1

    def freed_in(self, span: int) -> int:
        """What BORN is in slots that were freed in this span, not in one that had them before."""
        return FREED - int(self.spans[span, NUMBER] & MOST_MARK)

    def slot(self, span: int, unit: int) -> int:
        """The number of the slot that an address lies in; -1 behind the last."""
        spans = self.spans
        slots, size = spans[span, SLOTS], spans[span, SIZE]
        if slots <= 1:
            return 0 if slots else NONE
        slot = (unit - spans[span, PAGE] * self.state[UNITS_PER_PAGE]) // size
        return slot if slot < slots else NONE

    def span_of_page(self, page: int) -> int:
        """The row of the span that a page belongs to; -1 for none."""
        at = find(self.pages, page + 1, self.state[SEED])
        return int(self.pages[at, 1]) if self.pages[at, 0] else NONE

    def new_span_row(self) -> int:
        """A row of the table of spans that is not in use."""
        state = self.state
        if state[FREE_SPAN]:
            row = int(state[FREE_SPAN]) - 1
            state[FREE_SPAN] = self.spans[row, PAGE]
            return row
        row = int(state[SPAN_ROWS])
        state[SPAN_ROWS] += 1
        return row

    def new_slots(self, slots: int) -> int:
        """The first of that many rows of the pool that are not in use."""
        first = self.free[slots] - 1 if slots else NONE
        if first >= 0:
            self.free[slots] = self.pool[first, BEGIN]
            return int(first)
        first = int(self.state[POOL])
        self.state[POOL] += slots
        return first

    def end_span(self, row: int, time: int) -> None:
        """Write a span out, with what is alive in it; forget it and its pages."""
        spans, state = self.spans, self.state
        page, pages, kind, begin, thread, proc, goroutine, number = (
            spans[row, column] for column in range(8)
        )
        first, slots = spans[row, FIRST], spans[row, SLOTS]
        for slot in range(slots):
            if self.narrow[8 * (first + slot) + COUNT]:
                self.end_object(row, slot, time)
        if slots:
            self.pool[first, BEGIN] = self.free[slots]
            self.free[slots] = first + 1
        if kind != UNKNOWN_KIND:
            values = (page, pages, kind, begin, time, thread, proc, goroutine, number)
            _put_column(self.spans_out, state[SPANS_OUT], values)
            state[SPANS_OUT] += 1
        for number in range(min(pages, MOST_PAGES) if slots > 1 else 1):
            at = find(self.pages, page + number + 1, state[SEED])
            if self.pages[at, 0] and self.pages[at, 1] == row:
                remove(self.pages, at, state[SEED])
                state[PAGES] -= 1
        spans[row, USED] = 0
        spans[row, PAGE] = state[FREE_SPAN]
        state[FREE_SPAN] = row + 1

    def write_object(self, span: int, slot: int, time: int) -> None:
        """Write out an object that ends now."""
        wide, narrow, state = self.wide, self.narrow, self.state
        row = self.spans[span, FIRST] + slot
        type_, proc, born, count = narrow[8 * row + TYPE : 8 * row + COUNT + 1]
        number, *of_span = self.span_values(span)
        begin, goroutine = wide[4 * row + BEGIN], wide[4 * row + GOROUTINE]
        values = (self.address(span, slot), begin, time, goroutine, number)
        self.put((*values, type_, proc, born, state[CYCLE], *of_span, abs(count)))

    def write_unknown(self, span: int, unit: int, time: int) -> None:
        """Write out an object of which only the end is known."""
        number, *known = self.span_values(span) if span >= 0 else (NONE, NONE, 0)
        values = (unit, NONE, time, NONE, number, NONE, NONE, NONE, self.state[CYCLE], *known, 1)
        self.put(values)

    def put(self, values: tuple[int, ...]) -> None:
        """Write a column of `objects_out` and `small_out`."""
        wide = len(self.objects_out)
        at = self.state[OBJECTS_OUT]
        _put_column(self.objects_out, at, values[:wide])
        _put_column(self.small_out, at, values[wide:])
        self.state[OBJECTS_OUT] += 1

    def address(self, span: int, slot: int) -> int:
        """Where a slot begins, in units."""
        spans = self.spans
        base = spans[span, PAGE] * self.state[UNITS_PER_PAGE]
        return int(base + slot * spans[span, SIZE] if spans[span, SLOTS] > 1 else base)

    def span_values(self, span: int) -> tuple[int, int, int]:
        """Number, class and size of a span's slots; a size of 0 if unknown."""
        spans = self.spans
        kind = spans[span, KIND]
        if kind == UNKNOWN_KIND or spans[span, SLOTS] == 0:
            return NONE, NONE, 0
        return int(spans[span, NUMBER]), int(kind >> 1), int(spans[span, SIZE])


def _columns(table: memoryview) -> int:
    return (table.shape or (0, 0))[1]


def _put(table: memoryview, row: int, values: tuple[int, ...]) -> None:
    for column, value in enumerate(values):
        table[row, column] = value


def _put_column(table: memoryview, column: int, values: tuple[int, ...]) -> None:
    for row, value in enumerate(values):
        table[row, column] = value
