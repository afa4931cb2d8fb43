"""Go's regular expressions match what Go says they match, in both ways of matching."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.analyses.regexp import compile_go
from gotrace.errors import UsageError

PIECES = ["a", "b", "A", "é", "K", "ſ", "_", "5", " ", "\n", "-", "]", "("]
ATOMS = [
    *("a", "b", "k", "s", "é", ".", "[ab]", "[^a]", "[[:alpha:]]", r"\w", r"\W", r"\d", r"\s"),
    *("^", "$", r"\A", r"\z", r"\b", r"\B", "(?i)", "(?s)", "(?m)", "(?-i)", "|", "*", "+", "?"),
    *("{2}", "{1,2}", "*?", "(", ")", "(?:", "(?i:", "(?P<n>", r"\Q", r"\E", "{", "}", "-"),
]

# What Go 1.27's package regexp answers for each of these texts, in this order.
TEXTS = ["", "main.foo", "a\nb", "K", "ſ", "x]y", "a{,5}", "5 _", "é", "ab\n"]
MATCHES = {
    "a$": "",
    "(?m)a$": "a\nb",
    "b$": "a\nb",
    r"b\n$": "ab\n",
    "(?i)k": "K",
    "(?i)s": "ſ",
    r"(?i)\W": "main.foo|a\nb|x]y|a{,5}|5 _|é|ab\n",
    r"\W": "main.foo|a\nb|ſ|x]y|a{,5}|5 _|é|ab\n",
    "x(?i)Z|É": "é",
    "x|(?i)É": "x]y|é",
    "a{,5}": "a{,5}",
    "[]y]": "x]y",
    r"\Qx]\E": "x]y",
    r"\x{e9}": "é",
    r"\pL$": "main.foo|a\nb|K|ſ|x]y|é",
    r"\PL": "main.foo|a\nb|x]y|a{,5}|5 _|ab\n",
    r"\p{Lu}": "K",
    "[[:word:]]{4}": "main.foo",
    r"^(?:[^\W]+\.)+foo": "main.foo",
    r"\B": "|main.foo|ſ|a{,5}|é|ab\n",
    "(?s)a.b": "a\nb",
    "a.b": "",
    r"\065": "a{,5}|5 _",
    "(?U)a+?,?": "main.foo|a\nb|a{,5}|ab\n",
}
REFUSED = {
    "a**": "invalid nested repetition operator",
    "a{2}{3}": "invalid nested repetition operator",
    "*": "missing argument to repetition operator",
    "a|*": "missing argument to repetition operator",
    "a{1001}": "invalid repeat count",
    "(a{100}){100}": "invalid repeat count",
    "a{2,1}": "invalid repeat count",
    "(?=a)": "invalid or unsupported Perl syntax",
    "(?P=n)": "invalid or unsupported Perl syntax",
    "(": "missing closing )",
    "a)": "unexpected )",
    "[a": "missing closing ]",
    "[z-a]": "invalid character class range",
    r"[a-\d]": "invalid escape sequence",
    "[[:foo:]]": "invalid character class range",
    r"\1": "invalid escape sequence",
    r"\8": "invalid escape sequence",
    r"\Z": "invalid escape sequence",
    r"\x{110000}": "invalid escape sequence",
    "\\": "trailing backslash",
    r"\p{Greek}": "unknown character class",
    "(" * 200 + ")" * 200: "nests too deeply",
}


@pytest.mark.parametrize("is_trusted", [True, False], ids=["python", "automaton"])
@pytest.mark.parametrize("pattern", MATCHES)
def test_a_pattern_matches_what_go_says(pattern: str, is_trusted: bool) -> None:
    compiled = compile_go(pattern, "focus", is_trusted=is_trusted)
    matched = "|".join(text for text in TEXTS if compiled.matches(text))
    assert matched == MATCHES[pattern]


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_go_refuses_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(UsageError) as refused:
        compile_go(pattern, "focus")
    assert str(refused.value).startswith("-focus: error parsing regexp")
    assert REFUSED[pattern] in str(refused.value)


@given(st.lists(st.sampled_from(ATOMS), max_size=8), st.lists(st.sampled_from(PIECES), max_size=6))
def test_both_ways_of_matching_agree(atoms: list[str], pieces: list[str]) -> None:
    pattern, text = "".join(atoms), "".join(pieces)
    try:
        fast = compile_go(pattern, "focus")
    except UsageError:
        with pytest.raises(UsageError):
            compile_go(pattern, "focus", is_trusted=False)
        return
    linear = compile_go(pattern, "focus", is_trusted=False)
    assert fast.matches(text) == linear.matches(text)


@given(st.text(max_size=12), st.text(max_size=8))
def test_no_pattern_ends_in_anything_but_a_usage_error(pattern: str, text: str) -> None:
    try:
        answer = compile_go(pattern, "focus").matches(text)
    except UsageError:
        return
    assert answer == compile_go(pattern, "focus", is_trusted=False).matches(text)


def test_a_pattern_from_the_input_cannot_take_exponential_time() -> None:
    evil = compile_go("^(a+)+$", "drop_frames", is_trusted=False)
    assert not evil.matches("a" * 5000 + "b")
    assert evil.matches("a" * 5000)


def test_very_long_names_are_matched_in_linear_time_even_for_the_user() -> None:
    assert not compile_go("^(a+)+$", "focus").matches("a" * 5000 + "b")


@pytest.mark.parametrize("pattern", ["x{1000}" * 5000, "(){1000}" * 5000], ids=["long", "empty"])
def test_a_pattern_that_repeats_millions_of_parts_is_refused(pattern: str) -> None:
    evil = compile_go(pattern, "drop_frames", is_trusted=False)
    with pytest.raises(UsageError, match="too large"):
        evil.matches("x")
