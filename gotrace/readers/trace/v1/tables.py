"""Strings, stacks, procs and directories of ids, from what the scan of a file noted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace import kernels
from gotrace.errors import LimitError, MalformedError
from gotrace.readers.trace.generation import Frames
from gotrace.readers.trace.v1.decoding import BATCH, SAMPLE, STACK, STRING, Scan
from gotrace.readers.trace.v1.events import BUILTIN_STRINGS
from gotrace.tables.columns import Lists

__all__ = ["Directory", "Procs", "Stacks", "Strings", "procs", "samples", "stacks", "strings"]

MOST_PROCS = 4096
Integers = npt.NDArray[np.int64]
Ids = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Directory:
    """Sorted ids, and for each stretch of 2**shift ids where they begin: finds a row fast.

    Ids of goroutines and stacks come in dense runs, so a stretch holds few of them; however they
    lie, finding one takes no more than halving a stretch again and again.
    """

    ids: Ids
    buckets: npt.NDArray[np.int32]
    layout: Integers
    """The first id (as two's complement), and the shift."""

    @classmethod
    def of(cls, ids: Ids) -> Directory:
        """A directory of `ids`, in any order; each counts once."""
        unique = np.unique(ids)
        if len(unique) == 0:
            return cls(unique, np.zeros(1, np.int32), np.zeros(2, np.int64))
        span = int(unique[-1]) - int(unique[0])
        shift = max(0, (span // (2 * len(unique) + 64)).bit_length())
        filled = np.bincount((unique - unique[0] >> np.uint64(shift)).astype(np.int64))
        buckets = np.zeros(len(filled) + 1, np.int32)
        np.cumsum(filled, out=buckets[1:])
        return cls(unique, buckets, np.array([unique[0].astype(np.int64), shift], np.int64))


@dataclass(frozen=True)
class Procs:
    """Procs in the order of their first batch, and their batches proc by proc.

    `ids` (int64, -1 for batches of none); `batches` (int64, 4 columns: first byte behind the
    header, end, ticks, sequence number); `firsts` (int64, one more than procs).
    """

    ids: Integers
    batches: Integers
    firsts: Integers


@dataclass(frozen=True)
class Strings:
    """Texts and their rows, each text once, row 0 the empty one.

    `rows` are those (int32) of the ids in `directory`, `builtin` those of `BUILTIN_STRINGS`.
    """

    directory: Directory
    rows: npt.NDArray[np.int32]
    builtin: npt.NDArray[np.int32]
    texts: dict[str, int]

    def find(self, ids: Ids) -> npt.NDArray[np.int32]:
        """The rows of many ids: -1 where nothing is defined, the empty text for id 0."""
        found = np.full(len(ids), -1, np.int32)
        known = self.directory.ids
        if len(known):
            place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
            found = np.where(known[place] == ids, self.rows[place], found)
        found[ids == 0] = 0
        return found


@dataclass(frozen=True)
class Stacks:
    """Stacks in the order of their ids, leaf first. Before Go 1.7 frames are bare addresses."""

    directory: Directory
    lists: Lists
    frames: Frames


def procs(scan: Scan) -> Procs:
    """The procs and their batches. Raises LimitError for more procs than we agreed to read."""
    marks = scan.marked(BATCH)
    ends = np.append(scan.column(marks, "at"), scan.end)[1:]
    wanted = ("end", "second", "third")
    begin, ticks, sequence = (scan.column(marks, name) for name in wanted)
    ids, first, inverse = np.unique(
        scan.column(marks, "first"), return_index=True, return_inverse=True
    )
    if len(ids) > MOST_PROCS:
        raise LimitError(f"the trace has more than {MOST_PROCS} procs")
    by_appearance = np.argsort(first)
    rank = np.empty(len(ids), np.int64)
    rank[by_appearance] = np.arange(len(ids))
    proc = rank[inverse.reshape(-1)]
    batches = np.stack([begin, ends, ticks, sequence], axis=1)[np.argsort(proc, kind="stable")]
    firsts = np.zeros(len(ids) + 1, np.int64)
    np.cumsum(np.bincount(proc, minlength=len(ids)), out=firsts[1:])
    return Procs(ids[by_appearance], np.ascontiguousarray(batches), firsts)


def samples(scan: Scan) -> Integers:
    """CPU samples sorted by time: int64, 4 columns (ticks, proc, goroutine, stack)."""
    marks = scan.marked(SAMPLE)
    ticks = scan.column(marks, "first")
    sorted_ = marks[np.argsort(ticks, kind="stable")][:, 3:7]
    sorted_[:, 1] = sorted_[:, 1].astype(np.int32)  # all ones for "no proc"
    return np.ascontiguousarray(sorted_)


def strings(scan: Scan) -> Strings:
    """The strings of a trace, and those that the format implies.

    Raises MalformedError for an id that is used twice.
    """
    marks = scan.marked(STRING)
    ids = scan.column(marks, "first").astype(np.uint64)
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    twice = np.flatnonzero(ids[1:] == ids[:-1])
    if len(twice):
        at = int(scan.column(marks, "at")[order[twice + 1]].min())
        raise MalformedError("two strings have the same id", offset=at)
    ends, lengths = scan.column(marks, "end")[order], scan.column(marks, "second")[order]
    content = scan.data.data
    rows = {"": 0}
    builtin = [rows.setdefault(text, len(rows)) for text in BUILTIN_STRINGS]
    found = [
        rows.setdefault(str(content[end - length : end], "utf-8", "replace"), len(rows))
        for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)
    ]
    return Strings(Directory.of(ids), np.array(found, np.int32), np.array(builtin, np.int32), rows)


def stacks(scan: Scan, strings: Strings) -> Stacks:
    """The stacks that have frames; of an id used twice the last counts.

    A name of a frame that is not defined is null (row -1).
    """
    marks = scan.marked(STACK)
    ids = (scan.column(marks, "first") & 0xFFFFFFFF).astype(np.uint64)
    kept = np.flatnonzero((ids != 0) & (scan.column(marks, "second") > 0))[::-1]
    unique, last = np.unique(ids[kept], return_index=True)
    marks = marks[kept[last]]
    offsets = np.zeros(len(marks) + 1, np.int64)
    np.cumsum(scan.column(marks, "second"), out=offsets[1:])
    words = np.zeros((int(offsets[-1]), 4), np.uint64)
    kernels.load("trace_v1").fill_frames(
        scan.data.data, np.ascontiguousarray(scan.column(marks, "at")).data,
        scan.is_sequenced, offsets.data, words.data,
    )  # fmt: skip
    distinct, rows = np.unique(words, axis=0, return_inverse=True)
    frames = Frames(
        np.ascontiguousarray(distinct[:, 0]), strings.find(distinct[:, 1]),
        strings.find(distinct[:, 2]), distinct[:, 3].astype(np.int64),
    )  # fmt: skip
    lists = Lists(offsets, rows.reshape(-1).astype(np.int32))
    return Stacks(Directory.of(unique), lists, frames)
