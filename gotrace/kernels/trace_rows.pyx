# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Rows of tables from ordered events: arguments spread to columns, and stays of goroutines.

The contract and the rules are those of `gotrace/kernels/plain/trace_rows.py`, which this file
follows step by step.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t

from gotrace.kernels.plain.trace_rows import DONE, FULL_TABLE, NEEDS_NAME, STATE

__all__ = ["DONE", "FULL_TABLE", "NEEDS_NAME", "STATE", "rehash", "select", "spread", "stays", "tally"]

cdef enum:
    IS_DONE = 0
    IS_FULL = 1
    IS_UNNAMED = 2

cdef enum:
    ROW = 0
    ARGUMENT = 1
    GOROUTINES = 2
    OUT = 3
    SYNC_TIME = 4
    NAME = 5
    SEED = 6
    START = 7

cdef enum:
    SYNC = 255
    UNDETERMINED = 0
    NOT_EXIST = 5
    NONE = -1
    UNNAMED = -2

cdef enum:
    IS_STAY = 0
    BEFORE = 1
    AFTER = 2
    IS_NAMED = 3
    STATUS = 4
    REASON = 5
    STANDS = 6
    START_STACK = 7

cdef struct Goroutine:
    # A row of the table.
    int64_t key
    int64_t since
    int64_t now
    int64_t why
    int64_t where

cdef enum:
    W_END = 0
    W_DURATION = 1
    W_GOROUTINE = 2
    W_THREAD = 3
    W_SOURCE = 4
    WIDE_COLUMNS = 5

cdef enum:
    S_BEFORE = 0
    S_AFTER = 1
    S_REASON = 2
    S_STACK = 3
    S_SOURCE_STACK = 4
    S_PROC = 5
    SMALL_COLUMNS = 6

cdef int64_t MOST_GOROUTINE = 0x7FFFFFFFFFFFFFFF


def tally(const uint8_t[::1] kinds, int64_t[::1] counts):
    """How many events there are of each type."""
    cdef int64_t row
    if counts.shape[0] < 256:
        raise IndexError("too little room")
    with nogil:
        for row in range(kinds.shape[0]):
            counts[kinds[row]] += 1


def select(
    const uint8_t[::1] kinds,
    const uint8_t[::1] counts,
    const uint8_t[::1] wanted,
    int64_t[::1] rows,
    int64_t[::1] starts,
):
    """The rows of the wanted types, and where their arguments start; returns how many."""
    cdef int64_t row, at = 0, found = 0
    cdef uint8_t kind
    if wanted.shape[0] < 256 or counts.shape[0] < 256:
        raise IndexError("too few types")
    if rows.shape[0] < kinds.shape[0] or starts.shape[0] < kinds.shape[0]:
        raise IndexError("too little room")
    with nogil:
        for row in range(kinds.shape[0]):
            kind = kinds[row]
            # No branch: what is not wanted is written over by the next.
            rows[found] = row
            starts[found] = at
            found += wanted[kind]
            at += counts[kind]
    return found


def spread(
    const uint8_t[::1] kinds,
    const int32_t[::1] stacks,
    const uint64_t[::1] arguments,
    const uint8_t[::1] counts,
    const int8_t[:, ::1] places,
    const int32_t[::1] numbers,
    const int32_t[::1] stack_rows,
    int32_t[::1] strings,
    int32_t[::1] met,
    int32_t[::1] names,
    int32_t[::1] stack,
    int32_t[::1] text,
    int64_t[:, ::1] out,
):
    """Arguments to columns, as many as `out` has; types, stacks, texts to rows of their tables."""
    cdef int64_t at = 0, row, column, local, columns = out.shape[0], rows = kinds.shape[0]
    cdef int64_t last = strings.shape[0] - 1, last_stack = stack_rows.shape[0] - 1
    cdef int32_t found = 0, code
    cdef uint64_t nothing = 0
    cdef const uint64_t* values = &arguments[0] if arguments.shape[0] else &nothing
    cdef const int8_t* place
    cdef uint8_t kind
    check_places(places, counts, columns + 1)
    if columns and out.shape[1] < rows or numbers.shape[0] < 256 or stacks.shape[0] < rows:
        raise IndexError("too little room")
    if names.shape[0] < rows or stack.shape[0] < rows or text.shape[0] < rows:
        raise IndexError("too little room")
    if last < 0 or last_stack < 0 or met.shape[0] < strings.shape[0] or strings[last] != NONE:
        raise IndexError("strings and stacks end with a row for none")
    with nogil:
        for row in range(rows):
            kind = kinds[row]
            if at + counts[kind] > arguments.shape[0]:
                raise IndexError("arguments are missing")
            # No branches: which event comes next cannot be foretold.
            names[row] = numbers[kind]
            local = stacks[row]
            stack[row] = stack_rows[local if 0 <= local < last_stack else last_stack]
            place = &places[kind, 0]
            local = <int64_t>values[at + place[0] if place[0] >= 0 else 0]
            local = local if place[0] >= 0 and <uint64_t>local < <uint64_t>last else last
            code = strings[local]
            if code == UNNAMED:
                code = strings[local] = found
                met[found] = <int32_t>local
                found += 1
            text[row] = code
            for column in range(columns):
                local = place[column + 1]
                out[column, row] = (
                    <int64_t>values[at + local if local >= 0 else 0] if local >= 0 else NONE
                )
            at += counts[kind]
    return found


cdef int check_places(
    const int8_t[:, ::1] places, const uint8_t[::1] counts, int64_t columns
) except -1:
    """What places say lies within an event's arguments."""
    cdef int kind, column
    if places.shape[0] < 256 or places.shape[1] < columns or counts.shape[0] < 256:
        raise IndexError("too few types or columns")
    for kind in range(256):
        for column in range(columns):
            if places[kind, column] >= counts[kind]:
                raise IndexError("a place behind the arguments")
    return 0


def stays(
    const uint8_t[::1] kinds,
    const int64_t[::1] times,
    const int64_t[::1] threads,
    const int32_t[::1] procs,
    const int64_t[::1] goroutines,
    const int32_t[::1] stacks,
    const uint64_t[::1] arguments,
    const uint8_t[::1] counts,
    const int8_t[:, ::1] rules,
    const int32_t[::1] names,
    const int32_t[::1] stack_rows,
    int64_t[:, ::1] table,
    int64_t[::1] state,
    int64_t[:, ::1] wide,
    int32_t[:, ::1] small,
):
    """Write a row for each stay of a goroutine in a state that ends in a chunk."""
    cdef int64_t last = names.shape[0] - 1, last_stack = stack_rows.shape[0] - 1
    cdef int64_t rows = kinds.shape[0], room = wide.shape[1]
    if times.shape[0] < rows or threads.shape[0] < rows or procs.shape[0] < rows:
        raise IndexError("columns of different lengths")
    if goroutines.shape[0] < rows or stacks.shape[0] < rows or counts.shape[0] < 256:
        raise IndexError("columns of different lengths")
    if wide.shape[0] < WIDE_COLUMNS or small.shape[0] < SMALL_COLUMNS or small.shape[1] < room:
        raise IndexError("too little room")
    if last < 0 or last_stack < 0 or names[last] != NONE or stack_rows[last_stack] != NONE:
        raise IndexError("strings and stacks end with a row for none")
    if state.shape[0] <= START or table.shape[1] != 5 or table.shape[0] & (table.shape[0] - 1):
        raise IndexError("a state or a table of another size")
    check_rules(rules, counts)
    cdef int64_t row = state[ROW], at = state[ARGUMENT], out = state[OUT]
    cdef int64_t seed = state[SEED], start = state[START], time, string, who, local
    cdef int64_t since
    cdef int32_t why, where, old, new
    cdef bint is_known, is_stay
    cdef uint8_t kind
    cdef int status = IS_DONE
    cdef const int8_t* rule
    cdef Goroutine* place
    cdef uint64_t nothing = 0
    cdef const uint64_t* values = &arguments[0] if arguments.shape[0] else &nothing
    cdef const int32_t* stack_row = &stack_rows[0]
    with nogil:
        while row < rows:
            kind = kinds[row]
            if at + counts[kind] > arguments.shape[0]:
                raise IndexError("arguments are missing")
            rule = &rules[kind, 0]
            if kind == SYNC:
                state[SYNC_TIME] = times[row] - start
            elif rule[IS_STAY]:
                # Few branches: which event comes next cannot be foretold.
                if 4 * (state[GOROUTINES] + 1) > 3 * table.shape[0]:
                    status = IS_FULL
                    break
                string = <int64_t>values[at + rule[REASON] if rule[REASON] >= 0 else 0]
                string = string if rule[REASON] >= 0 and <uint64_t>string < <uint64_t>last else last
                why = names[string]
                if why == UNNAMED:
                    state[NAME] = string
                    status = IS_UNNAMED
                    break
                old = rule[BEFORE]
                new = rule[AFTER]
                if rule[STATUS] >= 0:
                    new = clamped(values[at + rule[STATUS]])
                    old = clamped(values[at + rule[STATUS] + 1])
                who = <int64_t>values[at if rule[IS_NAMED] else 0]
                who = who if rule[IS_NAMED] else goroutines[row]
                if old != new and 0 <= who < MOST_GOROUTINE:
                    time = times[row] - start
                    local = stacks[row] if rule[STANDS] else NONE
                    if rule[START_STACK] >= 0:
                        local = <int64_t>values[at + rule[START_STACK]]
                    where = stack_row[local if 0 <= local < last_stack else last_stack]
                    place = find(table, who + 1, seed)
                    is_known = place.key != 0
                    if old != UNDETERMINED:
                        if out >= room:
                            raise IndexError("too little room")
                        is_stay = is_known and old != NOT_EXIST
                        wide[W_END, out] = time
                        wide[W_DURATION, out] = time - place.since if is_stay else NONE
                        wide[W_GOROUTINE, out] = who
                        wide[W_THREAD, out] = threads[row]
                        wide[W_SOURCE, out] = goroutines[row]
                        small[S_BEFORE, out] = old
                        small[S_AFTER, out] = new
                        small[S_REASON, out] = <int32_t>place.why if is_stay else NONE
                        small[S_STACK, out] = <int32_t>place.where if is_stay else NONE
                        local = stacks[row]
                        small[S_SOURCE_STACK, out] = (
                            stack_row[local if 0 <= local < last_stack else last_stack]
                        )
                        small[S_PROC, out] = procs[row]
                        out += 1
                    if new == NOT_EXIST:
                        if is_known:
                            remove(table, place, seed)
                            state[GOROUTINES] -= 1
                    else:
                        state[GOROUTINES] += not is_known
                        since = state[SYNC_TIME] if old == UNDETERMINED else time
                        place.key = who + 1
                        place.since = since
                        place.now = new
                        place.why = why
                        place.where = where
            row += 1
            at += counts[kind]
        state[ROW] = row
        state[ARGUMENT] = at
        state[OUT] = out
    return status


cdef int check_rules(const int8_t[:, ::1] rules, const uint8_t[::1] counts) except -1:
    """What rules say lies within an event's arguments."""
    cdef int kind, most
    if rules.shape[0] < 256 or rules.shape[1] != 8:
        raise IndexError("too few types or columns")
    for kind in range(256):
        if rules[kind, IS_STAY]:
            most = max(rules[kind, IS_NAMED] - 1, rules[kind, REASON], rules[kind, START_STACK])
            if rules[kind, STATUS] >= 0:
                most = max(most, rules[kind, STATUS] + 1)
            if most >= counts[kind]:
                raise IndexError("a place behind the arguments")
    return 0


def rehash(const int64_t[:, ::1] old, int64_t[:, ::1] new, int64_t seed):
    """Copy the goroutines of one table into another, which is empty and has more rows."""
    cdef int64_t row
    if old.shape[1] != 5 or new.shape[1] != 5 or new.shape[0] & (new.shape[0] - 1):
        raise IndexError("a table of another size")
    if new.shape[0] <= old.shape[0]:
        raise IndexError("too small a table")
    with nogil:
        for row in range(old.shape[0]):
            if old[row, 0] != 0:
                find(new, old[row, 0], seed)[0] = (<const Goroutine*>&old[row, 0])[0]


cdef inline int32_t clamped(uint64_t value) noexcept nogil:
    return <int32_t>value if value <= NOT_EXIST else UNDETERMINED


cdef inline int64_t home(int64_t key, int64_t seed, int64_t mask) noexcept nogil:
    cdef uint64_t x = <uint64_t>key ^ <uint64_t>seed
    x = (x ^ (x >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <uint64_t>0x94D049BB133111EB
    return <int64_t>((x ^ (x >> 31)) & <uint64_t>mask)


cdef inline Goroutine* find(int64_t[:, ::1] table, int64_t key, int64_t seed) except NULL nogil:
    """The row that has the key, or the empty one where it belongs."""
    # Of a power of two of rows: no mask leads outside.
    cdef int64_t mask = table.shape[0] - 1
    cdef int64_t row = home(key, seed, mask)
    cdef Goroutine* rows = <Goroutine*>&table[0, 0]
    while rows[row].key != 0 and rows[row].key != key:
        row = (row + 1) & mask
    return rows + row


cdef int remove(int64_t[:, ::1] table, Goroutine* place, int64_t seed) except -1 nogil:
    """Empty a row, and move those behind it up that would not be found any more."""
    cdef Goroutine* rows = <Goroutine*>&table[0, 0]
    cdef int64_t mask = table.shape[0] - 1
    cdef int64_t row = place - rows
    cdef int64_t after = row
    while True:
        after = (after + 1) & mask
        if rows[after].key == 0:
            break
        if (after - home(rows[after].key, seed, mask)) & mask >= (after - row) & mask:
            rows[row] = rows[after]
            row = after
    rows[row].key = 0
    return 0
