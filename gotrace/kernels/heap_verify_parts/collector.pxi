# Ps, spans, heapLive and cycles: `Collector`.


cdef int64_t proc_of(Replay self, int64_t number) except -1 nogil:
    # Its row, made where it is new.
    cdef int64_t p = number + 1 if 0 <= number < MOST_PROCS else 0
    cdef int64_t at
    if p < self.procs.shape[0] and self.procs[p, EXISTS]:
        return p
    while p >= self.procs.shape[0]:
        grow_procs(self)
    self.procs[p, EXISTS] = self.procs[p, IS_IDLE] = 1
    self.procs[p, BUSY] = NONE
    for at in range(region_of(self, p, 0), region_of(self, p + 1, 0)):
        clear_region(self, at)
    self.last_proc = max(self.last_proc, p)
    return p


cdef int grow_procs(Replay self) except -1 with gil:
    rows = self.procs.shape[0]
    procs = _table(2 * rows, PROC_COLUMNS)
    procs.cast("B")[: 8 * rows * PROC_COLUMNS] = memoryview(self.procs).cast("B")
    cached = _table(2 * rows, SPAN_CLASSES, NONE)
    cached.cast("B")[: 8 * rows * SPAN_CLASSES] = memoryview(self.cached).cast("B")
    regions = _table(2 * rows * (MOST_REGIONS + 1), REGION_COLUMNS)
    used = 8 * rows * (MOST_REGIONS + 1) * REGION_COLUMNS
    regions.cast("B")[:used] = memoryview(self.regions).cast("B")
    cache_bits = memoryview(bytearray(16 * rows)).cast("Q")
    cache_bits[:rows] = memoryview(self.cache_bits)
    self.procs = procs
    self.cached = cached
    self.regions = regions
    self.cache_bits = cache_bits
    return 0


cdef int begin(Replay self) except -1 nogil:
    cdef int64_t row
    cdef int64_t lowest = MOST_PAGES
    self.has_begun = True
    for row in range(self.rows):
        if self.spans[row, USED] and not self.spans[row, GONE]:
            lowest = min(lowest, self.spans[row, PAGE])
    self.padding = lowest if self.has_inline_marks and lowest < MOST_PAGES else 0
    map_to(self, self.padding)
    set_pages(self, 0, self.padding, 0)
    # Rows are in the order of the events, unless a span replaced another: see `new_span`.
    for row in range(self.rows):
        if self.spans[row, USED] and not self.spans[row, GONE]:
            take_pages(self, self.spans[row, PAGE], self.spans[row, PAGES], 0)
            if not self.spans[row, MANUAL]:
                put(self, row)
    return 0


cdef int64_t new_span(Replay self, int64_t page, int64_t npages, int64_t kind) except? -2 nogil:
    # The row of a span in the place of all that were there; -1 where there can be none.
    cdef bint is_manual = kind & 1
    cdef int64_t span_class = 0 if is_manual else kind >> 1
    cdef int64_t number, row, slots
    if kind < 0 or span_class >= SPAN_CLASSES or page < 0 or page >= MOST_PAGES:
        self.counts[C_LEFT_OUT] += 1
        return NONE
    if npages <= 0 or npages > LARGEST_SPAN_PAGES:
        self.counts[C_LEFT_OUT] += 1
        return NONE
    slots = self.slot_counts[span_class]
    if self.slot_bytes[span_class >> 1] * slots > npages * PAGE_BYTES:
        self.counts[C_LEFT_OUT] += 1
        return NONE
    if page + npages > self.at_page.shape[0]:
        grow_at_page(self, page + npages)
    for number in range(page, page + npages):
        if self.at_page[number]:
            self.counts[C_OVERLAP] += 1
            remove(self, self.at_page[number] - 1)
    row = new_row(self, 0 if is_manual else (slots + 63) >> 6)
    self.spans[row, PAGE] = page
    self.spans[row, PAGES] = npages
    self.spans[row, CLASS] = span_class
    self.spans[row, SLOT_BYTES] = self.slot_bytes[span_class >> 1] or npages * PAGE_BYTES
    self.spans[row, SLOTS] = 0 if is_manual else slots
    self.spans[row, SWEEPGEN] = self.generation
    self.spans[row, MANUAL] = is_manual
    self.spans[row, MARKED] = self.mark if self.is_marking else NONE
    for number in range(page, page + npages):
        self.at_page[number] = <int32_t>(row + 1)
    self.top_page = max(self.top_page, page + npages)
    return row


cdef int remove(Replay self, int64_t row) except -1 nogil:
    # Its pages are free.
    cdef int64_t page = self.spans[row, PAGE]
    cdef int64_t number, p, span_class
    for number in range(page, page + self.spans[row, PAGES]):
        self.at_page[number] = 0
    self.spans[row, GONE] = 1
    if self.has_begun:
        mark_free(self, page, self.spans[row, PAGES])
    if self.spans[row, MANUAL]:
        return drop(self, row) if self.has_begun else 0
    if not self.has_begun:
        return 0
    if state(self, row) == SWEPT:
        take(self, row)
    if state(self, row) == CACHED_SWEPT:
        span_class = self.spans[row, CLASS]
        for p in range(self.last_proc + 1):
            if self.cached[p, span_class] == row:
                self.cached[p, span_class] = NONE
                self.spans[row, HELD] -= 1
    return drop(self, row)


cdef int span_alloc(
    Replay self, int64_t p, int64_t page, int64_t npages, int64_t kind
) except -1 nogil:
    cdef int64_t row, predicted, span_class, expected
    close(self, p)
    flush(self, p)
    row = new_span(self, page, npages, kind)
    if row < 0:
        return 0
    predicted = predict(self, npages, p)
    compare(self, P_EARLY_PAGE if self.spans_count < EARLY_SPANS else P_PAGE, page, predicted, page)
    self.spans_count += 1
    place(self, page, npages, p, predicted)
    if self.spans[row, MANUAL]:
        return 0
    span_class = self.spans[row, CLASS]
    expected = self.span_pages[span_class >> 1] or npages
    compare(self, P_SIZE_CLASS, page, expected, npages)
    self.spans[row, NEW] = 1
    if span_class < 2:
        settle_all(self, p, NONE, self.procs[p, REGIONS])
        return push(self, row, queue(self, span_class, 1, 0))
    catch_up(self, p)
    give_back(self, p, span_class)
    settle_all(self, p, span_class, self.procs[p, REGIONS])
    predict_refill(self, row, NONE)
    return keep(self, p, row)


cdef int span_free(Replay self, int64_t page) except -1 nogil:
    cdef int64_t row = NONE
    if 0 <= page < self.at_page.shape[0]:
        row = self.at_page[page] - 1
    if row < 0 or self.spans[row, PAGE] != page:
        self.counts[C_UNKNOWN_SPAN_FREE] += 1
        return find_lost(self, page, UNSEEN_PAGES) if self.has_begun else 0
    return remove(self, row)


cdef int sweep_begin(Replay self, int64_t p) except -1 nogil:
    close(self, p)
    flush(self, p)
    close_region(self, p, 0)
    catch_up(self, p)
    self.procs[p, BUSY] = self.goroutine
    self.procs[p, IS_OPEN] = 1
    return 0


cdef int close_region(Replay self, int64_t p, int64_t swept_bytes) except -1 nogil:
    # The open region becomes one of the closed ones.
    cdef int64_t opened = region_of(self, p, OPEN_REGION)
    cdef int64_t at, column
    if not self.procs[p, IS_OPEN]:
        return 0
    if self.procs[p, REGIONS] >= MOST_REGIONS:
        settle(self, p)
    at = region_of(self, p, self.procs[p, REGIONS])
    for column in range(REGION_COLUMNS):
        self.regions[at, column] = self.regions[opened, column]
    self.regions[at, R_BYTES] = swept_bytes
    clear_region(self, opened)
    self.procs[p, REGIONS] += 1
    self.procs[p, IS_OPEN] = 0
    return 0


cdef int heap_alloc(Replay self, int64_t p, int64_t live) except -1 nogil:
    if live < 0 or live >= MOST_BYTES:
        live = NONE
    if self.is_stopped:
        if self.flush_at < self.flush_count and self.heap_live >= 0:
            compare(self, P_HEAP_LIVE, NONE, self.heap_live + self.flushes[self.flush_at], live)
            self.flush_at += 1
    else:
        catch_up(self, p)
        if self.procs[p, HAS_ALLOC]:
            self.counts[C_UNMATCHED] += 1
        self.procs[p, BUSY] = self.goroutine
        self.procs[p, HAS_ALLOC] = 1
        self.procs[p, BEFORE] = self.heap_live
        self.procs[p, AFTER] = live
    self.heap_live = live
    return 0


cdef int step_heap_live(Replay self, int64_t p, int64_t room) except -1 nogil:
    cdef bint is_told = self.procs[p, HAS_ALLOC] and self.procs[p, BEFORE] >= 0
    self.procs[p, HAS_ALLOC] = 0
    if not is_told:
        self.counts[C_UNTOLD] += 1
        return 0
    return compare(self, P_HEAP_LIVE, NONE, self.procs[p, BEFORE] + room, self.procs[p, AFTER])


cdef int flush(Replay self, int64_t p) except -1 nogil:
    if self.procs[p, MUST_FLUSH]:
        self.procs[p, MUST_FLUSH] = 0
        release_all(self, p)
    return 0


cdef int release_all(Replay self, int64_t p) except -1 nogil:
    cdef int64_t span_class, row
    for span_class in range(SPAN_CLASSES):
        row = self.cached[p, span_class]
        if row >= 0:
            self.cached[p, span_class] = NONE
            uncache(self, row)
    self.procs[p, IS_KNOWN] = 1
    return 0


cdef int flush_idle(Replay self) except -1 nogil:
    cdef int64_t p
    self.has_flush_due = False
    self.collector = NONE
    for p in range(1, self.last_proc + 1):
        if self.procs[p, EXISTS] and self.procs[p, IS_IDLE] and p - 1 != self.proc:
            flush(self, p)
            flush_pages(self, p)
    return 0


cdef int drain(Replay self) except -1 nogil:
    cdef int64_t p
    for p in range(self.last_proc + 1):
        if self.procs[p, EXISTS]:
            close(self, p)
            flush(self, p)
            close_region(self, p, 0)
            settle(self, p)
    return drain_lists(self)


cdef int step_of_cycle(Replay self, uint8_t kind, int64_t p, int64_t first) except -1 nogil:
    if kind == GC_BEGIN:
        drain(self)
        self.is_marking = True
        self.mark += 1
    elif kind == GC_END:
        gc_end(self)
    elif kind == STW_BEGIN:
        self.is_stopped = True
        self.flush_at = self.flush_count = 0
        if first == 1 and self.has_begun:
            read_memory_statistics(self)
    elif kind == STW_END:
        self.is_stopped = False
        self.flush_at = self.flush_count = 0
        self.has_flush_due = self.collector == self.thread
    elif kind == PROC_START or kind == PROC_STOP:
        p = proc_of(self, first)
        self.procs[p, IS_IDLE] = kind == PROC_STOP
    else:
        close(self, p)
        settle(self, p)
        if kind == SWEEPER_YIELD:
            give_way(self)
        else:
            finish_sweep(self)
    return 0


cdef int gc_end(Replay self) except -1 nogil:
    cdef int64_t p
    drain(self)
    self.goroutine = NONE
    for p in range(self.last_proc + 1):
        if self.procs[p, EXISTS]:
            catch_up(self, p)
    start_cycle(self)
    self.is_marking = False
    for p in range(self.last_proc + 1):
        if self.procs[p, EXISTS]:
            self.procs[p, MUST_FLUSH] = 1
    self.collector = self.thread
    self.has_flush_due = False
    return 0


cdef int read_memory_statistics(Replay self) except -1 nogil:
    cdef int64_t p, span_class, row, unused
    take_snapshot(self)
    for p in range(self.last_proc + 1):
        if not self.procs[p, EXISTS]:
            continue
        close(self, p)
        flush(self, p)
        unused = 0
        for span_class in range(SPAN_CLASSES):
            row = self.cached[p, span_class]
            if row >= 0:
                unused += (self.spans[row, SLOTS] - self.spans[row, COUNT]) * self.slot_bytes[
                    span_class >> 1
                ]
        if not self.procs[p, IS_KNOWN]:
            self.heap_live = NONE
        release_all(self, p)
        if unused:
            self.flushes[self.flush_count] = -unused
            self.flush_count += 1
    return 0


cdef int take_snapshot(Replay self) except -1 with gil:
    if len(self.snapshots) < MOST_SNAPSHOTS:
        self.snapshots.append(tuple([*list(self.allocs), *list(self.frees)]))
    return 0
