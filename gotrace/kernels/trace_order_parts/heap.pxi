# The heap of cursors: `cursors.py`. Its ways decide who goes first of two at the same time.

cdef enum:
    RUN = 16  # places of the heap that are sorted by insertion before they are merged


cdef inline void insert_all(int64_t *heap, int64_t *times, Py_ssize_t count) noexcept nogil:
    """Sort a few places by time, stable."""
    cdef Py_ssize_t place, to
    cdef int64_t cursor, time
    for place in range(1, count):
        cursor = heap[place]
        time = times[place]
        to = place
        while to > 0 and times[to - 1] > time:
            heap[to] = heap[to - 1]
            times[to] = times[to - 1]
            to -= 1
        heap[to] = cursor
        times[to] = time


cdef inline void merge(
    const int64_t *heap,
    const int64_t *times,
    Py_ssize_t middle,
    Py_ssize_t high,
    int64_t *to_heap,
    int64_t *to_times,
) noexcept nogil:
    """Two runs to one: what is before `middle`, and what is from there to `high`."""
    cdef Py_ssize_t left = 0, right = middle, place = 0, taken, is_right
    if middle < high and times[middle - 1] > times[middle]:
        # No branches: which run comes next cannot be foretold. Of equal ones the left.
        while left < middle and right < high:
            is_right = times[right] < times[left]
            taken = right if is_right else left
            to_heap[place] = heap[taken]
            to_times[place] = times[taken]
            right += is_right
            left += 1 - is_right
            place += 1
        if left == middle:
            left = right
    memcpy(to_heap + place, heap + left, (high - place) * sizeof(int64_t))
    memcpy(to_times + place, times + left, (high - place) * sizeof(int64_t))


cdef class _Heap(_Cursors):
    """Cursors by the time of the event they stand before; their times lie beside them."""

    @cython.final
    cdef inline int64_t time_at(self, Py_ssize_t place) except? -1 nogil:
        return self.heap_times[place]

    @cython.final
    cdef int push(self, Py_ssize_t cursor) except -1 nogil:
        self.heap[self.heap_size] = cursor
        self.heap_times[self.heap_size] = self.time
        self.heap_size += 1
        self.sift_up(self.heap_size - 1)
        return 0

    @cython.final
    cdef inline int update(self, Py_ssize_t place) except -1 nogil:
        """Restore the heap after the cursor at `place` went on to another event."""
        if place == 0 or self.sift_up(place) == place:
            self.sift_down(place)
        return 0

    @cython.final
    cdef inline int swap(self, Py_ssize_t one, Py_ssize_t other) except -1 nogil:
        cdef int64_t cursor = self.heap[one]
        cdef int64_t time = self.heap_times[one]
        self.heap[one] = self.heap[other]
        self.heap_times[one] = self.heap_times[other]
        self.heap[other] = cursor
        self.heap_times[other] = time
        return 0

    @cython.final
    cdef Py_ssize_t sift_up(self, Py_ssize_t place) except -1 nogil:
        while place > 0 and self.time_at((place - 1) // 2) > self.time_at(place):
            self.swap(place, (place - 1) // 2)
            place = (place - 1) // 2
        return place

    @cython.final
    cdef inline int sift_down(self, Py_ssize_t place) except -1 nogil:
        cdef Py_ssize_t size = self.heap_size
        cdef Py_ssize_t child = 2 * place + 1
        if child >= size:
            return 0
        # One check for all places below `size`.
        cdef int64_t *heap = &self.heap[size - 1] - (size - 1)
        cdef int64_t *times = &self.heap_times[size - 1] - (size - 1)
        cdef int64_t sinking = heap[place]
        cdef int64_t own = times[place]
        cdef int64_t time
        while child < size:
            # Of two equal children the left one, and none that is not earlier than we.
            if child + 1 < size:
                child += times[child + 1] < times[child]
            time = times[child]
            if time >= own:
                break
            heap[place] = heap[child]
            times[place] = time
            place = child
            child = 2 * place + 1
        heap[place] = sinking
        times[place] = own
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
    cdef Py_ssize_t sort(self) except -1 nogil:
        """Sort the heap by time, stable: what is nearly in order by insertion, the rest by merging.

        While the first has to wait, all are sorted again for every event, and few have moved.
        Returns how many moves that took, or what merging counts for.
        """
        cdef Py_ssize_t size = self.heap_size
        cdef Py_ssize_t moves_left = 4 * size
        cdef Py_ssize_t place, to
        cdef int64_t cursor, time
        for place in range(1, size):
            time = self.heap_times[place]
            if self.heap_times[place - 1] <= time:
                continue
            if moves_left < 0:
                self.sort_by_merging()
                return MERGING * size
            cursor = self.heap[place]
            to = place
            while to > 0 and self.heap_times[to - 1] > time:
                self.heap[to] = self.heap[to - 1]
                self.heap_times[to] = self.heap_times[to - 1]
                to -= 1
            self.heap[to] = cursor
            self.heap_times[to] = time
            moves_left -= place - to
        return 4 * size - moves_left

    @cython.final
    cdef int sort_by_merging(self) except -1 nogil:
        """Short runs by insertion, and runs of growing length merged, to and fro."""
        cdef Py_ssize_t size = self.heap_size
        cdef Py_ssize_t width = RUN
        cdef Py_ssize_t low
        cdef int64_t *heap = &self.heap[size - 1] - (size - 1)
        cdef int64_t *times = &self.heap_times[size - 1] - (size - 1)
        cdef int64_t *to_heap = &self.scratch[2 * size - 1] - (2 * size - 1)
        cdef int64_t *to_times = to_heap + size
        low = 0
        while low < size:
            insert_all(heap + low, times + low, min(RUN, size - low))
            low += RUN
        while width < size:
            low = 0
            while low < size:
                merge(
                    heap + low, times + low, min(width, size - low),
                    min(2 * width, size - low), to_heap + low, to_times + low,
                )
                low += 2 * width
            heap, to_heap = to_heap, heap
            times, to_times = to_times, times
            width *= 2
        if heap != &self.heap[0]:
            memcpy(&self.heap[0], heap, size * sizeof(int64_t))
            memcpy(&self.heap_times[0], times, size * sizeof(int64_t))
        return 0

    @cython.final
    cdef int go_on(self, Py_ssize_t place, Py_ssize_t position) except -1 nogil:
        """Look at the next event of the cursor there, from `position` on, and update the heap."""
        cdef Py_ssize_t cursor = self.heap[place]
        cdef int found
        self.end = self.cursors[cursor, END]
        found = self.look(cursor, &position)
        if found == BROKE:
            return BROKE
        self.store(cursor, position)
        if found == NOT_YET:
            self.drop(place)
        else:
            self.heap_times[place] = self.time
            self.update(place)
        return ADVANCED

    @cython.final
    cdef int turn_over(self, Py_ssize_t place) except -1 nogil:
        """The same behind the last event of a block."""
        cdef Py_ssize_t cursor = self.heap[place]
        cdef const int64_t *block
        if self.read_on(cursor):
            self.heap_times[place] = self.next_time(cursor)
            self.update(place)
            return ADVANCED
        block = self.books(cursor)
        block += 8 * block[A_BLOCK]
        self.time = block[B_TIME]
        return self.go_on(place, block[B_POSITION])
