"""Which free pages go back to the system next: the scavenger of go1.14 on, over the page bitmap.

It walks down from the highest address and takes the highest run of free pages that the system does
not have yet, cut to what is wanted from its upper end, but never through a huge page that is whole
and free. Pages in the page cache of a P are in use for it.

Since go1.21 it looks twice before it takes from a chunk: chunks of which 31/32 are in use, or were
when the cycle began, are left alone, and so is what was freed in this cycle above the place where
the last cycle's search may start. What is *forced* (`debug.FreeOSMemory`, the memory limit) skips
both. Sources: `scavengeIndex`, `pageAlloc.scavenge`, `findScavengeCandidate` in
`runtime/mgcscavenge.go`. go1.14 to go1.18 searched each address once a cycle; here they find
whatever is free, as go1.19 and go1.20 do.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.pages import bits
from gotrace.model.pages.chunks import PageBitmap
from gotrace.model.pages.summary import CHUNK_PAGES

__all__ = ["DENSE_PAGES", "HUGE_PAGE_PAGES", "PageScavenger", "candidate"]

DENSE_PAGES = CHUNK_PAGES * 31 // 32
"""From so many pages in use on, a chunk is dense (`scavChunkHiOccPages`)."""

HUGE_PAGE_PAGES = 256
"""Pages of a huge page of 2 MiB (`physHugePageSize`, what Linux says on amd64)."""

_WORD_PAGES = 64
_NOTHING = -1


@dataclass
class _Cursor:
    """The highest page worth a look. A new one stays until a search has come below its chunk."""

    page: int = _NOTHING
    is_new: bool = False

    def raise_to(self, page: int) -> None:
        """Something is to be found up to `page` (`StoreMarked`)."""
        if self.page < page:
            self.page, self.is_new = page, True

    def lower_to(self, page: int) -> None:
        """All above `page` was looked at (`StoreUnmark`, `StoreMin`)."""
        self.page, self.is_new = page, False

    def clear(self) -> None:
        """Nothing was found anywhere (`Clear`); a new cursor stays, for what may become free."""
        if not self.is_new:
            self.page = _NOTHING


class PageScavenger:
    """Gives free pages of one bitmap back to the system; whoever frees pages must say so."""

    def __init__(
        self, bitmap: PageBitmap, *, keeps_dense: bool, huge_page_pages: int = HUGE_PAGE_PAGES
    ) -> None:
        self.keeps_dense = keeps_dense
        """Whether it is the scavenger of go1.21 on."""
        self.huge_page_pages = huge_page_pages
        """0 where the system has no huge pages."""
        self._chunks = bitmap.chunks
        self._background = _Cursor()
        """`searchAddrBg`."""
        self._forced = _Cursor()
        """`searchAddrForce`."""
        self._highest_freed = _NOTHING
        """In this generation (`freeHWM`)."""
        self._in_use_before: dict[int, int] = {}
        """Chunk → pages in use when the generation began (`lastInUse`)."""
        self._worth: set[int] = set()
        """Chunks in which pages were freed since they were found empty (`scavChunkHasFree`)."""

    def freed(self, page: int, npages: int) -> None:
        """Pages were freed, or given back by a page cache (`scavengeIndex.free`)."""
        last = page + npages - 1
        self._worth.update(range(page // CHUNK_PAGES, last // CHUNK_PAGES + 1))
        self._highest_freed = max(self._highest_freed, last)
        self._forced.raise_to(last)

    def next_generation(self) -> None:
        """A mark ended, nothing is swept yet: as much is in use as will be (`nextGen`)."""
        self._background.raise_to(self._highest_freed)
        self._highest_freed = _NOTHING
        self._in_use_before = {
            number: CHUNK_PAGES - chunk.free.bit_count() for number, chunk in self._chunks.items()
        }

    def release(self, npages: int, *, is_forced: bool) -> int:
        """Give back `npages`, or more to spare a huge page, or what there is; gives how many."""
        is_forced = is_forced or not self.keeps_dense
        released = 0
        while released < npages and (page := self._find(is_forced)) >= 0:
            released += self._release_at(page, npages - released)
        return released

    def _find(self, is_forced: bool) -> int:
        """Down from which page to look, in the highest chunk worth it; -1 if there is none."""
        cursor = self._forced if is_forced else self._background
        start = cursor.page // CHUNK_PAGES
        lowest = next(iter(self._chunks), start + 1)  # memory is mapped upwards
        for number in range(start, lowest - 1, -1):
            if number in self._worth and self._is_open(number, is_forced):
                if number < start:
                    cursor.lower_to(number * CHUNK_PAGES + CHUNK_PAGES - 1)
                return cursor.page
        cursor.clear()
        return _NOTHING

    def _is_open(self, number: int, is_forced: bool) -> bool:
        """Whether the chunk may be taken from (`shouldScavenge`)."""
        in_use = CHUNK_PAGES - self._chunks[number].free.bit_count()
        before = self._in_use_before.get(number, 0)
        return is_forced or max(in_use, before) < DENSE_PAGES

    def _release_at(self, page: int, npages: int) -> int:
        """Give back the highest run at or below `page` in its chunk; 0 if there is none."""
        number, index = divmod(page, CHUNK_PAGES)
        chunk = self._chunks[number]
        start, count = candidate(chunk.free & ~chunk.scavenged, index, npages, self.huge_page_pages)
        chunk.scavenged |= bits.mask(start, count)
        if not count:
            self._worth.discard(number)
        return count


def candidate(
    retained: int, index: int, npages: int, huge_page_pages: int = HUGE_PAGE_PAGES
) -> tuple[int, int]:
    """First page and length of what goes next, of the free pages `retained` of a chunk.

    The search starts in the word of 64 pages that holds page `index`, wherever in it that is. At
    most `npages`, unless the cut would go through a huge page. (0, 0) if there is nothing.
    """
    retained &= bits.mask(0, (index // _WORD_PAGES + 1) * _WORD_PAGES)
    end = retained.bit_length()
    run = bits.ones_above(retained, end)
    start = end - min(run, npages)
    if huge_page_pages and run and -(-start // huge_page_pages) * huge_page_pages <= end:
        huge = start - start % huge_page_pages
        start = huge if huge >= end - run else start
    return start, end - start
