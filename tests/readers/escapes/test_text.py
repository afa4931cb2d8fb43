"""Text of `-gcflags=-m`: what a line says, what explains it, and what else a build prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.errors import InputError, LimitError, UnrecognisedError
from gotrace.readers.escapes import rows as limits_of_rows
from gotrace.readers.escapes.messages import Said, parse_message
from gotrace.readers.escapes.reader import read_escapes
from gotrace.readers.limits import Limits
from gotrace.tables.recording import Recording
from tests.readers.escapes.tables import counts, rows, slugs, steps

NEW = """\
# example.com/a
./a.go:3:6: can inline f with cost 8 as: func() *int { x := 1; return &x }
./a.go:4:2: x escapes to heap in f:
./a.go:4:2:   flow: ~r0 ← &x:
./a.go:4:2:     from &x (address-of) at ./a.go:5:9
./a.go:4:2:     from return &x (return) at ./a.go:5:2
./a.go:4:2: moved to heap: x
./a.go:8:7: leaking param content: p
./a.go:9:8: make([]int, n) does not escape
"""
OLD = NEW.replace(" in f:", ":").replace("←", "=")


def read(folder: Path, text: str | bytes, limits: Limits | None = None) -> Recording:
    path = folder / "escapes.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_escapes(path, limits or Limits())


@pytest.mark.parametrize(("text", "function"), [(NEW, "f"), (OLD, None)], ids=["1.25", "1.24"])
def test_the_forms_of_old_and_new_compilers_say_the_same(
    text: str, function: str | None, tmp_path: Path
) -> None:
    recording = read(tmp_path, text)
    inlined, moved, leaks, stays = rows(recording)
    assert (inlined.kind, inlined.what, inlined.cost) == ("can_inline", "f", 8)
    assert (moved.kind, moved.what, moved.place) == ("moved_to_heap", "x", ("a.go", 4, 2))
    assert moved.function == function
    assert (leaks.kind, leaks.leaks_to, leaks.level) == ("leaking_param_content", "{heap}", -1)
    assert (stays.kind, stays.what) == ("does_not_escape", "make([]int, n)")
    assert steps(recording) == {
        1: [
            ("~r0", "&x", "&x", 5, 9, "address-of", "a.go"),
            ("~r0", "&x", "return &x", 5, 2, "return", "a.go"),
        ]
    }
    assert slugs(recording) == []


def test_windows_line_ends_and_paths_change_nothing(tmp_path: Path) -> None:
    plain = read(tmp_path, NEW)
    windows = read(tmp_path, NEW.replace("./a.go", ".\\a.go").replace("\n", "\r\n"))
    assert rows(windows) == rows(plain)
    assert steps(windows) == steps(plain)
    drive = read(tmp_path, NEW.replace("./a.go", "C:\\src\\a.go"))
    assert rows(drive) == rows(plain)


def test_packages_are_told_apart_by_their_heads(tmp_path: Path) -> None:
    text = NEW + "# example.com/b [example.com/b.test]\n" + NEW.partition("\n")[2]
    recording = read(tmp_path, text)
    assert [row.package for row in rows(recording)] == ["example.com/a"] * 4 + ["example.com/b"] * 4
    assert sorted(steps(recording)) == [1, 5]


def test_lines_of_a_build_in_between_are_told_with_their_numbers(tmp_path: Path) -> None:
    lines = NEW.splitlines()
    lines[3:3] = ["go: downloading example.com/x v1.0.0", "a stray word"]
    recording = read(tmp_path, "\n".join(lines) + "\n")
    notes = {note.slug: note for note in recording.notes}
    assert set(notes) == {"build-failed", "foreign-lines"}
    assert notes["foreign-lines"].where == "line 5"
    assert notes["build-failed"].where == "line 4"
    assert len(rows(recording)) == 4
    assert len(steps(recording)[1]) == 2


@pytest.mark.parametrize(
    "line",
    [
        "./b.go:3:1: undefined: y",
        "./b.go:3:1: syntax error: unexpected newline, expected }",
        "FAIL\texample.com/b [build failed]",
        "/usr/lib/go/pkg/tool/linux_amd64/link: running gcc failed: exit status 1",
        "vet: ./b.go:3:1: undefined: y",
    ],
)
def test_a_build_that_failed_is_a_fault(line: str, tmp_path: Path) -> None:
    recording = read(tmp_path, NEW + line + "\n")
    failed = [note for note in recording.notes if note.slug == "build-failed"]
    assert [(note.severity, note.where) for note in failed] == [("fault", "line 10")]
    assert counts(recording)["moved_to_heap"] == 1


def test_a_message_that_nobody_knows_is_kept_and_told(tmp_path: Path) -> None:
    recording = read(tmp_path, NEW + "./a.go:7:1: something new of Go 1.99\n")
    (other,) = rows(recording, "other")
    assert (other.detail, other.line) == ("something new of Go 1.99", 7)
    assert slugs(recording) == ["unknown-messages"]


def test_a_cut_file_keeps_what_is_whole(tmp_path: Path) -> None:
    for size in range(len(NEW.encode()) - 1, 150, -7):
        cut = NEW.encode()[:size]
        recording = read(tmp_path, cut)
        assert ("escapes-cut" in slugs(recording)) is not cut.endswith(b"\n")
        assert 1 <= len(rows(recording)) <= 4


def test_an_explanation_may_be_cut_short_by_the_compiler(tmp_path: Path) -> None:
    cut = (
        "./a.go:4:2:   warning: truncated explanation due to assignment cycle; see golang.org/i/1\n"
    )
    recording = read(tmp_path, NEW.replace("./a.go:4:2: moved", cut + "./a.go:4:2: moved"))
    assert slugs(recording) == ["explanations-truncated"]
    assert len(steps(recording)[1]) == 2


def test_explanations_of_one_place_find_their_own_messages(tmp_path: Path) -> None:
    said = "./a.go:1:2: {} escapes to heap in f:\n./a.go:1:2:   flow: ~r0 ← &{{storage for {}}}:\n"
    said += "./a.go:1:2:     from {} (spill) at ./a.go:1:2\n"
    text = "".join(said.format(what, what, what) for what in ("append(b, c)", "&T{}", "a"))
    text += "".join(f"./a.go:1:2: {what} escapes to heap\n" for what in ("a", "&T{}", "append"))
    recording = read(tmp_path, text)
    found = steps(recording)
    assert [row.what for row in rows(recording)] == ["a", "&T{}", "append(b, c)"]
    assert [found[number][0][2] for number in range(3)] == ["a", "&T{}", "append(b, c)"]


def test_of_repeated_explanations_a_leak_takes_the_one_it_means(tmp_path: Path) -> None:
    head = (
        "./a.go:1:2: parameter p leaks to {} for f with derefs={}:\n./a.go:1:2:   flow: {} ← p:\n"
    )
    text = "".join(
        head.format(to, level, to) for to, level in (("~r0", 2), ("{heap}", 3), ("{heap}", 1))
    )
    text += (
        "./a.go:1:2: leaking param content: p\n./a.go:1:2: leaking param: p to result ~r0 level=2\n"
    )
    content, result = rows(read(tmp_path, text))
    assert (content.leaks_to, content.level) == ("{heap}", 1)
    assert (result.leaks_to, result.level) == ("~r0", 2)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("cannot inline f: recursive", Said("cannot_inline", "f", "recursive", "f")),
        ("cannot inline g into f: too big", Said("cannot_inline_call", "g", "too big", "f")),
        ("inlining call to a.G[go.shape.struct { x int }]",
         Said("inlining_call", "a.G[go.shape.struct { x int }]")),
        ("leaking param: p to result ~r0 level=1",
         Said("leaking_param", "p", leaks_to="~r0", level=1)),
        ("f capturing by ref: x (addr=false assign=true width=8)",
         Said("capturing", "x", "ref", "f")),
        ("devirtualizing r.Read to *T",
         Said("devirtualized", "r.Read", "devirtualizing r.Read to *T")),
        ("zero-copy string->[]byte conversion",
         Said("zero_copy", "", "zero-copy string->[]byte conversion")),
        ('"a escapes to heap" escapes to heap', Said("escapes_to_heap", '"a escapes to heap"')),
        ("warning: something", None),
    ],
)  # fmt: skip
def test_messages_are_taken_apart(message: str, said: Said | None) -> None:
    assert parse_message(message) == said


def test_what_is_no_output_of_the_compiler_is_refused(tmp_path: Path) -> None:
    for text in (
        b"",
        b"\n\n",
        b"hello\nworld\n",
        b"a.go:1:2: hello\n",
        b"\x1f\x8b",
        b"heap profile: ",
    ):
        with pytest.raises(InputError):
            read(tmp_path, text)
    with pytest.raises(UnrecognisedError, match="UTF-16"):
        read(tmp_path, NEW.encode("utf-16"))


def test_limits_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitError, match="decompressed_bytes"):
        read(tmp_path, NEW * 50, Limits(decompressed_bytes=2000))
    long = read(tmp_path, NEW + "./a.go:1:2: " + "x" * 5000 + " escapes to heap\n" + NEW,
                Limits(text_line_bytes=1000))  # fmt: skip
    assert slugs(long) == ["overlong-lines"]
    assert len(rows(long)) == 8
    monkeypatch.setattr(limits_of_rows, "MOST_ESCAPES", 3)
    with pytest.raises(LimitError, match="messages of the compiler"):
        read(tmp_path, NEW)


@pytest.mark.parametrize(
    ("head", "repeated", "tail"),
    [("parameter p", " leaks to q", ":"), ("f", " capturing by ref: x", ""),
     ("cannot inline f", " into g", ""), ("leaking param: p", " to result r level=", "x"),
     ("  flow: {storage for x", " = ", ""), ("    from x", " (a) at", " ("),
     ("x", " escapes to heap in", " y"), ("can inline f", " with cost 3", ""),
     ("x", " ignoring self-assignment in", ""), ("devirtualizing ", "devirtualizing ", "\t"),
     ("loop variable x", " now per-iteration", ""), ("marking x", " as escaping", ""),
     ("x", " does not escape", ","), ("parameter p leaks to r", " for f", " with derefs=1:")],
)  # fmt: skip
def test_no_message_takes_more_than_linear_time(
    head: str, repeated: str, tail: str, tmp_path: Path
) -> None:
    """With a megabyte of it: what takes longer would never end."""
    long = "./a.go:1:2: " + head + repeated * (1_000_000 // len(repeated)) + tail + "\n"
    assert len(rows(read(tmp_path, NEW + long), "moved_to_heap")) == 1


def test_many_explanations_of_one_place_cost_no_more_than_others(tmp_path: Path) -> None:
    heads = "".join(f"./a.go:1:2: {n} escapes to heap:\n" for n in range(20_000))
    heads += "./a.go:1:2: parameter p leaks to {heap} with derefs=7:\n" * 20_000
    said = "./a.go:1:2: nobody escapes to heap\n./a.go:1:2: leaking param: p\n" * 20_000
    assert len(rows(read(tmp_path, heads + said))) == 40_000


def test_a_leak_to_storage_is_one_to_the_heap(tmp_path: Path) -> None:
    text = "./a.go:1:2: parameter p leaks to {storage for f(x for y)} for g with derefs=0:\n"
    text += "./a.go:1:2:   flow: {storage for f(x for y)} ← p:\n./a.go:1:2: leaking param: p\n"
    (row,) = rows(read(tmp_path, text))
    assert (row.leaks_to, row.level, row.function) == ("{heap}", 0, "g")


def test_a_line_of_colons_costs_no_more_than_its_length(tmp_path: Path) -> None:
    hostile = ("./a.go:1:2: " * 40_000 + "\n") * 2 + "x:1" * 100_000 + "\n" + NEW
    assert len(rows(read(tmp_path, hostile), "moved_to_heap")) == 1
    with pytest.raises(UnrecognisedError):
        read(tmp_path, "a:1:" * 200_000)
