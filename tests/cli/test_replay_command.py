"""`gotrace replay` from the outside."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from gotrace.cli import guarded
from gotrace.cli.app import run
from gotrace.errors import InputError, UsageError
from gotrace.readers.trace.conversion import convert_trace
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.replay_pipeline import replay_recording, replay_trace
from gotrace.tables.store import load
from tests.cli.running import SAMPLES, gotrace

BATCH = SAMPLES / "batch"
TRACE = BATCH / "go1.27" / "trace.allocfree.p2.out"
OLD = BATCH / "go1.23" / "trace.allocfree.out"
PLAIN = BATCH / "go1.27" / "trace.out"
VERY_OLD = BATCH / "go1.21" / "trace.out"


def test_a_replay_stays_as_it_is(golden: Callable[[str, str], None]) -> None:
    done = gotrace("replay", TRACE.relative_to(SAMPLES.parent))
    assert (done.returncode, done.stderr) == (0, b"")
    golden("gotrace.replay.txt", done.stdout.decode())


def test_programs_get_every_row_of_a_table() -> None:
    done = gotrace("replay", TRACE, "--format", "csv", "--table", "replay_regions")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert {row["region"] for row in rows} == {"parse", "aggregate", "report", "(none)"}
    tables = replay_trace(str(TRACE)).report().tables()
    assert tables["replay_map"].row_count > 10_000
    assert tables["replay_span_classes"].row_count > 90


def test_tables_are_written_as_parquet_and_charts_drawn(tmp_path: Path) -> None:
    folder, charts = tmp_path / "tables", tmp_path / "charts"
    done = gotrace("replay", TRACE, "-o", folder, "--charts", charts, "--format", "markdown")
    assert done.returncode == 0, done.stderr.decode()
    types = pq.read_table(folder / "replay_types.parquet")
    assert "main.record" in types["type"].to_pylist()
    assert types.schema.field("bytes").metadata[b"unit"] == b"bytes"
    assert {path.stem for path in charts.iterdir()} == {
        "heap-composition", "waste-by-class", "span-occupancy"
    }  # fmt: skip
    assert b"| " in done.stdout


def test_gzip_and_standard_input_give_the_same_replay() -> None:
    wanted = ("--format", "csv", "--table", "replay_types")
    whole = gotrace("replay", OLD, *wanted).stdout
    piped = gotrace("replay", "-", *wanted, stdin=gzip.compress(OLD.read_bytes())).stdout
    assert piped == whole
    assert len(whole.splitlines()) > 20


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        ([TRACE, "--runtime", "go1.99"], 2, b"newer than the newest"),
        ([TRACE, "--runtime", "jemalloc"], 2, b"tcmalloc-2x"),
        (["no-such-file", "--runtime", "go9"], 3, b"no-such-file"),
        (
            [TRACE, "--runtime", "go1.15", "--runtime", "go1.9", "--charts", "x"],
            2,
            b"one allocator",
        ),
        ([TRACE, "--table", "replay_types"], 2, b"--format csv"),
        ([PLAIN], 3, b"GODEBUG=traceallocfree=1"),
        ([VERY_OLD], 3, b"holds no allocations"),
        ([BATCH / "go1.27" / "cpu.pb.gz"], 3, b"kind `cpu`"),
        (["no-such-file"], 3, b"no-such-file"),
    ],
)
def test_what_cannot_be_replayed_ends_with_one_line(
    arguments: list[str | Path], code: int, reason: bytes, capfdbinary: Any
) -> None:
    assert guarded(lambda: run(["replay", *map(str, arguments)])) == code
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert reason in err
    assert len(err.splitlines()) == 1


def test_the_recorded_allocator_may_be_named() -> None:
    assert replay_trace(str(TRACE), runtime="go1.26").report(3).title == "Replay of the heap"
    with pytest.raises(UsageError, match=r"go1\.23 or go1\.24"):
        replay_trace(str(OLD), runtime="go1.25")


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = replay_trace(str(TRACE)).report()
    defaults = open_stream.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "chunk_rows", 500)
    with open_bytes(str(TRACE)) as content:
        assert len(next(iter(open_stream(content)))) <= 500
    cut = replay_trace(str(TRACE)).report()
    assert {name: table.columns for name, table in cut.tables().items()} == {
        name: table.columns for name, table in whole.tables().items()
    }


def test_a_folder_that_was_converted_gives_the_same_replay(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    convert_trace(str(TRACE), folder)
    whole, loaded = replay_trace(str(TRACE)).report(), replay_recording(load(folder)).report()
    same = {name: table.columns for name, table in whole.tables().items()}
    assert {name: table.columns for name, table in loaded.tables().items()} == same
    assert gotrace("replay", folder).returncode == 0
    with pytest.raises(UsageError, match="not with go1"):
        replay_recording(load(folder), runtime="go1.12")
    convert_trace(str(PLAIN), tmp_path / "plain")
    with pytest.raises(InputError, match="no allocations"):
        replay_recording(load(tmp_path / "plain"))


def test_a_trace_that_breaks_off_is_replayed_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "cut.out"
    path.write_bytes(TRACE.read_bytes()[:200_000])
    report = replay_trace(str(path)).report(5)
    assert report.notes
    with pytest.raises(InputError):
        replay_trace(str(path), strict=True)


def test_flipped_bytes_never_break_a_replay(tmp_path: Path) -> None:
    data, rng = OLD.read_bytes(), random.Random(3)
    path = tmp_path / "flipped.out"
    told = set()
    for _ in range(12):
        flipped = bytearray(data)
        for _ in range(rng.randrange(1, 60)):
            flipped[rng.randrange(16, len(data))] = rng.choice((0, 1, 127, 128, 255))
        path.write_bytes(flipped)
        told |= {note.slug for note in replay_trace(str(path)).report(5).notes}
    assert {"heap-unknown-free", "replay-unknown-size"} <= told
