"""What every version's events mean, on small traces of our own."""

from __future__ import annotations

import numpy as np
import pytest

from gotrace.errors import MalformedError, UnrecognisedError, UnsupportedVersionError
from gotrace.readers.trace.v1.events import EVENTS, VERSIONS, argument_counts
from gotrace.readers.trace.v1.header import read_version
from gotrace.readers.trace.v1.tables import Directory
from tests.readers.trace.v1.encoding import Writer
from tests.readers.trace.v1.reading import Row, names, read, rows

SEQUENCED = 5


def after_start(writer: Writer) -> list[Row]:
    """The rows of a complete trace, behind those that `Writer.start` makes."""
    chunks, notes, error = read(bytes(writer.frequency().data), strict=True)
    assert (error, notes) == (None, [])
    found = rows(chunks)
    assert found[-1][1] == "Sync"
    set_up = max(i for i, row in enumerate(found) if row[1] in ("GoStatus", "ProcStatus"))
    return found[set_up + 1 : -1]


def fails(writer: Writer) -> str:
    """The reason why a complete trace is refused."""
    error = read(bytes(writer.frequency().data))[2]
    assert isinstance(error, MalformedError)
    return error.reason


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_there_before_the_trace_is_told_as_status(version: int) -> None:
    found = read(bytes(Writer(version).start().frequency().data), strict=True)[0]
    told = [row[:6] for row in rows(found)]
    none = (1 << 64) - 1
    assert told == [
        (-1, "Sync", -1, -1, -1, (1,)),
        (2, "GoStatus", -1, 0, 2, (2, none, 4, 0)),
        (4, "ProcStatus", 7, 0, -1, (0, 1, 0)),
        (5, "GoStatus", 7, 0, 1, (1, none, 2, 0)),
        (6, "GoStatus", -1, -1, -1, (3, none, 1, 0)),
        (7, "Sync", -1, -1, -1, (2,)),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_numbers_of_each_version_are_read_to_the_last(version: int) -> None:
    writer = Writer(version).start()
    stack = 0
    seq = [] if version < 7 else [2]
    writer.event("GoBlockRecv", 10, stack)
    writer.event("GoStart", 10, 3, *([1] if seq else []))
    writer.event("GoUnblock", 10, 1, *seq, stack)
    writer.event("GCStart", 10, *([0] if seq else []), stack)
    writer.event("STWStart", 10, *([1] if version >= 10 else []))
    writer.event("STWDone", 10)
    writer.event("GCSweepStart", 10, stack)
    writer.event("GCSweepDone", 10, *([4096, 512] if version >= 9 else []))
    writer.event("GCDone", 10).event("HeapAlloc", 10, 1 << 40).event("HeapGoal", 10, 1 << 41)
    found = after_start(writer)
    assert [row[1] for row in found] == [
        "GoBlock", "GoStart", "GoUnblock", "GCBegin", "STWBegin", "STWEnd", "GCSweepBegin",
        "GCSweepEnd", "GCEnd", "HeapAlloc", "HeapGoal",
    ]  # fmt: skip
    values = {row[1]: row[5] for row in found}
    assert values["GoBlock"] == ("chan receive",)
    assert values["GoUnblock"] == (1, *(seq or [0]))
    kind = "GC sweep termination" if 10 <= version < 21 else "GC mark termination"
    assert values["STWBegin"] == values["STWEnd"] == (kind,)
    assert values["GCSweepEnd"] == ((4096, 512) if version >= 9 else (0, 0))
    assert values["HeapGoal"] == (1 << 41,)


def test_every_event_is_known_since_the_version_that_brought_it() -> None:
    first = {
        event.name: min(v for v in VERSIONS if argument_counts(v)[event.number] != 255)
        for event in EVENTS
    }
    assert first == {event.name: event.since for event in EVENTS}
    assert [event.number for event in EVENTS] == list(range(1, 50))


def test_a_goroutine_wakes_on_another_proc_in_the_order_of_cause_not_of_the_file() -> None:
    writer = Writer(11).start()
    writer.batch(1, 2000).event("ProcStart", 0, 8).event("GoStart", 10, 2, 3)
    writer.batch(0, 1500).event("GoUnblock", 5, 2, 2, 0)
    chunks, _, _ = read(bytes(writer.frequency().data), strict=True)
    assert names(chunks)[-4:-1] == ["GoUnblock", "ProcStatus", "GoStart"]


def test_a_return_from_a_system_call_moves_to_when_it_happened() -> None:
    writer = Writer(11).start().event("GoSysCall", 10, 0).event("GoSysBlock", 10)
    writer.event("GoStart", 10, 3, 1).event("HeapAlloc", 100, 1)
    writer.event("GoSysExit", 100, 1, 2, 1001 + 55)
    found = after_start(writer)
    assert [(row[0], row[1], row[3], row[4]) for row in found] == [
        (16, "GoSyscallBegin", 0, 1),
        (36, "GoStart", 0, 3),
        (55, "GoSyscallEndBlocked", 1_000_003, 1),
        (136, "HeapAlloc", 0, 3),
    ]


def test_a_system_call_that_does_not_block_takes_a_nanosecond() -> None:
    writer = Writer(11).start().event("GoSysCall", 10, 0).event("GoSched", 10, 0)
    found = [(row[0], row[1]) for row in after_start(writer)]
    assert found == [(16, "GoSyscallBegin"), (17, "GoSyscallEnd"), (26, "GoStop")]


def test_a_cpu_sample_between_entry_and_block_ends_the_system_call() -> None:
    writer = Writer(19).start().event("GoSysCall", 10, 0).event("GoSysBlock", 10)
    writer.batch(5, 3000).event("CPUSample", 1, 1020, -1, 1, 0)
    assert [row[1] for row in after_start(writer)][:3] == [
        "GoSyscallBegin",
        "GoSyscallEnd",
        "CPUSample",
    ]


def test_cpu_samples_come_in_by_their_own_time() -> None:
    writer = Writer(21).start().event("HeapAlloc", 100, 1).event("HeapAlloc", 100, 2)
    writer.batch(0, 5000).event("CPUSample", 1, 1150, 3, 1, 9).event("CPUSample", 1, 1050, -1, 0, 0)
    writer.stack(9, (0x10, 1, 2, 33)).string(1, b"main.f").string(2, b"f.go")
    found = [row for row in after_start(writer) if row[1] in ("CPUSample", "HeapAlloc")]
    assert [(row[1], row[3], row[4]) for row in found] == [
        ("CPUSample", -1, -1),
        ("HeapAlloc", 0, 1),
        ("CPUSample", 3, 1),
        ("HeapAlloc", 0, 1),
    ]
    assert found[2][6] == ((0x10, "main.f", "f.go", 33),)


def test_wakeups_for_nothing_are_left_out() -> None:
    writer = Writer(9).start().event("GoBlockSync", 10, 0)
    writer.event("GoStart", 10, 3, 1).event("GoUnblock", 10, 1, 2, 0).event("GoSched", 10, 0)
    writer.event("GoStart", 10, 1, 3).event("FutileWakeup", 10).event("GoBlockSync", 10, 0)
    writer.event("GoStart", 10, 3, 2)
    assert [row[1] for row in after_start(writer)] == ["GoBlock", "GoStart", "GoStop", "GoStart"]


def test_before_go_1_10_every_proc_stops_for_itself() -> None:
    for version, is_fine in ((9, True), (11, False)):
        kind = [] if version < 10 else [0]
        writer = Writer(version).start().event("STWStart", 1, *kind)
        writer.batch(1, 2000).event("STWStart", 1, *kind)
        error = read(bytes(writer.frequency().data))[2]
        assert (error is None) == is_fine


def test_before_go_1_11_stops_of_the_world_belong_to_no_goroutine() -> None:
    for version, goroutine in ((10, -1), (11, 1)):
        writer = Writer(version).start().event("STWStart", 1, 0)
        assert after_start(writer)[-1][4] == goroutine


def test_unblocks_by_timers_and_network_have_procs_of_their_own() -> None:
    writer = Writer(11).start().event("GoBlockNet", 10, 0)
    writer.event("GoStart", 10, 3, 1).event("GoUnblock", 10, 1, 2, 0)
    writer.event("GoUnblock", 10, 2, 2, 0).raw("TimerGoroutine", 3)
    procs = [row[3] for row in after_start(writer) if row[1] == "GoUnblock"]
    assert procs == [1_000_002, 1_000_001]


def test_labels_tasks_regions_and_logs_name_their_strings() -> None:
    writer = Writer(11).start()
    writer.event("UserTaskCreate", 1, 5, 0, 1, 0).event("UserRegion", 1, 5, 0, 2, 0)
    writer.log(1, 5, 3, 0, b"hello").log(1, 5, 3, 0, b"hello").event("UserRegion", 1, 5, 1, 2, 0)
    writer.event("UserTaskEnd", 1, 5, 0).event("GoSched", 1, 0).event("GoStartLabel", 1, 1, 2, 4)
    writer.string(1, b"job").string(2, b"part").string(3, b"key").string(4, b"GC (dedicated)")
    none = (1 << 64) - 1
    told = {(row[1], row[5]) for row in after_start(writer)}
    assert told == {
        ("UserTaskBegin", (5, none, "job")),
        ("UserRegionBegin", (5, "part")),
        ("UserLog", (5, "key", "hello")),
        ("UserRegionEnd", (5, "part")),
        ("UserTaskEnd", (5, 0, "job")),
        ("GoStop", ("runtime.Gosched",)),
        ("GoStart", (1, 2)),
        ("GoLabel", ("GC (dedicated)",)),
    }


def test_ticks_become_nanoseconds_by_the_frequency_at_the_end() -> None:
    writer = Writer(11).start().event("HeapAlloc", 25, 1)
    chunks, _, _ = read(bytes(writer.frequency(40_000_000).data), strict=True)
    assert rows(chunks)[-2][0] == 31 * 25


def test_sequence_numbers_are_the_order_before_go_1_7() -> None:
    writer = Writer(SEQUENCED).start()
    writer.batch(1, 2000, 90).event("HeapAlloc", 1, 2).batch(0, 1500, 80).event("HeapAlloc", 1, 1)
    assert [row[5] for row in after_start(writer)] == [(1,), (2,)]


def test_times_that_contradict_sequence_numbers_are_refused() -> None:
    writer = Writer(SEQUENCED).start()
    writer.batch(1, 1500, 90).event("HeapAlloc", 1, 2).batch(0, 2000, 80).event("HeapAlloc", 1, 1)
    assert fails(writer) == "time stamps out of order"


def test_times_that_contradict_the_cause_are_refused() -> None:
    writer = Writer(11).start()
    writer.batch(1, 1500).event("GoStart", 1, 2, 3)
    writer.batch(0, 2000).event("GoUnblock", 5, 2, 2, 0)
    assert fails(writer) == "time stamps out of order"


def test_an_event_that_nothing_makes_ready_is_refused() -> None:
    writer = Writer(11).start().batch(1, 1500).event("GoStart", 1, 2, 99)
    assert fails(writer) == "no consistent order of events is possible"


def test_a_chunk_of_four_rows_is_as_good_as_one_of_all() -> None:
    writer = Writer(11).start().event("GoSysCall", 10, 0).event("GoSched", 10, 0)
    data = bytes(writer.frequency().data)
    small, large = read(data, chunk_rows=4)[0], read(data)[0]
    assert len(large) == 1
    assert names(small) == names(large)
    assert max(len(chunk) for chunk in small) <= 4


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (b"go 1.21 trace\0\0\0", None),
        (b"go 1.5 trace\0\0\0\0", None),
        (b"go 1.22 trace\0\0\0", UnsupportedVersionError),
        (b"go 1.6 trace\0\0\0\0", UnsupportedVersionError),
        (b"go 1.21 trace\0\0x", UnrecognisedError),
        (b"PK\3\4", UnrecognisedError),
        (b"", UnrecognisedError),
    ],
)
def test_the_header_names_the_version(header: bytes, error: type[Exception] | None) -> None:
    if error is None:
        assert read_version(header) in VERSIONS
    else:
        with pytest.raises(error):
            read_version(header)


def test_a_directory_finds_each_id_once_wherever_they_lie() -> None:
    ids = np.array([7, 1, 7, 1 << 40, (1 << 64) - 1, 8, 9], np.uint64)
    directory = Directory.of(ids)
    assert directory.ids.tolist() == [1, 7, 8, 9, 1 << 40, (1 << 64) - 1]
    assert directory.buckets[-1] == len(directory.ids)
