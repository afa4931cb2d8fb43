"""What a guided replay predicted, as a result: how often it was right, and where first not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gotrace.analyses.result import (
    Certainty,
    Fact,
    Finding,
    Result,
    ResultColumn,
    ResultTable,
    Weight,
)
from gotrace.model.guided.tally import COUNTERS, PREDICTIONS, Disagreement
from gotrace.tables.notes import Note, Severity

__all__ = ["CERTAIN", "contradictions", "verification"]

CERTAIN = ("size_class", "span_class")
"""Predictions that follow from the type and the class table alone: any trace must bear them out."""

_WHAT = {
    "size_class": "pages of spans, places of objects in slots, n objects of the type fit the class",
    "span_class": "with or without pointers, as the type says",
    "objects_per_span": "a span is given up when exactly its slots are taken",
    "slot": "lowest free slot of the cached span",
    "refill": "span that a cache takes next: partial, full once swept, or fresh",
    "sweep": "spans swept once a cycle, in the order of the central lists",
    "early_page": "where the first 32 spans go, while page caches are not known",
    "page": "where spans go: page cache of the P, else first fit by address",
    "heap_live": "heapLive after each refill, large object and flush",
}
_LOST = {
    "unknown_free": "frees of objects whose allocation is not in the trace",
    "unknown_span": "objects in spans that the trace does not have",
    "unknown_span_free": "frees of spans whose allocation is not in the trace",
    "overlap": "spans in the place of spans whose free is not in the trace",
    "left_out": "spans too large, too far from the first, or of no class",
}
_SEEN = {
    "tiny": "objects that joined a tiny block",
    "adopted": "spans cached since before the recording",
    "moved": "objects told of on another P than the one that has their span",
    "late_alloc": "objects told of after others that were allocated later",
    "guessed": "refills known from heapLive or a flush alone",
    "replaced": "objects in slots whose free came later, or never",
    "late_free": "frees in spans that were thought to be swept",
    "unmatched_heap_alloc": "steps of heapLive without an object",
    "untold_refill": "refills and large objects without a step of heapLive",
}
_COUNTS = "count"


def contradictions(outcome: Mapping[str, Any]) -> int:
    """How many of the predictions in `CERTAIN` did not come true."""
    disagreed: Sequence[int] = outcome["disagreed"]
    return sum(disagreed[PREDICTIONS.index(name)] for name in CERTAIN)


def verification(
    outcome: Mapping[str, Any], steps: int, procs: int, writers: str, rows: int = 0
) -> Result:
    """The result of a replay (`gotrace.model.guided.replay.Replay.outcome`).

    `steps` is how many there were, `procs` how many Ps, `writers` which Go versions write such
    traces; `rows` limits the table of disagreements, 0 for all.
    """
    counted = dict(zip(COUNTERS, outcome["counts"], strict=True))
    facts = (
        Fact("rules", writers, title="Rules of"),
        Fact("steps_count", steps, _COUNTS, "Steps replayed"),
        Fact("procs_count", procs, _COUNTS, "Ps"),
    )
    seen = [(name, what, counted[name]) for name, what in _SEEN.items() if counted[name]]
    notes = tuple(
        Note(Severity.LOSS, f"verify-{name.replace('_', '-')}", what, counted[name])
        for name, what in _LOST.items()
        if counted[name]
    )
    return Result(
        "verification",
        "Predictions of the model",
        facts,
        (_predictions(outcome), _disagreements(outcome, rows), _seen(seen)),
        _findings(outcome),
        notes,
    )


def _predictions(outcome: Mapping[str, Any]) -> ResultTable:
    agreed, disagreed = outcome["agreed"], outcome["disagreed"]
    percent = [_percent(yes, yes + no) for yes, no in zip(agreed, disagreed, strict=True)]
    return ResultTable(
        "predictions",
        "Predictions",
        (
            ResultColumn("prediction", "text", PREDICTIONS, "Prediction", is_key=True),
            ResultColumn("agreed_count", _COUNTS, agreed, "Agreed"),
            ResultColumn("disagreed_count", _COUNTS, disagreed, "Not"),
            ResultColumn("agreed_percent", "text", percent, "Agreed %"),
            ResultColumn("what", "text", [_WHAT[name] for name in PREDICTIONS], "What"),
        ),
        (
            "Each step of the trace is predicted from all before it; then the model takes what "
            "came. Sweeps without an event are inferred.",
        ),
    )


def _percent(part: int, whole: int) -> str:
    """Rounded down, so that only all is 100 %."""
    return f"{part * 1_000_000 // whole / 10_000:.4f}" if whole else "-"


def _disagreements(outcome: Mapping[str, Any], rows: int) -> ResultTable:
    examples = [Disagreement(*example) for example in outcome["examples"]]
    examples.sort(key=lambda example: (example.number, example.prediction))
    shown = examples[:rows] if rows else examples
    columns: dict[str, tuple[str, str, list[Any]]] = {
        "event": ("Event", _COUNTS, [e.number for e in shown]),
        "time_ns": ("Time", "ns", [e.time_ns for e in shown]),
        "proc": ("P", "text", [str(e.proc) if e.proc >= 0 else "-" for e in shown]),
        "span_page": ("Span", "text", [str(e.place) if e.place >= 0 else "-" for e in shown]),
        "predicted": ("Predicted", "text", [_value(e, e.predicted) for e in shown]),
        "happened": ("Happened", "text", [_value(e, e.happened) for e in shown]),
    }
    names = [PREDICTIONS[e.prediction] for e in shown]
    return ResultTable(
        "disagreements",
        "First disagreements of each prediction",
        (
            ResultColumn("prediction", "text", names, "Prediction", is_key=True),
            *(ResultColumn(n, unit, values, title) for n, (title, unit, values) in columns.items()),
        ),
        (
            "Events count from 0 in the order of `gotrace events`; spans and pages are numbers of "
            "8 KiB pages from the lowest of the heap.",
        ),
    )


def _value(example: Disagreement, value: int) -> str:
    name = PREDICTIONS[example.prediction]
    if name == "refill" and value < 0:
        return "fresh"
    if name == "sweep":
        return "again" if value else "once"
    if name == "size_class" and value in (0, 1) and example.predicted == 1:
        return "fits" if value else "does not fit"
    if name == "span_class":
        return "no pointers" if value else "pointers"
    return str(value)


def _seen(seen: list[tuple[str, str, int]]) -> ResultTable:
    return ResultTable(
        "counters",
        "What else was seen",
        (
            ResultColumn("counter", "text", [name for name, _, _ in seen], "Counter", is_key=True),
            ResultColumn("count", _COUNTS, [count for _, _, count in seen], "Count"),
            ResultColumn("what", "text", [what for _, what, _ in seen], "What"),
        ),
    )


def _findings(outcome: Mapping[str, Any]) -> tuple[Finding, ...]:
    wrong = contradictions(outcome)
    if not wrong:
        return ()
    return (
        Finding(
            "model-contradicted",
            "size or span classes are not those of the model",
            "",
            wrong,
            _COUNTS,
            Certainty.EXACT,
            weight=Weight.HIGH,
            advice="the trace is of another Go version or a GOEXPERIMENT, or damaged; else it is a "
            "fault of the model: please report it",
        ),
    )
