# What a heap is kept in: arrays of the caller, which it doubles when a call comes back with FULL_*.
#
# A row of `rows` is a span, of objects or managed by hand; row 0 is none. `rows` has whole rows, so
# that a pointer to the first column, which was checked, is good for all. Pages are numbers from
# `base_page` on, so that they fit 32 bits. Whoever takes rows, words or pages never fails for want
# of room: the player looks before each row of the stream (`Player.room`).

cdef extern from *:
    int lowest_bit "__builtin_ctzll"(unsigned long long) nogil
    int leading_zeros "__builtin_clzll"(unsigned long long) nogil
    int bit_count "__builtin_popcountll"(unsigned long long) nogil
    void fetch_soon "__builtin_prefetch"(const void *) nogil

ctypedef const uint8_t[::1] Bytes

# Columns of a row of `rows`: `at = row << ROW_SHIFT`, then `rows[at + PAGE]`.
cdef enum:
    ROW_SHIFT = 4
    PAGE = 0  # the first page
    NPAGES = 1
    SPAN_CLASS = 2  # or what else the row is
    SIZE_CLASS = 3  # 0: a large object
    SLOT_COUNT = 4
    SLOT_BYTES = 5  # 0 in a large object's span: ask `slot_bytes`
    GENERATION = 6
    WORDS = 7  # where its sets of slots begin in `words`
    FREE_INDEX = 8
    ALLOCATED_COUNT = 9
    DEAD_COUNT = 10
    LATE_COUNT = 11  # of the slots GONE, those that a mark has been told of and kept
    LINK = 12  # two columns: a queue or stack of this sweep, and one of the sweep before
    NEXT = 14  # a list of the moment, and the free rows
    PREVIOUS = 15

# What SPAN_CLASS says of rows that are no spans of objects.
cdef enum:
    NO_SPAN = -1
    STACK_SPAN = -2
    LARGE_STACK = -3

# Sets of slots: for each 64 slots a word of each, side by side.
cdef enum:
    ALLOCATED = 0
    DEAD = 1  # found by the last mark
    FRESH = 2  # taken since the mark began
    GONE = 3  # nothing lives there any longer, and no mark has found out
    SET_COUNT = 4

# Columns of `classes`: `span_class << CLASS_SHIFT`.
cdef enum:
    CLASS_SHIFT = 3
    C_SIZE_CLASS = 0
    C_SLOT_BYTES = 1
    C_HEADER_BYTES = 2
    C_NPAGES = 3
    C_SLOT_COUNT = 4
    C_WORDS = 5  # words of a span, all sets and counts together

# What can be in the way of going on.
cdef enum:
    FINE = 0
    FULL_ROWS = 1
    FULL_WORDS = 2
    FULL_PAGES = 3  # `wanted_pages` is how many there must be room for
    REFUSED = 4  # the address space is used up
    FULL_OTHER = 5  # for tables that only some heaps have

cdef enum:
    MOST_CACHES = 1024
    MOST_WORDS = 2048  # words of one span, at most
    SPARE_ROWS = 8  # rows that one row of a stream may take
    SPARE_WORDS = 2 * MOST_WORDS
    SPARE_PAGES = 4096  # pages that small objects and small stacks may need at once
    TINY_BYTES = 16


cdef int broken(str what) except -1:
    raise ModelError(what)


@cython.final
cdef class Memory:
    """All spans; see `gotrace.model.span`."""

    cdef public int32_t[::1] rows
    cdef public uint64_t[::1] words
    cdef public uint8_t[::1] words_as_bytes  # the same memory
    cdef public int32_t[::1] page_map  # the row of the span that begins at (or has) a page
    cdef public int32_t[::1] classes
    cdef public uint8_t[::1] class_of  # (size + 7) >> 3, without pointers; then with pointers
    cdef public int64_t page_bytes
    cdef public int64_t base_page
    cdef public int64_t max_small_bytes
    cdef public int tiny_class  # span class of the tiny allocator; -1: there is none
    cdef public bint has_zero_base  # no bytes are no object
    cdef public bint is_split  # whether span classes tell objects without pointers apart
    cdef public bint took  # rows, words or pages, since room was looked for last
    cdef public int64_t wanted_pages
    cdef public int32_t free_row
    cdef public int32_t last_row
    cdef public int64_t last_word
    cdef public int32_t generation
    cdef public bint is_marking
    cdef public int64_t mallocs_count
    cdef public int64_t frees_count
    cdef public int64_t tiny_count
    cdef public int64_t heap_live_bytes
    cdef public int64_t in_use_pages  # of spans of objects
    cdef public int64_t manual_pages
    cdef int32_t[MOST_WORDS + 1] free_words  # by count: the first free piece, plus one

    @cython.final
    cdef inline int64_t slot_bytes(self, Py_ssize_t at) except -1 nogil:
        """Bytes of a slot of the row at `at`."""
        cdef int64_t size = self.rows[at + SLOT_BYTES]
        return size if size else self.rows[at + NPAGES] * self.page_bytes

    @cython.final
    cdef inline int64_t address(self, Py_ssize_t at) except -1 nogil:
        """Address of the span of the row at `at`."""
        return (self.base_page + self.rows[at + PAGE]) * self.page_bytes

    @cython.final
    cdef inline int room(self) noexcept nogil:
        """FINE if one row of the stream finds rows and words enough, whatever it is."""
        # Free rows and free pieces of words are not counted: they may not fit.
        if ((<int64_t>self.last_row + SPARE_ROWS) << ROW_SHIFT) >= self.rows.shape[0]:
            return FULL_ROWS
        return FULL_WORDS if self.last_word + SPARE_WORDS > self.words.shape[0] else FINE

    @cython.final
    cdef int32_t new_row(self) except -1 nogil:
        """A row for a span; the caller fills it in."""
        cdef int32_t row = self.free_row
        cdef Py_ssize_t at, column
        self.took = True
        if row:
            self.free_row = self.rows[(<Py_ssize_t>row << ROW_SHIFT) + NEXT]
        else:
            self.last_row += 1
            row = self.last_row
        at = <Py_ssize_t>row << ROW_SHIFT
        # Not the links: a list of the sweep before may still lead through a row that is used again.
        for column in range(LINK):
            self.rows[at + column] = 0
        self.rows[at + NEXT] = 0
        self.rows[at + PREVIOUS] = 0
        return row

    @cython.final
    cdef int drop_row(self, int32_t row) except -1 nogil:
        """Forget a row; its words were given back."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        self.rows[at + SPAN_CLASS] = NO_SPAN
        self.rows[at + NEXT] = self.free_row
        self.free_row = row
        return 0

    @cython.final
    cdef int32_t new_words(self, int count) except -1 nogil:
        """`count` words, all 0; gives where they begin."""
        cdef int32_t start = self.free_words[count] - 1
        cdef Py_ssize_t word
        if start < 0:
            start = <int32_t>self.last_word
            self.last_word += count
        else:
            self.free_words[count] = <int32_t>self.words[start]
        for word in range(start, start + count):
            self.words[word] = 0
        return start

    @cython.final
    cdef int drop_words(self, int32_t start, int count) except -1 nogil:
        """Give words back."""
        self.words[start] = self.free_words[count]
        self.free_words[count] = start + 1
        return 0
