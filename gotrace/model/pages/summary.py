"""The radix tree over the bitmap: which part of the address space has how long a free run.

Five levels on 64-bit platforms; an entry stands for 16 GiB, 2 GiB, 256 MiB, 32 MiB or 4 MiB (one
chunk of 512 pages) and says how many pages are free at its start, at its end and in its longest
run. A search goes down from the root and ends at the lowest address with enough room: the tree
makes first fit fast, it does not change it. Source: `pageAlloc.find`, `pageAlloc.update` and
`mergeSummaries` in `runtime/mpagealloc.go`. The runtime's `searchAddr`, below which nothing is
free, only shortens the search and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gotrace.model.pages import bits

__all__ = ["CHUNK_PAGES", "FULL", "Summary", "SummaryTree", "merged", "summarise"]

CHUNK_PAGES = 512
"""Pages in a bitmap chunk (`pallocChunkPages`): 4 MiB."""

_RADIX = 8
"""Entries of a level below one entry of the level above (`summaryLevelBits` = 3)."""

_LEVELS = 5
_ENTRY_PAGES = tuple(CHUNK_PAGES * _RADIX**above for above in reversed(range(_LEVELS)))
"""Pages behind one entry, root first."""


class Summary(NamedTuple):
    """Free pages of a region: in a row from its start, the longest run, in a row to its end."""

    start: int
    longest: int
    end: int


FULL = Summary(0, 0, 0)
"""The summary of a region without a free page, or never mapped."""


def summarise(free: int) -> Summary:
    """The summary of one chunk, from its bitmap of free pages."""
    if free == 0:
        return FULL
    return Summary(
        bits.ones_below(free, CHUNK_PAGES),
        bits.longest_run(free),
        bits.ones_above(free, CHUNK_PAGES),
    )


def merged(parts: list[Summary], part_pages: int) -> Summary:
    """The summary of neighbouring regions of `part_pages` each."""
    start, longest, end = parts[0]
    for index, part in enumerate(parts[1:], 1):
        if start == index * part_pages:  # free so far: the run goes on
            start += part.start
        longest = max(longest, end + part.start, part.longest)
        end = end + part_pages if part.end == part_pages else part.end
    return Summary(start, longest, end)


class SummaryTree:
    """Summaries of all levels; regions that were never mapped have none and count as full."""

    def __init__(self) -> None:
        self._levels: list[dict[int, Summary]] = [{} for _ in range(_LEVELS)]

    def __getitem__(self, chunk: int) -> Summary:
        """The summary of a chunk."""
        return self._levels[-1].get(chunk, FULL)

    def update(self, changed: Mapping[int, int]) -> None:
        """Tell the tree the bitmaps of free pages of some chunks; every level is mended once."""
        new = {chunk: summarise(free) for chunk, free in changed.items()}
        for level in reversed(range(_LEVELS)):
            known = self._levels[level]
            parents = {
                entry // _RADIX for entry, summary in new.items() if known.get(entry) != summary
            }
            known.update(new)
            new = {parent: self._merged_children(level, parent) for parent in parents}

    def _merged_children(self, level: int, parent: int) -> Summary:
        """The summary of an entry of the level above `level`."""
        first = parent * _RADIX
        children = [self._levels[level].get(first + child, FULL) for child in range(_RADIX)]
        return merged(children, _ENTRY_PAGES[level])

    def find(self, npages: int) -> tuple[int, bool]:
        """The lowest page from which `npages` are free, and whether it is known exactly.

        If not, the page is the first of a chunk that has the run inside. (-1, True) if there is
        no such run.
        """
        entries = sorted(self._levels[0])
        for level in range(_LEVELS):
            page, inside = self._scan(level, entries, npages)
            if inside < 0:
                return page, True
            entries = [inside * _RADIX + child for child in range(_RADIX)]
        return inside * CHUNK_PAGES, False

    def _scan(self, level: int, entries: list[int], npages: int) -> tuple[int, int]:
        """Look along one level: the page where a run across entries begins, or an entry to enter.

        The entry is -1 if there is none to enter; then the page is the answer, or -1.
        """
        entry_pages = _ENTRY_PAGES[level]
        base, size, expected = -1, 0, -1
        for entry in entries:
            if entry != expected:
                size = 0  # unmapped space lies between
            expected = entry + 1
            start, longest, end = self._levels[level].get(entry, FULL)
            if size + start >= npages:
                return (base if size else entry * entry_pages), -1
            if longest >= npages:
                return -1, entry
            if size and start == entry_pages:
                size += entry_pages
            else:
                size = end
                base = (entry + 1) * entry_pages - size
        return -1, -1

    def free_run_to_end_of(self, chunk: int) -> int:
        """How many pages in a row are free up to the end of `chunk`."""
        count = self[chunk].end
        while self[chunk].end == CHUNK_PAGES:
            chunk -= 1
            count += self[chunk].end
        return count
