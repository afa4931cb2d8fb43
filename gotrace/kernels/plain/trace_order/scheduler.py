"""The scheduler's emulation: may this event come next, and what does it change?

This is the specification of how events of a Go execution trace are put in order. Threads write
their own streams; sequence numbers, and what a thread, proc or goroutine must be doing for an event
to be possible, tie the streams together. The rules are those of `internal/trace/order.go`. For
every event there are three answers:

* it can come next: its effect is applied and it is written out;
* not yet: something on another thread has to come first;
* it can never come: the trace is broken (`Broken`).

An inference is only drawn where one can be: an event of a goroutine that runs *on this thread* must
be possible now, but a start of a goroutine may always wait for another thread to stop it.

Where this reader is stricter than Go's, which is only on input that Go never wrote: statuses have
to be one of those defined (Go lets 0 pass, and looks at eight bits only), proc ids stay below 2^20,
a goroutine stops the world once at a time, and numbers, times and frequencies must fit.
"""

from __future__ import annotations

from collections.abc import Callable

from gotrace.kernels.plain.trace_order import numbers as n
from gotrace.kernels.plain.trace_order.annotations import Annotations
from gotrace.kernels.plain.trace_order.context import Event
from gotrace.kernels.plain.trace_order.goroutines import Goroutines
from gotrace.kernels.plain.trace_order.procs import Procs
from gotrace.kernels.plain.trace_order.ranges import Ranges
from gotrace.kernels.plain.trace_order.records import Thread

__all__ = ["Scheduler"]


class Scheduler(Procs, Goroutines, Ranges, Annotations):
    """Decides about events one by one; see the module."""

    def advance(self, event: Event, thread: Thread | None) -> bool:
        """True if `event` of `thread` came next and was written out, False if it has to wait."""
        self.enter(thread)
        return HANDLERS[event.kind](self, event)


Handler = Callable[[Scheduler, Event], bool]

HANDLERS: dict[int, Handler] = {
    n.PROCS_CHANGE: Scheduler.annotation,
    n.PROC_START: Scheduler.proc_start,
    n.PROC_STOP: Scheduler.proc_stop,
    n.PROC_STEAL: Scheduler.proc_steal,
    n.PROC_STATUS: Scheduler.proc_status,
    n.GO_CREATE: Scheduler.go_create,
    n.GO_CREATE_SYSCALL: Scheduler.go_create_syscall,
    n.GO_START: Scheduler.go_start,
    n.GO_DESTROY: Scheduler.go_stop,
    n.GO_DESTROY_SYSCALL: Scheduler.go_destroy_syscall,
    n.GO_STOP: Scheduler.go_stop,
    n.GO_BLOCK: Scheduler.go_stop,
    n.GO_UNBLOCK: Scheduler.go_unblock,
    n.GO_SYSCALL_BEGIN: Scheduler.go_syscall_begin,
    n.GO_SYSCALL_END: Scheduler.go_syscall_end,
    n.GO_SYSCALL_END_BLOCKED: Scheduler.go_syscall_end_blocked,
    n.GO_STATUS: Scheduler.go_status,
    n.STW_BEGIN: Scheduler.stw_begin,
    n.STW_END: Scheduler.stw_end,
    n.GC_ACTIVE: Scheduler.gc_active,
    n.GC_BEGIN: Scheduler.gc_begin,
    n.GC_END: Scheduler.gc_end,
    n.GC_SWEEP_ACTIVE: Scheduler.sweep_active,
    n.GC_SWEEP_BEGIN: Scheduler.sweep_begin,
    n.GC_SWEEP_END: Scheduler.sweep_end,
    n.GC_MARK_ASSIST_ACTIVE: Scheduler.assist_active,
    n.GC_MARK_ASSIST_BEGIN: Scheduler.assist_begin,
    n.GC_MARK_ASSIST_END: Scheduler.assist_end,
    n.HEAP_ALLOC: Scheduler.heap_metric,
    n.HEAP_GOAL: Scheduler.heap_metric,
    n.GO_LABEL: Scheduler.annotation,
    n.USER_TASK_BEGIN: Scheduler.task_begin,
    n.USER_TASK_END: Scheduler.task_end,
    n.USER_REGION_BEGIN: Scheduler.region_begin,
    n.USER_REGION_END: Scheduler.region_end,
    n.USER_LOG: Scheduler.annotation,
    n.GO_SWITCH: Scheduler.go_switch,
    n.GO_SWITCH_DESTROY: Scheduler.go_switch,
    n.GO_CREATE_BLOCKED: Scheduler.go_create,
    n.GO_STATUS_STACK: Scheduler.go_status,
    **dict.fromkeys(range(n.FIRST_ALLOC_FREE, n.LAST_ALLOC_FREE + 1), Scheduler.alloc_free),
}
