# Rows of `objects` that are written out, after `plain/heap_objects/heap.py`.

cdef inline void write_span(
    const int64_t* span, int64_t* number, int32_t* small, int64_t room
) noexcept nogil:
    number[0] = NONE
    small[0] = NONE
    small[room] = 0
    if span != NULL and span[SLOTS] != 0 and span[KIND] != UNKNOWN_KIND:
        number[0] = span[NUMBER]
        small[0] = <int32_t>(span[KIND] >> 1)
        small[room] = <int32_t>span[SIZE]


cdef inline int write_object(Heap heap, const Found* found, int64_t time) except -1 nogil:
    cdef int64_t room = heap.objects_out.shape[1], small_room = heap.small_out.shape[1]
    cdef int64_t* out = &heap.objects_out[0, heap.state[OBJECTS_OUT]]
    cdef int32_t* small = &heap.small_out[0, 0] + heap.state[OBJECTS_OUT]
    cdef const int64_t* span = found.span
    cdef const Slot* slot = found.slot
    out[0] = span[PAGE] * heap.state[UNITS_PER_PAGE]
    if span[SLOTS] > 1:
        out[0] += found.number * span[SIZE]
    out[room] = slot.begin
    out[2 * room] = time
    out[3 * room] = slot.goroutine
    small[0] = slot.type_
    small[small_room] = slot.proc
    small[2 * small_room] = slot.born
    small[3 * small_room] = <int32_t>heap.state[CYCLE]
    write_span(span, out + 4 * room, small + 4 * small_room, small_room)
    small[6 * small_room] = -slot.count if slot.count < 0 else slot.count
    heap.state[OBJECTS_OUT] += 1
    return 0


cdef int write_unknown(Heap heap, const int64_t* span, int64_t unit, int64_t time) except -1 nogil:
    cdef int64_t room = heap.objects_out.shape[1], small_room = heap.small_out.shape[1]
    cdef int64_t* out = &heap.objects_out[0, heap.state[OBJECTS_OUT]]
    cdef int32_t* small = &heap.small_out[0, heap.state[OBJECTS_OUT]]
    cdef int64_t column
    out[0] = unit
    out[room] = NONE
    out[2 * room] = time
    out[3 * room] = NONE
    for column in range(3):
        small[column * small_room] = NONE
    small[3 * small_room] = <int32_t>heap.state[CYCLE]
    write_span(span, out + 4 * room, small + 4 * small_room, small_room)
    small[6 * small_room] = 1
    heap.state[OBJECTS_OUT] += 1
    return 0
