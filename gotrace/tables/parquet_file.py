"""A Parquet file of whole numbers, codes and ids, written block by block.

pyarrow took two to four times as long for the rows of a trace (98 ns against 41 for an event, 160
against 41 for an object), which has hundreds of millions of values. Tables with free text or lists
are left to it (`gotrace.tables.stream_store`). The layout is that of
parquet-format: pages, then a footer with the schema, the place of every column chunk, and the Arrow
schema with units and docs.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from gotrace.tables.arrow import arrow_schema
from gotrace.tables.columns import Columns
from gotrace.tables.declaration import Column, Table
from gotrace.tables.parquet_pages import BYTE_ARRAY, PHYSICAL, Desk, Group, Keys
from gotrace.tables.thrift import I16, I64, STRUCT, Struct

__all__ = ["PagesFile", "is_plain"]

_MAGIC = b"PAR1"
_VERSION = 2
_REQUIRED, _OPTIONAL = 0, 1
_UTF8, _UINT_64 = 0, 14
_STRING_TYPE, _INTEGER_TYPE = 1, 10
"""Fields of `LogicalType`."""


def is_plain(table: Table) -> bool:
    """Whether a table has only columns that can be written here."""
    return all(column.refers_to or column.kind in PHYSICAL for column in table.columns) and not any(
        column.kind == "list" for column in table.columns
    )


class PagesFile:
    """Writes blocks of rows, each a row group of its own; `close` ends the file."""

    def __init__(self, path: Path, table: Table) -> None:
        self._table = table
        self._group = Group(table.columns)
        self._groups: list[bytes] = []
        self._rows = 0
        self._file = path.open("wb", buffering=0)
        self._offset = 0
        self._put([_MAGIC])

    def write(self, block: Columns, keys: Keys, desk: Desk) -> None:
        """Write a row group; `keys` are the ids that its row numbers stand for."""
        start = self._offset
        chunks = self._group.chunks(block, keys, desk, start)
        self._put([part for chunk in chunks for part in chunk.parts])
        group = Struct().items(1, STRUCT, [chunk.described for chunk in chunks])
        group.number(2, sum(chunk.raw_bytes for chunk in chunks), I64)
        group.number(3, block.rows, I64).number(5, start, I64).number(6, self._offset - start, I64)
        if len(self._groups) < 1 << 15:
            group.number(7, len(self._groups), I16)
        self._groups.append(bytes(group))
        self._rows += block.rows

    def close(self) -> None:
        """Write the footer."""
        try:
            footer = self._footer()
            self._put([footer, len(footer).to_bytes(4, "little"), _MAGIC])
        finally:
            self._file.close()

    def _put(self, parts: Sequence[bytes | memoryview]) -> None:
        data = memoryview(b"".join(parts))
        while data:
            written = self._file.write(data)
            self._offset += written
            data = data[written:]

    def _footer(self) -> bytes:
        """`FileMetaData`."""
        columns = self._table.columns
        root = Struct().text(4, b"schema").number(5, len(columns))
        schema = arrow_schema(self._table)
        about = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
        about["ARROW:schema"] = base64.b64encode(schema.serialize().to_pybytes()).decode()
        pairs = [
            bytes(Struct().text(1, key.encode()).text(2, value.encode()))
            for key, value in about.items()
        ]
        by_type = bytes(Struct().struct(1, bytes(Struct())))
        footer = Struct().number(1, _VERSION)
        footer.items(2, STRUCT, [bytes(root), *(_element(column) for column in columns)])
        footer.number(3, self._rows, I64).items(4, STRUCT, self._groups)
        footer.items(5, STRUCT, pairs).text(6, b"gotrace")
        footer.items(7, STRUCT, [by_type] * len(columns))
        return bytes(footer)


def _element(column: Column) -> bytes:
    """`SchemaElement`: the type of a column."""
    is_id = column.kind == "uint64" or bool(column.refers_to)
    physical = PHYSICAL["int64"] if is_id else PHYSICAL[column.kind]
    found = Struct().number(1, physical).number(3, _OPTIONAL if column.nullable else _REQUIRED)
    found.text(4, column.name.encode())
    if physical == BYTE_ARRAY:
        found.number(6, _UTF8).struct(10, bytes(Struct().struct(_STRING_TYPE, bytes(Struct()))))
    elif is_id:
        unsigned = bytes([0x13, 64, 0x12, 0])  # an int of one byte: 64 bits; no sign
        found.number(6, _UINT_64).struct(10, bytes(Struct().struct(_INTEGER_TYPE, unsigned)))
    return bytes(found)
