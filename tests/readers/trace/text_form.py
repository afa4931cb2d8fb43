"""Go's text form of raw traces to bytes, and Go's `.test` files (txtar) to expectation and text.

The text form is that of `internal/trace/raw/doc.go`: a line an event, `Name argument=value ...`,
stacks and data on lines of their own. It makes small traces readable, Go's and our own.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from gotrace.readers.trace.events import EVENTS, SYNC

__all__ = ["GoTest", "encode", "read_go_test", "varint"]

NUMBERS = {event.name: event.number for event in EVENTS.values() if event.number != SYNC}


@dataclass(frozen=True)
class GoTest:
    """One `.test` file: what Go's reader must say, and the trace."""

    fails: bool
    text: str


def read_go_test(path: Path) -> GoTest:
    parts = re.split(r"^-- (\w+) --\n", path.read_text(), flags=re.M)
    files = dict(zip(parts[1::2], parts[2::2], strict=True))
    return GoTest(files["expect"].startswith("FAILURE"), files["trace"])


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def encode(text: str) -> bytes:
    """The bytes of a trace in text form.

    `size=` is taken as written, as in Go; where a batch has none it is what follows, up to the next
    batch or end of generation.
    """
    lines = [line for line in map(_without_comment, text.splitlines()) if line]
    version = re.fullmatch(r"Trace Go1\.(\d+)", lines[0])
    assert version, lines[0]
    out = bytearray(f"go 1.{version[1]} trace\0\0\0".encode())
    for head, *content in _batches(lines[1:]):
        body = b"".join(map(_line, content))
        if head.startswith("EventBatch") and "size=" not in head:
            head += f" size={len(body)}"
        out += _line(head) + body
    return bytes(out)


def _batches(lines: list[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for line in lines:
        if line.split()[0] in ("EventBatch", "EndOfGeneration", "ExperimentalBatch"):
            found.append([])
        found[-1].append(line)
    return found


def _line(line: str) -> bytes:
    if line.startswith("data="):
        data = _unquote(line.removeprefix("data="))
        return varint(len(data)) + data
    name, *arguments = line.split()
    head = b"" if "=" in name else bytes([NUMBERS[name]])
    values = arguments if head else [name, *arguments]
    return head + b"".join(varint(int(value.partition("=")[2])) for value in values)


def _unquote(quoted: str) -> bytes:
    """Go's quoting is Python's, in what test files use."""
    return str(ast.literal_eval(quoted)).encode("utf-8")


def _without_comment(line: str) -> str:
    return line.strip() if line.strip().startswith("data=") else line.partition("#")[0].strip()
