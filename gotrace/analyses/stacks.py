"""`Stacks`: the samples of a recording as a report sees them, before and after its filters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.names import displayed_names
from gotrace.errors import LimitError
from gotrace.tables.columns import Lists
from gotrace.tables.recording import Recording

__all__ = ["VISITED_LINES", "Lines", "Stacks", "stacks_of"]

Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]

VISITED_LINES = 400_000_000
"""Lines a walk over all stacks may visit; recorded programs stay thousands of times below it."""


@dataclass(frozen=True)
class Lines:
    """The source lines of every location: row l has the lines [offsets[l], offsets[l + 1]).

    Innermost call first. Locations without known function have one line whose function is -1.
    """

    offsets: Numbers
    function: Rows
    number: Numbers
    column: Numbers

    @property
    def location(self) -> Rows:
        """For every line the row of its location."""
        counts = np.diff(self.offsets)
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    def take(self, kept: Bools) -> Lines:
        """Only the lines where `kept` holds."""
        offsets = _running(kept)[self.offsets]
        return Lines(offsets, self.function[kept], self.number[kept], self.column[kept])

    def any(self, matched: Bools) -> Bools:
        """For every location whether one of its lines is matched."""
        result: Bools = np.diff(_running(matched)[self.offsets]) > 0
        return result


@dataclass(frozen=True)
class Stacks:
    """S stacks over L locations, and what the locations stand for.

    Stack s is `locations[begin[s]:end[s]]`, leaf first, and belongs to sample `samples[s]` of the
    recording. A location whose lines were all filtered away counts as if it stood on no stack.
    """

    samples: Numbers
    begin: Numbers
    end: Numbers
    locations: Rows
    lines: Lines
    address: npt.NDArray[np.uint64]
    mapping: Rows
    function_names: list[str]
    """The displayed name of every function."""
    file_names: list[str]
    """The file of every function, as recorded."""
    start_lines: Numbers
    programs: list[str]
    """The file of every mapping."""

    @property
    def is_gone(self) -> Bools:
        """The locations that have no line left."""
        result: Bools = np.diff(self.lines.offsets) == 0
        return result

    def with_lines(self, lines: Lines) -> Stacks:
        """The same stacks with other lines of their locations."""
        return replace(self, lines=lines)

    def take(self, kept: Bools) -> Stacks:
        """Only the stacks where `kept` holds."""
        if kept.all():
            return self
        return replace(self, samples=self.samples[kept], begin=self.begin[kept], end=self.end[kept])


def stacks_of(recording: Recording) -> Stacks:
    """The recording's samples, unfiltered.

    Raises LimitError when inlined calls multiply the stacks beyond all reason.
    """
    columns = recording.columns
    locations, functions = columns["locations"], columns["functions"]
    on_stack = columns["sample_locations"].lists("location_ids")
    mapping = _packed(locations.array("mapping_id"), np.int32)
    programs = list(columns["mappings"].array("filename"))
    if not programs:
        # So does pprof: every location lies in one program without a name, which an expression
        # that matches the empty name finds.
        mapping, programs = np.zeros_like(mapping), [""]
    frame_ids = locations.lists("frame_ids")
    stacks = Stacks(
        samples=np.arange(recording.sample_count, dtype=np.int64),
        begin=_packed(on_stack.offsets[:-1], np.int64),
        end=_packed(on_stack.offsets[1:], np.int64),
        locations=_packed(on_stack.values, np.int32),
        lines=_lines(recording, frame_ids),
        address=_packed(locations.array("address"), np.uint64),
        mapping=mapping,
        function_names=list(
            displayed_names(functions.array("name"), functions.array("system_name"))
        ),
        file_names=list(functions.array("filename")),
        start_lines=_packed(functions.array("start_line"), np.int64),
        programs=programs,
    )
    lengths = frame_ids.lengths
    if int(lengths.max(initial=0)) * len(stacks.locations) > VISITED_LINES:
        visited = int(lengths[stacks.locations].sum())
        if visited > VISITED_LINES:
            raise LimitError(f"its stacks hold {visited} frames, more than {VISITED_LINES}")
    return stacks


def _lines(recording: Recording, frame_ids: Lists) -> Lines:
    frames = recording.columns["frames"]
    rows = frame_ids.values
    return Lines(
        _packed(frame_ids.offsets, np.int64),
        _packed(frames.array("function_id")[rows], np.int32),
        _packed(frames.array("line")[rows], np.int64),
        _packed(frames.array("column")[rows], np.int64),
    )


def _running(flags: Bools) -> Numbers:
    """How many flags hold before each row, and behind the last."""
    before = np.zeros(len(flags) + 1, np.int64)
    np.cumsum(flags, out=before[1:])
    return before


def _packed(column: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """The column as kernels take it; a copy only where it has to be one."""
    return np.ascontiguousarray(column, dtype)
