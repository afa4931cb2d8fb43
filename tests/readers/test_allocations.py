"""Tables of allocations that users bring: CSV and Parquet, sound and hostile."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.errors import InputError, LimitError, MalformedError
from gotrace.readers.allocations import AllocationTable, is_allocation_table, read_allocations
from gotrace.readers.limits import Limits
from gotrace.tables.allocation_document import allocations_page
from gotrace.tables.allocation_schema import ALLOCATIONS
from gotrace.tables.arrow import arrow_schema

ROOT = Path(__file__).parents[2]
HEADER = "time_ns,proc,size_bytes,has_pointers,free_time_ns\n"
THREE = HEADER + "0,0,33,false,1500\n250,1,1024,true,\n1000,0,5,false,1200\n"
INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


def read(folder: Path, content: str | bytes, **limits: int) -> AllocationTable:
    path = folder / "allocations.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_allocations(path, Limits(**limits))


def parquet(folder: Path, **columns: Any) -> AllocationTable:
    path = folder / "allocations.parquet"
    pq.write_table(pa.table(columns), path)
    return read_allocations(path)


def listed(table: AllocationTable) -> dict[str, list[Any]]:
    return {name: table.columns.array(name).tolist() for name in table.columns}


def slugs(table: AllocationTable) -> list[tuple[str, int]]:
    return [(note.slug, note.count) for note in table.notes]


def test_the_page_of_the_schema_is_up_to_date() -> None:
    """`python -m gotrace.tables.allocation_document > schemas/allocations.md` makes it."""
    assert (ROOT / "schemas" / "allocations.md").read_text() == allocations_page()


def test_the_example_of_the_page_is_read_as_it_says(tmp_path: Path) -> None:
    example = allocations_page().split("```csv\n")[1].split("```")[0]
    assert example == THREE
    table = read(tmp_path, example)
    assert listed(table) == {
        "time_ns": [0, 250, 1000],
        "proc": [0, 1, 0],
        "size_bytes": [33, 1024, 5],
        "has_pointers": [False, True, False],
        "free_time_ns": [1500, -1, 1200],
    }
    assert table.never_freed.tolist() == [False, True, False]
    assert table.notes == ()


def test_parquet_with_the_declared_schema_says_the_same_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "declared.parquet"
    columns = [[0, 250, 1000], [0, 1, 0], [33, 1024, 5], [False, True, False], [1500, None, 1200]]
    schema = arrow_schema(ALLOCATIONS)
    arrays = [pa.array(v, f.type) for v, f in zip(columns, schema, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path)
    assert listed(read_allocations(path)) == listed(read(tmp_path, THREE))


def test_parquet_as_pandas_writes_nullable_columns_and_times(tmp_path: Path) -> None:
    table = parquet(
        tmp_path,
        time_ns=pa.array([1, 2], pa.timestamp("us")),
        size_bytes=pa.array([8.0, 16.0]),
        free_time_ns=pa.array([float("nan"), 5000.0]),
        has_pointers=pa.array([1, 0], pa.uint8()),
    )
    assert listed(table) == {
        "time_ns": [1000, 2000],
        "proc": [0, 0],
        "size_bytes": [8, 16],
        "has_pointers": [True, False],
        "free_time_ns": [-1, 5000],
    }


def test_columns_come_in_any_order_and_three_of_them_may_be_missing(tmp_path: Path) -> None:
    table = read(tmp_path, '\ufeffsize_bytes,comment, time_ns\r\n8,"a,\nb",-5\r\n\r\n16,c,7\r\n')
    assert listed(table)["time_ns"] == [-5, 7]
    assert listed(table)["size_bytes"] == [8, 16]
    assert table.never_freed.all()
    missing = [note.message for note in table.notes if note.slug == "column-missing"]
    assert len(missing) == 3
    assert "nothing is ever freed" in missing[2]
    assert ("columns-passed-over", 1) in slugs(table)


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (THREE.encode(), True),
        (b'\xef\xbb\xbf"size_bytes", time_ns\r\n', True),
        (b"PAR1", True),
        (b"time_ns,bytes\n", False),
        (b"\x1f\x8b\xff", False),
        (b"go 1.27 trace\0\0\0", False),
        (b"", False),
    ],
)
def test_a_table_is_known_by_its_content(tmp_path: Path, content: bytes, is_one: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert is_allocation_table(path) == is_one
    assert not is_allocation_table(tmp_path / "missing")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty: there is no header line"),
        ("time_ns\n1\n", "has no column `size_bytes`; columns: `time_ns`"),
        ("a;b\n", "has no column `time_ns`; columns: `a;b`"),
        ("time_ns,size_bytes,time_ns\n", "has two columns `time_ns`"),
        ("time_ns,size_bytes\n1,8\n2,x\n", "row 3, column `size_bytes`: `x` is not a whole number"),
        ("time_ns,size_bytes\n1,8.5\n", "row 2, column `size_bytes`: `8.5` is not"),
        ("time_ns,size_bytes\n,8\n", "row 2, column `time_ns`: `` is not"),
        ("time_ns,size_bytes\n1,9223372036854775808\n", "`9223372036854775808` is not"),
        (f"time_ns,size_bytes\n1,{'9' * 5000}\n", "…` is not a whole number of 64 bits"),
        ("time_ns,size_bytes\n1,8,9\n", "row 2: 3 cells under 2 columns"),
        ("time_ns,size_bytes,has_pointers\n1,8,maybe\n", "`maybe` is not `true` or `false`"),
        ('time_ns,size_bytes\n1,"8', "line 2: unexpected end of data"),
        ("time_ns,size_bytes\n1,8\n\xff".encode("latin-1"), "is not UTF-8 text"),
        (b"PAR1 and then nothing", "is damaged Parquet"),
    ],
)
def test_a_bad_file_is_one_line_that_names_the_place(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    text = str(caught.value)
    assert reason in text
    assert text.startswith(f"{tmp_path}/allocations.csv: ")
    assert len(text) < 400


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"size_bytes": [1]}, "has no column `time_ns`"),
        ({"time_ns": [1, None], "size_bytes": [1, 1]}, "row 2, column `time_ns`: must not be null"),
        ({"time_ns": [1], "size_bytes": ["8"]}, "column `size_bytes` holds string"),
        ({"time_ns": [1, 2], "size_bytes": [1.0, 0.5]}, "row 2, column `size_bytes`: 0.5 is not"),
        ({"time_ns": [1], "size_bytes": [[1]]}, "column `size_bytes` holds list"),
        ({"time_ns": [1], "size_bytes": [float("inf")]}, "row 1, column `size_bytes`: inf is not"),
        (
            {"time_ns": [1], "size_bytes": np.array([1 << 63], np.uint64)},
            "size_bytes|Integer value",
        ),
    ],
)
def test_bad_parquet_is_told_as_well(tmp_path: Path, columns: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parquet(tmp_path, **columns)
    assert any(part in str(caught.value) for part in reason.split("|"))


def test_rows_that_cannot_be_are_left_out_and_counted(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        HEADER
        + "0,0,8,false,\n"
        + "1,0,-1,false,\n"
        + f"2,0,{1 << 48},false,\n"
        + f"3,0,{(1 << 48) - 1},false,\n"
        + "4,1024,8,false,\n"
        + "5,-1,8,true,\n"
        + "6,0,16,false,5\n",
    )
    assert listed(table)["size_bytes"] == [8, (1 << 48) - 1, 16]
    assert table.never_freed.tolist() == [True, True, True]
    assert slugs(table) == [
        ("size-impossible", 2),
        ("proc-impossible", 2),
        ("freed-before-allocated", 1),
    ]
    assert [note.where.rpartition(": ")[2] for note in table.notes] == ["row 3", "row 6", "row 8"]


def test_what_is_larger_than_agreed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="more than 2 rows"):
        read(tmp_path, THREE, samples=2)
    with pytest.raises(LimitError, match="has 105 bytes, more than 100"):
        read(tmp_path, THREE, decompressed_bytes=100)
    with pytest.raises(LimitError, match="line longer than 50 characters"):
        read(tmp_path, "time_ns,size_bytes\n" + "1" * 60, text_line_bytes=50)
    path = tmp_path / "zeros.parquet"
    zeros = pa.array(np.zeros(1_000_000, np.int64))
    pq.write_table(pa.table({"time_ns": zeros, "size_bytes": zeros}), path, compression="zstd")
    assert path.stat().st_size < 100_000
    with pytest.raises(LimitError, match="has 1,000,000 rows, more than 999,999"):
        read_allocations(path, Limits(samples=999_999))
    with pytest.raises(LimitError, match="unpacks to"):
        read_allocations(path, Limits(decompressed_bytes=100))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/null"), tmp_path / "missing", Path("a\0b")):
        with pytest.raises(InputError):
            read_allocations(path)


def test_long_tables_come_in_blocks_that_fit_together(tmp_path: Path) -> None:
    lines = "".join(f"{i},{i % 4},{i % 100},true,{i + 3}\n" for i in range(40_000))
    table = read(tmp_path, HEADER + lines)
    assert table.columns.array("time_ns").tolist() == list(range(40_000))
    assert table.columns.array("proc").dtype == np.int32
    with pytest.raises(MalformedError, match="row 40,003, column `proc`: `z`"):
        read(tmp_path, HEADER + lines + "1,0,1,true,\n1,z,1,true,\n")


@given(
    rows=st.lists(
        st.tuples(INT64, st.integers(0, 1023), st.integers(0, (1 << 48) - 1), st.booleans(), INT64),
        max_size=8,
    )
)
def test_what_was_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int, bool, int]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = io.StringIO(HEADER)
    text.seek(0, io.SEEK_END)
    text.writelines(f"{t},{p},{s},{h},{f}\n" for t, p, s, h, f in rows)
    names = [column.name for column in ALLOCATIONS.columns]
    found = listed(read(folder, text.getvalue()))
    assert found["size_bytes"] == [row[2] for row in rows]
    if rows:
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        assert listed(parquet(folder, **columns)) == found


@given(content=st.binary(max_size=300))
def test_any_bytes_are_a_table_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for begin in (b"", b"PAR1", b"time_ns,size_bytes\n"):
        try:
            table = read(folder, begin + content)
        except InputError as error:
            assert str(folder) in str(error)
        else:
            assert len(table.never_freed) == table.columns.rows


def test_parquet_with_any_byte_changed_is_a_table_or_an_input_error(tmp_path: Path) -> None:
    parquet(tmp_path, time_ns=[1, 2, 3], size_bytes=[8, 16, 24])
    path = tmp_path / "allocations.parquet"
    whole = path.read_bytes()
    outcomes = set()
    for place in range(4, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            outcomes.add(read_allocations(path).columns.rows)
        except InputError:
            outcomes.add(-1)
    assert outcomes >= {3, -1}
