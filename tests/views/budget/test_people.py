"""What people see: terminals of any width, with and without colour, and annotations."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import pytest

from gotrace.views.budget.blocks import blocks
from gotrace.views.budget.github import MOST_ANNOTATIONS, github
from gotrace.views.budget.junit import junit
from gotrace.views.budget.printing import print_checked
from gotrace.views.budget.rich_terminal import render_rich
from gotrace.views.budget.terminal import terminal
from gotrace.views.safety import text_width
from tests.views.budget.checks import PROJECT, many_failures, small_check, without_failures


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_terminal_shows_every_line_whole(width: int) -> None:
    text = terminal(small_check(), width, is_cut=True)
    lines = [line for line in text.splitlines() if " " in line.strip()]
    assert max(map(text_width, lines)) <= width
    assert "OVER: cache" in text
    assert "cache.go:42" in text
    assert "9.00 MiB" in text
    assert re.sub(r"\s+", " ", text).count("at most 5% above the baseline: 10.5 MiB") == 1


def test_colour_only_comes_on_top_of_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured, plain = Terminal(), io.StringIO()
    print_checked(small_check(), coloured)
    print_checked(small_check(), plain)
    assert "\x1b[" in coloured.getvalue()
    assert "\x1b" not in plain.getvalue()
    without = re.sub(r"\x1b\[[0-9;]*m", "", coloured.getvalue())
    for verdict in blocks(small_check()):
        assert f"{verdict.standing}: {verdict.name}" in without
    monkeypatch.setenv("NO_COLOR", "1")
    muted = Terminal()
    print_checked(small_check(), muted)
    assert "\x1b" not in muted.getvalue()


def test_a_narrow_coloured_terminal_keeps_its_width() -> None:
    stream = Terminal()
    render_rich(small_check(), stream, 40)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert max(text_width(line.rstrip()) for line in plain.splitlines()) <= 40


def test_a_stream_without_unicode_gets_escapes() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_checked(small_check(), stream)
    stream.flush()
    assert b"14.0 MiB \\xb1 512.0 KiB" in raw.getvalue()


def test_what_is_within_is_short_unless_all_is_asked_for() -> None:
    assert "because" not in terminal(without_failures()).split("\n\n")[1]
    assert "because" in terminal(without_failures(), is_full=True).split("\n\n")[1]


def test_the_worst_ten_are_annotated_and_the_rest_counted() -> None:
    lines = github(many_failures(25), PROJECT).splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    assert len(errors) == MOST_ANNOTATIONS
    assert "title=OVER%3A cache-24::" in errors[0]
    assert "title=OVER%3A cache-15::" in errors[-1]
    assert lines[10].startswith(
        "::notice title=Memory budgets::15 more budgets are not within, 15 "
    )
    assert lines[-1] == "Memory budgets FAIL: 25 over, 1 within"


def test_what_passes_is_a_warning_and_no_error() -> None:
    lines = github(without_failures(), PROJECT).splitlines()
    assert [line.partition(" ")[0] for line in lines[:-1]] == ["::warning", "::warning"]
    assert lines[-1] == "Memory budgets pass: 1 over, 1 cannot tell, 1 within"


def test_junit_has_one_test_case_for_each_budget() -> None:
    suite = ElementTree.fromstring(junit(small_check()))
    cases = suite.findall("./testsuite/testcase")
    assert [case.get("name") for case in cases] == [
        "encode", "cache", "pool", "latency", "decode (old)",
    ]  # fmt: skip
    failures = [(case.get("name"), f.get("type")) for case in cases for f in case.iter("failure")]
    assert failures == [("cache", "over"), ("decode (old)", "cannot-tell")]
    skipped = [(case.get("name"), s.get("message")) for case in cases for s in case.iter("skipped")]
    assert skipped == [
        ("pool", "cannot tell (passes): too uncertain; other machine"),
        ("latency", "over (advice): 75%: not at least 80%"),
    ]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "2", "2")
