"""The compiled kernel and its plain twin say the same: events, notes, or error and offset."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.kernels import load
from gotrace.kernels.plain import trace_order as plain_twin
from gotrace.readers.limits import Limits
from gotrace.readers.trace.events import EVENTS, SYNC
from tests.readers.trace.reading import read
from tests.readers.trace.small import RUNNING, generation, trace
from tests.readers.trace.test_scheduler import ACCEPTED, REFUSED, small
from tests.readers.trace.text_form import encode, varint

TRACES = Path(__file__).parents[3] / "sample_traces"
SCENES = [small(scene) for scene, _ in ACCEPTED.values()] + [
    small(scene) for scene in REFUSED.values() if scene
]
TIMED = [event for event in EVENTS.values() if event.is_timed and event.number != SYNC]


def head_of(path: Path) -> bytes:
    """A real trace, cut after its first batches: small enough for the plain twin."""
    return path.read_bytes()[:6000]


REAL = [head_of(path) for path in sorted(TRACES.glob("batch/go1.2[2357]/trace*.out"))]


def same(data: bytes, strict: bool, chunk_rows: int = 1 << 12) -> bool:
    """Whether both flavours tell the same; pytest shows what differs."""
    compiled = read(data, strict=strict, chunk_rows=chunk_rows)
    plain = read(data, strict=strict, plain=True, chunk_rows=chunk_rows)
    assert compiled.told == plain.told
    return True


def test_there_are_real_traces() -> None:
    assert len(REAL) >= 6


def test_the_compiled_kernel_is_there() -> None:
    assert load("trace_order").__name__ == "gotrace.kernels.trace_order"


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
@pytest.mark.parametrize("data", REAL)
def test_same_on_the_head_of_a_real_trace(data: bytes, strict: bool) -> None:
    assert same(data, strict)


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
@pytest.mark.parametrize("data", SCENES)
def test_same_on_every_scene(data: bytes, strict: bool) -> None:
    assert same(data, strict)


@pytest.mark.parametrize("rows", [16, 17, 20, 33])
def test_the_size_of_chunks_changes_nothing(rows: int) -> None:
    whole = read(REAL[0], strict=False).told
    assert read(REAL[0], strict=False, chunk_rows=rows).told == whole
    assert read(REAL[0], strict=False, chunk_rows=rows, plain=True).told == whole


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*SCENES, *REAL]), st.randoms(use_true_random=False), st.booleans())
def test_same_on_mutated_traces(data: bytes, rng: random.Random, strict: bool) -> None:
    """Bytes overwritten, removed, repeated: what hostile and damaged traces are like."""
    assert same(mutated(data, rng), strict)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes overwritten, removed, repeated or flipped, in one to four places."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(16, len(out))
        size = min(rng.choice([1, 1, 2, 8, 40]), len(out) - at)
        how = rng.randrange(4)
        if how == 0:
            out[at : at + size] = rng.randbytes(size)
        elif how == 1 and len(out) > 100:
            del out[at : at + size]
        elif how == 2:
            out[at:at] = out[at : at + size]
        else:
            out[at] ^= 1 << rng.randrange(8)
    return bytes(out)


@st.composite
def valid_batches(draw: st.DrawFn) -> bytes:
    """Well-formed events of small ids in any order, on up to four threads, after a sane start."""
    threads = []
    number = st.one_of(
        st.integers(0, 3), st.integers(0, 3), st.sampled_from([70, 2**63, 2**64 - 1])
    )
    for m in range(1, draw(st.integers(1, 4)) + 1):
        start = f"ProcStatus dt=1 p={m} pstatus=1\nGoStatus dt=1 g={m} m={m} gstatus=2\n"
        events = []
        for event in draw(st.lists(st.sampled_from(TIMED), max_size=12)):
            arguments = " ".join(f"a={draw(number)}" for _ in event.arguments)
            events.append(f"{event.name} dt={draw(st.integers(0, 3))} {arguments}")
        threads.append(draw(st.sampled_from(["", start])) + "\n".join(events))
    samples = draw(st.sampled_from(["", "CPUSample time=3 m=1 p=1 g=1 stack=1\n"]))
    return encode(trace(*(generation(i, threads, samples=samples) for i in (1, 2))))


@settings(max_examples=300, deadline=None)
@given(valid_batches(), st.booleans())
def test_same_on_random_events(data: bytes, strict: bool) -> None:
    assert same(data, strict)


def test_same_when_every_table_has_to_grow() -> None:
    """Two thousand goroutines, tasks, regions, procs and threads: all begin with fewer rows."""
    many = 2100
    events = RUNNING + "".join(
        f"GoCreate dt=1 new_g={g} new_stack=0 stack=0\n"
        f"UserTaskBegin dt=1 task={g} parent_task=0 name_string=1 stack=0\n"
        f"UserRegionBegin dt=1 task={g} name_string=1 stack=0\n"
        f"ProcStatus dt=1 p={g} pstatus=2\n"
        f"GoStatus dt=1 g={many + g} m={g} gstatus=3\n"
        for g in range(2, many)
    )
    data = encode(trace(generation(1, _parts(events))))
    assert read(data).error is None
    assert same(data, True)


def _parts(events: str) -> list[str]:
    """One thread: a batch has at most 64 KiB, so its events come in several."""
    lines = events.splitlines()
    batches = ["\n".join(lines[i : i + 3000]) for i in range(0, len(lines), 3000)]
    return ["\nEventBatch gen=1 m=1 time=9000\n".join(batches)]


def test_limits_are_refused_the_same_way() -> None:
    events = RUNNING + "".join(
        f"GoCreate dt=1 new_g={g} new_stack=0 stack=0\n" for g in range(2, 3000)
    )
    data = encode(trace(generation(1, [events])))
    limits = Limits(tasks=500)
    compiled = read(data, limits=limits)
    assert str(compiled.error) == "more than 500 goroutines at a time"
    assert compiled.told == read(data, limits=limits, plain=True).told


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 9 + b"\x01", b"\xff" * 9 + b"\x02"])
def test_numbers_are_decoded_the_same(data: bytes) -> None:
    results = []
    for kernel in (load("trace_order"), plain_twin):
        values = memoryview(bytearray(8 * max(len(data), 1))).cast("L")
        results.append(
            (kernel.decode_numbers(memoryview(data), 0, len(data), values), bytes(values))
        )
    assert results[0] == results[1]


@given(st.lists(st.integers(0, 2**64 - 1)), st.binary(max_size=12))
def test_numbers_come_back(numbers: list[int], tail: bytes) -> None:
    data = b"".join(map(varint, numbers)) + tail
    told = []
    for kernel in (load("trace_order"), plain_twin):
        values = memoryview(bytearray(8 * max(len(data), 1))).cast("L")
        told.append(
            (kernel.decode_numbers(memoryview(data), 0, len(data), values), values.tolist())
        )
    assert told[0] == told[1]
    assert told[0][1][: len(numbers)] == numbers


@pytest.mark.parametrize("strict", [True, False])
def test_times_that_run_out_are_refused_the_same_way(strict: bool) -> None:
    """The last time there is was given out: an event with added arguments has nowhere to go."""
    last = 2**63 - 1
    events = [f"ProcStatus dt={last // 2**11} p=0 pstatus=1", "ProcStatus dt=1 p=0 pstatus=1"]
    text = trace(generation(1, ["\n".join(events)])).replace("freq=1000000000", "freq=488282")
    data = encode(text)
    assert same(data, strict)


@pytest.mark.parametrize("attempts", [0, 1, 7, 8, 100])
def test_waiting_is_bounded_the_same_way(attempts: int) -> None:
    """Two threads wait for ever, a third works on: two attempts at each of its events."""
    waits = "GoStart dt=1 g=99 g_seq=1"
    data = encode(trace(generation(1, [waits, waits, RUNNING + "HeapGoal dt=1 heapgoal=1\n" * 2])))
    limits = Limits(attempts=attempts)
    compiled = read(data, limits=limits)
    assert compiled.told == read(data, limits=limits, plain=True).told
    is_limit = str(compiled.error).startswith("threads wait for one another")
    assert is_limit == (attempts <= 8)


def test_threads_that_wait_in_any_order_are_sorted_the_same_way() -> None:
    """Enough of them, and far enough from sorted, that the heap is sorted by merging."""
    rng = random.Random(7)
    threads = [f"GoStart dt={rng.randint(1, 50)} g=99 g_seq=1" for _ in range(60)]
    threads += [f"GoStart dt={rng.randint(1, 50)} g={100 + i} g_seq=1" for i in range(20)]
    creates = "".join(f"GoCreate dt=9 new_g={100 + i} new_stack=0 stack=0\n" for i in range(20))
    data = encode(trace(generation(1, [*threads, RUNNING + creates])))
    assert same(data, True) and same(data, False)
