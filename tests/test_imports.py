"""What start-up may cost: the report path imports no heavy package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAP = ROOT / "sample_traces/service/go1.27/heap.pb.gz"
ALLOCATIONS = ROOT / "sample_traces/batch/go1.27/trace.allocfree.out"
TRACE = ROOT / "sample_traces/service/go1.27/trace.out"

ALWAYS_HEAVY = {"pandas", "matplotlib", "pyarrow", "duckdb", "IPython"}
UNNEEDED = {
    "asyncio": "nothing waits",
    "http.client": "only addresses need it",
    "numpy.ma": "`np.unique(x)` imports it; `np.unique(x, return_counts=True)` does not",
    "numpy.testing": "is for tests",
    "pydantic": "typer 0.29 brings it; gotrace asks for an older one",
    "urllib.request": "only addresses need it",
}
"""Module → why a report on a file must not import it, nor anything below it."""


def imported_by(*arguments: str) -> set[str]:
    """Names of the modules that `gotrace ARGUMENTS` imports, in a fresh interpreter."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gotrace", *arguments],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", run.stderr, re.M))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("report", str(HEAP)),
        ("report", "--format", "json", str(HEAP)),
        ("report", str(TRACE)),
        ("events", "--limit", "1", str(TRACE)),
        ("explain", "33"),
        ("replay", str(ALLOCATIONS)),
    ],
    ids=["help", "version", "report", "json", "trace", "events", "explain", "replay"],
)
def test_start_up_imports_no_heavy_package(arguments: tuple[str, ...]) -> None:
    modules = imported_by(*arguments)
    assert "gotrace" in modules
    assert {name for name in modules if name.split(".")[0] in ALWAYS_HEAVY} == set()


def test_help_does_not_even_import_numpy() -> None:
    assert {name for name in imported_by("--help") if name.split(".")[0] == "numpy"} == set()


def test_a_report_imports_nothing_it_does_not_use() -> None:
    modules = imported_by("report", str(HEAP))
    assert {name: why for name, why in UNNEEDED.items() if name in modules} == {}


def test_a_report_of_a_profile_imports_nothing_for_traces() -> None:
    names = ("gotrace.readers.trace", "gotrace.analyses.trace", "gotrace.trace_")
    modules = imported_by("report", str(HEAP))
    assert {name for name in modules if name.startswith(names)} == set()


def test_importing_gotrace_alone_imports_none_of_its_modules() -> None:
    code = "import sys, gotrace; print([m for m in sys.modules if m.startswith('gotrace.')])"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
