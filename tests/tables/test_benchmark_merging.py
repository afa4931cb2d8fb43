"""Several logs as one recording."""

from __future__ import annotations

from pathlib import Path

from gotrace.analyses.benchmath.cells import CellKey, samples_of
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.tables.benchmark_merging import merge_benchmarks
from gotrace.tables.recording import Recording
from gotrace.views.benchmark_text import benchmark_text

_FIRST = "pkg: a\nBenchmarkX 1 1 ns/op\npkg: b\nBenchmarkX 1 2 ns/op 5 B/op\n"
_SECOND = "BenchmarkY-4 1 3 B/op\npkg: b\nBenchmarkX 1 4 ns/op\nUnit B/op assume=exact\n"


def read(folder: Path, log: str) -> Recording:
    path = folder / "bench.txt"
    path.write_text(log, encoding="utf-8")
    return read_benchmarks(str(path))


def test_results_of_all_logs_keep_their_configuration(tmp_path: Path) -> None:
    logs = [read(tmp_path, log) for log in (_FIRST, _SECOND, _FIRST)]
    found = merge_benchmarks(logs)
    a, b = (("pkg", "a"),), (("pkg", "b"),)
    assert samples_of(found, ["pkg"]) == {
        CellKey(a, "X", "sec/op"): [1e-9, 1e-9],
        CellKey(b, "X", "sec/op"): [2e-9, 4e-9, 2e-9],
        CellKey(b, "X", "B/op"): [5.0, 5.0],
        CellKey((), "Y-4", "B/op"): [3.0],
    }
    assert len(found.origin.paths) == 3


def test_merged_logs_are_one_log_with_all_lines(tmp_path: Path) -> None:
    found = merge_benchmarks([read(tmp_path, log) for log in (_FIRST, _SECOND)])
    again = read(tmp_path, benchmark_text(found))
    want = read(tmp_path, _FIRST + "pkg:\n" + _SECOND)
    for name in want.tables:
        for one in (again, found):
            columns = [column for column in one.tables[name].column_names if column != "line"]
            if name != "benchmark_configuration" and one is found:
                columns = [column for column in columns if column != "configuration_id"]
            if one is again or name != "benchmark_configuration":
                assert one.tables[name].select(columns) == want.tables[name].select(columns)


def test_one_log_is_itself_and_logs_without_results_add_nothing(tmp_path: Path) -> None:
    log, empty = read(tmp_path, _FIRST), read(tmp_path, "PASS\n")
    assert merge_benchmarks([log]) is log
    found = merge_benchmarks([empty, log, empty])
    assert found.tables["benchmark_values"] == log.tables["benchmark_values"]
    assert [note.slug for note in found.notes] == ["no-benchmarks"] * 2
