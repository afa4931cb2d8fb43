"""Heap profiles as text: `/debug/pprof/heap?debug=1`, `allocs?debug=1`, and gperftools' own.

::

    heap profile: 1747: 6494736 [87094: 28744496] @ heap/8192
    1: 8192 [3: 24576] @ 0x489e73 0x48e2a9 0x65fe45
    #	0x65fe44	runtime/pprof.(*profMap).lookup+0x204	runtime/pprof/map.go:69

reads: objects in use, their bytes, [objects allocated, their bytes], where. The numbers are as
sampled; `scale` estimates what was there, as `go tool pprof` does (profile/legacy_profile.go,
scaleHeapSample).
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.errors import MalformedError
from gotrace.readers.draft import Mapping, ProfileDraft
from gotrace.readers.legacy.drafting import Labels, draft
from gotrace.readers.legacy.lines import Lines, excerpt, is_blank_or_comment
from gotrace.readers.legacy.mem_stats import MemStatsTrailer
from gotrace.readers.legacy.memory_map import is_memory_map_heading, read_memory_map
from gotrace.readers.legacy.stacks import Stacks
from gotrace.readers.limits import Limits
from gotrace.tables.recording import Origin

__all__ = ["read_heap", "scale"]

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Compiled where they are used: most runs read no text form, and start-up is dear.
_COUNTS = rb"(\d{1,25}): *(\d{1,25}) *\[ *(\d{1,25}): *(\d{1,25}) *\] *@"
_HEADER = rb"heap profile: *" + _COUNTS + rb" *([a-z][_a-z0-9]*)/?(\d{0,25})\s*"
_SAMPLE = rb"\s*" + _COUNTS + rb"((?: +0x[0-9a-f]+)*)\s*"

_FOUR_TYPES = [
    ("alloc_objects", "count"),
    ("alloc_space", "bytes"),
    ("inuse_objects", "count"),
    ("inuse_space", "bytes"),
]
_TWO_TYPES = [("objects", "count"), ("space", "bytes")]


@dataclass(frozen=True)
class _Header:
    """`period` is the mean number of bytes between samples; `is_sampled` asks for scaling.

    `totals` are what the samples should add up to, as sampled: in use, then allocated.
    """

    period: int
    is_sampled: bool
    has_alloc: bool
    totals: list[int]


class _Samples:
    """The numbers of the samples as they stand in the text; `values` scales them."""

    def __init__(self, header: _Header, lines: Lines) -> None:
        self.header = header
        self.lines = lines
        self.types = _FOUR_TYPES if header.has_alloc else _TWO_TYPES
        self._numbers = array("q")
        self._line_numbers = array("q")

    def add(self, numbers: Sequence[bytes]) -> None:
        """Append objects and bytes in use, objects and bytes allocated."""
        try:
            self._numbers.extend(map(int, numbers))
        except OverflowError:
            raise self.lines.malformed("a number does not fit 64 bits") from None
        self._line_numbers.append(self.lines.number)

    def values(self) -> tuple[list[Numbers], Numbers]:
        """A column for each sample type, and the size of one object in each sample."""
        inuse_count, inuse_bytes, alloc_count, alloc_bytes = self._columns()
        object_bytes = np.zeros(len(inuse_count), np.int64)
        values: list[Numbers] = []
        pairs = [(alloc_count, alloc_bytes)] if self.header.has_alloc else []
        for count, size in [*pairs, (inuse_count, inuse_bytes)]:
            self._refuse((count == 0) & (size != 0), "bytes in no objects")
            np.floor_divide(size, count, out=object_bytes, where=count != 0)
            if self.header.is_sampled:
                count, size, exceeds = scale(count, size, self.header.period)
                self._refuse(exceeds, "scaled up it does not fit 64 bits")
            values += [count, size]
        self._check_totals()
        return values, object_bytes

    def _columns(self) -> Numbers:
        return np.array(self._numbers, np.int64).reshape(-1, 4).T

    def _refuse(self, wrong: npt.NDArray[np.bool_], reason: str) -> None:
        """Raise MalformedError for the first sample that is `wrong`."""
        if wrong.any():
            line = self._line_numbers[int(wrong.argmax())]
            raise MalformedError(f"line {line}: {reason}")

    def _check_totals(self) -> None:
        """Doubt a text whose samples do not add up to its header: lines may be missing."""
        announced = list(self.header.totals)
        found = [sum(self._numbers[kind::4]) for kind in range(4)]
        if announced[3] == found[3] + 1:
            announced[3] -= 1  # Go adds one where both byte counts are equal, against old pprofs
        used = len(self.types)
        if self.header.is_sampled and announced[:used] != found[:used]:
            self.lines.doubt_total(
                f"{announced[0]} objects of {announced[1]} bytes in use",
                f"{found[0]} objects of {found[1]} bytes",
            )


def read_heap(data: memoryview | bytes, limits: Limits) -> ProfileDraft:
    """Read a heap profile in text form. Raises MalformedError with the line number, LimitError."""
    lines = Lines(data, limits)
    header = _header(lines)
    samples = _Samples(header, lines)
    stacks = Stacks(lines, limits)
    trailer = MemStatsTrailer()
    mappings = _read_lines(lines, samples, stacks, trailer)
    values, object_bytes = samples.values()
    origin = Origin(
        format="heap text (debug=1)",
        period_type="space",
        period_unit="bytes",
        period=header.period,
    )
    return draft(
        "heap",
        origin,
        list(samples.types),
        values,
        stacks.finish(),
        labels=Labels.numbers("bytes", object_bytes),
        mappings=mappings,
        mem_stats=trailer.fields,
        history=trailer.history(),
        notes=lines.notes(),
    )


def _read_lines(
    lines: Lines, samples: _Samples, stacks: Stacks, trailer: MemStatsTrailer
) -> list[Mapping]:
    """Hand every line behind the header to whom it concerns; returns the memory map."""
    match_sample = re.compile(_SAMPLE).fullmatch
    add_numbers, add_stack = samples.add, stacks.add
    mappings: list[Mapping] = []
    for line in lines:
        if not line:
            continue
        if line.startswith(b"#\t0x"):  # nearly all lines are these
            stacks.frame(line)
        elif match := match_sample(line):
            *numbers, addresses = match.groups()
            add_numbers(numbers)
            add_stack(addresses)
        elif is_blank_or_comment(line):
            if not trailer.take(line):
                stacks.frame(line)
        elif is_memory_map_heading(line):
            mappings = read_memory_map(lines)
        else:
            raise lines.malformed(f"{excerpt(line)} is no sample of a heap profile")
    return mappings


def _header(lines: Lines) -> _Header:
    line = next(lines, b"")
    match = re.fullmatch(_HEADER, line)
    if match is None:
        raise lines.malformed(f"{excerpt(line)} is no header of a heap profile")
    *totals, rate = (lines.int64(digits or b"0") for digits in match.group(1, 2, 3, 4, 6))
    inuse_count, inuse_bytes, alloc_count, alloc_bytes = totals
    # gperftools repeats the numbers in use, or zeros, where it knows nothing of allocations.
    has_alloc = alloc_count not in (inuse_count, 0) or alloc_bytes not in (inuse_bytes, 0)
    match match[5]:
        case b"heap":
            # Go too writes twice its MemProfileRate, for early C++ profilers did.
            return _Header(rate // 2, True, has_alloc, totals)
        case b"heapz_v2" | b"heap_v2":
            return _Header(rate, True, has_alloc, totals)
        case b"heapprofile":
            return _Header(1, False, has_alloc, totals)
        case b"growth" | b"growthz" | b"fragmentation" | b"fragmentationz":
            return _Header(1, False, False, totals)
        case other:
            raise lines.malformed(f"{excerpt(other)} is no kind of heap profile we know")


def scale(count: Numbers, size_bytes: Numbers, period: int) -> tuple[Numbers, Numbers, Flags]:
    """Objects and bytes that sampled pairs stand for, truncated to integers.

    An object of s bytes is sampled with the probability 1 - exp(-s/period). The third column tells
    which pairs exceed 64 bits that way.
    """
    is_empty = (count == 0) | (size_bytes == 0)
    if period <= 1:
        return np.where(is_empty, 0, count), np.where(is_empty, 0, size_bytes), is_empty & False
    average = size_bytes / np.maximum(count, 1)
    averages, row = np.unique(average, return_inverse=True)
    # The C library's exp one by one: NumPy's may differ in the last bit, and truncation shows it.
    factor = np.array([_factor(a / period) for a in averages.tolist()], np.float64)[row]
    scaled_count = np.where(is_empty, 0.0, count * factor)
    scaled_bytes = np.where(is_empty, 0.0, size_bytes * factor)
    exceeds = np.maximum(scaled_count, scaled_bytes) >= 2.0**63
    scaled_count[exceeds] = scaled_bytes[exceeds] = 0
    return scaled_count.astype(np.int64), scaled_bytes.astype(np.int64), exceeds


def _factor(periods: float) -> float:
    """How many objects a sampled one stands for that is so many periods large; 2⁶⁴ is too many."""
    probability = 1 - math.exp(-periods)
    return 1 / probability if probability else 2.0**64
