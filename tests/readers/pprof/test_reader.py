"""Reading pprof's protobuf: the same as protobuf reads, by pprof's rules."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from gotrace.errors import InputError, LimitError, MalformedError
from gotrace.readers.limits import DEFAULT
from gotrace.readers.pprof.profile_pb2 import Profile
from gotrace.readers.pprof.reader import kind_of, read_profile
from gotrace.readers.validity import check_valid
from tests.corpus.make_pprof import GOOD, STRINGS, field, message, packed, profile, sample
from tests.readers.pprof.profiles import encodings, mutations, spell_draft, spell_profile

TRACES = Path(__file__).parents[3] / "sample_traces"
RECORDINGS = sorted(TRACES.glob("*/*/*.pb.gz"))
KINDS = {
    "heap": "heap",
    "allocs": "heap",
    "cpu": "cpu",
    "goroutine": "goroutine",
    "block": "contention",
    "mutex": "contention",
    "threadcreate": "threadcreate",
}


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: str(path.relative_to(TRACES)))
def test_recordings_read_as_protobuf_reads_them(path) -> None:
    data = gzip.decompress(path.read_bytes())
    draft = read_profile(data, DEFAULT)
    check_valid(draft)
    assert spell_draft(draft) == spell_profile(Profile.FromString(data))
    assert draft.kind == KINDS.get(path.name.partition(".")[0], "profile")
    assert draft.notes == []


@settings(max_examples=200, deadline=None)
@given(data=encodings())
def test_valid_profiles_read_as_protobuf_reads_them(data) -> None:
    draft = read_profile(data, DEFAULT)
    check_valid(draft)
    assert spell_draft(draft) == spell_profile(Profile.FromString(data))


@settings(max_examples=300, deadline=None)
@given(data=mutations())
def test_damaged_profiles_are_read_or_refused_by_name(data) -> None:
    try:
        draft = read_profile(data, DEFAULT)
        check_valid(draft)
    except InputError as error:
        assert error.reason
    else:
        assert draft.values.shape == (len(draft.sample_types), len(draft.sample_locations))


@pytest.mark.parametrize("wrapped", [bytes, bytearray, memoryview])
def test_any_bytes_like_object_will_do(wrapped) -> None:
    assert spell_draft(read_profile(wrapped(profile()), DEFAULT)) == spell_draft(
        read_profile(profile(), DEFAULT)
    )


def test_a_slice_of_a_larger_buffer_will_do() -> None:
    around = b"\xff" * 7 + profile() + b"\xff" * 7
    draft = read_profile(memoryview(around)[7:-7], DEFAULT)
    assert draft.function_name.tolist() == ["main.main"]


def test_the_plain_flavour_gives_the_same_draft(monkeypatch) -> None:
    compiled = spell_draft(read_profile(profile(), DEFAULT))
    monkeypatch.setenv("GOTRACE_KERNELS", "plain")
    assert spell_draft(read_profile(profile(), DEFAULT)) == compiled


class TestLabels:
    def labels(self, *labels: bytes) -> list[tuple[object, ...]]:
        return spell_draft(read_profile(profile(samples=sample(*labels)), DEFAULT))["labels"]

    def test_a_label_with_a_text_has_no_number(self) -> None:
        label = message(3, field(1, 5), field(2, 6), field(3, 48), field(4, 2))
        assert self.labels(label) == [(0, "key", "text", 0, "")]

    def test_a_label_without_a_text_is_a_number(self) -> None:
        label = message(3, field(1, 5), field(3, -48), field(4, 2))
        assert self.labels(label) == [(0, "key", None, -48, "nanoseconds")]

    def test_a_zero_with_a_unit_counts_and_one_without_does_not(self) -> None:
        with_unit = message(3, field(1, 5), field(3, 0), field(4, 2))
        without = message(3, field(1, 5), field(3, 0))
        assert self.labels(without, with_unit) == [(0, "key", None, 0, "nanoseconds")]


class TestStrings:
    def test_damaged_utf_8_is_kept_readable_and_noted(self) -> None:
        data = profile(
            strings=STRINGS + message(6, b"main.\xff") + message(6, b"never used \xff"),
            functions=message(5, field(1, 1), field(2, 7), field(3, 7)),
        )
        draft = read_profile(data, DEFAULT)
        assert draft.function_name.tolist() == ["main.\ufffd"]
        assert [(note.slug, note.count) for note in draft.notes] == [("invalid-utf-8", 1)]

    def test_equal_names_are_one_string(self) -> None:
        draft = read_profile(profile(), DEFAULT)
        assert draft.function_name[0] is draft.function_system_name[0]


class TestReferences:
    def test_ids_may_be_any_number(self) -> None:
        """Dense ids index a table, others are searched."""
        ids = [1, 2, 40, 1 << 40, (1 << 64) - 1, 17]
        locations = b"".join(message(4, field(1, id_), field(3, id_)) for id_ in ids)
        data = profile(locations=locations, samples=sample(locations=packed(1, *reversed(ids))))
        draft = read_profile(data, DEFAULT)
        check_valid(draft)
        assert draft.location_address[draft.sample_locations[0]].tolist() == ids[::-1]

    def test_an_undefined_mapping_is_none_and_noted(self) -> None:
        """As in pprof; Go's runtime wrote such profiles where it could not read /proc/self/maps."""
        data = profile(more=message(4, field(1, 3), field(2, 99)))
        draft = read_profile(data, DEFAULT)
        check_valid(draft)
        assert draft.location_mapping.tolist() == [0, 0, -1]
        assert [(note.slug, note.count) for note in draft.notes] == [("undefined-mapping", 1)]

    def test_of_two_period_types_the_last_one_counts_whole(self) -> None:
        """protobuf would merge them to (cpu, nanoseconds)."""
        origin = read_profile(profile(more=message(11, field(1, 1))), DEFAULT).origin
        assert (origin.period_type, origin.period_unit) == ("cpu", "")


class TestLimits:
    @pytest.mark.parametrize(
        ("limit", "data"),
        [
            ("samples", profile()),
            ("stack_entries", profile()),
            ("locations", profile()),
            ("header_messages", profile()),
            ("sample_types", profile(types=GOOD["types"] * 2, samples=b"")),
        ],
    )
    def test_every_limit_is_named_when_it_is_exceeded(self, limit, data) -> None:
        with pytest.raises(LimitError) as raised:
            read_profile(data, replace(DEFAULT, **{limit: 1}))
        assert f"`{limit}`" in str(raised.value)

    def test_tables_count_like_the_bytes_they_are_made_of(self) -> None:
        """Two bytes in the file may become a hundred in memory."""
        data = profile(more=message(4) * 1000)
        with pytest.raises(LimitError, match=r"its tables need .* bytes.*--max-size"):
            read_profile(data, replace(DEFAULT, decompressed_bytes=10_000))

    def test_uneven_values_allocate_nothing(self) -> None:
        """63 more sample types than values, and many samples."""
        data = profile(types=GOOD["types"] * 64, samples=sample() * 1000)
        draft = read_profile(data, DEFAULT)
        assert draft.uneven_sample == (0, 1)
        assert draft.values.size == 0
        with pytest.raises(MalformedError, match="sample 1 has 1 values for 64 sample types"):
            check_valid(draft)


@pytest.mark.parametrize(
    ("sample_types", "kind"),
    [
        ([("alloc_objects", "count"), ("inuse_space", "bytes")], "heap"),
        ([("inuse_space", "bytes")], "heap"),
        ([("samples", "count"), ("cpu", "nanoseconds")], "cpu"),
        ([("contentions", "count"), ("delay", "nanoseconds")], "contention"),
        ([("goroutine", "count")], "goroutine"),
        ([("threadcreate", "count")], "threadcreate"),
        ([("wall", "nanoseconds")], "profile"),
        ([], "profile"),
    ],
)
def test_the_kind_is_told_by_the_sample_types(sample_types, kind) -> None:
    assert kind_of(sample_types) == kind
