"""A second thread that decodes while the first one orders changes nothing but the time it takes."""

from __future__ import annotations

import io
import random
import threading
from contextlib import closing
from pathlib import Path

import pytest

from gotrace.readers.limits import Limits
from gotrace.readers.trace import ordering
from gotrace.readers.trace.stream import TraceStream
from tests.readers.trace.reading import read
from tests.readers.trace.small import NOBODY, RUNNING, generation, trace
from tests.readers.trace.test_twins import TRACES, head_of, mutated
from tests.readers.trace.text_form import encode, varint

REAL = sorted(TRACES.glob("*/go1.2[2357]/trace*.out"))
END = b"\x34"


def helped(monkeypatch: pytest.MonkeyPatch, blocks: int) -> None:
    """Have a helper for every generation, with so many blocks for each thread; 0 for none."""
    monkeypatch.setattr(ordering, "_processors", lambda: 2 if blocks else 1)
    monkeypatch.setattr(ordering, "_WORTH_HELP_BYTES", 0)
    monkeypatch.setattr(ordering, "_BLOCKS", blocks)


def batch(thread: int, time: int, events: bytes) -> bytes:
    return b"".join(map(varint, (1, 1, thread, time, len(events)))) + events


@pytest.mark.parametrize("path", REAL, ids=lambda path: f"{path.parts[-3]}-{path.parts[-2]}")
def test_real_traces_are_the_same_with_a_helper(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = path.read_bytes()
    helped(monkeypatch, 0)
    alone = read(data).told
    for blocks in (1, 64):
        helped(monkeypatch, blocks)
        assert read(data, chunk_rows=5000).told == alone


def many_batches(rng: random.Random) -> bytes:
    """Two threads of a hundred batches, of up to 150 events each, some of which are not plain."""
    out = bytearray(encode(trace(generation(1, [RUNNING, "ProcStatus dt=1 p=1 pstatus=1"]))))
    del out[-1:]
    rare = [b"\x26\x01" + varint(7), b"\x26\x01" + varint(1 << 63)]
    for number in range(200):
        events = b"".join(
            rng.choice(rare) if rng.random() < 0.02 else b"\x84\x01\x02\x03"
            for _ in range(rng.randrange(150))
        )
        out += batch(1 + number % 2, 1000 * number, events)
    return bytes(out) + END


@pytest.mark.parametrize("seed", range(4))
def test_batches_that_are_left_in_the_middle_are_the_same_with_a_helper(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = many_batches(random.Random(seed))
    helped(monkeypatch, 0)
    alone = read(data, chunk_rows=500)
    assert alone.error is None
    assert len(alone.columns["type"]) > 5000
    for blocks in (1, 4, 64):
        helped(monkeypatch, blocks)
        assert read(data, chunk_rows=500).told == alone.told


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
def test_damaged_traces_are_the_same_with_a_helper(
    strict: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(11)
    whole = [*map(head_of, REAL), many_batches(rng)]
    for _ in range(60):
        data = mutated(rng.choice(whole), rng)
        helped(monkeypatch, 0)
        alone = read(data, strict=strict).told
        helped(monkeypatch, 2)
        assert read(data, strict=strict).told == alone


def test_the_helper_ends_with_who_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    helped(monkeypatch, 4)
    stream = TraceStream(io.BytesIO(REAL[0].read_bytes()), chunk_rows=100)
    with closing(iter(stream)) as chunks:
        next(chunks)
        assert "gotrace-decoder" in {thread.name for thread in threading.enumerate()}
    assert "gotrace-decoder" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("place", ["behind all", "behind one"])
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
def test_thousands_of_threads_that_wait_are_refused(place: str, strict: bool) -> None:
    """One works on, and is looked for at every event: among all of them, or by sorting them."""
    out = bytearray(encode(trace(generation(1, [RUNNING]))).removesuffix(END))
    wait = b"\x10" + varint(1) + varint(99) + varint(1)
    for thread in range(2, 5000):
        is_near = thread == 2 or place == "behind all"
        out += batch(thread, 1 if is_near else 1 << 40, wait)
    for number in range(3):
        out += batch(1, 1000 + 20_000 * number, b"\x26\x01\x01" * 20_000)
    limits = Limits(attempts=5_000_000)
    outcome = read(bytes(out) + END, limits=limits, strict=strict)
    assert str(outcome.error).startswith("threads wait for one another")


def test_what_waiting_cost_counts_for_the_generations_behind() -> None:
    """Or a trace of many generations could take many times what is allowed."""
    many = range(2, 42)
    work = RUNNING + "HeapGoal dt=1000 heapgoal=1\n" * 100
    known = "".join(f"GoStatus dt=1 g={g} m={NOBODY} gstatus=1\n" for g in many)

    def waiting(first: int) -> list[str]:
        start = "ProcStatus dt=1 p={} pstatus=1\nGoStart dt=1 g={} g_seq=1"
        return [start.format(thread, first + thread) for thread in many]

    once = generation(1, [work + known, *waiting(0)])
    twice = generation(2, [work + known, *waiting(1000)], start=1 << 20)
    limits = Limits(attempts=7000)
    assert read(encode(trace(once)), limits=limits).error is None
    error = read(encode(trace(once, twice)), limits=limits).error
    assert str(error).startswith("threads wait for one another")
