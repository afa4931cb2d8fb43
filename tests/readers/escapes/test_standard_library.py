"""Positions and counts of the standard library's packages, one to one with what the build printed.

The counts are taken from the raw output by plain comparisons of lines, and share nothing with the
reader. `encoding/json` and `go/parser` are compiled by every version asked for, `net/http` too.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gotrace.readers.escapes.reader import read_escapes
from gotrace.tables.recording import Recording
from tests.goroots import GoRoot
from tests.readers.escapes.builds import OLD_AND_NEW, Build, build
from tests.readers.escapes.tables import Row, counts, rows, slugs, steps

PACKAGES = ("encoding/json", "go/parser", "net/http")
LEAKS = ("leaking_param", "leaking_param_content")
HEAP = ("escapes_to_heap", "moved_to_heap")
STARTS = {
    "moved to heap: ": "moved_to_heap",
    "leaking param: ": "leaking_param",
    "leaking param content: ": "leaking_param_content",
    "can inline ": "can_inline",
    "cannot inline ": "cannot_inline",
    "inlining call to ": "inlining_call",
}
ENDS = {" escapes to heap": "escapes_to_heap", " does not escape": "does_not_escape"}
CODES = {
    "canInlineFunction": "can_inline",
    "cannotInlineFunction": "cannot_inline",
    "cannotInlineCall": "cannot_inline_call",
    "nilcheck": "nil_check",
    "isInBounds": "bounds_check",
    "isSliceInBounds": "bounds_check",
    "copy": "copy",
}
ALL = [(root, package) for root in OLD_AND_NEW for package in PACKAGES]


@pytest.mark.parametrize(
    ("root", "package"), ALL, ids=[f"{root.version} {package}" for root, package in ALL]
)
def test_what_is_read_is_what_the_compiler_said(root: GoRoot, package: str, tmp_path: Path) -> None:
    made = build(root, package, tmp_path)
    text, table = read_escapes(made.text), read_escapes(made.folder)
    assert_text_is_read(text, made, package)
    assert_json_is_read(table, made, root)
    source = root.path / "src" / package
    assert_both_say_the_same(text, table, {path.name for path in source.glob("*.go")})


def kind_of(message: str) -> str | None:
    """The kind of a message by how it begins or ends."""
    for start, kind in STARTS.items():
        if message.startswith(start):
            return kind
    return next((kind for end, kind in ENDS.items() if message.endswith(end)), None)


def counted(lines: list[str]) -> tuple[Counter[tuple[str, str]], int]:
    """(kind, position as printed) of the lines of the known kinds, and how many others say more."""
    found: Counter[tuple[str, str]] = Counter()
    others = 0
    for line in lines:
        position, colon, message = line.partition(": ")
        if not colon or line.startswith("#") or " " in position:
            continue
        is_explanation = message.startswith(" ") or message.endswith(":")
        kind = None if is_explanation else kind_of(message)
        if kind is not None:
            found[kind, position] += 1
        elif not is_explanation:
            others += 1
    return found, others


def assert_text_is_read(recording: Recording, made: Build, package: str) -> None:
    """Counts by kind and positions as a count of the lines gives them."""
    expected, others = counted(made.lines)
    kinds = set(STARTS.values()) | set(ENDS.values())
    table = recording.columns["escapes"]
    files = table.coded("file")
    got = Counter(
        (row.kind, position(files[row.id] or "", row))
        for row in rows(recording)
        if row.kind in kinds
    )
    assert got == expected
    assert table.rows == expected.total() + others
    assert {row.package for row in rows(recording)} == {package}
    assert not counts(recording)["other"]
    assert set(slugs(recording)) <= {"explanations-alone", "messages-without-place"}


def position(file: str, row: Row) -> str:
    return f"{file}:{row.line}" + (f":{row.column}" if row.column >= 0 else "")


def assert_json_is_read(recording: Recording, made: Build, root: GoRoot) -> None:
    """Counts by code and positions as the lines of JSON have them."""
    expected: Counter[tuple[str, str, int, int]] = Counter()
    for path in made.folder.rglob("*.json"):
        header, *lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        file = header["file"].rpartition("/")[2]
        for line in lines:
            kind = kind_of_json(line)
            start = line["range"]["start"]
            if kind is not None:
                expected[kind, file, start["line"], start["character"] or -1] += 1
    assert Counter((row.kind, *row.place) for row in rows(recording)) == expected
    assert recording.origin.go_version == "go" + made_by(root)
    assert set(slugs(recording)) <= {"explanations-alone"}


def made_by(root: GoRoot) -> str:
    return (root.path / "VERSION").read_text().split()[0].removeprefix("go")


def kind_of_json(line: dict[str, Any]) -> str | None:
    """The kind of a line; None for what is told by another line of the same place."""
    code, message = line["code"], line["message"]
    if code == "leak":
        is_content = " leaks to {" in message and not message.endswith("derefs=0")
        return "leaking_param_content" if is_content else "leaking_param"
    if code not in ("escape", "escapes"):
        return CODES[code]
    if not message:
        return "escapes_to_heap"
    said = [related["message"] for related in line["relatedInformation"]]
    flow = next(text for text in said if text.startswith("escflow:    flow: "))
    return None if "&{storage for " in flow else "moved_to_heap"


def assert_both_say_the_same(text: Recording, table: Recording, own: set[str]) -> None:
    """What text and JSON both tell: places and expressions on the heap, flows, leaks, inlining.

    Only of the package's own files, `own`: JSON has one file for all sources of the same name, so
    those of inlined generic functions write over each other.
    """
    heap = [
        {(*row.place, row.kind, row.what) for row in rows(r, *HEAP) if row.file in own}
        for r in (text, table)
    ]
    assert heap[0] <= heap[1]
    # Wrappers of `go` and `defer` have no line of text.
    assert {what for *_, what in heap[1] - heap[0]} <= {"func literal"}
    places = [
        {row.place for row in rows(r, "can_inline") if row.file in own} for r in (text, table)
    ]
    assert places[0] == places[1]
    assert_leaks_agree(text, table)
    assert_flows_agree(text, table)


def assert_leaks_agree(text: Recording, table: Recording) -> None:
    """Text tells where a parameter leaks to, JSON what it flows to first: a few differ in that."""
    leaks = [
        {(*row.place, row.kind, row.what, row.leaks_to, row.level) for row in rows(r, *LEAKS)}
        for r in (text, table)
    ]
    assert len(leaks[0] - leaks[1]) <= len(leaks[0]) // 100 + 1


def assert_flows_agree(text: Recording, table: Recording) -> None:
    """The same steps for all that has one row in each."""
    told, listed = steps(text), steps(table)
    one, other = (
        {key: number for key, numbers in by_key(recording).items() if len(numbers) == 1
         for number in numbers}
        for recording in (text, table)
    )  # fmt: skip
    shared = one.keys() & other.keys()
    assert len(shared) > 100
    different = [key for key in shared if told.get(one[key]) != listed.get(other[key])]
    assert not different, sorted(different, key=str)[:5]


def by_key(recording: Recording) -> dict[tuple[Any, ...], list[int]]:
    found: dict[tuple[Any, ...], list[int]] = {}
    for row in rows(recording, *HEAP, *LEAKS):
        key = (*row.place, row.kind, row.what, row.leaks_to, row.level)
        found.setdefault(key, []).append(row.id)
    return found
