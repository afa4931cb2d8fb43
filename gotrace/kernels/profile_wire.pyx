# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""pprof's protobuf wire format, decoded into columns.

The contract, and what every function means, is in `gotrace/kernels/plain/profile_wire.py`: this file
only does the same faster. No function here allocates anything.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from gotrace.kernels.plain.profile_wire import COUNTS, fault

__all__ = ["COUNTS", "count", "fault", "fill_samples", "fill_tables"]

# Indices into REASONS of the plain twin.
cdef enum:
    CUT = 1
    NUMBER_PAST = 2
    NUMBER_LONG = 3
    ENDS = 4
    FIELD_PAST = 5
    GROUP = 6
    WRONG_TYPE = 7
    FIRST_STRING = 8
    TWO = 9
    EMPTY = 10

# Indices into COUNTS of the plain twin.
cdef enum:
    SAMPLES = 0
    STACK_ENTRIES = 1
    VALUES = 2
    LABELS = 3
    LOCATIONS = 4
    LINES = 5
    FUNCTIONS = 6
    STRINGS = 7
    MESSAGES = 8
    COMMENTS = 9
    VALUES_PER_SAMPLE = 10
    UNEVEN_SAMPLE = 11
    UNEVEN_VALUES = 12
    COUNTED = 13

cdef int32_t DANGLING = -2

ctypedef const uint8_t[::1] Bytes

# One field: where its tag and its content stand; `integer` for wire type 0.
cdef struct Field:
    uint64_t number
    int wire
    uint64_t integer
    Py_ssize_t at
    Py_ssize_t start
    Py_ssize_t end


def count(Bytes data, int64_t[::1] counts, const int64_t[::1] at_most):
    """See the plain twin."""
    cdef Field field
    cdef Py_ssize_t at = 0
    cdef uint64_t time_ns = 0
    cdef int64_t lines_left
    with nogil:
        if data.shape[0] == 0:
            fail(EMPTY, 0)
        counts[:] = 0
        counts[VALUES_PER_SAMPLE] = -1
        counts[UNEVEN_SAMPLE] = -1
        while next_field(data, &at, data.shape[0], True, &field):
            if field.number < 1 or field.number > 15:
                continue
            check_top(&field)
            if field.number == 2:
                count_sample(data, &field, counts, at_most[LABELS])
            elif field.number == 4:
                lines_left = at_most[LINES] - counts[LINES]
                counts[LINES] += read_location(data, &field, None, 0, None, 0, lines_left)
                counts[LOCATIONS] += 1
            elif field.number == 5:
                read_flat(data, &field, 5, None, 0)
                counts[FUNCTIONS] += 1
            elif field.number == 6:
                if counts[STRINGS] == 0 and field.end > field.start:
                    fail(FIRST_STRING, field.at)
                counts[STRINGS] += 1
            else:
                if field.number == 9:
                    if time_ns != 0:
                        fail(TWO, field.at)
                    time_ns = field.integer
                counts[COMMENTS] += check_message(data, &field)
                counts[MESSAGES] += 1
            if exceeds(counts, at_most):
                break


def fill_tables(
    Bytes data,
    uint64_t[:, ::1] locations,
    int64_t[::1] line_offsets,
    uint64_t[:, ::1] lines,
    uint64_t[:, ::1] functions,
    int64_t[:, ::1] strings,
    int64_t[:, ::1] messages,
):
    """See the plain twin."""
    cdef Field field
    cdef Py_ssize_t at = 0, location = 0, line = 0, function = 0, string = 0, message = 0
    with nogil:
        line_offsets[0] = 0
        while next_field(data, &at, data.shape[0], True, &field):
            if field.number == 4:
                line += read_location(
                    data, &field, locations, location, lines, line, lines.shape[1]
                )
                location += 1
                line_offsets[location] = line
            elif field.number == 5:
                read_flat(data, &field, 5, functions, function)
                function += 1
            elif field.number == 6:
                strings[0, string] = field.start
                strings[1, string] = field.end
                string += 1
            elif 1 <= field.number <= 15 and field.number != 2:
                messages[0, message] = <int64_t>field.number
                messages[1, message] = field.at
                messages[2, message] = field.end
                message += 1


def fill_samples(
    Bytes data,
    const int32_t[::1] near_rows,
    const uint64_t[::1] far_ids,
    const int32_t[::1] far_rows,
    int64_t[::1] offsets,
    int32_t[::1] locations,
    int64_t[:, ::1] values,
    int64_t[::1] label_samples,
    uint64_t[:, ::1] labels,
):
    """See the plain twin."""
    cdef Field field, part
    cdef Py_ssize_t at = 0, inner, place
    cdef Py_ssize_t sample = 0, entry = 0, value_count, label = 0
    cdef uint64_t number
    with nogil:
        offsets[0] = 0
        while next_field(data, &at, data.shape[0], True, &field):
            if field.number != 2:
                continue
            value_count = 0
            inner = field.start
            while next_field(data, &inner, field.end, False, &part):
                place = part.start
                if part.number == 1:
                    while next_integer(data, &part, &place, &number):
                        if number < <uint64_t>near_rows.shape[0]:
                            locations[entry] = near_rows[<Py_ssize_t>number]
                        else:
                            locations[entry] = far_row(far_ids, far_rows, number)
                        entry += 1
                elif part.number == 2:
                    while next_integer(data, &part, &place, &number):
                        values[value_count, sample] = <int64_t>number
                        value_count += 1
                elif part.number == 3:
                    label_samples[label] = sample
                    read_flat(data, &part, 4, labels, label)
                    label += 1
            sample += 1
            offsets[sample] = entry


cdef int fail(int code, Py_ssize_t at) except -1 nogil:
    """Raise the error of a fault."""
    with gil:
        raise fault(code, at)


cdef inline int varint(
    Bytes data, Py_ssize_t *at, Py_ssize_t end, bint is_top, uint64_t *value
) except -1 nogil:
    """Read the number at `at` and move behind it."""
    cdef Py_ssize_t p = at[0]
    cdef uint64_t byte, result = 0
    cdef int shift = 0
    while shift < 70:
        if p >= end:
            return fail(CUT if is_top else NUMBER_PAST, at[0])
        byte = data[p]
        p += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            value[0] = result
            at[0] = p
            return 1
        shift += 7
    return fail(NUMBER_LONG, at[0])


cdef inline int next_field(
    Bytes data, Py_ssize_t *at, Py_ssize_t end, bint is_top, Field *field
) except -1 nogil:
    """Read the field at `at` and move behind it; 0 at the end."""
    cdef uint64_t tag, length = 0
    if at[0] >= end:
        return 0
    field.at = at[0]
    varint(data, at, end, is_top, &tag)
    field.number = tag >> 3
    field.wire = tag & 7
    field.integer = 0
    field.start = at[0]
    if field.wire == 0:
        varint(data, at, end, is_top, &field.integer)
    elif field.wire == 2:
        varint(data, at, end, is_top, &length)
        field.start = at[0]
    elif field.wire == 1:
        length = 8
    elif field.wire == 5:
        length = 4
    else:
        fail(GROUP, field.at)
    if length > <uint64_t>(end - at[0]):
        fail(ENDS if is_top else FIELD_PAST, field.at)
    at[0] += <Py_ssize_t>length
    field.end = at[0]
    return 1


cdef inline int next_integer(
    Bytes data, Field *field, Py_ssize_t *at, uint64_t *value
) except -1 nogil:
    """The number at `at` of a repeated integer field, packed or single; 0 behind the last."""
    if field.wire != 2 and field.wire != 0:
        fail(WRONG_TYPE, field.at)
    if at[0] >= field.end:
        return 0
    if field.wire == 2:
        return varint(data, at, field.end, False, value)
    value[0] = field.integer
    at[0] = field.end
    return 1


cdef int read_flat(
    Bytes data, Field *message, uint64_t known, uint64_t[:, ::1] columns, Py_ssize_t row
) except -1 nogil:
    """Read a message of integers, fields 1 to `known`, into a row of `columns`; None: check it."""
    cdef Field field
    cdef Py_ssize_t at = message.start, i
    if message.wire != 2:
        fail(WRONG_TYPE, message.at)
    if columns is not None:
        for i in range(<Py_ssize_t>known):
            columns[i, row] = 0
    while next_field(data, &at, message.end, False, &field):
        if 1 <= field.number <= known:
            if field.wire != 0:
                fail(WRONG_TYPE, field.at)
            if columns is not None:
                columns[<Py_ssize_t>field.number - 1, row] = field.integer
    return 0


cdef Py_ssize_t read_location(
    Bytes data, Field *message, uint64_t[:, ::1] locations, Py_ssize_t row,
    uint64_t[:, ::1] lines, Py_ssize_t line, int64_t at_most,
) except -1 nogil:
    """Read a location into its row and its lines behind `line`; None: check them.

    Returns how many lines there are, and stops when they are more than `at_most`.
    """
    cdef Field field
    cdef Py_ssize_t at = message.start, i, line_count = 0
    if locations is not None:
        for i in range(4):
            locations[i, row] = 0
    while next_field(data, &at, message.end, False, &field):
        if field.number == 4:
            read_flat(data, &field, 3, lines, line + line_count)
            line_count += 1
            if line_count > at_most:
                break
        elif 1 <= field.number <= 5:
            if field.wire != 0:
                fail(WRONG_TYPE, field.at)
            if locations is None:
                continue
            if field.number == 5:
                locations[3, row] = field.integer != 0
            else:
                locations[<Py_ssize_t>field.number - 1, row] = field.integer
    return line_count


cdef int count_sample(
    Bytes data, Field *message, int64_t[::1] counts, int64_t most_labels
) except -1 nogil:
    """Add one sample to the counts."""
    cdef Field field
    cdef Py_ssize_t at = message.start, place
    cdef uint64_t number
    cdef int64_t entries = 0, values = 0
    while next_field(data, &at, message.end, False, &field):
        place = field.start
        if field.number == 1:
            while next_integer(data, &field, &place, &number):
                entries += 1
        elif field.number == 2:
            while next_integer(data, &field, &place, &number):
                values += 1
        elif field.number == 3:
            read_flat(data, &field, 4, None, 0)
            counts[LABELS] += 1
            if counts[LABELS] > most_labels:
                break
    if counts[SAMPLES] == 0:
        counts[VALUES_PER_SAMPLE] = values
    elif values != counts[VALUES_PER_SAMPLE] and counts[UNEVEN_SAMPLE] < 0:
        counts[UNEVEN_SAMPLE] = counts[SAMPLES]
        counts[UNEVEN_VALUES] = values
    counts[STACK_ENTRIES] += entries
    counts[VALUES] += values
    counts[SAMPLES] += 1
    return 0


cdef int exceeds(const int64_t[::1] counts, const int64_t[::1] at_most) except -1 nogil:
    """Is one of the counts above its limit?"""
    cdef Py_ssize_t i
    for i in range(COUNTED):
        if counts[i] > at_most[i]:
            return 1
    return 0


cdef int check_top(Field *field) except -1 nogil:
    """Refuse a field of Profile with the wrong wire type."""
    cdef uint64_t number = field.number
    cdef bint is_integer = 7 <= number <= 10 or number == 12 or number >= 14
    if number == 13:
        if field.wire == 0 or field.wire == 2:
            return 0
    elif field.wire == (0 if is_integer else 2):
        return 0
    return fail(WRONG_TYPE, field.at)


cdef Py_ssize_t check_message(Bytes data, Field *field) except -1 nogil:
    """Check the inside of the small messages; returns how many comments there are."""
    cdef Py_ssize_t at = field.start, comments = 0
    cdef uint64_t number
    if field.number == 1 or field.number == 11:
        read_flat(data, field, 2, None, 0)
    elif field.number == 3:
        read_flat(data, field, 10, None, 0)
    elif field.number == 13:
        while next_integer(data, field, &at, &number):
            comments += 1
    return comments


cdef int32_t far_row(
    const uint64_t[::1] ids, const int32_t[::1] rows, uint64_t wanted
) except? -1 nogil:
    """The row of an id among the sorted ones; DANGLING if it is not there."""
    cdef Py_ssize_t low = 0, high = ids.shape[0], middle
    while low < high:
        middle = low + (high - low) // 2
        if ids[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    if low < ids.shape[0] and ids[low] == wanted:
        return rows[low]
    return DANGLING
