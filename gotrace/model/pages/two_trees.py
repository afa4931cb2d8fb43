"""The page heap of go1.12: two trees of free runs, `free` and `scav`, ordered by size.

`scav` holds the runs whose memory went back to the system. An allocation looks for the best fit in
both and takes the smaller of the two; of equals the one in `free`. (Many descriptions say that
`free` is tried first and `scav` only when it has nothing: the source of go1.12 compares.) Runs are
joined only with neighbours in the same tree. A growth takes whole arenas, and first releases as
many bytes, largest free runs first.

The trees were treaps with random priorities, as in go1.9 to go1.11, and so only aimed at the best
fit: see `gotrace.model.pages.lists`; `may_pick` says what was possible.

Sources: `mheap.pickFreeSpan`, `mheap.coalesce`, `mheap.scavengeLargest`, `mheap.scavengeAll` in
`runtime/mheap.go` of go1.12.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from gotrace.model.pages.free_runs import FreeRunPages, Run
from gotrace.model.pages.lists import SortedRuns
from gotrace.model.pages.sources import PageSource

__all__ = ["TwoTreesPages"]


class TwoTreesPages(FreeRunPages):
    """`free` and `scav`; see the module."""

    def __init__(self, source: PageSource) -> None:
        super().__init__(source)
        self._free = SortedRuns()
        self._scav = SortedRuns()

    def may_pick(self, npages: int) -> list[int]:
        """Addresses that the real heap could choose here, whatever the priorities of its treaps."""
        free, scav = self._free.may_pick(npages), self._scav.may_pick(npages)
        runs = [f for f in free if not scav or any(f.npages <= s.npages for s in scav)]
        runs += [s for s in scav if not free or any(s.npages < f.npages for f in free)]
        return sorted(run.start * self.page_bytes for run in runs) or [self.find(npages)]

    def release_unused(self, limit_ns: int) -> int:
        """Move what was unused for longer than `limit_ns` to `scav`; gives the bytes released."""
        old = [run for run in self._free if self.now_ns - run.unused_since_ns > limit_ns]
        return sum(map(self._release, old)) * self.page_bytes

    def release_largest(self, size_bytes: int) -> int:
        """Release largest runs first until `size_bytes` are reached; gives the bytes released."""
        released = 0
        for run in reversed(list(self._free)):
            if released >= size_bytes:
                break
            released += self._release(run) * self.page_bytes
        return released

    def _release(self, run: Run) -> int:
        """From `free` to `scav`, joined there with its neighbours; gives its pages."""
        npages = run.npages
        self._detach(run)
        run.released_pages = npages
        self._put_back(run, is_joined=True)
        return npages

    def _pick(self, npages: int) -> Run | None:
        free, scav = self._free.best_fit(npages), self._scav.best_fit(npages)
        if free is None or scav is None:
            return free or scav
        return free if free.npages <= scav.npages else scav

    def _joins(self, left: Run, right: Run) -> bool:
        return left.is_released == right.is_released

    def _before_growth(self, size_bytes: int) -> None:
        self.release_largest(size_bytes)

    def _insert(self, run: Run) -> None:
        (self._scav if run.is_released else self._free).insert(run)

    def _remove(self, run: Run) -> None:
        (self._scav if run.is_released else self._free).remove(run)

    def _indexed(self) -> Iterator[Run]:
        return chain(self._free, self._scav)
