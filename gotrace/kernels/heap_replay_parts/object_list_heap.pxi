# The heap of go1.0: `gotrace.model.object_list_heap`. An object of a cache's list is a number, see
# `list_spans.pxi`.

cdef enum:
    MAX_LIST_LENGTH = 256
    MAX_CACHE_BYTES = 2 << 20
    # Columns of `caches`, for each M and size class.
    L_HEAD = 0
    L_COUNT = 1
    L_LOW_WATER = 2
    L_COLUMNS = 4


cdef inline int64_t transfer_count(int64_t slot_bytes) noexcept nogil:
    """How many objects move at once."""
    return min(max((64 << 10) // max(slot_bytes, <int64_t>1), <int64_t>2), <int64_t>32)


@cython.final
cdef class ObjectListHeap(ListHeap):
    """Objects in lists, one cache for each M."""

    cdef public int64_t[::1] caches  # (cache * class_count + size class) * L_COLUMNS
    cdef public int64_t[::1] cache_bytes
    cdef public int32_t[::1] order  # the Ms, in the order in which they came
    cdef public uint8_t[::1] has_cache
    cdef int cache_count
    cdef int last_cache

    cdef int allocate(self, int cache, int64_t size, bint has_pointers) except -1 nogil:
        cdef int32_t row
        cdef uint64_t item
        self.is_tiny = self.is_new_span = False
        if size == 0 and self.m.has_zero_base:
            return self.give_zero_base()
        self.last_cache = cache
        if size > self.m.max_small_bytes:
            row = self.take_pages(cache, self.pages_for(size), 0)
            return self.give_large(row) if row else REFUSED
        item = self.pop(cache, self.m.class_of[((size + 7) >> 3) * 2])
        if not item:
            return REFUSED
        return self.give(<int32_t>(item >> OBJECT_SHIFT), <int>(item & SLOT_MASK))

    cdef int begin_mark(self) except -1 nogil:
        self.m.is_marking = True
        return 0

    cdef int64_t end_mark(self) except -1 nogil:
        """Sweep all at once, newest row first; then all caches are emptied."""
        cdef int64_t gone_bytes = self.find_dead()
        cdef int32_t row = self.m.last_row
        cdef Py_ssize_t at
        cdef int place
        self.m.is_marking = False
        while row > 0:
            at = <Py_ssize_t>row << ROW_SHIFT
            if self.m.rows[at + SPAN_CLASS] >= 0 and self.m.rows[at + DEAD_COUNT]:
                self.free_dead(row)
            row -= 1
        place = self.cache_count  # now: the dead may have gone to a new one
        while place > 0:
            place -= 1
            self.flush(self.order[place])
        return gone_bytes

    cdef int free_dead(self, int32_t row) except -1 nogil:
        """All dead slots of a span, upwards; with the last one the span may go."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef Py_ssize_t word = self.m.rows[at + WORDS]
        cdef int32_t left = self.m.rows[at + DEAD_COUNT]
        cdef int start = 0
        cdef uint64_t bits
        self.m.rows[at + DEAD_COUNT] = 0
        while left > 0:
            bits = self.m.words[word + DEAD]
            self.m.words[word + DEAD] = 0
            while bits:
                left -= 1
                self.free_slot(row, start + lowest_bit(bits), self.last_cache)
                bits &= bits - 1
            start += 64
            word += SET_COUNT
        return 0

    cdef int flush(self, int cache) except -1 nogil:
        """`MCache_ReleaseAll`."""
        cdef Py_ssize_t at
        cdef int size_class
        for size_class in range(1, self.class_count):
            at = (cache * self.class_count + size_class) * L_COLUMNS
            if self.caches[at + L_COUNT]:
                self.give_back(cache, size_class, self.caches[at + L_COUNT])
            self.caches[at + L_LOW_WATER] = 0
        return 0

    # Caches.

    cdef inline int meet(self, int cache) except -1 nogil:
        """The cache may be new."""
        if not self.has_cache[cache]:
            self.has_cache[cache] = 1
            self.order[self.cache_count] = cache
            self.cache_count += 1
        return 0

    cdef inline uint64_t pop(self, int cache, int size_class) except? 1 nogil:
        """The head of the list, filled if it was empty; 0: the address space is used up."""
        cdef Py_ssize_t at = (cache * self.class_count + size_class) * L_COLUMNS
        cdef uint64_t item
        self.meet(cache)
        if not self.caches[at + L_COUNT] and not self.take_batch(cache, size_class):
            return 0
        item = <uint64_t>self.caches[at + L_HEAD]
        self.caches[at + L_HEAD] = <int64_t>self.m.words[self.link(item)]
        self.caches[at + L_COUNT] -= 1
        self.caches[at + L_LOW_WATER] = min(self.caches[at + L_LOW_WATER], self.caches[at + L_COUNT])
        self.cache_bytes[cache] -= self.slot_size(size_class)
        return item

    cdef inline int64_t slot_size(self, int size_class) except -1 nogil:
        return self.m.classes[(size_class << CLASS_SHIFT) + C_SLOT_BYTES]

    cdef int free_slot(self, int32_t row, int slot, int cache) except -1 nogil:
        cdef Py_ssize_t row_at = <Py_ssize_t>row << ROW_SHIFT
        cdef int size_class = self.m.rows[row_at + SIZE_CLASS]
        cdef Py_ssize_t at = (cache * self.class_count + size_class) * L_COLUMNS
        self.drop(row_at, slot)
        if size_class == 0:
            return self.release(row)
        self.meet(cache)
        self.m.words[self.link_of(row_at, slot)] = <uint64_t>self.caches[at + L_HEAD]
        self.caches[at + L_HEAD] = (<int64_t>row << OBJECT_SHIFT) | slot
        self.caches[at + L_COUNT] += 1
        self.cache_bytes[cache] += self.slot_size(size_class)
        if self.caches[at + L_COUNT] >= MAX_LIST_LENGTH:
            self.give_back(cache, size_class, transfer_count(self.slot_size(size_class)))
        if self.cache_bytes[cache] >= MAX_CACHE_BYTES:
            self.scavenge(cache)
        return 0

    cdef int scavenge(self, int cache) except -1 nogil:
        """Half of what each list never needed since the last time goes back."""
        cdef Py_ssize_t at
        cdef int size_class
        for size_class in range(1, self.class_count):
            at = (cache * self.class_count + size_class) * L_COLUMNS
            if self.caches[at + L_LOW_WATER] > 0:
                self.give_back(
                    cache, size_class, max(self.caches[at + L_LOW_WATER] // 2, <int64_t>1)
                )
            self.caches[at + L_LOW_WATER] = self.caches[at + L_COUNT]
        return 0

    cdef int give_back(self, int cache, int size_class, int64_t count) except -1 nogil:
        """`_release`: the first `count` objects of the list, the last freed first."""
        cdef Py_ssize_t at = (cache * self.class_count + size_class) * L_COLUMNS
        cdef uint64_t item
        cdef int64_t left = self.caches[at + L_COUNT] - count
        self.caches[at + L_COUNT] = left
        self.caches[at + L_LOW_WATER] = min(self.caches[at + L_LOW_WATER], left)
        self.cache_bytes[cache] -= count * self.slot_size(size_class)
        while count > 0:
            item = <uint64_t>self.caches[at + L_HEAD]
            self.caches[at + L_HEAD] = <int64_t>self.m.words[self.link(item)]
            return_object(self, item)
            count -= 1
        return 0

    # The central lists.

    cdef bint take_batch(self, int cache, int size_class) except -1 nogil:
        """`MCentral_AllocList`, into the cache's empty list; False: no address space is left."""
        cdef Py_ssize_t at = (cache * self.class_count + size_class) * L_COLUMNS
        cdef int64_t wanted = transfer_count(self.slot_size(size_class))
        cdef int64_t count = 0
        cdef int32_t row = self.first(size_class, NONEMPTY)
        cdef uint64_t item
        cdef uint64_t last = 0
        if not row:
            row = self.take_pages(cache, self.class_pages(size_class), size_class)
            if not row:
                return False
            self.put_first(row, NONEMPTY)
            self.is_new_span = True
        while count < wanted and row:
            item = pop_object(self, row)
            if last:
                self.m.words[self.link(last)] = item
            else:
                self.caches[at + L_HEAD] = <int64_t>item
            last = item
            count += 1
            row = self.first(size_class, NONEMPTY)
        self.m.words[self.link(last)] = 0
        self.caches[at + L_COUNT] = count
        self.cache_bytes[cache] += count * self.slot_size(size_class)
        return True


cdef inline uint64_t pop_object(ListHeap heap, int32_t row) except? 1 nogil:
    """The head of a span's list; the span may be empty then."""
    cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
    cdef uint64_t item = (<uint64_t>row << OBJECT_SHIFT) | <uint64_t>heap.pop_free(at)
    if not heap.m.rows[at + FREE_COUNT]:
        heap.put_first(row, EMPTY)
    return item


cdef inline int return_object(ListHeap heap, uint64_t item) except -1 nogil:
    """To the head of its span's list; an empty span leaves."""
    cdef int32_t row = <int32_t>(item >> OBJECT_SHIFT)
    cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
    if not heap.m.rows[at + FREE_COUNT]:
        heap.put_first(row, NONEMPTY)
    heap.push_free(at, <int>(item & SLOT_MASK))
    if heap.m.rows[at + FREE_COUNT] == heap.m.rows[at + SLOT_COUNT]:
        heap.unlink(row)
        return heap.release(row)
    return 0
