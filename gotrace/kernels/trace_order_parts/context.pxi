# The context of an event, checks of it, and the columns: `context.py`, `columns.py`.

cdef class _Context(_Memory):
    """Where an event happened, and what is written out."""

    @cython.final
    cdef inline int enter(self, Py_ssize_t thread) except -1 nogil:
        """Take up the context of a thread, unless it is still at hand."""
        if not self.is_stale:
            return 0
        self.is_stale = False
        self.thread = thread
        if not thread:
            self.thread_id = self.proc_id = self.goroutine_id = NOBODY
            return 0
        if not self.thread_table[thread, M_SEEN]:
            self.see(thread)
        self.thread_id = self.thread_table[thread, KEY]
        self.proc_id = self.thread_table[thread, M_PROC]
        self.goroutine_id = self.thread_table[thread, M_GOROUTINE]
        return 0

    @cython.final
    cdef int see(self, Py_ssize_t thread) except -1 nogil:
        self.thread_table[thread, M_SEEN] = 1
        self.thread_table[thread, M_GOROUTINE] = NOBODY
        self.thread_table[thread, M_PROC] = NOBODY
        return 0

    @cython.final
    cdef inline int write(self, int kind, int32_t stack) except -1 nogil:
        """Write out an event in the context of the moment; its arguments come by `add`."""
        cdef int64_t time = self.time
        cdef Py_ssize_t row = self.row
        if time <= self.last_time:
            if self.last_time == LAST_TIME_OF_ALL:
                return self.broke(TIME_LONG)
            time = self.last_time + 1
        self.last_time = time
        self.times[row] = time
        self.kinds[row] = <uint8_t>kind
        self.thread_column[row] = <int64_t>self.thread_id
        self.proc_column[row] = <int32_t><int64_t>self.proc_id
        self.goroutine_column[row] = <int64_t>self.goroutine_id
        self.stack_column[row] = stack
        self.row = row + 1
        return ADVANCED

    @cython.final
    cdef inline int add(self, uint64_t argument) except -1 nogil:
        self.arguments[self.used] = argument
        self.used += 1
        return 0

    @cython.final
    cdef inline int emit(self) except -1 nogil:
        """Write out the event at hand."""
        cdef int place
        cdef Py_ssize_t used = self.used
        if self.write(self.kind, self.stack) == BROKE:
            return BROKE
        for place in range(self.arg_count):
            self.arguments[used] = self.args[place]
            used += 1
        self.used = used
        return ADVANCED

    @cython.final
    cdef int write_this(self) except -1 nogil:
        """The same, for what is rare: `emit` is called once only, so that it costs no call."""
        cdef int place
        if self.write(self.kind, self.stack) == BROKE:
            return BROKE
        for place in range(self.arg_count):
            self.add(self.args[place])
        return ADVANCED

    @cython.final
    cdef inline int emit_with(self, uint64_t extra) except -1 nogil:
        """Have the event at hand written with what order tells about it."""
        if self.arg_count >= MOST_ARGUMENTS:
            with gil:
                raise IndexError("an event of too many arguments")
        self.args[self.arg_count] = extra
        self.arg_count += 1
        return EMIT

    @cython.final
    cdef inline int broke(self, int reason) noexcept nogil:
        self.reason = reason
        return BROKE

    @cython.final
    cdef inline int bind_proc(self, uint64_t proc) except -1 nogil:
        self.is_stale = True
        if self.thread:
            self.thread_table[self.thread, M_PROC] = proc
        return 0

    @cython.final
    cdef inline int bind_goroutine(self, uint64_t goroutine) except -1 nogil:
        self.is_stale = True
        if self.thread:
            self.thread_table[self.thread, M_GOROUTINE] = goroutine
        return 0

    @cython.final
    cdef inline int with_thread(self) noexcept nogil:
        return NO_THREAD if self.thread_id == NOBODY else FINE

    @cython.final
    cdef inline int with_proc(self) noexcept nogil:
        if self.thread_id == NOBODY:
            return NO_THREAD
        return NO_PROC if self.proc_id == NOBODY else FINE

    @cython.final
    cdef inline int with_all(self) noexcept nogil:
        cdef int wrong = self.with_proc()
        if wrong != FINE:
            return wrong
        return NO_GOROUTINE if self.goroutine_id == NOBODY else FINE

    @cython.final
    cdef inline bint has_proc(self, uint64_t key) except -1 nogil:
        return key < <uint64_t>self.procs.shape[0] and self.procs[key, P_EXISTS] != 0

    @cython.final
    cdef inline bint is_next_of_proc(self, uint64_t key, uint64_t sequence) except -1 nogil:
        return (
            self.procs[key, P_GENERATION] == self.generation
            and self.procs[key, P_SEQUENCE] + 1 == sequence
        )

    @cython.final
    cdef inline int step_proc(self, uint64_t key, uint64_t sequence) except -1 nogil:
        self.procs[key, P_GENERATION] = self.generation
        self.procs[key, P_SEQUENCE] = sequence
        return 0

    @cython.final
    cdef inline bint is_next_of_goroutine(
        self, Py_ssize_t row, uint64_t sequence
    ) except -1 nogil:
        return (
            self.goroutine_table[row, G_GENERATION] == self.generation
            and self.goroutine_table[row, G_SEQUENCE] + 1 == sequence
        )

    @cython.final
    cdef inline int step_goroutine(self, Py_ssize_t row, uint64_t sequence) except -1 nogil:
        self.goroutine_table[row, G_GENERATION] = self.generation
        self.goroutine_table[row, G_SEQUENCE] = sequence
        return 0

    @cython.final
    cdef int add_goroutine(self, uint64_t key, uint64_t status) except -1 nogil:
        cdef Py_ssize_t row = self.goroutines.insert(key)
        self.took_row = True
        self.goroutine_table[row, G_STATUS] = status
        return self.step_goroutine(row, 0)

    @cython.final
    cdef int remove_goroutine(self, Py_ssize_t row) except -1 nogil:
        while self.goroutine_table[row, G_REGION]:
            self.pop_region(row)
        return self.goroutines.remove(row)

    @cython.final
    cdef int pop_region(self, Py_ssize_t row) except -1 nogil:
        cdef Py_ssize_t region = <Py_ssize_t>self.goroutine_table[row, G_REGION]
        self.goroutine_table[row, G_REGION] = self.regions[region, R_OUTER]
        return free_row(self.regions, region)

    @cython.final
    cdef Py_ssize_t seen_thread(self, uint64_t key) except -1 nogil:
        """The row of a thread that was seen, or 0."""
        cdef Py_ssize_t row = self.threads.find(key)
        return row if row and self.thread_table[row, M_SEEN] else 0

    @cython.final
    cdef int say(self, int kind, Py_ssize_t offset) except -1 nogil:
        """Say what broke."""
        self.progress[REASON] = self.reason
        self.progress[KIND] = kind
        self.progress[OFFSET] = offset
        return BROKE
