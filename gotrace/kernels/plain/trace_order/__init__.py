"""The events of one generation of a trace, put in order: specifies the kernel `trace_order`.

`begin` puts a cursor at the first event of every thread; `order` then writes events to the caller's
columns in the order in which they can have happened, until all are out, a column or table is full
(call again, with more room), or an event breaks the rules. Which event can come next is decided in
`scheduler.py`; which thread is asked first, in `cursors.py`: the one whose next event has the
earliest time, and if that one has to wait, the others in order of time. Samples of the CPU profiler
come in by time. Times out are strictly increasing, over all generations.

A damaged trace can be read leniently (`mode`): a batch is then lost from its first unreadable event
on, from the first broken rule on events follow by time alone (`loose.py`), and unknown strings and
stacks are rows of -1. `progress` counts all that. In a generation known to be `DAMAGED` no thread
waits for others for more than 5 ms: what it waits for is probably lost.

All memory is the caller's: `Generation`, `Tables` and `Output` say what there is. What is in it is
checked before it is believed, save for what only we write: an index out of range there raises
IndexError and is our own fault.
"""

from __future__ import annotations

from gotrace.errors import InputError, MalformedError
from gotrace.kernels.plain.trace_order import numbers as n
from gotrace.kernels.plain.trace_order.contract import (
    AHEAD,
    DAMAGED,
    LENIENT,
    PLAIN,
    PROGRESS,
    STRICT,
    Generation,
    Output,
    P,
    Tables,
    ahead_rows,
)
from gotrace.kernels.plain.trace_order.cursors import Broken, NeedsRoom, number
from gotrace.kernels.plain.trace_order.records import Table, reindex
from gotrace.kernels.plain.trace_order.run import Run

__all__ = [
    "AHEAD",
    "DAMAGED",
    "LENIENT",
    "PLAIN",
    "PROGRESS",
    "STRICT",
    "Generation",
    "Output",
    "P",
    "Table",
    "Tables",
    "ahead_rows",
    "begin",
    "decode_numbers",
    "fault",
    "order",
    "read_ahead",
    "reindex",
]


def fault(reason: int, offset: int) -> InputError:
    """The error of a broken event: an index of `REASONS`, and where the event is in the file."""
    return MalformedError(n.REASONS[reason], offset=offset)


def begin(
    generation: Generation, tables: Tables, progress: memoryview, frequency: float, mode: int
) -> int:
    """Stand before the first event of every thread.

    `progress` is zero, save for `horizon`, and -1 in `loose_offset` and `lost_offset`; cursors are
    zero but for their batches and thread. Returns DONE or BROKEN.
    """
    run = Run(generation, tables, None, progress, frequency, mode)
    try:
        for cursor in range(progress[P["begun"]], len(generation.cursors)):
            if run.look(cursor, 0):
                run.cursors.push(cursor)
            progress[P["begun"]] += 1
    except Broken as broken:
        return run.broke(broken)
    finally:
        run.save()
    return n.DONE


def order(
    generation: Generation,
    tables: Tables,
    output: Output,
    progress: memoryview,
    frequency: float,
    mode: int,
) -> int:
    """Write events until all are out (DONE), something is FULL_…, or one is BROKEN.

    `frequency` is in ns per tick. After BROKEN the generation cannot go on.
    """
    run = Run(generation, tables, output, progress, frequency, mode)
    try:
        while run.cursors.size or run.samples_left:
            run.next_event()
    except NeedsRoom as full:
        return full.status
    except Broken as broken:
        return run.broke(broken)
    finally:
        run.save()
    return n.DONE


def read_ahead(generation: Generation, progress: memoryview, frequency: float) -> None:
    """Decode events of a generation while another thread calls `order` for it.

    Returns once the first number of `generation.ahead` is not zero any more. It only saves time:
    what comes out of `order` is the same without. Python does one thing at a time, so this nothing.
    """


def decode_numbers(
    data: memoryview, begin: int, end: int, values: memoryview
) -> tuple[int, int, int]:
    """Decode all unsigned varints of `data[begin:end]` into `values` (uint64, as many as bytes).

    Returns how many there are, and the reason and place of the first bad one (0 and `end`).
    """
    count, position = 0, begin
    try:
        while position < end:
            values[count], position = number(data, position, end)
            count += 1
    except Broken as broken:
        return count, broken.code, position
    return count, n.FINE, end
