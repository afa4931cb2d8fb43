# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The guided replay, compiled; `gotrace.model.guided` is its readable twin and says what is done.

Spans are rows of a table, lists of spans are linked through it, sets of slots are words of a pool.
Page n of the heap is entry n of `at_page` (the row of its span, plus one) and bit n of `free`.
P n is row n + 1 of `procs`; row 0 is for what happens on none.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

__all__ = ["Replay"]

cdef extern from *:
    """
    #define gotrace_ctz(x) ((int64_t)__builtin_ctzll(x))
    #define gotrace_clz(x) ((int64_t)__builtin_clzll(x))
    """
    int64_t ctz "gotrace_ctz"(uint64_t x) nogil
    int64_t clz "gotrace_clz"(uint64_t x) nogil

include "heap_verify_parts/numbers.pxi"

cdef uint64_t ONE = 1
cdef uint64_t ALL = 0xFFFFFFFFFFFFFFFF


cdef uint64_t ones(int64_t count) noexcept nogil:
    return ALL if count >= 64 else (ONE << count) - 1


cdef int64_t first_run(uint64_t bits, int64_t count) noexcept nogil:
    # The lowest bit from which `count` bits in a row are set; -1 if there is none.
    cdef int64_t have = 1
    cdef int64_t step
    while have < count and bits:
        step = min(have, count - have)
        bits &= bits >> step
        have += step
    return ctz(bits) if bits else NONE


def _numbers(count, value=0):
    numbers = memoryview(bytearray(8 * count)).cast("q")
    if value:
        for i in range(count):
            numbers[i] = value
    return numbers


def _table(rows, columns, value=0):
    flat = _numbers(rows * columns, value)
    return flat.cast("B").cast("q", (rows, columns))


@cython.final
cdef class Replay:
    """As `gotrace.model.guided.replay.Replay`; columns are contiguous memoryviews."""

    cdef int64_t[::1] slot_bytes, span_pages, slot_counts
    cdef int64_t[:, ::1] spans, procs, cached, regions, examples
    cdef int64_t[::1] heads, tails, lengths, agreed, disagreed, counts, allocs, frees, late, flushes
    cdef int64_t[::1] free_rows, free_words, lost, stale
    cdef int64_t lost_count, suspect
    cdef uint64_t[::1] pool, free, cache_bits
    cdef int32_t[::1] at_page
    cdef list snapshots
    cdef bint has_headers, has_inline_marks, has_begun, has_flush_due, is_marking, is_stopped
    cdef int64_t rows, free_rows_count, pool_used, last_proc, mapped, lowest_free, padding
    cdef int64_t generation, sweep_class, swap, mark, credit, reclaimed, arena_page, top_page
    cdef int64_t batch, sweeper, collector, heap_live, late_count, flush_at, flush_count
    cdef int64_t number, time, thread, proc, goroutine, examples_count, spans_count

    def __init__(self, classes, int64_t arena_page=0):
        self.slot_bytes = _numbers(SIZE_CLASSES)
        self.span_pages = _numbers(SIZE_CLASSES)
        self.slot_counts = _numbers(SPAN_CLASSES)
        for i in range(SIZE_CLASSES):
            self.slot_bytes[i] = classes.slot_bytes[i]
            self.span_pages[i] = classes.span_pages[i]
        for i in range(SPAN_CLASSES):
            self.slot_counts[i] = classes.slot_counts[i]
        self.has_headers = classes.has_headers
        self.has_inline_marks = classes.has_inline_marks
        self.arena_page = arena_page
        self.spans = _table(1 << 10, SPAN_COLUMNS)
        self.free_rows = _numbers(1 << 10)
        self.pool = memoryview(bytearray(8 << 12)).cast("Q")
        self.free_words = _numbers(MOST_WORDS + 1, NONE)
        self.procs = _table(2, PROC_COLUMNS)
        self.cached = _table(2, SPAN_CLASSES, NONE)
        self.regions = _table(2 * (MOST_REGIONS + 1), REGION_COLUMNS)
        self.cache_bits = memoryview(bytearray(16)).cast("Q")
        self.heads = _numbers(4 * SPAN_CLASSES, NONE)
        self.tails = _numbers(4 * SPAN_CLASSES, NONE)
        self.lengths = _numbers(4 * SPAN_CLASSES)
        self.agreed = _numbers(PREDICTIONS)
        self.disagreed = _numbers(PREDICTIONS)
        self.examples = _table(PREDICTIONS * EXAMPLES, 7)
        self.counts = _numbers(COUNTERS)
        self.allocs = _numbers(SIZE_CLASSES)
        self.frees = _numbers(SIZE_CLASSES)
        self.late = _numbers(MOST_LATE)
        self.lost = _numbers(MOST_LOST)
        self.stale = _numbers(SPAN_CLASSES)
        self.suspect = NONE
        self.flushes = _numbers(MOST_PROCS + 1)
        self.free = memoryview(bytearray(8 << 10)).cast("Q")
        self.at_page = memoryview(bytearray(4 << 16)).cast("i")
        self.snapshots = []
        self.last_proc = NONE
        self.sweeper = self.collector = self.heap_live = NONE

    def feed(
        self,
        const int64_t[::1] number,
        const int64_t[::1] time_ns,
        const uint8_t[::1] kind,
        const int64_t[::1] thread,
        const int32_t[::1] proc,
        const int64_t[::1] goroutine,
        const int64_t[::1] first,
        const int64_t[::1] second,
        const int64_t[::1] third,
    ):
        """Take the next steps: columns of equal length, see `gotrace.model.guided.steps`."""
        cdef int64_t row
        with nogil:
            for row in range(kind.shape[0]):
                if kind[row] > SWEEPER_DONE:
                    continue
                self.number = number[row]
                self.time = time_ns[row]
                self.thread = thread[row]
                self.proc = proc[row]
                self.goroutine = goroutine[row]
                self.credit += CREDIT
                if not self.has_begun and is_heap_step(kind[row]):
                    begin(self)
                if self.has_flush_due and self.thread == self.collector:
                    flush_idle(self)
                step(self, kind[row], first[row], second[row], third[row])

    def outcome(self):
        """What came of it, as the readable twin gives it."""
        return {
            "agreed": list(self.agreed),
            "disagreed": list(self.disagreed),
            "examples": [
                tuple([self.examples[i, j] for j in range(7)]) for i in range(self.examples_count)
            ],
            "counts": list(self.counts),
            "snapshots": list(self.snapshots),
        }


cdef int step(Replay self, uint8_t kind, int64_t a, int64_t b, int64_t c) except -1 nogil:
    cdef int64_t p = proc_of(self, self.proc)
    if kind == OBJECT_ALLOC:
        object_alloc(self, p, a, b, c)
    elif kind == OBJECT_FREE:
        object_free(self, p, a)
    elif kind == SPAN_ALLOC:
        span_alloc(self, p, a, b, c)
    elif kind == SPAN_FREE:
        span_free(self, a)
    elif kind == HEAP_ALLOC:
        heap_alloc(self, p, a)
    elif kind == SWEEP_BEGIN:
        sweep_begin(self, p)
    elif kind == SWEEP_END:
        close_region(self, p, min(max(a, 0), MOST_BYTES))
    elif kind == SPAN:
        if not self.has_begun:
            new_span(self, a, b, c)
    elif kind == OBJECT:
        object_exists(self, a)
    else:
        step_of_cycle(self, kind, p, a)
    return 0


cdef bint is_heap_step(uint8_t kind) noexcept nogil:
    return not (
        kind == SPAN
        or kind == OBJECT
        or kind == PROC_START
        or kind == PROC_STOP
        or kind == STW_BEGIN
        or kind == STW_END
    )


include "heap_verify_parts/lists.pxi"
include "heap_verify_parts/pages.pxi"
include "heap_verify_parts/sweeping.pxi"
include "heap_verify_parts/collector.pxi"
include "heap_verify_parts/objects.pxi"
