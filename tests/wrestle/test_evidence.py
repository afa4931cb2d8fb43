"""From files to evidence, and to five answers of whatever there is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gotrace.analyses.result import Weight
from gotrace.errors import InputError
from gotrace.tables.notes import Severity
from gotrace.wrestle.benchmark_logs import only_package
from gotrace.wrestle.collection import collect
from gotrace.wrestle.evidence_of import open_evidence
from gotrace.wrestle.report import wrestle
from gotrace.wrestle.sources import source_reader

SAMPLES = Path(__file__).parents[2] / "sample_traces"
BATCH = SAMPLES / "batch" / "go1.27"
HEAP, CPU, LOG = BATCH / "heap.pb.gz", BATCH / "cpu.pb.gz", BATCH / "gctrace.txt"
PLAIN, OBJECTS = BATCH / "trace.out", BATCH / "trace.allocfree.p2.out"
ANSWERS = ["is_it_memory", "call_sites", "during_gc", "why_on_heap", "what_to_try"]
BENCHMARKS = (
    "goversion: go1.26.1\npkg: m/a\nBenchmarkGet-2  100  12.5 ns/op\nPASS\n"
    "pkg: m/b/c\nBenchmarkPut-2  100  10.5 ns/op\nPASS\n"
)


def test_every_file_finds_its_place_in_the_evidence() -> None:
    opened = open_evidence(collect([str(path) for path in (HEAP, CPU, PLAIN, OBJECTS)]))
    (evidence,) = opened.packages
    assert evidence.heap is not None
    assert evidence.cpu is not None
    assert evidence.objects is not None
    assert evidence.gc is not None
    assert evidence.gc_folds is not None
    # The collector is that of the plain trace: events of objects make a program slow.
    assert evidence.gc.origin.paths == (str(PLAIN),)
    assert evidence.objects.cycles_count > 0
    assert str(evidence.version) == "go1.27"
    assert [one.kind for _, one in opened.recordings] == ["heap", "cpu"]


def test_a_log_of_the_collector_stands_in_for_a_trace() -> None:
    (evidence,) = open_evidence(collect([str(LOG)])).packages
    assert evidence.gc is not None
    assert (evidence.gc.kind, evidence.gc_folds) == ("gclog", None)


@pytest.mark.parametrize("only", [HEAP, CPU, PLAIN, OBJECTS, LOG], ids=lambda path: path.name)
def test_any_one_file_gives_all_five_answers(only: Path) -> None:
    wrestled = wrestle([str(only)])
    assert [answer.name for answer in wrestled.answers] == ANSWERS
    assert all(answer.facts or answer.tables for answer in wrestled.answers)
    missing = [fact for answer in wrestled.answers for fact in answer.facts
               if fact.title == "missing"]  # fmt: skip
    assert missing, "what is not there is said"


def test_a_damaged_trace_weakens_the_report_and_the_rest_answers(tmp_path: Path) -> None:
    damaged = tmp_path / "trace.out"
    damaged.write_bytes(PLAIN.read_bytes()[:16] + b"\xff" * 100)
    wrestled = wrestle([str(HEAP), str(damaged)])
    doubts = [one for one in wrestled.opened.notes if one.severity is not Severity.INFO]
    assert doubts
    assert all(str(damaged) in one.where + one.message for one in doubts)
    assert wrestled.opened.packages[0].heap is not None


def test_if_nothing_can_be_read_the_error_says_why(tmp_path: Path) -> None:
    damaged = tmp_path / "heap.pb.gz"
    damaged.write_bytes(HEAP.read_bytes()[:100])
    with pytest.raises(InputError, match=r"heap\.pb\.gz"):
        wrestle([str(damaged)])


def test_two_profiles_of_one_kind_are_added_up(tmp_path: Path) -> None:
    shutil.copy(HEAP, tmp_path / "again.pb.gz")
    (one,) = open_evidence(collect([str(HEAP)])).packages
    (both,) = open_evidence(collect([str(HEAP), str(tmp_path / "again.pb.gz")])).packages
    assert one.heap is not None
    assert both.heap is not None
    assert both.heap.values(1).sum() == 2 * one.heap.values(1).sum()


def test_benchmarks_belong_to_their_package(tmp_path: Path) -> None:
    for package in ("a", "b.c"):
        (tmp_path / "profiles" / package).mkdir(parents=True)
        shutil.copy(HEAP, tmp_path / "profiles" / package / "heap.pb.gz")
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "default.txt").write_text(BENCHMARKS)
    opened = open_evidence(collect([str(tmp_path)]))
    names = {
        evidence.package: evidence.benchmarks["default"].columns["benchmarks"].coded("name")[0]
        for evidence in opened.packages
    }
    assert names == {"a": "Get-2", "b.c": "Put-2"}
    assert {str(evidence.version) for evidence in opened.packages} == {"go1.26"}


def test_part_of_a_log_keeps_values_with_their_results(tmp_path: Path) -> None:
    log = tmp_path / "bench.txt"
    log.write_text(BENCHMARKS)
    whole = open_evidence(collect([str(log)])).benchmarks["default"]
    part = only_package(whole, "m/b/c")
    assert part.columns["benchmark_values"].array("original_value").tolist() == [10.5]
    assert part.columns["benchmark_values"].array("benchmark_id").tolist() == [0]
    assert only_package(whole, "elsewhere").columns["benchmarks"].rows == 0


def test_only_go_sources_below_the_module_are_read(tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "a.go").write_text("package a\n\tvar x = 1 \n")
    (tmp_path / "secret.go").write_text("secret\n")
    (module / "passwd").write_text("root\n")
    line = source_reader(str(module))
    assert line("./a.go", 2) == "var x = 1"
    assert line(str(module / "a.go"), 1) == "package a"
    assert source_reader(str(module), "example.com/m")("example.com/m/a.go", 1) == "package a"
    assert (line("a.go", 0), line("a.go", 3), line("../secret.go", 1)) == ("", "", "")
    assert (line(str(module / "passwd"), 1), line("missing.go", 1)) == ("", "")


def test_only_remedies_weigh_more_than_low() -> None:
    answers = wrestle([str(SAMPLES / "wrestle" / "growth")]).answers
    weights = {finding.weight for answer in answers for finding in answer.findings}
    assert weights == {Weight.LOW}
