"""Which types keep the collector marking, from a trace with alloc/free events.

**The rule.** A mark reads an object up to its last pointer, so an object's weight is its scannable
bytes times the cycles that found it alive: those between the one it was born in (it is born black
while marking is under way) and the one that freed it. Elements of a slice count whole but for the
last; large objects count whole. What is read of globals and stacks belongs to no type.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.estimates import largest, share
from gotrace.analyses.gc_cost.charging import apportioned
from gotrace.analyses.result import ResultColumn, ResultTable
from gotrace.analyses.trace.fold import Tally
from gotrace.tables.columns import Columns

__all__ = ["ScannedTypes"]

Numbers = npt.NDArray[np.int64]

_HEADER_BYTES = 8
"""In front of objects with pointers above 512 bytes (`runtime/malloc.go`, mallocHeaderSize)."""
_CLASSES = 128
"""More than there are size classes, and one in front for objects of unknown span."""
_LARGE = 1
"""Up to here stand objects that are counted by their bytes."""
_UNKNOWN = "(type unknown)"


class ScannedTypes:
    """A fold over `types` and `objects`: scannable bytes, by type, times the cycles they lived.

    Blocks may come in any order. Small objects are counted by type and size class; large ones, with
    slots of any size, and those of unknown span count with all their bytes.
    """

    tables = ("types", "objects")

    def __init__(self) -> None:
        self._names: list[str] = []
        self._size: list[int] = []
        self._pointers: list[int] = []
        # A row for each type and size class; the first rows are for objects of no known type.
        self._sums = Tally("objects", "read", "alive", "alive_born")
        self._slots = np.ones(_CLASSES, np.int64)
        self._cycles = 0

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block."""
        if table == "types":
            self._names += columns.array("name").tolist()
            self._size += columns.array("size_bytes").tolist()
            self._pointers += columns.array("pointer_bytes").tolist()
            return
        birth, death = columns.array("gc_cycle"), columns.array("end_gc_cycle")
        self._cycles = max(self._cycles, int(birth.max(initial=0)), int(death.max(initial=0)))
        # Most objects die in the first cycle after their birth: no mark ever reads them.
        lived = (death < 0) | (death - birth > 1)
        rows = np.flatnonzero(lived & ~columns.array("is_noscan"))
        born = np.maximum(birth[rows].astype(np.int64), 0)
        freed = death[rows].astype(np.int64)
        slot = np.maximum(columns.array("slot_bytes")[rows].astype(np.int64), 0)
        size_class = np.clip(columns.array("size_class")[rows].astype(np.int64), -1, _CLASSES - 2)
        is_small = size_class > 0
        self._slots[size_class[is_small] + 1] = slot[is_small]
        weight = np.where(is_small, 1, slot)
        alive = freed < 0
        kind = columns.array("type_id")[rows].astype(np.int64) + 1
        self._sums.add(
            kind * _CLASSES + size_class + 1,
            objects=1,
            read=np.where(alive, 0, weight * np.maximum(freed - 1 - born, 0)),
            alive=np.where(alive, weight, 0),
            alive_born=np.where(alive, weight * born, 0),
        )

    def _by_type(self, amounts: Numbers, rows: Numbers) -> Numbers:
        """What stands in `rows` of the sums, added up by type, behind a row for unknown ones."""
        total = np.zeros(len(self._names) + 1, np.int64)
        np.add.at(total, np.minimum(rows // _CLASSES, len(self._names)), amounts)
        return total

    def _scannable(self, rows: Numbers) -> Numbers:
        """Bytes that a mark reads of an object in each of these rows."""
        kind = np.minimum(rows // _CLASSES, len(self._names))
        slot = self._slots[rows % _CLASSES]
        size = np.maximum(np.array([0, *self._size], np.int64)[kind], 1)
        elements = np.maximum((slot - _HEADER_BYTES * (slot > 512)) // size, 1)
        told = (elements - 1) * size + np.array([0, *self._pointers], np.int64)[kind]
        result: Numbers = np.where(rows % _CLASSES <= _LARGE, 1, np.minimum(told, slot))
        return np.where(kind == 0, slot, result)

    @property
    def objects_count(self) -> Numbers:
        """Objects that cycles may have read, of each type, behind a row for unknown ones."""
        rows = np.flatnonzero(self._sums["objects"])
        return self._by_type(self._sums["objects"][rows], rows)

    @property
    def read_bytes(self) -> Numbers:
        """For each type, behind a row for unknown ones, what the marks of the trace read of it."""
        sums = self._sums
        rows = np.flatnonzero(sums["objects"])
        read = sums["read"] + self._cycles * sums["alive"] - sums["alive_born"]
        return self._by_type(read[rows] * self._scannable(rows), rows)

    def table(self, marking_ns: int, total_ns: int, rows: int = 0) -> ResultTable | None:
        """The time of marking, background and assists, by type; None where no type was marked."""
        weights = self.read_bytes
        if not weights.any():
            return None
        charged = apportioned(marking_ns, weights)
        order = largest(weights, rows)
        names = [_UNKNOWN, *self._names]
        columns = (
            ResultColumn("type", "text", [names[row] for row in order], "type", is_key=True),
            ResultColumn("objects_count", "count", self.objects_count[order].tolist(),
                         "objects"),
            ResultColumn("read_bytes", "bytes", weights[order].tolist(), "read",
                         doc="Scannable bytes times the cycles that found them alive."),
            ResultColumn("charged_ns", "ns", charged[order].tolist(), "charged marking"),
            ResultColumn("share", "ratio", [share(int(charged[row]), total_ns) for row in order],
                         "share", doc="Of the whole profile."),
        )  # fmt: skip
        notes = (
            "Background marking and assists, in proportion to the scannable bytes that each cycle "
            "found alive. What marking reads of globals and stacks is not told apart, and the "
            "stream has no stacks of allocations: types, not call sites.",
        )
        return ResultTable("scanned_types", "Types that keep marking busy", columns, notes)
