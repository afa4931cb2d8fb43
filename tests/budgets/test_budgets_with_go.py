"""Budgets with real Go: the same code is never over, and every small change is caught at once.

`python -m tests.budgets` does the same at length and writes docs/budgets.md.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gotrace.tables.budget import Outcome
from tests.budgets.measuring import CHANGES, Bench, Change, is_caught, overruns


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench(tmp_path_factory.mktemp("budgets"), iterations=5)
    made.bless()
    return made


def test_the_same_code_is_never_over_its_own_baseline(bench: Bench) -> None:
    for _ in range(2):
        checked = bench.check()
        assert overruns(checked) == set()
        assert not checked.is_failure
        assert checked.counted(Outcome.CANNOT_TELL) == 0


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.tag)
def test_a_small_change_is_caught_at_the_first_check(bench: Bench, change: Change) -> None:
    assert is_caught(bench.check(change.tag), change)


def test_the_document_shows_every_change_and_whether_it_was_caught() -> None:
    text = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")
    row = r"^\| go1\.(\d+)\.\d+ \|.*\| `(\w+)` \|.*\| (yes|NO) \|$"
    rows = re.findall(row, text, re.M)
    assert {tag for _, tag, _ in rows} == {change.tag for change in CHANGES}
    # Before, maps have random seeds, and what the sample allocates is not the same every time.
    assert {caught for minor, _, caught in rows if int(minor) >= 24} == {"yes"}
