"""Tables as Arrow: row numbers become ids, units and docs travel in the metadata."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gotrace.tables.columns import Coded, Columns, Lists
from gotrace.tables.schema import SCHEMA_VERSION, TABLES, Column, Table

if TYPE_CHECKING:
    from gotrace.tables.recording import Recording

__all__ = ["arrow_schema", "arrow_table", "arrow_type"]

_TYPES = {
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint64": pa.uint64(),
    "double": pa.float64(),
    "string": pa.string(),
    "coded": pa.dictionary(pa.int32(), pa.string()),
}
_ID = pa.uint64()


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of a column outside memory: references are ids (uint64)."""
    if column.kind == "list":
        return pa.large_list(_ID if column.refers_to else pa.int64())
    return _ID if column.refers_to else _TYPES[column.kind]


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table, with unit, reference and doc of each column as metadata."""
    fields = []
    for column in table.columns:
        described = {"doc": column.doc, "unit": column.unit, "refers_to": column.refers_to}
        metadata = {key: value for key, value in described.items() if value}
        fields.append(pa.field(column.name, arrow_type(column), column.nullable, metadata))
    return pa.schema(
        fields,
        metadata={
            "gotrace.schema_version": str(SCHEMA_VERSION),
            "gotrace.table": table.name,
            "doc": table.doc,
        },
    )


def arrow_table(recording: Recording, name: str) -> pa.Table:
    """Table `name` of a recording, its origin and kind in the schema's metadata."""
    table = TABLES[name]
    columns = recording.columns[name]
    arrays = [_array(recording, columns, column) for column in table.columns]
    schema = arrow_schema(table)
    about = {"gotrace.kind": recording.kind, "gotrace.origin": _origin_json(recording)}
    merged = {**{k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}, **about}
    return pa.Table.from_arrays(arrays, schema=schema.with_metadata(merged))


def _origin_json(recording: Recording) -> str:
    return json.dumps(vars(recording.origin), sort_keys=True)


def _array(recording: Recording, columns: Columns, column: Column) -> pa.Array:
    data = columns[column.name]
    if isinstance(data, Coded):
        indices = pa.array(data.codes, pa.int32(), mask=data.codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(data.values, pa.string()))
    if isinstance(data, Lists):
        values = _ids(recording, column, data.values) if column.refers_to else pa.array(data.values)
        return pa.LargeListArray.from_arrays(pa.array(data.offsets), values)
    if column.refers_to:
        return _ids(recording, column, data)
    # A nullable whole number is -1 in memory where it is null.
    is_null = data == -1 if column.nullable and column.kind in ("int32", "int64") else None
    return pa.array(data, _TYPES[column.kind], mask=is_null, from_pandas=False)


def _ids(recording: Recording, column: Column, rows: npt.NDArray[Any]) -> pa.Array:
    """Row numbers of the table that `column` refers to → that table's ids, -1 → null."""
    table, _, key = column.refers_to.partition(".")
    ids = np.append(recording.columns[table].array(key), np.uint64(0))
    return pa.array(ids[rows], _ID, mask=rows < 0 if column.nullable else None)
