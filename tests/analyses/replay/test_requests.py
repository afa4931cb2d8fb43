"""What had been asked for: by hand, and as the inverse of the rules of `mallocgc`."""

from __future__ import annotations

import pytest

from gotrace.analyses.replay.requests import TINY_ROW, request, span_class_at
from gotrace.model.sizes import Kind, size_rules
from gotrace.model.versions import GoVersion

NEW = GoVersion(27)
VERSIONS = [GoVersion(23), GoVersion(25), NEW]
POINTERS = {32: 9, 112: 19, 1152: 67, 1024: 65, 576: 55}  # slot → row of the pointerful span class


@pytest.mark.parametrize(
    ("slot", "type_bytes", "least", "most"),
    [
        (32, 32, 32, 32),
        (112, 100, 100, 100),
        (112, 0, 97, 112),
        (112, 8, 104, 112),
        (112, 36, 108, 108),  # an array of three
        (1152, 1024, 1024 + 8 - 8, 1024),  # nothing else than 1024 with its header
        (1024, 0, 889, 1016),
        (576, 0, 513, 568),
    ],
)
def test_type_and_class_narrow_a_request_down(
    slot: int, type_bytes: int, least: int, most: int
) -> None:
    found = request(NEW, POINTERS[slot], slot, type_bytes)
    assert (found.least_bytes, found.most_bytes) == (least, most)
    assert found.is_exact == (least == most)


def test_a_type_that_does_not_fit_tells_nothing() -> None:
    found = request(NEW, POINTERS[112], 112, 60)
    assert not found.fits_type
    assert (found.least_bytes, found.most_bytes) == (97, 112)


def test_tiny_objects_are_narrowed_down_only_where_the_trace_tells_all_of_them() -> None:
    alone = request(NEW, TINY_ROW, 16, 12)
    assert (alone.least_bytes, alone.most_bytes) == (12, 12)
    shared = request(NEW, TINY_ROW, 16, 12, is_shared=True)
    assert (shared.least_bytes, shared.most_bytes) == (12, 16)
    old = request(GoVersion(23), TINY_ROW, 16, 12)
    assert (old.least_bytes, old.most_bytes) == (12, 16)


def test_a_large_object_wastes_less_than_a_page() -> None:
    found = request(NEW, 2, 10 * 8192, 0)
    assert (found.least_bytes, found.most_bytes) == (9 * 8192 + 1, 10 * 8192)
    found = request(NEW, 2, 5 * 8192, 40_000)
    assert (found.least_bytes, found.most_bytes) == (40_000, 40_000)
    assert request(NEW, 1, 4 * 8192, 0).least_bytes == 32_761


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("has_pointers", [True, False], ids=["pointers", "none"])
def test_every_request_lies_within_the_bounds_of_where_it_goes(
    version: GoVersion, has_pointers: bool
) -> None:
    """And the bounds are the tightest: the size below the least goes elsewhere."""
    rules = size_rules(version)
    extremes: dict[int, tuple[int, int]] = {}
    for size in [n for n in range(1, 33_000) if n < 1100 or n % 8 < 2]:
        placed = rules.request(size, has_pointers)
        if placed.kind is Kind.LARGE:
            continue
        row = placed.span_class + 1
        for type_bytes in (0, size, 1):
            found = request(version, row, placed.slot_bytes, type_bytes)
            assert found.least_bytes <= size <= found.most_bytes, (size, type_bytes)
        least, most = extremes.get(row, (size, size))
        extremes[row] = min(least, size), max(most, size)
    for row, (least, most) in extremes.items():
        known = span_class_at(version, row)
        assert known is not None
        assert (known.least_bytes, known.most_bytes) == (least, most), row


def test_what_is_no_span_class_is_unknown() -> None:
    assert span_class_at(NEW, 0) is None
    assert span_class_at(NEW, 137) is None
    assert request(NEW, 0, 0, 8).most_bytes == 0


def test_tails_are_those_of_the_version() -> None:
    def tail(version: GoVersion, slot_row: int) -> int:
        found = span_class_at(version, slot_row)
        assert found is not None
        return found.tail_bytes

    assert tail(GoVersion(23), POINTERS[32]) == 128  # heap bits
    assert tail(NEW, POINTERS[32]) == 256  # and mark bits
