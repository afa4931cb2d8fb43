# Plain events, which most are, decoded to rows of numbers.

cdef enum:
    # Of the rows; TIME is as in the cursors.
    A_KIND = 1  # the event's type, and the number of its arguments times 256
    A_STACK = 2
    A_START = 3
    A_ARGUMENTS = 4


cdef struct Ahead:
    # The generation. For every type: is it an event (1 bit), how many arguments (3 bits), what each
    # is (2 bits).
    uint32_t specs[256]
    const uint8_t *data
    Py_ssize_t size
    bint is_linux  # a tick is 64 ns
    double frequency
    int64_t horizon
    # For each meaning of an argument: the rows of the ids below a limit, and the row of id 0.
    const int32_t *rows[4]
    uint64_t limits[4]
    int64_t none[4]
    const int64_t *cursors
    const int64_t *batches
    const uint64_t *batch_times
    Py_ssize_t batch_count
    # Events read ahead: see `blocks.pxi`.
    int64_t *areas
    Py_ssize_t cursor_count
    Py_ssize_t block_count  # for each cursor; a power of two, or 0


cdef inline bint to_nanoseconds(const Ahead *a, uint64_t ticks, int64_t *time) noexcept nogil:
    """False if that is beyond all reason."""
    cdef double exact
    if a.is_linux and ticks >> 52 == 0:
        # Floating point says the same, more slowly.
        time[0] = <int64_t>(ticks << 6)
        return True
    exact = <double>ticks * a.frequency
    if not exact < FAR:
        return False
    time[0] = <int64_t>exact
    return True


cdef inline bint resolve_plain(const Ahead *a, int64_t *row, uint32_t spec) noexcept nogil:
    """Ids to rows, and the main stack to where it belongs; False if an id is not in the dense part."""
    cdef uint32_t left = (spec >> 1) & 7
    cdef int64_t *at = row + A_ARGUMENTS
    cdef int64_t *to = at
    cdef uint32_t meaning
    cdef uint64_t key
    cdef int64_t found
    spec >>= 4
    while left:
        left -= 1
        meaning = spec & 3
        spec >>= 2
        key = <uint64_t>at[0]
        at += 1
        found = <int64_t>key
        if meaning:
            found = a.none[meaning]
            if key:
                if key >= a.limits[meaning] or a.rows[meaning][key] < 0:
                    return False
                found = a.rows[meaning][key]
        if meaning == MAIN_STACK:
            row[A_STACK] = found
        else:
            to[0] = found
            to += 1
    row[A_KIND] = (row[A_KIND] & 0xFF) | (to - row - A_ARGUMENTS) << 8
    return True


cdef inline Py_ssize_t read_plain(
    const Ahead *a, const uint8_t *at, int64_t *row
) noexcept nogil:
    """Decode the event there, of which WIDE_ROOM bytes can be read; how long it is, or 0.

    The time in the row is what the event says: since the one before.
    """
    cdef uint32_t spec = a.specs[at[0]]
    cdef int count = (spec >> 1) & 7
    cdef uint64_t stops = ends(at + 1)
    cdef int first = lowest_bit(stops) + 1
    cdef int second, third
    cdef int behind = first
    cdef int sizes = first
    cdef uint64_t ticks = squeeze(load_word(at + 1), first)
    cdef double exact
    # Two arguments, whether there are any or not: most events have one or two, and to ask how many
    # is a branch that is guessed wrong.
    stops &= stops - 1
    second = lowest_bit(stops) + 1
    row[A_ARGUMENTS] = <int64_t>squeeze(load_word(at + 1 + first), second - first)
    sizes |= second - first - 1 if count > 0 else 0
    behind = second if count > 0 else behind
    stops &= stops - 1
    third = lowest_bit(stops) + 1
    row[A_ARGUMENTS + 1] = <int64_t>squeeze(load_word(at + 1 + second), third - second)
    sizes |= third - second - 1 if count > 1 else 0
    behind = third if count > 1 else behind
    row[A_KIND] = at[0] | count << 8
    row[A_STACK] = -1
    if count > 2:
        for second in range(2, count):
            first = behind
            stops &= stops - 1
            behind = lowest_bit(stops) + 1
            row[A_ARGUMENTS + second] = <int64_t>squeeze(
                load_word(at + 1 + first), behind - first
            )
            sizes |= behind - first - 1
    if spec == 0 or sizes > 7 or behind > WIDE:
        return 0
    if spec >> 4 and not resolve_plain(a, row, spec):
        return 0
    if a.is_linux:
        row[TIME] = <int64_t>(ticks << 6)
        return behind + 1
    exact = <double>ticks * a.frequency
    if not exact < FAR:
        return 0
    row[TIME] = <int64_t>exact
    return behind + 1
