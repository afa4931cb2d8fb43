# The plain case, fast: most events are of few types, were read ahead, and break no rule.
#
# Such events are written here, in one loop over pointers that the compiler can hold in registers.
# Whatever is not plain - another type, an event that has to wait or breaks a rule, a sample, a full
# table, a thread's first event - leaves the loop before anything was changed, and the rules in the
# other files decide about it. So this file adds no rule: it repeats five of them.
#
# Choosing between events, and between cursors, by arithmetic instead of branches was tried, and was
# slower.
#
# Checks are hoisted, not gone: what `survey` sees to once (lengths, powers of two) is not looked at
# again, and every row that is read from memory is compared with the table's size before it is used.

cdef struct Plain:
    # Of the heap and the events read ahead.
    int64_t *heap
    int64_t *heap_times
    Py_ssize_t heap_size
    const Ahead *a
    Py_ssize_t rows  # of the area of a cursor
    # Of the tables: rows of eight.
    uint64_t *goroutines
    uint64_t goroutine_rows
    const int32_t *index
    uint64_t index_mask
    int index_shift
    uint64_t *threads
    uint64_t thread_rows
    uint64_t generation
    # The columns.
    int64_t *times
    uint8_t *kinds
    int64_t *thread_column
    int32_t *proc_column
    int64_t *goroutine_column
    int32_t *stack_column
    uint64_t *arguments
    Py_ssize_t row
    Py_ssize_t last_row
    Py_ssize_t used
    int64_t last_time


cdef inline uint64_t *find_goroutine(const Plain *p, uint64_t key) noexcept nogil:
    """The goroutine's row in the table; NULL if it has none."""
    cdef uint64_t place = (key * SPREAD) >> p.index_shift
    cdef uint64_t row
    while True:
        row = <uint64_t>p.index[place & p.index_mask]
        if row - 1 >= p.goroutine_rows - 1:
            return NULL
        if p.goroutines[8 * row + KEY] == key:
            return p.goroutines + 8 * row
        place += 1


cdef inline bint plain_start(
    const Plain *p, uint64_t *thread, const int64_t *event
) noexcept nogil:
    """`go_start`: the goroutine of the first argument takes its next step, on this thread."""
    cdef uint64_t *goroutine = find_goroutine(p, <uint64_t>event[A_ARGUMENTS])
    cdef uint64_t sequence = <uint64_t>event[A_ARGUMENTS + 1]
    if (
        goroutine == NULL
        or goroutine[G_STATUS] != GO_RUNNABLE
        or goroutine[G_GENERATION] != p.generation
        or goroutine[G_SEQUENCE] + 1 != sequence
        or thread[M_PROC] == NOBODY
        or thread[M_GOROUTINE] != NOBODY
    ):
        return False
    goroutine[G_STATUS] = GO_RUNNING
    goroutine[G_SEQUENCE] = sequence
    thread[M_GOROUTINE] = goroutine[KEY]
    thread[M_ROW] = <uint64_t>(goroutine - p.goroutines) >> 3
    return True


cdef inline bint plain_unblock(const Plain *p, const int64_t *event) noexcept nogil:
    """`go_unblock`."""
    cdef uint64_t *goroutine = find_goroutine(p, <uint64_t>event[A_ARGUMENTS])
    cdef uint64_t sequence = <uint64_t>event[A_ARGUMENTS + 1]
    if (
        goroutine == NULL
        or goroutine[G_STATUS] != GO_WAITING
        or goroutine[G_GENERATION] != p.generation
        or goroutine[G_SEQUENCE] + 1 != sequence
    ):
        return False
    goroutine[G_STATUS] = GO_RUNNABLE
    goroutine[G_SEQUENCE] = sequence
    return True


cdef inline bint plain_block(const Plain *p, uint64_t *thread, uint64_t status) noexcept nogil:
    """`go_stop` of a goroutine that goes on later."""
    cdef uint64_t row = thread[M_ROW]
    cdef uint64_t *goroutine = p.goroutines + 8 * row
    if (
        row - 1 >= p.goroutine_rows - 1
        or thread[M_GOROUTINE] == NOBODY
        or thread[M_PROC] == NOBODY
        or goroutine[KEY] != thread[M_GOROUTINE]
        or goroutine[G_LINK] != IN_USE
        or goroutine[G_STATUS] != GO_RUNNING
    ):
        return False
    goroutine[G_STATUS] = status
    thread[M_GOROUTINE] = NOBODY
    return True


cdef inline bint plain_step(
    const Plain *p, uint64_t *thread, const int64_t *event, int64_t kind
) noexcept nogil:
    """Have the scheduler's tables agree with the event; False if that is not plain."""
    if kind == GO_START:
        return plain_start(p, thread, event)
    elif kind == GO_BLOCK:
        return plain_block(p, thread, GO_WAITING)
    elif kind == GO_UNBLOCK:
        return plain_unblock(p, event)
    return False


cdef inline void plain_write(
    Plain *p, const uint64_t *thread, uint64_t goroutine, const int64_t *event
) noexcept nogil:
    """Write out an event; there is room for the four arguments that it may have."""
    cdef Py_ssize_t row = p.row
    cdef uint64_t *arguments = p.arguments + p.used
    cdef int64_t time = max(event[TIME], p.last_time + 1)
    p.last_time = time
    p.times[row] = time
    p.kinds[row] = <uint8_t>event[A_KIND]
    p.thread_column[row] = <int64_t>thread[KEY]
    p.proc_column[row] = <int32_t><int64_t>thread[M_PROC]
    p.goroutine_column[row] = <int64_t>goroutine
    p.stack_column[row] = <int32_t>event[A_STACK]
    arguments[0] = <uint64_t>event[A_ARGUMENTS]
    arguments[1] = <uint64_t>event[A_ARGUMENTS + 1]
    arguments[2] = <uint64_t>event[A_ARGUMENTS + 2]
    arguments[3] = <uint64_t>event[A_ARGUMENTS + 3]
    p.used += event[A_KIND] >> 8
    p.row = row + 1


cdef inline void plain_sink(Plain *p, int64_t own) noexcept nogil:
    """`_Heap.sift_down` of the top, whose time is now `own`."""
    cdef Py_ssize_t place = 0
    cdef Py_ssize_t child = 1
    cdef Py_ssize_t size = p.heap_size
    cdef int64_t sinking = p.heap[0]
    cdef int64_t time
    while child < size:
        if child + 1 < size:
            child += p.heap_times[child + 1] < p.heap_times[child]
        time = p.heap_times[child]
        if time >= own:
            break
        p.heap[place] = p.heap[child]
        p.heap_times[place] = time
        place = child
        child = 2 * place + 1
    p.heap[place] = sinking
    p.heap_times[place] = own


cdef inline int64_t plain_rival(const Plain *p) noexcept nogil:
    """The time until which the top of the heap stays there."""
    cdef int64_t time = LAST_TIME_OF_ALL
    if p.heap_size > 1:
        time = p.heap_times[1]
    if p.heap_size > 2:
        time = min(time, p.heap_times[2])
    return time


cdef inline bint is_memory(int64_t kind) noexcept nogil:
    return FIRST_ALLOC_FREE <= kind <= LAST_ALLOC_FREE


cdef inline const int64_t *plain_memory(
    Plain *p, const uint64_t *thread, const int64_t *event, const int64_t *last, int64_t until
) noexcept nogil:
    """Write a thread's events up to `last` while they are of memory and not later than `until`.

    Returns the last that is written. The first is of memory.
    """
    while True:
        plain_write(p, thread, thread[M_GOROUTINE], event)
        if (
            event == last
            or event[8 + TIME] > until
            or not is_memory(event[8 + A_KIND] & 0xFF)
            or p.last_time == LAST_TIME_OF_ALL
        ):
            return event
        event += 8


cdef class _Plain(_Heap):
    """Writes plain events."""

    @cython.final
    cdef bint survey(self, Plain *p) except -1 nogil:
        """Pointers to all that is there, if it is as it should be."""
        p.heap_size = self.heap_size
        p.a = &self.reading.a
        p.rows = area_rows(p.a)
        p.index_mask = self.goroutines.mask
        p.index_shift = self.goroutines.shift
        p.goroutine_rows = <uint64_t>self.goroutine_table.shape[0]
        p.thread_rows = <uint64_t>self.thread_table.shape[0]
        p.generation = self.generation
        p.row = self.row
        p.last_row = self.last_row
        p.used = self.used
        p.last_time = self.last_time
        if (
            p.heap_size < 1
            or p.heap_size > min(self.heap.shape[0], self.heap_times.shape[0])
            or p.index_mask & (p.index_mask + 1)
            or p.index_mask + 1 != <uint64_t>self.goroutines.index.shape[0]
        ):
            return False
        p.heap = &self.heap[0]
        p.heap_times = &self.heap_times[0]
        p.goroutines = &self.goroutine_table[0, 0]
        p.index = &self.goroutines.index[0]
        p.threads = &self.thread_table[0, 0]
        p.times = &self.times[0]
        p.kinds = &self.kinds[0]
        p.thread_column = &self.thread_column[0]
        p.proc_column = &self.proc_column[0]
        p.goroutine_column = &self.goroutine_column[0]
        p.stack_column = &self.stack_column[0]
        p.arguments = &self.arguments[0]
        return True

    @cython.final
    cdef int write_plain(self) except -1 nogil:
        """Write events as long as they are plain; BROKE, or ADVANCED as far as that goes."""
        cdef Plain p
        cdef int64_t *books
        cdef uint64_t *thread
        cdef const int64_t *event
        cdef const int64_t *last
        cdef int64_t kind, next_row, last_row
        cdef uint64_t goroutine, thread_row
        cdef int64_t sample_time = LAST_TIME_OF_ALL
        cdef int found = ADVANCED
        if self.is_loose or not self.survey(&p):
            return ADVANCED
        if self.sample < self.samples.shape[0]:
            sample_time = self.samples[self.sample, 0]
        self.is_stale = True
        while p.row <= p.last_row and sample_time >= p.heap_times[0]:
            if <size_t>p.heap[0] >= <size_t>p.a.cursor_count:
                break
            books = books_of(p.a, p.heap[0])
            thread_row = <uint64_t>books[A_THREAD]
            next_row = books[A_NEXT]
            last_row = books[A_LAST]
            if not 1 <= next_row <= last_row < p.rows or thread_row - 1 >= p.thread_rows - 1:
                break
            thread = p.threads + 8 * thread_row
            event = books + 8 * next_row
            last = books + 8 * last_row
            kind = event[A_KIND] & 0xFF
            if thread[M_SEEN] == 0 or p.last_time == LAST_TIME_OF_ALL:
                break
            if is_memory(kind):
                event = plain_memory(
                    &p,
                    thread,
                    event,
                    event + 8 * min(last_row - next_row, p.last_row - p.row),
                    min(sample_time, plain_rival(&p)),
                )
            else:
                goroutine = thread[M_GOROUTINE]
                if kind == HEAP_ALLOC:
                    if thread[M_PROC] == NOBODY:
                        break
                elif not plain_step(&p, thread, event, kind):
                    break
                plain_write(&p, thread, goroutine, event)
            if event != last:
                books[A_NEXT] = (event + 8 - books) >> 3
                plain_sink(&p, event[8 + TIME])
                continue
            found = self.turn_over(0)
            p.heap_size = self.heap_size
            if found == BROKE or p.heap_size == 0:
                break
        self.row = p.row
        self.used = p.used
        self.last_time = p.last_time
        return found
