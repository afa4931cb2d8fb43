"""`gotrace replay` on other allocators, of traces, tables of allocations and heap profiles."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from gotrace.cli import guarded
from gotrace.cli.app import run
from gotrace.cli.progress import steps_bar
from gotrace.comparison_pipeline import ComparisonAnswers, compare_read, read_to_compare
from gotrace.errors import UsageError
from gotrace.readers.trace.conversion import convert_trace
from gotrace.replay_pipeline import ReplayAnswers
from tests.cli.running import HEAP, SAMPLES, gotrace

ROOT = SAMPLES.parent
TRACE = SAMPLES / "batch" / "go1.27" / "trace.allocfree.p2.out"
OLD = SAMPLES / "batch" / "go1.23" / "trace.allocfree.out"
HEADER = "time_ns,proc,size_bytes,has_pointers,free_time_ns\n"


@pytest.fixture
def allocations(tmp_path: Path) -> Path:
    """8,000 objects of 24 and of 100 bytes, every second of which dies."""
    path = tmp_path / "allocations.csv"
    rows = []
    for n in range(8000):
        dies = n * 1000 + 900_000 if n % 4 < 2 else ""
        rows.append(f"{n * 1000},{n % 2},{24 if n % 3 else 100},{n % 2},{dies}")
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return path


def in_process(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    with pytest.raises(SystemExit) as done:
        guarded(lambda: run(["replay", *map(str, arguments)]))
    assert done.value.code == 0
    return capsys.readouterr().out


def figures(text: str) -> dict[str, dict[str, Any]]:
    report = json.loads(text)
    return {row["name"]: row for row in rows_of(report, "replay_bytes")}


def rows_of(report: Any, name: str) -> list[dict[str, Any]]:
    for result in report["results"]:
        for table in result["tables"]:
            if table["name"] == name:
                return list(table["rows"])
    raise KeyError(name)


def test_a_comparison_stays_as_it_is(golden: Callable[[str, str], None]) -> None:
    done = gotrace("replay", TRACE.relative_to(ROOT), "--runtime", "go1.15")
    assert (done.returncode, done.stderr) == (0, b"")
    golden("gotrace.replay.runtime-go1.15.txt", done.stdout.decode())


def test_what_the_recording_says_stands_beside_its_model() -> None:
    answers = compare_read(read_to_compare(str(OLD)), ["go1.14", "go1.9"])
    assert isinstance(answers, ComparisonAnswers)
    table = answers.report().tables()["replay_bytes"]
    told = dict(zip(table.column("name").values, table.column("recorded").values, strict=True))
    model = dict(zip(table.column("name").values, table.column("go1_24_most").values, strict=True))
    assert told["slots_bytes"] == model["slots_bytes"]
    for name in ("peak_span_bytes", "end_span_bytes", "peak_object_bytes"):
        assert model[name] == pytest.approx(told[name], rel=0.1)
    assert {"go1_14_least", "go1_9_most"} <= {column.name for column in table.columns}


def test_bounds_hold_and_say_how_sure_they_are() -> None:
    answers = compare_read(read_to_compare(str(TRACE)), ["go1.15"])
    assert isinstance(answers, ComparisonAnswers)
    table = answers.report().tables()["replay_bytes"]
    least, most = (table.column(f"go1_15_{end}").values for end in ("least", "most"))
    assert all(low <= high for low, high in zip(least, most, strict=True))
    own, other = (table.column(f"{name}_sure").values for name in ("go1_27", "go1_15"))
    assert dict(zip(table.column("name").values, own, strict=True))["waste_bytes"] == "bounds"
    assert own[0] == "exact"
    assert set(other) == {"bounds", "two replays"}


def test_only_the_recorded_allocator_lets_the_recording_answer() -> None:
    read = read_to_compare(str(TRACE))
    assert isinstance(compare_read(read, ["go1.26", "go1.27.3"]), ReplayAnswers)
    assert isinstance(compare_read(read, []), ReplayAnswers)
    assert isinstance(compare_read(read, ["go1.27"], procs=1), ComparisonAnswers)
    with pytest.raises(UsageError, match="runtimes: go1"):
        compare_read(read, ["jemalloc"])


def test_folded_procs_are_illustrative_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    page = in_process(capsys, TRACE, "--runtime", "go1.15", "--procs", "1", "--format", "json")
    report = json.loads(page)
    assert all(row["go1_15_sure"] == "illustrative" for row in rows_of(report, "replay_bytes"))
    assert "procs-folded" in page
    assert report["findings"] == []


def test_an_allocator_without_tiny_objects_says_what_was_assumed() -> None:
    answers = compare_read(read_to_compare(str(TRACE)), ["tcmalloc-2x"])
    report = answers.report(10)
    slugs = {note.slug for note in report.all_notes()}
    assert {"tiny-objects-assumed", "tcmalloc-frees-at-once"} <= slugs
    assert "stream-stacks-not-modelled" in slugs
    assert any("though it joins none" in finding.what for finding in report.all_findings())


def test_a_converted_folder_gives_the_same_comparison(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tables"
    convert_trace(str(TRACE), folder)
    wanted = ("--runtime", "go1.15", "--format", "csv", "--table", "replay_bytes")
    assert in_process(capsys, folder, *wanted) == in_process(capsys, TRACE, *wanted)


def test_a_table_of_allocations_is_exact(
    allocations: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = in_process(
        capsys, allocations, "--runtime", "go1.27", "--runtime", "go1.15", "--format", "json"
    )
    found = figures(page)
    assert found["slots_bytes"]["go1_27_most"] == 2667 * 112 + 5333 * 24
    assert found["slots_bytes"]["go1_15_most"] == 2667 * 112 + 5333 * 32
    assert found["waste_bytes"]["go1_27_least"] == 2667 * 12
    assert all(row["go1_15_sure"] == "exact" for row in found.values())
    findings = json.loads(page)["findings"]
    finding = next(finding for finding in findings if finding["slug"] == "allocator-pages")
    assert "more pages at the peak" in finding["what"]
    assert "go1.15 has no class of 24 bytes: 5,333 objects" in finding["what"]


def test_parquet_and_csv_give_the_same_answers(
    allocations: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = allocations.with_suffix(".parquet")
    pq.write_table(pa_csv.read_csv(allocations), table)
    wanted = ("--format", "csv", "--table", "replay_slot_objects")
    assert in_process(capsys, table, *wanted) == in_process(capsys, allocations, *wanted)


def test_what_went_back_is_told_of_small_tables_and_refused_for_large_ones(
    allocations: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = in_process(capsys, allocations, "--format", "csv", "--table", "replay_returned_go1_27")
    rows = list(csv.DictReader(io.StringIO(page)))
    assert int(rows[-1]["released_bytes"]) <= int(rows[-1]["idle_bytes"])
    monkeypatch.setattr("gotrace.analyses.replay.returned.MOST_ROWS", 100)
    assert "at most 100 steps" in in_process(capsys, allocations)


def test_charts_and_parquet_are_written(allocations: Path, tmp_path: Path) -> None:
    folder, charts = tmp_path / "tables", tmp_path / "charts"
    done = gotrace("replay", allocations, "-o", folder, "--charts", charts, "--format", "markdown")
    assert done.returncode == 0, done.stderr.decode()
    assert {path.stem for path in charts.iterdir()} == {"heap-composition"}
    looks = pq.read_table(folder / "replay_looks.parquet")
    parts = ("object_bytes", "free_slot_bytes", "tail_bytes")
    whole = zip(*(looks[name].to_pylist() for name in parts), strict=True)
    assert looks["span_bytes"].to_pylist() == [sum(row) for row in whole]


def test_a_heap_profile_is_illustrative_on_every_page(capsys: pytest.CaptureFixture[str]) -> None:
    page = in_process(capsys, HEAP, "--runtime", "go1.15")
    assert "(illustrative)" in page.splitlines()[0]
    assert "Size classes, as the profile has them" in page
    text = in_process(capsys, HEAP, "--format", "json")
    assert {row["go1_27_sure"] for row in rows_of(json.loads(text), "replay_bytes")} == {
        "illustrative"
    }
    assert "stream-is-synthesised" in text
    assert "illustrative" in in_process(capsys, HEAP, "--format", "csv", "--table", "replay_bytes")


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (HEADER, 3, "holds no allocations"),
        (HEADER + "0,0,x,0,\n", 3, "size_bytes"),
        ("time_ns,proc\n0,0\n", 3, ""),
    ],
)
def test_tables_without_allocations_end_with_one_line(
    content: str, code: int, reason: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    assert guarded(lambda: run(["replay", str(path)])) == code
    out, err = capfd.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert reason in err


def test_rows_that_break_the_rules_are_counted_with_the_first_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "huge.csv"
    path.write_text(HEADER + f"0,0,24,0,\n1,0,{1 << 40},0,\n2,0,{1 << 41},0,\n")
    page = in_process(capsys, path, "--runtime", "go1.27", "--runtime", "go1.4")
    assert "beyond what a heap may hold" in page
    assert "(2 times) step 1" in " ".join(page.split())


def test_people_see_which_allocator_is_at_work() -> None:
    stream = io.StringIO()
    with steps_bar(stream) as told:
        assert told is None
    stream.isatty = lambda: True  # type: ignore[method-assign]
    with steps_bar(stream) as told:
        assert told is not None
        told("go1.15", 5, 10)
    assert "go1.15" in stream.getvalue()
    assert "5/10" in stream.getvalue()


def test_rows_that_no_program_makes_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(HEADER + "0,0,24,0,5\n1,0,-3,0,\n2,5000,8,0,\n3,0,24,1,1\n")
    page = in_process(capsys, path)
    assert "1 row left out: no program asks for less than 0" in page
    assert "odd.csv: row 3" in " ".join(page.split())
