# The heap of go1.3 to go1.6: `gotrace.model.free_list_heap`.

cdef enum:
    TINY_ROW = 0
    TINY_SLOT = 1
    TINY_OFFSET = 2
    TINY_COLUMNS = 4
    BUSY_LISTS = 128


@cython.final
cdef class FreeListHeap(ListHeap):
    """A P caches whole spans; the free slots of a span are a list in it."""

    cdef public int32_t[::1] cache_spans  # cache * class_count + size class: row
    cdef public int32_t[::1] tiny  # cache * TINY_COLUMNS
    cdef public int32_t[::1] busy  # pages (at most BUSY_LISTS) * 2: first, last
    cdef public bint keeps_swept  # go1.4 on: what is swept for a cache stays with it
    cdef public bint is_page_counting  # go1.5 on: reclaiming counts pages, not spans
    cdef int cache_count  # no cache from here on
    cdef int32_t next_record  # of the background sweeper
    cdef int32_t last_record

    cdef int allocate(self, int cache, int64_t size, bint has_pointers) except -1 nogil:
        cdef int32_t row
        self.is_tiny = self.is_new_span = False
        if size == 0:
            return self.give_zero_base()
        if size > self.m.max_small_bytes:
            row = self.new_span(cache, self.pages_for(size), 0)
            if not row:
                return REFUSED
            list_append(self.m, self.busy, self.busy_list(row), row)
            return self.give_large(row)
        self.cache_count = max(self.cache_count, cache + 1)
        if size < TINY_BYTES and not has_pointers:
            return self.tiny_object(cache, <int>size)
        return self.small(cache, self.m.class_of[((size + 7) >> 3) * 2 + has_pointers])

    cdef int tiny_object(self, int cache, int size) except -1 nogil:
        """`_tiny`: into the block if it fits, else a new one."""
        cdef Py_ssize_t at = cache * TINY_COLUMNS
        cdef int alignment = min(8, size & -size)
        cdef int start = (self.tiny[at + TINY_OFFSET] + alignment - 1) & -alignment
        self.is_tiny = True
        if self.tiny[at + TINY_ROW] and start + size <= TINY_BYTES:
            self.tiny[at + TINY_OFFSET] = start + size
            self.m.tiny_count += 1
            self.m.mallocs_count += 1
            self.row = self.tiny[at + TINY_ROW]
            self.slot = self.tiny[at + TINY_SLOT]
            self.offset = start
            self.is_new_slot = False
            return FINE
        if self.small(cache, self.m.tiny_class) == REFUSED:
            return REFUSED
        if not self.tiny[at + TINY_ROW] or size < self.tiny[at + TINY_OFFSET]:
            self.tiny[at + TINY_ROW] = self.row
            self.tiny[at + TINY_SLOT] = self.slot
            self.tiny[at + TINY_OFFSET] = size
        return FINE

    cdef inline int small(self, int cache, int size_class) except -1 nogil:
        cdef Py_ssize_t held = cache * self.class_count + size_class
        cdef int32_t row = self.cache_spans[held]
        if not row or self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + FREE_COUNT] == 0:
            row = self.cache_span(cache, size_class)
            if not row:
                return REFUSED
            self.cache_spans[held] = row
        return self.give(row, self.pop_free(<Py_ssize_t>row << ROW_SHIFT))

    cdef int32_t cache_span(self, int cache, int size_class) except -1 nogil:
        """`MCentral_CacheSpan`; 0 when the address space is used up."""
        cdef int32_t row
        while True:
            row = self.first(size_class, NONEMPTY)
            if not row:
                row = self.first_unswept(size_class)
            if not row:
                row = self.new_span(cache, self.class_pages(size_class), size_class)
                if not row:
                    return 0
                self.is_new_span = True
                self.put_first(row, NONEMPTY)
            if self.keeps_swept:
                self.empty_last(row)
                if self.is_unswept(row):
                    self.sweep_list(row)
                if self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + FREE_COUNT]:
                    return row
            elif self.is_unswept(row):
                self.sweep(row)  # afterwards it may be elsewhere: look again
            else:
                self.empty_last(row)
                return row

    cdef int32_t first_unswept(self, int size_class) except -1 nogil:
        """The first of `empty` if it needs sweeping; it goes to the end."""
        cdef int32_t row = self.first(size_class, EMPTY)
        if not row or not self.is_unswept(row):
            return 0
        self.empty_last(row)
        return row

    cdef int32_t new_span(self, int cache, int64_t npages, int size_class) except -1 nogil:
        self.reclaim(npages)
        return self.take_pages(cache, npages, size_class)

    cdef int begin_mark(self) except -1 nogil:
        while self.sweep_one() >= 0:
            pass
        self.m.is_marking = True
        return 0

    cdef int64_t end_mark(self) except -1 nogil:
        """Caches are flushed, and all spans need sweeping."""
        cdef int64_t gone_bytes
        cdef int cache
        for cache in range(self.cache_count):
            self.flush(cache)
        self.cache_count = 0
        gone_bytes = self.find_dead()
        self.m.is_marking = False
        self.m.generation += 2
        self.next_record = 1
        self.last_record = self.m.last_row
        while (
            self.last_record > 0
            and self.m.rows[(<Py_ssize_t>self.last_record << ROW_SHIFT) + SPAN_CLASS] < 0
        ):
            self.last_record -= 1
        return gone_bytes

    cdef int flush(self, int cache) except -1 nogil:
        """Spans with free slots to the front of `nonempty`."""
        cdef Py_ssize_t held, at
        cdef int32_t row
        for held in range(cache * self.class_count, (cache + 1) * self.class_count):
            row = self.cache_spans[held]
            if row:
                self.cache_spans[held] = 0
                if self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + FREE_COUNT]:
                    self.put_first(row, NONEMPTY)
        at = cache * TINY_COLUMNS
        self.tiny[at + TINY_ROW] = self.tiny[at + TINY_SLOT] = self.tiny[at + TINY_OFFSET] = 0
        return 0

    # Sweeping.

    cdef inline bint is_unswept(self, int32_t row) except -1 nogil:
        return self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + GENERATION] != self.m.generation

    cdef int64_t sweep_one(self) except -2 nogil:
        """The next span of the background's: pages freed, -1 at the end."""
        cdef int32_t row
        cdef Py_ssize_t at
        cdef int64_t npages
        while self.next_record <= self.last_record:
            row = self.next_record
            self.next_record += 1
            at = <Py_ssize_t>row << ROW_SHIFT
            if self.m.rows[at + SPAN_CLASS] >= 0 and self.is_unswept(row):
                npages = self.m.rows[at + NPAGES]
                return npages if self.sweep(row) else 0
        return -1

    cdef bint sweep_list(self, int32_t row) except -1 nogil:
        """`_sweep_slots`: dead slots to the front of the span's list, the lowest first."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int32_t dead = self.m.rows[at + DEAD_COUNT]
        cdef int part = (self.m.rows[at + SLOT_COUNT] - 1) >> 6
        cdef Py_ssize_t word
        cdef uint64_t bits
        cdef int slot
        self.m.rows[at + GENERATION] = self.m.generation
        if not dead:
            return False
        while part >= 0:
            word = self.m.rows[at + WORDS] + part * SET_COUNT
            bits = self.m.words[word + DEAD]
            self.m.words[word + ALLOCATED] &= ~bits
            self.m.words[word + DEAD] = 0
            while bits and self.m.rows[at + SIZE_CLASS]:
                slot = 63 - leading_zeros(bits)
                bits ^= (<uint64_t>1) << slot
                self.push_free(at, part * 64 + slot)
            part -= 1
        self.m.rows[at + ALLOCATED_COUNT] -= dead
        self.m.rows[at + DEAD_COUNT] = 0
        self.m.frees_count += dead
        return True

    cdef bint sweep(self, int32_t row) except -1 nogil:
        """`MSpan_Sweep`: True if the span went back to the page heap."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        if not self.sweep_list(row):
            return False
        if self.m.rows[at + SIZE_CLASS] == 0:
            list_remove(self.m, self.busy, self.busy_list(row), row)
            self.release(row)
            return True
        if self.m.rows[at + FREE_COUNT] == self.m.rows[at + SLOT_COUNT]:
            self.unlink(row)
            self.release(row)
            return True
        if self.m.rows[at + IN_LIST] == EMPTY:
            self.put_first(row, NONEMPTY)
        return False

    cdef int reclaim(self, int64_t npages) except -1 nogil:
        """`MHeap_Reclaim`: before pages are taken, try to free as many."""
        cdef int64_t found = 0
        cdef int64_t freed
        cdef int size
        if self.next_record > self.last_record:
            return 0
        for size in range(min(npages, <int64_t>BUSY_LISTS), BUSY_LISTS + 1):
            if self.reclaim_list(size, npages):
                return 0
        for size in range(min(npages, <int64_t>BUSY_LISTS)):
            found += self.reclaim_list(size, npages - found)
            if found >= npages:
                return 0
        while found < npages:
            freed = self.sweep_one()
            if freed < 0:
                break
            found += freed
        return 0

    cdef int64_t reclaim_list(self, int size, int64_t npages) except -1 nogil:
        """Sweep a busy list until enough is free; gives how much: pages, or spans."""
        cdef int32_t row = self.busy[2 * size]
        cdef int64_t found = 0
        cdef int64_t pages
        while row and found < npages and self.is_unswept(row):
            list_remove(self.m, self.busy, size, row)
            list_append(self.m, self.busy, size, row)
            pages = self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + NPAGES]
            if self.sweep(row):
                found += pages if self.is_page_counting else 1
            row = self.busy[2 * size]
        return found

    cdef inline Py_ssize_t busy_list(self, int32_t row) except -1 nogil:
        return min(self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + NPAGES], <int32_t>BUSY_LISTS)
