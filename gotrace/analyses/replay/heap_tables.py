"""Tables of the whole heap: its composition over time, and what it looked like where."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.replay.arenas import ARENA_BYTES, CHUNK_BYTES
from gotrace.analyses.replay.heap import HeapReplay
from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.result import Certainty, ResultColumn, ResultTable
from gotrace.analyses.trace.fold import share

__all__ = ["arena_tables", "composition", "cycle_table", "heat_table", "tick_table"]


def composition(heap: HeapReplay, by_cycle: bool) -> dict[str, Numbers]:
    """By name what there was at each cycle's end, or at each tick; and `time_ns`."""
    moments = heap.cycle_ends if by_cycle else heap.ticks
    times = moments.times(heap.end_ns)
    found = (heap.census.by_cycle if by_cycle else heap.census.by_tick).at(len(times))
    mapped = heap.map.mapped_bytes(times)
    # Late frees can leave more objects in a span than it has slots.
    free_slots = np.maximum(found["free_slot_bytes"], 0)
    used = found["span_bytes"] + found["manual_bytes"]
    return {
        **found, "time_ns": times, "free_slot_bytes": free_slots, "mapped_bytes": mapped,
        "free_page_bytes": np.maximum(mapped - used, 0),
    }  # fmt: skip


def cycle_table(heap: HeapReplay, rows: int = 0) -> ResultTable:
    """The heap at the ends of GC cycles; at most `rows`, evenly chosen (0: all that are kept)."""
    found = composition(heap, by_cycle=True)
    every = len(found["time_ns"])
    shown = _evenly(every, rows)
    cycles = heap.cycle_ends.cycles[shown].tolist()
    # Of the last cycle the sweep goes on behind the end of the trace.
    known = [cycle < heap.cycles_count for cycle in cycles]
    columns = (
        ResultColumn("gc_cycle", "", cycles, "gc", is_key=True),
        *_columns({name: values[shown] for name, values in found.items()}, known),
    )
    notes: tuple[str, ...] = ("At the end of marking: garbage is known and not yet swept.",)
    if len(shown) < heap.cycles_count:
        notes += (f"{len(shown):,} of {heap.cycles_count:,} cycles.",)
    return ResultTable("replay_cycles", "The heap at the ends of GC cycles", columns, notes)


def tick_table(heap: HeapReplay, rows: int = 0) -> ResultTable:
    """The same at equal distances in time."""
    found = composition(heap, by_cycle=False)
    shown = _evenly(len(found["time_ns"]), rows)
    columns = _columns({name: values[shown] for name, values in found.items()}, [])
    notes = ("Objects count until they are swept. Mapped: chunks of 4 MiB that were used so far.",)
    return ResultTable("replay_heap", "The heap over time", tuple(columns), notes)


def _columns(found: dict[str, Numbers], known: list[bool]) -> list[ResultColumn]:
    """`known` says of cycles whether all of their garbage is in the trace; empty for ticks."""

    def size(name: str, title: str, doc: str = "", bound: Certainty | None = None) -> ResultColumn:
        return ResultColumn(name, "bytes", found[name].tolist(), title, doc=doc, bound=bound)

    used, objects = found["span_bytes"].tolist(), found["object_bytes"].tolist()
    garbage = found["garbage_bytes"].tolist() if known else []
    columns = [
        ResultColumn("time_ns", "ns", found["time_ns"].tolist(), "time", is_key=True),
        ResultColumn("objects_count", "count", found["objects_count"].tolist(), "objects"),
        size("object_bytes", "in objects", "Of slots, dead ones that are not swept included."),
    ]
    if known:
        told = [dead if is_known else None for dead, is_known in zip(garbage, known, strict=True)]
        columns.append(
            ResultColumn("garbage_bytes", "bytes", told, "garbage",
                         doc="What this cycle found dead; null if the trace ends before its sweep.")
        )  # fmt: skip
    columns += [
        size("free_slot_bytes", "free slots", "Slots of used spans without objects."),
        size("tail_bytes", "tails", "Ends of spans that no slot fits, and the runtime's bits."),
        size("span_bytes", "heap spans", "Objects, free slots and tails together."),
        size("manual_bytes", "stacks", "Spans of stacks and work buffers."),
        size("free_page_bytes", "free pages", "Of what is mapped: in no span.", Certainty.LOWER),
        size("mapped_bytes", "mapped", "Chunks of 4 MiB that any span has used.", Certainty.LOWER),
    ]
    alive: list[float | None] = [
        share(whole, span) for whole, span in zip(objects, used, strict=True)
    ]
    if known:
        alive = [
            share(whole - dead, span) if is_known else None
            for whole, dead, span, is_known in zip(objects, garbage, used, known, strict=True)
        ]
    title = "alive of spans" if known else "objects of spans"
    columns.append(ResultColumn("live_ratio", "ratio", alive, title))
    return columns


def _evenly(count: int, rows: int) -> Numbers:
    if not rows or count <= rows:
        return np.arange(count)
    return np.linspace(0, count - 1, rows).astype(np.int64)


_HEAT_ROWS = 512


def heat_table(heap: HeapReplay) -> ResultTable:
    """Bytes by address and time, one row a piece and tick in which there was a span."""
    count = len(heap.ticks.times(heap.end_ns))
    address, spans, objects, manual = heap.map.pieces(count)
    piece_bytes = heap.map.piece_bytes
    while len(address) > _HEAT_ROWS:
        piece_bytes *= 2
        first, to = np.unique(address // piece_bytes, return_inverse=True)
        spans, objects, manual = (_joined(v, to, len(first)) for v in (spans, objects, manual))
        address = first * piece_bytes
    piece, tick = np.nonzero((spans > 0) | (manual > 0))
    times = heap.ticks.times(heap.end_ns)
    columns = (
        ResultColumn("address", "", address[piece].tolist(), "address"),
        ResultColumn("time_ns", "ns", times[tick].tolist(), "time"),
        ResultColumn("span_bytes", "bytes", spans[piece, tick].tolist(), "heap spans"),
        ResultColumn("object_bytes", "bytes", objects[piece, tick].tolist(), "in objects"),
        ResultColumn("manual_bytes", "bytes", manual[piece, tick].tolist(), "stacks"),
    )
    notes = (f"Pieces of {piece_bytes} bytes, ticks of {heap.ticks.width_ns} ns.",)
    return ResultTable("replay_map", "Spans by address over time", columns, notes)


def _joined(values: Numbers, to: Numbers, rows: int) -> Numbers:
    joined = np.zeros((rows, values.shape[1]), np.int64)
    np.add.at(joined, to, values)
    return joined


def arena_tables(heap: HeapReplay, peak_tick: int, rows: int = 0) -> tuple[ResultTable, ...]:
    """How full each arena and each chunk was, at the peak and at the last tick."""
    times = heap.ticks.times(heap.end_ns)
    last = len(times) - 1
    address, spans, objects, manual = heap.map.pieces(len(times))
    found = []
    for name, title, size in (
        ("replay_arenas", "Arenas", ARENA_BYTES),
        ("replay_chunks", "Chunks", max(CHUNK_BYTES, heap.map.piece_bytes)),
    ):
        first, to = np.unique(address // size, return_inverse=True)
        used, taken, stacks = (_joined(v, to, len(first)) for v in (spans, objects, manual))
        mapped = _mapped(heap, first * size, size)
        kept = np.sort(np.argsort(-used.max(axis=1), kind="stable")[: rows or None])
        columns = [
            ResultColumn("address", "text", [f"{n * size:#x}" for n in first[kept].tolist()],
                         "address"),
            ResultColumn("mapped_bytes", "bytes", mapped[kept].tolist(), "mapped",
                         doc="Chunks of 4 MiB that any span has used.", bound=Certainty.LOWER),
        ]  # fmt: skip
        for prefix, when, tick in (("peak", "at peak", peak_tick), ("end", "at end", last)):
            columns += [
                ResultColumn(f"{prefix}_span_bytes", "bytes", used[kept, tick].tolist(),
                             f"spans {when}"),
                ResultColumn(f"{prefix}_object_bytes", "bytes", taken[kept, tick].tolist(),
                             f"objects {when}"),
                ResultColumn(f"{prefix}_manual_bytes", "bytes", stacks[kept, tick].tolist(),
                             f"stacks {when}"),
                ResultColumn(
                    f"{prefix}_occupancy", "ratio",
                    [
                        share(part, whole) if whole else None
                        for part, whole in zip(
                            taken[kept, tick].tolist(), used[kept, tick].tolist(), strict=True
                        )
                    ],
                    f"full {when}", doc="Objects of heap spans.",
                ),
            ]  # fmt: skip
        notes = (f"{len(kept):,} of {len(first):,}, those used most.",)
        left = notes if len(kept) < len(first) else ()
        unit = f"{title} of {size >> 20} MiB"
        found.append(ResultTable(name, unit, tuple(columns), left))
    return tuple(found)


def _mapped(heap: HeapReplay, addresses: Numbers, size: int) -> Numbers:
    chunks = np.array(list(heap.map.chunks()), np.int64) // size
    return np.array(
        [int(np.count_nonzero(chunks == number)) for number in (addresses // size).tolist()],
        np.int64,
    ) * CHUNK_BYTES  # fmt: skip
