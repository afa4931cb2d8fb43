# Numbers that the kernel `trace_order` shares with its plain twin.

# Event types, statuses, reasons and endings: `plain/trace_order/numbers.py`; a test compares.
cdef enum:
    CPU_SAMPLE = 7
    PROCS_CHANGE = 9
    PROC_START = 10
    PROC_STOP = 11
    PROC_STEAL = 12
    PROC_STATUS = 13
    GO_CREATE = 14
    GO_CREATE_SYSCALL = 15
    GO_START = 16
    GO_DESTROY = 17
    GO_DESTROY_SYSCALL = 18
    GO_STOP = 19
    GO_BLOCK = 20
    GO_UNBLOCK = 21
    GO_SYSCALL_BEGIN = 22
    GO_SYSCALL_END = 23
    GO_SYSCALL_END_BLOCKED = 24
    GO_STATUS = 25
    STW_BEGIN = 26
    STW_END = 27
    GC_ACTIVE = 28
    GC_BEGIN = 29
    GC_END = 30
    GC_SWEEP_ACTIVE = 31
    GC_SWEEP_BEGIN = 32
    GC_SWEEP_END = 33
    GC_MARK_ASSIST_ACTIVE = 34
    GC_MARK_ASSIST_BEGIN = 35
    GC_MARK_ASSIST_END = 36
    HEAP_ALLOC = 37
    HEAP_GOAL = 38
    GO_LABEL = 39
    USER_TASK_BEGIN = 40
    USER_TASK_END = 41
    USER_REGION_BEGIN = 42
    USER_REGION_END = 43
    USER_LOG = 44
    GO_SWITCH = 45
    GO_SWITCH_DESTROY = 46
    GO_CREATE_BLOCKED = 47
    GO_STATUS_STACK = 48
    FIRST_ALLOC_FREE = 128
    LAST_ALLOC_FREE = 136

cdef enum:
    GO_UNDETERMINED = 0
    GO_RUNNABLE = 1
    GO_RUNNING = 2
    GO_SYSCALL = 3
    GO_WAITING = 4
    PROC_UNDETERMINED = 0
    PROC_RUNNING = 1
    PROC_IDLE = 2
    PROC_SYSCALL = 3
    PROC_SYSCALL_ABANDONED = 4
    PROC_NOT_EXIST = 5
    GC_UNDETERMINED = 0
    GC_NOT_RUNNING = 1
    GC_RUNNING = 2

cdef enum:
    FINE = 0
    BAD_TYPE = 1
    CUT = 2
    NUMBER_LONG = 3
    TIME_LONG = 4
    NO_THREAD = 5
    NO_PROC = 6
    HAS_PROC = 7
    NO_GOROUTINE = 8
    HAS_GOROUTINE = 9
    GOROUTINE_UNKNOWN = 10
    GOROUTINE_NOT_RUNNING = 11
    GOROUTINE_NOT_IN_SYSCALL = 12
    GOROUTINE_BAD_STATUS = 13
    GOROUTINE_OTHER_STATUS = 14
    GOROUTINE_UNANNOUNCED = 15
    SYSCALL_WITHOUT_THREAD = 16
    SYSCALL_ELSEWHERE = 17
    GOROUTINE_EXISTS = 18
    PROC_BAD_STATUS = 19
    PROC_OTHER_STATUS = 20
    PROC_UNHELD = 21
    PROC_UNKNOWN = 22
    PROC_NOT_RUNNING = 23
    SELF_STEAL = 24
    STEAL_FROM_NOBODY = 25
    STEAL_OTHER = 26
    PROC_SEQUENCE = 27
    PROC_NOT_IN_SYSCALL = 28
    TASK_EXISTS = 29
    STRING_UNKNOWN = 30
    STACK_UNKNOWN = 31
    REGION_OTHER = 32
    GC_ACTIVE_LATE = 33
    GC_ACTIVE_NOT_RUNNING = 34
    GC_BEGIN_RUNNING = 35
    GC_END_NOT_RUNNING = 36
    GC_END_UNDETERMINED = 37
    RANGE_BEGUN = 38
    RANGE_NOT_ACTIVE = 39
    RANGE_NOT_BEGUN = 40
    STUCK = 41
    PROC_TOO_LARGE = 42

cdef enum:
    DONE = 0
    BROKEN = 1
    FULL_COLUMNS = 2
    FULL_GOROUTINES = 3
    FULL_THREADS = 4
    FULL_TASKS = 5
    FULL_REGIONS = 6
    FULL_PROCS = 7
    TIRED = 8

# Columns of the records: `records.py`; of the cursors: `cursors.py`; of the rest: `state.py`.
cdef enum:
    KEY = 0
    G_STATUS = 1
    G_GENERATION = 2
    G_SEQUENCE = 3
    G_REGION = 4
    G_STW = 5
    G_ASSISTING = 6
    G_LINK = 7
    P_EXISTS = 0
    P_STATUS = 1
    P_GENERATION = 2
    P_SEQUENCE = 3
    P_SWEEPING = 4
    M_GOROUTINE = 1
    M_PROC = 2
    M_SEEN = 3
    M_ROW = 4  # where the thread's goroutine was found last; the plain twin searches
    T_PARENT = 1
    T_NAME = 2
    R_TASK = 0
    R_NAME = 1
    R_OUTER = 2
    LAST_USED = 0
    FIRST_FREE = 1
    TIME = 0
    TYPE = 1
    ARGUMENTS = 2
    START = 3
    END = 4
    BATCH = 5
    LAST_BATCH = 6
    THREAD = 7
    S_GENERATION = 0
    S_FIRST_GENERATION = 1
    S_GC_SEQUENCE = 2
    S_GC_STATE = 3
    S_LAST_TIME = 4

cdef enum:
    HEAP_SIZE = 0
    SAMPLE = 1
    ROW = 2
    USED = 3
    REASON = 4
    OFFSET = 5
    KIND = 6
    LOOSE_OFFSET = 7
    LOOSE_REASON = 8
    LOOSE_KIND = 9
    LOOSE_EVENTS = 10
    LOST_BATCHES = 11
    LOST_BYTES = 12
    LOST_OFFSET = 13
    LOST_REASON = 14
    UNKNOWN_IDS = 15
    BEGUN = 16
    HORIZON = 17
    ATTEMPTS = 18

cdef enum:
    NOT_YET = 0
    ADVANCED = 1
    BROKE = 2
    ROOM = 3
    EMIT = 4
    WEARY = 5

cdef enum:
    STRING = 1
    STACK = 2
    MAIN_STACK = 3
    STRICT = 0
    LENIENT = 1
    DAMAGED = 2
    PATIENCE_NS = 5000000
    MOST_EVENTS = 3
    MOST_ARGUMENTS = 4
    MAX_PROCS = 1 << 20
    AHEAD = 32
    FEW = 64
    MERGING = 16
    SORTED_AT_ONCE = 16
    MOVED_AT_ONCE = 8

# Constants of 64 bits that the C compiler sees.
cdef extern from *:
    """
    #include <stdint.h>
    #define GOTRACE_NOBODY UINT64_MAX
    #define GOTRACE_SPREAD UINT64_C(0x9E3779B97F4A7C15)
    #define GOTRACE_LAST_TIME INT64_MAX
    #define GOTRACE_FAR 9223372036854775808.0
    """
    const uint64_t NOBODY "GOTRACE_NOBODY"
    const uint64_t IN_USE "GOTRACE_NOBODY"
    const uint64_t SPREAD "GOTRACE_SPREAD"
    const int64_t LAST_TIME_OF_ALL "GOTRACE_LAST_TIME"
    const double FAR "GOTRACE_FAR"
