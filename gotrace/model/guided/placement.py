"""Where spans go: the model's page heap, asked first and corrected afterwards."""

from __future__ import annotations

from contextlib import suppress

from gotrace.errors import ModelError
from gotrace.model.guided.parts import MOST_LOST, PAGE_BYTES
from gotrace.model.pages.bitmap import BitmapPages
from gotrace.model.pages.page_cache import LARGEST_CACHED_PAGES

__all__ = ["Placement"]

_UNSEEN_PAGES = 4
"""Of a span of stacks or work buffers: those are lost where a generation of the trace begins."""


class Placement:
    """Pages are numbers here; `first_page` is the lowest page known to be in use."""

    def __init__(self, first_page: int) -> None:
        self._pages = BitmapPages(0)
        self._padding = first_page
        """Pages below are of no span: the random base of go1.26 on, or freed before."""
        self._suspect = -1
        """The page predicted last where none came."""
        self._lost: list[int] = []
        """Pages passed over twice: of spans whose allocation is not in the trace."""
        if first_page:
            self._pages.take(0, first_page)

    def predict(self, npages: int, cache: int | None) -> int:
        """Where a span of `npages` would go."""
        return self._pages.find(npages, cache) // PAGE_BYTES

    def place(self, page: int, npages: int, cache: int | None, predicted: int) -> None:
        """A span went to `page`, whose pages are in no span: repeat it, or correct the model."""
        if page == predicted and page >= self._padding:
            self._pages.allocate(npages, cache)
            return
        if predicted < page and predicted == self._suspect:
            self._lose(predicted)
        self._suspect = predicted
        self.take(page, npages, cache)

    def found(self, page: int) -> None:
        """A span at `page` is freed that was never seen."""
        for lost in range(page, page + _UNSEEN_PAGES):
            self._find(lost)

    def _lose(self, page: int) -> None:
        """First fit passed over `page` twice: a span is there that was never seen."""
        for lost in range(page, page + _UNSEEN_PAGES):
            if len(self._lost) < MOST_LOST and lost * PAGE_BYTES < self._pages.mapped_bytes:
                with suppress(ModelError):  # in use
                    self._pages.take(lost * PAGE_BYTES, 1)
                    self._lost.append(lost)

    def _find(self, page: int) -> None:
        if page in self._lost:
            self._lost.remove(page)
            self.free(page, 1)

    def take(self, page: int, npages: int, cache: int | None) -> None:
        """Use these pages; the P whose cache did not hold them is believed to hold their block."""
        if page < self._padding:
            self._pages.free(page * PAGE_BYTES, self._padding - page)
            self._padding = page
        for lost in [lost for lost in self._lost if page <= lost < page + npages]:
            self._find(lost)
        self._pages.map_to(page + npages)
        if cache is not None and npages <= LARGEST_CACHED_PAGES:
            held = self._pages.caches.get(cache)
            is_held = held is not None and held.overlap(page, npages).bit_count() == npages
            if not is_held and self._pages.bitmap.block(page).free:
                self._pages.adopt(page * PAGE_BYTES, cache)
        self._pages.take(page * PAGE_BYTES, npages, cache)

    def free(self, page: int, npages: int) -> None:
        """A span's pages come back."""
        self._pages.free(page * PAGE_BYTES, npages)

    def flush(self, cache: int) -> None:
        """The P is idle at the end of a mark: its page cache comes back."""
        self._pages.flush(cache)
