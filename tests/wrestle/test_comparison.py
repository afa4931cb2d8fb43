"""Rounds of optimisation side by side."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gotrace.analyses.result import Result
from gotrace.wrestle.comparison import round_names, rounds_result
from gotrace.wrestle.report import Wrestled, wrestle

SAMPLES = Path(__file__).parents[2] / "sample_traces" / "wrestle"


@pytest.fixture(scope="module")
def before() -> Wrestled:
    return wrestle([str(SAMPLES / "growth")])


@pytest.fixture(scope="module")
def after() -> Wrestled:
    return wrestle([str(SAMPLES / "growth.fixed")])


def rows(result: Result, name: str) -> list[dict[str, Any]]:
    table = next(table for table in result.tables if table.name == name)
    names = [column.name for column in table.columns]
    values = zip(*(column.values for column in table.columns), strict=True)
    return [dict(zip(names, row, strict=True)) for row in values]


def test_a_fix_shows_in_benchmarks_sites_and_remedies(before: Wrestled, after: Wrestled) -> None:
    result = rounds_result([before], after, is_page=False)
    facts = {fact.title: fact for fact in result.facts}
    assert facts["allocs/op"].value == "-75.0%"
    assert "more than noise" in facts["allocs/op"].detail
    assert facts["gone"].value == "presize-slice in wrestle/growth.numbers"
    (numbers, *_) = rows(result, "sites_compared")
    assert numbers["function"] == "wrestle/growth.numbers"
    assert 250 < numbers["after_objects"] < 350 < 1_000 < numbers["before_objects"] < 1_400


def test_the_way_back_finds_the_remedy_new(before: Wrestled, after: Wrestled) -> None:
    result = rounds_result([after], before, is_page=False)
    changes = {(row["slug"], row["site"]): row["change"]
               for row in rows(result, "remedies_compared")}  # fmt: skip
    assert changes["presize-slice", "wrestle/growth.numbers"] == "new"


def test_nothing_changes_against_itself(before: Wrestled) -> None:
    result = rounds_result([before], before, is_page=False)
    facts = {fact.title: fact.value for fact in result.facts}
    assert (facts["sec/op"], facts["B/op"], facts["allocs/op"]) == ("~", "~", "~")
    assert {row["change"] for row in rows(result, "remedies_compared")} == {"still there"}


def test_several_rounds_stand_in_their_order(before: Wrestled, after: Wrestled) -> None:
    result = rounds_result([before, before], after, is_page=True)
    found = [row["round"] for row in rows(result, "rounds") if row["unit"] == "B/op"]
    assert found == ["1: growth", "2: growth", "3: growth.fixed"]
    assert result.title == "1: growth -> 3: growth.fixed: what changed"


def test_without_benchmarks_sites_are_compared_by_share(before: Wrestled) -> None:
    heap = wrestle([str(SAMPLES / "growth.fixed" / "profiles" / "growth" / "heap.pb.gz")])
    result = rounds_result([before], heap, is_page=False)
    facts = {fact.name: fact for fact in result.facts}
    assert facts["no_benchmarks"].value == "not compared"
    assert all(row["after_bytes"] is None or row["before_bytes"] is not None
               for row in rows(result, "sites_compared"))  # fmt: skip


HEAP = "profiles/growth/heap.pb.gz"


@pytest.mark.parametrize("is_base_loose", [True, False])
def test_amounts_that_are_unknown_are_no_zeros(
    before: Wrestled, after: Wrestled, is_base_loose: bool
) -> None:
    loose = wrestle([str(SAMPLES / ("growth" if is_base_loose else "growth.fixed") / HEAP)])
    old, new = (loose, after) if is_base_loose else (before, loose)
    result = rounds_result([old], new, is_page=False)
    side = "before" if is_base_loose else "after"
    compared = rows(result, "sites_compared")
    assert {row[f"{side}_bytes"] for row in compared} == {None}
    assert len({row["function"] for row in compared}) == len(compared), "joined without package"
    facts = {fact.name: fact for fact in result.facts}
    assert facts["no_operations"].value == "not compared"
    assert "heap.pb.gz: shares of all" in facts["no_operations"].detail
    assert "heap.pb.gz has no alloc/free events" in facts["evidence_missing"].value


def test_without_a_heap_profile_nothing_is_gone(before: Wrestled) -> None:
    cpu = wrestle([str(SAMPLES / "growth.fixed" / "profiles" / "growth" / "cpu.pb.gz")])
    for one, other in ((before, cpu), (cpu, before)):
        result = rounds_result([one], other, is_page=False)
        facts = {fact.name: fact for fact in result.facts}
        assert facts["no_sites"].value == "not compared"
        assert "in cpu.pb.gz" in facts["no_sites"].detail
        assert not {"remedies_gone", "remedies_new"} & facts.keys()
        assert result.tables == ()


def test_a_package_that_one_of_two_has_is_neither_gone_nor_new(
    before: Wrestled, tmp_path: Path
) -> None:
    shutil.copytree(SAMPLES / "growth.fixed", tmp_path / "other")
    manifest = tmp_path / "other" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"wrestle/growth"', '"wrestle/other"'))
    other = wrestle([str(tmp_path / "other")])
    result = rounds_result([before], other, is_page=False)
    told = {fact.title: fact.detail for fact in result.facts if fact.name == "package_missing"}
    assert told.keys() == {"wrestle/growth", "wrestle/other"}
    assert rows(result, "remedies_compared") == []
    for row in rows(result, "sites_compared"):
        assert None in (row["before_bytes"], row["after_bytes"])
        assert 0 not in (row["before_bytes"], row["after_bytes"])


def test_names_of_rounds_tell_them_apart() -> None:
    assert round_names(["a/before", "b/after"]) == ["before", "after"]
    assert round_names(["my runs/one", "b/x"]) == ["one", "x"]
    assert round_names(["a/x", "b/x"]) == ["1: x", "2: x"]
