"""`analyse_gc_cost`: what memory costs in CPU time, and which call sites pay for it."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.estimates import largest
from gotrace.analyses.gc_cost.classify import rule_of_samples
from gotrace.analyses.gc_cost.cpu_values import cpu_profile, cpu_values
from gotrace.analyses.gc_cost.findings import cost_findings
from gotrace.analyses.gc_cost.scanned import ScannedTypes
from gotrace.analyses.gc_cost.sites import allocated_bytes, site_costs
from gotrace.analyses.gc_cost.split import Split
from gotrace.analyses.gc_cost.tables import line_table, site_table
from gotrace.analyses.result import Result
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording
from gotrace.units import format_duration

__all__ = ["analyse_gc_cost"]

_BY_BYTES = "in proportion to the bytes that sites allocated"
_BY_SAMPLES = "in proportion to the samples of mallocgc that sites have themselves"
_TO_NOBODY = "nothing tells who allocates"


def analyse_gc_cost(
    recording: Recording,
    allocations: Recording | None = None,
    *,
    focus: str = "",
    rows: int = 0,
    scanned: ScannedTypes | None = None,
) -> Result:
    """The share of each kind of memory work in a CPU profile, and the sites that pay for it.

    `recording` is a CPU profile or a trace with `cpu_samples`; `allocations` a heap or allocs
    profile of the same program, by whose bytes the collector's work is charged. `focus` is a
    regular expression (Go's, as of pprof's `-focus`) of functions whose lines are listed. `scanned`
    is what was folded over a trace's `types` and `objects`, where there are such. Tables of sites,
    lines and types have at most `rows` rows; 0 is all.

    Tables: `split` (by category), `parts` (by part of them), `sites`; `lines` with `focus`,
    `scanned_types` with `scanned`. Times are whole nanoseconds; those of `split` and of `parts` add
    up to the profile exactly. Raises UsageError for recordings of another kind and bad expressions.
    """
    profile = cpu_profile(recording)
    split = Split(cpu_values(profile), rule_of_samples(profile))
    weights = allocated_bytes(allocations) if allocations is not None else None
    sites = site_costs(profile, split.values, split.direct, split.to_charge, weights)
    rule = _BY_SAMPLES if weights is None else _BY_BYTES
    tables = [split.table(), split.parts(), site_table(sites, split, rule, rows)]
    if focus:
        tables.append(line_table(profile, allocations, split, focus, rows))
    marked = scanned and scanned.table(split.marking_ns, split.values.total_ns, rows)
    if marked:
        tables.append(marked)
    order = largest(sites.total_ns, rows)
    named = [(_where(*sites.places[row]), int(sites.total_ns[row]), float(sites.errors[row]))
             for row in order[:1]]  # fmt: skip
    charged_ns = int(sites.charge.time_ns.sum())
    left_ns = split.to_charge[0] - charged_ns
    return Result(
        "gc_cost",
        "What memory costs in CPU time",
        split.facts(charged_ns, _TO_NOBODY if left_ns else rule),
        tuple(tables),
        tuple(cost_findings(split.costs(named, rule))),
        _notes(split, left_ns, profile),
    )


def _where(function: str, place: str) -> str:
    return f"{function} ({place})" if place else function


def _notes(split: Split, left_ns: int, profile: Recording) -> tuple[Note, ...]:
    notes = list(profile.notes)
    if left_ns:
        message = f"{_TO_NOBODY}: {format_duration(left_ns)} of the collector are charged to none"
        notes.append(Note(Severity.INFO, "gc-cost-not-charged", message))
    if int(np.abs(split.values.count).sum()) == 0:
        message = "the profile has no samples: the program used no CPU while it was recorded"
        notes.append(Note(Severity.INFO, "no-cpu-samples", message))
    return tuple(notes)
