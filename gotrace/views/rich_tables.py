"""The report drawn with rich: colours, bars, names cut in the middle to fit the terminal.

Colour repeats what the words say already and never says anything alone.
"""

from __future__ import annotations

from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gotrace.views.grid import Block, Grid, GridColumn, fold, heading_lines, is_zero
from gotrace.views.report import Report
from gotrace.views.safety import shorten
from gotrace.views.sections import NO_ROWS, FactLine, Item, Section, hidden_rows, sections

__all__ = ["print_report", "render_rich"]

_BAR_CELLS = 8
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_GAP = 2
_SHORTEST_NAME = 12
_PROSE_CELLS = 100
"""Sentences wider than this are hard to read, however wide the terminal."""


def render_rich(report: Report, stream: TextIO, width: int) -> None:
    """Write the report to `stream`, `width` cells wide, with colours."""
    print_report(report, Console(file=stream, width=width, force_terminal=True))


def print_report(report: Report, console: Console) -> None:
    """Print the report on `console` (whose width counts)."""
    for number, section in enumerate(sections(report)):
        if number:
            console.print()
        _print_section(section, console)


def _print_section(section: Section, console: Console) -> None:
    is_head = section.name == "head"
    title = f" {section.title} " if is_head else section.title
    _print(console, Text(title, "bold reverse" if is_head else "bold cyan"))
    if section.facts:
        console.print(_facts(section.facts))
    for item in section.items:
        console.print(_item(item), width=_prose_width(console))
    for line in section.lines:
        _print(console, Text(line, "bold red" if is_head else "dim"))
    for number, grid in enumerate(section.grids):
        if number or section.facts or section.lines:
            console.print()
        _print_grid(grid, console)


def _print(console: Console, text: Text) -> None:
    console.print(text, highlight=False, width=_prose_width(console))


def _prose_width(console: Console) -> int:
    return min(console.width, _PROSE_CELLS)


def _facts(facts: tuple[FactLine, ...]) -> Table:
    table = Table.grid(padding=(0, _GAP, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for fact in facts:
        text = Text(fact.text)
        if fact.detail:
            text.append(f"  ({fact.detail})", "dim")
        table.add_row(Text(fact.title), text)
    return table


def _item(item: Item) -> Table:
    return _hanging(item.lead, [item.text, *item.lines], "bold red" if item.is_grave else "bold")


def _hanging(lead: str, lines: list[str], style: str) -> Table:
    """`lead` and the first line in `style`, all lines wrapped to the right of `lead`."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for number, line in enumerate(lines):
        table.add_row(Text("" if number else lead, style), Text(line, "" if number else style))
    return table


def _print_grid(grid: Grid, console: Console) -> None:
    if grid.title:
        _print(console, Text(grid.title, "bold"))
    if not grid.row_count:
        _print(console, Text(NO_ROWS, "dim"))
    else:
        for number, block in enumerate(fold(grid, console.width, _BAR_CELLS + _GAP)):
            if number:
                console.print()
            console.print(_block(block, console.width))
            if block.hidden_count:
                _print(console, Text(hidden_rows(block), "dim"))
    for footnote in grid.footnotes:
        console.print(_hanging("*", [footnote], "dim"), width=_prose_width(console))


def _block(block: Block, width: int) -> Table:
    columns = block.columns
    # The box puts one blank between columns; the padding adds the rest of the gap.
    table = Table(box=box.SIMPLE_HEAD, padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    name_width = _long_width(columns, width)
    for column, lines in zip(columns, heading_lines(columns), strict=True):
        table.add_column(
            Text("\n".join(lines)),
            justify="left" if column.is_text else "right",
            style="dim" if column.is_error else "",
            no_wrap=not column.is_prose,
            # Numbers are never cut, however narrow the terminal: names give way.
            min_width=None if column.is_prose or column.is_long else column.width,
            width=name_width if column.is_prose else None,
        )
        if column.shares:
            table.add_column("", justify="left", style="cyan", width=_BAR_CELLS)
    for row in block.rows:
        cells = [cell for column in columns for cell in _cells(column, row, name_width)]
        table.add_row(*cells)
    return table


def _long_width(columns: list[GridColumn], width: int) -> int:
    """What each long column gets: an equal part of what the others leave."""
    long = sum(column.is_long for column in columns)
    bars = sum(_BAR_CELLS + _GAP for column in columns if column.shares)
    taken = bars + sum(column.width + _GAP for column in columns if not column.is_long)
    return max((width - taken - _GAP * (long - 1)) // max(long, 1), _SHORTEST_NAME)


def _cells(column: GridColumn, row: int, name_width: int) -> list[Text]:
    """The cell of the column, and its bar where it has one."""
    cell = column.cells[row]
    if column.is_long and not column.is_prose:
        cell = shorten(cell, name_width)
    text = Text(cell, "dim" if is_zero(cell) and not column.is_text else "")
    return [text, Text(_bar(column.shares[row]))] if column.shares else [text]


def _bar(share: float) -> str:
    """A bar of at most eight cells for a share from 0 to 1, in steps of an eighth of a cell."""
    eighths = round(min(max(share, 0.0), 1.0) * _BAR_CELLS * 8)
    full, rest = divmod(eighths, 8)
    return _EIGHTHS[8] * full + (_EIGHTHS[rest] if rest else "")
