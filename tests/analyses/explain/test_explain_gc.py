"""`gotrace explain gc`: every story is safe with the version's barrier and lost without it."""

from __future__ import annotations

from typing import Any

import pytest

from gotrace.analyses.explain.gc import explain_gc, explain_gc_title
from gotrace.analyses.result import Result, ResultTable
from gotrace.errors import UsageError
from gotrace.model.marking.milestones import MILESTONES

BESIDE = [str(row.version) for row in MILESTONES if not row.rules.stops_to_mark]
STOPPED = [str(row.version) for row in MILESTONES if row.rules.stops_to_mark]


def table(results: tuple[Result, ...], name: str) -> ResultTable:
    return next(t for result in results for t in result.tables if t.name == name)


def column(results: tuple[Result, ...], name: str, of: str) -> list[Any]:
    return list(table(results, name).column(of).values)


def slugs(results: tuple[Result, ...]) -> list[str]:
    return [finding.slug for finding in results[0].findings]


def fact(results: tuple[Result, ...], name: str) -> str:
    return next(str(fact.value) for fact in results[0].facts if fact.name == name)


@pytest.mark.parametrize("runtime", BESIDE)
def test_every_story_loses_an_object_without_a_barrier_and_no_other_way(runtime: str) -> None:
    for seed in range(4):
        bare = explain_gc(runtime, "none", seed)
        assert slugs(bare) == ["lost-object"]
        assert "LOST: freed in use" in column(bare, "objects", "fate")
        for barrier in ("", "dijkstra", "yuasa", "hybrid"):
            safe = explain_gc(runtime, barrier, seed)
            assert slugs(safe) == ["saved-object"]
            assert not any("LOST" in fate for fate in column(safe, "objects", "fate"))
            steps = table(safe, "steps").row_count
            assert f"held after {steps} of {steps} steps" in fact(safe, "invariant")


@pytest.mark.parametrize("runtime", STOPPED)
def test_while_the_world_stands_still_there_is_no_hazard(runtime: str) -> None:
    results = explain_gc(runtime)
    assert slugs(results) == []
    assert "while the world stands still" in fact(results, "marking")
    assert column(results, "steps", "grey") == [None] * table(results, "steps").row_count
    with pytest.raises(UsageError, match="no use for --barrier hybrid"):
        explain_gc(runtime, "hybrid")


def test_a_conservative_collector_keeps_what_an_integer_looks_like() -> None:
    for runtime, fate in (("go1.2", "kept, taken for alive"), ("go1.3", "freed")):
        results = explain_gc(runtime, seed=2)
        roots = column(results, "objects", "held_by")
        at = roots.index("integer of g1")
        assert column(results, "objects", "fate")[at] == fate


def test_the_program_does_the_same_whatever_the_barrier() -> None:
    def of_program(barrier: str) -> list[str]:
        results = explain_gc("go1.8", barrier, 1)
        rows = zip(
            column(results, "steps", "who"), column(results, "steps", "meaning"), strict=True
        )
        return [meaning.split(":")[0] for who, meaning in rows if who == "g1"]

    assert of_program("none") == of_program("hybrid")
    assert of_program("hybrid")[-2:] == ["reads B from A[2]", "writes nil to A[2] over B"]


def test_each_object_is_in_one_set_after_every_step() -> None:
    results = explain_gc("go1.27", seed=3)
    sets = [column(results, "steps", colour) for colour in ("white", "grey", "black", "free")]
    for parts in zip(*sets, strict=True):
        named = [name for part in parts for name in (part or "").split()]
        assert len(named) == len(set(named))
    assert len(named) == table(results, "objects").row_count


def test_words_name_what_the_barrier_did_in_each_version() -> None:
    def words(runtime: str, barrier: str = "") -> str:
        return "\n".join(column(explain_gc(runtime, barrier), "steps", "meaning"))

    assert "over B: B turns black (noscan)" in words("go1.8")
    assert "the barrier takes" in words("go1.10") and "empties the barrier's buffer" in words(
        "go1.10"
    )
    assert "scans globals and stacks again" in words("go1.5")
    assert "scans stacks again" in words("go1.7")
    assert "again" not in words("go1.8")
    assert "takes span" in words("go1.26") and "takes span" not in words("go1.25")
    assert "stops the world and scans all stacks" in words("go1.8", "yuasa")


def test_steps_can_be_cut_and_say_so() -> None:
    whole, cut = explain_gc(), explain_gc(steps=3)
    count = table(whole, "steps").row_count
    assert column(cut, "steps", "step") == [1, 2, 3]
    assert table(cut, "steps").footnotes[0] == f"{count - 3} more steps: --steps {count} shows all."
    assert table(explain_gc(steps=1000), "steps") == table(whole, "steps")


def test_the_versions_are_all_there_without_a_gap() -> None:
    versions = column(explain_gc(), "versions", "versions")
    assert versions[0] == "go1.0" and versions[-1] == "go1.26 to 1.27"
    firsts = [int(text.split()[0].removeprefix("go1.")) for text in versions]
    lasts = [int(text.split(".")[-1]) for text in versions]
    assert firsts == [0, *(last + 1 for last in lasts[:-1])]


def test_the_title_names_the_version_and_a_barrier_that_is_not_its_own() -> None:
    assert explain_gc_title("go1.8", "hybrid") == "A collection step by step, go1.8"
    assert explain_gc_title("", "none") == "A collection step by step, go1.27 with barrier none"
    with pytest.raises(UsageError, match="barriers: none, dijkstra, yuasa, hybrid"):
        explain_gc("", "steele")
    with pytest.raises(UsageError, match="not a Go version"):
        explain_gc("tcmalloc-2x")
