# Cursors and their heap: `cursors.py` and `run.py`.

@cython.final
cdef class _Run(_Plain):
    """One call."""

    @cython.final
    cdef int begin_all(self) except -1 nogil:
        cdef Py_ssize_t cursor
        cdef Py_ssize_t position
        cdef int found
        for cursor in range(self.progress[BEGUN], self.cursors.shape[0]):
            position = self.load(cursor)
            found = self.look(cursor, &position)
            self.store(cursor, position)
            if found == BROKE:
                return BROKEN
            if found == ADVANCED:
                self.push(cursor)
            self.progress[BEGUN] += 1
        return DONE

    @cython.final
    cdef int order_all(self) except -1 nogil:
        cdef int found
        cdef int status
        while self.heap_size or self.sample < self.samples.shape[0]:
            status = self.check_room()
            if status != DONE:
                return status
            if self.write_plain() == BROKE:
                return BROKEN
            if self.row > self.last_row:
                continue
            found = ADVANCED
            if self.sample < self.samples.shape[0] and (
                not self.heap_size or self.samples[self.sample, 0] < self.time_at(0)
            ):
                found = self.put_out_sample()
            elif self.heap_size:
                found = self.advance(0)
                if found == NOT_YET:
                    found = self.try_others()
            if found == ROOM:
                return FULL_PROCS
            if found == WEARY:
                return TIRED
            if found == BROKE:
                return BROKEN
        return DONE

    @cython.final
    cdef int try_others(self) except -1 nogil:
        """The first has to wait: who of the others can go on?"""
        cdef Py_ssize_t place
        cdef int found
        if self.sort_them() == WEARY:
            return WEARY
        for place in range(1, self.heap_size):
            if not self.may_try(place):
                break
            if self.progress[ATTEMPTS] == 0:
                return WEARY
            self.progress[ATTEMPTS] -= 1
            found = self.advance(place)
            if found != NOT_YET:
                return found
        return self.stuck()

    @cython.final
    cdef int sort_them(self) except -1 nogil:
        """Sort the threads by time, which is work enough to be counted if they are many."""
        cdef int64_t work
        if self.heap_size <= FEW:
            self.sort()
            return ADVANCED
        work = self.heap_size // SORTED_AT_ONCE
        if self.progress[ATTEMPTS] < work:
            return WEARY
        work += self.sort() // MOVED_AT_ONCE
        self.progress[ATTEMPTS] -= min(work, <int64_t>self.progress[ATTEMPTS])
        return ADVANCED

    @cython.final
    cdef bint may_try(self, Py_ssize_t place) except -1 nogil:
        """Whether the cursor there may go before the first: in a damaged generation not for long."""
        if self.mode != DAMAGED and self.progress[LOST_BATCHES] == 0:
            return True
        return self.time_at(place) - self.time_at(0) <= PATIENCE_NS

    @cython.final
    cdef inline int check_room(self) except -1 nogil:
        """One event takes at most a row of each table."""
        if self.row > self.last_row:
            self.last_row = self.rows_with_room()
            if self.row > self.last_row:
                return FULL_COLUMNS
        if not self.took_row:
            return DONE
        if not self.goroutines.has_room():
            return FULL_GOROUTINES
        if not self.threads.has_room():
            return FULL_THREADS
        if not self.tasks.has_room():
            return FULL_TASKS
        if (
            self.regions[0, FIRST_FREE] == 0
            and self.regions[0, LAST_USED] + 1 >= <uint64_t>self.regions.shape[0]
        ):
            return FULL_REGIONS
        self.took_row = False
        return DONE

    @cython.final
    cdef Py_ssize_t rows_with_room(self) noexcept nogil:
        """The last row that has room, as every event before it may have the most arguments."""
        cdef Py_ssize_t arguments = self.arguments.shape[0] - self.used
        if arguments < MOST_EVENTS * MOST_ARGUMENTS:
            return -1
        return min(
            self.times.shape[0] - MOST_EVENTS,
            self.row + arguments // MOST_ARGUMENTS - MOST_EVENTS,
        )

    @cython.final
    cdef int put_out_sample(self) except -1 nogil:
        self.thread_id = <uint64_t>self.samples[self.sample, 1]
        self.proc_id = <uint64_t>self.samples[self.sample, 2]
        self.goroutine_id = <uint64_t>self.samples[self.sample, 3]
        self.time = self.samples[self.sample, 0]
        if self.write(CPU_SAMPLE, <int32_t>self.samples[self.sample, 4]) == BROKE:
            return self.say(CPU_SAMPLE, 0)
        self.sample += 1
        self.is_stale = True
        return ADVANCED

    @cython.final
    cdef int advance(self, Py_ssize_t place) except -1 nogil:
        """Try the event of the cursor at this place of the heap; go on to its next one."""
        cdef Py_ssize_t cursor = self.heap[place]
        cdef int64_t *books = self.books(cursor)
        cdef const int64_t *row = self.row_at_hand(cursor)
        cdef int found
        if cursor != self.at_hand:
            self.at_hand = cursor
            self.is_stale = True
        if row == NULL:
            return self.advance_slowly(place)
        self.take(row)
        found = self.decide(self.cursors[cursor, THREAD])
        if found != ADVANCED:
            return found
        if books[A_NEXT] == books[A_LAST]:
            return self.turn_over(place)
        books[A_NEXT] += 1
        self.heap_times[place] = row[8 + TIME]
        self.update(place)
        return ADVANCED

    @cython.final
    cdef int advance_slowly(self, Py_ssize_t place) except -1 nogil:
        """The same for an event that was not read ahead."""
        cdef Py_ssize_t cursor = self.heap[place]
        cdef Py_ssize_t position = self.load(cursor)
        cdef int found = self.decode(&position)
        if found == BROKE:
            if self.lose() == BROKE:
                return BROKE
            position = self.end
        else:
            found = self.decide(self.cursors[cursor, THREAD])
            if found != ADVANCED:
                return found
            self.unknown_ids += self.unknown
        return self.go_on(place, position)

    @cython.final
    cdef inline int take(self, const int64_t *row) noexcept nogil:
        """Have an event at hand that was read ahead."""
        self.time = row[TIME]
        self.kind = <int>(row[A_KIND] & 0xFF)
        self.arg_count = <int>(row[A_KIND] >> 8)
        self.stack = <int32_t>row[A_STACK]
        self.start = row[A_START]
        self.args[0] = <uint64_t>row[A_ARGUMENTS]
        self.args[1] = <uint64_t>row[A_ARGUMENTS + 1]
        self.args[2] = <uint64_t>row[A_ARGUMENTS + 2]
        self.args[3] = <uint64_t>row[A_ARGUMENTS + 3]
        return 0

    @cython.final
    cdef int stuck(self) except -1 nogil:
        """Nobody can go on: the first in time is to blame."""
        cdef const int64_t *row = self.row_at_hand(self.heap[0])
        if row != NULL:
            self.take(row)
        else:
            self.load(self.heap[0])
        self.reason = STUCK
        return self.loosen()
