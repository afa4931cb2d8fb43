# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Columns of whole numbers to data pages of Parquet.

The contract, the layout and the choice of encodings are those of
`gotrace/kernels/plain/column_pages.py`, which this file follows step by step.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from gotrace.kernels.plain.column_pages import (
    CODES,
    DELTAS,
    DICTIONARY,
    MOST_RANGE,
    NO_VALUES,
    NUMBERS,
    STATE,
    TEXTS,
    TOO_MANY,
)

__all__ = [
    "CODES",
    "DELTAS",
    "DICTIONARY",
    "MOST_RANGE",
    "NO_VALUES",
    "NUMBERS",
    "STATE",
    "TEXTS",
    "TOO_MANY",
    "encode",
]

cdef enum:
    AS_NUMBERS = 0
    AS_TEXTS = 1
    AS_CODES = 2

cdef enum:
    HAS_NONE = 0
    HAS_DICTIONARY = 1
    HAS_DELTAS = 2
    HAS_TOO_MANY = 3

cdef enum:
    ENCODING = 0
    NULLS = 1
    LOW = 2
    HIGH = 3
    DISTINCT = 4
    BYTES = 5

cdef enum:
    NONE = -1
    RANGE = 1 << 16
    BLOCK = 128
    MINIBLOCKS = 4
    MINIBLOCK = 32
    MOST_BLOCK_BYTES = 10 + MINIBLOCKS + BLOCK * 8 + 16
    MOST_HEADER_BYTES = 64
    MOST_GROUPS = 63

ctypedef fused Number:
    int32_t
    int64_t


def encode(
    object values,
    bint is_nullable,
    int mode,
    uint16_t[::1] places,
    int32_t[::1] codes,
    int64_t[::1] kept,
    int64_t[::1] distinct,
    uint8_t[::1] out,
    int64_t[::1] state,
):
    """Write the page of a column to `out`; `state` says how."""
    cdef const int32_t[::1] narrow
    cdef const int64_t[::1] wide
    if values.itemsize == 4:
        narrow = values
        check(narrow.shape[0], places, codes, kept, distinct, out, state)
        with nogil:
            column(narrow, is_nullable, mode, True, places, codes, kept, distinct, out, state)
    else:
        wide = values
        check(wide.shape[0], places, codes, kept, distinct, out, state)
        with nogil:
            column(wide, is_nullable, mode, False, places, codes, kept, distinct, out, state)


cdef int check(
    int64_t rows,
    uint16_t[::1] places,
    int32_t[::1] codes,
    int64_t[::1] kept,
    int64_t[::1] distinct,
    uint8_t[::1] out,
    int64_t[::1] state,
) except -1:
    # Then loops over rows need no look at bounds.
    if places.shape[0] < RANGE or distinct.shape[0] < RANGE or state.shape[0] <= BYTES:
        raise IndexError("too small a table")
    if codes.shape[0] < rows or kept.shape[0] < rows or out.shape[0] < 10 * rows + 2048:
        raise IndexError("too little room for the rows")
    return 0


cdef int column(
    const Number[::1] values,
    bint is_nullable,
    int mode,
    bint is_narrow,
    uint16_t[::1] places,
    int32_t[::1] codes,
    int64_t[::1] kept,
    int64_t[::1] distinct,
    uint8_t[::1] out,
    int64_t[::1] state,
) except -1 nogil:
    cdef int64_t rows = values.shape[0], at = 0, nulls, count
    state[ENCODING] = HAS_NONE
    state[LOW] = state[HIGH] = state[DISTINCT] = state[NULLS] = 0
    nulls = survey(values, is_nullable, state)
    state[NULLS] = nulls
    count = rows - nulls
    if is_nullable:
        at = levels(values, nulls, out)
    if count:
        if nulls == 0:
            at = numbers(&values[0], count, mode, is_narrow, places, codes, distinct, out, at, state)
        else:
            keep(values, kept)
            at = numbers(&kept[0], count, mode, is_narrow, places, codes, distinct, out, at, state)
    state[BYTES] = at
    return 0


cdef int64_t survey(
    const Number[::1] values, bint is_nullable, int64_t[::1] state
) except -1 nogil:
    """How many nulls; the lowest and the highest of the others."""
    cdef int64_t row, rows = values.shape[0], nulls = 0
    cdef Number low = 0, high = 0, value, other
    cdef const Number* at
    if rows == 0:
        return 0
    at = &values[0]
    if memcmp(at, at + 1, (rows - 1) * sizeof(Number)) == 0:
        # All are the same, as in many columns; where they are not, this ends at once.
        low = high = at[0]
        if is_nullable and low == NONE:
            return rows
    elif not is_nullable:
        low = high = at[0]
        for row in range(rows):
            value = at[row]
            low = value if value < low else low
            high = value if value > high else high
    else:
        row = 0
        while row < rows and at[row] == NONE:
            row += 1
        nulls = row
        if row < rows:
            # A null counts as the first value: no branch.
            other = low = high = at[row]
            for row in range(nulls, rows):
                value = at[row]
                nulls += value == NONE
                value = other if value == NONE else value
                low = value if value < low else low
                high = value if value > high else high
    state[LOW] = low
    state[HIGH] = high
    return nulls


cdef int64_t levels(const Number[::1] values, int64_t nulls, uint8_t[::1] out) except -1 nogil:
    """One bit a row, 1 for a value; behind its length (4 bytes)."""
    cdef int64_t at = 4, rows = values.shape[0], row, size
    cdef const Number* from_
    cdef uint8_t* to
    cdef uint8_t bits
    if nulls == 0 or nulls == rows:
        at = varint(out, at, <uint64_t>rows << 1)
        out[at] = nulls == 0
        at += 1
    else:
        at = varint(out, at, (<uint64_t>((rows + 7) // 8) << 1) | 1)
        out[at + rows // 8] = 0
        from_ = &values[0]
        to = &out[at]
        for row in range(rows // 8):
            to[row] = (
                (from_[8 * row] != NONE)
                | (from_[8 * row + 1] != NONE) << 1
                | (from_[8 * row + 2] != NONE) << 2
                | (from_[8 * row + 3] != NONE) << 3
                | (from_[8 * row + 4] != NONE) << 4
                | (from_[8 * row + 5] != NONE) << 5
                | (from_[8 * row + 6] != NONE) << 6
                | (from_[8 * row + 7] != NONE) << 7
            )
        for row in range(rows // 8 * 8, rows):
            to[rows // 8] |= (from_[row] != NONE) << (row & 7)
        at += (rows + 7) // 8
    size = at - 4
    for row in range(4):
        out[row] = (size >> (8 * row)) & 0xFF
    return at


cdef int keep(const Number[::1] values, int64_t[::1] kept) except -1 nogil:
    """The values that are not null."""
    cdef int64_t row, place = 0
    cdef Number value
    cdef const Number* from_ = &values[0]
    cdef int64_t* to = &kept[0]
    for row in range(values.shape[0]):
        value = from_[row]
        to[place] = value
        place += value != NONE
    return 0


cdef int64_t numbers(
    const Number* values,
    int64_t count,
    int mode,
    bint is_narrow,
    uint16_t[::1] places,
    int32_t[::1] codes,
    int64_t[::1] distinct,
    uint8_t[::1] out,
    int64_t at,
    int64_t[::1] state,
) except -1 nogil:
    cdef int64_t found, row, low = state[LOW], high = state[HIGH]
    cdef bint is_constant = low == high
    if mode == AS_CODES:
        if low < 0:
            raise IndexError("a code below 0")
        found = high + 1
        for row in range(count):
            codes[row] = <int32_t>values[row]
    elif is_constant:
        found = 1
        distinct[0] = low
    elif <uint64_t>high - <uint64_t>low < RANGE:
        found = to_codes(values, count, low, RANGE - 1 if mode == AS_TEXTS else count // 16,
                         places, codes, distinct)
    else:
        found = NONE
    if found < 0 and mode == AS_TEXTS:
        state[ENCODING] = HAS_TOO_MANY
        return at
    if found < 0:
        state[ENCODING] = HAS_DELTAS
        return deltas(values, count, is_narrow, out, at)
    state[ENCODING] = HAS_DICTIONARY
    state[DISTINCT] = found
    if is_constant and mode != AS_CODES:
        out[at] = 1
        at = varint(out, at + 1, <uint64_t>count << 1)
        out[at] = 0
        return at + 1
    out[at] = width_of(<uint64_t>found - 1 if found > 2 else 1)
    return hybrid(codes, count, out[at], out, at + 1)


cdef int64_t to_codes(
    const Number* values,
    int64_t count,
    int64_t low,
    int64_t most,
    uint16_t[::1] places,
    int32_t[::1] codes,
    int64_t[::1] distinct,
) except -2 nogil:
    """Numbers in order of appearance; -1 if there are more than `most` distinct ones."""
    cdef int64_t row, place, found = 0
    cdef uint16_t code
    cdef int32_t* to = &codes[0]
    cdef bint is_full = False
    for row in range(count):
        place = values[row] - low
        code = places[place]
        if code == 0:
            if found >= most:
                is_full = True
                break
            distinct[found] = values[row]
            found += 1
            code = <uint16_t>found
            places[place] = code
        to[row] = code - 1
    for row in range(found):
        places[distinct[row] - low] = 0
    return NONE if is_full else found


include "column_pages_bits.pxi"
