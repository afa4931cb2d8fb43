"""`Site`: a line of the module's own code that allocates, and all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gotrace.analyses.wrestle.calls import Call
from gotrace.analyses.wrestle.expressions import Form, Made
from gotrace.analyses.wrestle.joining import Place
from gotrace.analyses.wrestle.matching import SiteType
from gotrace.analyses.wrestle.why import Escape
from gotrace.units import format_duration

__all__ = ["Cost", "Site", "Slot"]


@dataclass(frozen=True)
class Slot:
    """What a site allocated in slots of one size; errors are standard errors of sampling."""

    slot_bytes: int
    objects: int
    bytes: int
    object_error: float
    byte_error: float
    inuse_objects: int = 0
    types: tuple[SiteType, ...] = ()

    @property
    def main_type(self) -> SiteType | None:
        """The type most of them are of."""
        return self.types[0] if self.types else None


@dataclass
class Cost:
    """CPU time: own, and charged."""

    malloc_ns: float = 0.0
    assist_ns: float = 0.0
    charged_ns: float = 0.0

    @property
    def total_ns(self) -> float:
        """All of it."""
        return self.malloc_ns + self.assist_ns + self.charged_ns


@dataclass(frozen=True)
class Site:
    """A line of the module's own code that allocates; slots in order of their size.

    `escapes` is what the compiler said, `is_outer` that it did of the call that the line was
    inlined into, which may hold other things too. Of what another function allocates (`via`)
    it says nothing here, unless that was inlined.
    """

    place: Place
    via: str
    slots: tuple[Slot, ...]
    inuse_bytes: int
    escapes: tuple[Escape, ...]
    made: tuple[Made, ...]
    forms: frozenset[Form]
    calls: Mapping[str, Call]
    source: str
    is_outer: bool = False
    cost: Cost = field(default_factory=Cost)

    @property
    def objects(self) -> int:
        """Allocated."""
        return sum(slot.objects for slot in self.slots)

    @property
    def bytes(self) -> int:
        """Allocated, whole slots."""
        return sum(slot.bytes for slot in self.slots)

    @property
    def byte_error(self) -> float:
        """Standard error of `bytes`."""
        return float(np.hypot.reduce([slot.byte_error for slot in self.slots] or [0.0]))

    @property
    def object_error(self) -> float:
        """Standard error of `objects`."""
        return float(np.hypot.reduce([slot.object_error for slot in self.slots] or [0.0]))

    @property
    def where(self) -> str:
        """In words."""
        return f"{self.place}, in {self.via}" if self.via else str(self.place)

    def cpu_told(self, what: str) -> str:
        """`; 120 ms of CPU time in ...` where samples say that the runtime did this for the line.

        As the end of a sentence of evidence; empty without such samples.
        """
        call = self.calls.get(what)
        if call is None or not call.time_ns:
            return ""
        return f"; {format_duration(call.time_ns)} of CPU time in `{call.function}`"

    def parts(self) -> list[tuple[Slot, SiteType]]:
        """Every slot with every type it has."""
        return [(slot, kind) for slot in self.slots for kind in slot.types]
