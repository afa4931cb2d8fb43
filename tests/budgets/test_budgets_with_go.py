"""Budgets with real Go: the same code is never over, and every small change is caught at once.

`python -m tests.budgets` does the same at length and writes docs/budgets.md.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path

import pytest

from gotrace.tables.budget import Mode, Outcome
from tests.budgets import same_code
from tests.budgets.measuring import CHANGES, Bench, Change, is_caught, overruns
from tests.budgets.same_code import Checks


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
        gates = [verdict for verdict in checked.verdicts if verdict.budget.mode is Mode.GATE]
        # The time, which only advises, cannot be told on a busy machine.
        assert {verdict.outcome for verdict in gates} == {Outcome.WITHIN}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.tag)
def test_a_small_change_is_caught_at_the_first_check(bench: Bench, change: Change) -> None:
    assert is_caught(bench.check(change.tag), change)


def test_the_document_shows_every_change_and_whether_it_was_caught() -> None:
    text = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| go1\.\d+\.\d+ \|.*\| `(\w+)` \|.*\| (yes|NO) \|$", text, re.M)
    assert {tag for tag, _ in rows} == {change.tag for change in CHANGES}
    assert {caught for _, caught in rows} == {"yes"}


def test_checks_of_the_same_code_go_on_where_they_ended(tmp_path: Path) -> None:
    checks = Checks(tmp_path, is_busy=True, iterations=2)
    assert checks.measure(2, seconds=0.0) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(same_code, "_busy", lambda _: nullcontext())
        assert checks.measure(1, seconds=300.0) == 1
    again = Checks(tmp_path, is_busy=True, iterations=2)
    assert again.measure(1, seconds=0.0) == 1
    (found,) = again.counted()
    assert (found.gates, found.over) == (5, ())
    assert again.rows().startswith("| busy |")
