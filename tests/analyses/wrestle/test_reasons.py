"""Why a site's memory is on the heap where the compiler does not tell, and who says so."""

from __future__ import annotations

from typing import Any

import pytest

from gotrace.analyses.wrestle.answers import answer
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.reasons import Basis, Reason, reasons, site_reasons
from gotrace.model.versions import GoVersion
from tests.analyses.gc_cost.profiles import cpu
from tests.analyses.heap_recordings import Sample
from tests.analyses.wrestle.programs import Objects, escapes, evidence, joined, stack

BEHIND = list(stack(7))
GROWSLICE = ["runtime.memmove:1", "runtime.growslice:9", *BEHIND]


def told(found: Evidence) -> list[list[Reason]]:
    """Site by site, most bytes first."""
    said = reasons(found)
    return [list(site_reasons(found, site, said)) for site in joined(found).sites]


def only(found: Evidence) -> list[Reason]:
    (one,) = told(found)
    return one


def program(*stacks: list[str], line: str = "", **more: Any) -> Evidence:
    """A program of one line, with ten CPU samples on each of these stacks."""
    profile = cpu(*((one, 10) for one in stacks)) if stacks else None
    return evidence(Sample(64, 100, stack=stack(7)), cpu=profile,
                    source=lambda _file, _line: line, **more)  # fmt: skip


@pytest.mark.parametrize(
    ("called", "slug"),
    [
        (["runtime.growslice:9"], "slice-growth"),
        (["runtime.newobject:2", "runtime.hashGrow:9", "runtime.mapassign_fast64:4"],
         "map-growth"),
        (["internal/runtime/maps.(*table).grow:9", "internal/runtime/maps.(*Map).growToTable:3",
          "runtime.mapassign_faststr:4"], "map-growth"),
        (["runtime.mallocgc:9", "runtime.newobject:2", "runtime.mapassign:4"], "map-growth"),
        (["runtime.growslice:9", "runtime.mapassign_fast64:4", ], ""),
        (["memeqbody:1", "runtime.mapassign_faststr:4"], ""),
        (["runtime.mallocgc:9", "runtime.convTstring:4"], "interface-conversion"),
        (["runtime.mallocgc:9", "runtime.rawstring:2", "runtime.concatstrings:3",
          "runtime.concatstring2:1"], "string-concatenation"),
        (["runtime/internal/sys.Prefetch:1", "runtime.slicebytetostring:4"], "string-conversion"),
        (["runtime.memmove:1", "runtime.stringtoslicebyte:4"], "string-conversion"),
        (["runtime.mallocgc:9", "runtime.newobject:4"], "escapes"),
        (["runtime.futex:9", "runtime.mcall:4"], ""),
    ],
)  # fmt: skip
def test_what_the_line_called_in_the_runtime_says_why(called: list[str], slug: str) -> None:
    found = only(program([*called, *BEHIND]))
    assert [one.slug for one in found] == [slug] * bool(slug)
    assert {one.basis for one in found} <= {Basis.RUNTIME}


def test_it_is_said_where_the_reason_comes_from_and_why_not_from_the_compiler() -> None:
    silent = escapes((9, "&T{...}"))
    old = evidence(Sample(64, 100, stack=stack(7)), said=silent, cpu=cpu((GROWSLICE, 12)))
    for version, words in (
        (GoVersion(23), "the compiler of Go 1.23 does not tell"),
        (GoVersion(26), "the compiler says nothing of it"),
    ):
        (one,) = only(Evidence(**{**vars(old), "version": version}))
        assert one.sentence == (f"a slice grows (from `runtime.growslice` below it; {words})")
    (one,) = only(Evidence(**{**vars(old), "escapes": None}))
    assert "the compiler was not asked" in one.sentence


def test_the_compilers_own_reasons_come_first_and_are_not_repeated() -> None:
    growing = escapes((7, "append(out, x)"))
    assert [one.basis for one in only(program(GROWSLICE, said=growing))] == [Basis.COMPILER]
    other = escapes((7, "string(b)"))
    made = ["runtime.mallocgc:9", "runtime.newobject:4", *BEHIND]
    found = only(program(GROWSLICE, made, said=other))
    assert [(one.slug, one.basis) for one in found] == [
        ("string-conversion", Basis.COMPILER),
        ("slice-growth", Basis.RUNTIME),
    ]


def test_what_does_not_escape_but_outgrows_its_place_is_told_from_go_1_25_on() -> None:
    inside = escapes((7, "append(out, x)", "does_not_escape"))
    (one,) = only(program(said=inside))
    assert (one.slug, one.basis) == ("slice-growth", Basis.COMPILER)
    small = escapes((7, "make([]int, 8)", "does_not_escape"), (7, "3"))
    assert only(program(said=small)) == []


def test_tables_of_maps_in_the_trace_say_it_too() -> None:
    objects = Objects().add("map.group[int]int", 136, 0, 64, 10)
    (one,) = only(program(line="m[k] = v", objects=objects, said=escapes()))
    assert (one.slug, one.basis) == ("map-growth", Basis.TRACE)


def test_without_any_recording_of_it_the_line_itself_has_to_do() -> None:
    (one,) = only(program(line="x = append(x, y)"))
    assert (one.slug, one.basis) == ("slice-growth", Basis.SOURCE)
    assert only(program(line="x := f(y)")) == []


def test_of_other_packages_code_the_compilers_words_for_the_line_are_no_reason() -> None:
    inner = {"bytes.growSlice": "slice-growth", "fmt.Sprint": "other-package"}
    for via, slug in inner.items():
        behind = stack(7, inner=(f"{via}:3",))
        found = evidence(Sample(64, 100, stack=behind), said=escapes((7, "boxed")))
        assert [(one.slug, one.basis) for one in only(found)] == [(slug, Basis.ALLOCATOR)]
        called = cpu((["runtime.mallocgc:9", "runtime.slicebytetostring:4", *behind], 10))
        (one,) = only(evidence(Sample(64, 100, stack=behind), cpu=called))
        assert (one.slug, one.basis) == ("string-conversion", Basis.RUNTIME)
        assert f"in `{via}`" in one.sentence


def test_every_site_is_explained_in_the_tables_even_without_the_compiler() -> None:
    profile = cpu((GROWSLICE, 12))
    results = answer(evidence(Sample(64, 100, stack=stack(7)), cpu=profile))
    sites = next(one for one in results[1].tables if one.name == "sites")
    assert list(sites.column("why").values) == ["slice-growth"]
    assert list(sites.column("why_from").values) == ["the runtime functions below it"]
    why = results[3]
    assert [fact.name for fact in why.facts] == ["why", "missing_escapes"]
    (joined_table,) = why.tables
    assert list(joined_table.column("reason").values) == ["slice-growth"]
    assert list(joined_table.column("position").values) == [""]
