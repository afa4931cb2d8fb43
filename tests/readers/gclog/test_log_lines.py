"""The stream of lines: the same ones, with the same numbers, whatever the pieces it comes in."""

from __future__ import annotations

import random

import pytest

from gotrace.readers.gclog.log_lines import LogLines
from tests.readers.gclog.logs import cycle

LONGEST = 1 << 20


class Pieces:
    """Bytes that come in pieces of random length."""

    def __init__(self, data: bytes, seed: int, most: int) -> None:
        self._data = memoryview(data)
        self._dice = random.Random(seed)
        self._most = most

    def read(self, size: int, /) -> bytes:
        length = min(size, self._dice.randrange(1, self._most))
        piece, self._data = self._data[:length], self._data[length:]
        return bytes(piece)


def lines_of(
    data: bytes, seed: int = 0, most: int = 1 << 21
) -> tuple[list[tuple[int, bytes]], int]:
    lines = LogLines(Pieces(data, seed, most), LONGEST, lambda _: None)
    return list(lines), lines.count


def mixed(seed: int, count: int) -> bytes:
    """A log of random foreign lines, one in thirty the collector's."""
    dice = random.Random(seed)
    lines = []
    for number in range(count):
        is_ours = dice.randrange(30) == 0
        lines.append(cycle(number) if is_ours else b"x" * dice.randrange(200))
    return b"\n".join(lines) + (b"\n" if seed % 2 else b"")


@pytest.mark.parametrize("seed", range(4))
def test_lines_are_found_with_their_numbers_across_all_blocks(seed: int) -> None:
    data = mixed(seed, 30_000)
    naive = [
        (number, line)
        for number, line in enumerate(data.split(b"\n"), 1)
        if line.startswith(b"gc ")
    ]
    found, count = lines_of(data, seed)
    assert found == naive
    assert len(naive) > 500
    assert count == 30_000


def test_pieces_do_not_matter() -> None:
    data = mixed(1, 2_000)
    assert lines_of(data, 1, 3) == lines_of(data, 2, 100_000) == lines_of(data)


def test_lines_behind_an_overlong_one_keep_their_numbers() -> None:
    data = b"a\n" + b"x" * (5 * LONGEST) + b"\n" + cycle(1) + b"\n" + b"y" * (3 * LONGEST)
    lines = LogLines(Pieces(data, 1, 1 << 19), LONGEST, lambda _: None)
    assert list(lines) == [(3, cycle(1))]
    assert (lines.count, lines.long_count, lines.long_lines) == (4, 2, [2, 4])
    assert lines.is_cut
