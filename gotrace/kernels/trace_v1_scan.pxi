# One pass over the file: see plain/trace_v1/scan.py.

# Indices into TOTALS.
cdef enum:
    AT = 0
    MARKS = 1
    GOROUTINES = 2
    TASKS = 3
    EVENTS = 4
    EXITS = 5
    REGIONS = 6
    FRAMES = 7
    FUTILES = 8
    FREQUENCY_HZ = 9
    CUT_AT = 10
    BATCHES = 11
    TICKS = 12

# Indices into REASONS, and CUT for what the end of the input cuts.
cdef enum:
    FINE = 0
    UNKNOWN = 1
    NUMBER_LONG = 2
    WRONG_COUNT = 3
    TOO_LONG = 4
    STRING_ID = 5
    STRING_EMPTY = 6
    STRING_LONG = 7
    STACK_DEEP = 8
    PROC_LARGE = 9
    NO_BATCH = 10
    FREQUENCY_WRONG = 11
    TIME_WRONG = 12
    CUT = 13

cdef enum:
    LONGEST_EVENT = 65536
    LONGEST_STRING = 1000000
    DEEPEST_STACK = 1000


def scan(
    Bytes data,
    const uint8_t[::1] counts,
    bint is_sequenced,
    int64_t[::1] totals,
    int64_t[:, ::1] marks,
    uint64_t[::1] goroutines,
    uint64_t[::1] tasks,
    int64_t[:, ::1] exits,
):
    """See the plain twin."""
    cdef int64_t total[13]
    cdef int i, code = FINE
    for i in range(13):
        total[i] = totals[i]
    with nogil:
        code = _scan(data, counts, is_sequenced, total, marks, goroutines, tasks, exits)
    for i in range(13):
        totals[i] = total[i]
    if code != FINE:
        raise scan_fault(code, total[AT])
    return int(total[AT] < data.shape[0])


def fill_frames(
    Bytes data, const int64_t[::1] places, bint is_sequenced, const int64_t[::1] offsets,
    uint64_t[:, ::1] frames,
):
    """See the plain twin."""
    cdef Py_ssize_t i
    cdef int64_t at, row
    cdef int column, columns = 1 if is_sequenced else 4
    with nogil:
        for i in range(places.shape[0]):
            at = places[i] + 1
            if data[places[i]] >= 192:
                read_number(data, &at)
            read_number(data, &at)
            read_number(data, &at)
            for row in range(offsets[i], offsets[i + 1]):
                for column in range(columns):
                    frames[row, column] = read_number(data, &at)


cdef inline int take_number(Bytes data, int64_t *at, uint64_t *value) except -1 nogil:
    """Read the number at `at` and move behind it; FINE, CUT or NUMBER_LONG."""
    cdef int64_t p = at[0]
    cdef uint64_t byte, result = 0
    cdef int shift = 0
    while shift < 70:
        if p >= data.shape[0]:
            return CUT
        byte = data[p]
        p += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            if shift == 63 and byte > 1:
                return NUMBER_LONG
            value[0] = result
            at[0] = p
            return FINE
        shift += 7
    return NUMBER_LONG


cdef int take_arguments(
    Bytes data, int head, int sequence, int64_t *at, uint64_t *values, int *count
) except -1 nogil:
    """Read the numbers of an event, of which the first six are kept."""
    cdef uint64_t length = 0, value = 0
    cdef int64_t stop
    cdef int i, code
    count[0] = 0
    if head < 192:
        for i in range((head >> 6) + 1 + sequence):
            code = take_number(data, at, &values[i])
            if code != FINE:
                return code
        count[0] = (head >> 6) + 1 + sequence
        return FINE
    code = take_number(data, at, &length)
    if code != FINE:
        return code
    if length > LONGEST_EVENT:
        return TOO_LONG
    stop = at[0] + <int64_t>length
    if stop > data.shape[0]:
        return CUT
    while at[0] < stop:
        code = take_number(data, at, &value)
        if code != FINE:
            return code
        if count[0] < 6:
            values[count[0]] = value
        count[0] += 1
    return FINE if at[0] == stop else WRONG_COUNT


cdef inline int take_inline(
    const uint8_t *begin, int count, int64_t *at, uint64_t *values
) noexcept nogil:
    """Read up to four numbers, of which `LONGEST_NUMBERS` bytes are there."""
    cdef const uint8_t *now = begin
    cdef int i
    for i in range(count):
        now = take_checked_at(now, &values[i])
        if now == NULL:
            return NUMBER_LONG
    at[0] += now - begin
    return FINE


cdef inline bint take_time(
    const uint8_t *begin, int count, int place, int64_t *at, int64_t *ticks
) noexcept nogil:
    """Skip an event of up to four numbers and add its time; False, and nothing, if one is wrong."""
    cdef const uint8_t *now = begin
    cdef uint64_t value, elapsed = 0
    cdef int i
    for i in range(count):
        now = take_checked_at(now, &value)
        if now == NULL:
            return False
        if i == place:
            elapsed = value
    elapsed += <uint64_t>ticks[0]
    if is_beyond(elapsed):
        return False
    ticks[0] = <int64_t>elapsed
    at[0] += 1 + (now - begin)
    return True


cdef int take_text(Bytes data, int64_t *at, uint64_t *length) except -1 nogil:
    """Skip a text of a checked length."""
    if length[0] > LONGEST_STRING:
        return STRING_LONG
    if <int64_t>length[0] > data.shape[0] - at[0]:
        return CUT
    at[0] += <int64_t>length[0]
    return FINE


cdef int take_string(Bytes data, int64_t *at, uint64_t *values) except -1 nogil:
    """Read the id and length of a string, and skip its text."""
    cdef int code = take_number(data, at, &values[0])
    if code != FINE:
        return code
    if values[0] == 0:
        return STRING_ID
    code = take_number(data, at, &values[1])
    if code != FINE:
        return code
    if values[1] == 0:
        return STRING_EMPTY
    return take_text(data, at, &values[1])


cdef int check_counts(
    int number, int expected, int sequence, uint64_t *values, int count
) noexcept nogil:
    """Check how many numbers there are, and those whose value bounds something."""
    if number == STACK and count >= expected:
        if values[1] > DEEPEST_STACK:
            return STACK_DEEP
        expected += <int>values[1] * (1 if sequence else 4)
    if count != expected:
        return WRONG_COUNT
    if number == BATCH and values[0] != <uint64_t>-1 and values[0] >= <uint64_t>1 << 31:
        return PROC_LARGE
    if number == FREQUENCY and (values[0] == 0 or values[0] >= <uint64_t>1 << 63):
        return FREQUENCY_WRONG
    return FINE


cdef inline bint is_beyond(uint64_t ticks) noexcept nogil:
    """No clock's ticks."""
    return ticks >= <uint64_t>1 << 62


cdef int note_exit(
    int64_t *total, uint64_t *values, bint sequence, int64_t[:, ::1] exits
) except -1 nogil:
    """Note a return from a system call that has to be moved to its own time."""
    cdef int64_t row = total[EXITS], ticks = <int64_t>values[2]
    if sequence:
        exits[row, 0] = <int64_t>values[1]
        exits[row, 1] = ticks if ticks else total[TICKS]
        exits[row, 2] = 1
    else:
        exits[row, 0] = exits[row, 1] = ticks
        exits[row, 2] = ticks < total[TICKS]
    exits[row, 3] = <int64_t>values[0]
    exits[row, 4] = <int64_t>values[1]
    total[EXITS] += 1
    return 0


cdef int _scan(
    Bytes data, const uint8_t[::1] counts, int sequence, int64_t *total,
    int64_t[:, ::1] marks, uint64_t[::1] goroutines, uint64_t[::1] tasks,
    int64_t[:, ::1] exits,
) except -1 nogil:
    """Go through the events until the end, a fault or a full table; the code of the fault."""
    cdef int64_t at = total[AT], mark
    cdef uint64_t values[6]
    cdef uint64_t length = 0
    cdef int head, number, expected, count, code, i
    cdef int first = 2 if sequence else 1
    while at < data.shape[0]:
        head = data[at]
        number = head & 63
        expected = counts[number]
        if head < 192 and within(number, PLAIN) and at + LONGEST_NUMBERS < data.shape[0]:
            # Nearly all events: nothing in them but their time concerns us here.
            count = (head >> 6) + 1 + sequence
            if expected == count and total[BATCHES] and take_time(
                &data[at + 1], count, first - 1, &at, &total[TICKS]
            ):
                total[EVENTS] += 1
                continue
        total[AT] = at
        if (
            total[MARKS] >= marks.shape[0] or total[GOROUTINES] >= goroutines.shape[0]
            or total[TASKS] >= tasks.shape[0] or total[EXITS] >= exits.shape[0]
        ):
            return FINE
        at += 1
        if expected == 255:
            return UNKNOWN
        values[0] = values[1] = values[2] = values[3] = values[4] = values[5] = 0
        if number == STRING:
            code = take_string(data, &at, values)
        elif number != BATCH and total[BATCHES] == 0:
            return NO_BATCH
        else:
            if head < 192 and at + LONGEST_NUMBERS < data.shape[0]:
                code = take_inline(&data[at], (head >> 6) + 1 + sequence, &at, values)
                count = (head >> 6) + 1 + sequence
            else:
                code = take_arguments(data, head, sequence, &at, values, &count)
            if code == FINE and number == LOG:
                code = take_number(data, &at, &length)
                if code == FINE:
                    code = take_text(data, &at, &length)
            if code == FINE:
                code = check_counts(number, expected, sequence, values, count)
        if code == CUT:
            total[CUT_AT] = total[AT]
            total[AT] = data.shape[0]
            return FINE
        if code != FINE:
            return code
        if number == BATCH or within(number, STRUCTURAL):
            if number == FREQUENCY:
                total[FREQUENCY_HZ] = <int64_t>values[0]
                continue
            if number == BATCH:
                total[BATCHES] += 1
                if sequence:
                    values[1], values[2] = values[2], values[1]
                if is_beyond(values[1]):
                    return TIME_WRONG
                total[TICKS] = <int64_t>values[1]
            elif number == STACK:
                total[FRAMES] += <int64_t>values[1]
                values[2] = values[3] = 0
            elif number == TIMER:
                values[1] = 0
            elif number == SAMPLE:
                for i in range(4):
                    values[i] = values[i + 1]
                if is_beyond(values[0]):
                    return TIME_WRONG
            mark = total[MARKS]
            marks[mark, 0] = number
            marks[mark, 1] = total[AT]
            marks[mark, 2] = at
            for i in range(4):
                marks[mark, 3 + i] = <int64_t>values[i]
            total[MARKS] += 1
            continue
        total[EVENTS] += 1
        total[TICKS] = <int64_t>(<uint64_t>total[TICKS] + values[first - 1])
        if is_beyond(<uint64_t>total[TICKS]):
            return TIME_WRONG
        if number == EXIT:
            if is_beyond(values[first + 2]):
                return TIME_WRONG
            if sequence or is_moved(values[first + 2], total[TICKS]):
                note_exit(total, &values[first], sequence, exits)
            continue
        if number == CREATE:
            goroutines[total[GOROUTINES]] = values[first]
            total[GOROUTINES] += 1
        elif number == TASK:
            tasks[total[TASKS]] = values[first]
            total[TASKS] += 1
        elif number == REGION:
            total[REGIONS] += 1
        elif number == FUTILE:
            total[FUTILES] += 1
    total[AT] = at
    return FINE
