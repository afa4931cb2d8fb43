# The events of all procs in their final order: see plain/trace_v1/merge.py.

cdef class Merge(Wire):
    """Where the merge stands; `event` is what `next` found, `proc` the row of its proc."""

    cdef const int64_t[:, ::1] samples
    cdef const int64_t[:, ::1] exits
    cdef int64_t[:, ::1] cursors
    cdef int64_t[::1] heap
    cdef int64_t[:, ::1] goroutines
    cdef int64_t procs_count
    cdef int64_t heaped
    cdef int64_t waiting
    cdef int64_t sample
    cdef int64_t exit
    cdef int64_t taken
    cdef int64_t merged
    cdef uint64_t collections
    cdef int64_t proc
    cdef Event *event
    cdef Event exit_event
    # The same as `cursors`, `goroutines` and `heap`, and the row of the proc whose event was found.
    cdef Head *heads
    cdef Goroutine *people
    cdef Pair *pairs
    cdef Head *top
    cdef int64_t fault_at


cdef int load_merge(Merge self, int64_t[::1] state) except -1:
    """Take over where the last call stopped."""
    self.procs_count = self.firsts.shape[0] - 1
    if (
        self.cursors.shape[0] <= self.procs_count
        or self.goroutines.shape[0] == 0
        or self.heap.shape[0] < 3 * self.procs_count + 3
        or (state is not None and state[S_HEAPED] > self.procs_count + 1)
        or self.cursors.shape[1] * 8 != <Py_ssize_t>sizeof(Head)
        or self.goroutines.shape[1] * 8 != <Py_ssize_t>sizeof(Goroutine)
    ):
        raise IndexError("the tables of procs and goroutines have another shape")
    self.heads = <Head *>&self.cursors[0, 0]
    self.people = <Goroutine *>&self.goroutines[0, 0]
    self.pairs = <Pair *>&self.heap[0]
    if state is None:
        return 0
    self.heaped, self.waiting = state[S_HEAPED], state[S_WAITING]
    self.sample, self.exit, self.taken = state[S_SAMPLE], state[S_EXIT], state[S_TAKEN]
    self.merged, self.collections = state[S_MERGED_TICKS], <uint64_t>state[S_COLLECTIONS]
    return 0


cdef int save_merge(Merge self, int64_t[::1] state) except -1:
    state[S_HEAPED], state[S_WAITING] = self.heaped, self.waiting
    state[S_SAMPLE], state[S_EXIT], state[S_TAKEN] = self.sample, self.exit, self.taken
    state[S_MERGED_TICKS], state[S_COLLECTIONS] = self.merged, <int64_t>self.collections
    return 0


cdef inline Head *head_of(Merge self, int64_t proc) except NULL nogil:
    if <uint64_t>proc >= <uint64_t>self.cursors.shape[0]:
        with gil:
            raise IndexError("no such proc")
    return self.heads + proc


cdef inline Goroutine *goroutine_of(Merge self, int64_t row) except NULL nogil:
    if <uint64_t>row >= <uint64_t>self.goroutines.shape[0]:
        with gil:
            raise IndexError("no such goroutine")
    return self.people + row


cdef int begin_merge(Merge self) except -1 nogil:
    """Find the first event of every proc."""
    cdef int64_t proc
    self.merged = <int64_t>(<uint64_t>1 << 63)
    for proc in range(self.procs_count + 1):
        if proc < self.procs_count:
            head_of(self, proc).cursor.batch = self.firsts[proc]
        if offer(self, proc):
            push(self, head_of(self, proc).key, proc)
    return 0


cdef inline int find_next(Merge self) except -1 nogil:
    """Go to the next event: 1, at the end 0. -2 for a fault at `fault_at`."""
    cdef Head *head
    cdef int64_t proc, key
    if self.heaped:
        key = self.pairs[0].key
        proc = self.pairs[0].proc
        if self.exit < self.exits.shape[0] and is_exit_due(self, key):
            return take_exit(self)
        head = head_of(self, proc)
        if key < self.merged:
            self.fault_at = head.event.at if proc < self.procs_count else 0
            return -2
        self.merged = key
        self.proc = proc
        self.top = head
        self.event = &head.event
        if proc == self.procs_count:
            self.proc = OF_SAMPLE
            self.sample += 1
        self.taken += 1
        return 1
    if self.exit < self.exits.shape[0] and not self.waiting:
        return take_exit(self)
    return 0


cdef inline bint is_exit_due(Merge self, int64_t key) except -1 nogil:
    cdef int64_t mine = self.exits[self.exit, 0]
    return mine < key or (mine == key and self.exits[self.exit, 2] == 0)


cdef int take_exit(Merge self) except -1 nogil:
    """The next event is a return from a system call, at its own time."""
    cdef int64_t i = self.exit
    self.exit += 1
    self.proc = OF_EXIT
    self.event = &self.exit_event
    self.exit_event.number = EXIT
    self.exit_event.at = 0
    self.exit_event.ticks = self.exits[i, 1]
    self.exit_event.goroutine = <uint64_t>self.exits[i, 3]
    self.exit_event.row = goroutine_row(self, self.exit_event.goroutine)
    self.exit_event.values[0] = self.exit_event.goroutine
    self.exit_event.values[1] = <uint64_t>self.exits[i, 4]
    self.exit_event.values[2] = self.exit_event.stack = 0
    return 1


cdef bint is_exit_known(Merge self) except -1 nogil:
    """The goroutine of the moved exit at hand is in the system call it returns from."""
    cdef Goroutine *who
    if self.sequence:
        return True
    if self.exit_event.row < 0:
        return False
    who = goroutine_of(self, self.exit_event.row)
    return who.flags & O_WAITING == O_WAITING and who.sequence == self.exit_event.values[1]


cdef bint is_elsewhere(Merge self) noexcept nogil:
    """The event at hand is an exit that has its place at another time."""
    return self.event.number == EXIT and self.proc >= 0 and (
        self.sequence or is_moved(self.event.values[2], self.event.ticks)
    )


cdef inline int move(Merge self) except -1 nogil:
    """The event at hand changes its goroutine; the code of a fault (MOVE_*)."""
    cdef Head *head
    cdef Goroutine *who
    if self.proc < 0 or self.sequence:
        return 0
    head = self.top
    if head.kind <= COLLECTS:
        if head.kind == FREE:
            return 0
        if self.collections != head.event.values[0]:
            return MOVE_IMPOSSIBLE
        self.collections += 1
        return 0
    who = goroutine_of(self, head.target)
    if who.changes != head.changes and not is_ready(self, head):
        return MOVE_IMPOSSIBLE
    if head.event.number == EXIT and head.event.values[2] != 0:
        if who.entered == 0:
            return MOVE_STRAY
        if <int64_t>head.event.values[2] < who.entered:
            return TIME_ORDER
    who.flags = (who.flags & ~O_WAITING) | LEAVES[head.kind & 15]
    who.sequence += head.kind >= STARTED
    who.changes += 1
    if head.event.number == SYS_BLOCK or head.event.number == IN_SYSCALL:
        who.entered = head.event.ticks
    return 0


cdef inline int advance(Merge self) except -1 nogil:
    """The event at hand, the top of the heap, is done: on to the next of its proc."""
    cdef int64_t proc = self.proc, target = -1
    cdef Head *head
    if proc == OF_EXIT:
        return 0
    if proc == OF_SAMPLE:
        proc = self.procs_count
    head = self.top
    if self.waiting and head.kind != FREE:
        target = head.target
    if offer(self, proc):
        sink(self, head.key, proc)
    else:
        self.heaped -= 1
        if self.heaped:
            sink(self, self.pairs[self.heaped].key, self.pairs[self.heaped].proc)
    if target != -1:
        wake(self, target)
    return 0


cdef inline bint offer(Merge self, int64_t proc) except -1 nogil:
    """Load the next event of a proc: True if it is ready."""
    cdef Head *head = head_of(self, proc)
    if proc == self.procs_count:
        head.kind = FREE
        if self.sample >= self.samples.shape[0]:
            head.cursor.phase = AT_END
            return False
        head.key = head.event.ticks = self.samples[self.sample, 0]
        head.event.number = SAMPLE
        head.event.at = 0
        head.event.goroutine = <uint64_t>self.samples[self.sample, 2]
        head.event.row = -1
        return True
    if not next_event(self, &head.cursor, proc, &head.event):
        head.cursor.phase = AT_END
        return False
    head.key = head.event.sequence if self.sequence else head.event.ticks
    classify(self, head)
    if self.sequence or head.kind == FREE or is_ready(self, head):
        head.cursor.phase = IN_FRONTIER
        return True
    head.cursor.phase = IS_WAITING
    self.heap[2 * self.procs_count + 2 + self.waiting] = proc
    self.waiting += 1
    return False


cdef inline int classify(Merge self, Head *head) except -1 nogil:
    """What the event needs: its `kind` and `target`."""
    cdef int number = head.event.number
    head.kind = KINDS[number & 63]
    if head.kind >= CREATED:
        head.target = goroutine_row(self, head.event.values[0])
    else:
        head.target = head.event.row if head.kind != COLLECTS else -2
    return 0


cdef inline bint is_ready(Merge self, Head *head) except -1 nogil:
    """The goroutine is where the event needs it."""
    cdef int64_t doing
    cdef Goroutine *who
    if head.kind == COLLECTS:
        return self.collections == head.event.values[0]
    if head.target < 0:
        return False
    who = goroutine_of(self, head.target)
    head.changes = who.changes
    doing = NEEDS[head.kind & 15]
    if who.flags & O_WAITING != doing:
        return False
    if head.kind == STARTED or head.kind == WOKEN:
        return who.sequence == head.event.values[1]
    if head.kind == CREATED:
        return who.sequence == 0
    return head.kind != WAS_WAITING or who.sequence == 1


cdef int wake(Merge self, int64_t target) except -1 nogil:
    """Put in the frontier what a changed goroutine made ready."""
    cdef int64_t i = 0, other, base = 2 * self.procs_count + 2
    cdef Head *head
    while i < self.waiting:
        other = self.heap[base + i]
        head = head_of(self, other)
        if head.target == target and is_ready(self, head):
            head.cursor.phase = IN_FRONTIER
            self.waiting -= 1
            self.heap[base + i] = self.heap[base + self.waiting]
            push(self, head.key, other)
        else:
            i += 1
    return 0


cdef bint does_block(Merge self) except -1 nogil:
    """The system call at hand blocks: that is what its goroutine does next on this proc.

    Unless a CPU sample finds the goroutine running in between.
    """
    cdef Cursor cursor = self.top.cursor
    cdef Event event
    cdef int64_t i
    while True:
        if not next_event(self, &cursor, self.proc, &event):
            return False
        if event.number == EXIT and (
            self.sequence or is_moved(event.values[2], event.ticks)
        ):
            continue
        if event.goroutine == self.event.goroutine or not within(event.number, NAMED):
            break
    if event.number != SYS_BLOCK or event.goroutine != self.event.goroutine:
        return False
    for i in range(self.sample, min(self.samples.shape[0], self.sample + MOST_SAMPLES)):
        if self.samples[i, 0] >= event.ticks:
            break
        if <uint64_t>self.samples[i, 2] == event.goroutine:
            return False
    return True
