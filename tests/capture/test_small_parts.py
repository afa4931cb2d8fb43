"""Names of folders, the environment, the Go command, and what a test binary prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.capture.environment import changes, offline, with_godebug
from gotrace.capture.finding_go import find_go
from gotrace.capture.folders import package_folders
from gotrace.capture.result_lines import interrupted, measured, result_lines, unfinished
from gotrace.errors import UsageError

OUTPUT = b"""goos: linux
pkg: m/a
noise: here
BenchmarkA-2   \t 100\t 50.5 ns/op\t 16 B/op\t 1 allocs/op
    x_test.go:3: said
BenchmarkA-2   \t 200\t 7 MB/s\t 40 ns/op
BenchmarkB/part-2   \tpanic: no
FAIL
"""


def test_folders_are_named_after_packages_and_none_twice() -> None:
    assert package_folders((path, "m") for path in ("m/a/b", "m", "m/a.b", "other/c")) == {
        "m/a/b": "a.b", "m": "m", "m/a.b": "a.b.2", "other/c": "c",
    }  # fmt: skip


def test_the_last_result_of_a_benchmark_counts() -> None:
    found = measured(OUTPUT)
    assert list(found) == ["BenchmarkA-2"]
    assert (found["BenchmarkA-2"].iterations, found["BenchmarkA-2"].ns) == (200, 40.0)
    assert unfinished(OUTPUT) == "BenchmarkB/part-2"


def test_lines_of_the_benchmark_format_are_kept_and_no_others() -> None:
    kept = result_lines(OUTPUT).splitlines()
    names = b"goos: pkg: BenchmarkA-2 BenchmarkA-2 FAIL".split()
    assert [line.split()[0] for line in kept] == names


def test_results_behind_words_of_the_benchmark_are_found() -> None:
    told = b"""BenchmarkA
words and BenchmarkA-2  \t     60\t   875.8 ns/op\t 15 B/op
Benchmark words 12 more
a BenchmarkB-2 100 is no result
"""
    assert list(measured(told)) == ["BenchmarkA-2"]
    assert result_lines(told) == b"BenchmarkA-2  \t     60\t   875.8 ns/op\t 15 B/op\n"


def test_benchmarks_that_print_between_name_and_result_are_known() -> None:
    told = b"""BenchmarkA-2  \t     60\t   875.8 ns/op
BenchmarkB-2  \twords
      100\t   5.8 ns/op
on BenchmarkC-2  \ton  100\t   5.8 ns/op
"""
    assert interrupted(told) == ["BenchmarkB-2", "BenchmarkC-2"]
    assert list(measured(told)) == ["BenchmarkA-2"]


def test_a_toolchain_that_the_user_names_stays() -> None:
    assert offline({"GOTOOLCHAIN": "go1.26.0"})["GOTOOLCHAIN"] == "go1.26.0"
    assert offline({"GOPROXY": "https://p"})["GOPROXY"] == "off"


def test_settings_of_godebug_are_added_behind_those_that_are_there() -> None:
    assert with_godebug({"GODEBUG": "gctrace=1"}, "sbrk=1")["GODEBUG"] == "gctrace=1,sbrk=1"
    assert with_godebug({}, "sbrk=1")["GODEBUG"] == "sbrk=1"


def test_only_what_differs_from_our_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "x")
    monkeypatch.setenv("GOMEMLIMIT", "1GiB")
    assert changes({"KEPT": "x", "GOGC": "off"}) == {"GOGC": "off", "GOMEMLIMIT": ""}


def test_go_is_found_on_path_before_goroot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("path", "root/bin"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "go").write_text("#!/bin/sh\n")
        (tmp_path / place / "go").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("GOROOT", str(tmp_path / "root"))
    assert find_go() == str(tmp_path / "path" / "go")
    (tmp_path / "path" / "go").unlink()
    assert find_go() == str(tmp_path / "root" / "bin" / "go")


def test_a_go_that_is_named_and_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--go names the Go command"):
        find_go(str(tmp_path / "nothing"))
