"""The page cache of a P: the free pages of one aligned block of 64, since go1.14.

Spans of fewer than 16 pages come from it without a lock, first fit inside the block. An empty cache
takes over the block that holds the lowest free page; what does not fit in a cache that still has
pages comes from the page heap, and the cache stays. Source: `runtime/mpagecache.go`, `allocSpan`
in `runtime/mheap.go`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.pages import bits

__all__ = ["CACHE_PAGES", "LARGEST_CACHED_PAGES", "PageCache"]

CACHE_PAGES = 64
"""Pages of a block (`pageCachePages`)."""

LARGEST_CACHED_PAGES = CACHE_PAGES // 4 - 1
"""Runs up to this many pages are looked for in the cache first."""


@dataclass
class PageCache:
    """What one P holds: `free` and `scavenged` have a bit for each page from `page` on."""

    page: int = 0
    """Number of the block's first page, a multiple of 64."""
    free: int = 0
    scavenged: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether no free page is left."""
        return self.free == 0

    def find(self, npages: int) -> int:
        """Number of the first of `npages` free pages in a row; -1 if the block has none."""
        index = bits.first_run(self.free, npages)
        return self.page + index if index >= 0 else -1

    def take(self, page: int, npages: int) -> int:
        """Hand out free pages of the block; gives how many of them had been scavenged."""
        taken = bits.mask(page - self.page, npages)
        scavenged = (self.scavenged & taken).bit_count()
        self.free &= ~taken
        self.scavenged &= ~taken
        return scavenged

    def overlap(self, page: int, npages: int) -> int:
        """The block's free pages that are among `npages` from `page`, as bits of the block."""
        first = max(page, self.page)
        last = min(page + npages, self.page + CACHE_PAGES)
        return self.free & bits.mask(first - self.page, last - first) if first < last else 0
