"""What other programs compute with: OpenMetrics, Go's benchmark format, github-action-benchmark."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gotrace.tables.budget import Checked
from gotrace.views.budget.action_benchmark import bigger_is_better, smaller_is_better
from gotrace.views.budget.benchfmt import benchfmt
from gotrace.views.budget.json_page import json_page
from gotrace.views.budget.openmetrics import openmetrics
from gotrace.views.budget.words import cut
from tests.readers.benchmarks.logs import read, rows
from tests.views.budget.checks import MIB, small_check, verdict_over
from tests.views.budget.prometheus import families_of


def without_a_number() -> Checked:
    over = verdict_over()
    assert over.measure is not None
    measures = [
        replace(over.measure, value=value, low=value, high=value, values=(value,))
        for value in (float("nan"), float("inf"), float("-inf"), 1e300, -0.0)
    ]
    return Checked(tuple(replace(over, measure=measure) for measure in measures), "gotrace.toml")


def test_prometheus_reads_every_value_in_its_base_unit() -> None:
    families = families_of(openmetrics(small_check()))
    measured = families["gotrace_budget_measured_bytes"]
    assert (measured.type, measured.unit) == ("gauge", "bytes")
    assert [(s.labels["budget"], s.value) for s in measured.samples] == [("cache", 14 * MIB)]
    assert families["gotrace_budget_limit_bytes"].samples[0].value == 10.5 * MIB
    assert families["gotrace_budget_baseline_bytes"].samples[0].value == 10 * MIB
    failing = families["gotrace_budget_failing"].samples
    assert {s.labels["budget"]: s.value for s in failing} == {
        "encode": 0, "cache": 1, "pool": 0, "latency": 0, "decode (old)": 1,
    }  # fmt: skip
    states = families["gotrace_budget_outcome"].samples
    told = {
        s.labels["budget"]: s.labels[families["gotrace_budget_outcome"].name]
        for s in states
        if s.value
    }
    assert told["decode (old)"] == "cannot_tell"


def test_budgets_of_one_name_stay_apart() -> None:
    checked = Checked((verdict_over(),) * 3, "gotrace.toml")
    families = families_of(openmetrics(checked))
    names = [s.labels["budget"] for s in families["gotrace_budget_failing"].samples]
    assert names == ["cache", "cache #2", "cache #3"]


def test_our_reader_reads_the_measures_as_benchmarks(tmp_path: Path) -> None:
    recording = read(benchfmt(small_check()), tmp_path)
    assert not recording.notes
    names = [row["name"] for row in rows(recording, "benchmarks")]
    assert names == ["Budget/name=encode-8"] * 3 + [
        "Budget/name=cache", "Budget/name=pool", "Budget/name=latency",
    ]  # fmt: skip
    values = [
        (r["original_value"], r["original_unit"]) for r in rows(recording, "benchmark_values")
    ]
    assert values == [
        (12, "allocs/op"), (12, "allocs/op"), (13, "allocs/op"), (14 * MIB, "inuse_space-bytes"),
        (1234.5, "alloc_objects"), (0.75, "mmu-ratio"),
    ]  # fmt: skip
    units = {(r["original_unit"], r["key"]): r["value"] for r in rows(recording, "benchmark_units")}
    assert units["mmu-ratio", "better"] == "higher"
    assert units["allocs/op", "better"] == "lower"


def test_the_two_directions_of_github_action_benchmark_share_no_measure() -> None:
    smaller = json.loads(smaller_is_better(small_check()))
    bigger = json.loads(bigger_is_better(small_check()))
    assert [entry["name"] for entry in smaller] == [
        "encode (allocs/op)", "cache (inuse_space)", "pool (alloc_objects)",
    ]  # fmt: skip
    assert [entry["name"] for entry in bigger] == ["latency (mmu)"]
    cache = smaller[1]
    assert (cache["unit"], cache["value"], cache["range"]) == ("bytes", 14 * MIB, "± 524288")


def test_what_is_no_number_is_none(tmp_path: Path) -> None:
    checked = without_a_number()
    values = [verdict["measure"]["value"] for verdict in json.loads(json_page(checked))["verdicts"]]
    assert values == [None, None, None, pytest.approx(1e300), 0]
    assert len(json.loads(smaller_is_better(checked))) == 2
    families = families_of(openmetrics(checked))
    assert len(families["gotrace_budget_measured_bytes"].samples) == 5
    assert read(benchfmt(checked), tmp_path).columns["benchmarks"].rows == 5


def test_a_long_name_is_cut_and_stays_its_own() -> None:
    one, other = cut("a" * 1000 + "1", 100), cut("a" * 1000 + "2", 100)
    assert len(one) == len(other) == 100
    assert one != other
    assert cut("a" * 100, 100) == "a" * 100
