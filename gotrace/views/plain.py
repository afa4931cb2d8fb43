"""Plain text for pipes, files and people who set NO_COLOR: aligned, no boxes.

Nothing is cut, but on a terminal, where a line that runs on would break the columns below it.
"""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from gotrace.views.grid import Block, Grid, GridColumn, fold, heading_lines
from gotrace.views.report import Report
from gotrace.views.safety import shorten, text_width
from gotrace.views.sections import NO_ROWS, FactLine, Item, Section, hidden_rows, sections

__all__ = ["render_plain"]

_NARROWEST_CELLS = 20
"""Text wraps at no less than this, behind its indent."""
_SHORTEST_NAME = 8


def render_plain(report: Report, width: int = 80, *, is_cut: bool = False) -> str:
    """The report as text ending in a newline.

    Sentences wrap at `width`, and tables too wide for it fold into blocks of columns; lines that
    end in a name may run on, unless `is_cut`: then names are shortened in the middle (`…`) to fit.
    `width` 0 neither wraps nor folds.
    """
    page = _Page(width, is_cut and width > 0)
    blocks = [page.section(section) for section in sections(report)]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


class _Page(NamedTuple):
    """How wide it is, and whether names are cut to fit."""

    width: int
    is_cut: bool

    def section(self, section: Section) -> list[str]:
        rule = "=" if section.name == "head" else "-"
        lines = [section.title, rule * text_width(section.title)]
        lines += self.facts(section.facts)
        for item in section.items:
            lines += self.item(item)
        for line in section.lines:
            lines += self.wrap(line, "")
        for grid in section.grids:
            lines += [""] if len(lines) > 2 else []
            lines += self.grid(grid)
        return lines

    def facts(self, facts: tuple[FactLine, ...]) -> list[str]:
        titles = max((text_width(fact.title) for fact in facts), default=0)
        lines = []
        for fact in facts:
            text = f"{fact.text}  ({fact.detail})" if fact.detail else fact.text
            lines += self.wrap(f"{_left(fact.title, titles)}  {text}", " " * (titles + 2))
        return lines

    def item(self, item: Item) -> list[str]:
        indent = " " * (len(item.lead) + 1)
        lines = self.wrap(f"{item.lead} {item.text}", indent)
        for line in item.lines:
            lines += self.wrap(indent + line, indent)
        return lines

    def wrap(self, text: str, indent: str) -> list[str]:
        if not self.width:
            return [text]
        # Inner runs of spaces align columns: textwrap keeps them.
        return textwrap.wrap(
            text,
            max(self.width, len(indent) + _NARROWEST_CELLS),
            subsequent_indent=indent,
            break_long_words=self.is_cut,
            break_on_hyphens=False,
        )

    def grid(self, grid: Grid) -> list[str]:
        lines = [grid.title] if grid.title else []
        if not grid.row_count:
            lines.append(NO_ROWS)
        else:
            for number, block in enumerate(fold(grid, self.width)):
                lines += [""] if number else []
                lines += self.block(block)
        for footnote in grid.footnotes:
            lines += self.wrap(f"* {footnote}", "  ")
        return lines

    def block(self, block: Block) -> list[str]:
        columns = block.columns
        widths = self.widths(columns)
        rows = [list(line) for line in zip(*heading_lines(columns), strict=True)]
        rows += [[column.cells[row] for column in columns] for row in block.rows]
        lines = [
            "  ".join(
                _left(self.name(cell, size), size) if column.is_text else _right(cell, size)
                for cell, size, column in zip(row, widths, columns, strict=True)
            )
            for row in rows
        ]
        if columns[-1].is_prose:
            indent = sum(widths[:-1]) + 2 * len(widths[:-1])
            lines = [part for line in lines for part in self.hanging(line, indent)]
        return [*lines, hidden_rows(block)] if block.hidden_count else lines

    def widths(self, columns: list[GridColumn]) -> list[int]:
        """Of each column; long names share what the others leave, if they are to be cut."""
        widths = [column.width for column in columns]
        long = [n for n, column in enumerate(columns) if column.is_long and not column.is_prose]
        if self.is_cut and long:
            taken = sum(widths) - sum(widths[n] for n in long) + 2 * (len(widths) - 1)
            room = max((self.width - taken) // len(long), _SHORTEST_NAME)
            for n in long:
                widths[n] = min(widths[n], room)
        return widths

    def name(self, text: str, size: int) -> str:
        return shorten(text, size) if self.is_cut else text

    def hanging(self, line: str, indent: int) -> list[str]:
        """`line` with what stands behind `indent` wrapped in place."""
        room = max(self.width - indent, _NARROWEST_CELLS) if self.width else 0
        parts = self._replace(width=room).wrap(line[indent:], "") or [""]
        return [line[:indent] + parts[0], *(" " * indent + part for part in parts[1:])]


def _left(text: str, width: int) -> str:
    return text + " " * (width - text_width(text))


def _right(text: str, width: int) -> str:
    return " " * (width - text_width(text)) + text
