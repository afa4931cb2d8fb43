"""Files of profiles as files of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.tables.budget import Place, Site
from gotrace.views.budget.paths import Project
from gotrace.views.budget.repository import project_of

NESTED = Project("/src/repo", "services/shop", "example.com/shop.v2", "services/shop/gotrace.toml")


@pytest.mark.parametrize(
    ("function", "file", "expected"),
    [
        (
            "example.com/shop.v2/db.Open",
            "/src/repo/services/shop/db/db.go",
            "services/shop/db/db.go",
        ),
        ("main.main", "/src/repo/tools/x.go", "tools/x.go"),
        ("main.main", "example.com/shop.v2/cmd/a/main.go", "services/shop/cmd/a/main.go"),
        ("example.com/shop.v2/db.(*T).F", "/other/machine/db/db.go", "services/shop/db/db.go"),
        ("example.com/shop%2ev2.F", "/other/machine/root.go", "services/shop/root.go"),
        ("example.com/shop.v2/a.F[go.shape.x/y.Z]", "C:\\ci\\a\\a.go", "services/shop/a/a.go"),
        ("bytes.growSlice", "/usr/local/go/src/bytes/buffer.go", ""),
        ("runtime.malloc", "runtime/malloc.go", ""),
        ("example.com/shop.v20/db.F", "/go/pkg/mod/shop/db.go", ""),
        ("main.main", "/src/repository/x.go", ""),
        ("main.main", "/src/repo/../../etc/passwd", ""),
        ("", "", ""),
    ],
)
def test_a_site_is_in_the_repository_or_nowhere(function: str, file: str, expected: str) -> None:
    assert NESTED.site(Site(function, file, 3, 1.0)) == expected
    assert NESTED.site(Site(function, file, 0, 1.0)) == ""


def test_without_a_project_relative_paths_stand_as_they_are() -> None:
    assert Project().site(Site("f", "a/./b.go", 1, 1.0)) == "a/b.go"
    assert Project().site(Site("f", "../b.go", 1, 1.0)) == ""
    assert Project().site(Site("f", "/b.go", 1, 1.0)) == ""
    assert Project().budget(Place("conf/gotrace.toml", 1)) == "conf/gotrace.toml"
    assert NESTED.budget(Place("gotrace.toml", 1)) == "services/shop/gotrace.toml"


def test_a_project_is_found_around_its_budget_file(tmp_path: Path) -> None:
    module = tmp_path / "services/shop"
    (module / "ci").mkdir(parents=True)
    (module / "go.mod").write_text('// a module\nmodule "example.com/shop" // it\n\ngo 1.27\n')
    budget_file = module / "ci/gotrace.toml"
    assert project_of(budget_file) == Project(
        module.as_posix(), "", "example.com/shop", "ci/gotrace.toml"
    )
    (tmp_path / ".git").mkdir()
    assert project_of(budget_file) == Project(
        tmp_path.as_posix(), "services/shop", "example.com/shop", "services/shop/ci/gotrace.toml"
    )


def test_a_budget_file_without_a_module_is_a_project_of_its_folder(tmp_path: Path) -> None:
    assert project_of(tmp_path / "gotrace.toml") == Project(
        tmp_path.as_posix(), "", "", "gotrace.toml"
    )
