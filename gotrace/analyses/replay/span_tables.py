"""Tables of spans: how full they were at the peak, and how long they live."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.replay.batch import CLASS_ROWS
from gotrace.analyses.replay.class_tables import ClassSums
from gotrace.analyses.replay.fill import BUCKETS
from gotrace.analyses.replay.life import LIFE_LABELS, MANUAL_ROW
from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.replay.requests import span_class_at
from gotrace.analyses.result import ResultColumn, ResultTable
from gotrace.analyses.trace.fold import share
from gotrace.units import format_duration

__all__ = ["Pinned", "fill_table", "life_tables", "pinned_at_peak"]


class Pinned:
    """Spans of small objects at one moment by how full they were: rows of `BUCKETS`."""

    def __init__(self, sums: ClassSums) -> None:
        heap = sums.heap
        self.time_ns, spans, objects = heap.fill.at(sums.peak_ns)
        known = [span_class_at(heap.version, row) for row in range(CLASS_ROWS)]
        size = np.array([k.span_bytes if k is not None else 0 for k in known], np.int64)
        slot = np.array([k.slot_bytes if k is not None else 0 for k in known], np.int64)
        self.spans: Numbers = spans.sum(axis=0)
        self.span_bytes: Numbers = (spans * size[:, None]).sum(axis=0)
        self.objects: Numbers = objects.sum(axis=0)
        self.object_bytes: Numbers = (objects * slot[:, None]).sum(axis=0)
        self.by_class: Numbers = spans[:, 1] * size
        """Bytes of spans that are used under 25 %, by row of span class."""


def pinned_at_peak(sums: ClassSums) -> Pinned:
    """At the last moment at which spans were looked at before the peak."""
    return Pinned(sums)


def fill_table(pinned: Pinned) -> ResultTable:
    """Spans by how full they were."""
    total = int(pinned.span_bytes.sum())
    held, taken = pinned.span_bytes.tolist(), pinned.object_bytes.tolist()
    columns = (
        ResultColumn("fill", "text", list(BUCKETS), "how full"),
        ResultColumn("spans_count", "count", pinned.spans.tolist(), "spans"),
        ResultColumn("span_bytes", "bytes", held, "bytes"),
        ResultColumn("share", "ratio", [share(part, total) for part in held], "share",
                     doc="Of the bytes of these spans."),
        ResultColumn("objects_count", "count", pinned.objects.tolist(), "objects"),
        ResultColumn("object_bytes", "bytes", taken, "in objects"),
        ResultColumn("free_bytes", "bytes",
                     [whole - part for whole, part in zip(held, taken, strict=True)],
                     "kept for them", doc="Bytes of the spans that no object takes."),
    )  # fmt: skip
    when = format_duration(pinned.time_ns)
    notes = (
        f"Spans of small objects at {when}, about the peak; empty ones are cached by a P, or wait "
        "to be swept.",
    )
    return ResultTable("replay_fill", "How full spans were at the peak", columns, notes)


def life_tables(sums: ClassSums, rows: int = 0) -> tuple[ResultTable, ...]:
    """How long spans live, and how often they and their slots are used again."""
    return _lives(sums), _reuse(sums, rows)


def _lives(sums: ClassSums) -> ResultTable:
    lives = sums.heap.life.lives
    counts, size = lives["spans"].tolist(), lives["bytes"].tolist()
    total = sum(counts)
    shown = [row for row, count in enumerate(counts) if count]
    columns = (
        ResultColumn("lifetime", "text", [LIFE_LABELS[row] for row in shown], "GC cycles lived"),
        ResultColumn("spans_count", "count", [counts[row] for row in shown], "spans"),
        ResultColumn("span_bytes", "bytes", [size[row] for row in shown], "bytes"),
        ResultColumn("share", "ratio", [share(counts[row], total) for row in shown], "share"),
    )
    notes = ("Heap spans that were allocated and freed in the trace.",)
    return ResultTable("replay_span_lives", "Lives of spans", columns, notes)


def _reuse(sums: ClassSums, rows: int) -> ResultTable:
    life, heap = sums.heap.life.sums, sums.heap
    every = [row for row in range(MANUAL_ROW + 1) if life["new"][row] + life["existed"][row]]
    kept = sorted(every, key=lambda row: -int(life["bytes"][row]))[: rows or None]
    kept.sort()
    names, slots, fills = [], [], []
    for row in kept:
        known = span_class_at(heap.version, row) if row < CLASS_ROWS else None
        names.append("stacks" if row == MANUAL_ROW else known.number if known else "unknown")
        slots.append(known.slot_bytes if known and known.size_class else None)
        spans = int(life["new"][row] + life["existed"][row])
        offered = spans * known.slots_count if known else 0
        objects = int(sums.objects["all"][row]) if row < CLASS_ROWS else 0
        fills.append(objects / offered if offered else None)
    ended = life["ended_new"][kept].tolist()
    mean = [
        time / count if count else None
        for time, count in zip(life["freed_ns"][kept].tolist(), ended, strict=True)
    ]
    cycles = [
        lived / count if count else None
        for lived, count in zip(life["cycles"][kept].tolist(), ended, strict=True)
    ]
    columns = (
        ResultColumn("span_class", "", names, "span class"),
        ResultColumn("slot_bytes", "bytes", slots, "slot"),
        ResultColumn("existed_spans", "count", life["existed"][kept].tolist(), "there before"),
        ResultColumn("allocated_spans", "count", life["new"][kept].tolist(), "allocated"),
        ResultColumn("freed_spans", "count", life["freed"][kept].tolist(), "freed"),
        ResultColumn("alive_spans", "count", life["alive"][kept].tolist(), "at end"),
        ResultColumn("mean_life_ns", "ns", mean, "mean life",
                     doc="Of those allocated and freed in the trace."),
        ResultColumn("mean_cycles", "", cycles, "GC cycles", doc="Lived on average."),
        ResultColumn("slot_uses", "", fills, "uses of a slot",
                     doc="Objects for each slot of these spans: above 1 slots were used again."),
    )  # fmt: skip
    notes = (f"{len(kept):,} of {len(every):,}, those of most bytes.",)
    return ResultTable(
        "replay_span_reuse", "Life and reuse of spans", columns,
        notes if len(kept) < len(every) else (),
    )  # fmt: skip
