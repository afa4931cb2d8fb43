"""The kernel that writes pages of Parquet: compiled against plain, and read back by pyarrow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.kernels import column_pages as compiled
from gotrace.kernels.plain import column_pages as plain

KERNELS = [compiled, plain]
STATE = {name: i for i, name in enumerate(plain.STATE)}
Values = npt.NDArray[Any]


def memory_of(columns: int, rows: int) -> dict[str, Values]:
    """As much as so many columns of so many rows need."""
    return {
        "places": np.zeros(2 * plain.MOST_RANGE, np.uint16),
        "codes": np.zeros(rows + 1, np.int32),
        "kept": np.zeros(rows + 1, np.int64),
        "distinct": np.zeros((columns, plain.MOST_RANGE), np.int64),
        "out": np.zeros(columns * (10 * rows + 2048), np.uint8),
        "state": np.zeros((columns, len(plain.STATE)), np.int64),
    }


def encode_all(
    kernel: Any, columns: list[Values], is_nullable: list[bool], modes: list[int]
) -> list[tuple[dict[str, int], list[int], bytes]]:
    """State, dictionary and page of each column."""
    memory = memory_of(len(columns), max(map(len, columns), default=0))
    views = kernel.Memory(*(memoryview(array) for array in memory.values()))
    kernel.encode([memoryview(c) for c in columns], bytes(is_nullable), bytes(modes), views)
    assert not memory["places"].any()
    found, at = [], 0
    for number, mode in enumerate(modes):
        state = {name: int(memory["state"][number, i]) for name, i in STATE.items()}
        entries = memory["distinct"][number, : state["distinct"]].tolist()
        page = memory["out"][at : at + state["bytes"]].tobytes()
        found.append((state, entries if mode != plain.CODES else [], page))
        at += state["bytes"]
    return found


def encode(
    kernel: Any, values: Values, is_nullable: bool, mode: int
) -> tuple[dict[str, int], list[int], bytes]:
    """State, dictionary and page."""
    return encode_all(kernel, [values], [is_nullable], [mode])[0]


@st.composite
def columns(draw: st.DrawFn) -> Values:
    """Numbers with runs, steps, nulls (-1) and any bits at all."""
    width = draw(st.sampled_from([np.int32, np.int64]))
    most = int(np.iinfo(width).max)
    ranges = st.sampled_from([(-1, 0), (-1, 3), (0, 300), (-1, 70_000), (-most - 1, most)])
    low, high = draw(ranges)
    runs = draw(st.lists(st.tuples(st.integers(low, high), st.integers(1, 90)), max_size=40))
    values = np.array([value for value, count in runs for _ in range(count)], width)
    if draw(st.booleans()):
        with np.errstate(over="ignore"):
            values = np.cumsum(values, dtype=width)
    return values


@settings(max_examples=250, deadline=None)
@given(columns(), st.booleans(), st.sampled_from([plain.NUMBERS, plain.TEXTS]))
def test_pages_compiled_and_plain_are_the_same(
    values: Values, is_nullable: bool, mode: int
) -> None:
    assert encode(compiled, values, is_nullable, mode) == encode(plain, values, is_nullable, mode)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(-1, 2**31 - 2), max_size=200))
def test_pages_of_codes_compiled_and_plain_are_the_same(codes: list[int]) -> None:
    values = np.array(codes, np.int32)
    assert encode(compiled, values, True, plain.CODES) == encode(plain, values, True, plain.CODES)


def test_what_lies_far_apart_is_no_dictionary() -> None:
    far = np.array([0, plain.MOST_RANGE] * 64, np.int64)
    near = np.array([0, plain.MOST_RANGE - 1, -plain.MOST_RANGE] * 64, np.int64)
    for kernel in KERNELS:
        assert encode(kernel, far, False, plain.NUMBERS)[0]["encoding"] == plain.DELTAS
        assert encode(kernel, far, False, plain.TEXTS)[0]["encoding"] == plain.TOO_MANY
        state, entries, _ = encode(kernel, near, False, plain.NUMBERS)
        assert state["encoding"] == plain.DICTIONARY
        assert entries == [0, plain.MOST_RANGE - 1, -plain.MOST_RANGE]


def test_a_column_of_one_value_takes_a_few_bytes() -> None:
    """A length, a run of ones; a width, and a run of the first code."""
    values = np.full(1000, 7, np.int64)
    for kernel in KERNELS:
        state, entries, page = encode(kernel, values, True, plain.NUMBERS)
        assert (state["encoding"], entries) == (plain.DICTIONARY, [7])
        assert page.hex() == "03000000d00f0101d00f00"


def test_numbers_at_both_ends_lie_near_each_other_if_differences_wrap() -> None:
    most = np.iinfo(np.int64).max
    values = np.array([-most - 1, most] * 64, np.int64)
    for kernel in KERNELS:
        state, entries, _ = encode(kernel, values, False, plain.NUMBERS)
        assert (state["encoding"], entries) == (plain.DICTIONARY, [-most - 1, most])


def test_one_value_among_nulls_is_a_dictionary() -> None:
    values = np.array([-1, 7, -1, 7], np.int64)
    for kernel in KERNELS:
        assert encode(kernel, values, True, plain.NUMBERS)[:2] == (
            {"encoding": plain.DICTIONARY, "nulls": 2, "low": 7, "high": 7, "distinct": 1,
             "bytes": 9},
            [7],
        )  # fmt: skip


def test_nulls_are_counted_and_not_among_the_lowest() -> None:
    values = np.array([-1, 5, -1, 3], np.int32)
    for kernel in KERNELS:
        state, _, _ = encode(kernel, values, True, plain.NUMBERS)
        assert (state["nulls"], state["low"], state["high"]) == (2, 3, 5)
        assert encode(kernel, values, False, plain.NUMBERS)[0]["low"] == -1


@pytest.mark.parametrize("kernel", KERNELS, ids=["compiled", "plain"])
@pytest.mark.parametrize("short", ["places", "codes", "kept", "distinct", "out", "state"])
def test_too_little_memory_is_an_index_error(kernel: Any, short: str) -> None:
    memory = memory_of(2, 10)
    array = memory[short]
    for less in (array[..., :-1], array[:-1]):
        views = [
            memoryview(np.ascontiguousarray(less if n == short else memory[n])) for n in memory
        ]
        columns = [memoryview(np.zeros(10, np.int64))] * 2
        with pytest.raises(IndexError):
            kernel.encode(columns, bytes(2), bytes(2), kernel.Memory(*views))


@pytest.mark.parametrize("kernel", KERNELS, ids=["compiled", "plain"])
def test_too_many_columns_are_an_index_error(kernel: Any) -> None:
    columns = [memoryview(np.zeros(1, np.int64))] * 65
    views = kernel.Memory(*(memoryview(array) for array in memory_of(65, 1).values()))
    for flags in (bytes(65), bytes(1)):
        with pytest.raises(IndexError, match="too many columns"):
            kernel.encode(columns[: len(flags) + 1], flags, flags, views)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(columns(), st.booleans()), max_size=4))
def test_pages_of_many_columns_are_those_of_each(found: list[tuple[Values, bool]]) -> None:
    values, is_nullable = [one[0] for one in found], [one[1] for one in found]
    modes = [plain.NUMBERS] * len(found)
    for kernel in KERNELS:
        each = [encode(kernel, one, flag, plain.NUMBERS) for one, flag in found]
        assert encode_all(kernel, values, is_nullable, modes) == each


@pytest.mark.parametrize("kernel", KERNELS, ids=["compiled", "plain"])
def test_a_code_below_zero_is_an_index_error(kernel: Any) -> None:
    with pytest.raises(IndexError):
        encode(kernel, np.array([-2, 1], np.int32), True, plain.CODES)


def test_both_name_the_same() -> None:
    assert compiled.STATE == plain.STATE
    assert set(compiled.__all__) == set(plain.__all__)
