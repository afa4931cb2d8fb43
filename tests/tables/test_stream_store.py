"""Blocks on their way to Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from gotrace.errors import InputError
from gotrace.tables import stream_store
from gotrace.tables.columns import Coded, Columns
from gotrace.tables.stream_store import StreamStore


def metrics(rows: int, code: int = 0) -> Columns:
    columns: dict[str, Any] = {
        "time_ns": np.arange(rows, dtype=np.int64),
        "name": Coded(np.full(rows, code, np.int32), ["/gc/heap/goal:bytes"]),
        "value": np.full(rows, 7, np.int64),
    }
    return Columns(rows, columns)


def test_small_blocks_are_gathered_to_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_store, "_GROUP_ROWS", 25)
    with StreamStore(tmp_path, ["metrics", "logs"]) as store:
        for _ in range(7):
            store.write("metrics", metrics(10), {})
    file = pq.ParquetFile(tmp_path / "metrics.parquet").metadata
    assert [file.row_group(i).num_rows for i in range(file.num_row_groups)] == [30, 30, 10]
    assert pq.read_table(tmp_path / "logs.parquet").num_rows == 0


def test_a_fault_of_the_writer_is_raised_where_blocks_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody waits for ever before a queue that nobody empties."""
    monkeypatch.setattr(stream_store, "_GROUP_ROWS", 1)
    with (
        pytest.raises(ValueError, match="name is null"),
        StreamStore(tmp_path, ["metrics"]) as store,
    ):
        for _ in range(100):
            store.write("metrics", metrics(10, code=-1), {})


def test_a_disk_that_takes_no_more_is_an_input_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with (
        pytest.raises(InputError, match="cannot be written: No space left on device"),
        StreamStore(tmp_path, ["metrics"]) as store,
    ):
        monkeypatch.setattr("gotrace.tables.parquet_file.PagesFile.write", full)
        monkeypatch.setattr(stream_store, "_GROUP_ROWS", 1)
        store.write("metrics", metrics(10), {})
