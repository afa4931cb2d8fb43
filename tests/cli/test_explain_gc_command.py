"""`gotrace explain gc`, from the outside."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from tests.cli.running import gotrace

Golden = Callable[[str, str], None]


def printed(*arguments: str) -> str:
    done = gotrace("explain", "gc", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("gotrace.explain.gc.go1.8.barrier-none.txt", ("--runtime", "go1.8", "--barrier", "none")),
        ("gotrace.explain.gc.seed-3.format-markdown.md", ("--seed", "3", "--format", "markdown")),
    ],
)
def test_the_story_is_the_golden_one(golden: Golden, name: str, arguments: tuple[str]) -> None:
    golden(name, printed(*arguments))


def test_json_and_csv_hold_every_step() -> None:
    page = json.loads(printed("--format", "json"))
    tables = {t["name"]: t["rows"] for result in page["results"] for t in result["tables"]}
    rows = list(csv.DictReader(io.StringIO(printed("--format", "csv", "--table", "steps"))))
    assert [row["meaning"] for row in rows] == [row["meaning"] for row in tables["steps"]]
    assert list(tables) == ["objects", "steps", "versions"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("gc", "--barrier", "wall"), b"`wall` is no barrier; barriers: none, dijkstra"),
        (("gc", "--runtime", "go1.4", "--barrier", "hybrid"), b"marking stops the world here"),
        (("gc", "--runtime", "go1.99"), b"go1.99 is newer than the newest version known here"),
        (("gc", "--pointers"), b"--pointers goes with sizes"),
        (("33", "--barrier", "none"), b"go with `gotrace explain gc`"),
        (("33", "--seed", "0"), b"go with `gotrace explain gc`"),
        (("gc", "33"), b"`gc` is not a size"),
    ],
)
def test_a_question_without_an_answer_is_one_line(
    arguments: tuple[str, ...], reason: bytes
) -> None:
    done = gotrace("explain", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
