"""The JSON of `-gcflags=-json=0,DIR`: its lines, its folders, and what others put there."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from gotrace.errors import InputError, LimitError, UnrecognisedError
from gotrace.readers.escapes import places
from gotrace.readers.escapes.reader import holds_escapes, read_escapes
from gotrace.readers.limits import Limits
from tests.readers.escapes.tables import counts, rows, steps

HEADER = {
    "version": 0,
    "package": "example.com/a",
    "goos": "linux",
    "goarch": "amd64",
    "gc_version": "go1.27.3",
    "file": "/src/a/a.go",
}


def place(line: int, column: int) -> dict[str, Any]:
    here = {"line": line, "character": column}
    return {"start": here, "end": here}


def related(message: str, line: int, column: int, file: str = "/src/a/a.go") -> dict[str, Any]:
    return {"location": {"uri": f"file://{file}", "range": place(line, column)}, "message": message}


def diagnostic(code: str, message: str, line: int, column: int, *more: Any) -> dict[str, Any]:
    said = {"range": place(line, column), "severity": 3, "code": code, "source": "go compiler",
            "message": message}  # fmt: skip
    return {**said, "relatedInformation": list(more)} if more else said


INLINED = related("inlineLoc", 7, 9, "/src/b/in%20b.go")
LINES = [
    diagnostic("escape", "x escapes to heap", 4, 2,
               related("escflow:    flow: ~r0 ← &x:", 5, 9),
               related("escflow:      from &x (address-of)", 5, 9),
               related("escflow:      from return &x (return)", 5, 2)),
    diagnostic("escapes", "&T{} escapes to heap", 6, 3, INLINED,
               related("escflow:    flow: {heap} ← &{storage for &T{}}:", 6, 3), INLINED,
               related("escflow:      from &T{} (spill)", 6, 3), INLINED),
    diagnostic("escape", "", 6, 3, INLINED),
    diagnostic("leak", "parameter p leaks to {heap} with derefs=2", 8, 7,
               related("escflow:    flow: {heap} ← **p:", 8, 7)),
    diagnostic("canInlineFunction", "cost: 12", 3, 6),
    diagnostic("cannotInlineFunction", "recursive", 9, 6),
    diagnostic("nilcheck", "", 10, 6),
    diagnostic("isSliceInBounds", "", 10, 7),
    diagnostic("copy", "304 bytes", 11, 7),
    diagnostic("new-thing", "of Go 1.99", 12, 0),
]  # fmt: skip


def written(folder: Path, *lines: Any, name: str = "example.com%2Fa/a.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines)
    path.write_text(text, encoding="utf-8")
    return path


def test_each_code_has_its_kind(tmp_path: Path) -> None:
    recording = read_escapes(written(tmp_path, HEADER, *LINES))
    read = [(row.kind, row.what, row.detail, row.place[1:]) for row in rows(recording)]
    assert read == [
        ("moved_to_heap", "x", "", (4, 2)),
        ("escapes_to_heap", "&T{}", "", (6, 3)),
        ("leaking_param_content", "p", "", (8, 7)),
        ("can_inline", "", "", (3, 6)),
        ("cannot_inline", "", "recursive", (9, 6)),
        ("nil_check", "", "nilcheck", (10, 6)),
        ("bounds_check", "", "isSliceInBounds", (10, 7)),
        ("copy", "", "304 bytes", (11, 7)),
        ("other", "", "new-thing: of Go 1.99", (12, -1)),
    ]
    assert rows(recording)[2].level == 2
    assert rows(recording)[3].cost == 12
    assert recording.origin.go_version == "go1.27.3"
    assert {row.package for row in rows(recording)} == {"example.com/a"}


def test_steps_have_their_own_places(tmp_path: Path) -> None:
    recording = read_escapes(written(tmp_path, HEADER, *LINES))
    assert steps(recording) == {
        0: [
            ("~r0", "&x", "&x", 5, 9, "address-of", "a.go"),
            ("~r0", "&x", "return &x", 5, 2, "return", "a.go"),
        ],
        1: [("{heap}", "&{storage for &T{}}", "&T{}", 6, 3, "spill", "a.go")],
    }
    assert recording.columns["escape_flows"].rows == 4  # the leak's flow has no step


def test_inlined_code_says_where_it_stands(tmp_path: Path) -> None:
    recording = read_escapes(written(tmp_path, HEADER, *LINES))
    (inlined,) = recording.to_arrow()["escape_inlines"].to_pylist()
    assert inlined == {
        "escape_id": 1, "depth": 1, "line": 7, "column": 9, "file": "/src/b/in b.go",
    }  # fmt: skip


def test_a_folder_is_read_with_what_is_strange_told(tmp_path: Path) -> None:
    written(tmp_path, HEADER, *LINES)
    written(tmp_path, {**HEADER, "file": "/src/a/b.go"}, LINES[0], name="example.com%2Fa/b.json")
    written(tmp_path, {"other": 1}, name="example.com%2Fa/other.json")
    (tmp_path / "README").write_text("hello\n")
    (tmp_path / "link.json").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.json")
    deep = tmp_path / "1/2/3/4/5"
    deep.mkdir(parents=True)
    written(deep, HEADER, LINES[0], name="deep.json")
    recording = read_escapes(tmp_path)
    assert counts(recording)["moved_to_heap"] == 2
    notes = {note.slug: note for note in recording.notes}
    assert set(notes) == {"foreign-files"}
    assert notes["foreign-files"].count == 2
    assert holds_escapes(tmp_path)
    assert not holds_escapes(tmp_path / "nothing")


def test_lines_that_are_no_diagnostics_are_told(tmp_path: Path) -> None:
    strange: list[Any] = [
        "{", "[]", "3", '"text"', "null", "{}", {"range": 3}, "[" * 5000, {"code": "escape"},
        {**LINES[0], "range": {"start": {"line": -1, "character": 2}}},
        {**LINES[0], "range": {"start": {"line": True, "character": 2}}},
        {**LINES[0], "range": {"start": {"line": 10**30, "character": 2}}},
        {**LINES[0], "code": 7}, {**LINES[0], "message": None},
        {**LINES[0], "relatedInformation": 7},
        diagnostic("leak", "nonsense", 1, 1), diagnostic("escape", "nonsense", 1, 1),
    ]  # fmt: skip
    recording = read_escapes(written(tmp_path, HEADER, *strange, *LINES))
    assert len(rows(recording)) == 9
    (note,) = recording.notes
    assert (note.slug, note.count) == ("escape-lines-unread", len(strange))
    assert note.where.startswith("line 2, line 3")


def test_strange_related_information_is_passed_over(tmp_path: Path) -> None:
    messages = ["inlineLoc", "escflow: nonsense", "escflow:      from x (y)", 3]
    odd = [3, None, {}, *({"message": message} for message in messages)]
    odd.append({"message": "inlineLoc", "location": {"uri": 3}})
    recording = read_escapes(written(tmp_path, HEADER, diagnostic("nilcheck", "", 1, 1, *odd)))
    assert len(rows(recording)) == 1
    assert recording.columns["escape_flows"].rows == recording.columns["escape_inlines"].rows == 0


@pytest.mark.parametrize(
    "header",
    [
        {**HEADER, "version": 1},
        {**HEADER, "version": False},
        {**HEADER, "package": 3},
        {"version": 0},
        [],
        "{",
    ],
)
def test_other_versions_and_other_json_are_refused(header: Any, tmp_path: Path) -> None:
    with pytest.raises(UnrecognisedError):
        read_escapes(written(tmp_path, header, *LINES))
    with pytest.raises(UnrecognisedError):
        read_escapes(tmp_path)


def test_cut_and_damaged_files_never_fail_otherwise(tmp_path: Path) -> None:
    data = written(tmp_path, HEADER, *LINES).read_bytes()
    chance = random.Random(7)
    path = tmp_path / "damaged.json"
    outcomes = set()
    for _ in range(300):
        piece = bytearray(data[: chance.randrange(len(data))])
        for _ in range(chance.randrange(4)):
            if piece:
                piece[chance.randrange(len(piece))] = chance.randrange(256)
        path.write_bytes(piece)
        try:
            outcomes.add(len(rows(read_escapes(path))))
        except InputError:
            outcomes.add(-1)
    assert outcomes == set(range(-1, 9))


def test_limits_hold_for_a_folder_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        written(tmp_path, HEADER, *LINES, name=f"p/{number}.json")
    assert len(rows(read_escapes(tmp_path))) == 180
    with pytest.raises(LimitError, match="decompressed_bytes"):
        read_escapes(tmp_path, Limits(decompressed_bytes=20_000))
    monkeypatch.setattr(places, "MOST_FILES", 10)
    with pytest.raises(LimitError, match="more than 10 entries"):
        read_escapes(tmp_path)


TEXT = """\
# example.com/a
./a.go:4:2: moved to heap: x
./a.go:20:2: make([]int, n) does not escape
./lost.go:3:2: moved to heap: y
/go/src/slices/sort.go:5:6: can inline slices.Sort[int]
./sort.go:6:2: moved to heap: z
"""


def test_text_beside_json_adds_what_json_does_not_tell(tmp_path: Path) -> None:
    written(tmp_path, HEADER, *LINES)
    slices = {**HEADER, "file": "/go/src/slices/sort.go"}
    written(tmp_path, slices, diagnostic("canInlineFunction", "cost: 3", 5, 6), name="a/sort.json")
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "again.txt").write_text(TEXT)  # the same out of the build cache
    recording = read_escapes(tmp_path)
    moved = [(row.file, row.what) for row in rows(recording, "moved_to_heap")]
    assert moved == [("a.go", "x"), ("lost.go", "y"), ("sort.go", "z")]
    assert [row.what for row in rows(recording, "does_not_escape")] == ["make([]int, n)"]
    assert counts(recording)["can_inline"] == 2
