"""What the runtime did for each line of the program, by the functions on the stacks of CPU samples.

A heap profile leaves the runtime's own frames out; a CPU profile names them, so that it tells a
growing slice (`runtime.growslice`) from a new one (`runtime.makeslice`) on the same line.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gotrace.analyses.gc_cost.cpu_values import cpu_values
from gotrace.analyses.wrestle.joining import Ownership, own_frames
from gotrace.tables.columns import Lists
from gotrace.tables.recording import Recording

__all__ = ["BOX", "CONCAT", "GROW_MAP", "GROW_SLICE", "TO_STRING", "runtime_calls"]

GROW_SLICE = "grows a slice"
GROW_MAP = "grows a map"
BOX = "makes an interface of a value"
TO_STRING = "makes a string of bytes"
CONCAT = "joins strings"

_CALLS: dict[str, tuple[str, ...]] = {
    GROW_SLICE: ("runtime.growslice",),
    GROW_MAP: (
        "runtime.hashGrow", "runtime.growWork", "internal/runtime/maps.(*table).grow",
        "internal/runtime/maps.(*table).rehash", "internal/runtime/maps.(*table).split",
        "internal/runtime/maps.(*Map).growToTable", "internal/runtime/maps.(*Map).growToSmall",
    ),
    BOX: ("runtime.convT",),
    TO_STRING: ("runtime.slicebytetostring", "runtime.slicerunetostring"),
    CONCAT: ("runtime.concatstring",),
}  # fmt: skip
"""What a call does → how the names of the runtime's functions begin that do it."""


def runtime_calls(
    cpu: Recording | None, ownership: Ownership
) -> dict[tuple[str, int], Mapping[str, int]]:
    """(function, line) of the module's own code → what the runtime did for it → nanoseconds."""
    if cpu is None or not cpu.sample_count:
        return {}
    own = own_frames(cpu, ownership)
    times = cpu_values(cpu).time_ns
    found: dict[tuple[str, int], dict[str, int]] = {}
    for what, prefixes in _CALLS.items():
        for sample in np.flatnonzero(_has(cpu, prefixes) & (own.frame >= 0)).tolist():
            place = own.place(int(own.frame[sample]))
            told = found.setdefault((place.function, place.line), {})
            told[what] = told.get(what, 0) + int(times[sample])
    return dict(found)


def _has(cpu: Recording, prefixes: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """For each sample whether a function that begins so is on its stack."""
    columns = cpu.columns
    names = columns["functions"].array("name")
    is_such = np.array([name.startswith(prefixes) for name in names] + [False], np.bool_)
    in_frame = is_such[columns["frames"].array("function_id").astype(np.int64)]
    in_location = _any(columns["locations"].lists("frame_ids"), in_frame)
    return _any(columns["sample_locations"].lists("location_ids"), in_location)


def _any(lists: Lists, is_such: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """For each list whether one of its values is such."""
    before = np.zeros(len(lists.values) + 1, np.int64)
    np.cumsum(is_such[lists.values], out=before[1:])
    result: npt.NDArray[np.bool_] = np.diff(before[lists.offsets]) > 0
    return result
