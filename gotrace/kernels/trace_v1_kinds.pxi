# What the merge knows of events and goroutines: see plain/trace_v1/merge.py.

# Indices into STATE (plain/trace_v1/replay.py) that are of the merge.
cdef enum:
    S_HEAPED = 0
    S_WAITING = 1
    S_SAMPLE = 2
    S_EXIT = 3
    S_TAKEN = 4
    S_MERGED_TICKS = 5
    S_COLLECTIONS = 6

# Indices into REASONS of plain/trace_v1/world.py.
cdef enum:
    TIME_ORDER = 1
    TIME_RANGE = 2
    PROC_RUNS = 3
    PROC_STOPPED = 4
    PROC_BUSY = 5
    GC_TWICE = 6
    GC_BOGUS = 7
    STW_TWICE = 8
    STW_BOGUS = 9
    SWEEP_TWICE = 10
    SWEEP_BOGUS = 11
    ASSIST_TWICE = 12
    NOT_RUNNABLE = 13
    NOT_RUNNING = 14
    WRONG_PROC = 15
    NO_GOROUTINE = 16
    CREATED_TWICE = 17
    START_STATE = 18
    START_BUSY = 19
    NOT_WAITING = 20
    NO_SYSCALL = 21
    TASK_TWICE = 22
    REGION_MISMATCH = 23
    REGION_MODE = 24
    MOVE_STRAY = 25
    MOVE_IMPOSSIBLE = 26

# Where a proc stands: `phase` of its cursor.
cdef enum:
    NOT_BEGUN = 0
    IN_FRONTIER = 1
    IS_WAITING = 2
    AT_END = 3

# What a goroutine does as far as the order goes: two bits of its flags.
cdef enum:
    O_DEAD = 0
    O_RUNNABLE = 256
    O_RUNNING = 512
    O_WAITING = 768

# What an event needs and does.
cdef enum:
    FREE = 0
    COLLECTS = 1
    BLOCKED = 2
    YIELDED = 3
    STARTED = 4
    STARTED_HERE = 5
    WAS_WAITING = 6
    CREATED = 7
    WOKEN = 8
    WOKEN_HERE = 9

cdef enum:
    MOST_SAMPLES = 65536

# For each event number its kind, and for each kind what the goroutine must do and does then.
cdef extern from *:
    """
    static const uint8_t gt_kinds[64] = {
        [7] = 1, [13] = 7, [14] = 4, [17] = 3, [18] = 3, [19] = 2, [20] = 2, [21] = 8, [22] = 2,
        [23] = 2, [24] = 2, [25] = 2, [26] = 2, [27] = 2, [29] = 8, [30] = 2, [31] = 6, [32] = 6,
        [38] = 5, [39] = 9, [40] = 9, [41] = 4, [42] = 2,
    };
    static const int64_t gt_needs[16] = {0, 0, 512, 512, 256, 256, 256, 0, 768, 768};
    static const int64_t gt_leaves[16] = {0, 0, 768, 256, 512, 512, 768, 256, 256, 256};
    """
    const uint8_t *KINDS "gt_kinds"
    const int64_t *NEEDS "gt_needs"
    const int64_t *LEAVES "gt_leaves"

cdef enum:
    OF_EXIT = -1
    OF_SAMPLE = -2

# A row of `cursors`: a proc with its next event. `key` and `target` are what it is ordered by, and
# the goroutine that has to be ready for it (-2: the collector); `changes` how often that had changed
# when it was.
cdef struct Head:
    Cursor cursor
    int64_t key
    int64_t kind
    int64_t target
    int64_t changes
    Event event

# An entry of the heap.
cdef struct Pair:
    int64_t key
    int64_t proc

# A row of `goroutines`.
cdef struct Goroutine:
    uint64_t sequence
    int64_t entered
    int64_t flags
    int64_t changes
