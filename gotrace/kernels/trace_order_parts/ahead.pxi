# Reading ahead: the next events of a thread, as rows of numbers.
#
# Threads take turns at every other event, and what is next is only known once the event before is
# written. A chain of `whose turn, where, how long is this number, what time` is what an event would
# cost then; so a thread's next events are decoded together, where one decoding does not wait for
# another, and the turn of a thread only fetches a row.
#
# Only what is plain is read ahead. The first event that is not (a number of nine bytes, an id that
# is not defined, the end of a batch, damage) is left to `cursors.pxi`, when its turn comes.

cdef enum:
    # Of the row before the ones read ahead.
    A_NEXT = 0  # the row at hand, counted from this one; 0: the cursor's own row has the event
    A_LAST = 1
    A_POSITION = 2  # where the event behind the last row begins
    A_THREAD = 3  # the thread's row in its table
    # Of the others: TIME is 0 there too.
    A_KIND = 1  # the event's type, and the number of its arguments times 256
    A_STACK = 2
    A_START = 3
    A_ARGUMENTS = 4


cdef struct Ahead:
    const uint32_t *specs
    bint is_linux
    double frequency
    const int32_t *strings
    uint64_t string_count
    const int32_t *stacks
    uint64_t stack_count


cdef inline bint resolve_plain(const Ahead *a, int64_t *row, uint32_t spec) noexcept nogil:
    """Ids to rows, and the main stack to where it belongs; False if an id is not in the dense part."""
    cdef uint32_t left = (spec >> 1) & 7
    cdef int64_t *at = row + A_ARGUMENTS
    cdef int64_t *to = at
    cdef uint32_t meaning
    cdef uint64_t key
    cdef int64_t found
    spec >>= 4
    while left:
        left -= 1
        meaning = spec & 3
        spec >>= 2
        key = <uint64_t>at[0]
        at += 1
        found = <int64_t>key
        if meaning == STRING and key:
            if key >= a.string_count or a.strings[key] < 0:
                return False
            found = a.strings[key]
        elif meaning > STRING:
            found = -1
            if key:
                if key >= a.stack_count or a.stacks[key] < 0:
                    return False
                found = a.stacks[key]
        if meaning == MAIN_STACK:
            row[A_STACK] = found
        else:
            to[0] = found
            to += 1
    row[A_KIND] = (row[A_KIND] & 0xFF) | (to - row - A_ARGUMENTS) << 8
    return True


cdef inline Py_ssize_t read_plain(
    const Ahead *a, const uint8_t *at, int64_t *row
) noexcept nogil:
    """Decode the event there, of which WIDE_ROOM bytes can be read; how long it is, or 0.

    The time in the row is what the event says: since the one before.
    """
    cdef uint32_t spec = a.specs[at[0]]
    cdef int count = (spec >> 1) & 7
    cdef uint64_t stops = ends(at + 1)
    cdef int first = lowest_bit(stops) + 1
    cdef int second, third
    cdef int behind = first
    cdef int sizes = first
    cdef uint64_t ticks = squeeze(load_word(at + 1), first)
    cdef double exact
    # Two arguments, whether there are any or not: most events have one or two, and to ask how many
    # is a branch that is guessed wrong.
    stops &= stops - 1
    second = lowest_bit(stops) + 1
    row[A_ARGUMENTS] = <int64_t>squeeze(load_word(at + 1 + first), second - first)
    sizes |= second - first - 1 if count > 0 else 0
    behind = second if count > 0 else behind
    stops &= stops - 1
    third = lowest_bit(stops) + 1
    row[A_ARGUMENTS + 1] = <int64_t>squeeze(load_word(at + 1 + second), third - second)
    sizes |= third - second - 1 if count > 1 else 0
    behind = third if count > 1 else behind
    row[A_KIND] = at[0] | count << 8
    row[A_STACK] = -1
    if count > 2:
        for second in range(2, count):
            first = behind
            stops &= stops - 1
            behind = lowest_bit(stops) + 1
            row[A_ARGUMENTS + second] = <int64_t>squeeze(
                load_word(at + 1 + first), behind - first
            )
            sizes |= behind - first - 1
    if spec == 0 or sizes > 7 or behind > WIDE:
        return 0
    if spec >> 4 and not resolve_plain(a, row, spec):
        return 0
    if a.is_linux:
        row[TIME] = <int64_t>(ticks << 6)
        return behind + 1
    exact = <double>ticks * a.frequency
    if not exact < FAR:
        return 0
    row[TIME] = <int64_t>exact
    return behind + 1


cdef class _Ahead(_Scheduler):
    """Decodes a thread's next events."""

    @cython.final
    cdef int read_ahead(self, Py_ssize_t cursor, Py_ssize_t position) except -1 nogil:
        """Decode from `position` on what is plain, counting from `time`; how many events."""
        cdef Py_ssize_t first = cursor * (AHEAD + 1)
        cdef int64_t *row = &self.ahead[first + AHEAD, 0]  # one check for all rows
        cdef int64_t *books = &self.ahead[first, 0]
        cdef Py_ssize_t end = min(self.end, self.data.shape[0] - WIDE_ROOM)
        cdef Py_ssize_t batch_end = self.end
        cdef const uint8_t *data = &self.data[0]
        cdef int64_t time = self.time
        cdef int64_t horizon = self.horizon
        cdef Py_ssize_t size
        cdef int count = 0
        cdef Ahead a
        self.look_around(&a)
        row = books
        while count < AHEAD and position < end:
            size = read_plain(&a, data + position, row + 8)
            if size == 0 or position + size > batch_end:
                break
            row += 8
            if row[TIME] > horizon - time:
                break
            time += row[TIME]
            row[TIME] = time
            row[A_START] = position
            position += size
            count += 1
        books[A_NEXT] = 1 if count else 0
        books[A_LAST] = count
        books[A_POSITION] = position
        books[A_THREAD] = self.cursors[cursor, THREAD]
        return count

    @cython.final
    cdef inline int look_around(self, Ahead *a) except -1 nogil:
        """Pointers to what every event needs."""
        a.specs = self.specs
        a.is_linux = self.is_linux
        a.frequency = self.frequency
        a.string_count = <uint64_t>self.string_dense.shape[0]
        a.stack_count = <uint64_t>self.stack_dense.shape[0]
        a.strings = &self.string_dense[0] if a.string_count else NULL
        a.stacks = &self.stack_dense[0] if a.stack_count else NULL
        return 0

    @cython.final
    cdef inline bint nanoseconds(self, uint64_t ticks, int64_t *time) noexcept nogil:
        cdef double exact
        if self.is_linux and ticks >> 52 == 0:
            # Floating point says the same, more slowly.
            time[0] = <int64_t>(ticks << 6)
            return True
        exact = <double>ticks * self.frequency
        if not exact < FAR:
            self.reason = TIME_LONG
            return False
        time[0] = <int64_t>exact
        return True
