"""What is left of the order when the rules no longer hold: time, and what events say themselves.

A damaged generation contradicts itself. From the first contradiction on, its events are written
out by time alone; of the emulation only what each thread has is kept up, because events that say
nothing about their context (allocations, mostly) take it from there. Nothing is refused. The next
generation starts afresh: it says again what every proc and goroutine is doing.
"""

from __future__ import annotations

from gotrace.kernels.plain.trace_order import numbers as n
from gotrace.kernels.plain.trace_order.annotations import NO_PARENT
from gotrace.kernels.plain.trace_order.context import Event
from gotrace.kernels.plain.trace_order.procs import MAX_PROCS
from gotrace.kernels.plain.trace_order.records import MASK, NOBODY
from gotrace.kernels.plain.trace_order.scheduler import Scheduler

__all__ = ["follow"]

STOPS = (n.GO_DESTROY, n.GO_STOP, n.GO_BLOCK, n.GO_SYSCALL_END_BLOCKED)
STATUSES = (n.GO_STATUS, n.GO_STATUS_STACK)
SWITCHES = (n.GO_SWITCH, n.GO_SWITCH_DESTROY)


def follow(scheduler: Scheduler, event: Event) -> bool:
    """Write out the event, and believe it. The scheduler has entered the event's thread."""
    kind = event.kind
    if kind in SWITCHES:
        return _switch(scheduler, event)
    _bind(scheduler, event)
    if kind == n.GO_DESTROY_SYSCALL:
        if scheduler.proc_id != NOBODY:
            arguments = [scheduler.proc_id, 0, 0, n.PROC_SYSCALL]
            scheduler.write(n.PROC_STEAL, event.time, arguments)
        scheduler.bind(proc=NOBODY, goroutine=NOBODY)
    return scheduler.emit(event, *_extra(scheduler, event))


def _bind(scheduler: Scheduler, event: Event) -> None:
    """What the thread has after the event."""
    kind, arguments = event.kind, event.arguments
    if kind == n.PROC_START and arguments[0] < MAX_PROCS:
        scheduler.bind(proc=arguments[0])
    elif kind == n.PROC_STATUS and arguments[0] < MAX_PROCS:
        if arguments[1] in (n.PROC_RUNNING, n.PROC_SYSCALL):
            scheduler.bind(proc=arguments[0])
    elif kind == n.PROC_STOP:
        scheduler.bind(proc=NOBODY)
    elif kind == n.PROC_STEAL:
        victim = scheduler.state.thread(arguments[2])
        if victim is not None and victim.proc == arguments[0]:
            victim.proc = NOBODY
    elif kind in (n.GO_START, n.GO_CREATE_SYSCALL):
        scheduler.bind(goroutine=arguments[0])
    elif kind in STATUSES:
        here = arguments[2] == n.GO_SYSCALL and arguments[1] == scheduler.thread_id
        if arguments[2] == n.GO_RUNNING or here:
            scheduler.bind(goroutine=arguments[0])
    elif kind in STOPS:
        scheduler.bind(goroutine=NOBODY)


def _extra(scheduler: Scheduler, event: Event) -> list[int]:
    """The arguments that the emulation adds to some events, as far as they are known."""
    state, kind = scheduler.state, event.kind
    if kind in (n.PROC_STATUS, n.PROC_STEAL, *STATUSES):
        return [0]
    if kind == n.STW_END:
        return [MASK]
    if kind == n.USER_TASK_BEGIN:
        event.arguments[1] = event.arguments[1] or NO_PARENT
        if state.task(event.arguments[0]) is None:
            state.add_task(*event.arguments)
    elif kind == n.USER_TASK_END:
        task = state.task(event.arguments[0])
        if task is None:
            return [NO_PARENT, 0]
        parent, name = task.parent, task.name
        state.tasks.remove(task.row)
        return [parent, name]
    return []


def _switch(scheduler: Scheduler, event: Event) -> bool:
    """A coroutine switch: the same three events as ever."""
    key, sequence = event.arguments
    scheduler.emit(event)
    if event.kind == n.GO_SWITCH:
        scheduler.write(n.GO_BLOCK, event.time, [0])
    else:
        scheduler.write(n.GO_DESTROY, event.time, [])
    scheduler.bind(goroutine=key)
    scheduler.goroutine_id = NOBODY
    scheduler.write(n.GO_START, event.time, [key, sequence])
    return True
