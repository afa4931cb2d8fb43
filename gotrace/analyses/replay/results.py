"""Everything that the folds found, as results: facts, tables, findings."""

from __future__ import annotations

from gotrace.analyses.replay.class_tables import ClassSums, class_tables
from gotrace.analyses.replay.findings import Picture, replay_findings
from gotrace.analyses.replay.heap import HeapReplay
from gotrace.analyses.replay.heap_tables import (
    arena_tables,
    composition,
    cycle_table,
    heat_table,
    tick_table,
)
from gotrace.analyses.replay.payer_tables import TypeSums, payer_tables
from gotrace.analyses.replay.span_tables import fill_table, life_tables, pinned_at_peak
from gotrace.analyses.result import Fact, Result
from gotrace.analyses.trace.fold import share
from gotrace.analyses.trace.starts import Starts
from gotrace.units import format_bytes, format_count, format_duration

__all__ = ["replay_results"]


def replay_results(heap: HeapReplay, starts: Starts, rows: int = 0) -> tuple[Result, ...]:
    """The answers; tables of at most `rows` rows for people, 0 for everything for programs."""
    waste = heap.waste.sums()
    sums = ClassSums(heap, waste)
    types = TypeSums.of(heap, waste)
    picture = Picture(sums, pinned_at_peak(sums), types, waste)
    over_time = [tick_table(heap, rows)]
    if len(heap.cycle_ends.cycles):
        over_time.insert(0, cycle_table(heap, rows))
    maps = list(arena_tables(heap, sums.peak_tick, rows))
    if not rows:
        maps.append(heat_table(heap))
    return (
        Result("replay_heap", "What the heap looked like", tuple(_facts(picture)),
               tuple(over_time), tuple(replay_findings(picture))),
        Result("replay_classes", "Size classes and span classes", (), class_tables(sums, rows)),
        Result("replay_spans", "Spans", (),
               (fill_table(picture.pinned), *life_tables(sums, rows))),
        Result("replay_payers", "Who pays", (), payer_tables(heap, types, starts, rows)),
        Result("replay_map", "Arena map", (), tuple(maps)),
    )  # fmt: skip


def _facts(picture: Picture) -> list[Fact]:
    sums, waste = picture.sums, picture.waste
    heap = sums.heap
    size = int(sums.bytes["new"].sum())
    least, most = int(waste.new_least_bytes.sum()), int(waste.new_most_bytes.sum())
    objects = int(sums.objects["new"].sum())
    exact = share(int(waste.exact_objects.sum()), objects)
    peak, spans = int(sums.peak_bytes.sum()), int(sums.peak_span_bytes.sum())
    mapped = int(composition(heap, by_cycle=False)["mapped_bytes"].max(initial=0))
    extra = int(heap.pairs.extra_allocations.sum())
    return [
        Fact("rules", str(heap.version), title="rules of", detail="by which slots were sized"),
        Fact("allocated_bytes", size, "bytes", "allocated",
             f"{format_count(objects)} objects, {format_count(objects + extra)} allocations"),
        Fact("freed_objects", int(sums.objects["freed"].sum()), "count", "objects freed",
             f"{format_bytes(int(sums.bytes['freed'].sum()))}, with what was there before"),
        Fact("peak_bytes", peak, "bytes", "in objects at peak",
             f"at {format_duration(sums.peak_ns)}, with dead ones that are not swept"),
        Fact("peak_span_bytes", spans, "bytes", "in heap spans then",
             f"{share(peak, spans):.1%} of it in objects"),
        Fact("mapped_bytes", mapped, "bytes", "mapped at least",
             "chunks of 4 MiB that any span has used"),
        Fact("least_waste_bytes", least, "bytes", "wasted in slots",
             f"at least {share(least, size):.1%}, at most {share(most, size):.1%} "
             f"({format_bytes(most)}) of the bytes allocated"),
        Fact("exact_ratio", exact, "ratio", "requests known",
             "of objects, from type and class"),
        Fact("misfits", int(waste.misfits.sum()), "count", "contradictions",
             "objects in slots that no array of their type needs"),
    ]  # fmt: skip
