"""What `replay` is given, so that it can be given in one piece: arrays as memoryviews, by name."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Columns", "Inputs", "Lookups", "Tables"]


class Inputs(NamedTuple):
    """The trace, which does not change."""

    data: memoryview
    """uint8: the file."""
    counts: memoryview
    """uint8, 64: how many numbers each event has."""
    version: int
    """The minor Go version."""
    batches: memoryview
    """int64, 4 columns, proc by proc: first byte behind the header, end, ticks, sequence number."""
    firsts: memoryview
    """int64: proc i has the batches `firsts[i]` to `firsts[i + 1]`."""
    proc_ids: memoryview
    """int64: the ids of the procs, -1 for none."""
    samples: memoryview
    """int64, 4 columns, sorted by the first: ticks, proc, goroutine, stack of CPU samples."""
    exits: memoryview
    """int64, `EXIT_COLUMNS` of `scan.py`, sorted by key and whether others come first."""
    futile: memoryview
    """uint8 for each event in its place, 1 where it is left out; empty if nothing is."""
    frequency: int
    """Ticks per second."""
    is_cut: bool
    """Events may be missing at the end."""


class Lookups(NamedTuple):
    """Sorted ids (uint64) and what lets the kernel find them faster (int32 and int64)."""

    goroutine_ids: memoryview
    """Of all that are created, and 0."""
    goroutine_buckets: memoryview
    stack_ids: memoryview
    stack_buckets: memoryview
    string_ids: memoryview
    string_buckets: memoryview
    string_rows: memoryview
    """int32: where the texts of `string_ids` are."""
    task_ids: memoryview
    task_buckets: memoryview
    layouts: memoryview
    """int64, 4 x 2: first id and shift for goroutines, stacks, strings, tasks."""
    builtin_rows: memoryview
    """int32: where the texts are that the format implies."""


class Tables(NamedTuple):
    """The state between the calls: zeros at first."""

    cursors: memoryview
    """int64, 25 columns, one row more than procs: where each goes on (`wire.py`)."""
    heap: memoryview
    """int64, 3 x procs + 3, for the kernel."""
    procs: memoryview
    """int64, 3 columns: flags (`world.py`), goroutine, thread."""
    goroutines: memoryview
    """int64, 4 columns: sequence number, when it entered a system call, flags (`world.py` and
    `merge.py`), and one for the kernel. Goroutine 0 runs."""
    region_heads: memoryview
    """int64: the innermost region of each goroutine; empty if there are no regions."""
    regions: memoryview
    """int64, 3 columns, as many as regions: task, name, the region around it."""
    tasks: memoryview
    """uint64, 3 columns: whether it is open, parent, name."""


class Columns(NamedTuple):
    """What is filled: all of the same length, at least 4, but `args`. -1 is what is unknown."""

    time_ns: memoryview
    """int64."""
    type: memoryview
    """uint8."""
    thread: memoryview
    """int64."""
    proc: memoryview
    """int32."""
    goroutine: memoryview
    """int64."""
    stack: memoryview
    """int32: rows of `stack_ids`."""
    args: memoryview
    """uint64, four times as long: one behind the other, as
    `gotrace.readers.trace.events.argument_counts` says. Those that name a string hold its row."""
    texts: memoryview
    """int64, 3 columns: where the texts of logs start and end, and the argument each stands for."""
