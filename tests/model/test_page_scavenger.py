"""Which pages the scavenger of go1.14 on gives back, and in what order."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.model.pages import bits
from gotrace.model.pages.scavenged import Goals, ScavengedPages
from gotrace.model.pages.scavenging import DENSE_PAGES, candidate
from gotrace.model.scavenger import scavenger_of
from gotrace.model.versions import GoVersion

ANSWERS = Path(__file__).parent / "scavenger_oracle" / "answers.txt"
"""Lines `step = answer` of the runtime itself: the same from go1.21 to go1.27, see `again.py`."""

BASE = 0xC000000000
PAGE = 8192
CHUNK = 512
MIB = 1 << 20


def made(minor: int = 27, memory_limit_bytes: int | None = None) -> ScavengedPages:
    rule = scavenger_of(GoVersion(minor))
    return ScavengedPages(BASE, rule=rule, memory_limit_bytes=memory_limit_bytes)


def answers(program: list[str]) -> list[str]:
    """Each step with what the model answers.

    alloc N P       N pages for P: the first page's number
    free N          the Nth run in use, whose place the last one takes: its first page's number
    flush P         the page cache of P
    mark            a mark ends
    background N    give N pages back as the background scavenger does: how many went
    forced N        the same for a memory limit or debug.FreeOSMemory
    checksum        of the bits of all pages that the system has
    """
    pages = made()
    live: list[tuple[int, int]] = []
    told: list[str] = []
    for step in program:
        what, *numbers = step.split()
        n, p = (int(number) for number in [*numbers, "0", "0"][:2])
        answer = 0
        if what == "alloc":
            live.append((pages.allocate(n, p), n))
            answer = (live[-1][0] - BASE) // PAGE
        elif what == "free":
            address, npages = live[n]
            live[n] = live[-1]
            live.pop()
            pages.free(address, npages)
            answer = (address - BASE) // PAGE
        elif what == "flush":
            pages.flush(n)
        elif what == "mark":
            pages.next_generation()
        elif what in ("background", "forced"):
            answer = pages.scavenger.release(n, is_forced=what == "forced")
        elif what == "checksum":
            answer = checksum(pages)
        told.append(f"{step} = {answer}")
    return told


def checksum(pages: ScavengedPages) -> int:
    words = [
        f"{chunk.scavenged >> 64 * word & bits.mask(0, 64):016x}"
        for _, chunk in sorted(pages.bitmap.chunks.items())
        for word in range(8)
    ]
    return zlib.crc32("".join(words).encode())


def test_every_step_is_answered_as_the_runtimes_own_page_allocator_did() -> None:
    known = ANSWERS.read_text().splitlines()
    assert len(known) > 500
    assert sum(step.startswith("background") for step in known) > 30
    assert answers([line.split(" = ")[0] for line in known]) == known


def given_back(pages: ScavengedPages) -> list[int]:
    """Pages from the heap's beginning that are free and with the system, but were in use once."""
    return [
        (number * CHUNK + page) - BASE // PAGE
        for number, chunk in sorted(pages.bitmap.chunks.items())
        for page in range(CHUNK)
        if chunk.free & chunk.scavenged & bits.mask(page, 1)
    ]


def test_the_highest_free_pages_go_first_and_only_as_many_as_wanted() -> None:
    pages = made()
    runs = [pages.allocate(16) for _ in range(32)]  # one chunk, full
    for run in (1, 2, 20):
        pages.free(runs[run], 16)
    pages.next_generation()
    assert pages.released_bytes == 0
    pages.scavenger._in_use_before = {}  # it was full when the generation began
    assert pages.scavenger.release(10, is_forced=False) == 10
    assert given_back(pages) == list(range(20 * 16 + 6, 21 * 16))
    assert pages.scavenger.release(10, is_forced=False) == 10
    assert given_back(pages) == [*range(3 * 16 - 4, 3 * 16), *range(20 * 16, 21 * 16)]
    assert pages.released_bytes == 20 * PAGE


def test_a_page_of_the_system_counts_as_used_memory_again_when_it_is_handed_out() -> None:
    pages = made()
    first = pages.allocate(100)
    pages.free(first, 100)
    pages.scavenger.release(CHUNK, is_forced=True)
    assert pages.released_bytes == CHUNK * PAGE
    assert pages.allocate(100) == first
    assert pages.released_bytes == (CHUNK - 100) * PAGE
    pages.check()


def test_the_pages_in_front_of_a_random_base_are_with_the_system_for_ever() -> None:
    pages = ScavengedPages(BASE + 77 * PAGE, rule=scavenger_of(GoVersion(26)))
    first = pages.allocate(CHUNK - 77)
    assert (first, pages.released_bytes) == (BASE + 77 * PAGE, 77 * PAGE)
    pages.free(first, CHUNK - 77)
    assert pages.release_all() == (CHUNK - 77) * PAGE
    assert pages.released_bytes == pages.mapped_bytes
    pages.check()


@pytest.mark.parametrize(
    ("free", "index", "npages", "expected"),
    [
        ([(0, 512)], 511, 8, (256, 256)),  # a whole huge page rather than a part of it
        ([(0, 512)], 511, 300, (0, 512)),
        ([(300, 200)], 511, 8, (492, 8)),  # it was not whole
        ([(200, 100)], 511, 60, (240, 60)),  # across the border, no whole huge page below
        ([(10, 5), (100, 2)], 511, 8, (100, 2)),
        ([(10, 5), (100, 2)], 64, 8, (100, 2)),  # the whole word of 64 pages is looked at
        ([(10, 5), (100, 2)], 63, 8, (10, 5)),
        ([], 511, 8, (0, 0)),
    ],
)
def test_what_goes_next_in_a_chunk(
    free: list[tuple[int, int]], index: int, npages: int, expected: tuple[int, int]
) -> None:
    retained = sum(bits.mask(start, count) for start, count in free)
    assert candidate(retained, index, npages) == expected


def test_without_huge_pages_nothing_more_than_wanted_goes() -> None:
    assert candidate(bits.mask(0, 512), 511, 8, huge_page_pages=0) == (504, 8)


def dense(pages: ScavengedPages) -> list[int]:
    """A chunk of which 31/32 are in use: 16 pages are free."""
    runs = [pages.allocate(16) for _ in range(32)]
    pages.free(runs[3], 16)
    pages.next_generation()
    return runs


def test_a_dense_chunk_is_left_alone_since_go121_unless_it_is_forced() -> None:
    pages = made()
    dense(pages)
    assert pages.scavenger.release(16, is_forced=False) == 0
    assert pages.scavenger.release(16, is_forced=True) == 16
    older = made(20)
    dense(older)
    assert older.scavenger.release(16, is_forced=False) == 16


def test_a_chunk_that_was_dense_when_the_cycle_began_is_left_alone_for_all_of_it() -> None:
    pages = made()
    runs = dense(pages)
    pages.free(runs[4], 16)
    assert CHUNK - 32 < DENSE_PAGES
    assert pages.scavenger.release(64, is_forced=False) == 0
    pages.next_generation()
    assert pages.scavenger.release(64, is_forced=False) == 32


def test_what_is_freed_above_the_place_of_the_search_waits_for_the_next_cycle() -> None:
    pages = made()
    low, high = pages.allocate(300), pages.allocate(300)
    pages.free(low, 300)
    pages.next_generation()
    pages.free(high, 300)
    released = pages.scavenger.release(10 * CHUNK, is_forced=False)
    # The search starts in the word of page 299: pages 0 to 319 of both runs.
    assert given_back(pages)[:released] == list(range(320))
    pages.next_generation()
    # The first chunk was left as one with nothing in it: the second has pages 512 to 599.
    assert pages.scavenger.release(10 * CHUNK, is_forced=False) == 88
    assert pages.scavenger.release(10 * CHUNK, is_forced=True) == 0
    pages.free(pages.allocate(1), 1)  # until something else is freed in it
    assert pages.scavenger.release(10 * CHUNK, is_forced=True) == 512 - 320 + 1


def grown(minor: int, goal_bytes: int | None) -> ScavengedPages:
    """500 pages free, all else in use; then a growth for 512 pages."""
    pages = made(minor)
    runs = [pages.allocate(500), pages.allocate(12), pages.allocate(CHUNK)]
    pages.free(runs[0], 500)
    pages.next_generation()
    pages.next_generation()
    pages.goals = Goals(goal_bytes)
    pages.allocate(CHUNK, 0)
    return pages


@pytest.mark.parametrize("minor", [14, 18, 19, 20, 21, 27])
def test_a_growth_gives_back_as_much_as_it_maps_or_what_it_is_over(minor: int) -> None:
    retained = 2 * CHUNK * PAGE
    assert grown(minor, None).given_back_bytes["growth"] == 0
    assert grown(minor, retained + 4 * MIB).given_back_bytes["growth"] == 0
    # 100 pages over: of what is free, 244 pages are a part of a huge page, 256 are a whole one.
    assert grown(minor, retained + 4 * MIB - 100 * PAGE).given_back_bytes["growth"] == 100 * PAGE
    assert grown(minor, MIB).given_back_bytes["growth"] == 500 * PAGE


def test_a_growth_without_a_p_gives_nothing_back_since_go119() -> None:
    for minor, expected in ((18, 500 * PAGE), (19, 0)):
        pages = made(minor)
        first = pages.allocate(500)
        pages.allocate(12)
        pages.free(first, 500)
        pages.goals = Goals(0)
        pages.allocate(CHUNK, None)
        assert pages.given_back_bytes["growth"] == expected


def test_pages_over_the_memory_limit_are_made_up_for_at_once() -> None:
    pages = made(27, memory_limit_bytes=6 * MIB)
    runs = [pages.allocate(16) for _ in range(CHUNK // 16)]
    pages.free(runs[5], 16)  # dense, but this is forced
    pages.allocate(300, 0)
    assert pages.ready_bytes == (CHUNK + 300 - 16) * PAGE
    assert pages.given_back_bytes == {"growth": 0, "background": 0, "forced": 16 * PAGE}
    pages.check()


def test_the_background_stops_at_its_goal_or_one_quantum_below() -> None:
    pages = made()
    first = pages.allocate(200)
    pages.allocate(100)
    pages.free(first, 200)
    pages.next_generation()
    pages.goals = Goals(retained_bytes=150 * PAGE)
    assert pages.retained_bytes == 300 * PAGE
    assert pages.run_background() == 152 * PAGE, "19 quanta of 64 KiB"
    assert pages.run_background() == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["alloc"] * 6 + ["free"] * 4 + ["mark", "flush", "background", "forced"]),
        st.integers(0, 700),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.sampled_from([14, 18, 19, 21, 27]), st.sampled_from([0, MIB, 5 * MIB, None]))
def test_no_page_in_use_is_ever_given_back_and_none_is_counted_twice(
    steps: list[tuple[str, int]], minor: int, goal_bytes: int | None
) -> None:
    pages = made(minor, memory_limit_bytes=20 * MIB)
    plain = made(minor)  # the same placements, whatever is given back
    pages.goals = Goals(goal_bytes)
    live: list[tuple[int, int]] = []
    for what, n in steps:
        if what == "alloc":
            npages = n % 20 + 1 if n % 3 else n + 1
            live.append((pages.allocate(npages, n % 3), npages))
            assert plain.allocate(npages, n % 3) == live[-1][0]
        elif what == "free" and live:
            address, npages = live.pop(n % len(live))
            pages.free(address, npages)
            plain.free(address, npages)
        elif what == "mark":
            pages.next_generation()
        elif what == "flush":
            pages.flush(n % 3)
            plain.flush(n % 3)
        elif what == "background":
            pages.run_background()
        elif what == "forced":
            pages.scavenger.release(n, is_forced=True)
        pages.check()
        used = sum(npages for _, npages in live) * PAGE
        assert 0 <= pages.released_bytes <= pages.mapped_bytes - used
    for cache in range(3):
        pages.flush(cache)
    pages.release_all()
    assert pages.released_bytes == pages.mapped_bytes - used if live else True
