"""What was replayed, and how near the model comes to the recording."""

from __future__ import annotations

from gotrace.analyses.replay.bounds import StreamBounds
from gotrace.analyses.replay.figures import Comparison
from gotrace.analyses.result import Fact
from gotrace.analyses.trace.fold import share
from gotrace.units import format_count

__all__ = ["model_facts"]


def model_facts(comparison: Comparison, bounds: StreamBounds) -> list[Fact]:
    """For the head of the page."""
    names = ", ".join(runs.name for runs in comparison.runs)
    facts = [
        Fact("allocators", names, title="allocators", detail="models; see `gotrace verify`"),
        Fact("steps", len(bounds), "count", "steps replayed", "allocations, frees, marks"),
    ]
    if comparison.is_of_program:
        ratio = share(bounds.exact_count, bounds.allocations_count)
        detail = f"of {format_count(bounds.allocations_count)} allocations"
        facts.append(Fact("exact_ratio", ratio, "ratio", "sizes known", detail))
    if comparison.procs:
        detail = "P n became P n modulo this: illustrative"
        facts.append(Fact("procs", comparison.procs, "count", "Ps", detail))
    told = comparison.recorded
    if told is not None and not comparison.is_illustrative:
        at = told.rows(bounds.most).tolist()
        looks = {look.row: look for look in comparison.base.most.looks}
        near = [
            looks[row].span_bytes / own - 1
            for row, own in zip(at, told.span_bytes.tolist(), strict=True)
            if own and row in looks
        ]
        if near:
            mean, most = sum(near) / len(near), max(near, key=abs)
            detail = f"at {format_count(len(near))} moments; {most:+.1%} where it is furthest"
            title = f"model of {comparison.base.name}"
            text = f"{mean:+.1%} of heap spans, on average, against the recording"
            facts.append(Fact("model_error", text, title=title, detail=detail))
    return facts
