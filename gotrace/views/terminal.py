"""The report on a terminal: rich tables for people, plain text for everything else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from gotrace.views.plain import render_plain
from gotrace.views.report import Report

__all__ = ["print_report", "render_plain", "render_terminal", "terminal_columns", "wants_colour"]

_DEFAULT_COLUMNS = 80


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether `stream` shows the rich form: a terminal that is not dumb, and no NO_COLOR.

    NO_COLOR counts when it is not empty (https://no-color.org).
    """
    is_dumb = environment.get("TERM") == "dumb"
    return stream.isatty() and not is_dumb and not environment.get("NO_COLOR")


def print_report(report: Report, stream: TextIO) -> None:
    """Write the report to `stream` in the form and width that suit it."""
    render_terminal(report, stream, terminal_columns(stream), wants_colour(stream))


def terminal_columns(stream: TextIO) -> int:
    """COLUMNS, else the width of the terminal that `stream` is, else 80."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_COLUMNS
    except (OSError, ValueError):  # no terminal, or no file at all
        return _DEFAULT_COLUMNS


def render_terminal(
    report: Report, stream: TextIO, width: int = _DEFAULT_COLUMNS, colour: bool = False
) -> None:
    """Write the report to `stream`: rich tables with `colour`, else `render_plain`'s text.

    Both say the same words in the same order. `width` is in terminal cells; the plain form takes 0
    for "as wide as it needs", and cuts names only where `stream` is a terminal. Characters that the
    stream's encoding lacks are written as escapes.
    """
    if colour:
        # rich costs 80 ms, which a report that goes into a pipe must not pay.
        from gotrace.views.rich_tables import render_rich  # noqa: PLC0415

        render_rich(report, stream, width)
        return
    text = render_plain(report, width, is_cut=stream.isatty())
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
