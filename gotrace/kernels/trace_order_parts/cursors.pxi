# Cursors, event by event: `cursors.py` and `run.py`. What is plain is read ahead: `ahead.pxi`.

cdef class _Cursors(_Ahead):
    """The cursor at hand, and the events it stands before."""

    @cython.final
    cdef inline Py_ssize_t load(self, Py_ssize_t cursor) except -1 nogil:
        """Have a cursor at hand; returns where the arguments of its event are."""
        # One check for the row: that it has eight columns was checked before.
        cdef const int64_t *row = &self.cursors[cursor, 0]
        self.time = row[TIME]
        self.kind = <int>(row[TYPE] & 0xFF)
        self.start = row[START]
        self.end = row[END]
        return row[ARGUMENTS]

    @cython.final
    cdef inline int store(self, Py_ssize_t cursor, Py_ssize_t position) except -1 nogil:
        cdef int64_t *row = &self.cursors[cursor, 0]
        row[TIME] = self.time
        row[TYPE] = self.kind
        row[ARGUMENTS] = position
        row[START] = self.start
        row[END] = self.end
        return 0

    @cython.final
    cdef int look(self, Py_ssize_t cursor, Py_ssize_t *position) except -1 nogil:
        """Look at the next event that can be read; NOT_YET at the end of the cursor.

        The position moves from where the event may begin to where its arguments do.
        """
        cdef int found = self.look_at(cursor, position)
        while found == BROKE:
            if self.lose() == BROKE:
                return BROKE
            position[0] = self.end
            found = self.look_at(cursor, position)
        return found

    @cython.final
    cdef int look_at(self, Py_ssize_t cursor, Py_ssize_t *at) except -1 nogil:
        """Look at the event there, or at the first of the next batch that has any."""
        cdef Py_ssize_t position = at[0]
        cdef uint64_t ticks = 0
        cdef int64_t time = 0
        cdef int kind, reason
        cdef bint is_new_batch = position == self.end
        self.start = position
        if is_new_batch:
            kind = self.next_batch(cursor)
            if kind != ADVANCED:
                return kind
            position = self.start
        if self.start_reading(cursor, position, is_new_batch):
            self.time = self.next_time(cursor)
            return ADVANCED
        kind = self.data[position]
        if self.reading.a.specs[kind] == 0:
            return self.broke(BAD_TYPE)
        position += 1
        reason = number(self.data, &position, self.end, &ticks)
        if reason != FINE:
            return self.broke(reason)
        if not self.nanoseconds(ticks, &time):
            return BROKE
        if time > self.horizon - self.time:
            return self.broke(TIME_LONG)
        self.time += time
        self.kind = kind
        at[0] = position
        return ADVANCED

    @cython.final
    cdef int next_batch(self, Py_ssize_t cursor) except -1 nogil:
        """Go to the next batch that is not empty; NOT_YET if there is none."""
        cdef Py_ssize_t batch = 0
        while self.start == self.end:
            batch = self.cursors[cursor, BATCH]
            if batch == self.cursors[cursor, LAST_BATCH]:
                return NOT_YET
            self.cursors[cursor, BATCH] = batch + 1
            self.start = self.batches[batch, 0]
            self.end = self.batches[batch, 1]
        return ADVANCED if self.nanoseconds(self.batch_times[batch], &self.time) else BROKE

    @cython.final
    cdef int lose(self) except -1 nogil:
        """Give up the rest of a batch, from the event at hand on."""
        if not self.lenient:
            return self.say(self.data[self.start], self.start)
        if self.progress[LOST_OFFSET] < 0:
            self.progress[LOST_OFFSET] = self.start
            self.progress[LOST_REASON] = self.reason
        self.progress[LOST_BATCHES] += 1
        self.progress[LOST_BYTES] += self.end - self.start
        return ADVANCED

    @cython.final
    cdef inline int decode(self, Py_ssize_t *at) except -1 nogil:
        """The arguments of the event at hand, which begin at `at`; it moves behind them."""
        cdef Py_ssize_t position = at[0]
        cdef uint64_t value = 0
        cdef int meaning, reason
        cdef int count = 0
        cdef uint32_t spec = self.reading.a.specs[self.kind]
        cdef uint32_t left = (spec >> 1) & 7
        cdef int32_t row
        self.stack = -1
        self.unknown = 0
        spec >>= 4
        while left:
            left -= 1
            reason = number(self.data, &position, self.end, &value)
            if reason != FINE:
                return self.broke(reason)
            meaning = spec & 3
            spec >>= 2
            if meaning == 0:
                self.args[count] = value
                count += 1
                continue
            row = 0 if meaning == STRING else -1
            if value:
                row = self.resolve(meaning, value)
                if row < 0:
                    self.unknown += 1
                    if not self.lenient:
                        return self.broke(STRING_UNKNOWN if meaning == STRING else STACK_UNKNOWN)
            if meaning == MAIN_STACK:
                self.stack = row
            else:
                self.args[count] = <uint64_t><int64_t>row
                count += 1
        self.arg_count = count
        at[0] = position
        return ADVANCED

    @cython.final
    cdef inline int32_t resolve(self, int meaning, uint64_t key) except? -2 nogil:
        """The row of a string or stack, -1 for none."""
        if meaning == STRING:
            if key < <uint64_t>self.string_dense.shape[0]:
                return self.string_dense[key]
            return search(self.string_ids, self.string_rows, key)
        if key < <uint64_t>self.stack_dense.shape[0]:
            return self.stack_dense[key]
        return search(self.stack_ids, self.stack_rows, key)

    @cython.final
    cdef inline int64_t next_time(self, Py_ssize_t cursor) except? -1 nogil:
        """The time of the event that a cursor stands before."""
        cdef const int64_t *row = self.row_at_hand(cursor)
        return row[TIME] if row != NULL else self.cursors[cursor, TIME]
