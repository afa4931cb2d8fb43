"""Recordings on disk."""

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gotrace.errors import InputError, MalformedError, UnsupportedVersionError, UsageError
from gotrace.readers.profile import read_profile
from gotrace.tables.recording import Recording
from gotrace.tables.store import MANIFEST, load, save

SAMPLES = Path(__file__).parents[2] / "sample_traces"
HEAP = SAMPLES / "service" / "go1.27" / "heap.pb.gz"


@pytest.fixture(scope="module")
def heap() -> Recording:
    return read_profile(str(HEAP))


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/go1.27/*.pb.gz")), ids=lambda p: p.name)
def test_a_saved_recording_comes_back_the_same(path: Path, tmp_path: Path) -> None:
    recording = read_profile(str(path))
    loaded = load(save(recording, tmp_path / "tables"))
    assert (loaded.kind, loaded.origin, loaded.notes) == (
        recording.kind,
        recording.origin,
        recording.notes,
    )
    for name, table in recording.tables.items():
        assert loaded.tables[name].equals(table), name


def test_parquet_files_name_their_table_version_and_units(heap: Recording, tmp_path: Path) -> None:
    folder = save(heap, tmp_path / "tables")
    schema = pq.read_schema(folder / "functions.parquet")
    assert schema.metadata[b"gotrace.schema_version"] == b"1"
    assert schema.metadata[b"gotrace.kind"] == b"heap"
    assert json.loads(schema.metadata[b"gotrace.origin"])["sha256"] == heap.origin.sha256
    assert schema.field("start_line").metadata[b"unit"] == b"line"


def test_duckdb_adds_up_what_the_recording_holds(heap: Recording, tmp_path: Path) -> None:
    folder = save(heap, tmp_path / "tables")
    rows = duckdb.sql(
        f"select sample_type, sum(value) from '{folder}/samples.parquet' group by all"
    ).fetchall()
    expected = {name: int(heap.values(i).sum()) for i, (name, _) in enumerate(heap.sample_types)}
    assert dict(rows) == expected


def test_duckdb_joins_samples_to_functions_by_id(heap: Recording, tmp_path: Path) -> None:
    folder = save(heap, tmp_path / "tables")
    sql = f"""
        with leaves as (select stack_id, frame_ids[1] as frame_id from '{folder}/stacks.parquet')
        select count(*) from '{folder}/samples.parquet'
        join leaves using (stack_id)
        join '{folder}/frames.parquet' using (frame_id)
        join '{folder}/functions.parquet' using (function_id)
    """
    assert duckdb.sql(sql).fetchall() == [(heap.columns["samples"].rows,)]


def test_the_same_stack_has_the_same_id_in_another_recording(heap: Recording) -> None:
    allocs = read_profile(str(HEAP.with_name("allocs.pb.gz")))
    ours = set(heap.tables["stacks"]["stack_id"].to_pylist())
    theirs = set(allocs.tables["stacks"]["stack_id"].to_pylist())
    assert len(ours & theirs) > len(ours) / 2


def test_an_existing_folder_is_not_touched(heap: Recording, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("precious")
    with pytest.raises(UsageError, match="exists already; name a new folder"):
        save(heap, tmp_path / "mine", force=True)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "precious"


def test_force_replaces_what_was_saved_before(heap: Recording, tmp_path: Path) -> None:
    folder = save(heap, tmp_path / "tables")
    with pytest.raises(UsageError, match="use --force"):
        save(heap, folder)
    (folder / "stale.parquet").write_bytes(b"")
    save(heap, folder, force=True)
    assert not (folder / "stale.parquet").exists()
    assert load(folder).sample_count == heap.sample_count


def test_a_failed_save_leaves_nothing_behind(heap: Recording, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        save(heap, tmp_path / "file" / "tables")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no readable recording"):
        load(tmp_path)


def test_a_later_schema_is_refused(heap: Recording, tmp_path: Path) -> None:
    folder = save(heap, tmp_path / "tables")
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "schema_version": 99}))
    with pytest.raises(UnsupportedVersionError, match="schema 99"):
        load(folder)


@pytest.mark.parametrize("damage", ["{", "[]", '{"schema_version": 1}'])
def test_a_damaged_manifest_is_refused(heap: Recording, tmp_path: Path, damage: str) -> None:
    folder = save(heap, tmp_path / "tables")
    (folder / MANIFEST).write_text(damage)
    with pytest.raises(MalformedError):
        load(folder)


def test_a_damaged_parquet_file_is_refused(heap: Recording, tmp_path: Path) -> None:
    folder = save(heap, tmp_path / "tables")
    (folder / "frames.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(MalformedError, match="is not a recording that gotrace wrote"):
        load(folder)


def test_ids_that_no_table_defines_are_refused(heap: Recording, tmp_path: Path) -> None:
    folder = save(heap, tmp_path / "tables")
    functions = pq.read_table(folder / "functions.parquet")
    pq.write_table(functions.slice(1), folder / "functions.parquet")
    with pytest.raises(MalformedError, match="function_id refers to rows"):
        load(folder)


def retyped(folder: Path, table: str, column: str, to: pa.DataType) -> None:
    stored = pq.read_table(folder / f"{table}.parquet")
    place = stored.schema.get_field_index(column)
    changed = stored.set_column(place, column, stored[column].cast(to))
    pq.write_table(changed, folder / f"{table}.parquet")


@pytest.mark.parametrize("column", ["value", "sample_type"])
def test_a_column_of_another_type_is_refused(heap: Recording, tmp_path: Path, column: str) -> None:
    folder = save(heap, tmp_path / "tables")
    retyped(folder, "samples", column, pa.string())
    with pytest.raises(MalformedError, match="other columns or types"):
        load(folder)


@pytest.mark.parametrize("table", ["samples", "sample_locations"])
def test_a_table_that_lost_rows_is_refused(heap: Recording, tmp_path: Path, table: str) -> None:
    folder = save(heap, tmp_path / "tables")
    stored = pq.read_table(folder / f"{table}.parquet")
    pq.write_table(stored.slice(0, stored.num_rows - 1), folder / f"{table}.parquet")
    with pytest.raises(MalformedError, match="one row for each sample and sample type"):
        load(folder)


def test_a_manifest_with_values_of_another_type_is_refused(heap: Recording, tmp_path: Path) -> None:
    folder = save(heap, tmp_path / "tables")
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["origin"]["time_ns"] = "yesterday"
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(MalformedError, match="`time_ns`"):
        load(folder)
