"""Columns of whole numbers to data pages of Parquet: plain Python, and the contract of the kernel.

`encode` writes pages, as the format's documents describe them (parquet-format, `Encodings.md`):
for a column that may be null the definition levels (their length in 4 bytes, then one bit a row),
and the values that are not null in one of two encodings:

- `RLE_DICTIONARY` where few distinct numbers lie near the first of them: a byte that says how many
  bits a code has, then codes, in runs or in groups of eight. `distinct` holds the dictionary.
- `DELTA_BINARY_PACKED` for all others: differences to the value before, packed in as few bits as
  they need, 32 at a time.

Why not a hash table: numbers of threads, states and stacks are near each other, so a table of
`MOST_RANGE` places on both sides of the first finds their codes with one look, and wherever it does
not, differences are as short.
"""

from __future__ import annotations

__all__ = [
    "CODES",
    "DELTAS",
    "DICTIONARY",
    "MOST_RANGE",
    "NO_VALUES",
    "NUMBERS",
    "STATE",
    "TEXTS",
    "TOO_MANY",
    "Memory",
    "encode",
]

NUMBERS, TEXTS, CODES = range(3)
"""Modes: any encoding; only a dictionary, for what stands for something else (texts, ids); only a
dictionary, whose codes the values are already."""
NO_VALUES, DICTIONARY, DELTAS, TOO_MANY = range(4)
"""What became of the values; with `TOO_MANY` (of mode `TEXTS`) there is no page."""
STATE = ("encoding", "nulls", "low", "high", "distinct", "bytes")
"""What `state` says: the encoding, how many nulls, the lowest and highest value, how many entries
the dictionary has, and how many bytes of `out` are the page."""
MOST_RANGE = 1 << 16
"""How far from the first value those of a dictionary may be."""

_ENCODING, _NULLS, _LOW, _HIGH, _DISTINCT, _BYTES = range(len(STATE))
_NULL = -1
_BLOCK, _MINIBLOCKS, _MINIBLOCK = 128, 4, 32
_MOST_GROUPS = 63
"""Groups of eight codes whose number still fits into one byte."""
_ROWS_PER_ENTRY = 16
"""A dictionary pays where its entries come as often."""
_WORD = (1 << 64) - 1
_MOST_COLUMNS = 64


class Memory:
    """What the pages of some columns are written to.

    `places` (uint16, twice `MOST_RANGE`) is all 0 before and after; `codes` (int32) and `kept`
    (int64) have a row more than the longest column. Each column has a row of `distinct` (int64,
    `MOST_RANGE` columns), which gets its dictionary, and one of `state` (int64), as `STATE` says.
    `out` (uint8) gets the pages one behind the other; it has room for 10 bytes a value and 2048
    more, for as many columns of the longest.
    """

    def __init__(
        self,
        places: memoryview,
        codes: memoryview,
        kept: memoryview,
        distinct: memoryview,
        out: memoryview,
        state: memoryview,
    ) -> None:
        self.places = places
        self.codes = codes
        self.kept = kept
        self.distinct = distinct
        self.out = out
        self.state = state

    def check(self, columns: int, rows: int) -> None:
        """Raise IndexError where there is less memory than so many columns and rows need."""
        dictionaries, entries = self.distinct.shape or (0, 0)
        states, width = self.state.shape or (0, 0)
        if len(self.places) < 2 * MOST_RANGE or entries < MOST_RANGE:
            raise IndexError("too small a table")
        if min(dictionaries, states) < columns:
            raise IndexError("too little room for the columns")
        if width < len(STATE):
            raise IndexError("too small a state")
        if min(len(self.codes), len(self.kept)) <= rows:
            raise IndexError("too little room for the rows")
        if len(self.out) < columns * (10 * rows + 2048):
            raise IndexError("too little room for the pages")


def encode(
    columns: list[memoryview], is_nullable: memoryview, modes: memoryview, memory: Memory
) -> None:
    """Write the pages of columns to the memory's `out`; its `state` says how.

    Values are int32 or int64, -1 for null in columns that `is_nullable` (uint8); `modes` (uint8)
    are those of the columns, of which there are 64 at most. Raises IndexError where there is too
    little memory, and for a code below 0.
    """
    if len(columns) > _MOST_COLUMNS or min(len(is_nullable), len(modes)) < len(columns):
        raise IndexError("too many columns")
    memory.check(len(columns), max(map(len, columns), default=0))
    at = 0
    for number, values in enumerate(columns):
        state = [0] * len(STATE)
        page, entries = _page(list(values), bool(is_nullable[number]), modes[number],
                              8 * values.itemsize, state)  # fmt: skip
        state[_BYTES] = len(page)
        memory.out[at : at + len(page)] = page
        at += len(page)
        for place, value in enumerate(state):
            memory.state[number, place] = value
        for place, value in enumerate(entries):
            memory.distinct[number, place] = value


def _page(
    values: list[int], is_nullable: bool, mode: int, bits: int, state: list[int]
) -> tuple[bytearray, list[int]]:
    """The page, and the dictionary."""
    known = [value for value in values if not is_nullable or value != _NULL]
    low, high = min(known, default=0), max(known, default=0)
    state[_ENCODING], state[_NULLS] = NO_VALUES, len(values) - len(known)
    state[_LOW], state[_HIGH] = low, high
    page = _levels(values, len(known)) if is_nullable else bytearray()
    if not known:
        return page, []
    more, entries = _numbers(known, mode, bits, state)
    return page + more, entries


def _levels(values: list[int], known: int) -> bytearray:
    """One bit a row, 1 for a value, or one run."""
    found = bytearray()
    if known in (0, len(values)):
        found += _varint(len(values) << 1)
        found.append(int(known == len(values)))
    else:
        groups = (len(values) + 7) // 8
        found += _varint(groups << 1 | 1)
        found += _packed([int(value != _NULL) for value in values], 1, 8 * groups)
    return bytearray(len(found).to_bytes(4, "little")) + found


def _numbers(
    values: list[int], mode: int, bits: int, state: list[int]
) -> tuple[bytearray, list[int]]:
    low, high = state[_LOW], state[_HIGH]
    entries: list[int] = []
    if mode == CODES:
        if low < 0:
            raise IndexError("a code below 0")
        state[_DISTINCT], found = high + 1, values
    else:
        codes: dict[int, int] = {}
        found = [codes.setdefault(value, len(codes)) for value in values]
        most = MOST_RANGE - 1
        if mode != TEXTS:
            most = min(most, len(values) // _ROWS_PER_ENTRY)
        if low != high and (len(codes) > most or not all(_is_near(c, values[0]) for c in codes)):
            state[_ENCODING] = TOO_MANY if mode == TEXTS else DELTAS
            return bytearray() if mode == TEXTS else _deltas(values, bits), []
        entries = list(codes)
        state[_DISTINCT] = len(entries)
    state[_ENCODING] = DICTIONARY
    width = max(state[_DISTINCT] - 1, 1).bit_length()
    if mode != CODES and low == high:
        return bytearray([width]) + _run(0, len(values), width), entries
    return bytearray([width]) + _hybrid(found, width), entries


def _is_near(value: int, first: int) -> bool:
    """Whether a place of the table is that of the value; differences wrap around."""
    return (value - first + MOST_RANGE) & _WORD < 2 * MOST_RANGE


def _hybrid(codes: list[int], width: int) -> bytearray:
    """Runs of one code, and groups of eight codes bit by bit where there are none."""
    found, least = bytearray(), 1 + 8 // width
    head = groups = 0  # where the byte stands that says how many groups follow; 0 for nowhere
    row = 0
    while row < len(codes):
        same = 0
        while codes[row + 8 * same : row + 8 * same + 8] == [codes[row]] * 8:
            same += 1
        if same >= least:
            found += _run(codes[row], 8 * same, width)
            head, row = 0, row + 8 * same
            continue
        for _ in range(max(same, 1)):
            if not head or groups == _MOST_GROUPS:
                found.append(0)
                head, groups = len(found), 0
            found += _packed(codes[row : row + 8], width, 8)
            groups += 1
            found[head - 1] = groups << 1 | 1
            row += 8
    return found


def _run(code: int, rows: int, width: int) -> bytearray:
    return _varint(rows << 1) + code.to_bytes((width + 7) // 8, "little")


def _deltas(values: list[int], bits: int) -> bytearray:
    """Differences less the lowest of 128, in as many bits as 32 of them need."""
    found = _varint(_BLOCK) + _varint(_MINIBLOCKS) + _varint(len(values))
    found += _varint(_zigzag(values[0]))
    for first in range(1, len(values), _BLOCK):
        end = min(first + _BLOCK, len(values))
        differences = [_signed(values[i] - values[i - 1], bits) for i in range(first, end)]
        low = min(differences)
        above = [(difference - low) & _WORD for difference in differences]
        found += _varint(_zigzag(low))
        parts = [above[i : i + _MINIBLOCK] for i in range(0, _BLOCK, _MINIBLOCK)]
        widths = [max(part, default=0).bit_length() for part in parts]
        found += bytes(widths)
        for part, width in zip(parts, widths, strict=True):
            if width:
                found += _packed(part, width, _MINIBLOCK)
    return found


def _packed(values: list[int], width: int, count: int) -> bytes:
    """`count` numbers of `width` bits, the first in the lowest bits; what is missing is 0."""
    number = 0
    for place, value in enumerate(values):
        number |= value << (place * width)
    return number.to_bytes((count * width + 7) // 8, "little")


def _signed(value: int, bits: int) -> int:
    """The lowest bits as a number with a sign: differences wrap around."""
    half = 1 << (bits - 1)
    return ((value + half) & ((half << 1) - 1)) - half


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytearray:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return found
