"""Size class tables and span layout, held against Go's own sources."""

from __future__ import annotations

import re

import pytest

from gotrace.errors import UsageError
from gotrace.model.size_classes import MAX_SMALL_BYTES, TABLES, fitting_versions, size_class_table
from gotrace.model.spans import (
    header_bytes,
    max_small_request_bytes,
    objects_per_span,
    reserve_bytes,
    unused_per_span_bytes,
)
from gotrace.model.versions import KNOWN, NEWEST, GoVersion, between, known_or_none, resolve
from tests.goroots import GOROOTS, GoRoot

GO = {minor: GoVersion(minor) for minor in range(28)}
each_goroot = pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))


def test_there_is_a_go_toolchain_to_check_against() -> None:
    """Without one the tests below would check nothing; the `dev` extra brings one."""
    assert GOROOTS


@each_goroot
def test_the_table_is_the_runtimes_own_in_every_column(root: GoRoot) -> None:
    table = size_class_table(root.version)
    page = table.page_bytes
    ours = [
        (c.number, c.size_bytes, c.span_pages * page, c.objects_count, c.tail_waste_bytes)
        for c in table.classes
    ]
    assert ours == root.size_classes()


@each_goroot
def test_the_span_reserve_follows_the_runtimes_source(root: GoRoot) -> None:
    """Each rule is known by the words it has in `initSpan` and by Green Tea's default."""
    init_span = root.source("runtime/mheap.go").split(") initSpan(")[1].split("\n}\n")[0]
    has_heap_bits = "heapBitsInSpan(s.elemsize)" in init_span
    assert has_heap_bits == (reserve_bytes(root.version, 48, True) > 0)
    experiments = root.source("internal/buildcfg/exp.go")
    is_green_tea = re.search(r"^\s+GreenTeaGC:\s+true,", experiments, re.M) is not None
    assert is_green_tea == (reserve_bytes(root.version, 48, False) > 0)
    if is_green_tea:
        green_tea = root.source("runtime/mgcmark_greenteagc.go")
        arrays = re.findall(r"^\t(?:scans|marks) +\[(\d+)\]uint8", green_tea, re.M)
        assert sum(map(int, arrays)) + 2 == reserve_bytes(root.version, 48, False)
        assert "return heapBitsInSpan(size) && size >= 16" in green_tea


# Objects in a span, observed as distinct slots of full spans in execution traces with
# traceallocfree: (size, up to 1.21, 1.22 to 1.25 pointerful, 1.26 pointer-free, 1.26 pointerful).
OBSERVED = [
    (8, 1024, 1008, 1024, 1008),
    (16, 512, 504, 504, 496),
    (24, 341, 336, 336, 330),
    (32, 256, 252, 252, 248),
    (48, 170, 168, 168, 165),
    (64, 128, 126, 126, 124),
    (96, 85, 84, 84, 82),
    (112, 73, 72, 72, 70),
    (144, 56, 56, 56, 55),
    (192, 42, 42, 42, 41),
    (208, 39, 38, 38, 38),
    (320, 25, 25, 25, 24),
    (384, 21, 21, 21, 20),
    (416, 19, 19, 19, 19),
    (448, 18, 18, 18, 17),
    (480, 17, 16, 16, 16),
    (512, 16, 15, 15, 15),
    (576, 14, 14, 14, 14),
]


@pytest.mark.parametrize(("size", "plain", "bits", "marks", "both"), OBSERVED)
def test_objects_per_span_are_what_full_spans_hold(
    size: int, plain: int, bits: int, marks: int, both: int
) -> None:
    assert objects_per_span(GO[21], size, False) == objects_per_span(GO[21], size, True) == plain
    for version in (GO[22], GO[25]):
        assert objects_per_span(version, size, False) == plain
        assert objects_per_span(version, size, True) == bits
    for version in (GO[26], GO[27]):
        assert objects_per_span(version, size, False) == marks
        assert objects_per_span(version, size, True) == both


def test_objects_reserve_and_tail_fill_the_span_exactly() -> None:
    for version in KNOWN:
        table = size_class_table(version)
        for c in table.classes:
            for pointerful in (False, True):
                objects = objects_per_span(version, c.size_bytes, pointerful)
                unused = unused_per_span_bytes(version, c.size_bytes, pointerful)
                assert objects * c.size_bytes + unused == c.span_pages * table.page_bytes
                assert unused >= reserve_bytes(version, c.size_bytes, pointerful)


def test_a_large_object_has_a_span_to_itself_without_waste() -> None:
    assert objects_per_span(GO[27], 40960, True) == 1
    assert unused_per_span_bytes(GO[27], 40960, True) == 0


def test_a_size_that_is_no_slot_is_refused() -> None:
    with pytest.raises(ValueError, match=r"100 bytes is no slot size of go1\.27"):
        objects_per_span(GO[27], 100, True)


@pytest.mark.parametrize(
    ("name", "class_count", "waste_bytes", "page_bytes", "most_pages"),
    [
        ("A", 60, 27056, 4096, 13),
        ("B", 66, 55552, 8192, 10),
        ("C", 66, 10496, 8192, 10),
        ("D", 67, 10504, 8192, 10),
    ],
)
def test_the_old_tables_have_their_published_shape(
    name: str, class_count: int, waste_bytes: int, page_bytes: int, most_pages: int
) -> None:
    table = next(table for table in TABLES if table.name == name)
    assert len(table.classes) == class_count
    assert sum(c.tail_waste_bytes for c in table.classes) == waste_bytes
    assert table.page_bytes == page_bytes
    assert max(c.span_pages for c in table.classes) == most_pages


def test_the_tables_differ_where_the_runtimes_history_says() -> None:
    a, b, c, d = (set(table.sizes_bytes) for table in TABLES)
    assert a - b == {832, 4352, 5120, 10240, 28672}
    assert b - a == {416, 480, 896, 2816, 5376, 6400, 8448, 9472, 13568, 16640, 28416}
    assert c - b == {
        *(1792, 2688, 3200, 3456, 4864, 6528, 6784, 9728, 10240, 10880, 14336, 18432, 19072),
        *(21760, 27264, 28672),
    }
    assert (d - c, c - d) == ({24}, set())


# `class_to_size` as `runtime/sizeclasses.go` of go1.8 to go1.15 has it, class 0 left out. Before,
# the runtime built its tables when it started (`InitSizes`): only their lengths are published.
PUBLISHED_C = (
    *(8, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352),
    *(384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048),
    *(2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728),
    *(10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672),
    32768,
)


def test_the_table_of_go1_8_to_1_15_is_the_published_one() -> None:
    table = size_class_table(GO[8])
    assert table.sizes_bytes == PUBLISHED_C
    assert table is size_class_table(GO[15])


def test_the_class_of_24_bytes_changed_nothing_else_in_the_table() -> None:
    """Table D is Go's own in every column (above), so table C is in all but the numbers."""
    old, new = size_class_table(GO[15]), size_class_table(GO[16])
    rest = [
        (c.size_bytes, c.span_pages, c.objects_count) for c in new.classes if c.size_bytes != 24
    ]
    assert rest == [(c.size_bytes, c.span_pages, c.objects_count) for c in old.classes]


def test_every_known_version_has_exactly_one_table() -> None:
    for version in KNOWN:
        assert sum(table.first <= version <= table.last for table in TABLES) == 1


def test_a_class_is_found_by_its_slot_and_by_what_it_must_hold() -> None:
    table = size_class_table(GO[27])
    for number, size in ((1, 8), (5, 48), (46, 5376)):
        assert table.class_of(size) == table.classes[number - 1]
        assert table.classes[number - 1].number == number
    assert table.class_of(47) is None
    assert table.class_for(47) == table.class_of(48)
    assert table.class_for(MAX_SMALL_BYTES) == table.classes[-1]
    assert table.class_for(MAX_SMALL_BYTES + 1) is None


def test_slots_above_32_kib_are_whole_pages() -> None:
    table = size_class_table(GO[27])
    assert table.is_slot(13 * 8192)
    assert not table.is_slot(13 * 8192 + 8)
    assert not table.is_slot(0)


def test_headers_make_a_pointerful_kilobyte_move_up_a_class_since_go1_22() -> None:
    for version, expected in ((GO[21], 1024), (GO[22], 1152)):
        request = 1024 + header_bytes(version, 1024, pointerful=True)
        found = size_class_table(version).class_for(request)
        assert found is not None
        assert found.size_bytes == expected
    assert header_bytes(GO[22], 512, pointerful=True) == 0
    assert header_bytes(GO[22], 1024, pointerful=False) == 0
    assert header_bytes(GO[22], 32761, pointerful=True) == 0
    assert (max_small_request_bytes(GO[21]), max_small_request_bytes(GO[22])) == (32768, 32760)


def test_a_slot_size_narrows_down_the_go_version() -> None:
    assert fitting_versions([48, 64]) == KNOWN
    assert fitting_versions([24, 48]) == between(GO[16], NEWEST)
    assert fitting_versions([1792, 48]) == between(GO[8], NEWEST)
    assert fitting_versions([832]) == between(GO[0], GO[2])
    assert fitting_versions([100]) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.21", "go1.21"),
        ("go1.21.13", "go1.21"),
        ("go1.22rc1", "go1.22"),
        (" go1.27.3 X:nogreenteagc", "go1.27"),
        ("go1.24-abc", "go1.24"),
    ],
)
def test_versions_are_understood_as_people_write_them(text: str, expected: str) -> None:
    assert str(resolve(text)) == expected


@pytest.mark.parametrize("text", ["", "go2.1", "1", "go1.", "1.1234", "devel", "go1.28"])
def test_other_texts_are_no_known_version(text: str) -> None:
    with pytest.raises(UsageError):
        resolve(text)
    assert known_or_none(text) is None
