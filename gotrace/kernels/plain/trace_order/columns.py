"""The columns that events in order are written to, over the caller's memory."""

from __future__ import annotations

from typing import Any

from gotrace.kernels.plain.trace_order.cursors import FAR, Broken
from gotrace.kernels.plain.trace_order.numbers import TIME_LONG
from gotrace.kernels.plain.trace_order.records import MASK, signed
from gotrace.kernels.plain.trace_order.state import LAST_TIME

__all__ = ["MOST_ARGUMENTS", "MOST_EVENTS", "Columns"]

MOST_EVENTS = 3
"""Events that one event of the wire can stand for (a coroutine switch)."""
MOST_ARGUMENTS = 4
"""Arguments that one event can have."""


class Columns:
    """Where the next event goes: `row` of all columns, `used` of the arguments."""

    def __init__(
        self,
        scalars: memoryview,
        times: memoryview,
        kinds: memoryview,
        threads: memoryview,
        procs: memoryview,
        goroutines: memoryview,
        stacks: memoryview,
        arguments: memoryview,
        row: int,
        used: int,
    ) -> None:
        self.scalars: Any = scalars
        self.times: Any = times
        self.kinds: Any = kinds
        self.threads: Any = threads
        self.procs: Any = procs
        self.goroutines: Any = goroutines
        self.stacks: Any = stacks
        self.arguments: Any = arguments
        self.row = row
        self.used = used

    @property
    def has_room(self) -> bool:
        """Whether all that one more event may stand for fits."""
        return self.row + MOST_EVENTS <= len(
            self.times
        ) and self.used + MOST_EVENTS * MOST_ARGUMENTS <= len(self.arguments)

    def write(
        self,
        kind: int,
        time: int,
        thread: int,
        proc: int,
        goroutine: int,
        arguments: list[int],
        stack: int,
    ) -> None:
        """Write one event; its time is moved behind that of the event before, if need be."""
        last = self.scalars[LAST_TIME]
        time = max(time, last + 1)
        if time >= FAR:
            raise Broken(TIME_LONG)
        self.scalars[LAST_TIME] = time
        row = self.row
        self.times[row] = time
        self.kinds[row] = kind
        self.threads[row] = signed(thread)
        self.procs[row] = signed(proc)
        self.goroutines[row] = signed(goroutine)
        self.stacks[row] = stack
        for argument in arguments:
            self.arguments[self.used] = argument & MASK
            self.used += 1
        self.row = row + 1
