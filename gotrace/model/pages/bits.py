"""Runs of set bits in whole numbers: bit 0 is the first page (or slot), a set bit means free."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["first_run", "longest_run", "lowest_clear", "mask", "ones_above", "ones_below", "runs"]


def mask(start: int, count: int) -> int:
    """`count` set bits from bit `start` on."""
    return ((1 << count) - 1) << start


def first_run(bits: int, count: int) -> int:
    """The lowest bit from which `count` bits in a row are set; -1 if there is none."""
    have = 1
    while have < count and bits:
        step = min(have, count - have)
        bits &= bits >> step
        have += step
    return (bits & -bits).bit_length() - 1


def longest_run(bits: int) -> int:
    """The length of the longest run of set bits."""
    return max(len(run) for run in f"{bits:b}".split("0"))


def ones_below(bits: int, width: int) -> int:
    """How many bits in a row are set from bit 0 up, of `width` bits."""
    clear = ~bits & mask(0, width)
    return width if clear == 0 else (clear & -clear).bit_length() - 1


def ones_above(bits: int, width: int) -> int:
    """How many bits in a row are set from the top of `width` bits down."""
    return width - (~bits & mask(0, width)).bit_length()


def lowest_clear(bits: int, start: int) -> int:
    """The lowest bit from `start` on that is not set."""
    clear = ~bits >> start
    return start + (clear & -clear).bit_length() - 1


def runs(bits: int, width: int) -> Iterator[tuple[int, int, bool]]:
    """Start, length and value of each run of equal bits, lowest first."""
    start = 0
    while start < width:
        is_set = bool(bits >> start & 1)
        rest = mask(0, width - start)
        length = ones_below((bits >> start if is_set else ~(bits >> start)) & rest, width - start)
        yield start, length, is_set
        start += length
