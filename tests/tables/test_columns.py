"""How tables lie in memory."""

import numpy as np
import pytest

from gotrace.tables.columns import Coded, Columns, Lazy, Lists


def test_taking_rows_of_a_list_column_keeps_their_lists() -> None:
    lists = Lists.from_rows([[1, 2], [], [3], [4, 5, 6]])
    taken = lists.take(np.array([3, 1, 0]))
    assert [list(taken[row]) for row in range(len(taken))] == [[4, 5, 6], [], [1, 2]]


def test_a_boolean_mask_takes_the_rows_that_are_true() -> None:
    lists = Lists.from_rows([[1], [2, 3], []])
    taken = lists.take(np.array([False, True, True]))
    assert [list(taken[row]) for row in range(len(taken))] == [[2, 3], []]


def test_a_coded_column_gives_back_its_strings_and_nulls() -> None:
    column = Coded.from_strings(["a", None, "b", "a"])
    assert [column[row] for row in range(4)] == ["a", None, "b", "a"]
    assert column.values == ["a", "b"]


def test_lazy_entries_are_built_once_and_only_when_asked_for() -> None:
    built = []

    def build() -> int:
        built.append(1)
        return 7

    lazy = Lazy[int]({"now": 1, "later": build})
    assert lazy["now"] == 1
    assert built == []
    assert [lazy["later"], lazy["later"]] == [7, 7]
    assert built == [1]


def test_replacing_an_entry_builds_nothing() -> None:
    def never() -> int:
        raise AssertionError("asked for")

    replaced = Lazy[int]({"a": never, "b": never}).replaced({"a": 1})
    assert replaced["a"] == 1


def test_a_column_of_the_wrong_kind_is_a_fault() -> None:
    columns = Columns(1, {"name": np.array([1])})
    with pytest.raises(AssertionError, match="name is not a column of lists"):
        columns.lists("name")
