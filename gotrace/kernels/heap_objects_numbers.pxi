# Numbers of `heap_objects.pyx`: those of `plain/heap_objects/numbers.py`; a test compares.

cdef enum:
    IS_DONE = 0
    NO_OBJECTS = 1
    NO_PAGES = 2
    NO_SPANS = 3
    NO_OUTPUT = 4

cdef enum:
    ROW = 0
    ARGUMENT = 1
    CYCLE = 2
    POOL = 3
    PAGES = 4
    SPAN_ROWS = 5
    FREE_SPAN = 6
    NEXT_SPAN = 7
    OBJECTS_OUT = 8
    SPANS_OUT = 9
    REPLACED = 10
    LATE_FREES = 11
    UNKNOWN_FREES = 12
    DOUBLE_FREES = 13
    UNKNOWN_TYPES = 14
    WITHOUT_SPAN = 15
    UNKNOWN_SPAN_FREES = 16
    UNITS_PER_PAGE = 17
    SEED = 18
    START = 19
    FIRSTS = 20
    STATES = 27

cdef enum:
    GC_BEGIN = 29
    SPAN = 128
    SPAN_ALLOC = 129
    SPAN_FREE = 130
    OBJECT = 131
    OBJECT_ALLOC = 132
    OBJECT_FREE = 133
    TINY_CLASS = 5
    MOST_PAGES = 10
    MOST_UNITS_PER_PAGE = 1024
    MOST_SLOTS = 10 * 1024
    UNKNOWN_KIND = -2
    NONE = -1
    FREED = -2
    MOST_MARK = 0x3FFFFFFF

cdef enum:
    BEGIN = 0

cdef enum:
    PAGE = 0
    COUNT_OF_PAGES = 1
    KIND = 2
    SPAN_BEGIN = 3
    THREAD = 4
    SPAN_PROC = 5
    SPAN_GOROUTINE = 6
    NUMBER = 7
    USED = 8
    FIRST = 9
    SLOTS = 10
    SIZE = 11

cdef uint64_t MOST_SPAN = (<uint64_t>1 << 48) - 1
cdef uint64_t MOST_UNIT = (<uint64_t>1 << 60) - 1
cdef int64_t MOST_SIZE = 1 << 30
cdef int32_t MOST_COUNT = 0x7FFFFFFF
