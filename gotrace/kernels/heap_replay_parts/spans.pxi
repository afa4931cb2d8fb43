# A span of objects: `gotrace.model.span`. `at` is where its row begins in `rows`.

cdef enum:
    UNSWEPT = -2
    SWEEPING = -1
    SWEPT = 0
    CACHED_STALE = 1
    CACHED_SWEPT = 3


cdef inline int state(Memory m, Py_ssize_t at) except? -100 nogil:
    """Its sweep generation minus the heap's."""
    return m.rows[at + GENERATION] - m.generation


cdef inline bint is_unswept(Memory m, Py_ssize_t at) except -1 nogil:
    """`tryAcquire`: a span of objects that needs sweeping and that no cache holds."""
    return m.rows[at + SPAN_CLASS] >= 0 and state(m, at) == UNSWEPT


cdef inline bint has_free(Memory m, Py_ssize_t at) except -1 nogil:
    """Whether it has slots that are not in use (`allocCount < nelems`)."""
    return m.rows[at + ALLOCATED_COUNT] < m.rows[at + SLOT_COUNT]


cdef inline int span_words(Memory m, Py_ssize_t at) except -1 nogil:
    """How many words its sets take."""
    if m.rows[at + SIZE_CLASS] == 0:
        return SET_COUNT
    return m.classes[(m.rows[at + SPAN_CLASS] << CLASS_SHIFT) + C_WORDS]


cdef inline int next_free(Memory m, Py_ssize_t at) except -1 nogil:
    """The slot that the next allocation gets; the number of slots if there is none."""
    cdef int32_t *span = &m.rows[at]
    cdef int index = span[FREE_INDEX]
    cdef int count = span[SLOT_COUNT]
    cdef Py_ssize_t word
    cdef uint64_t clear
    if index >= count:
        return count
    word = span[WORDS] + (index >> 6) * SET_COUNT
    clear = (~m.words[word + ALLOCATED] >> (index & 63)) << (index & 63)
    while not clear:
        index = (index | 63) + 1
        if index >= count:
            return count
        word += SET_COUNT
        clear = ~m.words[word + ALLOCATED]
    index = (index & ~63) + lowest_bit(clear)
    return index if index < count else count


cdef inline int occupy(Memory m, Py_ssize_t at, int slot) except -1 nogil:
    """`Span.take`, `BitmapHeap._occupy`: hand out a slot that `next_free` found."""
    cdef int32_t *span = &m.rows[at]
    cdef Py_ssize_t word = span[WORDS] + (slot >> 6) * SET_COUNT
    cdef uint64_t bit = (<uint64_t>1) << (slot & 63)
    m.words[word + ALLOCATED] |= bit
    if m.is_marking:
        m.words[word + FRESH] |= bit
    span[FREE_INDEX] = slot + 1
    span[ALLOCATED_COUNT] += 1
    return 0


cdef inline int lose(Memory m, Py_ssize_t at, int slot) except -1 nogil:
    """Nothing lives in the slot any longer: the next mark finds it dead."""
    m.words[m.rows[at + WORDS] + (slot >> 6) * SET_COUNT + GONE] |= (<uint64_t>1) << (slot & 63)
    return 0


cdef inline int regain(Memory m, Py_ssize_t at, int slot) except -1 nogil:
    """A tiny object joined a slot that was lost."""
    m.words[m.rows[at + WORDS] + (slot >> 6) * SET_COUNT + GONE] &= ~((<uint64_t>1) << (slot & 63))
    return 0


cdef inline Py_ssize_t lives_at(int32_t *span, int slot) noexcept nogil:
    """Where `words_as_bytes` counts what lives in a slot of the tiny allocator's class."""
    cdef Py_ssize_t words = (span[SLOT_COUNT] + 63) >> 6
    return ((span[WORDS] + words * SET_COUNT) << 3) + slot


cdef int64_t mark_dead(Memory m, Py_ssize_t at) except -1 nogil:
    """What is gone is dead, unless the mark kept it; gives how many slots no mark had known of."""
    cdef int64_t gone = 0
    cdef int64_t kept = 0
    cdef int32_t found = 0
    cdef Py_ssize_t word = m.rows[at + WORDS]
    cdef Py_ssize_t end = word + ((m.rows[at + SLOT_COUNT] + 63) >> 6) * SET_COUNT
    cdef uint64_t lost, fresh
    while word < end:
        lost = m.words[word + GONE]
        fresh = m.words[word + FRESH]
        if lost:
            gone += bit_count(lost)
            found += bit_count(lost & ~fresh)
            kept += bit_count(lost & fresh)
            m.words[word + DEAD] |= lost & ~fresh
            m.words[word + GONE] = lost & fresh
        if fresh:
            m.words[word + FRESH] = 0
        word += SET_COUNT
    gone -= m.rows[at + LATE_COUNT]
    m.rows[at + DEAD_COUNT] += found
    m.rows[at + LATE_COUNT] = <int32_t>kept
    return gone


cdef int sweep_slots(Memory m, Py_ssize_t at) except -1 nogil:
    """`Sweeper.sweep_for_cache`: free the dead slots, look from the first slot on again."""
    cdef int32_t dead = m.rows[at + DEAD_COUNT]
    cdef Py_ssize_t word = m.rows[at + WORDS]
    cdef Py_ssize_t end
    if dead:
        end = word + ((m.rows[at + SLOT_COUNT] + 63) >> 6) * SET_COUNT
        while word < end:
            m.words[word + ALLOCATED] &= ~m.words[word + DEAD]
            m.words[word + DEAD] = 0
            word += SET_COUNT
        m.rows[at + ALLOCATED_COUNT] -= dead
        m.rows[at + DEAD_COUNT] = 0
        m.frees_count += dead
    m.rows[at + FREE_INDEX] = 0
    m.rows[at + GENERATION] = m.generation
    return 0


cdef int32_t new_span(
    Memory m, int64_t page, int64_t npages, int span_class, bint is_large
) except -1 nogil:
    """The row of a new span of objects; it is in the page map."""
    cdef int32_t row = m.new_row()
    cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
    cdef Py_ssize_t about = <Py_ssize_t>span_class << CLASS_SHIFT
    m.rows[at + PAGE] = <int32_t>page
    m.rows[at + NPAGES] = <int32_t>npages
    m.rows[at + SPAN_CLASS] = span_class
    m.rows[at + GENERATION] = m.generation
    if is_large:
        m.rows[at + SLOT_COUNT] = 1
    else:
        m.rows[at + SIZE_CLASS] = m.classes[about + C_SIZE_CLASS]
        m.rows[at + SLOT_COUNT] = m.classes[about + C_SLOT_COUNT]
        m.rows[at + SLOT_BYTES] = m.classes[about + C_SLOT_BYTES]
    m.rows[at + WORDS] = m.new_words(span_words(m, at))
    m.page_map[page] = row
    m.in_use_pages += npages
    return row


cdef int drop_span(Memory m, int32_t row) except -1 nogil:
    """Forget a span whose pages go back."""
    cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
    m.page_map[m.rows[at + PAGE]] = 0
    m.in_use_pages -= m.rows[at + NPAGES]
    m.drop_words(m.rows[at + WORDS], span_words(m, at))
    return m.drop_row(row)
