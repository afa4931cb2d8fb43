"""What the page heaps before go1.14 and tcmalloc's have in common: whole free runs, joined on free.

Free memory is kept as runs. An allocation cuts its pages off the front of a run and puts the
remainder back; a freed run is joined with free neighbours, which are found through the page map:
of a free run only the first and the last page are in it (`MHeap_FreeSpanLocked`,
`mheap.coalesce`). How runs are kept and which one is picked is what the versions differ in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from gotrace.errors import ModelError
from gotrace.model.pages import PageRun
from gotrace.model.pages.sources import PageSource

__all__ = ["FreeRunPages", "Run"]


@dataclass(slots=True)
class Run:
    """A run of free pages. Numbers are of pages, page 0 is address 0."""

    start: int
    npages: int
    released_pages: int = 0
    """How many of them went back to the system (`npreleased`; all or nothing since go1.12)."""
    unused_since_ns: int = 0
    record: int = -1
    """Which `mspan` structure describes it: structures are used again, last freed first."""

    @property
    def end(self) -> int:
        """One past the last page."""
        return self.start + self.npages

    @property
    def is_released(self) -> bool:
        """Whether anything of it went back to the system (`scavenged`)."""
        return self.released_pages > 0


class _Records:
    """The numbers of `mspan` structures (`FixAlloc`): the last one freed is the next one used."""

    def __init__(self) -> None:
        self.count = 0
        self._freed: list[int] = []

    def allocate(self) -> int:
        if self._freed:
            return self._freed.pop()
        self.count += 1
        return self.count - 1

    def free(self, record: int) -> None:
        self._freed.append(record)


class FreeRunPages(ABC):
    """A page heap of whole free runs; see `gotrace.model.pages.PageHeap`.

    Subclasses keep free runs in an index of their own (`_insert`, `_remove`, `_indexed`), and say
    which one an allocation takes (`_pick`) and which neighbours are joined (`_joins`).
    """

    is_new_memory_released = False
    """Whether a growth counts as released until it is used (go1.13)."""

    def __init__(self, source: PageSource) -> None:
        self.page_bytes = source.page_bytes
        self.growths = 0
        self.now_ns = 0
        """The clock that freed runs are stamped with; whoever replays moves it."""
        self.source = source
        """Where new memory comes from."""
        self._free_by_start: dict[int, Run] = {}
        self._free_by_last: dict[int, Run] = {}
        self._used: dict[int, tuple[int, int]] = {}
        """First page → pages, record."""
        self._records = _Records()
        self._used_pages = 0
        self._mapped_pages = 0

    # -- the PageHeap interface

    @property
    def used_pages(self) -> int:
        """Pages given out and not given back."""
        return self._used_pages

    @property
    def mapped_bytes(self) -> int:
        """Everything taken from the system so far."""
        return self._mapped_pages * self.page_bytes

    @property
    def released_bytes(self) -> int:
        """Free memory that went back to the system, or never was used (`heap_released`)."""
        return sum(run.released_pages for run in self._free_by_start.values()) * self.page_bytes

    def find(self, npages: int, cache: int | None = None) -> int:
        """Where `allocate` would go; nothing changes."""
        run = self._pick(npages)
        if run is None:
            # A growth may release and join runs before it ends: that is tried on a copy.
            return deepcopy(self).allocate(npages, cache)
        return run.start * self.page_bytes

    def allocate(self, npages: int, cache: int | None = None) -> int:
        """The front of the run that the policy picks; the remainder stays free."""
        run = self._pick(npages)
        if run is None:
            self._grow(npages)
            run = self._pick(npages)
        if run is None:
            raise ModelError(f"the heap grew for {npages} pages and has no run for them")
        self._detach(run)
        self._use(run, npages)
        return run.start * self.page_bytes

    def take(self, address: int, npages: int, cache: int | None = None) -> None:
        """Use exactly these pages; growth until they are mapped is part of it."""
        start = address // self.page_bytes
        end = start + npages
        while (offer := self.source.offer(1).address // self.page_bytes) < end:
            self._grow(end - offer)
        parts = self._free_parts(start, end)
        for run in parts:
            self._detach(run)
        if parts[0].start < start:
            self._put_back(self._cut(parts[0], start - parts[0].start, is_front=True))
        if parts[-1].end > end:
            self._put_back(self._cut(parts[-1], parts[-1].end - end, is_front=False))
        for run in parts[1:]:
            self._records.free(run.record)
        self._use(Run(start, npages, record=parts[0].record), npages)

    def free(self, address: int, npages: int, cache: int | None = None) -> None:
        """Join with free neighbours and keep."""
        start = address // self.page_bytes
        used, record = self._used.get(start, (0, 0))
        if used != npages or address % self.page_bytes:
            raise ModelError(f"{npages} pages at {address:#x} are not a run in use")
        del self._used[start]
        self._used_pages -= npages
        self._put_back(Run(start, npages, 0, self.now_ns, record), is_joined=True)
        self._freed(npages)

    def flush(self, cache: int) -> None:
        """There are no page caches."""
        return

    def runs(self) -> Iterator[PageRun]:
        """Used and free pages by address; neighbours are one run here, whoever has them."""
        joined: list[PageRun] = []
        for run in self._all_runs():
            last = joined[-1] if joined else None
            if last and last.is_free == run.is_free and self._end(last) == run.address:
                joined[-1] = last._replace(npages=last.npages + run.npages)
            else:
                joined.append(run)
        yield from joined

    def check(self) -> None:
        """Raise ModelError if pages overlap or are lost, or a free run is not where it belongs."""
        self._check_pages()
        before: Run | None = None
        for run in sorted(self._free_by_start.values(), key=lambda run: run.start):
            if self._free_by_last.get(run.end - 1) is not run:
                raise ModelError(f"the page map does not know the end of the run at {run.start:#x}")
            if not 0 <= run.released_pages <= run.npages:
                raise ModelError(f"the run at page {run.start:#x} released more than it has")
            if before is not None and before.end == run.start and self._joins(before, run):
                raise ModelError(f"free runs that meet at page {run.start:#x} were not joined")
            before = run
        if sorted(map(id, self._indexed())) != sorted(map(id, self._free_by_start.values())):
            raise ModelError("the index of free runs is not the page map's")
        records = [run.record for run in self._free_by_start.values()]
        records += [record for _, record in self._used.values()]
        if len(set(records)) != len(records):
            raise ModelError("two runs share one record")

    def record_of(self, address: int) -> int:
        """Number of the structure that describes the run in use at `address`: a sweep order."""
        return self._used[address // self.page_bytes][1]

    # -- what subclasses say

    @abstractmethod
    def _pick(self, npages: int) -> Run | None:
        """The run an allocation comes from; None if the heap must grow."""

    @abstractmethod
    def _insert(self, run: Run) -> None:
        """Keep a free run."""

    @abstractmethod
    def _remove(self, run: Run) -> None:
        """Forget a free run."""

    @abstractmethod
    def _indexed(self) -> Iterator[Run]:
        """All runs kept, in any order."""

    def _joins(self, left: Run, right: Run) -> bool:
        """Whether free neighbours become one run."""
        return True

    def _before_growth(self, size_bytes: int) -> None:
        """Called before new memory is added."""
        return

    def _freed(self, npages: int) -> None:
        """Called after pages were freed."""
        return

    def _used_released(self, npages: int) -> None:
        """Called after pages that had gone back to the system are in use again."""
        return

    # -- the work

    def _grow(self, npages: int) -> None:
        growth = self.source.offer(npages)
        self._before_growth(growth.size_bytes)
        self.source.grow(npages)
        count = growth.size_bytes // self.page_bytes
        run = Run(growth.address // self.page_bytes, count, 0, self.now_ns)
        run.released_pages = count if self.is_new_memory_released else 0
        run.record = self._records.allocate()
        self.growths += 1
        self._mapped_pages += count
        self._put_back(run, is_joined=True)
        self._grew(count)

    def _grew(self, npages: int) -> None:
        """Called after new memory was added."""
        return

    def _put_back(self, run: Run, *, is_joined: bool = False) -> None:
        """Into the page map and the index; `is_joined`: with free neighbours first."""
        if is_joined:
            self._join(run)
        self._free_by_start[run.start] = run
        self._free_by_last[run.end - 1] = run
        self._insert(run)

    def _join(self, run: Run) -> None:
        """Absorb free neighbours, the one before first; `run` keeps its record."""
        before = self._free_by_last.get(run.start - 1)
        if before is not None and self._joins(before, run):
            self._absorb(run, before)
            run.start = before.start
        after = self._free_by_start.get(run.end)
        if after is not None and self._joins(run, after):
            self._absorb(run, after)

    def _absorb(self, run: Run, other: Run) -> None:
        self._detach(other)
        run.npages += other.npages
        run.released_pages += other.released_pages
        self._records.free(other.record)

    def _detach(self, run: Run) -> None:
        """Out of the page map and the index."""
        del self._free_by_start[run.start]
        del self._free_by_last[run.end - 1]
        self._remove(run)

    def _use(self, run: Run, npages: int) -> None:
        """Hand out the first `npages` of a detached run; the remainder gets a new record."""
        was_released = run.is_released
        if run.npages > npages:
            self._put_back(self._cut(run, run.npages - npages, is_front=False))
        self._used[run.start] = (npages, run.record)
        self._used_pages += npages
        if was_released:
            self._used_released(npages)

    def _cut(self, run: Run, npages: int, *, is_front: bool) -> Run:
        """Take `npages` off one end of a detached run as a run of its own."""
        start = run.start if is_front else run.end - npages
        piece = Run(start, npages, 0, run.unused_since_ns, self._records.allocate())
        piece.released_pages = self._released_after_cut(run, npages)
        run.npages -= npages
        run.released_pages = min(run.released_pages - piece.released_pages, run.npages)
        run.start += npages if is_front else 0
        return piece

    def _released_after_cut(self, run: Run, npages: int) -> int:
        """How much of what `run` released counts for a piece of `npages`; all or nothing here."""
        return npages if run.is_released else 0

    def _free_parts(self, start: int, end: int) -> list[Run]:
        """The free runs that cover these pages, by address."""
        parts: list[Run] = []
        for run in sorted(self._free_by_start.values(), key=lambda run: run.start):
            if run.end > start and run.start < end:
                parts.append(run)
        covered = sum(min(run.end, end) - max(run.start, start) for run in parts)
        if covered != end - start:
            raise ModelError(f"{end - start} pages at page {start:#x} are not all free")
        return parts

    def _all_runs(self) -> list[PageRun]:
        free = [(run.start, run.npages, True) for run in self._free_by_start.values()]
        used = [(start, npages, False) for start, (npages, _) in self._used.items()]
        return [
            PageRun(start * self.page_bytes, npages, is_free)
            for start, npages, is_free in sorted([*free, *used])
        ]

    def _end(self, run: PageRun) -> int:
        return run.address + run.npages * self.page_bytes

    def _check_pages(self) -> None:
        """Runs neither overlap nor leave a hole, and the counts are right."""
        used = total = 0
        last: PageRun | None = None
        for run in self._all_runs():
            if last is not None and self._end(last) != run.address:
                raise ModelError(f"pages before {run.address:#x} are lost or in two runs")
            last = run
            total += run.npages
            used += 0 if run.is_free else run.npages
        if total != self._mapped_pages or used != self._used_pages:
            raise ModelError(f"{used} of {total} pages are used: the counts say otherwise")
