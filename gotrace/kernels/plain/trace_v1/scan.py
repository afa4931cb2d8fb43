"""The wire format of Go 1.5 to 1.21 traces, one pass over the file: specifies `scan` of the kernel.

The format has no lengths to jump by: where a batch ends is known only when all its events were
read. So one pass checks the structure of every event, counts what later passes need room for, and
notes the place of everything that is not an ordinary event (batches, strings, stacks, CPU samples,
timer goroutines) and the ids of goroutines and tasks that are created.

What is refused is what Go refuses (`internal/trace/internal/tracev1/parser.go` of Go 1.27; for the
older versions `internal/trace/parser.go` of Go 1.21), except that stacks may be as deep as the
format allows (1.27 stops at 2048 bytes). An event that the end of the input cuts is no fault here:
its offset is noted in `CUT`, for the caller to salvage or to refuse.
"""

from __future__ import annotations

from gotrace.errors import InputError, MalformedError

__all__ = ["EXIT_COLUMNS", "MARK_COLUMNS", "TOTALS", "fault", "fill_frames", "is_moved", "scan"]

EXIT_COLUMNS = ("key", "ticks", "is_after_equals", "goroutine", "sequence")
"""Columns of `exits`: what they are ordered by (ticks; sequence numbers before Go 1.7), when they
were, whether other events of the same key come first, whose they are and its sequence number."""

TOTALS = (
    "at",  # where to go on; start with the offset behind the header
    "marks",  # rows of `marks` that are filled
    "goroutines",  # and of `goroutines`
    "tasks",  # and of `tasks`
    "events",  # events to be ordered, without CPU samples
    "exits",  # rows of `exits` that are filled
    "regions",
    "frames",  # of all stacks
    "futile",  # events that say "the last wakeup was for nothing"
    "frequency",  # ticks per second; 0 while unknown
    "cut",  # offset of the event that the end of the input cuts; -1 if none
    "batches",
    "ticks",  # of the last event
)
"""What the entries of `totals` are."""

MARK_COLUMNS = ("number", "at", "end", "first", "second", "third", "fourth")
"""Columns of `marks`: event number, its first byte, the byte behind it, up to four of its numbers.

Batch: proc (-1 for none), ticks, sequence number. String: id, length. Stack: id, size. Timer
goroutine: goroutine. CPU sample: ticks, proc, goroutine, stack. All as two's complement.
"""

REASONS = (
    "",
    "an event of a type that this version does not have",
    "a number does not fit into 64 bits",
    "an event has too many or too few numbers",
    "an event announces too many bytes",
    "a string has the id 0",
    "a string is empty",
    "a string is longer than a million bytes",
    "a stack has more than 1000 frames",
    "a proc id is too large",
    "an event stands before the first batch",
    "the clock ran backwards: ticks per second are not positive",
    "a time stamp is out of range",
)
UNKNOWN, NUMBER_LONG, WRONG_COUNT, TOO_LONG, STRING_ID, STRING_EMPTY = 1, 2, 3, 4, 5, 6
STRING_LONG, STACK_DEEP, PROC_LARGE, NO_BATCH, FREQUENCY = 7, 8, 9, 10, 11
TIME = 12

MASK = (1 << 64) - 1
TIME_LIMIT = 1 << 62
"""Ticks beyond this are no clock's."""
LONGEST_EVENT = 1 << 16
LONGEST_STRING = 1_000_000
DEEPEST_STACK = 1000

BATCH, FREQUENCY_EVENT, STACK, CREATE, EXIT, TIMER, FUTILE = 1, 2, 3, 13, 29, 35, 36
STRING, TASK, REGION, LOG, SAMPLE = 37, 45, 47, 48, 49


def fault(code: int, offset: int) -> InputError:
    """The error of a fault: an index into `REASONS`, and the offset of the event."""
    return MalformedError(REASONS[code], offset=offset)


class _CutError(Exception):
    """The input ends inside the event."""


def scan(
    data: memoryview,
    counts: memoryview,
    is_sequenced: bool,
    totals: memoryview,
    marks: memoryview,
    goroutines: memoryview,
    tasks: memoryview,
    exits: memoryview,
) -> int:
    """Go through the file from `totals[0]`; 0 at its end, 1 when one of the tables is full.

    `counts` (uint8, 64) is `argument_counts` of the version; `totals` int64, `marks` int64 of seven
    columns, `goroutines` and `tasks` uint64 (ids in file order), `exits` int64 of five columns:
    returns from system calls that happened at another time than they were written (see
    `EXIT_COLUMNS`). After 1 the caller enlarges what is full and calls again.

    Raises MalformedError with the offset of the first event that breaks a rule.
    """
    reader = _Reader(data, counts, is_sequenced)
    total = dict(zip(TOTALS, totals, strict=True))
    tables = (("marks", marks), ("goroutines", goroutines), ("tasks", tasks), ("exits", exits))
    result = 0
    while total["at"] < len(data):
        if any(total[name] >= len(table) for name, table in tables):
            result = 1
            break
        try:
            event = reader.event(total["at"], has_batch=total["batches"] > 0)
        except _CutError:
            total["cut"] = total["at"]
            total["at"] = len(data)
            break
        _note(event, is_sequenced, total, marks, goroutines, tasks, exits)
        total["at"] = event.end
    for i, name in enumerate(TOTALS):
        totals[i] = total[name]
    return result


def fill_frames(
    data: memoryview,
    places: memoryview,
    is_sequenced: bool,
    offsets: memoryview,
    frames: memoryview,
) -> None:
    """Decode stacks that `scan` has checked.

    `places` (int64) are their offsets, `offsets` (int64, one more than stacks) their first rows in
    `frames` (uint64, 4 columns: address, function string, file string, line; before Go 1.7 there
    is only the address).
    """
    reader = _Reader(data, memoryview(bytes(64)), is_sequenced)
    for i in range(len(places)):
        reader.at = places[i]
        head = reader.byte()
        if reader.is_long(head):
            reader.number(places[i])
        reader.number(places[i])
        reader.number(places[i])
        for row in range(offsets[i], offsets[i + 1]):
            for column in range(1 if is_sequenced else 4):
                frames[row, column] = reader.number(places[i])


class _Event:
    """An event with its numbers; `end` is the offset behind it."""

    def __init__(self, number: int, at: int) -> None:
        self.number = number
        self.at = at
        self.end = at
        self.numbers: list[int] = []


class _Reader:
    """Reads events and checks their structure."""

    def __init__(self, data: memoryview, counts: memoryview, is_sequenced: bool) -> None:
        self.data = data
        self.counts = counts
        self.sequence = int(is_sequenced)
        self.at = 0

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise _CutError
        self.at += 1
        return int(self.data[self.at - 1])

    def number(self, event: int) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        if byte >= 0x80 or value > MASK:
            raise fault(NUMBER_LONG, event)
        return value

    def is_long(self, head: int) -> bool:
        """The two upper bits say how many numbers follow; all set, their length in bytes does."""
        return head >> 6 == 3

    def skip(self, count: int) -> None:
        if count > len(self.data) - self.at:
            raise _CutError
        self.at += count

    def event(self, at: int, has_batch: bool) -> _Event:
        """The event at `at`."""
        self.at = at
        head = self.byte()
        event = _Event(head & 63, at)
        expected = self.counts[event.number]
        if expected == 255:
            raise fault(UNKNOWN, at)
        if event.number == STRING:
            self.string(event)
        else:
            if event.number != BATCH and not has_batch:
                raise fault(NO_BATCH, at)
            self.arguments(event, head)
            self.check(event, expected)
        event.end = self.at
        return event

    def string(self, event: _Event) -> None:
        id_ = self.number(event.at)
        if id_ == 0:
            raise fault(STRING_ID, event.at)
        length = self.number(event.at)
        if length == 0:
            raise fault(STRING_EMPTY, event.at)
        if length > LONGEST_STRING:
            raise fault(STRING_LONG, event.at)
        self.skip(length)
        event.numbers = [id_, length]

    def arguments(self, event: _Event, head: int) -> None:
        """Read the numbers, and the text behind a log."""
        if self.is_long(head):
            length = self.number(event.at)
            if length > LONGEST_EVENT:
                raise fault(TOO_LONG, event.at)
            stop = self.at + length
            if stop > len(self.data):
                raise _CutError
            while self.at < stop:
                event.numbers.append(self.number(event.at))
            if self.at > stop:
                raise fault(WRONG_COUNT, event.at)
        else:
            for _ in range((head >> 6) + 1 + self.sequence):
                event.numbers.append(self.number(event.at))
        if event.number == LOG:
            length = self.number(event.at)
            if length > LONGEST_STRING:
                raise fault(STRING_LONG, event.at)
            self.skip(length)

    def check(self, event: _Event, expected: int) -> None:
        """Check how many numbers there are, and those whose value bounds something."""
        numbers = event.numbers
        if event.number == STACK and len(numbers) >= expected:
            if numbers[1] > DEEPEST_STACK:
                raise fault(STACK_DEEP, event.at)
            expected += numbers[1] * (1 if self.sequence else 4)
        if len(numbers) != expected:
            raise fault(WRONG_COUNT, event.at)
        if event.number == BATCH and numbers[0] != MASK and numbers[0] >= 1 << 31:
            raise fault(PROC_LARGE, event.at)
        if event.number == FREQUENCY_EVENT and not 0 < numbers[0] < 1 << 63:
            raise fault(FREQUENCY, event.at)


def _note(
    event: _Event,
    is_sequenced: bool,
    total: dict[str, int],
    marks: memoryview,
    goroutines: memoryview,
    tasks: memoryview,
    exits: memoryview,
) -> None:
    """Count an event and note its place or id."""
    number, numbers = event.number, event.numbers
    first = 2 if is_sequenced else 1  # of the event's own arguments
    if number in (BATCH, STACK, TIMER, STRING, SAMPLE):
        if number == BATCH:
            total["batches"] += 1
            values = [numbers[0], numbers[2], numbers[1]] if is_sequenced else [*numbers, 0]
            values.append(0)
            _set_ticks(total, values[1], event.at)
        elif number == SAMPLE:
            values = numbers[1:5]
            if values[0] >= TIME_LIMIT:
                raise fault(TIME, event.at)
        else:
            values = [*numbers[:2], 0, 0, 0][:4]
            if number == STACK:
                total["frames"] += numbers[1]
            elif number == TIMER:
                values = [numbers[0], 0, 0, 0]
        for column, value in enumerate([number, event.at, event.end, *values]):
            marks[total["marks"], column] = value - (value >> 63 << 64)
        total["marks"] += 1
        return
    if number == FREQUENCY_EVENT:
        total["frequency"] = numbers[0]
        return
    total["events"] += 1
    _set_ticks(total, total["ticks"] + numbers[first - 1] & MASK, event.at)
    if number == EXIT:
        _note_exit(event, numbers[first:], is_sequenced, total, exits)
    total["regions"] += number == REGION
    total["futile"] += number == FUTILE
    if number == CREATE:
        goroutines[total["goroutines"]] = numbers[first]
        total["goroutines"] += 1
    elif number == TASK:
        tasks[total["tasks"]] = numbers[first]
        total["tasks"] += 1


def _set_ticks(total: dict[str, int], ticks: int, at: int) -> None:
    if ticks >= TIME_LIMIT:
        raise fault(TIME, at)
    total["ticks"] = ticks


def _note_exit(
    event: _Event,
    arguments: list[int],
    is_sequenced: bool,
    total: dict[str, int],
    exits: memoryview,
) -> None:
    """A return from a system call is written once the thread has a proc again.

    It says itself when it really was. Before Go 1.7 all carry a sequence number of their own. (The
    local form, event 40, has a time too, which Go's readers ignore.)
    """
    goroutine, sequence, ticks = arguments
    if ticks >= TIME_LIMIT:
        raise fault(TIME, event.at)
    written = total["ticks"]
    if is_sequenced:
        values = (sequence, ticks or written, 1, goroutine, sequence)
    elif is_moved(ticks, written):
        values = (ticks, ticks, int(ticks < written), goroutine, sequence)
    else:
        return
    for column, value in enumerate(values):
        exits[total["exits"], column] = value - (value >> 63 << 64)
    total["exits"] += 1


def is_moved(ticks: int, written: int) -> bool:
    """The return from a system call says that it was at another time than it was written."""
    return ticks not in (0, written)
