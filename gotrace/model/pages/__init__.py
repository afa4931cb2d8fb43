"""Page heaps: where a run of pages goes, by version; `PageHeap` is what they have in common.

==============  ========================================================================
`bitmap`        go1.14 on: bitmap chunks, radix summary, first fit by address
`page_cache`    the block of 64 pages from which a P of go1.14 on serves small spans
`summary`       the radix tree over the chunks
`bits`          runs of set bits in whole numbers
`chunks`        4 MiB of pages as bits: free, scavenged, padding
`scavenging`    go1.14 on: which free pages go back to the system next
`scavenged`     `bitmap` with its scavenger at work
`free_runs`     what all before go1.14 share: whole free runs, joined on free
`lists`         go1.0 to go1.11: a list for each number of pages, and large runs
`two_trees`     go1.12: free runs and released ones, each by size
`first_fit`     go1.13: all by address
`tcmalloc`      classic and 2x: lists in two states
`sources`       where these five get new memory from
==============  ========================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

__all__ = ["PageHeap", "PageRun"]


class PageRun(NamedTuple):
    """Neighbouring pages in the same state."""

    address: int
    npages: int
    is_free: bool


class PageHeap(Protocol):
    """Gives out runs of pages. Addresses are bytes; `cache` is the P (None without one)."""

    page_bytes: int
    growths: int
    """How often memory was taken from the system."""

    @property
    def used_pages(self) -> int:
        """Pages given out and not given back."""
        ...

    @property
    def mapped_bytes(self) -> int:
        """Everything taken from the system so far, used or free."""
        ...

    @property
    def released_bytes(self) -> int:
        """What of the free memory the system has back, or never gave."""
        ...

    def find(self, npages: int, cache: int | None) -> int:
        """Where the next allocation would go, without doing it; grown space counts, too."""
        ...

    def allocate(self, npages: int, cache: int | None) -> int:
        """The same, done; grows when it must."""
        ...

    def take(self, address: int, npages: int, cache: int | None) -> None:
        """Mark these pages used although the policy would have chosen others.

        A guided replay corrects the model so. Raises ModelError if one of them is in use.
        """
        ...

    def free(self, address: int, npages: int, cache: int | None) -> None:
        """Give pages back. Raises ModelError if one of them is not in use."""
        ...

    def flush(self, cache: int) -> None:
        """Give back what `cache` holds of free pages; nothing to do before go1.14."""
        ...

    def runs(self) -> Iterator[PageRun]:
        """All pages ever mapped, lowest address first, for checks and maps."""
        ...

    def check(self) -> None:
        """Raise ModelError if an invariant broke."""
        ...
