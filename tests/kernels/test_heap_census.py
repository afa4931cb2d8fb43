"""The kernel that sums up objects: by hand, and compiled against plain, on any numbers at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.kernels import heap_census as compiled
from gotrace.kernels.plain import heap_census as plain

Array = npt.NDArray[Any]
KINDS: dict[str, Any] = {
    "begins": np.int64, "ends": np.int64, "classes": np.int32, "sizes": np.int64,
    "deaths": np.int64, "births": np.int64, "types": np.int32, "counts": np.int32,
    "spans": np.int64, "addresses": np.uint64, "pair": np.int64, "payer": np.int64,
}  # fmt: skip
USUAL = {
    "begins": st.integers(-1, 200), "ends": st.integers(-1, 200), "classes": st.integers(-1, 140),
    "sizes": st.integers(-1, 5000), "deaths": st.integers(-1, 5), "births": st.integers(-1, 5),
    "types": st.integers(-1, 5), "counts": st.integers(0, 4), "spans": st.integers(-1, 9),
    "addresses": st.integers(0, 5000), "pair": st.integers(0, 3), "payer": st.integers(0, 3),
}  # fmt: skip
WILD = {
    name: st.integers(int(np.iinfo(kind).min), int(np.iinfo(kind).max) >> (kind == np.int64) * 3)
    for name, kind in KINDS.items()
}
MOMENTS = 16


def columns(draw: Any, values: dict[str, st.SearchStrategy[int]]) -> dict[str, Array]:
    rows = draw(st.integers(0, 8))
    return {
        name: np.array(draw(st.lists(numbers, min_size=rows, max_size=rows)), KINDS[name])
        for name, numbers in values.items()
    }


@st.composite
def usual(draw: Any) -> dict[str, Array]:
    return columns(draw, USUAL)


@st.composite
def wild(draw: Any) -> dict[str, Array]:
    mixed = {name: USUAL[name] | WILD[name] for name in USUAL}
    return columns(draw, mixed)


def view(array: Any) -> Any:
    return memoryview(array)


def run(kernel: Any, name: str, *arguments: Any) -> tuple[Any, list[list[Any]]]:
    """What it returns (or that it raises), and what it has written into its arrays."""
    copies = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    views = [view(a) if isinstance(a, np.ndarray) else a for a in copies]
    try:
        answer = getattr(kernel, name)(*views)
    except (IndexError, OverflowError, ValueError):  # plain numbers know no wrapping
        return "error", []
    return answer, [a.tolist() for a in copies if isinstance(a, np.ndarray)]


def calls(given_: dict[str, Array], shift: int) -> list[tuple[Any, ...]]:
    """A call of every function."""
    c = given_
    n = len(c["begins"])
    life = (c["begins"], c["ends"], c["classes"])
    table = np.zeros((8, MOMENTS), np.int64)
    ends = np.array([20, 50, 50, 120], np.int64)
    pair_of = np.full((4, plain.CLASS_ROWS), -1, np.int32)
    pair_of[:, :120] = 1
    row_of = np.array([0, 1, -1, 3], np.int64)
    return [
        ("census", *life, c["sizes"], c["deaths"], shift, ends, np.array([1, 2, 3, 4], np.int64),
         np.zeros((plain.CLASS_ROWS, MOMENTS), np.int64), table, table, table,
         np.zeros(plain.CLASS_ROWS), np.zeros(plain.CLASS_ROWS)),
        ("pairs", c["types"], c["classes"], 3, pair_of, np.zeros(n, np.int64), 0),
        ("payers", *life, c["sizes"], c["counts"], c["births"], c["deaths"], c["pair"], c["payer"],
         np.ones((2, n), np.int64), np.zeros((4, plain.STATES), np.int64),
         np.zeros((4, plain.STATES), np.int64), np.zeros((4, 2), np.int64),
         np.zeros((len(plain.COUNTERS), 4), np.int64)),
        ("places", *life, c["sizes"], c["addresses"], shift, 10, 0, row_of, table, 0),
        ("crossing", *life, c["spans"], shift, np.zeros(n, np.int64)),
    ]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(usual(), st.integers(3, 6))
def test_compiled_and_plain_agree(columns: dict[str, Array], shift: int) -> None:
    for call in calls(columns, shift):
        assert run(compiled, *call) == run(plain, *call), call[0]


@settings(max_examples=60, deadline=None)
@given(wild(), st.integers(-1, 63))
def test_both_refuse_or_agree_on_any_numbers(columns: dict[str, Array], shift: int) -> None:
    for call in calls(columns, shift):
        one, other = run(compiled, *call), run(plain, *call)
        if "error" not in (one[0], other[0]):
            assert one == other, call[0]


@pytest.mark.parametrize("kernel", [compiled, plain], ids=["compiled", "plain"])
def test_an_object_is_there_from_its_begin_until_its_end(kernel: Any) -> None:
    """Ticks at 0, 8, 16, ...; a cycle ends at 12 and finds the first object dead."""
    objects = {
        "begins": np.array([3, -1, 9], np.int64), "ends": np.array([17, 8, -1], np.int64),
        "classes": np.array([5, 5, 1], np.int32), "sizes": np.array([16, 16, 8192], np.int64),
        "deaths": np.array([1, 0, -1], np.int64),
    }  # fmt: skip
    tables = [np.zeros((rows, 5), np.int64) for rows in (plain.CLASS_ROWS, 2, 7, 7)]
    lasted, alive = np.zeros(plain.CLASS_ROWS), np.zeros(plain.CLASS_ROWS)
    memory = [*objects.values(), 3, np.array([12], np.int64), np.array([1], np.int64), *tables,
              lasted, alive]  # fmt: skip
    kernel.census(*(view(a) if isinstance(a, np.ndarray) else a for a in memory))
    by_class, large, by_tick, by_cycle = (table.cumsum(axis=1) for table in tables)
    assert by_class[6].tolist() == [1, 1, 1, 0, 0]
    assert by_class[2].tolist() == [0, 0, 1, 1, 1]
    assert large[1].tolist() == [0, 0, 8192, 8192, 8192]
    assert by_tick[plain.OBJECT_BYTES].tolist() == [16, 16, 8208, 8192, 8192]
    assert by_cycle[plain.OBJECT_BYTES].tolist() == [8224 - 16, 8192, 8192, 8192, 8192]
    assert by_cycle[plain.GARBAGE].tolist() == [16, 0, 0, 0, 0]
    assert lasted[6] == 14 * 16 + 8 * 16
    assert (lasted[2], alive[2]) == (-9 * 8192, 8192)


@pytest.mark.parametrize("kernel", [compiled, plain], ids=["compiled", "plain"])
def test_columns_of_different_lengths_are_refused(kernel: Any) -> None:
    one, two = np.zeros(1, np.int64), np.zeros(2, np.int64)
    columns = (one, two, np.zeros(1, np.int32), one)
    with pytest.raises(IndexError):
        kernel.crossing(*map(view, columns), 3, view(one))
