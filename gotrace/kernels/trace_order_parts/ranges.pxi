# The rules of what lasts: `ranges.py`.

cdef class _Ranges(_Goroutines):
    """Events that begin, end and confirm ranges of time."""

    @cython.final
    cdef int gc_active(self) except -1 nogil:
        if self.is_first:
            if self.scalars[S_GC_STATE] != GC_UNDETERMINED:
                return self.broke(GC_ACTIVE_LATE)
            self.scalars[S_GC_STATE] = GC_RUNNING
        else:
            if self.scalars[S_GC_SEQUENCE] + 1 != self.args[0]:
                return NOT_YET
            if self.scalars[S_GC_STATE] != GC_RUNNING:
                return self.broke(GC_ACTIVE_NOT_RUNNING)
            self.reason = self.with_all()
            if self.reason != FINE:
                return BROKE
        self.scalars[S_GC_SEQUENCE] = self.args[0]
        return EMIT

    @cython.final
    cdef int gc_begin(self) except -1 nogil:
        if self.scalars[S_GC_STATE] != GC_UNDETERMINED:
            if self.scalars[S_GC_SEQUENCE] + 1 != self.args[0]:
                return NOT_YET
            if self.scalars[S_GC_STATE] == GC_RUNNING:
                return self.broke(GC_BEGIN_RUNNING)
            self.reason = self.with_all()
            if self.reason != FINE:
                return BROKE
        self.scalars[S_GC_STATE] = GC_RUNNING
        self.scalars[S_GC_SEQUENCE] = self.args[0]
        return EMIT

    @cython.final
    cdef int gc_end(self) except -1 nogil:
        if self.scalars[S_GC_SEQUENCE] + 1 != self.args[0]:
            return NOT_YET
        if self.scalars[S_GC_STATE] == GC_NOT_RUNNING:
            return self.broke(GC_END_NOT_RUNNING)
        if self.scalars[S_GC_STATE] == GC_UNDETERMINED:
            return self.broke(GC_END_UNDETERMINED)
        self.reason = self.with_all()
        if self.reason != FINE:
            return BROKE
        self.scalars[S_GC_STATE] = GC_NOT_RUNNING
        self.scalars[S_GC_SEQUENCE] = self.args[0]
        return EMIT

    @cython.final
    cdef int sweep(self, bint begins) except -1 nogil:
        self.reason = self.with_proc()
        if self.reason != FINE:
            return BROKE
        if not self.has_proc(self.proc_id):
            return self.broke(PROC_UNKNOWN)
        if self.procs[self.proc_id, P_SWEEPING] == <uint64_t>begins:
            return self.broke(RANGE_BEGUN if begins else RANGE_NOT_BEGUN)
        self.procs[self.proc_id, P_SWEEPING] = begins
        return EMIT

    @cython.final
    cdef int sweep_begin(self) except -1 nogil:
        return self.sweep(True)

    @cython.final
    cdef int sweep_end(self) except -1 nogil:
        return self.sweep(False)

    @cython.final
    cdef int check_active(self, bint begun) noexcept nogil:
        if begun and self.is_first:
            return self.broke(RANGE_BEGUN)
        if not begun and not self.is_first:
            return self.broke(RANGE_NOT_ACTIVE)
        return ADVANCED

    @cython.final
    cdef int sweep_active(self) except -1 nogil:
        cdef uint64_t key = self.args[0]
        if not self.has_proc(key):
            return self.broke(PROC_UNKNOWN)
        if self.check_active(self.procs[key, P_SWEEPING] != 0) == BROKE:
            return BROKE
        self.procs[key, P_SWEEPING] = 1
        return EMIT

    @cython.final
    cdef Py_ssize_t user_goroutine(self) except -1 nogil:
        """The row of the thread's goroutine, whatever its status; 0 and a reason if none."""
        cdef Py_ssize_t row
        self.reason = self.with_all()
        if self.reason != FINE:
            return 0
        row = self.find_current()
        if not row:
            self.reason = GOROUTINE_UNKNOWN
        return row

    @cython.final
    cdef int assist(self, bint begins) except -1 nogil:
        cdef Py_ssize_t row = self.user_goroutine()
        if not row:
            return BROKE
        if self.goroutine_table[row, G_ASSISTING] == <uint64_t>begins:
            return self.broke(RANGE_BEGUN if begins else RANGE_NOT_BEGUN)
        self.goroutine_table[row, G_ASSISTING] = begins
        return EMIT

    @cython.final
    cdef int assist_begin(self) except -1 nogil:
        return self.assist(True)

    @cython.final
    cdef int assist_end(self) except -1 nogil:
        return self.assist(False)

    @cython.final
    cdef int assist_active(self) except -1 nogil:
        cdef Py_ssize_t row = self.goroutines.find(self.args[0])
        if not row:
            return self.broke(GOROUTINE_UNKNOWN)
        if self.check_active(self.goroutine_table[row, G_ASSISTING] != 0) == BROKE:
            return BROKE
        self.goroutine_table[row, G_ASSISTING] = 1
        return EMIT

    @cython.final
    cdef int stw_begin(self) except -1 nogil:
        cdef Py_ssize_t row = self.user_goroutine()
        if not row:
            return BROKE
        if self.goroutine_table[row, G_STW]:
            return self.broke(RANGE_BEGUN)
        self.goroutine_table[row, G_STW] = self.args[0] + 2
        return EMIT

    @cython.final
    cdef int stw_end(self) except -1 nogil:
        cdef Py_ssize_t row = self.user_goroutine()
        cdef uint64_t name
        if not row:
            return BROKE
        name = self.goroutine_table[row, G_STW]
        if not name:
            return self.broke(RANGE_NOT_BEGUN)
        self.goroutine_table[row, G_STW] = 0
        return self.emit_with(name - 2)
