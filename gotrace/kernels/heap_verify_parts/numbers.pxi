# Numbers of `heap_verify.pyx`: those of `gotrace/model/guided`; a test compares results.

cdef enum:  # kinds of steps, `steps.KINDS`
    SPAN = 0
    SPAN_ALLOC = 1
    SPAN_FREE = 2
    OBJECT = 3
    OBJECT_ALLOC = 4
    OBJECT_FREE = 5
    SWEEP_BEGIN = 6
    SWEEP_END = 7
    HEAP_ALLOC = 8
    GC_BEGIN = 9
    GC_END = 10
    STW_BEGIN = 11
    STW_END = 12
    PROC_START = 13
    PROC_STOP = 14
    SWEEPER_YIELD = 15
    SWEEPER_DONE = 16

cdef enum:  # `tally.PREDICTIONS`
    P_SIZE_CLASS = 0
    P_SPAN_CLASS = 1
    P_SLOTS = 2
    P_SLOT = 3
    P_REFILL = 4
    P_SWEEP = 5
    P_EARLY_PAGE = 6
    P_PAGE = 7
    P_HEAP_LIVE = 8
    PREDICTIONS = 9

cdef enum:  # `tally.COUNTERS`
    C_TINY = 0
    C_ADOPTED = 1
    C_MOVED = 2
    C_LATE_ALLOC = 3
    C_GUESSED = 4
    C_REPLACED = 5
    C_LATE_FREE = 6
    C_UNKNOWN_FREE = 7
    C_UNKNOWN_SPAN = 8
    C_UNKNOWN_SPAN_FREE = 9
    C_OVERLAP = 10
    C_LEFT_OUT = 11
    C_UNMATCHED = 12
    C_UNTOLD = 13
    COUNTERS = 14

cdef enum:  # columns of a span
    PAGE = 0
    PAGES = 1
    CLASS = 2
    SLOT_BYTES = 3
    SLOTS = 4
    SWEEPGEN = 5
    FREE_INDEX = 6
    COUNT = 7  # slots allocated
    DEAD = 8  # slots of these that are dead
    MANUAL = 9
    GONE = 10
    NEW = 11
    MARKED = 12
    REGION = 13  # in a region
    SWEEPING_NOW = 14  # swept in order, by some P
    SWEPT_AT = 15
    BLAMED_AT = 16
    WORDS = 17  # of its sets in the pool: allocated, then dead
    FIRST_WORD = 18
    PREVIOUS = 19
    NEXT = 20
    QUEUE = 21  # -1: in no list
    REGION_NEXT = 22
    MET = 23  # among the spans of the region at hand
    HELD = 24  # times in caches and in the hands of Ps
    USED = 25
    SPAN_COLUMNS = 26

cdef enum:  # columns of a P
    EXISTS = 0
    IS_KNOWN = 1
    IS_IDLE = 2
    MUST_FLUSH = 3
    SWEEPING = 4
    HAS_ALLOC = 5
    BEFORE = 6
    AFTER = 7
    BUSY = 8
    IS_OPEN = 9
    REGIONS = 10
    CACHE_WORD = 11  # of its page cache: number of the block, -1 for none
    PROC_COLUMNS = 12

cdef enum:  # columns of a region; 17 for each P, the last of which is the open one
    R_FIRST = 0
    R_LAST = 1
    R_COUNT = 2
    R_BYTES = 3
    REGION_COLUMNS = 4

cdef enum:
    NONE = -1
    UNSWEPT = -2
    SWEPT = 0
    CACHED_STALE = 1
    CACHED_SWEPT = 3
    SPAN_CLASSES = 136
    SIZE_CLASSES = 68
    PAGE_BYTES = 8192
    UNITS_PER_PAGE = 1024
    CHUNK_PAGES = 512
    MOST_PAGES = 1 << 25
    LARGEST_SPAN_PAGES = 1 << 18
    MOST_PROCS = 1 << 12
    MOST_REGIONS = 16
    MOST_LATE = 64
    MOST_LOST = 64
    UNSEEN_PAGES = 4
    MOST_SNAPSHOTS = 64
    OPEN_REGION = 16
    EXAMPLES = 8
    EARLY_SPANS = 32
    BUDGET = 101
    BATCH = 10
    CREDIT = 64
    CACHED_PAGES = 15
    TINY_CLASS = 5
    TINY_BYTES = 16
    NO_HEADER_BYTES = 512
    HEADER_BYTES = 8
    MOST_WORDS = 16

cdef int64_t CHUNK_BYTES = 512 * 8192
cdef int64_t MOST_BYTES = <int64_t>1 << 48
