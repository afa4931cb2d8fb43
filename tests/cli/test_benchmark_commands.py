"""Logs of `go test -bench` through the commands: report, diff, convert, and those that refuse."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import gotrace as package
from gotrace.cli.app import run
from gotrace.errors import InputError, UsageError
from gotrace.views.report import Report
from tests.cli.running import HEAP, gotrace

_HEAD = "goos: linux\ngoarch: amd64\npkg: example.com/shop\n"


def log(*times: int, allocs: int = 3) -> str:
    return _HEAD + "".join(
        f"BenchmarkSell-2   \t 100\t {time} ns/op\t 64 B/op\t {allocs} allocs/op\n"
        f"BenchmarkBuy-2    \t 100\t {2 * time} ns/op\t 96 B/op\t {allocs} allocs/op\n"
        for time in times
    )


OLD, NEW = log(*range(1000, 1010)), log(*range(1500, 1510), allocs=2)


def rows(text: bytes) -> list[dict[str, Any]]:
    """The rows of the one table of numbers of a report as JSON."""
    (table,) = json.loads(text)["results"][1]["tables"]
    found: list[dict[str, Any]] = table["rows"]
    return found


def gotrace_of(path: Path) -> Report:
    """The report that notebooks get."""
    return package.report(package.read(path))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.txt"
    path.write_text(OLD, encoding="utf-8")
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "new.txt"
    path.write_text(NEW, encoding="utf-8")
    return path


def test_report_shows_every_benchmark_and_unit_with_its_interval(old: Path) -> None:
    done = gotrace("report", old)
    assert done.returncode == 0, done.stderr.decode()
    lines = [" ".join(line.split()) for line in done.stdout.decode().splitlines()]
    assert "benchmark sec/op range B/op range allocs/op range n" in lines
    assert "Sell-2 1.005µ ± 0% 64.00 ± 0% 3.000 ± 0% 10" in lines
    assert "geomean 1.421µ 78.38 3.000" in lines


def test_report_reads_gzip_standard_input_and_several_logs(old: Path, new: Path) -> None:
    packed = old.with_suffix(".gz")
    packed.write_bytes(gzip.compress(OLD.encode()))
    both = gotrace("report", "-", packed, new, "--format", "json", stdin=OLD.encode())
    assert both.returncode == 0, both.stderr.decode()
    assert [row["results"] for row in rows(both.stdout)] == [30] * 6


def test_diff_tells_what_changed_and_how_sure_it_is(old: Path, new: Path) -> None:
    done = gotrace("diff", old, new, "--format", "json")
    assert done.returncode == 0, done.stderr.decode()
    found = rows(done.stdout)
    assert [row["unit"] for row in found] == ["sec/op"] * 2 + ["B/op"] * 2 + ["allocs/op"] * 2
    assert found[0]["change_ratio"] == pytest.approx(1504.5 / 1004.5 - 1)
    assert found[0]["p"] == pytest.approx(2 / 184_756)
    assert [row["is_significant"] for row in found] == [True] * 2 + [False] * 2 + [True] * 2


def test_diff_for_people_is_laid_out_as_by_benchstat(old: Path, new: Path) -> None:
    text = gotrace("diff", old, new).stdout.decode()
    assert "+49.78%" in text
    assert "(p=0.000 n=10)" in text
    assert "~" in text
    assert text.count("+49.") == 3
    assert "benchmark old.txt range new.txt range vs base test" in " ".join(text.split())
    strict = gotrace("diff", old, new, "--alpha", "0").stdout.decode()
    assert strict.count("+49.") == 1, "that of the geometric means"


def test_convert_writes_tables_that_report_reads_back(old: Path, tmp_path: Path) -> None:
    done = gotrace("convert", old, "-o", tmp_path / "tables")
    assert done.returncode == 0, done.stderr.decode()
    assert b"benchmark_values.parquet\t60" in done.stdout
    again, first = gotrace_of(tmp_path / "tables"), gotrace_of(old)
    assert again.results == first.results


def test_what_failed_to_compile_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bench.txt"
    path.write_text(
        "# example.com/shop\n./shop.go:3:1: undefined: x\nFAIL\texample.com/shop [build failed]\n",
        encoding="utf-8",
    )
    told = [note.slug for note in gotrace_of(path).notes if note.severity != "info"]
    assert told == ["packages-not-built", "no-benchmarks"]
    done = gotrace("convert", path, "-o", tmp_path / "tables")
    assert b"failed to compile" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("report", "BENCH", HEAP), "do not add up"),
        (("report", "BENCH", "--base", "BENCH"), "gotrace diff"),
        (("report", HEAP, "--base", "BENCH"), "gotrace diff"),
        (("report", "BENCH", "--lines"), "log of benchmarks"),
        (("report", "BENCH", "--charts", "DIR"), "no charts"),
        (("diff", "BENCH", HEAP), "log of benchmarks"),
        (("diff", HEAP, "BENCH"), "log of benchmarks"),
        (("diff", "BENCH", "BENCH", "--lines"), "logs of benchmarks"),
        (("diff", "BENCH", "BENCH", "--charts", "DIR"), "no charts"),
        (("diff", "BENCH", "BENCH", "--alpha", "2"), "alpha"),
        (("diff", HEAP, HEAP, "--alpha", "0.1"), "--alpha"),
        (("export", "BENCH", "-o", "DIR"), "makes no profile"),
    ],
)
def test_what_makes_no_sense_of_benchmarks_is_refused(
    arguments: tuple[str | Path, ...], reason: str, old: Path, tmp_path: Path
) -> None:
    named = {"BENCH": old, "DIR": tmp_path / "out"}
    with pytest.raises(UsageError, match=reason):
        run([str(named.get(str(argument), argument)) for argument in arguments])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["gc", "replay", "whatif", "verify", "events"])
def test_commands_for_other_recordings_say_what_this_is(command: str, old: Path) -> None:
    with pytest.raises((InputError, UsageError), match=r"bench|gctrace"):
        run([command, str(old)])
