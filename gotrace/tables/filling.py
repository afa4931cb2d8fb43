"""A declared table of which only some columns are known: the others are null, and cost nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from gotrace.tables.columns import Coded, Column, Columns
from gotrace.tables.declaration import Table

__all__ = ["filled"]


def filled(table: Table, count: int, given: Mapping[str, Column]) -> Columns:
    """`table` with `count` rows: the columns `given`, and null (no, for a `bool`) in all others."""
    entries = {
        column.name: given.get(column.name, partial(_nulls, column.kind, count))
        for column in table.columns
    }
    return Columns(count, entries)


def _nulls(kind: str, count: int) -> Column:
    if kind == "coded":
        return Coded(np.full(count, -1, np.int32), [])
    if kind == "double":
        return np.full(count, np.nan)
    if kind == "bool":
        return np.zeros(count, np.bool_)
    return np.full(count, -1, np.int32 if kind == "int32" else np.int64)
