"""Sums over rows of `objects`: what there was at which moment, and who pays for it.

The plain twin of `gotrace/kernels/heap_census.pyx`; it specifies the contract of both. Columns are
those of the table `objects` (`schemas/tables.md`): `begins`, `ends`, `sizes`, `births`, `deaths`
(int64; begin, end, slot bytes, GC cycle, end cycle), `classes`, `types`, `counts` (int32),
`addresses` (uint64). Span classes become rows: 0 for what is none, else 1 + the class.

A moment is a column of a table of changes (int64): what is added there holds from then on. Tick k
is at k << `shift`; an object is added at the first tick not before its begin, and taken away at the
first one not before its end, if it has one. Cycle ends (`cycle_ends`, sorted, and their numbers
`cycles`) are used in the same way.

Raises IndexError for columns of different lengths and for tables that are too small, in which
case part of the sums is there.
"""

from __future__ import annotations

from bisect import bisect_left

__all__ = [
    "ALIVE",
    "CLASS_ROWS",
    "COUNTERS",
    "GARBAGE",
    "MOST_BYTES",
    "NEVER",
    "NEW",
    "OBJECTS",
    "OBJECT_BYTES",
    "SHARED",
    "SOON",
    "STATES",
    "census",
    "crossing",
    "pairs",
    "payers",
    "places",
]

CLASS_ROWS = 137
"""Of 68 size classes, with and without pointers, and one for what is in no known span."""
NEVER = 1 << 40
"""The moment at which what is alive at the end is gone."""
MOST_BYTES = 1 << 47
"""Larger sizes count as this: user addresses have 47 bits."""
NEW, ALIVE, SOON, SHARED = 1, 2, 4, 8
"""Bits of an object's state: allocated in the trace; there at its end; freed after the first
collection that could; several tiny objects in one slot."""
STATES = 16
OBJECTS, OBJECT_BYTES, GARBAGE = 0, 1, 6
"""Rows of `by_tick` and `by_cycle`."""
COUNTERS = (
    "objects", "bytes", "soon_bytes", "freed_objects", "cycles", "alive_objects", "alive_bytes",
    "least_waste", "most_waste",
)  # fmt: skip
"""Rows of the sums of `payers`."""
_SOON_CYCLES = 1


def census(
    begins: memoryview, ends: memoryview, classes: memoryview, sizes: memoryview,
    deaths: memoryview, shift: int, cycle_ends: memoryview, cycles: memoryview,
    by_class: memoryview, large: memoryview, by_tick: memoryview, by_cycle: memoryview,
    lasted: memoryview[float], alive: memoryview[float],
) -> None:  # fmt: skip
    """Add objects to the changes at ticks and cycle ends, and to how long bytes lasted.

    `by_class` counts objects by row of class, `large` (2 rows) the bytes of large ones. `by_tick`
    and `by_cycle` have the rows `OBJECTS`, `OBJECT_BYTES` and, at cycle ends, `GARBAGE`: what is
    freed (`deaths`) as dead by the cycle that ends there. `lasted` (float64, by row of class) gets
    bytes times nanoseconds, of what is alive minus its begin; `alive` its bytes.
    """
    _check(begins, ends, classes, sizes, deaths)
    if not 0 <= shift < 62 or len(cycle_ends) != len(cycles):
        raise IndexError("moments out of range")
    ends_of_cycles = cycle_ends.tolist()
    for i in range(len(begins)):
        begin, end, row, size = begins[i], ends[i], _row(classes[i]), _size(sizes[i])
        first, gone = _tick(begin, shift), NEVER if end < 0 else _tick(end, shift)
        if first != gone:
            _change(by_class, row, first, gone, 1)
            _change(by_tick, OBJECTS, first, gone, 1)
            _change(by_tick, OBJECT_BYTES, first, gone, size)
            if row in (1, 2):
                _change(large, row - 1, first, gone, size)
        first = bisect_left(ends_of_cycles, begin)
        gone = NEVER if end < 0 else bisect_left(ends_of_cycles, end)
        if first != gone:
            _change(by_cycle, OBJECTS, first, gone, 1)
            _change(by_cycle, OBJECT_BYTES, first, gone, size)
            # The last end before a free is that of the cycle that found it dead.
            if first < gone < NEVER and cycles[gone - 1] == deaths[i]:
                _change(by_cycle, GARBAGE, gone - 1, gone, size)
        begin = max(begin, 0)
        if end < 0:
            lasted[row] -= float(begin) * float(size)
            alive[row] += float(size)
        else:
            lasted[row] += float(end - begin) * float(size)


def pairs(
    types: memoryview, classes: memoryview, most_types: int, pair_of: memoryview,
    out: memoryview, start: int,
) -> int:  # fmt: skip
    """Write the pair (type and class) of each object from `start` on into `out` (int64).

    `pair_of` (int32, a row for each type plus one, a column for each row of class) holds -1 where
    there is none yet: stops there, and returns the object's row; else the number of all. Types
    beyond `most_types` count as none.
    """
    _check(types, classes, out, out, out)
    if _shape(pair_of)[1] != CLASS_ROWS or start < 0:
        raise IndexError("a table of other columns")
    for i in range(start, len(types)):
        type_ = types[i] + 1
        if type_ > most_types or type_ < 0:
            type_ = 0
        if type_ >= _shape(pair_of)[0]:
            return i
        pair = pair_of[type_, _row(classes[i])]
        if pair < 0:
            return i
        out[i] = pair
    return max(len(types), start)


def payers(
    begins: memoryview, ends: memoryview, classes: memoryview, sizes: memoryview,
    counts: memoryview, births: memoryview, deaths: memoryview, pair: memoryview,
    payer: memoryview, waste: memoryview, pair_objects: memoryview, pair_bytes: memoryview,
    pair_more: memoryview, sums: memoryview,
) -> None:  # fmt: skip
    """Add objects to their pairs (pairs x `STATES`), and new ones to who pays.

    `waste` (2 x n) is the least and the most of each object, `payer` (int64) who allocated it;
    `sums` has the rows `COUNTERS`. `pair_more` (pairs x 2) counts tiny allocations beyond the first
    of a slot, and cycles that freed objects lived.
    """
    _check(begins, ends, classes, sizes, counts)
    _check(begins, births, deaths, pair, payer)
    if _shape(waste) != (2, len(begins)) or _shape(sums)[0] != len(COUNTERS):
        raise IndexError("tables of other columns")
    for i in range(len(begins)):
        is_new, is_alive = begins[i] >= 0, ends[i] < 0
        size, at = _size(sizes[i]), pair[i]
        lived = max(deaths[i] - births[i], 0) if is_new and not is_alive else 0
        is_soon = is_new and not is_alive and lived <= _SOON_CYCLES
        state = is_new * NEW | is_alive * ALIVE | is_soon * SOON | (counts[i] > 1) * SHARED
        pair_more[at, 0] += max(counts[i] - 1, 0)
        pair_more[at, 1] += lived
        pair_objects[at, state] += 1
        pair_bytes[at, state] += size
        if is_new:
            amounts = (
                1, size, size * is_soon, not is_alive, lived, is_alive, size * is_alive,
                waste[0, i], waste[1, i],
            )  # fmt: skip
            for counter, amount in enumerate(amounts):
                sums[counter, payer[i]] += amount


def places(
    begins: memoryview, ends: memoryview, classes: memoryview, sizes: memoryview,
    addresses: memoryview, shift: int, piece_shift: int, base: int, row_of: memoryview,
    changes: memoryview, start: int,
) -> int:  # fmt: skip
    """Add small objects to the changes of their pieces of memory, from row `start` on.

    Piece number `base` + i has row `row_of[i]` (int64) of `changes`; -1 where it has none: stops
    there, and returns the object's row; else the number of all.
    """
    _check(begins, ends, classes, sizes, addresses)
    if not 0 <= shift < 62 or not 0 <= piece_shift < 62 or start < 0:
        raise IndexError("moments or pieces out of range")
    for i in range(start, len(begins)):
        first, gone = _tick(begins[i], shift), NEVER if ends[i] < 0 else _tick(ends[i], shift)
        if _row(classes[i]) <= 2 or first == gone:
            continue
        place = ((addresses[i] & (MOST_BYTES - 1)) >> piece_shift) - base
        if not 0 <= place < len(row_of) or row_of[place] < 0:
            return i
        _change(changes, row_of[place], first, gone, _size(sizes[i]))
    return max(len(begins), start)


def crossing(
    begins: memoryview, ends: memoryview, classes: memoryview, spans: memoryview, shift: int,
    out: memoryview,
) -> int:  # fmt: skip
    """Write the rows of small objects in known spans that are there at a tick; how many."""
    _check(begins, ends, classes, spans, out)
    if not 0 <= shift < 62:
        raise IndexError("moments out of range")
    found = 0
    for i in range(len(begins)):
        if spans[i] < 0 or _row(classes[i]) <= 2:
            continue
        if ends[i] < 0 or _tick(begins[i], shift) != _tick(ends[i], shift):
            out[found] = i
            found += 1
    return found


def _check(first: memoryview, *others: memoryview) -> None:
    if any(len(other) != len(first) for other in others):
        raise IndexError("columns of different lengths")


def _shape(table: memoryview) -> tuple[int, ...]:
    return table.shape or ()


def _row(span_class: int) -> int:
    return span_class + 1 if 0 <= span_class < CLASS_ROWS - 1 else 0


def _size(size: int) -> int:
    return min(max(size, 0), MOST_BYTES)


def _tick(time: int, shift: int) -> int:
    return (time + (1 << shift) - 1) >> shift if time >= 0 else 0


def _change(table: memoryview, row: int, first: int, gone: int, amount: int) -> None:
    table[row, first] += amount
    if gone < NEVER:
        table[row, gone] -= amount
