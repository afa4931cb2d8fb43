# Whether an event comes next: `scheduler.py`, and `loose.py` for a damaged generation.

cdef class _Scheduler(_Annotations):
    """Decides about the event at hand."""

    @cython.final
    cdef int follow(self) except -1 nogil:
        cdef int kind = self.kind
        if kind == GO_SWITCH or kind == GO_SWITCH_DESTROY:
            if self.write_this() == BROKE or self.write_leaving() == BROKE:
                return BROKE
            return self.write_coming()
        self.believe()
        if kind == GO_DESTROY_SYSCALL:
            if self.proc_id != NOBODY and self.write_self_steal() == BROKE:
                return BROKE
            self.bind_proc(NOBODY)
            self.bind_goroutine(NOBODY)
        elif (
            kind == PROC_STATUS
            or kind == PROC_STEAL
            or kind == GO_STATUS
            or kind == GO_STATUS_STACK
        ):
            self.emit_with(0)
        elif kind == STW_END:
            self.emit_with(NOBODY)
        elif kind == USER_TASK_END:
            self.end_task()
        elif kind == USER_TASK_BEGIN:
            if not self.tasks.find(self.args[0]):
                self.add_task()
            elif self.args[1] == 0:
                self.args[1] = NOBODY
        return self.write_this()

    @cython.final
    cdef int believe(self) except -1 nogil:
        """What the thread has after the event."""
        cdef int kind = self.kind
        cdef Py_ssize_t victim
        if kind == PROC_START:
            if self.args[0] < MAX_PROCS:
                self.bind_proc(self.args[0])
        elif kind == PROC_STATUS:
            if self.args[0] < MAX_PROCS and (
                self.args[1] == PROC_RUNNING or self.args[1] == PROC_SYSCALL
            ):
                self.bind_proc(self.args[0])
        elif kind == PROC_STOP:
            self.bind_proc(NOBODY)
        elif kind == PROC_STEAL:
            victim = self.seen_thread(self.args[2])
            if victim and self.thread_table[victim, M_PROC] == self.args[0]:
                self.thread_table[victim, M_PROC] = NOBODY
                self.is_stale = True
        elif kind == GO_START or kind == GO_CREATE_SYSCALL:
            self.bind_goroutine(self.args[0])
        elif kind == GO_STATUS or kind == GO_STATUS_STACK:
            if self.args[2] == GO_RUNNING or (
                self.args[2] == GO_SYSCALL and self.args[1] == self.thread_id
            ):
                self.bind_goroutine(self.args[0])
        elif (
            kind == GO_DESTROY
            or kind == GO_STOP
            or kind == GO_BLOCK
            or kind == GO_SYSCALL_END_BLOCKED
        ):
            self.bind_goroutine(NOBODY)
        return 0

    @cython.final
    cdef int schedule(self) except -1 nogil:
        """The scheduler's answer to the event at hand: `HANDLERS` of the plain twin."""
        cdef int kind = self.kind
        cdef int wrong
        if FIRST_ALLOC_FREE <= kind <= LAST_ALLOC_FREE:
            wrong = self.with_thread()
            return self.broke(wrong) if wrong != FINE else EMIT
        if kind == GO_START:
            return self.go_start()
        elif kind == GO_DESTROY or kind == GO_STOP or kind == GO_BLOCK:
            return self.go_stop()
        elif kind == GO_UNBLOCK:
            return self.go_unblock()
        elif kind == HEAP_ALLOC or kind == HEAP_GOAL:
            wrong = self.with_proc()
            return self.broke(wrong) if wrong != FINE else EMIT
        elif kind == PROCS_CHANGE or kind == GO_LABEL or kind == USER_LOG:
            wrong = self.with_all()
            return self.broke(wrong) if wrong != FINE else EMIT
        elif kind == GC_SWEEP_BEGIN:
            return self.sweep_begin()
        elif kind == GC_SWEEP_END:
            return self.sweep_end()
        elif kind == GO_CREATE or kind == GO_CREATE_BLOCKED:
            return self.go_create()
        elif kind == GO_SYSCALL_BEGIN:
            return self.go_syscall_begin()
        elif kind == GO_SYSCALL_END:
            return self.go_syscall_end()
        elif kind == GO_SYSCALL_END_BLOCKED:
            return self.go_syscall_end_blocked()
        elif kind == GC_MARK_ASSIST_BEGIN:
            return self.assist_begin()
        elif kind == GC_MARK_ASSIST_END:
            return self.assist_end()
        elif kind == PROC_START:
            return self.proc_start()
        elif kind == PROC_STOP:
            return self.proc_stop()
        elif kind == PROC_STEAL:
            return self.proc_steal()
        elif kind == PROC_STATUS:
            return self.proc_status()
        elif kind == GO_STATUS or kind == GO_STATUS_STACK:
            return self.go_status()
        elif kind == GO_SWITCH or kind == GO_SWITCH_DESTROY:
            return self.go_switch()
        elif kind == USER_REGION_BEGIN:
            return self.region_begin()
        elif kind == USER_REGION_END:
            return self.region_end()
        elif kind == USER_TASK_BEGIN:
            return self.task_begin()
        elif kind == USER_TASK_END:
            return self.task_end()
        elif kind == STW_BEGIN:
            return self.stw_begin()
        elif kind == STW_END:
            return self.stw_end()
        elif kind == GC_ACTIVE:
            return self.gc_active()
        elif kind == GC_BEGIN:
            return self.gc_begin()
        elif kind == GC_END:
            return self.gc_end()
        elif kind == GC_SWEEP_ACTIVE:
            return self.sweep_active()
        elif kind == GC_MARK_ASSIST_ACTIVE:
            return self.assist_active()
        elif kind == GO_CREATE_SYSCALL:
            return self.go_create_syscall()
        elif kind == GO_DESTROY_SYSCALL:
            return self.go_destroy_syscall()
        return self.broke(BAD_TYPE)

    @cython.final
    cdef inline int decide(self, Py_ssize_t thread) except -1 nogil:
        cdef int found = BROKE
        cdef int count = self.arg_count
        if not self.is_loose:
            self.enter(thread)
            found = self.schedule()
            if found == EMIT:
                found = self.emit()
        if found == BROKE:
            self.arg_count = count
            return self.decide_loosely(thread)
        return found

    @cython.final
    cdef int decide_loosely(self, Py_ssize_t thread) except -1 nogil:
        """Believe the event, if that is allowed."""
        if not self.is_loose and self.loosen() == BROKE:
            return BROKE
        self.loose_events += 1
        self.is_stale = True
        self.enter(thread)
        if self.follow() == BROKE:
            return self.say(self.kind, self.start)
        return ADVANCED

    @cython.final
    cdef int loosen(self) except -1 nogil:
        """From the event at hand on, order is by time alone; unless nothing may be lost."""
        if not self.lenient:
            return self.say(self.kind, self.start)
        self.is_loose = True
        self.progress[LOOSE_OFFSET] = self.start
        self.progress[LOOSE_KIND] = self.kind
        self.progress[LOOSE_REASON] = self.reason
        return ADVANCED
