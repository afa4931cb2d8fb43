"""Bit runs and the radix tree, held against plain text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.model.pages import bits
from gotrace.model.pages.summary import FULL, Summary, SummaryTree, merged, summarise


def as_text(number: int, width: int) -> str:
    """Lowest bit first."""
    return f"{number:0{width}b}"[::-1]


@given(st.integers(0, 2**70 - 1), st.integers(1, 70))
def test_runs_of_bits_are_those_of_the_written_number(number: int, count: int) -> None:
    text = as_text(number, 70)
    assert bits.first_run(number, count) == text.find("1" * count)
    assert bits.longest_run(number) == max(map(len, text.split("0")))
    assert bits.ones_below(number, 70) == len(text) - len(text.lstrip("1"))
    assert bits.ones_above(number, 70) == len(text) - len(text.rstrip("1"))
    assert bits.lowest_clear(number, count) == (text + "0").find("0", count)
    written = "".join(("1" if is_set else "0") * n for _, n, is_set in bits.runs(number, 70))
    assert written == text


def test_a_chunk_is_summed_up_as_start_longest_and_end() -> None:
    free = bits.mask(0, 3) | bits.mask(100, 50) | bits.mask(505, 7)
    assert summarise(free) == Summary(3, 50, 7)
    assert summarise(0) == FULL
    assert summarise(bits.mask(0, 512)) == Summary(512, 512, 512)


def test_neighbours_join_at_their_border() -> None:
    whole = Summary(512, 512, 512)
    parts = [Summary(0, 4, 2), whole, Summary(5, 9, 0), FULL]
    assert merged(parts, 512) == Summary(0, 2 + 512 + 5, 0)
    assert merged([whole, whole, Summary(1, 1, 0)], 512) == Summary(1025, 1025, 0)
    assert merged([Summary(7, 7, 1), whole], 512) == Summary(7, 513, 513)


# Neighbours, members of other groups of eight on each level, and a gap of terabytes.
CHUNKS = (0, 1, 2, 6, 7, 8, 9, 63, 64, 511, 512, 4096, 30000, 30001)
PARTS = st.sampled_from([0, 1, 3, 509, 511, 512])


@settings(deadline=None)
@given(
    st.lists(st.tuples(PARTS, PARTS), min_size=len(CHUNKS), max_size=len(CHUNKS)),
    st.sampled_from([1, 2, 5, 500, 512, 513, 700, 1024, 1500]),
)
def test_the_tree_finds_what_a_walk_over_all_pages_finds(
    shapes: list[tuple[int, int]], npages: int
) -> None:
    tree, free = SummaryTree(), {}
    for chunk, (below, above) in zip(CHUNKS, shapes, strict=True):
        free[chunk] = bits.mask(0, below) | bits.mask(512 - above, above)
        tree.update({chunk: 1})  # what was there before does not matter
        tree.update({chunk: free[chunk]})
    expected, run, last = -1, 0, -2
    for chunk in CHUNKS:
        run = run if chunk == last + 1 else 0
        last = chunk
        for index, bit in enumerate(as_text(free[chunk], 512)):
            run = run + 1 if bit == "1" else 0
            if run == npages and expected < 0:
                expected = chunk * 512 + index - npages + 1
    page, is_exact = tree.find(npages)
    if not is_exact:
        page += bits.first_run(free[page // 512], npages)
    assert page == expected
