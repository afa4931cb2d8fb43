"""Damaged and hostile traces become tables with notes, or one InputError; on both flavours."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gotrace.errors import InputError
from gotrace.readers.trace.derive.experiment import decode
from gotrace.readers.trace.generation import GenerationTables
from gotrace.readers.trace.recording import TABLES, read_trace
from gotrace.tables.gathering import whole
from gotrace.tables.recording import Recording
from gotrace.units import format_duration
from tests.readers.trace.derive.rows import TRACES, read_text, rows
from tests.readers.trace.small import RUNNING, generation, trace
from tests.readers.trace.text_form import encode, varint

HEAP = TRACES / "batch" / "go1.25" / "trace.allocfree.out"
EVENTS = (
    "SpanAlloc dt=1 id=3 npages=1 kindclass=8\nHeapObjectAlloc dt=1 id=3072 type=1\n"
    "HeapObjectFree dt=1 id=3072\nGCMarkAssistBegin dt=1 stack=1\nGCMarkAssistEnd dt=1\n"
    "UserTaskBegin dt=1 task=4 parent_task=0 name_string=3 stack=1\nGCSweepBegin dt=1 stack=1\n"
    "GCSweepEnd dt=1 swept_value=1 reclaimed_value=1\nGoroutineStackAlloc dt=1 id=1 order=12\n"
    "UserLog dt=1 task=4 key_string=1 value_string=2 stack=1\nGoLabel dt=1 label_string=1\n"
    "GoBlock dt=1 reason_string=2 stack=1\nGoUnblock dt=1 g=1 g_seq=1 stack=0\n"
)
SMALL = encode(trace(generation(1, [RUNNING + EVENTS], start=9), generation(2, [""], start=99)))


def outcome(path: Path) -> Recording | InputError:
    """All tables, complete and checked; or the error."""
    try:
        recording = read_trace(path)
    except InputError as error:
        return error
    for name in TABLES:
        whole(name, recording.columns[name])
        recording.tables[name].validate(full=True)
    return recording


@pytest.fixture(params=["compiled", "plain"])
def flavour(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "plain":
        monkeypatch.setenv("GOTRACE_KERNELS", "plain")
    found: str = request.param
    return found


def test_a_small_trace_with_flipped_bytes_never_breaks_us(flavour: str, tmp_path: Path) -> None:
    path = tmp_path / "flipped"
    rng = random.Random(5)
    read = 0
    for _ in range(60):
        data = bytearray(SMALL)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(16, len(data))] = rng.choice(
                (0, 1, 127, 128, 255, rng.randrange(256))
            )
        path.write_bytes(data)
        found = outcome(path)
        if isinstance(found, Recording):
            read += 1
        else:
            assert found.source == str(path)
    assert read > 5


def test_a_real_trace_with_flipped_bytes_never_breaks_us(tmp_path: Path) -> None:
    path = tmp_path / "flipped"
    rng = random.Random(6)
    for _ in range(8):
        data = bytearray(HEAP.read_bytes()[:90_000])
        for _ in range(30):
            data[rng.randrange(16, len(data))] = rng.randrange(256)
        path.write_bytes(data)
        found = outcome(path)
        assert isinstance(found, InputError) or found.columns["events"].rows > 0


def test_huge_numbers_in_heap_events_are_taken(flavour: str, tmp_path: Path) -> None:
    huge = 2**64 - 1
    events = (
        f"Span dt=1 id={huge} npages={huge} kindclass={huge}\n"
        f"SpanAlloc dt=1 id={huge} npages={huge} kindclass=8\n"
        f"HeapObjectAlloc dt=1 id={huge} type={huge}\nHeapObjectFree dt=1 id={huge - 1}\n"
        f"SpanFree dt=1 id={huge}\nGoroutineStackAlloc dt=1 id={huge} order={huge}\n"
        f"GoroutineStackFree dt=1 id={huge}\nHeapAlloc dt=1 v={huge}\n"
    )
    recording = read_text(tmp_path, trace(generation(1, [RUNNING + events], start=9)))
    for name in TABLES:
        whole(name, recording.columns[name])
        recording.tables[name].validate(full=True)
    assert recording.columns["goroutine_stacks"].rows == 1


def test_both_flavours_make_the_same_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "small"
    path.write_bytes(SMALL)
    compiled = read_trace(path)
    monkeypatch.setenv("GOTRACE_KERNELS", "plain")
    plain = read_trace(path)
    for name in TABLES:
        assert plain.tables[name].to_pydict() == compiled.tables[name].to_pydict(), name


def experiment(*contents: bytes) -> GenerationTables:
    """A generation of which only the batches of the experiment are looked at."""
    tables = object.__new__(GenerationTables)
    tables.experimental = [(1, 0, content) for content in contents]
    return tables


def type_(key: int, name: bytes) -> bytes:
    numbers = (key, 0x4000, 24, 8, len(name))
    return b"".join(map(varint, numbers)) + name


def test_types_and_layout_are_decoded() -> None:
    layout = b"\x01" + b"".join(map(varint, (0xC000000000, 8192, 8, 2048)))
    found, types, damaged = decode(experiment(layout, b"\0" + type_(1, b"int") + type_(7, b"T")))
    assert found is not None
    assert found.lowest_address == 0xC000000000
    assert (types.ids, types.names, types.sizes_bytes) == ([1, 7], ["int", "T"], [24, 24])
    assert damaged == 0


@pytest.mark.parametrize(
    "content",
    [
        b"\0" + type_(1, b"int")[:-1],
        b"\0" + b"\xff" * 11,
        b"\x01\x80",
        b"\x02",
        b"\0" + varint(1) * 4 + varint(2**63),
    ],
    ids=["cut name", "long number", "cut layout", "unknown kind", "huge name"],
)
def test_damaged_batches_are_counted_and_the_rest_is_kept(content: bytes) -> None:
    _, types, damaged = decode(experiment(content, b"\0" + type_(9, b"kept")))
    assert damaged == 1
    assert types.names == ["kept"]


def test_notes_say_when_the_first_was_lost(flavour: str, tmp_path: Path) -> None:
    """To the event, and apart: frees of what was freed, and of what the trace does not have."""
    heap = (
        "SpanAlloc dt=1 id=3 npages=1 kindclass=8\nHeapObjectAlloc dt=1 id=3072 type=0\n"
        "HeapObjectFree dt=1 id=3072\nHeapObjectFree dt=5000 id=3072\n"
        "HeapObjectFree dt=7000 id=9999\nHeapObjectFree dt=1 id=3072\nHeapObjectFree dt=1 id=9999\n"
    )
    recording = read_text(tmp_path, trace(generation(1, [RUNNING + heap], start=9)))
    events = rows(recording, "events", "event", "time_ns")
    frees = [format_duration(time) for event, time in events if event == "HeapObjectFree"]
    told = {note.slug: (note.count, note.where) for note in recording.notes}
    assert told["heap-double-free"] == (2, f"first at {frees[1]}")
    assert told["heap-unknown-free"] == (2, f"first at {frees[2]}")
