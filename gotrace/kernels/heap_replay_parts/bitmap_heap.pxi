# The heap of go1.7 on: `gotrace.model.bitmap_heap`, `caches` and `accounting`.

cdef enum:
    TINY_ROW = 0
    TINY_SLOT = 1
    TINY_OFFSET = 2
    TINY_COLUMNS = 4
    ARENA_BYTES = 64 << 20
    RECLAIM_CHUNK_PAGES = 512


cdef class BitmapHeap(Heap):
    """Caches, central lists, sweeper and page heap put together."""

    cdef Pages pages
    cdef Central central
    cdef Stacks stacks
    cdef public int32_t[::1] cache_spans  # cache * class_count + span class: row
    cdef public uint8_t[::1] has_cache
    cdef public int32_t[::1] tiny  # cache * TINY_COLUMNS
    cdef public int32_t[::1] arena_spans  # by arena: pages that lead to a span of objects
    cdef public int32_t[::1] reclaimed  # arenas that the page reclaimer goes through
    cdef public int class_count
    cdef int cache_count  # no cache from here on
    cdef bint is_done
    cdef int64_t arena_pages
    cdef int64_t reclaim_chunks
    cdef int64_t next_chunk
    cdef int64_t credit_pages

    def __init__(self, Memory m not None, Pages pages, Central central, Stacks stacks, tables):
        """`tables`: cache_spans, has_cache, tiny."""
        self.m = m
        self.pages = pages
        self.central = central
        self.stacks = stacks
        self.cache_spans, self.has_cache, self.tiny = tables
        self.class_count = m.classes.shape[0] >> CLASS_SHIFT
        self.arena_pages = ARENA_BYTES // m.page_bytes
        self.is_done = True
        m.took = True

    cdef int room(self, int64_t size) except -1 nogil:
        cdef int status = self.m.room()
        if status != FINE:
            return status
        status = self.pages.room(size // self.m.page_bytes + 1)
        if status == FINE and (
            self.arena_spans.shape[0] * self.arena_pages < self.m.page_map.shape[0]
        ):
            return FULL_PAGES
        return status

    cdef int allocate(self, int cache, int64_t size, bint has_pointers) except -1 nogil:
        cdef int span_class
        self.is_tiny = self.is_new_span = False
        if size == 0 and self.m.has_zero_base:
            self.row = 0
            self.slot = -1
            self.offset = 0
            self.is_new_slot = False
            return FINE
        self.m.mallocs_count += 1
        self.is_new_slot = True
        if size > self.m.max_small_bytes:
            return self.large(cache, size, has_pointers)
        if not self.has_cache[cache]:
            self.has_cache[cache] = 1
            self.cache_count = max(self.cache_count, cache + 1)
        span_class = self.m.class_of[((size + 7) >> 3) * 2 + has_pointers]
        if size < TINY_BYTES and not has_pointers and self.m.tiny_class >= 0:
            return self.tiny_object(cache, <int>size)
        return self.small(cache, span_class)

    cdef int tiny_object(self, int cache, int size) except -1 nogil:
        """`_tiny`: into the tiny block if it fits, else a new block."""
        cdef Py_ssize_t at = cache * TINY_COLUMNS
        cdef int alignment = min(8, size & -size)
        cdef int start = (self.tiny[at + TINY_OFFSET] + alignment - 1) & -alignment
        self.is_tiny = True
        if self.tiny[at + TINY_ROW] and start + size <= TINY_BYTES:
            self.tiny[at + TINY_OFFSET] = start + size
            self.m.tiny_count += 1
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

    cdef inline int small(self, int cache, int span_class) except -1 nogil:
        """The next free slot of the cached span, after a refill if it has none."""
        cdef Py_ssize_t held = cache * self.class_count + span_class
        cdef int32_t row = self.cache_spans[held]
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int slot = 0
        if row:
            slot = next_free(self.m, at)
        if not row or slot >= self.m.rows[at + SLOT_COUNT]:
            if self.refill(held, cache, span_class) == REFUSED:
                return REFUSED
            row = self.cache_spans[held]
            at = <Py_ssize_t>row << ROW_SHIFT
            slot = next_free(self.m, at)
            if slot >= self.m.rows[at + SLOT_COUNT]:
                with gil:
                    broken("a refill brought no free slot")
        occupy(self.m, at, slot)
        self.row = row
        self.slot = slot
        self.offset = self.m.classes[(<Py_ssize_t>span_class << CLASS_SHIFT) + C_HEADER_BYTES]
        return FINE

    cdef int refill(self, Py_ssize_t held, int cache, int span_class) except -1 nogil:
        """A span with a free slot from the central lists, or fresh from the page heap."""
        cdef int32_t row = self.cache_spans[held]
        cdef Py_ssize_t at
        if row:
            self.cache_spans[held] = 0
            self.central.uncache(row)
        # What the allocator owes to the sweeper (`Sweeper.pay`) is nothing, for no replay paces.
        row = self.central.cache_span(span_class, not self.is_done)
        if not row:
            row = self.new_span(
                cache, self.m.classes[(span_class << CLASS_SHIFT) + C_NPAGES], span_class, False
            )
            if row < 0:
                return REFUSED
            self.central.add_fresh(row)
            self.is_new_span = True
        at = <Py_ssize_t>row << ROW_SHIFT
        self.m.rows[at + GENERATION] = self.m.generation + CACHED_SWEPT
        self.m.heap_live_bytes += (
            self.m.rows[at + NPAGES] * self.m.page_bytes
            - <int64_t>self.m.rows[at + ALLOCATED_COUNT] * self.m.rows[at + SLOT_BYTES]
        )
        self.cache_spans[held] = row
        return FINE

    cdef int large(self, int cache, int64_t size, bint has_pointers) except -1 nogil:
        """A span of its own; it reclaims as many pages as it takes."""
        cdef int64_t npages = (size + self.m.page_bytes - 1) // self.m.page_bytes
        cdef int span_class = 1 if self.m.is_split and not has_pointers else 0
        cdef int32_t row = self.new_span(cache, npages, span_class, True)
        if row < 0:
            return REFUSED
        occupy(self.m, <Py_ssize_t>row << ROW_SHIFT, 0)
        self.m.heap_live_bytes += npages * self.m.page_bytes
        self.central.add_fresh(row)
        self.row = row
        self.slot = 0
        self.offset = 0
        self.is_new_span = True
        return FINE

    cdef int32_t new_span(
        self, int cache, int64_t npages, int span_class, bint is_large
    ) except -1 nogil:
        """`mheap.alloc`; the row, or -2 when the address space is used up."""
        cdef int64_t page
        cdef int32_t row
        if not self.is_done:
            self.reclaim(npages)
        page = self.pages.allocate(npages, cache)
        if page < 0:
            return -2
        row = new_span(self.m, page, npages, span_class, is_large)
        self.count_arenas(<Py_ssize_t>row << ROW_SHIFT, 1)
        return row

    cdef int count_arenas(self, Py_ssize_t at, int change) except -1 nogil:
        """A span comes or goes: its pages, of a large object the first, lead to it."""
        cdef int64_t page = self.m.rows[at + PAGE]
        cdef int64_t last = page
        if self.m.rows[at + SIZE_CLASS]:
            last += self.m.rows[at + NPAGES] - 1
        self.arena_spans[page // self.arena_pages] += change
        if last // self.arena_pages != page // self.arena_pages:
            self.arena_spans[last // self.arena_pages] += change
        return 0

    cdef int begin_mark(self) except -1 nogil:
        """Sweep what is left; tiny blocks in use survive the mark."""
        cdef Py_ssize_t at, word
        cdef int cache, slot
        self.finish()
        self.m.is_marking = True
        for cache in range(self.cache_count):
            at = <Py_ssize_t>self.tiny[cache * TINY_COLUMNS + TINY_ROW] << ROW_SHIFT
            if at:
                slot = self.tiny[cache * TINY_COLUMNS + TINY_SLOT]
                word = self.m.rows[at + WORDS] + (slot >> 6) * SET_COUNT
                self.m.words[word + FRESH] |= (<uint64_t>1) << (slot & 63)
        return 0

    cdef int64_t end_mark(self) except -1 nogil:
        """The mark ends, sweeping starts, all caches are flushed."""
        cdef int64_t gone_bytes = self.find_dead()
        cdef int cache
        self.m.is_marking = False
        self.start()
        for cache in range(self.cache_count):
            if self.has_cache[cache]:
                self.flush(cache)
        self.stacks.free_spans()
        return gone_bytes

    cdef int64_t find_dead(self) except -1 nogil:
        """What is gone is dead; only what is left counts as live. Gives the bytes of the former."""
        cdef int64_t gone_bytes = 0
        cdef int64_t marked_bytes = 0
        cdef int64_t slot_bytes
        cdef Py_ssize_t row, at
        for row in range(1, self.m.last_row + 1):
            at = row << ROW_SHIFT
            if self.m.rows[at + SPAN_CLASS] >= 0:
                slot_bytes = self.m.slot_bytes(at)
                gone_bytes += mark_dead(self.m, at) * slot_bytes
                marked_bytes += slot_bytes * (
                    self.m.rows[at + ALLOCATED_COUNT] - self.m.rows[at + DEAD_COUNT]
                )
        self.m.heap_live_bytes = marked_bytes
        return gone_bytes

    cdef int flush(self, int cache) except -1 nogil:
        """The cache gives spans, stacks and tiny block back."""
        cdef Py_ssize_t held, at
        cdef int32_t row
        self.stacks.clear(cache)
        if not self.has_cache[cache]:
            return 0
        for held in range(cache * self.class_count, (cache + 1) * self.class_count):
            row = self.cache_spans[held]
            if row:
                self.cache_spans[held] = 0
                self.uncache(row)
        at = cache * TINY_COLUMNS
        self.tiny[at + TINY_ROW] = self.tiny[at + TINY_SLOT] = self.tiny[at + TINY_OFFSET] = 0
        return 0

    cdef int uncache(self, int32_t row) except -1 nogil:
        """A flushed span: unused slots count no longer, and a stale one is swept."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        if state(self.m, at) != CACHED_STALE:
            self.m.heap_live_bytes -= self.m.rows[at + SLOT_BYTES] * <int64_t>(
                self.m.rows[at + SLOT_COUNT] - self.m.rows[at + ALLOCATED_COUNT]
            )
        if self.central.uncache(row):
            self.sweep(row)
        return 0

    cdef int set_procs(self, int count) except -1 nogil:
        """`GOMAXPROCS(count)`: Ps from `count` on give up their caches, of spans and of pages."""
        cdef int cache
        for cache in range(count, self.cache_count):
            if self.has_cache[cache]:
                self.flush(cache)
                self.pages.flush(cache)
                self.has_cache[cache] = 0
        return 0

    cdef int64_t allocate_stack(self, int64_t size, int cache) except -1 nogil:
        return self.stacks.allocate(size, cache)

    cdef int free_stack(self, int64_t start, int64_t size, int cache) except -1 nogil:
        return self.stacks.free(start, size, cache)

    # Sweeping: `gotrace.model.sweeping`.

    cdef int start(self) except -1 nogil:
        """A mark ended: everything is to be swept."""
        cdef Py_ssize_t arena
        cdef int64_t count = 0
        self.central.start_cycle()
        self.is_done = False
        for arena in range(self.arena_spans.shape[0]):
            if self.arena_spans[arena]:
                self.reclaimed[count] = <int32_t>arena
                count += 1
        self.reclaim_chunks = count * (self.arena_pages // RECLAIM_CHUNK_PAGES)
        self.next_chunk = 0
        self.credit_pages = 0
        return 0

    cdef int64_t sweep_one(self) except -2 nogil:
        """The next span in the background's order: pages that became free; -1: nothing is left."""
        cdef int32_t row
        cdef Py_ssize_t at
        cdef int64_t npages
        if self.is_done:
            return -1
        while True:
            row = self.central.pop_unswept()
            if not row:
                self.is_done = True
                return -1
            at = <Py_ssize_t>row << ROW_SHIFT
            if is_unswept(self.m, at):
                npages = self.m.rows[at + NPAGES]
                if not self.sweep(row):
                    return 0
                self.credit_pages += npages
                return npages

    cdef int finish(self) except -1 nogil:
        """Sweep all that is left."""
        while self.sweep_one() >= 0:
            pass
        return 0

    cdef bint sweep(self, int32_t row) except -1 nogil:
        """Sweep and put where it belongs; True if it was empty and its pages are free."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        sweep_slots(self.m, at)
        if self.m.rows[at + ALLOCATED_COUNT] == 0:
            self.free_span(row)
            return True
        self.central.put_swept(row)
        return False

    cdef int free_span(self, int32_t row) except -1 nogil:
        """An empty span gives its pages back."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int64_t page = self.m.rows[at + PAGE]
        cdef int64_t npages = self.m.rows[at + NPAGES]
        self.central.remove(row)
        self.count_arenas(at, -1)
        drop_span(self.m, row)
        return self.pages.free(page, npages)

    cdef int reclaim(self, int64_t npages) except -1 nogil:
        """`mheap.reclaim`: free whole dead spans before so many pages are taken."""
        cdef int64_t used, found
        while npages > 0 and not self.is_done:
            if self.credit_pages:
                used = min(self.credit_pages, npages)
                self.credit_pages -= used
                npages -= used
                continue
            if self.next_chunk >= self.reclaim_chunks:
                return 0
            found = self.reclaim_chunk(self.next_chunk)
            self.next_chunk += 1
            self.credit_pages += max(0, found - npages)
            npages -= min(found, npages)
        return 0

    cdef int64_t reclaim_chunk(self, int64_t chunk) except -1 nogil:
        """Sweep the unswept spans that begin in the chunk and have no marked object."""
        cdef int64_t per_arena = self.arena_pages // RECLAIM_CHUNK_PAGES
        cdef int64_t page = self.reclaimed[chunk // per_arena] * self.arena_pages
        cdef int64_t freed = 0
        cdef int64_t end, npages
        cdef int32_t row
        cdef Py_ssize_t at
        page += chunk % per_arena * RECLAIM_CHUNK_PAGES
        end = min(page + RECLAIM_CHUNK_PAGES, self.m.page_map.shape[0])
        while page < end:
            row = self.m.page_map[page]
            page += 1
            at = <Py_ssize_t>row << ROW_SHIFT
            if row and is_unswept(self.m, at) and (
                self.m.rows[at + ALLOCATED_COUNT] == self.m.rows[at + DEAD_COUNT]
            ):
                npages = self.m.rows[at + NPAGES]
                if self.sweep(row):
                    freed += npages
        return freed
