"""From objects as `pair` writes them to rows of the table `objects`."""

from __future__ import annotations

from gotrace.kernels.plain.heap_objects.numbers import MASK, NONE

__all__ = ["table_rows"]

_COLUMNS = (5, 7, 9, 5)


def table_rows(
    wide: memoryview,
    small: memoryview,
    lowest_address: int,
    unit_bytes: int,
    page_bytes: int,
    wide_out: memoryview,
    small_out: memoryview,
    is_noscan: memoryview,
) -> None:
    """The first rows of `objects_out` and `small_out` of `pair`, as many as `is_noscan` has.

    `wide_out` (int64, 9 x n) gets begin, end, duration, address, span, bytes of the slot,
    goroutine, cycle, end cycle; `small_out` (int32, 5 x n) span class, size class, type,
    allocations, proc; `is_noscan` is uint8. Unknown is -1. Raises IndexError where tables are of
    other columns or too few rows.
    """
    shapes = [table.shape or (0, 0) for table in (wide, small, wide_out, small_out)]
    if tuple(shape[0] for shape in shapes) != _COLUMNS:
        raise IndexError("tables of other columns")
    rows = len(is_noscan)
    if min(shape[1] for shape in shapes[:2]) < rows or {shape[1] for shape in shapes[2:]} != {rows}:
        raise IndexError("tables of too few rows")
    for row in range(rows):
        slot, begin, end, goroutine, span = (wide[column, row] for column in range(5))
        type_, proc, cycle, end_cycle, class_, size, count = (small[c, row] for c in range(7))
        duration = end - begin if begin >= 0 and end >= 0 else NONE
        address = _signed((slot * unit_bytes + lowest_address) & MASK)
        slot_bytes = size * (unit_bytes if class_ >= 2 else -page_bytes) if class_ >= 0 else NONE
        of_object = (begin, end, duration, address, span, slot_bytes, goroutine, cycle, end_cycle)
        for column, value in enumerate(of_object):
            wide_out[column, row] = value
        for column, value in enumerate((class_, class_ >> 1, type_, count, proc)):
            small_out[column, row] = value
        is_noscan[row] = int(class_ >= 0 and class_ & 1)


def _signed(value: int) -> int:
    """64 bits as two's complement."""
    return value - (1 << 64) if value >> 63 else value
