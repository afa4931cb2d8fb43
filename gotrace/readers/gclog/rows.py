"""Tables that grow row by row, a column an array."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.tables.columns import Coded, Column, Columns
from gotrace.tables.declaration import Table
from gotrace.tables.filling import filled

__all__ = ["Rows"]

Value = int | float | str | bool | None


class Rows:
    """Rows of some of the columns of a declared table, in the order of `names`.

    Texts are kept as codes; what a row does not have is null.
    """

    def __init__(self, table: Table, names: Iterable[str]) -> None:
        """Start empty."""
        self.names = tuple(names)
        self._table = table
        self._kinds = {name: table.column(name).kind for name in self.names}
        self._values: dict[str, array[Any]] = {
            name: array("d" if kind == "double" else "q") for name, kind in self._kinds.items()
        }
        self._whole = [
            (name, values.append)
            for name, values in self._values.items()
            if self._kinds[name] in ("int32", "int64")
        ]
        self._other = [name for name in self.names if name not in dict(self._whole)]
        self._codes: dict[str, int] = {}
        self.count = 0

    def add(self, row: Mapping[str, Value]) -> int:
        """Append a row and return its number; what it does not name is null."""
        for name, append in self._whole:
            append(row.get(name, -1))
        for name in self._other:
            self._values[name].append(self._stored(self._kinds[name], row.get(name)))
        self.count += 1
        return self.count - 1

    def set(self, row: int, name: str, value: Value) -> None:
        """Put another value into a row."""
        self._values[name][row] = self._stored(self._kinds[name], value)

    def get(self, row: int, name: str) -> int:
        """The whole number in a row; -1 for null."""
        return int(self._values[name][row])

    def numbers(self, name: str) -> npt.NDArray[np.int64]:
        """A column of whole numbers, as it is now."""
        return np.array(self._values[name], np.int64)

    def columns(self) -> Columns:
        """The declared table with all its columns."""
        return filled(self._table, self.count, {name: self._column(name) for name in self.names})

    def _stored(self, kind: str, value: Value) -> int | float:
        if kind == "double":
            return math.nan if value is None else float(value)
        if value is None:
            return 0 if kind == "bool" else -1
        if isinstance(value, str):
            return self._codes.setdefault(value, len(self._codes))
        return int(value)

    def _column(self, name: str) -> Column:
        kind, values = self._kinds[name], self._values[name]
        if kind == "double":
            return np.array(values, np.float64)
        numbers = np.array(values, np.int64)
        if kind == "coded":
            return Coded(numbers.astype(np.int32), list(self._codes))
        return numbers != 0 if kind == "bool" else numbers
