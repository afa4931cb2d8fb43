"""All remedies, those that save most first, the general ones behind what is more exact."""

from __future__ import annotations

from collections.abc import Callable

from gotrace.analyses.result import Weight
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.findings import (
    boxing,
    classes,
    growth,
    interning,
    map_growth,
    map_values,
    reuse,
    scanning,
)
from gotrace.analyses.wrestle.findings.remedy import Case, Remedy
from gotrace.analyses.wrestle.findings.settings import find_settings
from gotrace.analyses.wrestle.findings.worth import Benchmarks
from gotrace.analyses.wrestle.sites import Sites
from gotrace.tables.recording import Recording

__all__ = ["remedies"]

_FIND: tuple[Callable[[Case], list[Remedy]], ...] = (
    boxing.find,
    growth.find,
    map_growth.find,
    map_values.find,
    classes.find,
    scanning.find,
    interning.find,
    reuse.find,
)
_GENERAL = ("batch-objects", "pool-objects")
"""What could be said of almost any line: only where nothing more exact is."""
_LEAST = 0.001
"""Remedies that save less are left out."""
_WEIGHTS = (Weight.HIGH, Weight.MEDIUM, Weight.LOW)


def remedies(evidence: Evidence, sites: Sites) -> list[Remedy]:
    """What to try, best first."""
    case = Case(
        sites, Benchmarks(evidence.benchmarks.get("default"), evidence.iterations),
        _ends(evidence.escapes), evidence.source,
    )  # fmt: skip
    found = [made for find in _FIND for made in find(case) if made.saved_high_ratio >= _LEAST]
    exact = {(one.file, one.line) for one in found
             if one.slug not in _GENERAL and one.weight is not Weight.LOW}  # fmt: skip
    kept = [one for one in found if one.slug not in _GENERAL or (one.file, one.line) not in exact]
    kept += find_settings(evidence.whatif, sites)
    return sorted(kept, key=lambda one: (_WEIGHTS.index(one.weight), -one.expected_ratio))


def _ends(escapes: Recording | None) -> dict[int, str]:
    """For rows of `escapes` where the value goes: `result`, `heap`, `interface` or `unknown`."""
    if escapes is None or "escape_flows" not in escapes.columns:
        return {}
    table = escapes.columns["escape_flows"]
    ids, to, how = table.array("escape_id").tolist(), table.array("flows_to"), table.coded("how")
    ends: dict[int, str] = {}
    for row, escape in enumerate(ids):
        target = str(to[row] or "")
        is_result = target.startswith("~r") or how[row] == "return"
        is_boxed = how[row] == "interface-converted" or ends.get(escape) == "interface"
        end = "result" if is_result else "interface" if is_boxed else ""
        if how[row] == "non-constant size" or ends.get(escape) == "unknown":
            end = end or "unknown"  # older compilers stop here, wherever it goes
        ends[escape] = end or ("heap" if target == "{heap}" else "")
    return ends
