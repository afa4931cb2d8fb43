# Numbers of the wire, and tables with an index: `records.py` and `Names` of the plain twin.

cdef inline int number(
    Bytes data, Py_ssize_t *position, Py_ssize_t end, uint64_t *value
) except -1 nogil:
    """The unsigned varint at `position`, which moves behind it; a reason, or FINE."""
    cdef Py_ssize_t at = position[0]
    cdef uint64_t byte
    cdef uint64_t result = 0
    cdef int shift = 0
    if at < end:
        byte = data[at]
        if byte < 0x80:
            value[0] = byte
            position[0] = at + 1
            return FINE
    while at < end:
        byte = data[at]
        at += 1
        if shift == 63 and byte > 1:
            return NUMBER_LONG
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            value[0] = result
            position[0] = at
            return FINE
        shift += 7
    return CUT


@cython.final
cdef class _Table:
    """`records.Table`."""

    cdef uint64_t[:, ::1] rows
    cdef int32_t[::1] index
    cdef Py_ssize_t link
    cdef uint64_t mask
    cdef int shift

    def __init__(self, uint64_t[:, ::1] rows, int32_t[::1] index):
        if rows.shape[0] < 1 or rows.shape[1] < 4 or index.shape[0] < 2:
            raise IndexError("a table without rows")
        self.rows = rows
        self.index = index
        self.link = rows.shape[1] - 1
        self.mask = index.shape[0] - 1
        self.shift = 65 - (<object>index.shape[0]).bit_length()

    cdef inline bint has_room(self) except -1 nogil:
        return (
            self.rows[0, FIRST_FREE] != 0
            or self.rows[0, LAST_USED] + 1 < <uint64_t>self.rows.shape[0]
        )

    cdef inline uint64_t home(self, uint64_t key) noexcept nogil:
        return (key * SPREAD) >> self.shift

    cdef inline Py_ssize_t find(self, uint64_t key) except -1 nogil:
        cdef uint64_t place = self.home(key)
        cdef Py_ssize_t row = self.index[place]
        while row and self.rows[row, KEY] != key:
            place = (place + 1) & self.mask
            row = self.index[place]
        return row

    cdef Py_ssize_t insert(self, uint64_t key) except -1 nogil:
        cdef Py_ssize_t row = take_row(self.rows)
        self.rows[row, KEY] = key
        self.enter(key, row)
        return row

    cdef int enter(self, uint64_t key, Py_ssize_t row) except -1 nogil:
        cdef uint64_t place = self.home(key)
        while self.index[place]:
            place = (place + 1) & self.mask
        self.index[place] = <int32_t>row
        return 0

    cdef int remove(self, Py_ssize_t row) except -1 nogil:
        cdef uint64_t place = self.home(self.rows[row, KEY])
        cdef uint64_t gap, home
        while self.index[place] != row:
            place = (place + 1) & self.mask
        free_row(self.rows, row)
        gap = place
        place = (place + 1) & self.mask
        while self.index[place]:
            home = self.home(self.rows[self.index[place], KEY])
            if ((place - home) & self.mask) >= ((place - gap) & self.mask):
                self.index[gap] = self.index[place]
                gap = place
            place = (place + 1) & self.mask
        self.index[gap] = 0
        return 0


cdef Py_ssize_t take_row(uint64_t[:, ::1] rows) except -1 nogil:
    cdef Py_ssize_t link = rows.shape[1] - 1
    cdef Py_ssize_t row = <Py_ssize_t>rows[0, FIRST_FREE]
    cdef Py_ssize_t column
    if row:
        rows[0, FIRST_FREE] = rows[row, link]
    else:
        row = <Py_ssize_t>rows[0, LAST_USED] + 1
        rows[0, LAST_USED] = row
    for column in range(link):
        rows[row, column] = 0
    rows[row, link] = IN_USE
    return row


cdef int free_row(uint64_t[:, ::1] rows, Py_ssize_t row) except -1 nogil:
    rows[row, rows.shape[1] - 1] = rows[0, FIRST_FREE]
    rows[0, FIRST_FREE] = row
    return 0


cdef int32_t search(
    const uint64_t[::1] ids, const int32_t[::1] rows, uint64_t key
) except? -2 nogil:
    """The row beside `key`, or -1."""
    cdef Py_ssize_t low = 0
    cdef Py_ssize_t high = ids.shape[0]
    cdef Py_ssize_t middle
    while low < high:
        middle = (low + high) // 2
        if ids[middle] < key:
            low = middle + 1
        else:
            high = middle
    if low < ids.shape[0] and ids[low] == key:
        return rows[low]
    return -1
