"""Planted problems with real Go: named at the right line, gone with the fix, healthy code left be.

`python -m tests.wrestling` does the same with every package and writes docs/wrestle.md.
"""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.goroots import GOROOTS
from tests.wrestling.document import DOCUMENT, read_rows
from tests.wrestling.measuring import Bench, Wrestling, judge
from tests.wrestling.modules import FIRST, FOLDER, HEALTHY, PLANTED

RECORDED = FOLDER.parents[1] / "wrestle"
NEWEST = max(GOROOTS, key=lambda root: root.version)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("wrestling"), NEWEST, count=1, benchtime="100x")


def test_every_package_but_the_healthy_ones_has_one_planted_problem() -> None:
    packages = {path.parent.name for path in FOLDER.glob("*/*_test.go")}
    assert packages == {*PLANTED, *HEALTHY}
    marked = {
        path.parent.name for path in FOLDER.glob("*/*.go") if "// planted:" in path.read_text()
    }
    assert marked == set(PLANTED)


@pytest.mark.parametrize("tags", ["", "fixed"])
def test_the_packages_give_the_same_answers_with_and_without_the_fix(tags: str) -> None:
    settings = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "on", "GOENV": "off"}
    done = subprocess.run(
        [NEWEST.go, "test", "-tags", tags, "./..."],
        cwd=FOLDER, env={**os.environ, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shipped_recordings_name_the_planted_line_and_foretell_what_its_fix_saved() -> None:
    before, after = (Wrestling(RECORDED / name) for name in ("growth", "growth.fixed"))
    judged = judge(PLANTED["growth"], before, after)
    assert judged.is_named
    assert judged.is_within
    assert judged.is_gone


def test_slice_growth_is_named_at_its_line_and_is_gone_with_the_fix(bench: Bench) -> None:
    judged = judge(PLANTED["growth"], bench.wrestle("growth"), bench.wrestle("growth", "fixed"))
    assert judged.is_named
    assert judged.is_gone


def test_a_healthy_package_is_told_nothing_above_low(bench: Bench) -> None:
    told = [found for found in bench.wrestle("healthy").remedies if found.weight != "low"]
    assert told == []


def test_the_document_shows_every_package_and_what_was_asked_of_them_holds() -> None:
    rows = read_rows(DOCUMENT.read_text(encoding="utf-8"))
    newest = max(version for version, _ in rows)
    shown = {package: cells for (version, package), cells in rows.items() if version == newest}
    assert set(shown) == {*PLANTED, *HEALTHY}
    assert all(shown[package][1] == "yes" for package in (*FIRST, *HEALTHY))
    assert sum(shown[package][4] == "yes" for package in FIRST) >= 6
