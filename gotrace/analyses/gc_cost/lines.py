"""What memory costs below each line of chosen functions: chosen as by `go tool pprof -focus`.

Cumulative, so lines of one stack are not to be added up: a line has what was allocated by it and by
all it called.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.analyses.gc_cost.sites import Place
from gotrace.analyses.heap_values import heap_values
from gotrace.analyses.names import displayed_names
from gotrace.analyses.regexp import Pattern, compile_go
from gotrace.analyses.sites import Sites
from gotrace.analyses.stacks import VISITED_LINES
from gotrace.errors import LimitError
from gotrace.tables.recording import Recording

__all__ = ["Lines", "allocated_below", "matching_lines", "time_below"]

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lines:
    """The places of the frames that match: frame → row of `places`, -1 for all others."""

    of_frame: Numbers
    places: list[Place]


def matching_lines(recording: Recording, focus: str) -> Lines:
    """The lines of functions whose name or file the expression matches.

    Raises UsageError for what is no regular expression of Go.
    """
    pattern: Pattern = compile_go(focus, "focus")
    functions = recording.columns["functions"]
    shown = displayed_names(functions.array("name"), functions.array("system_name"))
    matched = [pattern.matches(name) or pattern.matches(file)
               for name, file in zip(shown, functions.array("filename"), strict=True)]  # fmt: skip
    frames = recording.columns["frames"]
    is_chosen = np.array([*matched, False], bool)[frames.array("function_id").astype(np.int64)]
    names = Sites(np.zeros(0, np.int32), frames.rows + 1, recording)
    rows: dict[Place, int] = {}
    of_frame = np.full(frames.rows, -1, np.int64)
    for frame in np.flatnonzero(is_chosen).tolist():
        place = names.function(frame), names.place(frame)
        of_frame[frame] = rows.setdefault(place, len(rows))
    return Lines(of_frame, list(rows))


def time_below(
    recording: Recording, lines: Lines, samples: Numbers, values: Numbers
) -> dict[Place, int]:
    """The sum of `values` (one for each of `samples`) below each line; zeros are left out."""
    columns = recording.columns
    stacks = columns["sample_locations"].lists("location_ids").take(samples)
    inner = columns["locations"].lists("frame_ids")
    length = inner.lengths[stacks.values]
    if int(length.sum()) > VISITED_LINES:
        raise LimitError(f"its stacks hold more than {VISITED_LINES} frames")
    line = lines.of_frame[inner.take(stacks.values).values]
    sample = np.repeat(np.repeat(np.arange(len(stacks)), stacks.lengths), length)
    chosen = line >= 0
    # A recursive function is on a stack often, and counts once.
    pairs = np.unique(sample[chosen] * max(len(lines.places), 1) + line[chosen])
    total = np.zeros(len(lines.places), np.int64)
    np.add.at(total, pairs % max(len(lines.places), 1), values[pairs // max(len(lines.places), 1)])
    return {place: int(amount) for place, amount in zip(lines.places, total, strict=True) if amount}


def allocated_below(allocations: Recording, focus: str) -> dict[Place, int]:
    """Bytes allocated below each line that matches, from a heap or allocs profile."""
    measure = heap_values(allocations).measures["alloc"]
    every = np.arange(allocations.sample_count)
    return time_below(allocations, matching_lines(allocations, focus), every, measure.bytes)
