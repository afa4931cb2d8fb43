"""Tables of answers to disk: a Parquet file each, with unit and meaning of every column."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gotrace.tables.store import MANIFEST, replaced_folder

__all__ = ["save_results"]

ResultColumns = Iterable[tuple[str, str, str, Sequence[Any]]]
"""Name, unit, meaning and values of every column; None is null."""


def save_results(
    tables: Mapping[str, ResultColumns], directory: str | Path, *, force: bool = False
) -> dict[str, int]:
    """Write `NAME.parquet` for each table into a new folder; returns the rows of each.

    The folder appears when it is complete. Raises UsageError when it exists (unless `force` and one
    of ours), InputError when it cannot be written.
    """
    rows = {}
    with replaced_folder(directory, force=force) as folder:
        for name, columns in tables.items():
            table = _table(columns)
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
            rows[name] = table.num_rows
        manifest = {"schema_version": 1, "kind": "results", "tables": rows}
        text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")
    return rows


def _table(columns: ResultColumns) -> pa.Table:
    fields, arrays = [], []
    for name, unit, doc, values in columns:
        array = _array(unit, values)
        metadata = {key: text for key, text in (("unit", unit), ("doc", doc)) if text}
        fields.append(pa.field(name, array.type, metadata=metadata))
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _array(unit: str, values: Sequence[Any]) -> pa.Array:
    """Numbers as such; a column in which some rows have names for numbers becomes text."""
    told = [value for value in values if value is not None]
    if unit == "text" or any(isinstance(value, str) for value in told):
        texts = [None if value is None else _text(value) for value in values]
        return pa.array(texts, pa.string())
    if all(isinstance(value, int) for value in told) and unit != "ratio":
        return pa.array(values, pa.int64())
    return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode("utf-8")
