"""The time of every CPU sample in nanoseconds, and how many samples it stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.errors import UsageError
from gotrace.tables.columns import Columns, Lazy, Lists
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording

__all__ = ["TRACE_PERIOD_NS", "CpuValues", "cpu_profile", "cpu_values"]

Numbers = npt.NDArray[np.int64]

TRACE_PERIOD_NS = 10_000_000
"""What a sample of a trace stands for: Go's profiler takes 100 a second of CPU time."""
_NANOSECONDS = {
    **{"ns": 1, "nanoseconds": 1, "us": 1000, "microseconds": 1000},
    **{"ms": 1_000_000, "milliseconds": 1_000_000, "s": 10**9, "seconds": 10**9},
}


@dataclass(frozen=True)
class CpuValues:
    """S samples: the time each stands for, in whole nanoseconds, and how often it was taken."""

    time_ns: Numbers
    count: Numbers

    @property
    def total_ns(self) -> int:
        """The whole profile."""
        return int(self.time_ns.sum())

    def errors(self, groups: npt.NDArray[np.int64], groups_count: int) -> npt.NDArray[np.float64]:
        """The standard error of the time of each group, in nanoseconds.

        Samples fall independently (`setitimer` and `timer_create` tick in CPU time): n of N have
        the error sqrt(n (1 - n / N)), each sample counting for its part of the time.
        """
        count = np.bincount(groups, np.abs(self.count), groups_count)
        total = float(np.abs(self.count).sum())
        whole = float(np.abs(self.time_ns).sum())
        period = whole / total if total else 0.0
        share = count / total if total else count
        errors: npt.NDArray[np.float64] = period * np.sqrt(count * np.maximum(1 - share, 0.0))
        return errors


def cpu_values(recording: Recording) -> CpuValues:
    """The values of a CPU profile; raises UsageError for a recording that measures no CPU time."""
    types = recording.sample_types
    times = [row for row, (_, unit) in enumerate(types) if unit in _NANOSECONDS]
    counts = [row for row, (_, unit) in enumerate(types) if unit == "count"]
    named = [row for row in times if types[row][0] == "cpu"]
    if recording.kind != "cpu" or not times:
        raise UsageError(
            f"this needs a CPU profile or a trace with CPU samples; the recording is of kind "
            f"`{recording.kind}`"
        )
    row = (named or times)[-1]
    time_ns = recording.values(row) * _NANOSECONDS[types[row][1]]
    if counts:
        return CpuValues(time_ns, recording.values(counts[0]))
    period = max(recording.origin.period, 1)
    return CpuValues(time_ns, time_ns // period)


def cpu_profile(recording: Recording) -> Recording:
    """The recording as a CPU profile: itself, or the `cpu_samples` of a trace.

    Raises UsageError for a trace without them.
    """
    if recording.kind != "trace":
        return recording
    samples = recording.columns.get("cpu_samples")
    if samples is None or not samples.rows:
        raise UsageError(
            "the trace has no CPU samples; record it while runtime/pprof.StartCPUProfile runs"
        )
    stack = samples.array("stack_id").astype(np.int64)
    return Recording(
        "cpu",
        recording.origin,
        Lazy(_tables(recording, stack)),
        (*recording.notes, *_notes(int((stack < 0).sum()))),
    )


def _notes(without_stack: int) -> tuple[Note, ...]:
    period = Note(
        Severity.INFO,
        "assumed-cpu-period",
        "a trace does not say what a CPU sample stands for: 10 ms each are assumed, Go's default; "
        "shares do not depend on it",
    )
    if not without_stack:
        return (period,)
    message = "CPU samples without a stack count as the program's own"
    return (period, Note(Severity.INFO, "cpu-samples-without-stack", message, without_stack))


def _tables(recording: Recording, stack: Numbers) -> dict[str, Columns]:
    """The tables of a profile whose locations are the frames themselves."""
    frames = recording.columns["frames"]
    lists = recording.columns["stacks"].lists("frame_ids")
    # Row -1 is that of a sample without stack: the empty list behind all others.
    padded = Lists(np.append(lists.offsets, lists.offsets[-1]), lists.values)
    stacks = padded.take(np.where(stack < 0, len(lists), stack))
    every = np.arange(frames.rows, dtype=np.int32)
    ones = np.ones(len(stack), np.int64)
    values = np.concatenate([ones, ones * TRACE_PERIOD_NS])
    names = np.array(["samples", "cpu"], object)
    units = np.array(["count", "nanoseconds"], object)
    return {
        "functions": recording.columns["functions"],
        "frames": frames,
        "locations": Columns(
            frames.rows,
            {
                "frame_ids": Lists(np.arange(frames.rows + 1, dtype=np.int64), every),
                "mapping_id": np.full(frames.rows, -1, np.int32),
                "address": np.zeros(frames.rows, np.uint64),
                "is_folded": np.zeros(frames.rows, np.bool_),
            },
        ),
        "mappings": Columns(0, {"filename": np.zeros(0, object)}),
        "sample_types": Columns(2, {"sample_type": names, "unit": units}),
        "sample_locations": Columns(
            len(stack), {"sample_id": np.arange(len(stack)), "location_ids": stacks}
        ),
        "samples": Columns(2 * len(stack), {"value": values}),
    }
