# The rules of procs: `procs.py`.

cdef class _Procs(_Context):
    """Events of procs."""

    @cython.final
    cdef int proc_status(self) except -1 nogil:
        cdef uint64_t key = self.args[0]
        cdef uint64_t status = self.args[1]
        cdef uint64_t old
        cdef bint promoted = False
        if status < PROC_RUNNING or status > PROC_SYSCALL_ABANDONED:
            return self.broke(PROC_BAD_STATUS)
        if key >= MAX_PROCS:
            return self.broke(PROC_TOO_LARGE)
        if key >= <uint64_t>self.procs.shape[0]:
            return ROOM
        if not self.has_proc(key):
            self.procs[key, P_EXISTS] = 1
            self.procs[key, P_STATUS] = status
            self.procs[key, P_SWEEPING] = 0
            old = PROC_UNDETERMINED if self.is_first else PROC_NOT_EXIST
        else:
            promoted = (
                status == PROC_SYSCALL_ABANDONED and self.procs[key, P_STATUS] == PROC_SYSCALL
            )
            if promoted:
                self.args[1] = PROC_SYSCALL
            elif self.procs[key, P_STATUS] != status:
                return self.broke(PROC_OTHER_STATUS)
            old = PROC_IDLE
            if promoted or status == PROC_RUNNING or status == PROC_SYSCALL:
                old = PROC_RUNNING
        if promoted and self.lean_on_holder(key) == BROKE:
            return BROKE
        self.step_proc(key, 0)
        if status == PROC_RUNNING or status == PROC_SYSCALL:
            self.bind_proc(key)
        return self.emit_with(old)

    @cython.final
    cdef int lean_on_holder(self, uint64_t proc) except -1 nogil:
        cdef Py_ssize_t row
        self.is_stale = True
        for row in range(1, <Py_ssize_t>self.thread_table[0, LAST_USED] + 1):
            if self.thread_table[row, M_SEEN] and self.thread_table[row, M_PROC] == proc:
                self.thread_id = self.thread_table[row, KEY]
                self.proc_id = proc
                self.goroutine_id = self.thread_table[row, M_GOROUTINE]
                return ADVANCED
        return self.broke(PROC_UNHELD)

    @cython.final
    cdef int proc_start(self) except -1 nogil:
        cdef uint64_t key = self.args[0]
        if (
            not self.has_proc(key)
            or self.procs[key, P_STATUS] != PROC_IDLE
            or not self.is_next_of_proc(key, self.args[1])
            or self.proc_id != NOBODY
        ):
            return NOT_YET
        if self.thread_id == NOBODY:
            return self.broke(NO_THREAD)
        self.procs[key, P_STATUS] = PROC_RUNNING
        self.step_proc(key, self.args[1])
        self.bind_proc(key)
        return EMIT

    @cython.final
    cdef int proc_stop(self) except -1 nogil:
        cdef int wrong
        if not self.has_proc(self.proc_id):
            return self.broke(PROC_UNKNOWN)
        if (
            self.procs[self.proc_id, P_STATUS] != PROC_RUNNING
            and self.procs[self.proc_id, P_STATUS] != PROC_SYSCALL
        ):
            return self.broke(PROC_NOT_RUNNING)
        wrong = self.with_proc()
        if wrong != FINE:
            return self.broke(wrong)
        self.procs[self.proc_id, P_STATUS] = PROC_IDLE
        self.bind_proc(NOBODY)
        return EMIT

    @cython.final
    cdef int proc_steal(self) except -1 nogil:
        cdef uint64_t key = self.args[0]
        cdef uint64_t old
        cdef Py_ssize_t victim
        if not self.has_proc(key):
            return NOT_YET
        old = self.procs[key, P_STATUS]
        if (
            old != PROC_SYSCALL and old != PROC_SYSCALL_ABANDONED
        ) or not self.is_next_of_proc(key, self.args[1]):
            return NOT_YET
        if self.thread_id == NOBODY:
            return self.broke(NO_THREAD)
        if old == PROC_SYSCALL:
            if self.args[2] == self.thread_id:
                if self.proc_id != key:
                    return self.broke(SELF_STEAL)
                self.bind_proc(NOBODY)
            else:
                victim = self.seen_thread(self.args[2])
                if not victim:
                    return self.broke(STEAL_FROM_NOBODY)
                if self.thread_table[victim, M_PROC] != key:
                    return self.broke(STEAL_OTHER)
                self.thread_table[victim, M_PROC] = NOBODY
        self.procs[key, P_STATUS] = PROC_IDLE
        self.step_proc(key, self.args[1])
        return self.emit_with(old)
