"""The binary CPU profile of gperftools, which Go wrote up to 1.8.

A sequence of machine words (4 or 8 bytes, either order): a header 0, 3, 0, sampling period in
microseconds, 0; then samples of count, depth, and so many addresses, leaf first; a sample of count
0 and the one address 0 ends them, and a memory map in text follows. Behaviour as in pprof's
profile/legacy_profile.go (parseCPU, cpuProfile).
"""

from __future__ import annotations

from array import array

import numpy as np
import numpy.typing as npt

from gotrace.errors import LimitError, MalformedError, TruncatedError
from gotrace.readers.draft import ProfileDraft
from gotrace.readers.legacy.drafting import draft
from gotrace.readers.legacy.lines import MAX_INT64, Lines
from gotrace.readers.legacy.memory_map import read_memory_map
from gotrace.readers.legacy.stacks import StackColumns
from gotrace.readers.limits import Limits
from gotrace.tables.columns import Lists
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin

__all__ = ["read_cpu"]

_WORDS = ("<u4", ">u4", "<u8", ">u8")
_HEADER_WORDS = 5
_SIMILAR_SAMPLES = 32


def read_cpu(data: memoryview | bytes, limits: Limits) -> ProfileDraft:
    """Read a binary CPU profile. Raises TruncatedError, MalformedError, LimitError."""
    words = _words(data)
    period_ns = int(words[3]) * 1000
    starts, end, is_complete = _find_samples(words, limits)
    if not is_complete and end * words.itemsize < len(data):
        raise _cut(end * words.itemsize)
    counts = words[starts].astype(np.uint64)
    largest = int(counts.max(initial=0))
    if largest * period_ns > MAX_INT64:
        raise MalformedError(f"{largest} samples of {period_ns} ns do not fit 64 bits")
    stacks = _stacks(words, starts)
    for _ in range(2):
        stacks = _without_handler_frame(stacks)
    return draft(
        "cpu",
        Origin(
            format="legacy CPU profile",
            period_type="cpu",
            period_unit="nanoseconds",
            period=period_ns,
        ),
        [("samples", "count"), ("cpu", "nanoseconds")],
        [array("q", counts.astype(np.int64)), array("q", counts.astype(np.int64) * period_ns)],
        _columns(_without_doubled_leaf(stacks)),
        mappings=read_memory_map(Lines(data[end * words.itemsize :], limits)),
        notes=[] if is_complete else [_NO_END],
    )


_NO_END = Note(
    Severity.LOSS,
    "no-end-of-samples",
    "the samples have no end mark: the profile was cut off or never closed",
    advice="record it again and let the program call StopCPUProfile",
)


def _words(data: memoryview | bytes) -> npt.NDArray[np.unsignedinteger]:
    """The data as words of the size and order that make its header right."""
    for name in _WORDS:
        dtype = np.dtype(name)
        words = np.frombuffer(data, dtype, len(data) // dtype.itemsize)
        if len(words) >= _HEADER_WORDS:
            zero, three, language, period, padding = (int(word) for word in words[:5])
            if (zero, three, language, padding) == (0, 3, 0, 0) and period > 0:
                if period * 1000 > MAX_INT64:
                    raise MalformedError("the sampling period does not fit 64 bits", offset=0)
                return words
    raise MalformedError("no header of a binary CPU profile", offset=0)


def _find_samples(
    words: npt.NDArray[np.unsignedinteger], limits: Limits
) -> tuple[npt.NDArray[np.int64], int, bool]:
    """Where each sample starts, the first word behind them, and whether an end was marked."""
    starts = array("q")
    at, entries = _HEADER_WORDS, 0
    view = words.astype(words.dtype.newbyteorder("="), copy=False).data
    while at < len(view):
        depth = view[at + 1] if at + 1 < len(view) else len(view)
        if depth > len(view) - at - 2:
            raise _cut(at * words.itemsize)
        if depth == 1 and view[at] == view[at + 2] == 0:
            return np.array(starts, np.int64), at + 3, True
        starts.append(at)
        entries += depth
        if len(starts) > limits.samples or entries > limits.stack_entries:
            raise LimitError("too many samples (limits `samples`, `stack_entries`)")
        at += 2 + depth
    return np.array(starts, np.int64), at, False


def _cut(offset: int) -> TruncatedError:
    return TruncatedError("the profile ends in the middle of a sample", offset=offset)


def _stacks(words: npt.NDArray[np.unsignedinteger], starts: npt.NDArray[np.int64]) -> Lists:
    """The addresses of each sample: the leaf as it stood, the others one byte back, on the call."""
    offsets = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(words[starts + 1].astype(np.int64), out=offsets[1:])
    first = np.repeat(starts + 2 - offsets[:-1], np.diff(offsets))
    addresses = words[first + np.arange(offsets[-1])].astype(np.uint64)
    is_call = np.ones(len(addresses), np.uint64)
    is_call[offsets[:-1][np.diff(offsets) > 0]] = 0
    return Lists(offsets, addresses - is_call)  # wraps at 0, as pprof's does


def _without_handler_frame(stacks: Lists) -> Lists:
    """Take out the caller of the leaf where nearly all samples share it: it is the profiler's own.

    The signal handler's frame stands between the interrupted function and its caller; one sample
    in 32 may lack it.
    """
    second, has_second = _second(stacks)
    callers, counts = np.unique(second[has_second], return_counts=True)
    needed = len(stacks) - len(stacks) // _SIMILAR_SAMPLES
    if not len(callers) or counts.max() < needed:
        return stacks
    return _without_second(stacks, has_second & (second == callers[counts.argmax()]))


def _without_doubled_leaf(stacks: Lists) -> Lists:
    """Take out a second leaf: handlers see it in the context and again on the stack."""
    second, has_second = _second(stacks)
    leaf = np.append(stacks.values, np.uint64(0))[stacks.offsets[:-1]]
    return _without_second(stacks, has_second & (leaf == second + np.uint64(1)))


def _second(stacks: Lists) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """The second address of each stack, and which stacks have one."""
    has_second = stacks.lengths > 1
    second = np.zeros(len(stacks), np.uint64)
    second[has_second] = stacks.values[stacks.offsets[:-1][has_second] + 1]
    return second, has_second


def _without_second(stacks: Lists, chosen: npt.NDArray[np.bool_]) -> Lists:
    keep = np.ones(len(stacks.values), bool)
    keep[stacks.offsets[:-1][chosen] + 1] = False
    offsets = np.zeros(len(stacks) + 1, np.int64)
    np.cumsum(stacks.lengths - chosen, out=offsets[1:])
    return Lists(offsets, stacks.values[keep])


def _columns(stacks: Lists) -> StackColumns:
    """Stacks without names: the addresses in ascending order are the locations."""
    addresses, rows = np.unique(stacks.values, return_inverse=True)
    nobody = np.zeros(0, object)
    return StackColumns(
        nobody,
        nobody,
        addresses,
        np.zeros(len(addresses) + 1, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.int64),
        Lists(stacks.offsets, rows.astype(np.int32)),
        [],
    )
