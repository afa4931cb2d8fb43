"""The examples that `gotrace budget ... --help` shows can be run as they stand."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from gotrace.cli import budget, budget_run
from tests.cli.running import ROOT, gotrace
from tests.cli.test_budget_run import GO

MODULE = ROOT / "sample_traces" / "programs" / "budgeted"
COMMANDS = (
    budget.init, budget.check, budget.bless, budget.explain, budget.selftest, budget_run.run,
)  # fmt: skip
EXAMPLES = [
    (command.__name__, example)
    for command in COMMANDS
    for example in re.findall(r"^ +gotrace (.*)$", command.__doc__ or "", re.M)
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with the files that examples name, and a Go command on the path."""
    shutil.copytree(MODULE / "budgets", tmp_path / "budgets")
    shutil.copy(MODULE / "gotrace.toml", tmp_path)
    shutil.copy(MODULE / "recorded/within/benchmarks.txt", tmp_path / "bench.txt")
    shutil.copy(MODULE / "recorded/within/store/heap.pb.gz", tmp_path)
    (tmp_path / "go.mod").write_text("module m\n")
    (tmp_path / "packages").write_text("m/a\tm\n")
    (tmp_path / "go").write_text(GO)
    (tmp_path / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.mark.parametrize(("command", "example"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_an_example_of_the_help_runs(folder: Path, command: str, example: str) -> None:
    if command == "init":
        (folder / "gotrace.toml").unlink()
    if command in ("bless", "selftest"):  # they ask that every budget is measured
        shutil.copy(MODULE / "recorded/within/feed/goroutine.pb.gz", folder)
        example = re.sub(r"heap\.pb\.gz", "heap.pb.gz goroutine.pb.gz", example)
    done = gotrace(*shlex.split(example), cwd=folder)
    assert done.returncode in (0, 1), done.stderr.decode()
    assert done.stdout or done.stderr


def test_every_command_has_examples() -> None:
    assert {name for name, _ in EXAMPLES} == {command.__name__ for command in COMMANDS}
