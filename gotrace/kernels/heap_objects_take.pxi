# Events, one after the other: `pair` of `heap_objects.pyx`. What most do is here, the rest in `Heap`.

cdef int32_t far_type(
    uint64_t id_, const uint64_t[::1] far_ids, const int32_t[::1] far_rows
) except? -2 nogil:
    cdef int64_t low = 0, high = far_ids.shape[0], middle
    while low < high:
        middle = (low + high) // 2
        if far_ids[middle] < id_:
            low = middle + 1
        else:
            high = middle
    if low < far_ids.shape[0] and far_ids[low] == id_:
        return far_rows[low]
    return -1


cdef int take(
    Heap heap,
    const uint8_t[::1] kinds,
    const int64_t[::1] times,
    const int64_t[::1] threads,
    const int32_t[::1] procs,
    const int64_t[::1] goroutines,
    const uint64_t[::1] arguments,
    const uint8_t[::1] counts,
    const int32_t[::1] dense,
    const uint64_t[::1] far_ids,
    const int32_t[::1] far_rows,
) except -1 nogil:
    cdef int64_t* state = &heap.state[0]
    cdef Py_ssize_t row = state[ROW], at = state[ARGUMENT], rows = kinds.shape[0]
    cdef int64_t start = state[START]
    cdef Py_ssize_t last, number
    cdef uint64_t id_
    cdef uint8_t kind
    cdef int32_t type_
    cdef int status = IS_DONE
    cdef Slot* slot
    cdef Found* found
    cdef Who who
    cdef Found[BLOCK] block
    while row < rows and status == IS_DONE:
        last = look(heap, kinds, arguments, counts, row, at, block)
        found = block
        while row < last:
            kind = kinds[row]
            slot = found.slot
            if kind == OBJECT_FREE:
                status = heap.room(True)
                if status != IS_DONE:
                    break
                if slot != NULL and slot.count > 0:
                    heap.end_object(found, times[row] - start)
                else:
                    heap.free_object(found, arguments[at], times[row] - start)
            elif kind == OBJECT_ALLOC or kind == OBJECT:
                status = heap.room(slot != NULL)
                if status != IS_DONE:
                    break
                id_ = arguments[at + 1]
                type_ = -1
                if id_ != 0:
                    if id_ < <uint64_t>dense.shape[0]:
                        type_ = dense[<Py_ssize_t>id_]
                    else:
                        type_ = far_type(id_, far_ids, far_rows)
                    if type_ < 0:
                        heap.tell(UNKNOWN_TYPES, times[row] - start)
                if slot != NULL and slot.count == 0 and kind == OBJECT_ALLOC:
                    slot.begin = times[row] - start
                    slot.goroutine = goroutines[row]
                    slot.type_ = type_
                    slot.proc = procs[row]
                    slot.born = <int32_t>state[CYCLE]
                    slot.count = 1
                    found.span[USED] += 1
                else:
                    who.time = times[row] - start
                    who.thread = threads[row]
                    who.proc = procs[row]
                    who.goroutine = goroutines[row]
                    heap.add_object(found, arguments[at], type_, &who, kind == OBJECT)
            elif kind == GC_BEGIN:
                state[CYCLE] += 1
            elif SPAN <= kind <= SPAN_FREE:
                status = heap.room(False)
                if status != IS_DONE:
                    break
                who.time = times[row] - start
                who.thread = threads[row]
                who.proc = procs[row]
                who.goroutine = goroutines[row]
                if kind == SPAN_FREE:
                    heap.free_span(<int64_t>(arguments[at] & MOST_SPAN), who.time)
                else:
                    heap.add_span(
                        <int64_t>(arguments[at] & MOST_SPAN),
                        <int64_t>(arguments[at + 1] & MOST_SPAN),
                        <int64_t>(arguments[at + 2] & MOST_SPAN),
                        &who,
                        kind == SPAN,
                    )
            row += 1
            found += 1
            at += counts[kind]
        state[ROW] = row
        state[ARGUMENT] = at
    return status
