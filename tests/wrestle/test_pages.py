"""What fits on one screen, and what people do not have to see."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import pytest

from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.views.cells import format_amount
from gotrace.wrestle.pages import cut_rows, for_people, on_one_screen

WORDS = "some words that go on for a while, and then some more of them " * 8


def table(name: str, **columns: list[object]) -> ResultTable:
    return ResultTable(name, name, tuple(ResultColumn(n, "", v) for n, v in columns.items()))


def lines_of(facts: tuple[Fact, ...]) -> int:
    width = max(len(fact.title) for fact in facts) + 2
    total = 0
    for fact in facts:
        text = format_amount(fact.value, fact.unit)
        text += f"  ({fact.detail})" if fact.detail else ""
        total += len(textwrap.wrap(text, 80 - width, break_long_words=False))
    return total


def test_an_answer_takes_six_lines_and_counts_what_it_leaves_out() -> None:
    facts = tuple(Fact("x", WORDS, title="a title", detail=WORDS) for _ in range(9))
    *short, left = on_one_screen(Result("why_on_heap", "Why", facts)).facts
    assert lines_of(tuple(short)) == 6
    assert all(str(fact.value).endswith(" ...") for fact in short)
    assert (left.title, left.value) == ("left out", f"{9 - len(short)} facts")


def test_of_a_call_site_three_lines_are_told() -> None:
    facts = tuple(Fact("site", "m.f (a.go:1)", title="allocates", detail=WORDS) for _ in range(4))
    *short, left = on_one_screen(Result("call_sites", "Which", facts)).facts
    assert [lines_of((fact,)) for fact in short] == [3, 3, 3]
    assert left.value == "1 fact"


def test_a_site_without_room_for_its_numbers_is_counted_instead() -> None:
    where = "example.com/m/store.(*Log).AppendAndFlush (log.go:14) by fmt.Sprintf"
    facts = [Fact("site", where, title="allocates", detail=WORDS) for _ in range(3)]
    missing = Fact("missing_allocations", WORDS, title="missing")
    short = on_one_screen(Result("call_sites", "Which", (*facts, missing))).facts
    assert [fact.name for fact in short] == ["site", "site", "missing_allocations", "left_out"]


@pytest.mark.parametrize(
    "doubt",
    [
        Fact("missing_trace", "no trace", title="missing"),
        Fact("no_sites", "not compared", title="call sites"),
        Fact("most_scanned", "m.g (a.go:2)", title="read most"),
    ],
    ids=lambda fact: fact.name,
)
def test_what_weakens_an_answer_is_never_left_out(doubt: Fact) -> None:
    facts = [Fact("x", WORDS, title="a title", detail=WORDS) for _ in range(9)]
    short = on_one_screen(Result("why_on_heap", "Why", (*facts, doubt))).facts
    assert doubt in short
    assert lines_of(short) == 7


def test_short_facts_are_left_as_they_are() -> None:
    facts = (Fact("a", 3, "count", "cycles", "in all"), Fact("b", 0.5, "ratio", "share"))
    assert on_one_screen(Result("during_gc", "What", facts)).facts == facts


def remedies(*weights: str) -> Result:
    count = len(weights)
    made = table(
        "remedies", weight=list(weights), slug=[f"r{n}" for n in range(count)],
        evidence=["e"] * count, advice=[WORDS] * count, check=[None] * count,
    )  # fmt: skip
    return Result("what_to_try", "What to try?", (), (made, table("other", x=[1])))


def shown(result: Result) -> list[object]:
    (only,) = result.tables
    return list(only.column("slug").values)


def test_the_first_remedies_of_weight_are_shown_and_the_rest_counted() -> None:
    short = on_one_screen(remedies("high", "high", "medium", "medium", "low", "low"))
    assert shown(short) == ["r0", "r1", "r2"]
    assert [(fact.value, fact.detail) for fact in short.facts] == [
        ("3 more", "2 of low weight; --format markdown tells all")
    ]
    assert len(str(short.tables[0].column("advice").values[0])) <= 150


def test_of_remedies_of_low_weight_one_is_enough() -> None:
    assert shown(on_one_screen(remedies("low", "low"))) == ["r0"]


def test_people_get_short_names_and_no_columns_that_say_nothing() -> None:
    sites = table(
        "sites", package=["m/a", "m/a"], file=["/home/me/m/a.go", "/usr/lib/go/x.go"], line=[1, 2],
        bytes_ratio=[0.9, 0.1], site=["m/a.(*T).F", "m/a.G[m/b.T]"], types=["", None],
    )  # fmt: skip
    assists = replace(sites, name="other")
    shown = for_people(Result("call_sites", "", (), (sites, assists)), ["/home/me", "/home/me/m"])
    seen, other = shown.tables
    assert [column.name for column in seen.columns] == ["site", "place", "bytes_ratio"]
    assert seen.column("place").values == ["a.go:1", "x.go:2"]
    assert seen.column("site").values == ["a.(*T).F", "a.G[m/b.T]"]
    assert other.column("file").values == ["m/a.go", "/usr/lib/go/x.go"]


def test_people_get_several_packages_told_apart_and_amounts_in_their_units() -> None:
    arms = table(
        "arms", package=["m/a", "m/b"], unit=["sec/op", "B/op"], center=[1.5e-3, 2048.0],
        low=[None, 1024.0], high=[None, None],
    )  # fmt: skip
    (seen,) = for_people(Result("is_it_memory", "", (), (arms,)), []).tables
    assert seen.columns[0].name == "package"
    assert seen.column("center").values == ["1.5 ms", "2.00 KiB"]
    assert seen.column("low").values == [None, "1.00 KiB"]


def test_sites_of_next_to_nothing_and_tables_for_programs_are_left_out() -> None:
    sites = table("sites", site=list("abcde"), bytes_ratio=[0.9, 0.001, 0.001, 0.001, 0.02])
    result = Result("call_sites", "", (), (sites, table("gc_cycles", x=[1])))
    (seen,) = for_people(result, []).tables
    assert seen.column("site").values == ["a", "b", "c", "e"]
    assert seen.footnotes == ("1 more of less than 0.5 % of the bytes each.",)


def test_rows_are_cut_only_where_there_are_more() -> None:
    result = Result("x", "", (), (table("t", x=[1, 2, 3]), table("u", x=[1])))
    assert [t.row_count for t in cut_rows(result, 2).tables] == [2, 1]
    assert cut_rows(result, 0) is result
