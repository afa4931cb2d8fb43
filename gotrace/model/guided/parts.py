"""What the guided replay keeps of spans, Ps and sweeps beyond what the model's parts know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gotrace.model.central import CentralSets
from gotrace.model.size_classes import size_class_table
from gotrace.model.span import UNSWEPT, Span
from gotrace.model.spans import objects_per_span
from gotrace.model.versions import GoVersion

__all__ = [
    "LARGEST_SPAN_PAGES",
    "MOST_BYTES",
    "MOST_LATE",
    "MOST_LOST",
    "MOST_PAGES",
    "MOST_PROCS",
    "MOST_REGIONS",
    "PAGE_BYTES",
    "UNITS_PER_PAGE",
    "Classes",
    "GuidedCentral",
    "GuidedSpan",
    "Proc",
    "Region",
]

PAGE_BYTES = 8192
UNITS_PER_PAGE = 1024
MOST_PAGES = 1 << 25
"""256 GiB of heap: spans beyond are left out."""
LARGEST_SPAN_PAGES = 1 << 18
"""2 GiB: larger spans are left out."""
MOST_BYTES = 1 << 48
"""No heap has more, nor does any sweep."""
MOST_LOST = 64
"""Spans without an allocation, remembered at a time."""
MOST_PROCS = 1 << 12
MOST_REGIONS = 16
MOST_LATE = 64
"""Goroutines whose objects are told of late, remembered at a time."""


class Classes:
    """The size classes of a version as lists; 0 are large objects."""

    def __init__(self, version: GoVersion) -> None:
        table = size_class_table(version)
        self.slot_bytes = [0, *(found.size_bytes for found in table.classes)]
        self.span_pages = [0, *(found.span_pages for found in table.classes)]
        self.slot_counts = [1, 1] + [
            objects_per_span(version, size, has_pointers)
            for size in self.slot_bytes[1:]
            for has_pointers in (True, False)
        ]
        """By span class."""
        self.has_headers = version >= GoVersion(22)
        self.has_inline_marks = version >= GoVersion(26)


@dataclass(eq=False)
class GuidedSpan(Span):
    """A span with what the replay knows of it."""

    is_manual: bool = False
    """Stacks and others: no objects."""
    is_gone: bool = False
    """Its pages were freed; lists may still name it."""
    is_new: bool = False
    """A cache took it and nothing was allocated in it."""
    marked_in: int = -1
    """The mark during which an object was allocated in it last."""
    in_region: bool = False
    """An open or unsettled region names it."""
    is_sweeping: bool = False
    """A P is sweeping it in order."""
    swept_at: int = -1
    """The sweep generation in which it was last swept."""
    blamed_at: int = -1
    """The generation in which its sweep was found to be wrongly placed."""

    @property
    def page(self) -> int:
        """Number of its first page."""
        return self.address // PAGE_BYTES


@dataclass
class Region:
    """What one allocation swept: spans in which something died, in order, and bytes of all."""

    spans: list[GuidedSpan] = field(default_factory=list)
    swept_bytes: int = 0


@dataclass
class Proc:
    """One P: its mcache, and what it is in the middle of."""

    cached: dict[int, GuidedSpan] = field(default_factory=dict)
    """Span class → span."""
    is_known: bool = False
    """Whether its mcache was flushed since the recording began."""
    is_idle: bool = True
    must_flush: bool = False
    """A mark has ended, and its cached spans are stale."""
    regions: list[Region] = field(default_factory=list)
    """Closed, and not yet told apart."""
    open: Region | None = None
    sweeping: GuidedSpan | None = None
    """The span that is swept in the order of the central lists."""
    heap_alloc: tuple[int, int] | None = None
    """heapLive before and after a refill whose object is not yet told of."""
    busy: int = -1
    """The goroutine that `regions` and `heap_alloc` are of."""


class GuidedCentral(CentralSets):
    """Central lists that can be looked into."""

    def has_partial_swept(self, span_class: int) -> bool:
        """Whether a cache would be served without sweeping."""
        return bool(self._of(span_class).partial_swept)

    def chain(self, span_class: int) -> Iterator[Span]:
        """The spans that a refill would sweep, in order."""
        sets = self._of(span_class)
        yield from list(sets.partial_unswept)
        yield from list(sets.full_unswept)

    def unswept(self) -> Iterator[Span]:
        """All spans in the order of `pop_unswept`, which stay."""
        for span_class in sorted(self._sets):
            sets = self._sets[span_class]
            yield from sets.full_unswept
            yield from sets.partial_unswept

    def state(self, span: Span) -> int:
        """The span's sweep generation minus the heap's."""
        return span.sweep_generation - self.generation

    def is_unswept(self, span: Span) -> bool:
        """Whether it waits to be swept."""
        return self.state(span) == UNSWEPT
