"""Stacks of a text form: return addresses in the sample line, names in the `#` lines below it.

A stack is printed twice (`runtime/pprof/pprof.go`, printCountProfile and printStackRecord)::

    2 @ 0x48c1aa 0x419bae 0x6814b9 0x66ddec 0x4930a1
    #	0x6814b8	main.main.func2+0x18	example.com/p/main.go:73
    #	0x66ddeb	runtime/pprof.Do+0x8b	runtime/pprof/runtime.go:57

The `@` line holds return addresses, each one behind its call; like pprof we step one byte back to
land on the call, which is what the `#` lines already did. Go leaves out of the `#` lines the
runtime's own frames at the leaf (where there are others) and `runtime.goexit` at the root. In the
protobuf form of a heap profile the same frames are missing (`runtime/pprof/protomem.go`), so a
sample with `#` lines is cut down to the stretch that they show; a sample without keeps every
address.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.errors import LimitError
from gotrace.readers.legacy.lines import Lines, excerpt
from gotrace.readers.limits import Limits
from gotrace.tables.columns import Lists
from gotrace.tables.notes import Note, Severity

__all__ = ["StackColumns", "Stacks", "call_address"]

_ADDRESS_MASK = (1 << 64) - 1
_FRAME = rb"#[ \t]+0x([0-9a-f]{1,16})(?:[ \t]+|\Z)"
_OFFSET = rb"\+0x[0-9a-f]+[ \t]+"
_MAX_INLINED = 100  # calls inlined at one address; compilers stop at a few dozen
_REMEMBERED_LINES = 1 << 17  # frame lines repeat; remember no more than this many


def call_address(return_address: int) -> int:
    """The address that stands for the call before `return_address`; wraps at 0 as pprof's does."""
    return (return_address - 1) & _ADDRESS_MASK


@dataclass(frozen=True)
class StackColumns:
    """What `Stacks` collected, in the terms of `gotrace.readers.draft.ProfileDraft`."""

    function_name: npt.NDArray[np.object_]
    function_filename: npt.NDArray[np.object_]
    location_address: npt.NDArray[np.uint64]
    location_line_offsets: npt.NDArray[np.int64]
    line_function: npt.NDArray[np.int32]
    line_number: npt.NDArray[np.int64]
    sample_locations: Lists
    notes: list[Note]


class _RowsByToken(dict[bytes, int]):
    """Text of a return address → location row, made when first asked for."""

    def __init__(self, stacks: Stacks) -> None:
        super().__init__()
        self._stacks = stacks

    def __missing__(self, token: bytes) -> int:
        row = self[token] = self._stacks.row_of(int(token, 16), token)
        return row


class Stacks:
    """Collects stacks in the order of the text: `add` one, then `frame` for each `#` line below."""

    def __init__(self, lines: Lines, limits: Limits) -> None:
        """Start without stacks; `lines` is asked for line numbers in errors."""
        self._lines = lines
        self._limits = limits
        self._addresses = array("Q")
        self._row_by_token = _RowsByToken(self)
        self._rows = array("i")
        self._lengths = array("q")
        self._hidden = array("q")
        self._is_named = array("b")
        self._functions: dict[tuple[bytes, bytes], int] = {}
        self._frames: dict[int, list[tuple[int, int]]] = {}
        self._remembered: dict[bytes, int] = {}
        self._stack: list[int] = []
        self._opened: set[int] = set()
        self._first_shown = -1
        self._conflict_count = 0
        self._conflict_line = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, addresses: bytes) -> None:
        """Add a stack: return addresses such as ` 0x48c1aa 0x419bae`, leaf first.

        Raises MalformedError for an address of more than 64 bits, LimitError.
        """
        self._close()
        self._stack = stack = list(map(self._row_by_token.__getitem__, addresses.split()))
        self._rows.fromlist(stack)
        self._lengths.append(len(stack))
        if len(self._rows) > self._limits.stack_entries:
            raise _too_many("stack entries", "stack_entries", self._limits.stack_entries)
        if len(self._lengths) > self._limits.samples:
            raise _too_many("samples", "samples", self._limits.samples)

    def frame(self, line: bytes) -> None:
        """Take a `#` line; one that shows no frame of the last stack is a comment."""
        row = self._remembered.get(line)
        if row is None:
            row = self._learn(line)
            if row < 0:
                return
        if self._first_shown < 0:
            self._first_shown = row

    def row_of(self, return_address: int, token: bytes) -> int:
        """The row of a location that `_RowsByToken` does not know by this spelling."""
        if return_address > _ADDRESS_MASK:
            raise self._lines.malformed(f"address {excerpt(token)} has more than 64 bits")
        canonical = b"0x%x" % return_address
        if canonical != token:
            return self._row_by_token[canonical]
        if len(self._addresses) >= self._limits.locations:
            raise _too_many("distinct addresses", "locations", self._limits.locations)
        self._addresses.append(call_address(return_address))
        return len(self._addresses) - 1

    def _close(self) -> None:
        """Note of the last stack how many addresses at its leaf the `#` lines do not show."""
        if not self._lengths:
            return
        shown = self._first_shown
        self._is_named.append(shown >= 0)
        self._hidden.append(self._stack.index(shown) if shown in self._stack else 0)
        self._first_shown = -1
        self._opened.clear()

    def _learn(self, line: bytes) -> int:
        """The row of the location that a `#` line names, or -1; keeps the name if it is new."""
        match = re.match(_FRAME, line)
        row = -1 if match is None else self._shown_row(int(match[1], 16))
        if match is None or row < 0:
            return -1
        frame = self._parse(line[match.end() :])
        known = self._frames.get(row)
        if known is None:
            self._opened.add(row)
            self._frames[row] = [] if frame is None else [frame]
        elif frame is not None and frame not in known:
            if row in self._opened and len(known) < _MAX_INLINED:
                # Go before 1.21 prints calls inlined at one address one below the other.
                known.append(frame)
            else:
                self._conflict_count += 1
                self._conflict_line = self._conflict_line or self._lines.number
        if len(self._remembered) >= _REMEMBERED_LINES:
            self._remembered.clear()
        self._remembered[line] = row
        return row

    def _shown_row(self, printed: int) -> int:
        """The row in the current stack of an address as `#` lines print it, or -1."""
        # Where the return address is a function's entry (behind a signal), Go does not step back.
        for return_address in (printed + 1, printed):
            row = self._row_by_token.get(b"0x%x" % return_address, -1)
            if row >= 0 and row in self._stack:
                return row
        return -1

    def _parse(self, rest: bytes) -> tuple[int, int] | None:
        """Function row and line number of `name+0xoffset  file:line`; None for a nameless frame."""
        parts = re.split(_OFFSET, rest.rstrip(), maxsplit=1)
        if len(parts) != 2:
            return None
        filename, _, number = parts[1].rpartition(b":")
        if not (filename and number.isdigit() and len(number) < 10):
            filename, number = parts[1], b"0"
        if len(self._functions) >= self._limits.locations:
            raise _too_many("functions", "locations", self._limits.locations)
        key = (parts[0].strip(), filename)
        return self._functions.setdefault(key, len(self._functions)), int(number)

    def finish(self) -> StackColumns:
        """All columns, and notes about what the text does not say."""
        self._close()
        names = [name.decode("utf-8", "replace") for name, _ in self._functions]
        files = [file.decode("utf-8", "replace") for _, file in self._functions]
        shown, dropped = self._shown_locations()
        # Addresses that only hidden frames had are no locations of this profile.
        is_used = np.zeros(len(self._addresses), bool)
        is_used[shown.values] = True
        used = np.flatnonzero(is_used)
        rows = (np.cumsum(is_used) - 1)[shown.values]
        frames = [self._frames.get(row, ()) for row in used.tolist()]
        offsets = np.zeros(len(frames) + 1, np.int64)
        np.cumsum([len(lines) for lines in frames], out=offsets[1:])
        return StackColumns(
            np.array(names, object),
            np.array(files, object),
            np.array(self._addresses, np.uint64)[used],
            offsets,
            np.array([function for lines in frames for function, _ in lines], np.int32),
            np.array([line for lines in frames for _, line in lines], np.int64),
            Lists(shown.offsets, rows.astype(np.int32)),
            self._notes(dropped),
        )

    def _shown_locations(self) -> tuple[Lists, int]:
        """The stacks without what `#` lines hide, and how many of them hide frames at the leaf."""
        rows = np.array(self._rows, np.int32)
        lengths = np.array(self._lengths, np.int64)
        hidden = np.array(self._hidden, np.int64)
        ends = np.cumsum(lengths)
        is_shown = np.zeros(len(self._addresses) + 1, bool)
        is_shown[list(self._frames)] = True
        has_root = np.array(self._is_named, bool) & (lengths > hidden + 1)
        has_goexit = has_root & ~is_shown[rows[np.maximum(ends - 1, 0)]] if len(rows) else has_root
        keep = np.ones(len(rows), bool)
        keep[ends[has_goexit] - 1] = False
        position = np.arange(len(rows)) - np.repeat(ends - lengths, lengths)
        keep &= position >= np.repeat(hidden, lengths)
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths - hidden - has_goexit, out=offsets[1:])
        return Lists(offsets, rows[keep]), int(np.count_nonzero(hidden))

    def _notes(self, dropped: int) -> list[Note]:
        notes = []
        if dropped:
            notes.append(
                Note(
                    Severity.INFO,
                    "runtime-frames-hidden",
                    "Go's text form leaves the runtime's own frames at the leaf without a name; "
                    "they count for the function that called the runtime",
                    dropped,
                    advice="record without debug=1 to see them",
                )
            )
        if self._conflict_count:
            notes.append(
                Note(
                    Severity.FAULT,
                    "address-with-two-names",
                    "an address has different names in different stacks; the first was kept",
                    self._conflict_count,
                    where=f"line {self._conflict_line}",
                    advice="do not join profiles of different programs into one file",
                )
            )
        return notes


def _too_many(what: str, limit: str, count: int) -> LimitError:
    return LimitError(f"more than {count} {what} (limit `{limit}`)")
