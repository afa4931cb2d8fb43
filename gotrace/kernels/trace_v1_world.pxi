# What an event does, and which event is forbidden: see plain/trace_v1/world.py.

# Flags of a goroutine, the low three bits being what it does.
cdef enum:
    ABSENT = 0
    DEAD = 1
    RUNNABLE = 2
    RUNNING = 3
    WAITING = 4
    DOING = 7
    ASSISTS = 8
    ON_NETWORK = 16
    IS_TIMER = 32
    IS_EARLY = 64

# Flags of a proc.
cdef enum:
    PROC_RUNNING = 1
    SWEEPS = 2
    STOPS_WORLD = 4
    SEEN = 8
    HAS_THREAD = 16

cdef enum:
    TIMER_PROC = 1000001
    NETWORK_PROC = 1000002
    EXIT_PROC = 1000003
    GC_PROC = 1000004


cdef class World(Merge):
    """Procs, goroutines, tasks and regions."""

    cdef int version
    cdef const uint64_t[::1] task_ids
    cdef const int32_t[::1] task_buckets
    cdef uint64_t first_task
    cdef int task_shift
    cdef int64_t[:, ::1] procs
    cdef int64_t[::1] region_heads
    cdef int64_t[:, ::1] regions
    cdef uint64_t[:, ::1] tasks
    cdef int64_t gc
    cdef int64_t stw
    cdef int64_t region_count
    cdef int64_t free_region
    # The event at hand: who does it, and the fake proc it belongs to.
    cdef uint64_t acting
    cdef int64_t row
    cdef int fake
    # Whom it happens to, if that is another.
    cdef int64_t target


cdef inline int doing_now(World self) except -1 nogil:
    return <int>(goroutine_of(self, self.row).flags & DOING) if self.row >= 0 else ABSENT


cdef inline int does(World self, int doing) except -1 nogil:
    """The goroutine does something else; what it did last is forgotten."""
    cdef Goroutine *who = goroutine_of(self, self.row)
    who.flags = (who.flags & ~(DOING | ON_NETWORK)) | doing
    return FINE


cdef inline int runs(World self, bint is_zero_allowed) except -1 nogil:
    """The goroutine must be the one that runs on the proc."""
    if doing_now(self) != RUNNING:
        return NOT_RUNNING
    if <uint64_t>self.procs[self.proc, 1] != self.acting:
        return WRONG_PROC
    if self.acting == 0 and not is_zero_allowed:
        return NO_GOROUTINE
    return FINE


cdef inline int check(World self, int number) except -1 nogil:
    """Check the event at hand and let it happen; the code of a fault."""
    cdef int code
    self.fake = 0
    if number == START or number == START_LABEL:
        if doing_now(self) != RUNNABLE:
            return START_STATE
        if self.procs[self.proc, 1] != 0:
            return START_BUSY
        self.procs[self.proc, 1] = <int64_t>self.acting
        return does(self, RUNNING)
    elif number == UNBLOCK:
        return unblocks(self)
    elif (
        number == BLOCK or number == SLEEP or number == SEND or number == RECV
        or number == SELECT or number == SYNC_BLOCK or number == COND or number == NET
        or number == SYS_BLOCK or number == BLOCK_GC or number == END or number == STOP
        or number == SCHED or number == PREEMPT
    ):
        return stops(self, number)
    elif number == SYSCALL:
        code = runs(self, False)
        return code if code != FINE else does(self, RUNNING)
    elif number == EXIT:
        self.fake = EXIT_PROC
        if doing_now(self) != WAITING:
            return NO_SYSCALL
        return does(self, RUNNABLE)
    elif number == CREATE:
        return creates(self)
    elif number == WAITS or number == IN_SYSCALL:
        if doing_now(self) != RUNNABLE:
            return NOT_RUNNABLE
        return does(self, WAITING)
    elif number == PROC_START or number == PROC_STOP:
        return proc_event(self, number)
    elif (
        number == GC_START or number == GC_DONE or number == STW_START or number == STW_DONE
        or number == SWEEP_START or number == SWEEP_DONE
    ):
        return collector_event(self, number)
    elif number == ALLOC or number == GOAL:
        return FINE
    else:
        return take_other(self, number)


cdef inline int stops(World self, int number) except -1 nogil:
    cdef int code = runs(self, False)
    if code != FINE:
        return code
    self.procs[self.proc, 1] = 0
    if number == END or number == STOP:
        does(self, DEAD)
        if number == END:
            drop_regions(self)
    elif number == SCHED or number == PREEMPT:
        does(self, RUNNABLE)
    elif number == NET:
        does(self, WAITING | ON_NETWORK)
    else:
        does(self, WAITING)
    return FINE


cdef int creates(World self) except -1 nogil:
    cdef int code = runs(self, True)
    cdef Goroutine *who
    if code != FINE:
        return code
    who = goroutine_of(self, self.target)
    if who.flags & DOING:
        return CREATED_TWICE
    who.flags |= RUNNABLE
    return FINE


cdef inline int unblocks(World self) except -1 nogil:
    cdef bint is_timer
    cdef Goroutine *who
    if doing_now(self) != RUNNING:
        return NOT_RUNNING
    is_timer = (goroutine_of(self, self.row).flags & IS_TIMER) != 0
    if is_timer:
        self.fake = TIMER_PROC
    elif <uint64_t>self.procs[self.proc, 1] != self.acting:
        return WRONG_PROC
    if self.target < 0:
        return NOT_WAITING
    who = goroutine_of(self, self.target)
    if who.flags & DOING != WAITING:
        return NOT_WAITING
    if who.flags & ON_NETWORK and (self.version >= 11 or not is_timer):
        self.fake = NETWORK_PROC
    who.flags = (who.flags & ~(DOING | ON_NETWORK)) | RUNNABLE
    return FINE


cdef int proc_event(World self, int number) except -1 nogil:
    cdef int64_t flags = self.procs[self.proc, 0]
    if number == PROC_START:
        if flags & PROC_RUNNING:
            return PROC_RUNS
        self.procs[self.proc, 0] = flags | PROC_RUNNING
        return FINE
    if not flags & PROC_RUNNING:
        return PROC_STOPPED
    if self.procs[self.proc, 1] != 0:
        return PROC_BUSY
    self.procs[self.proc, 0] = flags & ~PROC_RUNNING
    return FINE


cdef int collector_event(World self, int number) except -1 nogil:
    cdef bint begins = number == GC_START or number == STW_START or number == SWEEP_START
    if number == GC_START or number == GC_DONE:
        if self.gc == begins:
            return GC_TWICE if begins else GC_BOGUS
        self.gc = begins
        self.fake = GC_PROC if begins else 0
        return FINE
    if number == SWEEP_START or number == SWEEP_DONE:
        return toggle(self, SWEEPS, begins, SWEEP_TWICE, SWEEP_BOGUS)
    if self.version < 10:
        return toggle(self, STOPS_WORLD, begins, STW_TWICE, STW_BOGUS)
    if self.stw == begins:
        return STW_TWICE if begins else STW_BOGUS
    self.stw = begins
    return FINE


cdef int toggle(World self, int64_t flag, bint begins, int twice, int bogus) except -1 nogil:
    cdef bint is_set = (self.procs[self.proc, 0] & flag) != 0
    if is_set == begins:
        return twice if begins else bogus
    self.procs[self.proc, 0] ^= flag
    return FINE


cdef int take_other(World self, int number) except -1 nogil:
    cdef int64_t row
    if number == ASSIST_START or number == ASSIST_DONE:
        if self.row >= 0:
            if number == ASSIST_START and goroutine_of(self, self.row).flags & ASSISTS:
                return ASSIST_TWICE
            goroutine_of(self, self.row).flags &= ~ASSISTS
            if number == ASSIST_START:
                goroutine_of(self, self.row).flags |= ASSISTS
    elif number == TASK:
        row = task_row(self)
        if self.tasks[row, 0] != 0:
            return TASK_TWICE
        self.tasks[row, 0] = 1
        self.tasks[row, 1] = self.event.values[1]
        self.tasks[row, 2] = self.event.values[2]
    elif number == REGION:
        return take_region(self)
    return FINE


cdef inline int64_t task_row(World self) except -2 nogil:
    return find_row(
        self.task_ids, self.task_buckets, self.first_task, self.task_shift,
        self.event.values[0],
    )


cdef int take_region(World self) except -1 nogil:
    cdef int64_t head, region
    cdef int64_t task = <int64_t>self.event.values[0], name = <int64_t>self.event.values[2]
    if self.event.values[1] > 1:
        return REGION_MODE
    if self.row < 0:
        return FINE
    head = self.region_heads[self.row]
    if self.event.values[1] == 0:
        region = self.free_region
        if region:
            self.free_region = self.regions[region - 1, 2]
        else:
            self.region_count += 1
            region = self.region_count
        self.regions[region - 1, 0] = task
        self.regions[region - 1, 1] = name
        self.regions[region - 1, 2] = head
        self.region_heads[self.row] = region
    elif head:
        if self.regions[head - 1, 0] != task or self.regions[head - 1, 1] != name:
            return REGION_MISMATCH
        pop_region(self, head)
    return FINE


cdef int pop_region(World self, int64_t head) except -1 nogil:
    """The innermost region of the goroutine is over."""
    self.region_heads[self.row] = self.regions[head - 1, 2]
    self.regions[head - 1, 2] = self.free_region
    self.free_region = head
    return 0


cdef int drop_regions(World self) except -1 nogil:
    if self.region_heads.shape[0] != self.goroutines.shape[0]:
        return 0
    while self.region_heads[self.row]:
        pop_region(self, self.region_heads[self.row])
    return 0
