"""Lines of a text of any length, without their ends; what is too long is told and left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

__all__ = ["TextLine", "text_lines"]

_BLOCK_BYTES = 1 << 18
_MARK = b"\xef\xbb\xbf"


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class TextLine(NamedTuple):
    """A line: its number from 1, and its text, None if it was too long.

    `is_whole` is False for a last line without an end.
    """

    number: int
    text: str | None
    is_whole: bool = True


def text_lines(content: _Readable, longest_bytes: int) -> Iterator[TextLine]:
    """Every line of UTF-8 text; bytes that are none become U+FFFD, `\\r\\n` ends lines, too."""
    number, rest, is_over = 0, b"", False
    while block := content.read(_BLOCK_BYTES):
        if number == 0 and not rest and block.startswith(_MARK):
            block = block[len(_MARK) :]
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            number += 1
            yield TextLine(number, None if is_over else _text(line, longest_bytes))
            is_over = False
        if len(rest) > longest_bytes:
            rest, is_over = b"", True
    if rest or is_over:
        text = None if is_over else _text(rest, longest_bytes)
        yield TextLine(number + 1, text, is_whole=False)


def _text(line: bytes, longest_bytes: int) -> str | None:
    if len(line) > longest_bytes:
        return None
    return line.decode("utf-8", "replace").removesuffix("\r")
