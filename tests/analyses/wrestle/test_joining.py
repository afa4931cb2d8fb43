"""Whose code a stack is, what escapes there, and which types a line makes."""

from __future__ import annotations

import pytest

from gotrace.analyses.wrestle.expressions import Form, forms_of_source, made_by
from gotrace.analyses.wrestle.joining import EscapeIndex, Ownership, Place
from gotrace.analyses.wrestle.matching import Basis
from gotrace.analyses.wrestle.type_layouts import LayoutIndex, bare
from gotrace.analyses.wrestle.why import Escape
from tests.analyses.heap_recordings import Sample
from tests.analyses.wrestle.programs import (
    MODULE,
    PACKAGE,
    Objects,
    escapes,
    evidence,
    joined,
    layouts,
    stack,
)  # fmt: skip


def test_the_module_owns_its_packages_and_their_tests_only() -> None:
    owner = Ownership(MODULE)
    assert owner.owns(MODULE)
    assert owner.owns(PACKAGE)
    assert owner.owns(f"{PACKAGE}_test")
    assert not owner.owns(f"{MODULE}ore/p")
    assert not owner.owns("bytes")
    without = Ownership()
    assert without.owns("main")
    assert not without.owns("encoding/json")


def test_memory_is_charged_to_the_modules_own_line_and_says_who_allocated_it() -> None:
    sites = joined(evidence(
        Sample(64, 10, stack=stack(7)),
        Sample(128, 5, stack=stack(7, inner=("bytes.growSlice:3", "bytes.(*Buffer).Write:9"))),
        Sample(32, 99, stack=("runtime/pprof.writeHeap:3", "testing.(*M).after:5")),
    ))  # fmt: skip
    found = {(site.place.line, site.via): site.bytes for site in sites.sites}
    assert found == {(7, ""): 640, (7, "bytes.growSlice"): 640}
    assert sites.bytes == 1280


def test_escapes_of_a_line_are_joined_by_package_base_name_and_line() -> None:
    said = escapes((7, "&T{...}"), (7, "x", "moved_to_heap"), (8, "y"), (7, "z", "can_inline"))
    index = EscapeIndex(said)
    found = index.at([Place(f"{PACKAGE}.F", "/somewhere/else/F.go", 7)])
    assert [escape.what for escape in found] == ["&T{...}", "x"]
    inside = escapes((7, "append", "does_not_escape"), (7, "&T{...}", "does_not_escape"))
    at_seven = [Place(f"{PACKAGE}.F", "F.go", 7)]
    assert [escape.what for escape in EscapeIndex(inside).at(at_seven)] == ["append"]
    assert index.at([Place("other/p.F", "/somewhere/F.go", 7)]) == []
    assert index.at([Place(f"{PACKAGE}.F", "/somewhere/G.go", 7)]) == []


def test_what_is_inlined_is_looked_for_from_the_inside_out() -> None:
    index = EscapeIndex(escapes((20, "make([]T, n)"), (30, "other")))
    inner, outer = Place(f"{PACKAGE}.small", "F.go", 3), Place(f"{PACKAGE}.F", "F.go", 20)
    beyond = Place(f"{PACKAGE}.G", "F.go", 30)
    assert [escape.what for escape in index.at([inner, outer, beyond])] == ["make([]T, n)"]


@pytest.mark.parametrize(
    ("what", "form", "name"),
    [
        ("&Small{...}", Form.NEW, "Small"),
        ("&other.Small{}", Form.NEW, "Small"),
        ("new(int)", Form.NEW, "int"),
        ("make([]*Node, 0, n)", Form.SLICE, "*Node"),
        ("[]string{...}", Form.SLICE, "string"),
        ("make(map[string]*T, n)", Form.MAP, "map[string]*T"),
        ("map[int]*Small{}", Form.MAP, "map[int]*Small"),
        ("string(b)", Form.STRING, ""),
        ("([]byte)(s)", Form.BYTES, ""),
        ("func literal", Form.CLOSURE, ""),
        ("append(out, x)", Form.GROWN, ""),
        ("append", Form.GROWN, ""),
        ("... argument", Form.SLICE, ""),
        ("i * 1000", Form.BOXED, ""),
        ("i + 1", Form.BOXED, ""),
        ('host + ":" + port', Form.JOINED, ""),
        ("Reading{...}", Form.BOXED, ""),
    ],
)
def test_expressions_tell_what_they_make(what: str, form: Form, name: str) -> None:
    made = made_by(Escape("escapes_to_heap", what, "F.go", 1))
    assert (made.form, made.type_name) == (form, name)


def test_source_lines_tell_what_the_compiler_leaves_out_but_comments_do_not() -> None:
    assert forms_of_source("values = append(values, string(b))") == {Form.GROWN, Form.STRING}
    assert forms_of_source("day.users[r.User] = one") == {Form.MAP}
    assert forms_of_source("x := tostring(b) // append(") == set()


def test_names_of_types_compare_without_their_packages() -> None:
    assert bare("map.group[string]*example.com/m/p.Node") == "group[string]*Node"
    assert bare("[]p.T") == bare("[]T")
    index = LayoutIndex(layouts(("p.T", 24, 8, 1, [("a", "string", 0, 16, 1)])))
    found = index.find("*p.T"), index.find("p.T"), index.find("T")
    assert found[0] is None
    assert found[1] is found[2] is not None
    assert found[1] is not None and found[1].padding_bytes == 8


def test_a_type_goes_to_the_line_that_names_it() -> None:
    objects = Objects().add("p.A", 24, 8, 24, 30).add("p.B", 24, 8, 24, 10)
    sites = joined(evidence(
        Sample(24, 300, stack=stack(7)), Sample(24, 100, stack=stack(9)),
        said=escapes((7, "&A{...}"), (9, "&B{...}")), objects=objects,
    ))  # fmt: skip
    found = {site.place.line: site.slots[0].types for site in sites.sites}
    assert [(kind.group.type_name, kind.basis) for kind in found[7]] == [("p.A", Basis.NAMED)]
    assert [(kind.group.type_name, kind.basis) for kind in found[9]] == [("p.B", Basis.NAMED)]


def test_what_nobody_names_goes_to_those_that_can_make_it() -> None:
    objects = Objects().add("runtime.uint64InterfacePtr", 8, 0, 16, 20).add("", 0, 0, 16, 20)
    sites = joined(evidence(
        Sample(16, 200, stack=stack(7)), Sample(16, 200, stack=stack(9)),
        said=escapes((7, "i * 1000"), (9, "string(b)")), objects=objects,
    ))  # fmt: skip
    main = {site.place.line: site.slots[0].types[0].group.type_name for site in sites.sites}
    assert main == {7: "runtime.uint64InterfacePtr", 9: ""}


def test_types_of_the_test_binary_are_nobodys() -> None:
    objects = Objects().add("p.A", 24, 8, 24, 30).add("testing.T", 24, 8, 24, 1)
    sites = joined(evidence(Sample(24, 300, stack=stack(7)), said=escapes((7, "&A{...}")),
                            objects=objects))  # fmt: skip
    assert [kind.group.type_name for kind in sites.sites[0].slots[0].types] == ["p.A"]
