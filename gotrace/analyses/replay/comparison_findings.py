"""What another allocator would have cost or saved, in sentences; from figures alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from gotrace.analyses.replay.figures import FIGURES, Comparison, Sure, Value
from gotrace.analyses.replay.runs import Runs
from gotrace.analyses.result import Certainty, Finding, Weight
from gotrace.analyses.trace.fold import share
from gotrace.model.sizes import size_rules
from gotrace.units import format_bytes, format_count

__all__ = ["comparison_findings"]

_SAME_RATIO = 0.005
_WASTE_RATIO = 0.1
_FREE_RATIO = 0.25
_CLASS_RATIO = 0.01
_REASON_RATIO = 0.25
_FIGURES = {figure.name: figure for figure in FIGURES}


def comparison_findings(comparison: Comparison) -> Iterator[Finding]:
    """Of each allocator beside the first: pages, and slots; of the first its waste."""
    yield from _waste(comparison)
    yield from _free_slots(comparison)
    for runs in comparison.runs[1:]:
        yield from _pages(comparison, runs)
        yield from _slots(comparison, runs)


def _certainty(*values: Value) -> Certainty:
    is_exact = all(value.sure is Sure.EXACT for value in values)
    return Certainty.EXACT if is_exact else Certainty.LOWER


def _pages(comparison: Comparison, runs: Runs) -> Iterator[Finding]:
    base = comparison.base
    figure = _FIGURES["peak_span_bytes"]
    own, other = comparison.value(figure, base), comparison.value(figure, runs)
    ends = sorted(
        a.peak.span_bytes / b.peak.span_bytes - 1
        for a in runs.both
        for b in base.both
        if b.peak.span_bytes
    )
    if not ends:
        return
    told = f"{_range(other)} against {_range(own)} of {base.name}"
    if max(map(abs, ends)) < _SAME_RATIO:
        what = f"{runs.name} would have needed as many pages, to {_SAME_RATIO:.1%}: {told}"
    elif ends[0] * ends[-1] <= 0:
        what = f"whether {runs.name} needs more pages cannot be told: {told}, as sizes are"
    else:
        word = "more" if ends[-1] > 0 else "fewer"
        parts = dict.fromkeys(f"{end:.1%}" for end in sorted(map(abs, (ends[0], ends[-1]))))
        share_told = " to ".join(parts)
        what = f"{runs.name} would have needed {share_told} {word} pages at the peak: {told}"
        pair = (base, runs) if ends[0] > 0 else (runs, base)
        what += _why(*pair, abs(runs.most.peak.span_bytes - base.most.peak.span_bytes))
    if runs.name in comparison.tinyless:
        what += "; slots that tiny objects share are counted once, though it joins none"
    difference = max(0, other.least - own.most, own.least - other.most)
    yield Finding(
        "allocator-pages",
        what,
        "",
        difference,
        "bytes",
        _certainty(own, other),
        weight=Weight.MEDIUM if max(map(abs, ends)) >= 0.03 else Weight.LOW,
    )


def _why(has: Runs, lacks: Runs, difference: float) -> str:
    """The size class that one of them lacks and whose objects take most more room in the next.

    Nothing where that is less than a part of the difference: then the reason is another.
    """
    sizes = [size_class.size_bytes for size_class in size_rules(lacks.name).classes]
    missing = [
        (given.slots_count * (sizes[place] - slot), slot, given.slots_count, sizes[place])
        for slot, given in has.most.given.items()
        if slot and (place := bisect_left(sizes, slot)) < len(sizes) and sizes[place] != slot
    ]
    if not missing:
        return ""
    room, slot, count, larger = max(missing)
    if room < _REASON_RATIO * difference:
        return ""
    return (
        f"; {lacks.name} has no class of {slot} bytes: {format_count(count)} objects that "
        f"{has.name} put there take {larger}"
    )


def _slots(comparison: Comparison, runs: Runs) -> Iterator[Finding]:
    """Bytes of slots, which do not depend on when things die."""
    figure = _FIGURES["slots_bytes"]
    own, other = (comparison.value(figure, one) for one in (comparison.base, runs))
    is_more = other.least > own.most
    gap = other.least - own.most if is_more else own.least - other.most
    if gap < max(_CLASS_RATIO * own.most, 1):
        return
    word = "more" if is_more else "less"
    yield Finding(
        "allocator-slots",
        f"the slots of {runs.name} take at least {share(gap, own.most):.1%} {word}: "
        f"{_range(other)} against {_range(own)} for everything that was allocated",
        "",
        gap,
        "bytes",
        Certainty.EXACT if _certainty(own, other) is Certainty.EXACT else Certainty.LOWER,
        weight=Weight.LOW,
        advice="`gotrace explain SIZE` shows what each version makes of a size.",
    )


def _waste(comparison: Comparison) -> Iterator[Finding]:
    base = comparison.base
    value = comparison.value(_FIGURES["waste_bytes"], base)
    size = base.most.slots_bytes
    if not size or value.least < _WASTE_RATIO * size:
        return
    yield Finding(
        "internal-waste",
        f"{_range(value)} of the {format_bytes(size)} that {base.name} gave out was never asked "
        "for: it lies between the size and the slot",
        "",
        value.least,
        "bytes",
        Certainty.EXACT if value.sure is Sure.EXACT else Certainty.LOWER,
        advice="`gotrace explain SIZE` shows the classes around a size.",
    )


def _free_slots(comparison: Comparison) -> Iterator[Finding]:
    base = comparison.base
    value = comparison.value(_FIGURES["peak_free_slot_bytes"], base)
    spans = base.most.peak.span_bytes
    if not spans or value.least < _FREE_RATIO * spans:
        return
    yield Finding(
        "free-slots",
        f"{_range(value)} of the {format_bytes(spans)} in spans at the peak of {base.name} were "
        "free slots: spans that few objects keep",
        "",
        value.least,
        "bytes",
        _certainty(value),
        advice="A span goes back only when its last object dies. Allocate what lives long apart "
        "from what lives shortly.",
    )


def _range(value: Value) -> str:
    ends = [format_bytes(value.least), format_bytes(value.most)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
