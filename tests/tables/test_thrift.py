"""Numbers of Thrift's compact protocol."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.tables.thrift import varint, zigzag


def decoded(data: bytes) -> int:
    """Seven bits a byte, the lowest first; every byte but the last has its highest bit set."""
    assert [byte >> 7 for byte in data] == [1] * (len(data) - 1) + [0]
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data))


@given(st.integers(0, 2**64))
def test_a_number_is_written_in_as_few_bytes_as_it_needs(value: int) -> None:
    data = varint(value)
    assert decoded(data) == value
    assert len(data) == max(1, -(-value.bit_length() // 7))


@pytest.mark.parametrize("bits", range(7, 64, 7))
def test_where_one_more_byte_is_needed(bits: int) -> None:
    assert [len(varint((1 << bits) + step)) for step in (-1, 0)] == [bits // 7, bits // 7 + 1]


@given(st.integers(-(2**63), 2**63 - 1))
def test_numbers_below_zero_are_the_odd_ones(value: int) -> None:
    found = decoded(zigzag(value))
    assert found == (2 * value if value >= 0 else -2 * value - 1)
