"""How long and how finely is recorded follows from what the benchmarks do."""

from __future__ import annotations

import pytest

from gotrace.capture.plan import arm_benchtime, nanoseconds, plan_of
from gotrace.capture.result_lines import Measured


def bench(ns: float, allocated: float = 100, allocations: float = 10) -> Measured:
    return Measured("BenchmarkX-2", 1, ns, allocated, allocations)


def test_a_heap_profile_names_every_object_where_that_takes_a_second() -> None:
    plan = plan_of([bench(ns=1000)], "300ms")
    assert (plan.heap.benchtime, plan.heap.rate) == ("25000x", 1)


def test_iterations_with_very_many_objects_are_sampled() -> None:
    plan = plan_of([bench(ns=1e9, allocated=1e9, allocations=20e6)], "300ms")
    assert plan.heap.benchtime == "1x"
    assert plan.heap.rate == 5000
    assert "aims at 200,000 samples" in plan.heap.why


def test_benchmarks_that_differ_much_get_a_time_instead_of_a_number() -> None:
    plan = plan_of([bench(ns=100), bench(ns=1e8)], "300ms")
    assert plan.heap.benchtime.endswith("ms")
    assert plan.trace.endswith("ms")


def test_a_slow_benchmark_is_run_at_least_once() -> None:
    plan = plan_of([bench(ns=1e12)], "300ms")
    assert plan.trace == plan.heap.benchtime == "1x"
    assert plan.allocations == ("1x", "1x", "1x")


def test_attempts_at_an_alloc_free_trace_become_shorter() -> None:
    assert plan_of([bench(ns=1000)], "1s").allocations == ("100000x", "25000x", "6250x")


def test_a_fixed_number_of_iterations_holds_for_all_runs() -> None:
    plan = plan_of([bench(ns=1000)], "40x")
    assert (plan.cpu, plan.trace, plan.heap.benchtime) == ("40x", "40x", "40x")
    assert plan.allocations == ("40x", "10x", "2x")


def test_without_a_collector_a_round_is_as_short_as_memory_asks() -> None:
    fast = [bench(ns=100, allocated=1000)]  # 10 GB/s
    assert arm_benchtime(fast, "1s", 12_000_000_000) == "500ms"
    assert arm_benchtime(fast, "100ms", 12_000_000_000) == "100ms"
    assert arm_benchtime(fast, "50x", 1) == "50x"


@pytest.mark.parametrize(
    ("text", "value"),
    [("300ms", 3e8), ("1m30s", 9e10), ("1.5s", 1.5e9), ("5x", None), ("s", None), ("", None)],
)
def test_durations_are_read_as_go_writes_them(text: str, value: float | None) -> None:
    assert nanoseconds(text) == value
