"""`AllocatedSites`: the objects of a trace by type and slot, and how long they lived.

**What the stream has not.** Events of allocations have no stacks (`traceEvHeapObjectAlloc` in
`runtime/tracetype.go`, `runtime/traceallocfree.go`), so groups are types and slots, not call sites;
`matching.py` joins them to the sites of the heap profile.

**Lifetimes.** Frees come when the sweeper finds an object dead. An object whose birth follows the
b-th start of a cycle and that was freed after the e-th outlived the cycles b + 1 to e - 1. What was
not freed in the end outlived all but the last cycle, whose dead may not have been swept: of objects
born since the last but one nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.analyses.trace.fold import Tally
from gotrace.tables.columns import Columns, distinct

__all__ = ["MOST_CYCLES", "MOST_GROUPS", "Allocated", "AllocatedSites"]

Numbers = npt.NDArray[np.int64]

MOST_GROUPS = 1 << 12
"""Pairs of type and slot that have a row; all later ones share the last."""
MOST_CYCLES = 1 << 10
"""Cycles whose survivors are counted one by one; later ones have no part in the most alive."""
_COUNTERS = (
    "objects", "allocations", "bytes", "outlived_0", "outlived_1", "outlived_more", "alive",
    "survivals",
)  # fmt: skip
_HEADER_BYTES = 8
_HEADED_FROM = 512


@dataclass(frozen=True)
class Allocated:
    """Objects of one type in slots of one size; `type_name` is empty where Go tells none.

    `outlived_0`, `outlived_1` and `outlived_more` are of those that were freed; `alive` stayed to
    the end, and `undecided` of them are too young to tell. `survivals` is for how many cycles they
    were found alive, all together, and `most_alive` the most that one cycle found. `size_bytes` and
    `pointer_bytes` are of one value of the type: an object may be an array of such.
    """

    type_name: str
    size_bytes: int
    pointer_bytes: int
    slot_bytes: int
    is_noscan: bool
    objects: int
    allocations: int
    bytes: int
    outlived_0: int
    outlived_1: int
    outlived_more: int
    alive: int
    undecided: int
    survivals: int
    most_alive: int

    @property
    def elements(self) -> int:
        """How many values fit in the slot: an upper bound, and exact for 1."""
        return max(self._room // self.size_bytes, 1) if self.size_bytes else 1

    @property
    def _room(self) -> int:
        is_headed = not self.is_noscan and _HEADED_FROM < self.slot_bytes <= 32768
        return self.slot_bytes - _HEADER_BYTES * is_headed

    @property
    def scannable_bytes(self) -> int:
        """Bytes that a mark reads of one of the objects; all of an unknown type's."""
        if self.is_noscan:
            return 0
        if not self.size_bytes:
            return self.slot_bytes
        told = (self.elements - 1) * self.size_bytes + self.pointer_bytes
        return min(told, self.slot_bytes)

    @property
    def marked_bytes(self) -> int:
        """Scannable bytes that all cycles together read of them."""
        return self.survivals * self.scannable_bytes

    @property
    def short_lived_ratio(self) -> float:
        """Share of the objects that no cycle found alive; of those of which that is known."""
        known = self.objects - self.undecided
        return self.outlived_0 / known if known else 0.0


class AllocatedSites:
    """A fold over `objects` and `types`; memory grows with types and cycles, both bounded."""

    tables = ("types", "objects")

    def __init__(self) -> None:
        self._names: list[str] = []
        self._sizes: list[int] = []
        self._pointers: list[int] = []
        self._rows: dict[int, int] = {}
        self._sums = Tally(*_COUNTERS, most=MOST_GROUPS)
        self._steps = Tally("change", most=MOST_GROUPS * MOST_CYCLES)
        self._alive_births = Tally("births", most=MOST_GROUPS)
        self._alive = Tally("born", most=MOST_GROUPS * MOST_CYCLES)
        self.cycles_count = 0
        """Cycles that began in the trace."""

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block; objects that were there before the trace are left out."""
        if table == "types":
            self._names += columns.array("name").tolist()
            self._sizes += columns.array("size_bytes").tolist()
            self._pointers += columns.array("pointer_bytes").tolist()
            return
        birth, death = columns.array("gc_cycle"), columns.array("end_gc_cycle")
        seen = max(int(birth.max(initial=0)), int(death.max(initial=0)))
        self.cycles_count = max(self.cycles_count, seen)
        rows = np.flatnonzero((columns.array("time_ns") >= 0) & (columns.array("slot_bytes") > 0))
        if not len(rows):
            return
        slot = columns.array("slot_bytes")[rows].astype(np.int64)
        kind = columns.array("type_id")[rows].astype(np.int64) + 1
        noscan = columns.array("is_noscan")[rows].astype(np.int64)
        group = self._groups((kind << 40) | (np.minimum(slot, (1 << 38) - 1) << 1) | noscan)
        self._add(
            group, slot, np.maximum(birth[rows].astype(np.int64), 0),
            death[rows].astype(np.int64), columns.array("allocations_count")[rows],
        )  # fmt: skip

    def _groups(self, keys: Numbers) -> Numbers:
        """The row of each key, as long as there is room; then the last one."""
        known = distinct(keys)
        rows = np.empty(len(known), np.int64)
        for at, key in enumerate(known.tolist()):
            row = self._rows.get(key)
            if row is None:
                row = MOST_GROUPS - 1
                if len(self._rows) < row:
                    row = self._rows[key] = len(self._rows)
            rows[at] = row
        result: Numbers = rows[np.searchsorted(known, keys)]
        return result

    def _add(
        self, group: Numbers, slot: Numbers, birth: Numbers, death: Numbers,
        allocations: npt.NDArray[np.int32],
    ) -> None:  # fmt: skip
        is_alive = death < 0
        outlived = np.maximum(death - 1 - birth, 0)
        self._sums.add(
            group,
            objects=1,
            allocations=allocations,
            bytes=slot,
            outlived_0=~is_alive & (outlived == 0),
            outlived_1=~is_alive & (outlived == 1),
            outlived_more=~is_alive & (outlived > 1),
            alive=is_alive,
            survivals=np.where(is_alive, 0, outlived),
        )
        self._alive_births.add(group, births=np.where(is_alive, birth, 0))
        # Found alive from cycle birth + 1 on, up to the one before death: a step up, a step down.
        last = MOST_CYCLES - 1
        lived = np.flatnonzero((outlived > 0) | is_alive)
        self._steps.add(group[lived] * MOST_CYCLES + np.minimum(birth[lived] + 1, last), change=1)
        self._alive.add(group[is_alive] * MOST_CYCLES + np.minimum(birth[is_alive], last), born=1)
        gone = lived[~is_alive[lived]]
        self._steps.add(group[gone] * MOST_CYCLES + np.minimum(death[gone], last), change=-1)

    def groups(self) -> list[Allocated]:
        """All pairs of type and slot, most bytes first."""
        found = [self._group(key, row) for key, row in self._rows.items()]
        rest = MOST_GROUPS - 1
        if self._sums.count > rest and len(self._rows) == rest:
            found.append(self._group(0, rest))
        return sorted((one for one in found if one.objects), key=lambda one: -one.bytes)

    def _group(self, key: int, row: int) -> Allocated:
        kind = (key >> 40) - 1
        is_known = 0 <= kind < len(self._names)
        sums = {name: int(self._sums[name][row]) for name in _COUNTERS}
        births = int(self._alive_births["births"][row])
        last = self.cycles_count
        newest, newer = (self._alive_since(row, cycle) for cycle in (last, last - 1))
        # Cycles birth + 1 to last - 1 found them alive; the newest would count as -1.
        sums["survivals"] += sums["alive"] * (last - 1) - births + newest
        return Allocated(
            self._names[kind] if is_known else "",
            self._sizes[kind] if is_known else 0,
            self._pointers[kind] if is_known else 0,
            (key >> 1) & ((1 << 38) - 1),
            bool(key & 1),
            most_alive=self._most_alive(row),
            undecided=newest + newer,
            **sums,
        )

    def _alive_since(self, row: int, cycle: int) -> int:
        """Objects that were born after the start of this cycle, before the next, and stayed."""
        place = row * MOST_CYCLES + min(cycle, MOST_CYCLES - 1)
        found = self._alive["born"]
        return int(found[place]) if cycle >= 0 and place < len(found) else 0

    def _most_alive(self, row: int) -> int:
        first = row * MOST_CYCLES
        end = first + min(self.cycles_count, MOST_CYCLES)
        steps = self._steps["change"][first : min(end, self._steps.count)]
        return int(np.cumsum(steps).max(initial=0)) if len(steps) else 0
