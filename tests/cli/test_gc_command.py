"""`gotrace gc` from the outside, and its pipeline."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import gotrace as library
from gotrace.analyses.gc.utilisation import DEFAULT, Counted
from gotrace.errors import InputError, TruncatedError, UsageError
from gotrace.gc_pipeline import counted_by, gc_of_recording, gc_of_source, read_gc
from gotrace.readers.trace.conversion import convert_trace
from gotrace.tables.store import load
from tests.cli.running import SAMPLES, gotrace

BATCH = SAMPLES / "batch"
TRACE = BATCH / "go1.27" / "trace.allocfree.p2.out"
SERVICE = SAMPLES / "service" / "go1.27" / "trace.out"
LOG = SAMPLES / "service" / "go1.27" / "gctrace.txt"
CPU = BATCH / "go1.27" / "cpu.pb.gz"
TEXT = SAMPLES / "leak" / "go1.27" / "heap.debug1.txt"
HEAP = BATCH / "go1.27" / "heap.pb.gz"


def rows_of(output: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(output.decode())))


def test_a_report_of_the_collector_stays_as_it_is(golden: Callable[[str, str], None]) -> None:
    done = gotrace("gc", TRACE.relative_to(SAMPLES.parent))
    assert (done.returncode, done.stderr) == (0, b"")
    golden("gotrace.gc.txt", done.stdout.decode())


def test_tables_are_written_as_parquet_and_charts_drawn(tmp_path: Path) -> None:
    folder, charts = tmp_path / "tables", tmp_path / "charts"
    done = gotrace("gc", SERVICE, "-o", folder, "--charts", charts, "--format", "json")
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    cycles = pq.read_table(folder / "gc_cycles.parquet")
    assert cycles["gc_cycle"].to_pylist() == [0, 1, 2, 3, 4]
    assert cycles["time_ns"].to_pylist()[0] is None
    assert cycles.schema.field("goal_bytes").metadata[b"unit"] == b"bytes"
    assert {path.name for path in charts.glob("*.png")} == {
        "gc-heap.png", "gc-mmu.png", "gc-pauses.png",
    }  # fmt: skip
    assert "gc_assists" in json.dumps(told)
    again = gotrace("gc", SERVICE, "-o", folder, "--format", "csv", "--table", "mmu")
    assert (again.returncode, b"--force" in again.stderr) == (2, True)


def test_windows_and_what_counts_can_be_chosen() -> None:
    wanted = ("--format", "csv", "--table", "mmu")
    (row,) = rows_of(gotrace("gc", SERVICE, *wanted, "--window", "10ms").stdout)
    assert row["window_ns"] == "10000000"
    assert float(row["mmu_ratio"]) == pytest.approx(0.4757856)
    (stops,) = rows_of(
        gotrace("gc", SERVICE, *wanted, "--window", "10ms", "--include", "stw").stdout
    )
    assert stops["mmu_ratio"] == row["stw_ratio"]


def test_gzip_and_standard_input_give_the_same_cycles() -> None:
    wanted = ("--format", "csv", "--table", "gc_cycles")
    piped = gotrace("gc", "-", *wanted, stdin=gzip.compress(TRACE.read_bytes()))
    assert piped.stdout == gotrace("gc", TRACE, *wanted).stdout
    assert len(rows_of(piped.stdout)) == 3


def tables_of(source: Any, rows: int = 0) -> dict[str, Any]:
    answers = source if hasattr(source, "report") else gc_of_source(str(source))
    return {
        name: [list(column.values) for column in table.columns]
        for name, table in answers.report(rows).tables().items()
    }


def test_a_folder_that_was_converted_gives_the_same_answers(tmp_path: Path) -> None:
    convert_trace(str(SERVICE), tmp_path / "tables")
    found = tables_of(gc_of_recording(load(tmp_path / "tables")))
    whole = tables_of(SERVICE)
    assert found["mmu"] == whole["mmu"]
    assert found["gc_cycles"] == whole["gc_cycles"]
    assert found["gc_pauses"] == whole["gc_pauses"]
    assert sorted(map(str, zip(*found["gc_assists"], strict=True))) == sorted(
        map(str, zip(*whole["gc_assists"], strict=True))
    )


def test_a_page_has_no_more_rows_than_it_is_given() -> None:
    shown = gc_of_source(str(SERVICE)).report(3).tables()
    assert {name: table.row_count for name, table in shown.items() if "gc_" in name} == {
        "gc_cycles": 3, "gc_starts": 3, "gc_pauses": 10, "gc_assists": 3,
    }  # fmt: skip


def test_logs_text_profiles_and_cpu_profiles_say_what_they_can() -> None:
    log = gc_of_source(str(LOG)).report().tables()
    assert log["gc_cycles"].row_count == 103
    assert log["gc_starts"].column("lower_trigger_bytes").values[50] > 30 << 20
    text = gc_of_source(str(TEXT)).report().tables()
    assert text["gc_pauses"].row_count == 7
    assert "mmu" not in {*log, *text}
    stats = gc_of_source(str(TEXT)).report().results[1]
    facts = {fact.name: fact.value for fact in stats.facts}
    wanted = ("gc_cycles_count", "heap_alloc_bytes", "next_goal_bytes")
    assert [facts[name] for name in wanted] == [7, 25_559_760, 33_798_530]
    assert "1 of 7 cycles were forced by the program" in [f.what for f in stats.findings]
    cost = gc_of_source(str(CPU), allocations=str(HEAP)).report().tables()
    assert {"split", "sites"} <= set(cost)


def test_a_text_profile_tells_the_last_256_of_its_cycles(tmp_path: Path) -> None:
    text = TEXT.read_text()
    ring = " ".join(str(number) for number in range(1, 257))
    for field, value in (("NumGC", "1000"), ("NextGC", str(2**64 - 1)), ("PauseNs", f"[{ring}]")):
        text = re.sub(rf"(?m)^# {field} = .*$", f"# {field} = {value}", text)
    path = tmp_path / "heap.txt"
    path.write_text(text)
    stats = gc_of_source(str(path)).report(rows=3).results[1]
    facts = {fact.name: fact for fact in stats.facts}
    assert (facts["gc_cycles_count"].value, facts["gc_cycles_count"].detail) == (
        1000, "the last 256 are told of",
    )  # fmt: skip
    assert "next_goal_bytes" not in facts  # GOGC=off
    (table,) = stats.tables
    assert table.column("paused_ns").values == [254, 255, 256]
    assert table.footnotes == ("3 of 256 cycles, those that stopped the world longest.",)


def test_a_log_may_begin_with_much_else(tmp_path: Path) -> None:
    late = tmp_path / "program.log"
    late.write_bytes(b"2026/11/21 listening\n" * 5000 + LOG.read_bytes())
    assert gc_of_source(str(late)).report().tables()["gc_cycles"].row_count == 103
    other = tmp_path / "other.log"
    other.write_bytes(b"2026/11/21 listening\n" * 5000)
    with pytest.raises(InputError):
        gc_of_source(str(other))


def test_tables_of_the_collector_come_as_a_recording() -> None:
    recording = library.read_gc(SERVICE)
    assert recording.kind == "trace"
    frame = recording.to_pandas()["gc_cycles"]
    assert frame["marked_bytes"].tolist() == [25691344, 29702496, 28676584, 31903616, 28717800]
    assert frame["time_ns"].isna().tolist() == [True, False, False, False, False]
    assert set(recording.tables) >= {"gc_assists", "gc_pauses", "utilisation"}
    with pytest.raises(InputError, match="says nothing of garbage collections"):
        read_gc(CPU)


def test_a_cut_trace_is_a_note_or_with_strict_an_error(tmp_path: Path) -> None:
    cut = tmp_path / "cut.out"
    cut.write_bytes(SERVICE.read_bytes()[:120_000])
    assert gc_of_source(str(cut)).report().all_notes()
    with pytest.raises(TruncatedError):
        gc_of_source(str(cut), strict=True)


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        ([HEAP], 3, b"says nothing of garbage collections"),
        (["no-such-file"], 3, b"no-such-file"),
        ([TRACE, "--include", "idle"], 2, b"--include takes stw"),
        ([TRACE, "--window", "10 parsecs"], 2, b"parsecs"),
        ([TRACE, "--runtime", "go1.99"], 2, b"newer than the newest"),
        ([TRACE, "--table", "mmu"], 2, b"--format csv"),
    ],
)
def test_what_cannot_be_answered_says_why(arguments: list[Any], code: int, reason: bytes) -> None:
    done = gotrace("gc", *arguments)
    assert done.returncode == code, done.stderr.decode()
    assert reason in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("source", "option", "told"),
    [
        (LOG, "--window=10ms", "--window goes with traces"),
        (TEXT, "--focus=main", "--focus goes with CPU samples"),
        (TRACE, f"--allocations={HEAP}", "--allocations goes with CPU samples"),
    ],
)
def test_a_question_that_the_recording_cannot_answer_is_a_mistake(
    source: Path, option: str, told: str
) -> None:
    done = gotrace("gc", str(source), option)
    assert (done.returncode, done.stdout) == (2, b"")
    assert told in done.stderr.decode()


def test_words_become_what_is_counted() -> None:
    assert counted_by("stw,background,assist", per_proc=False) == DEFAULT
    assert counted_by("sweep", per_proc=True) == Counted.SWEEP | Counted.PER_PROC
    with pytest.raises(UsageError, match="not ``"):
        counted_by("", per_proc=False)
