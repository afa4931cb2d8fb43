"""One line of a benchmark log: a result, a configuration line, what is said of a unit, or none.

The rules are those of x/perf's `benchfmt`, but for `panic: ...` and its like, which are crashes
here and no keys.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gotrace.readers.benchmarks.numbers import NumberError, parse_count, parse_float
from gotrace.readers.benchmarks.units import SPACES

__all__ = ["Bad", "Configuration", "Measured", "UnitFact", "parse_line"]

_FIELDS = re.compile(f"[^{SPACES}]+")
_KEY = re.compile(f"([^{SPACES}:][^{SPACES}:]*):(?:[ \\t]+(.*))?\\Z", re.DOTALL)
_PREFIX = "Benchmark"
_PAIR = r"[ \t]+[0-9]{1,99}(?:\.[0-9]{1,99})?[ \t]+[!-~]+"
_USUAL = re.compile(rf"Benchmark([!-~]+)[ \t]+([0-9]{{1,18}})((?:{_PAIR})+)[ \t]*\Z")
"""A result as `go test` prints it, which needs no closer look and is read in half the time."""
_UNIT = "Unit"
_CRASH = re.compile(
    r"(?:panic|fatal): |runtime: out of memory|race: limit on |signal: (?:killed|aborted|quit"
    r"|interrupt|terminated|segmentation fault|bus error|illegal instruction"
    r"|floating point exception)"
)
"""What a program says as it ends by force, which looks like a key with its value."""


class Measured(NamedTuple):
    """A result: the name behind `Benchmark`, how often it ran, and (value, unit) as written."""

    name: str
    iterations: int
    values: tuple[tuple[float, str], ...]


class Configuration(NamedTuple):
    """`key: value`; an empty value takes the key back."""

    key: str
    value: str


class UnitFact(NamedTuple):
    """`Unit unit key=value`."""

    unit: str
    key: str
    value: str


class Bad(NamedTuple):
    """A line, or a part of one, that begins as one of the others and breaks its rules.

    `name` is that of the benchmark whose result it should have been; empty where it is none.
    """

    what: str
    reason: str
    name: str = ""


Record = Measured | Configuration | UnitFact | Bad


def parse_line(line: str) -> list[Record]:
    """What a line says, without its end; nothing of lines that are none of Go's format."""
    if line.startswith(_PREFIX):
        usual = _USUAL.match(line)
        return [_usual(usual)] if usual else _result(line.removeprefix(_PREFIX))
    if line.startswith(_UNIT):
        fields = _FIELDS.findall(line)
        if fields[0] == _UNIT:
            return _unit_facts(fields[1:])
    key = _KEY.match(line)
    if key is None or not key[1][0].islower() or any(map(str.isupper, key[1])):
        return []
    return [] if _CRASH.match(line) else [Configuration(key[1], key[2] or "")]


def _usual(found: re.Match[str]) -> Measured:
    pairs = found[3].split()
    values = zip(map(float, pairs[::2]), pairs[1::2], strict=True)
    return Measured(found[1], int(found[2]), tuple(values))


def _result(rest: str) -> list[Record]:
    fields = _FIELDS.findall(rest)
    if not rest[:1] or rest[0] != (fields or [""])[0][:1]:
        fields.insert(0, "")  # `Benchmark` alone, or a space behind it: the name is empty
    name = fields[0]
    if len(name) == len(rest):
        return []  # `go test -v` announces a benchmark so
    try:
        iterations, values = _numbers(fields)
    except NumberError as error:
        return [Bad("result", str(error), name)]
    return [Measured(name, iterations, tuple(zip(values, fields[3::2], strict=True)))]


def _numbers(fields: list[str]) -> tuple[int, list[float]]:
    """Iterations and values of a result's fields; raises NumberError for what is none."""
    if len(fields) == 1:
        raise NumberError("missing iteration count")
    try:
        iterations = parse_count(fields[1])
    except NumberError as error:
        raise NumberError(f"parsing iteration count: {error}") from None
    if len(fields) == 2:
        raise NumberError("missing measurements")
    try:
        values = list(map(parse_float, fields[2::2]))
    except NumberError as error:
        raise NumberError(f"parsing measurement: {error}") from None
    if len(fields) % 2:
        raise NumberError("missing units")
    return iterations, values


def _unit_facts(fields: list[str]) -> list[Record]:
    if not fields:
        return [Bad("unit", "missing unit")]
    unit, *facts = fields
    found: list[Record] = []
    for fact in facts:
        key, sign, value = fact.partition("=")
        found.append(
            UnitFact(unit, key, value) if sign and key else Bad("unit", "expected key=value")
        )
    return found
