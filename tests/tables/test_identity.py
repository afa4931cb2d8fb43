"""Ids by content."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from gotrace.tables import identity
from gotrace.tables.columns import Lists
from gotrace.tables.identity import fold_lists, hash_strings, mix, told_apart, unique_rows

small_lists = st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=12)


def test_the_parts_of_a_row_are_kept_apart() -> None:
    ids = hash_strings(["ab", "a"], ["c", "bc"])
    assert ids[0] != ids[1]


def test_strings_hash_the_same_in_every_version() -> None:
    """Parquet files written today must join with those of next year."""
    assert int(hash_strings(["main.main"], ["main.go"])[0]) == 0x3213DB2A303A7867
    assert int(mix(np.array([1], np.uint64), np.array([-1]))[0]) == 0x19438AE6B813B33D


@given(small_lists)
def test_lists_have_equal_hashes_exactly_when_they_are_equal(rows: list[list[int]]) -> None:
    lists = Lists.from_rows(rows)
    hashes = fold_lists(lists.offsets, mix(lists.values.astype(np.uint64)))
    for i, left in enumerate(rows):
        for j, right in enumerate(rows):
            assert (hashes[i] == hashes[j]) == (left == right)


@given(small_lists, st.integers(1, 4))
def test_folding_in_small_blocks_changes_nothing(rows: list[list[int]], block: int) -> None:
    lists = Lists.from_rows(rows)
    hashes = mix(lists.values.astype(np.uint64))
    whole = fold_lists(lists.offsets, hashes)
    original = identity._FOLD_BLOCK
    try:
        identity._FOLD_BLOCK = block
        assert np.array_equal(fold_lists(lists.offsets, hashes), whole)
    finally:
        identity._FOLD_BLOCK = original


def test_rows_with_one_id_and_different_extras_are_told_apart() -> None:
    ids = np.array([7, 7, 7, 9, 9], np.uint64)
    told = told_apart(ids, np.array([1, 2, 1, 4, 4]))
    assert told[0] == told[2] != told[1]
    assert list(told[3:]) == [9, 9]


@given(st.lists(st.integers(0, 8), max_size=30))
def test_unique_rows_come_in_order_of_appearance(values: list[int]) -> None:
    ids = np.array(values, np.uint64)
    first, row = unique_rows(ids)
    assert list(ids[first]) == list(dict.fromkeys(values))
    assert list(ids[first][row]) == values
