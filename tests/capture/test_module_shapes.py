"""Modules of unusual shapes, as real Go lists them: workspaces, build tags, odd folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.capture.environment import offline
from gotrace.capture.go_command import GoCommand
from gotrace.capture.module_packages import list_packages
from gotrace.capture.module_recording import record_module
from gotrace.capture.module_request import ModuleRequest
from gotrace.capture.process import CommandError
from gotrace.capture.toolchain import check_module
from gotrace.errors import InputError, UsageError
from tests.goroots import GOROOTS

NEWEST = max(GOROOTS, key=lambda root: root.version)
BENCHMARK = 'package x\n\nimport "testing"\n\nfunc BenchmarkX(b *testing.B) {}\n'


def module(folder: Path, path: str, head: str = "") -> Path:
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text(f"module {path}\n\ngo 1.21\n")
    (folder / "x_test.go").write_text(head + BENCHMARK)
    return folder


def command(folder: Path) -> GoCommand:
    return GoCommand(str(NEWEST.go), folder, {**offline(), "GOFLAGS": ""}, 60.0)


def listed(folder: Path, *patterns: str, tags: str = "") -> list[str]:
    found = list_packages(command(folder), patterns or ("./...",), tags)
    return sorted(package.path for package in found.packages)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace of two modules, and a third module that is not of it."""
    for name in ("one", "two", "other"):
        module(tmp_path / name, f"example.com/{name}")
    module_folder = tmp_path / "two" / "deep"
    module_folder.mkdir()
    (module_folder / "x_test.go").write_text(BENCHMARK)
    (tmp_path / "go.work").write_text("go 1.21\n\nuse (\n\t./one\n\t./two\n)\n")
    return tmp_path


def test_a_workspace_is_all_its_modules_from_a_folder_above(workspace: Path) -> None:
    check_module(command(workspace))
    every = ["example.com/one", "example.com/two", "example.com/two/deep"]
    assert listed(workspace) == every
    assert listed(workspace / "two") == every[1:]
    assert listed(workspace, "./one/...", "./two/deep") == [every[0], every[2]]


def test_packages_of_several_modules_are_of_none(workspace: Path) -> None:
    assert list_packages(command(workspace), ("./...",), "").module == ""
    assert list_packages(command(workspace), ("./two/...",), "").module == "example.com/two"


def test_a_module_that_is_not_of_the_workspace_is_told_so(workspace: Path) -> None:
    found = list_packages(command(workspace / "other"), ("./...",), "")
    assert found.packages == ()
    assert "go.work" in found.broken[0][1]


def test_outside_of_modules_it_is_said_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is in no Go module: run it in a folder"):
        check_module(command(tmp_path))


def test_benchmarks_behind_a_build_tag_are_named(tmp_path: Path) -> None:
    folder = module(tmp_path / "m", "example.com/m", "//go:build slow\n\n")
    (folder / "x.go").write_text("package x\n")
    assert listed(folder, tags="slow") == ["example.com/m"]
    request = ModuleRequest(folder, go=str(NEWEST.go))
    with pytest.raises(CommandError, match=r"m/x_test\.go has some, but build .*: --tags names"):
        record_module(request, tmp_path / "out", lambda _: None)


def test_folders_may_have_spaces_and_any_letters(tmp_path: Path) -> None:
    folder = module(tmp_path / "ein Modül" / "日本", "example.com/m")
    assert listed(folder) == ["example.com/m"]


def test_a_module_may_name_no_version_and_a_toolchain_that_is_not_there(tmp_path: Path) -> None:
    folder = module(tmp_path / "m", "example.com/m")
    for text in ("", "\ngo 1.21\n\ntoolchain go1.99.0\n"):
        (folder / "go.mod").write_text("module example.com/m\n" + text)
        assert listed(folder) == ["example.com/m"]


def test_a_module_for_a_newer_go_asks_for_that_go(tmp_path: Path) -> None:
    folder = module(tmp_path / "m", "example.com/m")
    (folder / "go.mod").write_text("module example.com/m\n\ngo 1.99\n")
    with pytest.raises(CommandError, match=r"go >= 1\.99.*install that Go, and name it with --go"):
        listed(folder)


def test_a_folder_that_cannot_be_made_asks_for_another(tmp_path: Path) -> None:
    folder = module(tmp_path / "m", "example.com/m")
    (tmp_path / "file").touch()
    request = ModuleRequest(folder, go=str(NEWEST.go))
    with pytest.raises(InputError, match="cannot be written: Not a directory; name a folder"):
        record_module(request, tmp_path / "file" / "out", lambda _: None)
