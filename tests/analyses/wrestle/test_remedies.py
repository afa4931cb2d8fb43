"""Remedies: what each rests on, what it is thought to save, and when it keeps quiet."""

from __future__ import annotations

import pytest

from gotrace.analyses.result import Weight
from gotrace.analyses.wrestle.findings.remedy import Remedy
from gotrace.analyses.wrestle.findings.series import series_of
from tests.analyses.heap_recordings import Sample
from tests.analyses.wrestle.programs import Objects, escapes, evidence, layouts, stack, tried

REST = Sample(48, 10, stack=stack(99, "rest"))
"""A line that nothing is wrong with."""


def found(remedies: list[Remedy], slug: str) -> Remedy:
    (one,) = [remedy for remedy in remedies if remedy.slug == slug]
    return one


def slugs(remedies: list[Remedy], weight: Weight = Weight.HIGH) -> list[str]:
    return [remedy.slug for remedy in remedies if remedy.weight is weight]


def test_boxed_numbers_are_found_by_gos_own_type_for_them() -> None:
    objects = Objects().add("runtime.uint64InterfacePtr", 8, 0, 8, 50)
    remedies = tried(evidence(
        Sample(8, 1000, stack=stack(7)), REST, said=escapes((7, "i * 1000")), objects=objects,
    ))  # fmt: skip
    one = found(remedies, "box-no-values")
    assert remedies[0] is one
    assert (one.file, one.line, one.weight) == ("F.go", 7, Weight.HIGH)
    assert one.saved_low <= 8000 <= one.saved_high
    assert one.saved_high_ratio == pytest.approx(1.02 * 8000 / 8480)


def test_boxed_structs_are_those_that_no_other_expression_of_the_line_makes() -> None:
    objects = Objects().add("p.Reading", 24, 0, 24, 50).add("p.Alarm", 16, 0, 16, 5)
    said = escapes((7, "Reading{...}"), (8, "&Alarm{...}"))
    heap = Sample(24, 1000, stack=stack(7)), Sample(16, 100, stack=stack(8))
    remedies = tried(evidence(*heap, said=said, objects=objects))
    assert found(remedies, "box-no-values").line == 7
    constant = escapes((7, '"a constant"'), (8, "&Alarm{...}"))
    assert "box-no-values" not in slugs(tried(evidence(*heap, said=constant, objects=objects)))


def growing(counts: dict[int, int], expression: str = "append(out, x)") -> list[Remedy]:
    objects = Objects()
    for slot, count in counts.items():
        objects.add("", 0, 0, slot, max(count // 10, 1), noscan=True)
    samples = [Sample(slot, count, stack=stack(7)) for slot, count in counts.items()]
    return tried(evidence(*samples, said=escapes((7, expression)), objects=objects))


def test_a_growing_slice_saves_all_but_its_last_array() -> None:
    one = found(growing({64: 100, 128: 100, 256: 100, 512: 40}), "presize-slice")
    whole = 64 * 100 + 128 * 100 + 256 * 100 + 512 * 40
    # 60 slices ended between 129 and 256 bytes, 40 between 257 and 512.
    assert one.saved_low == pytest.approx(whole - 60 * 256 - 40 * 512)
    assert one.saved_high == pytest.approx(whole - 60 * 128 - 40 * 256)
    assert one.weight is Weight.HIGH


def test_slices_made_at_once_are_no_growth() -> None:
    at_once = dict.fromkeys((176, 192, 208, 224, 240, 256, 288, 320), 100)
    assert "presize-slice" not in slugs(growing(at_once))
    assert "presize-slice" not in slugs(growing({64: 100, 128: 100, 256: 100}, "make([]T, n)"))
    assert "presize-slice" not in slugs(growing({64: 100, 1024: 500, 8192: 900}))


def test_growth_takes_three_sizes_and_falling_counts() -> None:
    assert series_of([(64, 10), (128, 10)]) is None
    assert series_of([(64, 1), (128, 2), (256, 50)]) is None
    series = series_of([(64, 98), (128, 103), (256, 99)])
    assert series is not None
    assert series.count == 103
    assert sum(series.ended) == pytest.approx(103)
    least, most = series.last_bytes
    assert least < most <= series.bytes


def test_small_structs_of_a_map_of_pointers_are_found_where_they_are_made() -> None:
    objects = Objects().add("map.group[int]*p.Small", 136, 136, 2304, 4)
    objects.add("p.Small", 24, 0, 24, 500)
    remedies = tried(evidence(
        Sample(24, 500, stack=stack(8)), Sample(2304, 4, stack=stack(7)),
        said=escapes((8, "&Small{...}"), (7, "make(map[int]*Small, n)")), objects=objects,
    ))  # fmt: skip
    one = remedies[0]
    assert (one.slug, one.line, one.saved_unit) == ("values-in-map", 8, "objects")
    assert one.saved_high == 500
    assert one.saved_low == pytest.approx(0.9 * 500)
    # 128 bytes is the most a map's tables hold.
    large = Objects().add("map.group[int]*p.Small", 136, 136, 2304, 4)
    large.add("p.Small", 144, 0, 144, 500)
    assert "values-in-map" not in slugs(tried(evidence(
        Sample(144, 500, stack=stack(8)), Sample(2304, 4, stack=stack(7)),
        said=escapes((8, "&Small{...}")), objects=large,
    )))  # fmt: skip


@pytest.mark.parametrize(
    ("size", "pointers", "slot", "slug", "weight"),
    [
        (520, 8, 576, "header-crossed", Weight.HIGH),
        (1024, 8, 1152, "header-crossed", Weight.HIGH),
        (1032, 0, 1152, "shrink-below-class", Weight.HIGH),
        (136, 8, 144, "shrink-below-class", Weight.LOW),
        (512, 8, 512, None, Weight.LOW),
        (1024, 0, 1024, None, Weight.LOW),
    ],
)
def test_structs_that_just_miss_a_class(
    size: int, pointers: int, slot: int, slug: str | None, weight: Weight
) -> None:
    objects = Objects().add("p.Frame", size, pointers, slot, 50, died=4)
    remedies = tried(evidence(Sample(slot, 1000, 900, stack=stack(7)),
                              said=escapes((7, "&Frame{...}")), objects=objects))  # fmt: skip
    told = {
        r.slug: r.weight for r in remedies if r.slug in ("header-crossed", "shrink-below-class")
    }
    if slug is None:
        assert set(told.values()) <= {Weight.LOW}
    else:
        assert told == {slug: weight}


def test_what_another_order_of_fields_saves_is_free() -> None:
    fields = [("a", "bool", 0, 1, 0), ("b", "int64", 8, 8, 0), ("c", "bool", 16, 1, 0),
              ("d", "int64", 24, 8, 0), ("e", "bool", 32, 1, 0), ("f", "int64", 40, 8, 0),
              ("g", "int32", 48, 4, 0)]  # fmt: skip
    kinds = layouts(("p.Loose", 56, 0, 0, fields))
    objects = Objects().add("p.Loose", 56, 0, 64, 50)
    remedies = tried(evidence(Sample(64, 1000, stack=stack(7)), said=escapes((7, "&Loose{...}")),
                              objects=objects, kinds=kinds))  # fmt: skip
    one = found(remedies, "shrink-below-class")
    assert one.weight is Weight.HIGH
    assert "another order" in one.advice
    # One class less is certain; the best order has 32 bytes, and slots of that size.
    assert one.saved_low_ratio < 16 / 64
    assert one.saved_high_ratio == pytest.approx(1.05 * 32 / 64)


def test_the_best_order_of_fields_may_save_more_than_a_class() -> None:
    fields = [
        field
        for at in range(0, 64, 16)
        for field in ((f"f{at}", "bool", at, 1, 0), (f"n{at}", "int64", at + 8, 8, 0))
    ]
    kinds = layouts(("p.Order", 72, 0, 0, [*fields, ("z", "int64", 64, 8, 0)]))
    objects = Objects().add("p.Order", 72, 0, 80, 50)
    remedies = tried(evidence(Sample(80, 1000, stack=stack(7)), said=escapes((7, "&Order{...}")),
                              objects=objects, kinds=kinds))  # fmt: skip
    one = found(remedies, "shrink-below-class")
    assert one.saved_low_ratio == pytest.approx(0.95 * 16 / 80)
    assert one.saved_high_ratio == pytest.approx(1.05 * 32 / 80)


def test_times_in_structs_that_stay_alive_are_found_by_the_layout() -> None:
    fields = [("at", "time.Time", 0, 24, 1), ("value", "float64", 24, 8, 0)]
    time_fields = [("wall", "uint64", 0, 8, 0), ("ext", "int64", 8, 8, 0),
                   ("loc", "*time.Location", 16, 8, 1)]  # fmt: skip
    kinds = layouts(("p.sample", 32, 24, 1, fields), ("time.Time", 24, 24, 1, time_fields))
    objects = Objects().add("p.sample", 32, 24, 320_000, 1, died=-1)
    objects.add("p.Other", 64, 64, 64, 5, died=9)
    remedies = tried(evidence(Sample(320_000, 1, 1, stack=stack(7)), REST, objects=objects,
                              said=escapes((7, "make([]sample, n)")), kinds=kinds))  # fmt: skip
    one = remedies[0]
    assert (one.slug, one.line, one.saved_unit) == ("time-in-structs", 7, "scan-bytes")
    assert one.weight is Weight.HIGH
    assert "nothing is left" in one.what
    assert "fewer-pointers" not in slugs(remedies)


def test_dense_pointers_weigh_only_where_collections_read_much_of_them() -> None:
    fields = [("next", "*p.node", 0, 8, 1), ("name", "string", 8, 16, 1)]
    kinds = layouts(("p.node", 24, 16, 2, fields))
    for slot, weight in ((240_000, Weight.LOW), (480_000, Weight.HIGH)):
        objects = Objects().add("p.node", 24, 16, slot, 1, died=-1).add("", 0, 0, 16, 1, died=9)
        remedies = tried(evidence(Sample(slot, 1, 1, stack=stack(7)), objects=objects,
                                  said=escapes((7, "make([]node, n)")), kinds=kinds))  # fmt: skip
        assert found(remedies, "fewer-pointers").weight is weight
    # What one collection of ten happened to find alive is not read again and again.
    objects = Objects().add("p.node", 24, 16, 480_000, 1, died=2).add("", 0, 0, 16, 1, died=11)
    remedies = tried(evidence(Sample(480_000, 1, 1, stack=stack(7)), objects=objects,
                              said=escapes((7, "make([]node, n)")), kinds=kinds))  # fmt: skip
    assert found(remedies, "fewer-pointers").weight is Weight.LOW
    # Short-lived objects are read by no collection, however many pointers they have.
    objects = Objects().add("p.node", 24, 16, 480_000, 3, died=1)
    remedies = tried(evidence(Sample(480_000, 3, stack=stack(7)), objects=objects,
                              said=escapes((7, "make([]node, n)")), kinds=kinds))  # fmt: skip
    assert [one.slug for one in remedies if one.slug == "fewer-pointers"] == []


BUFFERS = Objects().add("uint8", 1, 0, 8192, 200)


@pytest.mark.parametrize(
    ("flow", "line", "weight"),
    [
        (("{heap}", "call parameter"), "", Weight.HIGH),
        (("~r0", "return"), "", Weight.LOW),
        (("{heap}", "interface-converted"), "", Weight.LOW),
        (("{heap}", "non-constant size"), "", Weight.LOW),
        (("{heap}", "non-constant size"), "func F(w io.Writer) (int, error) {", Weight.HIGH),
        (("{heap}", "non-constant size"), "func F(n int) ([]byte, error) {", Weight.LOW),
    ],
)
def test_buffers_can_be_pooled_unless_they_may_be_returned(
    flow: tuple[str, str], line: str, weight: Weight
) -> None:
    remedies = tried(evidence(
        Sample(8192, 1000, stack=stack(7)), REST, objects=BUFFERS,
        said=escapes((7, "make([]byte, 0, 8192)"), flows={0: flow}),
        source=lambda _file, number: line if number == 6 else "",
    ))  # fmt: skip
    one = found(remedies, "pool-objects")
    assert one.weight is weight
    assert 0.7 < one.saved_low_ratio < one.saved_high_ratio <= 1.0


def test_what_append_makes_belongs_to_whoever_holds_the_slice() -> None:
    lines = {6: "func F() {", 7: "x.all = append(x.all, y)"}
    remedies = tried(evidence(
        Sample(8192, 1000, stack=stack(7)), REST, objects=BUFFERS,
        source=lambda _file, number: lines.get(number, ""),
    ))  # fmt: skip
    assert found(remedies, "pool-objects").weight is Weight.LOW


def test_what_lives_on_is_no_candidate_for_a_pool() -> None:
    kept = Objects().add("uint8", 1, 0, 8192, 200, died=7)
    remedies = tried(evidence(Sample(8192, 1000, stack=stack(7)), objects=kept,
                              said=escapes((7, "make([]byte, 8192)"))))  # fmt: skip
    assert "pool-objects" not in [one.slug for one in remedies]


def test_strings_made_of_bytes_may_be_the_same_or_not() -> None:
    objects = Objects().add("", 0, 0, 64, 100, noscan=True)
    remedies = tried(evidence(Sample(64, 1000, stack=stack(7)), REST, objects=objects,
                              said=escapes((7, "string(agent)"))))  # fmt: skip
    one = found(remedies, "intern-strings")
    assert (one.saved_low_ratio, one.certainty) == (0.0, "upper")
    assert one.saved_high_ratio == pytest.approx(64000 / 64480)


def test_batches_are_for_objects_that_live_together_and_weigh_little_without_cpu_time() -> None:
    objects = Objects().add("p.Entry", 16, 0, 16, 500, died=3)
    remedies = tried(evidence(Sample(16, 1000, stack=stack(7)), objects=objects,
                              said=escapes((7, "&Entry{...}"))))  # fmt: skip
    one = found(remedies, "batch-objects")
    assert one.weight is Weight.LOW
    assert "1.00 KiB" in one.advice
    short = Objects().add("p.Entry", 16, 0, 16, 500, died=1)
    remedies = tried(evidence(Sample(16, 1000, stack=stack(7)), objects=short,
                              said=escapes((7, "&Entry{...}"))))  # fmt: skip
    assert "batch-objects" not in [one.slug for one in remedies]


def test_lines_of_tests_never_weigh_more_than_low() -> None:
    objects = Objects().add("runtime.uint64InterfacePtr", 8, 0, 8, 50)
    name = "F_test"
    remedies = tried(evidence(
        Sample(8, 1000, stack=stack(7, name)), REST,
        said=escapes((7, "i * 1000"), function=name), objects=objects,
    ))  # fmt: skip
    assert [one.weight for one in remedies] == [Weight.LOW]


def test_errors_of_sampling_widen_the_band() -> None:
    objects = Objects().add("runtime.uint64InterfacePtr", 8, 0, 8, 50)
    heap, said = Sample(8, 100_000, stack=stack(7)), escapes((7, "i * 1000"))
    exact = found(tried(evidence(heap, said=said, objects=objects)), "box-no-values")
    rough = found(tried(evidence(heap, said=said, objects=objects, rate=4096)), "box-no-values")
    assert rough.saved_low < exact.saved_low
    assert rough.saved_high > exact.saved_high


def test_without_a_trace_types_come_from_expressions_whose_size_fits() -> None:
    kinds = layouts(("p.Frame", 520, 8, 1, [("next", "*p.Frame", 0, 8, 1)]))
    remedies = tried(evidence(Sample(576, 1000, 800, stack=stack(7)), kinds=kinds,
                              said=escapes((7, "&Frame{...}"))))  # fmt: skip
    assert remedies[0].slug == "header-crossed"
    (other,) = {one.slug for one in tried(evidence(
        Sample(640, 1000, 800, stack=stack(7)), kinds=kinds, said=escapes((7, "&Frame{...}")),
    ))} or {""}  # fmt: skip
    assert other != "header-crossed"


def test_a_program_with_nothing_wrong_hears_nothing_above_low() -> None:
    objects = Objects().add("p.Total", 32, 8, 4096, 50, died=1).add("p.Sum", 64, 8, 64, 50, died=2)
    remedies = tried(evidence(
        Sample(4096, 1000, stack=stack(7)), Sample(64, 1000, stack=stack(8)), objects=objects,
        said=escapes((7, "make([]Total, 0, n)"), (8, "&Sum{...}"), flows={0: ("~r0", "return")}),
    ))  # fmt: skip
    assert {one.weight for one in remedies} <= {Weight.LOW}


def test_a_builder_that_grows_over_many_lines_is_told_once_at_the_first() -> None:
    write = ("strings.(*Builder).WriteString:9",)
    remedies = tried(evidence(
        *(Sample(size, count, stack=stack(line, inner=write)) for size, count, line in (
            (16, 100, 12), (32, 100, 14), (64, 90, 16), (128, 80, 14),
        )),
    ))  # fmt: skip
    assert [(one.slug, one.line) for one in remedies] == [("presize-slice", 12)]


def test_times_in_the_values_of_maps_are_seen_through_their_tables() -> None:
    entry = [("seen", "time.Time", 0, 24, 1), ("hits", "int64", 24, 8, 0)]
    time_fields = [("wall", "uint64", 0, 8, 0), ("ext", "int64", 8, 8, 0),
                   ("loc", "*time.Location", 16, 8, 1)]  # fmt: skip
    kinds = layouts(("p.entry", 32, 24, 1, entry), ("time.Time", 24, 24, 1, time_fields))
    for key, told in (("uint64", "nothing is left"), ("string", "8 other pointers stay")):
        name = f"map.group[{key}]p.entry"
        objects = Objects().add(name, 328, 328, 73728, 64, died=-1).add("", 0, 0, 16, 1, died=9)
        remedies = tried(evidence(Sample(73728, 64, 64, stack=stack(7)), objects=objects,
                                  said=escapes((7, f"make(map[{key}]entry, n)")), kinds=kinds)
                         )  # fmt: skip
        one = found(remedies, "time-in-structs")
        assert one.weight is Weight.HIGH
        assert told in one.what


def test_a_buffer_of_a_call_can_be_pooled_unless_its_memory_is_returned() -> None:
    objects = Objects().add("", 0, 0, 6144, 200, noscan=True)
    inner = ("bytes.growSlice:3", "bytes.(*Buffer).Write:9")
    for line, weight in (("func F(w io.Writer) error {", Weight.HIGH),
                         ("func F() []byte {", Weight.LOW)):  # fmt: skip
        remedies = tried(evidence(
            Sample(6144, 1000, stack=stack(7, inner=inner)), objects=objects,
            source=lambda _file, number, line=line: line if number == 6 else "",
        ))  # fmt: skip
        assert found(remedies, "pool-objects").weight is weight


def test_who_pools_a_buffer_keeps_the_buffer_itself_too() -> None:
    objects = Objects().add("", 0, 0, 6144, 200, noscan=True).add("bytes.Buffer", 40, 8, 48, 200)
    inner = ("bytes.growSlice:3", "bytes.(*Buffer).Write:9")
    one = found(tried(evidence(
        Sample(6144, 1000, stack=stack(8, inner=inner)), Sample(48, 1000, stack=stack(7)),
        Sample(48, 1000, stack=stack(9, "G")), objects=objects,
        said=escapes((7, "buffer", "moved_to_heap")),
    )), "pool-objects")  # fmt: skip
    assert one.saved_high == pytest.approx(1.02 * 1000 * (6144 + 48), rel=1e-3)


def test_a_slice_that_a_map_holds_grows_like_any_other() -> None:
    objects = Objects()
    for slot in (8, 16, 32, 64):
        objects.add("", 0, 0, slot, 100, noscan=True)
    samples = [Sample(slot, 100, stack=stack(7)) for slot in (8, 16, 32, 64)]
    line = "g.next[edge.From] = append(g.next[edge.From], edge.To)"
    remedies = tried(evidence(*samples, objects=objects, source=lambda _file, _line: line))
    assert found(remedies, "presize-slice").weight is Weight.HIGH


def test_strings_that_are_added_up_are_no_boxes() -> None:
    remedies = tried(evidence(Sample(16, 1000, stack=stack(7)), REST,
                              said=escapes((7, 'host + ":" + port'))))  # fmt: skip
    assert [one.slug for one in remedies if one.slug == "box-no-values"] == []
