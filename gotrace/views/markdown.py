"""GitHub-flavoured Markdown that fits into a comment on a pull request.

Headings start at `###`; the findings and the top table stand open, everything else is folded away
in `<details>`. GitHub refuses comments of more than 65,536 characters, so what does not fit is left
out, and said so.

Names come from recordings and may be hostile. They stand in code spans, where nothing is markup,
no `@name` notifies anybody and no `#1` links; a name with a backtick, a pipe or a backslash, which
could leave its span or its table cell, is spelled in character references instead.
"""

from __future__ import annotations

import re

from gotrace.views.grid import Grid, GridColumn
from gotrace.views.report import Report
from gotrace.views.safety import shorten
from gotrace.views.sections import NO_ROWS, FactLine, Item, Section, sections

__all__ = ["as_code", "as_prose", "render_markdown"]

_LONGEST_COMMENT = 65_536
_LONGEST_NAME = 200
_MOST_ROWS = 70
"""All 68 size classes and the rows of large and other objects, and of the top table the top."""
_OPEN = frozenset(
    {"head", "findings", "top", "legend", "sizes", "changes", "versions", "benchmarks",
     "is_it_memory", "call_sites", "during_gc", "why_on_heap", "what_to_try", "rounds"}
)  # fmt: skip
_OPENS_SPAN = re.compile(r"[`|\\]")
_SPAN = re.compile(r"(`[^`]+`)")
_MARKUP = re.compile(
    r"[\\`*{}\[\]<>|~&#@!$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<=:)//|(?<=www)\.",
    re.IGNORECASE,
)
_NAMED = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_PLAIN = re.compile(r"[^A-Za-z0-9 .,:;/()'…-]")
_LEFT_OUT = "Left out to fit into a comment: {}."


def render_markdown(report: Report, longest: int = _LONGEST_COMMENT) -> str:
    """The report as Markdown of at most `longest` characters, ending in a newline.

    Sections that do not fit are left out and named in the last line. Tables end after 70 rows,
    names of more than 200 characters are cut in the middle.
    """
    reserve = 500
    pages: list[str] = []
    left_out: list[str] = []
    for section in sections(report):
        page = _section(section)
        if sum(map(len, pages)) + 2 * len(pages) + len(page) + reserve <= longest:
            pages.append(page)
        else:
            left_out.append(as_prose(shorten(section.title, 40)))
    if left_out:
        pages.append(_LEFT_OUT.format(", ".join(left_out)))
    return "\n\n".join(pages) + "\n"


def _section(section: Section) -> str:
    lines = "  \n".join(map(as_prose, section.lines))
    parts = [_facts(section.facts), *map(_item, section.items), lines]
    for grid in section.grids:
        parts += [f"**{as_prose(grid.title)}**" if grid.title else "", _grid(grid)]
        parts += [f"<sub>{as_prose(footnote)}</sub>" for footnote in grid.footnotes]
    body = "\n\n".join(filter(None, parts))
    title = as_prose(section.title)
    if section.name == "legend":
        return f"<sub>{'<br>'.join(map(as_prose, section.lines))}</sub>"
    if section.name in _OPEN:
        return f"{'###' if section.name == 'head' else '####'} {title}\n\n{body}"
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _facts(facts: tuple[FactLine, ...]) -> str:
    rows = [
        f"| {as_prose(fact.title)} | {as_prose(fact.text)}"
        f"{f' ({as_prose(fact.detail)})' if fact.detail else ''} |"
        for fact in facts
    ]
    return "\n".join(["| | |", "|---|---|", *rows]) if rows else ""


def _item(item: Item) -> str:
    """A list item of its own: `1. text` or `- LOSS text`, its lines below it."""
    lead = item.lead if item.lead.endswith(".") else f"- **{as_prose(item.lead)}**"
    where = [as_code(item.where)] if item.where else []
    lines = [f"{lead} {as_prose(item.text)}", *where, *map(as_prose, item.details)]
    return "  \n   ".join(lines)


def _grid(grid: Grid) -> str:
    if not grid.row_count:
        return NO_ROWS
    head = [as_prose(column.heading) for column in grid.columns]
    rule = [":---" if column.is_text else "---:" for column in grid.columns]
    shown = range(min(grid.row_count, _MOST_ROWS))
    rows = [[_cell(column, column.cells[row]) for column in grid.columns] for row in shown]
    lines = ["| " + " | ".join(cells) + " |" for cells in [head, rule, *rows]]
    if grid.row_count > _MOST_ROWS:
        lines.append(f"\n({grid.row_count - _MOST_ROWS:,} more rows)")
    return "\n".join(lines)


def _cell(column: GridColumn, text: str) -> str:
    return as_code(text) if column.is_long and not column.is_prose else as_prose(text)


def as_code(text: str) -> str:
    """Text from a recording, made safe by `safe_text`, as code."""
    text = shorten(text, _LONGEST_NAME).strip()
    if not text:
        return ""
    if _OPENS_SPAN.search(text):
        return f"<code>{_PLAIN.sub(_reference, text)}</code>"
    return f"`{text}`"


def as_prose(text: str) -> str:
    """A sentence: what stands between backticks is code, all other markup is made literal."""
    parts = _SPAN.split(shorten(text, 10 * _LONGEST_NAME))
    return "".join(
        _span(part) if number % 2 else _MARKUP.sub(_literal, part)
        for number, part in enumerate(parts)
    )


def _span(part: str) -> str:
    """A span as it is, unless it could leave its table cell."""
    return as_code(part[1:-1]) if _OPENS_SPAN.search(part[1:-1]) else part


def _literal(match: re.Match[str]) -> str:
    # An empty comment breaks what GitHub would turn into a mention, a reference or a link.
    char = match[0]
    if char in ("//", "."):
        return f"<!-- -->{char}"
    return f"{char}<!-- -->" if char in "@#" else _NAMED.get(char) or _reference(match)


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
