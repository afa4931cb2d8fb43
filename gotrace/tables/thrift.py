"""The few forms of Thrift's compact protocol that the headers of Parquet need, as bytes.

A struct is its fields and a zero byte; a field is a byte (how much its number is above that of the
field before, and its type) and its value. Written after Thrift's `thrift-compact-protocol.md`.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["BINARY", "I16", "I32", "I64", "STRUCT", "Struct", "binary", "varint", "zigzag"]

I16, I32, I64, BINARY, _LIST, STRUCT = 4, 5, 6, 8, 9, 12
_TRUE, _FALSE = 1, 2
_LONG_LIST = 15
_ONE = [bytes([value]) for value in range(256)]


def varint(value: int) -> bytes:
    """A number that is not negative, seven bits a byte, the lowest first."""
    if value < 0x4000:
        return _ONE[value] if value < 0x80 else _ONE[value & 0x7F | 0x80] + _ONE[value >> 7]
    if value < 0x200000:
        return bytes((value & 0x7F | 0x80, value >> 7 & 0x7F | 0x80, value >> 14))
    if value < 0x10000000:
        last = (value >> 14 & 0x7F | 0x80, value >> 21)
        return bytes((value & 0x7F | 0x80, value >> 7 & 0x7F | 0x80, *last))
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def zigzag(value: int) -> bytes:
    """A number that may be negative."""
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def binary(value: bytes) -> bytes:
    """Bytes or text, as an item of a list."""
    return varint(len(value)) + value


class Struct:
    """A struct in the making: fields in the order of their numbers, then `bytes()`."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._last = 0

    def number(self, field: int, value: int, kind: int = I32) -> Struct:
        """A whole number of type `kind`."""
        return self._field(field, kind, zigzag(value))

    def flag(self, field: int, value: bool) -> Struct:
        """A boolean."""
        return self._field(field, _TRUE if value else _FALSE, b"")

    def text(self, field: int, value: bytes) -> Struct:
        """Bytes or text."""
        return self._field(field, BINARY, binary(value))

    def struct(self, field: int, value: bytes) -> Struct:
        """Another struct, made already."""
        return self._field(field, STRUCT, value)

    def items(self, field: int, kind: int, values: Sequence[bytes]) -> Struct:
        """A list of items of type `kind`."""
        return self._field(field, _LIST, _items(kind, values))

    def __bytes__(self) -> bytes:
        return b"".join(self._parts) + b"\0"

    def _field(self, field: int, kind: int, value: bytes) -> Struct:
        self._parts += (bytes([(field - self._last) << 4 | kind]), value)
        self._last = field
        return self


def _items(kind: int, values: Sequence[bytes]) -> bytes:
    """A list: how many items of which type, then these."""
    size = len(values)
    head = bytes([size << 4 | kind]) if size < _LONG_LIST else bytes([0xF0 | kind]) + varint(size)
    return head + b"".join(values)
