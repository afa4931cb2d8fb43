"""Maps that grow: by the sizes of their tables, on old Go and new."""

from __future__ import annotations

import pytest

from gotrace.analyses.wrestle.findings.remedy import Remedy
from tests.analyses.heap_recordings import Sample
from tests.analyses.wrestle.programs import Objects, escapes, evidence, stack, tried

REST = Sample(48, 10, stack=stack(99, "rest"))
"""A line that nothing is wrong with."""


def found(remedies: list[Remedy], slug: str) -> Remedy:
    (one,) = [remedy for remedy in remedies if remedy.slug == slug]
    return one


def test_a_map_that_grows_is_found_by_the_sizes_of_its_tables() -> None:
    objects = Objects()
    for slot in (144, 288, 576, 1152):
        objects.add("map.group[int]int", 136, 0, slot, 10)
    samples = [Sample(slot, 100, stack=stack(7)) for slot in (144, 288, 576, 1152)]
    one = found(
        tried(evidence(*samples, objects=objects, source=lambda _file, _line: "m[k] = v")),
        "presize-map",
    )
    assert one.saved_low == pytest.approx(0.9 * 100 * (144 + 288 + 576))
    assert one.saved_high >= 100 * (144 + 288 + 576)


def test_tables_of_a_map_that_split_are_half_wasted_and_those_outgrown_wholly() -> None:
    objects = Objects().add("map.group[int]int", 136, 136, 144, 10)
    for slot in (288, 576, 18432):
        objects.add("map.group[int]int", 136, 136, slot, 10)
    samples = [Sample(slot, 100, stack=stack(7)) for slot in (144, 288, 576)]
    one = found(tried(evidence(*samples, Sample(18432, 1500, stack=stack(7)), objects=objects,
                               source=lambda _file, _line: "m[k] = v")), "presize-map")  # fmt: skip
    below, split = 100 * (144 + 288 + 576), 18432 * 1400 / 2
    assert one.saved_low == pytest.approx(0.9 * (below + split / 2))
    assert one.saved_high == pytest.approx(below + 1.2 * split)


def test_overflow_buckets_say_nothing_of_how_many_maps_there_are() -> None:
    objects = Objects()
    for slot in (112, 224, 448, 896):
        objects.add("map.bucket[int]int", 112, 0, slot, 10)
    objects.add("[]*runtime.bmap", 24, 8, 24, 10)
    tables = [Sample(slot, 100, stack=stack(7)) for slot in (224, 448, 896)]
    overflow = Sample(112, 5000, stack=stack(7))
    lists = Sample(24, 300, stack=stack(7))
    one = found(tried(evidence(*tables, overflow, lists, REST, objects=objects,
                               source=lambda _file, line: "m[k] = v" if line == 7 else "")),
                "presize-map")  # fmt: skip
    assert one.evidence.startswith("100 maps")
    below = 5000 * 112 + 100 * (224 + 448)
    # Outgrown tables and overflow go; at most what the map keeps beside them goes as well.
    assert one.saved_low == pytest.approx(0.9 * below)
    assert one.saved_high == pytest.approx(below + 300 * 24)


@pytest.mark.parametrize(
    ("line", "said", "is_told"),
    [
        ("m := make(map[int]int, n)", "make(map[int]int, n)", False),
        ("m := map[int]int{}", "map[int]int{}", False),
        ("for m := make(map[int]int); len(m) < n; m[x] += 1 {", "make(map[int]int)", True),
        ("", "make(map[int]int, n)", False),
        ("", "make(map[int]int)", True),
    ],
)
def test_maps_of_many_sizes_that_are_made_at_once_do_not_grow(
    line: str, said: str, is_told: bool
) -> None:
    objects = Objects()
    for slot in (288, 576, 1152):
        objects.add("map.group[int]int", 136, 0, slot, 10)
    samples = [Sample(slot, 100, stack=stack(7)) for slot in (288, 576, 1152)]
    remedies = tried(evidence(*samples, objects=objects, source=lambda _file, _line: line,
                              said=escapes((7, said))))  # fmt: skip
    assert ("presize-map" in [one.slug for one in remedies]) is is_told
