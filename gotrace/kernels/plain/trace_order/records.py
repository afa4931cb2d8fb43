"""What the scheduler's emulation remembers, as records over memory that the caller allocated.

A table is a two-dimensional memoryview of uint64: row 0 keeps the books, every other row is one
record whose first field is its id and whose last field says that it is in use, or which row is free
after it. An index (open addressing, linear probing, a power of two of int32) finds rows by id.
`None` as an id (no proc, no goroutine) is 2^64 - 1: -1, read without a sign.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "MASK",
    "NOBODY",
    "Field",
    "Goroutine",
    "Proc",
    "Record",
    "Region",
    "Table",
    "Task",
    "Thread",
    "free_row",
    "reindex",
    "signed",
    "take_row",
]

MASK = (1 << 64) - 1
NOBODY = MASK
"""The id of no thread, no proc, no goroutine."""
IN_USE = MASK
"""The link of a row that holds a record; a free row's link is the next free row, or 0."""
LAST_USED, FIRST_FREE = 0, 1
"""Fields of row 0: the highest row ever used, and the first free one below it (0: none)."""
SPREAD = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: spreads neighbouring ids over the index."""


def signed(value: int) -> int:
    """The int64 with the bits of this uint64."""
    return value - (MASK + 1) if value >> 63 else value


class Table:
    """Rows and the index that finds them by id; the caller sees to it that there is room."""

    def __init__(self, rows: memoryview, index: memoryview) -> None:
        self.rows: Any = rows
        self.index: Any = index
        self._link = rows.shape[1] - 1 if rows.shape else 0
        self._mask = len(index) - 1
        self._shift = 65 - len(index).bit_length()

    @property
    def has_room(self) -> bool:
        """Whether one more record fits."""
        books = self.rows
        return bool(books[0, FIRST_FREE]) or books[0, LAST_USED] + 1 < books.shape[0]

    def find(self, key: int) -> int:
        """The row of this id, or 0."""
        place = self._home(key)
        while (row := self.index[place]) and self.rows[row, 0] != key:
            place = (place + 1) & self._mask
        return int(row)

    def insert(self, key: int) -> int:
        """A fresh row for this id, which must not be in the table."""
        row = take_row(self.rows)
        self.rows[row, 0] = key
        place = self._home(key)
        while self.index[place]:
            place = (place + 1) & self._mask
        self.index[place] = row
        return row

    def remove(self, row: int) -> None:
        """Free this row, and close the gap it leaves in the index."""
        place = self._home(self.rows[row, 0])
        while self.index[place] != row:
            place = (place + 1) & self._mask
        free_row(self.rows, row)
        gap = place
        while self.index[place := (place + 1) & self._mask]:
            home = self._home(self.rows[self.index[place], 0])
            # What stands at `place` may move into the gap unless its home lies behind the gap.
            if (place - home) & self._mask >= (place - gap) & self._mask:
                self.index[gap] = self.index[place]
                gap = place
        self.index[gap] = 0

    def _home(self, key: int) -> int:
        return (key * SPREAD & MASK) >> self._shift


def take_row(rows: Any) -> int:
    """Take a free row; its fields are zero and its link says that it is in use."""
    link = rows.shape[1] - 1
    if row := rows[0, FIRST_FREE]:
        rows[0, FIRST_FREE] = rows[row, link]
    else:
        row = rows[0, LAST_USED] + 1
        rows[0, LAST_USED] = row
    for column in range(link):
        rows[row, column] = 0
    rows[row, link] = IN_USE
    return int(row)


def free_row(rows: Any, row: int) -> None:
    """Give a row back."""
    rows[row, rows.shape[1] - 1] = rows[0, FIRST_FREE]
    rows[0, FIRST_FREE] = row


def reindex(rows: memoryview, index: memoryview) -> None:
    """Fill `index`, which is zero and larger than the rows in use, from the rows of a table."""
    table = Table(rows, index)
    for row in range(1, table.rows[0, LAST_USED] + 1):
        if table.rows[row, table.rows.shape[1] - 1] == IN_USE:
            place = table._home(table.rows[row, 0])
            while table.index[place]:
                place = (place + 1) & table._mask
            table.index[place] = row


class Field:
    """One field of a record: reads and writes its column."""

    def __init__(self, column: int) -> None:
        self.column = column

    def __get__(self, record: Record, owner: type[Record]) -> int:
        return int(record.rows[record.row, self.column])

    def __set__(self, record: Record, value: int) -> None:
        record.rows[record.row, self.column] = value & MASK


class Record:
    """A row of a table, its fields by name."""

    __slots__ = ("row", "rows")

    def __init__(self, rows: Any, row: int) -> None:
        self.rows = rows
        self.row = row


class Goroutine(Record):
    """`sequence` counts within `generation`; `region` is the innermost one (a row, 0: none)."""

    key = Field(0)
    status = Field(1)
    generation = Field(2)
    sequence = Field(3)
    region = Field(4)
    stop_the_world = Field(5)  # the row of its name, plus one; 0 while not stopping the world
    assisting = Field(6)


class Proc(Record):
    """A proc; the row is its id, for those are small and dense."""

    exists = Field(0)
    status = Field(1)
    generation = Field(2)
    sequence = Field(3)
    sweeping = Field(4)


class Thread(Record):
    """`seen` once an event of its own, or one that names it, was tried."""

    key = Field(0)
    goroutine = Field(1)
    proc = Field(2)
    seen = Field(3)


class Task(Record):
    """An active user task."""

    key = Field(0)
    parent = Field(1)
    name = Field(2)


class Region(Record):
    """A user region that a goroutine is in; `outer` is the row of the one around it, or 0."""

    task = Field(0)
    name = Field(1)
    outer = Field(2)
