"""A user's own table of allocations, CSV or Parquet: `schemas/allocations.md` describes it.

Cells that are no numbers make the file an error; rows that no program can have made are left out,
with a note that says how many and where the first one is.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gotrace.errors import InputError, LimitError, MalformedError
from gotrace.readers import allocation_csv
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.tables.allocation_schema import ALLOCATIONS, OPTIONAL
from gotrace.tables.columns import Columns
from gotrace.tables.notes import Note, Severity

__all__ = ["AllocationTable", "is_allocation_table", "is_parquet", "read_allocations"]

_PARQUET = b"PAR1"
_HEAD_BYTES = 4096
_NAMES = tuple(column.name for column in ALLOCATIONS.columns)
_NULLABLE = frozenset(column.name for column in ALLOCATIONS.columns if column.nullable)
_BOOLEANS = frozenset(column.name for column in ALLOCATIONS.columns if column.kind == "bool")
_END_BYTES = 1 << 48
_MOST_PROCS = 1 << 10
_SHOWN_NAMES = 5
_DTYPES: dict[str, npt.DTypeLike] = {
    "time_ns": np.int64,
    "proc": np.int32,
    "size_bytes": np.int64,
    "has_pointers": np.bool_,
    "free_time_ns": np.int64,
}

Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class AllocationTable:
    """The table `allocations` in memory, and the doubts about it.

    `never_freed` (bool, one a row) says where `free_time_ns` is null, for the clock may well pass
    through -1.
    """

    columns: Columns
    never_freed: Mask
    notes: tuple[Note, ...] = ()


def is_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet does. Raises InputError when it cannot be opened."""
    try:
        if path.exists() and not path.is_file():
            raise InputError("is not a file", source=str(path))
        with path.open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", source=str(path)) from error


def is_allocation_table(path: Path) -> bool:
    """Whether a file may be such a table: Parquet, or text whose first line names its columns.

    What cannot be opened is none: reading it will say why.
    """
    try:
        if is_parquet(path):
            return True
        with path.open("rb") as file:
            head = file.readline(_HEAD_BYTES).decode("utf-8-sig")
    except (InputError, OSError, UnicodeDecodeError):
        return False
    names = {name.strip().strip('"') for name in head.split(",")}
    return names >= set(_NAMES) - OPTIONAL


def read_allocations(path: str | Path, limits: Limits = DEFAULT) -> AllocationTable:
    """Read a table of allocations.

    At most `limits.samples` rows and `limits.decompressed_bytes` bytes. Raises InputError.
    """
    path = Path(path)
    rows = _Rows(path, limits.samples)
    read = _read_parquet if is_parquet(path) else _read_csv
    read(path, limits, rows)
    return rows.table()


def _read_csv(path: Path, limits: Limits, rows: _Rows) -> None:
    size = path.stat().st_size
    if size > limits.decompressed_bytes:
        raise LimitError(
            f"has {size:,} bytes, more than {limits.decompressed_bytes:,}",
            source=str(path),
            advice="write it as Parquet, or raise the limit `decompressed_bytes`",
        )
    with path.open("rb") as raw:
        file = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        reader, header = allocation_csv.read_header(file, path, limits.text_line_bytes)
        wanted = rows.choose(header)
        for block in allocation_csv.read_blocks(reader, header, wanted, _NULLABLE, _BOOLEANS, path):
            rows.add(block.values, block.is_null, block.rows)


def _read_parquet(path: Path, limits: Limits, rows: _Rows) -> None:
    # Arrow costs 0.1 s to import, and CSV needs none.
    from gotrace.tables.foreign_parquet import column_names, read_blocks  # noqa: PLC0415

    wanted = rows.choose(column_names(path))
    first = 1
    for blocks in read_blocks(
        path, wanted, most_rows=limits.samples, most_bytes=limits.decompressed_bytes
    ):
        count = len(next(iter(blocks.values())).values)
        values = {name: block.values for name, block in blocks.items()}
        nulls = {name: block.is_null for name, block in blocks.items()}
        rows.add(values, nulls, np.arange(first, first + count))
        first += count


@dataclass
class _Rows:
    """Blocks of rows on their way to a table: what cannot be is left out and counted."""

    path: Path
    most_rows: int
    blocks: dict[str, list[npt.NDArray[np.generic]]] = field(
        default_factory=lambda: {name: [] for name in (*_NAMES, "never_freed")}
    )
    count: int = 0
    wrong: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Slug → how many rows, number of the first."""
    missing: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def choose(self, header: list[str]) -> list[str]:
        """The columns to read. Raises MalformedError for a missing column and for one twice."""
        twice = next((name for name in _NAMES if header.count(name) > 1), None)
        if twice is not None:
            raise MalformedError(f"has two columns `{twice}`", source=str(self.path))
        self.missing = [name for name in _NAMES if name not in header]
        self.strange = [name for name in header if name not in _NAMES]
        needed = [name for name in self.missing if name not in OPTIONAL]
        if needed:
            there = ", ".join(f"`{name[:80]}`" for name in header[:_SHOWN_NAMES]) or "none"
            raise MalformedError(
                f"has no column `{needed[0]}`; columns: {there}",
                source=str(self.path),
                advice="schemas/allocations.md names the columns of a table of allocations",
            )
        return [name for name in _NAMES if name in header]

    def add(self, values: dict[str, Whole], nulls: dict[str, Mask], rows: Whole) -> None:
        """Check a block and keep its sound rows. Raises InputError for nulls and too many rows."""
        self.count += len(rows)
        if self.count > self.most_rows:
            raise LimitError(f"has more than {self.most_rows:,} rows", source=str(self.path))
        for name in values:
            if name not in _NULLABLE and nulls[name].any():
                row = rows[int(np.argmax(nulls[name]))]
                raise MalformedError(
                    f"row {row:,}, column `{name}`: must not be null", source=str(self.path)
                )
        found = {name: values.get(name, np.zeros(len(rows), np.int64)) for name in _NAMES}
        never = nulls.get("free_time_ns", np.ones(len(rows), np.bool_))
        is_early = ~never & (found["free_time_ns"] < found["time_ns"])
        size, proc = found["size_bytes"], found["proc"]
        is_wrong = self._count("size-impossible", (size < 0) | (size >= _END_BYTES), rows)
        is_wrong |= self._count("proc-impossible", (proc < 0) | (proc >= _MOST_PROCS), rows)
        self._count("freed-before-allocated", is_early & ~is_wrong, rows)
        never = never | is_early
        found["free_time_ns"] = np.where(never, -1, found["free_time_ns"])
        for name, array in found.items():
            self.blocks[name].append(array[~is_wrong].astype(_DTYPES[name]))
        self.blocks["never_freed"].append(never[~is_wrong])

    def _count(self, slug: str, is_wrong: Mask, rows: Whole) -> Mask:
        count = int(np.count_nonzero(is_wrong))
        if count:
            before, first = self.wrong.get(slug, (0, int(rows[int(np.argmax(is_wrong))])))
            self.wrong[slug] = (before + count, first)
        return is_wrong

    def table(self) -> AllocationTable:
        """All that was added."""
        whole = {
            name: np.concatenate(parts) if parts else np.zeros(0, _DTYPES.get(name, np.bool_))
            for name, parts in self.blocks.items()
        }
        never = whole.pop("never_freed")
        columns = Columns(len(never), whole)
        return AllocationTable(columns, never.astype(np.bool_), tuple(self._notes()))

    def _notes(self) -> Iterator[Note]:
        for slug, (count, row) in self.wrong.items():
            tell = _TOLD[slug]
            where = f"{self.path}: row {row:,}"
            yield Note(Severity.LOSS, slug, tell(count), count, where)
        for name in self.missing:
            if name in OPTIONAL:
                yield Note(Severity.INFO, "column-missing", f"no column `{name}`: {_WITHOUT[name]}")
        if self.strange:
            few = ", ".join(f"`{name[:80]}`" for name in self.strange[:_SHOWN_NAMES])
            yield Note(
                Severity.INFO,
                "columns-passed-over",
                f"columns that are not of a table of allocations: {few}",
                len(self.strange),
            )


def _rows_left_out(what: str) -> Callable[[int], str]:
    return lambda count: f"{count:,} row{'s' if count > 1 else ''} left out: {what}"


_TOLD: dict[str, Callable[[int], str]] = {
    "size-impossible": _rows_left_out("no program asks for less than 0 or for 2^48 bytes"),
    "proc-impossible": _rows_left_out("a P has a number from 0 to 1,023"),
    "freed-before-allocated": lambda count: (
        f"{count:,} object{'s' if count > 1 else ''} freed before being allocated: never freed here"
    ),
}
_WITHOUT = {
    "proc": "everything is allocated by P 0",
    "has_pointers": "nothing has pointers",
    "free_time_ns": "nothing is ever freed",
}
