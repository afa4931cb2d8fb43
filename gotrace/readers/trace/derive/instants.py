"""Tables of moments: `metrics`, `cpu_samples` and `logs`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gotrace.readers.trace.derive.chunk import Chunk, Rows, numbers
from gotrace.readers.trace.derive.folder import Block, Noteless
from gotrace.readers.trace.events import CPU_SAMPLE
from gotrace.tables.columns import Coded, Column, Columns

__all__ = ["CpuSamplesFolder", "LogsFolder", "MetricsFolder", "context", "no_task"]

_METRICS = {
    "HeapAlloc": "/memory/classes/heap/objects:bytes",
    "HeapGoal": "/gc/heap/goal:bytes",
    "ProcsChange": "/sched/gomaxprocs:threads",
}
"""Names of `runtime/metrics`, as `internal/trace/event.go` (Metric) gives them."""
_METRIC_EVENTS = numbers(*_METRICS)
_METRIC_CODES = np.zeros(256, np.int32)
_METRIC_CODES[list(_METRIC_EVENTS)] = np.arange(len(_METRICS))
_LOG = numbers("UserLog")
_TASK, _CATEGORY, _MESSAGE = 0, 1, 2


def context(chunk: Chunk, rows: Rows) -> dict[str, Column]:
    """The columns thread, proc and goroutine of these events."""
    events = chunk.events
    return {
        "thread": events.thread[rows],
        "proc": events.proc[rows],
        "goroutine": events.goroutine[rows],
    }


class _Instants(Noteless):
    def finish(self, end_ns: int) -> Iterable[Block]:
        """Moments leave nothing open."""
        return ()


class MetricsFolder(_Instants):
    """The heap's size and goal, and GOMAXPROCS, whenever they change."""

    tables = ("metrics",)

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """The values in the chunk."""
        rows = chunk.rows(_METRIC_EVENTS)
        if not len(rows):
            return
        columns: dict[str, Column] = {
            "time_ns": chunk.time_ns[rows],
            "name": Coded(_METRIC_CODES[chunk.events.type[rows]], list(_METRICS.values())),
            "value": chunk.argument(rows, 0),
        }
        yield "metrics", Columns(len(rows), columns)


class CpuSamplesFolder(_Instants):
    """Samples that the CPU profiler took meanwhile."""

    tables = ("cpu_samples",)

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """The samples in the chunk."""
        rows = chunk.rows((CPU_SAMPLE,))
        if not len(rows):
            return
        columns: dict[str, Column] = {
            "time_ns": chunk.time_ns[rows],
            **context(chunk, rows),
            "stack_id": chunk.stack(rows),
        }
        yield "cpu_samples", Columns(len(rows), columns)


class LogsFolder(_Instants):
    """What the program logged into its trace."""

    tables = ("logs",)

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """The messages in the chunk."""
        rows = chunk.rows(_LOG)
        if not len(rows):
            return
        categories: list[str | None] = list(chunk.texts(chunk.argument(rows, _CATEGORY)))
        columns: dict[str, Column] = {
            "time_ns": chunk.time_ns[rows],
            **context(chunk, rows),
            "task": no_task(chunk.argument(rows, _TASK)),
            "category": Coded.from_strings(categories),
            "message": np.array(chunk.texts(chunk.argument(rows, _MESSAGE)), object),
            "stack_id": chunk.stack(rows),
        }
        yield "logs", Columns(len(rows), columns)


def no_task(tasks: Rows) -> Rows:
    """Task 0 is the background task: none."""
    return np.where(tasks == 0, -1, tasks)
