"""The lines of a log, from bytes of any length; out of `go test -json` those that the test printed.

`go test -json` interleaves packages, and cuts one line into several events: every package's output
is put together again, and is a stream of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from gotrace.errors import LimitError
from gotrace.readers.stored import Bytes

__all__ = ["CUT", "LogLine", "log_lines"]

_BLOCK_BYTES = 1 << 18
_MARK = b"\xef\xbb\xbf"
_MOST_PACKAGES = 100_000
_OUTPUTS = ("output", "build-output")
_ENDS = ("pass", "fail", "skip")
_FAILURES = ("fail", "build-fail")
CUT = "\0cut"
"""The text of a line that stands for a package which `go test -json` began and never ended, or for
an event that was cut: the last of a file."""


class LogLine(NamedTuple):
    """A line without its end: its number in the file, whose it is, and what it says."""

    number: int
    stream: str
    text: str


def log_lines(content: Bytes, longest_bytes: int) -> Iterator[LogLine]:
    """Every line; those of test2json events are replaced by the lines that were printed.

    Raises LimitError for a line over `longest_bytes`, and InputError for damaged gzip.
    """
    printed: dict[str, str] = {}
    running: dict[str, None] = {}
    number, is_broken = 0, False
    for number, raw in enumerate(_raw_lines(content, longest_bytes), 1):
        text = raw.decode("utf-8", "replace").removesuffix("\r")
        event = _event(text)
        is_broken = event is None and text.startswith("{") and bool(printed)
        if event is None:
            yield LogLine(number, "", text)
            continue
        package, output = event.package, event.output
        whole = printed.get(package, "") + output
        if len(whole) > longest_bytes or len(printed) > _MOST_PACKAGES:
            raise LimitError(f"line {number}: an output without end in `go test -json`")
        *lines, printed[package] = whole.split("\n")
        for line in lines:
            yield LogLine(number, package, line.removesuffix("\r"))
        if event.is_begin:
            running[package] = None
        elif event.is_end:
            running.pop(package, None)
        if event.is_failure:
            yield LogLine(number, package, "FAIL")
    for package, rest in printed.items():
        if rest:
            yield LogLine(number, package, rest)
    if is_broken:
        running.setdefault("", None)
    yield from (LogLine(number, package, CUT) for package in running)


class _Event(NamedTuple):
    """An event of test2json. The last three are about the whole package, not one of its tests."""

    package: str
    output: str
    is_begin: bool
    is_end: bool
    is_failure: bool


def _event(text: str) -> _Event | None:
    """What a line says; None for one that is no test2json event."""
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or "Action" not in found:
        return None
    action, is_whole = found["Action"], not found.get("Test")
    output = found.get("Output") if action in _OUTPUTS else ""
    package = found.get("Package") or found.get("ImportPath") or ""
    return _Event(
        str(package),
        output if isinstance(output, str) else "",
        is_whole and action == "start",
        is_whole and action in _ENDS,
        action in _FAILURES,
    )


def _raw_lines(content: Bytes, longest_bytes: int) -> Iterator[bytes]:
    rest, is_first = b"", True
    while True:
        block = content.read(_BLOCK_BYTES)
        if not block:
            break
        if is_first and block.startswith(_MARK):
            block = block[len(_MARK) :]
        is_first = False
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
        if len(rest) > longest_bytes:
            raise LimitError(
                f"a line is longer than {longest_bytes:,} bytes", advice="is this a text log?"
            )
    if rest:
        yield rest
