"""`gotrace whatif` from the outside."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gotrace.cli.app import run
from gotrace.errors import InputError, UsageError
from gotrace.readers.trace.conversion import convert_trace
from tests.cli.running import HEAP, SAMPLES, gotrace

BATCH = SAMPLES / "batch" / "go1.27"
OBJECTS = BATCH / "trace.allocfree.p2.out"
PLAIN = BATCH / "trace.out"
LOG = SAMPLES / "service" / "go1.27" / "gctrace.txt"


@pytest.fixture
def brief(tmp_path: Path) -> Path:
    """The first cycles of a log."""
    path = tmp_path / "gc.log"
    path.write_bytes(b"".join(LOG.read_bytes().splitlines(keepends=True)[:24]))
    return path


def rows(*arguments: str | Path, table: str = "whatif") -> list[dict[str, str]]:
    done = gotrace("whatif", *arguments, "--format", "csv", "--table", table)
    assert done.returncode == 0, done.stderr.decode()
    return list(csv.DictReader(io.StringIO(done.stdout.decode())))


def test_a_what_if_stays_as_it_is(golden: Callable[[str, str], None]) -> None:
    done = gotrace("whatif", LOG.relative_to(SAMPLES.parent), "--suggest", "--budget", "100MiB")
    assert (done.returncode, done.stderr) == (0, b"")
    golden("gotrace.whatif.txt", done.stdout.decode())


@pytest.mark.parametrize("source", [OBJECTS, PLAIN, LOG], ids=["objects", "plain", "log"])
def test_more_gogc_means_fewer_cycles_and_more_heap(source: Path) -> None:
    found = sorted(rows(source, "--gogc", "50,100,400"), key=lambda row: int(row["gogc"]))
    assert [row["gogc"] for row in found] == ["50", "100", "400"]
    cycles = [float(row["cycles_count"]) for row in found]
    peaks = [float(row["peak_bytes"]) for row in found]
    assert cycles == sorted(cycles, reverse=True)
    assert peaks[0] < peaks[2]
    for row in found:
        for name in ("cycles_count", "peak_bytes", "marked_bytes"):
            least, value, most = (float(row[pre + name]) for pre in ("least_", "", "most_"))
            assert least <= value <= most
        assert row["reason"]


def test_limits_and_versions_are_combined(brief: Path) -> None:
    found = rows(
        brief, "--gogc", "100,off", "--memlimit", "none,64MiB", "--runtime", "go1.27",
        "--runtime", "go1.20",
    )  # fmt: skip
    settings = {(row["gogc"], row["memory_limit_bytes"], row["runtime"]) for row in found}
    assert len(settings) == len(found) == 8
    limited = [row for row in found if row["gogc"] == "off" and row["memory_limit_bytes"]]
    assert all(float(row["limited_ratio"]) == 1 for row in limited)


def test_a_limit_near_what_is_alive_cannot_be_told() -> None:
    told = {row["memory_limit_bytes"]: row["reason"] for row in rows(
        LOG, "--gogc", "400", "--memlimit", "38MiB,80MiB"
    )}  # fmt: skip
    assert told[str(38 << 20)] == "thrashing: cannot tell"
    assert told[str(80 << 20)] != "thrashing: cannot tell"


def test_a_trace_says_what_is_coarse_and_what_cannot_be_known() -> None:
    objects, plain = (gotrace("whatif", source).stdout.decode() for source in (OBJECTS, PLAIN))
    assert "every object of the recording" in objects
    assert "coarse: cycles only" in plain
    for text in (objects, plain):
        assert "What this cannot tell" in text
        assert "pauses and assist latency" in text
        assert "predicts itself: cycles" in text


def test_tables_are_written_and_charts_drawn(tmp_path: Path, brief: Path) -> None:
    folder, charts = tmp_path / "tables", tmp_path / "charts"
    done = gotrace(
        "whatif", brief, "--suggest", "--budget", "128MiB", "-o", folder, "--charts", charts,
        "--format", "json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert {path.name for path in charts.iterdir()} == {
        "whatif-heap.png", "whatif-heap.svg", "whatif-tradeoff.png", "whatif-tradeoff.svg"
    }  # fmt: skip
    saved = pq.read_table(folder / "whatif_cycles.parquet")
    assert set(saved["gogc"].to_pylist()) == {"50", "100", "200", "400"}
    names = [result["name"] for result in json.loads(done.stdout)["results"]]
    assert names[:3] == ["overview", "whatif", "whatif_suggestion"]


def test_several_recordings_are_put_together(tmp_path: Path) -> None:
    """A log and most of it: the mean of what each says, and a table of both."""
    shorter = tmp_path / "shorter.log"
    lines = LOG.read_bytes().splitlines(keepends=True)
    shorter.write_bytes(b"".join(lines[:-4]))
    alone = [rows(source, "--gogc", "50")[-1] for source in (LOG, shorter)]
    both = rows(LOG, shorter, "--gogc", "50")[-1]
    peaks = [int(row["peak_bytes"]) for row in alone]
    assert int(both["peak_bytes"]) == pytest.approx(sum(peaks) / 2, abs=1)
    for row in alone:
        cycles = float(row["cycles_count"])
        assert float(both["least_cycles_count"]) <= cycles <= float(both["most_cycles_count"])
    recordings = rows(LOG, shorter, table="whatif_recordings")
    assert [row["recording"] for row in recordings] == [str(LOG), str(shorter)]
    assert int(recordings[0]["allocated_bytes"]) > int(recordings[1]["allocated_bytes"])


def test_recordings_of_different_things_are_refused() -> None:
    with pytest.raises(UsageError, match="are no recordings of the same"):
        run(["whatif", str(PLAIN), str(OBJECTS)])
    with pytest.raises(UsageError, match="the same recording"):
        run(["whatif", str(LOG), str(LOG)])
    with pytest.raises(UsageError, match="only once"):
        run(["whatif", "-", "-"])


def test_a_converted_trace_gives_the_same(tmp_path: Path) -> None:
    convert_trace(str(OBJECTS), tmp_path / "tables")
    assert rows(tmp_path / "tables") == rows(OBJECTS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--gogc", "fast"),
        ("--gogc", "0"),
        ("--memlimit", "lots"),
        ("--memlimit", "3"),
        ("--suggest",),
        ("--budget", "1GiB"),
        ("--runtime", "go1.99"),
        ("--runtime", "go1.10", "--memlimit", "64MiB"),
        ("--table", "whatif"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        run(["whatif", str(LOG), *arguments])


def test_what_says_nothing_of_cycles_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="says nothing of cycles"):
        run(["whatif", str(HEAP)])
    short = tmp_path / "gc.log"
    short.write_bytes(b"".join(LOG.read_bytes().splitlines(keepends=True)[:2]))
    with pytest.raises(InputError, match="too little"):
        run(["whatif", str(short)])
