"""What a test binary prints of its benchmarks: enough to plan the runs by.

The analyses read the whole of it by `gotrace.readers.benchmarks`; here only N and what was
measured of each benchmark are needed, of output that our own run has made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Measured", "interrupted", "measured", "result_lines", "unfinished"]

_RESULT = re.compile(rb"(Benchmark\S*)[ \t]+(\d{1,18})[ \t]+(.*)$")
_RESULT_BEHIND = re.compile(rb"(Benchmark(?![a-z])\S*) *\t *(\d{1,18})\t(.*)$")
"""Behind what the benchmark printed without an end of line: as `testing` fills and parts it."""
_VALUE = re.compile(rb"([0-9.]{1,40})[ \t]+(ns/op|B/op|allocs/op)(?=[ \t]|$)")
_SETTING = re.compile(rb"(goos|goarch|pkg|cpu): .*|Unit \S.*|PASS|FAIL")
_NAME = re.compile(rb"^(Benchmark(?![a-z])\S*)[ \t]*", re.M)
_BEGUN = re.compile(rb"(Benchmark(?![a-z])\S*) *\t")
"""What stands before a result, and is printed before it: the name, filled up with blanks."""


@dataclass(frozen=True)
class Measured:
    """One benchmark's last result."""

    name: str
    iterations: int
    ns: float
    """Per iteration, as the next two."""
    allocated_bytes: float
    allocations: float


def measured(output: bytes) -> dict[str, Measured]:
    """Benchmark → its last result."""
    found = {}
    for line in filter(None, map(_result, output.splitlines())):
        values = {unit: _float(number) for number, unit in _VALUE.findall(line[3])}
        name = line[1].decode("utf-8", "replace")
        found[name] = Measured(
            name, int(line[2]),
            *(values.get(unit, 0.0) for unit in (b"ns/op", b"B/op", b"allocs/op")),
        )  # fmt: skip
    return found


def result_lines(output: bytes) -> bytes:
    """The lines of the benchmark format alone: what a benchmark prints itself is left out."""
    kept = []
    for line in output.splitlines():
        result = _result(line)
        if result is not None:
            kept.append(result[0])
        elif _SETTING.fullmatch(line):
            kept.append(line)
    return b"".join(line + b"\n" for line in kept)


def unfinished(output: bytes) -> str:
    """The benchmark whose name is the last and has no result: it was running at the end."""
    names = _NAME.findall(output)
    last = names[-1].decode("utf-8", "replace") if names else ""
    return last if last not in measured(output) else ""


def interrupted(output: bytes) -> list[str]:
    """The benchmarks whose result is not behind the name, because they print something themselves.

    Not for output of `-test.v`, which prints a name once more before.
    """
    names = (name.decode("utf-8", "replace") for name in _BEGUN.findall(output))
    done = measured(output)
    return [name for name in dict.fromkeys(names) if name not in done]


def _result(line: bytes) -> re.Match[bytes] | None:
    if b"Benchmark" not in line:
        return None
    return _RESULT.match(line) or _RESULT_BEHIND.search(line)


def _float(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
