"""What benchmark logs say of a budget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gotrace.analyses.budget.benchmark_sites import with_sites
from gotrace.analyses.budget.from_benchmarks import (
    BenchmarkMeasures,
    benchmark_names,
    measure_benchmarks,
)
from gotrace.errors import UsageError
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.tables.budget import Measurement, Scope
from gotrace.tables.budget_metrics import METRICS, benchmark_metric
from gotrace.tables.recording import Recording
from tests.analyses.heap_recordings import Sample, recording

LOG = """\
goos: linux
goarch: amd64
pkg: example.com/codec
cpu: Some CPU @ 2.00GHz
BenchmarkEncode-8 1000 1200 ns/op 100 max-heap-bytes 512 B/op 12 allocs/op
BenchmarkEncode-8 1000 1100 ns/op 104 max-heap-bytes 513 B/op 13 allocs/op
BenchmarkEncode/size=4-8 500 600 ns/op 24 B/op 1 allocs/op
BenchmarkDecode-8 20 1e+06 ns/op 2.5 rows/s
PASS
pkg: example.com/other
BenchmarkEncode-8 10 7 ns/op 3 B/op 7 allocs/op
"""


@pytest.fixture
def log(tmp_path: Path) -> Recording:
    return read(tmp_path, LOG)


def read(tmp_path: Path, text: str) -> Recording:
    path = tmp_path / "bench.txt"
    path.write_text(text)
    return read_benchmarks(str(path))


def measured(
    logs: Sequence[Recording], unit: str, benchmark: str = "", package: str = ""
) -> BenchmarkMeasures:
    scope = Scope(benchmark=benchmark, package=package)
    return measure_benchmarks(logs, benchmark_metric(unit), scope)


def values(found: BenchmarkMeasures) -> dict[str, float]:
    return {label: measure.value for label, measure in found.measures.items()}


@pytest.mark.parametrize(
    "pattern", ["^BenchmarkEncode$", "^Encode$", "^Encode-8$", "^BenchmarkEncode-8$", "ncode$"]
)
def test_a_benchmark_is_named_with_and_without_its_ends(log: Recording, pattern: str) -> None:
    found = measured([log], "allocs/op", pattern, "codec")
    assert values(found) == {"Encode": 12}


def test_every_benchmark_in_scope_is_measured_by_itself(log: Recording) -> None:
    assert values(measured([log], "allocs/op", "Encode", "codec")) == {
        "Encode": 12,
        "Encode/size=4": 1,
    }


def test_the_same_name_in_another_package_is_another_benchmark(log: Recording) -> None:
    assert values(measured([log], "allocs/op", "^Encode$")) == {
        "example.com/codec.Encode": 12,
        "example.com/other.Encode": 7,
    }


def test_another_gomaxprocs_is_another_benchmark(tmp_path: Path) -> None:
    log = read(tmp_path, "BenchmarkA-4 1 1 B/op\nBenchmarkA-8 1 2 B/op\nBenchmarkA 1 3 B/op\n")
    assert values(measured([log], "B/op", "A")) == {"A-4": 1, "A-8": 2, "A": 3}


def test_allocations_are_minima_and_the_rest_medians(log: Recording) -> None:
    allocs = measured([log], "allocs/op", "^Encode$", "codec").measures["Encode"]
    assert (allocs.low, allocs.value, allocs.high) == (12, 12, 13)
    assert allocs.is_noise_known
    assert allocs.values == (12, 13)
    heap = measured([log], "max-heap-bytes", "^Encode$", "codec").measures["Encode"]
    assert (heap.low, heap.value, heap.high) == (100, 102, 104)
    assert not heap.is_noise_known


def test_repeats_come_from_several_logs(tmp_path: Path) -> None:
    logs = [read(tmp_path, f"BenchmarkA-4 1 {value} x\n") for value in (6, 1, 5, 2, 4, 3)]
    found = measured(logs, "x", "A").measures["A"]
    assert (found.low, found.value, found.high) == (1, 3.5, 6)
    assert found.is_noise_known
    assert len(found.digests) == 6


def test_a_unit_may_be_written_without_scale(log: Recording) -> None:
    assert values(measured([log], "sec/op", "Decode")) == {"Decode": pytest.approx(1e-3)}
    assert values(measured([log], "ns/op", "Decode")) == {"Decode": 1e6}


def test_conditions_come_from_the_log(log: Recording) -> None:
    found = measured([log], "allocs/op", "^Encode$", "codec").measures["Encode"]
    assert found.conditions == {
        "goos": "linux",
        "goarch": "amd64",
        "cpu": "Some CPU @ 2.00GHz",
        "gomaxprocs": "8",
        "iterations": "1000",
        "benchmark": "example.com/codec.BenchmarkEncode",
    }


def test_go_version_and_race_detector_are_told_by_lines_that_people_add(tmp_path: Path) -> None:
    log = read(tmp_path, "goversion: go1.27.3\nrace: true\nBenchmarkA 1 1 B/op\n")
    conditions = measured([log], "B/op", "A").measures["A"].conditions
    assert conditions["go_version"] == "go1.27.3"
    assert conditions["race"] == "true"
    assert conditions["gomaxprocs"] == "1"


def test_units_that_are_assumed_exact_must_be(tmp_path: Path) -> None:
    text = "Unit x assume=exact\nBenchmarkA 1 {} x\nBenchmarkA 1 {} x\n"
    same = measured([read(tmp_path, text.format(5, 5))], "x", "A").measures["A"]
    assert same.is_noise_known
    assert same.is_exact
    other = measured([read(tmp_path, text.format(5, 6))], "x", "A").measures["A"]
    assert "though assumed exact" in other.rule
    assert not other.is_noise_known


@pytest.mark.parametrize("number", ["NaN", "+Inf", "-Inf"])
def test_what_is_no_number_is_no_measure(tmp_path: Path, number: str) -> None:
    log = read(tmp_path, f"BenchmarkA 1 3 B/op\nBenchmarkA 1 {number} B/op\nBenchmarkB 1 1 B/op\n")
    found = measured([log], "B/op", ".")
    assert values(found) == {"B": 1}
    (reason,) = found.unusable
    assert reason.startswith(f"{tmp_path / 'bench.txt'}, line 2: ")


def test_nothing_in_scope_is_nothing(log: Recording) -> None:
    assert values(measured([log], "allocs/op", "Nobody")) == {}
    assert values(measured([log], "allocs/op", "Decode")) == {}
    assert values(measured([log], "allocs/op", "Encode", "nowhere")) == {}


def test_a_pattern_is_go_s(log: Recording) -> None:
    with pytest.raises(UsageError, match="benchmark"):
        measured([log], "B/op", "(?<!x)y")


def test_names_are_listed_with_their_units(log: Recording) -> None:
    names = benchmark_names([log])
    assert set(names) == {"BenchmarkEncode", "BenchmarkEncode/size=4", "BenchmarkDecode"}
    assert names["BenchmarkDecode"] == {"ns/op", "rows/s"}


def test_a_name_that_ends_like_procs_keeps_its_end(tmp_path: Path) -> None:
    log = read(tmp_path, "BenchmarkA/n-x 1 3 B/op\n")
    assert values(measured([log], "B/op", "^A/n-x$")) == {"A/n-x": 3}


def test_a_heap_profile_of_the_run_names_the_lines() -> None:
    profile = recording(
        Sample(
            64, 300, 0, ("codec.grow:7", "codec.Encode:4", "example.com/codec.BenchmarkEncode:9")
        ),
        Sample(64, 100, 0, ("codec.flush:8", "example.com/codec.BenchmarkEncode.func1:11")),
        Sample(64, 900, 0, ("codec.grow:7", "example.com/codec.BenchmarkEncodeAll:20")),
    )
    name = "example.com/codec.BenchmarkEncode/size=4"
    measure = Measurement(12, 12, 12, "", conditions={"benchmark": name})
    found = with_sites(measure, METRICS["allocs/op"], [profile])
    assert [(site.function, site.line, site.value) for site in found.sites] == [
        ("codec.grow", 7, 9),
        ("codec.flush", 8, 3),
    ]
    other = Measurement(12, 12, 12, "", conditions={"benchmark": "example.com/x.BenchmarkEncode"})
    assert with_sites(other, METRICS["allocs/op"], [profile]) is other
    assert with_sites(measure, METRICS["ns/op"], [profile]) is measure
