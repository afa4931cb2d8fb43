# Slots of many events looked up at once, so that they come into the cache together: for `take`.

cdef Py_ssize_t look(
    Heap heap,
    const uint8_t[::1] kinds,
    const uint64_t[::1] arguments,
    const uint8_t[::1] counts,
    Py_ssize_t row,
    Py_ssize_t at,
    Found* found,
) except -1 nogil:
    """Look up the slots of events, up to one that changes spans; returns the row behind."""
    cdef Py_ssize_t last = row + BLOCK
    cdef int64_t unit, page, offset
    cdef Near* near
    cdef uint8_t kind
    if last > kinds.shape[0]:
        last = kinds.shape[0]
    while row < last:
        kind = kinds[row]
        row += 1
        if OBJECT <= kind <= OBJECT_FREE:
            unit = <int64_t>(arguments[at] & MOST_UNIT)
            page = unit >> heap.shift if heap.shift else unit // heap.state[UNITS_PER_PAGE]
            near = &heap.near[page & (NEAR - 1)]
            if near.key != page + 1:
                come_near(heap, page, near)
            offset = unit - near.base
            found.slot = NULL
            if offset < near.reach:
                found.span = near.span
                found.number = <int64_t>((<uint64_t>offset * near.inverse) >> 32)
                found.slot = near.slots + found.number
                prefetch(found.slot)
                prefetch(&found.slot.count)
        elif SPAN <= kind <= SPAN_FREE:
            break
        found += 1
        at += counts[kind]
    return row


cdef int come_near(Heap heap, int64_t page, Near* near) except -1 nogil:
    """Keep the span of a page, if it is one of small objects, whose slots the pool has."""
    cdef int64_t row = heap.span_of_page(page)
    cdef int64_t* span = NULL
    cdef int64_t* last
    near.key = 0
    near.base = page * heap.state[UNITS_PER_PAGE]
    near.reach = 0
    if row >= 0:
        span = &heap.spans[row, 0]
    if span == NULL or span[SLOTS] <= 1 or span[KIND] == UNKNOWN_KIND:
        return 0
    # For its check: all slots are in the pool if the last is.
    last = &heap.pool[span[FIRST] + span[SLOTS] - 1, 0]
    near.key = page + 1
    near.base = span[PAGE] * heap.state[UNITS_PER_PAGE]
    near.reach = span[SLOTS] * span[SIZE]
    # Exact for all that a span reaches: MOST_SLOTS squared is less than 1 << 32.
    near.inverse = (<uint64_t>1 << 32) // <uint64_t>span[SIZE] + 1
    near.span = span
    near.slots = <Slot*>(last + 4) - span[SLOTS]
    return 0
