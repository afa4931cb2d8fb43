"""`Grid`: a result table as aligned text cells, before anybody draws it.

Every text view (plain, rich, Markdown) draws the same grids, so all of them say the same words.

Rules: an error column (`error_of`) stands right behind the column it belongs to, under `±`. A
column of bounds has ≥ or ≤ behind its title. A ratio called `share`, `inuse_ratio` or `alloc_ratio`
may get a bar. Columns that only programs need (`_DETAILS`) stay with JSON and CSV.
A text column with a cell wider than 24 is *long*: it goes to the end, where it may be cut (rich)
or may run on (plain).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from gotrace.analyses.result import Certainty, ResultColumn, ResultTable
from gotrace.views.cells import format_error, format_value, number_of
from gotrace.views.safety import safe_text, text_width

__all__ = ["Block", "Grid", "GridColumn", "fold", "heading_lines", "is_zero", "make_grid"]

_LONG_CELLS = 24
_LEAST_NAME_CELLS = 20
"""What long names get at least, where the other columns leave so much."""
_GAP_CELLS = 2
_KEY_COLUMNS = 2
_COUNTS = frozenset({"allocations_count", "alive_objects"})
_SPAN_COUNTS = frozenset(
    {"freed_objects", "allocated_spans", "freed_spans", "alive_bytes", "end_occupancy"}
)
_ALIVE_WASTE = frozenset(
    {
        "alive_least_waste_bytes",
        "alive_most_waste_bytes",
        "end_tail_bytes",
        "end_free_slot_bytes",
    }
)
_SPAN = frozenset({"span_class", "waste_ratio", "span_pages_count", "page_bytes"})
_DETAILS = {
    "top": frozenset({"inline_mark", "function", "file", "line", "address"}),
    "allocated_types": _COUNTS,
    "allocated_classes": _COUNTS,
    "allocated_goroutines": _COUNTS | {"soon_dead_ratio"},
    "gc_cycles": frozenset({"end_ns", "longest_pause_ns", "assist_waited_ns"}),
    "replay_classes": _SPAN_COUNTS,
    "replay_span_classes": _SPAN_COUNTS,
    "replay_waste": _ALIVE_WASTE,
    "replay_span_waste": _ALIVE_WASTE,
    "replay_heap": frozenset({"objects_count"}),
    "replay_cycles": frozenset({"objects_count"}),
    "replay_types": frozenset({"alive_bytes"}),
    "replay_goroutines": frozenset({"mean_cycles"}),
    "sizes": _SPAN,
    "changes": _SPAN | {"kind", "cost_bytes"},
    "versions": _SPAN | {"kind", "header_bytes", "cost_bytes"},
}
_ZEROS = frozenset({"", "-", "0", "0 B", "0%", "0 s", "exact"})
_WHOLE = frozenset(
    {"sizes", "changes", "versions", "gc_pauses", "gc_starts", "mmu", "mutator_utilisation"}
)
"""Tables in which a row of zeros is an answer."""
_BOUND_SIGNS = {Certainty.LOWER: "≥", Certainty.UPPER: "≤"}
_PROSE = frozenset({"meaning", "reason", "why"})
_SHARES = frozenset({"inuse_ratio", "alloc_ratio"})


@dataclass(frozen=True, eq=False)
class GridColumn:
    """One column: `cells` are ready to print; `shares` (0 to 1) where a bar may be drawn.

    Columns of one `family` (`inuse` of `inuse_bytes`) stay together where they can. Prose is text
    that wraps; other text is names, which never do.
    """

    family: str
    heading: str
    cells: list[str]
    is_text: bool = False
    is_prose: bool = False
    is_error: bool = False
    shares: list[float] = field(default_factory=list)
    is_key: bool = False

    @cached_property
    def width(self) -> int:
        """Terminal cells of the widest entry, the heading's longest word included."""
        return max(text_width(text) for text in [*self._heading_words, *self.cells, ""])

    @property
    def _heading_words(self) -> list[str]:
        # A lone sign (`alloc %`, `spans ≥`) stays with the word before it.
        return re.split(r" (?=\S\S)", self.heading)

    @cached_property
    def heading_lines(self) -> list[str]:
        """The heading broken at spaces to the width of the column."""
        lines = [""]
        for word in self._heading_words:
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and text_width(longer) > self.width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    @property
    def is_long(self) -> bool:
        """Names of functions, sentences and the like."""
        return self.is_text and self.width > _LONG_CELLS


class Grid(NamedTuple):
    """A table ready to draw."""

    name: str
    title: str
    columns: list[GridColumn]
    footnotes: list[str]
    row_count: int


class Block(NamedTuple):
    """Columns that fit side by side, and the rows that say something in them."""

    columns: list[GridColumn]
    rows: list[int]
    hidden_count: int
    """Rows left out because they hold only zeros."""


def is_zero(cell: str) -> bool:
    """Whether a cell of a number says that there is nothing."""
    return cell in _ZEROS


def make_grid(table: ResultTable) -> Grid:
    """The grid of a result table."""
    errors = {column.error_of: column for column in table.columns if column.error_of}
    # A sample type may have no name; it has no errors, for "" says that a column is none.
    known = {column.name for column in table.columns if column.name}
    columns: list[GridColumn] = []
    for column in table.columns:
        if column.error_of in known or column.name in _DETAILS.get(table.name, ()):
            continue
        columns.append(_column(_with_mark(column, table)))
        if column.name in errors:
            columns.append(_error_column(column, errors[column.name]))
    columns.sort(key=lambda column: column.is_long)  # stable: only the long ones move
    return Grid(
        table.name,
        safe_text(table.title),
        columns,
        [safe_text(note) for note in table.footnotes],
        table.row_count,
    )


def _with_mark(column: ResultColumn, table: ResultTable) -> ResultColumn:
    """The name column of the top table with `(inline)` behind the names, as pprof prints it."""
    marks = next((other for other in table.columns if other.name == "inline_mark"), None)
    if table.name != "top" or column.name != "name" or marks is None:
        return column
    pairs = zip(column.values, marks.values, strict=True)
    return replace(column, values=[f"{name} {mark}".rstrip() for name, mark in pairs])


def _column(column: ResultColumn) -> GridColumn:
    heading = safe_text(column.title or column.name)
    if column.bound is not None:
        heading += f" {_BOUND_SIGNS[column.bound]}"
    cells = [format_value(value, column.unit) for value in column.values]
    is_share = column.unit == "ratio" and ("share" in column.name or column.name in _SHARES)
    shares = [float(number_of(value) or 0.0) for value in column.values] if is_share else []
    is_prose = column.name in _PROSE
    return GridColumn(
        _family(column), heading, cells, column.unit == "text", is_prose, shares=shares,
        is_key=column.is_key,
    )  # fmt: skip


def _family(column: ResultColumn) -> str:
    return column.name.partition("_")[0].removesuffix("s")


def _error_column(column: ResultColumn, error: ResultColumn) -> GridColumn:
    pairs = zip(column.values, error.values, strict=True)
    cells = [format_error(value, deviation, column.unit) for value, deviation in pairs]
    return GridColumn(_family(column), "±", cells, is_error=True)


def heading_lines(columns: list[GridColumn]) -> list[list[str]]:
    """The lines of each column's heading, filled from above to the same number."""
    height = max(len(column.heading_lines) for column in columns)
    return [[""] * (height - len(c.heading_lines)) + c.heading_lines for c in columns]


def fold(grid: Grid, width: int, bar_cells: int = 0) -> list[Block]:
    """The columns in as many blocks as it takes to fit `width` cells; 0 means one block.

    Each block repeats what says which row it is: columns that are said to be keys, and the long
    names where there are any (they take what is left, at least 20 cells); without either, the
    leading columns that name a row. Bars (of
    `bar_cells`) are left out where they would make one block more. Rows that hold only zeros in a
    block are left out of it.
    """
    with_bars = _fold(grid, width, bar_cells)
    if not bar_cells:
        return with_bars
    bare = grid._replace(columns=[replace(column, shares=[]) for column in grid.columns])
    without = _fold(bare, width, 0)
    return without if len(without) < len(with_bars) else with_bars


def _fold(grid: Grid, width: int, bar_cells: int) -> list[Block]:
    columns = grid.columns
    long = [column for column in columns if column.is_long and not column.is_prose]
    rest = [column for column in columns if column not in long]
    told = [column for column in rest if column.is_key]
    is_one_row = len(columns[0].cells) == 1  # which names itself
    key = told or ([] if long or is_one_row else rest[: _key_count(rest)])
    rest = [column for column in rest if column not in key]
    reserved = _cells(long + key, bar_cells) - _GAP_CELLS

    def fits(columns: list[GridColumn]) -> bool:
        return not width or reserved + _cells(columns, bar_cells) <= width

    blocks = _filled(rest, fits)
    return [_block(key, block, long, grid.name in _WHOLE) for block in blocks]


def _block(
    key: list[GridColumn], columns: list[GridColumn], long: list[GridColumn], is_whole: bool
) -> Block:
    shown = [*key, *columns, *long]
    said = [column for column in columns if not column.is_text and not is_whole]
    count = len(shown[0].cells)
    rows = [r for r in range(count) if not said or any(not is_zero(c.cells[r]) for c in said)]
    return Block(shown, rows, count - len(rows))


def _key_count(columns: list[GridColumn]) -> int:
    """How many leading columns name the row: texts, or numbers measured without error."""
    after = [column.is_error or bool(column.shares) for column in columns[1:3]]
    if after[:1] == [True]:
        return 0
    return 1 if len(columns) < 3 or after[1:] == [True] else _KEY_COLUMNS


def _filled(
    columns: list[GridColumn], fits: Callable[[list[GridColumn]], bool]
) -> list[list[GridColumn]]:
    """Fill block after block, breaking between families, and inside one only if it must be."""
    blocks: list[list[GridColumn]] = [[]]
    for _, members in groupby(columns, key=lambda column: column.family):
        family = list(members)
        for part in [family] if fits(family) else _with_their_errors(family):
            if blocks[-1] and not fits([*blocks[-1], *part]):
                blocks.append([])
            blocks[-1].extend(part)
    return blocks


def _with_their_errors(columns: list[GridColumn]) -> list[list[GridColumn]]:
    groups: list[list[GridColumn]] = []
    for column in columns:
        if column.is_error and groups:
            groups[-1].append(column)
        else:
            groups.append([column])
    return groups


def _cells(columns: list[GridColumn], bar_cells: int) -> int:
    """What the columns take with their gaps and bars; the long ones at least."""
    bars = sum(bar_cells for column in columns if column.shares)
    widths = (_LEAST_NAME_CELLS if column.is_long else column.width for column in columns)
    return bars + sum(width + _GAP_CELLS for width in widths)
