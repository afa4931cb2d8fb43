"""Reasons for escapes, on what real compilers say of a file that has each of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gotrace.analyses.wrestle.why import (
    REASONS,
    Escape,
    FlowStep,
    Why,
    escapes_of,
    flows_of,
    is_constant,
    why,
)
from gotrace.readers.escapes.reader import read_escapes
from gotrace.tables.recording import Recording
from tests.goroots import GoRoot
from tests.readers.escapes.builds import ROOTS, build

REASONS_FOLDER = Path(__file__).parent / "reasons"
WANT = re.compile(r"// want: ([a-z-]+)(?: (\d+)-)?$")


def wanted(minor: int) -> dict[int, str]:
    """Line → the reason that Go 1.`minor` gives for it."""
    lines = (REASONS_FOLDER / "reasons.go").read_text(encoding="utf-8").splitlines()
    found = ((number, WANT.search(line)) for number, line in enumerate(lines, 1))
    return {
        number: match[1]
        for number, match in found
        if match is not None and (match[2] is None or minor >= int(match[2]))
    }


def told(recording: Recording) -> dict[int, list[Why]]:
    """Line → reasons."""
    flows = flows_of(recording)
    found: dict[int, list[Why]] = {}
    for number, escape in enumerate(escapes_of(recording)):
        found.setdefault(escape.line, []).append(why(escape, flows.get(number, ())))
    return found


@pytest.mark.parametrize("root", ROOTS, ids=[str(root.version) for root in ROOTS])
def test_each_planted_reason_is_told(root: GoRoot, tmp_path: Path) -> None:
    made = build(root, str(REASONS_FOLDER), tmp_path)
    expected = wanted(root.version.minor)
    text = told(read_escapes(made.text))
    slugs = {line: {reason.slug for reason in text.get(line, [])} for line in expected}
    assert {line: slug for line, slug in expected.items() if slug not in slugs[line]} == {}
    told_by_json = told(read_escapes(made.folder))
    of_heap = {line: slug for line, slug in expected.items() if slug not in ONLY_IN_TEXT}
    for line, slug in of_heap.items():
        if "does not escape" not in made.lines_at(line):
            assert slug in {reason.slug for reason in told_by_json.get(line, [])}, line


ONLY_IN_TEXT = {"stays", "parameter-leaks"}
"""JSON says nothing of what stays on the stack."""


def test_a_sentence_names_the_place_that_lets_it_escape() -> None:
    escape = Escape("escapes_to_heap", "new(node)", "/src/a.go", 41)
    flows = [
        FlowStep("n", "&{storage for new(node)}", "new(node)", "spill", "/src/a.go", 41),
        FlowStep("n", "&{storage for new(node)}", "n := new(node)", "assign", "/src/a.go", 41),
        FlowStep("{heap}", "n", "global = n", "assign", "/src/a.go", 42),
    ]
    assert why(escape, flows) == Why(
        "stored",
        "`new(node)` is stored in a variable that outlives the function: `global = n` at a.go:42",
    )


def test_without_an_explanation_it_says_how_to_get_one() -> None:
    reason = why(Escape("moved_to_heap", "x", "a.go", 1))
    assert reason.slug == "escapes"
    assert "-m=2" in reason.sentence


def test_a_long_expression_is_cut_in_the_sentence() -> None:
    reason = why(Escape("escapes_to_heap", "&" + "x" * 500, "a.go", 1))
    assert len(reason.sentence) < 150


@pytest.mark.parametrize(
    ("expression", "is_one"),
    [("4711", True), ('"a \\" b"', True), ("0x1p-2", True), ("'x'", True), ("true", True),
     ("n", False), ('a + "b"', False), ('"a" + "b"', False), ("f(1)", False)],
)  # fmt: skip
def test_constants_are_literals_alone(expression: str, is_one: bool) -> None:
    assert is_constant(expression) is is_one


@pytest.mark.parametrize(
    ("what", "slug"),
    [("a + b", "string-concatenation"), ("n + 1", "interface-conversion"),
     ("string(b)", "string-conversion"), ("([]byte)(s)", "string-conversion"),
     ("make(map[string]int)", "map-growth"), ("map[string]*node{}", "map-growth"),
     ("make([]int, 0, n)", "size-unknown"), ("make([]int, 8)", "escapes"),
     ("append", "slice-growth"), ("func literal", "closure"), ("v", "interface-conversion"),
     ("fmt.Sprintf(x, ... argument...)", "interface-conversion"), ("&node{...}", "escapes"),
     ("[]int{...}", "escapes"), ("... argument", "variadic-arguments")],
)  # fmt: skip
def test_expressions_tell_what_they_allocate(what: str, slug: str) -> None:
    assert why(Escape("escapes_to_heap", what, "a.go", 1)).slug == slug


def test_every_reason_is_one_of_the_list_and_every_kind_has_one() -> None:
    kinds = ("escapes_to_heap", "moved_to_heap", "does_not_escape", "leaking_param",
             "leaking_param_content", "can_inline", "other")  # fmt: skip
    for kind in kinds:
        for what in ("x", "append", "make([]int, n)", "", "a + b", "func literal"):
            reason = why(Escape(kind, what, "a.go", 1))
            assert reason.slug in REASONS
            assert reason.sentence
