"""The events of all procs in the order in which they happened.

Within a proc events stand in order; between procs a goroutine's sequence number and status say
what comes first: a goroutine is started after it was made ready, and so on. So the next event is,
of all procs' next events that their goroutine is ready for, the one with the smallest time; of
equal times the one of the proc that appears first in the file, CPU samples last. Rules:
`internal/trace/internal/tracev1/order.go` of Go 1.27. Before Go 1.7 every event has a global
sequence number, and that is the order (`order1005` in `internal/trace/order.go` of Go 1.21).

Returns from system calls that happened at another time than they were written (`scan.py`) take part
where they were written, for they make goroutines ready; but as events they stand where they
belong, before the first event of a later time.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from gotrace.kernels.plain.trace_v1.records import Inputs, Tables
from gotrace.kernels.plain.trace_v1.scan import is_moved
from gotrace.kernels.plain.trace_v1.wire import MASK, Cursor, Event, directory
from gotrace.kernels.plain.trace_v1.world import (
    MOVE_IMPOSSIBLE,
    MOVE_STRAY,
    TIME_ORDER,
    fault,
)

__all__ = ["OF_EXIT", "OF_SAMPLE", "Merge"]

OF_EXIT, OF_SAMPLE = -1, -2
"""Instead of the row of a proc: a moved return from a system call, a CPU sample."""

NOT_BEGUN, IN_FRONTIER, IS_WAITING, AT_END = 0, 1, 2, 3
"""Where a proc stands."""

DEAD, RUNNABLE, RUNNING, WAITING, ALL = 0, 256, 512, 768, 768
"""What a goroutine does as far as order goes: two bits of its flags."""

KEEP, NEXT = -1, -2
"""Sequence numbers of a rule: any, which stays; or any, which grows by one."""
GARBAGE, UNKNOWN = -2, -1
"""Rows: of the collector, which has a sequence number but no status, and of nobody."""

GC_START, CREATE, UNBLOCK, EXIT, SYS_BLOCK, WAITS, IN_SYSCALL = 7, 13, 21, 29, 30, 31, 32
BLOCKS = frozenset({19, 20, 22, 23, 24, 25, 26, 27, 30, 42})
YIELDS = frozenset({17, 18})
START, START_LOCAL, START_LABEL, UNBLOCK_LOCAL, EXIT_LOCAL = 14, 38, 41, 39, 40
SAMPLE = 49
NAMED = frozenset({29, 31, 32})
MOST_SAMPLES = 65536
"""How many CPU samples are searched for one that falls into the start of a system call."""


class Merge:
    """Where the merge stands. `next` finds an event, `move` lets it act, `advance` leaves it."""

    def __init__(
        self,
        inputs: Inputs,
        goroutine_ids: memoryview,
        tables: Tables,
        state: dict[str, int],
    ) -> None:
        self.is_sequenced = inputs.version < 7
        self.samples, self.exits = inputs.samples, inputs.exits
        self.cursors, self.goroutines, self.state = tables.cursors, tables.goroutines, state
        self.rows = directory(goroutine_ids)
        firsts = inputs.firsts
        self.proc_count = len(firsts) - 1
        self.at = [
            Cursor(inputs.data, inputs.counts, self.is_sequenced, inputs.batches).load(
                self.cursors, proc, firsts[proc + 1]
            )
            for proc in range(self.proc_count)
        ]
        self.heads: dict[int, Event] = {}
        self.frontier: list[tuple[int, int]] = []
        self.waiting: list[int] = []
        if state["has_begun"]:
            self.resume()
        else:
            self.begin(firsts)

    def begin(self, firsts: memoryview) -> None:
        """Find the first event of every proc."""
        self.state["merged_ticks"] = -(1 << 63)
        for proc in range(self.proc_count + 1):
            if proc < self.proc_count:
                self.at[proc].batch = firsts[proc]
            self.offer(proc)

    def resume(self) -> None:
        """Read the next events of all procs again."""
        for proc in range(self.proc_count + 1):
            phase = self.cursors[proc, 7]
            if phase == AT_END or not self.read(proc):
                continue
            if phase == IN_FRONTIER:
                self.frontier.append((self.key(proc), proc))
            else:
                self.waiting.append(proc)
        heapify(self.frontier)

    def read(self, proc: int) -> bool:
        """Read the next event of a proc; `cursors` keeps where it begins."""
        if proc == self.proc_count:
            sample = self.state["sample"]
            if sample >= len(self.samples):
                return False
            ticks, goroutine = self.samples[sample, 0], self.samples[sample, 2] & MASK
            self.heads[proc] = Event(SAMPLE, 0, ticks, 0, goroutine, [], (0, 0))
            return True
        self.at[proc].save(self.cursors, proc)
        event = next(self.at[proc].events(), None)
        if event is None:
            return False
        self.heads[proc] = event
        return True

    def offer(self, proc: int) -> None:
        """Put the next event of a proc in the frontier, or let it wait."""
        if not self.read(proc):
            self.cursors[proc, 7] = AT_END
        elif proc == self.proc_count or self.is_ready(self.heads[proc]):
            self.enter(proc)
        else:
            self.cursors[proc, 7] = IS_WAITING
            self.waiting.append(proc)

    def enter(self, proc: int) -> None:
        """Put the event of a proc in the frontier."""
        self.cursors[proc, 7] = IN_FRONTIER
        heappush(self.frontier, (self.key(proc), proc))

    def key(self, proc: int) -> int:
        """What the event of a proc is ordered by."""
        event = self.heads[proc]
        return event.sequence if self.is_sequenced else event.ticks

    def next(self) -> tuple[int, Event] | None:
        """The row of the next event's proc, and the event; None at the end."""
        exit_ = self.state["exit"]
        has_exit = exit_ < len(self.exits)
        if not self.frontier:
            return self.take_exit() if has_exit and not self.waiting else None
        key, proc = self.frontier[0]
        event = self.heads[proc]
        if has_exit:
            mine = self.exits[exit_, 0]
            if mine < key or (mine == key and not self.exits[exit_, 2]):
                return self.take_exit()
        if key < self.state["merged_ticks"]:
            raise fault(TIME_ORDER, event.at)
        self.state["merged_ticks"] = key
        self.state["taken"] += 1
        if proc == self.proc_count:
            self.state["sample"] += 1
            return OF_SAMPLE, event
        return proc, event

    def take_exit(self) -> tuple[int, Event]:
        """The next moved return from a system call, at its own time."""
        row = self.state["exit"]
        self.state["exit"] += 1
        key, ticks, _, goroutine, sequence = (self.exits[row, i] for i in range(5))
        id_ = goroutine & MASK
        return OF_EXIT, Event(EXIT, 0, ticks, key, id_, [id_, sequence & MASK, 0], (0, 0))

    def is_exit_known(self, event: Event) -> bool:
        """The goroutine is in the system call from which the moved exit returns."""
        if self.is_sequenced:
            return True
        row = self.rows.get(event.goroutine, UNKNOWN)
        return row != UNKNOWN and self.now(row) == (event.arguments[1], WAITING)

    def is_elsewhere(self, proc: int, event: Event) -> bool:
        """The event is an exit that has its place at another time."""
        return (
            event.number == EXIT
            and proc >= 0
            and (self.is_sequenced or is_moved(event.arguments[2], event.ticks))
        )

    def move(self, proc: int, event: Event) -> None:
        """The event changes its goroutine."""
        if proc < 0 or self.is_sequenced:
            return
        row, _, _, sequence, doing = self.rule(event)
        if row is None:
            return
        if not self.is_ready(event):
            raise fault(MOVE_IMPOSSIBLE, event.at)
        if row == GARBAGE:
            self.state["collections"] = (self.state["collections"] & MASK) + 1 & MASK
            return
        if event.number == EXIT and event.arguments[2]:
            self.check_exit(event, self.goroutines[row, 1])
        now = self.goroutines[row, 0] & MASK
        if sequence != KEEP:
            now = (now + 1 if sequence == NEXT else sequence) & MASK
            self.goroutines[row, 0] = now - (now >> 63 << 64)
        self.goroutines[row, 2] = self.goroutines[row, 2] & ~ALL | doing
        if event.number in (SYS_BLOCK, IN_SYSCALL):
            self.goroutines[row, 1] = event.ticks

    def check_exit(self, event: Event, entered: int) -> None:
        """A return from a system call comes after its entry."""
        if entered == 0:
            raise fault(MOVE_STRAY, event.at)
        if event.arguments[2] < entered:
            raise fault(TIME_ORDER, event.at)

    def advance(self, proc: int) -> None:
        """The event of `proc` is done: on to its next one."""
        if proc == OF_EXIT:
            return
        heappop(self.frontier)
        self.offer(self.proc_count if proc == OF_SAMPLE else proc)
        if proc >= 0:
            for other in [p for p in self.waiting if self.is_ready(self.heads[p])]:
                self.waiting.remove(other)
                self.enter(other)

    def now(self, row: int) -> tuple[int, int]:
        """Sequence number and status of a goroutine."""
        return self.goroutines[row, 0] & MASK, self.goroutines[row, 2] & ALL

    def is_ready(self, event: Event) -> bool:
        """The goroutine is where the event needs it."""
        if self.is_sequenced:
            return True
        row, sequence, doing, _, _ = self.rule(event)
        if row is None:
            return True
        if row == GARBAGE:
            return self.state["collections"] & MASK == sequence
        return row != UNKNOWN and sequence in (KEEP, self.now(row)[0]) and self.now(row)[1] == doing

    def rule(self, event: Event) -> tuple[int | None, int, int, int, int]:
        """Whose state an event changes (None: nobody's), from and to what sequence and status."""
        number, arguments = event.number, event.arguments
        own = self.rows.get(event.goroutine, UNKNOWN)
        if number == GC_START:
            return GARBAGE, arguments[0], DEAD, NEXT, DEAD
        if number in BLOCKS:
            return own, KEEP, RUNNING, KEEP, WAITING
        if number in YIELDS:
            return own, KEEP, RUNNING, KEEP, RUNNABLE
        if number in (START, START_LABEL):
            return own, arguments[1], RUNNABLE, NEXT, RUNNING
        if number == START_LOCAL:
            return own, KEEP, RUNNABLE, NEXT, RUNNING
        if number in (WAITS, IN_SYSCALL):
            return own, 1, RUNNABLE, NEXT, WAITING
        if number in (CREATE, UNBLOCK, EXIT, UNBLOCK_LOCAL, EXIT_LOCAL):
            other = self.rows.get(arguments[0], UNKNOWN)
            if number == CREATE:
                return other, 0, DEAD, NEXT, RUNNABLE
            if number in (UNBLOCK, EXIT):
                return other, arguments[1], WAITING, NEXT, RUNNABLE
            return other, KEEP, WAITING, NEXT, RUNNABLE
        return None, 0, 0, 0, 0

    def does_block(self, proc: int, goroutine: int) -> bool:
        """A system call blocks: that is what its goroutine does next on this proc.

        Unless a CPU sample finds the goroutine running in between.
        """
        cursor = self.at[proc]
        before = dict(vars(cursor))
        follower = None
        for event in cursor.events():
            if self.is_elsewhere(proc, event):
                continue
            if event.goroutine == goroutine or event.number not in NAMED:
                follower = event
                break
        vars(cursor).update(before)
        if follower is None or follower.number != SYS_BLOCK or follower.goroutine != goroutine:
            return False
        first = self.state["sample"]
        for i in range(first, min(len(self.samples), first + MOST_SAMPLES)):
            if self.samples[i, 0] >= follower.ticks:
                break
            if self.samples[i, 2] & MASK == goroutine:
                return False
        return True

    def save(self) -> None:
        """Note how many procs stand where."""
        self.state["heaped"], self.state["waiting"] = len(self.frontier), len(self.waiting)
