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


def encode(
    kernel: Any, values: Values, is_nullable: bool, mode: int
) -> tuple[dict[str, int], list[int], bytes]:
    """State, dictionary and page."""
    rows = len(values)
    memory = {
        "places": np.zeros(plain.MOST_RANGE, np.uint16),
        "codes": np.zeros(rows, np.int32),
        "kept": np.zeros(rows, np.int64),
        "distinct": np.zeros(plain.MOST_RANGE, np.int64),
        "out": np.zeros(10 * rows + 2048, np.uint8),
        "state": np.zeros(len(plain.STATE), np.int64),
    }
    views = [memoryview(array) for array in memory.values()]
    kernel.encode(memoryview(values), is_nullable, mode, *views)
    assert not memory["places"].any()
    state = {name: int(memory["state"][i]) for name, i in STATE.items()}
    entries = memory["distinct"][: state["distinct"]].tolist() if mode != plain.CODES else []
    return state, entries, memory["out"][: state["bytes"]].tobytes()


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
    near = np.array([0, plain.MOST_RANGE - 1] * 64, np.int64)
    for kernel in KERNELS:
        assert encode(kernel, far, False, plain.NUMBERS)[0]["encoding"] == plain.DELTAS
        assert encode(kernel, far, False, plain.TEXTS)[0]["encoding"] == plain.TOO_MANY
        state, entries, _ = encode(kernel, near, False, plain.NUMBERS)
        assert state["encoding"] == plain.DICTIONARY
        assert entries == [0, plain.MOST_RANGE - 1]


def test_a_column_of_one_value_takes_a_few_bytes() -> None:
    """A length, a run of ones; a width, and a run of the first code."""
    values = np.full(1000, 7, np.int64)
    for kernel in KERNELS:
        state, entries, page = encode(kernel, values, True, plain.NUMBERS)
        assert (state["encoding"], entries) == (plain.DICTIONARY, [7])
        assert page.hex() == "03000000d00f0101d00f00"


def test_nulls_are_counted_and_not_among_the_lowest() -> None:
    values = np.array([-1, 5, -1, 3], np.int32)
    for kernel in KERNELS:
        state, _, _ = encode(kernel, values, True, plain.NUMBERS)
        assert (state["nulls"], state["low"], state["high"]) == (2, 3, 5)
        assert encode(kernel, values, False, plain.NUMBERS)[0]["low"] == -1


@pytest.mark.parametrize("kernel", KERNELS, ids=["compiled", "plain"])
@pytest.mark.parametrize("short", range(6))
def test_too_little_memory_is_an_index_error(kernel: Any, short: int) -> None:
    kinds = (np.uint16, np.int32, np.int64, np.int64, np.uint8, np.int64)
    sizes = [plain.MOST_RANGE, 10, 10, plain.MOST_RANGE, 2148, len(plain.STATE)]
    sizes[short] -= 1
    memory = [np.zeros(size, kind) for size, kind in zip(sizes, kinds, strict=True)]
    with pytest.raises(IndexError):
        kernel.encode(
            memoryview(np.zeros(10, np.int64)), True, plain.NUMBERS, *map(memoryview, memory)
        )


@pytest.mark.parametrize("kernel", KERNELS, ids=["compiled", "plain"])
def test_a_code_below_zero_is_an_index_error(kernel: Any) -> None:
    with pytest.raises(IndexError):
        encode(kernel, np.array([-2, 1], np.int32), True, plain.CODES)


def test_both_name_the_same() -> None:
    assert compiled.STATE == plain.STATE
    assert set(compiled.__all__) == set(plain.__all__)
