"""Columns to column chunks of a Parquet file: one dictionary page at most, and one data page.

The numbers of formats, encodings and codecs are those of `parquet.thrift` (parquet-format). What
takes time is done by the kernel `column_pages`; here stand the dictionaries, the compression and
the headers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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
    statistics,
)

__all__ = ["BYTE_ARRAY", "PHYSICAL", "Chunk", "Desk", "Group", "Keys", "Page", "Pages"]

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


Numbers = npt.NDArray[Any]


class Chunk(NamedTuple):
    """A column chunk: its bytes, and what the footer says of it.

    The bytes lie in the desk's memory, until that makes the next pages.
    """

    parts: tuple[bytes | memoryview, ...]
    stored_bytes: int
    raw_bytes: int
    described: bytes


class Page(NamedTuple):
    """A page as the kernel made it: its bytes, the dictionary, and what `STATE` names."""

    content: memoryview
    entries: Numbers
    encoding: int
    nulls: int
    low: int
    high: int
    distinct: int


class Desk:
    """The memory of one thread that makes pages; it grows with the blocks that come."""

    def __init__(self) -> None:
        self.kernel: Any = load("column_pages")
        self.codec = pa.Codec("lz4_raw")
        self.encodings = {
            self.kernel.NO_VALUES: PLAIN,
            self.kernel.DICTIONARY: RLE_DICTIONARY,
            self.kernel.DELTAS: DELTA_BINARY_PACKED,
        }
        self._places = np.zeros(2 * self.kernel.MOST_RANGE, np.uint16)
        self._grow(0, 0)

    def encode(self, columns: list[Numbers], is_nullable: Numbers, modes: Numbers) -> list[Page]:
        """The pages of these columns; they are valid until the next call."""
        rows = max(map(len, columns), default=0)
        if rows > self._rows or len(columns) > len(self._state):
            self._grow(max(rows, self._rows), max(len(columns), len(self._state)))
        values = [column.data for column in columns]
        # All at once: a kernel that ends has to wait until Python's other threads let it go on.
        self.kernel.encode(values, is_nullable.data, modes.data, self._memory)
        pages, at = [], 0
        for entries, (*state, size) in zip(self._distinct, self._state.tolist(), strict=True):
            pages.append(Page(self._out[at : at + size], entries[: state[4]], *state))
            at += size
        return pages[: len(columns)]

    def _grow(self, rows: int, columns: int) -> None:
        self._rows = rows
        self._distinct = np.empty((columns, self.kernel.MOST_RANGE), np.int64)
        self._state = np.zeros((columns, len(self.kernel.STATE)), np.int64)
        self._out = np.empty(columns * (10 * rows + 2048), np.uint8).data
        self._memory = self.kernel.Memory(
            self._places.data,
            np.empty(rows + 1, np.int32).data,
            np.empty(rows + 1, np.int64).data,
            self._distinct.data,
            self._out,
            self._state.data,
        )


class Group:
    """Makes the column chunks of row groups of one table."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._pages = [Pages(column) for column in columns]
        numbers = [pages for pages in self._pages if not pages.is_bits]
        self._is_nullable = np.array([pages.column.nullable for pages in numbers], np.uint8)
        self._stands_for = np.array([pages.stands_for for pages in numbers], np.uint8)

    def chunks(self, block: Columns, keys: Keys, desk: Desk, offset: int) -> list[Chunk]:
        """The chunks of all columns, which start at byte `offset` of the file."""
        kernel = desk.kernel
        values = [pages.values(block) for pages in self._pages if not pages.is_bits]
        modes = np.where(self._stands_for, kernel.TEXTS, kernel.NUMBERS).astype(np.uint8)
        found = iter(desk.encode(values, self._is_nullable, modes))
        chunks: list[Chunk] = []
        for pages in self._pages:
            page = _bits(block, pages.column.name) if pages.is_bits else next(found)
            chunks.append(pages.chunk(page, block, keys, desk, offset))
            offset += chunks[-1].stored_bytes
        return chunks


def _bits(block: Columns, name: str) -> Page:
    bits = np.packbits(block.array(name), bitorder="little")
    return Page(bits.data, bits[:0], 0, 0, 0, 0, 0)


class Pages:
    """Makes the chunks of one column."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.is_bits = column.kind == "bool"
        self.stands_for = column.kind == "coded" or bool(column.refers_to)
        """Whether its numbers are those of something else, which is what is written."""
        self._physical = INT64 if column.refers_to else PHYSICAL[column.kind]
        self._is_plain = not column.refers_to and column.kind in ("int32", "int64")
        self._patience = 0
        self._heads = ChunkHeads(column.name, self._physical)

    def values(self, block: Columns) -> Numbers:
        """The numbers to be encoded."""
        data: Any = block[self.column.name]
        values = np.ascontiguousarray(data.codes if isinstance(data, Coded) else data)
        return values.view(np.int64) if values.dtype == np.uint64 else values

    def chunk(self, page: Page, block: Columns, keys: Keys, desk: Desk, offset: int) -> Chunk:
        """The chunk of a page; it starts at byte `offset` of the file."""
        if self.is_bits:
            return self._chunk(block.rows, page, PLAIN, None, b"", desk, offset)
        if self.stands_for and page.low < 0:
            raise ValueError(f"{self.column.name} is null, which it must not be")
        if page.encoding == desk.kernel.TOO_MANY:
            page = self._of_many(self.values(block))
        dictionary = None
        if page.encoding == desk.kernel.DICTIONARY:
            dictionary = self._dictionary(page.entries, block, keys)
        bounds, encoding = self._statistics(page), desk.encodings[page.encoding]
        return self._chunk(block.rows, page, encoding, dictionary, bounds, desk, offset)

    def _of_many(self, values: Numbers) -> Page:
        """Of more numbers than the kernel finds codes for, or too far apart."""
        entries, inverse = np.unique(values, return_inverse=True)
        codes = inverse.reshape(-1).astype(np.int32)
        if self.column.nullable and entries[0] == -1:
            entries, codes = entries[1:], codes - np.int32(1)
        desk = Desk()  # of its own, for the pages of the other columns are still in the other
        modes = np.array([desk.kernel.CODES], np.uint8)
        is_nullable = np.array([self.column.nullable], np.uint8)
        return desk.encode([codes], is_nullable, modes)[0]._replace(entries=entries)

    def _dictionary(self, entries: Numbers, block: Columns, keys: Keys) -> tuple[int, bytes]:
        """How many entries, and these."""
        data, column = block[self.column.name], self.column
        if isinstance(data, Coded):
            texts = [data.values[code].encode("utf-8", "replace") for code in entries.tolist()]
            return len(texts), b"".join(len(t).to_bytes(4, "little") + t for t in texts)
        if column.refers_to:
            return len(entries), keys[column.refers_to][entries].tobytes()
        width = np.int32 if self._physical == INT32 else np.int64
        return len(entries), entries.astype(width).tobytes()

    def _statistics(self, page: Page) -> bytes:
        """Lowest and highest value, and the number of nulls: readers skip row groups by them."""
        if not self._is_plain:
            return b""
        if not page.encoding:
            return statistics(page.nulls, b"", b"")
        size = 4 if self._physical == INT32 else 8
        high, low = (value.to_bytes(size, "little", signed=True) for value in (page.high, page.low))
        return statistics(page.nulls, high, low)

    def _chunk(
        self,
        rows: int,
        page: Page,
        encoding: int,
        dictionary: tuple[int, bytes] | None,
        bounds: bytes,
        desk: Desk,
        offset: int,
    ) -> Chunk:
        content = page.content
        packed = self._compressed(content, desk)
        codec = UNCOMPRESSED if packed is None else LZ4_RAW
        parts: list[bytes | memoryview] = []
        raw = stored = 0
        if dictionary is not None:
            entries = dictionary[1]
            body = entries if packed is None else desk.codec.compress(entries, asbytes=True)
            head = dictionary_page(len(entries), len(body), dictionary[0])
            parts += (head, body)
            raw, stored = len(head) + len(entries), len(head) + len(body)
        size = len(content) if packed is None else len(packed)
        head = data_page(len(content), size, rows, encoding)
        parts += (head, content if packed is None else packed)
        numbers = (rows, raw + len(head) + len(content), stored + len(head) + size)
        dictionary_offset = None if dictionary is None else offset
        described = self._heads.described(
            encoding, codec, numbers, offset + stored, dictionary_offset, bounds
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
