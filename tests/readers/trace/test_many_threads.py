"""Thousands of threads that wait for one another, in ways that make finding the next one costly."""

from __future__ import annotations

import pytest

from gotrace.readers.limits import DEFAULT, Limits
from tests.readers.trace.reading import read
from tests.readers.trace.small import generation, trace
from tests.readers.trace.test_twins import same
from tests.readers.trace.text_form import NUMBERS, encode, varint

END = b"\x34"
STEP_NS = 10
WAITS, CREATES = 1, 2
"""The thread that waits for the other, again and again."""
FIRST_GOROUTINE = 1_000_000
RUNNING = 1


def event(name: str, dt: int, *arguments: int) -> bytes:
    return bytes([NUMBERS[name]]) + b"".join(map(varint, (dt, *arguments)))


def batch(thread: int, time: int, events: bytes) -> bytes:
    return b"".join(map(varint, (1, 1, thread, time, len(events)))) + events


def turns(threads: int, between: int, waits: int) -> bytes:
    """Threads that go on in turn; each turn takes the first in time behind all others.

    After every `between` turns the first has to wait for the last: then all are to be sorted, and
    the turns have left them far from sorted.
    """
    turn_ns = threads * STEP_NS
    count = waits * between // threads + 1
    out = bytearray(encode(trace(generation(1, []))).removesuffix(END))
    for i in range(threads):
        thread = proc = goroutine = i + CREATES + 1
        events = event("ProcStatus", 1000 + STEP_NS * i, proc, RUNNING)
        events += event("GoStatus", 1, goroutine, thread, 2)
        out += batch(thread, 0, events + count * event("HeapGoal", turn_ns, 1))
    out += batch(WAITS, 0, event("ProcStatus", 1, 0, RUNNING))
    out += batch(CREATES, 0, event("ProcStatus", 1, 1, RUNNING) + event("GoStatus", 1, 1, 2, 2))
    for number in range(waits):
        time = 1000 + turn_ns + STEP_NS * between * number + STEP_NS // 2
        goroutine = FIRST_GOROUTINE + number
        waiting = event("GoStart", 0, goroutine, 1) + event("GoDestroy", 0)
        out += batch(WAITS, time, waiting)
        out += batch(CREATES, time + 1, event("GoCreate", 0, goroutine, 0, 0))
    return bytes(out) + END


@pytest.mark.parametrize("between", [1, 8, 40])
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
def test_threads_that_turns_left_unsorted_are_ordered_the_same_way(
    between: int, strict: bool
) -> None:
    data = turns(150, between, 30)
    assert read(data, strict=strict).error is None
    assert same(data, strict)


def test_threads_that_stay_nearly_sorted_cost_little_of_the_limit() -> None:
    """As those of a program do that has a thousand of them in system calls."""
    limits = Limits(attempts=1_000_000)
    assert read(turns(1000, 1, 2000), limits=limits).error is None


def test_sorting_thousands_of_threads_is_bounded_by_the_limit_of_attempts() -> None:
    """Every wait sorts them by merging, which is counted: then it is over."""
    threads = DEFAULT.threads - 10
    most = DEFAULT.attempts // threads
    outcome = read(turns(threads, 16, most + 100))
    assert str(outcome.error).startswith("threads wait for one another")
    assert read(turns(threads, 16, most // 10)).error is None
