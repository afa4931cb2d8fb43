"""Headers of pages and column chunks of Parquet, as bytes.

There is one of each for every chunk, so what is the same in all of them is made only once: the
heads of the fields (how much a field's number is above that of the one before, and its type), which
stand between the numbers. Fields and types are those of `parquet.thrift` (parquet-format).
"""

from __future__ import annotations

from gotrace.tables.thrift import BINARY, I32, I64, STRUCT, Struct, binary, zigzag

__all__ = [
    "DELTA_BINARY_PACKED",
    "LZ4_RAW",
    "PLAIN",
    "RLE_DICTIONARY",
    "UNCOMPRESSED",
    "ChunkHeads",
    "data_page",
    "dictionary_page",
    "statistics",
]

PLAIN, _RLE, DELTA_BINARY_PACKED, RLE_DICTIONARY = 0, 3, 5, 8
UNCOMPRESSED, LZ4_RAW = 0, 7
_I32, _I64 = b"\x15", b"\x16"
"""Heads of numbers in the field behind the one before."""
_I64_SKIP = b"\x26"
"""The same, with one field left out between."""
_END = b"\0"
_DATA_PAGE = _I32 + zigzag(0) + _I32
_DICTIONARY_PAGE = _I32 + zigzag(2) + _I32
_DATA_HEADER = bytes([2 << 4 | STRUCT]) + _I32
_DICTIONARY_HEADER = bytes([4 << 4 | STRUCT]) + _I32
_LEVELS = 2 * (_I32 + zigzag(_RLE)) + 2 * _END
_ENTRIES = _I32 + zigzag(PLAIN) + 2 * _END
_NULL_COUNT = bytes([3 << 4 | I64])
_HIGHEST, _LOWEST = bytes([2 << 4 | BINARY]), bytes([1 << 4 | BINARY])
_ONE = [bytes([value]) for value in range(256)]


def data_page(raw: int, stored: int, rows: int, encoding: int) -> bytes:
    """`PageHeader`: bytes before and after compression, rows (nulls too), encoding of values."""
    sizes = (_DATA_PAGE, zigzag(raw), _I32, zigzag(stored))
    return b"".join((*sizes, _DATA_HEADER, zigzag(rows), _I32, zigzag(encoding), _LEVELS))


def dictionary_page(raw: int, stored: int, entries: int) -> bytes:
    """`PageHeader` of a dictionary: bytes before and after compression, entries."""
    sizes = (_DICTIONARY_PAGE, zigzag(raw), _I32, zigzag(stored))
    return b"".join((*sizes, _DICTIONARY_HEADER, zigzag(entries), _ENTRIES))


def statistics(nulls: int, high: bytes, low: bytes) -> bytes:
    """`Statistics`: how many nulls, and the highest and the lowest value, if there are values."""
    count = _NULL_COUNT + zigzag(nulls)
    if not high:
        return count + _END
    size = _ONE[len(high)]
    return b"".join((count, _HIGHEST, size, high, _LOWEST, size, low, _END))


class ChunkHeads:
    """What the footer says of the chunks of one column (`ColumnChunk`)."""

    def __init__(self, name: str, physical: int) -> None:
        self._path = [binary(name.encode())]
        self._physical = physical
        self._begins: dict[tuple[int, int], bytes] = {}

    def described(
        self,
        encoding: int,
        codec: int,
        numbers: tuple[int, int, int],
        data_offset: int,
        dictionary_offset: int | None,
        bounds: bytes,
    ) -> bytes:
        """The bytes; offsets are of the file.

        `numbers` are rows, and bytes before and after compression; `bounds` are `statistics`.
        """
        begin = self._begins.get((encoding, codec))
        if begin is None:
            begin = self._begins[encoding, codec] = self._begin(encoding, codec)
        rows, raw, stored = numbers
        parts = [begin, _I64, zigzag(rows), _I64, zigzag(raw), _I64, zigzag(stored)]
        parts += (_I64_SKIP, zigzag(data_offset))
        last = 9
        if dictionary_offset is not None:
            parts += (_I64_SKIP, zigzag(dictionary_offset))
            last = 11
        if bounds:
            parts += (_ONE[12 - last << 4 | STRUCT], bounds)
        parts.append(2 * _END)
        return b"".join(parts)

    def _begin(self, encoding: int, codec: int) -> bytes:
        """All up to the codec; the offset before it is no longer used and 0."""
        encodings = [zigzag(number) for number in sorted({encoding, PLAIN, _RLE})]
        about = Struct().number(1, self._physical).items(2, I32, encodings)
        about.items(3, BINARY, self._path).number(4, codec)
        return bytes(Struct().number(2, 0, I64).struct(3, bytes(about)))[: -2 * len(_END)]
