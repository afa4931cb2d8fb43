"""Heap objects and spans: every free is joined to its allocation.

The plain twin of `gotrace/kernels/heap_objects.pyx`; it specifies the contract of both.

Events name objects and spans by address (units of 8 bytes and pages, from the lowest heap address).
Spans that are alive are found by their pages, and each has a row of the pool for every slot: so an
object is found by arithmetic, and memory is bounded by the heap that is in use at a time. Rules
(`runtime/traceallocfree.go`, `runtime/malloc.go`):

* An allocation is reported by the pointer that the program got, a free by its slot: objects with a
  header are allocated at slot + 8. The span says where the slot begins.
* A second allocation in a living slot of span class 5 is a tiny object that shares it.
* Any other allocation in a living slot means that the report of its free comes late (threads report
  on their own): the old object ends here, and the next free of the slot within the same GC cycle is
  that late report. An object cannot be freed in the cycle that it was allocated in.
* A free of what is not alive ends an object whose allocation the trace does not have; it is counted
  apart where the slot was freed since its span began (so what is missing is between two frees).
* Objects on a page of which the trace has no span are kept by their pointers, size unknown.
* A span that ends, or whose pages are given to another, ends the objects in it.

Contract of `pair`. `kinds` (uint8), `times`, `threads`, `goroutines` (int64), `procs` (int32) and
`arguments` (uint64) are a chunk of `OrderedEvents`, `counts` (uint8, 256) its arguments by type.
Type ids
become rows by `dense[id]` or, beyond it, `far_rows` beside the sorted `far_ids` (uint64); -1
where they lead nowhere. `class_units` (int32): slots of each size class, in units of 8 bytes.

All zeros at first: the `pool` (int64, 4 columns: begin, goroutine, and in halves type, proc, cycle
and allocations), more than `MOST_SLOTS` rows, to be enlarged by appending; `free` (int64,
`MOST_SLOTS` + 1), for each number of slots 1 + the first row of a stretch that is not in use;
`pages` (int64, 2 columns, a power of two of rows) and `spans` (int64, 12, to be enlarged by
appending). `state` (int64) as `STATE` says.

An object that ended is a column of `objects_out` (int64, 5 rows): slot, begin, end, goroutine,
span; and of `small_out` (int32, 7 rows): type, proc, cycle, end cycle, span class, size (in units;
large objects: negative, in pages), allocations; each of more than `MOST_SLOTS` * `MOST_PAGES`
columns. `spans_out` (int64, 9 rows): page, pages, kind and class, begin, end, thread, proc,
goroutine, number; more than `MOST_PAGES` columns. Unknown is -1. Raises IndexError where arguments
are missing, which readers rule out.
"""

from __future__ import annotations

from gotrace.kernels.plain.heap_objects.heap import Heap
from gotrace.kernels.plain.heap_objects.numbers import (
    ARGUMENT,
    CYCLE,
    DONE,
    FULL_OBJECTS,
    FULL_OUTPUT,
    FULL_PAGES,
    FULL_SPANS,
    GC_BEGIN,
    MOST_SPAN,
    MOST_UNIT,
    OBJECT,
    OBJECT_FREE,
    ROW,
    SPAN,
    SPAN_ALLOC,
    SPAN_FREE,
    START,
    STATE,
    UNKNOWN_TYPES,
)
from gotrace.kernels.plain.heap_objects.pages import find
from gotrace.kernels.plain.heap_objects.rows import table_rows

__all__ = [
    "DONE",
    "FULL_OBJECTS",
    "FULL_OUTPUT",
    "FULL_PAGES",
    "FULL_SPANS",
    "STATE",
    "pair",
    "rehash_pages",
    "table_rows",
]


def pair(
    kinds: memoryview, times: memoryview, threads: memoryview, procs: memoryview,
    goroutines: memoryview, arguments: memoryview, counts: memoryview, dense: memoryview,
    far_ids: memoryview, far_rows: memoryview, class_units: memoryview, pool: memoryview,
    free: memoryview, pages: memoryview, spans: memoryview, state: memoryview,
    objects_out: memoryview, small_out: memoryview, spans_out: memoryview,
) -> int:  # fmt: skip
    """Take events until all are taken or a table is full; returns which, to be called again."""
    heap = Heap(class_units, pool, free, pages, spans, state, (objects_out, small_out), spans_out)
    types = (dense, far_ids, far_rows)
    for row in range(state[ROW], len(kinds)):
        kind = kinds[row]
        at = state[ARGUMENT]
        if kind == GC_BEGIN:
            state[CYCLE] += 1
        elif SPAN <= kind <= OBJECT_FREE:
            status = heap.full()
            if status != DONE:
                return status
            who = (times[row] - state[START], threads[row], procs[row], goroutines[row])
            place = arguments[at]
            if kind in (SPAN, SPAN_ALLOC):
                size, class_ = arguments[at + 1] & MOST_SPAN, arguments[at + 2] & MOST_SPAN
                heap.add_span(place & MOST_SPAN, size, class_, who, kind == SPAN)
            elif kind == SPAN_FREE:
                heap.free_span(place & MOST_SPAN, who[0])
            elif kind == OBJECT_FREE:
                heap.free_object(place & MOST_UNIT, who[0])
            else:
                type_ = _type(arguments[at + 1], types)
                if type_ < 0 and arguments[at + 1]:
                    heap.tell(UNKNOWN_TYPES, who[0])
                heap.add_object(place & MOST_UNIT, type_, who, kind == OBJECT)
        state[ROW] = row + 1
        state[ARGUMENT] = at + counts[kind]
    return DONE


def rehash_pages(old: memoryview, new: memoryview, seed: int) -> None:
    """Copy the pages of one table into another, which is empty and has more rows."""
    for row in range(len(old)):
        if old[row, 0]:
            at = find(new, old[row, 0], seed)
            new[at, 0], new[at, 1] = old[row, 0], old[row, 1]


def _type(id_: int, types: tuple[memoryview, memoryview, memoryview]) -> int:
    """The row of a type; 0 is "no type"."""
    dense, far_ids, far_rows = types
    if id_ == 0:
        return -1
    if id_ < len(dense):
        return int(dense[id_])
    low, high = 0, len(far_ids)
    while low < high:
        middle = (low + high) // 2
        if far_ids[middle] < id_:
            low = middle + 1
        else:
            high = middle
    return int(far_rows[low]) if low < len(far_ids) and far_ids[low] == id_ else -1
