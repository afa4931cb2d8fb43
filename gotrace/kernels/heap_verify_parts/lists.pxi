# Spans, their sets of slots, and the central lists: `Span`, `CentralSets`, `Tally`.


cdef int compare(
    Replay self, int64_t what, int64_t place, int64_t predicted, int64_t happened
) except -1 nogil:
    cdef int64_t at
    if predicted == happened:
        self.agreed[what] += 1
        return 0
    self.disagreed[what] += 1
    if self.disagreed[what] <= EXAMPLES:
        at = self.examples_count
        self.examples[at, 0] = what
        self.examples[at, 1] = self.number
        self.examples[at, 2] = self.time
        self.examples[at, 3] = self.proc
        self.examples[at, 4] = place
        self.examples[at, 5] = predicted
        self.examples[at, 6] = happened
        self.examples_count += 1
    return 0


cdef int64_t new_row(Replay self, int64_t words) except -1 nogil:
    # A row for a span with empty sets of so many words.
    cdef int64_t row, column, first
    if self.free_rows_count:
        self.free_rows_count -= 1
        row = self.free_rows[self.free_rows_count]
    else:
        if self.rows == self.spans.shape[0]:
            grow_spans(self)
        row = self.rows
        self.rows += 1
    for column in range(SPAN_COLUMNS):
        self.spans[row, column] = 0
    first = self.free_words[words]
    if first >= 0:
        self.free_words[words] = <int64_t>self.pool[first]
    else:
        if self.pool_used + 2 * words > self.pool.shape[0]:
            grow_pool(self)
        first = self.pool_used
        self.pool_used += 2 * words
    for column in range(2 * words):
        self.pool[first + column] = 0
    self.spans[row, WORDS] = words
    self.spans[row, FIRST_WORD] = first
    self.spans[row, QUEUE] = self.spans[row, PREVIOUS] = self.spans[row, NEXT] = NONE
    self.spans[row, REGION_NEXT] = NONE
    self.spans[row, SWEPT_AT] = self.spans[row, BLAMED_AT] = self.spans[row, MARKED] = NONE
    self.spans[row, USED] = 1
    return row


cdef int grow_spans(Replay self) except -1 with gil:
    rows = self.spans.shape[0]
    spans = _table(2 * rows, SPAN_COLUMNS)
    spans.cast("B")[: 8 * rows * SPAN_COLUMNS] = memoryview(self.spans).cast("B")
    free_rows = _numbers(2 * rows)
    free_rows[:rows] = memoryview(self.free_rows)
    self.spans = spans
    self.free_rows = free_rows
    return 0


cdef int grow_pool(Replay self) except -1 with gil:
    words = self.pool.shape[0]
    pool = memoryview(bytearray(16 * words)).cast("Q")
    pool[:words] = memoryview(self.pool)
    self.pool = pool
    return 0


cdef int drop(Replay self, int64_t row) except -1 nogil:
    # The row and its words can be used again once nothing names the span any more.
    cdef int64_t* span = &self.spans[row, 0]
    if not span[USED] or not span[GONE] or span[REGION] or span[HELD] or span[QUEUE] >= 0:
        return 0
    span[USED] = 0
    if span[WORDS]:
        self.pool[span[FIRST_WORD]] = <uint64_t>self.free_words[span[WORDS]]
        self.free_words[span[WORDS]] = span[FIRST_WORD]
    self.free_rows[self.free_rows_count] = row
    self.free_rows_count += 1
    return 0


cdef int64_t state(Replay self, int64_t row) except? -99 nogil:
    return self.spans[row, SWEEPGEN] - self.generation


cdef bint has_slot(Replay self, int64_t row, int64_t slot) except -1 nogil:
    cdef int64_t word = self.spans[row, FIRST_WORD] + (slot >> 6)
    return self.pool[word] >> (slot & 63) & 1


cdef bint is_dead(Replay self, int64_t row, int64_t slot) except -1 nogil:
    cdef int64_t word = self.spans[row, FIRST_WORD] + self.spans[row, WORDS] + (slot >> 6)
    return self.pool[word] >> (slot & 63) & 1


cdef int set_slot(Replay self, int64_t row, int64_t slot) except -1 nogil:
    cdef int64_t word = self.spans[row, FIRST_WORD] + (slot >> 6)
    cdef uint64_t bit = ONE << (slot & 63)
    if not self.pool[word] & bit:
        self.pool[word] |= bit
        self.spans[row, COUNT] += 1
        # A slot that was taken again was not dead after all only if its bit is cleared by a sweep.
        if self.pool[word + self.spans[row, WORDS]] & bit:
            self.spans[row, DEAD] += 1
    return 0


cdef int set_dead(Replay self, int64_t row, int64_t slot) except -1 nogil:
    cdef int64_t word = self.spans[row, FIRST_WORD] + self.spans[row, WORDS] + (slot >> 6)
    cdef uint64_t bit = ONE << (slot & 63)
    if not self.pool[word] & bit:
        self.pool[word] |= bit
        self.spans[row, DEAD] += 1
    return 0


cdef int clear_slot(Replay self, int64_t row, int64_t slot) except -1 nogil:
    cdef int64_t word = self.spans[row, FIRST_WORD] + (slot >> 6)
    cdef uint64_t bit = ONE << (slot & 63)
    if self.pool[word] & bit:
        self.pool[word] &= ~bit
        self.spans[row, COUNT] -= 1
        if self.pool[word + self.spans[row, WORDS]] & bit:
            self.spans[row, DEAD] -= 1
    return 0


cdef int64_t next_free(Replay self, int64_t row) except -1 nogil:
    cdef int64_t slots = self.spans[row, SLOTS]
    cdef int64_t start = self.spans[row, FREE_INDEX]
    cdef int64_t first = self.spans[row, FIRST_WORD]
    cdef int64_t word = start >> 6
    cdef uint64_t clear
    while word < self.spans[row, WORDS]:
        clear = ~self.pool[first + word]
        if word == start >> 6:
            clear &= ALL << (start & 63)
        if clear:
            return min(64 * word + ctz(clear), slots)
        word += 1
    return slots


cdef int sweep(Replay self, int64_t row) except -1 nogil:
    cdef int64_t* span = &self.spans[row, 0]
    cdef int64_t word
    if span[DEAD]:
        for word in range(span[FIRST_WORD], span[FIRST_WORD] + span[WORDS]):
            self.pool[word] &= ~self.pool[word + span[WORDS]]
        span[COUNT] -= span[DEAD]
    for word in range(span[FIRST_WORD] + span[WORDS], span[FIRST_WORD] + 2 * span[WORDS]):
        self.pool[word] = 0
    span[DEAD] = 0
    span[FREE_INDEX] = 0
    span[SWEEPGEN] = span[SWEPT_AT] = self.generation
    return 0


cdef int64_t queue(Replay self, int64_t span_class, bint is_full, bint is_unswept) noexcept nogil:
    return 4 * span_class + 2 * is_full + (self.swap ^ is_unswept)


cdef int push(Replay self, int64_t row, int64_t list_) except -1 nogil:
    cdef int64_t last = self.tails[list_]
    self.spans[row, QUEUE] = list_
    self.spans[row, PREVIOUS] = last
    self.spans[row, NEXT] = NONE
    if last >= 0:
        self.spans[last, NEXT] = row
    else:
        self.heads[list_] = row
    self.tails[list_] = row
    self.lengths[list_] += 1
    return 0


cdef int take(Replay self, int64_t row) except -1 nogil:
    # Out of the list it is in, if any.
    cdef int64_t listed = self.spans[row, QUEUE]
    cdef int64_t before = self.spans[row, PREVIOUS]
    cdef int64_t after = self.spans[row, NEXT]
    if listed < 0:
        return 0
    if before >= 0:
        self.spans[before, NEXT] = after
    else:
        self.heads[listed] = after
    if after >= 0:
        self.spans[after, PREVIOUS] = before
    else:
        self.tails[listed] = before
    self.lengths[listed] -= 1
    self.spans[row, QUEUE] = NONE
    return 0


cdef int put(Replay self, int64_t row) except -1 nogil:
    # To the swept list where it belongs now.
    cdef int64_t* span = &self.spans[row, 0]
    cdef bint is_full = span[CLASS] < 2 or span[COUNT] == span[SLOTS]
    if span[GONE]:
        return drop(self, row)
    # It is in none but where the input contradicts itself; in two of them lists would have no end.
    take(self, row)
    return push(self, row, queue(self, span[CLASS], is_full, 0))


cdef int sweep_out(Replay self, int64_t row) except -1 nogil:
    take(self, row)
    sweep(self, row)
    return put(self, row)


cdef int64_t pop_unswept(Replay self) except? -2 nogil:
    # Without sweeping it.
    cdef int64_t row
    while self.sweep_class < 2 * SPAN_CLASSES:
        row = self.heads[queue(self, self.sweep_class >> 1, not self.sweep_class & 1, 1)]
        if row >= 0:
            take(self, row)
            return row
        self.sweep_class += 1
    return NONE


cdef int64_t pop(Replay self) except? -2 nogil:
    # The pages of the next span in order, swept; 0 if there is none.
    cdef int64_t row = pop_unswept(self)
    cdef int64_t pages
    if row < 0:
        return 0
    pages = self.spans[row, PAGES]
    sweep(self, row)
    put(self, row)
    return pages


cdef int64_t next_span(Replay self, int64_t span_class) except? -2 nogil:
    # The span that a refill would get; -1 for a fresh one.
    cdef int64_t row = self.heads[queue(self, span_class, 0, 0)]
    cdef int64_t budget = BUDGET
    cdef int64_t full
    if row >= 0:
        return row
    for full in range(2):
        row = self.heads[queue(self, span_class, full, 1)]
        while row >= 0 and budget > 0:
            if self.spans[row, COUNT] - self.spans[row, DEAD] < self.spans[row, SLOTS]:
                return row
            budget -= 1
            row = self.spans[row, NEXT]
    return NONE
