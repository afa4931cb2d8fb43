"""Tables become columns of text that fit side by side."""

from __future__ import annotations

from gotrace.analyses.result import Certainty, ResultColumn, ResultTable
from gotrace.views.grid import Grid, fold, make_grid
from tests.views.reports import heap_report

SIZE_CLASSES = heap_report().tables()["size_classes"]


def grid_of(*columns: ResultColumn, name: str = "t") -> Grid:
    return make_grid(ResultTable(name, "T", columns))


def headings(grid: Grid) -> list[str]:
    return [column.heading for column in grid.columns]


def test_an_error_stands_behind_its_value_wherever_it_was() -> None:
    grid = grid_of(
        ResultColumn("b_error", "bytes", [1], error_of="b"),
        ResultColumn("a", "bytes", [1]),
        ResultColumn("b", "bytes", [10]),
        ResultColumn("c", "bytes", [1]),
    )
    assert headings(grid) == ["a", "b", "±", "c"]
    assert grid.columns[2].cells == ["±10%"]


def test_an_error_of_nothing_is_a_column_like_any_other() -> None:
    grid = grid_of(ResultColumn("e", "bytes", [1], error_of="gone"))
    assert (headings(grid), grid.columns[0].cells) == (["e"], ["1 B"])


def test_a_column_without_a_name_hides_no_other() -> None:
    grid = grid_of(ResultColumn("", "count", [1]), ResultColumn("a", "bytes", [2]))
    assert [column.cells for column in grid.columns] == [["1"], ["2 B"]]


def test_long_names_go_to_the_end() -> None:
    grid = grid_of(
        ResultColumn("site", "text", ["main." + "f" * 30]),
        ResultColumn("kind", "text", ["x"]),
        ResultColumn("flat", "bytes", [1]),
    )
    assert headings(grid) == ["kind", "flat", "site"]


def test_bounds_are_marked_in_the_heading() -> None:
    grid = grid_of(
        ResultColumn("a_count", "count", [5, None], "spans", bound=Certainty.LOWER),
        ResultColumn("b_count", "count", [5, None], "waste", bound=Certainty.UPPER),
    )
    assert headings(grid) == ["spans ≥", "waste ≤"]
    assert [column.cells for column in grid.columns] == [["5", "-"], ["5", "-"]]


def test_every_block_of_a_table_with_long_names_repeats_its_key() -> None:
    grid = grid_of(
        ResultColumn("pages", "count", [5], is_key=True),
        ResultColumn("alloc_bytes", "bytes", [50]),
        ResultColumn("inuse_bytes", "bytes", [40]),
        ResultColumn("site", "text", ["main." + "f" * 30]),
    )
    blocks = [[column.heading for column in block.columns] for block in fold(grid, 48)]
    assert blocks == [["pages", "alloc_bytes", "site"], ["pages", "inuse_bytes", "site"]]


def test_the_top_table_shows_its_inline_marks_and_no_details() -> None:
    grid = make_grid(heap_report().tables()["top"])
    assert headings(grid) == ["flat", "flat%", "sum%", "cum", "cum%", "name"]
    assert "bytes.growSlice (inline)" in grid.columns[-1].cells


def test_blocks_fit_and_repeat_what_names_the_row() -> None:
    blocks = fold(make_grid(SIZE_CLASSES), 80)
    assert len(blocks) > 1
    for block in blocks:
        assert [column.heading for column in block.columns[:2]] == ["class", "slot"]
        assert sum(column.width + 2 for column in block.columns) - 2 <= 80


def test_columns_of_one_family_stay_together() -> None:
    first, second = fold(make_grid(SIZE_CLASSES), 80)
    assert {column.family for column in first.columns[2:]} == {"alloc"}
    assert {column.family for column in second.columns[2:]} == {"inuse", "span"}


def test_without_a_width_there_is_one_block() -> None:
    (block,) = fold(make_grid(SIZE_CLASSES), 0)
    assert [column.heading for column in block.columns] == headings(make_grid(SIZE_CLASSES))


def test_a_width_of_nothing_still_shows_every_column() -> None:
    blocks = fold(make_grid(SIZE_CLASSES), 1)
    shown = {column.heading for block in blocks for column in block.columns}
    assert shown == set(headings(make_grid(SIZE_CLASSES)))


def test_bars_give_way_before_a_table_breaks() -> None:
    columns = (
        ResultColumn("part", "text", ["heap", "stack"]),
        ResultColumn("size_bytes", "bytes", [1, 2], "size"),
        ResultColumn("share_ratio", "ratio", [0.25, 0.75], "share"),
        ResultColumn("object_count", "count", [1, 2], "objects"),
    )
    wide, narrow = (fold(grid_of(*columns), width, bar_cells=9) for width in (40, 30))
    assert [len(wide), len(narrow)] == [1, 1]
    assert wide[0].columns[2].shares == [0.25, 0.75]
    assert narrow[0].columns[2].shares == []


def test_rows_of_zeros_are_left_out_and_counted() -> None:
    grid = grid_of(
        ResultColumn("site", "text", ["a", "b", "c"]),
        ResultColumn("flat", "bytes", [0, 5, None]),
    )
    (block,) = fold(grid, 80)
    assert (block.rows, block.hidden_count) == ([1], 2)


def test_an_explanation_keeps_rows_of_zeros_for_they_are_answers() -> None:
    change = ResultColumn("change", "text", ["as asked", "one byte more"])
    slot = ResultColumn("slot_bytes", "exact_bytes", [0, 16])
    for name, rows in (("changes", [0, 1]), ("other", [1])):
        assert fold(grid_of(change, slot, name=name), 80)[0].rows == rows


def test_a_table_of_texts_keeps_all_its_rows() -> None:
    (block,) = fold(grid_of(ResultColumn("site", "text", ["", "-", "0"])), 80)
    assert block.rows == [0, 1, 2]


def test_a_heading_breaks_where_its_column_is_narrow() -> None:
    grid = grid_of(ResultColumn("x", "count", [1], "alloc objects ≥"))
    assert grid.columns[0].heading_lines == ["alloc", "objects ≥"]


def test_a_row_of_totals_folds_without_repeating_one() -> None:
    blocks = fold(make_grid(heap_report().tables()["sample_types"]), 40)
    shown = [column.heading for block in blocks for column in block.columns]
    assert len(blocks) > 1
    assert shown == ["alloc_objects", "±", "alloc_space", "±", "inuse_objects", "inuse_space"]
