"""The numbers of the kernel `heap_objects`: what it returns, its state, its tables' columns."""

from __future__ import annotations

__all__ = [
    "ARGUMENT",
    "BEGIN",
    "BORN",
    "COUNT",
    "COUNTERS",
    "COUNT_OF_PAGES",
    "CYCLE",
    "DONE",
    "DOUBLE_FREES",
    "FIRST",
    "FIRSTS",
    "FREED",
    "FREE_SPAN",
    "FULL_OBJECTS",
    "FULL_OUTPUT",
    "FULL_PAGES",
    "FULL_SPANS",
    "GC_BEGIN",
    "GOROUTINE",
    "KIND",
    "LATE_FREES",
    "MASK",
    "MOST_MARK",
    "MOST_PAGES",
    "MOST_SLOTS",
    "MOST_SPAN",
    "MOST_UNIT",
    "MOST_UNITS_PER_PAGE",
    "NEXT_SPAN",
    "NONE",
    "NUMBER",
    "OBJECT",
    "OBJECTS_OUT",
    "OBJECT_ALLOC",
    "OBJECT_FREE",
    "PAGE",
    "PAGES",
    "POOL",
    "PROC",
    "REPLACED",
    "ROW",
    "SEED",
    "SIZE",
    "SLOTS",
    "SPAN",
    "SPANS_OUT",
    "SPAN_ALLOC",
    "SPAN_BEGIN",
    "SPAN_FREE",
    "SPAN_GOROUTINE",
    "SPAN_PROC",
    "SPAN_ROWS",
    "START",
    "STATE",
    "STATES",
    "THREAD",
    "TINY_CLASS",
    "TYPE",
    "UNITS_PER_PAGE",
    "UNKNOWN_FREES",
    "UNKNOWN_KIND",
    "UNKNOWN_SPAN_FREES",
    "UNKNOWN_TYPES",
    "USED",
    "WITHOUT_SPAN",
]

DONE, FULL_OBJECTS, FULL_PAGES, FULL_SPANS, FULL_OUTPUT = range(5)
"""What `pair` returns: all events taken, or which table needs more room first."""

COUNTERS = (
    "replaced",  # allocations in a living slot
    "late_frees",  # frees that came after such
    "unknown_frees",  # frees of what was not alive, nor ever before in its span
    "double_frees",  # frees of what was freed since its last allocation
    "unknown_types",  # types that the generation does not define
    "without_span",  # allocations outside any span
    "unknown_span_frees",  # frees of spans that were not alive
)
"""What is counted, and the time of the first kept."""

STATE = (
    "row",  # events taken of this chunk
    "argument",  # arguments taken of this chunk
    "cycle",  # GC cycles begun
    "pool",  # rows of the pool ever used
    "pages",  # rows of the table of pages in use
    "span_rows",  # rows of the table of spans ever used
    "free_span",  # 1 + a free row below those, 0 if none
    "next_span",  # the number of the next span
    "objects_out",  # rows written
    "spans_out",  # rows written
    *COUNTERS,
    "units_per_page",  # at most MOST_UNITS_PER_PAGE
    "seed",  # of the hash, as two's complement
    "start",  # what to subtract from times
    *(f"first_{name}" for name in COUNTERS),  # when what a counter counts was first met
)
"""What the entries of `state` are."""

ROW, ARGUMENT, CYCLE, POOL, PAGES, SPAN_ROWS, FREE_SPAN, NEXT_SPAN = range(8)
OBJECTS_OUT, SPANS_OUT, REPLACED, LATE_FREES, UNKNOWN_FREES, DOUBLE_FREES = range(8, 14)
UNKNOWN_TYPES, WITHOUT_SPAN, UNKNOWN_SPAN_FREES, UNITS_PER_PAGE, SEED, START = range(14, 20)
FIRSTS, STATES = 20, 20 + len(COUNTERS)

GC_BEGIN, SPAN, SPAN_ALLOC, SPAN_FREE = 29, 128, 129, 130
OBJECT, OBJECT_ALLOC, OBJECT_FREE = 131, 132, 133
TINY_CLASS = 5
MOST_PAGES = 10
"""Pages of a span that objects are looked for in; spans of small objects have at most ten."""
MOST_UNITS_PER_PAGE = 1 << 10
MOST_SLOTS = MOST_PAGES * MOST_UNITS_PER_PAGE
"""Slots of a span."""
MASK = (1 << 64) - 1
MOST_SPAN, MOST_UNIT = (1 << 48) - 1, (1 << 60) - 1
"""Pages and units of 8 bytes that an address can lie in; larger numbers lose their upper bits."""
UNKNOWN_KIND = -2
"""Of a page with objects but without a span."""
NONE = -1
FREED, MOST_MARK = -2, 0x3FFFFFFF

# Columns of the pool: of 64 bits, and of 32 in the same memory. 0 in COUNT marks a free slot, and a
# number below 0 an object in whose slot another one was, whose free is still to be reported. A free
# slot has FREED less the span's number in BORN if an object was in it since its span began.
BEGIN, GOROUTINE = range(2)
TYPE, PROC, BORN, COUNT = range(4, 8)
# Columns of spans (int64). USED is 1 + the objects that are alive, of those that have slots; a free
# row has 0 there, and in PAGE 1 + the next such row, or 0.
PAGE, COUNT_OF_PAGES, KIND, SPAN_BEGIN, THREAD, SPAN_PROC, SPAN_GOROUTINE, NUMBER = range(8)
USED, FIRST, SLOTS, SIZE = range(8, 12)
