"""Strings as Go's `%q` prints them, for the labels in goroutine profiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["quoted_pairs"]

_TEXT = rb'"((?:[^"\\]++|\\.)*+)"'
_PAIR = rb"(?s)(?:, )?" + _TEXT + rb":" + _TEXT
_ESCAPE = rb"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\\"]))"
_CONTROLS = dict(zip(b'abfnrtv\\"', b'\a\b\f\n\r\t\v\\"', strict=True))


def quoted_pairs(text: bytes) -> Iterator[tuple[str, str]]:
    """The pairs of `"key":"value", "other":"value"}`, up to the first that is none.

    Written by `runtime/pprof/label.go`, String.
    """
    pair, at = re.compile(_PAIR), 0
    while match := pair.match(text, at):
        yield _unquote(match[1]), _unquote(match[2])
        at = match.end()


def _unquote(quoted: bytes) -> str:
    """Undo `strconv.Quote`; bytes that were not UTF-8 come back as U+FFFD."""
    if b"\\" in quoted:
        quoted = re.sub(_ESCAPE, _character, quoted)
    return quoted.decode("utf-8", "replace")


def _character(match: re.Match[bytes]) -> bytes:
    byte, short, long, control = match.groups()
    if control is not None:
        return bytes([_CONTROLS[control[0]]])
    if byte is not None:
        return bytes([int(byte, 16)])
    point = int(short or long, 16)
    return chr(point if point < 0x110000 else 0xFFFD).encode("utf-8", "replace")
