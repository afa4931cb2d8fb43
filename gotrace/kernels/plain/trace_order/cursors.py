"""Where every thread's stream of events stands, and which thread is next.

A cursor walks the batches of one thread in the order of the file, and knows the time and type of
the event it stands before. Cursors stand in a binary heap by that time. The ways of the heap are
those of `internal/trace/batchcursor.go`, ties included, so that events of the same time on
different threads come out in the order in which Go's reader gives them. But where the first has to
wait, Go sorts more than twelve threads by `slices.SortFunc`, which may swap equal ones; then the
first is another, which Go does not try in that turn. Here equal ones stay as they were.
"""

from __future__ import annotations

from typing import Any

from gotrace.kernels.plain.trace_order.contract import MERGING
from gotrace.kernels.plain.trace_order.numbers import BAD_TYPE, CUT, NUMBER_LONG, TIME_LONG

__all__ = [
    "ARGUMENTS",
    "END",
    "FAR",
    "START",
    "THREAD",
    "TIME",
    "TYPE",
    "Broken",
    "Cursors",
    "NeedsRoom",
    "number",
]

TIME, TYPE, ARGUMENTS, START, END, BATCH, LAST_BATCH, THREAD = range(8)
"""Columns of the cursors, int64: time and type of the event, where its arguments, its first byte
and its batch's end stand, its batch, the one behind the thread's last, and the thread's row."""

FAR = 1 << 63
"""The first time that does not fit."""


class Broken(Exception):  # noqa: N818 - never leaves the kernel
    """The event at `offset` breaks a rule: `code` is an index of `REASONS`."""

    def __init__(self, code: int, offset: int = -1) -> None:
        super().__init__(code, offset)
        self.code = code
        self.offset = offset


class NeedsRoom(Exception):  # noqa: N818 - never leaves the kernel
    """A table or column of the caller is full: `status` says which."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def number(data: memoryview, position: int, end: int) -> tuple[int, int]:
    """The unsigned varint at `position`, and where it ends."""
    value = shift = 0
    while position < end:
        byte = data[position]
        position += 1
        if shift == 63 and byte > 1:
            raise Broken(NUMBER_LONG)
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise Broken(CUT)


class Cursors:
    """All cursors of a generation, and the heap of those that are not at their end."""

    def __init__(
        self,
        data: memoryview,
        specs: memoryview,
        batches: memoryview,
        batch_times: memoryview,
        rows: memoryview,
        heap: memoryview,
        size: int,
        frequency: float,
        horizon: int,
    ) -> None:
        self.data = data
        self.specs: Any = specs
        self.batches: Any = batches
        self.batch_times = batch_times
        self.rows: Any = rows
        self.heap = heap
        self.size = size
        self.frequency = frequency
        self.horizon = horizon

    def nanoseconds(self, ticks: int) -> int:
        """Ticks of the trace's clock in nanoseconds, rounded down as Go does it."""
        time = float(ticks) * self.frequency
        if not time < FAR:
            raise Broken(TIME_LONG)
        return int(time)

    def number(self, position: int, end: int) -> tuple[int, int]:
        """The unsigned varint at `position`, and where it ends."""
        return number(self.data, position, end)

    def look(self, cursor: int, position: int) -> bool:
        """Look at the event at `position`, or at the first of the next batch that has any.

        False at the end of the thread's batches. Raises Broken with the offset of the event.
        """
        rows = self.rows
        rows[cursor, START] = position
        while position == rows[cursor, END]:
            if rows[cursor, BATCH] == rows[cursor, LAST_BATCH]:
                return False
            batch = rows[cursor, BATCH]
            rows[cursor, BATCH] = batch + 1
            position = self.batches[batch, 0]
            rows[cursor, START] = position
            rows[cursor, END] = self.batches[batch, 1]
            if position < rows[cursor, END]:
                rows[cursor, TIME] = self.nanoseconds(self.batch_times[batch])
        kind = self.data[position]
        if self.specs[kind, 0] == 0:
            raise Broken(BAD_TYPE)
        ticks, behind = self.number(position + 1, rows[cursor, END])
        time = rows[cursor, TIME] + self.nanoseconds(ticks)
        if time > self.horizon:
            raise Broken(TIME_LONG)
        rows[cursor, TIME] = time
        rows[cursor, TYPE] = kind
        rows[cursor, ARGUMENTS] = behind
        return True

    def time(self, place: int) -> int:
        """The time of the cursor at this place of the heap."""
        return int(self.rows[self.heap[place], TIME])

    def push(self, cursor: int) -> None:
        """Put a cursor into the heap."""
        self.heap[self.size] = cursor
        self.size += 1
        self._up(self.size - 1)

    def update(self, place: int) -> None:
        """Restore the heap after the cursor at `place` went on to another event."""
        if self._up(place) == place:
            self._down(place)

    def drop(self, place: int) -> None:
        """Take the cursor at `place` out of the heap: to the top, swap with the last, sink."""
        while place > 0:
            self._swap(place, (place - 1) // 2)
            place = (place - 1) // 2
        self.size -= 1
        self._swap(0, self.size)
        self._down(0)

    def sort(self) -> int:
        """Sort the heap by time, and keep the order of equal times; returns the moves it took.

        By insertion, for few have moved since they were sorted last; if that takes more than four
        moves a thread, otherwise, which counts as `MERGING` for each.
        """
        moves = 0
        for place in range(1, self.size):
            time, cursor, to = self.time(place), self.heap[place], place
            if self.time(place - 1) <= time:
                continue
            if moves > 4 * self.size:
                ordered = sorted(self.heap[: self.size], key=lambda cursor: self.rows[cursor, TIME])
                for at, cursor in enumerate(ordered):
                    self.heap[at] = cursor
                return MERGING * self.size
            while to and self.time(to - 1) > time:
                self.heap[to] = self.heap[to - 1]
                to -= 1
            self.heap[to] = cursor
            moves += place - to
        return moves

    def _swap(self, one: int, other: int) -> None:
        self.heap[one], self.heap[other] = self.heap[other], self.heap[one]

    def _up(self, place: int) -> int:
        while place > 0 and self.time((place - 1) // 2) > self.time(place):
            self._swap(place, (place - 1) // 2)
            place = (place - 1) // 2
        return place

    def _down(self, place: int) -> None:
        while True:
            least = place
            for child in (2 * place + 1, 2 * place + 2):
                if child < self.size and self.time(child) < self.time(least):
                    least = child
            if least == place:
                return
            self._swap(place, least)
            place = least
