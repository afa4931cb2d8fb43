"""`gotrace explain`, from the outside."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from tests.cli.running import gotrace

Golden = Callable[[str, str], None]


def printed(*arguments: str) -> str:
    done = gotrace("explain", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("gotrace.explain.33.txt", ("33",)),
        ("gotrace.explain.1KiB.pointers.txt", ("1KiB", "--pointers")),
        ("gotrace.explain.24-48-4KiB-32KiB.txt", ("24", "48", "4KiB", "32KiB", "--pointers")),
        ("gotrace.explain.33.format-markdown.md", ("33", "--format", "markdown")),
    ],
)
def test_the_answer_is_the_golden_one(golden: Golden, name: str, arguments: tuple[str]) -> None:
    golden(name, printed(*arguments))


def test_json_and_csv_hold_exact_bytes() -> None:
    page = json.loads(printed("4KiB", "--format", "json"))
    tables = {t["name"]: t["rows"] for result in page["results"] for t in result["tables"]}
    assert tables["sizes"][0]["slot_bytes"] == 4096
    assert {row["size_bytes"] for name in tables for row in tables[name]} == {4096}
    rows = list(
        csv.DictReader(io.StringIO(printed("33", "--format", "csv", "--table", "versions")))
    )
    assert rows[0]["versions"] == "go1.0 to 1.2"
    assert {row["slot_bytes"] for row in rows} == {"48", "40"}


def test_without_a_size_it_shows_examples() -> None:
    assert "gotrace explain 33" in printed()
    assert "gotrace explain 33" in printed("--help")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("thirty",), b"`thirty` is not a size"),
        (("999PiB",), b"cannot be allocated"),
        (("33", "--runtime", "go9"), b"runtimes: go1.0 to go1.27, tcmalloc-classic, tcmalloc-2x"),
        (("33", "--format", "csv", "--table", "none"), b"tables: `sizes`, `changes`, `versions`"),
    ],
)
def test_a_question_without_an_answer_is_one_line(
    arguments: tuple[str, ...], reason: bytes
) -> None:
    done = gotrace("explain", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
