"""Where profiles and compiler meet: whose code a stack is, and what was said of its lines.

**The key** is the package's import path, the base name of the file and the line: profiles have
whole paths (or, under `-trimpath`, import paths), the compiler writes paths relative to where it
ran. A profile tells no column, so all that was said of a line is joined, best match first: of the
same function, and what is allocated before what is not.

**Inlined code.** The compiler explains an escape at the outermost call, in the function that it
compiled; a profile has a frame for each inlined call. So every frame of the physical function is
tried, from the innermost of the module's own on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gotrace.analyses.wrestle.why import Escape
from gotrace.tables.columns import Coded, Columns
from gotrace.tables.function_names import package_of
from gotrace.tables.recording import Recording

__all__ = [
    "INSIDE",
    "EscapeIndex",
    "OwnFrames",
    "Ownership",
    "Place",
    "own_frames",
]

Rows = npt.NDArray[np.int64]
_HEAP_KINDS = ("escapes_to_heap", "moved_to_heap")
INSIDE = "does_not_escape"
_ALLOCATES = ("append", "make([]")
"""What is allocated on the heap although it does not escape, beyond a small buffer on the stack."""
_STANDARD = frozenset(
    ("archive", "bufio", "bytes", "cmp", "compress", "container", "context", "crypto",
     "database", "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go",
     "hash", "html", "image", "index", "internal", "io", "iter", "log", "maps", "math",
     "mime", "net", "os", "path", "plugin", "reflect", "regexp", "runtime", "slices", "sort",
     "strconv", "strings", "structs", "sync", "syscall", "testing", "text", "time", "unicode",
     "unique", "unsafe", "vendor", "weak")
)  # fmt: skip
_MOST_STEPS = 512
"""Frames from the leaf that are looked at; Go's profiles keep 128 at most."""


@dataclass(frozen=True)
class Place:
    """A line of the program: function with its package, file as recorded."""

    function: str
    file: str
    line: int

    @property
    def package(self) -> str:
        """The import path."""
        return package_of(self.function)

    @property
    def base_name(self) -> str:
        """The file without folders."""
        return self.file.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def is_test(self) -> bool:
        """Whether it is part of a test or benchmark."""
        return self.base_name.endswith("_test.go")

    def __str__(self) -> str:
        return f"{self.function} ({self.file}:{self.line})"


@dataclass(frozen=True)
class Ownership:
    """Whose code is the module's: by its path, else whatever is not Go's standard library."""

    module: str = ""

    def owns(self, package: str) -> bool:
        """Whether the package is part of the module (its external tests too)."""
        if not package:
            return False
        if self.module:
            bare = package.removesuffix("_test")
            return self.module in (package, bare) or package.startswith(self.module + "/")
        return package.partition("/")[0] not in _STANDARD and "vendor/" not in package


@dataclass(frozen=True)
class OwnFrames:
    """For each of S samples the first frame of the module's own code, from the leaf.

    `frame` and `location` are rows, -1 where the stack has none; `leaf` is the first frame of all
    (of heap profiles: whose function called the allocator).
    """

    recording: Recording
    frame: Rows
    location: Rows
    leaf: Rows

    def place(self, frame: int) -> Place:
        """A row of `frames` in words."""
        columns = self.recording.columns
        function = int(columns["frames"].array("function_id")[frame])
        line = int(columns["frames"].array("line")[frame])
        if function < 0:
            return Place("", "", line)
        functions = columns["functions"]
        return Place(functions.array("name")[function], functions.array("filename")[function], line)

    def outward(self, frame: int, location: int) -> list[int]:
        """The frames inlined around this one, innermost first, itself the first of them."""
        told = self.recording.columns["locations"].lists("frame_ids")[location].tolist()
        return told[told.index(frame) :] if frame in told else [frame]

    def innermost(self, location: int) -> Place:
        """What was inlined into a location's function, there where it stands; itself if nothing."""
        return self.place(int(self.recording.columns["locations"].lists("frame_ids")[location][0]))


def own_frames(recording: Recording, ownership: Ownership) -> OwnFrames:
    """Whose code asked, sample by sample."""
    columns = recording.columns
    functions = columns["functions"].array("name")
    owned = np.array([ownership.owns(package_of(name)) for name in functions] + [False], np.bool_)
    is_own = owned[columns["frames"].array("function_id").astype(np.int64)]
    of_location = columns["locations"].lists("frame_ids")
    first_own, first_any = np.full(len(of_location), -1, np.int64), np.full(
        len(of_location), -1, np.int64
    )  # fmt: skip
    for row, (start, end) in enumerate(_ranges(of_location.offsets)):
        inside = of_location.values[start:end]
        if len(inside):
            first_any[row] = inside[0]
            own = np.flatnonzero(is_own[inside])
            if len(own):
                first_own[row] = inside[own[0]]
    of_sample = columns["sample_locations"].lists("location_ids")
    location = _first_location(of_sample.offsets, of_sample.values, first_own >= 0)
    leaf = _first_location(of_sample.offsets, of_sample.values, first_any >= 0)
    padded_own, padded_any = np.append(first_own, -1), np.append(first_any, -1)
    return OwnFrames(recording, padded_own[location], location, padded_any[leaf])


def _ranges(offsets: Rows) -> Iterator[tuple[int, int]]:
    ends = offsets.tolist()
    return pairwise(ends)


def _first_location(offsets: Rows, values: npt.NDArray[np.int32], wanted: npt.NDArray[np.bool_]
                    ) -> Rows:  # fmt: skip
    """For every stack the first location that is wanted, -1 if none is."""
    lengths = np.diff(offsets)
    result = np.full(len(lengths), -1, np.int64)
    pending = np.flatnonzero(lengths > 0)
    for depth in range(_MOST_STEPS):
        found = values[offsets[pending] + depth].astype(np.int64)
        is_hit = wanted[found]
        result[pending[is_hit]] = found[is_hit]
        pending = pending[~is_hit & (lengths[pending] > depth + 1)]
        if not len(pending):
            break
    return result


class EscapeIndex:
    """What escapes, by package, base name and line."""

    def __init__(self, recording: Recording | None) -> None:
        self._by_line: dict[tuple[str, str, int], list[Escape]] = {}
        if recording is None or "escapes" not in recording.columns:
            return
        table = recording.columns["escapes"]
        kinds = table.coded("kind")
        wanted = (*_HEAP_KINDS, INSIDE)
        codes = [kinds.values.index(kind) for kind in wanted if kind in kinds.values]
        lines, columns = table.array("line"), table.array("column")
        for row in np.flatnonzero(np.isin(kinds.codes, codes)).tolist():
            if kinds[row] == INSIDE and not _text(table, "what", row).startswith(_ALLOCATES):
                continue
            file = _text(table, "file", row)
            found = Escape(
                kinds[row] or "", _text(table, "what", row), file, int(lines[row]), row=row,
                function=_text(table, "function", row), column=int(columns[row]),
            )  # fmt: skip
            base = file.replace("\\", "/").rsplit("/", 1)[-1]
            package = _text(table, "package", row).removesuffix("_test")
            self._by_line.setdefault((package, base, found.line), []).append(found)

    @property
    def packages(self) -> set[str]:
        """The import paths that were compiled."""
        return {package for package, _, _ in self._by_line if package}

    def at(self, places: Iterable[Place]) -> list[Escape]:
        """All that escapes at the first of these places where anything does; each only once.

        What is inlined is explained where it stands, too, if its function was compiled: then the
        places around it, whose lines hold other things as well, are not asked.
        """
        for place in places:
            package = place.package.removesuffix("_test")
            rows = self._by_line.get((package, place.base_name, place.line), [])
            rows = rows or self._by_line.get(("", place.base_name, place.line), [])
            if not rows:
                continue
            bare = place.function[len(place.package) + 1 :]
            found: dict[tuple[str, str], Escape] = {}
            for escape in sorted(
                rows, key=lambda one: (one.kind == INSIDE, one.function not in ("", bare), one.row)
            ):
                found.setdefault((escape.kind, escape.what), escape)
            return list(found.values())
        return []


def _text(table: Columns, name: str, row: int) -> str:
    column = table[name]
    if isinstance(column, Coded):
        return column[row] or ""
    return str(column[row] or "")
