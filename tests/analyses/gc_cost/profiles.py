"""CPU and allocs profiles of a few stacks, and how to look at the tables of an answer."""

from __future__ import annotations

from typing import Any

from gotrace.analyses.result import Result, ResultTable
from gotrace.tables.recording import Origin, Recording
from tests.builders import Sample, recording_from

__all__ = [
    "ASSIST", "CPU", "HEAP", "MALLOC", "PERIOD", "PROFILE", "SWEEPER", "WORKER", "cpu", "heap",
    "rows", "table",
]  # fmt: skip

CPU = (("samples", "count"), ("cpu", "nanoseconds"))
HEAP = (("alloc_objects", "count"), ("alloc_space", "bytes"))
PERIOD = 10_000_000

MALLOC = ["runtime.mallocgc", "runtime.newobject"]
ASSIST = ["runtime.gcAssistAlloc", "runtime.mallocgc"]
WORKER = ["runtime.gcDrain", "runtime.gcBgMarkWorker"]
SWEEPER = ["runtime.sweepone", "runtime.bgsweep"]


def cpu(*stacks: tuple[list[str], int]) -> Recording:
    """A CPU profile of stacks and how often each was seen."""
    samples = [Sample(stack, (count, count * PERIOD)) for stack, count in stacks]
    return recording_from(*samples, types=CPU, kind="cpu", origin=Origin(period=PERIOD))


def heap(*stacks: tuple[list[str], int], period: int = 1) -> Recording:
    """An allocs profile of stacks and bytes, of objects of 64 bytes."""
    samples = [Sample(stack, (size // 64, size)) for stack, size in stacks]
    return recording_from(*samples, types=HEAP, kind="heap", origin=Origin(period=period))


def table(result: Result, name: str) -> ResultTable:
    return next(table for table in result.tables if table.name == name)


def rows(result: Result, name: str, *columns: str) -> list[tuple[Any, ...]]:
    found = table(result, name)
    return list(zip(*(found.column(column).values for column in columns), strict=True))


PROFILE = cpu(
    ([*MALLOC, "main.small:3"], 6),
    ([*MALLOC, "main.large:9"], 2),
    ([*ASSIST, "main.large:9"], 4),
    (WORKER, 7),
    (SWEEPER, 1),
    (["main.work"], 20),
)
