# Where spans go: `Placement`, `BitmapPages`, `PageCache`. A page cache is one word of `free`.


cdef int64_t block_of(Replay self, int64_t p) except? -2 nogil:
    # The block that the P holds; -1 for none.
    return self.procs[p, CACHE_WORD] - 1


cdef bint is_free(Replay self, int64_t page) except -1 nogil:
    return self.free[page >> 6] >> (page & 63) & 1


cdef int mark_free(Replay self, int64_t page, int64_t count) except -1 nogil:
    set_pages(self, page, count, 1)
    if page >> 6 < self.lowest_free:
        self.lowest_free = page >> 6
    return 0


cdef int set_pages(Replay self, int64_t page, int64_t count, bint is_free) except -1 nogil:
    cdef int64_t end = page + count
    cdef int64_t part
    cdef uint64_t bits
    while page < end:
        part = min(end - page, 64 - (page & 63))
        bits = ones(part) << (page & 63)
        if is_free:
            self.free[page >> 6] |= bits
        else:
            self.free[page >> 6] &= ~bits
        page += part
    return 0


cdef int map_to(Replay self, int64_t page) except -1 nogil:
    while self.mapped < page:
        grow_heap(self, CHUNK_PAGES)
    return 0


cdef int grow_heap(Replay self, int64_t npages) except -1 nogil:
    cdef int64_t count = (npages + CHUNK_PAGES - 1) // CHUNK_PAGES * CHUNK_PAGES
    cdef int64_t first = self.mapped
    while first + count > 64 * self.free.shape[0]:
        grow_pages(self)
    self.mapped += count
    return mark_free(self, first, count)


cdef int grow_pages(Replay self) except -1 with gil:
    words = self.free.shape[0]
    free = memoryview(bytearray(16 * words)).cast("Q")
    free[:words] = memoryview(self.free)
    self.free = free
    return 0


cdef int grow_at_page(Replay self, int64_t page) except -1 with gil:
    count = self.at_page.shape[0]
    while count < page:
        count *= 2
    at_page = memoryview(bytearray(4 * count)).cast("i")
    at_page[: self.at_page.shape[0]] = memoryview(self.at_page)
    self.at_page = at_page
    return 0


cdef int64_t first_fit(Replay self, int64_t npages) except -1 nogil:
    # The lowest page from which so many are free, if need be once grown: so behind the mapped.
    cdef int64_t words = self.mapped >> 6
    cdef int64_t word = self.lowest_free
    cdef int64_t run = 0
    cdef int64_t low
    cdef uint64_t bits
    while word < words and self.free[word] == 0:
        word += 1
    self.lowest_free = word
    while word < words:
        bits = self.free[word]
        if bits == ALL:
            run += 64
            if run >= npages:
                return 64 * (word + 1) - run
        elif bits == 0:
            run = 0
        else:
            low = ctz(~bits)
            if run + low >= npages:
                return 64 * word - run
            if npages < 64:
                low = first_run(bits, npages)
                if low >= 0:
                    return 64 * word + low
            run = clz(~bits)
        word += 1
    return self.mapped - run


cdef int64_t first_block(Replay self) except? -2 nogil:
    # The block with the lowest free page; -1 if no mapped page is free.
    cdef int64_t page = first_fit(self, 1)
    return page >> 6 if page < self.mapped else NONE


cdef int64_t predict(Replay self, int64_t npages, int64_t p) except -1 nogil:
    cdef int64_t word = NONE
    cdef int64_t page
    cdef uint64_t bits = 0
    cdef bint is_new = False
    if p > 0 and npages <= CACHED_PAGES:
        word = block_of(self, p)
        if word >= 0 and self.cache_bits[p]:
            bits = self.cache_bits[p]
        else:
            is_new = True
            word = first_block(self)
            if word >= 0:
                bits = self.free[word]
        if word >= 0:
            page = first_run(bits, npages)
            if page >= 0:
                return 64 * word + page
    if is_new and word >= 0:
        self.free[word] = 0
    page = first_fit(self, npages)
    if is_new and word >= 0:
        self.free[word] = bits
        self.lowest_free = min(self.lowest_free, word)
    return page


cdef int place(
    Replay self, int64_t page, int64_t npages, int64_t p, int64_t predicted
) except -1 nogil:
    cdef int64_t word
    cdef uint64_t bits
    if page != predicted or page < self.padding:
        if predicted < page and predicted == self.suspect:
            lose(self, predicted)
        self.suspect = predicted
        return take_pages(self, page, npages, p)
    if p > 0 and npages <= CACHED_PAGES:
        if block_of(self, p) < 0 or self.cache_bits[p] == 0:
            word = first_block(self)
            if word >= 0:
                hold(self, p, word)
        if block_of(self, p) >= 0 and self.cache_bits[p]:
            word = first_run(self.cache_bits[p], npages)
            if word >= 0:
                bits = ones(npages) << word
                self.cache_bits[p] &= ~bits
                return 0
    if page + npages > self.mapped:
        grow_heap(self, npages)
    return set_pages(self, page, npages, 0)


cdef int hold(Replay self, int64_t p, int64_t word) except -1 nogil:
    # The P takes the free pages of a block.
    self.procs[p, CACHE_WORD] = word + 1
    self.cache_bits[p] = self.free[word]
    self.free[word] = 0
    return 0


cdef int flush_pages(Replay self, int64_t p) except -1 nogil:
    cdef int64_t word = block_of(self, p)
    if word >= 0:
        self.free[word] |= self.cache_bits[p]
        if self.cache_bits[p] and word < self.lowest_free:
            self.lowest_free = word
    self.procs[p, CACHE_WORD] = 0
    self.cache_bits[p] = 0
    return 0


cdef uint64_t overlap(Replay self, int64_t p, int64_t page, int64_t npages) except? 1 nogil:
    # Which free pages that the P holds are among these.
    cdef int64_t base = 64 * block_of(self, p)
    cdef int64_t first = max(page, base)
    cdef int64_t last = min(page + npages, base + 64)
    if base < 0 or first >= last:
        return 0
    return self.cache_bits[p] & ones(last - first) << (first - base)


cdef int take_pages(Replay self, int64_t page, int64_t npages, int64_t p) except -1 nogil:
    # `Placement.take`: these pages are used, wherever they were free.
    cdef int64_t other
    cdef uint64_t wanted
    if page < self.padding:
        mark_free(self, page, self.padding - page)
        self.padding = page
    find_lost(self, page, npages)
    map_to(self, page + npages)
    if p > 0 and npages <= CACHED_PAGES:
        wanted = overlap(self, p, page, npages)
        if not holds(self, wanted, npages) and self.free[page >> 6]:
            flush_pages(self, p)
            hold(self, p, page >> 6)
    set_pages(self, page, npages, 0)
    for other in range(1, self.last_proc + 1):
        if block_of(self, other) >= 0:
            self.cache_bits[other] &= ~overlap(self, other, page, npages)
    return 0


cdef bint holds(Replay self, uint64_t bits, int64_t npages) noexcept nogil:
    cdef int64_t count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count == npages


cdef int find_lost(Replay self, int64_t page, int64_t npages) except -1 nogil:
    # Pages thought to be of an unseen span are free, or of another.
    cdef int64_t i = 0
    cdef int64_t kept = 0
    for i in range(self.lost_count):
        if page <= self.lost[i] < page + npages:
            mark_free(self, self.lost[i], 1)
        else:
            self.lost[kept] = self.lost[i]
            kept += 1
    self.lost_count = kept
    return 0


cdef int lose(Replay self, int64_t page) except -1 nogil:
    # First fit passed over this page twice: a span is there that was never seen.
    cdef int64_t number
    for number in range(page, page + UNSEEN_PAGES):
        if self.lost_count < MOST_LOST and number < self.mapped and is_unused(self, number):
            take_pages(self, number, 1, 0)
            self.lost[self.lost_count] = number
            self.lost_count += 1
    return 0


cdef bint is_unused(Replay self, int64_t page) except -1 nogil:
    # Whether it is free, in the bitmap or held by a P.
    cdef int64_t p
    if is_free(self, page):
        return True
    for p in range(1, self.last_proc + 1):
        if block_of(self, p) >= 0 and overlap(self, p, page, 1):
            return True
    return False
