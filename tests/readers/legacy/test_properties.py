"""Nothing but an InputError escapes, whatever happens to a text on its way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.errors import InputError
from gotrace.readers.assemble import assemble
from gotrace.readers.legacy import read_text
from gotrace.readers.limits import Limits
from gotrace.readers.recognise import Format, recognise
from tests.corpus.make_text import CONTENTIONS, COUNTS, CPUS, HEAP
from tests.layers import ROOT

FORMS = [Format.HEAP_TEXT, Format.COUNT_TEXT, Format.CONTENTION_TEXT, Format.CPU_LEGACY]
SEEDS = [data for folder in (HEAP, COUNTS, CONTENTIONS, CPUS) for data in folder.values()]
LIMITS = Limits(text_samples=1000, locations=1000, stack_entries=10_000, text_line_bytes=5000)
TOKENS = [
    b"0x",
    b"@",
    b"\n",
    b"#\t0x",
    b"--- ",
    b"[",
    b": ",
    b"9" * 19,
    b"-1",
    b"=",
    b"\0",
    b"\xff",
]


def read_or_refuse(data: bytes, form: Format | None = None) -> None:
    """Reads to the end, or raises an InputError that is one line of text."""
    try:
        draft = read_text(data, form or recognise(data), LIMITS)
        recording = assemble(draft)
        assert recording.sample_count == draft.values.shape[1]
    except InputError as error:
        assert "\n" not in str(error)
        assert str(error).isprintable()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A corpus file with a stretch cut out, doubled, or replaced."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        piece = draw(st.sampled_from([b"", data[start:end] * 2, *TOKENS]) | st.binary(max_size=12))
        data = data[:start] + piece + data[end:]
    return data


@given(damaged())
@settings(max_examples=300)
def test_a_damaged_text_is_read_or_refused(data) -> None:
    read_or_refuse(data)


@given(st.sampled_from(FORMS), damaged() | st.binary(max_size=300))
@settings(max_examples=300)
def test_a_reader_survives_what_is_not_its_format(form, data) -> None:
    read_or_refuse(data, form)


@pytest.mark.parametrize("name", ["heap", "goroutine", "block", "mutex"])
def test_a_recording_cut_anywhere_is_read_or_refused(name) -> None:
    path = ROOT / f"sample_traces/service/go1.27/{name}.debug1.txt"
    data = path.read_bytes()
    for end in [*range(0, 400, 7), *range(400, len(data), len(data) // 40)]:
        read_or_refuse(data[:end])
