# The central lists of go1.4 to go1.14: `gotrace.model.central_lists`.
#
# A row stands in `nonempty` or in `empty` of its span class, through NEXT and PREVIOUS; in `empty`
# PREVIOUS is complemented, which tells the two apart. The stacks of swept and of unswept spans lead
# through the LINK columns, of this sweep and of the sweep before.

cdef enum:
    NONEMPTY = 0
    EMPTY = 1
    LARGE_LIST_PAGES = 128


@cython.final
cdef class CentralLists(Central):
    """`nonempty` and `empty`."""

    cdef public int32_t[::1] lists  # (span class * 2 + which) * 2: first, last
    cdef public int32_t[::1] busy  # pages (at most LARGE_LIST_PAGES) * 2: first, last
    cdef int32_t swept
    cdef int32_t unswept
    cdef int parity  # which of the LINK columns the swept stack uses

    def __init__(self, Memory m not None, int32_t[::1] lists not None, int32_t[::1] busy not None):
        self.m = m
        self.lists = lists
        self.busy = busy

    cdef inline int32_t first(self, int span_class, int which) except -1 nogil:
        return self.lists[(span_class * 2 + which) * 2]

    cdef int empty_last(self, int32_t row) except -1 nogil:
        """To the end of `empty`; it is in no list."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef Py_ssize_t head = (self.m.rows[at + SPAN_CLASS] * 2 + EMPTY) * 2
        cdef int32_t last = self.lists[head + 1]
        self.m.rows[at + NEXT] = 0
        self.m.rows[at + PREVIOUS] = ~last
        if last:
            self.m.rows[(<Py_ssize_t>last << ROW_SHIFT) + NEXT] = row
        else:
            self.lists[head] = row
        self.lists[head + 1] = row
        return 0

    cdef int nonempty_first(self, int32_t row) except -1 nogil:
        """To the front of `nonempty`; it is in no list."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        return list_prepend(self.m, self.lists, self.m.rows[at + SPAN_CLASS] * 2 + NONEMPTY, row)

    cdef int unlink(self, int32_t row) except -1 nogil:
        """Out of the list that it is in."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int32_t previous = self.m.rows[at + PREVIOUS]
        cdef int32_t following = self.m.rows[at + NEXT]
        cdef Py_ssize_t head
        if previous >= 0:
            return list_remove(
                self.m, self.lists, self.m.rows[at + SPAN_CLASS] * 2 + NONEMPTY, row
            )
        head = (self.m.rows[at + SPAN_CLASS] * 2 + EMPTY) * 2
        if ~previous:
            self.m.rows[(<Py_ssize_t>(~previous) << ROW_SHIFT) + NEXT] = following
        else:
            self.lists[head] = following
        if following:
            self.m.rows[(<Py_ssize_t>following << ROW_SHIFT) + PREVIOUS] = previous
        else:
            self.lists[head + 1] = ~previous
        return 0

    cdef int32_t cache_span(self, int span_class, bint is_sweeping) except -1 nogil:
        """The first nonempty; else the first empty one in which something died."""
        cdef int32_t row = self.first(span_class, NONEMPTY)
        if row:
            self.unlink(row)
            self.empty_last(row)
            if is_unswept(self.m, <Py_ssize_t>row << ROW_SHIFT):
                self.sweep(row, is_sweeping)
            return row
        while True:
            row = self.first(span_class, EMPTY)
            if not row or not is_unswept(self.m, <Py_ssize_t>row << ROW_SHIFT):
                return 0
            self.unlink(row)
            self.empty_last(row)
            self.sweep(row, is_sweeping)
            if has_free(self.m, <Py_ssize_t>row << ROW_SHIFT):
                return row

    cdef int sweep(self, int32_t row, bint is_sweeping) except -1 nogil:
        """For a cache, which keeps the span whatever is found."""
        if not is_sweeping:
            with gil:
                broken("a span is unswept after all was swept")
        sweep_slots(self.m, <Py_ssize_t>row << ROW_SHIFT)
        return self.push_swept(row)

    cdef inline int push_swept(self, int32_t row) except -1 nogil:
        self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + LINK + self.parity] = self.swept
        self.swept = row
        return 0

    cdef int add_fresh(self, int32_t row) except -1 nogil:
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        self.push_swept(row)
        if self.m.rows[at + SIZE_CLASS] == 0:
            return list_append(self.m, self.busy, self.busy_list(at), row)
        return self.empty_last(row)

    cdef bint uncache(self, int32_t row) except -1 nogil:
        """With free slots to the front of `nonempty`; a full span stays where it is."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef bint is_stale = state(self.m, at) == CACHED_STALE
        self.m.rows[at + GENERATION] = self.m.generation + (SWEEPING if is_stale else 0)
        if has_free(self.m, at):
            self.unlink(row)
            self.nonempty_first(row)
        return is_stale

    cdef int put_swept(self, int32_t row) except -1 nogil:
        """To the front of `nonempty` if it was full and is not any longer."""
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        self.push_swept(row)
        if self.m.rows[at + SIZE_CLASS] and self.m.rows[at + PREVIOUS] < 0:
            if has_free(self.m, at):
                self.unlink(row)
                self.nonempty_first(row)
        return 0

    cdef int remove(self, int32_t row) except -1 nogil:
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        if self.m.rows[at + SIZE_CLASS]:
            return self.unlink(row)
        return list_remove(self.m, self.busy, self.busy_list(at), row)

    cdef int32_t pop_unswept(self) except -1 nogil:
        """The top of the stack of unswept spans; others than refills may have swept it since."""
        cdef int32_t row = self.unswept
        if row:
            self.unswept = self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + LINK + 1 - self.parity]
        return row

    cdef int start_cycle(self) except -1 nogil:
        cdef int32_t row = self.pop_unswept()
        while row:
            if is_unswept(self.m, <Py_ssize_t>row << ROW_SHIFT):
                with gil:
                    broken("a mark ended before the sweep of the one before it")
            row = self.pop_unswept()
        self.m.generation += 2
        self.unswept = self.swept
        self.swept = 0
        self.parity = 1 - self.parity
        return 0

    cdef inline Py_ssize_t busy_list(self, Py_ssize_t at) except -1 nogil:
        """The busy list for large objects of so many pages."""
        return min(self.m.rows[at + NPAGES], <int32_t>LARGE_LIST_PAGES)
