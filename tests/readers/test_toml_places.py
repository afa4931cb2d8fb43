"""The line of every key of a TOML document."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gotrace.readers.toml_places import lines_of_keys


def test_tables_and_keys_have_the_line_they_stand_on() -> None:
    text = '# a comment\n\n[budget.encode]\nmetric = "allocs/op"\n\n  max = 12  # = [no] key\n'
    assert lines_of_keys(text) == {
        ("budget",): 3,
        ("budget", "encode"): 3,
        ("budget", "encode", "metric"): 4,
        ("budget", "encode", "max"): 6,
    }


def test_quoted_keys_are_unquoted_as_toml_does() -> None:
    text = '[budget."Encode/size=4 ]#"]\n"max" = 1\n\'min\' = 2\n["a\\u0041".\'b.c\']\n'
    lines = lines_of_keys(text)
    assert lines["budget", "Encode/size=4 ]#", "max"] == 2
    assert lines["budget", "Encode/size=4 ]#", "min"] == 3
    assert lines["aA", "b.c"] == 4


def test_dotted_keys_name_the_tables_on_their_way() -> None:
    lines = lines_of_keys('budget . encode . "max" = 12\nsettings.baseline = "b"\n')
    assert lines["budget", "encode"] == lines["budget", "encode", "max"] == 1
    assert lines["settings", "baseline"] == 2


def test_text_in_strings_of_several_lines_is_no_key() -> None:
    text = 'a = """\nb = 1\n[c]\n\\""" not yet\n"""""\n'
    text += "d = '''\ne = 1\n'''\nf = \"#\" # \"\"\"\ng = 1\n"
    assert lines_of_keys(text) == {("a",): 1, ("d",): 6, ("f",): 9, ("g",): 10}
    assert set(tomllib.loads(text)) == {"a", "d", "f", "g"}


def test_values_of_several_lines_hold_no_headers_and_no_keys() -> None:
    text = 'a = [\n  [1, 2],\n  ["b"]\n]\nc = { d = 1, e = "}" }\n[[f]]\nx = 1\n[[f]]\nx = 2\n'
    lines = lines_of_keys(text)
    assert lines == {("a",): 1, ("c",): 5, ("f",): 6, ("f", "x"): 7}


def test_lines_end_where_toml_says_so() -> None:
    text = "a = '\u2028\x85'\r\nb = 1\r\n\r\nc = 2"
    assert lines_of_keys(text) == {("a",): 1, ("b",): 2, ("c",): 4}


def test_keys_far_down_cost_nothing() -> None:
    text = ".".join(["a"] * 2000) + " = 1\n"
    assert max(map(len, lines_of_keys(text))) == 4


KEYS = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", '"g\\"h"', '"]"', '"#="'])
VALUES = st.sampled_from(
    ["1", '"x = 1"', '"""\ny = 2\n[z]\n"""', "'''\n'\"\n'''", "[\n1,\n[2]\n]", "{k = '#'}", "'\"'"]
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["table", "key", "comment", "blank"]), KEYS, VALUES), max_size=12
    )
)
def test_every_key_that_tomllib_finds_has_the_line_it_was_written_on(
    parts: list[tuple[str, str, str]],
) -> None:
    text, expected = _document(parts)
    lines = lines_of_keys(text)
    assert {path: lines[path] for path in expected} == expected
    assert set(lines) == _paths(tomllib.loads(text))


def _document(parts: list[tuple[str, str, str]]) -> tuple[str, dict[tuple[str, ...], int]]:
    text = ""
    table: tuple[str, ...] = ()
    expected: dict[tuple[str, ...], int] = {}
    for number, (kind, key, value) in enumerate(parts):
        name = next(iter(tomllib.loads(f"{key} = 1")))
        line = text.count("\n") + 1
        if kind == "table":
            table = (f"t{number}", name)
            text += f"[t{number}.{key}] # [x]\n"
            expected[table] = line
        elif kind == "key" and (*table, name) not in expected:
            text += f"  {key} = {value} # k = 1\n"
            expected[*table, name] = line
        elif kind == "comment":
            text += f"# {key} = [{value.partition(chr(10))[0]}\n"
        else:
            text += "\n"
    return text, expected


def _paths(document: dict[str, Any], above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """All paths of tables; of inline tables only their own."""
    found = set()
    for key, value in document.items():
        found.add((*above, key))
        if isinstance(value, dict) and set(value) != {"k"}:
            found |= _paths(value, (*above, key))
    return found
