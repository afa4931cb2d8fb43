# Spans whose free slots are linked lists: `gotrace.model.list_spans`.
#
# A span is the row of the run that it came from. Before its sets of slots there is a link for each
# slot, the first slot's last, of the list that the slot is in: of its span (a slot plus one) or of some cache (an object:
# `row << OBJECT_SHIFT | slot`); 0 ends a list. A link is a word, or where caches have no lists of
# their own a quarter of one.

# Columns of these spans that others do not have.
cdef enum:
    FREE_HEAD = 8  # the slot handed out next, plus one
    FREE_COUNT = 13
    IN_LIST = 12  # NONEMPTY, EMPTY or NO_LIST

cdef enum:
    NONEMPTY = 0
    EMPTY = 1
    NO_LIST = 2
    OBJECT_SHIFT = 10
    SLOT_MASK = 1023


cdef class ListHeap(Heap):
    """What heaps with free lists have in common."""

    cdef public RunPages pages
    cdef public int32_t[::1] lists  # (size class * 2 + which) * 2: first, last
    cdef public int class_count
    cdef public bint has_short_links  # four to a word

    def __init__(self, Memory m not None, RunPages pages not None, int32_t[::1] lists not None):
        self.m = m
        self.pages = pages
        self.lists = lists
        self.class_count = m.classes.shape[0] >> CLASS_SHIFT
        m.took = True

    cdef int room(self, int64_t size) except -1 nogil:
        cdef int status = self.m.room()
        if status == FINE:
            status = self.pages.room(size // self.m.page_bytes + 1)
        return status

    cdef int32_t take_pages(self, int cache, int64_t npages, int size_class) except -1 nogil:
        """`ListSpans.new`; 0 when the address space is used up."""
        cdef int64_t page = self.pages.allocate(npages, cache)
        cdef int64_t count = 1
        cdef int32_t row
        cdef Py_ssize_t at
        if page < 0:
            return 0
        row = self.m.page_map[page]
        at = <Py_ssize_t>row << ROW_SHIFT
        if size_class:
            count = self.m.classes[(size_class << CLASS_SHIFT) + C_SLOT_COUNT]
        self.m.rows[at + SPAN_CLASS] = self.m.rows[at + SIZE_CLASS] = size_class
        self.m.rows[at + SLOT_COUNT] = self.m.rows[at + FREE_COUNT] = <int32_t>count
        self.m.rows[at + SLOT_BYTES] = 0
        if size_class:
            self.m.rows[at + SLOT_BYTES] = self.m.classes[(size_class << CLASS_SHIFT) + C_SLOT_BYTES]
        self.m.rows[at + GENERATION] = self.m.generation
        self.m.rows[at + ALLOCATED_COUNT] = self.m.rows[at + DEAD_COUNT] = 0
        self.m.rows[at + LATE_COUNT] = 0
        self.m.rows[at + IN_LIST] = NO_LIST
        self.m.rows[at + FREE_HEAD] = 1
        self.m.rows[at + WORDS] = self.m.new_words(span_words(self.m, at)) + self.link_words(at)
        self.m.in_use_pages += npages
        self.m.took = True
        if size_class:
            self.link_all(at, <int>count)
        return row

    cdef int link_all(self, Py_ssize_t at, int count) except -1 nogil:
        """All slots in rising order; the links are 0 so far."""
        cdef int slot
        cdef Py_ssize_t first
        if self.has_short_links:
            for slot in range(count - 1):
                first = self.short_link(at, slot)
                self.m.words[first] |= <uint64_t>(slot + 2) << ((slot & 3) << 4)
        else:
            first = self.link_of(at, 0)
            for slot in range(count - 1):
                self.m.words[first - slot] = <uint64_t>(slot + 2)
        return 0

    cdef int release(self, int32_t row) except -1 nogil:
        """`ListSpans.release`: back to the page heap."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        if self.m.rows[at + ALLOCATED_COUNT]:
            with gil:
                broken("a span that is not empty is given back")
        self.m.in_use_pages -= self.m.rows[at + NPAGES]
        self.m.drop_words(self.m.rows[at + WORDS] - self.link_words(at), span_words(self.m, at))
        return self.pages.free(self.m.rows[at + PAGE], self.m.rows[at + NPAGES])

    cdef inline int link_words(self, Py_ssize_t at) except -1 nogil:
        """How many words the links of a span take; a large object needs none."""
        if self.m.rows[at + SIZE_CLASS] == 0:
            return 0
        if self.has_short_links:
            return (self.m.rows[at + SLOT_COUNT] + 3) >> 2
        return self.m.rows[at + SLOT_COUNT]

    cdef inline Py_ssize_t link_of(self, Py_ssize_t at, int slot) except? -1 nogil:
        """Which word is the link of a slot."""
        return self.m.rows[at + WORDS] - 1 - slot

    cdef inline Py_ssize_t short_link(self, Py_ssize_t at, int slot) except? -1 nogil:
        """Which word has the link of a slot in one of its quarters."""
        return self.m.rows[at + WORDS] - 1 - (slot >> 2)

    cdef inline Py_ssize_t link(self, uint64_t item) except? -1 nogil:
        """Which word is the link of an object."""
        return self.link_of(
            <Py_ssize_t>(item >> OBJECT_SHIFT) << ROW_SHIFT, <int>(item & SLOT_MASK)
        )

    cdef inline int pop_free(self, Py_ssize_t at) except -1 nogil:
        """The head of a span's list, which is not empty."""
        cdef int slot = self.m.rows[at + FREE_HEAD] - 1
        cdef uint64_t following
        if self.has_short_links:
            following = (self.m.words[self.short_link(at, slot)] >> ((slot & 3) << 4)) & 0xFFFF
        else:
            following = self.m.words[self.link_of(at, slot)]
        self.m.rows[at + FREE_COUNT] -= 1
        self.m.rows[at + FREE_HEAD] = <int32_t>following
        return slot

    cdef inline int push_free(self, Py_ssize_t at, int slot) except -1 nogil:
        cdef uint64_t following = <uint64_t>self.m.rows[at + FREE_HEAD]
        cdef Py_ssize_t word
        cdef int shift = (slot & 3) << 4
        if self.has_short_links:
            word = self.short_link(at, slot)
            self.m.words[word] &= ~(<uint64_t>0xFFFF << shift)
            self.m.words[word] |= following << shift
        else:
            self.m.words[self.link_of(at, slot)] = following
        self.m.rows[at + FREE_HEAD] = slot + 1
        self.m.rows[at + FREE_COUNT] += 1
        return 0

    cdef inline int give(self, int32_t row, int slot) except -1 nogil:
        """The program gets a slot."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef Py_ssize_t word = self.m.rows[at + WORDS] + (slot >> 6) * SET_COUNT + ALLOCATED
        cdef uint64_t bit = (<uint64_t>1) << (slot & 63)
        if self.m.words[word] & bit:
            with gil:
                broken("a slot that is not free is given out")
        self.m.words[word] |= bit
        self.m.rows[at + ALLOCATED_COUNT] += 1
        self.m.mallocs_count += 1
        self.row = row
        self.slot = slot
        self.offset = 0
        self.is_new_slot = True
        return 0

    cdef inline int drop(self, Py_ssize_t at, int slot) except -1 nogil:
        """The program no longer has a slot; the caller puts it into some list."""
        cdef Py_ssize_t word = self.m.rows[at + WORDS] + (slot >> 6) * SET_COUNT
        self.m.words[word + ALLOCATED] &= ~((<uint64_t>1) << (slot & 63))
        self.m.rows[at + ALLOCATED_COUNT] -= 1
        self.m.frees_count += 1
        return 0

    cdef inline int give_zero_base(self) noexcept nogil:
        """No bytes are no object (go1.1 on)."""
        self.row = 0
        self.slot = -1
        self.offset = 0
        self.is_new_slot = False
        return FINE

    cdef int give_large(self, int32_t row) except -1 nogil:
        """A large object gets the span that was taken for it."""
        self.give(row, 0)
        self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + FREE_COUNT] = 0
        self.is_new_span = True
        return FINE

    cdef inline int64_t pages_for(self, int64_t size) noexcept nogil:
        return (size + self.m.page_bytes - 1) // self.m.page_bytes

    cdef inline int class_pages(self, int size_class) except -1 nogil:
        return self.m.classes[(size_class << CLASS_SHIFT) + C_NPAGES]

    # `TwoLists`.

    cdef inline int32_t first(self, int size_class, int which) except -1 nogil:
        return self.lists[(size_class * 2 + which) * 2]

    cdef int unlink(self, int32_t row) except -1 nogil:
        """Out of the list that it is in, if any."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int which = self.m.rows[at + IN_LIST]
        if which == NO_LIST:
            return 0
        self.m.rows[at + IN_LIST] = NO_LIST
        return list_remove(self.m, self.lists, self.m.rows[at + SIZE_CLASS] * 2 + which, row)

    cdef int put_first(self, int32_t row, int which) except -1 nogil:
        """To the front of `nonempty` or `empty`."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        self.unlink(row)
        self.m.rows[at + IN_LIST] = which
        return list_prepend(self.m, self.lists, self.m.rows[at + SIZE_CLASS] * 2 + which, row)

    cdef int empty_last(self, int32_t row) except -1 nogil:
        """To the end of `empty`, where the swept ones are."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        self.unlink(row)
        self.m.rows[at + IN_LIST] = EMPTY
        return list_append(self.m, self.lists, self.m.rows[at + SIZE_CLASS] * 2 + EMPTY, row)

    # Marks.

    cdef int64_t find_dead(self) except -1 nogil:
        """What is gone is dead; gives the bytes of it."""
        cdef int64_t gone_bytes = 0
        cdef Py_ssize_t at
        cdef int32_t row
        for row in range(1, self.m.last_row + 1):
            at = <Py_ssize_t>row << ROW_SHIFT
            if self.m.rows[at + SPAN_CLASS] >= 0:
                gone_bytes += mark_dead(self.m, at) * self.m.slot_bytes(at)
        return gone_bytes
