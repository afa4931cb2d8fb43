"""The bitmap itself: which pages are free and which of those the system has back, 512 to a chunk.

Pages are whole numbers here: address divided by page size. Source: `pallocData` in
`runtime/mpallocbits.go`, `pageAlloc` in `runtime/mpagealloc.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gotrace.errors import ModelError
from gotrace.model.pages import bits
from gotrace.model.pages.page_cache import CACHE_PAGES, PageCache
from gotrace.model.pages.summary import CHUNK_PAGES, SummaryTree, summarise

__all__ = ["Chunk", "PageBitmap", "pieces"]

_WHOLE = bits.mask(0, CHUNK_PAGES)


@dataclass
class Chunk:
    """512 pages; bit 0 is the first of them."""

    free: int = 0
    scavenged: int = 0
    """Pages whose memory the system has back, or never gave: new memory is scavenged."""
    padding: int = 0
    """Pages in front of a random base: they look used and are no span."""


_NOT_MAPPED = Chunk(padding=_WHOLE)


def pieces(page: int, npages: int) -> Iterator[tuple[int, int]]:
    """A run of pages cut at chunk borders: the number of each chunk and the run's bits in it."""
    end = page + npages
    while page < end:
        chunk, index = divmod(page, CHUNK_PAGES)
        count = min(end - page, CHUNK_PAGES - index)
        yield chunk, bits.mask(index, count)
        page += count


class PageBitmap:
    """All mapped chunks, with the radix tree that finds free runs in them."""

    def __init__(self) -> None:
        self.chunks: dict[int, Chunk] = {}
        self._tree = SummaryTree()

    def map(self, page: int, npages: int) -> None:
        """Add new memory, whole chunks: all free, all scavenged."""
        for number, _ in pieces(page, npages):
            if number in self.chunks:
                raise ModelError(f"chunk {number:#x} is mapped twice")
            self.chunks[number] = Chunk(_WHOLE, _WHOLE)
        self._tree.update({number: _WHOLE for number, _ in pieces(page, npages)})

    def pad(self, page: int, npages: int) -> None:
        """Make free pages look used (`pageAlloc.markRandomPaddingPages`, go1.26 on)."""
        for number, part in pieces(page, npages):
            self.chunks[number].padding |= part
        self.use(page, npages)

    def first_fit(self, npages: int) -> int:
        """The lowest page from which `npages` are free; -1 if there is no such run."""
        page, is_exact = self._tree.find(npages)
        if is_exact:
            return page
        return page + bits.first_run(self.chunks[page // CHUNK_PAGES].free, npages)

    def free_run_before(self, page: int) -> int:
        """How many pages in a row are free up to `page`, which must begin a chunk."""
        return self._tree.free_run_to_end_of(page // CHUNK_PAGES - 1)

    def use(self, page: int, npages: int) -> None:
        """Mark free pages used. Raises ModelError if one is not free."""
        self.use_parts(pieces(page, npages))

    def use_parts(self, parts: Iterable[tuple[int, int]]) -> None:
        """The same for chunk numbers and bits."""
        wanted = [(number, self._chunk(number), part) for number, part in parts]
        for number, chunk, part in wanted:
            if chunk.free & part != part:
                raise ModelError(f"a page to be used in chunk {number:#x} is not free")
        for _, chunk, part in wanted:
            chunk.free &= ~part
            chunk.scavenged &= ~part
        self._tree.update({number: chunk.free for number, chunk, _ in wanted})

    def release(self, page: int, npages: int) -> None:
        """Mark used pages free. Raises ModelError if one is not in use."""
        freed = [(number, self._chunk(number), part) for number, part in pieces(page, npages)]
        for number, chunk, part in freed:
            if (chunk.free | chunk.padding) & part:
                raise ModelError(f"a page to be freed in chunk {number:#x} is not in use")
        for _, chunk, part in freed:
            chunk.free |= part
        self._tree.update({number: chunk.free for number, chunk, _ in freed})

    def free_among(self, page: int, npages: int) -> list[tuple[int, int]]:
        """Which of these pages are free: chunk numbers and bits."""
        return [
            (number, part & self.chunks[number].free)
            for number, part in pieces(page, npages)
            if number in self.chunks
        ]

    def block(self, page: int) -> PageCache:
        """The free pages of the aligned block around `page`; they stay in the bitmap."""
        page -= page % CACHE_PAGES
        number, index = divmod(page, CHUNK_PAGES)
        chunk = self.chunks[number]
        free = chunk.free >> index & bits.mask(0, CACHE_PAGES)
        return PageCache(page, free, chunk.scavenged >> index & free)

    def give(self, block: PageCache) -> None:
        """Hand the free pages of `block` over to a page cache (`pageAlloc.allocToCache`)."""
        number, index = divmod(block.page, CHUNK_PAGES)
        self.use_parts([(number, block.free << index)])

    def give_back(self, block: PageCache) -> None:
        """Take back what a page cache has left (`pageCache.flush`)."""
        number, index = divmod(block.page, CHUNK_PAGES)
        chunk = self.chunks[number]
        if chunk.free & block.free << index:
            raise ModelError(f"pages of the block at page {block.page:#x} are free already")
        chunk.free |= block.free << index
        chunk.scavenged |= block.scavenged << index
        self._tree.update({number: chunk.free})

    def _chunk(self, number: int) -> Chunk:
        """A chunk; one that is not mapped has no page that is free or in use."""
        return self.chunks.get(number, _NOT_MAPPED)

    def check(self) -> None:
        """Raise ModelError if a summary or a padding page disagrees with the bitmap."""
        for number, chunk in self.chunks.items():
            if self._tree[number] != summarise(chunk.free):
                raise ModelError(f"the summary of chunk {number:#x} is not that of its bitmap")
            if chunk.free & chunk.padding or chunk.scavenged & ~(chunk.free | chunk.padding):
                raise ModelError(f"chunk {number:#x} has padding or scavenged pages in use")
