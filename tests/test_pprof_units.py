"""Amounts print with the unit and the digits of pprof."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.pprof_units import binary_name, go_unit, label, magnitude, percentage, scale, whole

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (0, "bytes", "0"),
        (1023, "bytes", "1023B"),
        (1024, "bytes", "1KiB"),
        (1536, "bytes", "1.50KiB"),
        (-1536, "bytes", "-1.50KiB"),
        (5 << 20, "bytes", "5MiB"),
        (3 << 50, "byte", "3PiB"),
        (3 << 10, "kB", "3MiB"),
        (999, "nanoseconds", "999ns"),
        (1500, "nanoseconds", "1.50us"),
        (12_050_000_000, "ns", "12.05s"),
        (7200, "seconds", "2hrs"),
        (3, "weeks", "3"),
        (1500, "count", "1500"),
        (2_000_000, "nanogcu", "2m*GCU"),
    ],
)
def test_an_amount_takes_the_largest_unit_that_leaves_one(
    value: int, unit: str, printed: str
) -> None:
    assert label(value, unit, "auto") == label(value, unit, "minimum") == printed


@pytest.mark.parametrize(
    ("value", "source", "target", "printed"),
    [
        (1536, "bytes", "kb", "1.50KiB"),
        (1536, "bytes", "KiB", "1.50KiB"),
        (1, "bytes", "gb", "0"),
        (-1, "bytes", "gb", "0"),
        (1 << 30, "bytes", "seconds", "1073741824B"),
        (1500, "ms", "weeks", "1.50s"),
        (90, "m*GCU", "GCU", "90GCU"),
        (90, "milligcus", "gcu", "0.09GCU"),
        (7, "apples", "pears", "7pears"),
        (7, "apples", "count", "7"),
        (7, "", "", "7"),
    ],
)
def test_an_amount_converts_inside_its_family_only(
    value: int, source: str, target: str, printed: str
) -> None:
    assert label(value, source, target) == printed


@pytest.mark.parametrize("spelling", ["us", "US", "microsecond", "Microseconds"])
def test_units_are_found_in_any_case_and_number(spelling: str) -> None:
    assert scale(1, spelling, "ns") == (1000.0, "ns")


def test_the_greek_microsecond_is_no_unit_as_in_pprof() -> None:
    assert scale(1, "μs", "ns") == (1.0, "ns")
    assert scale(1, "μs", "auto") == (1.0, "")


def test_gos_own_names_are_there_for_comparison() -> None:
    assert label(1536, "bytes", go_names=True) == "1.50kB"
    assert [binary_name(unit) for unit in ("kB", "GB", "B", "kb", "s")] == [
        "KiB",
        "GiB",
        "B",
        "kb",
        "s",
    ]
    assert [go_unit(unit) for unit in ("KiB", "mib", "kb", "fib", "")] == [
        "kb",
        "mb",
        "kb",
        "fib",
        "",
    ]


@pytest.mark.parametrize(
    ("value", "total", "printed"),
    [
        (0, 0, "    0%"),
        (5, 0, "    0%"),
        (1, 1, "  100%"),
        (-1, 1, "  100%"),
        (9995, 10000, "  100%"),
        (9994, 10000, "99.94%"),
        (10005, 10000, "  100%"),
        (2, 1, "200.00%"),
        (1, 3, "33.33%"),
        (1, 100, " 1.00%"),
        (999, 100_000, "    1%"),
        (1, 1000, "  0.1%"),
        (123, 1_000_000, "0.012%"),
        (1, 10_000_000, "1e-05%"),
    ],
)
def test_percentages_show_at_least_two_digits(value: int, total: int, printed: str) -> None:
    assert percentage(value, total) == printed


@given(INT64, st.sampled_from(["bytes", "ns", "gcu", "count", "x"]))
def test_every_64_bit_amount_prints_in_every_unit(value: int, unit: str) -> None:
    for target in ("minimum", "kb", "s", "y"):
        printed = label(value, unit, target)
        assert printed == "0" or printed[0] in "-123456789" or printed.startswith("0.")


@given(INT64, INT64)
def test_every_share_prints_without_a_sign(value: int, total: int) -> None:
    assert percentage(value, total).strip()[0] in "0123456789"


def test_amounts_beyond_64_bits_become_the_smallest_number_as_in_go() -> None:
    smallest = -(1 << 63)
    assert [whole(x) for x in (1.9, -1.9, 2.0**63, float("nan"))] == [1, -1, smallest, smallest]
    assert [magnitude(x) for x in (-3, 3, smallest)] == [3, 3, smallest]
