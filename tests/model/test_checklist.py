"""docs/models.md: each statement of the checklist names what does it, or says what is wrong."""

from __future__ import annotations

import importlib
import re
from typing import NamedTuple

import pytest

from gotrace.model.policies import RUNTIMES
from gotrace.model.policy import Policy
from tests.layers import ROOT

PAGE = (ROOT / "docs" / "models.md").read_text()


class Row(NamedTuple):
    """One statement."""

    number: str
    statement: str
    versions: str
    where: str

    @property
    def symbols(self) -> list[str]:
        return re.findall(r"`(gotrace\.[\w.]+)`", self.where)

    @property
    def correction(self) -> str:
        return self.where.partition("correction: ")[2]


ROWS = [
    Row(*(cell.strip() for cell in line.strip("|").split(" | ")))
    for line in PAGE.split("<!-- checklist")[1].splitlines()
    if re.match(r"\| [TGSEWP]\d", line)
]


def exists(symbol: str) -> bool:
    """Whether a dotted name leads to a module, class, function, constant or field."""
    parts = symbol.split(".")
    for length in range(len(parts), 1, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            known = getattr(found, "__annotations__", {})
            if not hasattr(found, name) and name not in known:
                return False
            found = getattr(found, name, None)
        return True
    return False


def test_every_row_of_the_checklist_is_there_once() -> None:
    counts = {"T": 12, "G": 45, "S": 8, "E": 5, "W": 4, "P": 19}
    expected = [f"{letter}{n}" for letter, last in counts.items() for n in range(1, last + 1)]
    assert [row.number for row in ROWS] == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_a_row_names_a_part_of_the_model_or_a_correction_with_its_reason(row: Row) -> None:
    missing = [symbol for symbol in row.symbols if not exists(symbol)]
    assert not missing
    assert row.symbols or len(row.correction) > 30, "a correction says why"
    assert row.statement and row.versions


def test_a_symbol_that_does_not_exist_would_be_found() -> None:
    assert exists("gotrace.model.pages.lists.ListPages.free")
    assert exists("gotrace.model.list_spans.ListSpan.address"), "a field"
    assert not exists("gotrace.model.pages.lists.ListPages.frees")
    assert not exists("gotrace.model.pages.trees.Tree")


def test_the_page_names_every_allocator_and_no_other() -> None:
    table = PAGE.split("## How exact")[0]
    named = set(re.findall(r"`((?:go1\.|tcmalloc-)\w+)`", table))
    between = {name for name in RUNTIMES if name.startswith("go1.") and 15 < int(name[4:]) < 27}
    assert named | between == set(RUNTIMES)


@pytest.mark.parametrize("policy", RUNTIMES.values(), ids=lambda policy: policy.name)
def test_every_allocator_can_be_chosen_by_name_and_used(policy: Policy) -> None:
    heap = policy.heap(policy, policy.first_address)
    made = heap.allocate(0, 112, True)
    assert (made.slot, made.slot_bytes, made.is_new_span) == (0, 112, True)
    assert made.span == policy.first_address
    heap.check()
