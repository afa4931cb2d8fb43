"""A table of pages: keys to rows by open addressing, which can forget."""

from __future__ import annotations

from gotrace.kernels.plain.heap_objects.numbers import MASK

__all__ = ["find", "remove"]


def find(table: memoryview, key: int, seed: int) -> int:
    """The row that has `key`, or the empty one where it belongs."""
    mask = len(table) - 1
    row = _home(key, seed, mask)
    while table[row, 0] and table[row, 0] != key:
        row = (row + 1) & mask
    return row


def remove(table: memoryview, row: int, seed: int) -> None:
    """Empty a row, and move those behind it up that would not be found any more."""
    mask = len(table) - 1
    after = row
    while True:
        after = (after + 1) & mask
        if not table[after, 0]:
            break
        # `after` may fill the gap unless its home lies behind the gap.
        if (after - _home(table[after, 0], seed, mask)) & mask >= (after - row) & mask:
            table[row, 0], table[row, 1] = table[after, 0], table[after, 1]
            row = after
    table[row, 0] = 0


def _home(key: int, seed: int, mask: int) -> int:
    x = (key ^ seed) & MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return (x ^ x >> 31) & mask
