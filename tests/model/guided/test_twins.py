"""The compiled guided replay and its readable twin come to the same on any steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.kernels import heap_verify as compiled
from gotrace.model.guided import replay as plain
from gotrace.model.guided.parts import LARGEST_SPAN_PAGES, MOST_PAGES, Classes
from gotrace.model.guided.steps import KINDS
from gotrace.model.versions import GoVersion
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.steps import STEP_KINDS, StepReader
from gotrace.readers.trace.stream import TraceStream
from tests.cli.running import SAMPLES

Row = tuple[int, int, int, int, int, int, int, int]
"""Kind, thread, P, goroutine, three numbers of its own, and nothing."""

TYPES = (np.int64, np.int64, np.uint8, np.int64, np.int32, np.int64, np.int64, np.int64, np.int64)
TRACE = SAMPLES / "batch" / "go1.27" / "trace.allocfree.p2.out"
K = {name: number for number, name in enumerate(KINDS)}
FEW_PAGES = st.integers(0, 40)
CLASSES = st.sampled_from([0, 1, 4, 5, 10, 11, 64, 66, 112, 113, 135])


def outcome(make: Any, rows: list[tuple[int, ...]], version: int = 26, pieces: int = 1) -> Any:
    """What becomes of steps: kind, thread, P, goroutine, and their own three numbers."""
    replay = make(Classes(GoVersion(version)), 7)
    table = [(i, 64 * i, *row) for i, row in enumerate(rows)]
    columns = [np.array([row[place] for row in table], kind) for place, kind in enumerate(TYPES)]
    order = (0, 1, 2, 3, 4, 5, 6, 7, 8)
    size = max(1, -(-len(rows) // pieces))
    for begin in range(0, len(rows), size):
        replay.feed(*(columns[place][begin : begin + size].data for place in order))
    return replay.outcome()


def same(rows: list[tuple[int, ...]], version: int = 26) -> Any:
    """The outcome, which is the same of both twins, and in pieces."""
    expected = outcome(plain.Replay, rows, version)
    assert outcome(compiled.Replay, rows, version) == expected
    assert outcome(compiled.Replay, rows, version, pieces=3) == expected
    return expected


@st.composite
def likely(draw: st.DrawFn) -> tuple[int, ...]:
    """A step as a runtime may take it, about few pages, Ps and goroutines."""
    kind = draw(st.sampled_from(KINDS))
    page = draw(FEW_PAGES)
    numbers = [0, 0, 0]
    if kind in ("span", "span_alloc"):
        spans = draw(st.sampled_from([1, 1, 1, 2, 3, 10, 16, 70]))
        numbers = [page, spans, draw(st.one_of(CLASSES.map(lambda c: 2 * c), st.just(1)))]
    elif kind == "span_free":
        numbers = [page, -1, -1]
    elif kind.startswith("object"):
        unit = 1024 * page + draw(st.sampled_from([0, 1, 2, 4, 6, 8, 64, 128, 129, 1000]))
        numbers = [unit, draw(st.sampled_from([-1, 8, 24, 48, 800])), draw(st.integers(0, 1))]
    elif kind == "sweep_end":
        numbers = [8192 * draw(st.sampled_from([0, 1, 2, 3, 5, 10, 512, 513, 1030])), 0, -1]
    elif kind == "heap_alloc":
        numbers = [draw(st.integers(0, 40)) * 8192 - 1000, -1, -1]
    elif kind in ("stw_begin", "proc_start", "proc_stop"):
        numbers = [draw(st.integers(0, 3)), -1, -1]
    who = (draw(st.integers(1, 2)), draw(st.integers(-1, 2)), draw(st.integers(1, 3)))
    return (K[kind], *who, *numbers)


@settings(max_examples=150, deadline=None)
@given(st.lists(likely(), max_size=120), st.sampled_from([23, 26]))
def test_twins_agree_on_steps_of_a_small_heap(rows: list[tuple[int, ...]], version: int) -> None:
    same(rows, version)


NUMBERS = st.sampled_from([
    -(1 << 63), -1, 0, 1, 2, 1023, 8192, MOST_PAGES - 1, MOST_PAGES, LARGEST_SPAN_PAGES + 1,
    1 << 40, (1 << 63) - 1,
])  # fmt: skip
ANY = st.tuples(
    st.integers(0, 255), NUMBERS, st.integers(-2, 5000), NUMBERS, NUMBERS, NUMBERS, NUMBERS
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY, max_size=40))
def test_twins_agree_on_numbers_beyond_all_reason(rows: list[tuple[int, ...]]) -> None:
    same(rows)


def test_twins_agree_on_a_real_trace() -> None:
    with open_bytes(TRACE) as content:
        stream = open_stream(content)
        assert isinstance(stream, TraceStream)
        blocks = list(StepReader(stream))
    found = []
    for make in (plain.Replay, compiled.Replay):
        replay: Any = make(Classes(GoVersion(stream.version)))
        for block in blocks:
            columns = zip(block, TYPES, strict=True)
            replay.feed(*(np.ascontiguousarray(column, kind).data for column, kind in columns))
        found.append(replay.outcome())
    assert found[0] == found[1]


def test_kinds_of_steps_are_those_that_the_reader_gives() -> None:
    assert STEP_KINDS == KINDS


def churn(rounds: int) -> list[tuple[int, ...]]:
    """A heap that lives: two Ps, two span classes, sweeps of all kinds, cycle after cycle."""
    rng = np.random.default_rng(7)
    rows: list[tuple[int, ...]] = [(K["stw_begin"], 1, 0, 1, 0, -1, -1)]
    live = 0
    pages = 0
    for number in range(rounds):
        proc = int(rng.integers(0, 2))
        who = (1 + proc, proc, 1 + proc)
        if number % 7 == 0:
            kind = int(rng.choice([10, 11, 132, 2]))
            rows.append((K["span_alloc"], *who, pages, 1, kind))
            live += 8192
            rows.append((K["heap_alloc"], *who, live, -1, -1))
            pages += 1
        unit = 1024 * int(rng.integers(0, max(pages, 1))) + 2 * int(rng.integers(0, 500))
        rows.append((K["object_alloc"], *who, unit, 16, int(rng.integers(0, 2))))
        if number % 50 == 49:
            rows += [(K[kind], *who, -1, -1, -1) for kind in ("gc_begin", "stw_begin", "gc_end")]
            rows.append((K["stw_end"], *who, -1, -1, -1))
        if number % 5 == 4:
            rows.append((K["sweep_begin"], *who, -1, -1, -1))
            for _ in range(int(rng.integers(0, 4))):
                rows.append((K["object_free"], *who, 2 * int(rng.integers(0, 512 * pages)), -1, -1))
            rows.append((K["sweep_end"], *who, 8192 * int(rng.integers(0, 4)), -1, -1))
        if number % 9 == 8:
            rows.append((K["sweeper_yield"], *who, -1, -1, -1))
    return rows


def test_twins_agree_on_a_heap_that_lives_long() -> None:
    found = same(churn(4000))
    assert sum(found["agreed"]) > 3000
    assert sum(found["disagreed"]) > 100


def test_twins_agree_on_a_span_that_two_ps_seem_to_take_over() -> None:
    # The second P's sweep turns out to have ended with the span that the first allocates in: in
    # the caches of both it came into two lists, which then had no end.
    def row(kind: str, *numbers: int, proc: int = 0) -> tuple[int, ...]:
        return (K[kind], 1, proc, proc + 1, *(*numbers, -1, -1, -1)[:3])

    def objects(page: int) -> list[tuple[int, ...]]:
        units = (1024 * page, 1024 * page + 512)
        return [row("span_alloc", page, 1, 178), *(row("object_alloc", u, 4096, 0) for u in units)]

    mark = [row("gc_begin"), row("stw_begin", 0), row("gc_end"), row("stw_end")]
    took = [
        row("heap_alloc", 16384, proc=1),
        row("sweep_begin", proc=1),
        row("object_free", 512, proc=1),
        row("sweep_end", 8192, proc=1),
        row("heap_alloc", 16384 + 4096, proc=1),
        row("object_alloc", 512, 4096, 0),
    ]
    late = [row("object_free", 0), row("sweeper_done")]
    rest = [*objects(2), *objects(3), *mark, *late, *objects(4)]
    assert same([*objects(0), *objects(1), *mark, *took, *rest, *mark])["counts"]
