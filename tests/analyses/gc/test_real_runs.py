"""Fresh traces of a program that forces collections, on four procs, of every toolchain at hand."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

from gotrace.analyses.gc.result_tables import nullable
from gotrace.analyses.gc.utilisation import DEFAULT
from tests.analyses.gc.go_utilisation import go_says
from tests.analyses.gc.test_like_go import WINDOWS, agree
from tests.analyses.gc.traces import gc_tables, steps_of
from tests.goroots import GOROOTS, GoRoot

PROGRAM = Path(__file__).parent / "go_programs" / "forced.go"


@cache
def recorded(root: GoRoot) -> Path:
    folder = Path(mkdtemp(prefix="gotrace-tests-"))
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"}
    subprocess.run(
        [root.go, "build", "-o", folder / "forced", PROGRAM], env=environment, check=True
    )
    with (folder / "trace.out").open("wb") as file:
        subprocess.run([folder / "forced"], stdout=file, env=environment, check=True)
    return folder / "trace.out"


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_forced_cycles_are_told_from_those_of_the_heap(root: GoRoot) -> None:
    cycles = gc_tables(recorded(root)).columns["gc_cycles"]
    reasons = nullable(cycles, "reason")
    assert reasons[-3:] == ["forced"] * 3
    assert set(reasons[:-3]) <= {"heap", None}
    assert cycles.rows > 3
    # Four Ps have one dedicated worker (a quarter of them); the next one may start while it ends.
    dedicated = set(cycles.array("dedicated_workers_count").tolist())
    assert dedicated & {1, 2}
    assert dedicated <= {0, 1, 2}  # none where all was marked before one came
    assert (cycles.array("gomaxprocs")[1:] == 4).all()
    # Nothing is kept: what is found alive falls.
    marked = cycles.array("marked_bytes")
    assert marked[-2] < marked[-3] / 3


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_assists_are_paid_within_the_task(root: GoRoot) -> None:
    assists = gc_tables(recorded(root)).columns["gc_assists"]
    task = assists.array("task")
    paid = assists.array("assist_ns")
    assert paid[task >= 0].sum() > paid.sum() / 2
    assert len(np.unique(task[task >= 0])) == 1


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_the_minimum_of_a_fresh_run_is_gos(root: GoRoot) -> None:
    path = recorded(root)
    moved_ns = 0 if root.version.minor >= 22 else 4
    for mended in (False, True):
        go = go_says(path, DEFAULT, [0], WINDOWS, mended=mended)
        ours = steps_of(path, DEFAULT, as_go=not mended)
        agree(ours, go, WINDOWS, beyond_ns=1000, moved_ns=moved_ns)
