# Reading ahead: the next events of a thread, in blocks.
#
# Threads take turns at every other event, and what is next is only known once the event before is
# written. A chain of `whose turn, where, how long is this number, what time` is what an event would
# cost then; so a thread's next events are decoded together, where one decoding does not wait for
# another, and the turn of a thread only fetches a row. And as decoding needs to know nothing of
# order, a second processor can do it: `read_ahead` (the helper) runs beside `order`, on the same
# memory. Only what is plain is read ahead. The first event that is not (a number of nine bytes, an id
# that is not defined, the end of a batch, damage) is left to `cursors.pxi`, when its turn comes.
#
# The area of a cursor:
#
#   books   of who orders alone: the row at hand, and its block
#   desk    he writes, the helper reads: the first batch that is of use, and how many blocks are used up
#   shelf   the helper writes, he reads: how many blocks there are and were; and the helper's notes
#   blocks  one of who orders, and a ring of the helper's
#
# Batches can be decoded in any order, so the helper begins at the batch behind the one at hand and
# goes on to the next as far as there is room. Who orders finds the blocks of a batch on the shelf when
# he comes to it; where there are none, and none comes within a few microseconds, he decodes the rest
# of the batch himself. So he never waits for a helper that the system holds up, and what comes out
# does not depend on whether there is one.

cdef extern from *:
    """
    #include <time.h>
    static inline int64_t gotrace_look(const int64_t *at) {
        return __atomic_load_n(at, __ATOMIC_ACQUIRE);
    }
    static inline void gotrace_publish(int64_t *at, int64_t value) {
        __atomic_store_n(at, value, __ATOMIC_RELEASE);
    }
    static inline void gotrace_pause(void) {
    #if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
    #elif defined(__aarch64__)
        __asm__ __volatile__("isb");
    #endif
    }
    static inline void gotrace_nap(long nanoseconds) {
        struct timespec time = {0, nanoseconds};
        nanosleep(&time, NULL);
    }
    """
    # What the other processor wrote before it published a number is there once that is seen.
    int64_t seen "gotrace_look"(const int64_t *at) nogil
    void publish "gotrace_publish"(int64_t *at, int64_t value) nogil
    void pause "gotrace_pause"() nogil
    void nap "gotrace_nap"(long nanoseconds) nogil

cdef enum:
    # Rows of an area, then rows of a block behind its first.
    DESK = 1
    SHELF = 2
    OWN_BLOCK = 3
    BLOCK_ROWS = AHEAD + 1

    # Of the books.
    A_NEXT = 0  # the row at hand, counted from the books; 0: the cursor's own row has the event
    A_LAST = 1
    A_THREAD = 2  # the thread's row in its table
    A_TAKEN = 3  # how many blocks of the helper were taken, with the one at hand
    A_BLOCK = 4  # the first row of the block at hand
    A_END = 5  # of the batch
    A_BATCH = 6  # whose blocks are the helper's; -1 if we decode it ourselves

    # Of the desk.
    D_BATCH = 0  # the first batch that may yet be decoded; 0 while that is none
    D_USED = 1  # how many blocks of the helper were used up; their room is free again

    # Of the shelf.
    F_FILLED = 0
    F_BATCH = 1  # the batch at hand
    F_POSITION = 2
    F_TIME = 3
    F_END = 4  # of the batch; 0 if the rest of it is not for the helper

    # Of the first row of a block.
    B_COUNT = 0
    B_BATCH = 1
    B_POSITION = 2  # where the event behind it begins
    B_TIME = 3  # of the last event

    # Of the helper.
    AT_ONCE = 4  # blocks
    PATIENCE = 100  # rounds in which nothing was to do, or looks for a block: some microseconds
    SHORTEST_NAP_NS = 20000
    LONGEST_NAP_NS = 1000000


cdef inline Py_ssize_t area_rows(const Ahead *a) noexcept nogil:
    return OWN_BLOCK + (1 + a.block_count) * BLOCK_ROWS


cdef inline int64_t *books_of(const Ahead *a, Py_ssize_t cursor) noexcept nogil:
    """The area of a cursor; the first row of all is the sign to end."""
    return a.areas + 8 * (1 + cursor * area_rows(a))


cdef inline Py_ssize_t shelf_row(const Ahead *a, int64_t block) noexcept nogil:
    """The first row of a block of the helper's, counted from the books."""
    return OWN_BLOCK + BLOCK_ROWS * (1 + (block & (a.block_count - 1)))


cdef int fill(
    const Ahead *a, int64_t *block, Py_ssize_t position, Py_ssize_t batch_end, int64_t time
) noexcept nogil:
    """Decode what is plain from `position` on, counting from `time`; how many events."""
    cdef int64_t *row = block
    cdef Py_ssize_t end = min(batch_end, a.size - WIDE_ROOM)
    cdef Py_ssize_t size
    cdef int count = 0
    while count < AHEAD and position < end:
        size = read_plain(a, a.data + position, row + 8)
        if size == 0 or position + size > batch_end:
            break
        row += 8
        if row[TIME] > a.horizon - time:
            break
        time += row[TIME]
        row[TIME] = time
        row[A_START] = position
        position += size
        count += 1
    block[B_COUNT] = count
    block[B_POSITION] = position
    block[B_TIME] = time
    return count


cdef bint help_cursor(const Ahead *a, Py_ssize_t cursor) noexcept nogil:
    """Decode some blocks of a cursor; False if there was nothing to do."""
    cdef int64_t *books = books_of(a, cursor)
    cdef const int64_t *desk = books + 8 * DESK
    cdef int64_t *shelf = books + 8 * SHELF
    cdef int64_t batch = seen(&desk[D_BATCH])
    cdef int64_t *block
    cdef int count
    cdef int left = AT_ONCE
    if batch == 0:
        return False
    if batch > shelf[F_BATCH]:
        # He went on without us.
        shelf[F_BATCH] = batch - 1
        shelf[F_END] = 0
    while left and shelf[F_FILLED] - seen(&desk[D_USED]) < a.block_count:
        if shelf[F_END] == 0 and not open_batch(a, cursor, shelf):
            break
        left -= 1
        block = books + 8 * shelf_row(a, shelf[F_FILLED])
        count = fill(a, block, shelf[F_POSITION], shelf[F_END], shelf[F_TIME])
        block[B_BATCH] = shelf[F_BATCH]
        shelf[F_POSITION] = block[B_POSITION]
        shelf[F_TIME] = block[B_TIME]
        if count < AHEAD:
            shelf[F_END] = 0
        if count:
            publish(&shelf[F_FILLED], shelf[F_FILLED] + 1)
    return left < AT_ONCE


cdef bint open_batch(const Ahead *a, Py_ssize_t cursor, int64_t *shelf) noexcept nogil:
    """Go to the cursor's next batch that has a time and a place; False if there is none."""
    cdef int64_t batch = shelf[F_BATCH] + 1
    cdef int64_t last = min(a.cursors[8 * cursor + LAST_BATCH], <int64_t>a.batch_count)
    while batch < last:
        shelf[F_BATCH] = batch
        shelf[F_POSITION] = a.batches[2 * batch]
        shelf[F_END] = a.batches[2 * batch + 1]
        if (
            0 <= shelf[F_POSITION] < shelf[F_END] <= a.size
            and to_nanoseconds(a, a.batch_times[batch], &shelf[F_TIME])
        ):
            return True
        batch += 1
    shelf[F_END] = 0
    return False


cdef void help_all(const Ahead *a) noexcept nogil:
    """Decode blocks of all cursors until the first number of all is not zero any more."""
    cdef Py_ssize_t cursor
    cdef int idle = 0
    cdef long rest = SHORTEST_NAP_NS
    while seen(a.areas) == 0:
        idle += 1
        for cursor in range(a.cursor_count):
            if help_cursor(a, cursor):
                idle = 0
                rest = SHORTEST_NAP_NS
        if idle > PATIENCE:
            nap(rest)
            rest = min(2 * rest, <long>LONGEST_NAP_NS)


cdef int32_t NO_ROWS[1]
NO_ROWS[0] = -1


@cython.final
cdef class _Reading:
    """What decoding works on: the `Generation` is kept alive as long as its memory is looked at."""

    cdef Ahead a
    cdef tuple memory

    def __init__(self, generation, int64_t horizon, double frequency):
        cdef Bytes data = generation.data
        cdef int64_t[:, ::1] areas = generation.ahead
        cdef const int64_t[:, ::1] cursors = generation.cursors
        cdef const int64_t[:, ::1] batches = generation.batches
        cdef const uint64_t[::1] batch_times = generation.batch_times
        self.memory = tuple(generation)
        if cursors.shape[1] != 8 or batches.shape[1] != 2 or areas.shape[0] < 1:
            raise IndexError("a table of another width")
        self.a.size = data.shape[0]
        self.a.data = &data[0] if self.a.size else NULL
        self.a.is_linux = frequency == 64.0
        self.a.frequency = frequency
        self.a.horizon = horizon
        self.a.cursor_count = cursors.shape[0]
        self.a.cursors = &cursors[0, 0] if cursors.size else NULL
        self.a.batch_count = min(batches.shape[0], batch_times.shape[0])
        self.a.batches = &batches[0, 0] if batches.size else NULL
        self.a.batch_times = &batch_times[0] if batch_times.size else NULL
        self.a.areas = &areas[0, 0]
        self.measure(areas)
        self.copy_specs(generation.specs)
        self.copy_ids(generation.string_dense, generation.stack_dense)

    @cython.final
    cdef int measure(self, const int64_t[:, ::1] areas) except -1:
        """How many blocks the helper has for a cursor: as many as there is room for."""
        cdef Py_ssize_t count = 0
        if self.a.cursor_count:
            count = ((areas.shape[0] - 1) // self.a.cursor_count - OWN_BLOCK) // BLOCK_ROWS - 1
        if areas.shape[1] != 8 or count < 0 or count & (count - 1):
            raise IndexError("a table of another width")
        self.a.block_count = count
        return 0

    @cython.final
    cdef int copy_specs(self, const uint8_t[:, ::1] specs) except -1:
        """Have the table of events at hand; types are bytes, so no index can leave it."""
        cdef Py_ssize_t kind, place
        cdef uint32_t spec
        if specs.shape[0] != 256 or specs.shape[1] != 5:
            raise IndexError("the table of events has another shape")
        for kind in range(256):
            if specs[kind, 0] > MOST_ARGUMENTS + 1:
                raise IndexError("an event of too many arguments")
            spec = 0
            if specs[kind, 0]:
                spec = 1 | (specs[kind, 0] - 1) << 1
                for place in range(1, specs[kind, 0]):
                    spec |= (specs[kind, place] & 3) << (2 + 2 * place)
            self.a.specs[kind] = spec
        return 0

    @cython.final
    cdef int copy_ids(self, const int32_t[::1] strings, const int32_t[::1] stacks) except -1:
        """Ids of numbers that mean nothing have no limit, and so no rows."""
        cdef int meaning
        for meaning in range(4):
            self.a.rows[meaning] = &NO_ROWS[0]
            self.a.limits[meaning] = 0
            self.a.none[meaning] = -1 if meaning > STRING else 0
        if strings.shape[0]:
            self.a.rows[STRING] = &strings[0]
            self.a.limits[STRING] = <uint64_t>strings.shape[0]
        for meaning in range(STACK, MAIN_STACK + 1):
            if stacks.shape[0]:
                self.a.rows[meaning] = &stacks[0]
                self.a.limits[meaning] = <uint64_t>stacks.shape[0]
        return 0
