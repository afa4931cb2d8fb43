"""How a table lies in memory: NumPy columns that can be built when first asked for.

Analyses and kernels read these; Arrow (`gotrace.tables.arrow`) and pandas are made from them at
the edge, so that a small report imports neither.

One rule joins the two forms: in memory a column that refers to another table holds **row
numbers** of that table (-1 for null); outside it holds that table's **ids**.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Coded", "Column", "Columns", "Lazy", "Lists", "distinct"]

T = TypeVar("T")


@dataclass(frozen=True)
class Lists:
    """A column of lists: row i holds `values[offsets[i]:offsets[i + 1]]` (int64 offsets, n + 1)."""

    offsets: npt.NDArray[np.int64]
    values: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> npt.NDArray[Any]:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The length of every row's list."""
        return np.diff(self.offsets)

    @classmethod
    def from_rows(cls, rows: list[list[int]], dtype: npt.DTypeLike = np.int32) -> Lists:
        """Build from Python lists; for small tables."""
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        return cls(offsets, np.array([item for row in rows for item in row], dtype))

    def take(self, rows: npt.NDArray[Any]) -> Lists:
        """The lists of `rows` (row numbers or a boolean mask), in that order."""
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        lengths = self.lengths[rows]
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        shift = np.repeat(self.offsets[:-1][rows] - offsets[:-1], lengths)
        return Lists(offsets, self.values[np.arange(offsets[-1]) + shift])


@dataclass(frozen=True)
class Coded:
    """A column of few distinct strings: row i is `values[codes[i]]`, null at code -1."""

    codes: npt.NDArray[np.int32]
    values: list[str]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> str | None:
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]

    @classmethod
    def from_strings(cls, strings: list[str | None]) -> Coded:
        """Build from Python strings in order of first appearance; for small tables."""
        codes: dict[str, int] = {}
        rows = [-1 if s is None else codes.setdefault(s, len(codes)) for s in strings]
        return cls(np.array(rows, np.int32), list(codes))


Column = npt.NDArray[Any] | Lists | Coded
"""Numbers and booleans are plain arrays; free text is an object array of `str` (None for null)."""


class Lazy(Mapping[str, T], Generic[T]):
    """A read-only mapping; values given as functions are called once, when first asked for."""

    def __init__(self, entries: Mapping[str, T | Callable[[], T]]) -> None:
        self._entries: dict[str, Any] = dict(entries)

    def __getitem__(self, name: str) -> T:
        entry = self._entries[name]
        if callable(entry):
            entry = self._entries[name] = entry()
        result: T = entry
        return result

    def replaced(self, entries: Mapping[str, T | Callable[[], T]]) -> Lazy[T]:
        """The same mapping with some entries put in place of others; builds nothing."""
        return Lazy({**self._entries, **entries})

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class Columns(Lazy[Column]):
    """One table: column name → column, all of `rows` rows."""

    def __init__(self, rows: int, entries: Mapping[str, Column | Callable[[], Column]]) -> None:
        super().__init__(entries)
        self.rows = rows

    def replaced(self, entries: Mapping[str, Column | Callable[[], Column]]) -> Columns:
        """The same table with some columns put in place of others; builds nothing."""
        return Columns(self.rows, {**self._entries, **entries})

    def array(self, name: str) -> npt.NDArray[Any]:
        """The column `name`, which is a plain array."""
        column = self[name]
        assert isinstance(column, np.ndarray), f"{name} is not a plain array"
        return column

    def lists(self, name: str) -> Lists:
        """The column `name`, which is a column of lists."""
        column = self[name]
        assert isinstance(column, Lists), f"{name} is not a column of lists"
        return column

    def coded(self, name: str) -> Coded:
        """The column `name`, which is a column of few distinct strings."""
        column = self[name]
        assert isinstance(column, Coded), f"{name} is not a coded column"
        return column


def distinct(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The distinct values, ascending.

    A bare `np.unique(values)` imports `numpy.ma`, a tenth of the start-up time of a report; with
    counts it does not.
    """
    return np.unique(values, return_counts=True)[0]
