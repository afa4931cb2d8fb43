"""Go's benchmark format, read; with all that `go test` prints beside."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import pytest

from gotrace.errors import InputError, LimitError, UnrecognisedError
from gotrace.readers.benchmarks.names import base_of, parts_of, procs_of
from gotrace.readers.benchmarks.numbers import NumberError, parse_count, parse_float
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.readers.benchmarks.units import tidied
from gotrace.readers.limits import Limits
from gotrace.tables.notes import Severity
from tests.readers.benchmarks.logs import measured, read, rows, slugs

LOG = """\
goos: linux
goarch: amd64
pkg: example.org/shop
cpu: Some CPU @ 3.00GHz
BenchmarkEncode/size=4/fast-8  \t 1000000\t      1052 ns/op\t 243.35 MB/s\t  64 B/op\t  2 allocs/op
BenchmarkDecode  \t 500\t      2e+06 ns/op
PASS
ok  \texample.org/shop\t2.012s
"""


def test_results_have_their_name_procs_package_and_iterations(tmp_path: Path) -> None:
    first, second = rows(read(LOG, tmp_path), "benchmarks")
    assert first == {
        "benchmark_id": 0,
        "name": "Encode/size=4/fast-8",
        "base_name": "Encode",
        "procs": 8,
        "package": "example.org/shop",
        "iterations_count": 1_000_000,
        "configuration_id": 0,
        "line": 5,
    }
    assert (second["name"], second["procs"], second["line"]) == ("Decode", None, 6)


def test_values_are_in_units_without_scale_and_as_written(tmp_path: Path) -> None:
    found = rows(read(LOG, tmp_path), "benchmark_values")
    assert [(row["unit"], row["value"]) for row in found[:4]] == [
        ("sec/op", pytest.approx(1052e-9)),
        ("B/s", pytest.approx(243.35e6)),
        ("B/op", 64),
        ("allocs/op", 2),
    ]
    assert (found[4]["original_value"], found[4]["original_unit"]) == (2e6, "ns/op")


def test_a_clean_log_has_no_notes(tmp_path: Path) -> None:
    recording = read(LOG, tmp_path)
    assert recording.kind == "benchmarks"
    assert slugs(recording) == {}


def test_configuration_lines_hold_until_they_are_replaced_or_taken_back(tmp_path: Path) -> None:
    log = "a: 1\nb: 2\nBenchmarkX 1 1 u\na: 3\nBenchmarkX 1 1 u\nb:\nBenchmarkX 1 1 u\nb: 2\n"
    recording = read(log + "a: 1\nBenchmarkX 1 1 u\n", tmp_path)
    by_set: dict[int, dict[str, str]] = {}
    for row in rows(recording, "benchmark_configuration"):
        by_set.setdefault(row["configuration_id"], {})[row["key"]] = row["value"]
    sets = [by_set[row["configuration_id"]] for row in rows(recording, "benchmarks")]
    assert sets == [{"a": "1", "b": "2"}, {"a": "3", "b": "2"}, {"a": "3"}, {"a": "1", "b": "2"}]
    assert len(by_set) == 3


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("key:    \t value", True),
        ("key:", True),
        (": not a key", False),
        ("ab:not a key", False),
        ("a b: not a key", False),
        ("aB: not a key", False),
        ("Ab: not a key", False),
        ("ä-key: one", True),
    ],
)
def test_a_configuration_line_begins_lower_case_and_has_a_space(
    line: str, is_one: bool, tmp_path: Path
) -> None:
    recording = read(f"{line}\nBenchmarkX 1 1 u\n", tmp_path)
    has_value = is_one and not line.endswith(":")
    assert bool(rows(recording, "benchmark_configuration")) == has_value
    assert ("foreign-lines" in slugs(recording)) == (not is_one)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("BenchmarkNoIterations ", "missing iteration count"),
        ("BenchmarkX abc", "parsing iteration count: invalid syntax"),
        ("BenchmarkX 9999999999999999999999", "parsing iteration count: value out of range"),
        ("BenchmarkX 100", "missing measurements"),
        ("BenchmarkX 100 abc", "parsing measurement: invalid syntax"),
        ("BenchmarkX 100 1e999 ns/op", "parsing measurement: value out of range"),
        ("BenchmarkX 100 1", "missing units"),
        ("BenchmarkX 100 1 ns/op 2", "missing units"),
    ],
)
def test_a_broken_result_is_a_note_with_its_line(line: str, reason: str, tmp_path: Path) -> None:
    recording = read(f"{line}\nBenchmarkGood 1 1 ns/op\n", tmp_path)
    note = recording.notes[0]
    assert (note.slug, note.where) == ("benchmark-lines-unread", "line 1")
    assert reason in note.message
    assert [name for name, _, _ in measured(recording)] == ["Good"]


def test_units_say_what_they_are_once(tmp_path: Path) -> None:
    log = (
        "Unit ns/op better=lower assume=exact\nUnit sec/op better=lower\nUnit ns/op better=higher\n"
        "Unit\nUnit B/op blah\nUnitx\nBenchmarkX 1 1 ns/op\n"
    )
    recording = read(log, tmp_path)
    facts = [
        (row["unit"], row["original_unit"], row["key"], row["value"], row["line"])
        for row in rows(recording, "benchmark_units")
    ]
    assert facts == [
        ("sec/op", "ns/op", "better", "lower", 1),
        ("sec/op", "ns/op", "assume", "exact", 1),
    ]
    assert slugs(recording) == {"unit-lines-unread": 3, "foreign-lines": 1}


@pytest.mark.parametrize(
    ("unit", "base", "factor"),
    [
        ("ns/op", "sec/op", 1e-9),
        ("x-ns/op", "x-sec/op", 1e-9),
        ("MB/s", "B/s", 1e6),
        ("B/op", "B/op", 1.0),
        ("op/ns", "op/ns", 1.0),
        ("MB*MB/s", "B*B/s", 1e12),
        ("MB/MB", "B/MB", 1e6),
        ("nsx/op", "nsx/op", 1.0),
        ("MB\x1cns", "MB\x1cns", 1.0),
    ],
)
def test_a_scale_goes_above_the_line_only(unit: str, base: str, factor: float) -> None:
    assert tidied(unit) == (base, factor)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e+06", 1e6),
        ("+Inf", math.inf),
        ("-inf", -math.inf),
        ("Infinity", math.inf),
        (".5", 0.5),
        ("5.", 5.0),
        ("0x1p-2", 0.25),
        ("9999999999999999999999999999999", 1e31),
    ],
)
def test_numbers_are_gos(text: str, value: float) -> None:
    assert parse_float(text) == value


@pytest.mark.parametrize("text", ["1_000", " 1", "٣", "+nan", "0x10", "1e", "", "--1", "infx"])
def test_what_go_does_not_take_for_a_number_is_none(text: str) -> None:
    with pytest.raises(NumberError, match="invalid syntax"):
        parse_float(text)


def test_a_count_has_64_bits() -> None:
    assert parse_count("+9223372036854775807") == (1 << 63) - 1
    with pytest.raises(NumberError, match="out of range"):
        parse_count("9" * 5000)


@pytest.mark.parametrize(
    ("name", "base", "parts", "procs"),
    [
        ("Encode", "Encode", [], None),
        ("Encode-8", "Encode", [], 8),
        ("Encode/size=4/fast-16", "Encode", [("size", "4"), ("", "fast")], 16),
        ("Encode/a-b", "Encode", [("", "a-b")], None),
        ("Encode/x=1=2-", "Encode", [("x", "1=2-")], None),
    ],
)
def test_a_name_has_parts(
    name: str, base: str, parts: list[tuple[str, str]], procs: int | None
) -> None:
    assert (base_of(name), parts_of(name), procs_of(name)) == (base, parts, procs)


def test_windows_line_ends_a_mark_and_gzip_are_no_matter(tmp_path: Path) -> None:
    plain = measured(read(LOG, tmp_path))
    windows = b"\xef\xbb\xbf" + LOG.replace("\n", "\r\n").encode()
    assert measured(read(windows, tmp_path)) == plain
    assert measured(read(gzip.compress(LOG.encode()), tmp_path)) == plain
    assert measured(read(LOG.rstrip("\n"), tmp_path)) == plain


def test_other_spaces_part_fields_as_in_go(tmp_path: Path) -> None:
    found = measured(read("BenchmarkX\u2003 1\t\v1\u00a0ns/op\nBenchmarkY\x1c 1 1 u\n", tmp_path))
    assert found == [("X", 1, [(1.0, "ns/op")]), ("Y\x1c", 1, [(1.0, "u")])]


def test_verbose_logs_announce_benchmarks_without_harm(tmp_path: Path) -> None:
    log = "=== RUN   BenchmarkX\nBenchmarkX\nBenchmarkX-8 \t 1 1 ns/op\n--- BENCH: BenchmarkX-8\n"
    assert slugs(read(log + "    x_test.go:9: said\n", tmp_path)) == {"foreign-lines": 1}


def test_a_package_that_does_not_compile_is_told(tmp_path: Path) -> None:
    log = (
        "# example.org/shop [example.org/shop.test]\n./x_test.go:7:2: undefined: y\n"
        "FAIL\texample.org/shop [build failed]\nFAIL\n"
    )
    recording = read(log, tmp_path)
    assert rows(recording, "benchmarks") == []
    assert slugs(recording).keys() >= {"packages-not-built", "no-benchmarks"}
    assert "example.org/shop" in recording.notes[0].message


@pytest.mark.parametrize(
    ("line", "slug"),
    [
        ("--- FAIL: BenchmarkX-8", "benchmarks-failed"),
        ("--- FAIL: TestX (0.00s)", "tests-failed"),
        ("    --- SKIP: BenchmarkX/slow", "benchmarks-skipped"),
        ("panic: runtime error: index out of range [recovered]", "program-crashed"),
        ("fatal error: all goroutines are asleep - deadlock!", "program-crashed"),
        ("FAIL\texample.org/shop\t0.012s", "packages-failed"),
        ("FAIL\texample.org/shop [setup failed]", "packages-not-built"),
    ],
)
def test_what_went_wrong_is_told(line: str, slug: str, tmp_path: Path) -> None:
    assert slugs(read(f"BenchmarkX 1 1 ns/op\n{line}\n", tmp_path)) == {slug: 1}


def test_a_log_without_results_says_so(tmp_path: Path) -> None:
    assert slugs(read("PASS\nok  \texample.org/shop\t0.002s\n", tmp_path)) == {"no-benchmarks": 1}


@pytest.mark.parametrize("log", ["", "hello\nworld\n", "key: value\n", "\x00\x01\x02" * 50])
def test_other_files_are_refused(log: str, tmp_path: Path) -> None:
    with pytest.raises(UnrecognisedError):
        read(log, tmp_path)


def events(*outputs: tuple[str, str]) -> str:
    """Lines of `go test -json`: package and output."""
    lines = [json.dumps({"Action": "output", "Package": p, "Output": text}) for p, text in outputs]
    begin, end = (json.dumps({"Action": action, "Package": "a"}) for action in ("start", "pass"))
    return "\n".join([begin, *lines, end, ""])


def test_json_output_is_put_together_again_by_package(tmp_path: Path) -> None:
    log = events(
        ("a", "pkg: a\n"), ("b", "pkg: b\n"), ("a", "BenchmarkX-8   \t"), ("b", "BenchmarkY-8 \t"),
        ("a", " 100\t 5 ns/op\n"), ("b", " 200\t 6 ns/op\n"), ("a", "PASS\n"),
    )  # fmt: skip
    recording = read(log, tmp_path)
    assert measured(recording) == [("X-8", 100, [(5.0, "ns/op")]), ("Y-8", 200, [(6.0, "ns/op")])]
    assert [row["package"] for row in rows(recording, "benchmarks")] == ["a", "b"]
    assert slugs(recording) == {}


def test_json_that_fails_to_build_is_told(tmp_path: Path) -> None:
    event = {"ImportPath": "a", "Action": "build-output", "Output": "./x.go:1:1: undefined: y\n"}
    log = json.dumps(event) + "\n" + events(("a", "FAIL\ta [build failed]\n"))
    assert slugs(read(log, tmp_path)).keys() >= {"packages-not-built", "no-benchmarks"}


@pytest.mark.parametrize(
    "line", ["{}", '{"Action": []}', "{" * 2000 + "}", '{"Action":"output","Output":3}']
)
def test_odd_json_does_no_harm(line: str, tmp_path: Path) -> None:
    assert len(measured(read(f"{line}\nBenchmarkX 1 1 u\n", tmp_path))) == 1


def test_lines_without_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bench.txt"
    path.write_bytes(b"BenchmarkX 1" + b" " * 400_000 + b"1 u")
    with pytest.raises(LimitError, match="line"):
        read_benchmarks(str(path), Limits(text_line_bytes=1000))


def test_a_file_that_is_cut_in_its_gzip_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(gzip.compress(LOG.encode())[:-20], tmp_path)


HEAD = "goos: linux\ngoarch: amd64\npkg: m/a\n"
CYCLE = "gc 5 @0.043s 1%: 0.29+0.29+0.002 ms clock, 0.58+0/0.15/0.12+0.005 ms cpu, 0->0->0 MB"


def test_a_result_that_the_collector_broke_is_put_together(tmp_path: Path) -> None:
    log = (
        f"{CYCLE}\n{HEAD}BenchmarkX-2   \t{CYCLE}\n{CYCLE}\n       3\t   80.5 ns/op\t 7 B/op\n"
        f"BenchmarkY-2   \t{CYCLE}\nBenchmarkX-2   \t{CYCLE}\n   5\t 90 ns/op\nPASS\n"
    )
    recording = read(log, tmp_path)
    results = rows(recording, "benchmarks")
    found = [(row["name"], row["iterations_count"], row["line"]) for row in results]
    assert found == [("X-2", 3, 5), ("X-2", 5, 9)]
    lost = next(note for note in recording.notes if note.slug == "benchmarks-lost")
    assert (lost.severity, lost.where, "Y-2" in lost.message) == (Severity.LOSS, "line 8", True)


@pytest.mark.parametrize(
    ("log", "lost"),
    [
        ("BenchmarkX 1 hello\n 1\t 5 ns/op\nBenchmarkX 1 5 ns/op\n", False),
        ("BenchmarkX-2 \thello\n 1\t 5 ns/op\nBenchmarkY-2 1 5 ns/op\n", True),
        ("BenchmarkY-2 1 5 ns/op\ngc 5 @0.0Benchmark \t43s\n   1\t   5 ns/op\n", True),
        ("Benchmark started at 7\nBenchmarkY-2 1 5 ns/op\n", False),
        ("pkg: m/a\nBenchmarkX 1 hello\npkg: m/b\nBenchmarkX 1 5 ns/op\n", True),
    ],
)
def test_a_benchmark_without_any_whole_result_is_lost(log: str, lost: bool, tmp_path: Path) -> None:
    assert ("benchmarks-lost" in slugs(read(log, tmp_path))) == lost


@pytest.mark.parametrize(
    ("log", "is_cut"),
    [
        (f"{HEAD}BenchmarkX 1 5 ns/op\nPASS\nok  \tm/a\t0.1s\n", False),
        (f"{HEAD}BenchmarkX 1 5 ns/op\n--- BENCH: BenchmarkX\n", True),
        (f"{HEAD}BenchmarkX 1 5 ns/op\npkg: m/b\nBenchmarkX 1 5 ns/op\nPASS\n", True),
        (f"{HEAD}BenchmarkX 1 5 ns/op\nPASS\npkg: m/b\n", True),
        (f"{HEAD}PASS\nBenchmarkX 1 5 ns/op\nPASS\n", False),
        ("BenchmarkX 1 5 ns/op\n", False),
        ("commit: 7\npkg: m/a\nBenchmarkX 1 5 ns/op\n", False),
    ],
)
def test_a_package_with_results_and_no_end_was_cut(log: str, is_cut: bool, tmp_path: Path) -> None:
    assert ("log-cut" in slugs(read(log, tmp_path))) == is_cut
