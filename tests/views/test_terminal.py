"""The rich form on terminals, the plain form everywhere else."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from rich.console import Console

from gotrace.views.plain import render_plain
from gotrace.views.report import Report
from gotrace.views.rich_tables import print_report as print_rich
from gotrace.views.safety import text_width
from gotrace.views.terminal import print_report, render_terminal, wants_colour
from tests.views.reports import cpu_report, empty_report, heap_report, hostile_report, huge_report


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def rich_text(report: Report, width: int) -> str:
    """What the rich form shows, colours left out."""
    console = Console(record=True, width=width, force_terminal=True, file=io.StringIO())
    print_rich(report, console)
    return console.export_text()


def words(text: str) -> list[str]:
    """The words of a page without rules, bars and indentation."""
    return re.findall(r"[^\s─━▏▎▍▌▋▊▉█=-]+", text)


def plain_text(report: Report, width: int) -> str:
    """What a terminal without colours shows."""
    return render_plain(report, width, is_cut=True)


@pytest.mark.parametrize("width", [40, 47, 60, 79, 80, 120])
@pytest.mark.parametrize("form", [rich_text, plain_text])
@pytest.mark.parametrize("report", [heap_report(), cpu_report()], ids=["heap", "cpu"])
def test_both_forms_fit_a_terminal(
    report: Report, form: Callable[[Report, int], str], width: int
) -> None:
    lines = form(report, width).splitlines()
    assert [line for line in lines if text_width(line) > width] == []


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("form", [rich_text, plain_text])
def test_only_names_are_cut_on_a_terminal(form: Callable[[Report, int], str], width: int) -> None:
    whole = set(render_plain(heap_report(), 0).split())
    cut = [line for line in form(heap_report(), width).splitlines() if "…" in line]
    assert cut
    numbers = [word for line in cut for word in line.split() if word[0] in "0123456789±"]
    assert set(numbers) <= whole | {"|"}


def test_both_forms_say_the_same_words_where_nothing_needs_cutting() -> None:
    rich = rich_text(heap_report(), 300)
    assert sorted(words(rich)) == sorted(words(render_plain(heap_report(), 300)))


def test_a_share_has_a_bar_in_the_rich_form_only() -> None:
    assert "█" in rich_text(heap_report(), 120)
    assert "█" not in render_plain(heap_report(), 120)


@pytest.mark.parametrize("report", [cpu_report(), empty_report(), hostile_report(), huge_report()])
@pytest.mark.parametrize("width", [20, 80])
def test_the_rich_form_shows_any_report_at_any_width(report: Report, width: int) -> None:
    text = rich_text(report, width)
    assert text.replace("\n", "").isprintable()


def test_rich_markup_in_names_is_text() -> None:
    assert "**bold** <b>" in rich_text(hostile_report(), 200)


def test_a_terminal_gets_colours_and_a_pipe_does_not() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    render_terminal(heap_report(), terminal, 80, colour=True)
    render_terminal(heap_report(), pipe, 80, colour=False)
    assert "\x1b[" in terminal.getvalue()
    assert pipe.getvalue() == render_plain(heap_report(), 80)


@pytest.mark.parametrize(
    ("stream", "environment", "wanted"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colour_is_for_terminals_without_no_color(
    stream: io.StringIO, environment: dict[str, str], wanted: bool
) -> None:
    assert wants_colour(stream, environment) is wanted


def test_no_color_makes_a_terminal_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    stream = Terminal()
    print_report(cpu_report(), stream)
    assert stream.getvalue() == plain_text(cpu_report(), 100)


def test_a_stream_that_lacks_a_character_gets_its_escape() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_report(heap_report(), stream)
    stream.flush()
    assert rb"\xb13%" in raw.getvalue()


def test_the_plain_form_imports_neither_rich_nor_matplotlib() -> None:
    program = (
        "import io, sys\n"
        "from gotrace.views.terminal import print_report\n"
        "from gotrace.views.report import Report\n"
        "print_report(Report('heap', 't', 's'), io.StringIO())\n"
        "print({'rich', 'matplotlib', 'numpy', 'pandas', 'pyarrow'} & set(sys.modules))\n"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert out.stdout == "set()\n", out.stderr
