"""Rows of tables from ordered events: arguments spread to columns, and stays of goroutines.

The plain twin of `gotrace/kernels/trace_rows.pyx`; it specifies the contract of both.

Contract of `stays`. The chunk: `kinds` (uint8), `times`, `threads`, `goroutines` (int64), `procs`,
`stacks` (int32), `arguments` (uint64), of which each type has as many as `counts` (uint8, 256)
says.

`rules` (int8, 256 x 8) say for each type: whether it changes a goroutine's state, the states
before and after, whether argument 0 names the goroutine (else it is the event's own), the place
of the status (and behind it the status before; else -1), of the reason, whether the event's
stack is where the goroutine stands, and the place of the stack that it will start with.

`names` (int32) lead from the generation's strings to names: -1 none, -2 not yet known.
`stack_rows` (int32) lead from its stacks to rows. Both have one more entry behind the last, -1,
for all that is no string or stack. `table` (int64, 5 columns, a power of two of rows, zeros at
first) holds the goroutines: id + 1, since when in which state, why, and where.

Rows are columns of `wide` (int64, 5 rows): end, duration, goroutine, and thread and goroutine of
the event; and of `small` (int32, 6 rows): states before and after, reason, stack, and stack and
proc of the event. Unknown is -1. Returns DONE, or FULL_TABLE or NEEDS_NAME, to be called again.
Raises IndexError where arguments, or room, are missing.
"""

from __future__ import annotations

__all__ = [
    "DONE",
    "FULL_TABLE",
    "NEEDS_NAME",
    "STATE",
    "rehash",
    "select",
    "spread",
    "stays",
    "tally",
]

DONE, FULL_TABLE, NEEDS_NAME = range(3)
"""What `stays` returns: all events taken; more room first; the name in `state` first."""

STATE = (
    "row",  # events taken of this chunk
    "argument",  # arguments taken of this chunk
    "goroutines",  # rows of the table in use
    "out",  # rows written
    "sync",  # when the generation began
    "name",  # the string whose name is needed
    "seed",  # of the hash
    "start",  # what to subtract from times
)
"""What the entries of `state` are."""

ROW, ARGUMENT, GOROUTINES, OUT, SYNC_TIME, NAME, SEED, START = range(8)
SYNC = 255
UNDETERMINED, NOT_EXIST = 0, 5
NONE, UNNAMED = -1, -2
MASK = (1 << 64) - 1
MOST_GOROUTINE = (1 << 63) - 1
"""From here on ids name no goroutine."""

# Columns of `rules`.
IS_STAY, BEFORE, AFTER, IS_NAMED, STATUS, REASON, STANDS, START_STACK = range(8)
# Columns of the table of goroutines.
KEY, SINCE, NOW, WHY, WHERE = range(5)


def tally(kinds: memoryview, counts: memoryview) -> None:
    """Add to `counts` (int64, 256) how many events there are of each type (uint8)."""
    for kind in kinds:
        counts[kind] += 1


def select(
    kinds: memoryview,
    counts: memoryview,
    wanted: memoryview,
    rows: memoryview,
    starts: memoryview,
) -> int:
    """Write the rows of the events whose type is wanted (uint8, 256); returns how many there are.

    `starts` gets where the arguments of each start, of which types have as many as `counts` (uint8,
    256) says. Both (int64) are as long as `kinds`; what is behind the found ones means nothing.
    Raises IndexError where there is less room.
    """
    if min(len(wanted), len(counts)) < 256 or min(len(rows), len(starts)) < len(kinds):
        raise IndexError("too little room")
    found = at = 0
    for row, kind in enumerate(kinds):
        if wanted[kind]:
            rows[found], starts[found] = row, at
            found += 1
        at += counts[kind]
    return found


def spread(
    kinds: memoryview,
    stacks: memoryview,
    arguments: memoryview,
    counts: memoryview,
    places: memoryview,
    numbers: memoryview,
    stack_rows: memoryview,
    strings: memoryview,
    met: memoryview,
    names: memoryview,
    stack: memoryview,
    text: memoryview,
    out: memoryview,
) -> int:
    """Arguments (uint64, one event's behind the other's) to columns (int64, one row an event).

    `kinds` (uint8) are the events' types, `counts` (uint8, 256) how many arguments each type has,
    `places` (int8, 256 rows) which of them is the text (column 0), and which go into the columns of
    `out`; -1 for none: then the column has -1. Beside them `names` (int32) get the `numbers` of the
    types, and `stack` (int32) the `stack_rows` of the `stacks`.

    `text` (int32) gets codes, in the order in which texts are met: `strings` (int32) are -1 for
    those that are none, and -2 for all others, which become their codes; `met` (int32, as long) is
    the string of each code. `strings` and `stack_rows` have one more entry behind the last, -1, for
    all that is no string or stack. Returns how many texts were met.

    Raises IndexError where arguments, or room, are missing.
    """
    columns, room = out.shape or (0, 0)
    _check_places(places, counts, columns + 1)
    if (columns and room < len(kinds)) or min(len(names), len(stack), len(text)) < len(kinds):
        raise IndexError("too little room")
    if not len(strings) or not len(stack_rows) or len(met) < len(strings) or strings[-1] != NONE:
        raise IndexError("strings and stacks end with a row for none")
    at = found = 0
    for row, kind in enumerate(kinds):
        if at + counts[kind] > len(arguments):
            raise IndexError("arguments are missing")
        names[row] = numbers[kind]
        stack[row] = _row(stack_rows, stacks[row])
        place = places[kind, 0]
        local = arguments[at + place] if place >= 0 else NONE
        if not 0 <= local < len(strings):
            local = len(strings) - 1
        if strings[local] == UNNAMED:
            strings[local], met[found] = found, local
            found += 1
        text[row] = strings[local]
        for column in range(columns):
            place = places[kind, column + 1]
            out[column, row] = _signed(arguments[at + place]) if place >= 0 else NONE
        at += counts[kind]
    return found


def _check_places(places: memoryview, counts: memoryview, columns: int) -> None:
    rows, room = places.shape or (0, 0)
    if rows < 256 or room < columns or len(counts) < 256:
        raise IndexError("too few types or columns")
    if any(places[kind, c] >= counts[kind] for kind in range(256) for c in range(columns)):
        raise IndexError("a place behind the arguments")


def stays(
    kinds: memoryview, times: memoryview, threads: memoryview, procs: memoryview,
    goroutines: memoryview, stacks: memoryview, arguments: memoryview, counts: memoryview,
    rules: memoryview, names: memoryview, stack_rows: memoryview, table: memoryview,
    state: memoryview, wide: memoryview, small: memoryview,
) -> int:  # fmt: skip
    """Write a row for each stay of a goroutine in a state that ends in a chunk."""
    if not len(names) or not len(stack_rows) or names[-1] != NONE or stack_rows[-1] != NONE:
        raise IndexError("strings and stacks end with a row for none")
    writer = _Writer(table, state, stack_rows, wide, small)
    for row in range(state[ROW], len(kinds)):
        kind, at = kinds[row], state[ARGUMENT]
        if at + counts[kind] > len(arguments):
            raise IndexError("arguments are missing")
        if kind == SYNC:
            state[SYNC_TIME] = times[row] - state[START]
        elif rules[kind, IS_STAY]:
            if 4 * (state[GOROUTINES] + 1) > 3 * len(table):
                return FULL_TABLE
            why = _reason(rules[kind, REASON], arguments, at, names, state)
            if why == UNNAMED:
                return NEEDS_NAME
            context = (times[row] - state[START], threads[row], procs[row], goroutines[row])
            writer.change(_rule(rules, kind), arguments, at, context, stacks[row], why)
        state[ROW] = row + 1
        state[ARGUMENT] = at + counts[kind]
    return DONE


class _Writer:
    """The table of goroutines, and the columns."""

    def __init__(
        self,
        table: memoryview,
        state: memoryview,
        stack_rows: memoryview,
        wide: memoryview,
        small: memoryview,
    ) -> None:
        self.table = table
        self.state = state
        self.stack_rows = stack_rows
        self.wide = wide
        self.small = small

    def change(
        self,
        rule: list[int],
        arguments: memoryview,
        at: int,
        context: tuple[int, int, int, int],
        local: int,
        why: int,
    ) -> None:
        """An event that may change the state of a goroutine."""
        old, new = rule[BEFORE], rule[AFTER]
        if rule[STATUS] >= 0:
            new = _status(arguments[at + rule[STATUS]])
            old = _status(arguments[at + rule[STATUS] + 1])
        time, _, _, who = context
        if rule[IS_NAMED]:
            who = _signed(arguments[at])
        if old == new or not 0 <= who < MOST_GOROUTINE:
            return
        stands = NONE
        if rule[STANDS]:
            stands = local
        elif rule[START_STACK] >= 0:
            stands = _signed(arguments[at + rule[START_STACK]])
        place = _find(self.table, who + 1, self.state[SEED])
        is_known = self.table[place, KEY] != 0
        if old != UNDETERMINED:
            stay = place if is_known and old != NOT_EXIST else NONE
            self.write(stay, (who, old, new), context, _row(self.stack_rows, local))
        if new == NOT_EXIST:
            if is_known:
                _remove(self.table, place, self.state[SEED])
                self.state[GOROUTINES] -= 1
            return
        self.state[GOROUTINES] += not is_known
        since = self.state[SYNC_TIME] if old == UNDETERMINED else time
        values = (who + 1, since, new, why, _row(self.stack_rows, stands))
        for column, value in enumerate(values):
            self.table[place, column] = value

    def write(
        self, stay: int, what: tuple[int, int, int], context: tuple[int, int, int, int], source: int
    ) -> None:
        """Write a row; `stay` is the goroutine's row in the table, -1 if it was nowhere."""
        time, thread, proc, goroutine = context
        since, why, where = (
            (self.table[stay, column] for column in (SINCE, WHY, WHERE))
            if stay >= 0
            else (time + 1, NONE, NONE)
        )
        who, old, new = what
        out = self.state[OUT]
        for column, value in enumerate((time, time - since, who, thread, goroutine)):
            self.wide[column, out] = value
        for column, value in enumerate((old, new, why, where, source, proc)):
            self.small[column, out] = value
        self.state[OUT] += 1


def _reason(
    place: int, arguments: memoryview, at: int, names: memoryview, state: memoryview
) -> int:
    """The name of a reason; UNNAMED, and which in `state`, where it is not known yet."""
    if place < 0:
        return NONE
    string = arguments[at + place]
    if not 0 <= string < len(names):
        return NONE
    if names[string] == UNNAMED:
        state[NAME] = string
    return int(names[string])


def _rule(rules: memoryview, kind: int) -> list[int]:
    return [rules[kind, column] for column in range(8)]


def rehash(old: memoryview, new: memoryview, seed: int) -> None:
    """Copy the goroutines of one table into another, which is empty and has more rows."""
    for row in range(len(old)):
        if old[row, KEY]:
            place = _find(new, old[row, KEY], seed)
            for column in range(5):
                new[place, column] = old[row, column]


def _signed(value: int) -> int:
    """64 bits as two's complement."""
    value = int(value)
    return value - (1 << 64) if value >> 63 else value


def _status(value: int) -> int:
    """A status as it can be in a trace out of order: what is none of them is undetermined."""
    return int(value) if value <= NOT_EXIST else UNDETERMINED


def _row(rows: memoryview, local: int) -> int:
    return int(rows[local]) if 0 <= local < len(rows) else NONE


def _find(table: memoryview, key: int, seed: int) -> int:
    """The row that has `key`, or the empty one where it belongs."""
    mask = len(table) - 1
    row = _home(key, seed, mask)
    while table[row, KEY] and table[row, KEY] != key:
        row = (row + 1) & mask
    return row


def _remove(table: memoryview, row: int, seed: int) -> None:
    """Empty a row, and move those behind it up that would not be found any more."""
    mask = len(table) - 1
    after = row
    while True:
        after = (after + 1) & mask
        if not table[after, KEY]:
            break
        if (after - _home(table[after, KEY], seed, mask)) & mask >= (after - row) & mask:
            for column in range(5):
                table[row, column] = table[after, column]
            row = after
    table[row, KEY] = 0


def _home(key: int, seed: int, mask: int) -> int:
    x = (key ^ seed) & MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return (x ^ x >> 31) & mask
