"""Lines of a text form: numbered, bounded, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator

from gotrace.errors import InputError, LimitError, MalformedError, TruncatedError
from gotrace.readers.limits import Limits
from gotrace.tables.notes import Note, Severity

__all__ = ["MAX_INT64", "Lines", "excerpt", "is_blank_or_comment"]

MAX_INT64 = (1 << 63) - 1
"""The largest number a profile can hold."""

_BLOCK_BYTES = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_EXCERPT_BYTES = 48


class Lines:
    """The lines of `data` without their ends (`\\n` or `\\r\\n`), to be iterated once.

    `number` counts from 1 and belongs to the line given last. Only one block of the data is split
    at a time, so that a text costs little more memory than itself.
    """

    def __init__(self, data: memoryview | bytes, limits: Limits) -> None:
        """Stand before the first line; `limits.text_line_bytes` bounds each."""
        self.number = 0
        self.is_cut = len(data) > 0 and data[-1] != ord("\n")
        self._notes: list[Note] = []
        self._given = self._give(data, limits)

    def __iter__(self) -> Iterator[bytes]:
        return self._given

    def __next__(self) -> bytes:
        return next(self._given)

    def _give(self, data: memoryview | bytes, limits: Limits) -> Iterator[bytes]:
        for block in _blocks(data, limits, self):
            if self.number > limits.locations:
                raise LimitError(f"more than {limits.locations} lines (limit `locations`)")
            has_returns = b"\r" in block
            for line in block.split(b"\n"):
                self.number += 1
                yield line.removesuffix(b"\r") if has_returns else line

    def malformed(self, reason: str) -> InputError:
        """The error for something wrong in the line given last; half a line is a cut text."""
        number = self.number
        if self.is_cut and next(self._given, None) is None:
            return TruncatedError(f"line {number}: {reason}: the text is cut off")
        return MalformedError(f"line {number}: {reason}")

    def int64(self, digits: bytes) -> int:
        """The number; raises MalformedError if it does not fit a signed 64-bit integer."""
        number = int(digits)
        if number > MAX_INT64:
            raise self.malformed(f"{number} does not fit 64 bits")
        return number

    def doubt_total(self, announced: str, found: str) -> None:
        """Note that the header announces other numbers than the samples add up to."""
        self._notes.append(
            Note(
                Severity.LOSS,
                "totals-differ",
                f"the header announces {announced}, but the samples add up to {found}",
                advice="samples may be missing: copy or record the file again",
            )
        )

    def notes(self) -> list[Note]:
        """Doubts about the text as a whole; a last line without end may be half a line."""
        if not self.is_cut:
            return self._notes
        cut = Note(
            Severity.LOSS,
            "text-may-be-cut",
            "the last line has no line end: the text may be cut off",
            where=f"line {self.number}",
            advice="copy or record the file again",
        )
        return [*self._notes, cut]


def _blocks(data: memoryview | bytes, limits: Limits, lines: Lines) -> Iterator[bytes]:
    """Stretches of whole lines, without the last line's end."""
    at = len(_BYTE_ORDER_MARK) if bytes(data[:3]) == _BYTE_ORDER_MARK else 0
    size = max(_BLOCK_BYTES, limits.text_line_bytes + 2)
    while at < len(data):
        block = bytes(data[at : at + size])
        if at + len(block) < len(data) or block.endswith(b"\n"):
            end = block.rfind(b"\n")
            block = block if end < 0 else block[:end]
        else:
            end = len(block)
        longest = _first_longer(block, limits.text_line_bytes)
        if end < 0 or longest is not None:
            raise LimitError(
                f"line {lines.number + 1 + (longest or 0)}: "
                f"more than {limits.text_line_bytes} bytes in one line",
                advice="no profile writes such lines (limit `text_line_bytes`)",
            )
        yield block
        at += end + 1


def _first_longer(block: bytes, limit: int) -> int | None:
    """The index of the first line of `block` that is longer than `limit` bytes."""
    if len(block) <= limit:
        return None
    at = 0
    while len(block) - at > limit:
        # If a line ends within the limit from here, so do all that end before it.
        end = block.rfind(b"\n", at, at + limit + 1)
        if end < 0:
            return block.count(b"\n", 0, at)
        at = end + 1
    return None


def is_blank_or_comment(line: bytes) -> bool:
    """Lines that carry no sample: empty ones and those that begin with `#`."""
    stripped = line.strip()
    return not stripped or stripped.startswith(b"#")


def excerpt(line: bytes) -> str:
    """The beginning of a line, fit for a message."""
    text = repr(line[:_EXCERPT_BYTES])[2:-1]
    return f"`{text}…`" if len(line) > _EXCERPT_BYTES else f"`{text}`"
