"""What was allocated, by type, size class and goroutine; where alloc/free events exist.

Bytes are those of slots: what an object takes, not what was asked for. Objects that were there
when the trace began have no type, so they count only among what is alive or freed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gotrace.analyses.result import (
    Certainty,
    Fact,
    Finding,
    Result,
    ResultColumn,
    ResultTable,
    Weight,
)
from gotrace.analyses.trace.fold import Numbers, Tally, share
from gotrace.analyses.trace.starts import MOST_GOROUTINES, Starts
from gotrace.tables.columns import Columns, distinct
from gotrace.units import format_bytes, format_count

__all__ = ["Allocations"]

_COUNTERS = (
    "allocations", "objects", "bytes", "freed_bytes", "soon_bytes", "alive_objects", "alive_bytes",
)  # fmt: skip
_SOON = 1
"""An object that the first collection after it finds dead lives for one cycle."""
_NO_TYPE = "(untyped)"
_NO_GOROUTINE = "(no goroutine)"
_NO_START = "(unknown start)"
_MOST_LIFETIME = 1 << 12


class Allocations:
    """Sums over `objects` by type, size class, goroutine and lifetime."""

    tables = ("objects", "types")

    def __init__(self) -> None:
        self._types = Tally(*_COUNTERS)
        self._classes = Tally(*_COUNTERS)
        self._lifetimes = Tally("objects", "bytes", most=_MOST_LIFETIME)
        self._goroutines = _ByGoroutine()
        self._type_names: list[str] = []
        self._type_sizes: list[int] = []
        self._existed = Tally("objects", "bytes", "alive_objects", "alive_bytes")
        self._unknown_count = 0
        self._slots = np.zeros(256, np.int64)
        self.objects_count = 0

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block."""
        if table == "types":
            self._type_names += columns.array("name").tolist()
            self._type_sizes += columns.array("size_bytes").tolist()
            return
        self.objects_count += columns.rows
        is_new = columns.array("time_ns") >= 0
        self._take_existing(columns, np.flatnonzero(~is_new))
        self._take_new(columns, np.flatnonzero(is_new))

    def _take_existing(self, columns: Columns, rows: Numbers) -> None:
        size = np.maximum(columns.array("slot_bytes")[rows], 0)
        alive = columns.array("end_time_ns")[rows] < 0
        self._existed.add(
            np.zeros(len(rows), np.int64), objects=1, bytes=size,
            alive_objects=alive, alive_bytes=np.where(alive, size, 0),
        )  # fmt: skip

    def _take_new(self, columns: Columns, rows: Numbers) -> None:
        size = columns.array("slot_bytes")[rows]
        self._unknown_count += int(np.count_nonzero(size < 0))
        size = np.maximum(size, 0)
        alive = columns.array("end_time_ns")[rows] < 0
        cycles = columns.array("end_gc_cycle")[rows] - columns.array("gc_cycle")[rows]
        freed = np.where(alive, 0, size)
        amounts = {
            "allocations": columns.array("allocations_count")[rows],
            "objects": np.ones(len(rows), np.int64),
            "bytes": size,
            "freed_bytes": freed,
            "soon_bytes": np.where(cycles <= _SOON, freed, 0),
            "alive_objects": alive,
            "alive_bytes": size - freed,
        }
        size_class = columns.array("size_class")[rows]
        self._slots[np.clip(size_class, -1, 254) + 1] = np.where(size_class > 0, size, 0)
        self._types.add(columns.array("type_id")[rows] + 1, **amounts)
        self._classes.add(np.clip(size_class, -1, 254) + 1, **amounts)
        self._goroutines.add(columns.array("goroutine")[rows], amounts)
        self._lifetimes.add(np.where(alive, 0, np.maximum(cycles, 0) + 1), objects=1, bytes=size)

    def result(self, starts: Starts, rows: int = 0) -> Result:
        """Tables by type, size class, goroutine and lifetime; at most `rows` each (0: all)."""
        if not self.objects_count:
            return Result("allocations", "Allocations")
        tables = (
            self._type_table(rows), self._class_table(), self._goroutine_table(starts, rows),
            self._lifetime_table(),
        )  # fmt: skip
        return Result(
            "allocations", "Allocations", tuple(self._facts()), tables, tuple(self._findings())
        )

    def _sum(self, name: str) -> int:
        return int(self._types[name].sum())

    def _facts(self) -> list[Fact]:
        existed, was = (int(self._existed[name].sum()) for name in ("objects", "bytes"))
        stayed, kept = (int(self._existed[f"alive_{name}"].sum()) for name in ("objects", "bytes"))
        alive = self._sum("alive_objects")
        return [
            Fact("allocated_bytes", self._sum("bytes"), "bytes", "allocated",
                 f"{format_count(self._sum('objects'))} objects, "
                 f"{format_count(self._sum('allocations'))} allocations"),
            Fact("freed_bytes", self._sum("freed_bytes"), "bytes", "freed of it",
                 f"{share(self._sum('freed_bytes'), self._sum('bytes')):.1%}, by the end"),
            Fact("alive_bytes", self._sum("alive_bytes"), "bytes", "alive of it",
                 f"{format_count(alive)} objects, at the end, or dead and not yet swept"),
            Fact("existed_bytes", was, "bytes", "there before",
                 f"{format_count(existed)} objects; {format_count(stayed)} of them, "
                 f"{format_bytes(kept)}, also at the end"),
        ]  # fmt: skip

    def _type_table(self, rows: int) -> ResultTable:
        sums = self._types
        order = _most(sums["bytes"], rows)
        columns = [
            ResultColumn("type", "text", [self._type(row) for row in order], "type"),
            *_columns(sums, order, "type"),
        ]
        notes = (
            "Of an array or slice the type is that of its elements; Go tells none of strings and "
            "of some other memory without pointers.",
            *_left_out(order, sums["objects"], "types"),
        )
        return ResultTable("allocated_types", "By type", tuple(columns), notes)

    def _type(self, row: int) -> str:
        return self._type_names[row - 1] if 0 < row <= len(self._type_names) else _NO_TYPE

    def _class_table(self) -> ResultTable:
        sums = self._classes
        found = np.flatnonzero(sums["objects"]).tolist()
        order = [row for row in found if row > 1] + [row for row in (1, 0) if row in found]
        names = ["unknown" if row == 0 else "large" if row == 1 else row - 1 for row in order]
        slots = [int(self._slots[row]) if row > 1 else None for row in order]
        columns = (
            ResultColumn("size_class", "count", names, "size class"),
            ResultColumn("slot_bytes", "bytes", slots, "slot"),
            *_columns(sums, order, "class"),
        )
        notes: tuple[str, ...] = ()
        if self._unknown_count:
            notes = (f"{self._unknown_count:,} objects are of unknown size and count as 0 bytes.",)
        return ResultTable("allocated_classes", "By size class", columns, notes)

    def _goroutine_table(self, starts: Starts, rows: int) -> ResultTable:
        names, sums = self._goroutines.by_start(starts)
        order = _most(sums["bytes"], rows)
        columns = (
            ResultColumn("start_function", "text", [names[row] for row in order],
                         "goroutines started with"),
            ResultColumn("goroutines_count", "count", sums["goroutines"][order].tolist(),
                         "goroutines"),
            *_columns(sums, order, "goroutines"),
        )  # fmt: skip
        notes = _left_out(order, sums["objects"], "start functions")
        return ResultTable("allocated_goroutines", "By goroutine", columns, notes)

    def _lifetime_table(self) -> ResultTable:
        objects, sizes = self._lifetimes["objects"], self._lifetimes["bytes"]
        rows = [
            (label, objects[first:last].sum(), sizes[first:last].sum())
            for label, first, last in _lifetime_groups()
        ]
        rows = [row for row in rows if row[1]]
        total = sizes.sum()
        columns = (
            ResultColumn("lifetime", "text", [label for label, _, _ in rows], "GC cycles lived"),
            ResultColumn("objects_count", "count", [int(n) for _, n, _ in rows], "objects"),
            ResultColumn("bytes", "bytes", [int(size) for _, _, size in rows], "bytes"),
            ResultColumn("share", "ratio", [share(size, total) for _, _, size in rows], "share",
                         doc="Of the bytes allocated in the trace."),
        )  # fmt: skip
        notes = (
            "An object that the first collection after it finds dead lived for 1 cycle; one that "
            "was allocated while marking was under way survives that cycle.",
        )
        return ResultTable("gc_lifetimes", "By lifetime in GC cycles", columns, notes)

    def _findings(self) -> list[Finding]:
        total = self._sum("bytes")
        findings = []
        for row in _most(self._types["bytes"], 1):
            size, soon = int(self._types["bytes"][row]), int(self._types["soon_bytes"][row])
            objects = int(self._types["objects"][row])
            if row == 0 or share(size, total) < _NOTABLE_TYPE:
                continue
            text = (
                f"{share(size, total):.0%} of the bytes allocated are of one type: "
                f"{format_count(objects)} objects of {format_bytes(size / objects)} on average, "
                f"{share(soon, size):.0%} of them dead at the next collection (by bytes)"
            )
            findings.append(
                Finding("allocated-type", text, self._type(row), size, "bytes", Certainty.EXACT,
                        advice="find where it is made with a heap profile "
                        "(`-sample_index=alloc_space`), and reuse it, or hold it by value")
            )  # fmt: skip
        soon = self._sum("soon_bytes")
        if share(soon, total) >= _NOTABLE_SOON:
            text = (
                f"{share(soon, total):.0%} of the bytes allocated were dead at the next collection"
            )
            findings.append(
                Finding("short-lived", text, "", soon, "bytes", Certainty.EXACT, weight=Weight.LOW,
                        advice="short-lived garbage sets the pace of collections; a higher GOGC "
                        "lets more of it pass in one")
            )  # fmt: skip
        return findings


_NOTABLE_TYPE = 0.15
_NOTABLE_SOON = 0.5


class _ByGoroutine:
    """Sums by goroutine: a row for each goroutine that allocated, as long as there is room."""

    def __init__(self) -> None:
        self._sums = Tally(*_COUNTERS, most=MOST_GOROUTINES + 1)  # the last: all others
        self._rows: dict[int, int] = {}

    def add(self, goroutines: Numbers, amounts: dict[str, npt.NDArray[np.int64]]) -> None:
        """Add what objects amount to, by who allocated them."""
        known = distinct(goroutines)
        rows = np.array(
            [
                self._rows.setdefault(g, len(self._rows))
                if len(self._rows) < MOST_GOROUTINES
                else self._rows.get(g, MOST_GOROUTINES)
                for g in known.tolist()
            ],
            np.int64,
        )
        self._sums.add(rows[np.searchsorted(known, goroutines)], **amounts)

    def by_start(self, starts: Starts) -> tuple[list[str], Tally]:
        """The functions that goroutines started with, and the sums of each."""
        goroutines = np.array(list(self._rows), np.int64)
        told = starts.functions(goroutines)
        names: dict[str, int] = {}
        groups = [
            names.setdefault((name or _NO_START) if g >= 0 else _NO_GOROUTINE, len(names))
            for g, name in zip(goroutines.tolist(), told, strict=True)
        ]
        others = self._sums.count - len(goroutines)
        groups += [names.setdefault(_NO_START, len(names))] * others
        sums = Tally("goroutines", *_COUNTERS)
        amounts = {name: self._sums[name] for name in _COUNTERS}
        is_one = np.append(goroutines >= 0, np.zeros(others, np.bool_))
        sums.add(np.array(groups, np.int64), goroutines=is_one, **amounts)
        return list(names), sums


def _most(sizes: Numbers, rows: int) -> list[int]:
    """The groups with most bytes first, those without any left out."""
    order = [row for row in np.argsort(-sizes, kind="stable").tolist() if sizes[row] > 0]
    return order[:rows] if rows else order


def _left_out(order: Sequence[int], objects: Numbers, what: str) -> tuple[str, ...]:
    every = int(np.count_nonzero(objects))
    return (f"{len(order):,} of {every:,} {what}.",) if len(order) < every else ()


def _columns(sums: Tally, order: list[int], what: str) -> list[ResultColumn]:
    """What every table of allocations shows of its groups."""
    sizes, total = sums["bytes"][order].tolist(), int(sums["bytes"].sum())
    soon = sums["soon_bytes"][order].tolist()
    return [
        ResultColumn("allocations_count", "count", sums["allocations"][order].tolist(), "allocs",
                     doc="Several tiny ones may share an object."),
        ResultColumn("objects_count", "count", sums["objects"][order].tolist(), "objects"),
        ResultColumn("bytes", "bytes", sizes, "bytes", doc="Of their slots."),
        ResultColumn("share", "ratio", [share(size, total) for size in sizes], "share",
                     doc="Of the bytes allocated in the trace."),
        ResultColumn("soon_dead_ratio", "ratio",
                     [share(part, size) for part, size in zip(soon, sizes, strict=True)],
                     "soon dead", doc=f"Of this {what}'s bytes: dead at the next collection."),
        ResultColumn("alive_objects", "count", sums["alive_objects"][order].tolist(), "alive",
                     doc="At the end of the trace."),
        ResultColumn("alive_bytes", "bytes", sums["alive_bytes"][order].tolist(), "alive bytes"),
    ]  # fmt: skip


_LIVED = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, 32), (33, 64))
"""First and last number of cycles, together in a row of the table."""


def _lifetime_groups() -> list[tuple[str, int, int]]:
    """Label, first and last (excluded) row of the tally, whose row 0 is of what is alive."""
    groups = [
        (str(first) if first == last else f"{first} to {last}", first + 1, last + 2)
        for first, last in _LIVED
    ]
    beyond = _LIVED[-1][1] + 1
    return [*groups, (f"{beyond} or more", beyond + 1, _MOST_LIFETIME), ("alive at the end", 0, 1)]
