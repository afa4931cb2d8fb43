"""The five answers: in order, whatever is missing, and with sums that add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace import pipeline
from gotrace.analyses.gc.trace_folds import GcFolds
from gotrace.analyses.gc_cost import analyse_gc_cost
from gotrace.analyses.result import Result, ResultTable, Weight
from gotrace.analyses.wrestle.allocated import AllocatedSites
from gotrace.analyses.wrestle.answers import answer
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.model.versions import GoVersion
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.tables.recording import Recording
from tests.analyses.heap_recordings import Sample, recording
from tests.analyses.trace.blocks import ALLOC_TRACES, recorded
from tests.analyses.wrestle.programs import Objects, escapes, evidence, stack

QUESTIONS = ["is_it_memory", "call_sites", "during_gc", "why_on_heap", "what_to_try"]
SERVICE = Path(__file__).parents[3] / "sample_traces" / "service" / "go1.27"


def table(result: Result, name: str) -> ResultTable:
    return next(table for table in result.tables if table.name == name)


def test_there_are_five_answers_in_the_order_of_the_talk() -> None:
    assert [result.name for result in answer(Evidence())] == QUESTIONS


def test_what_is_missing_is_said_with_the_command_that_records_it() -> None:
    for result in answer(Evidence(missing={"trace": "it did not come out"})):
        missing = [fact for fact in result.facts if fact.name.startswith("missing_")]
        assert missing, result.name
        assert all("go " in fact.detail for fact in missing)
    (trace,) = answer(Evidence(missing={"trace": "it did not come out"}))[2].facts
    assert "it did not come out" in trace.value


@pytest.fixture(scope="module")
def service() -> Evidence:
    """The recordings of the sample service: no benchmarks, and no module that owns `main`."""
    trace = recorded(min(ALLOC_TRACES, key=lambda one: one.stat().st_size))
    objects, folds = AllocatedSites(), GcFolds()
    for name in objects.tables:
        objects.feed(name, trace.columns[name])
    folds.feed((name, trace.columns[name]) for name in trace.columns if name in folds.wanted)
    gc = Recording("trace", trace.origin, type(trace.columns)(folds.tables(GoVersion(27))))
    return Evidence(
        heap=pipeline.read(str(SERVICE / "heap.pb.gz")),
        cpu=pipeline.read(str(SERVICE / "cpu.pb.gz")),
        objects=objects, gc=gc, gc_folds=folds, version=GoVersion(27),
    )  # fmt: skip


def test_the_cpu_split_sums_to_the_profile(service: Evidence) -> None:
    split = table(answer(service)[0], "cpu_split")
    assert service.cpu is not None
    total = sum(service.cpu.values(1).tolist())
    assert sum(split.column("cpu_ns").values) == total > 0
    assert sum(split.column("ratio").values) == pytest.approx(1.0)


def test_sites_have_no_more_than_the_profile_and_classes_add_up_to_sites(service: Evidence) -> None:
    found = answer(service)[1]
    sites, classes = table(found, "sites"), table(found, "site_classes")
    assert service.heap is not None
    whole = int(service.heap.values(1).sum())
    told = sum(sites.column("alloc_bytes").values)
    assert 0.5 * whole < told <= whole
    assert sum(classes.column("alloc_bytes").values) == told
    assert sum(sites.column("bytes_ratio").values) == pytest.approx(1.0)


def test_sites_pay_no_more_than_is_paid(service: Evidence) -> None:
    sites = table(answer(service)[1], "sites")
    assert service.cpu is not None
    cost = analyse_gc_cost(service.cpu, service.heap)
    paid = table(cost, "sites")
    for name in ("malloc_ns", "assist_ns", "charged_ns"):
        assert sum(sites.column(name).values) <= sum(paid.column(name).values) * (1 + 1e-9)


def test_what_happens_during_a_collection_is_told(service: Evidence) -> None:
    found = answer(service)[2]
    names = {fact.name for fact in found.facts}
    assert {"mmu_ratio", "gc_cycles_count", "longest_pause_ns"} <= names
    assert {"mmu", "mmu_curve", "gc_cycles"} <= {one.name for one in found.tables}


def log(folder: Path, *values: float) -> Recording:
    lines = ["goos: linux", "pkg: example.com/m/p"]
    lines += [f"BenchmarkF-2 100 {value} ns/op 800 B/op 10 allocs/op" for value in values]
    path = folder / f"{values[0]}.txt"
    path.write_text("\n".join([*lines, "PASS", ""]))
    return read_benchmarks(str(path))


def test_the_collector_on_and_off_is_compared_with_intervals(tmp_path: Path) -> None:
    on, off = (log(tmp_path, *(base + step for step in range(8))) for base in (1000, 700))
    first = answer(Evidence(benchmarks={"default": on, "gogc-off": off}))[0]
    facts = {fact.name: fact for fact in first.facts}
    assert facts["verdict"].value == "yes"
    assert facts["gogc_off"].value.startswith("-30% time (-3")
    arms = table(first, "arms")
    assert set(arms.column("arm").values) == {"default", "gogc-off"}
    same = answer(Evidence(benchmarks={"default": on, "gogc-off": on}))[0]
    assert "noise" in {fact.name: fact for fact in same.facts}["gogc_off"].value


def test_why_something_is_on_the_heap_is_joined_to_its_site() -> None:
    found = answer(evidence(Sample(64, 10, stack=stack(7)), Sample(64, 90, stack=stack(9)),
                            said=escapes((7, "&T{...}"), (9, "i * 1000"))))[3]  # fmt: skip
    joined = table(found, "site_escapes")
    assert list(joined.column("line").values) == [9, 7]
    assert joined.column("reason").values[0] == "interface-conversion"
    assert found.facts[0].title == "F.go:9"


def test_remedies_come_as_a_table_and_as_findings() -> None:
    objects = Objects().add("runtime.uint64InterfacePtr", 8, 0, 8, 50)
    found = answer(evidence(Sample(8, 1000, stack=stack(7)), said=escapes((7, "i * 1000")),
                            objects=objects))[4]  # fmt: skip
    remedies = table(found, "remedies")
    assert list(remedies.column("slug").values) == ["box-no-values"]
    assert list(remedies.column("line").values) == [7]
    assert 0 < remedies.column("saved_low_ratio").values[0] < 1
    assert [finding.weight for finding in found.findings] == [Weight.HIGH]
    assert "Check:" in found.findings[0].advice


def test_nothing_that_stands_out_is_said_so() -> None:
    found = answer(evidence(Sample(64, 10, stack=stack(7))))[4]
    assert found.facts[0].value == "nothing stands out"
    assert table(found, "remedies").row_count == 0


@pytest.mark.parametrize(
    "odd",
    [
        Evidence(heap=recording()),
        Evidence(heap=recording(Sample(64, 1, 1), types=("inuse_objects", "inuse_space"))),
        Evidence(heap=recording(Sample(64, -5, -9), Sample(0, 7))),
        Evidence(heap=recording(Sample(64, 3, stack=()))),
        Evidence(cpu=recording(Sample(64, 3))),
        Evidence(objects=Objects().add("p.T", 0, 0, 16, 3).folded()),
        Evidence(escapes=escapes()),
        Evidence(escapes=escapes((7, "&T{...}")), heap=recording(Sample(64, 3, stack=("", "a.b")))),
        Evidence(benchmarks={"default": recording()}),
    ],
    ids=["empty", "inuse", "difference", "stackless", "no-cpu", "objects", "nothing-said",
         "nameless", "no-log"],
)  # fmt: skip
def test_odd_evidence_is_answered_all_the_same(odd: Evidence) -> None:
    assert [result.name for result in answer(odd)] == QUESTIONS
