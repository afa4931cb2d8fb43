# Events in their final order, checked, as columns: see plain/trace_v1/replay.py.

# Indices into STATE; the merge has those before.
cdef enum:
    S_PLACE = 7
    S_HAS_BEGUN = 8
    S_FIRST_TICKS = 9
    S_LAST_TICKS = 10
    S_LAST_TIME = 11
    S_IS_SET_UP = 12
    S_LISTED = 13
    S_GC = 14
    S_STW = 15
    S_STW_REASON = 16
    S_REGIONS = 17
    S_FREE_REGION = 18
    S_LOST_EXITS = 19
    S_UNKNOWN_IDS = 20
    S_IS_DONE = 21


def replay(inputs, lookups, tables, columns, int64_t[::1] state, int64_t[::1] result):
    """See the plain twin."""
    cdef Replay self = Replay()
    cdef int code
    take_inputs(self, inputs, lookups, tables)
    take_columns(self, columns)
    load_merge(self, state)
    load_state(self, state)
    with nogil:
        code = run_all(self)
    save_merge(self, state)
    save_state(self, state)
    result[0], result[1], result[2] = self.rows, self.arg, self.text
    if code != FINE:
        raise replay_fault(code, self.fault_at)


def find_futile(
    inputs, lookups, tables, int64_t[:, ::1] chains, int64_t[::1] previous, uint8_t[::1] futile
):
    """See the plain twin."""
    cdef Replay self = Replay()
    take_inputs(self, inputs, lookups, tables)
    self.chains, self.previous, self.found = chains, previous, futile
    self.is_search = self.is_cut = True
    self.capacity = 4
    load_merge(self, None)
    with nogil:
        run_all(self)  # a fault ends the search; `replay` will say so


cdef int take_inputs(Replay self, inputs, lookups, tables) except -1:
    """Hold everything but the columns."""
    cdef const int64_t[:, ::1] layouts = lookups.layouts
    self.data, self.counts = inputs.data, inputs.counts
    self.version, self.sequence = inputs.version, inputs.version < 7
    self.batches, self.firsts = inputs.batches, inputs.firsts
    self.proc_ids, self.samples = inputs.proc_ids, inputs.samples
    self.exits, self.futile = inputs.exits, inputs.futile
    self.ns_per_tick, self.is_cut = 1e9 / <double>inputs.frequency, inputs.is_cut
    self.goroutine_ids, self.goroutine_buckets = lookups.goroutine_ids, lookups.goroutine_buckets
    self.stack_ids, self.stack_buckets = lookups.stack_ids, lookups.stack_buckets
    self.string_ids, self.string_buckets = lookups.string_ids, lookups.string_buckets
    self.task_ids, self.task_buckets = lookups.task_ids, lookups.task_buckets
    self.first_goroutine, self.goroutine_shift = <uint64_t>layouts[0, 0], <int>layouts[0, 1]
    self.first_stack, self.stack_shift = <uint64_t>layouts[1, 0], <int>layouts[1, 1]
    self.first_string, self.string_shift = <uint64_t>layouts[2, 0], <int>layouts[2, 1]
    self.first_task, self.task_shift = <uint64_t>layouts[3, 0], <int>layouts[3, 1]
    self.string_rows, self.builtin_rows = lookups.string_rows, lookups.builtin_rows
    self.cursors, self.heap = tables.cursors, tables.heap
    self.procs, self.goroutines = tables.procs, tables.goroutines
    self.region_heads, self.regions = tables.region_heads, tables.regions
    self.tasks = tables.tasks
    return 0


cdef int take_columns(Replay self, columns) except -1:
    """Hold the columns: `put` checks once for all of them that there is room."""
    cdef int64_t[::1] time_ns = columns.time_ns
    cdef uint8_t[::1] type_ = columns.type
    cdef int64_t[::1] thread = columns.thread
    cdef int32_t[::1] proc = columns.proc
    cdef int64_t[::1] goroutine = columns.goroutine
    cdef int32_t[::1] stack = columns.stack
    self.args, self.texts = columns.args, columns.texts
    self.capacity = min(
        time_ns.shape[0], type_.shape[0], thread.shape[0], proc.shape[0], goroutine.shape[0],
        stack.shape[0], self.args.shape[0] // 4, self.texts.shape[0],
    )
    if self.capacity < 4:
        raise IndexError("the columns are too short")
    self.time_out, self.type_out, self.thread_out = &time_ns[0], &type_[0], &thread[0]
    self.proc_out, self.goroutine_out, self.stack_out = &proc[0], &goroutine[0], &stack[0]
    return 0


cdef int load_state(Replay self, int64_t[::1] state) except -1:
    self.place, self.has_begun = state[S_PLACE], state[S_HAS_BEGUN]
    self.first_ticks, self.last_ticks = state[S_FIRST_TICKS], state[S_LAST_TICKS]
    self.last_time, self.is_set_up = state[S_LAST_TIME], state[S_IS_SET_UP]
    self.listed, self.gc, self.stw = state[S_LISTED], state[S_GC], state[S_STW]
    self.stw_reason, self.region_count = state[S_STW_REASON], state[S_REGIONS]
    self.free_region, self.lost_exits = state[S_FREE_REGION], state[S_LOST_EXITS]
    self.unknown_ids, self.is_done = state[S_UNKNOWN_IDS], state[S_IS_DONE]
    return 0


cdef int save_state(Replay self, int64_t[::1] state) except -1:
    state[S_PLACE], state[S_HAS_BEGUN] = self.place, self.has_begun
    state[S_FIRST_TICKS], state[S_LAST_TICKS] = self.first_ticks, self.last_ticks
    state[S_LAST_TIME], state[S_IS_SET_UP] = self.last_time, self.is_set_up
    state[S_LISTED], state[S_GC], state[S_STW] = self.listed, self.gc, self.stw
    state[S_STW_REASON], state[S_REGIONS] = self.stw_reason, self.region_count
    state[S_FREE_REGION], state[S_LOST_EXITS] = self.free_region, self.lost_exits
    state[S_UNKNOWN_IDS], state[S_IS_DONE] = self.unknown_ids, self.is_done
    return 0


cdef int run_all(Replay self) except -1 nogil:
    """Take events until the columns are full or there are no more; the code of a fault."""
    cdef int code, found
    if not self.has_begun:
        begin_merge(self)
    while self.rows + 2 <= self.capacity:
        if self.listed:
            code = list_early(self)
            if code != FINE:
                return code
            continue
        found = find_next(self)
        if found == -2:
            return TIME_ORDER
        if not self.has_begun:
            if self.is_search:
                self.has_begun = 1
            else:
                begin_time(self, found == 1)
        if found == 0:
            if self.is_search:
                return FINE
            sync(self, self.last_time + 1, 2 if self.has_begun == 2 else 1)
            self.is_done = 1
            return FINE
        code = move(self)
        if code != FINE:
            return fail(self, code)
        if self.proc == OF_EXIT and not is_exit_known(self):
            if not self.is_cut:
                return fail(self, NO_SYSCALL)
            self.lost_exits += 1
            continue
        if self.is_search:
            if not is_elsewhere(self):
                follow(self)
        elif self.event.number != EXIT or not is_elsewhere(self):
            code = take(self)
            if code != FINE:
                return code
        advance(self)
    return FINE


cdef int follow(Replay self) except -1 nogil:
    """Note an event of a goroutine that may turn out to be for nothing.

    Chains of places, each naming the one before; 0 ends one, so places count from 1.
    """
    cdef int64_t row = self.event.row, marked
    cdef int number = self.event.number
    self.place += 1
    if number == UNBLOCK or number == UNBLOCK_LOCAL:
        row = goroutine_row(self, self.event.values[0])
        if row >= 0:
            self.previous[self.place - 1] = 0
            self.chains[row, 0] = self.place
    elif self.proc == OF_SAMPLE or row < 0:
        return 0
    elif number == START or number == START_LOCAL or number == PREEMPT or number == FUTILE:
        self.previous[self.place - 1] = self.chains[row, 0]
        self.chains[row, 0] = self.place
        if number == FUTILE:
            self.chains[row, 1] = 1
    elif number == BLOCK or SEND <= number <= COND:
        if self.chains[row, 1]:
            self.found[self.place - 1] = 1
            marked = self.chains[row, 0]
            while marked:
                self.found[marked - 1] = 1
                marked = self.previous[marked - 1]
        self.chains[row, 0] = self.chains[row, 1] = 0
    return 0
