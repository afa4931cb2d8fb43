"""Blocks of trace tables from Python literals, and recorded traces as whole tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gotrace.analyses.result import ResultTable
from gotrace.analyses.trace.fold import Fold
from gotrace.readers.trace.recording import read_trace
from gotrace.tables.columns import Coded, Columns
from gotrace.tables.recording import Recording
from gotrace.tables.schema import TABLES

SAMPLES = Path(__file__).parents[3] / "sample_traces"
TRACES = sorted(SAMPLES.glob("*/*/trace*.out"))
ALLOC_TRACES = [path for path in TRACES if "allocfree" in path.name]

_DTYPES: dict[str, Any] = {
    "bool": np.bool_, "int32": np.int32, "int64": np.int64, "uint64": np.uint64, "string": object,
}  # fmt: skip


def block(table: str, *rows: dict[str, Any]) -> tuple[str, Columns]:
    """Rows of a table; columns that no row names are -1, false or null."""
    columns: dict[str, Any] = {}
    for column in TABLES[table].columns:
        values = [row.get(column.name) for row in rows]
        if column.kind == "coded":
            columns[column.name] = Coded.from_strings(values)
            continue
        absent: Any = "" if column.kind == "string" else 0 if "uint" in column.kind else -1
        absent = False if column.kind == "bool" else absent
        filled = [absent if value is None else value for value in values]
        columns[column.name] = np.array(filled, _DTYPES[column.kind])
    return table, Columns(len(rows), columns)


def fed(fold: Fold, blocks: Iterable[tuple[str, Columns]]) -> None:
    """Feed a fold the blocks of its tables."""
    for table, columns in blocks:
        if table in fold.tables:
            fold.feed(table, columns)


def metrics(*points: tuple[int, str, int]) -> tuple[str, Columns]:
    """Rows of `metrics`: time, `live` or `goal`, value."""
    names = {"live": "/memory/classes/heap/objects:bytes", "goal": "/gc/heap/goal:bytes"}
    return block(
        "metrics",
        *({"time_ns": time, "name": names[name], "value": value} for time, name, value in points),
    )


def values(table: ResultTable, name: str) -> Sequence[Any]:
    return list(table.column(name).values)


@cache
def recorded(path: Path) -> Recording:
    """A trace as whole tables."""
    return read_trace(path)
