"""Allocations in CSV: text to whole numbers, with the row and column of whatever is none."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import numpy.typing as npt

from gotrace.errors import LimitError, MalformedError, TruncatedError

__all__ = ["CsvBlock", "read_blocks", "read_header"]

_BLOCK_ROWS = 1 << 14
_TRUE = {"true": 1, "t": 1, "yes": 1, "1": 1, "false": 0, "f": 0, "no": 0, "0": 0}
_NULLS = frozenset({"", "null", "none", "nan", "na"})
_LONGEST_SHOWN = 40


class CsvBlock(NamedTuple):
    """Some rows: whole numbers by column (0 where null), and where they are null.

    `rows` are their numbers as a spreadsheet counts: the header is row 1.
    """

    values: dict[str, npt.NDArray[np.int64]]
    is_null: dict[str, npt.NDArray[np.bool_]]
    rows: npt.NDArray[np.int64]


Reader = Iterator[list[str]]


def read_header(file: IO[str], path: Path, longest_line: int) -> tuple[Reader, list[str]]:
    """The rows behind the header, and the names in it. Raises InputError."""
    reader = _rows(file, path, longest_line)
    for row in reader:
        return reader, [name.strip() for name in row]
    raise TruncatedError("is empty: there is no header line", source=str(path))


def _rows(file: IO[str], path: Path, longest_line: int) -> Reader:
    """Every row, errors told by row; a line is never read beyond the limit."""

    def lines() -> Iterator[str]:
        while line := file.readline(longest_line + 1):
            if len(line) > longest_line:
                raise LimitError(
                    f"line longer than {longest_line:,} characters",
                    source=str(path),
                    advice="is it CSV?",
                )
            yield line

    reader = csv.reader(lines(), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise MalformedError(f"line {reader.line_num:,}: {error}", source=str(path)) from error
    except UnicodeDecodeError as error:
        raise MalformedError("is not UTF-8 text", source=str(path)) from error


def read_blocks(
    reader: Reader, header: Sequence[str], wanted: Sequence[str], nullable: frozenset[str],
    booleans: frozenset[str], path: Path,
) -> Iterator[CsvBlock]:  # fmt: skip
    """The `wanted` columns (two at least), 16,384 rows at a time. Raises InputError."""
    wanted_cells = itemgetter(*(header.index(name) for name in wanted))

    def block(cells: list[tuple[str, ...]], rows: npt.NDArray[np.int64]) -> CsvBlock:
        made = CsvBlock({}, {}, rows)
        for name, column in zip(wanted, zip(*cells, strict=True), strict=True):
            made.values[name], made.is_null[name] = _column(
                list(column), name, rows, name in nullable, name in booleans, path
            )
        return made

    cells: list[tuple[str, ...]] = []
    numbers: list[int] = []
    for number, row in enumerate(reader, 2):
        if not row:  # a blank line
            continue
        if len(row) != len(header):
            raise MalformedError(
                f"row {number:,}: {len(row):,} cells under {len(header):,} columns",
                source=str(path),
            )
        cells.append(wanted_cells(row))  # the others go at once: rows may be wide
        numbers.append(number)
        if len(cells) == _BLOCK_ROWS:
            yield block(cells, np.array(numbers))
            cells, numbers = [], []
    if cells:
        yield block(cells, np.array(numbers))


def _column(
    cells: list[str], name: str, rows: npt.NDArray[np.int64], is_nullable: bool, is_bool: bool,
    path: Path,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:  # fmt: skip
    """One column as whole numbers, and where it is null."""
    is_null = np.zeros(len(cells), np.bool_)
    if is_nullable:
        is_null = np.array([not cell or cell.strip().lower() in _NULLS for cell in cells], np.bool_)
        if is_null.any():
            cells = ["0" if null else cell for cell, null in zip(cells, is_null, strict=True)]
    # `int` refuses more than 4,300 digits, and NumPy more than 64 bits.
    number: Callable[[str], int] = _Booleans().__getitem__ if is_bool else int
    try:
        return np.array(list(map(number, cells)), np.int64), is_null
    except (ValueError, OverflowError):
        raise _wrong_cell(cells, name, rows, number, is_bool, path) from None


class _Booleans(dict[str, int]):
    """Cell → 0 or 1, in whatever case; raises ValueError for others."""

    def __init__(self) -> None:
        super().__init__(_TRUE)

    def __missing__(self, cell: str) -> int:
        found = _TRUE.get(cell.strip().lower())
        if found is None:
            raise ValueError(cell)
        return found


def _wrong_cell(
    cells: list[str], name: str, rows: npt.NDArray[np.int64], number: Callable[[str], int],
    is_bool: bool, path: Path,
) -> MalformedError:  # fmt: skip
    """The error that names the first cell that is not what the column holds."""
    kind = "`true` or `false`" if is_bool else "a whole number of 64 bits"
    for row, cell in zip(rows, cells, strict=True):
        try:
            np.int64(number(cell))
        except (ValueError, OverflowError):
            shown = cell if len(cell) <= _LONGEST_SHOWN else cell[:_LONGEST_SHOWN] + "…"
            reason = f"row {row:,}, column `{name}`: `{shown}` is not {kind}"
            return MalformedError(reason, source=str(path))
    return MalformedError(f"column `{name}` is not {kind}", source=str(path))
