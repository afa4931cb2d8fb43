"""What the heap's layout costs, in sentences to act on; numbers of the recording alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gotrace.analyses.replay.class_tables import ClassSums
from gotrace.analyses.replay.heap_tables import composition
from gotrace.analyses.replay.payer_tables import TypeSums
from gotrace.analyses.replay.requests import span_class_at
from gotrace.analyses.replay.span_tables import Pinned
from gotrace.analyses.replay.waste import WasteSums
from gotrace.analyses.result import Certainty, Finding, Weight
from gotrace.analyses.trace.fold import share
from gotrace.model.size_classes import size_class_table
from gotrace.units import format_bytes, format_count, format_duration

__all__ = ["Picture", "replay_findings"]

_KIB = 1 << 10
_LEAST_BYTES = 256 * _KIB
_SPARSE_RATIO = 0.1
_TYPE_WASTE_RATIO = 0.12
_TYPE_SHARE = 0.01
_WASTE_RATIO = 0.1
_TAIL_RATIO = 0.03
_FREE_RATIO = 0.25
_GARBAGE_RATIO = 0.6
_MOST_TYPES = 3


@dataclass(frozen=True)
class Picture:
    """What findings are made of."""

    sums: ClassSums
    pinned: Pinned
    types: TypeSums
    waste: WasteSums


def replay_findings(picture: Picture) -> list[Finding]:
    """All that stand out."""
    return [finding for rule in _RULES for finding in rule(picture)]


def _sparse(picture: Picture) -> Iterator[Finding]:
    """Spans that a few objects keep."""
    pinned = picture.pinned
    total = int(pinned.span_bytes.sum())
    held, taken = int(pinned.span_bytes[1]), int(pinned.object_bytes[1])
    kept = held - taken
    if kept < max(_SPARSE_RATIO * total, _LEAST_BYTES):
        return
    row = int(np.argmax(pinned.by_class))
    found = span_class_at(picture.sums.heap.version, row)
    slot = format_bytes(found.slot_bytes) if found is not None else "unknown"
    yield Finding(
        "sparse-spans",
        f"{format_count(int(pinned.spans[1]))} spans used under 25 % kept {format_bytes(held)} for "
        f"{format_bytes(taken)} of objects near the peak ({share(held, total):.0%} of the spans of "
        f"small objects), most of them in spans of {slot} slots",
        "",
        kept,
        "bytes",
        Certainty.EXACT,
        weight=Weight.HIGH if kept >= 2 * _SPARSE_RATIO * total else Weight.MEDIUM,
        advice="A span goes back only when its last object dies. Allocate what lives long apart "
        "from what lives shortly (early, or in arrays of its own); `replay_fill` and "
        "`replay_span_classes` tell which.",
    )


def _type_waste(picture: Picture) -> Iterator[Finding]:
    """Types that are a little too large for a class."""
    types, version = picture.types, picture.sums.heap.version
    table = size_class_table(version)
    total = int(types.sums["bytes"].sum())
    order = np.argsort(-types.sums["least_waste"], kind="stable")[:_MOST_TYPES].tolist()
    for row in order:
        waste, size = int(types.sums["least_waste"][row]), int(types.sums["bytes"][row])
        objects, exact = int(types.sums["objects"][row]), int(types.sums["exact"][row])
        if row == 0 or waste < max(_TYPE_WASTE_RATIO * size, _TYPE_SHARE * total, _KIB):
            continue
        value = types.sizes[row]
        slot = table.class_for(value)
        smaller = table.classes[slot.number - 2] if slot is not None and slot.number > 1 else None
        saving = (
            f" Values of {value} bytes: {value - smaller.size_bytes} bytes less would fit slots "
            f"of {smaller.size_bytes}."
            if smaller is not None
            else ""
        )
        yield Finding(
            "slot-waste",
            f"{share(waste, size):.0%} of what objects of this type took was never asked for: "
            f"{format_count(objects)} objects, {format_bytes(waste)} of {format_bytes(size)}",
            types.names[row],
            waste,
            "bytes",
            Certainty.EXACT if exact == objects else Certainty.LOWER,
            advice=f"Reorder fields, or shrink or split the type.{saving} "
            f"`gotrace explain {value}` shows the classes around it.",
        )


def _waste(picture: Picture) -> Iterator[Finding]:
    """Internal waste of everything."""
    waste, size = picture.waste, int(picture.sums.bytes["new"].sum())
    least, most = int(waste.new_least_bytes.sum()), int(waste.new_most_bytes.sum())
    if least < max(_WASTE_RATIO * size, _LEAST_BYTES):
        return
    yield Finding(
        "internal-waste",
        f"between {share(least, size):.0%} and {share(most, size):.0%} of the "
        f"{format_bytes(size)} allocated lay between the size asked for and the slot",
        "",
        least,
        "bytes",
        Certainty.EXACT if least == most else Certainty.LOWER,
        advice="`replay_types` and `replay_waste` say which types and classes.",
    )


def _tails(picture: Picture) -> Iterator[Finding]:
    """Ends of spans."""
    sums = picture.sums
    used = int(sums.peak_span_bytes.sum())
    tails = sums.peak_span_bytes - sums.usable(sums.peak_spans, sums.peak_span_bytes)
    tail = int(tails.sum())
    if tail < max(_TAIL_RATIO * used, _LEAST_BYTES):
        return
    found = span_class_at(sums.heap.version, int(np.argmax(tails)))
    slot = format_bytes(found.slot_bytes) if found is not None else "unknown"
    yield Finding(
        "span-tails",
        f"{format_bytes(tail)} of the {format_bytes(used)} in heap spans at the peak lay behind "
        f"their last slots ({share(tail, used):.1%}), most in spans of {slot} slots",
        "",
        tail,
        "bytes",
        Certainty.EXACT,
        weight=Weight.LOW,
        advice="Objects whose size divides the span better waste less.",
    )


def _free_pages(picture: Picture) -> Iterator[Finding]:
    """Mapped pages that no span used when the trace ended."""
    found = composition(picture.sums.heap, by_cycle=False)
    free, mapped = int(found["free_page_bytes"][-1]), int(found["mapped_bytes"][-1])
    if free < max(_FREE_RATIO * mapped, 16 * _LEAST_BYTES):
        return
    yield Finding(
        "free-pages",
        f"{format_bytes(free)} of the {format_bytes(mapped)} that the heap had grown to lay in no "
        f"span at the end ({share(free, mapped):.0%})",
        "",
        free,
        "bytes",
        Certainty.LOWER,
        weight=Weight.LOW,
        advice="Usual after a peak; the scavenger gives it back in the background. GOMEMLIMIT "
        "keeps the peak below a bound.",
    )


def _garbage(picture: Picture) -> Iterator[Finding]:
    """How much of the heap each collection found dead."""
    heap = picture.sums.heap
    known = heap.cycle_ends.cycles < heap.cycles_count  # of the last one all may not be swept
    found = {name: values[known] for name, values in composition(heap, by_cycle=True).items()}
    cycles = len(found["time_ns"])
    size, dead = int(found["object_bytes"].sum()), int(found["garbage_bytes"].sum())
    if cycles < 3 or share(dead, size) < _GARBAGE_RATIO:
        return
    span = int(found["time_ns"][-1] - found["time_ns"][0])
    yield Finding(
        "mostly-garbage",
        f"collections found {share(dead, size):.0%} of the heap dead on average, every "
        f"{format_duration(span / max(cycles - 1, 1))}: a small live heap and much garbage",
        "",
        dead / cycles,
        "bytes",
        Certainty.EXACT,
        weight=Weight.LOW,
        advice="A larger GOGC makes collections rarer at the price of the same garbage for longer; "
        "reuse of the types with most `soon dead` makes less of it.",
    )


def _misfits(picture: Picture) -> Iterator[Finding]:
    """Objects whose class contradicts their type: our rules would be wrong, or the trace."""
    count = int(picture.waste.misfits.sum())
    if count:
        yield Finding(
            "type-misfits",
            f"{format_count(count)} objects lie in slots that no array of their type needs",
            "",
            count,
            "objects",
            Certainty.EXACT,
            weight=Weight.LOW,
            advice="Either the trace is damaged, or the rules of this Go version differ: please "
            "report it.",
        )


_RULES: tuple[Callable[[Picture], Iterator[Finding]], ...] = (
    _sparse, _type_waste, _waste, _tails, _free_pages, _garbage, _misfits,
)  # fmt: skip
