# What an event becomes in the words of the later format: see plain/trace_v1/rows.py.

# Numbers of the later format.
cdef enum:
    V2_CPU_SAMPLE = 7
    V2_PROCS_CHANGE = 9
    V2_PROC_START = 10
    V2_PROC_STOP = 11
    V2_PROC_STATUS = 13
    V2_GO_CREATE = 14
    V2_GO_START = 16
    V2_GO_DESTROY = 17
    V2_GO_STOP = 19
    V2_GO_BLOCK = 20
    V2_GO_UNBLOCK = 21
    V2_SYSCALL_BEGIN = 22
    V2_SYSCALL_END = 23
    V2_SYSCALL_END_BLOCKED = 24
    V2_GO_STATUS = 25
    V2_STW_BEGIN = 26
    V2_STW_END = 27
    V2_GC_BEGIN = 29
    V2_GC_END = 30
    V2_SWEEP_BEGIN = 32
    V2_SWEEP_END = 33
    V2_ASSIST_BEGIN = 35
    V2_ASSIST_END = 36
    V2_HEAP_ALLOC = 37
    V2_HEAP_GOAL = 38
    V2_GO_LABEL = 39
    V2_TASK_BEGIN = 40
    V2_TASK_END = 41
    V2_REGION_BEGIN = 42
    V2_REGION_END = 43
    V2_USER_LOG = 44
    V2_SYNC = 255

cdef enum:
    PROC_IS_RUNNING = 1
    PROC_IS_IDLE = 2
    GO_IS_RUNNABLE = 1
    GO_IS_RUNNING = 2
    GO_IS_IN_SYSCALL = 3
    GO_IS_WAITING = 4

# Indices into BUILTIN_STRINGS.
cdef enum:
    UNNAMED = 10
    STOPPED = 12


@cython.final
cdef class Replay(World):
    """Takes events in order, has them checked, and writes rows."""

    cdef const int64_t[::1] proc_ids
    cdef const uint8_t[::1] futile
    cdef const uint64_t[::1] stack_ids
    cdef const int32_t[::1] stack_buckets
    cdef const uint64_t[::1] string_ids
    cdef const int32_t[::1] string_buckets
    cdef const int32_t[::1] string_rows
    cdef const int32_t[::1] builtin_rows
    cdef uint64_t first_stack
    cdef int stack_shift
    cdef uint64_t first_string
    cdef int string_shift
    cdef double ns_per_tick
    # The columns, all of at least `capacity` rows.
    cdef int64_t capacity
    cdef int64_t *time_out
    cdef uint8_t *type_out
    cdef int64_t *thread_out
    cdef int32_t *proc_out
    cdef int64_t *goroutine_out
    cdef int32_t *stack_out
    cdef uint64_t[::1] args
    cdef int64_t[:, ::1] texts
    cdef int64_t place
    cdef int64_t has_begun
    cdef int64_t first_ticks
    cdef int64_t last_ticks
    cdef int64_t last_time
    cdef int64_t is_set_up
    cdef int64_t listed
    cdef int64_t stw_reason
    cdef int64_t is_done
    cdef bint is_cut
    cdef int64_t lost_exits
    cdef int64_t unknown_ids
    # Looking for wakeups for nothing instead of writing rows.
    cdef bint is_search
    cdef int64_t[:, ::1] chains
    cdef int64_t[::1] previous
    cdef uint8_t[::1] found
    # What is written.
    cdef int64_t rows
    cdef int64_t arg
    cdef int64_t text
    # The columns that all rows of the event at hand share.
    cdef int64_t now
    cdef int64_t now_thread
    cdef int32_t now_proc
    cdef int64_t now_goroutine
    cdef int32_t now_stack


cdef int begin_time(Replay self, bint has_events) except -1 nogil:
    """The first event gives the time zero."""
    self.has_begun = 1
    if has_events:
        self.has_begun = 2
        self.first_ticks = self.last_ticks = self.event.ticks
        self.last_time = -2
        sync(self, -1, 1)
    self.last_time = -1
    return 0


cdef int sync(Replay self, int64_t time, uint64_t number) except -1 nogil:
    self.now = time
    self.now_thread = self.now_proc = self.now_goroutine = self.now_stack = -1
    put(self, V2_SYNC)
    put_arg(self, number)
    return 0


cdef inline int put(Replay self, int type_) except -1 nogil:
    """Write one row; two events never share a time."""
    cdef int64_t row = self.rows, time = self.now
    if time <= self.last_time:
        time = self.last_time + 1
    self.last_time = time
    if row >= self.capacity:
        with gil:
            raise IndexError("the columns are full")
    self.time_out[row] = time
    self.type_out[row] = <uint8_t>type_
    self.thread_out[row] = self.now_thread
    self.proc_out[row] = self.now_proc
    self.goroutine_out[row] = self.now_goroutine
    self.stack_out[row] = self.now_stack
    self.rows = row + 1
    return 0


cdef inline int put_arg(Replay self, uint64_t value) except -1 nogil:
    self.args[self.arg] = value
    self.arg += 1
    return 0


cdef inline int fail(Replay self, int code) noexcept nogil:
    self.fault_at = self.event.at
    return code


cdef inline int set_time(Replay self, int64_t ticks) noexcept nogil:
    """Nanoseconds since the first event, rounded as Go's reader rounds."""
    cdef double elapsed = <double>(ticks - self.first_ticks) * self.ns_per_tick
    if elapsed >= 9e18:
        return TIME_RANGE
    self.now = <int64_t>elapsed
    return FINE


cdef inline int64_t stack_row(Replay self, uint64_t id_) except -2 nogil:
    cdef int64_t row
    if id_ == 0:
        return -1
    row = find_row(self.stack_ids, self.stack_buckets, self.first_stack, self.stack_shift, id_)
    self.unknown_ids += row < 0
    return row


cdef uint64_t string_row(Replay self, uint64_t id_) except? NONE nogil:
    """The row of a string; all ones if there is none."""
    cdef int64_t place
    if id_ == 0:
        return self.builtin_rows[UNNAMED]
    place = find_row(
        self.string_ids, self.string_buckets, self.first_string, self.string_shift, id_
    )
    self.unknown_ids += place < 0
    return NONE if place < 0 else <uint64_t>self.string_rows[place]


cdef inline int take(Replay self) except -1 nogil:
    """Check one event and write what it becomes."""
    cdef int number = self.event.number, code
    if self.event.ticks < self.last_ticks:
        return fail(self, TIME_ORDER)
    self.last_ticks = self.event.ticks
    self.place += 1
    if self.futile.shape[0] and self.futile[self.place - 1]:
        return FINE
    code = set_time(self, self.event.ticks)
    if code != FINE:
        return fail(self, code)
    if self.proc == OF_SAMPLE:
        return take_sample(self)
    if number == START_LOCAL:
        number = START
    elif number == UNBLOCK_LOCAL:
        number = UNBLOCK
    elif number == EXIT_LOCAL:
        number = EXIT
    self.acting, self.row = self.event.goroutine, self.event.row
    if self.proc >= 0:
        self.target = self.top.target
    if self.version < 11 and GC_START <= number <= STW_DONE:
        self.acting, self.row = 0, 0
    if number == TASK:
        self.event.values[2] = string_row(self, self.event.values[2])
    code = check(self, number)
    if code != FINE:
        return fail(self, code)
    set_place(self)
    return convert(self, number)


cdef inline int set_place(Replay self) except -1 nogil:
    """Set the columns that say where the event happened."""
    self.now_thread = -1
    if self.fake:
        self.now_proc = self.fake
    else:
        self.now_proc = <int32_t>self.proc_ids[self.proc]
        if self.now_proc != -1 and self.procs[self.proc, 0] & HAS_THREAD:
            self.now_thread = self.procs[self.proc, 2]
    self.now_goroutine = <int64_t>self.acting if self.acting else -1
    self.now_stack = <int32_t>stack_row(self, self.event.stack)
    return 0


cdef int take_sample(Replay self) except -1 nogil:
    cdef int64_t row = self.sample - 1
    self.now_proc = <int32_t>self.samples[row, 1]
    self.now_thread = -1
    self.now_goroutine = self.samples[row, 2]
    if self.now_goroutine == 0:
        self.now_goroutine = -1
    self.now_stack = <int32_t>stack_row(self, <uint64_t>self.samples[row, 3] & LOW_HALF)
    put(self, V2_CPU_SAMPLE)
    return FINE


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
