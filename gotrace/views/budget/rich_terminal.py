"""A check for people at a terminal: the words of `terminal`, with colour on top of them."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gotrace.tables.budget import Checked, Outcome
from gotrace.views.budget.blocks import Block, blocks, headline, note_lines, shorten_site
from gotrace.views.budget.words import LONGEST_TEXT
from gotrace.views.safety import shorten

__all__ = ["render_rich"]

_COLOURS = {Outcome.OVER: "red", Outcome.CANNOT_TELL: "yellow", Outcome.WITHIN: "green"}
_LABEL = 11


def render_rich(checked: Checked, stream: TextIO, width: int, *, is_full: bool = False) -> None:
    """Write the check to `stream`, a terminal of `width` cells; nothing in it is markup."""
    console = Console(
        file=stream, width=width, force_terminal=True, markup=False, highlight=False, emoji=False
    )
    console.print(Text(headline(checked), "bold red" if checked.is_failure else "bold green"))
    for block in blocks(checked, is_full=is_full):
        console.print()
        _print(block, console)
    if checked.notes:
        console.print()
    for line in note_lines(checked.notes):
        console.print(Text(shorten(line, LONGEST_TEXT), "dim"))


def _print(block: Block, console: Console) -> None:
    colour = _COLOURS[block.outcome]
    head = Text.assemble(
        (f"{block.standing}:", f"bold {colour}" if block.is_failure else colour),
        (f" {shorten(block.name, LONGEST_TEXT)}", "bold"),
    )
    console.print(head)
    console.print(Text(f"  ({shorten(block.detail, LONGEST_TEXT)})", "dim"))
    table = Table.grid(padding=0)
    table.add_column(width=_LABEL + 2, no_wrap=True)
    table.add_column(overflow="fold")
    room = max(console.width - _LABEL - 2, 1)
    for number, (label, text) in enumerate(block.rows):
        is_site = number in block.cuttable
        shown = shorten_site(text, room) if is_site else shorten(text, LONGEST_TEXT)
        table.add_row(Text(f"  {label}", "dim"), Text(shown))
    console.print(table)
