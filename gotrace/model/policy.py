"""A policy: one allocator as a choice of parts; `gotrace.model.policies` has all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gotrace.model.central import Central
from gotrace.model.heap import Heap
from gotrace.model.pages import PageHeap
from gotrace.model.sizes import SizeRules, size_rules

__all__ = ["Policy"]


@dataclass(frozen=True)
class Policy:
    """One allocator, as data: numbers, and the classes of its parts."""

    name: str
    """What people write: `go1.14`, `tcmalloc-2x`."""
    heap: Callable[[Policy, int], Heap]
    """Puts the parts together; called with the policy and the heap's first address."""
    pages: Callable[[int], PageHeap]
    """Makes the page heap; called with its first address."""
    central: Callable[[], Central]
    """Makes the central lists."""
    first_address: int
    """Where the heap begins unless the caller knows better."""
    frees_at_once: bool = False
    """Whether the program frees objects itself and nothing collects them (tcmalloc)."""
    has_random_base: bool = False
    """Whether the first address differs from run to run."""

    @property
    def sizes(self) -> SizeRules:
        """The size rules of this allocator."""
        return size_rules(self.name)
