"""What memory costs in CPU time, in sentences to act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gotrace.analyses.estimates import is_clear, share
from gotrace.analyses.gc_cost.rules import (
    ASSIST,
    BACKGROUND_MARK,
    CATEGORIES,
    MALLOC,
    MEMORY,
    STACK_GROWTH,
)
from gotrace.analyses.result import Certainty, Finding, Weight
from gotrace.units import format_duration

__all__ = ["Costs", "cost_findings"]

_NOTABLE = 0.05
_GRAVE = 0.25
_NOTABLE_SITE = 0.1
_NAMED = 4
"""Categories that the first sentence names."""


@dataclass(frozen=True)
class Costs:
    """What findings are made of; times in nanoseconds, each with its standard error."""

    total_ns: int
    categories: Mapping[str, tuple[int, float]]
    zeroing: tuple[int, float]
    memory_error: float
    """Of the time of all categories but the program's own together."""
    sites: list[tuple[str, int, float]]
    """Where, total and error, of the sites that pay most."""
    rule: str
    """By what the collector's work was charged, in words."""


def cost_findings(costs: Costs) -> list[Finding]:
    """All of it in one sentence; then assists, zeroing, stacks and the site that pays most."""
    if costs.total_ns <= 0:
        return []
    found = [_whole(costs), _assists(costs), _zeroing(costs), _stacks(costs), _site(costs)]
    return [finding for finding in found if finding is not None]


def _percent(part: float, costs: Costs) -> str:
    ratio = share(part, costs.total_ns)
    return f"{ratio:.0%}" if ratio >= 0.0995 or not ratio else f"{ratio:.1%}"


def _whole(costs: Costs) -> Finding:
    parts = {name: costs.categories[name][0] for name in MEMORY}
    amount = sum(parts.values())
    largest = sorted((name for name in parts if parts[name] > 0), key=lambda name: -parts[name])
    named = [f"{CATEGORIES[name]} {_percent(parts[name], costs)}" for name in largest[:_NAMED]]
    text = f"{_percent(amount, costs)} of CPU pays for memory"
    if named:
        text += f": {', '.join(named)}"
    if others := sum(parts[name] for name in largest[_NAMED:]):
        text += f", other work {_percent(others, costs)}"
    ratio = share(amount, costs.total_ns)
    weight = Weight.HIGH if ratio >= _GRAVE else Weight.MEDIUM if ratio >= _NOTABLE else Weight.LOW
    return Finding(
        *("memory-cost", text, "", amount, "ns", Certainty.SAMPLED, costs.memory_error, weight),
        advice=_advice(costs) if weight is not Weight.LOW else "",
    )


def _advice(costs: Costs) -> str:
    parts = [costs.categories[name] for name in (BACKGROUND_MARK, ASSIST, MALLOC)]
    error = sum(part_error**2 for _, part_error in parts) ** 0.5
    more = parts[0][0] + parts[1][0] - parts[2][0]
    if is_clear(more, error, 0):
        return (
            "marking costs more than allocating: a higher GOGC, or GOMEMLIMIT with it, makes "
            "cycles rarer; fewer pointers make them cheaper"
        )
    if is_clear(-more, error, 0):
        return "allocating costs more than marking: allocate less often at the sites that pay most"
    return "allocate less at the sites that pay most: marking and allocating cost about the same"


def _assists(costs: Costs) -> Finding | None:
    amount, error = costs.categories[ASSIST]
    if not is_clear(amount, error, _NOTABLE * costs.total_ns):
        return None
    text = (
        f"{_percent(amount, costs)} of CPU is marking by goroutines that wanted to allocate: "
        f"they ran ahead of the background workers, and waited for their memory meanwhile"
    )
    advice = "allocate less in bursts, or raise GOGC; an execution trace names who assisted"
    return Finding("assist-cost", text, "", amount, "ns", Certainty.SAMPLED, error,
                   Weight.HIGH, advice)  # fmt: skip


def _zeroing(costs: Costs) -> Finding | None:
    amount, error = costs.zeroing
    if not is_clear(amount, error, _NOTABLE * costs.total_ns):
        return None
    text = f"{_percent(amount, costs)} of CPU clears memory for new objects"
    advice = "reuse large buffers (sync.Pool, or a slice cut to length 0) instead of making them"
    return Finding("zeroing-cost", text, "", amount, "ns", Certainty.SAMPLED, error,
                   Weight.MEDIUM, advice)  # fmt: skip


def _stacks(costs: Costs) -> Finding | None:
    amount, error = costs.categories[STACK_GROWTH]
    if not is_clear(amount, error, _NOTABLE * costs.total_ns):
        return None
    text = f"{_percent(amount, costs)} of CPU copies goroutine stacks to larger ones"
    advice = "let long-lived goroutines do the deep calls: new ones start with a small stack again"
    return Finding("stack-growth-cost", text, "", amount, "ns", Certainty.SAMPLED, error,
                   Weight.MEDIUM, advice)  # fmt: skip


def _site(costs: Costs) -> Finding | None:
    if not costs.sites:
        return None
    where, amount, error = costs.sites[0]
    if not is_clear(amount, error, _NOTABLE_SITE * sum(c for c, _ in costs.categories.values())):
        return None
    text = (
        f"{_percent(amount, costs)} of CPU ({format_duration(amount)}) is the price of what one "
        f"site allocates; the collector's part is charged {costs.rule}"
    )
    return Finding("site-cost", text, where, amount, "ns", Certainty.SAMPLED, error,
                   Weight.MEDIUM, "allocate less there first")  # fmt: skip
