"""Tables by size class and by span class: objects, spans, how full they are, what is wasted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gotrace.analyses.replay.batch import CLASS_ROWS
from gotrace.analyses.replay.heap import HeapReplay
from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.replay.pairs import ALIVE, NEW, states
from gotrace.analyses.replay.requests import span_class_at
from gotrace.analyses.replay.waste import WasteSums
from gotrace.analyses.result import Certainty, ResultColumn, ResultTable
from gotrace.analyses.trace.fold import share

__all__ = ["ClassSums", "class_tables"]


class ClassSums:
    """What is known of every row of span classes; see `batch.class_row`."""

    def __init__(self, heap: HeapReplay, waste: WasteSums) -> None:
        pairs, census = heap.pairs, heap.census
        self.heap = heap
        count = len(heap.ticks.times(heap.end_ns))
        self.objects = {
            name: self._by_class(pairs.objects[:, found].sum(axis=1))
            for name, found in _KINDS.items()
        }
        self.bytes = {
            name: self._by_class(pairs.bytes[:, found].sum(axis=1))
            for name, found in _KINDS.items()
        }
        self.waste = {
            name: self._by_class(getattr(waste, name)) for name in WasteSums.__dataclass_fields__
        }
        at_ticks = census.objects_at(count)
        slots = [self._slot(row) for row in range(CLASS_ROWS)]
        size = at_ticks * np.array(slots, np.int64)[:, None]
        size[1:3] = census.large_bytes_at(count)
        self.peak_tick = int(np.argmax(size.sum(axis=0)))
        self.peak_objects, self.peak_bytes = (
            values[:, self.peak_tick] for values in (at_ticks, size)
        )
        spans, span_bytes = census.spans_at(count), census.span_bytes_at(count)
        self.peak_spans, self.peak_span_bytes = (
            values[:, self.peak_tick] for values in (spans, span_bytes)
        )
        life = heap.life.sums
        self.spans = {
            name: life[name][:CLASS_ROWS] for name in ("new", "freed", "alive", "existed")
        }
        self.end_span_bytes = census.alive_span_bytes()
        self.busy, self.offered = census.lasting(heap.end_ns)

    @property
    def peak_ns(self) -> int:
        """When most bytes were in objects, to the tick."""
        return int(self.heap.ticks.times(self.heap.end_ns)[self.peak_tick])

    def usable(self, spans: Numbers, span_bytes: Numbers) -> Numbers:
        """Of so many spans what objects can take, by row."""
        found = span_bytes.copy()
        for row in range(3, CLASS_ROWS):
            known = span_class_at(self.heap.version, row)
            found[row] = spans[row] * known.usable_bytes if known is not None else 0
        return np.minimum(found, span_bytes)

    def used_rows(self) -> list[int]:
        """The rows of which there was any object or span."""
        seen = self.objects["all"] + self.spans["new"] + self.spans["existed"]
        found: list[int] = np.flatnonzero(seen).tolist()
        return found

    def _slot(self, row: int) -> int:
        found = span_class_at(self.heap.version, row)
        return found.slot_bytes if found is not None else 0

    def _by_class(self, amounts: Numbers) -> Numbers:
        sums = np.zeros(CLASS_ROWS, np.int64)
        np.add.at(sums, self.heap.pairs.class_row, amounts)
        return sums


_KINDS = {
    "all": states(0),
    "new": states(NEW),
    "freed": states(0, ALIVE),
    "alive": states(ALIVE),
    "existed": states(0, NEW),
}


def class_tables(sums: ClassSums, rows: int = 0) -> tuple[ResultTable, ...]:
    """Census and waste by size class and by span class: of the `rows` with most bytes (0: all)."""
    used = sums.used_rows()
    by_size: dict[int, list[int]] = {}
    for row in used:
        by_size.setdefault(-1 if row == 0 else (row - 1) >> 1, []).append(row)
    sizes = [by_size[number] for number in sorted(by_size)]
    spans = [[row] for row in used]
    tables = []
    for groups, what, names, census, waste in (
        (sizes, "size class", _size_names, "replay_classes", "replay_waste"),
        (spans, "span class", _span_names, "replay_span_classes", "replay_span_waste"),
    ):
        shown = _largest(sums, groups, rows)
        notes: tuple[str, ...] = ()
        if len(shown) < len(groups):
            notes = (f"{len(shown):,} of {len(groups):,} classes, those of most bytes.",)
        tables += [
            _census(sums, census, f"Objects and spans by {what}", shown, names, notes),
            _waste(sums, waste, f"Waste by {what}", shown, names, notes),
        ]
    return tuple(tables)


def _largest(sums: ClassSums, groups: list[list[int]], rows: int) -> list[list[int]]:
    """The groups of most bytes, in their old order."""
    weight = sums.peak_bytes + sums.bytes["new"]
    order = sorted(range(len(groups)), key=lambda place: -int(weight[groups[place]].sum()))
    return [groups[place] for place in sorted(order[: rows or None])]


def _size_names(sums: ClassSums, groups: list[list[int]]) -> list[ResultColumn]:
    numbers: list[Any] = []
    slots: list[Any] = []
    for group in groups:
        found = span_class_at(sums.heap.version, group[0])
        number = found.size_class if found is not None else None
        numbers.append("unknown" if number is None else number or "large")
        slots.append(found.slot_bytes if found is not None and number else None)
    return [
        ResultColumn("size_class", "", numbers, "size class", is_key=True),
        ResultColumn("slot_bytes", "bytes", slots, "slot", is_key=True),
    ]


def _span_names(sums: ClassSums, groups: list[list[int]]) -> list[ResultColumn]:
    found = [span_class_at(sums.heap.version, group[0]) for group in groups]
    numbers: list[Any] = ["unknown" if known is None else known.number for known in found]
    pointers = ["" if k is None else "no pointers" if k.is_noscan else "pointers" for k in found]
    slots = [k.slot_bytes if k is not None and k.size_class else None for k in found]
    return [
        ResultColumn("span_class", "", numbers, "span class", is_key=True),
        ResultColumn("slot_bytes", "bytes", slots, "slot", is_key=True),
        ResultColumn("pointers", "text", pointers, "holds"),
    ]


def _sum(values: Numbers, groups: list[list[int]]) -> list[int]:
    return [int(values[group].sum()) for group in groups]


def _census(
    sums: ClassSums, name: str, title: str, groups: list[list[int]], names: Any,
    notes: tuple[str, ...] = (),
) -> ResultTable:  # fmt: skip
    def count(
        column: str, heading: str, values: Numbers, doc: str, unit: str = "count"
    ) -> ResultColumn:
        return ResultColumn(column, unit, _sum(values, groups), heading, doc=doc)

    offered, busy = sums.offered, sums.busy
    mean = [_ratio(busy[group].sum(), offered[group].sum()) for group in groups]
    usable = sums.usable(sums.peak_spans, sums.peak_span_bytes)
    end_usable = sums.usable(sums.spans["alive"], sums.end_span_bytes)
    columns = (
        *names(sums, groups),
        count("allocated_objects", "allocated", sums.objects["new"], "Objects, in the trace."),
        count("freed_objects", "freed", sums.objects["freed"], "Objects, in the trace."),
        count("peak_objects", "at peak", sums.peak_objects, "Objects, when most bytes were taken."),
        count("alive_objects", "at end", sums.objects["alive"], "Objects, when the trace ended."),
        count("peak_bytes", "bytes at peak", sums.peak_bytes, "Of slots.", "bytes"),
        count("alive_bytes", "bytes at end", sums.bytes["alive"], "Of slots.", "bytes"),
        count("allocated_spans", "spans new", sums.spans["new"], "Allocated in the trace."),
        count("freed_spans", "spans freed", sums.spans["freed"], "Freed in the trace."),
        count("peak_spans", "spans at peak", sums.peak_spans, "When most bytes were taken."),
        count("alive_spans", "spans at end", sums.spans["alive"], "When the trace ended."),
        ResultColumn("mean_occupancy", "ratio", mean, "full on average",
                     doc="Of what spans offer, over time: taken by objects, dead ones that are not "
                     "swept included."),
        ResultColumn("peak_occupancy", "ratio",
                     _ratios(sums.peak_bytes, usable, groups), "full at peak"),
        ResultColumn("end_occupancy", "ratio",
                     _ratios(sums.bytes["alive"], end_usable, groups), "full at end"),
    )  # fmt: skip
    return ResultTable(name, title, columns, notes)


def _waste(
    sums: ClassSums, name: str, title: str, groups: list[list[int]], names: Any,
    notes: tuple[str, ...] = (),
) -> ResultTable:  # fmt: skip
    waste = sums.waste
    tail = sums.peak_span_bytes - sums.usable(sums.peak_spans, sums.peak_span_bytes)
    end_tail = sums.end_span_bytes - sums.usable(sums.spans["alive"], sums.end_span_bytes)
    free = sums.end_span_bytes - end_tail - sums.bytes["alive"]
    size = sums.bytes["new"]
    columns = (
        *names(sums, groups),
        ResultColumn("allocated_bytes", "bytes", _sum(size, groups), "allocated",
                     doc="Of slots, in the trace."),
        ResultColumn("least_waste_bytes", "bytes", _sum(waste["new_least_bytes"], groups),
                     "wasted", doc="Of it: slot minus what was asked for, headers included.",
                     bound=Certainty.LOWER),
        ResultColumn("most_waste_bytes", "bytes", _sum(waste["new_most_bytes"], groups),
                     "wasted", bound=Certainty.UPPER),
        ResultColumn("least_waste_ratio", "ratio",
                     _ratios(waste["new_least_bytes"], size, groups), "waste",
                     bound=Certainty.LOWER),
        ResultColumn("most_waste_ratio", "ratio",
                     _ratios(waste["new_most_bytes"], size, groups), "waste",
                     bound=Certainty.UPPER),
        ResultColumn("exact_ratio", "ratio",
                     _ratios(waste["exact_objects"], sums.objects["new"], groups), "known exactly",
                     doc="Share of objects whose request follows from type and class."),
        ResultColumn("alive_least_waste_bytes", "bytes",
                     _sum(waste["alive_least_bytes"], groups), "at end",
                     doc="Of objects alive at the end.", bound=Certainty.LOWER),
        ResultColumn("alive_most_waste_bytes", "bytes",
                     _sum(waste["alive_most_bytes"], groups), "at end",
                     bound=Certainty.UPPER),
        ResultColumn("peak_tail_bytes", "bytes", _sum(tail, groups), "tails at peak",
                     doc="Ends of spans that no slot fits, and bits that the runtime keeps there."),
        ResultColumn("end_tail_bytes", "bytes", _sum(end_tail, groups), "tails at end"),
        ResultColumn("end_free_slot_bytes", "bytes", _sum(np.maximum(free, 0), groups),
                     "free slots at end"),
    )  # fmt: skip
    return ResultTable(name, title, columns, (*notes, _WASTE_NOTE))


_WASTE_NOTE = (
    "Bounds, for the trace tells slot and type, not the request. They meet where one multiple of "
    "the type's size fits the class. Of what is untyped a request is above the class below."
)


def _ratio(part: float, whole: float) -> float | None:
    return share(part, whole) if whole else None


def _ratios(part: Numbers, whole: Numbers, groups: Sequence[list[int]]) -> list[float | None]:
    return [_ratio(int(part[group].sum()), int(whole[group].sum())) for group in groups]
