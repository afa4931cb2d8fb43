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
