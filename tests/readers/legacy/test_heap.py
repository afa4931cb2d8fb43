"""Heap profiles as text: scaling, slot sizes, memory statistics, doubts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.errors import MalformedError
from gotrace.readers.legacy import read_text
from gotrace.readers.legacy.heap import scale
from gotrace.readers.recognise import Format
from tests.corpus.make_text import FRAMES, HEADER, SAMPLE, STATS


def read(data: bytes):
    return read_text(data, Format.HEAP_TEXT)


def slugs(data: bytes) -> list[str]:
    return [note.slug for note in read(data).notes]


def test_the_header_is_what_go_and_pprof_mean_by_it() -> None:
    """Go writes twice its MemProfileRate."""
    draft = read(HEADER + SAMPLE)
    assert (draft.kind, draft.origin.format) == ("heap", "heap text (debug=1)")
    assert (draft.origin.period_type, draft.origin.period_unit) == ("space", "bytes")
    assert draft.origin.period == 512 * 1024
    assert [kind for kind, _ in draft.sample_types] == [
        "alloc_objects",
        "alloc_space",
        "inuse_objects",
        "inuse_space",
    ]


def test_the_bytes_label_is_the_size_of_one_object() -> None:
    draft = read(HEADER + SAMPLE)
    assert draft.label_strings[draft.label_key[0]] == "bytes"
    assert draft.label_number.tolist() == [48]
    assert draft.label_text.tolist() == [-1]
    assert draft.label_strings[draft.label_unit[0]] == ""


def test_names_come_from_the_lines_below_a_sample() -> None:
    draft = read(HEADER + SAMPLE + FRAMES)
    assert draft.function_name.tolist() == ["main.leaf", "main.main"]
    assert draft.function_filename.tolist() == ["/src/main.go", "/src/main.go"]
    assert draft.line_number.tolist() == [7, 9]
    assert draft.location_address.tolist() == [0x401000, 0x402000]


def test_memory_statistics_get_the_names_of_go() -> None:
    ring = b" ".join([b"5", b"7"] + [b"0"] * 254)
    more = b"# PauseNs = [%s]\n# PauseEnd = [%s]\n# NumGC = 2\n# DebugGC = true\n" % (ring, ring)
    assert read(HEADER + SAMPLE + FRAMES + STATS + more).mem_stats == {
        "Alloc": 96,
        "StackInuse": 32,
        "StackSys": 64,
        "GCCPUFraction": 0.5,
        "PauseNsSum": 12,
        "PauseNsMax": 7,
        "NumGC": 2,
        "PauseNsLast": 7,
        "PauseEndLast": 7,
        "DebugGC": 1,
    }


def test_the_rings_of_pauses_are_the_last_256_cycles() -> None:
    """Cycle n stands at (n + 255) % 256 of both rings (`runtime/mstats.go`)."""
    pauses = b" ".join(b"%d" % (1000 + i) for i in range(256))
    ends = b" ".join(b"%d" % (1_795_000_000_000_000_000 + i) for i in range(256))
    more = b"# PauseNs = [%s]\n# PauseEnd = [%s]\n# NumGC = 258\n" % (pauses, ends)
    history = read(HEADER + SAMPLE + FRAMES + STATS + more).history
    cycles, stops = history["gc_cycles"], history["gc_pauses"]
    assert cycles.array("gc_cycle").tolist() == list(range(3, 259))
    assert cycles.array("end_time_ns")[[0, -1]].tolist() == [
        1_795_000_000_000_000_002,
        1_795_000_000_000_000_001,
    ]
    assert stops.array("duration_ns")[[0, -1]].tolist() == [1002, 1001]
    assert np.isnan(cycles.array("gc_cpu_ratio")[:-1]).all()
    assert cycles.array("gc_cpu_ratio")[-1] == 0.5


@pytest.mark.parametrize(
    "more",
    [
        b"# PauseNs = [1 2]\n# PauseEnd = [1 2]\n# NumGC = 2\n",
        b"# NumGC = 2\n",
        b"# NumGC = -5\n",
        b"# NumGC = 1e300\n",
        b"# PauseNs = [%s]\n# PauseEnd = [%s]\n# NumGC = 0\n" % ((b"0 " * 256,) * 2),
    ],
)
def test_without_whole_rings_or_cycles_there_is_no_history(more: bytes) -> None:
    assert read(HEADER + SAMPLE + FRAMES + STATS + more).history == {}


def test_comments_before_the_heading_are_no_statistics() -> None:
    assert read(HEADER + SAMPLE + b"# Alloc = 5\n").mem_stats == {}


def test_a_whole_text_raises_no_doubt() -> None:
    assert slugs(HEADER + SAMPLE + FRAMES + STATS) == []


def test_missing_samples_are_noticed_by_the_header() -> None:
    assert slugs(HEADER + STATS) == ["totals-differ"]


def test_go_adds_one_byte_to_the_header_when_nothing_was_freed() -> None:
    """Against a bug of old pprofs; it is no missing sample."""
    header = b"heap profile: 2: 96 [2: 97] @ heap/1048576\n"
    assert slugs(header + b"2: 96 [2: 96] @ 0x401001\n") == []


def test_a_text_that_ends_inside_a_line_is_noticed() -> None:
    assert slugs((HEADER + SAMPLE + FRAMES)[:-5]) == ["text-may-be-cut"]


@pytest.mark.parametrize(
    ("count", "size", "period", "expected"),
    [
        (0, 0, 512 * 1024, (0, 0)),
        (5, 0, 512 * 1024, (0, 0)),
        (1, 1, 0, (1, 1)),
        (7, 700, 1, (7, 700)),
        (1, 16, 512 * 1024, (32768, 524296)),
        (1, 1 << 40, 512 * 1024, (1, 1 << 40)),
    ],
)
def test_scaling_is_that_of_pprof(count, size, period, expected) -> None:
    scaled_count, scaled_bytes, exceeds = scale(np.array([count]), np.array([size]), period)
    assert (scaled_count.tolist(), scaled_bytes.tolist()) == ([expected[0]], [expected[1]])
    assert not exceeds.any()


@given(
    st.integers(1, 1000), st.integers(1, 1 << 30), st.sampled_from([2, 4096, 512 * 1024, 1 << 30])
)
def test_scaling_never_shrinks_and_keeps_the_size_of_an_object(count, slot_size, period) -> None:
    counts, sizes = np.array([count]), np.array([count * slot_size])
    (scaled_count,), (scaled_bytes,), _ = (
        column.tolist() for column in scale(counts, sizes, period)
    )
    assert scaled_count >= count
    assert scaled_count * slot_size <= scaled_bytes < (scaled_count + 1) * slot_size


def test_an_error_names_the_line() -> None:
    with pytest.raises(MalformedError, match=r"^line 4: `nonsense` is no sample"):
        read(HEADER + SAMPLE + b"\nnonsense\nmore\n")
