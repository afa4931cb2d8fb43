"""The page heap of go1.14 on: first fit by address in a bitmap, with a page cache for each P.

It grows in whole chunks of 4 MiB out of an arena of 64 MiB; arenas follow each other. Since go1.26
the first arena is chosen at random, inside it the first chunk, and in that the first page: the
pages before it look used and belong to nobody. Sources: `mheap.allocSpan`, `mheap.grow` in
`runtime/mheap.go`, `runtime/mpagealloc.go`, `runtime/mpagecache.go`.
"""

from __future__ import annotations

from collections.abc import Iterator

from gotrace.errors import ModelError
from gotrace.model.layout import FIRST_HINT
from gotrace.model.pages import PageRun, bits
from gotrace.model.pages.chunks import PageBitmap
from gotrace.model.pages.page_cache import LARGEST_CACHED_PAGES, PageCache
from gotrace.model.pages.summary import CHUNK_PAGES

__all__ = ["ARENA_BYTES", "FIRST_ARENA", "BitmapPages"]

FIRST_ARENA = FIRST_HINT
"""Where the first arena is on 64-bit Unix (`mallocinit`), unless its base is random."""

ARENA_BYTES = 64 << 20
"""`heapArenaBytes` on 64-bit platforms other than Windows."""


class BitmapPages:
    """The page heap of go1.14 on; see `gotrace.model.pages.PageHeap`.

    `first_page` is the address of the first page that can be used: an arena's beginning before
    go1.26, any page of it since.
    """

    def __init__(self, first_page: int = FIRST_ARENA, page_bytes: int = 8192) -> None:
        self.page_bytes = page_bytes
        self.growths = 0
        self.bitmap = PageBitmap()
        self.caches: dict[int, PageCache] = {}
        self._used_pages = 0
        self._arena_pages = ARENA_BYTES // page_bytes
        page = first_page // page_bytes
        self._padding_pages = page % CHUNK_PAGES
        self._next = page - self._padding_pages
        """`curArena.base` as a page: mapped up to here."""
        self._end = -(-self._next // self._arena_pages) * self._arena_pages
        """`curArena.end` as a page: reserved up to here. At an arena's beginning, nothing yet."""

    @property
    def used_pages(self) -> int:
        """Pages of spans; pages in caches and the padding are not."""
        return self._used_pages

    @property
    def mapped_bytes(self) -> int:
        """Everything taken from the system, whole chunks, the padding included."""
        return len(self.bitmap.chunks) * CHUNK_PAGES * self.page_bytes

    @property
    def arenas(self) -> range:
        """The arenas reserved so far, by number (address divided by 64 MiB), oldest first."""
        first = min(self.bitmap.chunks, default=self._next // CHUNK_PAGES) * CHUNK_PAGES
        return range(first // self._arena_pages, self._end // self._arena_pages)

    @property
    def released_bytes(self) -> int:
        """Free memory that the system has: scavenged, or mapped and never used.

        The padding is part of it: `mheap.grow` counts it, and nothing ever takes it out.
        """
        chunks = self.bitmap.chunks.values()
        inside = sum((c.scavenged & c.free | c.padding).bit_count() for c in chunks)
        cached = sum((c.scavenged & c.free).bit_count() for c in self.caches.values())
        return (inside + cached) * self.page_bytes

    def find(self, npages: int, cache: int | None = None) -> int:
        """Where `allocate` would go; nothing changes."""
        held = None if cache is None else self.caches.get(cache)
        block = self._block_for(npages, cache)
        if block is not None and (page := block.find(npages)) >= 0:
            return page * self.page_bytes
        is_new = block is not None and block is not held
        if block is not None and is_new:
            self.bitmap.give(block)  # a block that did not fit is kept by the cache all the same
        page = self.bitmap.first_fit(npages)
        if page < 0:
            page = self._first_fit_once_grown(npages)
        if block is not None and is_new:
            self.bitmap.give_back(block)
        return page * self.page_bytes

    def allocate(self, npages: int, cache: int | None = None) -> int:
        """Few pages from the P's cache if it has them in a row, all others by first fit."""
        block = self._block_for(npages, cache)
        if block is not None and cache is not None:
            if block is not self.caches.get(cache):
                self.bitmap.give(block)
                self.caches[cache] = block
            if (page := block.find(npages)) >= 0:
                block.take(page, npages)
                self._used_pages += npages
                return page * self.page_bytes
        while (page := self.bitmap.first_fit(npages)) < 0:
            self._grow(npages)  # once; twice if the padding takes too much of the first growth
        self.bitmap.use(page, npages)
        self._used_pages += npages
        return page * self.page_bytes

    def take(self, address: int, npages: int, cache: int | None = None) -> None:
        """Use these pages wherever they are free: cached by any P, in the bitmap, not yet mapped.

        Everything up to them is mapped, so callers bound the address. Raises ModelError if one of
        them is in use, or lies below the heap's first page.
        """
        page = address // self.page_bytes
        self.map_to(page + npages)
        outside = self.bitmap.free_among(page, npages)
        cached = [(block, block.overlap(page, npages)) for block in self.caches.values()]
        found = sum(part.bit_count() for _, part in [*outside, *cached])
        if found != npages:
            raise ModelError(f"of {npages} pages at {address:#x} only {found} are free")
        self.bitmap.use_parts(outside)
        for block, part in cached:
            block.free &= ~part
            block.scavenged &= ~part
        self._used_pages += npages

    def adopt(self, address: int, cache: int) -> None:
        """Let `cache` hold the block around `address` instead of what it holds now.

        For guided replays: the runtime's page cache was seen to be there.
        """
        self.flush(cache)
        block = self.bitmap.block(address // self.page_bytes)
        self.bitmap.give(block)
        self.caches[cache] = block

    def free(self, address: int, npages: int, cache: int | None = None) -> None:
        """Back to the bitmap, never into a page cache."""
        self.bitmap.release(address // self.page_bytes, npages)
        self._used_pages -= npages

    def flush(self, cache: int) -> None:
        """`pageCache.flush`: a P is destroyed, or idle at the end of a mark."""
        block = self.caches.pop(cache, None)
        if block is not None:
            self.bitmap.give_back(block)

    def map_to(self, page: int) -> None:
        """Grow until `page` is where the mapped memory ends, or behind it."""
        while self._next < page:
            self._grow(CHUNK_PAGES)

    def runs(self) -> Iterator[PageRun]:
        """Used and free runs by address; pages in caches are free, the padding is left out."""
        open_run: PageRun | None = None
        for page, count, is_free in self._states():
            address = page * self.page_bytes
            if open_run is not None:
                end = open_run.address + open_run.npages * self.page_bytes
                if end == address and open_run.is_free == is_free:
                    open_run = open_run._replace(npages=open_run.npages + count)
                    continue
                yield open_run
            open_run = PageRun(address, count, is_free)
        if open_run is not None:
            yield open_run

    def check(self) -> None:
        """Raise ModelError if bitmap, caches and counts disagree."""
        self.bitmap.check()
        for block in self.caches.values():
            if self.bitmap.block(block.page).free & block.free:
                raise ModelError(f"pages of the block at page {block.page:#x} are free twice")
        used = sum(run.npages for run in self.runs() if not run.is_free)
        if used != self._used_pages:
            raise ModelError(f"{used} pages are in use, {self._used_pages} were counted")

    def _block_for(self, npages: int, cache: int | None) -> PageCache | None:
        """The block to look in first: the P's own, or the one an empty cache would take over."""
        if cache is None or npages > LARGEST_CACHED_PAGES:
            return None
        held = self.caches.get(cache)
        if held is not None and not held.is_empty:
            return held
        page = self.bitmap.first_fit(1)
        return None if page < 0 else self.bitmap.block(page)

    def _growth(self, npages: int) -> tuple[int, int]:
        """The pages that growing for `npages` would map: the first and how many, whole chunks."""
        return self._next, -(-npages // CHUNK_PAGES) * CHUNK_PAGES

    def _first_fit_once_grown(self, npages: int) -> int:
        """Where `npages` go after growing: the free end of the old memory belongs to the run."""
        first, _ = self._growth(npages)
        if self.growths == 0:
            return first + self._padding_pages
        return first - self.bitmap.free_run_before(first)

    def _grow(self, npages: int) -> None:
        """`mheap.grow`: map whole chunks, at the first growth put the padding in front."""
        first, count = self._growth(npages)
        self._next = first + count
        if self._end < self._next:
            self._end += -(-count // self._arena_pages) * self._arena_pages
        self.bitmap.map(first, count)
        self.growths += 1
        if self.growths == 1 and self._padding_pages:
            self.bitmap.pad(first, self._padding_pages)

    def _states(self) -> Iterator[tuple[int, int, bool]]:
        """Runs inside each chunk: first page, length, whether free; without the padding."""
        cached: dict[int, int] = {}
        for block in self.caches.values():
            number, index = divmod(block.page, CHUNK_PAGES)
            cached[number] = cached.get(number, 0) | block.free << index
        for number, chunk in sorted(self.bitmap.chunks.items()):
            known = bits.ones_below(chunk.padding, CHUNK_PAGES)
            free = (chunk.free | cached.get(number, 0)) >> known
            for start, count, is_free in bits.runs(free, CHUNK_PAGES - known):
                yield number * CHUNK_PAGES + known + start, count, is_free
