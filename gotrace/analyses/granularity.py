"""What one row stands for: from the lines of every location to the nodes of the call graph.

The rules are those of pprof's `Profile.Aggregate` (`profile/profile.go`) and `nodeInfo`
(`internal/graph/graph.go`): two lines are the same node when everything the granularity keeps is
equal. Nodes without a function name are kept apart by program and by the function's first line,
which is why pprof (and so we) may list a file twice with `-files`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.names import clean_path, printable_name, trimmed_path
from gotrace.analyses.stacks import Lines, Stacks
from gotrace.analyses.top_options import TopOptions

__all__ = ["Node", "Nodes", "nodes_of"]


@dataclass(frozen=True)
class Node:
    """What a row stands for; zero and empty are "not known or not asked for"."""

    function: str
    file: str
    line: int
    column: int
    address: int
    program: str

    @property
    def name(self) -> str:
        """The row's printable name."""
        return printable_name(
            self.address, self.function, self.file, self.line, self.column, self.program
        )


@dataclass(frozen=True)
class Nodes:
    """N nodes, and which of them every location stands for.

    Location l is the nodes `rows[offsets[l]:offsets[l + 1]]`, innermost call first.
    """

    count: int
    offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    describe: Callable[[int], Node]
    """Node number → what it stands for."""


def nodes_of(stacks: Stacks, options: TopOptions) -> Nodes:
    """The nodes of all locations that are still on stacks, at the asked granularity."""
    lines = (
        stacks.lines.take(~stacks.is_gone[stacks.lines.location])
        if stacks.is_gone.any()
        else stacks.lines
    )
    if options.noinlines:
        lines = _outermost(lines)
    traits = _Traits(stacks, lines, options)
    codes, first = traits.number()
    return Nodes(
        len(first), lines.offsets, codes, cache(lambda node: traits.describe(int(first[node])))
    )


def _outermost(lines: Lines) -> Lines:
    """Only the function that the compiler inlined the others into."""
    has_lines = lines.offsets[1:] > lines.offsets[:-1]
    last = lines.offsets[1:][has_lines] - 1
    offsets = np.zeros_like(lines.offsets)
    np.cumsum(has_lines, out=offsets[1:])
    return Lines(offsets, lines.function[last], lines.number[last], lines.column[last])


class _Traits:
    """Everything that tells the lines of `stacks` apart at one granularity."""

    def __init__(self, stacks: Stacks, lines: Lines, options: TopOptions) -> None:
        self.stacks = stacks
        self.lines = lines
        kept = options.granularity
        self.keeps_function = kept != "files"
        self.keeps_file = kept != "functions"
        self.keeps_line = kept in ("lines", "addresses")
        self.keeps_address = kept == "addresses"
        self.keeps_column = self.keeps_line and (
            options.showcolumns or (self.keeps_address and not options.noinlines)
        )
        self.file_of = cache(
            lambda name: clean_path(trimmed_path(name, options.trim_path, options.source_path))
        )

    def number(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The node of every line, and for every node one of its lines."""
        function_codes, is_nameless = self._function_codes()
        codes = function_codes[self.lines.function]
        nameless = is_nameless[self.lines.function]
        location = self.lines.location if nameless.any() or self.keeps_address else None
        if location is not None and nameless.any():
            codes = _pair(codes, np.where(nameless, self._program_codes()[location], 0))
            start = np.append(self.stacks.start_lines, 0)[self.lines.function]
            codes = _pair(codes, np.where(nameless, start, 0))
        if self.keeps_line:
            codes = _pair(codes, self.lines.number)
        if self.keeps_column:
            codes = _pair(codes, self.lines.column)
        if location is not None and self.keeps_address:
            codes = _pair(codes, self.stacks.address[location])
        return _compacted(codes)

    def _function_codes(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """A code for every function (the last: none), and whether it is nameless."""
        stacks = self.stacks
        nothing = [""] * len(stacks.function_names)
        names = stacks.function_names if self.keeps_function else nothing
        files = [*map(self.file_of, stacks.file_names)] if self.keeps_file else nothing
        keys = [*(zip(names, files, strict=True) if self.keeps_file else names)]
        keys.append(("", "") if self.keeps_file else "")
        seen: dict[object, int] = {}
        codes = np.array([seen.setdefault(key, len(seen)) for key in keys], np.int64)
        is_nameless = np.array([*map(bool, names), False], np.bool_)
        np.logical_not(is_nameless, out=is_nameless)
        return codes, is_nameless

    def _program_codes(self) -> npt.NDArray[np.int64]:
        """For every location a code of its program's file."""
        seen: dict[str, int] = {"": 0}
        codes = [seen.setdefault(name, len(seen)) for name in self.stacks.programs]
        return np.array([*codes, 0], np.int64)[self.stacks.mapping]

    def describe(self, line: int) -> Node:
        """The node that this line stands for."""
        function = int(self.lines.function[line])
        location = int(np.searchsorted(self.lines.offsets, line, "right")) - 1
        name = self.stacks.function_names[function] if self.keeps_function and function >= 0 else ""
        file = (
            self.file_of(self.stacks.file_names[function])
            if self.keeps_file and function >= 0
            else ""
        )
        mapping = int(self.stacks.mapping[location])
        return Node(
            name,
            file,
            int(self.lines.number[line]) if self.keeps_line and function >= 0 else 0,
            int(self.lines.column[line]) if self.keeps_column and function >= 0 else 0,
            int(self.stacks.address[location]) if self.keeps_address else 0,
            self.stacks.programs[mapping] if not name and mapping >= 0 else "",
        )


def _pair(codes: npt.NDArray[Any], more: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """One code for each distinct pair; below the square of the number of rows."""
    left_codes: npt.NDArray[np.int64] = np.unique(codes, return_inverse=True)[1]
    right, right_codes = np.unique(more, return_inverse=True)
    if len(right) <= 1:
        return left_codes
    return left_codes * len(right) + right_codes


def _compacted(
    codes: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Codes without gaps, and the first row of each."""
    first_of = np.full(int(codes.max(initial=-1)) + 1, -1, np.int64)
    first_of[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    used = np.flatnonzero(first_of >= 0)
    renumbered = np.empty(len(first_of), np.int32)
    renumbered[used] = np.arange(len(used), dtype=np.int32)
    return np.ascontiguousarray(renumbered[codes]), first_of[used]
