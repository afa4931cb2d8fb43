"""Amounts as people write and read them."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from gotrace.errors import UsageError
from gotrace.units import (
    format_bytes,
    format_count,
    format_duration,
    parse_bytes,
    parse_duration,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("512", 512),
        ("0B", 0),
        ("64KiB", 65536),
        ("64kb", 65536),
        ("1.5 MB", 1572864),
        ("2G", 2 << 30),
        ("1TiB", 1 << 40),
    ],
)
def test_sizes_are_binary_whatever_their_spelling(text: str, expected: int) -> None:
    assert parse_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "MiB", "-1", "1 XB", "1e9", "ten", "1KiBs", "nan", "9" * 400])
def test_anything_else_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size"):
        parse_bytes(text)
    with pytest.raises(UsageError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (1048575, "1.00 MiB"),
        (10 * 1024, "10.0 KiB"),
        (-3355443, "-3.20 MiB"),
        (1 << 60, "1.00 EiB"),
    ],
)
def test_bytes_print_in_the_largest_fitting_unit(count: int, expected: str) -> None:
    assert format_bytes(count) == expected


@given(st.integers(0, 1 << 62))
def test_printed_bytes_parse_back_within_their_rounding(count: int) -> None:
    assert parse_bytes(format_bytes(count)) == pytest.approx(count, rel=0.006, abs=1)


@pytest.mark.parametrize(
    ("nanoseconds", "expected"),
    [
        (0, "0 s"),
        (480, "480 ns"),
        (1500, "1.5 µs"),
        (12_300_000, "12.3 ms"),
        (999_700, "1 ms"),
        (2_050_000_000, "2.05 s"),
        (200_000_000_000, "3m 20s"),
        (3_900_000_000_000, "1h 5m"),
        (-1500, "-1.5 µs"),
    ],
)
def test_durations_print_with_three_digits(nanoseconds: int, expected: str) -> None:
    assert format_duration(nanoseconds) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("250ns", 250), ("1.5ms", 1_500_000), ("10 s", 10**10), ("2m", 12 * 10**10)],
)
def test_durations_parse(text: str, expected: int) -> None:
    assert parse_duration(text) == expected


def test_counts_have_separators() -> None:
    assert format_count(1234567) == "1,234,567"
