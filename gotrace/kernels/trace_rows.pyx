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

cdef enum:
    KEY = 0
    SINCE = 1
    NOW = 2
    WHY = 3
    WHERE = 4


cdef int64_t MOST_GOROUTINE = 0x7FFFFFFFFFFFFFFF


def tally(const uint8_t[::1] kinds, int64_t[::1] counts):
    """How many events there are of each type."""
    cdef int64_t row
    if counts.shape[0] < 256:
        raise IndexError("too little room")
    with nogil:
        for row in range(kinds.shape[0]):
            counts[kinds[row]] += 1


def select(const uint8_t[::1] kinds, const uint8_t[::1] wanted, int64_t[::1] rows):
    """The rows of the wanted types; returns how many there are."""
    cdef int64_t row, found = 0
    if wanted.shape[0] < 256 or rows.shape[0] < kinds.shape[0]:
        raise IndexError("too little room")
    cdef const uint8_t* is_wanted = &wanted[0]
    with nogil:
        for row in range(kinds.shape[0]):
            # No branch: what is not wanted is written over by the next.
            rows[found] = row
            found += is_wanted[kinds[row]]
    return found


def spread(
    const uint8_t[::1] kinds,
    const int32_t[::1] stacks,
    const uint64_t[::1] arguments,
    const uint8_t[::1] counts,
    const int8_t[:, ::1] places,
    const int32_t[::1] numbers,
    const int32_t[::1] stack_rows,
    int32_t[::1] names,
    int32_t[::1] stack,
    int64_t[:, ::1] out,
):
    """Arguments to columns, as many as `out` has; types and stacks to rows of their tables."""
    cdef int64_t at = 0, row, column, local, columns = out.shape[0], rows = kinds.shape[0]
    cdef int64_t value
    cdef uint8_t kind
    cdef bint is_there
    cdef const int8_t* place
    if columns > places.shape[1] or (columns and out.shape[1] < rows) or places.shape[0] < 256:
        raise IndexError("too little room")
    with nogil:
        for row in range(rows):
            kind = kinds[row]
            names[row] = numbers[kind]
            local = stacks[row]
            stack[row] = stack_rows[local] if 0 <= local < stack_rows.shape[0] else NONE
            if columns and arguments.shape[0]:
                place = &places[kind, 0]
                for column in range(columns):
                    # No branch: which event comes next cannot be foretold.
                    is_there = place[column] >= 0
                    value = <int64_t>arguments[at + place[column] if is_there else 0]
                    out[column, row] = value if is_there else NONE
            elif columns:
                for column in range(columns):
                    out[column, row] = NONE
                    if places[kind, column] >= 0:
                        value = <int64_t>arguments[at + places[kind, column]]
            at += counts[kind]
    return at


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
    int64_t[::1] end,
    int64_t[::1] duration,
    int64_t[::1] goroutine,
    int32_t[::1] before,
    int32_t[::1] after,
    int32_t[::1] reason,
    int32_t[::1] stack,
    int32_t[::1] src_stack,
    int64_t[::1] src_thread,
    int32_t[::1] src_proc,
    int64_t[::1] src_goroutine,
):
    """Write a row for each stay of a goroutine in a state that ends in a chunk."""
    cdef int64_t row, at, time, string, who, local, place, out, since
    cdef int64_t seed = state[SEED], start = state[START]
    cdef int32_t why, where, old, new
    cdef bint is_known, is_stay
    cdef uint8_t kind
    cdef int status = IS_DONE
    with nogil:
        for row in range(state[ROW], kinds.shape[0]):
            kind = kinds[row]
            at = state[ARGUMENT]
            if kind == SYNC:
                state[SYNC_TIME] = times[row] - start
            elif rules[kind, IS_STAY]:
                time = times[row] - start
                if 4 * (state[GOROUTINES] + 1) > 3 * table.shape[0]:
                    status = IS_FULL
                    break
                why = NONE
                if rules[kind, REASON] >= 0:
                    string = <int64_t>arguments[at + rules[kind, REASON]]
                    if 0 <= string < names.shape[0]:
                        why = names[string]
                    if why == UNNAMED:
                        state[NAME] = string
                        status = IS_UNNAMED
                        break
                old = rules[kind, BEFORE]
                new = rules[kind, AFTER]
                if rules[kind, STATUS] >= 0:
                    new = clamped(arguments[at + rules[kind, STATUS]])
                    old = clamped(arguments[at + rules[kind, STATUS] + 1])
                who = <int64_t>arguments[at] if rules[kind, IS_NAMED] else goroutines[row]
                if old != new and 0 <= who < MOST_GOROUTINE:
                    local = NONE
                    if rules[kind, STANDS]:
                        local = stacks[row]
                    elif rules[kind, START_STACK] >= 0:
                        local = <int64_t>arguments[at + rules[kind, START_STACK]]
                    where = stack_rows[local] if 0 <= local < stack_rows.shape[0] else NONE
                    place = find(table, who + 1, seed)
                    is_known = table[place, KEY] != 0
                    if old != UNDETERMINED:
                        out = state[OUT]
                        is_stay = is_known and old != NOT_EXIST
                        end[out] = time
                        duration[out] = time - table[place, SINCE] if is_stay else NONE
                        goroutine[out] = who
                        before[out] = old
                        after[out] = new
                        reason[out] = <int32_t>table[place, WHY] if is_stay else NONE
                        stack[out] = <int32_t>table[place, WHERE] if is_stay else NONE
                        local = stacks[row]
                        src_stack[out] = (
                            stack_rows[local] if 0 <= local < stack_rows.shape[0] else NONE
                        )
                        src_thread[out] = threads[row]
                        src_proc[out] = procs[row]
                        src_goroutine[out] = goroutines[row]
                        state[OUT] = out + 1
                    if new == NOT_EXIST:
                        if is_known:
                            remove(table, place, seed)
                            state[GOROUTINES] -= 1
                    else:
                        if not is_known:
                            state[GOROUTINES] += 1
                        since = state[SYNC_TIME] if old == UNDETERMINED else time
                        table[place, KEY] = who + 1
                        table[place, SINCE] = since
                        table[place, NOW] = new
                        table[place, WHY] = why
                        table[place, WHERE] = where
            state[ROW] = row + 1
            state[ARGUMENT] = at + counts[kind]
    return status


def rehash(const int64_t[:, ::1] old, int64_t[:, ::1] new, int64_t seed):
    """Copy the goroutines of one table into another, which is empty and has more rows."""
    cdef int64_t row, place, column
    with nogil:
        for row in range(old.shape[0]):
            if old[row, KEY] != 0:
                place = find(new, old[row, KEY], seed)
                for column in range(5):
                    new[place, column] = old[row, column]


cdef inline int32_t clamped(uint64_t value) noexcept nogil:
    return <int32_t>value if value <= NOT_EXIST else UNDETERMINED


cdef int64_t home(int64_t key, int64_t seed, int64_t mask) noexcept nogil:
    cdef uint64_t x = <uint64_t>key ^ <uint64_t>seed
    x = (x ^ (x >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <uint64_t>0x94D049BB133111EB
    return <int64_t>((x ^ (x >> 31)) & <uint64_t>mask)


cdef int64_t find(const int64_t[:, ::1] table, int64_t key, int64_t seed) except -1 nogil:
    cdef int64_t mask = table.shape[0] - 1
    cdef int64_t row = home(key, seed, mask)
    while table[row, KEY] != 0 and table[row, KEY] != key:
        row = (row + 1) & mask
    return row


cdef int remove(int64_t[:, ::1] table, int64_t row, int64_t seed) except -1 nogil:
    cdef int64_t mask = table.shape[0] - 1
    cdef int64_t after = row, column
    while True:
        after = (after + 1) & mask
        if table[after, KEY] == 0:
            break
        if (after - home(table[after, KEY], seed, mask)) & mask >= (after - row) & mask:
            for column in range(5):
                table[row, column] = table[after, column]
            row = after
    table[row, KEY] = 0
    return 0
