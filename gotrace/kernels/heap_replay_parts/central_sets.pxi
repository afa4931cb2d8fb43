# The central lists of go1.15 on: `gotrace.model.central`.
#
# Each set is a queue through the rows' LINK columns. Swept sets use the column of this sweep,
# unswept ones that of the sweep before, so a row that the page reclaimer swept can stand in an
# unswept set, which it cannot leave, and in a swept one, even for another span than before.

cdef enum:
    SPAN_BUDGET = 100
    PARTIAL = 0
    FULL_SET = 1
    SWEPT_SETS = 0
    UNSWEPT_SETS = 2
    HEAD = 0
    TAIL = 1
    SET_COLUMNS = 8  # four sets, head and tail of each


@cython.final
cdef class CentralSets(Central):
    """Partial and full sets, swept and unswept."""

    cdef public int32_t[::1] sets  # span class * SET_COLUMNS + set * 2
    cdef int sweep_class
    cdef int parity  # which of the LINK columns the swept sets use

    def __init__(self, Memory m not None, int32_t[::1] sets not None):
        self.m = m
        self.sets = sets

    cdef int append(self, int span_class, int which, int32_t row) except -1 nogil:
        """To the end of a swept set."""
        cdef Py_ssize_t at = span_class * SET_COLUMNS + which * 2
        cdef int32_t last = self.sets[at + TAIL]
        cdef int link = LINK + self.parity
        self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + link] = 0
        if self.sets[at + HEAD]:
            self.m.rows[(<Py_ssize_t>last << ROW_SHIFT) + link] = row
        else:
            self.sets[at + HEAD] = row
        self.sets[at + TAIL] = row
        return 0

    cdef int32_t popleft(self, int span_class, int which) except -1 nogil:
        """The first of a set; 0: it is empty."""
        cdef Py_ssize_t at = span_class * SET_COLUMNS + which * 2
        cdef int32_t row = self.sets[at + HEAD]
        cdef int link = LINK + (self.parity if which < UNSWEPT_SETS else 1 - self.parity)
        if row:
            self.sets[at + HEAD] = self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + link]
        return row

    cdef int32_t cache_span(self, int span_class, bint is_sweeping) except -1 nogil:
        cdef int32_t row = self.popleft(span_class, SWEPT_SETS + PARTIAL)
        cdef int budget = SPAN_BUDGET
        cdef Py_ssize_t at
        cdef int which = PARTIAL
        if row or not is_sweeping:
            return row
        while which <= FULL_SET:
            while budget >= 0:
                row = self.popleft(span_class, UNSWEPT_SETS + which)
                if not row:
                    break
                at = <Py_ssize_t>row << ROW_SHIFT
                if is_unswept(self.m, at):
                    sweep_slots(self.m, at)
                    if which == PARTIAL or has_free(self.m, at):
                        return row
                    self.append(span_class, SWEPT_SETS + FULL_SET, row)
                budget -= 1
            which += 1
        return 0

    cdef int add_fresh(self, int32_t row) except -1 nogil:
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        if self.m.rows[at + SIZE_CLASS] == 0:
            self.append(self.m.rows[at + SPAN_CLASS], SWEPT_SETS + FULL_SET, row)
        return 0

    cdef bint uncache(self, int32_t row) except -1 nogil:
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        if state(self.m, at) == CACHED_STALE:
            self.m.rows[at + GENERATION] = self.m.generation + SWEEPING
            return True
        self.m.rows[at + GENERATION] = self.m.generation
        self.put_swept(row)
        return False

    cdef int put_swept(self, int32_t row) except -1 nogil:
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        cdef int which = PARTIAL if has_free(self.m, at) else FULL_SET
        return self.append(self.m.rows[at + SPAN_CLASS], SWEPT_SETS + which, row)

    cdef int32_t pop_unswept(self) except -1 nogil:
        cdef int32_t row
        cdef int which
        while self.sweep_class < 2 * self.sets.shape[0] // SET_COLUMNS:
            which = PARTIAL if self.sweep_class % 2 else FULL_SET
            row = self.popleft(self.sweep_class // 2, UNSWEPT_SETS + which)
            if row:
                return row
            self.sweep_class += 1
        return 0

    cdef int start_cycle(self) except -1 nogil:
        cdef Py_ssize_t at
        self.m.generation += 2
        self.sweep_class = 0
        self.parity = 1 - self.parity
        for at in range(self.sets.shape[0] // SET_COLUMNS):
            self.exchange(at * SET_COLUMNS)
        return 0

    cdef int exchange(self, Py_ssize_t at) except -1 nogil:
        """Swept and unswept sets of one class trade places."""
        cdef Py_ssize_t column
        for column in range(at, at + 4):
            if column % 2 == HEAD and self.sets[column + 4]:
                with gil:
                    broken("a mark ended before the sweep of the one before it")
            self.sets[column + 4] = self.sets[column]
            self.sets[column] = 0
        return 0
