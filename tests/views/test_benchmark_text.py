"""Benchmark results written in Go's format, and read again."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gotrace.tables.recording import Recording
from gotrace.views.benchmark_text import benchmark_text
from gotrace.views.go_numbers import format_float
from tests.readers.benchmarks.logs import read, rows


def everything(recording: Recording) -> dict[str, list[dict[str, Any]]]:
    """All tables without line numbers; NaN as a text, for it equals nothing."""
    return {
        table: [
            {
                key: "NaN" if isinstance(value, float) and math.isnan(value) else value
                for key, value in row.items()
                if key != "line"
            }
            for row in rows(recording, table)
        ]
        for table in recording.columns
    }


LOG = """\
Unit ns/op better=lower
Unit max-heap-bytes assume=exact better=lower
goos: linux
pkg: a/b
BenchmarkX/n=1-8 1000 1e+06 ns/op +Inf MB/s 12 B/op
BenchmarkX/n=1-8 1000 0.25 ns/op NaN MB/s 12 B/op
pkg: a/c
note: one: two
BenchmarkY 1 -Inf max-heap-bytes
goos:
BenchmarkZ 5 1e-09 x 123456789012345678901 y 1.5e+21 z
"""


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    recording = read(LOG, tmp_path)
    again = read(benchmark_text(recording), tmp_path)
    assert everything(again) == everything(recording)
    assert benchmark_text(again) == benchmark_text(recording)


def test_values_are_written_as_they_were(tmp_path: Path) -> None:
    text = benchmark_text(read(LOG, tmp_path))
    results = [line for line in LOG.splitlines() if line.startswith("Benchmark")]
    written = [line for line in text.splitlines() if line.startswith("Benchmark")]
    assert written[:3] == results[:3]
    assert "1e-09 x 1.2345678901234568e+20 y 1.5e+21 z" in written[3]


KEYS = st.sampled_from(["a", "b", "c", "pkg"])
STEPS = st.one_of(
    st.tuples(KEYS, st.sampled_from(["", "1", "2 3"])).map(lambda pair: f"{pair[0]}: {pair[1]}"),
    st.floats().map(lambda value: f"BenchmarkX-4 3 {format_float(value)} ns/op"),
    st.sampled_from(["Unit ns/op better=lower", "Unit B/op assume=exact"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(STEPS, max_size=12))
def test_every_log_round_trips(tmp_path: Path, steps: list[str]) -> None:
    recording = read("\n".join([*steps, "BenchmarkEnd 1 1 u", ""]), tmp_path)
    assert everything(read(benchmark_text(recording), tmp_path)) == everything(recording)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (1e6, "1e+06"),
        (123456.0, "123456"),
        (1234567.0, "1.234567e+06"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1052.5, "1052.5"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (-2.5e-7, "-2.5e-07"),
        (100.0, "100"),
    ],
)
def test_numbers_are_written_as_go_writes_them(value: float, text: str) -> None:
    assert format_float(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_the_same(value: float) -> None:
    assert float(format_float(value)) == value
