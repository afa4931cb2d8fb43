"""The numbers of the kernel `heap_objects`: what it returns, its state, its tables' columns."""

from __future__ import annotations

__all__ = [
    "ARGUMENT",
    "BEGIN",
    "BORN",
    "COUNT",
    "COUNT_OF_PAGES",
    "CYCLE",
    "DONE",
    "FIRST",
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
    "OWED",
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
    "replaced",  # allocations in a living slot
    "late_frees",  # frees that came after such
    "unknown_frees",  # frees of what was not alive
    "unknown_types",  # types that the generation does not define
    "without_span",  # allocations outside any span
    "unknown_span_frees",  # frees of spans that were not alive
    "units_per_page",  # at most MOST_UNITS_PER_PAGE
    "seed",  # of the hash, as two's complement
    "start",  # what to subtract from times
)
"""What the entries of `state` are."""

ROW, ARGUMENT, CYCLE, POOL, PAGES, SPAN_ROWS, FREE_SPAN, NEXT_SPAN = range(8)
OBJECTS_OUT, SPANS_OUT, REPLACED, LATE_FREES, UNKNOWN_FREES, UNKNOWN_TYPES = range(8, 14)
WITHOUT_SPAN, UNKNOWN_SPAN_FREES, UNITS_PER_PAGE, SEED, START = range(14, 19)

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

# Columns of the pool: wide (int64) and narrow (int32); 0 in COUNT marks a free slot.
BEGIN, GOROUTINE = range(2)
TYPE, PROC, BORN, COUNT, OWED = range(5)
# Columns of spans (int64); a free row has 0 in USED, and in PAGE 1 + the next such row, or 0.
PAGE, COUNT_OF_PAGES, KIND, SPAN_BEGIN, THREAD, SPAN_PROC, SPAN_GOROUTINE, NUMBER = range(8)
USED, FIRST, SLOTS, SIZE = range(8, 12)
