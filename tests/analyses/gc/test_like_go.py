"""Mutator utilisation is what Go's own package computes, to 1e-9.

Go's answers come twice (`go_utilisation.MENDED`): as its code is, and with what it counts wrongly
mended. The minimum is compared at 20 windows from 3 µs to 30 s.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gotrace.analyses.gc.distribution import quantiles
from gotrace.analyses.gc.minimum import minimum_utilisation, worst_windows
from gotrace.analyses.gc.steps import Steps
from gotrace.analyses.gc.utilisation import DEFAULT, Counted
from tests.analyses.gc.go_utilisation import GoAnswer, go_says
from tests.analyses.gc.traces import SAMPLES, steps_of
from tests.goroots import GOROOTS
from tests.readers.trace.text_form import encode, read_go_test

RECORDED = [
    SAMPLES / name
    for name in (
        "batch/go1.21/trace.out",
        "batch/go1.22/trace.out",
        "batch/go1.23/trace.out",
        "batch/go1.25/trace.allocfree.out",
        "batch/go1.27/trace.allocfree.p2.out",
        "batch/go1.27/trace.out",
        "service/go1.27/trace.out",
    )
]
WINDOWS = [int(10**power) for power in np.linspace(3.5, 10.5, 20)]
RATIOS = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.9]
ALL = Counted.STW | Counted.BACKGROUND | Counted.ASSIST | Counted.SWEEP
CHOICES = [
    Counted.STW, Counted.BACKGROUND, Counted.ASSIST, Counted.SWEEP, DEFAULT, ALL,
    ALL | Counted.PER_PROC,
]  # fmt: skip
OLD = ("fmt_1_21_pprof_good", "http_1_19_good", "http_1_21_good", "stress_start_stop_1_11_good")
"""Traces that Go tests its reader with; of others ties of time are in another order there."""


def name_of(path: Path) -> str:
    return "-".join(path.parts[-3:])


def agree(
    ours: list[Steps], go: GoAnswer, windows: list[int], *, beyond_ns: int = 0, moved_ns: int = 0
) -> None:
    """The same steps at the same times, and the same minimum in every window.

    Go's search may look up to a nanosecond for each of its 1000 bands beyond the end, where nothing
    is left: by `beyond_ns` of the window its minimum may be lower. Go moves an event of a trace
    before Go 1.22 that has the time of the one before it a nanosecond on (`traceV1Converter.next`),
    so a row of them by several: a step may lie up to `moved_ns` elsewhere.
    """
    assert len(ours) == len(go.Times)
    for steps, times, shares in zip(ours, go.Times, go.Utils, strict=True):
        apart = np.diff(steps.time_ns) - np.diff(times)
        assert np.abs(apart).max() <= moved_ns
        assert np.abs(steps.ratio - np.array(shares)).max() < 1e-12
    lasted_ns = min(int(np.ptp(steps.time_ns)) for steps in ours)
    for window, expected in zip(windows, go.MMU, strict=True):
        above = minimum_utilisation(ours, window) - expected
        # Of what a window holds, each of its two ends may lie elsewhere, and a step within. A
        # window that is longer than the trace holds the trace.
        moved = 3 * moved_ns / min(window, lasted_ns)
        assert -1e-9 - moved < above < 1e-9 + moved + beyond_ns / window


@pytest.mark.parametrize("counted", [DEFAULT, ALL, ALL | Counted.PER_PROC], ids=int)
@pytest.mark.parametrize("path", RECORDED, ids=name_of)
def test_the_minimum_is_gos_at_20_windows(path: Path, counted: Counted) -> None:
    go = go_says(path, counted, [0], WINDOWS, mended=False)
    agree(steps_of(path, counted, as_go=True), go, WINDOWS)


@pytest.mark.parametrize("counted", CHOICES, ids=int)
def test_every_choice_of_what_counts_is_gos(counted: Counted) -> None:
    for mended in (False, True):
        go = go_says(RECORDED[-1], counted, [0], WINDOWS, mended=mended)
        agree(steps_of(RECORDED[-1], counted, as_go=not mended), go, WINDOWS)


@pytest.mark.parametrize("path", RECORDED, ids=name_of)
def test_minimum_and_distribution_are_those_that_go_means(path: Path) -> None:
    windows = WINDOWS[2:20:5]
    go = go_says(path, DEFAULT, RATIOS, windows, mended=True)
    ours = steps_of(path, DEFAULT)
    agree(ours, go, windows)
    for window, expected in zip(windows, go.Quantiles, strict=True):
        assert quantiles(ours, window, RATIOS) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", OLD)
def test_traces_until_go_1_21_give_gos_minimum(name: str) -> None:
    path = GOROOTS[0].path / "src/internal/trace/internal/tracev1/testdata" / name
    for mended in (False, True):
        go = go_says(path, ALL, [0], WINDOWS, mended=mended)
        agree(steps_of(path, ALL, as_go=not mended), go, WINDOWS)


@pytest.mark.parametrize("counted", [ALL, ALL | Counted.PER_PROC], ids=int)
def test_a_trace_that_begins_within_assists_and_sweeps_gives_gos_minimum(
    counted: Counted, tmp_path: Path
) -> None:
    source = GOROOTS[0].path / "src/internal/trace/testdata/tests/go122-gc-stress.test"
    path = tmp_path / "stress.trace"
    path.write_bytes(encode(read_go_test(source).text))
    windows = [window for window in WINDOWS if window < 5_000_000]
    go = go_says(path, counted, [0], windows, mended=False)
    agree(steps_of(path, counted, as_go=True), go, windows)


def test_gos_own_count_of_workers_never_falls() -> None:
    """Why there are two answers: the last step of Go's says that all procs still mark."""
    path = SAMPLES / "service" / "go1.27" / "trace.out"
    go, mended = (go_says(path, Counted.BACKGROUND, [0], [10**8], mended=m) for m in (False, True))
    assert go.Utils[0][-2:] == [0.5, 0]
    assert mended.Utils[0][-2:] == [1, 0]
    assert go.MMU[0] < 0.3 < 0.8 < mended.MMU[0]


def test_the_worst_windows_do_not_overlap_and_begin_with_the_minimum() -> None:
    ours = steps_of(RECORDED[-1], DEFAULT)
    found = worst_windows(ours, 10_000_000, 5)
    assert len(found) == 5
    assert found[0].ratio == minimum_utilisation(ours, 10_000_000)
    starts = sorted(window.time_ns for window in found)
    assert min(np.diff(starts)) >= 10_000_000
