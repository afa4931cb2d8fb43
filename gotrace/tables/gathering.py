"""Blocks of rows put together to whole tables in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.tables.columns import Coded, Columns, Lists
from gotrace.tables.declaration import Column
from gotrace.tables.schema import TABLES

__all__ = ["gather", "whole"]

_DTYPES: dict[str, npt.DTypeLike] = {
    "bool": np.bool_,
    "int32": np.int32,
    "int64": np.int64,
    "uint64": np.uint64,
    "double": np.float64,
    "string": object,
}


def gather(table: str, blocks: Sequence[Columns]) -> Columns:
    """The rows of all blocks as one table; columns are put together when first asked for."""
    if len(blocks) == 1:
        return blocks[0]
    entries = {column.name: _Gathered(blocks, column) for column in TABLES[table].columns}
    return Columns(sum(block.rows for block in blocks), entries)


def whole(table: str, columns: Columns) -> None:
    """Check that a block has what its table declares: columns, types, lengths; else ValueError."""
    declared = TABLES[table].columns
    if list(columns) != [column.name for column in declared]:
        raise ValueError(f"{table} has the columns {', '.join(columns)}")
    for column in declared:
        data = columns[column.name]
        if len(data) != columns.rows:
            raise ValueError(f"{table}.{column.name} has {len(data)} rows, not {columns.rows}")
        found = {Coded: "coded", Lists: "list"}.get(type(data), str(getattr(data, "dtype", "")))
        if found != _expected(column):
            raise ValueError(f"{table}.{column.name} is of type {found}")


def _expected(column: Column) -> str:
    if column.kind in ("coded", "list"):
        return column.kind
    return str(np.dtype(_DTYPES[column.kind]))


class _Gathered:
    """A column to be put together."""

    def __init__(self, blocks: Sequence[Columns], column: Column) -> None:
        self._blocks = blocks
        self._column = column

    def __call__(self) -> Any:
        parts: list[Any] = [block[self._column.name] for block in self._blocks]
        if self._column.kind == "coded":
            return _coded(parts)
        if self._column.kind == "list":
            return _lists(parts)
        if not parts:
            return np.zeros(0, _DTYPES[self._column.kind])
        return np.concatenate(parts)


def _coded(parts: list[Coded]) -> Coded:
    """One dictionary for all parts, in order of appearance."""
    values: dict[str, int] = {}
    codes = [np.zeros(0, np.int32)]
    for part in parts:
        places = [values.setdefault(text, len(values)) for text in part.values]
        codes.append(np.array([*places, -1], np.int32)[part.codes])
    return Coded(np.concatenate(codes), list(values))


def _lists(parts: list[Lists]) -> Lists:
    offsets, values, end = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)], 0
    for part in parts:
        offsets.append(part.offsets[1:] - part.offsets[0] + end)
        values.append(part.values[part.offsets[0] : part.offsets[-1]])
        end += int(part.offsets[-1] - part.offsets[0])
    return Lists(np.concatenate(offsets), np.concatenate(values))
