# Reading ahead, for who orders: `blocks.pxi` says how.

cdef class _Ahead(_Scheduler):
    """Has a thread's next events at hand."""

    @cython.final
    cdef inline int64_t *books(self, Py_ssize_t cursor) except NULL nogil:
        if <size_t>cursor >= <size_t>self.reading.a.cursor_count:
            with gil:
                raise IndexError("a cursor that is not there")
        return books_of(&self.reading.a, cursor)

    @cython.final
    cdef inline const int64_t *row_at_hand(self, Py_ssize_t cursor) except? NULL nogil:
        """The row of the cursor's next event; NULL if it was not read ahead."""
        cdef const int64_t *books = self.books(cursor)
        if books[A_NEXT] == 0:
            return NULL
        if not 0 < books[A_NEXT] <= books[A_LAST] < area_rows(&self.reading.a):
            with gil:
                raise IndexError("an event that is not there")
        return books + 8 * books[A_NEXT]

    @cython.final
    cdef bint start_reading(
        self, Py_ssize_t cursor, Py_ssize_t position, bint is_new_batch
    ) except -1 nogil:
        """Read on from `position`, counting from `time`; False if the next event is not plain."""
        cdef int64_t *books = self.books(cursor)
        cdef bint is_helped = books[A_BATCH] >= 0
        if position < 0 or self.end > self.reading.a.size:
            with gil:
                raise IndexError("a batch outside of its generation")
        books[A_THREAD] = self.cursors[cursor, THREAD]
        books[A_END] = self.end
        books[A_BATCH] = -1
        if is_new_batch and self.reading.a.block_count:
            books[A_BATCH] = self.cursors[cursor, BATCH] - 1
            if self.take_block(books) or is_helped and self.wait_for_block(books):
                return True
            self.leave_batch(books)
        return self.read_own(books, position, self.time)

    @cython.final
    cdef bint read_on(self, Py_ssize_t cursor) except -1 nogil:
        """Go to the next block; False if there is none, as the next event is not plain."""
        cdef int64_t *books = self.books(cursor)
        cdef int64_t *block = books + 8 * books[A_BLOCK]
        cdef Py_ssize_t position = block[B_POSITION]
        cdef int64_t time = block[B_TIME]
        if block[B_COUNT] < AHEAD or position == books[A_END]:
            books[A_NEXT] = 0
            return False
        if books[A_BATCH] >= 0:
            if self.take_block(books) or self.wait_for_block(books):
                return True
            self.leave_batch(books)
        return self.read_own(books, position, time)

    @cython.final
    cdef bint wait_for_block(self, int64_t *books) noexcept nogil:
        """Give the helper, who is at it, the time to finish a block; False if he does not."""
        cdef int looks
        for looks in range(PATIENCE):
            pause()
            if self.take_block(books):
                return True
        return False

    @cython.final
    cdef inline void leave_batch(self, int64_t *books) noexcept nogil:
        """Decode the rest of the batch ourselves."""
        publish(&books[8 * DESK + D_BATCH], books[A_BATCH] + 1)
        books[A_BATCH] = -1

    @cython.final
    cdef bint read_own(self, int64_t *books, Py_ssize_t position, int64_t time) noexcept nogil:
        """Have the next block at hand, decoded here."""
        cdef int count = fill(
            &self.reading.a, books + 8 * OWN_BLOCK, position, books[A_END], time
        )
        books[A_BLOCK] = OWN_BLOCK
        books[A_NEXT] = OWN_BLOCK + 1 if count else 0
        books[A_LAST] = OWN_BLOCK + count
        return count > 0

    @cython.final
    cdef inline bint take_block(self, int64_t *books) noexcept nogil:
        """Have the helper's next block of the batch at hand; False if there is none yet."""
        cdef int64_t *used = books + 8 * DESK + D_USED
        cdef const int64_t *block
        cdef Py_ssize_t row
        publish(used, books[A_TAKEN])
        while seen(&books[8 * SHELF + F_FILLED]) > books[A_TAKEN]:
            row = shelf_row(&self.reading.a, books[A_TAKEN])
            block = books + 8 * row
            if block[B_BATCH] > books[A_BATCH]:
                break
            books[A_TAKEN] += 1
            if block[B_BATCH] == books[A_BATCH]:
                books[A_BLOCK] = row
                books[A_NEXT] = row + 1
                books[A_LAST] = row + block[B_COUNT]
                return True
            publish(used, books[A_TAKEN])
        return False

    @cython.final
    cdef inline bint nanoseconds(self, uint64_t ticks, int64_t *time) noexcept nogil:
        if to_nanoseconds(&self.reading.a, ticks, time):
            return True
        self.reason = TIME_LONG
        return False
