"""What an event becomes in the words of the format since Go 1.22.

As `internal/trace/tracev1.go` of Go 1.27 has it, but that a wakeup for nothing (`FutileWakeup`,
until about Go 1.10) is no event of its own.
"""

from __future__ import annotations

from gotrace.kernels.plain.trace_v1.merge import OF_SAMPLE, Merge
from gotrace.kernels.plain.trace_v1.records import Columns, Inputs, Lookups, Tables
from gotrace.kernels.plain.trace_v1.wire import MASK, Event, directory
from gotrace.kernels.plain.trace_v1.world import (
    HAS_THREAD,
    IS_EARLY,
    SEEN,
    TIME_ORDER,
    TIME_RANGE,
    World,
    fault,
)

__all__ = ["RENAMED", "Rows"]

UNNAMED, STOPPED = 10, 12
"""Among the built-in strings the empty one, and the first reason why the world stops."""

GOMAXPROCS, PROC_START, PROC_STOP, GC_START, GC_DONE, STW_START, STW_DONE = 4, 5, 6, 7, 8, 9, 10
SWEEP_START, SWEEP_DONE, CREATE, START, END, STOP, SCHED, PREEMPT = 11, 12, 13, 14, 15, 16, 17, 18
SLEEP, BLOCK, UNBLOCK, SEND, RECV, SELECT, SYNC_BLOCK, COND = 19, 20, 21, 22, 23, 24, 25, 26
NET, SYSCALL, EXIT, SYS_BLOCK, WAITS, IN_SYSCALL, ALLOC, GOAL = 27, 28, 29, 30, 31, 32, 33, 34
FUTILE, START_LOCAL, UNBLOCK_LOCAL, EXIT_LOCAL, START_LABEL, BLOCK_GC = 36, 38, 39, 40, 41, 42
ASSIST_START, ASSIST_DONE, TASK, TASK_END, REGION, LOG = 43, 44, 45, 46, 47, 48

RENAMED = {START_LOCAL: START, UNBLOCK_LOCAL: UNBLOCK, EXIT_LOCAL: EXIT}
"""Local forms exist for the order only."""
HAS_STACK = frozenset(
    {4, 7, 11, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 39, 42, 43, 45, 46, 47, 48}
)
GLOBAL = frozenset({GC_START, GC_DONE, STW_START, STW_DONE})
"""Before 1.11 Go's reader gives these no goroutine."""

# Numbers of the later format (`internal/trace/tracev2/events.go`).
SYNC, CPU_SAMPLE = 255, 7
PROC_STATUS, GO_STATUS, GO_CREATE, GO_START, GO_STOP, GO_BLOCK = 13, 25, 14, 16, 19, 20
NEXT_PROC_START, NEXT_PROC_STOP, STW_BEGIN, STW_END = 10, 11, 26, 27
SYSCALL_BEGIN, SYSCALL_END, GO_LABEL, REGION_BEGIN, REGION_END = 22, 23, 39, 42, 43
TASK_BEGIN, TASK_FINISH, USER_LOG = 40, 41, 44
PROC_IS_RUNNING, PROC_IS_IDLE = 1, 2
GO_RUNNABLE, GO_RUNNING, GO_IN_SYSCALL, GO_WAITING = 1, 2, 3, 4

STOP_REASONS = {PREEMPT: 1, SCHED: 2}
BLOCK_REASONS = {
    STOP: 0, SLEEP: 3, BLOCK: 10, SEND: 4, RECV: 5, SELECT: 9, SYNC_BLOCK: 7, COND: 8, NET: 6,
    BLOCK_GC: 11,
}  # fmt: skip
"""Indices into `BUILTIN_STRINGS` of `gotrace.readers.trace.v1.events`."""
SIMPLE = {
    GC_START: (29, 1), GC_DONE: (30, 1), SWEEP_START: (32, 0), SWEEP_DONE: (33, 2), END: (17, 0),
    UNBLOCK: (21, 2), EXIT: (24, 0), ALLOC: (37, 1), GOAL: (38, 1), ASSIST_START: (35, 0),
    ASSIST_DONE: (36, 0), GOMAXPROCS: (9, 1),
}  # fmt: skip
"""Events that only have another number: that, and how many numbers they take along."""


class Rows:
    """Writes rows; `count`, `arg` and `text` say how many rows, arguments and texts there are."""

    def __init__(
        self,
        merge: Merge,
        inputs: Inputs,
        lookups: Lookups,
        tables: Tables,
        columns: Columns,
    ) -> None:
        self.merge, self.version, self.state = merge, inputs.version, merge.state
        self.proc_ids, self.goroutine_ids = inputs.proc_ids, lookups.goroutine_ids
        self.ns_per_tick = 1e9 / float(inputs.frequency)
        self.goroutine_rows = merge.rows
        self.stack_rows = directory(lookups.stack_ids)
        self.string_places = directory(lookups.string_ids)
        self.task_rows = directory(lookups.task_ids)
        self.procs, self.goroutines, self.tasks = tables.procs, tables.goroutines, tables.tasks
        self.world = World(self.version, tables, self.goroutine_rows, self.task_rows, self.state)
        self.builtin_rows, self.string_rows = lookups.builtin_rows, lookups.string_rows
        self.columns = columns
        self.count = self.arg = self.text = 0
        # Of the event at hand: its time, and what all its rows have in common.
        self.time = self.thread = self.proc = self.goroutine = self.stack = -1

    def has_room(self) -> bool:
        """An event takes two rows at most."""
        return self.count + 2 <= len(self.columns[0])

    def begin(self, event: Event | None) -> None:
        """The first event gives the time zero."""
        self.state["has_begun"] = 1
        if event is not None:
            self.state["has_begun"] = 2
            self.state["first_ticks"] = self.state["last_ticks"] = event.ticks
            self.state["last_time"] = -2
            self.sync(-1, 1)
        self.state["last_time"] = -1

    def end(self) -> None:
        """There are no more events."""
        self.sync(self.state["last_time"] + 1, self.state["has_begun"])
        self.state["is_done"] = 1

    def sync(self, time: int, number: int) -> None:
        """Write the event that frames a trace."""
        self.time = time
        self.thread = self.proc = self.goroutine = self.stack = -1
        self.put(SYNC, number)

    def take(self, proc: int, event: Event, is_left_out: bool) -> None:
        """Check one event and write what it becomes."""
        if event.ticks < self.state["last_ticks"]:
            raise fault(TIME_ORDER, event.at)
        self.state["last_ticks"] = event.ticks
        if is_left_out:
            return
        self.time = self.time_of(event.ticks, event.at)
        if proc == OF_SAMPLE:
            self.sample(event)
            return
        number = RENAMED.get(event.number, event.number)
        values = list(event.arguments)
        stack = values.pop() & 0xFFFFFFFF if event.number in HAS_STACK else 0
        values = [*values, 0, 0, 0][:3]
        acting = 0 if self.version < 11 and number in GLOBAL else event.goroutine
        if number == TASK:
            values[2] = self.string(values[2])
        fake = self.world.check(number, event.at, proc, acting, values)
        self.place(proc, fake, acting, stack)
        self.convert(number, proc, event, values)

    def time_of(self, ticks: int, at: int) -> int:
        """Nanoseconds since the first event, rounded as Go's reader rounds."""
        elapsed = float(ticks - self.state["first_ticks"]) * self.ns_per_tick
        if elapsed >= 9e18:
            raise fault(TIME_RANGE, at)
        return int(elapsed)

    def place(self, proc: int, fake: int, acting: int, stack: int) -> None:
        """Set the columns that say where the event happened."""
        self.proc = fake or self.proc_ids[proc]
        self.thread = -1
        if not fake and self.proc != -1 and self.procs[proc, 0] & HAS_THREAD:
            self.thread = self.procs[proc, 2]
        self.goroutine = (acting or MASK) - ((acting or MASK) >> 63 << 64)
        self.stack = self.stack_row(stack)

    def stack_row(self, id_: int) -> int:
        """The row of a stack, -1 for the id 0 and where there is none."""
        if id_ == 0:
            return -1
        row = self.stack_rows.get(id_, -1)
        self.state["unknown_ids"] += row < 0
        return row

    def sample(self, event: Event) -> None:
        """Write a sample of the CPU profiler."""
        row = self.state["sample"] - 1
        samples = self.merge.samples
        self.proc, self.thread, self.goroutine = samples[row, 1], -1, samples[row, 2] or -1
        self.stack = self.stack_row(samples[row, 3] & 0xFFFFFFFF)
        self.put(CPU_SAMPLE)

    def convert(self, number: int, proc: int, event: Event, values: list[int]) -> None:
        """Write the rows of one event."""
        if number == GOMAXPROCS and not self.state["is_set_up"]:
            self.state["is_set_up"] = self.state["listed"] = 1
        elif number in SIMPLE:
            type_, count = SIMPLE[number]
            self.put(type_, *values[:count])
        elif number in BLOCK_REASONS:
            self.put(GO_BLOCK, self.builtin_rows[BLOCK_REASONS[number]])
        elif number in STOP_REASONS:
            self.put(GO_STOP, self.builtin_rows[STOP_REASONS[number]])
        elif number in (CREATE, START, START_LABEL, WAITS, IN_SYSCALL):
            self.convert_goroutine(number, proc, values)
        elif number in (PROC_START, PROC_STOP):
            self.convert_proc(number, proc, values)
        elif number == SYSCALL:
            self.convert_syscall(proc, event)
        elif number in (STW_START, STW_DONE):
            if number == STW_START:
                self.state["stw_reason"] = self.stw_reason(values[0])
            self.put(STW_BEGIN if number == STW_START else STW_END, self.state["stw_reason"])
        elif number not in (SYS_BLOCK, FUTILE):
            self.convert_annotation(number, event, values)

    def convert_goroutine(self, number: int, proc: int, values: list[int]) -> None:
        """Creation, start, and what was before the trace."""
        row = self.goroutine_rows[values[0]]
        is_early = not self.state["is_set_up"]
        if number == CREATE:
            if is_early:
                self.goroutines[row, 2] |= IS_EARLY
            else:
                # Before Go 1.7 the second number is an address, not a stack.
                stack = 0 if self.version < 7 else values[1] & 0xFFFFFFFF
                self.put(GO_CREATE, values[0], self.stack_row(stack))
        elif number == START_LABEL:
            self.thread = self.procs[proc, 2]
            self.put(GO_START, values[0], values[1])
            self.put(GO_LABEL, self.string(values[2]))
        elif number == START and not is_early:
            self.put(GO_START, values[0], values[1])
        else:
            status = {START: GO_RUNNING, WAITS: GO_WAITING, IN_SYSCALL: GO_IN_SYSCALL}[number]
            self.goroutines[row, 2] &= ~IS_EARLY
            self.put(GO_STATUS, values[0], MASK, status, 0)

    def convert_proc(self, number: int, proc: int, values: list[int]) -> None:
        """Start and stop; the first of a proc is told as its status."""
        is_start = number == PROC_START
        was_seen = self.procs[proc, 0] & SEEN
        self.procs[proc, 0] |= SEEN
        if is_start:
            self.procs[proc, 0] |= HAS_THREAD
            self.procs[proc, 2] = values[0] - (values[0] >> 63 << 64)
            self.thread = self.procs[proc, 2] if self.proc != -1 else -1
        id_ = self.proc & MASK
        if not was_seen:
            self.put(PROC_STATUS, id_, PROC_IS_RUNNING if is_start else PROC_IS_IDLE, 0)
        elif is_start:
            self.put(NEXT_PROC_START, id_, 0)
        else:
            self.put(NEXT_PROC_STOP)
        if not is_start:
            self.procs[proc, 0] &= ~HAS_THREAD
            self.procs[proc, 2] = 0

    def convert_syscall(self, proc: int, event: Event) -> None:
        """A system call that does not block takes one nanosecond: its end was not recorded."""
        if self.merge.does_block(proc, event.goroutine):
            self.put(SYSCALL_BEGIN, 0)
            return
        self.thread = self.procs[proc, 2]
        self.put(SYSCALL_BEGIN, 0)
        self.time += 1
        self.stack = -1
        self.put(SYSCALL_END)

    def convert_annotation(self, number: int, event: Event, values: list[int]) -> None:
        """Tasks, regions and logs."""
        if number == TASK:
            self.put(TASK_BEGIN, values[0], values[1] or MASK, values[2])
        elif number == TASK_END:
            row = self.task_rows.get(values[0], -1)
            parent, name = MASK, self.builtin_rows[UNNAMED]
            if row >= 0:
                if self.tasks[row, 0]:
                    parent, name = self.tasks[row, 1], self.tasks[row, 2]
                self.tasks[row, 0] = 0
            self.put(TASK_FINISH, values[0], parent, name)
        elif number == REGION:
            self.put(REGION_END if values[1] else REGION_BEGIN, values[0], self.string(values[2]))
        elif number == LOG:
            texts = self.columns.texts
            texts[self.text, 0], texts[self.text, 1] = event.log[0], sum(event.log)
            texts[self.text, 2] = self.arg + 2
            self.text += 1
            self.put(USER_LOG, values[0], self.string(values[1]), MASK)

    def stw_reason(self, kind: int) -> int:
        """The row of the reason why the world stops."""
        if self.version < 21:
            kind = kind + 1 if kind < 2 else 0
        return int(self.builtin_rows[STOPPED + (kind if kind < 17 else 0)])

    def string(self, id_: int) -> int:
        """The row of a string; all ones if there is none. The id 0 is the empty one."""
        if id_ == 0:
            return int(self.builtin_rows[UNNAMED])
        place = self.string_places.get(id_, -1)
        self.state["unknown_ids"] += place < 0
        return MASK if place < 0 else int(self.string_rows[place])

    def list_early(self) -> None:
        """Go on listing goroutines that existed before and of which nothing was said yet."""
        self.time = self.time_of(self.state["last_ticks"], 0)
        self.thread = self.proc = self.goroutine = self.stack = -1
        while self.state["listed"] <= len(self.goroutines):
            if self.count == len(self.columns[0]):
                return
            row = self.state["listed"] - 1
            self.state["listed"] += 1
            if self.goroutines[row, 2] & IS_EARLY:
                self.put(GO_STATUS, self.goroutine_ids[row], MASK, GO_RUNNABLE, 0)
        self.state["listed"] = 0

    def put(self, type_: int, *arguments: int) -> None:
        """Write one row; two events never share a time."""
        time = max(self.time, self.state["last_time"] + 1)
        self.state["last_time"] = time
        values = (time, type_, self.thread, self.proc, self.goroutine, self.stack)
        for column, value in zip(self.columns, values, strict=False):
            column[self.count] = value
        self.count += 1
        for argument in arguments:
            self.columns.args[self.arg] = argument & MASK
            self.arg += 1
