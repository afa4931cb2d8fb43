"""Tables as Arrow: row numbers become ids, units and docs travel in the metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gotrace.tables.columns import Coded, Columns, Lists
from gotrace.tables.schema import SCHEMA_VERSION, TABLES, Column, Table

if TYPE_CHECKING:
    from gotrace.tables.recording import Recording

__all__ = ["arrow_arrays", "arrow_schema", "arrow_table", "arrow_type"]

_TYPES = {
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint64": pa.uint64(),
    "double": pa.float64(),
    "string": pa.string(),
    "coded": pa.dictionary(pa.int32(), pa.string()),
}
_DTYPES: dict[pa.DataType, npt.DTypeLike] = {
    pa.int32(): np.int32,
    pa.int64(): np.int64,
    pa.uint64(): np.uint64,
    pa.float64(): np.float64,
}
_ID = pa.uint64()
Ids = npt.NDArray[np.uint64]


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
    arrays = arrow_arrays(table, recording.columns[name], _Keys(recording))
    schema = arrow_schema(table)
    about = {"gotrace.kind": recording.kind, "gotrace.origin": _origin_json(recording)}
    merged = {**{k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}, **about}
    return pa.Table.from_arrays(arrays, schema=schema.with_metadata(merged))


def arrow_arrays(table: Table, columns: Columns, keys: Mapping[str, Ids]) -> list[pa.Array]:
    """The columns of `table`, of which `columns` are some rows or all, as Arrow arrays.

    `keys` are the ids that row numbers stand for, by `refers_to`.
    """
    return [_array(columns, column, keys) for column in table.columns]


class _Keys(Mapping[str, Ids]):
    """The ids in a recording's own tables."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def __getitem__(self, name: str) -> Ids:
        table, _, key = name.partition(".")
        return self._recording.columns[table].array(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _origin_json(recording: Recording) -> str:
    return json.dumps(vars(recording.origin), sort_keys=True)


def _array(columns: Columns, column: Column, keys: Mapping[str, Ids]) -> pa.Array:
    data = columns[column.name]
    if isinstance(data, Coded):
        return _coded(data)
    if isinstance(data, Lists):
        plain = pa.int64() if not column.refers_to else None
        values = _numbers(data.values, plain) if plain else _ids(column, data.values, keys)
        return pa.LargeListArray.from_arrays(_numbers(data.offsets, pa.int64()), values)
    if column.refers_to:
        return _ids(column, data, keys)
    if column.kind == "string":
        return _texts(data)
    if column.kind == "bool":
        return _bits(data)
    return _numbers(data, _TYPES[column.kind], _nulls(data, column))


def _nulls(data: npt.NDArray[Any], column: Column) -> npt.NDArray[np.bool_] | None:
    """Where a nullable number is null: it is -1 in memory, a double NaN."""
    if not column.nullable:
        return None
    is_null: npt.NDArray[np.bool_] = np.isnan(data) if column.kind == "double" else data == -1
    return is_null


def _coded(data: Coded) -> pa.Array:
    indices = _numbers(data.codes, pa.int32(), data.codes < 0)
    return pa.DictionaryArray.from_arrays(indices, _texts(data.values))


def _ids(column: Column, rows: npt.NDArray[Any], keys: Mapping[str, Ids]) -> pa.Array:
    """Row numbers of the table that `column` refers to → that table's ids, -1 → null."""
    ids = np.append(keys[column.refers_to], np.uint64(0))
    return _numbers(ids.take(rows, mode="wrap"), _ID, rows < 0 if column.nullable else None)


# Arrays are made of buffers: `pa.array` imports pandas (0.4 s), and copies where there are nulls.


def _numbers(
    data: npt.NDArray[Any], kind: pa.DataType, is_null: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    """Numbers as they lie in memory."""
    data = np.ascontiguousarray(data, _DTYPES[kind])
    valid, nulls = _validity(is_null)
    return pa.Array.from_buffers(kind, len(data), [valid, pa.py_buffer(data)], nulls)


def _bits(data: npt.NDArray[np.bool_]) -> pa.Array:
    bits = pa.py_buffer(np.packbits(data, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(data), [None, bits], 0)


def _texts(data: Sequence[str | None] | npt.NDArray[Any]) -> pa.Array:
    """Texts, None for null; what is no Unicode (lone surrogates) becomes a question mark."""
    encoded = [b"" if text is None else text.encode("utf-8", "replace") for text in data]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    if offsets[-1] > np.iinfo(np.int32).max:
        return pa.array(data, pa.string())
    valid, nulls = _validity(np.array([text is None for text in data], np.bool_))
    buffers = [valid, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers, nulls)


def _validity(is_null: npt.NDArray[np.bool_] | None) -> tuple[pa.Buffer | None, int]:
    """The bitmap of what is not null, and how much is."""
    nulls = 0 if is_null is None else int(np.count_nonzero(is_null))
    if not nulls or is_null is None:
        return None, 0
    return pa.py_buffer(np.packbits(~is_null, bitorder="little")), nulls
