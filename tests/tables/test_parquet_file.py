"""Parquet files of our own making, as pyarrow and DuckDB read them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gotrace.tables.arrow import arrow_arrays, arrow_schema
from gotrace.tables.columns import Coded, Columns
from gotrace.tables.declaration import Column, Table
from gotrace.tables.parquet_file import PagesFile, is_plain
from gotrace.tables.parquet_pages import Desk
from gotrace.tables.schema import TABLES

TABLE = Table(
    "things",
    "Every kind of column.",
    (
        Column("is_it", "bool", "A bit."),
        Column("small", "int32", "A number."),
        Column("small_or_null", "int32", "A number or none.", nullable=True),
        Column("large", "int64", "A number.", "bytes"),
        Column("large_or_null", "int64", "A number or none.", nullable=True),
        Column("address", "uint64", "An address.", "address"),
        Column("name", "coded", "A text."),
        Column("name_or_null", "coded", "A text or none.", nullable=True),
        Column("other_id", "int32", "A reference.", refers_to="others.id"),
        Column("other_or_null", "int32", "A reference or none.", nullable=True,
               refers_to="others.id"),
    ),
)  # fmt: skip
KEYS = {"others.id": np.random.default_rng(5).integers(0, 2**64, 100_000, np.uint64)}


def block(rows: int, spread: int, seed: int) -> Columns:
    """Rows whose numbers are below `spread`: 1 makes constants, and large ones make differences."""
    random = np.random.default_rng(seed)

    def numbers(kind: Any, low: int) -> Any:
        return random.integers(low, low + spread, rows, kind)

    texts: list[str] = [f"é{i}" for i in range(spread)] if spread < 100_000 else ["one", "two"]
    most = len(texts)
    entries: dict[str, Any] = {
        "is_it": numbers(np.int32, 0) % 2 == 1,
        "small": numbers(np.int32, -spread // 2),
        "small_or_null": numbers(np.int32, -1),
        "large": numbers(np.int64, -spread // 2) * 2**30,
        "large_or_null": numbers(np.int64, -1),
        "address": numbers(np.int64, 0).view(np.uint64) + np.uint64(2**63),
        "name": Coded(numbers(np.int32, 0) % most, texts),
        "name_or_null": Coded(numbers(np.int32, 0) % (most + 1) - 1, texts),
        "other_id": numbers(np.int32, 0) % 100_000,
        "other_or_null": numbers(np.int32, 0) % 100_001 - 1,
    }
    entries = {
        name: Coded(column.codes.astype(np.int32), column.values)
        if isinstance(column, Coded)
        else column
        for name, column in entries.items()
    }
    for name in ("other_id", "other_or_null"):
        entries[name] = entries[name].astype(np.int32)
    return Columns(rows, entries)


def written(path: Path, blocks: list[Columns]) -> pa.Table:
    """The same rows as Arrow has them."""
    desk = Desk()
    with closing(PagesFile(path, TABLE)) as file:
        for columns in blocks:
            file.write(columns, KEYS, desk)
    schema = arrow_schema(TABLE)
    parts = [
        pa.Table.from_arrays(arrow_arrays(TABLE, columns, KEYS), schema=schema)
        for columns in blocks
    ]
    return pa.concat_tables(parts) if parts else schema.empty_table()


SPREADS = [1, 2, 17, 3000, 90_000, 2**31 - 1]


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("rows", [1, 9, 1000, 20_003])
def test_pyarrow_reads_what_was_written(tmp_path: Path, spread: int, rows: int) -> None:
    expected = written(tmp_path / "things.parquet", [block(rows, spread, 1)])
    found = pq.read_table(tmp_path / "things.parquet")
    assert found.schema.equals(expected.schema, check_metadata=True)
    for name in expected.column_names:
        assert found[name].to_pylist() == expected[name].to_pylist(), name


def test_row_groups_of_different_encodings_make_one_table(tmp_path: Path) -> None:
    blocks = [block(1000 + spread % 7, spread, spread) for spread in SPREADS]
    expected = written(tmp_path / "things.parquet", blocks)
    file = pq.ParquetFile(tmp_path / "things.parquet")
    assert file.metadata.num_row_groups == len(SPREADS)
    assert file.read().to_pydict() == expected.to_pydict()


def test_duckdb_reads_the_same(tmp_path: Path) -> None:
    blocks = [block(5000, spread, spread) for spread in SPREADS]
    expected = written(tmp_path / "things.parquet", blocks)
    found = duckdb.sql(f"select * from '{tmp_path}/things.parquet'").fetchall()
    columns = list(expected.to_pydict().values())
    assert found == list(zip(*columns, strict=True))


def test_statistics_name_the_lowest_the_highest_and_the_nulls(tmp_path: Path) -> None:
    columns = block(1000, 3000, 3)
    written(tmp_path / "things.parquet", [columns])
    group = pq.ParquetFile(tmp_path / "things.parquet").metadata.row_group(0)
    by_name = {column.name: group.column(i).statistics for i, column in enumerate(TABLE.columns)}
    values = columns.array("large_or_null")
    known = values[values != -1]
    about = by_name["large_or_null"]
    assert (about.min, about.max) == (known.min(), known.max())
    assert about.null_count == len(values) - len(known)
    assert by_name["address"] is None


@pytest.mark.parametrize("name", ["name", "other_id"])
def test_a_null_where_none_may_be_is_refused(tmp_path: Path, name: str) -> None:
    columns = block(3, 3000, 3)
    broken = {"name": Coded(np.full(3, -1, np.int32), ["a"]), "other_id": np.full(3, -1, np.int32)}
    with pytest.raises(ValueError, match=f"{name} is null"):
        written(tmp_path / "things.parquet", [columns.replaced({name: broken[name]})])


def test_a_file_without_rows_has_its_columns(tmp_path: Path) -> None:
    expected = written(tmp_path / "things.parquet", [])
    found = pq.read_table(tmp_path / "things.parquet")
    assert found.num_rows == 0
    assert found.schema.equals(expected.schema, check_metadata=True)


def test_large_tables_are_written_here_and_texts_and_lists_are_not() -> None:
    ours = {name for name, table in TABLES.items() if is_plain(table)}
    assert {"events", "goroutine_transitions", "objects", "ranges", "spans"} <= ours
    assert not ours & {"functions", "stacks", "types", "logs", "event_types"}
