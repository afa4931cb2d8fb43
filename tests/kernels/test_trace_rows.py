"""The kernel that makes rows of events: by hand, and compiled against plain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.kernels import trace_rows as compiled
from gotrace.kernels.plain import trace_rows as plain
from gotrace.readers.trace.derive.goroutines import _RULES as RULES
from gotrace.readers.trace.events import EVENTS, argument_counts

COUNTS = argument_counts()
STATE = {name: i for i, name in enumerate(plain.STATE)}
GO_CREATE, GO_START, GO_DESTROY, GO_BLOCK, GO_UNBLOCK, GO_STATUS = 14, 16, 17, 20, 21, 25
SYNC = 255
KINDS = [number for number, event in EVENTS.items() if event.is_timed]
ORDER = (0, 1, 2, 5, 6, 7, 8, 9, 3, 10, 4)
"""Of the columns as the rows below have them, in `wide` and then in `small`."""

Event = tuple[int, int, int, list[int]]
"""Type, goroutine, stack, arguments."""


class Stays:
    """A kernel with all its memory; names are -2 (unknown) at first."""

    def __init__(self, kernel: Any, seed: int = 3) -> None:
        self.kernel = kernel
        self.table = np.zeros((2, 5), np.int64)
        self.state = np.zeros(len(plain.STATE), np.int64)
        self.state[STATE["seed"]] = seed
        self.names = np.array([-2] * 8 + [-1], np.int32)
        self.rows: list[list[int]] = []
        self.asked: list[int] = []

    def run(self, events: list[Event]) -> None:
        n = len(events)
        columns = [
            np.array([event[0] for event in events], np.uint8),
            np.arange(100, 100 + n, dtype=np.int64),
            np.arange(n, dtype=np.int64) % 3,
            np.arange(n, dtype=np.int32) % 2,
            np.array([event[1] for event in events], np.int64),
            np.array([event[2] for event in events], np.int32),
            np.array([a % 2**64 for event in events for a in event[3]], np.uint64),
            COUNTS,
            RULES,
        ]
        wide, small = np.zeros((5, n), np.int64), np.zeros((6, n), np.int32)
        stack_rows = np.array([10, 11, 12, -1], np.int32)
        self.state[[STATE["row"], STATE["argument"], STATE["out"]]] = 0
        while True:
            memory = [*columns, self.names, stack_rows, self.table, self.state, wide, small]
            status = self.kernel.stays(*(memoryview(array) for array in memory))
            if status == plain.DONE:
                break
            self.help(status)
        used = int(self.state[STATE["out"]])
        out = np.concatenate([wide, small])[ORDER, :]
        self.rows += out[:, :used].T.tolist()

    def help(self, status: int) -> None:
        if status == plain.NEEDS_NAME:
            name = int(self.state[STATE["name"]])
            self.asked.append(name)
            self.names[name] = 70 + name
        else:
            table = np.zeros((2 * len(self.table), 5), np.int64)
            seed = int(self.state[STATE["seed"]])
            self.kernel.rehash(memoryview(self.table), memoryview(table), seed)
            self.table = table


def event(kind: int, *arguments: int, goroutine: int = -1, stack: int = -1) -> Event:
    return kind, goroutine, stack, list(arguments)


@pytest.fixture(params=[compiled, plain], ids=["compiled", "plain"])
def stays(request: pytest.FixtureRequest) -> Stays:
    return Stays(request.param)


def test_a_stay_ends_with_the_next_change(stays: Stays) -> None:
    """Created (start stack 1), started, blocked for reason 4 at stack 2, unblocked by 9."""
    stays.run(
        [
            event(GO_CREATE, 7, 1, goroutine=9, stack=0),
            event(GO_START, 7, 1),
            event(GO_BLOCK, 4, goroutine=7, stack=2),
            event(GO_UNBLOCK, 7, 2, goroutine=9, stack=0),
        ]
    )
    # end, duration, goroutine, before, after, reason, stack, source's stack, M, P, G
    assert stays.rows == [
        [100, -1, 7, 5, 1, -1, -1, 10, 0, 0, 9],
        [101, 1, 7, 1, 2, -1, 11, -1, 1, 1, -1],
        [102, 1, 7, 2, 4, -1, -1, 12, 2, 0, 7],
        [103, 1, 7, 4, 1, 74, 12, 10, 0, 1, 9],
    ]
    assert stays.asked == [4]


def test_what_is_first_met_has_been_so_since_the_generation_began(stays: Stays) -> None:
    stays.run([event(SYNC, 1), event(GO_STATUS, 7, -1, 4, 0), event(GO_UNBLOCK, 7, 1)])
    assert [row[:5] for row in stays.rows] == [[102, 2, 7, 4, 1]]


def test_a_goroutine_that_ended_is_forgotten(stays: Stays) -> None:
    for _ in range(5):
        stays.run([event(GO_CREATE, 7, 1), event(GO_START, 7, 1), event(GO_DESTROY, goroutine=7)])
    assert [row[4] for row in stays.rows] == [1, 2, 5] * 5
    assert int(stays.state[STATE["goroutines"]]) == 0
    assert not stays.table[:, 0].any()


def test_status_that_says_nothing_new_is_no_row(stays: Stays) -> None:
    stays.run([event(GO_STATUS, 7, -1, 4, 0), event(GO_STATUS, 7, -1, 4, 4)])
    assert stays.rows == []


NUMBERS = st.one_of(st.integers(0, 6), st.integers(0, 2**64 - 1), st.just(2**64 - 1))
GOROUTINES = st.one_of(st.integers(-1, 12), st.integers(-(2**63), 2**63 - 1))


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    found = []
    for _ in range(draw(st.integers(0, 50))):
        kind = draw(st.sampled_from(KINDS))
        arguments = [draw(NUMBERS) for _ in range(int(COUNTS[kind]))]
        found.append((kind, draw(GOROUTINES), draw(st.integers(-1, 5)), arguments))
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(events(), min_size=1, max_size=3), st.integers(-(2**63), 2**63 - 1))
def test_stays_compiled_and_plain_are_the_same(chunks: list[list[Event]], seed: int) -> None:
    both = [Stays(kernel, seed) for kernel in (compiled, plain)]
    for chunk in chunks:
        for stays in both:
            stays.run(chunk)
    fast, slow = both
    assert fast.rows == slow.rows
    assert fast.asked == slow.asked
    assert fast.state.tolist() == slow.state.tolist()
    assert np.array_equal(fast.table, slow.table)


def spread(kernel: Any, found: list[Event], places: Any) -> tuple[Any, ...]:
    kinds = np.array([one[0] for one in found], np.uint8)
    stacks = np.array([one[2] for one in found], np.int32)
    arguments = np.array([a % 2**64 for one in found for a in one[3]], np.uint64)
    numbers, rows = np.arange(1000, 1256, dtype=np.int32), np.array([7, 8, -1], np.int32)
    strings, met = np.array([-2, -1, -2, -2, -1], np.int32), np.zeros(5, np.int32)
    names, stack, text = np.zeros((3, len(found)), np.int32)
    out = np.zeros((places.shape[1] - 1, len(found)), np.int64)
    arrays = [
        kinds, stacks, arguments, COUNTS, places, numbers, rows, strings, met, names, stack, text,
        out,
    ]  # fmt: skip
    count = kernel.spread(*(memoryview(array) for array in arrays))
    texts = [-1 if code < 0 else int(met[code]) for code in text.tolist()]
    assert [int(strings[row]) for row in met[:count]] == list(range(count))
    return met[:count].tolist(), texts, names.tolist(), stack.tolist(), out.tolist()


@settings(max_examples=100, deadline=None)
@given(events(), st.integers(0, 4), st.booleans())
def test_spread_compiled_and_plain_are_the_same(
    found: list[Event], width: int, has_text: bool
) -> None:
    places = np.full((256, 1 + width), -1, np.int8)
    for kind in KINDS:
        most = min(int(COUNTS[kind]), width)
        places[kind, 1 : 1 + most] = range(most)
        places[kind, 0] = int(COUNTS[kind]) - 1 if has_text else -1
    last = [one[3][-1] if one[3] and has_text else -1 for one in found]
    texts = [text if text in (0, 2, 3) else -1 for text in last]
    expected = (
        list(dict.fromkeys(text for text in texts if text >= 0)),
        texts,
        [1000 + one[0] for one in found],
        [{0: 7, 1: 8}.get(one[2], -1) for one in found],
        [[_signed(one[3][i]) if i < len(one[3]) else -1 for one in found] for i in range(width)],
    )
    assert spread(compiled, found, places) == expected
    assert spread(plain, found, places) == expected


@settings(max_examples=50, deadline=None)
@given(events(), st.sets(st.sampled_from(KINDS)))
def test_selection_compiled_and_plain_are_the_same(found: list[Event], wanted: set[int]) -> None:
    kinds = np.array([one[0] for one in found], np.uint8)
    offsets = np.cumsum([0, *(len(one[3]) for one in found)])
    expected = [row for row, one in enumerate(found) if one[0] in wanted]
    is_wanted = np.zeros(256, np.uint8)
    is_wanted[list(wanted)] = 1
    for kernel in (compiled, plain):
        rows, starts = np.zeros((2, len(found)), np.int64)
        counts = np.zeros(256, np.int64)
        count = kernel.select(*map(memoryview, (kinds, COUNTS, is_wanted, rows, starts)))
        assert rows[:count].tolist() == expected
        assert starts[:count].tolist() == offsets[expected].tolist()
        kernel.tally(memoryview(kinds), memoryview(counts))
        assert counts.tolist() == np.bincount(kinds, minlength=256).tolist()


@pytest.mark.parametrize("kernel", [compiled, plain], ids=["compiled", "plain"])
def test_too_little_room_is_an_index_error(kernel: Any) -> None:
    rows, starts = np.zeros(1, np.int64), np.zeros(2, np.int64)
    kinds, types = memoryview(b"12"), memoryview(bytes(256))
    with pytest.raises(IndexError):
        kernel.select(kinds, types, types, memoryview(rows), memoryview(starts))
    with pytest.raises(IndexError):
        kernel.select(kinds, types, types, memoryview(starts), memoryview(rows))


@pytest.mark.parametrize("kernel", [compiled, plain], ids=["compiled", "plain"])
def test_a_place_behind_the_arguments_is_an_index_error(kernel: Any) -> None:
    with pytest.raises(IndexError, match="a place behind the arguments"):
        spread(kernel, [event(GO_DESTROY)], np.zeros((256, 2), np.int8))


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


@pytest.mark.parametrize("kernel", [compiled, plain], ids=["compiled", "plain"])
def test_missing_arguments_are_an_index_error(kernel: Any) -> None:
    with pytest.raises(IndexError):
        Stays(kernel).run([event(GO_START)])
    with pytest.raises(IndexError):
        spread(kernel, [event(GO_START)], np.full((256, 2), -1, np.int8))


def test_both_name_the_same_state() -> None:
    assert compiled.STATE == plain.STATE
    assert set(compiled.__all__) == set(plain.__all__)
