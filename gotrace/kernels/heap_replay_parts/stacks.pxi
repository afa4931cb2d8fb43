# Goroutine stacks: `gotrace.model.stacks`. Starts are in bytes from `Memory.base_page` on.
#
# The row of a span of small stacks counts its free stacks in SLOT_COUNT and those taken in
# ALLOCATED_COUNT; which are free is a stack of their numbers, 4 bits each, in one word.

cdef enum:
    POOLED_SPAN_BYTES = 32 << 10
    MIN_STACK_BITS = 11  # 2 KiB
    POOLED_SPAN_BITS = 15
    STACK_ORDERS = 4  # 2, 4, 8 and 16 KiB
    STACK_SIZES = 32
    CACHED_STACKS = 16  # of one size by one P, at most


@cython.final
cdef class Stacks:
    """All goroutine stacks of a heap."""

    cdef Memory m
    cdef Pages pages
    cdef public int64_t[::1] cached  # (cache * STACK_ORDERS + order) * CACHED_STACKS
    cdef public int32_t[::1] cached_counts
    cdef int32_t[STACK_ORDERS] heads  # spans with free stacks; the first is used next
    cdef int32_t[STACK_SIZES] large_free  # by logarithm: freed during a mark, last one first

    def __init__(self, Memory m not None, Pages pages not None, cached, cached_counts):
        self.m = m
        self.pages = pages
        self.cached = cached
        self.cached_counts = cached_counts

    cdef int64_t allocate(self, int64_t size, int cache) except -1 nogil:
        """Where a stack of `size` begins; -2 when the address space is used up."""
        cdef int bits = lowest_bit(<uint64_t>size)
        cdef int order = bits - MIN_STACK_BITS
        cdef Py_ssize_t held
        cdef int64_t start
        cdef int number
        if size >= POOLED_SPAN_BYTES:
            return self.allocate_large(size, bits, cache)
        if cache < 0:
            return self.from_pool(order, cache)
        held = cache * STACK_ORDERS + order
        if not self.cached_counts[held]:
            for number in range(POOLED_SPAN_BYTES // 2 // size):
                start = self.from_pool(order, cache)
                if start < 0:
                    return start
                self.push(held, start)
        return self.pop(held)

    cdef int64_t allocate_large(self, int64_t size, int bits, int cache) except -1 nogil:
        cdef int32_t row = self.large_free[bits]
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        if row:
            self.large_free[bits] = self.m.rows[at + NEXT]
            self.m.rows[at + NEXT] = 0
        else:
            row = self.new_manual(size // self.m.page_bytes, cache, LARGE_STACK)
            if row < 0:
                return row
            at = <Py_ssize_t>row << ROW_SHIFT
            self.m.page_map[self.m.rows[at + PAGE]] = row
        return self.m.rows[at + PAGE] * self.m.page_bytes

    cdef int free(self, int64_t start, int64_t size, int cache) except -1 nogil:
        """Give a stack back."""
        cdef int bits = lowest_bit(<uint64_t>size)
        cdef Py_ssize_t held
        if size >= POOLED_SPAN_BYTES:
            return self.free_large(start, bits)
        if cache < 0:
            return self.to_pool(start)
        held = cache * STACK_ORDERS + bits - MIN_STACK_BITS
        if self.cached_counts[held] * size >= POOLED_SPAN_BYTES:
            while self.cached_counts[held] * size > POOLED_SPAN_BYTES // 2:
                self.to_pool(self.pop(held))
        return self.push(held, start)

    cdef int free_large(self, int64_t start, int bits) except -1 nogil:
        cdef int32_t row = self.m.page_map[start // self.m.page_bytes]
        if not self.m.is_marking:
            return self.drop_manual(row)
        self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + NEXT] = self.large_free[bits]
        self.large_free[bits] = row
        return 0

    cdef int clear(self, int cache) except -1 nogil:
        """A P's cache is flushed: all its stacks go to the pools."""
        cdef Py_ssize_t held
        for held in range(cache * STACK_ORDERS, (cache + 1) * STACK_ORDERS):
            while self.cached_counts[held]:
                self.to_pool(self.pop(held))
        return 0

    cdef int free_spans(self) except -1 nogil:
        """After a mark: what could not be given back while it ran."""
        cdef int32_t row, following
        cdef Py_ssize_t at
        cdef int order, bits
        for order in range(STACK_ORDERS):
            row = self.heads[order]
            while row:
                at = <Py_ssize_t>row << ROW_SHIFT
                following = self.m.rows[at + NEXT]
                if self.m.rows[at + ALLOCATED_COUNT] == 0:
                    self.unlink(order, row)
                    self.drop(row)
                row = following
        for bits in range(POOLED_SPAN_BITS, STACK_SIZES):
            while self.large_free[bits]:
                row = self.large_free[bits]
                self.large_free[bits] = self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + NEXT]
                self.drop_manual(row)
        return 0

    cdef inline int push(self, Py_ssize_t held, int64_t start) except -1 nogil:
        cdef int32_t count = self.cached_counts[held]
        self.cached[held * CACHED_STACKS + count] = start
        self.cached_counts[held] = count + 1
        return 0

    cdef inline int64_t pop(self, Py_ssize_t held) except -1 nogil:
        self.cached_counts[held] -= 1
        return self.cached[held * CACHED_STACKS + self.cached_counts[held]]

    cdef int64_t from_pool(self, int order, int cache) except -1 nogil:
        """A stack from the first span that has one, or from a new span, highest address first."""
        cdef int32_t row = self.heads[order]
        cdef Py_ssize_t at, word
        cdef int number
        if not row:
            row = self.new_stack_span(order, cache)
            if row < 0:
                return row
        at = <Py_ssize_t>row << ROW_SHIFT
        word = self.m.rows[at + WORDS]
        number = <int>(self.m.words[word] & 15)
        self.m.words[word] >>= 4
        self.m.rows[at + SLOT_COUNT] -= 1
        self.m.rows[at + ALLOCATED_COUNT] += 1
        if self.m.rows[at + SLOT_COUNT] == 0:
            self.unlink(order, row)
        return (
            self.m.rows[at + PAGE] * self.m.page_bytes + number * self.m.rows[at + SLOT_BYTES]
        )

    cdef int32_t new_stack_span(self, int order, int cache) except -1 nogil:
        """A span of stacks of this order, first in its pool; -2 without room."""
        cdef int pages = POOLED_SPAN_BYTES // self.m.page_bytes
        cdef int32_t row = self.new_manual(pages, cache, STACK_SPAN)
        cdef Py_ssize_t at, page
        cdef int count = POOLED_SPAN_BYTES >> (MIN_STACK_BITS + order)
        cdef uint64_t numbers = 0
        cdef int number
        if row < 0:
            return row
        at = <Py_ssize_t>row << ROW_SHIFT
        for number in range(count):
            numbers = numbers << 4 | <uint64_t>number
        self.m.rows[at + SLOT_BYTES] = 1 << (MIN_STACK_BITS + order)
        self.m.rows[at + SLOT_COUNT] = count
        self.m.rows[at + WORDS] = self.m.new_words(1)
        self.m.words[self.m.rows[at + WORDS]] = numbers
        for page in range(self.m.rows[at + PAGE], self.m.rows[at + PAGE] + pages):
            self.m.page_map[page] = row
        self.link_first(order, row)
        return row

    cdef int to_pool(self, int64_t start) except -1 nogil:
        """Back into its span; an empty span goes back to the page heap unless a mark runs."""
        cdef int32_t row = self.m.page_map[start // self.m.page_bytes]
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef Py_ssize_t word = self.m.rows[at + WORDS]
        cdef int64_t inside = start - self.m.rows[at + PAGE] * self.m.page_bytes
        cdef int order = lowest_bit(<uint64_t>self.m.rows[at + SLOT_BYTES]) - MIN_STACK_BITS
        if self.m.rows[at + SLOT_COUNT] == 0:
            self.link_first(order, row)
        inside >>= order + MIN_STACK_BITS
        self.m.words[word] = self.m.words[word] << 4 | <uint64_t>inside
        self.m.rows[at + SLOT_COUNT] += 1
        self.m.rows[at + ALLOCATED_COUNT] -= 1
        if self.m.rows[at + ALLOCATED_COUNT] == 0 and not self.m.is_marking:
            self.unlink(order, row)
            self.drop(row)
        return 0

    cdef int drop(self, int32_t row) except -1 nogil:
        """An empty span of small stacks goes back."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef Py_ssize_t page = self.m.rows[at + PAGE]
        cdef Py_ssize_t end = page + self.m.rows[at + NPAGES]
        self.m.drop_words(self.m.rows[at + WORDS], 1)
        for page in range(page, end):
            self.m.page_map[page] = 0
        return self.drop_manual(row)

    cdef int link_first(self, int order, int32_t row) except -1 nogil:
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int32_t following = self.heads[order]
        self.m.rows[at + NEXT] = following
        self.m.rows[at + PREVIOUS] = 0
        if following:
            self.m.rows[(<Py_ssize_t>following << ROW_SHIFT) + PREVIOUS] = row
        self.heads[order] = row
        return 0

    cdef int unlink(self, int order, int32_t row) except -1 nogil:
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int32_t following = self.m.rows[at + NEXT]
        cdef int32_t previous = self.m.rows[at + PREVIOUS]
        if previous:
            self.m.rows[(<Py_ssize_t>previous << ROW_SHIFT) + NEXT] = following
        else:
            self.heads[order] = following
        if following:
            self.m.rows[(<Py_ssize_t>following << ROW_SHIFT) + PREVIOUS] = previous
        return 0

    cdef int32_t new_manual(self, int64_t npages, int cache, int what) except -1 nogil:
        """`BitmapHeap.allocate_manual`: the row of a new span, nothing is swept for it."""
        cdef int64_t page = self.pages.allocate(npages, cache)
        cdef int32_t row
        cdef Py_ssize_t at
        if page < 0:
            return -2
        row = self.m.new_row()
        at = <Py_ssize_t>row << ROW_SHIFT
        self.m.rows[at + PAGE] = <int32_t>page
        self.m.rows[at + NPAGES] = <int32_t>npages
        self.m.rows[at + SPAN_CLASS] = what
        self.m.rows[at + GENERATION] = self.m.generation
        self.m.manual_pages += npages
        return row

    cdef int drop_manual(self, int32_t row) except -1 nogil:
        """`BitmapHeap.free_manual`."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int64_t page = self.m.rows[at + PAGE]
        cdef int64_t npages = self.m.rows[at + NPAGES]
        self.m.page_map[page] = 0
        self.m.manual_pages -= npages
        self.m.drop_row(row)
        return self.pages.free(page, npages)
