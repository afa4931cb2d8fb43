"""`gotrace budget run`, mostly with a stand-in for Go: a script that does as it is told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.budgets.measuring import MODULE, NEWEST
from tests.cli.running import gotrace

GO = """#!/bin/sh
case "$1" in
env) echo '{"GOVERSION": "go1.27.3", "GOOS": "linux", "GOARCH": "amd64", "GOFLAGS": ""}';;
list) [ -e broken ] && { echo 'no such package' >&2; exit 1; }
      cat packages;;
test) shift
      for word; do
          echo "$word" >> words
          case "$word" in m/*) package=$word;; -memprofile=*) profile=${word#*=};; esac
      done
      echo "$GOTRACE_PROFILES" >> folders
      echo "pkg: $package"
      echo "on stderr" >&2
      [ -e slow ] && { sleep 300 & echo $! > child; wait; }
      [ -e heap.pb.gz ] && cp heap.pb.gz "$GOTRACE_PROFILES/own.pb.gz"
      [ -e empty ] || echo "BenchmarkFind-2 100 5 ns/op 16 B/op 2 allocs/op"
      [ -e "fail-${package#m/}" ] && { echo FAIL; exit 3; }
      echo PASS;;
esac
"""
BUDGETS = """
[budget.find]
metric = "allocs/op"
benchmark = "Find"
max = %d
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module of one package, and a Go command in it."""
    (tmp_path / "go.mod").write_text("module m\n")
    (tmp_path / "packages").write_text("m/a\tm\n")
    (tmp_path / "gotrace.toml").write_text(BUDGETS % 2)
    (tmp_path / "go").write_text(GO)
    (tmp_path / "go").chmod(0o755)
    return tmp_path


def run(
    module: Path, *words: str, test: str = "-bench . ./..."
) -> subprocess.CompletedProcess[bytes]:
    command = ["--", str(module / "go"), "test", *test.split()]
    return gotrace("budget", "run", *words, *command, cwd=module)


def words(module: Path) -> list[str]:
    return (module / "words").read_text().split()


def test_flags_are_added_where_they_are_absent(module: Path) -> None:
    done = run(module)
    assert done.returncode == 0, done.stderr.decode()
    found = words(module)
    assert {"-benchmem", "-benchtime=100x", "-count=6", "-memprofilerate=1"} <= set(found)
    assert any(word.startswith("-memprofile=") for word in found)
    assert found[-1] == "m/a"


def test_flags_that_are_given_stay(module: Path) -> None:
    run(module, "--count", "9", test="-bench . -benchtime 7x -memprofilerate=64 ./...")
    found = words(module)
    assert "-count=9" in found
    assert not {"-benchtime=100x", "-memprofilerate=1"} & set(found)


def test_output_of_go_goes_to_stderr_and_the_verdict_to_stdout(module: Path) -> None:
    done = run(module)
    assert b"BenchmarkFind-2 100 5 ns/op" in done.stderr
    assert b"on stderr" in done.stderr
    assert b"1 within" in done.stdout
    assert b"PASS" not in done.stdout


def test_what_is_over_exits_with_1(module: Path) -> None:
    (module / "gotrace.toml").write_text(BUDGETS % 1)
    done = run(module)
    assert (done.returncode, b"1 over" in done.stdout) == (1, True)


def test_failed_tests_exit_with_1_after_all_packages_ran_and_nothing_is_checked(
    module: Path,
) -> None:
    (module / "packages").write_text("m/a\tm\nm/b\tm\n")
    (module / "fail-a").touch()
    done = run(module)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"`go test` failed, so no budget was checked: m/a (exit code 3)" in done.stderr
    assert "m/b" in words(module)


def test_packages_that_cannot_be_loaded_exit_with_1(module: Path) -> None:
    (module / "broken").touch()
    done = run(module)
    assert (done.returncode, b"nothing was tested" in done.stderr) == (1, True)
    assert b"no such package" in done.stderr


def test_no_package_with_tests_is_a_failure(module: Path) -> None:
    (module / "packages").write_text("")
    done = run(module)
    assert (done.returncode, b"has tests" in done.stderr) == (1, True)


def test_benchmarks_that_match_nothing_are_not_within(module: Path) -> None:
    (module / "empty").touch()
    done = run(module)
    assert done.returncode in (1, 3)
    assert b"within" not in done.stdout


def test_tests_that_write_no_profile_leave_nothing_to_check(module: Path) -> None:
    done = run(module, test="-run TestHeap ./...")
    assert (done.returncode, b"left nothing to check" in done.stderr) == (3, True)


def test_tests_that_only_write_heap_profiles_are_checked(module: Path) -> None:
    shutil.copy(MODULE / "recorded/within/store/heap.pb.gz", module)
    (module / "gotrace.toml").write_text('[budget.heap]\nmetric = "inuse_space"\nmax = "3 MiB"\n')
    done = run(module, test="-run TestHeap ./...")
    assert done.returncode == 0, done.stderr.decode()
    assert "-count=1" in words(module)
    (module / "gotrace.toml").write_text('[budget.heap]\nmetric = "inuse_space"\nmax = "1 MiB"\n')
    assert run(module, test="-run TestHeap ./...").returncode == 1


def test_recordings_are_kept_where_asked_and_only_fresh(module: Path) -> None:
    folder = module / "kept"
    assert run(module, "-o", "kept", "--record-only").returncode == 0
    assert (folder / "benchmarks.txt").read_text().startswith("goversion: go1.27.3\n")
    assert gotrace("budget", "check", folder / "benchmarks.txt", cwd=module).returncode == 0
    again = run(module, "-o", "kept", "--record-only")
    assert (again.returncode, b"--force replaces" in again.stderr) == (2, True)
    assert run(module, "-o", "kept", "--force", "--record-only").returncode == 0
    (module / "mine").mkdir()
    (module / "mine" / "letter").touch()
    assert run(module, "-o", "mine", "--force", "--record-only").returncode == 2
    assert (module / "mine" / "letter").exists()


def test_without_a_place_the_recordings_go_away_and_their_folder_is_not_named(
    module: Path,
) -> None:
    done = run(module, "--format", "json")
    (folder,) = (module / "folders").read_text().split()
    assert not Path(folder).exists()
    assert str(Path(folder).parent).encode() not in done.stdout
    assert b'"benchmarks.txt"' in done.stdout


def test_files_that_packages_would_share_are_refused(module: Path) -> None:
    (module / "packages").write_text("m/a\tm\nm/b\tm\n")
    done = run(module, test="-bench . -memprofile mem ./...")
    assert (done.returncode, b"-memprofile: leave it out" in done.stderr) == (2, True)


def test_another_command_is_refused(module: Path) -> None:
    done = gotrace("budget", "run", "--", "make", "bench", cwd=module)
    assert (done.returncode, b"is not `go test`" in done.stderr) == (2, True)


def test_a_time_limit_ends_it(module: Path) -> None:
    (module / "slow").touch()
    done = run(module, "--timeout", "2s")
    assert (done.returncode, b"--timeout passed" in done.stderr) == (1, True)


def test_ctrl_c_leaves_no_child_and_no_folder(module: Path) -> None:
    (module / "slow").touch()
    # Whoever starts the tests in the background may ignore Ctrl-C, and children inherit that.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "gotrace", "budget", "run"]
    with (
        subprocess.Popen(
            [*command, "--", str(module / "go"), "test", "-bench", "."],
            cwd=module, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ) as process,
        ExitStack() as at_end,
    ):  # fmt: skip
        at_end.callback(process.kill)
        child = module / "child"
        deadline = time.monotonic() + 60
        while not (child.exists() and child.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(30) == 130
    (folder,) = (module / "folders").read_text().split()
    assert not Path(folder).exists()
    status = Path(f"/proc/{child.read_text().strip()}/stat")
    while status.exists() and " Z " not in status.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not status.exists() or " Z " in status.read_text()


def test_packages_of_one_name_are_two_programs(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module m\n\ngo 1.21\n")
    (tmp_path / "gotrace.toml").write_text('[budget.heap]\nmetric = "alloc_space"\nmax = "1 GiB"\n')
    for parent in ("a", "b"):
        folder = tmp_path / parent / "same"
        folder.mkdir(parents=True)
        (folder / "x_test.go").write_text(
            'package same\n\nimport "testing"\n\nvar kept []byte\n\n'
            "func TestX(*testing.T) { kept = make([]byte, 1<<20) }\n"
        )
    command = ["--", str(NEWEST.go), "test", "-vet=off", "./..."]
    done = gotrace("budget", "run", "--format", "json", *command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert b"a.same.test" in done.stdout
    assert b"b.same.test" in done.stdout
