"""One pass over the bytes of a trace: structure checked, places noted (kernel `trace_v1`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace import kernels
from gotrace.errors import LimitError
from gotrace.kernels.plain.trace_v1.scan import EXIT_COLUMNS, MARK_COLUMNS, TOTALS
from gotrace.readers.trace.v1.events import argument_counts, is_sequenced
from gotrace.readers.trace.v1.header import HEADER_BYTES

__all__ = ["BATCH", "SAMPLE", "STACK", "STRING", "TIMER", "Scan", "scan"]

MOST_MARKS = 4_000_000
"""Batches, strings, stacks and CPU samples of one trace, together."""
MOST_IDS = 64_000_000
"""Goroutines, and tasks, that one trace creates."""

BATCH, STACK, TIMER, STRING, SAMPLE = 1, 3, 35, 37, 49
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scan:
    """What one pass finds.

    `marks` (int64, see `MARK_COLUMNS`) are the places of everything that is not an event of a
    goroutine or proc; `goroutines` and `tasks` (uint64) the ids of those created, in file order;
    `exits` (int64, see `EXIT_COLUMNS`) the returns from system calls that happened at another time
    than they were written, in the order in which they belong; `totals` the counts of `TOTALS`.
    """

    data: npt.NDArray[np.uint8]
    version: int
    totals: dict[str, int]
    marks: Integers
    goroutines: npt.NDArray[np.uint64]
    tasks: npt.NDArray[np.uint64]
    exits: Integers

    @property
    def counts(self) -> npt.NDArray[np.uint8]:
        """How many numbers each event has in this version."""
        return np.frombuffer(argument_counts(self.version), np.uint8)

    @property
    def is_sequenced(self) -> bool:
        """Whether events carry global sequence numbers (before Go 1.7)."""
        return is_sequenced(self.version)

    @property
    def end(self) -> int:
        """Where the readable part of the file ends."""
        cut = self.totals["cut"]
        return len(self.data) if cut < 0 else cut

    def marked(self, number: int) -> Integers:
        """The marks of one event number, in file order."""
        marked: Integers = self.marks[self.marks[:, 0] == number]
        return marked

    def column(self, marks: Integers, name: str) -> Integers:
        """A column of marks by its name."""
        return marks[:, MARK_COLUMNS.index(name)]


def scan(data: npt.NDArray[np.uint8], version: int) -> Scan:
    """Go through `data`, a whole file of minor Go version `version`, header included.

    Raises MalformedError for bytes that break the format, LimitError when it defines more than we
    agreed to read. An end in the middle of an event is noted, not raised.
    """
    kernel = kernels.load("trace_v1")
    counts = np.frombuffer(argument_counts(version), np.uint8)
    totals = np.zeros(len(TOTALS), np.int64)
    totals[TOTALS.index("at")] = HEADER_BYTES
    totals[TOTALS.index("cut")] = -1
    marks = np.empty((1024, len(MARK_COLUMNS)), np.int64)
    goroutines, tasks = np.empty(4096, np.uint64), np.empty(64, np.uint64)
    exits = np.empty((1024, len(EXIT_COLUMNS)), np.int64)
    while kernel.scan(
        data.data, counts.data, is_sequenced(version), totals.data,
        marks.data, goroutines.data, tasks.data, exits.data,
    ):  # fmt: skip
        named = dict(zip(TOTALS, totals.tolist(), strict=True))
        marks = _grown(marks, named["marks"], MOST_MARKS, named["at"])
        goroutines = _grown(goroutines, named["goroutines"], MOST_IDS, named["at"])
        tasks = _grown(tasks, named["tasks"], MOST_IDS, named["at"])
        exits = _grown(exits, named["exits"], MOST_IDS, named["at"])
    named = dict(zip(TOTALS, totals.tolist(), strict=True))
    exits = exits[: named["exits"]]
    return Scan(
        data, version, named, marks[: named["marks"]],
        goroutines[: named["goroutines"]], tasks[: named["tasks"]],
        np.ascontiguousarray(exits[np.lexsort((exits[:, 2], exits[:, 0]))]),
    )  # fmt: skip


def _grown(table: npt.NDArray[Any], used: int, most: int, at: int) -> npt.NDArray[Any]:
    """The table, half as large again if it is full."""
    if used < len(table):
        return table
    if used >= most:
        raise LimitError(f"the trace defines more than {most:,} things of a kind", offset=at)
    grown = np.empty((min(most, used + used // 2 + 1024), *table.shape[1:]), table.dtype)
    grown[:used] = table
    return grown
