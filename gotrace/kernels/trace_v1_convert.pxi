# Which rows of the later format an event becomes, type by type: see plain/trace_v1/rows.py.

cdef inline int convert(Replay self, int number) except -1 nogil:
    """Write the rows of one event."""
    if number == START or number == START_LABEL or number == CREATE or number == WAITS or number == IN_SYSCALL:
        convert_goroutine(self, number)
    elif number == UNBLOCK:
        put(self, V2_GO_UNBLOCK)
        put_arg(self, self.event.values[0])
        put_arg(self, self.event.values[1])
    elif (
        number == BLOCK or number == SLEEP or number == SEND or number == RECV
        or number == SELECT or number == SYNC_BLOCK or number == COND or number == NET
        or number == BLOCK_GC or number == STOP
    ):
        put(self, V2_GO_BLOCK)
        put_arg(self, self.builtin_rows[reason_of(number)])
    elif number == SCHED or number == PREEMPT:
        put(self, V2_GO_STOP)
        put_arg(self, self.builtin_rows[2 if number == SCHED else 1])
    elif number == SYSCALL:
        convert_syscall(self)
    elif number == EXIT:
        put(self, V2_SYSCALL_END_BLOCKED)
    elif number == ALLOC or number == GOAL:
        put(self, V2_HEAP_ALLOC if number == ALLOC else V2_HEAP_GOAL)
        put_arg(self, self.event.values[0])
    elif number == END:
        put(self, V2_GO_DESTROY)
    elif number == PROC_START or number == PROC_STOP:
        convert_proc(self, number)
    elif number == GOMAXPROCS:
        if not self.is_set_up:
            self.is_set_up = self.listed = 1
            return FINE
        put(self, V2_PROCS_CHANGE)
        put_arg(self, self.event.values[0])
    elif number == SYS_BLOCK or number == FUTILE:
        return FINE
    elif number == TASK or number == TASK_END or number == REGION or number == LOG:
        convert_annotation(self, number)
    else:
        convert_collector(self, number)
    return FINE


cdef int convert_goroutine(Replay self, int number) except -1 nogil:
    cdef uint64_t id_ = self.event.values[0]
    cdef int64_t row
    if number == CREATE:
        if not self.is_set_up:
            goroutine_of(self, self.target).flags |= IS_EARLY
            return 0
        row = -1
        if not self.sequence:
            row = stack_row(self, self.event.values[1] & LOW_HALF)
        put(self, V2_GO_CREATE)
        put_arg(self, id_)
        put_arg(self, <uint64_t>row)
    elif number == START_LABEL or (number == START and self.is_set_up):
        if number == START_LABEL:
            self.now_thread = self.procs[self.proc, 2]
        put(self, V2_GO_START)
        put_arg(self, id_)
        put_arg(self, self.event.values[1])
        if number == START_LABEL:
            put(self, V2_GO_LABEL)
            put_arg(self, string_row(self, self.event.values[2]))
    else:
        goroutine_of(self, goroutine_row(self, id_)).flags &= ~IS_EARLY
        put_status(
            self,
            id_, GO_IS_RUNNING if number == START
            else GO_IS_WAITING if number == WAITS else GO_IS_IN_SYSCALL
        )
    return 0


cdef int put_status(Replay self, uint64_t id_, uint64_t status) except -1 nogil:
    put(self, V2_GO_STATUS)
    put_arg(self, id_)
    put_arg(self, NONE)
    put_arg(self, status)
    put_arg(self, 0)
    return 0


cdef int convert_proc(Replay self, int number) except -1 nogil:
    cdef bint is_start = number == PROC_START
    cdef int64_t was_seen = self.procs[self.proc, 0] & SEEN
    self.procs[self.proc, 0] |= SEEN
    if is_start:
        self.procs[self.proc, 0] |= HAS_THREAD
        self.procs[self.proc, 2] = <int64_t>self.event.values[0]
        self.now_thread = self.procs[self.proc, 2] if self.now_proc != -1 else -1
    if not was_seen:
        put(self, V2_PROC_STATUS)
        put_arg(self, <uint64_t><int64_t>self.now_proc)
        put_arg(self, PROC_IS_RUNNING if is_start else PROC_IS_IDLE)
        put_arg(self, 0)
    elif is_start:
        put(self, V2_PROC_START)
        put_arg(self, <uint64_t><int64_t>self.now_proc)
        put_arg(self, 0)
    else:
        put(self, V2_PROC_STOP)
    if not is_start:
        self.procs[self.proc, 0] &= ~HAS_THREAD
        self.procs[self.proc, 2] = 0
    return 0


cdef int convert_syscall(Replay self) except -1 nogil:
    """A system call that does not block takes one nanosecond: its end was not recorded."""
    cdef bint blocks = does_block(self)
    if not blocks:
        self.now_thread = self.procs[self.proc, 2]
    put(self, V2_SYSCALL_BEGIN)
    put_arg(self, 0)
    if not blocks:
        self.now += 1
        self.now_stack = -1
        put(self, V2_SYSCALL_END)
    return 0


cdef int convert_collector(Replay self, int number) except -1 nogil:
    cdef uint64_t kind
    if number == GC_START or number == GC_DONE:
        put(self, V2_GC_BEGIN if number == GC_START else V2_GC_END)
        put_arg(self, self.event.values[0])
    elif number == SWEEP_START:
        put(self, V2_SWEEP_BEGIN)
    elif number == SWEEP_DONE:
        put(self, V2_SWEEP_END)
        put_arg(self, self.event.values[0])
        put_arg(self, self.event.values[1])
    elif number == ASSIST_START or number == ASSIST_DONE:
        put(self, V2_ASSIST_BEGIN if number == ASSIST_START else V2_ASSIST_END)
    else:
        if number == STW_START:
            kind = self.event.values[0]
            if self.version < 21:
                kind = kind + 1 if kind < 2 else 0
            self.stw_reason = self.builtin_rows[STOPPED + <int>(kind if kind < 17 else 0)]
        put(self, V2_STW_BEGIN if number == STW_START else V2_STW_END)
        put_arg(self, <uint64_t>self.stw_reason)
    return 0


cdef int convert_annotation(Replay self, int number) except -1 nogil:
    cdef uint64_t parent = NONE, name = self.builtin_rows[UNNAMED]
    cdef int64_t row
    if number == TASK:
        put(self, V2_TASK_BEGIN)
        put_arg(self, self.event.values[0])
        put_arg(self, self.event.values[1] if self.event.values[1] else NONE)
        put_arg(self, self.event.values[2])
    elif number == TASK_END:
        row = task_row(self)
        if row >= 0:
            if self.tasks[row, 0]:
                parent, name = self.tasks[row, 1], self.tasks[row, 2]
            self.tasks[row, 0] = 0
        put(self, V2_TASK_END)
        put_arg(self, self.event.values[0])
        put_arg(self, parent)
        put_arg(self, name)
    elif number == REGION:
        put(self, V2_REGION_END if self.event.values[1] else V2_REGION_BEGIN)
        put_arg(self, self.event.values[0])
        put_arg(self, string_row(self, self.event.values[2]))
    else:
        self.texts[self.text, 0] = self.event.log_start
        self.texts[self.text, 1] = self.event.log_end
        self.texts[self.text, 2] = self.arg + 2
        self.text += 1
        put(self, V2_USER_LOG)
        put_arg(self, self.event.values[0])
        put_arg(self, string_row(self, self.event.values[1]))
        put_arg(self, NONE)
    return 0


cdef int list_early(Replay self) except -1 nogil:
    """Go on listing goroutines that existed before and of which nothing was said yet."""
    cdef int64_t row
    cdef int code = set_time(self, self.last_ticks)
    self.now_thread = self.now_proc = self.now_goroutine = self.now_stack = -1
    while self.listed <= self.goroutines.shape[0]:
        if self.rows == self.capacity:
            return code
        row = self.listed - 1
        self.listed += 1
        if goroutine_of(self, row).flags & IS_EARLY:
            put_status(self, self.goroutine_ids[row], GO_IS_RUNNABLE)
    self.listed = 0
    return code


cdef inline int reason_of(int number) noexcept nogil:
    """Why a goroutine blocks: an index into BUILTIN_STRINGS."""
    if number == RECV:
        return 5
    if number == SEND:
        return 4
    if number == SELECT:
        return 9
    if number == SYNC_BLOCK:
        return 7
    if number == COND:
        return 8
    if number == NET:
        return 6
    if number == SLEEP:
        return 3
    if number == BLOCK_GC:
        return 11
    return 0 if number == STOP else UNNAMED
