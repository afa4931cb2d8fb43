"""Invariants of the allocators before go1.15 and of tcmalloc, after every step of random lives."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.errors import ModelError
from gotrace.model.heap import Heap
from gotrace.model.layout import linear_layout
from gotrace.model.legacy_policies import LEGACY_POLICIES, TCMALLOC_POLICIES
from gotrace.model.pages.first_fit import FirstFitPages
from gotrace.model.pages.free_runs import FreeRunPages
from gotrace.model.pages.lists import ListPages
from gotrace.model.pages.sources import ArenaSource, LinearSource, SystemSource
from gotrace.model.pages.tcmalloc import TcmallocPages
from gotrace.model.pages.two_trees import TwoTreesPages
from gotrace.model.policies import new_heap
from gotrace.model.policy import Policy
from gotrace.model.stream import Step, StepKind, Stream
from gotrace.model.versions import KNOWN, GoVersion
from tests.model.both_replays import replayed

WITHOUT_STACKS = ("go1.0", "go1.3", "go1.4", "go1.5", "tcmalloc-classic", "tcmalloc-2x")
NAMES = [policy.name for policy in (*LEGACY_POLICIES, *TCMALLOC_POLICIES)]
PAGE_HEAPS: dict[str, Callable[[], FreeRunPages]] = {
    "go1.0": lambda: ListPages(LinearSource(linear_layout(GoVersion(0)))),
    "go1.11": lambda: ListPages(ArenaSource(), is_treap=True),
    "go1.12": lambda: TwoTreesPages(ArenaSource()),
    "go1.13": lambda: FirstFitPages(ArenaSource()),
    "tcmalloc-classic": lambda: TcmallocPages(SystemSource(1 << 32, 4096), is_classic=True),
    "tcmalloc-2x": lambda: TcmallocPages(SystemSource(1 << 32, 8192), is_classic=False),
}

page_steps = st.lists(
    st.tuples(
        st.sampled_from(["allocate", "allocate", "free", "release", "take"]),
        st.sampled_from([1, 1, 2, 3, 10, 127, 128, 129, 255, 256, 300, 3000]),
        st.integers(0, 1000),
    ),
    max_size=40,
)


@pytest.mark.parametrize("name", PAGE_HEAPS)
@given(steps=page_steps)
@settings(max_examples=20, deadline=None)
def test_page_heaps_keep_every_page_and_foresee_every_placement(
    name: str, steps: list[tuple[str, int, int]]
) -> None:
    pages = PAGE_HEAPS[name]()
    used: list[tuple[int, int]] = []
    for what, npages, chance in steps:
        pages.now_ns += chance * 10**9
        if what == "allocate":
            foreseen = pages.find(npages)
            used.append((pages.allocate(npages), npages))
            assert used[-1][0] == foreseen
        elif what == "free" and used:
            pages.free(*used.pop(chance % len(used)))
        elif what == "release":
            release(pages, npages)
        elif what == "take":
            free = [run for run in pages.runs() if run.is_free and run.npages >= npages]
            if free:
                run = free[chance % len(free)]
                first = chance % (run.npages - npages + 1)
                used.append((run.address + first * pages.page_bytes, npages))
                pages.take(*used[-1])
        pages.check()
        assert pages.used_pages == sum(count for _, count in used)
    for address, npages in used:
        pages.free(address, npages)
    pages.check()
    assert pages.used_pages == 0


def release(pages: FreeRunPages, npages: int) -> None:
    """Give memory back, as this page heap does."""
    if isinstance(pages, (ListPages, TwoTreesPages)):
        pages.release_unused(300 * 10**9)
    elif isinstance(pages, FirstFitPages):
        pages.release(npages * pages.page_bytes)
    elif isinstance(pages, TcmallocPages):
        pages.release(npages)


SIZES = [0, 1, 8, 15, 16, 33, 100, 600, 1024, 5000, 20000, 32768, 32769, 100_000, 300_000]
heap_steps = st.lists(
    st.tuples(
        st.sampled_from(["allocate", "allocate", "allocate", "free", "flush", "collect"]),
        st.sampled_from(SIZES),
        st.integers(0, 2),
        st.integers(1, 40),
    ),
    min_size=5,
    max_size=15,
)


class Life:
    """What a program did with one heap, and what must therefore be in it."""

    def __init__(self, name: str) -> None:
        self.heap: Heap = new_heap(name)
        self.is_freeing = name == "go1.0" or name.startswith("tcmalloc")
        self.live: dict[tuple[int, int], tuple[int, int]] = {}

    def step(self, what: str, size: int, cache: int, count: int) -> None:
        if what == "allocate":
            for index in range(count):
                self.allocate(cache, size, index % 2 == 0)
        elif what == "free" and self.is_freeing:
            for key in list(self.live)[::3][:count]:
                self.heap.free(self.live.pop(key)[0], cache)
        elif what == "flush":
            self.heap.flush(cache)
        elif what == "collect":
            self.collect(list(self.live)[:: 1 + cache])
        self.heap.check()

    def allocate(self, cache: int, size: int, has_pointers: bool) -> None:
        made = self.heap.allocate(cache, size, has_pointers)
        assert made.slot_bytes >= size
        if made.is_new_slot:
            assert (made.span, made.slot) not in self.live, "a slot is given out once"
            self.live[made.span, made.slot] = made.address, made.slot_bytes

    def collect(self, dead: list[tuple[int, int]]) -> None:
        self.heap.begin_mark()
        self.heap.check()
        self.heap.end_mark([self.live.pop(key)[0] for key in dead])

    def check_end(self) -> None:
        """After two marks only what lives is left, and then nothing."""
        for _ in range(2):
            self.collect([])
        self.heap.begin_mark()
        statistics = self.heap.statistics()
        assert sum(statistics.objects_by_class.values()) == len(self.live)
        assert sum(statistics.bytes_by_class.values()) == sum(b for _, b in self.live.values())
        self.heap.end_mark([address for address, _ in self.live.values()])
        for cache in range(3):
            self.heap.flush(cache)
        self.heap.begin_mark()
        assert self.heap.statistics().objects_by_class == {}


@pytest.mark.parametrize("name", NAMES)
@given(steps=heap_steps)
@settings(max_examples=10, deadline=None)
def test_heaps_give_each_slot_once_and_lose_nothing(
    name: str, steps: list[tuple[str, int, int, int]]
) -> None:
    life = Life(name)
    for step in steps:
        life.step(*step)
    life.check_end()


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("tcmalloc")])
def test_spans_return_exactly_when_they_are_empty_and_swept(name: str) -> None:
    heap = new_heap(name)
    made = [heap.allocate(0, 1024, True) for _ in range(100)]
    kept = made[17]
    heap.begin_mark()
    heap.end_mark([a.address for a in made if a is not kept])
    heap.begin_mark()
    statistics = heap.statistics()
    assert statistics.spans_by_class == {kept.span_class: 1}
    assert statistics.in_use_bytes == (4096 if name == "go1.0" else 8192)
    heap.end_mark([])
    heap.check()


@pytest.mark.parametrize("version", KNOWN, ids=str)
def test_every_version_runs_with_the_row_before_it(version: GoVersion) -> None:
    life = Life(str(version))
    for size in SIZES:
        life.step("allocate", size, 0, 10)
    life.step("collect", 0, 1, 0)
    life.check_end()


@pytest.mark.parametrize("name", NAMES)
def test_a_lost_page_is_found(name: str) -> None:
    heap = new_heap(name)
    heap.allocate(0, 100_000, False)
    pages = heap.pages  # type: ignore[attr-defined]
    pages.allocate(3, None)
    with pytest.raises(ModelError, match=r"pages|spans"):
        heap.check()


@pytest.mark.parametrize("name", PAGE_HEAPS)
def test_runs_that_overlap_or_were_not_joined_are_found(name: str) -> None:
    pages = PAGE_HEAPS[name]()
    first, second = pages.allocate(1), pages.allocate(1)
    pages.free(first, 1)
    run = pages._free_by_start[first // pages.page_bytes]
    run.npages += 1
    with pytest.raises(ModelError):
        pages.check()
    run.npages -= 1
    del pages._used[second // pages.page_bytes]
    with pytest.raises(ModelError, match="lost"):
        pages.check()


HOSTILE = [
    Step(StepKind.FREE, object=1),
    Step(StepKind.ALLOC, object=1, size=40 << 30),
    Step(StepKind.ALLOC, object=2, size=1 << 48),
    Step(StepKind.ALLOC, object=3, size=-1),
    Step(StepKind.ALLOC, cache=1 << 30, object=4, size=8),
    Step(StepKind.ALLOC, object=5, size=8),
    Step(StepKind.ALLOC, object=5, size=8),
    Step(StepKind.FREE, object=5),
    Step(StepKind.FREE, object=5),
    Step(StepKind.MARK_END),
    Step(StepKind.STACK_ALLOC, object=6, size=2048),
    Step(StepKind.STACK_FREE, object=6),
]


@pytest.mark.parametrize("policy", [*LEGACY_POLICIES, *TCMALLOC_POLICIES], ids=lambda p: p.name)
def test_a_stream_that_breaks_the_rules_becomes_notes(policy: Policy) -> None:
    done = replayed(Stream.of(HOSTILE), policy)
    slugs = {note.slug for note in done.notes}
    assert {"stream-impossible-size", "stream-impossible-cache", "stream-double-free"} <= slugs
    # 40 GiB are more than go1.0 could reserve; large spans cost the model no memory.
    assert ("stream-too-much-memory" in slugs) == (policy.name == "go1.0")
    assert ("stream-stacks-not-modelled" in slugs) == (policy.name in WITHOUT_STACKS)
