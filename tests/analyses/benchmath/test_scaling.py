"""Numbers with prefixes: digits, steps, and where a value takes the next prefix."""

from __future__ import annotations

import math

import pytest

from gotrace.analyses.benchmath.scaling import common_scale, is_binary


def text(value: float, unit: str = "sec/op") -> str:
    return common_scale([value], unit).text(value)


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0, "0.000"), (1, "1.000"), (-1, "-1.000"), (12.345, "12.35"), (123.45, "123.5"),
     (999.94, "999.9"), (999.95, "1.000k"), (99.995, "100.0"), (99.994, "99.99"),
     (1.5e15, "1500.0T"), (1e-9, "1.000n"), (1.2365e-10, "0.1236n"), (1e-12, "0.001000n"),
     (1e-30, "0.0000000000n"), (2.5e-6, "2.500µ"), (4.5e-2, "45.00m")],
)  # fmt: skip
def test_at_least_three_digits_and_thousands(value: float, printed: str) -> None:
    assert text(value) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [(1, "1.000"), (1000, "1000.0"), (1023, "1023.0"), (1024, "1.000Ki"), (1536, "1.500Ki"),
     (2**20, "1.000Mi"), (2**45, "32.00Ti"), (0.001, "0.001000"), (50, "50.00")],
)  # fmt: skip
def test_bytes_go_by_1024_and_have_no_fractions_of_prefixes(value: float, printed: str) -> None:
    assert text(value, "B/op") == printed


def test_a_row_has_one_scale_that_the_least_value_decides() -> None:
    scale = common_scale([1.7e-6, 35e-9, 0.0, math.nan, math.inf], "sec/op")
    assert [scale.text(value) for value in (1.7e-6, 35e-9, 0.0)] == ["1700.00n", "35.00n", "0.00n"]
    assert [scale.text(value) for value in (math.nan, math.inf, -math.inf)] == [
        "NaN", "+Inf", "-Inf",
    ]  # fmt: skip


def test_only_bytes_above_the_line_are_binary() -> None:
    binary = {"B", "B/op", "B/s", "MB", "max-heap-bytes", "x*B", "bytes-ish", "op/sec*B"}
    others = {"allocs/op", "sec/B", "op/bytes", "Bs", "kB", ""}
    assert {unit for unit in binary | others if is_binary(unit)} == binary
