"""The string table: decoded where something refers to it, and nowhere else.

A large profile has 100,000 strings and more; Python pays for each one it makes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.errors import MalformedError
from gotrace.tables.notes import Note, Severity

__all__ = ["StringTable"]

Integers = npt.NDArray[np.int64]


class StringTable:
    """The strings of one profile by index; `places` (2 x N): start and end of each in `raw`."""

    def __init__(self, raw: memoryview, places: Integers) -> None:
        self._raw = raw
        self._starts, self._ends = places
        self._damaged: set[int] = set()

    def __len__(self) -> int:
        return len(self._starts)

    def check(self, what: str, *columns: Integers) -> None:
        """Refuse indices outside the table with a MalformedError that names `what`."""
        for column in columns:
            # As unsigned numbers the negative indices are too large as well.
            wrong = np.flatnonzero(column.view(np.uint64) >= np.uint64(len(self)))
            if len(wrong):
                raise MalformedError(
                    f"{what} {wrong[0] + 1} refers to string {column[wrong[0]]},"
                    f" but the table has {len(self)}"
                )

    def one(self, what: str, index: int) -> str:
        """The string of one index, refused as by `check`."""
        if not 0 <= index < len(self):
            raise MalformedError(f"{what} refers to string {index}, but the table has {len(self)}")
        start, end = int(self._starts[index]), int(self._ends[index])
        return self._decode(index, self._raw[start:end])

    def intern(self, *columns: Integers) -> tuple[list[str], list[npt.NDArray[np.int32]]]:
        """The distinct strings of checked columns, in table order, and each column's codes."""
        is_used = np.zeros(len(self), np.bool_)
        for column in columns:
            is_used[column] = True
        used = np.flatnonzero(is_used)
        codes = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
        return self._decode_all(used), [codes[column] for column in columns]

    def objects(self, *columns: Integers) -> list[npt.NDArray[Any]]:
        """Checked columns as object arrays of str; equal indices share one str."""
        strings, coded = self.intern(*columns)
        table = np.empty(len(strings), object)
        table[:] = strings
        return [table[codes] for codes in coded]

    def notes(self) -> list[Note]:
        """A note if strings that were decoded are not UTF-8 (pprof takes any bytes)."""
        if not self._damaged:
            return []
        message = "strings are not UTF-8; their damaged bytes are shown as U+FFFD"
        return [Note(Severity.FAULT, "invalid-utf-8", message, count=len(self._damaged))]

    def _decode_all(self, used: Integers) -> list[str]:
        """The strings of some indices, ascending."""
        if not len(used):
            return []
        starts, ends = self._starts[used], self._ends[used]
        first, last = int(starts.min()), int(ends.max())
        source: bytes | memoryview = self._raw[first:last]
        if last - first <= 2 * int((ends - starts).sum()) + 4096:
            # Writers put their strings into one place; slices of `bytes` cost half as much.
            source = bytes(source)
        places = zip(used.tolist(), (starts - first).tolist(), (ends - first).tolist(), strict=True)
        return [self._decode(index, source[start:end]) for index, start, end in places]

    def _decode(self, index: int, text: bytes | memoryview) -> str:
        try:
            return str(text, "utf-8")
        except UnicodeDecodeError:
            self._damaged.add(index)
            return str(text, "utf-8", "replace")
