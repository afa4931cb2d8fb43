"""A check as plain text: for pipes, logs and people without colour."""

from __future__ import annotations

import textwrap

from gotrace.tables.budget import Checked
from gotrace.views.budget.blocks import Block, blocks, headline, note_lines, shorten_site
from gotrace.views.budget.words import LONGEST_TEXT
from gotrace.views.safety import shorten

__all__ = ["terminal"]

_INDENT = "  "
_LABEL = 11
_NARROWEST_CELLS = 20


def terminal(
    checked: Checked, width: int = 80, *, is_cut: bool = False, is_full: bool = False
) -> str:
    """All verdicts as text that ends in a newline, wrapped at `width` cells (0: not wrapped).

    With `is_cut` call sites are shortened in the middle (`…`) to fit one line. `is_full` shows the
    sites of budgets that are within, too.
    """
    page = [_block(block, width, is_cut) for block in blocks(checked, is_full=is_full)]
    notes = [line for note in note_lines(checked.notes) for line in _wrapped("", note, width, "  ")]
    parts = ["\n".join(_wrapped("", headline(checked), width, ""))]
    parts += ["\n".join(lines) for lines in (*page, notes) if lines]
    return "\n\n".join(parts) + "\n"


def _block(block: Block, width: int, is_cut: bool) -> list[str]:
    head = f"{block.standing}: {shorten(block.name, LONGEST_TEXT)}"
    lines = _wrapped("", head, width, _INDENT)
    lines += _wrapped(_INDENT, f"({block.detail})", width, _INDENT)
    for number, (label, text) in enumerate(block.rows):
        lead = f"{_INDENT}{label:<{_LABEL}}"
        if is_cut and width and number in block.cuttable:
            lines.append(lead + shorten_site(text, max(width - len(lead), _NARROWEST_CELLS)))
        else:
            lines += _wrapped(lead, text, width, " " * len(lead))
    return [line.rstrip() for line in lines]


def _wrapped(lead: str, text: str, width: int, indent: str) -> list[str]:
    text = shorten(text, LONGEST_TEXT)
    if not width:
        return [lead + text]
    return textwrap.wrap(
        lead + text,
        max(width, len(lead) + _NARROWEST_CELLS),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
