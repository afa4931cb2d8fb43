# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The events of one generation of a trace, put in order.

The contract is in `gotrace/kernels/plain/trace_order/`, which says what every rule means and why;
the files in `trace_order_parts/` only do the same faster, function by function under the same
names. Nothing allocates: tables and columns are the caller's.

Methods that decide about an event return EMIT (it comes next, and is yet to be written), ADVANCED
(it is written), NOT_YET, BROKE (then `reason` says why) or ROOM (a table of the caller is full), and
-1 after a Python error (an index out of range).
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from gotrace.kernels.plain.trace_order import (
    PLAIN,
    PROGRESS,
    Generation,
    Output,
    Tables,
    fault,
)
from gotrace.kernels.plain.trace_order import P as _P
from gotrace.kernels.plain.trace_order.records import Table

P = _P

__all__ = [
    "P",
    "PLAIN",
    "PROGRESS",
    "Generation",
    "Output",
    "Table",
    "Tables",
    "begin",
    "fault",
    "decode_numbers",
    "order",
    "read_ahead",
    "reindex",
]

include "trace_order_parts/numbers.pxi"

ctypedef const uint8_t[::1] Bytes

include "trace_order_parts/wide.pxi"
include "trace_order_parts/decoding.pxi"
include "trace_order_parts/blocks.pxi"
include "trace_order_parts/tables.pxi"
include "trace_order_parts/memory.pxi"
include "trace_order_parts/context.pxi"
include "trace_order_parts/procs.pxi"
include "trace_order_parts/goroutines.pxi"
include "trace_order_parts/ranges.pxi"
include "trace_order_parts/annotations.pxi"
include "trace_order_parts/scheduler.pxi"
include "trace_order_parts/ahead.pxi"
include "trace_order_parts/cursors.pxi"
include "trace_order_parts/heap.pxi"
include "trace_order_parts/plain.pxi"
include "trace_order_parts/run.pxi"


def begin(generation, tables, int64_t[::1] progress, double frequency, int mode):
    """See the plain twin."""
    cdef _Run run = _Run(generation, tables, None, progress, frequency, mode)
    cdef int status
    try:
        with nogil:
            status = run.begin_all()
    finally:
        run.save()
    return status


def order(generation, tables, output, int64_t[::1] progress, double frequency, int mode):
    """See the plain twin."""
    cdef _Run run = _Run(generation, tables, output, progress, frequency, mode)
    cdef int status
    try:
        with nogil:
            status = run.order_all()
    finally:
        run.save()
    return status


def read_ahead(generation, int64_t[::1] progress, double frequency):
    """See the plain twin."""
    cdef _Reading reading = _Reading(generation, progress[HORIZON], frequency)
    with nogil:
        help_all(&reading.a)


def decode_numbers(Bytes data, Py_ssize_t begin, Py_ssize_t end, uint64_t[::1] values):
    """See the plain twin."""
    cdef Py_ssize_t position = begin
    cdef Py_ssize_t count = 0
    cdef uint64_t value = 0
    cdef int reason = FINE
    cdef Py_ssize_t start
    with nogil:
        while position < end:
            start = position
            reason = number(data, &position, end, &value)
            if reason != FINE:
                position = start
                break
            values[count] = value
            count += 1
    return count, reason, position


def reindex(uint64_t[:, ::1] rows, int32_t[::1] index):
    """See the plain twin."""
    cdef _Table table = _Table(rows, index)
    cdef Py_ssize_t row
    for row in range(1, <Py_ssize_t>rows[0, LAST_USED] + 1):
        if rows[row, table.link] == IN_USE:
            table.enter(rows[row, KEY], row)
