# What one call works on: `contract.py` of the plain twin.

cdef class _Memory:
    """What one call works on, and the event at hand."""

    # The generation.
    cdef Bytes data
    cdef _Reading reading
    cdef const int64_t[:, ::1] batches
    cdef const uint64_t[::1] batch_times
    cdef int64_t[:, ::1] cursors
    cdef int64_t[::1] heap
    cdef int64_t[::1] scratch
    cdef int64_t[::1] heap_times
    cdef const int64_t[:, ::1] samples
    cdef const int32_t[::1] string_dense
    cdef const uint64_t[::1] string_ids
    cdef const int32_t[::1] string_rows
    cdef const int32_t[::1] stack_dense
    cdef const uint64_t[::1] stack_ids
    cdef const int32_t[::1] stack_rows
    # The tables.
    cdef uint64_t[::1] scalars
    cdef _Table goroutines
    cdef _Table threads
    cdef uint64_t[:, ::1] thread_table  # the rows of `threads`, and of `goroutines`, at hand
    cdef uint64_t[:, ::1] goroutine_table
    cdef _Table tasks
    cdef uint64_t[:, ::1] procs
    cdef uint64_t[:, ::1] regions
    # The columns.
    cdef int64_t[::1] times
    cdef uint8_t[::1] kinds
    cdef int64_t[::1] thread_column
    cdef int32_t[::1] proc_column
    cdef int64_t[::1] goroutine_column
    cdef int32_t[::1] stack_column
    cdef uint64_t[::1] arguments
    cdef bint has_columns
    # What a call leaves to the next.
    cdef int64_t[::1] progress
    cdef int64_t horizon
    cdef int mode
    cdef bint lenient
    cdef Py_ssize_t heap_size
    cdef Py_ssize_t row
    cdef Py_ssize_t used
    cdef Py_ssize_t last_row  # at which there surely is room for all that one event stands for
    cdef int64_t last_time
    cdef uint64_t generation
    cdef bint is_first
    cdef bint took_row  # since room was checked last
    cdef bint is_loose
    cdef Py_ssize_t sample
    cdef int64_t unknown_ids  # in this call
    cdef int64_t loose_events
    # The cursor at hand: what its row of `cursors` says, until it is stored there again.
    cdef int64_t time
    cdef int kind
    cdef Py_ssize_t start
    cdef Py_ssize_t end
    # The event at hand, and its context.
    cdef int reason
    cdef uint64_t args[4]
    cdef int arg_count
    cdef int32_t stack
    cdef int unknown
    cdef Py_ssize_t at_hand  # the cursor whose context is below
    cdef bint is_stale  # the context below: another thread's, or of before the last event
    cdef Py_ssize_t thread
    cdef uint64_t thread_id
    cdef uint64_t proc_id
    cdef uint64_t goroutine_id

    def __init__(
        self, generation, tables, output, int64_t[::1] progress, double frequency, int mode
    ):
        (
            self.data,
            _,
            self.batches,
            self.batch_times,
            self.cursors,
            self.heap,
            self.scratch,
            self.heap_times,
            _,
            self.samples,
            self.string_dense,
            self.string_ids,
            self.string_rows,
            self.stack_dense,
            self.stack_ids,
            self.stack_rows,
        ) = generation
        (
            self.scalars,
            goroutines,
            goroutine_index,
            threads,
            thread_index,
            tasks,
            task_index,
            self.procs,
            self.regions,
        ) = tables
        self.goroutines = _Table(goroutines, goroutine_index)
        self.threads = _Table(threads, thread_index)
        self.thread_table = threads
        self.goroutine_table = goroutines
        self.tasks = _Table(tasks, task_index)
        if (
            self.thread_table.shape[1] != 8
            or self.goroutine_table.shape[1] != 8
            or self.cursors.shape[1] != 8
        ):
            raise IndexError("a table of another width")
        self.has_columns = output is not None
        if self.has_columns:
            (
                self.times,
                self.kinds,
                self.thread_column,
                self.proc_column,
                self.goroutine_column,
                self.stack_column,
                self.arguments,
            ) = output
        self.reading = _Reading(generation, progress[HORIZON], frequency)
        self.progress = progress
        self.horizon = progress[HORIZON]
        self.mode = mode
        self.lenient = mode != STRICT
        self.heap_size = progress[HEAP_SIZE]
        self.row = progress[ROW]
        self.used = progress[USED]
        self.is_loose = progress[LOOSE_OFFSET] >= 0
        self.last_time = <int64_t>self.scalars[S_LAST_TIME]
        self.generation = self.scalars[S_GENERATION]
        self.is_first = self.scalars[S_GENERATION] == self.scalars[S_FIRST_GENERATION]
        self.took_row = True
        self.last_row = -1
        self.at_hand = -1
        self.is_stale = True
        self.sample = progress[SAMPLE]

    def save(self):
        """Leave to the next call what it needs."""
        self.progress[HEAP_SIZE] = self.heap_size
        self.progress[SAMPLE] = self.sample
        self.progress[UNKNOWN_IDS] += self.unknown_ids
        self.progress[LOOSE_EVENTS] += self.loose_events
        if self.has_columns:
            self.progress[ROW] = self.row
            self.progress[USED] = self.used
            self.scalars[S_LAST_TIME] = <uint64_t>self.last_time
