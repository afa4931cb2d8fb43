# The replay of one stream, row by row: `gotrace.model.player`.

# Kinds of rows (`StepKind`), breaches (`Breach`, in its order), and what an object's record says.
cdef enum:
    ALLOC = 0
    FREE = 1
    MARK_BEGIN = 2
    MARK_END = 3
    FLUSH = 4
    STACK_ALLOC = 5
    STACK_FREE = 6
    PROCS = 7

cdef enum:
    UNKNOWN_KIND = 0
    UNKNOWN_OBJECT = 1
    DOUBLE_FREE = 2
    EARLY_FREE = 3
    ALLOCATED_TWICE = 4
    IMPOSSIBLE_SIZE = 5
    TOO_MUCH_MEMORY = 6
    IMPOSSIBLE_CACHE = 7
    MARK_ORDER = 8
    NO_STACKS = 9
    BREACH_COUNT = 10

# A record: row << 20 | slot << 4 | one of these.
cdef enum:
    NEVER = 0  # not allocated anywhere in the stream
    EXPECTED = 1
    LIVE = 2
    PAST = 3
    FREED_BY_MARK = 4  # its FREE row is still to come
    SLOT_SHIFT = 4
    RECORD_SHIFT = 20

cdef enum:
    FAR_AHEAD = 24
    AHEAD = 12


@cython.final
cdef class Player:
    """A stream and the heap that lives through it."""

    cdef Heap heap
    cdef Memory m
    # The stream.
    cdef public const uint8_t[::1] kinds
    cdef public const int32_t[::1] caches
    cdef public const int64_t[::1] objects  # numbers from 0 on, of stacks as well
    cdef public const int64_t[::1] sizes
    cdef public const uint8_t[::1] pointers
    # What is known of objects and stacks; a stack's record is where it begins and the size's
    # binary logarithm: start << 8 | logarithm; 0: it is not in use.
    cdef public int64_t[::1] records
    cdef public int64_t[::1] stacks
    # The placements, as in `gotrace.model.heap.Allocation`.
    cdef public int64_t[::1] to_address
    cdef public int64_t[::1] to_span
    cdef public int32_t[::1] to_slot
    cdef public int16_t[::1] to_size_class
    cdef public int16_t[::1] to_span_class
    cdef public int64_t[::1] to_slot_bytes
    cdef public int8_t[::1] to_is_tiny
    cdef public int8_t[::1] to_is_new_span
    cdef public int8_t[::1] to_is_new_slot
    cdef public int64_t[::1] breach_counts
    cdef public int64_t[::1] breach_rows
    cdef public bint has_marks
    cdef public bint has_stacks
    cdef public bint is_swept
    cdef public bint frees_at_once
    cdef public int64_t max_heap_bytes
    cdef public int64_t max_request_bytes
    cdef public int64_t min_goal_bytes
    cdef public int64_t goal_bytes
    cdef public int64_t in_use_bytes
    cdef public int64_t marks_count
    cdef public Py_ssize_t row  # the next one

    def __init__(self, Heap heap not None):
        self.heap = heap
        self.m = heap.m

    def expect(self, Py_ssize_t begin, Py_ssize_t end):
        """Take note of the objects that are allocated in these rows, before any is played."""
        cdef Py_ssize_t row
        with nogil:
            for row in range(begin, end):
                if self.kinds[row] == ALLOC:
                    self.records[self.objects[row]] = EXPECTED

    def play(self, Py_ssize_t end):
        """Play the rows up to `end`; FINE, or which table is full: then call again."""
        cdef int status
        with nogil:
            status = self.play_rows(end)
        return status

    cdef int play_rows(self, Py_ssize_t end) except -1 nogil:
        cdef int status, kind
        while self.row < end:
            status = self.room()
            if status != FINE:
                return status
            if self.row + FAR_AHEAD < end:
                self.look_ahead()
            kind = self.kinds[self.row]
            if kind == ALLOC:
                self.allocate(self.row)
            else:
                self.place_nowhere(self.row)
                if kind == FREE:
                    self.free(self.row, self.caches[self.row], self.objects[self.row])
                else:
                    self.play_other(self.row, kind)
            self.row += 1
        return FINE

    cdef inline int look_ahead(self) except -1 nogil:
        """Have what later frees need brought near: a record, and then the span of another."""
        cdef Py_ssize_t row = self.row + FAR_AHEAD
        if self.kinds[row] == FREE:
            fetch_soon(&self.records[self.objects[row]])
        row = self.row + AHEAD
        if self.kinds[row] == FREE:
            fetch_soon(
                &self.m.rows[(self.records[self.objects[row]] >> RECORD_SHIFT) << ROW_SHIFT]
            )
        return 0

    cdef inline int room(self) except -1 nogil:
        """Whether the tables have room for the row, whatever it is."""
        cdef int64_t size = self.sizes[self.row]
        cdef int kind
        cdef int status
        if size > self.m.max_small_bytes and size <= self.max_heap_bytes:
            kind = self.kinds[self.row]
            if kind == ALLOC or kind == STACK_ALLOC:
                return self.heap.room(size)
        if not self.m.took:
            return FINE
        status = self.heap.room(0)
        self.m.took = status != FINE
        return status

    cdef int play_other(self, Py_ssize_t row, int kind) except -1 nogil:
        """Rows that are rare."""
        if kind == MARK_BEGIN:
            return self.mark_begin(row)
        if kind == MARK_END:
            return self.mark_end(row)
        if kind == STACK_ALLOC:
            return self.stack_allocate(row)
        if kind == STACK_FREE:
            return self.stack_free(row)
        if kind == FLUSH:
            return self.flush(row)
        if kind == PROCS:
            return self.procs(row)
        return self.breach(UNKNOWN_KIND, row)

    cdef int breach(self, int what, Py_ssize_t row) except -1 nogil:
        """`Breaches.add`."""
        if not self.breach_counts[what]:
            self.breach_rows[what] = row
        self.breach_counts[what] += 1
        return 0

    cdef inline int place_nowhere(self, Py_ssize_t row) except -1 nogil:
        self.to_address[row] = self.to_span[row] = self.to_slot_bytes[row] = -1
        self.to_slot[row] = -1
        self.to_size_class[row] = self.to_span_class[row] = -1
        self.to_is_tiny[row] = self.to_is_new_span[row] = self.to_is_new_slot[row] = -1
        return 0

    cdef inline int place(self, Py_ssize_t row) except -1 nogil:
        """Write down what the heap made, and count what lives there."""
        cdef int32_t *span = &self.m.rows[<Py_ssize_t>self.heap.row << ROW_SHIFT]
        cdef int slot = self.heap.slot
        cdef int64_t address = 0
        cdef int64_t slot_bytes = 0
        if self.heap.row:
            address = (self.m.base_page + span[PAGE]) * self.m.page_bytes
            slot_bytes = span[SLOT_BYTES]
            if not slot_bytes:
                slot_bytes = span[NPAGES] * self.m.page_bytes
            if self.heap.is_new_slot:
                self.in_use_bytes += slot_bytes
            if span[SPAN_CLASS] == self.m.tiny_class:
                self.count_in(span)
        self.to_address[row] = address + slot * slot_bytes + self.heap.offset
        self.to_span[row] = address
        self.to_slot[row] = slot
        self.to_size_class[row] = <int16_t>span[SIZE_CLASS]
        self.to_span_class[row] = <int16_t>span[SPAN_CLASS]
        self.to_slot_bytes[row] = slot_bytes
        self.to_is_tiny[row] = self.heap.is_tiny
        self.to_is_new_span[row] = self.heap.is_new_span
        self.to_is_new_slot[row] = self.heap.is_new_slot
        return 0

    cdef inline int count_in(self, int32_t *span) except -1 nogil:
        """One more object lives in a slot that tiny objects may share."""
        cdef int slot = self.heap.slot
        cdef Py_ssize_t lives = lives_at(span, slot)
        if self.heap.is_new_slot:
            self.m.words_as_bytes[lives] = 1
        else:
            self.m.words_as_bytes[lives] += 1
            regain(self.m, <Py_ssize_t>self.heap.row << ROW_SHIFT, slot)
        return 0

    cdef inline int allocate(self, Py_ssize_t row) except -1 nogil:
        cdef int64_t number = self.objects[row]
        cdef int64_t size = self.sizes[row]
        cdef int cache = self.caches[row]
        cdef int wrong = self.refusal(cache, size)
        if wrong < 0 and (self.records[number] & 15) >= LIVE:
            wrong = ALLOCATED_TWICE
        if wrong < 0 and self.heap.allocate(cache, size, self.pointers[row]) == REFUSED:
            wrong = TOO_MUCH_MEMORY
        if wrong >= 0:
            self.place_nowhere(row)
            return self.breach(wrong, row)
        self.place(row)
        self.records[number] = LIVE
        if self.heap.row:
            self.records[number] |= (
                <int64_t>self.heap.row << RECORD_SHIFT | <int64_t>self.heap.slot << SLOT_SHIFT
            )
        if not self.has_marks and self.in_use_bytes >= self.goal_bytes:
            self.collect()
        return 0

    cdef inline int refusal(self, int cache, int64_t size) noexcept nogil:
        """Why no memory is given out; -1 if it is."""
        if cache < 0 or cache >= MOST_CACHES:
            return IMPOSSIBLE_CACHE
        if size < 0 or size >= self.max_request_bytes:
            return IMPOSSIBLE_SIZE
        return TOO_MUCH_MEMORY if self.in_use_bytes + size > self.max_heap_bytes else -1

    cdef inline int free(self, Py_ssize_t row, int cache, int64_t number) except -1 nogil:
        cdef int64_t record = self.records[number]
        cdef int status = record & 15
        if status == LIVE:
            self.records[number] = (record & ~(<int64_t>15)) | PAST
            if record >> RECORD_SHIFT:
                self.count_out(record, cache)
            return 0
        if status == FREED_BY_MARK:
            self.records[number] = (record & ~(<int64_t>15)) | PAST
            return 0
        if status == PAST:
            return self.breach(DOUBLE_FREE, row)
        return self.breach(EARLY_FREE if status == EXPECTED else UNKNOWN_OBJECT, row)

    cdef inline int count_out(self, int64_t record, int cache) except -1 nogil:
        """One object less lives in its slot; when it was the last, the slot is free or gone."""
        cdef int32_t row = <int32_t>(record >> RECORD_SHIFT)
        cdef int slot = <int>((record >> SLOT_SHIFT) & 0xFFFF)
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int32_t *span = &self.m.rows[at]
        cdef Py_ssize_t lives
        if span[SPAN_CLASS] == self.m.tiny_class:
            lives = lives_at(span, slot)
            self.m.words_as_bytes[lives] -= 1
            if self.m.words_as_bytes[lives]:
                return 0
        if self.frees_at_once:
            self.in_use_bytes -= self.m.slot_bytes(at)
            return self.heap.free(row, slot, max(0, min(cache, MOST_CACHES - 1)))
        return lose(self.m, at, slot)

    cdef int mark_begin(self, Py_ssize_t row) except -1 nogil:
        if self.m.is_marking:
            return self.breach(MARK_ORDER, row)
        if self.frees_at_once:
            return 0
        return self.heap.begin_mark()

    cdef int mark_end(self, Py_ssize_t row) except -1 nogil:
        if self.frees_at_once:
            return 0
        if not self.m.is_marking:
            return self.breach(MARK_ORDER, row)
        if self.is_swept and self.has_marks:
            self.free_swept(row)
        self.marks_count += 1
        self.in_use_bytes -= self.heap.end_mark()
        return 0

    cdef int free_swept(self, Py_ssize_t row) except -1 nogil:
        """The objects whose FREE rows come between this mark and the next: dead already."""
        cdef Py_ssize_t later = row + 1
        cdef int64_t number
        cdef int kind
        while later < self.kinds.shape[0]:
            kind = self.kinds[later]
            if kind == MARK_BEGIN or kind == MARK_END:
                break
            if kind == FREE:
                number = self.objects[later]
                if (self.records[number] & 15) == LIVE:
                    self.free(row, 0, number)
                    self.records[number] = (self.records[number] & ~(<int64_t>15)) | FREED_BY_MARK
            later += 1
        return 0

    cdef int collect(self) except -1 nogil:
        """A mark that takes no time; the next one when twice as much is in use."""
        self.mark_begin(0)
        self.mark_end(0)
        self.goal_bytes = max(self.min_goal_bytes, 2 * self.in_use_bytes)
        return 0

    cdef int flush(self, Py_ssize_t row) except -1 nogil:
        cdef int cache = self.caches[row]
        if cache < 0 or cache >= MOST_CACHES:
            return self.breach(IMPOSSIBLE_CACHE, row)
        return self.heap.flush(cache)

    cdef int stack_allocate(self, Py_ssize_t row) except -1 nogil:
        cdef int cache = self.caches[row]
        cdef int64_t number = self.objects[row]
        cdef int64_t size = self.sizes[row]
        cdef int64_t start
        if not self.has_stacks:
            return self.breach(NO_STACKS, row)
        if cache < -1 or cache >= MOST_CACHES:
            return self.breach(IMPOSSIBLE_CACHE, row)
        if self.stacks[number]:
            return self.breach(ALLOCATED_TWICE, row)
        if size > self.max_heap_bytes or self.in_use_bytes + size > self.max_heap_bytes:
            return self.breach(TOO_MUCH_MEMORY, row)
        if size < 2048 or size > 1 << 30 or size & (size - 1):
            return self.breach(IMPOSSIBLE_SIZE, row)
        start = self.heap.allocate_stack(size, cache)
        if start == -2:
            return self.breach(TOO_MUCH_MEMORY, row)
        self.stacks[number] = (start << 8) | lowest_bit(<uint64_t>size)
        self.in_use_bytes += size
        return 0

    cdef int stack_free(self, Py_ssize_t row) except -1 nogil:
        cdef int cache = self.caches[row]
        cdef int64_t number = self.objects[row]
        cdef int64_t record, size
        if not self.has_stacks:
            return self.breach(NO_STACKS, row)
        if cache < -1 or cache >= MOST_CACHES:
            return self.breach(IMPOSSIBLE_CACHE, row)
        record = self.stacks[number]
        if not record:
            return self.breach(UNKNOWN_OBJECT, row)
        self.stacks[number] = 0
        size = (<int64_t>1) << (record & 255)
        self.heap.free_stack(record >> 8, size, cache)
        self.in_use_bytes -= size
        return 0

    cdef int procs(self, Py_ssize_t row) except -1 nogil:
        cdef int64_t count = self.sizes[row]
        if count <= 0 or count > MOST_CACHES:
            return self.breach(IMPOSSIBLE_CACHE, row)
        return self.heap.set_procs(<int>count)
