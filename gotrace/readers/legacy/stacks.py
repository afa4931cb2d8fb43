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
_LONGEST_TOKEN = len("0x") + 16  # what 64 bits take
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
        row = self[token] = self._stacks.row_of(token)
        return row


class Stacks:
    """Collects stacks in the order of the text: `add` one, then `frame` for each `#` line below."""

    def __init__(self, lines: Lines, limits: Limits) -> None:
        """Start without stacks; `lines` is asked for line numbers in errors."""
        self._lines = lines
        self._limits = limits
        self._addresses = array("Q")
        self._row_by_token = _RowsByToken(self)
        self._row_of = self._row_by_token.__getitem__
        self._most_entries, self._most_samples = limits.stack_entries, limits.text_samples
        self._rows = array("i")
        self._lengths = array("q")
        # Of the stacks with `#` lines: which they are, and how many leaves those do not show.
        self._named = array("q")
        self._hidden = array("q")
        self._match_frame = re.compile(_FRAME).match
        self._split_offset = re.compile(_OFFSET).split
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
        if self._first_shown >= 0:
            self._close()
        self._stack = stack = [*map(self._row_of, addresses.split())]
        self._rows.fromlist(stack)
        self._lengths.append(len(stack))
        if len(self._rows) > self._most_entries:
            raise _too_many("stack entries", "stack_entries", self._most_entries)
        if len(self._lengths) > self._most_samples:
            error = _too_many("samples in a text", "text_samples", self._most_samples)
            error.advice = "record it without debug=1: the protobuf form is read much faster"
            raise error

    def frame(self, line: bytes) -> None:
        """Take a `#` line; one that shows no frame of the last stack is a comment."""
        row = self._remembered.get(line)
        if row is None:
            row = self._learn(line)
            if row < 0:
                return
        if self._first_shown < 0:
            self._first_shown = row

    def row_of(self, token: bytes) -> int:
        """The row of a location that `_RowsByToken` does not know by this spelling."""
        if token.startswith(b"0x0") or len(token) > _LONGEST_TOKEN:
            address = int(token, 16)
            if address > _ADDRESS_MASK:
                raise self._lines.malformed(f"address {excerpt(token)} has more than 64 bits")
            canonical = b"0x%x" % address
            if canonical != token:
                return self._row_by_token[canonical]
        row = len(self._addresses)
        if row >= self._limits.locations:
            raise _too_many("distinct addresses", "locations", self._limits.locations)
        self._addresses.append(call_address(int(token, 16)))
        return row

    def _close(self) -> None:
        """Note of a stack with `#` lines how many addresses at its leaf they do not show."""
        if self._first_shown < 0:
            return
        self._named.append(len(self._lengths) - 1)
        self._hidden.append(self._stack.index(self._first_shown))
        self._first_shown = -1
        self._opened.clear()

    def _learn(self, line: bytes) -> int:
        """The row of the location that a `#` line names, or -1; keeps the name if it is new."""
        match = self._match_frame(line)
        row = -1 if match is None else self._shown_row(int(match[1], 16))
        if match is None or row < 0:
            return -1
        parsed = self._parse(line[match.end() :])
        known = self._frames.get(row)
        if known is None:
            self._opened.add(row)
            known = self._frames[row] = []
        if parsed is not None:
            key, number = parsed
            frame = (self._functions.get(key, -1), number)
            if frame not in known:
                self._add_frame(row, known, key, number)
        if len(self._remembered) >= _REMEMBERED_LINES:
            self._remembered.clear()
        self._remembered[line] = row
        return row

    def _add_frame(
        self, row: int, known: list[tuple[int, int]], key: tuple[bytes, bytes], number: int
    ) -> None:
        """A frame of this location that `known` does not have: in the same stack it is inlined."""
        # Go before 1.21 prints calls inlined at one address one below the other.
        if row not in self._opened or len(known) >= _MAX_INLINED:
            self._conflict_count += 1
            self._conflict_line = self._conflict_line or self._lines.number
            return
        if len(self._functions) >= self._limits.locations:
            raise _too_many("functions", "locations", self._limits.locations)
        known.append((self._functions.setdefault(key, len(self._functions)), number))

    def _shown_row(self, printed: int) -> int:
        """The row in the current stack of an address as `#` lines print it, or -1."""
        # Where the return address is a function's entry (behind a signal), Go does not step back.
        for return_address in (printed + 1, printed):
            row = self._row_by_token.get(b"0x%x" % return_address, -1)
            if row >= 0 and row in self._stack:
                return row
        return -1

    def _parse(self, rest: bytes) -> tuple[tuple[bytes, bytes], int] | None:
        """Name and file, and line, of `name+0xoffset  file:line`; None for a nameless frame."""
        parts = self._split_offset(rest.rstrip(), 1)
        if len(parts) != 2:
            return None
        filename, _, number = parts[1].rpartition(b":")
        if not (filename and number.isdigit() and len(number) < 10):
            filename, number = parts[1], b"0"
        return (parts[0].strip(), filename), int(number)

    def finish(self) -> StackColumns:
        """All columns, and notes about what the text does not say."""
        self._close()
        # No line comes any more: what only helped to read them need not stay.
        self._row_by_token.clear()
        self._remembered.clear()
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
        hidden = np.zeros(len(lengths), np.int64)
        hidden[self._named] = self._hidden
        is_named = np.zeros(len(lengths), bool)
        is_named[self._named] = True
        ends = np.cumsum(lengths)
        is_shown = np.zeros(len(self._addresses) + 1, bool)
        is_shown[list(self._frames)] = True
        has_root = is_named & (lengths > hidden + 1)
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
