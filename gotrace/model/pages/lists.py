"""The page heap of go1.0 to go1.11: a list for each number of pages, and the large runs.

`free[n]` holds the free runs of exactly n pages; the last one freed is taken first. Lists are tried
from the number wanted upwards. Runs of 1 MiB and more are large: the smallest that fits is taken,
of equals the one at the lowest address. The remainder goes back to the list of its size.

To go1.8 the large runs were a list that was searched whole. From go1.9 to go1.11 they were a treap,
and its search only *aims* at the best fit: it stops at a node that fits when its left child is
missing or too small, although better runs may hang to the right below that child. Which nodes are
left children is a matter of random priorities. `may_pick` says what the real search could return;
the model takes the best fit, which is the answer whenever no large run is too small for the
request. Equal runs were ordered by the address of their `mspan` structure, here by their own.

Sources: `MHeap_AllocLocked`, `BestFit` in `runtime/mheap.c`; `mTreap.remove` in
`runtime/mgclarge.go` of go1.9 to go1.11.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import chain

from gotrace.model.pages.free_runs import FreeRunPages, Run
from gotrace.model.pages.sources import PageSource

__all__ = ["ListPages", "SortedRuns"]

_LARGE_BYTES = 1 << 20


class SortedRuns:
    """Free runs by (pages, address): the smallest that fits, of equals the lowest."""

    def __init__(self) -> None:
        self._keys: list[tuple[int, int]] = []
        self._runs: dict[tuple[int, int], Run] = {}

    def __iter__(self) -> Iterator[Run]:
        """Smallest first."""
        return (self._runs[key] for key in self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def insert(self, run: Run) -> None:
        """Keep a run, which must not change while it is kept."""
        key = (run.npages, run.start)
        insort(self._keys, key)
        self._runs[key] = run

    def remove(self, run: Run) -> None:
        """Forget a run."""
        key = (run.npages, run.start)
        del self._runs[key]
        del self._keys[bisect_left(self._keys, key)]

    def best_fit(self, npages: int) -> Run | None:
        """The smallest run of at least `npages`; None if all are smaller."""
        index = bisect_left(self._keys, (npages, 0))
        return self._runs[self._keys[index]] if index < len(self._keys) else None

    def oldest(self) -> Run | None:
        """The run that has been kept longest."""
        return next(iter(self._runs.values()), None)

    def may_pick(self, npages: int) -> list[Run]:
        """What a treap's search could return for some priorities, best fit first.

        If no run is smaller than `npages`, every left child fits and the search goes left to the
        end: the best fit. Otherwise any run that fits may sit above a left child that does not.
        """
        index = bisect_left(self._keys, (npages, 0))
        end = len(self._keys) if index else 1
        return [self._runs[key] for key in self._keys[index:end]]


class ListPages(FreeRunPages):
    """`free[1 MiB / page]` and large runs; `is_treap` says that these are a treap (go1.9+)."""

    def __init__(self, source: PageSource, *, is_treap: bool = False) -> None:
        super().__init__(source)
        self.exact_lists = _LARGE_BYTES // self.page_bytes
        """256 lists of 4 KiB pages (go1.0 to go1.2), 128 of 8 KiB; list 0 is never used."""
        self.is_treap = is_treap
        # A dict keeps the order of insertion, and forgets from the middle: a linked list.
        self._lists: list[dict[int, Run]] = [{} for _ in range(self.exact_lists)]
        self._large = SortedRuns()

    def may_pick(self, npages: int) -> list[int]:
        """Addresses that the real heap could choose here; one, unless large runs are a treap."""
        run = self._exact_fit(npages)
        runs = self._large.may_pick(npages) if run is None and self.is_treap else []
        return [r.start * self.page_bytes for r in runs] or [self.find(npages)]

    def release_unused(self, limit_ns: int) -> int:
        """Give the memory of runs that were unused for longer than `limit_ns` to the system.

        The runs stay in their lists; gives the bytes released. Source: `scavengelist`.
        """
        released = 0
        for run in self._indexed():
            if self.now_ns - run.unused_since_ns > limit_ns:
                released += run.npages - run.released_pages
                run.released_pages = run.npages
        return released * self.page_bytes

    def _pick(self, npages: int) -> Run | None:
        return self._exact_fit(npages) or self._large.best_fit(npages)

    def _exact_fit(self, npages: int) -> Run | None:
        """The last one freed of the first list upwards that is not empty."""
        for runs in self._lists[npages:]:
            if runs:
                return runs[next(reversed(runs))]
        return None

    def _insert(self, run: Run) -> None:
        if run.npages < self.exact_lists:
            self._lists[run.npages][run.start] = run
        else:
            self._large.insert(run)

    def _remove(self, run: Run) -> None:
        if run.npages < self.exact_lists:
            del self._lists[run.npages][run.start]
        else:
            self._large.remove(run)

    def _indexed(self) -> Iterator[Run]:
        return chain(chain.from_iterable(runs.values() for runs in self._lists), self._large)

    def _released_after_cut(self, run: Run, npages: int) -> int:
        """A run that is split is used again as a whole (`SysUsed`), the remainder, too."""
        return 0
