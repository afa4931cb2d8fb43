"""The lines of a log that may be the collector's, with their numbers, from a stream of any length.

Never more than one block and one line are held. Blocks are searched for a few words before anything
is taken apart: a log is mostly other people's lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from gotrace.errors import InputError, LimitError
from gotrace.readers.gclog.heads import CYCLE_HEAD, FOLLOWING, MARKERS

__all__ = ["LogLines", "Readable"]

_BLOCK_BYTES = 1 << 20
_FIRST_BLOCK_BYTES = 64 << 10
_END = b" P"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Readable(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class LogLines:
    """Iterate once: (number from 1, line without its end) of every line that may matter.

    Afterwards `count` is the number of all lines, `nuls_count` that of NUL bytes that were left
    out, `long_lines` the numbers of lines over `longest_bytes` (at most ten; such lines are looked
    at in pieces), and `is_cut` says that the last line had no end. `error` is what kept the rest
    from being read, such as a gzip stream that is cut off.
    """

    def __init__(
        self, content: Readable, longest_bytes: int, check: Callable[[bytes], None]
    ) -> None:
        """Stand before the first line; `check` is shown the first bytes and may raise."""
        self.count = 0
        self.error: InputError | None = None
        self.nuls_count = 0
        self.long_lines: list[int] = []
        self.long_count = 0
        self.is_cut = False
        self._content = content
        self._longest = longest_bytes
        self._is_within_long = False
        self._is_first = True
        self._check = check

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        rest = b""
        block = self._block(_FIRST_BLOCK_BYTES)
        self._check(block)
        while block := self._cleaned(block):
            end = block.rfind(b"\n") + 1
            if end:
                yield from self._matter(rest + block[:end])
                rest, self._is_within_long = b"", False
            rest += block[end:]
            if len(rest) > self._longest:
                yield from self._matter(self._long(rest))
                rest = b""
            block = self._block(_BLOCK_BYTES)
        self.is_cut = bool(rest) or self._is_within_long
        if self.is_cut:
            yield from self._matter(rest)
            self.count += 1

    def _block(self, least: int) -> bytes:
        """The next bytes, at least so many unless the end comes; a pipe may bring one at a time."""
        pieces: list[bytes] = []
        size = 0
        while size < least and self.error is None:
            try:
                piece = self._content.read(_BLOCK_BYTES)
            except LimitError:
                raise
            except InputError as error:
                # What came before is good, and the caller says the rest.
                self.error = error
                break
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces)

    def _cleaned(self, block: bytes) -> bytes:
        """The block, or the next that is more than NULs, without them and without a mark.

        A log that was cut to nothing while it was written to goes on behind a hole of NULs.
        """
        if block.startswith(_BYTE_ORDER_MARK) and self._is_first:
            block = block[len(_BYTE_ORDER_MARK) :]
        self._is_first = False
        while nuls := block.count(0):
            self.nuls_count += nuls
            block = block.replace(b"\0", b"") or self._block(_BLOCK_BYTES)
        return block

    def _long(self, piece: bytes) -> bytes:
        if not self._is_within_long:
            self._is_within_long = True
            self.long_count += 1
            if len(self.long_lines) < 10:
                self.long_lines.append(self.count + 1)
        return piece

    def _matter(self, block: bytes) -> Iterator[tuple[int, bytes]]:
        number, at = self.count, 0
        for start in _starts(block):
            number += block.count(b"\n", at, start)
            at = start
            end = block.find(b"\n", start)
            line = block[start:] if end < 0 else block[start:end]
            yield number + 1, line.rstrip(b"\r")
        self.count += block.count(b"\n")


def _starts(block: bytes) -> list[int]:
    """Where the lines begin that hold one of the words, in order."""
    found: set[int] = set()
    for marker in MARKERS:
        at = block.find(marker)
        while at >= 0:
            at = block.find(marker, _note(block, at, found))
    match = CYCLE_HEAD.search(block)
    while match is not None:
        end = _note(block, match.start(), found)
        if _END not in block[match.start() : end]:
            _note_following(block, end, found)
        match = CYCLE_HEAD.search(block, end)
    return sorted(found)


def _note_following(block: bytes, end: int, found: set[int]) -> None:
    """Add the lines behind one that is not whole: its rest may be among them."""
    for _ in range(FOLLOWING):
        if not 0 <= end < len(block) - 1:
            return
        found.add(end + 1)
        end = block.find(b"\n", end + 1)


def _note(block: bytes, at: int, found: set[int]) -> int:
    """Add the start of the line around `at`; returns where the next line begins."""
    found.add(block.rfind(b"\n", 0, at) + 1)
    end = block.find(b"\n", at)
    return len(block) if end < 0 else end
