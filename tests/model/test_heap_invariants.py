"""Every invariant after every step, on random streams, for every version with a page bitmap."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.errors import ModelError
from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.central import CentralSets
from gotrace.model.heap import Allocation
from gotrace.model.pages.bitmap import ARENA_BYTES, BitmapPages
from gotrace.model.policies import policy_for
from gotrace.model.span import Span
from gotrace.model.sweeping import Sweeper

VERSIONS = ["go1.14", "go1.16", "go1.18", "go1.19", "go1.22", "go1.25", "go1.26", "go1.27"]
SMALL = (1, 2, 8, 12, 15, 16, 24, 40, 100, 512, 513, 1024, 3000, 8192, 9000, 28000, 32760)
SIZES = st.sampled_from([*SMALL, 32768, 32769, 40000, 130000, 131072, 5000000])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["allocate"] * 12 + ["mark", "die", "die", "flush", "sweep", "stack"]),
        SIZES,
        st.integers(0, 1000),
    ),
    max_size=80,
)


class Program:
    """Drives a heap, and knows what lives."""

    def __init__(self, heap: BitmapHeap) -> None:
        self.heap = heap
        self.live: dict[tuple[int, int], int] = {}
        self.dead: list[int] = []
        self.stacks: list[int] = []

    def step(self, what: str, size: int, choice: int) -> None:
        cache = choice % 3
        if what == "allocate":
            self.allocate(cache, size, has_pointers=choice % 2 == 0)
        elif what == "die":
            for key in list(self.live)[:: 1 + choice % 4]:
                self.dead.append(self.live.pop(key))
        elif what == "mark":
            self.mark(choice)
        elif what == "flush":
            self.heap.flush(cache)
            self.heap.pages.flush(cache)
        elif what == "sweep":
            self.heap.sweeper.sweep_one()
        elif self.stacks and choice % 2:
            self.heap.stacks.free(self.stacks.pop(), 4096, cache)
        else:
            self.stacks.append(self.heap.stacks.allocate(4096, cache))

    def allocate(self, cache: int, size: int, has_pointers: bool) -> None:
        made = self.heap.allocate(cache, size, has_pointers)
        key = made.span, made.slot
        assert made.is_new_slot == (key not in self.live) or made.is_tiny
        assert made.span <= made.address
        assert made.address + size <= made.span + (made.slot + 1) * made.slot_bytes
        self.live[key] = self.slot_address(made)

    def slot_address(self, made: Allocation) -> int:
        return made.span + made.slot * made.slot_bytes

    def mark(self, choice: int) -> None:
        if not self.heap.is_marking:
            self.heap.begin_mark()
            return
        # A tiny block may have got a new object after it was given up.
        living = set(self.live.values())
        dead, self.dead = [at for at in self.dead if at not in living], []
        live_bytes = self.heap.accounting.heap_live_bytes
        self.heap.end_mark(dead, None if choice % 2 else live_bytes + (choice << 14))


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=40, deadline=None)
@given(steps=STEPS, page=st.integers(0, 8191))
def test_no_step_breaks_an_invariant(
    version: str, steps: list[tuple[str, int, int]], page: int
) -> None:
    policy = policy_for(version)
    start = policy.first_address + (page * 8192 if policy.has_random_base else 0)
    heap = policy.heap(policy, start)
    assert isinstance(heap, BitmapHeap)
    program = Program(heap)
    for step in steps:
        program.step(*step)
        heap.check()
    assert heap.statistics().mapped_bytes % (ARENA_BYTES // 16) == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_when_everything_has_died_two_marks_leave_an_empty_heap(version: str) -> None:
    policy = policy_for(version)
    heap = policy.heap(policy, policy.first_address)
    assert isinstance(heap, BitmapHeap)
    program = Program(heap)
    for number in range(300):
        program.allocate(number % 3, 1 + number * 37 % 700, has_pointers=number % 2 == 0)
    heap.allocate(0, 100000, False)
    for _ in range(2):
        heap.begin_mark()
        living = [
            s.slot_address(n)
            for s in heap.spans.values()
            for n in range(s.slot_count)
            if s.allocated >> n & 1
        ]
        heap.end_mark(living)
        heap.check()
    heap.sweeper.finish()
    heap.check()
    statistics = heap.statistics()
    assert (statistics.in_use_bytes, statistics.heap_live_bytes, heap.spans) == (0, 0, {})
    assert statistics.mallocs_count == statistics.frees_count + statistics.tiny_count


def long_run(steps: int) -> None:
    """A fixed long stream on go1.22, checked after every step."""
    policy = policy_for("go1.22")
    heap = policy.heap(policy, policy.first_address)
    assert isinstance(heap, BitmapHeap)
    program, state = Program(heap), 12345
    kinds = ["allocate"] * 12 + ["mark", "die", "flush", "sweep", "stack"]
    for _ in range(steps):
        state = (state * 1103515245 + 12345) % 2**31
        program.step(kinds[(state >> 8) % len(kinds)], SMALL[(state >> 14) % 17], state >> 20)
        heap.check()


def test_a_long_stream_breaks_nothing() -> None:
    long_run(1500)


def _keep_empty(sweeper: Sweeper, span: Span) -> bool:
    sweeper.sweep_for_cache(span)
    sweeper._central.put_swept(span)
    return False


def _always_partial(central: CentralSets, span: Span) -> None:
    central._of(span.span_class).partial_swept.append(span)


def _free_too_little(pages: BitmapPages, address: int, npages: int, cache: int | None) -> None:
    pages.bitmap.release(address // pages.page_bytes, 1)
    pages._used_pages -= npages


@pytest.mark.parametrize(
    ("where", "name", "fault"),
    [
        (Sweeper, "sweep", _keep_empty),
        (CentralSets, "put_swept", _always_partial),
        (BitmapPages, "free", _free_too_little),
    ],
)
def test_a_rule_that_is_broken_on_purpose_does_not_go_unnoticed(
    where: type, name: str, fault: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, fault)
    with pytest.raises(ModelError):
        long_run(1500)
