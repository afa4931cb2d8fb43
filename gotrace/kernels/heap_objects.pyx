# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Heap objects and spans: every free is joined to its allocation.

The contract, the rules and the columns are those of `gotrace/kernels/plain/heap_objects.py`, which
this file follows function by function.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from gotrace.kernels.plain.heap_objects import (
    DONE,
    FULL_OBJECTS,
    FULL_OUTPUT,
    FULL_PAGES,
    FULL_SPANS,
    STATE,
)

__all__ = [
    "DONE",
    "FULL_OBJECTS",
    "FULL_OUTPUT",
    "FULL_PAGES",
    "FULL_SPANS",
    "STATE",
    "pair",
    "rehash_pages",
]

include "heap_objects_numbers.pxi"


cdef struct Who:
    int64_t time
    int64_t thread
    int64_t proc
    int64_t goroutine


cdef int64_t home(int64_t key, int64_t seed, int64_t mask) noexcept nogil:
    cdef uint64_t x = <uint64_t>key ^ <uint64_t>seed
    x = (x ^ (x >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <uint64_t>0x94D049BB133111EB
    return <int64_t>((x ^ (x >> 31)) & <uint64_t>mask)


cdef int64_t find(const int64_t[:, ::1] table, int64_t key, int64_t seed) except -1 nogil:
    cdef int64_t mask = table.shape[0] - 1
    cdef int64_t row = home(key, seed, mask)
    while table[row, 0] != 0 and table[row, 0] != key:
        row = (row + 1) & mask
    return row


include "heap_objects_heap.pxi"


cdef inline void write_span(const int64_t* span, int64_t* out, int64_t room) noexcept nogil:
    out[8 * room] = NONE
    out[9 * room] = NONE
    out[10 * room] = 0
    if span != NULL and span[SLOTS] != 0 and span[KIND] != UNKNOWN_KIND:
        out[8 * room] = span[NUMBER]
        out[9 * room] = span[KIND] >> 1
        out[10 * room] = span[SIZE]


cdef int32_t type_row(
    uint64_t id_,
    const int32_t[::1] dense,
    const uint64_t[::1] far_ids,
    const int32_t[::1] far_rows,
    int64_t[::1] state,
) except? -2 nogil:
    cdef int64_t low = 0, high = far_ids.shape[0], middle
    cdef int32_t row = -1
    if id_ == 0:
        return -1
    if id_ < <uint64_t>dense.shape[0]:
        row = dense[<Py_ssize_t>id_]
    else:
        while low < high:
            middle = (low + high) // 2
            if far_ids[middle] < id_:
                low = middle + 1
            else:
                high = middle
        if low < far_ids.shape[0] and far_ids[low] == id_:
            row = far_rows[low]
    if row < 0:
        state[UNKNOWN_TYPES] += 1
    return row


def pair(
    const uint8_t[::1] kinds,
    const int64_t[::1] times,
    const int64_t[::1] threads,
    const int32_t[::1] procs,
    const int64_t[::1] goroutines,
    const uint64_t[::1] arguments,
    const uint8_t[::1] counts,
    const int32_t[::1] dense,
    const uint64_t[::1] far_ids,
    const int32_t[::1] far_rows,
    const int32_t[::1] class_units,
    int64_t[:, ::1] wide,
    int32_t[:, ::1] narrow,
    int64_t[::1] free,
    int64_t[:, ::1] pages,
    int64_t[:, ::1] spans,
    int64_t[::1] state,
    int64_t[:, ::1] objects_out,
    int64_t[:, ::1] spans_out,
):
    """Take events until all are taken or a table is full; returns which, to be called again."""
    # Rows of these tables are looked into by pointers, after their number was checked.
    if wide.shape[1] != 2 or narrow.shape[1] != 5 or spans.shape[1] != 12:
        raise IndexError("tables of other columns")
    if objects_out.shape[0] != 12 or spans_out.shape[0] != 9 or narrow.shape[0] < wide.shape[0]:
        raise IndexError("tables of other columns")
    cdef Heap heap = Heap()
    heap.class_units = class_units
    heap.wide = wide
    heap.narrow = narrow
    heap.free = free
    heap.pages = pages
    heap.spans = spans
    heap.state = state
    heap.objects_out = objects_out
    heap.spans_out = spans_out
    cdef int64_t row, at
    cdef uint64_t place
    cdef uint8_t kind
    cdef int32_t type_
    cdef int status
    cdef Who who
    with nogil:
        for row in range(state[ROW], kinds.shape[0]):
            kind = kinds[row]
            at = state[ARGUMENT]
            if kind == GC_BEGIN:
                state[CYCLE] += 1
            elif SPAN <= kind <= OBJECT_FREE:
                status = heap.full()
                if status != IS_DONE:
                    break
                who.time = times[row] - state[START]
                who.thread = threads[row]
                who.proc = procs[row]
                who.goroutine = goroutines[row]
                place = arguments[at]
                if kind == SPAN or kind == SPAN_ALLOC:
                    heap.add_span(
                        <int64_t>(place & MOST_SPAN),
                        <int64_t>(arguments[at + 1] & MOST_SPAN),
                        <int64_t>(arguments[at + 2] & MOST_SPAN),
                        &who,
                        kind == SPAN,
                    )
                elif kind == SPAN_FREE:
                    heap.free_span(<int64_t>(place & MOST_SPAN), who.time)
                elif kind == OBJECT_FREE:
                    heap.free_object(<int64_t>(place & MOST_UNIT), who.time)
                else:
                    type_ = type_row(arguments[at + 1], dense, far_ids, far_rows, state)
                    heap.add_object(<int64_t>(place & MOST_UNIT), type_, &who, kind == OBJECT)
            state[ROW] = row + 1
            state[ARGUMENT] = at + counts[kind]
        else:
            status = IS_DONE
    return status


def rehash_pages(const int64_t[:, ::1] old, int64_t[:, ::1] new, int64_t seed):
    """Copy the pages of one table into another, which is empty and has more rows."""
    cdef int64_t row, at
    with nogil:
        for row in range(old.shape[0]):
            if old[row, 0] != 0:
                at = find(new, old[row, 0], seed)
                new[at, 0] = old[row, 0]
                new[at, 1] = old[row, 1]
