"""Allocators side by side: tables of figures, of size classes, of mark ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gotrace.analyses.replay.comparison_findings import comparison_findings
from gotrace.analyses.replay.figures import FIGURES, Comparison
from gotrace.analyses.replay.runs import Look, Run, Runs
from gotrace.analyses.result import Result, ResultColumn, ResultTable
from gotrace.model.stream import Stream

__all__ = ["comparison_results"]

_TABLES = (
    ("replay_bytes", "The same allocations, in bytes", "bytes"),
    ("replay_counts", "In numbers", "count"),
    ("replay_ratios", "In shares", "ratio"),
)
_ILLUSTRATIVE = "Illustrative: no program made these allocations in this way."


def comparison_results(comparison: Comparison, stream: Stream, rows: int = 0) -> tuple[Result, ...]:
    """The answers; tables of at most `rows` rows for people, 0 for everything for programs."""
    notes = (_ILLUSTRATIVE,) if comparison.is_illustrative else ()
    figures = tuple(_figures(comparison, *told, not rows, notes) for told in _TABLES)
    marks = _marks(comparison, stream, rows, notes)
    over_time = (marks,) if marks.row_count else ()
    everything: list[ResultTable] = [] if rows else [_moments(comparison, stream, notes)]
    if not rows and len(comparison.runs) <= 2 and stream.time_ns is not None:
        everything.append(_heap(comparison.runs[-1].most, stream))
    found = () if comparison.is_illustrative else tuple(comparison_findings(comparison))
    word = ", illustrative" if comparison.is_illustrative else ""
    return (
        Result("replay_allocators", f"What each allocator makes of it{word}", (), figures, found),
        Result("replay_slots", f"Size classes{word}", (), _classes(comparison, rows, notes)),
        Result("replay_moments", f"Over time{word}", (), (*over_time, *everything)),
    )


def _columns(
    comparison: Comparison,
    values: Callable[[Runs], Sequence[tuple[Any, Any]]],
    unit: str,
    is_full: bool,
) -> list[ResultColumn]:
    """A column for each allocator; two where bounds differ, and always for programs."""
    columns = []
    for runs in comparison.runs:
        pairs = values(runs)
        ends = [list(end) for end in zip(*pairs, strict=True)] or [[], []]
        if ends[0] == ends[1] and not is_full:
            columns.append(ResultColumn(_name(runs, ""), unit, ends[0], runs.name))
            continue
        for end, told in zip(ends, ("least", "most"), strict=True):
            columns.append(ResultColumn(_name(runs, told), unit, end, f"{runs.name} {told}"))
    return columns


def _name(runs: Runs, end: str) -> str:
    name = runs.name.replace(".", "_").replace("-", "_")
    return f"{name}_{end}" if end else name


def _figures(
    comparison: Comparison,
    name: str,
    title: str,
    unit: str,
    is_full: bool,
    notes: tuple[str, ...],
) -> ResultTable:
    shown = [figure for figure in FIGURES if figure.unit == unit]
    values = {
        runs.name: [comparison.value(figure, runs) for figure in shown] for runs in comparison.runs
    }
    titles = [figure.title for figure in shown]
    columns = [ResultColumn("figure", "text", titles, "figure", is_key=True)]
    if is_full:
        columns.append(ResultColumn("name", "text", [figure.name for figure in shown]))
    told = comparison.recorded
    if told is not None:
        own = [figure.told(told) if figure.told is not None else None for figure in shown]
        columns.append(ResultColumn("recorded", unit, own, "recorded",
                                    doc="What the recording says itself."))  # fmt: skip
    columns += _columns(
        comparison,
        lambda runs: [(value.least, value.most) for value in values[runs.name]],
        unit,
        is_full,
    )
    sure = {name: [str(value.sure) for value in found] for name, found in values.items()}
    if is_full:
        columns += [
            ResultColumn(f"{_name(runs, 'sure')}", "text", sure[runs.name], f"{runs.name} is")
            for runs in comparison.runs
        ]
    else:
        told_words = [", ".join(dict.fromkeys(words)) for words in zip(*sure.values(), strict=True)]
        columns.append(ResultColumn("sure", "text", told_words, "is"))
    return ResultTable(name, title, tuple(columns), notes)


def _classes(comparison: Comparison, rows: int, notes: tuple[str, ...]) -> tuple[ResultTable, ...]:
    """What was given out, and spans at the peak, by slot size."""
    told = comparison.recorded
    asked: list[tuple[str, str, str, Callable[[Run, int], int], Callable[[int], int]]] = [
        ("replay_slot_objects", "Slots given out, by their size", "count",
         lambda run, slot: run.given[slot].slots_count if slot in run.given else 0,
         lambda slot: told.given[slot].slots_count if told and slot in told.given else 0),
        ("replay_slot_spans", "Heap spans at the peak, by slot size", "bytes",
         lambda run, slot: run.peak.class_bytes.get(slot, 0),
         lambda slot: told.peak_class_bytes.get(slot, 0) if told else 0),
    ]  # fmt: skip
    tables = []
    for name, title, unit, of, own in asked:
        slots = _slots(comparison, of, own, rows)
        columns = [
            ResultColumn("slot_bytes", "text", [str(s) if s else "large" for s in slots], "slot",
                         is_key=True)
        ]  # fmt: skip
        if told is not None:
            columns.append(ResultColumn("recorded", unit, [own(s) for s in slots], "recorded"))
        columns += _columns(comparison, _by_slot(of, slots), unit, not rows)
        tables.append(ResultTable(name, title, tuple(columns), notes))
    return tuple(tables)


def _by_slot(
    of: Callable[[Run, int], int], slots: Sequence[int]
) -> Callable[[Runs], list[tuple[int, int]]]:
    def values(runs: Runs) -> list[tuple[int, int]]:
        ends = [[of(run, slot) for run in runs.both] for slot in slots]
        return [(min(end), max(end)) for end in ends]

    return values


def _slots(
    comparison: Comparison,
    of: Callable[[Run, int], int],
    own: Callable[[int], int],
    rows: int,
) -> list[int]:
    """Those slot sizes that anybody uses; for people those in which most differs or lies."""
    both = [run for runs in comparison.runs for run in runs.both]
    used = {slot for run in both for slot in (*run.given, *run.peak.class_bytes)}
    if comparison.recorded is not None:
        used |= {*comparison.recorded.given, *comparison.recorded.peak_class_bytes}

    def weight(slot: int) -> tuple[int, int]:
        values = [of(run, slot) for run in both]
        return max(values) - min(values), max(*values, own(slot))

    kept = sorted(used, key=weight, reverse=True)[: rows or None]
    return sorted(kept, key=lambda slot: slot or 1 << 62)


def _marks(
    comparison: Comparison, stream: Stream, rows: int, notes: tuple[str, ...]
) -> ResultTable:
    """Spans at the ends of marks: those of the recording, else those of the first allocator."""
    told = comparison.recorded
    lead: list[ResultColumn] = []
    if told is not None:
        kept = _evenly(np.flatnonzero(told.cycle > 0), rows)
        at = told.rows(stream)[kept].tolist()
        lead = [
            ResultColumn("gc_cycle", "", told.cycle[kept].tolist(), "gc", is_key=True),
            ResultColumn("time_ns", "ns", told.time_ns[kept].tolist(), "time", is_key=True),
            ResultColumn("recorded", "bytes", told.span_bytes[kept].tolist(), "recorded"),
        ]
    else:
        looks = comparison.base.most.looks
        first = [0, *(look.marks_count for look in looks[:-1])]
        marked = [
            n for n, (look, before) in enumerate(zip(looks, first, strict=True))
            if look.marks_count > before
        ]  # fmt: skip
        shown = _evenly(np.array(marked, np.int64), rows).tolist()
        at = [looks[n].row for n in shown]
        lead = [
            ResultColumn("gc_cycle", "", [looks[n].marks_count for n in shown], "gc", is_key=True)
        ]
        if stream.time_ns is not None:
            times = stream.time_ns[np.array(at, np.int64) - 1].tolist()
            lead.append(ResultColumn("time_ns", "ns", times, "time", is_key=True))
        notes += ("At the first moment after each collection that was looked at.",)
    columns = _columns(comparison, lambda runs: _spans_at(runs, at), "bytes", not rows)
    return ResultTable("replay_marks", "Heap spans at the ends of marks", (*lead, *columns), notes)


def _spans_at(runs: Runs, at: Sequence[int]) -> list[tuple[int, int]]:
    by_row = [{look.row: look.span_bytes for look in run.looks} for run in runs.both]
    ends = [[found[row] for found in by_row] for row in at]
    return [(min(end), max(end)) for end in ends]


def _evenly(places: Any, rows: int) -> Any:
    if not rows or len(places) <= rows:
        return places
    return places[np.linspace(0, len(places) - 1, rows).astype(np.int64)]


def _moments(comparison: Comparison, stream: Stream, notes: tuple[str, ...]) -> ResultTable:
    """Every moment of every replay."""
    found = [
        (runs.name, "largest" if run is runs.most else "smallest", look)
        for runs in comparison.runs
        for run in runs.both
        for look in run.looks
    ]
    columns = [
        ResultColumn("runtime", "text", [name for name, _, _ in found], "allocator", is_key=True),
        ResultColumn("sizes", "text", [end for _, end, _ in found], "sizes", is_key=True),
    ]
    if stream.time_ns is not None:
        times = stream.time_ns[np.array([look.row for *_, look in found], np.int64) - 1]
        columns.append(ResultColumn("time_ns", "ns", times.tolist(), "time"))
    for name in Look._fields:
        if name == "class_bytes":
            continue
        unit = "bytes" if name.endswith("_bytes") else "count"
        values = [getattr(look, name) for *_, look in found]
        columns.append(ResultColumn(name, unit, values, name.removesuffix("_bytes")))
    return ResultTable("replay_looks", "Moments of all replays", tuple(columns), notes)


def _heap(run: Run, stream: Stream) -> ResultTable:
    """The one allocator that was asked for over time, as the chart wants it."""
    looks = run.looks
    times = np.zeros(0, np.int64) if stream.time_ns is None else stream.time_ns
    at = times[np.array([look.row for look in looks], np.int64) - 1].tolist()
    columns = [
        ResultColumn("time_ns", "ns", at, "time", is_key=True),
        *(
            ResultColumn(name, "bytes", [getattr(look, name) for look in looks], name[:-6])
            for name in ("object_bytes", "free_slot_bytes", "tail_bytes", "manual_bytes")
        ),
        ResultColumn("free_page_bytes", "bytes", [look.idle_bytes for look in looks], "idle"),
    ]
    return ResultTable("replay_heap", f"The heap of {run.name} over time", tuple(columns))
