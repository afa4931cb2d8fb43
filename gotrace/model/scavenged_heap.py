"""Heaps of go1.13 on that give memory back: their goals are set anew when a mark ends.

`scavenged` makes such a heap out of any policy from go1.13 on; nothing else about it changes, and
from go1.14 on no placement either. Source: `gcMarkTermination` in `runtime/mgc.go`,
`gcPaceScavenger` in `runtime/mgcscavenge.go`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from gotrace.errors import ModelError
from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.lists_heap import ListsHeap
from gotrace.model.pages import PageHeap
from gotrace.model.pages.first_fit import FirstFitPages
from gotrace.model.pages.scavenged import Goals, ScavengedPages
from gotrace.model.pages.sources import ArenaSource
from gotrace.model.policy import Policy
from gotrace.model.replayed import MIN_GOAL_BYTES
from gotrace.model.scavenger import memory_limit_goal_bytes, retained_goal_bytes, scavenger_of
from gotrace.model.versions import GoVersion, resolve

__all__ = [
    "ReturnSettings",
    "ReturningPages",
    "ScavengedFirstFit",
    "ScavengedHeap",
    "heap_goal_bytes",
    "scavenged",
]

_PHYSICAL_PAGE_BYTES = 4096


def heap_goal_bytes(marked_bytes: int) -> int:
    """The heap goal of GOGC=100, stacks and globals left out: twice what was marked, or 4 MiB."""
    return max(MIN_GOAL_BYTES, 2 * marked_bytes)


@dataclass(frozen=True)
class ReturnSettings:
    """What a program's surroundings decide."""

    has_background: bool = True
    """Whether the background scavenger has all the time it wants before the next mark, or none.

    It has 1 % of a CPU in Go, so as a rule the truth lies between the two.
    """
    memory_limit_bytes: int | None = None
    """GOMEMLIMIT; looked at from go1.19 on."""
    other_bytes: int = 0
    """What the runtime has mapped beside the heap; counts towards the limit."""
    huge_page_pages: int = 256
    """Pages of a huge page; 0 where the system has none."""
    heap_goal_bytes: Callable[[int], int] = heap_goal_bytes
    """Bytes marked → heap goal."""


class ReturningPages(PageHeap, Protocol):
    """What the heaps here need of their pages."""

    goals: Goals
    manual_pages: int

    @property
    def retained_bytes(self) -> int:
        """Heap memory, free or used, that the system does not have."""
        ...

    @property
    def ready_bytes(self) -> int:
        """Memory of all kinds that the system does not have."""
        ...

    def next_generation(self) -> None:
        """A mark ended."""
        ...

    def run_background(self) -> int:
        """Give back until the goals are met; gives the bytes."""
        ...

    def release_all(self) -> int:
        """Give back every free page that no P holds; gives the bytes."""
        ...


class ScavengedFirstFit(FirstFitPages):
    """The page heap of go1.13 with goals; it does a growth's part itself."""

    def __init__(self, first_address: int) -> None:
        super().__init__(ArenaSource(first_address))
        self.manual_pages = 0

    @property
    def goals(self) -> Goals:
        """The goal, which counts stacks, as `FirstFitPages.retained_bytes` does."""
        return Goals(self.retained_goal_bytes)

    @goals.setter
    def goals(self, goals: Goals) -> None:
        goal = goals.retained_bytes
        self.retained_goal_bytes = None if goal is None else goal + self._manual_bytes

    @property
    def ready_bytes(self) -> int:
        """Memory that the system does not have."""
        return self.mapped_bytes - self.released_bytes

    def next_generation(self) -> None:
        """There are no generations."""
        return

    def run_background(self) -> int:
        """Down to the goal."""
        goal = self.retained_goal_bytes
        return 0 if goal is None else self.release(max(0, self.retained_bytes - goal))

    def release_all(self) -> int:
        """Every free page."""
        return self.release(self.mapped_bytes)

    @property
    def _manual_bytes(self) -> int:
        return self.manual_pages * self.page_bytes


class ScavengedHeap(BitmapHeap):
    """A heap whose scavenger runs; made by `scavenged`, which knows the settings."""

    settings = ReturnSettings()
    version: GoVersion

    def __init__(self, policy: Policy, first_address: int) -> None:
        super().__init__(policy, first_address)
        self._goal_bytes = MIN_GOAL_BYTES
        """The heap goal of the cycle that runs."""

    @property
    def returning(self) -> ReturningPages:
        """The page heap. Raises ModelError if it cannot give anything back."""
        if not isinstance(self.pages, ScavengedPages | ScavengedFirstFit):
            raise ModelError(f"{self.policy.name} has pages that know no scavenger")
        return self.pages

    def begin_mark(self) -> None:
        """All is swept, and then was time for the background scavenger, if it has any."""
        super().begin_mark()
        if self.settings.has_background:
            self.returning.run_background()

    def allocate_manual(self, npages: int, cache: int | None) -> int:
        """Stacks are no heap memory that is retained."""
        address = super().allocate_manual(npages, cache)
        self.returning.manual_pages += npages
        return address

    def free_manual(self, address: int) -> None:
        """They are again when they are freed."""
        npages = self.manual[address].npages if address in self.manual else 0
        super().free_manual(address)
        self.returning.manual_pages -= npages

    def free_os_memory(self) -> int:
        """`debug.FreeOSMemory` behind its collection: sweep all, give all back; gives the bytes."""
        self.sweeper.finish()
        return self.returning.release_all()

    def _marked(self) -> None:
        """What is in use now, scaled as the goal changes, is what the scavenger may keep."""
        last, self._goal_bytes = (
            self._goal_bytes,
            self.settings.heap_goal_bytes(self.accounting.marked_bytes),
        )
        pages = self.returning
        in_use = self.in_use_pages * pages.page_bytes
        retained = retained_goal_bytes(in_use, self._goal_bytes, last)
        if retained is not None and pages.retained_bytes - retained < _PHYSICAL_PAGE_BYTES:
            retained = None
        limit = self.settings.memory_limit_bytes
        ready = None if limit is None else memory_limit_goal_bytes(self.version, limit)
        if ready is not None and pages.ready_bytes <= ready:
            ready = None
        pages.goals = Goals(retained, ready)
        pages.next_generation()


class _ScavengedListsHeap(ScavengedHeap, ListsHeap):
    """go1.13 and go1.14."""


def scavenged(policy: Policy, settings: ReturnSettings | None = None) -> Policy:
    """`policy` with its scavenger at work. Raises ValueError before go1.13, and for tcmalloc."""
    used = settings or ReturnSettings()
    if policy.frees_at_once or resolve(policy.name) < GoVersion(13):
        raise ValueError(f"{policy.name} has no goal to give memory back for")
    name = resolve(policy.name)
    rule = scavenger_of(name)

    def pages(first_address: int) -> PageHeap:
        if name == GoVersion(13):
            return ScavengedFirstFit(first_address)
        return ScavengedPages(
            first_address,
            rule=rule,
            memory_limit_bytes=used.memory_limit_bytes,
            other_bytes=used.other_bytes,
            huge_page_pages=used.huge_page_pages,
        )

    def heap(policy: Policy, first_address: int) -> ScavengedHeap:
        kind = _ScavengedListsHeap if name <= GoVersion(14) else ScavengedHeap
        made = kind(policy, first_address)
        made.settings, made.version = used, name
        return made

    return replace(policy, heap=heap, pages=pages)
