"""Trifles: what happened a few times, or could not matter, weighs no more than LOW."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gotrace.analyses.result import Weight
from gotrace.analyses.wrestle.findings.remedy import Remedy
from gotrace.analyses.wrestle.findings.worth import Benchmarks
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.tables.recording import Recording
from tests.analyses.heap_recordings import Sample
from tests.analyses.wrestle.programs import Objects, escapes, evidence, stack, tried

BOXES = Objects().add("runtime.uint64InterfacePtr", 8, 0, 8, 50)


def log(folder: Path, *lines: str) -> Recording:
    path = folder / "bench.txt"
    path.write_text("\n".join(["pkg: example.com/m/p", *lines, "PASS", ""]))
    return read_benchmarks(str(path))


def boxing(count: int, recorded: Recording | None, **iterations: int) -> Remedy:
    more: dict[str, Any] = {"benchmarks": {"default": recorded}} if recorded else {}
    (one,) = (remedy for remedy in tried(evidence(
        Sample(8, count, stack=stack(7)), said=escapes((7, "i * 1000")), objects=BOXES,
        iterations={f"Benchmark{name}-2": n for name, n in iterations.items()}, **more,
    )) if remedy.slug == "box-no-values")  # fmt: skip
    return one


@pytest.mark.parametrize(
    ("ns", "weight"), [(1e4, Weight.HIGH), (4e4, Weight.HIGH), (6e4, Weight.LOW)]
)
def test_what_takes_next_to_none_of_the_time_is_low_however_large_its_share(
    ns: float, weight: Weight, tmp_path: Path
) -> None:
    # One box of 8 bytes an iteration: 1,040 ns at the very most, 2 % of 52 us.
    recorded = log(tmp_path, f"BenchmarkF-2 1000 {ns} ns/op 8 B/op 1 allocs/op")
    one = boxing(1000, recorded, F=1000)
    assert one.weight is weight
    assert ("less than 2% of the benchmark's time" in one.evidence) is (weight is Weight.LOW)


def test_a_slow_benchmark_says_nothing_of_what_a_fast_one_allocates(tmp_path: Path) -> None:
    lines = ("BenchmarkF-2 1000 900 ns/op 8 B/op", "BenchmarkSlow-2 1000 9e9 ns/op 0 B/op")
    both = log(tmp_path, *lines)
    assert boxing(1000, both, F=1000, Slow=1000).weight is Weight.HIGH
    # Without a time of each nobody knows.
    assert boxing(1000, log(tmp_path, lines[1]), F=1000, Slow=1000).weight is Weight.HIGH


def test_what_was_made_a_few_times_in_many_iterations_is_a_beginning() -> None:
    one = boxing(9, None, F=1000)
    assert one.weight is Weight.LOW
    assert "that was 9 times in 1,000 iterations or more" in one.evidence
    assert boxing(9, None, F=100).weight is Weight.HIGH
    assert boxing(10, None, F=1000).weight is Weight.HIGH
    assert boxing(9, None).weight is Weight.HIGH


def test_a_slice_counts_once_however_often_it_grows() -> None:
    objects = Objects()
    for slot in (64, 128, 256, 512):
        objects.add("", 0, 0, slot, 2, noscan=True)
    samples = [Sample(slot, 3, stack=stack(7)) for slot in (64, 128, 256, 512)]
    (one,) = (r for r in tried(evidence(*samples, said=escapes((7, "append(out, x)")),
                                        objects=objects, iterations={"BenchmarkF": 1000}))
              if r.slug == "presize-slice")  # fmt: skip
    assert one.weight is Weight.LOW


def test_what_collections_scan_is_no_trifle_though_it_was_made_once() -> None:
    objects = Objects().add("p.node", 24, 16, 480_000, 1, died=-1).add("", 0, 0, 16, 1, died=9)
    remedies = tried(evidence(
        Sample(480_000, 1, 1, stack=stack(7)), objects=objects,
        said=escapes((7, "make([]node, n)")), iterations={"BenchmarkF": 100_000},
    ))  # fmt: skip
    assert [r.weight for r in remedies if r.slug == "fewer-pointers"] == [Weight.HIGH]


def test_what_is_measured_is_the_middle_of_the_rounds_times_the_iterations(tmp_path: Path) -> None:
    rounds = [f"BenchmarkF-2 1000 {ns} ns/op {size} B/op" for ns, size in ((9, 1), (5, 8), (7, 3))]
    known = Benchmarks(log(tmp_path, *rounds), {"BenchmarkF-2": 100})
    assert known.measured("B/op") == 300
    assert known.measured("allocs/op") == 0
    assert Benchmarks().measured("B/op") == 0
    assert Benchmarks().doubt(1, 1, 1) == ""
