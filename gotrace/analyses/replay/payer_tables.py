"""Tables of who pays: types, goroutines, regions and tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gotrace.analyses.replay.heap import HeapReplay
from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.replay.pairs import ALIVE, NEW, SOON, states
from gotrace.analyses.replay.payers import PayerSums
from gotrace.analyses.replay.waste import WasteSums
from gotrace.analyses.result import Certainty, ResultColumn, ResultTable
from gotrace.analyses.trace.fold import Tally, share
from gotrace.analyses.trace.starts import Starts

__all__ = ["NO_TYPE", "TypeSums", "payer_tables"]

NO_TYPE = "(untyped)"


@dataclass(frozen=True)
class TypeSums:
    """Sums by row of type: 0 is of what is untyped."""

    names: list[str]
    sizes: list[int]
    sums: dict[str, Numbers]

    @classmethod
    def of(cls, heap: HeapReplay, waste: WasteSums) -> TypeSums:
        """From the pairs."""
        pairs = heap.pairs
        new = {"objects": pairs.objects, "bytes": pairs.bytes}
        amounts = {name: values[:, states(NEW)].sum(axis=1) for name, values in new.items()}
        amounts |= {
            "soon_bytes": pairs.bytes[:, states(NEW | SOON)].sum(axis=1),
            "freed_objects": pairs.objects[:, states(NEW, ALIVE)].sum(axis=1),
            "cycles": pairs.cycles_lived,
            "alive_objects": pairs.objects[:, states(ALIVE)].sum(axis=1),
            "alive_bytes": pairs.bytes[:, states(ALIVE)].sum(axis=1),
            "least_waste": waste.new_least_bytes,
            "most_waste": waste.new_most_bytes,
            "exact": waste.exact_objects,
        }
        rows = len(heap.types) + 1
        sums = {}
        for name, values in amounts.items():
            sums[name] = np.zeros(rows, np.int64)
            np.add.at(sums[name], np.minimum(pairs.type_row, rows - 1), values)
        names = [NO_TYPE, *(type_.name for type_ in heap.types)]
        return cls(names, [0, *(type_.size_bytes for type_ in heap.types)], sums)


def payer_tables(
    heap: HeapReplay, types: TypeSums, starts: Starts, rows: int = 0
) -> tuple[ResultTable, ...]:
    """By type, goroutine and, where the program has them, region and task."""
    found = [_types(types, rows)]
    names, sums = heap.goroutines.by_start(starts)
    found.append(_payers(
        "replay_goroutines", "By goroutine", names, sums, "goroutines started with",
        "start_function", rows, sums["members"],
    ))  # fmt: skip
    annotations = heap.annotations
    if annotations.is_used:
        for what, told in (("region", annotations.regions), ("task", annotations.tasks)):
            found.append(_payers(
                f"replay_{what}s", f"By {what}", annotations.names(told), told, what, what, rows
            ))  # fmt: skip
    return tuple(found)


def _types(types: TypeSums, rows: int) -> ResultTable:
    order = _most(types.sums["bytes"], rows)
    exact = [share(int(types.sums["exact"][row]), int(types.sums["objects"][row])) for row in order]
    columns = (
        ResultColumn("type", "text", [types.names[row] for row in order], "type"),
        ResultColumn("type_bytes", "bytes", [types.sizes[row] or None for row in order], "size",
                     doc="Of one value."),
        *_columns(types.sums, order),
        ResultColumn("exact_ratio", "ratio", exact, "known exactly",
                     doc="Share of objects whose request follows from type and class."),
    )  # fmt: skip
    notes = ("Of an array or slice the type is that of its elements.",)
    return ResultTable(
        "replay_types", "By type", columns, (*notes, *_left_out(order, types.sums["objects"]))
    )


def _payers(
    name: str, title: str, names: list[str], sums: Tally | PayerSums, heading: str, column: str,
    rows: int,
    members: Numbers | None = None,
) -> ResultTable:  # fmt: skip
    order = _most(sums["bytes"], rows)
    columns = [ResultColumn(column, "text", [names[row] for row in order], heading)]
    if members is not None:
        columns.append(
            ResultColumn("goroutines_count", "count", members[order].tolist(), "goroutines")
        )
    columns += _columns(sums, order)
    return ResultTable(name, title, tuple(columns), _left_out(order, sums["objects"]))


def _columns(sums: Tally | PayerSums | dict[str, Numbers], order: list[int]) -> list[ResultColumn]:
    def of(name: str) -> list[int]:
        found: list[int] = sums[name][order].tolist()
        return found

    size, total = of("bytes"), int(sums["bytes"].sum())
    lived = [
        cycles / freed if freed else None
        for cycles, freed in zip(of("cycles"), of("freed_objects"), strict=True)
    ]
    return [
        ResultColumn("objects_count", "count", of("objects"), "objects"),
        ResultColumn("bytes", "bytes", size, "bytes", doc="Of slots."),
        ResultColumn("share", "ratio", [share(part, total) for part in size], "share",
                     doc="Of the bytes allocated in the trace."),
        ResultColumn("soon_dead_ratio", "ratio", _shares(of("soon_bytes"), size), "soon dead",
                     doc="Of these bytes: dead at the next collection."),
        ResultColumn("mean_cycles", "", lived, "GC cycles",
                     doc="That freed objects lived on average."),
        ResultColumn("alive_bytes", "bytes", of("alive_bytes"), "alive bytes",
                     doc="At the end of the trace."),
        ResultColumn("least_waste_bytes", "bytes", of("least_waste"), "wasted",
                     doc="Slot minus what was asked for.", bound=Certainty.LOWER),
        ResultColumn("most_waste_bytes", "bytes", of("most_waste"), "wasted",
                     bound=Certainty.UPPER),
    ]  # fmt: skip


def _shares(parts: list[int], wholes: list[int]) -> list[float]:
    return [share(part, whole) for part, whole in zip(parts, wholes, strict=True)]


def _most(sizes: Numbers, rows: int) -> list[int]:
    """The groups with most bytes first, those without any left out."""
    order = [row for row in np.argsort(-sizes, kind="stable").tolist() if sizes[row] > 0]
    return order[:rows] if rows else order


def _left_out(order: Sequence[int], objects: Numbers) -> tuple[str, ...]:
    every = int(np.count_nonzero(objects))
    return (f"{len(order):,} of {every:,}.",) if len(order) < every else ()
