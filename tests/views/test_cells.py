"""One value becomes one short text, whatever the value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.views.cells import format_amount, format_error, format_ratio, format_value, number_of


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1536, "bytes", "1.50 KiB"),
        (np.int64(-3 << 20), "bytes", "-3.00 MiB"),
        (2**63 - 1, "bytes", "8.00 EiB"),
        (32760, "exact_bytes", "32,760 B"),
        (np.float64(48.76), "exact_bytes", "48.8 B"),
        (-16.0, "exact_bytes", "-16 B"),
        (1_500_000, "ns", "1.5 ms"),
        (1_500_000, "nanoseconds", "1.5 ms"),
        (12, "milliseconds", "12 ms"),
        (12345, "count", "12,345"),
        (2**63 - 1, "count", "9,223,372,036,854,775,807"),
        (0.5, "count", "0.50"),
        (0.125, "ratio", "12.50%"),
        ("main.\x1bf", "text", r"main.\x1bf"),
        (True, "text", "yes"),
        (None, "bytes", "-"),
        (math.nan, "bytes", "?"),
        (np.float64("inf"), "ratio", "?"),
    ],
)
def test_a_value_prints_in_its_unit(value: Any, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1.0, "100%"),
        (0.9996, "100%"),
        (-1.0, "-100%"),
        (0.1234, "12.34%"),
        (0.00123, "0.12%"),
        (0.0000123, "0.0012%"),
        (0.0, "0%"),
        (-0.05, "-5.00%"),
        (12.5, "1,250.00%"),
        (1e9, "1.0e+11%"),
    ],
)
def test_a_ratio_prints_with_the_digits_of_pprof(ratio: float, text: str) -> None:
    assert format_ratio(ratio) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (100, 4, "±4%"),
        (100, 0.25, "±0.2%"),
        (-100, 4, "±4%"),
        (100, 0, "exact"),
        (0, 0, ""),
        (0, 1024, "±1.00 KiB"),
        (1, 50, "±>999%"),
        (100, None, ""),
        (100, math.nan, ""),
        (None, 4, "±4 B"),
    ],
)
def test_an_error_is_relative_to_its_value(value: Any, error: Any, text: str) -> None:
    assert format_error(value, error, "bytes") == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5, "count", "5"),
        (5, "pages", "5 pages"),
        (5, "bytes", "5 B"),
        (0.5, "ratio", "50.00%"),
        ("go1.27", "text", "go1.27"),
        (None, "pages", "-"),
    ],
)
def test_an_amount_names_its_unit(value: Any, unit: str, text: str) -> None:
    assert format_amount(value, unit) == text


@given(
    st.one_of(st.integers(), st.floats(), st.text(), st.none(), st.booleans()),
    st.sampled_from(["bytes", "ns", "count", "ratio", "text", "hours", "", "pages"]),
)
def test_every_value_prints_in_one_visible_line(value: Any, unit: str) -> None:
    assert format_amount(value, unit).isprintable()


@pytest.mark.parametrize("value", [None, "5", math.nan, math.inf, [1]])
def test_what_is_no_finite_number_is_none(value: Any) -> None:
    assert number_of(value) is None
