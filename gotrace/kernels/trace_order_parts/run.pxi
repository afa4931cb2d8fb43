# Cursors and their heap: `cursors.py` and `run.py`.

@cython.final
cdef class _Run(_Scheduler):
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
                self.heap[self.heap_size] = cursor
                self.heap_size += 1
                self.sift_up(self.heap_size - 1)
            self.progress[BEGUN] += 1
        return DONE

    @cython.final
    cdef int order_all(self) except -1 nogil:
        cdef int found
        cdef int status
        cdef Py_ssize_t place
        while self.heap_size or self.sample < self.samples.shape[0]:
            status = self.check_room()
            if status != DONE:
                return status
            if self.sample < self.samples.shape[0] and (
                not self.heap_size or self.samples[self.sample, 0] < self.time_at(0)
            ):
                found = self.put_out_sample()
            else:
                found = self.advance(0, self.time_until())
                if found == NOT_YET:
                    self.sort()
                    place = 1
                    while found == NOT_YET and place < self.heap_size and self.may_try(place):
                        found = self.advance(place, -1)
                        place += 1
                    if found == NOT_YET:
                        found = self.stuck()
            if found == ROOM:
                return FULL_PROCS
            if found == BROKE:
                return BROKEN
        return DONE

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
        return ADVANCED

    @cython.final
    cdef inline int64_t time_at(self, Py_ssize_t place) except? -1 nogil:
        return self.cursors[self.heap[place], TIME]

    @cython.final
    cdef int64_t time_until(self) except? -1 nogil:
        """The time until which the top of the heap stays the next: others, samples come then."""
        cdef int64_t time = LAST_TIME_OF_ALL
        if self.heap_size > 1:
            time = self.time_at(1)
        if self.heap_size > 2:
            time = min(time, self.time_at(2))
        if self.sample < self.samples.shape[0]:
            time = min(time, self.samples[self.sample, 0])
        return time

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
    cdef int advance(self, Py_ssize_t place, int64_t until) except -1 nogil:
        """Try the event of the cursor at this place of the heap; go on to its next one.

        And to the ones after that, while they are not later than `until` and there is room.
        """
        cdef Py_ssize_t cursor = self.heap[place]
        cdef Py_ssize_t thread = self.cursors[cursor, THREAD]
        cdef Py_ssize_t position = self.load(cursor)
        cdef Py_ssize_t arguments
        cdef int found = ADVANCED
        cdef bint is_new = thread != 0 and self.thread_table[thread, M_SEEN] == 0
        self.is_stale = True
        while True:
            arguments = position
            found = self.decode(&position)
            if found == BROKE:
                if self.lose() == BROKE:
                    return BROKE
                position = self.end
            else:
                if is_new:
                    self.see(thread)
                    is_new = False
                found = self.decide(thread)
                if found != ADVANCED:
                    self.store(cursor, arguments)
                    return found
                if self.unknown:
                    self.unknown_ids += self.unknown
            found = self.look(cursor, &position)
            if found != ADVANCED or self.time > until:
                break
            if self.took_row or self.row > self.last_row:
                break
        if found == BROKE:
            return BROKE
        self.store(cursor, position)
        if found == NOT_YET:
            self.drop(place)
        elif self.sift_up(place) == place:
            self.sift_down(place)
        return ADVANCED

    @cython.final
    cdef inline int decode(self, Py_ssize_t *at) except -1 nogil:
        """The arguments of the event at hand, which begin at `at`; it moves behind them."""
        cdef Py_ssize_t position = at[0]
        cdef uint64_t value = 0
        cdef int meaning, reason
        cdef int count = 0
        cdef uint32_t spec = self.specs[self.kind]
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
    cdef inline int look(self, Py_ssize_t cursor, Py_ssize_t *position) except -1 nogil:
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
    cdef inline int look_at(self, Py_ssize_t cursor, Py_ssize_t *at) except -1 nogil:
        """Look at the event there, or at the first of the next batch that has any."""
        cdef Py_ssize_t position = at[0]
        cdef uint64_t ticks = 0
        cdef int64_t time = 0
        cdef int kind, reason
        self.start = position
        if position == self.end:
            kind = self.next_batch(cursor)
            if kind != ADVANCED:
                return kind
            position = self.start
        kind = self.data[position]
        if self.specs[kind] == 0:
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
    cdef inline void swap(self, Py_ssize_t one, Py_ssize_t other) noexcept nogil:
        cdef int64_t cursor = self.heap[one]
        self.heap[one] = self.heap[other]
        self.heap[other] = cursor

    @cython.final
    cdef inline Py_ssize_t sift_up(self, Py_ssize_t place) except -1 nogil:
        while place > 0 and self.time_at((place - 1) // 2) > self.time_at(place):
            self.swap(place, (place - 1) // 2)
            place = (place - 1) // 2
        return place

    @cython.final
    cdef inline int sift_down(self, Py_ssize_t place) except -1 nogil:
        cdef Py_ssize_t child = 2 * place + 1
        cdef int64_t sinking, time, other
        if child >= self.heap_size:
            return 0
        sinking = self.heap[place]
        cdef int64_t own = self.cursors[sinking, TIME]
        while child < self.heap_size:
            time = self.time_at(child)
            if child + 1 < self.heap_size:
                other = self.time_at(child + 1)
                # Of two equal children the left one, and none that is not earlier than we.
                if other < time and other < own:
                    time = other
                    child += 1
            if time >= own:
                break
            self.heap[place] = self.heap[child]
            place = child
            child = 2 * place + 1
        self.heap[place] = sinking
        return 0

    @cython.final
    cdef int drop(self, Py_ssize_t place) except -1 nogil:
        while place > 0:
            self.swap(place, (place - 1) // 2)
            place = (place - 1) // 2
        self.heap_size -= 1
        self.swap(0, self.heap_size)
        return self.sift_down(0)

    @cython.final
    cdef int sort(self) except -1 nogil:
        """Sort the heap by time, stable: runs of growing length, merged."""
        cdef Py_ssize_t width = 1
        cdef Py_ssize_t size = self.heap_size
        cdef Py_ssize_t low, middle, high, left, right, place
        while width < size:
            low = 0
            while low < size:
                middle = min(low + width, size)
                high = min(low + 2 * width, size)
                left = low
                right = middle
                for place in range(low, high):
                    if left < middle and (
                        right == high
                        or self.time_at(left) <= self.time_at(right)
                    ):
                        self.scratch[place] = self.heap[left]
                        left += 1
                    else:
                        self.scratch[place] = self.heap[right]
                        right += 1
                low = high
            for place in range(size):
                self.heap[place] = self.scratch[place]
            width *= 2
        return 0

    @cython.final
    cdef int stuck(self) except -1 nogil:
        """Nobody can go on: the first in time is to blame."""
        self.load(self.heap[0])
        self.reason = STUCK
        return self.loosen()

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
