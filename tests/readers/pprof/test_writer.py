"""Writing pprof's protobuf: what was read comes back, and the real pprof sees no difference."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from gotrace.readers.assemble import assemble
from gotrace.readers.draft import ProfileDraft
from gotrace.readers.limits import DEFAULT
from gotrace.readers.pprof.profile_pb2 import Profile
from gotrace.readers.pprof.reader import read_profile
from gotrace.readers.pprof.writer import write_profile
from tests.corpus.make_pprof import STRINGS, field, message, packed, profile
from tests.readers.pprof.profiles import encodings, spell_profile
from tests.real_pprof import pprof

TRACES = Path(__file__).parents[3] / "sample_traces"
RECORDINGS = sorted(TRACES.glob("*/*/*.pb.gz"))
SHARED = ("functions", "mappings", "locations")
"""What equal rows are folded into one of."""


def written(data: bytes) -> bytes:
    return write_profile(assemble(read_profile(data, DEFAULT)))


def spelled(data: bytes) -> dict[str, object]:
    spelling = spell_profile(Profile.FromString(data))
    return spelling | {name: set(spelling[name]) for name in SHARED}


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: str(path.relative_to(TRACES)))
def test_a_recording_comes_back_whole(path, tmp_path) -> None:
    data = gzip.decompress(path.read_bytes())
    again = tmp_path / "again.pb.gz"
    again.write_bytes(written(data))
    assert spelled(gzip.decompress(again.read_bytes())) == spelled(data)
    raw = pprof("-raw", again).stdout
    assert raw == pprof("-raw", path).stdout
    assert "Samples:" in raw


@pytest.mark.parametrize("kind", ["heap", "cpu", "mutex"])
def test_pprof_reports_the_same(kind, tmp_path) -> None:
    path = TRACES / "service" / "go1.27" / f"{kind}.pb.gz"
    again = tmp_path / "again.pb.gz"
    again.write_bytes(written(gzip.decompress(path.read_bytes())))
    report = pprof("-top", "-lines", again).stdout
    assert report == pprof("-top", "-lines", path).stdout
    assert "flat%" in report


@settings(max_examples=100, deadline=None)
@given(data=encodings(unique_strings=True))
def test_any_profile_comes_back(data) -> None:
    """But for mappings: `assemble` folds those that pprof takes for one.

    And but for a second empty string: to refer to it says less than nothing.
    """
    before, after = spelled(data), spelled(gzip.decompress(written(data)))
    for name in ("sample_types", "functions", "labels", "header"):
        assert after[name] == before[name]
    for (stack, values), (stack_before, values_before) in zip(
        after["samples"], before["samples"], strict=True
    ):
        assert values == values_before
        assert [place[2:] for place in stack] == [place[2:] for place in stack_before]
        assert [place[0] for place in stack] == [place[0] for place in stack_before]


def test_the_same_recording_gives_the_same_bytes() -> None:
    data = gzip.decompress((TRACES / "service" / "go1.27" / "heap.pb.gz").read_bytes())
    assert written(data) == written(data)


def test_every_field_of_the_header_comes_back() -> None:
    text = STRINGS + b"".join(
        message(6, text) for text in (b"drop.*", b"keep.*", b"made by a test", b"http://doc")
    )
    more = field(7, 7) + field(8, 8) + packed(13, 9, 9) + field(14, 1) + field(15, 10)
    again = Profile.FromString(
        gzip.decompress(written(profile(strings=text, more=more + field(10, 30) + field(12, 99))))
    )
    header = spell_profile(again)["header"]
    assert header == (
        *(1_700_000_000_000_000_000, 30, "cpu", "nanoseconds", 99),
        *(("made by a test",) * 2, "drop.*", "keep.*", "cpu", "http://doc"),
    )


def test_what_utf_8_cannot_say_is_written_as_a_question_mark() -> None:
    """Text forms may hold lone surrogates; protobuf refuses them."""
    draft: ProfileDraft = read_profile(profile(), DEFAULT)
    draft.function_name = np.array(["main.\udcff"], object)
    again = Profile.FromString(gzip.decompress(write_profile(assemble(draft))))
    assert "main.?" in again.string_table
