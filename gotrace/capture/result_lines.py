"""What a test binary prints of its benchmarks: enough to plan the runs by.

The analyses read the whole of it by `gotrace.readers.benchmarks`; here only N and what was
measured of each benchmark are needed, of output that our own run has made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Measured", "measured", "result_lines", "unfinished"]

_RESULT = re.compile(rb"^(Benchmark\S*)[ \t]+(\d{1,18})[ \t]+(.*)$", re.M)
_VALUE = re.compile(rb"([0-9.]{1,40})[ \t]+(ns/op|B/op|allocs/op)(?=[ \t]|$)")
_SETTING = re.compile(rb"(goos|goarch|pkg|cpu): .*|Unit \S.*|PASS|FAIL")
_NAME = re.compile(rb"^(Benchmark\S*)[ \t]*", re.M)


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
    for line in _RESULT.finditer(output.replace(b"\r\n", b"\n")):
        values = {unit: _float(number) for number, unit in _VALUE.findall(line[3])}
        name = line[1].decode("utf-8", "replace")
        found[name] = Measured(
            name, int(line[2]),
            *(values.get(unit, 0.0) for unit in (b"ns/op", b"B/op", b"allocs/op")),
        )  # fmt: skip
    return found


def result_lines(output: bytes) -> bytes:
    """The lines of the benchmark format alone: what a benchmark prints itself is left out."""
    kept = [line for line in output.splitlines() if _RESULT.match(line) or _SETTING.fullmatch(line)]
    return b"".join(line + b"\n" for line in kept)


def unfinished(output: bytes) -> str:
    """The benchmark whose name stands there without a result: it was running at the end."""
    names = [name.decode("utf-8", "replace") for name in _NAME.findall(output)]
    done = measured(output)
    return next((name for name in reversed(names) if name not in done), "")


def _float(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
