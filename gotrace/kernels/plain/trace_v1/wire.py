"""Events of one proc, one behind the other, from bytes that `scan` has checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

__all__ = [
    "CURSOR_COLUMNS",
    "MASK",
    "Cursor",
    "Event",
    "directory",
    "signed",
]

MASK = (1 << 64) - 1

CURSOR_COLUMNS = ("batch", "at", "end", "ticks", "sequence", "goroutine", "row", "phase")
"""The first columns of `cursors`: next batch, next event, end of the batch, clock and sequence
number of the last event, the goroutine that runs (id and row), and where the proc stands in the
merge. The others are the kernel's."""

STACK, FREQUENCY, TIMER, STRING, SAMPLE, LOG = 3, 2, 35, 37, 49, 48
STRUCTURAL = frozenset({STACK, FREQUENCY, TIMER, STRING, SAMPLE})
STARTS = frozenset({14, 38, 41})
STOPS = frozenset({15, 16, 17, 18, 19, 20, 22, 23, 24, 25, 26, 27, 30, 42})
NAMED = frozenset({29, 31, 32})
"""GoSysExit, GoWaiting and GoInSyscall happen to the goroutine they name. GoSysExitLocal does not
count: Go's readers rename it only later, so it belongs to what runs on the proc."""


class Event(NamedTuple):
    """An event in its context: `goroutine` is 0 where none runs, `log` where a text stands."""

    number: int
    at: int
    ticks: int
    sequence: int
    goroutine: int
    arguments: list[int]
    log: tuple[int, int]


def signed(value: int) -> int:
    """The low 64 bits as two's complement."""
    value &= MASK
    return value - (value >> 63 << 64)


def directory(ids: memoryview) -> dict[int, int]:
    """id → row of a sorted table of ids."""
    return {ids[i]: i for i in range(len(ids))}


class Cursor:
    """Where the events of one proc go on; `load` and `save` keep it in a row of `cursors`."""

    def __init__(
        self, data: memoryview, counts: memoryview, is_sequenced: bool, batches: memoryview
    ) -> None:
        self.data = data
        self.counts = counts
        self.is_sequenced = is_sequenced
        self.batches = batches
        self.last_batch = 0
        self.batch = self.at = self.end = self.ticks = self.sequence = self.goroutine = 0

    def load(self, cursors: memoryview, row: int, last_batch: int) -> Cursor:
        """Go on where `cursors` says."""
        self.last_batch = last_batch
        self.batch, self.at, self.end = cursors[row, 0], cursors[row, 1], cursors[row, 2]
        self.ticks, self.sequence = cursors[row, 3], cursors[row, 4]
        self.goroutine = cursors[row, 5] & MASK
        return self

    def save(self, cursors: memoryview, row: int) -> None:
        """Note in `cursors` where to go on."""
        values = (self.batch, self.at, self.end, self.ticks, self.sequence)
        for column, value in enumerate((*values, signed(self.goroutine))):
            cursors[row, column] = value

    def events(self) -> Iterator[Event]:
        """The events from here on; the cursor stands behind the one that was yielded last."""
        while True:
            while self.at >= self.end:
                if self.batch >= self.last_batch:
                    return
                self.at, self.end = self.batches[self.batch, 0], self.batches[self.batch, 1]
                self.ticks, self.sequence = self.batches[self.batch, 2], self.batches[self.batch, 3]
                self.batch += 1
            event = self.event()
            if event is not None:
                yield event

    def number(self) -> int:
        """Read the number at hand."""
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def event(self) -> Event | None:
        """Read one event; None for those that only describe."""
        at = self.at
        head = self.data[at]
        self.at += 1
        number = head & 63
        if number == STRING:
            self.number()
            length = self.number()
            self.at += length
            return None
        count = self.counts[number]
        if head >> 6 == 3:
            length = self.number()
            if number == STACK:
                self.at += length
                return None
        elif number == STACK:
            count = (head >> 6) + 1 + self.is_sequenced
        numbers = [self.number() for _ in range(count)]
        if number in STRUCTURAL:
            return None
        log = (0, 0)
        if number == LOG:
            length = self.number()
            log = (self.at, length)
            self.at += length
        return self.placed(number, at, numbers, log)

    def placed(self, number: int, at: int, numbers: list[int], log: tuple[int, int]) -> Event:
        """Give the event its time and goroutine, and move the cursor's."""
        if self.is_sequenced:
            self.sequence = signed(self.sequence + numbers[0])
            numbers = numbers[1:]
        ticks = self.ticks = (self.ticks + numbers[0]) & MASK
        arguments = numbers[1:]
        if number in STARTS:
            self.goroutine = arguments[0]
        goroutine = arguments[0] if number in NAMED else self.goroutine
        if number in STOPS:
            self.goroutine = 0
        return Event(number, at, ticks, self.sequence, goroutine, arguments, log)
