"""Columns to column chunks of a Parquet file: one dictionary page at most, and one data page.

The numbers of formats, encodings and codecs are those of `parquet.thrift` (parquet-format). What
takes time is done by the kernel `column_pages`; here stand the dictionaries, the compression and
the headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gotrace.kernels import load
from gotrace.tables.columns import Coded, Columns
from gotrace.tables.declaration import Column
from gotrace.tables.parquet_headers import (
    DELTA_BINARY_PACKED,
    LZ4_RAW,
    PLAIN,
    RLE_DICTIONARY,
    UNCOMPRESSED,
    ChunkHeads,
    data_page,
    dictionary_page,
)
from gotrace.tables.thrift import I64, Struct

__all__ = ["BYTE_ARRAY", "PHYSICAL", "Chunk", "Desk", "Keys", "Pages"]

Keys = Mapping[str, npt.NDArray[np.uint64]]

BOOLEAN, INT32, INT64, BYTE_ARRAY = 0, 1, 2, 6
PHYSICAL = {"bool": BOOLEAN, "int32": INT32, "int64": INT64, "uint64": INT64, "coded": BYTE_ARRAY}
"""Kind of a column → physical type; references are INT64, other kinds are not written here."""
_LEAST_BYTES = 256
"""Pages below this are not worth a compression."""
_GAIN = 0.65
"""A page is stored compressed if that takes less than this part of its size: differences are small
already, and LZ4 takes as long as they did."""
_PATIENCE = 8
"""Pages of a column that are not tried after one that did not gain."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column chunk: its bytes, and what the footer says of it."""

    parts: tuple[bytes, ...]
    stored_bytes: int
    raw_bytes: int
    described: bytes


class Desk:
    """The memory of one thread that makes pages; it grows with the blocks that come."""

    def __init__(self) -> None:
        self.kernel: Any = load("column_pages")
        self.codec = pa.Codec("lz4_raw")
        self.places = np.zeros(self.kernel.MOST_RANGE, np.uint16)
        self.distinct = np.zeros(self.kernel.MOST_RANGE, np.int64)
        self.state = np.zeros(len(self.kernel.STATE), np.int64)
        self.codes = np.zeros(0, np.int32)
        self.kept = np.zeros(0, np.int64)
        self.out = np.zeros(0, np.uint8)
        self.encodings = {
            self.kernel.NO_VALUES: PLAIN,
            self.kernel.DICTIONARY: RLE_DICTIONARY,
            self.kernel.DELTAS: DELTA_BINARY_PACKED,
        }
        self._views: list[memoryview] = []

    def encode(self, values: npt.NDArray[Any], is_nullable: bool, mode: int) -> memoryview:
        """The page of these numbers; `state` and `distinct` are about them until the next call."""
        if len(self.codes) < len(values):
            self.codes = np.zeros(len(values), np.int32)
            self.kept = np.zeros(len(values), np.int64)
            self.out = np.zeros(10 * len(values) + 2048, np.uint8)
            self._views = []
        if not self._views:
            memory = (self.places, self.codes, self.kept, self.distinct, self.out, self.state)
            self._views = [array.data for array in memory]
        self.kernel.encode(values.data, is_nullable, mode, *self._views)
        return self._views[4][: int(self.state[5])]


class Pages:
    """Makes the chunks of one column."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._physical = INT64 if column.refers_to else PHYSICAL[column.kind]
        self._is_plain = not column.refers_to and column.kind in ("int32", "int64")
        self._patience = 0
        self._heads = ChunkHeads(column.name, self._physical)

    def chunk(self, columns: Columns, keys: Keys, desk: Desk, offset: int) -> Chunk:
        """A chunk that starts at byte `offset` of the file."""
        data: Any = columns[self._column.name]
        if self._physical == BOOLEAN:
            page = np.packbits(data, bitorder="little").data
            return self._chunk(columns.rows, page, PLAIN, None, b"", desk, offset)
        dictionary, page = self._encoded(data, keys, desk)
        encoding, statistics = desk.encodings[int(desk.state[0])], self._statistics(desk.state)
        return self._chunk(columns.rows, page, encoding, dictionary, statistics, desk, offset)

    def _encoded(
        self, data: Any, keys: Keys, desk: Desk
    ) -> tuple[tuple[int, bytes] | None, memoryview]:
        """The dictionary (how many entries, and these) and the page."""
        column, kernel, state = self._column, desk.kernel, desk.state
        is_coded = isinstance(data, Coded)
        values = np.ascontiguousarray(data.codes if is_coded else data)
        if column.kind == "uint64" and not column.refers_to:
            values = values.view(np.int64)
        is_nullable, stands_for = column.nullable, is_coded or bool(column.refers_to)
        page = desk.encode(values, is_nullable, kernel.TEXTS if stands_for else kernel.NUMBERS)
        if stands_for and state[2] < 0:
            raise ValueError(f"{column.name} is null, which it must not be")
        entries: npt.NDArray[Any] = desk.distinct
        if state[0] == kernel.TOO_MANY:
            entries, inverse = np.unique(values, return_inverse=True)
            codes = inverse.reshape(-1).astype(np.int32)
            if is_nullable and entries[0] == -1:
                entries, codes = entries[1:], codes - np.int32(1)
            page = desk.encode(codes, is_nullable, kernel.CODES)
        if state[0] != kernel.DICTIONARY:
            return None, page
        entries = entries[: int(state[4])]
        if is_coded:
            texts = [data.values[code].encode("utf-8", "replace") for code in entries.tolist()]
            return (len(texts), b"".join(len(t).to_bytes(4, "little") + t for t in texts)), page
        if column.refers_to:
            return (len(entries), keys[column.refers_to][entries].tobytes()), page
        width = np.int32 if self._physical == INT32 else np.int64
        return (len(entries), entries.astype(width).tobytes()), page

    def _statistics(self, state: npt.NDArray[np.int64]) -> bytes:
        """Lowest and highest value, and the number of nulls: readers skip row groups by them."""
        if not self._is_plain:
            return b""
        _, nulls, low, high, *_ = state.tolist()
        found = Struct().number(3, nulls, I64)
        if state[0]:
            size = 4 if self._physical == INT32 else 8
            found.text(5, high.to_bytes(size, "little", signed=True))
            found.text(6, low.to_bytes(size, "little", signed=True))
        return bytes(found)

    def _chunk(
        self,
        rows: int,
        page: memoryview,
        encoding: int,
        dictionary: tuple[int, bytes] | None,
        statistics: bytes,
        desk: Desk,
        offset: int,
    ) -> Chunk:
        packed = self._compressed(page, desk)
        codec = UNCOMPRESSED if packed is None else LZ4_RAW
        parts: list[bytes] = []
        raw = stored = 0
        if dictionary is not None:
            entries = dictionary[1]
            body = entries if packed is None else desk.codec.compress(entries, asbytes=True)
            head = dictionary_page(len(entries), len(body), dictionary[0])
            parts += (head, body)
            raw, stored = len(head) + len(entries), len(head) + len(body)
        body = bytes(page) if packed is None else packed
        head = data_page(len(page), len(body), rows, encoding)
        parts += (head, body)
        numbers = (rows, raw + len(head) + len(page), stored + len(head) + len(body))
        dictionary_offset = None if dictionary is None else offset
        described = self._heads.described(
            encoding, codec, numbers, offset + stored, dictionary_offset, statistics
        )
        return Chunk(tuple(parts), numbers[2], numbers[1], described)

    def _compressed(self, page: memoryview, desk: Desk) -> bytes | None:
        """The page compressed, unless that is no gain."""
        if len(page) < _LEAST_BYTES:
            return None
        if self._patience:
            self._patience -= 1
            return None
        packed: bytes = desk.codec.compress(page, asbytes=True)
        if len(packed) < _GAIN * len(page):
            return packed
        self._patience = _PATIENCE
        return None
