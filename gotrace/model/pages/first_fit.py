"""The page heap of go1.13: one treap by address, in which the first run that fits is taken.

Each node knew the largest run below it, so the leftmost run that fits was found in one descent;
here the runs stand in a sorted list of blocks that know their largest run.

A growth takes whole arenas, and its memory counts as released until it is used. Runs are joined
only with neighbours in the same state, so freed pages beside untouched memory stay runs of their
own, and a request that fits neither alone goes further up.

Source: `mTreap.find` in `runtime/mgclarge.go`, `mheap.allocSpanLocked`, `mheap.grow`,
`mheap.scavengeLocked`, `mheap.scavengeSplit` in `runtime/mheap.go` of go1.13.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import chain
from operator import attrgetter

from gotrace.model.pages.free_runs import FreeRunPages, Run
from gotrace.model.pages.sources import PageSource

__all__ = ["AddressOrder", "FirstFitPages"]

_HUGE_PAGE_BYTES = 2 << 20
_BLOCK_RUNS = 256


class AddressOrder:
    """Free runs by address, in blocks of up to 512; finds the first that fits."""

    def __init__(self) -> None:
        self._blocks: list[list[Run]] = []
        self._firsts: list[int] = []
        """First page of each block's first run."""
        self._largest: list[int] = []
        """Pages of each block's largest run."""

    def __iter__(self) -> Iterator[Run]:
        """Lowest first."""
        return chain.from_iterable(self._blocks)

    def insert(self, run: Run) -> None:
        """Keep a run, which must not change while it is kept."""
        index = max(bisect_right(self._firsts, run.start) - 1, 0)
        block = self._blocks[index] if self._blocks else []
        insort(block, run, key=_start)
        if len(block) > 2 * _BLOCK_RUNS:
            self._set(index, [block[:_BLOCK_RUNS], block[_BLOCK_RUNS:]])
        else:
            self._set(index, [block])

    def remove(self, run: Run) -> None:
        """Forget a run."""
        index = bisect_right(self._firsts, run.start) - 1
        block = self._blocks[index]
        del block[bisect_left(block, run.start, key=_start)]
        self._set(index, [block] if block else [])

    def first_fit(self, npages: int) -> Run | None:
        """The lowest run of at least `npages`."""
        for block, largest in zip(self._blocks, self._largest, strict=True):
            if largest >= npages:
                return next(run for run in block if run.npages >= npages)
        return None

    def _set(self, index: int, blocks: list[list[Run]]) -> None:
        """Replace the block at `index` by these."""
        self._blocks[index : index + 1] = blocks
        self._firsts[index : index + 1] = [block[0].start for block in blocks]
        self._largest[index : index + 1] = [max(map(_npages, block)) for block in blocks]


_start = attrgetter("start")
_npages = attrgetter("npages")


class FirstFitPages(FreeRunPages):
    """All free runs by address; see the module."""

    is_new_memory_released = True

    def __init__(self, source: PageSource) -> None:
        super().__init__(source)
        self.retained_goal_bytes: int | None = None
        """Keep no more than this from the system (`scavengeRetainedGoal`); None: no limit."""
        self._order = AddressOrder()

    @property
    def retained_bytes(self) -> int:
        """What is mapped and not released (`heapRetained`)."""
        return self.mapped_bytes - self.released_bytes

    def release(self, size_bytes: int) -> int:
        """Release `size_bytes` from the highest addresses down; gives the bytes released.

        Runs that hold a whole huge page come first. A run larger than what is wanted is split
        from its end, not inside a huge page.
        """
        released = 0
        for is_huge in (True, False):
            for start in [run.start for run in self._order][::-1]:
                run = self._free_by_start.get(start)
                if released >= size_bytes:
                    return released
                # Runs that an earlier release joined are gone, or released now.
                if run is None or run.is_released or self._has_huge_page(run) != is_huge:
                    continue
                released += self._release_from(run, size_bytes - released)
        return released

    def _release_from(self, run: Run, size_bytes: int) -> int:
        keep = self._kept_pages(run, size_bytes)
        self._detach(run)
        if keep:
            self._put_back(self._cut(run, keep, is_front=True))
        released = run.released_pages = run.npages
        self._put_back(run, is_joined=True)
        return released * self.page_bytes

    def _kept_pages(self, run: Run, size_bytes: int) -> int:
        """How many pages at the front of `run` stay when `size_bytes` go (`scavengeSplit`)."""
        start, end = run.start * self.page_bytes, run.end * self.page_bytes
        if end - start <= size_bytes:
            return 0
        base = (end - size_bytes) // self.page_bytes * self.page_bytes
        huge = base // _HUGE_PAGE_BYTES * _HUGE_PAGE_BYTES
        base = huge if huge >= start else base
        return (base - start) // self.page_bytes

    def _has_huge_page(self, run: Run) -> bool:
        first = -(-run.start * self.page_bytes // _HUGE_PAGE_BYTES)
        return first < run.end * self.page_bytes // _HUGE_PAGE_BYTES

    def _used_released(self, npages: int) -> None:
        """Using released memory may push what is retained over the goal: release elsewhere."""
        if self.retained_goal_bytes is None:
            return
        # The pages are in use by now, so they count already.
        over = self.retained_bytes - self.retained_goal_bytes
        if over > 0:
            self.release(min(over, npages * self.page_bytes))

    def _pick(self, npages: int) -> Run | None:
        return self._order.first_fit(npages)

    def _joins(self, left: Run, right: Run) -> bool:
        return left.is_released == right.is_released

    def _insert(self, run: Run) -> None:
        self._order.insert(run)

    def _remove(self, run: Run) -> None:
        self._order.remove(run)

    def _indexed(self) -> Iterator[Run]:
        return iter(self._order)
