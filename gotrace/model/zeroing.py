"""Which new spans hold old bytes: memory of an arena up to where it was ever used needs zeroing.

Source: `mheap.allocNeedsZero` in `runtime/mheap.go` (go1.14 on; before, page heaps remember
`needzero` with their free spans). Since go1.27 a span whose pages the system all had is not zeroed
either, which this leaves out: where a span goes does not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["ZeroedArenas"]


@dataclass
class ZeroedArenas:
    """For each arena the page up to which it was ever used (`heapArena.zeroedBase`)."""

    arena_pages: int
    _used_to: dict[int, int] = field(default_factory=dict)

    def take(self, page: int, npages: int) -> bool:
        """A span takes these pages; whether one of them was used before."""
        needs_zero = False
        end = page + npages
        while page < end:
            arena = page // self.arena_pages
            limit = min(end, (arena + 1) * self.arena_pages)
            needs_zero = needs_zero or page < self._used_to.get(arena, 0)
            self._used_to[arena] = max(self._used_to.get(arena, 0), limit)
            page = limit
        return needs_zero
