"""Whether two measures may be compared: what was different when they were taken."""

from __future__ import annotations

from collections.abc import Mapping

from gotrace.tables.budget import Budget, Measurement

__all__ = ["differing_conditions", "is_same_subject", "said", "told", "voiding"]

Differing = Mapping[str, tuple[str, str]]
"""Condition → (here, in the baseline)."""

_VOIDING = ("race", "gomaxprocs", "goarch", "benchmark", "iterations")
"""Conditions that change what is counted; the others are said, and judged nevertheless."""
_VOIDING_TIMES = ("cpu", "goos")
_ENOUGH_ITERATIONS = 10_000
"""From here on what a benchmark allocates once is no whole allocation of an iteration."""
_ITERATIONS_RATIO = 2.0
_SUBJECTS = ("benchmark", "program")


def differing_conditions(one: Measurement, other: Measurement) -> dict[str, tuple[str, str]]:
    """Those that both know and that differ; the race detector is off unless it is told.

    `go1.27` and `go1.27.3` do not differ: not every recording knows the last number.
    """
    here = {"race": "false", **one.conditions}
    there = {"race": "false", **other.conditions}
    return {
        name: (here[name], there[name])
        for name in here
        if name in there and not _is_same(name, here[name], there[name])
    }


def is_same_subject(one: Measurement, other: Measurement) -> bool:
    """Whether both are of one benchmark, or one program, as far as they tell."""
    return all(
        one.conditions[name] == other.conditions[name]
        for name in _SUBJECTS
        if name in one.conditions and name in other.conditions
    )


def voiding(budget: Budget, differing: Differing) -> dict[str, tuple[str, str]]:
    """Those that make a comparison void."""
    names = _VOIDING + (_VOIDING_TIMES if budget.metric.is_time else ())
    return {
        name: pair
        for name, pair in differing.items()
        if name in names and not (name == "iterations" and _are_alike(*pair))
    }


def said(budget: Budget, measure: Measurement, baseline: Measurement | None) -> tuple[str, ...]:
    """What to know about the conditions of a verdict."""
    found = []
    if measure.conditions.get("race") == "true":
        found.append("measured with -race, which allocates for itself")
    if baseline is not None:
        differing = differing_conditions(measure, baseline)
        void = voiding(budget, differing)
        rest = {name: pair for name, pair in differing.items() if name not in void}
        if rest:
            found.append(f"the baseline was measured with other conditions: {told(rest)}")
    return tuple(found)


def told(differing: Differing) -> str:
    """`gomaxprocs 8 (baseline 4), ...`."""
    return ", ".join(
        f"{name} {here} (baseline {there})" for name, (here, there) in differing.items()
    )


def _is_same(name: str, here: str, there: str) -> bool:
    if name != "go_version":
        return here == there
    here, there = here.removeprefix("go"), there.removeprefix("go")
    return here == there or f"{here}.".startswith(f"{there}.") or f"{there}.".startswith(f"{here}.")


def _are_alike(here: str, there: str) -> bool:
    """Whether two numbers of iterations (or ranges of them) give the same allocations of each.

    What is allocated once counts as its share of all iterations: many of them, or about as many,
    give the same share.
    """
    numbers = [int(part) for text in (here, there) for part in text.split(" to ") if part.isdigit()]
    least, most = min(numbers, default=1), max(numbers, default=1)
    return least >= _ENOUGH_ITERATIONS or most < _ITERATIONS_RATIO * max(least, 1)
