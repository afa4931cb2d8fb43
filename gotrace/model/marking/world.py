"""One moment: the graph, and what the collector knows of it. The three colours are read off here.

white   not marked: garbage, or not found yet
grey    marked, still to be scanned: on the work list, on a span's, or half scanned
black   marked and scanned; noscan objects are black as soon as they are marked

Sets of objects are whole numbers, bit n for object n.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from gotrace.model.marking.graph import Graph, bits_of

__all__ = ["Colour", "Phase", "World", "new_world"]


class Phase(StrEnum):
    """What `gcphase` says; mark termination is one step, for nobody else runs in it."""

    OFF = "off"
    MARK = "mark"


class Colour(StrEnum):
    """Of an object or a stack; a letter stands for it where there is little room."""

    WHITE = "white"
    GREY = "grey"
    BLACK = "black"
    FREE = "free"


class World(NamedTuple):
    """The state of program and collector between two steps."""

    graph: Graph
    phase: Phase = Phase.OFF
    cycle: int = 0
    """Collections begun."""
    marked: int = 0
    freed: int = 0
    unswept: int = 0
    """Objects that the last mark decided about and no sweep has come to."""
    work: tuple[int, ...] = ()
    """Grey objects in work buffers, the newest last."""
    spans: tuple[int, ...] = ()
    """Green Tea: spans with grey objects, the first to be scanned first."""
    waiting: int = 0
    """Grey objects that wait on their span, or (in a search) for anybody."""
    scanning: tuple[tuple[int, int], ...] = ()
    """Objects half scanned, each with its next word."""
    scanned_globals_count: int = 0
    """Globals are scanned one after the other."""
    scanned_stacks: int = 0
    """The stacks that are black, a bit for each goroutine."""
    buffers: tuple[tuple[int, ...], ...] = ()
    """Pointers that the write barrier of each P took down and nobody has shaded yet."""
    balances_bytes: tuple[int, ...] = ()
    """`gcAssistBytes`: what each goroutine may still allocate; below 0 it stands still."""
    credit_bytes: int = 0
    """`bgScanCredit`: background scanning that no assist has used up."""

    @property
    def existing(self) -> int:
        """Every object that was allocated and not freed."""
        return ((1 << len(self.graph.objects)) - 1) & ~self.freed

    @property
    def grey(self) -> int:
        """Marked, and not scanned to the end."""
        return self.waiting | bits_of(self.work) | bits_of(number for number, _ in self.scanning)

    @property
    def black(self) -> int:
        """Marked and scanned."""
        return self.marked & ~self.grey

    @property
    def white(self) -> int:
        """Not marked; between two collections every object."""
        return self.existing & ~self.marked

    @property
    def has_grey(self) -> bool:
        """Whether there is something to scan."""
        return bool(self.work or self.waiting or self.scanning)

    @property
    def buffered(self) -> int:
        """Objects that stand in write barrier buffers."""
        return bits_of(number for buffer in self.buffers for number in buffer)

    def colour(self, number: int) -> Colour:
        """The colour of one object."""
        bit = 1 << number
        if self.freed & bit:
            return Colour.FREE
        if not self.marked & bit:
            return Colour.WHITE
        return Colour.GREY if self.grey & bit else Colour.BLACK

    def is_stack_grey(self, goroutine: int) -> bool:
        """Whether the goroutine's stack has not been scanned in this cycle."""
        return self.phase is Phase.MARK and not self.scanned_stacks >> goroutine & 1


def new_world(graph: Graph) -> World:
    """Before the first collection."""
    goroutines = len(graph.stacks)
    return World(graph, buffers=((),) * goroutines, balances_bytes=(0,) * goroutines)
