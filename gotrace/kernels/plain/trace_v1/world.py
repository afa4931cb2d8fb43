"""What procs, goroutines, tasks and regions are doing, and which event that forbids.

The rules are those of `postProcessTrace` in
`internal/trace/internal/tracev1/parser.go` of Go 1.27, and before 1.11 in
`internal/trace/parser.go` of Go 1.21.
"""

from __future__ import annotations

from gotrace.errors import InputError, MalformedError
from gotrace.kernels.plain.trace_v1.records import Tables
from gotrace.kernels.plain.trace_v1.wire import MASK, signed

__all__ = [
    "HAS_THREAD",
    "IS_EARLY",
    "MOVE_IMPOSSIBLE",
    "MOVE_STRAY",
    "NO_SYSCALL",
    "SEEN",
    "TIME_ORDER",
    "TIME_RANGE",
    "World",
    "fault",
]

REASONS = (
    "",
    "time stamps out of order",
    "a time stamp is out of range",
    "a proc starts that is running",
    "a proc stops that is not running",
    "a proc stops that runs a goroutine",
    "a GC cycle starts inside another",
    "a GC cycle ends that did not start",
    "the world stops that is stopped",
    "the world starts that is not stopped",
    "sweeping starts inside sweeping",
    "sweeping ends that did not start",
    "a mark assist starts inside another",
    "a goroutine waits that was not runnable",
    "a goroutine acts that is not running",
    "a goroutine acts on a proc that does not run it",
    "no goroutine runs where one acts",
    "a goroutine is created twice",
    "a goroutine starts that is not runnable",
    "a goroutine starts on a proc that runs another",
    "a goroutine is woken that does not wait",
    "a goroutine returns from a system call that it is not in",
    "a task is created twice",
    "a region ends that is not the innermost one",
    "a region neither starts nor ends",
    "a return from a system call that nobody entered",
    "a goroutine changes its state in an impossible way",
)
TIME_ORDER, TIME_RANGE, PROC_RUNS, PROC_STOPPED, PROC_BUSY, GC_TWICE, GC_BOGUS = 1, 2, 3, 4, 5, 6, 7
STW_TWICE, STW_BOGUS, SWEEP_TWICE, SWEEP_BOGUS, ASSIST_TWICE, NOT_RUNNABLE = 8, 9, 10, 11, 12, 13
NOT_RUNNING, WRONG_PROC, NO_GOROUTINE, CREATED_TWICE, START_STATE, START_BUSY = (
    14,
    15,
    16,
    17,
    18,
    19,
)
NOT_WAITING, NO_SYSCALL, TASK_TWICE, REGION_MISMATCH, REGION_MODE = 20, 21, 22, 23, 24
MOVE_STRAY, MOVE_IMPOSSIBLE = 25, 26

ABSENT, DEAD, RUNNABLE, RUNNING, WAITING, DOING = 0, 1, 2, 3, 4, 7
"""What a goroutine does: the low three bits of its flags."""
ASSISTS, ON_NETWORK, IS_TIMER, IS_EARLY = 8, 16, 32, 64
"""Other flags of a goroutine; early ones existed before the trace began."""
PROC_RUNNING, SWEEPS, STOPS_WORLD, SEEN, HAS_THREAD = 1, 2, 4, 8, 16
"""Flags of a proc."""

TIMER_PROC, NETWORK_PROC, EXIT_PROC, GC_PROC = 1_000_001, 1_000_002, 1_000_003, 1_000_004

PROC_START, PROC_STOP, GC_START, GC_DONE, STW_START, STW_DONE = 5, 6, 7, 8, 9, 10
SWEEP_START, SWEEP_DONE, CREATE, START, END, STOP, SCHED, PREEMPT = 11, 12, 13, 14, 15, 16, 17, 18
UNBLOCK, NET, SYSCALL, EXIT, SYS_BLOCK, WAITS, IN_SYSCALL = 21, 27, 28, 29, 30, 31, 32
START_LABEL, ASSIST_START, ASSIST_DONE, TASK, REGION = 41, 43, 44, 45, 47
STOPS = {
    END: DEAD, STOP: DEAD, SCHED: RUNNABLE, PREEMPT: RUNNABLE, SYS_BLOCK: WAITING,
    **dict.fromkeys((19, 20, 22, 23, 24, 25, 26, 27, 42), WAITING),
}  # fmt: skip
"""Events after which a goroutine no longer runs, and what it does then."""


def fault(code: int, offset: int) -> InputError:
    """The error of a fault: an index into `REASONS`, and the offset of the event."""
    return MalformedError(REASONS[code], offset=offset)


class World:
    """The state between events, in the tables that the caller of `replay` keeps."""

    def __init__(
        self,
        version: int,
        tables: Tables,
        goroutine_rows: dict[int, int],
        task_rows: dict[int, int],
        state: dict[str, int],
    ) -> None:
        self.version = version
        self.procs, self.goroutines, self.tasks = tables.procs, tables.goroutines, tables.tasks
        self.heads, self.regions = tables.region_heads, tables.regions
        self.goroutine_rows, self.task_rows = goroutine_rows, task_rows
        self.state = state
        self.at = 0
        self.proc = self.goroutine = 0
        self.fake_proc = 0

    def check(self, number: int, at: int, proc: int, goroutine: int, values: list[int]) -> int:
        """Check an event of `goroutine` on the proc in row `proc`, and let it happen.

        Returns the fake proc that the event belongs to, 0 for its own.
        """
        self.at, self.proc, self.goroutine, self.fake_proc = at, proc, goroutine, 0
        if number in STOPS:
            self.stops(number)
        elif number in (PROC_START, PROC_STOP):
            self.proc_event(number)
        elif number in (GC_START, GC_DONE, STW_START, STW_DONE, SWEEP_START, SWEEP_DONE):
            self.collector_event(number)
        elif number in (START, START_LABEL):
            self.starts()
        elif number == CREATE:
            self.creates(values[0])
        elif number == UNBLOCK:
            self.unblocks(values[0])
        elif number in (WAITS, IN_SYSCALL):
            self.demand(self.doing() == RUNNABLE, NOT_RUNNABLE)
            self.does(WAITING)
        elif number == EXIT:
            self.demand(self.doing() == WAITING, NO_SYSCALL)
            self.does(RUNNABLE)
            self.fake_proc = EXIT_PROC
        elif number == SYSCALL:
            self.runs()
            self.does(RUNNING)
        else:
            self.other(number, values)
        return self.fake_proc

    def demand(self, holds: bool, code: int) -> None:
        """Raise the fault unless the rule holds."""
        if not holds:
            raise fault(code, self.at)

    def doing(self, goroutine: int | None = None) -> int:
        """What a goroutine does, by default the acting one."""
        row = self.goroutine_rows.get(self.goroutine if goroutine is None else goroutine, -1)
        return int(self.goroutines[row, 2] & DOING) if row >= 0 else ABSENT

    def does(self, doing: int, on_network: bool = False) -> None:
        """The goroutine does something else from here on; what it did last is forgotten."""
        row = self.goroutine_rows[self.goroutine]
        kept = self.goroutines[row, 2] & ~(DOING | ON_NETWORK)
        self.goroutines[row, 2] = kept | doing | (ON_NETWORK if on_network else 0)

    def runs(self, is_zero_allowed: bool = False) -> None:
        """The goroutine must be the one that runs on the proc."""
        self.demand(self.doing() == RUNNING, NOT_RUNNING)
        self.demand(self.procs[self.proc, 1] & MASK == self.goroutine, WRONG_PROC)
        self.demand(is_zero_allowed or self.goroutine != 0, NO_GOROUTINE)

    def stops(self, number: int) -> None:
        """The goroutine stops running."""
        self.runs()
        self.does(STOPS[number], number == NET)
        self.procs[self.proc, 1] = 0
        if number == END:
            self.drop_regions()

    def starts(self) -> None:
        """The goroutine starts running."""
        self.demand(self.doing() == RUNNABLE, START_STATE)
        self.demand(self.procs[self.proc, 1] == 0, START_BUSY)
        self.does(RUNNING)
        self.procs[self.proc, 1] = signed(self.goroutine)

    def creates(self, new: int) -> None:
        """The goroutine creates another."""
        self.runs(is_zero_allowed=True)
        self.demand(self.doing(new) == ABSENT, CREATED_TWICE)
        self.goroutines[self.goroutine_rows[new], 2] |= RUNNABLE

    def unblocks(self, other: int) -> None:
        """The goroutine, or the scheduler, wakes another."""
        self.demand(self.doing() == RUNNING, NOT_RUNNING)
        is_timer = bool(self.goroutines[self.goroutine_rows[self.goroutine], 2] & IS_TIMER)
        if is_timer:
            self.fake_proc = TIMER_PROC
        else:
            self.demand(self.procs[self.proc, 1] & MASK == self.goroutine, WRONG_PROC)
        self.demand(self.doing(other) == WAITING, NOT_WAITING)
        row = self.goroutine_rows[other]
        flags = self.goroutines[row, 2]
        if flags & ON_NETWORK and (self.version >= 11 or not is_timer):
            self.fake_proc = NETWORK_PROC
        self.goroutines[row, 2] = flags & ~(DOING | ON_NETWORK) | RUNNABLE

    def proc_event(self, number: int) -> None:
        """A proc starts or stops."""
        flags = self.procs[self.proc, 0]
        if number == PROC_START:
            self.demand(not flags & PROC_RUNNING, PROC_RUNS)
            self.procs[self.proc, 0] = flags | PROC_RUNNING
        else:
            self.demand(bool(flags & PROC_RUNNING), PROC_STOPPED)
            self.demand(self.procs[self.proc, 1] == 0, PROC_BUSY)
            self.procs[self.proc, 0] = flags & ~PROC_RUNNING

    def collector_event(self, number: int) -> None:
        """GC, sweeping, and stops of the world begin and end."""
        if number in (GC_START, GC_DONE):
            self.toggle("gc", number == GC_START, GC_TWICE, GC_BOGUS)
            self.fake_proc = GC_PROC if number == GC_START else 0
        elif number in (SWEEP_START, SWEEP_DONE):
            self.toggle_flag(SWEEPS, number == SWEEP_START, SWEEP_TWICE, SWEEP_BOGUS)
        elif self.version < 10:  # until Go 1.9 every proc stopped for itself
            self.toggle_flag(STOPS_WORLD, number == STW_START, STW_TWICE, STW_BOGUS)
        else:
            self.toggle("stw", number == STW_START, STW_TWICE, STW_BOGUS)

    def toggle(self, name: str, begins: bool, twice: int, bogus: int) -> None:
        """Something of the whole program begins or ends."""
        self.demand(self.state[name] != begins, twice if begins else bogus)
        self.state[name] = int(begins)

    def toggle_flag(self, flag: int, begins: bool, twice: int, bogus: int) -> None:
        """Something of a proc begins or ends."""
        flags = self.procs[self.proc, 0]
        self.demand(bool(flags & flag) != begins, twice if begins else bogus)
        self.procs[self.proc, 0] = flags ^ flag

    def other(self, number: int, values: list[int]) -> None:
        """Mark assists, tasks and regions."""
        if number in (ASSIST_START, ASSIST_DONE):
            row = self.goroutine_rows.get(self.goroutine, -1)
            if row >= 0:
                flags = self.goroutines[row, 2]
                self.demand(number == ASSIST_DONE or not flags & ASSISTS, ASSIST_TWICE)
                self.goroutines[row, 2] = flags & ~ASSISTS | (number == ASSIST_START) * ASSISTS
        elif number == TASK:
            row = self.task_rows[values[0]]
            self.demand(self.tasks[row, 0] == 0, TASK_TWICE)
            self.tasks[row, 0], self.tasks[row, 1], self.tasks[row, 2] = 1, values[1], values[2]
        elif number == REGION:
            self.region(*values[:3])

    def region(self, task: int, mode: int, name: int) -> None:
        """A region begins, or the innermost one ends."""
        self.demand(mode <= 1, REGION_MODE)
        row = self.goroutine_rows.get(self.goroutine, -1)
        if row < 0:
            return
        head = self.heads[row]
        if mode == 0:
            free = self.state["free_region"]
            if free:
                self.state["free_region"] = self.regions[free - 1, 2]
            else:
                self.state["regions"] += 1
                free = self.state["regions"]
            for column, value in enumerate((signed(task), signed(name), head)):
                self.regions[free - 1, column] = value
            self.heads[row] = free
        elif head:
            opened = (self.regions[head - 1, 0], self.regions[head - 1, 1])
            self.demand(opened == (signed(task), signed(name)), REGION_MISMATCH)
            self.heads[row] = self.regions[head - 1, 2]
            self.free(head)

    def free(self, region: int) -> None:
        """The row of a region may be used again."""
        self.regions[region - 1, 2] = self.state["free_region"]
        self.state["free_region"] = region

    def drop_regions(self) -> None:
        """The goroutine ends: so do its regions."""
        if len(self.heads) != len(self.goroutines):
            return  # the trace has no regions
        row = self.goroutine_rows[self.goroutine]
        while head := self.heads[row]:
            self.heads[row] = self.regions[head - 1, 2]
            self.free(head)
