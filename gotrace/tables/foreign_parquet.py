"""Parquet files that others wrote: some of their columns as NumPy arrays, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from gotrace.errors import InputError, LimitError, MalformedError

__all__ = ["Block", "column_names", "read_blocks"]

_BLOCK_ROWS = 1 << 16


class Block(NamedTuple):
    """Some rows of one column: whole numbers (0 where null), and where it is null."""

    values: npt.NDArray[np.int64]
    is_null: npt.NDArray[np.bool_]


def column_names(path: Path) -> list[str]:
    """The top-level columns of a Parquet file. Raises InputError."""
    with _as_input_errors(path), pq.ParquetFile(path) as file:
        return list(file.schema_arrow.names)


def read_blocks(
    path: Path, names: Sequence[str], *, most_rows: int, most_bytes: int
) -> Iterator[dict[str, Block]]:
    """The columns `names`, 65,536 rows at a time.

    Booleans are 0 and 1, times nanoseconds. Raises LimitError before anything is read when the file
    announces more rows or bytes, MalformedError for a column whose values are no whole numbers.
    """
    with _as_input_errors(path), pq.ParquetFile(path) as file:
        _check_size(path, file, most_rows, most_bytes)
        first = 1
        for batch in file.iter_batches(_BLOCK_ROWS, columns=list(names), use_threads=False):
            yield {name: _block(path, name, batch.column(name), first) for name in names}
            first += batch.num_rows


def _check_size(path: Path, file: pq.ParquetFile, most_rows: int, most_bytes: int) -> None:
    """What the footer announces, of whole row groups.

    Never ask for `row_group(i).column(j)`: on a damaged footer pyarrow ends the process there.
    """
    about = file.metadata
    if about.num_rows > most_rows:
        raise LimitError(f"has {about.num_rows:,} rows, more than {most_rows:,}", source=str(path))
    size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    if size > most_bytes:
        raise LimitError(
            f"unpacks to {size:,} bytes, more than {most_bytes:,}",
            source=str(path),
            advice="leave out columns that are not of the table",
        )


def _block(path: Path, name: str, column: pa.Array, first_row: int) -> Block:
    """One column of a batch as whole numbers; `first_row` is the number of its first row."""
    is_null = column.is_null().to_numpy(zero_copy_only=False)
    kind = column.type
    if pa.types.is_boolean(kind):
        return Block(
            column.fill_null(False).to_numpy(zero_copy_only=False).astype(np.int64), is_null
        )
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        unit = "timestamp" if pa.types.is_timestamp(kind) else "duration"
        column = column.cast(getattr(pa, unit)("ns")).view(pa.int64())
    if pa.types.is_floating(kind):
        return _whole(path, name, column, is_null, first_row)
    if not pa.types.is_integer(column.type):
        raise MalformedError(f"column `{name}` holds {kind}, not whole numbers", source=str(path))
    return Block(column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), is_null)


def _whole(
    path: Path, name: str, column: pa.Array, is_null: npt.NDArray[np.bool_], first_row: int
) -> Block:
    """Floating-point numbers that are whole; NaN is null, as pandas writes it."""
    values = column.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
    is_null = is_null | np.isnan(values)
    values = np.where(is_null, 0.0, values)
    wrong = (values != np.floor(values)) | (np.abs(values) >= 2.0**63)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise MalformedError(
            f"row {first_row + row:,}, column `{name}`: {values[row]:g} is not a whole number",
            source=str(path),
        )
    return Block(values.astype(np.int64), is_null)


@contextmanager
def _as_input_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except pa.ArrowException as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise MalformedError(f"is damaged Parquet: {reason}", source=str(path)) from error
    except (OSError, OverflowError, ValueError) as error:
        raise InputError(f"cannot be read as Parquet: {error}", source=str(path)) from error
