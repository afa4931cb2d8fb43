"""tcmalloc's page heap: a list for each number of pages, a set of large runs, each in two states.

Free runs are normal or returned (to the system) and are joined only with neighbours in the same
state. A request tries, from its number of pages upwards, the list of normal runs and then that of
returned ones, last freed first; then the smallest large run of both states, of equals the lowest.
What is freed pays for giving something back now and then.

classic (google-perftools 1.x): pages of 4 KiB, lists for fewer than 256 pages, one list of large
runs searched whole. 2x (gperftools 2.7): pages of 8 KiB, lists for up to 128 pages, an ordered
set; before growing it may give back everything once, so that runs of both states can be joined.

Source: `src/page_heap.cc` of google-perftools 1.5 and gperftools 2.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from gotrace.model.pages.free_runs import FreeRunPages, Run
from gotrace.model.pages.lists import SortedRuns
from gotrace.model.pages.sources import PageSource

__all__ = ["TcmallocPages"]

_DEFAULT_RELEASE_DELAY = 1 << 18
_MAX_RELEASE_DELAY = 1 << 20
_FORCED_COALESCE_BYTES = 128 << 20
_LARGE_BYTES = 1 << 20


class _Kind:
    """The free runs of one state: exact lists 1 … `longest`, and the large ones."""

    def __init__(self, longest: int) -> None:
        self.lists: list[dict[int, Run]] = [{} for _ in range(longest + 1)]
        self.large = SortedRuns()

    def insert(self, run: Run) -> None:
        if run.npages < len(self.lists):
            self.lists[run.npages][run.start] = run
        else:
            self.large.insert(run)

    def remove(self, run: Run) -> None:
        if run.npages < len(self.lists):
            del self.lists[run.npages][run.start]
        else:
            self.large.remove(run)

    def __iter__(self) -> Iterator[Run]:
        return chain(chain.from_iterable(runs.values() for runs in self.lists), self.large)


class TcmallocPages(FreeRunPages):
    """Exact lists up to `longest_list` pages (255 or 128), large runs above; see the module."""

    def __init__(self, source: PageSource, *, is_classic: bool) -> None:
        super().__init__(source)
        self.is_classic = is_classic
        self.longest_list = _LARGE_BYTES // self.page_bytes - is_classic
        self._normal = _Kind(self.longest_list)
        self._returned = _Kind(self.longest_list)
        self._until_release = 0
        """Pages that may be freed before something is given back (`scavenge_counter_`)."""
        self._release_index = self.longest_list + 1
        """The list that gives back next; the last one stands for the large runs."""

    def allocate(self, npages: int, cache: int | None = None) -> int:
        """As described above; grows when neither state has room."""
        if self._pick(npages) is None and self._should_force(npages):
            self.release(1 << 62)
        return super().allocate(npages, cache)

    def release(self, npages: int) -> int:
        """Give back at least `npages`, round robin over the lists; gives the pages released."""
        released = 0
        while released < npages:
            before = released
            for _ in range(self.longest_list + 1):
                if released >= npages:
                    break
                released += self._release_next()
            if released == before:
                break
        return released

    def _release_next(self) -> int:
        """A run of the list whose turn it is: freed first, or the smallest of an ordered set."""
        if self._release_index > self.longest_list + 1:
            self._release_index = 1
        index = self._release_index
        self._release_index += 1
        if index > self.longest_list:
            large = self._normal.large
            run = large.oldest() if self.is_classic else next(iter(large), None)
        else:
            run = next(iter(self._normal.lists[index].values()), None)
        if run is None:
            return 0
        self._detach(run)
        released = run.released_pages = run.npages
        self._put_back(run, is_joined=True)
        return released

    def _freed(self, npages: int) -> None:
        """`IncrementalScavenge`, at the default rate: 1000 pages freed for each one released."""
        self._until_release -= npages
        if self._until_release >= 0:
            return
        released = self.release(1)
        wait = min(1000 * released, _MAX_RELEASE_DELAY)
        self._until_release = wait if released else _DEFAULT_RELEASE_DELAY

    def _grew(self, npages: int) -> None:
        # New memory is entered by freeing it.
        self._freed(npages)

    def _should_force(self, npages: int) -> bool:
        """Whether a quarter of the heap is free, in both states, and 128 MiB are being crossed."""
        returned = sum(run.npages for run in self._returned)
        free = sum(run.npages for run in self._normal)
        if self.is_classic or not returned or not free:
            return False
        mapped = self.mapped_bytes
        after = mapped + npages * self.page_bytes
        is_crossing = mapped // _FORCED_COALESCE_BYTES != after // _FORCED_COALESCE_BYTES
        return is_crossing and (free + returned) * self.page_bytes >= mapped // 4

    def _pick(self, npages: int) -> Run | None:
        for count in range(npages, self.longest_list + 1):
            for kind in (self._normal, self._returned):
                if runs := kind.lists[count]:
                    return runs[next(reversed(runs))]
        fits = [kind.large.best_fit(npages) for kind in (self._normal, self._returned)]
        found = [run for run in fits if run is not None]
        return min(found, key=lambda run: (run.npages, run.start)) if found else None

    def _joins(self, left: Run, right: Run) -> bool:
        return left.is_released == right.is_released

    def _insert(self, run: Run) -> None:
        (self._returned if run.is_released else self._normal).insert(run)

    def _remove(self, run: Run) -> None:
        (self._returned if run.is_released else self._normal).remove(run)

    def _indexed(self) -> Iterator[Run]:
        return chain(self._normal, self._returned)
