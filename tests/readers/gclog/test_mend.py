"""Lines that the program wrote into: put together again where that is sure, else told of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.readers.gclog.logs import cycle, note, read, rows, slugs

OTHERS = [
    b"level=info msg=185",
    b"2026/11/21 10:11:12 handled",
    b"[GIN] 200",
    b'{"level":"info"}',
    b"185 items",
    b"3rd attempt",
    b"1.5 ms",
    b"7",
    b"-> next",
    b"+5",
    b" x",
    b"P",
    b"",
]
WHOLE = cycle(2, sizes="14->15->12", goal=16)


PIECES = [match.end() for match in re.finditer(rb"\d+(?:\.\d+)?|[^\d.]+", WHOLE)][:-1]
"""Where the runtime's pieces of the line end: numbers and what is between them."""


def mended(other: bytes, places: Iterable[int], folder: Path) -> int:
    """How often the line became whole again; it must be itself then, and told of else."""
    (expected,) = rows(read(WHOLE, folder))
    count = 0
    for at in places:
        log = cycle(1) + b"\n" + WHOLE[:at] + other + b"\n" + WHOLE[at:] + b"\n" + cycle(3) + b"\n"
        recording = read(log, folder)
        for row in rows(recording):
            if row["gc_cycle"] == 2:
                assert row == {**expected, "line": 2}, log
        if len(rows(recording)) < 3:
            assert slugs(recording) & {"gc-lines-unread", "several-programs"}, log
        count += "gc-lines-mended" in slugs(recording)
    return count


@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_wherever_a_line_is_written_into_no_wrong_cycle_comes_of_it(
    other: bytes, tmp_path: Path
) -> None:
    count = mended(other, PIECES, tmp_path)
    assert count >= (len(PIECES) // 2 if other[:1].isalpha() else 0)


def test_a_line_that_was_only_broken_in_two_becomes_no_other(tmp_path: Path) -> None:
    """At any place, as a terminal breaks it."""
    assert mended(b"", range(1, len(WHOLE)), tmp_path) > 0


def test_a_line_written_into_twice_is_put_together(tmp_path: Path) -> None:
    first, second = WHOLE.index(b"+0.50"), WHOLE.index(b"15->12")
    log = [cycle(1), WHOLE[:first] + b"one", b"between", WHOLE[first:second] + b"two"]
    log += [WHOLE[second:], b"behind"]
    recording = read(b"\n".join(log) + b"\n", tmp_path)
    assert [(row["gc_cycle"], row["line"]) for row in rows(recording)] == [(1, 1), (2, 2)]
    assert note(recording, "gc-lines-mended").where == "line 2"
    assert note(recording, "foreign-lines").count == 2


def test_the_rest_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    log = cycle(1) + b"\n" + WHOLE[:30] + b"one\n" + b"x\n" * 50 + WHOLE[30:] + b"\n"
    recording = read(log, tmp_path)
    assert len(rows(recording)) == 1
    assert note(recording, "gc-lines-unread").where == "lines 2, 53"
