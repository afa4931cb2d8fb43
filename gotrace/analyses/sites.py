"""The site of a sample: the place in the program that a person would look at.

**The rule.** The site is the first frame from the leaf that is not in Go's runtime, that is, whose
function's name starts neither with `runtime.` nor with `internal/runtime/`: the frames that Go
itself hides when it writes a heap profile (`writeHeapProto` in `runtime/pprof/protomem.go`). A
stack that is all runtime has as site the first frame that is not the allocator itself, at worst
its leaf. Inlined calls count as calls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.tables.columns import Lists
from gotrace.tables.recording import Recording

__all__ = ["Sites", "sites"]

_RUNTIME = ("runtime.", "internal/runtime/")
_ALLOCATOR = (
    *("runtime.mallocgc", "runtime.newobject", "runtime.newarray", "runtime.makeslice"),
    *("runtime.growslice", "runtime.profilealloc", "runtime.mProf_Malloc", "runtime.systemstack"),
)
_STEPS = 32
"""Most stacks leave the runtime within a frame or two; the others are searched in one go."""

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Sites:
    """The sites of a recording's S samples.

    `of_sample` holds for every sample its site: a row of `frames`, or the last number,
    `count - 1`, for a sample without any frame.
    """

    of_sample: Rows
    count: int
    recording: Recording

    def function(self, site: int) -> str:
        """The name of the site's function, type arguments as `[...]`; its address without name."""
        if site >= self.count - 1:
            return "(no stack)"
        frames = self.recording.columns["frames"]
        row = int(frames.array("function_id")[site])
        if row < 0:
            return f"{int(frames.array('address')[site]):#x}"
        return _without_type_arguments(self.recording.columns["functions"].array("name")[row])

    def place(self, site: int) -> str:
        """`file.go:12`, or an empty string where it is not known."""
        if site >= self.count - 1:
            return ""
        frames = self.recording.columns["frames"]
        row = int(frames.array("function_id")[site])
        filename = self.recording.columns["functions"].array("filename")[row] if row >= 0 else ""
        return f"{filename}:{int(frames.array('line')[site])}" if filename else ""

    def where(self, site: int) -> str:
        """`main.handle (file.go:12)`."""
        place = self.place(site)
        return f"{self.function(site)} ({place})" if place else self.function(site)


def sites(recording: Recording) -> Sites:
    """The site of every sample. Looks at the first few locations of each stack only."""
    frames = recording.columns["frames"]
    of_location = recording.columns["locations"].lists("frame_ids")
    of_sample = recording.columns["sample_locations"].lists("location_ids")
    every_frame = np.arange(frames.rows, dtype=np.int32)
    site = np.full(len(of_sample), -1, np.int32)
    for prefixes in (_RUNTIME, _ALLOCATOR, ()):
        rest = np.flatnonzero(site < 0)
        if len(rest):
            outside = np.where(_begins(recording, prefixes), np.int32(-1), every_frame)
            stacks = of_sample if len(rest) == len(site) else of_sample.take(rest)
            site[rest] = _first(stacks, _first(of_location, outside))
    return Sites(np.where(site < 0, frames.rows, site), frames.rows + 1, recording)


def _without_type_arguments(name: str) -> str:
    """`slices.Clone[...]` for `slices.Clone[go.shape.[]int,go.shape.int]`, as Go's tracebacks."""
    kept: list[str] = []
    depth = 0
    for character in name:
        if character == "]":
            depth -= 1
        if depth <= 0:
            kept.append(character)
        if character == "[":
            if depth == 0:
                kept.append("...")
            depth += 1
    return "".join(kept)


def _begins(recording: Recording, prefixes: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """For every frame, whether its function's name begins with one of `prefixes`."""
    names = recording.columns["functions"].array("name")
    begins = np.array([name.startswith(prefixes) for name in names] + [False], bool)
    result: npt.NDArray[np.bool_] = begins[
        recording.columns["frames"].array("function_id").astype(np.int64)
    ]
    return result


def _first(lists: Lists, pick: Rows) -> Rows:
    """For every list the first `pick[value]` of its values that is not -1; -1 if all are."""
    result = np.full(len(lists), -1, np.int32)
    pending = np.flatnonzero(lists.lengths > 0)
    for depth in range(_STEPS):
        found = pick[lists.values[lists.offsets[pending] + depth]]
        result[pending] = found
        pending = pending[(found < 0) & (lists.lengths[pending] > depth + 1)]
        if not len(pending):
            return result
    rest = lists.take(pending)
    found = pick[rest.values]
    position = np.where(found < 0, len(found), np.arange(len(found)))
    first = np.minimum.reduceat(position, rest.offsets[:-1])
    result[pending] = np.append(found, np.int32(-1))[first]
    return result
