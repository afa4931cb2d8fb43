"""`gotrace budget` from the outside, on what was recorded of `programs/budgeted`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import ROOT, gotrace

MODULE = ROOT / "sample_traces" / "programs" / "budgeted"


def recorded(which: str) -> list[Path]:
    folder = MODULE / "recorded" / which
    return [folder / "benchmarks.txt", *sorted(folder.glob("*/*.pb.gz"))]


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A copy of the module's budget file and baseline, with a folder below."""
    (tmp_path / "go.mod").write_text("module budgeted\n")
    shutil.copy(MODULE / "gotrace.toml", tmp_path)
    shutil.copytree(MODULE / "budgets", tmp_path / "budgets")
    (tmp_path / "inner" / "most").mkdir(parents=True)
    return tmp_path


def test_a_check_within_budget_exits_with_0(module: Path) -> None:
    done = gotrace("budget", "check", *recorded("within"), cwd=module)
    assert done.returncode == 0, done.stderr.decode()
    assert b"6 within" in done.stdout


def test_a_check_over_budget_exits_with_1_and_names_the_line(
    module: Path, golden: Callable[[str, str], None]
) -> None:
    done = gotrace("budget", "check", *recorded("over"), cwd=module)
    assert done.returncode == 1
    assert b"index/hit_more.go" in done.stdout
    golden("gotrace.budget.check.txt", done.stdout.decode())


def test_the_budget_file_is_found_upwards_as_far_as_the_module(module: Path) -> None:
    inner = module / "inner" / "most"
    assert gotrace("budget", "check", *recorded("within"), cwd=inner).returncode == 0
    (inner / "go.mod").write_text("module another\n")
    done = gotrace("budget", "check", *recorded("within"), cwd=inner)
    assert done.returncode == 2
    assert b"no gotrace.toml here or above" in done.stderr


def test_formats_go_to_files_and_one_to_standard_output(module: Path) -> None:
    done = gotrace(
        "budget", "check", *recorded("over"), "--format", "junit=b.xml",
        "--format", "sarif=b.sarif", "--format", "json", cwd=module,
    )  # fmt: skip
    assert done.returncode == 1
    assert json.loads(done.stdout)
    assert b"<testsuite" in (module / "b.xml").read_bytes()
    assert json.loads((module / "b.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("formats", "why"),
    [
        (("json", "markdown"), b"cannot both go to standard output"),
        (("yaml",), b"no format `yaml`"),
        (("json=",), b"names no file"),
    ],
)
def test_formats_that_cannot_be_are_refused(
    module: Path, formats: tuple[str, ...], why: bytes
) -> None:
    options = [part for name in formats for part in ("--format", name)]
    done = gotrace("budget", "check", *recorded("within"), *options, cwd=module)
    assert (done.returncode, why in done.stderr) == (2, True)


def test_a_step_summary_is_appended(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = module / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    asked = f"github-summary={summary}"
    gotrace("budget", "check", *recorded("within"), "--format", asked, cwd=module)
    text = summary.read_text()
    assert text.startswith("before\n")
    assert "find-allocs" in text


def test_without_a_baseline_relative_limits_cannot_tell_and_blessing_helps(module: Path) -> None:
    shutil.rmtree(module / "budgets")
    done = gotrace("budget", "check", *recorded("within"), cwd=module)
    assert (done.returncode, b"cannot tell" in done.stdout.lower()) == (1, True)
    blessed = gotrace("budget", "bless", *recorded("within"), cwd=module)
    assert blessed.returncode == 0, blessed.stderr.decode()
    assert b"find-allocs: new, 44 allocs/op (exact)" in blessed.stdout
    assert gotrace("budget", "check", *recorded("within"), cwd=module).returncode == 0


def test_blessing_says_what_changed(module: Path) -> None:
    done = gotrace("budget", "bless", *recorded("over"), "--only", "find-allocs", cwd=module)
    assert done.returncode == 0, done.stderr.decode()
    assert b"find-allocs: 44 allocs/op -> 45 allocs/op, +1 allocs/op (+2.27%)" in done.stdout
    assert b"6 entries, 1 changed" in done.stdout
    assert gotrace("budget", "check", *recorded("over"), cwd=module).returncode == 1  # bytes are


def test_init_proposes_a_file_that_its_own_recordings_keep(module: Path) -> None:
    (module / "gotrace.toml").unlink()
    inner = module / "inner"
    assert gotrace("budget", "init", *recorded("within"), cwd=inner).returncode == 0
    assert (module / "gotrace.toml").is_file()
    assert gotrace("budget", "check", *recorded("within"), cwd=inner).returncode == 0
    assert gotrace("budget", "check", *recorded("over"), cwd=inner).returncode == 1
    again = gotrace("budget", "init", *recorded("within"), cwd=inner)
    assert (again.returncode, b"--force replaces it" in again.stderr) == (2, True)
    printed = gotrace("budget", "init", *recorded("within"), "-o", "-", cwd=inner)
    assert printed.stdout == (module / "gotrace.toml").read_bytes()


def test_a_budget_is_explained_with_recordings_and_without(module: Path) -> None:
    done = gotrace("budget", "explain", "find-allocs", cwd=module)
    assert done.returncode == 0
    assert b"an overrun fails the build" in done.stdout
    full = gotrace("budget", "explain", "find-allocs", *recorded("over"), cwd=module)
    assert full.returncode == 0
    assert b"OVER: find-allocs" in full.stdout
    other = gotrace("budget", "explain", "find", cwd=module)
    assert (other.returncode, b"there are `find-allocs`" in other.stderr) == (2, True)


def test_every_gate_of_the_sample_can_fail(module: Path) -> None:
    done = gotrace("budget", "selftest", *recorded("within"), cwd=module)
    assert done.returncode == 0, done.stdout.decode()
    assert b"5 of 5 gates can fail" in done.stdout


def test_a_file_without_gates_fails_its_selftest(module: Path) -> None:
    done = gotrace("budget", "selftest", *recorded("within"), "--only", "find-time", cwd=module)
    assert (done.returncode, done.stdout) == (1, b"no budget is a gate\n")


def test_conditions_can_be_told_and_change_the_verdict(module: Path) -> None:
    check = ("budget", "check", *recorded("within"), "--condition")
    raced = gotrace(*check, "race=true", cwd=module)
    assert raced.returncode == 1
    assert b"race" in raced.stdout
    wrong = gotrace(*check, "moon=full", cwd=module)
    assert (wrong.returncode, b"is no condition" in wrong.stderr) == (2, True)


def test_help_lists_every_command() -> None:
    text = gotrace("budget", "--help").stdout
    assert all(name in text for name in (b"init", b"check", b"bless", b"explain", b"selftest"))
