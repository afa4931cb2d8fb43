# Who swept what: `Sweeps`.


cdef int uncache(Replay self, int64_t row) except -1 nogil:
    # A cache gives the span back, which is swept then if it is stale.
    cdef bint is_stale = state(self, row) == CACHED_STALE
    self.spans[row, HELD] -= 1
    if is_stale:
        sweep(self, row)
    else:
        self.spans[row, SWEEPGEN] = self.generation
    return put(self, row)


cdef int close(Replay self, int64_t p) except -1 nogil:
    # The span that the P was sweeping is done.
    cdef int64_t row = self.procs[p, SWEEPING] - 1
    if row < 0:
        return 0
    self.procs[p, SWEEPING] = 0
    self.spans[row, SWEEPING_NOW] = 0
    self.spans[row, HELD] -= 1
    if state(self, row) == UNSWEPT:
        sweep(self, row)
        put(self, row)
    else:
        drop(self, row)
    return 0


cdef int begin_in_order(Replay self, int64_t p, int64_t row) except -1 nogil:
    cdef int64_t found
    while True:
        found = pop_unswept(self)
        if self.sweeper == NONE or self.sweeper == self.goroutine:
            self.batch += 1
        if found == row or found < 0:
            break
        sweep(self, found)
        put(self, found)
    self.procs[p, SWEEPING] = row + 1
    self.spans[row, SWEEPING_NOW] = 1
    self.spans[row, HELD] += 1
    return 0


cdef int give_way(Replay self) except -1 nogil:
    self.sweeper = self.goroutine
    while self.batch == 0 or self.batch % BATCH:
        if pop(self) == 0:
            break
        self.batch += 1
    self.batch = 0
    return 0


cdef int finish_sweep(Replay self) except -1 nogil:
    self.sweeper = self.goroutine
    self.batch = 0
    return drain_lists(self)


cdef int drain_lists(Replay self) except -1 nogil:
    while pop(self):
        pass
    return 0


cdef int start_cycle(Replay self) except -1 nogil:
    cdef int64_t span_class
    self.generation += 2
    self.sweep_class = 0
    self.swap ^= 1
    self.reclaimed = 0
    for span_class in range(SPAN_CLASSES):
        self.stale[span_class] = 0
    return 0


cdef int64_t region_of(Replay self, int64_t p, int64_t number) noexcept nogil:
    return p * (MOST_REGIONS + 1) + number


cdef int clear_region(Replay self, int64_t at) except -1 nogil:
    self.regions[at, R_FIRST] = self.regions[at, R_LAST] = NONE
    self.regions[at, R_COUNT] = self.regions[at, R_BYTES] = 0
    return 0


cdef int settle_all(Replay self, int64_t p, int64_t span_class, int64_t count) except -1 nogil:
    # The first `count` regions of the P.
    cdef int64_t number
    self.procs[p, REGIONS] = 0
    for number in range(count):
        settle_region(self, region_of(self, p, number), span_class)
    return 0


cdef int settle_region(Replay self, int64_t at, int64_t span_class) except -1 nogil:
    cdef int64_t first = self.regions[at, R_FIRST]
    cdef int64_t count = self.regions[at, R_COUNT]
    cdef int64_t size = self.regions[at, R_BYTES]
    cdef int64_t row = first
    cdef int64_t unswept = 0
    cdef int64_t pages = 0
    cdef int64_t vain = 0
    cdef int64_t done, after
    cdef bint is_reclaim
    while row >= 0:
        self.spans[row, REGION] = 0
        self.spans[row, HELD] += 1
        pages += self.spans[row, PAGES]
        if state(self, row) == UNSWEPT:
            self.spans[row, MET] = 1
            unswept += 1
        row = self.spans[row, REGION_NEXT]
    is_reclaim = size >= CHUNK_BYTES and 2 * PAGE_BYTES * pages < size
    if span_class >= 0 and count == 0 and not is_reclaim:
        vain = in_vain(self, span_class, size)
    if is_reclaim:
        settle_reclaim(self, first, size, unswept)
    elif vain:
        sweep_vainly(self, span_class, vain)
    elif is_debt(self, size, unswept):
        done = 0
        while done < size:
            pages = pop(self)
            if pages == 0:
                break
            done += pages * PAGE_BYTES
        self.agreed[P_SWEEP] += unswept
    else:
        row = first
        while row >= 0:
            if self.spans[row, MET]:
                compare(self, P_SWEEP, self.spans[row, PAGE], 0, 1)
                sweep_out(self, row)
            row = self.spans[row, REGION_NEXT]
    row = first
    while row >= 0:
        after = self.spans[row, REGION_NEXT]
        self.spans[row, MET] = 0
        self.spans[row, REGION_NEXT] = NONE
        self.spans[row, HELD] -= 1
        drop(self, row)
        row = after
    return clear_region(self, at)


cdef int sweep_vainly(Replay self, int64_t span_class, int64_t count) except -1 nogil:
    cdef int64_t full, row
    for full in range(2):
        while count > 0:
            row = self.heads[queue(self, span_class, full, 1)]
            if row < 0:
                break
            sweep_out(self, row)
            count -= 1
    self.stale[span_class] = 0
    return 0


cdef bint is_refill(Replay self, int64_t at, int64_t row) except -1 nogil:
    # Whether the region ended with this span.
    cdef int64_t count = self.regions[at, R_COUNT]
    cdef int64_t size = self.regions[at, R_BYTES]
    cdef int64_t span_bytes = self.spans[row, PAGES] * PAGE_BYTES
    cdef bint fits
    if count > 1 or (count == 1 and self.regions[at, R_FIRST] != row):
        return False
    if state(self, row) != UNSWEPT:
        return False
    if count == 0 and self.heads[queue(self, self.spans[row, CLASS], 0, 0)] >= 0:
        return False
    if place_in_chain(self, row, size // span_bytes) * span_bytes == size:
        return True
    if count == 0 or size % span_bytes:
        return False
    self.spans[row, MET] = 1
    fits = is_debt(self, size, 1)
    self.spans[row, MET] = 0
    return not fits


cdef int64_t place_in_chain(Replay self, int64_t row, int64_t most) except -1 nogil:
    cdef int64_t count = 0
    cdef int64_t full, found
    for full in range(2):
        found = self.heads[queue(self, self.spans[row, CLASS], full, 1)]
        while found >= 0:
            count += 1
            if found == row:
                return count
            if count >= most or self.credit <= 0:
                return 0
            self.credit -= 1
            found = self.spans[found, NEXT]
    return 0


cdef int settle_refill(Replay self, int64_t at, int64_t row) except -1 nogil:
    cdef int64_t left = self.regions[at, R_BYTES] // (self.spans[row, PAGES] * PAGE_BYTES)
    cdef int64_t full, found, after
    cdef bint is_over = False
    if self.regions[at, R_COUNT]:
        self.spans[row, REGION] = 0
        self.spans[row, REGION_NEXT] = NONE
    clear_region(self, at)
    for full in range(2):
        found = self.heads[queue(self, self.spans[row, CLASS], full, 1)]
        while found >= 0 and not is_over:
            left -= 1
            if found == row or left <= 0:
                is_over = True
                break
            after = self.spans[found, NEXT]
            sweep_out(self, found)
            found = after
    take(self, row)
    return sweep(self, row)


cdef int settle_reclaim(Replay self, int64_t first, int64_t size, int64_t unswept) except -1 nogil:
    cdef int64_t begin = max(self.reclaimed - self.arena_page, 0)
    cdef int64_t end, page, row
    cdef int64_t rest = size % CHUNK_BYTES // PAGE_BYTES
    self.reclaimed += size // CHUNK_BYTES * CHUNK_PAGES
    end = min(self.reclaimed - self.arena_page, self.top_page)
    row = first
    while row >= 0:
        if self.spans[row, MET] and not self.spans[row, GONE]:
            rest -= self.spans[row, PAGES]
        row = self.spans[row, REGION_NEXT]
    if self.has_inline_marks and end > begin and self.credit * 8 >= end - begin:
        self.credit -= (end - begin) // 8
        for page in range(begin, end):
            row = unmarked_at(self, page)
            if row >= 0 and not self.spans[row, MET]:
                rest -= self.spans[row, PAGES]
        if rest == 0:
            for page in range(begin, end):
                row = unmarked_at(self, page)
                if row >= 0:
                    self.stale[self.spans[row, CLASS]] += 1
                    sweep_out(self, row)
    row = first
    while row >= 0:
        if self.spans[row, MET] and state(self, row) == UNSWEPT:
            self.stale[self.spans[row, CLASS]] += 1
            sweep_out(self, row)
        row = self.spans[row, REGION_NEXT]
    self.agreed[P_SWEEP] += unswept
    return 0


cdef int64_t unmarked_at(Replay self, int64_t page) except? -2 nogil:
    # The span that begins at this page, if it waits to be swept and the region has it, or it looks
    # unmarked; -1 for none.
    cdef int64_t row = self.at_page[page] - 1
    cdef const int64_t* span
    if row < 0:
        return NONE
    span = &self.spans[row, 0]
    if span[PAGE] != page or span[MANUAL] or state(self, row) != UNSWEPT:
        return NONE
    if span[MET]:
        return row
    if span[CLASS] & 1 and 16 <= span[SLOT_BYTES] <= 512 and span[MARKED] != self.mark:
        return row
    return NONE


cdef int64_t in_vain(Replay self, int64_t span_class, int64_t size) except -1 nogil:
    # How many spans of the class were swept if none had room; 0 if it does not fit.
    cdef int64_t span_bytes = self.span_pages[span_class >> 1] * PAGE_BYTES
    cdef int64_t length, count, tried
    if self.heads[queue(self, span_class, 0, 0)] >= 0:
        return 0
    length = self.lengths[queue(self, span_class, 0, 1)]
    length += self.lengths[queue(self, span_class, 1, 1)]
    self.credit -= length
    for tried in range(2):
        count = min(length, BUDGET - self.stale[span_class] * tried)
        if count > 0 and count * span_bytes == size:
            return count
    return 0


cdef bint is_debt(Replay self, int64_t size, int64_t wanted) except -1 nogil:
    # The spans that are `MET` come next, and so many bytes are exactly theirs and of those between.
    cdef int64_t swept = 0
    cdef int64_t met = 0
    cdef int64_t number, row
    for number in range(2 * SPAN_CLASSES):
        row = self.heads[queue(self, number >> 1, not number & 1, 1)]
        while row >= 0:
            if swept >= size or self.credit <= 0:
                return swept == size and met == wanted
            self.credit -= 1
            swept += self.spans[row, PAGES] * PAGE_BYTES
            met += self.spans[row, MET]
            row = self.spans[row, NEXT]
    return swept == size and met == wanted
