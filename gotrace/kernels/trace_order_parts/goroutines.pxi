# The rules of goroutines: `goroutines.py`.

cdef class _Goroutines(_Procs):
    """Events of goroutines."""

    @cython.final
    cdef int go_status(self) except -1 nogil:
        cdef uint64_t key = self.args[0]
        cdef uint64_t status = self.args[2]
        cdef Py_ssize_t row
        if status < GO_RUNNABLE or status > GO_WAITING:
            return self.broke(GOROUTINE_BAD_STATUS)
        row = self.goroutines.find(key)
        if row and self.goroutine_table[row, G_STATUS] != status:
            return self.broke(GOROUTINE_OTHER_STATUS)
        if not row and not self.is_first:
            return self.broke(GOROUTINE_UNANNOUNCED)
        if status == GO_SYSCALL:
            if self.in_syscall(key, self.args[1]) == BROKE:
                return BROKE
        elif status == GO_RUNNING:
            self.bind_goroutine(key)
        if not row:
            self.add_goroutine(key, status)
            return self.emit_with(GO_UNDETERMINED)
        self.step_goroutine(row, 0)
        return self.emit_with(status)

    @cython.final
    cdef int in_syscall(self, uint64_t key, uint64_t thread_id) except -1 nogil:
        cdef Py_ssize_t thread
        self.is_stale = True
        if thread_id == NOBODY:
            return self.broke(SYSCALL_WITHOUT_THREAD)
        if thread_id == self.thread_id:
            if not self.is_first and self.goroutine_id != key:
                return self.broke(SYSCALL_ELSEWHERE)
            self.bind_goroutine(key)
            return ADVANCED
        thread = self.seen_thread(thread_id)
        if thread:
            if self.thread_table[thread, M_GOROUTINE] != key:
                return self.broke(SYSCALL_ELSEWHERE)
            self.goroutine_id = key
        else:
            thread = self.threads.find(thread_id)
            if not thread:
                thread = self.threads.insert(thread_id)
                self.took_row = True
            self.see(thread)
            self.thread_table[thread, M_GOROUTINE] = key
        self.thread_id = thread_id
        return ADVANCED

    @cython.final
    cdef int go_create(self) except -1 nogil:
        cdef int wrong = self.with_proc()
        cdef Py_ssize_t row
        if wrong != FINE:
            return self.broke(wrong)
        row = self.goroutines.find(self.goroutine_id)
        if row and self.goroutine_table[row, G_STATUS] != GO_RUNNING:
            return self.broke(GOROUTINE_NOT_RUNNING)
        if self.goroutines.find(self.args[0]):
            return self.broke(GOROUTINE_EXISTS)
        self.add_goroutine(
            self.args[0], GO_WAITING if self.kind == GO_CREATE_BLOCKED else GO_RUNNABLE
        )
        return EMIT

    @cython.final
    cdef int go_create_syscall(self) except -1 nogil:
        if self.thread_id == NOBODY:
            return self.broke(NO_THREAD)
        if self.goroutine_id != NOBODY:
            return self.broke(HAS_GOROUTINE)
        if self.goroutines.find(self.args[0]):
            return self.broke(GOROUTINE_EXISTS)
        self.add_goroutine(self.args[0], GO_SYSCALL)
        self.bind_goroutine(self.args[0])
        return EMIT

    @cython.final
    cdef int go_start(self) except -1 nogil:
        cdef Py_ssize_t row = self.goroutines.find(self.args[0])
        cdef int wrong
        if (
            not row
            or self.goroutine_table[row, G_STATUS] != GO_RUNNABLE
            or not self.is_next_of_goroutine(row, self.args[1])
        ):
            return NOT_YET
        wrong = self.with_proc()
        if wrong != FINE:
            return self.broke(wrong)
        if self.goroutine_id != NOBODY:
            return self.broke(HAS_GOROUTINE)
        self.goroutine_table[row, G_STATUS] = GO_RUNNING
        self.step_goroutine(row, self.args[1])
        self.bind_goroutine(self.args[0])
        self.thread_table[self.thread, M_ROW] = row
        return EMIT

    @cython.final
    cdef inline Py_ssize_t find_current(self) except -1 nogil:
        """The row of the goroutine of the context, first where it was last."""
        cdef Py_ssize_t row = <Py_ssize_t>self.thread_table[self.thread, M_ROW]
        if (
            row
            and self.goroutine_table[row, KEY] == self.goroutine_id
            and self.goroutine_table[row, G_LINK] == IN_USE
        ):
            return row
        return self.goroutines.find(self.goroutine_id)

    @cython.final
    cdef inline Py_ssize_t current(self, uint64_t status) except -1 nogil:
        """The row of the thread's goroutine, which has this status; 0 and a reason otherwise."""
        cdef Py_ssize_t row
        self.reason = self.with_all()
        if self.reason != FINE:
            return 0
        row = self.find_current()
        if not row:
            self.reason = GOROUTINE_UNKNOWN
        elif self.goroutine_table[row, G_STATUS] != status:
            row = 0
            self.reason = GOROUTINE_NOT_RUNNING
            if status == GO_SYSCALL:
                self.reason = GOROUTINE_NOT_IN_SYSCALL
        return row

    @cython.final
    cdef int go_stop(self) except -1 nogil:
        cdef Py_ssize_t row = self.current(GO_RUNNING)
        if not row:
            return BROKE
        if self.kind == GO_DESTROY:
            self.remove_goroutine(row)
        elif self.kind == GO_STOP:
            self.goroutine_table[row, G_STATUS] = GO_RUNNABLE
        else:
            self.goroutine_table[row, G_STATUS] = GO_WAITING
        self.bind_goroutine(NOBODY)
        return EMIT

    @cython.final
    cdef int go_unblock(self) except -1 nogil:
        cdef Py_ssize_t row = self.goroutines.find(self.args[0])
        if (
            not row
            or self.goroutine_table[row, G_STATUS] != GO_WAITING
            or not self.is_next_of_goroutine(row, self.args[1])
        ):
            return NOT_YET
        self.goroutine_table[row, G_STATUS] = GO_RUNNABLE
        self.step_goroutine(row, self.args[1])
        return EMIT

    @cython.final
    cdef int go_switch(self) except -1 nogil:
        cdef Py_ssize_t row = self.current(GO_RUNNING)
        cdef Py_ssize_t other
        if not row:
            return BROKE
        other = self.goroutines.find(self.args[0])
        if (
            not other
            or self.goroutine_table[other, G_STATUS] != GO_WAITING
            or not self.is_next_of_goroutine(other, self.args[1])
        ):
            return NOT_YET
        if self.write_this() == BROKE:
            return BROKE
        if self.kind == GO_SWITCH:
            self.goroutine_table[row, G_STATUS] = GO_WAITING
        else:
            self.remove_goroutine(row)
        if self.write_leaving() == BROKE:
            return BROKE
        self.goroutine_table[other, G_STATUS] = GO_RUNNING
        self.step_goroutine(other, self.args[1])
        return self.write_coming()

    @cython.final
    cdef int write_leaving(self) except -1 nogil:
        """A goroutine is switched away from: it blocks, or it ends."""
        if self.kind == GO_SWITCH:
            if self.write(GO_BLOCK, -1) == BROKE:
                return BROKE
            self.add(0)
            return ADVANCED
        return self.write(GO_DESTROY, -1)

    @cython.final
    cdef int write_coming(self) except -1 nogil:
        """A goroutine is switched to: it starts."""
        self.bind_goroutine(self.args[0])
        self.goroutine_id = NOBODY
        if self.write(GO_START, -1) == BROKE:
            return BROKE
        self.add(self.args[0])
        self.add(self.args[1])
        return ADVANCED

    @cython.final
    cdef int go_syscall_begin(self) except -1 nogil:
        cdef Py_ssize_t row = self.current(GO_RUNNING)
        if not row:
            return BROKE
        if not self.has_proc(self.proc_id):
            return self.broke(PROC_UNKNOWN)
        if not self.is_next_of_proc(self.proc_id, self.args[0]):
            return self.broke(PROC_SEQUENCE)
        self.goroutine_table[row, G_STATUS] = GO_SYSCALL
        self.procs[self.proc_id, P_STATUS] = PROC_SYSCALL
        self.step_proc(self.proc_id, self.args[0])
        return EMIT

    @cython.final
    cdef int go_syscall_end(self) except -1 nogil:
        cdef Py_ssize_t row = self.current(GO_SYSCALL)
        if not row:
            return BROKE
        if not self.has_proc(self.proc_id):
            return self.broke(PROC_UNKNOWN)
        if self.procs[self.proc_id, P_STATUS] != PROC_SYSCALL:
            return self.broke(PROC_NOT_IN_SYSCALL)
        self.goroutine_table[row, G_STATUS] = GO_RUNNING
        self.procs[self.proc_id, P_STATUS] = PROC_RUNNING
        return EMIT

    @cython.final
    cdef Py_ssize_t current_in_syscall(self) except -1 nogil:
        """Like `current`, and the thread need not have a proc."""
        cdef Py_ssize_t row
        if self.thread_id == NOBODY:
            self.reason = NO_THREAD
            return 0
        if self.goroutine_id == NOBODY:
            self.reason = NO_GOROUTINE
            return 0
        row = self.goroutines.find(self.goroutine_id)
        if not row:
            self.reason = GOROUTINE_UNKNOWN
        elif self.goroutine_table[row, G_STATUS] != GO_SYSCALL:
            row = 0
            self.reason = GOROUTINE_NOT_IN_SYSCALL
        return row

    @cython.final
    cdef int go_syscall_end_blocked(self) except -1 nogil:
        cdef Py_ssize_t row
        if self.proc_id != NOBODY:
            if not self.has_proc(self.proc_id):
                return self.broke(PROC_UNKNOWN)
            if self.procs[self.proc_id, P_STATUS] == PROC_SYSCALL:
                return NOT_YET
        row = self.current_in_syscall()
        if not row:
            return BROKE
        self.goroutine_table[row, G_STATUS] = GO_RUNNABLE
        self.bind_goroutine(NOBODY)
        return EMIT

    @cython.final
    cdef int go_destroy_syscall(self) except -1 nogil:
        cdef Py_ssize_t row = self.current_in_syscall()
        if not row:
            return BROKE
        if self.proc_id != NOBODY:
            if not self.has_proc(self.proc_id):
                return self.broke(PROC_UNKNOWN)
            if self.procs[self.proc_id, P_STATUS] != PROC_SYSCALL:
                return self.broke(PROC_NOT_IN_SYSCALL)
            self.procs[self.proc_id, P_STATUS] = PROC_SYSCALL_ABANDONED
            if self.write_self_steal() == BROKE:
                return BROKE
        self.remove_goroutine(row)
        self.bind_proc(NOBODY)
        self.bind_goroutine(NOBODY)
        return EMIT

    @cython.final
    cdef int write_self_steal(self) except -1 nogil:
        if self.write(PROC_STEAL, -1) == BROKE:
            return BROKE
        self.add(self.proc_id)
        self.add(0)
        self.add(0)
        self.add(PROC_SYSCALL)
        return ADVANCED
