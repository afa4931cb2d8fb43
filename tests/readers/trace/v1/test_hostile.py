"""Cut and broken traces: what can be read is, and the rest is named."""

from __future__ import annotations

import io

import pytest

from gotrace.errors import InputError, LimitError, MalformedError, TruncatedError
from gotrace.readers.limits import Limits
from gotrace.readers.trace.v1.stream import V1Stream
from gotrace.tables.notes import Severity
from tests.readers.trace.v1.encoding import Writer, varint
from tests.readers.trace.v1.reading import RECORDINGS, SHIPPED, names, read, rows

HEADER = b"go 1.11 trace\0\0\0"
BATCH = b"\x41\x00\x05"
BACKWARDS = "the clock ran backwards: ticks per second are not positive"


def whole() -> Writer:
    writer = Writer(11).start()
    for size in range(20):
        writer.event("HeapAlloc", 10, size)
    return writer.stack(1, (16, 1, 1, 5)).string(1, b"main.main")


@pytest.mark.parametrize("plain", [False, True])
def test_zeros_that_a_crash_left_at_the_end_cost_no_event(plain: bool) -> None:
    data = SHIPPED[0].read_bytes()
    for cut in (len(data) // 3, len(data) - 100):
        chunks, notes, error = read(data[:cut] + bytes(4096), plain=plain)
        wanted, told, _ = read(data[:cut], plain=plain)
        assert error is None
        assert rows(chunks) == rows(wanted) != []
        assert "trace-zeros" in {note.slug for note in notes}
        assert {note.slug for note in told} <= {note.slug for note in notes}
        _, _, error = read(data[:cut] + bytes(4096), plain=plain, strict=True)
        assert isinstance(error, MalformedError)


def test_zeros_hide_no_other_damage() -> None:
    _, _, error = read(HEADER + BATCH + b"\x3f" + bytes(4096))
    assert error is not None
    assert error.offset == 19


@pytest.mark.parametrize(
    ("bytes_", "offset", "reason"),
    [
        (BATCH + b"\x00", 19, "an event of a type that this version does not have"),
        (BATCH + b"\x3f", 19, "an event of a type that this version does not have"),
        (BATCH + b"\x31\x00\x00", 19, "an event of a type that this version does not have"),
        (b"\x21\x00\x00", 16, "an event stands before the first batch"),
        (BATCH + b"\xa1\x00\x00\x00", 19, "an event has too many or too few numbers"),
        (BATCH + b"\x21" + b"\xff" * 10, 19, "a number does not fit into 64 bits"),
        (BATCH + b"\x21" + b"\xff" * 9 + b"\x02\0", 19, "a number does not fit into 64 bits"),
        (BATCH + b"\xc3" + varint(1 << 20), 19, "an event announces too many bytes"),
        (BATCH + b"\xc3" + varint(1 << 63), 19, "an event announces too many bytes"),
        (BATCH + b"\x43\x01\xe9\x07", 19, "a stack has more than 1000 frames"),
        (BATCH + b"\x25\x00\x01a", 19, "a string has the id 0"),
        (BATCH + b"\x25\x01\x00", 19, "a string is empty"),
        (BATCH + b"\x25\x01" + varint(1 << 62), 19, "a string is longer than a million bytes"),
        (BATCH + b"\x25\x01\x01a\x25\x01\x01b", 23, "two strings have the same id"),
        (b"\x41" + varint(1 << 31) + b"\x00", 16, "a proc id is too large"),
        (BATCH + b"\x02\x00", 19, BACKWARDS),
        (BATCH + b"\x02" + varint(-1), 19, BACKWARDS),
        (b"\x41\x00" + varint(1 << 62), 16, "a time stamp is out of range"),
        (BATCH + b"\x08" + varint(-9), 19, "a time stamp is out of range"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("plain", [False, True])
def test_a_broken_rule_is_named_with_its_place(
    bytes_: bytes, offset: int, reason: str, plain: bool
) -> None:
    _, _, error = read(HEADER + bytes_, plain=plain)
    assert isinstance(error, MalformedError)
    assert (error.reason, error.offset) == (reason, offset)


def test_a_cut_trace_yields_what_came_before_and_notes_what_is_missing() -> None:
    data = bytes(whole().data)
    cut = data.index(b"main.main")
    chunks, notes, error = read(data[:cut])
    assert error is None
    assert names(chunks).count("HeapAlloc") == 20
    assert [note.slug for note in notes] == ["trace-cut", "trace-frequency-unknown"]
    assert {note.severity for note in notes} == {Severity.LOSS}
    assert notes[0].where == f"byte {cut - 3}"


def test_strict_reading_refuses_a_cut_trace_where_it_ends() -> None:
    _, _, error = read(bytes(whole().data)[:-1], strict=True)
    assert isinstance(error, TruncatedError)
    assert error.offset is not None
    assert error.offset > 16


def test_a_trace_without_its_clock_rate_is_cut_even_between_events() -> None:
    data = bytes(whole().data)
    assert isinstance(read(data, strict=True)[2], TruncatedError)
    assert [note.slug for note in read(data)[1]] == ["trace-cut", "trace-frequency-unknown"]


def test_events_that_wait_for_lost_ones_are_counted() -> None:
    writer = whole().batch(1, 1300).event("GoStart", 1, 2, 3).event("HeapAlloc", 1, 1)
    _, notes, error = read(bytes(writer.data))
    assert error is None
    assert [(note.slug, note.count) for note in notes[2:]] == [("trace-order-lost", 2)]


def test_a_cut_trace_ends_where_events_contradict_each_other() -> None:
    writer = Writer(11).start().event("STWStart", 1, 0).event("STWStart", 1, 0)
    chunks, notes, error = read(bytes(writer.event("HeapAlloc", 1, 1).data))
    assert error is None
    assert names(chunks)[-1] == "STWBegin"
    assert "the world stops that is stopped" in notes[-1].message


def test_stacks_and_strings_that_are_not_defined_are_null_and_counted() -> None:
    writer = Writer(11).start().event("GoSched", 1, 77).event("GoStartLabel", 1, 1, 2, 88)
    chunks, notes, error = read(bytes(writer.frequency().data), strict=True)
    assert error is None
    assert [(note.slug, note.count) for note in notes] == [("trace-unknown-ids", 2)]
    label = next(row for row in rows(chunks) if row[1] == "GoLabel")
    assert label[5] == (None,)


def test_a_trace_with_nothing_in_it_is_cut() -> None:
    chunks, notes, error = read(HEADER)
    assert error is None
    assert names(chunks) == ["Sync"]
    assert notes[0].slug == "trace-cut"


def test_a_trace_cut_at_any_byte_is_read() -> None:
    smallest = min(RECORDINGS.values(), key=lambda path: path.stat().st_size).read_bytes()
    total = sum(map(len, read(smallest)[0]))
    for end in range(16, len(smallest)):
        chunks, _, error = read(smallest[:end])
        assert error is None
        assert sum(map(len, chunks)) <= total


def test_a_file_larger_than_agreed_is_refused() -> None:
    limits = Limits(generation_bytes=100)
    _, _, error = read(bytes(whole().frequency().data) * 2, limits=limits)
    assert isinstance(error, LimitError)


def test_more_procs_than_any_machine_has_are_refused() -> None:
    data = HEADER + b"".join(b"\x41" + varint(proc) + b"\x05" for proc in range(5000))
    assert isinstance(read(data)[2], LimitError)


def test_a_stream_may_give_less_than_was_asked_for() -> None:
    class Slow(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.rest = data

        def read(self, size: int = -1) -> bytes:
            piece, self.rest = self.rest[:3], self.rest[3:]
            return piece

    data = bytes(whole().frequency().data)
    assert names(list(V1Stream(Slow(data)))) == names(read(data)[0])


def test_a_fault_comes_after_the_events_before_it() -> None:
    writer = Writer(11).start().event("HeapAlloc", 1, 1).event("GCDone", 1)
    chunks, _, error = read(bytes(writer.frequency().data))
    assert isinstance(error, InputError)
    assert names(chunks)[-1] == "HeapAlloc"
