"""Cut, damaged and hostile traces: all that can be read, a note or error for what cannot."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gotrace.errors import (
    LimitError,
    MalformedError,
    TruncatedError,
    UnrecognisedError,
    UnsupportedVersionError,
)
from gotrace.readers.limits import Limits
from gotrace.readers.trace.batches import Framing, read_version
from gotrace.readers.trace.stream import TraceStream
from gotrace.tables.notes import Severity
from tests.readers.trace.reading import Outcome, read
from tests.readers.trace.small import NOBODY, RUNNING, generation, trace
from tests.readers.trace.text_form import encode, varint

TRACES = Path(__file__).parents[3] / "sample_traces"
REAL = (TRACES / "batch" / "go1.27" / "trace.allocfree.out").read_bytes()
EVENTS = RUNNING + "HeapAlloc dt=1 heapalloc_value=7\nGoStop dt=1 reason_string=1 stack=1"
SMALL = encode(trace(generation(1, [EVENTS]), generation(2, ["HeapAlloc dt=9 heapalloc_value=1"])))
SMALL_OLD = encode(
    trace(generation(1, [EVENTS], version=22), generation(2, [], version=22), version=22)
)


def slugs(outcome: Outcome) -> list[str]:
    return [note.slug for note in outcome.notes]


@pytest.mark.parametrize("data", [SMALL, SMALL_OLD], ids=["1.26", "1.22"])
def test_a_trace_cut_anywhere_yields_what_came_before(data: bytes) -> None:
    """Lenient: never an error behind the header, never an event that the whole trace has not."""
    whole = read(data, strict=False).columns
    for end in range(16, len(data)):
        outcome = read(data[:end], strict=False)
        assert outcome.error is None
        kinds = [kind for kind in outcome.columns["type"] if kind != 255]
        expected = [kind for kind in whole["type"] if kind != 255]
        assert kinds == expected[: len(kinds)]


def test_a_trace_of_go_126_cut_anywhere_is_an_error_if_strict() -> None:
    ends = [SMALL.index(bytes([52, 1])) + 1]  # the end of a generation is an end
    for end in range(17, len(SMALL)):
        error = read(SMALL[:end]).error
        assert end in ends or isinstance(error, TruncatedError), (end, error)


def test_a_cut_trace_says_where() -> None:
    outcome = read(SMALL[: SMALL.index(b"wait")], strict=False)
    note = next(note for note in outcome.notes if note.slug == "trace-cut")
    assert note.severity is Severity.LOSS
    assert note.message == "the trace ends inside a batch; what came before it was read"
    assert note.where.startswith("generation 1, byte ")


def test_a_cut_trace_without_a_frequency_assumes_that_of_linux() -> None:
    text = "Trace Go1.22\nEventBatch gen=1 m=1 time=100\n" + RUNNING + "\n"
    outcome = read(encode(text), strict=False)
    assert "trace-frequency-unknown" in slugs(outcome)
    assert outcome.columns["time_ns"][:2] == [6400, 6464]


def test_bits_flipped_anywhere_are_survived() -> None:
    for at in range(16, len(SMALL)):
        for bit in (1, 0x10, 0x80):
            data = bytearray(SMALL)
            data[at] ^= bit
            strict, lenient = read(bytes(data)), read(bytes(data), strict=False)
            assert strict.error is None or strict.error.reason
            assert lenient.error is None


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnrecognisedError),
        (b"go 1.22 trac", UnrecognisedError),
        (b"go 1.x trace\0\0\0\0", UnrecognisedError),
        (b"go 1.22 trace\0\0", TruncatedError),
        (b"go 1.21 trace\0\0\0", UnsupportedVersionError),
        (b"go 1.99 trace\0\0\0", UnsupportedVersionError),
        (b"go 1." + b"9" * 5000 + b" trace", UnrecognisedError),
    ],
)
def test_a_header_that_is_none(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_version(data)


HEADER = b"go 1.26 trace\0\0\0"
FRAMES: dict[str, tuple[bytes, str]] = {
    "not a batch of events": (b"\x07", "byte 16: not a batch of events"),
    "generation 0": (b"\x01\x00\x00\x00\x00", "byte 16: a batch of generation 0"),
    "a batch too large": (
        b"\x01\x01\x00\x00" + varint(1 << 17),
        "byte 16: a batch of 131072 bytes, where 65536 are the most",
    ),
    "a size beyond 64 bits": (
        b"\x01\x01\x00\x00" + b"\xff" * 9 + b"\x02",
        "byte 16: a number takes more than 64 bits",
    ),
    "a number without end": (
        b"\x01\x01\x00\x00" + b"\xff" * 20,
        "byte 16: a number takes more than 64 bits",
    ),
    "cut in a header": (b"\x01\x01", "byte 16: the trace ends inside the header of a batch"),
    "cut in an experiment": (b"\x31", "byte 16: the trace ends inside the header of a batch"),
    "cut in a batch": (b"\x01\x01\x00\x00\x05abc", "byte 16: the trace ends inside a batch"),
    "another generation": (
        b"\x01\x01\x00\x00\x00" + b"\x01\x02\x00\x00\x00",
        "byte 21: a batch of another generation",
    ),
    "no end": (
        b"\x01\x01\x00\x00\x00",
        "byte 21: the trace ends without the end of its last generation",
    ),
    "no frequency": (b"\x01\x01\x00\x00\x00\x34", "byte 16: a generation without a frequency"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_framing_that_breaks_the_rules(name: str) -> None:
    data, expected = FRAMES[name]
    assert str(read(HEADER + data).error) == expected
    assert read(HEADER + data, strict=False).error is None


TABLES = {
    "a string is defined twice": (
        "Strings\nString id=1\ndata='a'\nString id=1\ndata='b'",
        "string 1",
    ),
    "a string is too long": (f"Strings\nString id=1\ndata={'a' * 1025!r}", "of 1025 bytes"),
    "not a string": ("Strings\nStacks", "not a string"),
    "a stack is defined twice": ("Stacks\n" + 2 * "Stack id=1 nframes=0\n", "defined twice"),
    "a stack too deep": (
        "Stacks\nStack id=1 nframes=129" + 129 * "\na=1 b=0 c=0 d=0",
        "129 frames",
    ),
    "not a stack": ("Stacks\nStrings", "not a stack"),
    "a stack is cut": ("Stacks\nStack id=1 nframes=5\na=1 b=0 c=0 d=0", "ends inside a stack"),
    "a frame without its name": (
        "Stacks\nStack id=1 nframes=1\na=1 b=99 c=0 d=0",
        "names a string",
    ),
    "not a sample": ("CPUSamples" + 6 * "\nStrings", "not a CPU sample"),
    "a sample is cut": ("CPUSamples\nCPUSample time=3", "ends inside a CPU sample"),
    "a proc too large": (
        f"CPUSamples\nCPUSample time=3 m=1 p={1 << 31} g=1 stack=0",
        "beyond all reason",
    ),
    "a second frequency": ("Sync\nFrequency freq=5", "a second frequency"),
    "a second clock": ("Sync\nClockSnapshot dt=0 mono=0 sec=0 nsec=0", "a second clock"),
    "not a clock": ("Sync\nStrings", "neither a frequency nor"),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_break_the_rules(name: str) -> None:
    """If strict an error; else the rest of the trace, and a note."""
    content, reason = TABLES[name]
    text = generation(1, [EVENTS], strings=() if name.startswith("a string") else ("run", "wait"))
    text = text.replace("Stack id=1", "Stack id=9").replace(
        "EndOfGeneration", f"EventBatch gen=1 m={NOBODY} time=9\n{content}\nEndOfGeneration"
    )
    data = encode(trace(text))
    strict = read(data)
    assert isinstance(strict.error, MalformedError)
    assert reason in strict.error.reason
    lenient = read(data, strict=False)
    assert lenient.error is None
    assert "trace-damaged-table" in slugs(lenient)
    assert 37 in lenient.columns["type"]


def test_a_frequency_of_zero_is_refused() -> None:
    error = read(encode(trace(generation(1, []).replace("freq=1000000000", "freq=0")))).error
    assert error is not None
    assert error.reason == "a frequency of zero"


def test_numbers_too_long_in_an_event() -> None:
    for tail, reason in ((b"\xff" * 9 + b"\x02", "more than 64 bits"), (b"\xff", "ends inside")):
        body = b"\x25\x01" + tail
        batch = b"\x01\x01\x01\x00" + varint(len(body)) + body
        data = SMALL[:16] + batch + SMALL[16:]
        error = read(data).error
        assert error is not None
        assert reason in error.reason
        lenient = read(data, strict=False)
        assert "trace-damaged-batch" in slugs(lenient)
        assert lenient.error is None


def test_a_batch_that_is_there_twice_is_dropped() -> None:
    framing = Framing(io.BytesIO(REAL[16:]), 26)
    raw = next(iter(framing))
    batch = max(raw.batches, key=lambda b: b.end - b.begin)
    start = next(
        at for at in range(batch.begin - 1, 0, -1) if raw.data[at] == 1 and raw.data[at + 1] == 1
    )
    cut = REAL[16 + batch.end :]
    data = REAL[: 16 + batch.end] + REAL[16 + start : 16 + batch.end] + cut
    repeated = read(data, strict=False)
    whole = read(REAL, strict=False)
    assert repeated.columns == whole.columns
    assert slugs(repeated) == ["trace-repeated-batch"]
    assert read(data).error is not None


def test_damage_between_batches_costs_what_it_overwrites() -> None:
    """A header of a batch in the middle is destroyed: reading goes on with the next batch."""
    raw = next(iter(Framing(io.BytesIO(REAL[16:]), 26)))
    middle = raw.batches[len(raw.batches) // 2]
    data = bytearray(REAL)
    data[16 + middle.begin - 12 : 16 + middle.begin] = bytes(12)
    outcome = read(bytes(data), strict=False)
    assert outcome.error is None
    assert "trace-gap" in slugs(outcome)
    lost = len(read(REAL).columns["type"]) - len(outcome.columns["type"])
    assert 0 < lost < len(outcome.columns["type"]) / 4


def test_order_that_breaks_goes_on_by_time_until_the_next_generation() -> None:
    broken = RUNNING + "GoSyscallEnd dt=1\nHeapAlloc dt=1 heapalloc_value=7"
    later = RUNNING + "GoStop dt=1 reason_string=1 stack=1"
    data = encode(trace(generation(1, [broken]), generation(2, [later], start=100)))
    outcome = read(data, strict=False)
    assert slugs(outcome) == ["trace-order-lost"]
    assert outcome.notes[0].count == 2
    assert "the goroutine is not in a system call" in outcome.notes[0].message
    assert outcome.columns["type"] == [255, 13, 25, 23, 37, 255, 13, 25, 19, 255]


def test_unknown_strings_and_stacks_are_null_and_counted() -> None:
    events = RUNNING + "GoLabel dt=1 label_string=50\nGoStop dt=1 reason_string=60 stack=70"
    outcome = read(encode(trace(generation(1, [events]))), strict=False)
    assert slugs(outcome) == ["trace-unknown-ids"]
    assert outcome.notes[0].count == 3


def test_a_trace_without_any_generation() -> None:
    old = b"go 1.22 trace\0\0\0"
    assert isinstance(read(old).error, TruncatedError)
    assert slugs(read(old, strict=False)) == ["trace-empty"]
    assert read(HEADER).error is None


@pytest.mark.parametrize(
    "limits", [Limits(generation_bytes=50), Limits(batches=2), Limits(threads=0)]
)
def test_limits_are_errors_also_if_lenient(limits: Limits) -> None:
    assert isinstance(read(SMALL, limits=limits).error, LimitError)
    assert isinstance(read(SMALL, limits=limits, strict=False).error, LimitError)


def test_a_stream_that_gives_few_bytes_at_a_time_is_read_the_same() -> None:
    class Drip(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 7, 7))

    rows = sum(len(chunk) for chunk in TraceStream(Drip(SMALL), strict=True))
    assert rows == len(read(SMALL).columns["type"])


def test_hostile_padding_is_searched_in_bounded_time() -> None:
    """A million places that look like the end of a header after damage: given up, not tried all."""
    data = SMALL[:-1] + b"\x07" + b"\x01\x01\x80\x80\x80\x80\x80\x80\x80\x00" * 200_000
    assert read(data, strict=False).error is None


def test_chunks_reuse_memory_only_if_asked() -> None:
    kept = list(TraceStream(io.BytesIO(REAL), chunk_rows=1000))
    reused = list(TraceStream(io.BytesIO(REAL), chunk_rows=1000, reuse=True))
    assert kept[0].time_ns[0] < kept[1].time_ns[0]
    assert reused[0].time_ns[0] == reused[1].time_ns[0]
