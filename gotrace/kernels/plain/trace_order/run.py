"""One call of the kernel: event after event, from the first cursor in time that may go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gotrace.kernels.plain.trace_order import numbers as n
from gotrace.kernels.plain.trace_order.columns import Columns
from gotrace.kernels.plain.trace_order.context import Event
from gotrace.kernels.plain.trace_order.contract import (
    DAMAGED,
    FEW,
    MOVED_AT_ONCE,
    PATIENCE_NS,
    PLAIN,
    SORTED_AT_ONCE,
    STACK,
    STRICT,
    STRING,
    Generation,
    Output,
    P,
    Tables,
)
from gotrace.kernels.plain.trace_order.cursors import (
    ARGUMENTS,
    END,
    FAR,
    START,
    THREAD,
    TIME,
    TYPE,
    Broken,
    Cursors,
    NeedsRoom,
)
from gotrace.kernels.plain.trace_order.loose import follow
from gotrace.kernels.plain.trace_order.records import NOBODY, Thread
from gotrace.kernels.plain.trace_order.scheduler import Scheduler
from gotrace.kernels.plain.trace_order.state import Names, State

__all__ = ["Run"]


class Run:
    """One call of `order`."""

    def __init__(
        self,
        generation: Generation,
        tables: Tables,
        output: Output | None,
        progress: memoryview,
        frequency: float,
        mode: int,
    ) -> None:
        g = generation
        size = progress[P["heap_size"]]
        self.progress = progress
        self.mode = mode
        self.lenient = mode != STRICT
        self.samples: Any = g.samples
        self.cursors = Cursors(
            g.data,
            g.specs,
            g.batches,
            g.batch_times,
            g.cursors,
            g.heap,
            size,
            frequency,
            progress[P["horizon"]],
        )
        self.strings = Names(g.string_dense, g.string_ids, g.string_rows)
        self.stacks = Names(g.stack_dense, g.stack_ids, g.stack_rows)
        self.state = State(*tables)
        if output is not None:
            row, used = progress[P["row"]], progress[P["used"]]
            self.columns = Columns(tables.scalars, *output, row, used)
            self.scheduler = Scheduler(self.state, self.columns)
        self.unknown = 0

    def save(self) -> None:
        """Leave to the next call what it needs."""
        self.progress[P["heap_size"]] = self.cursors.size
        if hasattr(self, "columns"):
            self.progress[P["row"]] = self.columns.row
            self.progress[P["used"]] = self.columns.used

    def broke(self, broken: Broken) -> int:
        """Say what broke, and where."""
        self.progress[P["reason"]] = broken.code
        if broken.offset >= 0:
            self.progress[P["offset"]] = broken.offset
        return n.BROKEN

    @property
    def samples_left(self) -> bool:
        """Whether there are samples to come."""
        return bool(self.progress[P["sample"]] < self.samples.shape[0])

    def next_event(self) -> None:
        """Put out the next event, or raise Broken or NeedsRoom."""
        self.check_room()
        if self.samples_left and (
            not self.cursors.size
            or self.samples[self.progress[P["sample"]], 0] < self.cursors.time(0)
        ):
            self.put_out_sample()
        elif not self.advance(0):
            self.sort()
            if not any(map(self.advance, self.others())):
                self.stuck()

    def sort(self) -> None:
        """Sort the threads by time, which is work enough to be counted if they are many."""
        if self.cursors.size <= FEW:
            self.cursors.sort()
            return
        work = self.cursors.size // SORTED_AT_ONCE
        if self.progress[P["attempts"]] < work:
            raise NeedsRoom(n.TIRED)
        work += self.cursors.sort() // MOVED_AT_ONCE
        self.progress[P["attempts"]] -= min(work, self.progress[P["attempts"]])

    def others(self) -> Iterator[int]:
        """The places of the heap, which is sorted, to try after the first.

        Clocks may be wrong by any amount, so all; but where something is known to be missing the
        first probably waits for that, and the others must not run away from it.
        """
        is_damaged = self.mode == DAMAGED or self.progress[P["lost_batches"]]
        patience = PATIENCE_NS if is_damaged else FAR
        first = self.cursors.time(0)
        for place in range(1, self.cursors.size):
            if self.cursors.time(place) - first > patience:
                return
            if not self.progress[P["attempts"]]:
                raise NeedsRoom(n.TIRED)
            self.progress[P["attempts"]] -= 1
            yield place

    def check_room(self) -> None:
        """One event takes at most a row of each table."""
        if not self.columns.has_room:
            raise NeedsRoom(n.FULL_COLUMNS)
        if not self.state.goroutines.has_room:
            raise NeedsRoom(n.FULL_GOROUTINES)
        if not self.state.threads.has_room:
            raise NeedsRoom(n.FULL_THREADS)
        if not self.state.tasks.has_room:
            raise NeedsRoom(n.FULL_TASKS)
        if not self.state.has_region_room:
            raise NeedsRoom(n.FULL_REGIONS)

    def put_out_sample(self) -> None:
        """A sample of the CPU profiler; it says itself where it was taken."""
        sample = self.progress[P["sample"]]
        time, *context, stack = (self.samples[sample, i] for i in range(5))
        thread, proc, goroutine = (key & NOBODY for key in context)
        self.progress[P["offset"]], self.progress[P["kind"]] = 0, n.CPU_SAMPLE
        self.columns.write(n.CPU_SAMPLE, time, thread, proc, goroutine, [], stack)
        self.progress[P["sample"]] = sample + 1

    def advance(self, place: int) -> bool:
        """Try the event of the cursor at this place of the heap; go on to its next one."""
        cursor = self.cursors.heap[place]
        rows = self.cursors.rows
        self.progress[P["offset"]] = rows[cursor, START]
        self.progress[P["kind"]] = rows[cursor, TYPE]
        self.unknown = 0
        try:
            event, behind = self.decode(cursor)
        except Broken as broken:
            self.lose(cursor, broken)
            behind = rows[cursor, END]
        else:
            if not self.decide(event, rows[cursor, THREAD]):
                return False
            self.progress[P["unknown_ids"]] += self.unknown
        if self.look(cursor, behind):
            self.cursors.update(place)
        else:
            self.cursors.drop(place)
        return True

    def decode(self, cursor: int) -> tuple[Event, int]:
        """The event that a cursor stands before, and where it ends."""
        rows, specs = self.cursors.rows, self.cursors.specs
        kind, position = rows[cursor, TYPE], rows[cursor, ARGUMENTS]
        arguments = []
        stack = n.NONE
        for place in range(1, specs[kind, 0]):
            value, position = self.cursors.number(position, rows[cursor, END])
            meaning = specs[kind, place]
            if meaning == PLAIN:
                arguments.append(value)
            elif meaning == STRING:
                arguments.append(self.resolve(self.strings, value, n.STRING_UNKNOWN) & NOBODY)
            elif meaning == STACK:
                arguments.append(self.resolve(self.stacks, value, n.STACK_UNKNOWN) & NOBODY)
            else:
                stack = self.resolve(self.stacks, value, n.STACK_UNKNOWN)
        return Event(kind, rows[cursor, TIME], arguments, stack), position

    def resolve(self, names: Names, key: int, reason: int) -> int:
        """The row of a string or stack. Id 0 is the empty string (row 0), and no stack."""
        if key == 0:
            return 0 if reason == n.STRING_UNKNOWN else n.NONE
        row = names.row(key)
        if row < 0:
            self.unknown += 1
            if not self.lenient:
                raise Broken(reason)
        return row

    def decide(self, event: Event, thread_row: int) -> bool:
        """Ask the scheduler; in a damaged generation, believe the event."""
        thread = Thread(self.state.threads.rows, thread_row) if thread_row else None
        if self.progress[P["loose_offset"]] < 0:
            try:
                return self.scheduler.advance(event, thread)
            except Broken as broken:
                self.loosen(broken)
        self.progress[P["loose_events"]] += 1
        self.scheduler.enter(thread)
        return follow(self.scheduler, event)

    def stuck(self) -> None:
        """Nobody can go on."""
        cursor = self.cursors.heap[0]
        self.progress[P["offset"]] = self.cursors.rows[cursor, START]
        self.progress[P["kind"]] = self.cursors.rows[cursor, TYPE]
        self.loosen(Broken(n.STUCK))

    def loosen(self, broken: Broken) -> None:
        """From this event on, order is by time alone; unless nothing may be lost."""
        if not self.lenient:
            raise broken
        self.progress[P["loose_offset"]] = self.progress[P["offset"]]
        self.progress[P["loose_kind"]] = self.progress[P["kind"]]
        self.progress[P["loose_reason"]] = broken.code

    def look(self, cursor: int, position: int) -> bool:
        """Look at the cursor's next event that can be read; False if there is none."""
        while True:
            try:
                return self.cursors.look(cursor, position)
            except Broken as broken:
                self.lose(cursor, broken)
                position = self.cursors.rows[cursor, END]

    def lose(self, cursor: int, broken: Broken) -> None:
        """Give up the rest of a batch, from the event the cursor stands before."""
        start, end = self.cursors.rows[cursor, START], self.cursors.rows[cursor, END]
        if not self.lenient:
            self.progress[P["kind"]] = self.cursors.data[start]
            raise Broken(broken.code, start)
        if self.progress[P["lost_offset"]] < 0:
            self.progress[P["lost_offset"]] = start
            self.progress[P["lost_reason"]] = broken.code
        self.progress[P["lost_batches"]] += 1
        self.progress[P["lost_bytes"]] += end - start
