"""What a request becomes, held against what the runtime of every toolchain does with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.errors import UsageError
from gotrace.model.sizes import MAX_REQUEST_BYTES, Kind, Request, SizeRules, size_rules
from gotrace.model.tcmalloc_classes import TCMALLOC_TABLES
from gotrace.model.versions import KNOWN
from tests.goroots import GOROOTS, GoRoot
from tests.model.go_sizes import PER_CONSTANT, Line, observed

RUNTIMES = [*map(str, KNOWN), *TCMALLOC_TABLES]
each_goroot = pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
each_runtime = pytest.mark.parametrize("name", RUNTIMES)


def lines(root: GoRoot, what: str) -> list[Line]:
    return [line for line in observed(root) if line.what == what]


def slots(request: Request, count: int) -> int:
    """How many slots so many requests take, one after another."""
    return 0 if request.kind is Kind.ZERO else -(-count // request.per_slot_count)


@each_goroot
def test_go_gives_every_size_the_slot_and_class_of_the_rules(root: GoRoot) -> None:
    rules, wrong = size_rules(root.version), []
    seen = lines(root, "alloc")
    for _, size, has_pointers, (count, took, objects, bucket) in seen:
        ours = rules.request(size, has_pointers)
        number = slots(ours, count)
        # The histogram's buckets are the classes, and behind them one for large objects.
        expected = -1 if not number else (ours.size_class or len(rules.classes) + 1) - 1
        if (took, objects, bucket) != (number * ours.slot_bytes, number, expected):
            wrong.append((size, has_pointers, took, objects, bucket, ours))
    assert wrong == []
    assert len(seen) > 3200


@each_goroot
def test_append_grows_to_what_the_rules_round_up_to(root: GoRoot) -> None:
    rules, seen = size_rules(root.version), lines(root, "round")
    wrong = [
        (size, has_pointers, room, rules.round_up(size, has_pointers))
        for _, size, has_pointers, (room,) in seen
        if rules.round_up(size, has_pointers) != room
    ]
    assert wrong == []
    assert len(seen) > 3200


@each_goroot
def test_sizes_that_the_compiler_knows_take_the_same(root: GoRoot) -> None:
    rules, seen = size_rules(root.version), lines(root, "const")
    wrong = [
        (size, has_pointers, took)
        for _, size, has_pointers, (took,) in seen
        if slots(ours := rules.request(size, has_pointers), PER_CONSTANT) * ours.slot_bytes != took
    ]
    assert wrong == []
    assert len(seen) > 250


@each_goroot
def test_the_limits_are_those_of_the_runtimes_source(root: GoRoot) -> None:
    malloc = root.source("runtime/malloc.go")
    has_headers = "maxSmallSize-mallocHeaderSize" in malloc.replace("gc.M", "m")
    assert size_rules(root.version).max_small_bytes == (32760 if has_headers else 32768)


def test_the_way_of_a_request_changed_with_the_versions() -> None:
    def kind(name: str, size: int, has_pointers: bool = False) -> tuple[str, int]:
        request = size_rules(name).request(size, has_pointers)
        return str(request.kind), request.slot_bytes

    assert (kind("go1.0", 0), kind("go1.1", 0)) == (("small", 8), ("zero", 0))
    assert (kind("go1.2", 5), kind("go1.3", 5)) == (("small", 8), ("tiny", 16))
    assert (kind("go1.27", 15), kind("go1.27", 16)) == (("tiny", 16), ("small", 16))
    assert kind("go1.27", 15, has_pointers=True) == ("small", 16)
    assert (kind("go1.15", 20), kind("go1.16", 20)) == (("small", 32), ("small", 24))
    assert (kind("go1.21", 1024, True), kind("go1.22", 1024, True)) == (
        ("small", 1024),
        ("small", 1152),
    )
    assert (kind("go1.21", 32768), kind("go1.22", 32768)) == (("small", 32768), ("large", 32768))
    assert (kind("go1.2", 32769), kind("go1.3", 32769)) == (("large", 36864), ("large", 40960))
    assert (kind("tcmalloc-classic", 40000), kind("tcmalloc-2x", 40000)) == (
        ("large", 40960),
        ("small", 40960),
    )


def test_span_classes_tell_pointers_apart_since_go1_9() -> None:
    for name, scan, noscan in (("go1.8", 5, 5), ("go1.9", 10, 11), ("go1.27", 10, 11)):
        extra = 0 if name == "go1.27" else -1  # class 24 came with go1.16
        request = [size_rules(name).request(33, pointers) for pointers in (True, False)]
        shift = extra * (1 if name == "go1.8" else 2)
        assert [r.span_class for r in request] == [scan + shift, noscan + shift]
    large = [
        size_rules("go1.27").request(1 << 20, pointers).span_class for pointers in (True, False)
    ]
    assert large == [0, 1]


@each_runtime
@given(size=st.integers(0, 1 << 20) | st.integers(0, MAX_REQUEST_BYTES), pointers=st.booleans())
def test_a_slot_is_header_request_and_waste_and_grows_with_the_size(
    name: str, size: int, pointers: bool
) -> None:
    rules = size_rules(name)
    request = rules.request(size, pointers)
    assert request.slot_bytes == request.header_bytes + size + request.waste_bytes
    assert request.waste_bytes >= 0
    span = request.npages * rules.page_bytes
    assert request.objects_per_span * request.slot_bytes <= span
    if request.kind is not Kind.ZERO:
        assert request.objects_per_span >= 1
    if size < MAX_REQUEST_BYTES:
        assert rules.request(size + 1, pointers).slot_bytes >= request.slot_bytes
    assert size <= rules.round_up(size, pointers)


@pytest.mark.parametrize("size", [-1, MAX_REQUEST_BYTES + 1])
def test_what_no_allocator_serves_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="no allocator serves"):
        size_rules("go1.27").request(size)


def test_runtimes_are_found_as_people_write_them() -> None:
    assert size_rules("1.22.3").name == "go1.22"
    assert size_rules("tcmalloc-2x").is_illustrative
    assert not size_rules("go1.27").is_illustrative
    for name in ("tcmalloc", "go1.99", ""):
        with pytest.raises(UsageError, match=r"runtimes: go1\.0 to go1\.27, tcmalloc-classic"):
            size_rules(name)


def test_tcmallocs_tables_have_their_published_shape() -> None:
    """168 is the design document's "about 170"; 88 classes of gperftools count class 0."""
    rules = {name: size_rules(name) for name in TCMALLOC_TABLES}
    assert {name: len(r.classes) for name, r in rules.items()} == {
        "tcmalloc-classic": 168,
        "tcmalloc-2x": 87,
    }
    classic: SizeRules = rules["tcmalloc-classic"]
    assert {classic.request(size).slot_bytes for size in range(961, 1025)} == {1024}
    assert [classic.request(size).slot_bytes for size in (129, 257, 2049)] == [144, 288, 2304]
    assert rules["tcmalloc-2x"].request(24).slot_bytes == 32  # 16-byte alignment


@each_runtime
def test_no_class_wastes_more_than_an_eighth_of_its_span_at_the_tail(name: str) -> None:
    rules = size_rules(name)
    for size_class in rules.classes:
        span = size_class.span_pages * rules.page_bytes
        assert size_class.tail_waste_bytes <= span // 8
        assert size_class.objects_count * size_class.size_bytes <= span
