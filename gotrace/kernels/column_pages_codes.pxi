# Codes of `column_pages.pyx`: values to the numbers of their entries in a dictionary.

cdef uint8_t* bits_of_levels(int64_t rows, uint8_t[::1] out) except NULL nogil:
    """Where the bits of levels begin: one a row, 1 for a value. There is room for them."""
    return &out[varint(out, 4, (<uint64_t>((rows + 7) // 8) << 1) | 1)]


cdef int64_t to_codes(
    const Number* values,
    int64_t rows,
    bint is_nullable,
    int mode,
    const Desk* desk,
    uint8_t[::1] out,
) except -2 nogil:
    """Values to the numbers of their entries; returns how many entries, -1 for no dictionary."""
    cdef int64_t* state = desk.state
    cdef int64_t* distinct = desk.distinct
    cdef uint16_t* places = desk.places
    cdef int64_t most = MOST_ENTRIES, row = 0, found = 1, known = 0
    cdef int64_t low, high, first
    cdef uint8_t* bits = NULL
    if mode != AS_TEXTS and rows // ROWS_PER_ENTRY < most:
        most = rows // ROWS_PER_ENTRY
    if is_nullable:
        bits = bits_of_levels(rows, out)
        while row < rows and values[row] == NONE:  # not all are
            row += 1
    first = low = high = distinct[0] = values[row]
    places[RANGE] = 1
    if is_nullable:
        known = known_codes(values, rows, first, most, places, desk.codes, distinct, &found, bits)
    else:
        known = all_codes(values, rows, first, most, places, desk.codes, distinct, &found)
    for row in range(found):
        places[<uint64_t>distinct[row] - <uint64_t>first + RANGE] = 0
        low = distinct[row] if distinct[row] < low else low
        high = distinct[row] if distinct[row] > high else high
    if known == NONE or (mode != AS_TEXTS and found > 1 and found > known // ROWS_PER_ENTRY):
        return NONE
    state[NULLS] = rows - known
    state[LOW] = low
    state[HIGH] = high
    return found


cdef int64_t all_codes(
    const Number* values,
    int64_t rows,
    int64_t first,
    int64_t most,
    uint16_t* places,
    int32_t* codes,
    int64_t* distinct,
    int64_t* found,
) noexcept nogil:
    """Codes of values none of which is null: how many; -1 if it is no dictionary."""
    cdef uint64_t base = <uint64_t>first - RANGE, place
    cdef int64_t row
    cdef uint16_t code
    for row in range(rows):
        place = <uint64_t><int64_t>values[row] - base
        if place >= 2 * RANGE:
            return NONE
        code = places[place]
        if code == 0:
            if found[0] >= most:
                return NONE
            distinct[found[0]] = values[row]
            found[0] += 1
            code = places[place] = <uint16_t>found[0]
        codes[row] = code - 1
    return rows


cdef int64_t known_codes(
    const Number* values,
    int64_t rows,
    int64_t first,
    int64_t most,
    uint16_t* places,
    int32_t* codes,
    int64_t* distinct,
    int64_t* found,
    uint8_t* bits,
) noexcept nogil:
    """Codes of the values that are not null: how many; -1 if it is no dictionary."""
    cdef uint64_t base = <uint64_t>first - RANGE, place
    cdef int64_t row, value, known = 0
    cdef const Number* eight
    cdef Number[8] last
    cdef uint16_t code
    cdef uint32_t byte
    cdef int i
    for row in range(0, rows, 8):
        eight = eight_of(values, row, rows, last)
        byte = bits[row >> 3] = byte_of(eight)
        if byte == 0:
            continue
        for i in range(8):
            value = eight[i]
            # A null counts as the first value, and is written over by the next: no branch.
            place = <uint64_t>(value if value != NONE else first) - base
            if place >= 2 * RANGE:
                return NONE
            code = places[place]
            if code == 0:
                if found[0] >= most:
                    return NONE
                distinct[found[0]] = value
                found[0] += 1
                code = places[place] = <uint16_t>found[0]
            codes[known] = code - 1
            known += value != NONE
    return known


cdef inline const Number* eight_of(
    const Number* values, int64_t row, int64_t rows, Number* last
) noexcept nogil:
    """Eight rows; at the end `last`, filled up with nulls."""
    cdef int i
    if row + 8 <= rows:
        return values + row
    for i in range(8):
        last[i] = values[row + i] if row + i < rows else NONE
    return last


cdef inline uint8_t byte_of(const Number* eight) noexcept nogil:
    """A bit for each of eight rows: 1 for a value."""
    return (
        (eight[0] != NONE)
        | (eight[1] != NONE) << 1
        | (eight[2] != NONE) << 2
        | (eight[3] != NONE) << 3
        | (eight[4] != NONE) << 4
        | (eight[5] != NONE) << 5
        | (eight[6] != NONE) << 6
        | (eight[7] != NONE) << 7
    )
