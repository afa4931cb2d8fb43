"""The page heap of go1.14 on with its scavenger: when it runs beside the program, and how far.

Placements are those of `BitmapPages`: a page that the system has is as good as any other.

* A growth that would keep more than the goal gives back as much as it maps, or what it is over:
  first, in go1.14 to go1.17; since go1.18 after the pages were taken.
* Since go1.19 pages that would go over the memory limit are made up for, forced; who has no P
  gives nothing back.
* In the background, a quantum at a time, until the goals are met. That has 1 % of a CPU in Go; time
  is no part of this model, so it runs when it is told to, and to its end.

Sources: `mheap.grow` (to go1.17), `mheap.allocSpan`, `scavengeAll` in `runtime/mheap.go`;
`gcPaceScavenger`, `scavengerState.run` in `runtime/mgcscavenge.go`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.errors import ModelError
from gotrace.model.layout import FIRST_HINT
from gotrace.model.pages.bitmap import BitmapPages
from gotrace.model.pages.scavenging import HUGE_PAGE_PAGES, PageScavenger
from gotrace.model.pages.summary import CHUNK_PAGES
from gotrace.model.scavenger import ScavengerRule

__all__ = ["Goals", "ScavengedPages"]


@dataclass(frozen=True)
class Goals:
    """What the scavenger works towards; None: nothing to do."""

    retained_bytes: int | None = None
    """Keep no more free and used heap memory than this (`gcPercentGoal`)."""
    ready_bytes: int | None = None
    """Keep no more memory of all kinds than this (`memoryLimitGoal`)."""


class ScavengedPages(BitmapPages):
    """`BitmapPages` that gives memory back; see the module."""

    def __init__(
        self,
        first_page: int = FIRST_HINT,
        *,
        rule: ScavengerRule,
        memory_limit_bytes: int | None = None,
        other_bytes: int = 0,
        huge_page_pages: int = HUGE_PAGE_PAGES,
    ) -> None:
        super().__init__(first_page)
        self.rule = rule
        self.scavenger = PageScavenger(
            self.bitmap, keeps_dense=rule.keeps_dense, huge_page_pages=huge_page_pages
        )
        self.goals = Goals()
        self.memory_limit_bytes = memory_limit_bytes if rule.has_memory_limit else None
        """GOMEMLIMIT; None: none."""
        self.other_bytes = other_bytes
        """What the runtime has mapped beside the heap and its stacks."""
        self.manual_pages = 0
        """Pages of stacks and others, which are not retained heap memory; the heap counts them."""
        self._growth_bytes = 0
        """Newly mapped for the allocation that is under way."""
        self._retained_bytes = 0
        """`retained_bytes` when that happened."""
        self.given_back_bytes = {"growth": 0, "background": 0, "forced": 0}
        """Everything ever given back, by the reason."""

    @property
    def ready_bytes(self) -> int:
        """Memory of all kinds that the system does not have (`mappedReady`)."""
        return self.mapped_bytes - self.released_bytes + self.other_bytes

    @property
    def retained_bytes(self) -> int:
        """Heap memory, free or used, that the system does not have (`heapRetained`)."""
        return self.ready_bytes - self.other_bytes - self.manual_pages * self.page_bytes

    def allocate(self, npages: int, cache: int | None = None) -> int:
        """As everywhere; then what the growth and the memory limit ask for."""
        self._growth_bytes = 0
        address = super().allocate(npages, cache)
        if not self.rule.releases_after_taking:
            return address
        over = 0
        if self.memory_limit_bytes is not None:
            over = max(0, self.ready_bytes - self.memory_limit_bytes)
        wanted = max(over, self._owed())
        if wanted and (cache is not None or not self.rule.has_memory_limit):
            self._release(wanted, "forced" if over else "growth")
        return address

    def free(self, address: int, npages: int, cache: int | None = None) -> None:
        """Back to the bitmap, where the scavenger may find it."""
        super().free(address, npages, cache)
        self.scavenger.freed(address // self.page_bytes, npages)

    def flush(self, cache: int) -> None:
        """What a page cache held can be given back, too."""
        block = self.caches.get(cache)
        super().flush(cache)
        if block is not None and not block.is_empty:
            self.scavenger.freed(block.page + block.free.bit_length() - 1, 1)

    def next_generation(self) -> None:
        """A mark ended."""
        self.scavenger.next_generation()

    def run_background(self) -> int:
        """The background scavenger, as if it had all the time it wants; gives the bytes.

        It works by quanta until its goals are met or nothing is left that it may take.
        """
        done, wanted = 0, self._over_goals()
        while done < wanted:
            released = self._release(self.rule.quantum_bytes, "background")
            done += released
            if released < self.rule.quantum_bytes:
                break
        return done

    def release_all(self) -> int:
        """`debug.FreeOSMemory`, once all is swept: every free page; gives the bytes.

        Not those in the caches of running Ps: at most 64 pages each.
        """
        return self._release(len(self.bitmap.chunks) * CHUNK_PAGES * self.page_bytes, "forced")

    def check(self) -> None:
        """Raise ModelError if memory in use was given back, or more than is free."""
        super().check()
        if self.released_bytes > self.mapped_bytes - self.used_pages * self.page_bytes:
            raise ModelError("more memory went back to the system than is free")

    def _grow(self, npages: int) -> None:
        mapped = self.mapped_bytes
        super()._grow(npages)
        self._growth_bytes += self.mapped_bytes - mapped
        if self.goals.retained_bytes is not None:
            self._retained_bytes = self.retained_bytes
        if not self.rule.releases_after_taking:
            self._release(self._owed(), "growth")
            self._growth_bytes = 0

    def _owed(self) -> int:
        """What the growth of this allocation must give back elsewhere."""
        goal, growth = self.goals.retained_bytes, self._growth_bytes
        if goal is None or not growth:
            return 0
        return max(0, min(growth, self._retained_bytes + growth - goal))

    def _over_goals(self) -> int:
        """How much must go until both goals are met."""
        goals = self.goals
        over = 0 if goals.retained_bytes is None else self.retained_bytes - goals.retained_bytes
        if goals.ready_bytes is not None:
            over = max(over, self.ready_bytes - goals.ready_bytes)
        return over

    def _release(self, size_bytes: int, why: str) -> int:
        pages = -(-size_bytes // self.page_bytes)
        is_forced = why == "forced"
        released = self.scavenger.release(pages, is_forced=is_forced) * self.page_bytes
        self.given_back_bytes[why] += released
        return released
