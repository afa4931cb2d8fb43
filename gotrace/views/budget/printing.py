"""A check on a stream: colour for people, plain text for everything else."""

from __future__ import annotations

from typing import TextIO

from gotrace.tables.budget import Checked
from gotrace.views.budget.terminal import terminal
from gotrace.views.terminal import terminal_columns, wants_colour

__all__ = ["print_checked"]


def print_checked(checked: Checked, stream: TextIO, *, is_full: bool = False) -> None:
    """Write the check to `stream` in the form and width that suit it."""
    width = terminal_columns(stream)
    if wants_colour(stream):
        # rich costs 80 ms, which a check that goes into a log must not pay.
        from gotrace.views.budget.rich_terminal import render_rich  # noqa: PLC0415

        render_rich(checked, stream, width, is_full=is_full)
        return
    text = terminal(checked, width, is_cut=stream.isatty(), is_full=is_full)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
