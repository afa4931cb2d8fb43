"""A trace to Parquet and back, and questions to it in SQL."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from gotrace.errors import InputError, MalformedError, TruncatedError, UsageError
from gotrace.readers.trace.conversion import convert_trace
from gotrace.readers.trace.recording import TABLES, read_trace
from gotrace.tables.arrow import arrow_schema
from gotrace.tables.gathering import whole
from gotrace.tables.schema import TABLES as SCHEMA
from gotrace.tables.store import load
from tests.readers.trace.derive.rows import SHIPPED, TRACES

HEAP = TRACES / "batch" / "go1.27" / "trace.allocfree.out"
SERVICE = TRACES / "service" / "go1.27" / "trace.out"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: "-".join(p.parts[-3:]))
def test_every_table_is_as_declared(path: Path) -> None:
    recording = read_trace(path)
    for name, columns in recording.columns.items():
        whole(name, columns)
        recording.tables[name].validate(full=True)
    assert recording.kind == "trace"
    assert recording.columns["events"].rows > 1000


@pytest.mark.parametrize("path", [HEAP, SERVICE], ids=["heap", "service"])
def test_what_is_written_is_what_is_read(path: Path, tmp_path: Path) -> None:
    converted = convert_trace(path, tmp_path / "out")
    recording = read_trace(path)
    again = load(tmp_path / "out")
    assert again.origin == recording.origin
    assert again.notes == recording.notes == converted.notes
    assert again.kind == "trace"
    for name, table in recording.tables.items():
        written = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        assert converted.rows[name] == table.num_rows == written.num_rows
        assert written.to_pydict() == table.to_pydict(), name
        declared = arrow_schema(SCHEMA[name])
        assert written.schema.metadata == declared.metadata
        assert [f.metadata for f in written.schema] == [f.metadata for f in declared]
        assert again.tables[name].to_pydict() == table.to_pydict(), name


def test_ids_of_small_row_groups_are_those_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gotrace.tables.stream_store._GROUP_ROWS", 1000)
    convert_trace(SERVICE, tmp_path / "out")
    file = pq.ParquetFile(tmp_path / "out" / "goroutine_transitions.parquet")
    assert (
        file.read().to_pydict() == read_trace(SERVICE).tables["goroutine_transitions"].to_pydict()
    )


def test_a_column_of_a_converted_trace_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    """So `ranges` are there at once beside an `events` table of gigabytes."""
    convert_trace(SERVICE, tmp_path / "out")
    recording, again = read_trace(SERVICE, tables=["ranges", "events"]), load(tmp_path / "out")
    for name in ("events", "frames"):
        damaged = tmp_path / "out" / f"{name}.parquet"
        size = damaged.stat().st_size
        stored = pq.ParquetFile(damaged)
        footer = size - 8 - stored.metadata.serialized_size
        with damaged.open("r+b") as file:
            file.write(bytes(footer))
    assert again.columns["events"].rows == recording.columns["events"].rows
    ends = again.columns["ranges"].array("end_time_ns")
    assert np.array_equal(ends, recording.columns["ranges"].array("end_time_ns"))
    assert len(again.columns["ranges"].array("stack_id"))
    with pytest.raises(MalformedError, match="is not a recording that gotrace wrote"):
        again.columns["events"]["time_ns"]


def test_a_table_with_other_columns_is_refused_before_it_is_read(tmp_path: Path) -> None:
    convert_trace(SERVICE, tmp_path / "out")
    (tmp_path / "out" / "ranges.parquet").write_bytes(
        (tmp_path / "out" / "metrics.parquet").read_bytes()
    )
    with pytest.raises(MalformedError, match="other columns or types than the table `ranges`"):
        load(tmp_path / "out")


def test_sql_finds_who_waits_longest(tmp_path: Path) -> None:
    """Reasons by time, and the line that blocks most, through stacks, frames and functions."""
    convert_trace(SERVICE, tmp_path / "out")
    database = duckdb.connect()
    for name in TABLES:
        database.sql(f"create view {name} as from '{tmp_path}/out/{name}.parquet'")
    reasons = database.sql(
        "select reason, sum(duration_ns) as ns from goroutine_transitions "
        "where from_state = 'waiting' group by reason order by ns desc"
    ).fetchall()
    assert reasons[0][1] > 10**9
    places = database.sql(
        "select f.name, r.line, sum(t.duration_ns) as ns from goroutine_transitions t "
        "join stacks s using (stack_id) join frames r on r.frame_id = s.frame_ids[1] "
        "join functions f using (function_id) where t.from_state = 'waiting' "
        "group by all order by ns desc"
    ).fetchall()
    assert {"runtime.chanrecv1", "runtime.selectgo"} & {name for name, _, _ in places[:9]}


def test_sql_finds_types_by_bytes(tmp_path: Path) -> None:
    convert_trace(HEAP, tmp_path / "out", tables=["objects", "spans"])
    database = duckdb.connect()
    out = tmp_path / "out"
    found = database.sql(
        f"select t.name, count(*), sum(o.slot_bytes) from '{out}/objects.parquet' o "
        f"join '{out}/types.parquet' t using (type_id) "
        f"join '{out}/spans.parquet' s using (span_id) where s.is_heap "
        "group by t.name order by 3 desc"
    ).fetchall()
    assert "main.entry" in str(found) or any(name.startswith("main.") for name, _, _ in found)
    mismatched = database.sql(
        f"select count(*) from '{out}/objects.parquet' o join '{out}/spans.parquet' s "
        "using (span_id) where o.address < s.address "
        "or o.address + o.slot_bytes > s.address + s.size_bytes"
    ).fetchall()
    assert mismatched == [(0,)]


def test_progress_counts_bytes_and_events(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    rows = convert_trace(HEAP, tmp_path / "out", progress=lambda *at: seen.append(at)).rows
    assert seen[-1] == (HEAP.stat().st_size, rows["events"])
    assert seen == sorted(seen)


def test_a_folder_that_exists_is_not_replaced_unasked(tmp_path: Path) -> None:
    convert_trace(HEAP, tmp_path / "out", tables=["metrics"])
    with pytest.raises(UsageError, match="exists already"):
        convert_trace(HEAP, tmp_path / "out", tables=["metrics"])
    convert_trace(SERVICE, tmp_path / "out", tables=["metrics"], force=True)
    manifest = json.loads((tmp_path / "out" / "recording.json").read_text())
    assert manifest["origin"]["paths"] == [str(SERVICE)]


def test_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    cut = tmp_path / "cut.out"
    cut.write_bytes(HEAP.read_bytes()[:150_000])
    with pytest.raises(TruncatedError) as caught:
        convert_trace(cut, tmp_path / "out", strict=True)
    assert caught.value.source == str(cut)
    assert [path.name for path in tmp_path.iterdir()] == ["cut.out"]


def test_a_cut_trace_yields_what_came_before_and_says_so(tmp_path: Path) -> None:
    """Types stand at the end of a generation: they are lost, and counted."""
    cut = tmp_path / "cut.out"
    cut.write_bytes(HEAP.read_bytes()[:150_000])
    converted = convert_trace(cut, tmp_path / "out")
    whole_trace = read_trace(HEAP, tables=["objects"])
    assert 1000 < converted.rows["objects"] < whole_trace.columns["objects"].rows
    notes = {note.slug: note.count for note in load(tmp_path / "out").notes}
    assert notes["trace-cut"] == 1
    assert notes["heap-unknown-type"] > 1000


def test_gzip_makes_no_difference_but_to_the_stored_bytes(tmp_path: Path) -> None:
    packed = tmp_path / "trace.gz"
    packed.write_bytes(gzip.compress(SERVICE.read_bytes()))
    recording, plain = read_trace(packed), read_trace(SERVICE)
    assert recording.origin.size_bytes == packed.stat().st_size
    for name in ("events", "goroutine_transitions"):
        for column in recording.columns[name]:
            ours, theirs = recording.columns[name][column], plain.columns[name][column]
            assert np.array_equal(getattr(ours, "codes", ours), getattr(theirs, "codes", theirs))


def test_gzip_that_is_cut_yields_what_came_before(tmp_path: Path) -> None:
    packed = tmp_path / "trace.gz"
    data = gzip.compress(SERVICE.read_bytes())
    packed.write_bytes(data[: len(data) // 2])
    with pytest.raises(TruncatedError, match=r"trace.gz: byte \d+: the gzip stream is cut off"):
        read_trace(packed, strict=True)
    recording = read_trace(packed)
    assert recording.columns["events"].rows > 1000
    assert "the gzip stream is cut off" in str(recording.notes)


def test_gzip_that_is_damaged_in_the_header_is_an_error(tmp_path: Path) -> None:
    packed = tmp_path / "trace.gz"
    packed.write_bytes(b"\x1f\x8b" + bytes(50))
    with pytest.raises(MalformedError, match="the gzip data is damaged"):
        read_trace(packed)


@pytest.mark.parametrize(("name", "reason"), [("missing", "no such file"), (".", "is a directory")])
def test_what_is_no_file_is_refused(name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=reason):
        read_trace(tmp_path / name)


def test_the_origin_tells_the_wall_clock_and_the_format() -> None:
    origin = read_trace(HEAP, tables=["metrics"]).origin
    assert origin.format == "Go execution trace, written by Go 1.26 and 1.27"
    assert origin.time_ns > 1_700_000_000_000_000_000
    assert 10**6 < origin.duration_ns < 10**9
    assert len(origin.sha256) == 64
