"""Where a page heap gets new memory from, and how much at a time.

A source hands out addresses that grow; it never gets anything back, for no version of Go unmaps the
heap. What stands for the system here always gives the next address, so growths are neighbours.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from gotrace.model.layout import FIRST_HINT, LinearLayout

__all__ = ["ArenaSource", "Growth", "LinearSource", "PageSource", "SystemSource"]

_CHUNK_BYTES = 1 << 20
_ROUND_BYTES = 64 << 10
_ADDRESS_LIMIT = 1 << 47


class Growth(NamedTuple):
    """Memory newly mapped, in bytes."""

    address: int
    size_bytes: int


class PageSource(Protocol):
    """Gives memory to a page heap."""

    page_bytes: int
    end: int
    """The address behind the last byte there may be."""
    unit_bytes: int
    """A growth is a multiple of it."""
    least_bytes: int
    """No growth is smaller."""

    def offer(self, npages: int) -> Growth:
        """What a growth for `npages` pages would map; nothing changes.

        Raises ValueError when the address space is used up.
        """
        ...

    def grow(self, npages: int) -> Growth:
        """The same, done."""
        ...


class _Bump:
    """The next address, and the last one there may be."""

    def __init__(self, start: int, end: int, page_bytes: int, unit_bytes: int, least: int) -> None:
        self.page_bytes = page_bytes
        self._next = start
        self.end = end
        self.unit_bytes = unit_bytes
        self.least_bytes = least

    def offer(self, npages: int) -> Growth:
        """Rounded up to the unit, and at least the least."""
        wanted = -(-npages * self.page_bytes // self.unit_bytes) * self.unit_bytes
        wanted = max(wanted, self.least_bytes)
        if self._next + wanted > self.end:
            raise ValueError(f"the address space has no {npages} pages left")
        return Growth(self._next, wanted)

    def grow(self, npages: int) -> Growth:
        """Map what `offer` says."""
        growth = self.offer(npages)
        self._next += growth.size_bytes
        return growth


class LinearSource(_Bump):
    """go1.0 to go1.10: at least 1 MiB, in multiples of 64 KiB, from the front of the arena.

    Source: `MHeap_Grow` in `runtime/mheap.c`, `mheap.grow` to go1.10.
    """

    def __init__(self, layout: LinearLayout, arena_start: int | None = None) -> None:
        start = layout.arena_start if arena_start is None else arena_start
        end = start + layout.arena_bytes
        super().__init__(start, end, layout.page_bytes, _ROUND_BYTES, _CHUNK_BYTES)


class ArenaSource(_Bump):
    """go1.11 to go1.13: whole arenas. Source: `mheap.grow`, `mheap.sysAlloc`."""

    def __init__(
        self, first_arena: int = FIRST_HINT, arena_bytes: int = 64 << 20, page_bytes: int = 8192
    ) -> None:
        super().__init__(first_arena, _ADDRESS_LIMIT, page_bytes, arena_bytes, arena_bytes)


class SystemSource(_Bump):
    """tcmalloc: what is asked for, at least 1 MiB. Source: gperftools `PageHeap::GrowHeap`."""

    def __init__(self, start: int, page_bytes: int) -> None:
        super().__init__(start, _ADDRESS_LIMIT, page_bytes, page_bytes, _CHUNK_BYTES)
