# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Columns of whole numbers to data pages of Parquet.

The contract, the layout and the choice of encodings are those of
`gotrace/kernels/plain/column_pages.py`. Columns that have a dictionary are looked at once: while
their values become codes, it shows whether they lie near each other; if not, it begins again.
"""

cimport cython
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
    "Memory",
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
    MOST_ENTRIES = RANGE - 1
    ROWS_PER_ENTRY = 16
    BLOCK = 128
    MINIBLOCKS = 4
    MINIBLOCK = 32
    HALF_MINIBLOCK = 16
    MOST_BLOCK_BYTES = 10 + MINIBLOCKS + BLOCK * 8 + 16
    MOST_GROUPS = 63
    MOST_COLUMNS = 64

ctypedef fused Number:
    int32_t
    int64_t


cdef extern from *:
    """
    #if defined(__GNUC__)
    #define gotrace_width(value) ((value) ? 64 - __builtin_clzll(value) : 0)
    #else
    static int gotrace_width(unsigned long long value) {
        int width = 0;
        for (; value; value >>= 1) width++;
        return width;
    }
    #endif
    """
    int width_of "gotrace_width"(uint64_t value) noexcept nogil


cdef struct Source:
    # A column; one of the two is NULL.
    const int32_t* narrow
    const int64_t* wide
    int64_t rows


cdef struct Desk:
    # What the page of one column is made with; everything has the room that `Memory` checked.
    uint16_t* places
    int32_t* codes
    int64_t* kept
    int64_t* distinct
    int64_t* state


@cython.final
cdef class Memory:
    """What `encode` writes to; see there."""
    cdef uint16_t[::1] places
    cdef int32_t[::1] codes
    cdef int64_t[::1] kept
    cdef int64_t[:, ::1] distinct
    cdef uint8_t[::1] out
    cdef int64_t[:, ::1] state

    def __init__(
        self,
        uint16_t[::1] places,
        int32_t[::1] codes,
        int64_t[::1] kept,
        int64_t[:, ::1] distinct,
        uint8_t[::1] out,
        int64_t[:, ::1] state,
    ):
        self.places = places
        self.codes = codes
        self.kept = kept
        self.distinct = distinct
        self.out = out
        self.state = state

    cdef int check(self, int64_t columns, int64_t rows) except -1:
        # Then loops over rows need no look at bounds.
        if self.places.shape[0] < 2 * RANGE or self.distinct.shape[1] < RANGE:
            raise IndexError("too small a table")
        if self.distinct.shape[0] < columns or self.state.shape[0] < columns:
            raise IndexError("too little room for the columns")
        if self.state.shape[1] <= BYTES:
            raise IndexError("too small a state")
        if self.codes.shape[0] <= rows or self.kept.shape[0] <= rows:
            raise IndexError("too little room for the rows")
        if self.out.shape[0] < columns * (10 * rows + 2048):
            raise IndexError("too little room for the pages")
        return 0

    cdef Desk desk(self, Py_ssize_t number) noexcept nogil:
        cdef Desk found
        found.places = &self.places[0]
        found.codes = &self.codes[0]
        found.kept = &self.kept[0]
        found.distinct = &self.distinct[number, 0]
        found.state = &self.state[number, 0]
        return found


def encode(
    list columns,
    const uint8_t[::1] is_nullable,
    const uint8_t[::1] modes,
    Memory memory not None,
):
    """Write the pages of columns to the memory's `out`; its `state` says how."""
    cdef const int32_t[::1] narrow
    cdef const int64_t[::1] wide
    cdef Source[MOST_COLUMNS] sources
    cdef Py_ssize_t count = len(columns), number
    cdef int64_t rows = 0, at = 0
    cdef Desk desk
    if count > MOST_COLUMNS or is_nullable.shape[0] < count or modes.shape[0] < count:
        raise IndexError("too many columns")
    for number in range(count):
        sources[number].narrow = NULL
        sources[number].wide = NULL
        if columns[number].itemsize == 4:
            narrow = columns[number]
            sources[number].rows = narrow.shape[0]
            if narrow.shape[0]:
                sources[number].narrow = &narrow[0]
        else:
            wide = columns[number]
            sources[number].rows = wide.shape[0]
            if wide.shape[0]:
                sources[number].wide = &wide[0]
        rows = sources[number].rows if sources[number].rows > rows else rows
    memory.check(count, rows)
    with nogil:
        for number in range(count):
            desk = memory.desk(number)
            rows = sources[number].rows
            if sources[number].narrow != NULL:
                rows = column(sources[number].narrow, rows, is_nullable[number], modes[number],
                              &desk, memory.out[at:])
            else:
                rows = column(sources[number].wide, rows, is_nullable[number], modes[number],
                              &desk, memory.out[at:])
            desk.state[BYTES] = rows
            at += rows


cdef int64_t column(
    const Number* values,
    int64_t rows,
    bint is_nullable,
    int mode,
    const Desk* desk,
    uint8_t[::1] out,
) except -1 nogil:
    """Write the page; returns its length."""
    cdef int64_t* state = desk.state
    cdef int64_t at = 0, known, found = NONE
    cdef bint is_constant, is_narrow = sizeof(Number) == 4
    state[ENCODING] = HAS_NONE
    state[LOW] = state[HIGH] = state[DISTINCT] = state[NULLS] = 0
    if rows == 0:
        return levels(rows, 0, out) if is_nullable else 0
    # As many columns are; where they are not, this ends at once.
    is_constant = memcmp(values, values + 1, (rows - 1) * sizeof(Number)) == 0
    if is_constant and (mode != AS_CODES or (is_nullable and values[0] == NONE)):
        return constant(values[0], rows, is_nullable, desk, out)
    if mode != AS_CODES:
        found = to_codes(values, rows, is_nullable, mode, desk, out)
    if found == NONE:
        survey(values, rows, is_nullable, desk, out)
    known = rows - state[NULLS]
    if is_nullable:
        at = levels(rows, state[NULLS], out)
    if mode == AS_CODES:
        if state[LOW] < 0:
            raise IndexError("a code below 0")
        found = state[HIGH] + 1
        if known < rows:
            take_codes(desk.kept, known, desk.codes)
        else:
            take_codes(values, known, desk.codes)
    if found != NONE:
        state[ENCODING] = HAS_DICTIONARY
        state[DISTINCT] = found
        if found == 1 and mode != AS_CODES:
            return run_of_first(known, out, at)
        out[at] = width_of(<uint64_t>found - 1 if found > 2 else 1)
        return hybrid(desk.codes, known, out[at], out, at + 1)
    if mode == AS_TEXTS:
        state[ENCODING] = HAS_TOO_MANY
        return at
    state[ENCODING] = HAS_DELTAS
    if known < rows:
        return deltas(desk.kept, known, is_narrow, out, at)
    return deltas(values, known, is_narrow, out, at)


cdef int64_t constant(
    int64_t value, int64_t rows, bint is_nullable, const Desk* desk, uint8_t[::1] out
) except -1 nogil:
    """The page of a column of one value, or of nulls only."""
    cdef int64_t* state = desk.state
    cdef int64_t at = 0
    if is_nullable:
        state[NULLS] = rows if value == NONE else 0
        at = levels(rows, state[NULLS], out)
        if value == NONE:
            return at
    state[ENCODING] = HAS_DICTIONARY
    state[LOW] = state[HIGH] = desk.distinct[0] = value
    state[DISTINCT] = 1
    return run_of_first(rows, out, at)


cdef int64_t run_of_first(int64_t count, uint8_t[::1] out, int64_t at) except -1 nogil:
    """The first entry, so many times."""
    out[at] = 1
    at = varint(out, at + 1, <uint64_t>count << 1)
    out[at] = 0
    return at + 1


cdef int64_t levels(int64_t rows, int64_t nulls, uint8_t[::1] out) except -1 nogil:
    """What stands before the bits of levels, which are there already; returns where these end."""
    cdef int64_t at = 4, size, byte
    if nulls == 0 or nulls == rows:
        at = varint(out, at, <uint64_t>rows << 1)
        out[at] = nulls == 0
        at += 1
    else:
        at = varint(out, at, (<uint64_t>((rows + 7) // 8) << 1) | 1) + (rows + 7) // 8
    size = at - 4
    for byte in range(4):
        out[byte] = (size >> (8 * byte)) & 0xFF
    return at


cdef int survey(
    const Number* at, int64_t rows, bint is_nullable, const Desk* desk, uint8_t[::1] out
) except -1 nogil:
    """Nulls, the lowest and the highest; where there may be nulls, what is none, and levels."""
    cdef int64_t* kept = desk.kept
    cdef int64_t row = 0, known = 0
    cdef const Number* eight
    cdef Number[8] last
    cdef Number low, high, first, value
    cdef uint8_t* bits
    cdef int i
    if is_nullable:
        bits = bits_of_levels(rows, out)
        while at[row] == NONE:  # not all are
            row += 1
        low = high = first = at[row]
        for row in range(0, rows, 8):
            eight = eight_of(at, row, rows, last)
            bits[row >> 3] = byte_of(eight)
            if bits[row >> 3] == 0:
                continue
            for i in range(8):
                value = eight[i]
                kept[known] = value
                known += value != NONE
                value = value if value != NONE else first
                low = value if value < low else low
                high = value if value > high else high
    else:
        known = rows
        low = high = at[0]
        for row in range(rows):
            low = at[row] if at[row] < low else low
            high = at[row] if at[row] > high else high
    desk.state[NULLS] = rows - known
    desk.state[LOW] = low
    desk.state[HIGH] = high
    return 0


cdef void take_codes(const Number* values, int64_t count, int32_t* codes) noexcept nogil:
    cdef int64_t row
    for row in range(count):
        codes[row] = <int32_t>values[row]


include "column_pages_codes.pxi"
include "column_pages_bits.pxi"
