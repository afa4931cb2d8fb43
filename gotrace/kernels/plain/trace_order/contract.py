"""What goes in and out of the kernel: memory of the caller, by name."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "AHEAD",
    "DAMAGED",
    "FEW",
    "LENIENT",
    "MAIN_STACK",
    "MERGING",
    "MOVED_AT_ONCE",
    "PATIENCE_NS",
    "PLAIN",
    "PROGRESS",
    "SORTED_AT_ONCE",
    "STACK",
    "STRICT",
    "STRING",
    "Generation",
    "Output",
    "P",
    "Tables",
    "ahead_rows",
]


class Generation(NamedTuple):
    """What was read of one generation."""

    data: memoryview
    """uint8: its bytes."""
    specs: memoryview
    """uint8, 256 x 5: for every event type one more than its arguments after the time (0: no such
    event), and what each of them is: a `PLAIN` number, a `STRING`, a `STACK`, or the `MAIN_STACK`.
    """
    batches: memoryview
    """int64, B x 2: where the events of a batch begin and end; a thread's batches side by side."""
    batch_times: memoryview
    """uint64, B: the time, in ticks, that the first event of a batch counts from."""
    cursors: memoryview
    """int64, C x 8: one a thread; BATCH, LAST_BATCH and THREAD are the caller's to fill."""
    heap: memoryview
    """int64, C."""
    scratch: memoryview
    """int64, 2 C: room to sort in."""
    heap_times: memoryview
    """int64, C: the compiled kernel's own, as is `ahead`; zero at first."""
    ahead: memoryview
    """int64, `ahead_rows(C, N)` x 8: events of each thread that are decoded already."""
    samples: memoryview
    """int64, S x 5: time in ns (not decreasing), thread, proc, goroutine, row of its stack."""
    string_dense: memoryview
    """int32: the row of a string id; -1 for none. Ids beyond are in `string_ids`."""
    string_ids: memoryview
    """uint64, increasing, with their rows beside."""
    string_rows: memoryview
    stack_dense: memoryview
    stack_ids: memoryview
    stack_rows: memoryview


class Tables(NamedTuple):
    """What the emulation remembers; see `records.py`. All uint64 (indexes int32), zero at first."""

    scalars: memoryview
    goroutines: memoryview
    goroutine_index: memoryview
    threads: memoryview
    thread_index: memoryview
    tasks: memoryview
    task_index: memoryview
    procs: memoryview
    regions: memoryview


class Output(NamedTuple):
    """One row an event; `arguments` flat, as many for each as its type has."""

    times: memoryview
    kinds: memoryview
    threads: memoryview
    procs: memoryview
    goroutines: memoryview
    stacks: memoryview
    arguments: memoryview


PROGRESS = (
    "heap_size",
    "sample",  # the next one
    "row",  # of the output
    "used",  # of its arguments
    "reason",  # of what broke: an index of REASONS
    "offset",  # of the event that broke
    "kind",  # and its type
    "loose_offset",  # the event from which on order is by time; -1 for none
    "loose_reason",
    "loose_kind",
    "loose_events",  # how many of them there were
    "lost_batches",  # batches cut short for an event that cannot be read
    "lost_bytes",
    "lost_offset",  # the first such event; -1 for none
    "lost_reason",
    "unknown_ids",  # strings and stacks that are not in the generation's tables
    "begun",  # cursors that stand at their first event
    "horizon",  # the last time, in ns, that an event can have
    "attempts",  # how often an event may yet be tried before its turn; sorting more than `FEW`
    # threads counts as one for every `SORTED_AT_ONCE` and for every `MOVED_AT_ONCE` moves
)
"""What the entries of `progress` are."""
P = {name: place for place, name in enumerate(PROGRESS)}

PLAIN, STRING, STACK, MAIN_STACK = range(4)
STRICT, LENIENT, DAMAGED = range(3)
PATIENCE_NS = 5_000_000
FEW = 64
"""Threads that are sorted for nothing."""
SORTED_AT_ONCE, MOVED_AT_ONCE = 16, 8
"""Threads looked at, and moved, in the time of an attempt."""
MERGING = 16
"""Moves for each thread that merging counts for."""
AHEAD = 32
"""Events that the compiled kernel decodes at a time."""


def ahead_rows(cursors: int, blocks: int) -> int:
    """Rows of `ahead`, where `read_ahead` has `blocks` of `AHEAD` events for each thread.

    `blocks` is a power of two, or 0 where it is not called. The first number of all rows says when
    it shall end.
    """
    return 1 + cursors * (3 + (1 + blocks) * (1 + AHEAD))
