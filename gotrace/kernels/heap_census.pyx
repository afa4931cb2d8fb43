# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Sums over rows of `objects`: what there was at which moment, and who pays for it.

The contract is that of `gotrace/kernels/plain/heap_census.py`.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

__all__ = ["census", "crossing", "pairs", "payers", "places"]

cdef int64_t _CLASS_ROWS = 137, _NEVER = <int64_t>1 << 40, _MOST_BYTES = <int64_t>1 << 47
cdef int64_t _SOON_CYCLES = 1


cdef inline int64_t class_row(int32_t span_class) noexcept nogil:
    return span_class + 1 if 0 <= span_class < _CLASS_ROWS - 1 else 0


cdef inline int64_t slot_size(int64_t size) noexcept nogil:
    if size < 0:
        return 0
    return size if size < _MOST_BYTES else _MOST_BYTES


cdef inline int64_t tick(int64_t time, int shift) noexcept nogil:
    if time < 0:
        return 0
    return (time + (<int64_t>1 << shift) - 1) >> shift


cdef inline int64_t cycle_end(const int64_t[::1] ends, int64_t time, int64_t near) except -1 nogil:
    """The first end that is not before `time`; `near` is where another time was found."""
    cdef int64_t low = 0, high = ends.shape[0], middle
    if near < high and ends[near] >= time and (near == 0 or ends[near - 1] < time):
        return near
    if near == high and (near == 0 or ends[near - 1] < time):
        return near
    while low < high:
        middle = (low + high) // 2
        if ends[middle] < time:
            low = middle + 1
        else:
            high = middle
    return low


cdef inline int check(
    Py_ssize_t rows, Py_ssize_t one, Py_ssize_t two, Py_ssize_t three, Py_ssize_t four
) except -1:
    if one != rows or two != rows or three != rows or four != rows:
        raise IndexError("columns of different lengths")
    return 0


def census(
    const int64_t[::1] begins,
    const int64_t[::1] ends,
    const int32_t[::1] classes,
    const int64_t[::1] sizes,
    const int64_t[::1] deaths,
    int shift,
    const int64_t[::1] cycle_ends,
    const int64_t[::1] cycles,
    int64_t[:, ::1] by_class,
    int64_t[:, ::1] large,
    int64_t[:, ::1] by_tick,
    int64_t[:, ::1] by_cycle,
    double[::1] lasted,
    double[::1] alive,
):
    """Add objects to the changes at ticks and cycle ends, and to how long bytes lasted."""
    cdef int64_t i, begin, end, size, row, first, gone, near_first = 0, near_gone = 0
    check(begins.shape[0], ends.shape[0], classes.shape[0], sizes.shape[0], deaths.shape[0])
    if not 0 <= shift < 62 or cycle_ends.shape[0] != cycles.shape[0]:
        raise IndexError("moments out of range")
    with nogil:
        for i in range(begins.shape[0]):
            begin, end = begins[i], ends[i]
            row, size = class_row(classes[i]), slot_size(sizes[i])
            first = tick(begin, shift)
            gone = _NEVER if end < 0 else tick(end, shift)
            if first != gone:
                by_class[row, first] += 1
                by_tick[0, first] += 1
                by_tick[1, first] += size
                if row == 1 or row == 2:
                    large[row - 1, first] += size
                if gone < _NEVER:
                    by_class[row, gone] -= 1
                    by_tick[0, gone] -= 1
                    by_tick[1, gone] -= size
                    if row == 1 or row == 2:
                        large[row - 1, gone] -= size
            first = near_first = cycle_end(cycle_ends, begin, near_first)
            if end < 0:
                gone = _NEVER
            else:
                gone = near_gone = cycle_end(cycle_ends, end, near_gone)
            if first != gone:
                by_cycle[0, first] += 1
                by_cycle[1, first] += size
                if gone < _NEVER:
                    by_cycle[0, gone] -= 1
                    by_cycle[1, gone] -= size
                    # The last end before a free is that of the cycle that found it dead.
                    if first < gone and cycles[gone - 1] == deaths[i]:
                        by_cycle[6, gone - 1] += size
                        by_cycle[6, gone] -= size
            if begin < 0:
                begin = 0
            if end < 0:
                lasted[row] -= <double>begin * <double>size
                alive[row] += <double>size
            else:
                lasted[row] += <double>(end - begin) * <double>size


def pairs(
    const int32_t[::1] types,
    const int32_t[::1] classes,
    int64_t most_types,
    const int32_t[:, ::1] pair_of,
    int64_t[::1] out,
    int64_t start,
):
    """Write the pair of each object from `start` on; the row at which one is missing, or all."""
    cdef int64_t i, type_
    cdef int32_t pair
    check(types.shape[0], classes.shape[0], out.shape[0], out.shape[0], out.shape[0])
    if pair_of.shape[1] != _CLASS_ROWS or start < 0:
        raise IndexError("a table of other columns")
    with nogil:
        for i in range(start, types.shape[0]):
            type_ = <int64_t>types[i] + 1
            if type_ > most_types or type_ < 0:
                type_ = 0
            if type_ >= pair_of.shape[0]:
                break
            pair = pair_of[type_, class_row(classes[i])]
            if pair < 0:
                break
            out[i] = pair
        else:
            i = types.shape[0]
    return i


def payers(
    const int64_t[::1] begins,
    const int64_t[::1] ends,
    const int32_t[::1] classes,
    const int64_t[::1] sizes,
    const int32_t[::1] counts,
    const int64_t[::1] births,
    const int64_t[::1] deaths,
    const int64_t[::1] pair,
    const int64_t[::1] payer,
    const int64_t[:, ::1] waste,
    int64_t[:, ::1] pair_objects,
    int64_t[:, ::1] pair_bytes,
    int64_t[:, ::1] pair_more,
    int64_t[:, ::1] sums,
):
    """Add objects to their pairs, and new ones to who pays (counters x payers)."""
    cdef int64_t i, size, state, lived, at, who
    cdef bint is_new, is_alive
    check(begins.shape[0], ends.shape[0], classes.shape[0], sizes.shape[0], counts.shape[0])
    check(begins.shape[0], births.shape[0], deaths.shape[0], pair.shape[0], payer.shape[0])
    if waste.shape[0] != 2 or waste.shape[1] != begins.shape[0] or sums.shape[0] != 9:
        raise IndexError("tables of other columns")
    with nogil:
        for i in range(begins.shape[0]):
            is_new, is_alive = begins[i] >= 0, ends[i] < 0
            size, at, state = slot_size(sizes[i]), pair[i], 0
            lived = deaths[i] - births[i] if is_new and not is_alive else 0
            if lived < 0:
                lived = 0
            if is_new:
                state |= 1
                if not is_alive and lived <= _SOON_CYCLES:
                    state |= 4
            if is_alive:
                state |= 2
            if counts[i] > 1:
                state |= 8
                pair_more[at, 0] += counts[i] - 1
            pair_objects[at, state] += 1
            pair_bytes[at, state] += size
            pair_more[at, 1] += lived
            if is_new:
                who = payer[i]
                sums[0, who] += 1
                sums[1, who] += size
                if state & 4:
                    sums[2, who] += size
                if is_alive:
                    sums[5, who] += 1
                    sums[6, who] += size
                else:
                    sums[3, who] += 1
                    sums[4, who] += lived
                sums[7, who] += waste[0, i]
                sums[8, who] += waste[1, i]


def places(
    const int64_t[::1] begins,
    const int64_t[::1] ends,
    const int32_t[::1] classes,
    const int64_t[::1] sizes,
    const uint64_t[::1] addresses,
    int shift,
    int piece_shift,
    int64_t base,
    const int64_t[::1] row_of,
    int64_t[:, ::1] changes,
    int64_t start,
):
    """Add small objects to the changes of their pieces of memory, from row `start` on.

    Returns the row at which a piece has no row of changes yet, or the number of all.
    """
    cdef int64_t i, first, gone, place, row, size
    check(begins.shape[0], ends.shape[0], classes.shape[0], sizes.shape[0], addresses.shape[0])
    if not 0 <= shift < 62 or not 0 <= piece_shift < 62 or start < 0:
        raise IndexError("moments or pieces out of range")
    with nogil:
        for i in range(start, begins.shape[0]):
            if class_row(classes[i]) <= 2:
                continue
            first = tick(begins[i], shift)
            gone = _NEVER if ends[i] < 0 else tick(ends[i], shift)
            if first == gone:
                continue
            place = <int64_t>(addresses[i] & <uint64_t>(_MOST_BYTES - 1))
            place = (place >> piece_shift) - base
            if place < 0 or place >= row_of.shape[0]:
                break
            row = row_of[place]
            if row < 0:
                break
            size = slot_size(sizes[i])
            changes[row, first] += size
            if gone < _NEVER:
                changes[row, gone] -= size
        else:
            i = begins.shape[0]
    return i


def crossing(
    const int64_t[::1] begins,
    const int64_t[::1] ends,
    const int32_t[::1] classes,
    const int64_t[::1] spans,
    int shift,
    int64_t[::1] out,
):
    """Write the rows of small objects in known spans that are there at a tick; how many."""
    cdef int64_t i, found = 0
    check(begins.shape[0], ends.shape[0], classes.shape[0], spans.shape[0], out.shape[0])
    if not 0 <= shift < 62:
        raise IndexError("moments out of range")
    with nogil:
        for i in range(begins.shape[0]):
            if spans[i] < 0 or class_row(classes[i]) <= 2:
                continue
            if ends[i] >= 0 and tick(begins[i], shift) == tick(ends[i], shift):
                continue
            out[found] = i
            found += 1
    return found
