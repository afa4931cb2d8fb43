"""The numbers that the ordering of trace events speaks: event types, statuses, reasons.

Event types are those of the wire (`internal/trace/tracev2/events.go`); the whole table, with names
and arguments, is `gotrace.readers.trace.events`, and a test holds the two together.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "BAD_TYPE",
    "BROKEN",
    "CPU_SAMPLE",
    "CUT",
    "DONE",
    "FINE",
    "FIRST_ALLOC_FREE",
    "FULL_COLUMNS",
    "FULL_GOROUTINES",
    "FULL_PROCS",
    "FULL_REGIONS",
    "FULL_TASKS",
    "FULL_THREADS",
    "GC_ACTIVE",
    "GC_ACTIVE_LATE",
    "GC_ACTIVE_NOT_RUNNING",
    "GC_BEGIN",
    "GC_BEGIN_RUNNING",
    "GC_END",
    "GC_END_NOT_RUNNING",
    "GC_END_UNDETERMINED",
    "GC_MARK_ASSIST_ACTIVE",
    "GC_MARK_ASSIST_BEGIN",
    "GC_MARK_ASSIST_END",
    "GC_NOT_RUNNING",
    "GC_RUNNING",
    "GC_SWEEP_ACTIVE",
    "GC_SWEEP_BEGIN",
    "GC_SWEEP_END",
    "GC_UNDETERMINED",
    "GOROUTINE_BAD_STATUS",
    "GOROUTINE_EXISTS",
    "GOROUTINE_NOT_IN_SYSCALL",
    "GOROUTINE_NOT_RUNNING",
    "GOROUTINE_OTHER_STATUS",
    "GOROUTINE_UNANNOUNCED",
    "GOROUTINE_UNKNOWN",
    "GO_BLOCK",
    "GO_CREATE",
    "GO_CREATE_BLOCKED",
    "GO_CREATE_SYSCALL",
    "GO_DESTROY",
    "GO_DESTROY_SYSCALL",
    "GO_LABEL",
    "GO_RUNNABLE",
    "GO_RUNNING",
    "GO_START",
    "GO_STATUS",
    "GO_STATUS_STACK",
    "GO_STOP",
    "GO_SWITCH",
    "GO_SWITCH_DESTROY",
    "GO_SYSCALL",
    "GO_SYSCALL_BEGIN",
    "GO_SYSCALL_END",
    "GO_SYSCALL_END_BLOCKED",
    "GO_UNBLOCK",
    "GO_UNDETERMINED",
    "GO_WAITING",
    "HAS_GOROUTINE",
    "HAS_PROC",
    "HEAP_ALLOC",
    "HEAP_GOAL",
    "LAST_ALLOC_FREE",
    "NONE",
    "NO_GOROUTINE",
    "NO_PROC",
    "NO_THREAD",
    "NUMBER_LONG",
    "PROCS_CHANGE",
    "PROC_BAD_STATUS",
    "PROC_IDLE",
    "PROC_NOT_EXIST",
    "PROC_NOT_IN_SYSCALL",
    "PROC_NOT_RUNNING",
    "PROC_OTHER_STATUS",
    "PROC_RUNNING",
    "PROC_SEQUENCE",
    "PROC_START",
    "PROC_STATUS",
    "PROC_STEAL",
    "PROC_STOP",
    "PROC_SYSCALL",
    "PROC_SYSCALL_ABANDONED",
    "PROC_TOO_LARGE",
    "PROC_UNDETERMINED",
    "PROC_UNHELD",
    "PROC_UNKNOWN",
    "RANGE_BEGUN",
    "RANGE_NOT_ACTIVE",
    "RANGE_NOT_BEGUN",
    "REASONS",
    "REGION_OTHER",
    "SELF_STEAL",
    "STACK_UNKNOWN",
    "STEAL_FROM_NOBODY",
    "STEAL_OTHER",
    "STRING_UNKNOWN",
    "STUCK",
    "STW_BEGIN",
    "STW_END",
    "SYSCALL_ELSEWHERE",
    "SYSCALL_WITHOUT_THREAD",
    "TASK_EXISTS",
    "TIME_LONG",
    "TIRED",
    "USER_LOG",
    "USER_REGION_BEGIN",
    "USER_REGION_END",
    "USER_TASK_BEGIN",
    "USER_TASK_END",
]

# Structural: never inside a batch of events.
CPU_SAMPLE: Final = 7
# Procs.
PROCS_CHANGE: Final = 9
PROC_START: Final = 10
PROC_STOP: Final = 11
PROC_STEAL: Final = 12
PROC_STATUS: Final = 13
# Goroutines.
GO_CREATE: Final = 14
GO_CREATE_SYSCALL: Final = 15
GO_START: Final = 16
GO_DESTROY: Final = 17
GO_DESTROY_SYSCALL: Final = 18
GO_STOP: Final = 19
GO_BLOCK: Final = 20
GO_UNBLOCK: Final = 21
GO_SYSCALL_BEGIN: Final = 22
GO_SYSCALL_END: Final = 23
GO_SYSCALL_END_BLOCKED: Final = 24
GO_STATUS: Final = 25
# Stop the world, garbage collection, heap.
STW_BEGIN: Final = 26
STW_END: Final = 27
GC_ACTIVE: Final = 28
GC_BEGIN: Final = 29
GC_END: Final = 30
GC_SWEEP_ACTIVE: Final = 31
GC_SWEEP_BEGIN: Final = 32
GC_SWEEP_END: Final = 33
GC_MARK_ASSIST_ACTIVE: Final = 34
GC_MARK_ASSIST_BEGIN: Final = 35
GC_MARK_ASSIST_END: Final = 36
HEAP_ALLOC: Final = 37
HEAP_GOAL: Final = 38
# Annotations.
GO_LABEL: Final = 39
USER_TASK_BEGIN: Final = 40
USER_TASK_END: Final = 41
USER_REGION_BEGIN: Final = 42
USER_REGION_END: Final = 43
USER_LOG: Final = 44
# Coroutines and status with a stack (Go 1.23).
GO_SWITCH: Final = 45
GO_SWITCH_DESTROY: Final = 46
GO_CREATE_BLOCKED: Final = 47
GO_STATUS_STACK: Final = 48
# Experimental alloc/free events (Go 1.23), all ordered alike.
FIRST_ALLOC_FREE: Final = 128
LAST_ALLOC_FREE: Final = 136

# Status of a goroutine (tracev2.GoStatus), and of one we know nothing of.
GO_UNDETERMINED: Final = 0
GO_RUNNABLE: Final = 1
GO_RUNNING: Final = 2
GO_SYSCALL: Final = 3
GO_WAITING: Final = 4

# Status of a proc (tracev2.ProcStatus), and what only `old_status` can be.
PROC_UNDETERMINED: Final = 0
PROC_RUNNING: Final = 1
PROC_IDLE: Final = 2
PROC_SYSCALL: Final = 3
PROC_SYSCALL_ABANDONED: Final = 4
PROC_NOT_EXIST: Final = 5

GC_UNDETERMINED: Final = 0
GC_NOT_RUNNING: Final = 1
GC_RUNNING: Final = 2

NONE: Final = -1
"""No thread, no proc, no goroutine, no row."""

REASONS: Final = (
    "",
    "an event of a type that does not exist here",
    "the batch ends inside an event",
    "a number takes more than 64 bits",
    "a time beyond all reason",
    "needs a thread",
    "needs a proc, and the thread has none",
    "the thread already has a proc",
    "needs a goroutine, and the thread runs none",
    "the thread already runs a goroutine",
    "the goroutine does not exist",
    "the goroutine is not running",
    "the goroutine is not in a system call",
    "no such status of a goroutine",
    "the goroutine had another status",
    "a goroutine appears after the first generation without being created",
    "a goroutine in a system call has no thread",
    "the thread of the system call runs another goroutine",
    "creates a goroutine that exists",
    "no such status of a proc",
    "the proc had another status",
    "no thread has the proc that is about to be stolen",
    "the proc does not exist",
    "the proc neither runs nor is in a system call",
    "a thread steals from itself a proc that it does not have",
    "steals from a thread that does not exist",
    "steals from a thread that has another proc",
    "the number of the proc's step is out of sequence",
    "the proc is not in a system call",
    "begins a task that has begun",
    "a string that the generation does not define",
    "a stack that the generation does not define",
    "ends another region than the innermost",
    "says that a collection is active, after other events of collections",
    "says that a collection is active while none is",
    "begins a collection while one is running",
    "ends a collection while none is running",
    "ends a collection without knowing of one",
    "begins what has begun",
    "says that something is active that never began",
    "ends what has not begun",
    "no thread can go on: an event that others wait for is missing",
    "a proc of a number beyond all reason",
)
"""What is wrong with the event at the offset given; a kernel says the index."""

(
    FINE,
    BAD_TYPE,
    CUT,
    NUMBER_LONG,
    TIME_LONG,
    NO_THREAD,
    NO_PROC,
    HAS_PROC,
    NO_GOROUTINE,
    HAS_GOROUTINE,
    GOROUTINE_UNKNOWN,
    GOROUTINE_NOT_RUNNING,
    GOROUTINE_NOT_IN_SYSCALL,
    GOROUTINE_BAD_STATUS,
    GOROUTINE_OTHER_STATUS,
    GOROUTINE_UNANNOUNCED,
    SYSCALL_WITHOUT_THREAD,
    SYSCALL_ELSEWHERE,
    GOROUTINE_EXISTS,
    PROC_BAD_STATUS,
    PROC_OTHER_STATUS,
    PROC_UNHELD,
    PROC_UNKNOWN,
    PROC_NOT_RUNNING,
    SELF_STEAL,
    STEAL_FROM_NOBODY,
    STEAL_OTHER,
    PROC_SEQUENCE,
    PROC_NOT_IN_SYSCALL,
    TASK_EXISTS,
    STRING_UNKNOWN,
    STACK_UNKNOWN,
    REGION_OTHER,
    GC_ACTIVE_LATE,
    GC_ACTIVE_NOT_RUNNING,
    GC_BEGIN_RUNNING,
    GC_END_NOT_RUNNING,
    GC_END_UNDETERMINED,
    RANGE_BEGUN,
    RANGE_NOT_ACTIVE,
    RANGE_NOT_BEGUN,
    STUCK,
    PROC_TOO_LARGE,
) = range(len(REASONS))

(
    DONE,
    BROKEN,
    FULL_COLUMNS,
    FULL_GOROUTINES,
    FULL_THREADS,
    FULL_TASKS,
    FULL_REGIONS,
    FULL_PROCS,
    TIRED,
) = range(9)
"""How a call of `order` ends: with all events, at a broken one, for want of room or patience."""
