"""`gotrace explain`: answers that a Go engineer can check in the runtime's source."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.analyses.explain.changes import Change, changes
from gotrace.analyses.explain.columns import cost_bytes
from gotrace.analyses.explain.sizes import explain_sizes, explain_title
from gotrace.analyses.explain.versions import runs, slots_by_version
from gotrace.analyses.result import Result, ResultTable
from gotrace.errors import UsageError
from gotrace.model.sizes import MAX_REQUEST_BYTES, size_rules
from gotrace.model.tcmalloc_classes import TCMALLOC_TABLES
from gotrace.model.versions import KNOWN
from tests.goroots import GOROOTS, GoRoot

GO = size_rules("go1.27")


def table(results: tuple[Result, ...], name: str) -> ResultTable:
    return next(t for result in results for t in result.tables if t.name == name)


def column(results: tuple[Result, ...], name: str, of: str) -> list[Any]:
    return list(table(results, name).column(of).values)


def facts(*asked: Any) -> dict[str, tuple[Any, str]]:
    overview = explain_sizes(*asked)[0]
    return {fact.name: (fact.value, fact.detail) for fact in overview.facts}


def others(size: int, pointers: bool = False) -> dict[str, int]:
    return {c.what: c.request.size_bytes for c in changes(GO, size, pointers)}


def test_33_bytes_take_48_and_one_byte_less_takes_32() -> None:
    said = facts([33])
    assert said["size_class"] == ("5 of 67", "runtime/_mkmalloc/mksizeclasses.go")
    assert said["span_class"] == (11, "5 × 2 + 1: noscan")
    assert said["slot_bytes"] == (48, "33 asked + 15 waste")
    assert said["waste_bytes"] == (15, "31.25% of the slot")
    assert said["span"][0] == "1 page of 8 KiB: 168 objects, 128 B no object can take"
    assert said["cost_bytes"] == (8192 / 168, "a million: 5,953 spans, 46.5 MiB")
    assert others(33) == {
        "as asked": 33,
        "one byte less": 32,
        "one byte more": 34,
        "15 more: full slot": 48,
        "with pointers, padded": 40,
    }


def test_a_pointerful_object_above_512_bytes_pays_for_its_header() -> None:
    said = facts([1024], True)
    assert "it and its 8-byte header" in said["rule"][0]
    assert said["slot_bytes"] == (1152, "1,024 asked + 8 header + 120 waste")
    assert facts([1024], False)["slot_bytes"] == (1024, "1,024 asked + 0 waste")
    assert facts([1024], True, "go1.21")["slot_bytes"] == (1024, "1,024 asked + 0 waste")
    found = {c.what: (c.request.size_bytes, c.request.slot_bytes) for c in changes(GO, 512, True)}
    assert found["one word more"] == (520, 576)
    assert found["32 less: smaller slot"] == (480, 480)


def test_tiny_objects_share_a_block() -> None:
    said = facts([5])
    assert "up to 3 of this size share it" in said["rule"][0]
    assert said["waste_bytes"][1] == "68.75% of the slot, if no other tiny object joins it"
    assert cost_bytes(GO, GO.request(5)) == 8192 / 504 / 3
    assert others(8)["3 less: smaller slot"] == 5  # three to a block, not two
    assert "a second of this size does not fit" in facts([12])["rule"][0]
    assert facts([5], False, "go1.2")["slot_bytes"] == (8, "5 asked + 3 waste")


def test_nothing_and_whole_pages_have_rules_of_their_own() -> None:
    assert "runtime.zerobase" in facts([0])["rule"][0]
    large = facts([32761])
    assert large["rule"][0].startswith("large: above 32,760 bytes")
    assert large["span"][0] == "4 pages of 8 KiB, this object alone"
    assert "size_class" not in large
    assert "8 more: full slot" not in others(32760)  # 32,768 go another way


def test_sizes_with_pointers_are_whole_words() -> None:
    results = explain_sizes([33], True)
    assert [note.slug for note in results[0].notes] == ["pointers-are-words"]
    assert "pads it to 40" in results[0].notes[0].message
    assert {size % 8 for what, size in others(40, True).items()} == {0}
    assert (others(33, True)["one word less"], others(33, True)["one word more"]) == (32, 40)
    assert explain_sizes([40], True)[0].notes == ()


def test_every_version_is_in_exactly_one_run_and_a_run_says_what_changed() -> None:
    found = runs(24, True)
    assert [(run.versions, run.request.slot_bytes, run.reason) for run in found] == [
        ("go1.0 to 1.2", 32, ""),
        ("go1.3 to 1.8", 32, "pages of 8 KiB"),
        ("go1.9 to 1.15", 32, "spans with and without pointers apart"),
        ("go1.16 to 1.21", 24, "a class of 24 bytes"),
        ("go1.22 to 1.25", 24, "heap bits in the span"),
        ("go1.26 to 1.27", 24, "mark bits in the span (Green Tea)"),
        ("tcmalloc-classic", 24, "illustrative"),
        ("tcmalloc-2x", 32, "illustrative"),
    ]


@given(size=st.integers(0, 70_000), pointers=st.booleans())
def test_a_run_holds_for_all_its_versions_and_is_never_unexplained(
    size: int, pointers: bool
) -> None:
    found = runs(size, pointers)[: -len(TCMALLOC_TABLES)]
    first = [next(i for i, v in enumerate(KNOWN) if str(v) == r.rules.name) for r in found]
    assert first[0] == 0
    for run, begin, end in zip(found, first, [*first[1:], len(KNOWN)], strict=True):
        for version in KNOWN[begin:end]:
            assert size_rules(version).request(size, pointers) == run.request
    assert all(run.reason for run in found[1:])


@given(size=st.integers(0, 70_000) | st.integers(0, MAX_REQUEST_BYTES), pointers=st.booleans())
def test_the_changes_are_the_tightest(size: int, pointers: bool) -> None:
    def taken(other: int) -> float:
        request = GO.request(other, pointers)
        return request.slot_bytes / request.per_slot_count if request.slot_bytes else 0

    step = 8 if pointers else 1
    for change in changes(GO, size, pointers):
        other = change.request.size_bytes
        if change.what.endswith("smaller slot"):
            assert taken(other) < taken(size) <= taken(other + step)
        if change.what.endswith("full slot"):
            assert taken(other) == taken(size)
            beyond = GO.request(other + step, pointers)
            asked = GO.request(size, pointers)
            assert taken(other + step) > taken(size) or beyond.kind is not asked.kind


@pytest.mark.parametrize("name", [*map(str, KNOWN), *TCMALLOC_TABLES])
def test_every_runtime_explains_the_ends_of_what_it_serves(name: str) -> None:
    for size in (0, 1, 32768, 262145, MAX_REQUEST_BYTES):
        results = explain_sizes([size], True, name)
        assert column(results, "sizes", "size_bytes") == [size]
        assert table(results, "versions").row_count >= 3
        found: list[Change] = list(changes(size_rules(name), size, True))
        assert found[0].what == "as asked"


def test_programs_get_every_column_and_pages_none_that_repeats() -> None:
    raw, page = explain_sizes([33]), explain_sizes([33], is_page=True)
    assert column(raw, "changes", "size_bytes") == [33] * 5
    assert table(page, "changes").columns[0].name == "change"
    assert [result.name for result in page if result.tables] == ["changes", "versions"]


def test_several_sizes_stand_side_by_side_on_a_page() -> None:
    page = explain_sizes([24, 1024], True, is_page=True)
    assert column(page, "sizes", "slot_bytes") == [24, 1152]
    assert column(page, "versions", "slot_of_24_bytes") == [32, 24, 24, 24, 32]
    assert column(page, "versions", "slot_of_1024_bytes") == [1024, 1024, 1152, 1024, 1024]
    names = [run.versions for run in slots_by_version([24, 1024], True)]
    assert names[:3] == ["go1.0 to 1.15", "go1.16 to 1.21", "go1.22 to 1.27"]
    assert column(explain_sizes([24, 48]), "versions", "size_bytes").count(48) == 7


@pytest.mark.parametrize("size", [-1, MAX_REQUEST_BYTES + 1])
def test_impossible_sizes_and_runtimes_are_refused(size: int) -> None:
    with pytest.raises(UsageError, match="cannot be allocated"):
        explain_sizes([size])
    with pytest.raises(UsageError, match="runtimes:"):
        explain_sizes([1], False, "go0.9")


def test_the_title_says_what_was_asked() -> None:
    assert explain_title([33], False) == "33 bytes without pointers, go1.27"
    assert explain_title([1, 2], True, "1.21") == "2 sizes with pointers, go1.21"
    assert explain_title([33], False, "tcmalloc-2x") == "33 bytes, tcmalloc-2x"


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_the_sources_named_are_in_that_version(root: GoRoot) -> None:
    said = facts([33], False, str(root.version))
    assert (root.path / "src" / said["size_class"][1]).is_file()
    rule = str(said["rule"][0])
    assert "func mallocgc(" in root.source(rule.split("`mallocgc` in ")[1].rstrip(")"))
