"""Events as lines."""

from __future__ import annotations

import json

import pytest

from gotrace.views.event_lines import EventLine, Frame, json_line, text_line

LEAF = Frame("main.work", "/src/app/main.go", 33)
ROOT = Frame("main.main", "/src/app/main.go", 7)


def line(**changes: object) -> EventLine:
    plain = EventLine(1_234_567, 12, 0, 7, "GoBlock", (("reason", "chan receive"),), (LEAF,))
    return plain._replace(**changes)  # type: ignore[arg-type]


def test_a_line_says_when_who_what_and_where() -> None:
    expected = (
        '0.001234567 M12     P0  G7     GoBlock reason="chan receive" at main.work main.go:33'
    )
    assert text_line(line()) == expected


@pytest.mark.parametrize(
    ("time", "text"), [(0, "0.000000000"), (61_000_000_001, "61.000000001"), (-1, "-0.000000001")]
)
def test_times_are_seconds_with_nine_digits(time: int, text: str) -> None:
    assert text_line(line(time_ns=time)).split()[0] == text


def test_nobody_is_a_dash() -> None:
    found = text_line(line(thread=-1, proc=-1, goroutine=-1, arguments=(("thread", None),)))
    assert found.split()[1:4] == ["M-", "P-", "G-"]
    assert "thread=-" in found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (42, "v=42"),
        ("main.(*T).run", "v=main.(*T).run"),
        ("two words", 'v="two words"'),
        ("", 'v=""'),
        ('say "no"', 'v="say \\"no\\""'),
        ("\x1b[2J", 'v="\\x1b[2J"'),
        ("a=b", 'v="a=b"'),
    ],
)
def test_a_value_is_one_word_or_quoted(value: int | str, text: str) -> None:
    assert text in text_line(line(arguments=(("v", value),)))


def test_deep_stacks_stand_on_lines_of_their_own() -> None:
    text = text_line(line(stack=(LEAF, ROOT)), is_deep=True)
    assert text.splitlines()[1:] == ["\tmain.work main.go:33", "\tmain.main main.go:7"]


def test_unknown_functions_and_files_are_left_out() -> None:
    assert text_line(line(stack=(Frame("", "", 0),))).endswith(" at ?")


def test_hostile_names_cannot_steer_the_terminal() -> None:
    text = text_line(line(stack=(Frame("main.\x1b]0;x\x07", "a\n.go", 1),)))
    assert text.isprintable()


def test_json_has_names_for_everything_and_null_for_nobody() -> None:
    found = json.loads(json_line(line(proc=-1)))
    assert found == {
        "time_ns": 1_234_567,
        "thread": 12,
        "proc": None,
        "goroutine": 7,
        "event": "GoBlock",
        "arguments": {"reason": "chan receive"},
        "stack": [{"function": "main.work", "file": "/src/app/main.go", "line": 33}],
    }
