# The rules of what the program says about itself: `annotations.py`.

cdef class _Annotations(_Ranges):
    """Tasks and regions."""

    @cython.final
    cdef int task_begin(self) except -1 nogil:
        self.reason = self.with_all()
        if self.reason != FINE:
            return BROKE
        if self.tasks.find(self.args[0]):
            return self.broke(TASK_EXISTS)
        self.add_task()
        return EMIT

    @cython.final
    cdef int add_task(self) except -1 nogil:
        cdef Py_ssize_t row = self.tasks.insert(self.args[0])
        self.took_row = True
        if self.args[1] == 0:
            self.args[1] = NOBODY
        self.tasks.rows[row, T_PARENT] = self.args[1]
        self.tasks.rows[row, T_NAME] = self.args[2]
        return 0

    @cython.final
    cdef int task_end(self) except -1 nogil:
        self.reason = self.with_all()
        if self.reason != FINE:
            return BROKE
        return self.end_task()

    @cython.final
    cdef int end_task(self) except -1 nogil:
        cdef Py_ssize_t row = self.tasks.find(self.args[0])
        cdef uint64_t parent = NOBODY
        cdef uint64_t name = 0
        if row:
            parent = self.tasks.rows[row, T_PARENT]
            name = self.tasks.rows[row, T_NAME]
            self.tasks.remove(row)
        self.emit_with(parent)
        return self.emit_with(name)

    @cython.final
    cdef int region_begin(self) except -1 nogil:
        cdef Py_ssize_t row = self.user_goroutine()
        cdef Py_ssize_t region
        if not row:
            return BROKE
        region = take_row(self.regions)
        self.took_row = True
        self.regions[region, R_TASK] = self.args[0]
        self.regions[region, R_NAME] = self.args[1]
        self.regions[region, R_OUTER] = self.goroutine_table[row, G_REGION]
        self.goroutine_table[row, G_REGION] = region
        return EMIT

    @cython.final
    cdef int region_end(self) except -1 nogil:
        cdef Py_ssize_t row = self.user_goroutine()
        cdef Py_ssize_t region
        cdef uint64_t name
        if not row:
            return BROKE
        region = <Py_ssize_t>self.goroutine_table[row, G_REGION]
        if region:
            name = self.regions[region, R_NAME]
            if self.regions[region, R_TASK] != self.args[0] or (
                name != self.args[1] and name != NOBODY and self.args[1] != NOBODY
            ):
                return self.broke(REGION_OTHER)
            self.pop_region(row)
        return EMIT
