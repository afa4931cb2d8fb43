"""Tables of answers as Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from gotrace.errors import UsageError
from gotrace.tables.result_store import save_results

TABLES: dict[str, Any] = {
    "replay_classes": [
        ("size_class", "count", "", ["large", 2]),
        ("bytes", "bytes", "Of slots.", [1 << 40, None]),
        ("share", "ratio", "", [1, 0.5]),
        ("mean_cycles", "number", "", [1.5, None]),
        ("type", "text", "", ["main.\udcffT", None]),
    ],
    "empty": [("bytes", "bytes", "", [])],
}


def test_every_column_keeps_its_values_unit_and_meaning(tmp_path: Path) -> None:
    assert save_results(TABLES, tmp_path / "out") == {"replay_classes": 2, "empty": 0}
    table = pq.read_table(tmp_path / "out/replay_classes.parquet")
    assert table.to_pydict() == {
        "size_class": ["large", "2"],
        "bytes": [1 << 40, None],
        "share": [1.0, 0.5],
        "mean_cycles": [1.5, None],
        "type": ["main.?T", None],
    }
    assert table.schema.field("bytes").metadata == {b"unit": b"bytes", b"doc": b"Of slots."}


def test_a_folder_is_replaced_only_if_it_is_ours_and_asked_for(tmp_path: Path) -> None:
    save_results(TABLES, tmp_path / "out")
    with pytest.raises(UsageError, match="exists already"):
        save_results(TABLES, tmp_path / "out")
    save_results({"one": TABLES["empty"]}, tmp_path / "out", force=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "one.parquet", "recording.json"
    ]  # fmt: skip
    (tmp_path / "theirs").mkdir()
    with pytest.raises(UsageError):
        save_results(TABLES, tmp_path / "theirs", force=True)
