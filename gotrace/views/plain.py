"""Plain text for pipes, files and people who set NO_COLOR: aligned, no boxes, nothing ever cut."""

from __future__ import annotations

import textwrap

from gotrace.views.grid import Block, Grid, fold, heading_lines
from gotrace.views.report import Report
from gotrace.views.safety import text_width
from gotrace.views.sections import NO_ROWS, FactLine, Item, Section, hidden_rows, sections

__all__ = ["render_plain"]


def render_plain(report: Report, width: int = 80) -> str:
    """The report as text ending in a newline.

    Sentences wrap at `width`, and tables too wide for it fold into blocks of columns; names are
    never cut, so lines that end in a name may run on. `width` 0 neither wraps nor folds.
    """
    blocks = [_section(section, width) for section in sections(report)]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


def _section(section: Section, width: int) -> list[str]:
    rule = "=" if section.name == "head" else "-"
    lines = [section.title, rule * text_width(section.title)]
    lines += _facts(section.facts, width)
    for item in section.items:
        lines += _item(item, width)
    for line in section.lines:
        lines += _wrap(line, "", width)
    for grid in section.grids:
        lines += [""] if len(lines) > 2 else []
        lines += _grid(grid, width)
    return lines


def _facts(facts: tuple[FactLine, ...], width: int) -> list[str]:
    titles = max((text_width(fact.title) for fact in facts), default=0)
    lines = []
    for fact in facts:
        text = f"{fact.text}  ({fact.detail})" if fact.detail else fact.text
        lines += _wrap(f"{_left(fact.title, titles)}  {text}", " " * (titles + 2), width)
    return lines


def _item(item: Item, width: int) -> list[str]:
    indent = " " * (len(item.lead) + 1)
    lines = _wrap(f"{item.lead} {item.text}", indent, width)
    for line in item.lines:
        lines += _wrap(indent + line, indent, width)
    return lines


def _wrap(text: str, indent: str, width: int) -> list[str]:
    if not width:
        return [text]
    # Inner runs of spaces align columns: textwrap keeps them.
    return textwrap.wrap(
        text,
        max(width, len(indent) + 20),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _grid(grid: Grid, width: int) -> list[str]:
    lines = [grid.title] if grid.title else []
    if not grid.row_count:
        lines.append(NO_ROWS)
    else:
        for number, block in enumerate(fold(grid, width)):
            lines += [""] if number else []
            lines += _block(block, width)
    for footnote in grid.footnotes:
        lines += _wrap(f"* {footnote}", "  ", width)
    return lines


def _block(block: Block, width: int) -> list[str]:
    columns = block.columns
    widths = [column.width for column in columns]
    rows = [list(line) for line in zip(*heading_lines(columns), strict=True)]
    rows += [[column.cells[row] for column in columns] for row in block.rows]
    lines = [
        "  ".join(
            _left(cell, size) if column.is_text else _right(cell, size)
            for cell, size, column in zip(row, widths, columns, strict=True)
        )
        for row in rows
    ]
    if columns[-1].is_prose:
        indent = sum(widths[:-1]) + 2 * len(widths[:-1])
        lines = [part for line in lines for part in _hanging(line, indent, width)]
    return [*lines, hidden_rows(block)] if block.hidden_count else lines


def _hanging(line: str, indent: int, width: int) -> list[str]:
    """`line` with what stands behind `indent` wrapped in place."""
    parts = _wrap(line[indent:], "", max(width - indent, 24) if width else 0) or [""]
    return [line[:indent] + parts[0], *(" " * indent + part for part in parts[1:])]


def _left(text: str, width: int) -> str:
    return text + " " * (width - text_width(text))


def _right(text: str, width: int) -> str:
    return " " * (width - text_width(text)) + text
