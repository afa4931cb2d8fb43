"""Damaged traces: a report, or one InputError; nothing else."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gotrace.errors import InputError
from gotrace.trace_pipeline import analyse_trace
from gotrace.views.json_view import render_json
from gotrace.views.terminal import render_plain
from gotrace.views.trace_chart_data import trace_charts
from tests.analyses.trace.blocks import SAMPLES

SMALL = {
    version: (SAMPLES / "batch" / version / "trace.out").read_bytes()
    for version in ("go1.21", "go1.22", "go1.27")
}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(SMALL)),
    st.lists(st.tuples(st.integers(16, 60_000), st.integers(0, 255)), max_size=8),
    st.integers(0, 70_000),
)
def test_a_damaged_trace_gives_a_report_or_one_error(
    tmp_path: Path, version: str, changes: list[tuple[int, int]], end: int
) -> None:
    data = bytearray(SMALL[version])
    for at, value in changes:
        data[at] = value
    path = tmp_path / "damaged.out"
    path.write_bytes(data[: max(end, 16)])
    try:
        answers = analyse_trace(str(path))
    except InputError as error:
        assert str(path) in str(error)
        return
    for rows in (0, 25):
        report = answers.report(rows)
        assert render_plain(report).startswith("Execution trace")
        assert render_json(report)
        assert trace_charts(report) is not None
