# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Heap objects and spans: every free is joined to its allocation.

The contract, the rules and the columns are those of `gotrace/kernels/plain/heap_objects/`, which
this kernel follows function by function, but for one thing: it first looks up the slots of many
events, so that they come into the cache together, and then takes the events one by one.
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
    "table_rows",
]

include "heap_objects_numbers.pxi"


cdef struct Who:
    int64_t time
    int64_t thread
    int64_t proc
    int64_t goroutine


cdef struct Slot:
    # A row of the pool: half a cache line, for each event looks at another one.
    int64_t begin
    int64_t goroutine
    int32_t type_
    int32_t proc
    int32_t born
    int32_t count


cdef struct Found:
    # Where an event's object is; a slot of NULL has not been found (yet).
    int64_t* span
    Slot* slot
    int64_t number


cdef inline int64_t home(int64_t key, int64_t seed, int64_t mask) noexcept nogil:
    cdef uint64_t x = <uint64_t>key ^ <uint64_t>seed
    x = (x ^ (x >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <uint64_t>0x94D049BB133111EB
    return <int64_t>((x ^ (x >> 31)) & <uint64_t>mask)


cdef inline int64_t find(
    const int64_t* table, int64_t rows, int64_t key, int64_t seed
) noexcept nogil:
    # Of a power of two of rows: no mask leads outside.
    cdef int64_t mask = rows - 1
    cdef int64_t row = home(key, seed, mask)
    while table[2 * row] != 0 and table[2 * row] != key:
        row = (row + 1) & mask
    return row


cdef inline int32_t freed_in(const int64_t* span) noexcept nogil:
    return <int32_t>(FREED - (span[NUMBER] & MOST_MARK))


cdef enum:
    BLOCK = 64  # events that are looked at together
    NEAR = 256  # spans that are kept near


cdef struct Near:
    # A span of small objects that was looked up by a page; a key of 0 is none.
    int64_t key
    int64_t base
    int64_t reach
    uint64_t inverse
    int64_t* span
    Slot* slots


cdef extern from *:
    """
    #if defined(__GNUC__)
    #define gotrace_prefetch(place) __builtin_prefetch((place), 1)
    #else
    #define gotrace_prefetch(place) ((void)(place))
    #endif
    """
    void prefetch "gotrace_prefetch"(const void* place) noexcept nogil


include "heap_objects_heap.pxi"
include "heap_objects_rows.pxi"
include "heap_objects_look.pxi"
include "heap_objects_take.pxi"


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
    int64_t[:, ::1] pool,
    int64_t[::1] free,
    int64_t[:, ::1] pages,
    int64_t[:, ::1] spans,
    int64_t[::1] state,
    int64_t[:, ::1] objects_out,
    int32_t[:, ::1] small_out,
    int64_t[:, ::1] spans_out,
):
    """Take events until all are taken or a table is full; returns which, to be called again."""
    cdef Heap heap = Heap()
    heap.class_units = class_units
    heap.pool = pool
    heap.free = free
    heap.pages = pages
    heap.spans = spans
    heap.state = state
    heap.objects_out = objects_out
    heap.small_out = small_out
    heap.spans_out = spans_out
    heap.check()
    cdef int status
    with nogil:
        status = take(
            heap, kinds, times, threads, procs, goroutines, arguments, counts, dense, far_ids,
            far_rows,
        )
    return status


def rehash_pages(const int64_t[:, ::1] old, int64_t[:, ::1] new, int64_t seed):
    """Copy the pages of one table into another, which is empty and has more rows."""
    cdef int64_t row, at
    if new.shape[0] < old.shape[0] or new.shape[1] != 2 or new.shape[0] & (new.shape[0] - 1) != 0:
        raise IndexError("pages are a power of two of rows of two columns")
    with nogil:
        for row in range(old.shape[0]):
            if old[row, 0] != 0:
                at = find(&new[0, 0], new.shape[0], old[row, 0], seed)
                new[at, 0] = old[row, 0]
                new[at, 1] = old[row, 1]


def table_rows(
    const int64_t[:, ::1] wide,
    const int32_t[:, ::1] small,
    uint64_t lowest_address,
    int64_t unit_bytes,
    int64_t page_bytes,
    int64_t[:, ::1] wide_out,
    int32_t[:, ::1] small_out,
    uint8_t[::1] is_noscan,
):
    """The first rows of what `pair` wrote as those of the table `objects`."""
    cdef Py_ssize_t row, rows = is_noscan.shape[0]
    cdef int64_t begin, end, size
    cdef int32_t class_
    if wide.shape[0] != 5 or small.shape[0] != 7:
        raise IndexError("tables of other columns")
    if wide_out.shape[0] != 9 or small_out.shape[0] != 5:
        raise IndexError("tables of other columns")
    if wide.shape[1] < rows or small.shape[1] < rows:
        raise IndexError("tables of too few rows")
    if wide_out.shape[1] != rows or small_out.shape[1] != rows:
        raise IndexError("tables of other numbers of rows")
    with nogil:
        for row in range(rows):
            begin = wide_out[0, row] = wide[1, row]
            end = wide_out[1, row] = wide[2, row]
            wide_out[2, row] = end - begin if begin >= 0 and end >= 0 else NONE
            wide_out[3, row] = <int64_t>(
                <uint64_t>wide[0, row] * <uint64_t>unit_bytes + lowest_address
            )
            wide_out[4, row] = wide[4, row]
            wide_out[6, row] = wide[3, row]
            wide_out[7, row] = small[2, row]
            wide_out[8, row] = small[3, row]
            class_ = small[4, row]
            size = small[5, row]
            wide_out[5, row] = (
                NONE if class_ < 0 else size * (unit_bytes if class_ >= 2 else -page_bytes)
            )
            small_out[0, row] = class_
            small_out[1, row] = class_ >> 1
            small_out[2, row] = small[0, row]
            small_out[3, row] = small[6, row]
            small_out[4, row] = small[1, row]
            is_noscan[row] = class_ >= 0 and class_ & 1
