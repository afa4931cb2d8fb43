"""Events in their final order, checked and put into the words of the later format.

Specifies `replay` and `find_futile` of the kernel. The order is that of `merge.py`. Every event is
checked against what its proc and goroutine are doing (`world.py`), and becomes none, one or two
rows (`rows.py`).
"""

from __future__ import annotations

from gotrace.errors import InputError
from gotrace.kernels.plain.trace_v1.merge import OF_EXIT, Merge
from gotrace.kernels.plain.trace_v1.records import Columns, Inputs, Lookups, Tables
from gotrace.kernels.plain.trace_v1.rows import RENAMED, Rows
from gotrace.kernels.plain.trace_v1.wire import Event
from gotrace.kernels.plain.trace_v1.world import NO_SYSCALL, fault

__all__ = ["STATE", "find_futile", "replay"]

STATE = (
    # Of the merge.
    "heaped",  # procs in the frontier
    "waiting",  # procs whose next event is not ready
    "sample",  # CPU samples taken
    "exit",  # moved exits taken
    "taken",  # other events taken
    "merged_ticks",  # what the last of those was ordered by
    "collections",  # GC cycles begun
    # Of the events in their final order.
    "place",  # events so far, to find entries of `futile`
    "has_begun",  # 2 after the first event, 1 if there is none
    "first_ticks",  # its clock
    "last_ticks",  # the clock of the last event
    "last_time",  # the time of the last row
    "is_set_up",  # the list of goroutines that existed before the trace is complete
    "listed",  # 1 + rows of goroutines looked at while listing those; 0: not listing
    "gc",  # a GC cycle runs
    "stw",  # the world is stopped
    "stw_reason",  # why, as a row of strings
    "regions",  # rows of `regions` in use
    "free_region",  # 1 + the first free row of `regions` among those, 0 if none
    "lost_exits",  # returns from system calls of a cut trace that do not fit
    "unknown_ids",  # stacks and strings that are not defined
    "is_done",
)
"""What the entries of `state` are; all start at 0."""

BLOCKS = frozenset({20, 22, 23, 24, 25, 26})
START, PREEMPT, UNBLOCK, FUTILE = 14, 18, 21, 36


def replay(
    inputs: Inputs,
    lookups: Lookups,
    tables: Tables,
    columns: Columns,
    state: memoryview,
    result: memoryview,
) -> None:
    """Fill the columns with the next events; call again until `state` says `is_done`.

    `state` is int64, see `STATE`; `result` (int64): rows, arguments and texts filled, valid after a
    fault too. Raises MalformedError when an event contradicts those before it.
    """
    named = dict(zip(STATE, state, strict=True))
    merge = Merge(inputs, lookups.goroutine_ids, tables, named)
    rows = Rows(merge, inputs, lookups, tables, columns)
    try:
        _run(merge, rows, inputs.futile, inputs.is_cut)
    finally:
        merge.save()
        for i, name in enumerate(STATE):
            state[i] = named[name]
        result[0], result[1], result[2] = rows.count, rows.arg, rows.text


def _run(merge: Merge, rows: Rows, futile: memoryview, is_cut: bool) -> None:
    """Take events until the columns are full or there are no more."""
    state = merge.state
    while rows.has_room():
        if state["listed"]:
            rows.list_early()
            continue
        step = merge.next()
        if not state["has_begun"]:
            rows.begin(None if step is None else step[1])
        if step is None:
            rows.end()
            return
        proc, event = step
        merge.move(proc, event)
        if proc == OF_EXIT and not merge.is_exit_known(event):
            if not is_cut:
                raise fault(NO_SYSCALL, event.at)
            state["lost_exits"] += 1
        elif not merge.is_elsewhere(proc, event):
            is_left_out = len(futile) > 0 and futile[state["place"]]
            state["place"] += 1
            rows.take(proc, event, bool(is_left_out))
        merge.advance(proc)


def find_futile(
    inputs: Inputs,
    lookups: Lookups,
    tables: Tables,
    chains: memoryview,
    previous: memoryview,
    futile: memoryview,
) -> None:
    """Mark in `futile` (uint8 zeros) the wakeups for nothing: woken, started, blocked again.

    All these events are left out (`removeFutile` in `internal/trace/parser.go` of Go 1.21), for the
    goroutine did nothing between. `tables` are used up. Scratch: `chains` (int64 zeros, 2 columns,
    as long as goroutines), `previous` (int64) as `futile`.
    """
    merge = Merge(inputs, lookups.goroutine_ids, tables, dict.fromkeys(STATE, 0))
    found: dict[int, list[int]] = {}  # row of goroutine → places of its wakeup, start, ...
    for_nothing: set[int] = set()
    place = -1
    try:
        while (step := merge.next()) is not None:
            proc, event = step
            merge.move(proc, event)
            is_known = proc != OF_EXIT or merge.is_exit_known(event)
            if is_known and not merge.is_elsewhere(proc, event):
                place += 1
                _follow(merge, event, place, found, for_nothing, futile)
            merge.advance(proc)
    except InputError:
        return  # `replay` will say so


def _follow(
    merge: Merge,
    event: Event,
    place: int,
    chains: dict[int, list[int]],
    for_nothing: set[int],
    futile: memoryview,
) -> None:
    """Note an event of a goroutine that may turn out to be for nothing."""
    number = RENAMED.get(event.number, event.number)
    goroutine = event.arguments[0] if number == UNBLOCK else event.goroutine
    row = merge.rows.get(goroutine, -1)
    if row < 0:
        return
    if number == UNBLOCK:
        chains[row] = [place]
    elif number in (START, PREEMPT, FUTILE):
        chains.setdefault(row, []).append(place)
        if number == FUTILE:
            for_nothing.add(row)
    elif number in BLOCKS:
        chain = chains.pop(row, [])
        if row in for_nothing:
            for_nothing.discard(row)
            for marked in (*chain, place):
                futile[marked] = 1
