# Objects: `Objects`.


cdef int64_t span_of(Replay self, int64_t unit) except? -2 nogil:
    # The row of the span of objects at this address; -1 for none.
    cdef int64_t row
    if unit < 0 or unit >> 10 >= self.at_page.shape[0]:
        return NONE
    row = self.at_page[unit >> 10] - 1
    return row if row >= 0 and not self.spans[row, MANUAL] else NONE


cdef int64_t slot_of(Replay self, int64_t row, int64_t unit) except -1 nogil:
    if self.spans[row, CLASS] < 2:
        return 0
    # At most ten pages: 32 bits divide faster.
    return <uint64_t>(unit - self.spans[row, PAGE] * UNITS_PER_PAGE) * 8 // <uint64_t>(
        self.spans[row, SLOT_BYTES]
    )


cdef int object_exists(Replay self, int64_t unit) except -1 nogil:
    cdef int64_t row = span_of(self, unit)
    cdef int64_t slot
    if row >= 0:
        slot = slot_of(self, row, unit)
        if slot < self.spans[row, SLOTS]:
            set_slot(self, row, slot)
    return 0


cdef int object_alloc(
    Replay self, int64_t p, int64_t unit, int64_t size, int64_t pointers
) except -1 nogil:
    cdef int64_t row, slot, span_class
    close(self, p)
    flush(self, p)
    row = span_of(self, unit)
    if row < 0:
        self.counts[C_UNKNOWN_SPAN] += 1
        return 0
    slot = slot_of(self, row, unit)
    if slot >= self.spans[row, SLOTS]:
        return compare(self, P_SLOTS, self.spans[row, PAGE], self.spans[row, SLOTS], slot)
    span_class = self.spans[row, CLASS]
    if span_class == TINY_CLASS:
        if has_slot(self, row, slot) and not is_dead(self, row, slot):
            self.counts[C_TINY] += 1
            return 0
    check_type(self, row, unit, slot, size)
    compare(self,
        P_SPAN_CLASS, self.spans[row, PAGE], size < 0 or pointers <= 0, span_class & 1
    )
    self.allocs[span_class >> 1] += 1
    if span_class < 2:
        return allocate_large(self, p, row)
    return allocate_small(self, p, row, slot)


cdef int check_type(
    Replay self, int64_t row, int64_t unit, int64_t slot, int64_t size
) except -1 nogil:
    cdef int64_t span_class = self.spans[row, CLASS]
    cdef int64_t slot_bytes = self.spans[row, SLOT_BYTES]
    cdef int64_t offset = (unit - self.spans[row, PAGE] * UNITS_PER_PAGE) * 8 - slot * slot_bytes
    cdef int64_t header = 0
    cdef int64_t less, most
    cdef bint is_right
    if span_class >= 2 and not span_class & 1 and self.has_headers:
        header = HEADER_BYTES if slot_bytes > NO_HEADER_BYTES else 0
    is_right = offset == header or span_class == TINY_CLASS
    if size >= 0 and is_right:
        less = slot_bytes - PAGE_BYTES
        if span_class >= 2:
            less = self.slot_bytes[(span_class >> 1) - 1]
        most = (slot_bytes - header) // size * size + header if size else 0
        is_right = most > less or (span_class == TINY_CLASS and size < TINY_BYTES)
    return compare(self, P_SIZE_CLASS, self.spans[row, PAGE], 1, is_right)


cdef int allocate_large(Replay self, int64_t p, int64_t row) except -1 nogil:
    if is_late(self):  # what heapLive rose by was settled when it was not told
        self.counts[C_LATE_ALLOC] += 1
    elif self.spans[row, NEW]:
        step_heap_live(self, p, self.spans[row, PAGES] * PAGE_BYTES)
    self.spans[row, NEW] = 0
    if self.spans[row, COUNT]:
        self.counts[C_REPLACED] += 1
    return set_slot(self, row, 0)


cdef int allocate_small(Replay self, int64_t p, int64_t row, int64_t slot) except -1 nogil:
    cdef bint is_owed = is_late(self)
    if self.cached[p, self.spans[row, CLASS]] != row:
        if is_owed or is_behind(self, row, slot):
            self.counts[C_LATE_ALLOC] += 1
            self.spans[row, NEW] = 0
            set_slot(self, row, slot)
            if state(self, row) == SWEPT:
                take(self, row)
                put(self, row)
            return 0
        catch_up(self, p)
        cache(self, p, row)
    if self.spans[row, NEW]:
        self.spans[row, NEW] = 0
        step_heap_live(self, p, room(self, row))
    compare(self, P_SLOT, self.spans[row, PAGE], next_free(self, row), slot)
    if has_slot(self, row, slot):
        self.counts[C_REPLACED] += 1
    set_slot(self, row, slot)
    self.spans[row, FREE_INDEX] = slot + 1
    if self.is_marking:
        self.spans[row, MARKED] = self.mark
    return 0


cdef bint is_behind(Replay self, int64_t row, int64_t slot) except -1 nogil:
    # Whether no cache hands this slot out any more.
    if slot >= self.spans[row, FREE_INDEX] or state(self, row) != SWEPT:
        return False
    return not has_slot(self, row, slot)


cdef int64_t room(Replay self, int64_t row) except? -1 nogil:
    return self.spans[row, PAGES] * PAGE_BYTES - (
        self.spans[row, COUNT] * self.spans[row, SLOT_BYTES]
    )


cdef int cache(Replay self, int64_t p, int64_t row) except -1 nogil:
    # The P allocates in a span that it did not have.
    cdef int64_t span_class = self.spans[row, CLASS]
    cdef int64_t other
    if state(self, row) == CACHED_STALE:
        for other in range(self.last_proc + 1):
            if self.cached[other, span_class] == row:
                flush(self, other)
    if state(self, row) == CACHED_SWEPT:
        self.counts[C_MOVED] += 1
        return 0
    if not self.procs[p, IS_KNOWN] and self.cached[p, span_class] < 0:
        if not self.procs[p, HAS_ALLOC]:
            self.counts[C_ADOPTED] += 1
            take(self, row)
            return keep(self, p, row)
    if refill(self, p, row):
        step_heap_live(self, p, room(self, row))
    return 0


cdef int refill(Replay self, int64_t p, int64_t row) except -1 nogil:
    # 1; 0 if another P had the span already, as the sweeps of others tell once they are settled.
    cdef int64_t count, last, number
    cdef int64_t at = NONE
    cdef bint is_unswept
    give_back(self, p, self.spans[row, CLASS])
    settle_others(self, p, row)
    if state(self, row) == CACHED_SWEPT:
        self.counts[C_MOVED] += 1
        return 0
    count = self.procs[p, REGIONS]
    if count:
        last = region_of(self, p, count - 1)
        if is_refill(self, last, row):
            at = last
            count -= 1
    settle_all(self, p, NONE, count)
    predict_refill(self, row, self.spans[row, PAGE])
    if at >= 0 and state(self, row) == UNSWEPT:
        settle_refill(self, at, row)
    else:
        if at >= 0:
            forget_region(self, at)
        is_unswept = state(self, row) == UNSWEPT
        take(self, row)
        if is_unswept:
            sweep(self, row)
    keep(self, p, row)
    return 1


cdef int forget_region(Replay self, int64_t at) except -1 nogil:
    # Its one span was swept with another region.
    cdef int64_t row = self.regions[at, R_FIRST]
    if row >= 0:
        self.spans[row, REGION] = 0
        self.spans[row, REGION_NEXT] = NONE
    return clear_region(self, at)


cdef int settle_others(Replay self, int64_t p, int64_t row) except -1 nogil:
    cdef int64_t other
    for other in range(self.last_proc + 1):
        if other != p and self.procs[other, EXISTS]:
            close(self, other)
            if self.spans[row, REGION] and has_in_region(self, other, row):
                settle(self, other)
    return 0


cdef bint has_in_region(Replay self, int64_t p, int64_t row) except -1 nogil:
    cdef int64_t number, found
    for number in range(self.procs[p, REGIONS]):
        found = self.regions[region_of(self, p, number), R_FIRST]
        while found >= 0:
            if found == row:
                return True
            found = self.spans[found, REGION_NEXT]
    return False


cdef int keep(Replay self, int64_t p, int64_t row) except -1 nogil:
    self.spans[row, SWEEPGEN] = self.generation + CACHED_SWEPT
    self.cached[p, self.spans[row, CLASS]] = row
    self.spans[row, HELD] += 1
    return 0


cdef int predict_refill(Replay self, int64_t row, int64_t happened) except -1 nogil:
    cdef int64_t found = next_span(self, self.spans[row, CLASS])
    return compare(self,
        P_REFILL,
        self.spans[row, PAGE],
        self.spans[found, PAGE] if found >= 0 else NONE,
        happened,
    )


cdef int give_back(Replay self, int64_t p, int64_t span_class) except -1 nogil:
    cdef int64_t row = self.cached[p, span_class]
    if row < 0:
        return 0
    self.cached[p, span_class] = NONE
    compare(self, P_SLOTS, self.spans[row, PAGE], self.spans[row, SLOTS], self.spans[row, COUNT])
    return uncache(self, row)


cdef int catch_up(Replay self, int64_t p) except -1 nogil:
    cdef int64_t busy = self.procs[p, BUSY]
    cdef bint has_alloc = self.procs[p, HAS_ALLOC]
    if busy == self.goroutine or (not has_alloc and not self.procs[p, REGIONS]):
        return 0
    settle(self, p)
    if self.procs[p, HAS_ALLOC]:
        guess(self, p)
    if has_alloc:
        be_late(self, busy)
    return 0


cdef int be_late(Replay self, int64_t goroutine) except -1 nogil:
    cdef int64_t i
    if self.late_count >= MOST_LATE:
        return 0
    for i in range(self.late_count):
        if self.late[i] == goroutine:
            return 0
    self.late[self.late_count] = goroutine
    self.late_count += 1
    return 0


cdef bint is_late(Replay self) except -1 nogil:
    cdef int64_t i
    for i in range(self.late_count):
        if self.late[i] == self.goroutine:
            self.late_count -= 1
            self.late[i] = self.late[self.late_count]
            return True
    return False


cdef int guess(Replay self, int64_t p) except -1 nogil:
    cdef int64_t before = self.procs[p, BEFORE]
    cdef int64_t rise = self.procs[p, AFTER] - before
    cdef int64_t span_class, row, found
    self.procs[p, HAS_ALLOC] = 0
    for span_class in range(2, SPAN_CLASSES):
        row = self.cached[p, span_class]
        if row >= 0 and self.spans[row, NEW] and room(self, row) == rise:
            self.spans[row, NEW] = 0
            return 0
        if row >= 0 and next_free(self, row) != self.spans[row, SLOTS]:
            continue
        found = next_span(self, span_class)
        if found < 0 or room(self, found) != rise or before < 0:
            continue
        if self.heads[queue(self, span_class, 0, 0)] >= 0:
            self.counts[C_GUESSED] += 1
            give_back(self, p, span_class)
            take(self, found)
            return keep(self, p, found)
    return 0


cdef int object_free(Replay self, int64_t p, int64_t unit) except -1 nogil:
    cdef int64_t row = span_of(self, unit)
    cdef int64_t slot = 0
    cdef int64_t age
    cdef bint is_known = row >= 0
    if is_known:
        slot = slot_of(self, row, unit)
        is_known = slot < self.spans[row, SLOTS]
    if is_known:
        is_known = has_slot(self, row, slot) and not is_dead(self, row, slot)
    if not is_known:
        self.counts[C_UNKNOWN_FREE] += 1
        return 0
    self.frees[self.spans[row, CLASS] >> 1] += 1
    if self.procs[p, SWEEPING] and self.procs[p, SWEEPING] != row + 1:
        close(self, p)
    if self.procs[p, MUST_FLUSH] and state(self, row) != CACHED_STALE:
        if self.is_stopped and state(self, row) == UNSWEPT and not self.spans[row, REGION]:
            was_cached(self, p, row)
        else:
            flush(self, p)
    age = state(self, row)
    if age == CACHED_STALE:
        return set_dead(self, row, slot)
    if age != UNSWEPT:
        return free_late(self, row, slot)
    set_dead(self, row, slot)
    if self.spans[row, SWEEPING_NOW] or self.spans[row, REGION]:
        return 0
    if self.procs[p, IS_OPEN]:
        return add_to_region(self, p, row)
    settle(self, p)
    if state(self, row) == UNSWEPT:
        begin_in_order(self, p, row)
    return 0


cdef int was_cached(Replay self, int64_t p, int64_t row) except -1 nogil:
    # The mcache is being flushed and had this span, which was taken over unseen.
    cdef int64_t span_class = self.spans[row, CLASS]
    cdef int64_t old = self.cached[p, span_class]
    self.counts[C_GUESSED] += 1
    if old >= 0:
        self.cached[p, span_class] = NONE
        uncache(self, old)
    take(self, row)
    self.spans[row, SWEEPGEN] = self.generation + CACHED_STALE
    self.cached[p, span_class] = row
    self.spans[row, HELD] += 1
    return 0


cdef int add_to_region(Replay self, int64_t p, int64_t row) except -1 nogil:
    cdef int64_t at = region_of(self, p, OPEN_REGION)
    cdef int64_t last = self.regions[at, R_LAST]
    self.spans[row, REGION] = 1
    self.spans[row, REGION_NEXT] = NONE
    if last >= 0:
        self.spans[last, REGION_NEXT] = row
    else:
        self.regions[at, R_FIRST] = row
    self.regions[at, R_LAST] = row
    self.regions[at, R_COUNT] += 1
    return 0


cdef int free_late(Replay self, int64_t row, int64_t slot) except -1 nogil:
    clear_slot(self, row, slot)
    self.spans[row, FREE_INDEX] = 0
    self.counts[C_LATE_FREE] += 1
    if state(self, row) != SWEPT:
        return 0
    if self.spans[row, SWEPT_AT] == self.generation != self.spans[row, BLAMED_AT]:
        self.spans[row, BLAMED_AT] = self.generation
        compare(self, P_SWEEP, self.spans[row, PAGE], 0, 1)
    take(self, row)
    return put(self, row)


cdef int settle(Replay self, int64_t p) except -1 nogil:
    # `Objects.settle`.
    cdef int64_t count = self.procs[p, REGIONS]
    cdef int64_t row = NONE
    cdef int64_t left
    if count:
        row = self.regions[region_of(self, p, count - 1), R_LAST]
    if row >= 0 and self.spans[row, CLASS] >= 2 and self.procs[p, HAS_ALLOC]:
        left = self.spans[row, COUNT] - self.spans[row, DEAD]
        left = self.spans[row, PAGES] * PAGE_BYTES - left * self.spans[row, SLOT_BYTES]
        if self.procs[p, BEFORE] >= 0 and state(self, row) == UNSWEPT:
            if self.procs[p, AFTER] - self.procs[p, BEFORE] == left:
                if refill(self, p, row):
                    step_heap_live(self, p, room(self, row))
                return 0
    return settle_all(self, p, NONE, count)
