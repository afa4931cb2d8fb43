"""A log of `go test -bench` as a `Recording` of kind `benchmarks`."""

from __future__ import annotations

from array import array

import numpy as np
import numpy.typing as npt

from gotrace.errors import LimitError, UnrecognisedError
from gotrace.readers.benchmarks.lines import Bad, Configuration, Measured, UnitFact, parse_line
from gotrace.readers.benchmarks.mending import mended
from gotrace.readers.benchmarks.missing import Missing
from gotrace.readers.benchmarks.names import base_of, procs_of
from gotrace.readers.benchmarks.streams import CUT, LogLine, log_lines
from gotrace.readers.benchmarks.trouble import Trouble
from gotrace.readers.benchmarks.units import tidied
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked
from gotrace.readers.stored import open_bytes
from gotrace.tables.columns import Coded, Columns, Lazy
from gotrace.tables.recording import Origin, Recording

__all__ = ["MOST_VALUES", "read_benchmarks"]

MOST_VALUES = 5_000_000
"""Measurements of one log, and configuration values."""
_ROW = ("name", "base", "package", "procs", "iterations", "configuration", "line")
"""The numbers of a result; those of texts are their codes."""


def read_benchmarks(source: str | Peeked, limits: Limits = DEFAULT) -> Recording:
    """Read the log at `source`: a path, `-` for standard input, or an http(s) address; gzip too.

    Plain output of `go test -bench`, what benchstat and other tools write in that format, and
    `go test -json`. The recording's tables are those of `gotrace.tables.benchmark_schema`. Lines
    that break the format, and what `go test` says went wrong, are notes; a log without any result
    has the note `no-benchmarks`.

    Raises InputError: UnrecognisedError for what is no such log, LimitError for more than
    `MOST_VALUES` measurements.
    """
    log = _Log()
    with open_bytes(source, limits) as content:
        for line in mended(log_lines(content, limits.text_line_bytes)):
            log.take(line)
        origin = Origin(
            paths=(str(source),),
            format="Go benchmark format",
            sha256=content.sha256,
            size_bytes=content.stored_bytes,
        )
    return log.recording(origin)


class _Texts:
    """Few distinct texts, numbered as they come."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def code(self, text: str | None) -> int:
        """The number of a text; -1 for none."""
        return -1 if text is None else self._known.setdefault(text, len(self._known))

    def column(self, codes: npt.ArrayLike) -> Coded:
        """The column that has these codes."""
        return Coded(np.array(codes, np.int32), list(self._known))


class _Log:
    """The tables of a log, line by line."""

    def __init__(self) -> None:
        self._trouble = Trouble()
        self._missing = Missing()
        self._current: dict[str, dict[str, str]] = {}
        """Stream → the configuration in force."""
        self._sets: dict[tuple[tuple[str, str], ...], int] = {}
        self._set_of: dict[str, tuple[int, int]] = {}
        """Stream → the number of the configuration in force, the code of its package."""
        self._set_values = 0
        self._facts: dict[tuple[str, str], tuple[str, str, int]] = {}
        self._names, self._bases, self._packages = _Texts(), _Texts(), _Texts()
        self._known_names: dict[str, tuple[int, int, int]] = {}
        """Name → its code, the code of its base, its procs."""
        self._rows = array("q")
        """Of each result what `_ROW` names."""
        self._units = _Texts()
        """As written; without scale they are told at the end."""
        self._counts, self._unit_codes = array("q"), array("i")
        self._originals = array("d")

    def take(self, line: LogLine) -> None:
        """Read a line."""
        records = parse_line(line.text)
        if not records and not _is_announced(line.text) and line.text != CUT:
            self._trouble.hear(line.number, line.text)
        if not records:
            self._missing.other(line)
        for record in records:
            match record:
                case Measured():
                    self._result(line, record)
                case Configuration():
                    self._configure(line, record)
                case UnitFact():
                    self._fact(line.number, record)
                case Bad(what, reason, name):
                    slug = "unit-lines-unread" if what == "unit" else "benchmark-lines-unread"
                    self._trouble.add(slug, line.number, reason)
                    if what == "result":
                        self._missing.broken(line, self._set(line.stream)[1], name)

    def _configure(self, line: LogLine, record: Configuration) -> None:
        current = self._current.setdefault(line.stream, {})
        if record.key == "pkg":
            self._missing.package(line, current)
        if record.value:
            current[record.key] = record.value
        else:
            current.pop(record.key, None)
        self._set_of.pop(line.stream, None)

    def _set(self, stream: str) -> tuple[int, int]:
        """The number of the configuration in force, and the code of its package."""
        if stream not in self._set_of:
            current = self._current.get(stream, {})
            content = tuple(current.items())
            if content not in self._sets:
                self._set_values += len(content)
                _check(self._set_values)
            number = self._sets.setdefault(content, len(self._sets))
            self._set_of[stream] = number, self._packages.code(current.get("pkg"))
        return self._set_of[stream]

    def _name(self, name: str) -> tuple[int, int, int]:
        procs = procs_of(name)
        codes = self._names.code(name), self._bases.code(base_of(name))
        self._known_names[name] = found = (*codes, -1 if procs is None else procs)
        return found

    def _result(self, line: LogLine, record: Measured) -> None:
        name, base, procs = self._known_names.get(record.name) or self._name(record.name)
        number, package = self._set(line.stream)
        # One call for all columns: a log has many more lines than anything else.
        self._rows.extend((name, base, package, procs, record.iterations, number, line.number))
        self._missing.result(line)
        self._counts.append(len(record.values))
        self._originals.extend([value for value, _ in record.values])
        self._unit_codes.extend([self._units.code(unit) for _, unit in record.values])
        _check(len(self._originals))

    def _fact(self, number: int, record: UnitFact) -> None:
        key = tidied(record.unit)[0], record.key
        have = self._facts.get(key)
        if have is None:
            self._facts[key] = record.unit, record.value, number
            _check(len(self._facts))
        elif have[1] != record.value:
            told = f"metadata {record.key} of unit {record.unit} already set to {have[1]}"
            self._trouble.add("unit-lines-unread", number, told)

    def recording(self, origin: Origin) -> Recording:
        """What was read. Raises UnrecognisedError where nothing was of a benchmark log."""
        self._tell_missing()
        if not self._rows:
            if not self._facts and not self._trouble.is_go_test:
                raise UnrecognisedError(
                    "this is no log of `go test -bench`",
                    source=origin.paths[0],
                    advice="run `go test -bench . -benchmem | tee bench.txt`",
                )
            self._trouble.add("no-benchmarks")
        tables = {
            "benchmarks": self._benchmarks,
            "benchmark_values": self._measurements,
            "benchmark_configuration": self._configurations,
            "benchmark_units": self._unit_facts,
        }
        columns = Lazy({name: make() for name, make in tables.items()})
        return Recording("benchmarks", origin, columns, self._trouble.notes())

    def _tell_missing(self) -> None:
        self._missing.ended(self._current)
        for line, package in self._missing.cut():
            self._trouble.add("log-cut", line, package)
        read: set[tuple[int, str]] = set()
        if self._missing.has_broken:
            names = list(self._known_names)  # numbered as they came
            rows = np.array(self._rows, np.int64).reshape(-1, len(_ROW))
            pairs = np.unique(rows[:, [_ROW.index("package"), _ROW.index("name")]], axis=0)
            read = {(package, names[name]) for package, name in pairs.tolist()}
        for line, name in self._missing.lost(read):
            self._trouble.add("benchmarks-lost", line, name)

    def _benchmarks(self) -> Columns:
        count = len(self._counts)
        rows = np.array(self._rows, np.int64).reshape(count, len(_ROW))
        column = {name: np.ascontiguousarray(rows[:, at]) for at, name in enumerate(_ROW)}
        return Columns(
            count,
            {
                "benchmark_id": np.arange(count),
                "name": self._names.column(column["name"]),
                "base_name": self._bases.column(column["base"]),
                "procs": column["procs"],
                "package": self._packages.column(column["package"]),
                "iterations_count": column["iterations"],
                "configuration_id": column["configuration"],
                "line": column["line"],
            },
        )

    def _measurements(self) -> Columns:
        written = self._units.column(self._unit_codes)
        tidy = [tidied(unit) for unit in written.values]
        units = Coded.from_strings([unit for unit, _ in tidy])
        factors = np.array([factor for _, factor in tidy], np.float64)
        originals = np.array(self._originals, np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            values = originals * factors[written.codes]
        return Columns(
            len(originals),
            {
                "benchmark_id": np.repeat(np.arange(len(self._counts)), self._counts),
                "unit": Coded(units.codes[written.codes], units.values),
                "value": values,
                "original_unit": written,
                "original_value": originals,
            },
        )

    def _configurations(self) -> Columns:
        rows = [(number, key, value) for pairs, number in self._sets.items()
                for key, value in pairs]  # fmt: skip
        return Columns(
            len(rows),
            {
                "configuration_id": np.array([number for number, _, _ in rows], np.int64),
                "key": Coded.from_strings([key for _, key, _ in rows]),
                "value": np.array([value for _, _, value in rows], object),
            },
        )

    def _unit_facts(self) -> Columns:
        rows = [(unit, original, key, value, line)
                for (unit, key), (original, value, line) in self._facts.items()]  # fmt: skip
        return Columns(
            len(rows),
            {
                "unit": Coded.from_strings([row[0] for row in rows]),
                "original_unit": Coded.from_strings([row[1] for row in rows]),
                "key": Coded.from_strings([row[2] for row in rows]),
                "value": np.array([row[3] for row in rows], object),
                "line": np.array([row[4] for row in rows], np.int64),
            },
        )


def _is_announced(text: str) -> bool:
    """Whether a line is the name that `go test -v` prints as a benchmark starts."""
    return text.startswith("Benchmark") and not text.partition(" ")[1]


def _check(count: int) -> None:
    if count > MOST_VALUES:
        raise LimitError(f"more than {MOST_VALUES:,} measurements or configuration values")
