"""The lines of `GODEBUG=gcpacertrace=1`, as every version since Go 1.5 prints them.

From `runtime/mgc.go` and `runtime/mgcpacer.go` (startCycle, endCycle) and `runtime/mgcsweep.go`::

    pacer: assist ratio=+1.2e+000 (scan 1 MB in 70->71 MB) workers=2+0             start, all
    pacer: H_m_prev=30488736 h_t=+2.3e-001 H_T=37605024 h_a=... u_a/u_g=...        end, 1.5 to 1.17
    pacer: 36% CPU (25 exp.) for 44760+1984+153562 B work (153562 B exp.) in
        4022272 B -> 4169728 B (goal distance -24576, cons/mark +0.0e+000)         end, 1.18+
    pacer: sweep done at heap size 29MB; allocated 0MB of spans; swept 3752 pages  sweep

The end line of Go 1.18 has the trigger where later ones have heapLive at the start of the cycle
(`refine.py` tells them apart). Floating-point numbers are like `+1.188291e+000`; since Go 1.27 they
are as short as can be.
"""

from __future__ import annotations

import re

from gotrace.readers.gclog.cycle_lines import MIB

__all__ = ["parse_pacer"]

Values = dict[str, int | float | str]

_FLOAT = rb"([-+]?(?:[\d.]{1,30}(?:e[-+]?\d{1,4})?|Inf|NaN))"
_INT = rb"(-?\d{1,20})"

_START = re.compile(
    rb"pacer: assist ratio=" + _FLOAT + rb" \(scan " + _INT + rb" MB in " + _INT + rb"->" + _INT
    + rb" MB\) workers=" + _INT + rb"\+" + _FLOAT
)  # fmt: skip
_FEEDBACK = re.compile(
    rb"pacer: H_m_prev=" + _INT + rb" h_t=" + _FLOAT + rb" H_T=" + _INT + rb" h_a=" + _FLOAT
    + rb" H_a=" + _INT + rb" h_g=" + _FLOAT + rb" H_g=" + _INT + rb" u_a=" + _FLOAT + rb" u_g="
    + _FLOAT + rb" W_a=" + _INT
)  # fmt: skip
_END = re.compile(
    rb"pacer: " + _INT + rb"% CPU \(" + _INT + rb" exp\.\) for " + _INT + rb"\+" + _INT + rb"\+"
    + _INT + rb" B work \(" + _INT + rb" B exp\.\) in " + _INT + rb" B -> " + _INT
    + rb" B \([^ ()]{0,8}goal " + _INT + rb", cons/mark " + _FLOAT + rb"\)"
)  # fmt: skip
_SWEEP = re.compile(
    rb"pacer: sweep done at heap size " + _INT + rb"MB; allocated " + _INT
    + rb"MB (?:of spans|during sweep); swept " + _INT + rb" pages(?: at " + _FLOAT
    + rb" pages/byte)?"
)  # fmt: skip

_LARGEST = 1 << 62


def parse_pacer(text: bytes) -> Values | None:
    """Column of `gc_pacing` → value, of the line that `text` begins with; None for any other.

    What is unknown (negative or impossible sizes) is left out.
    """
    for pattern, read in _LAYOUTS:
        match = pattern.match(text)
        if match is not None:
            try:
                found = read([group.decode() if group else "" for group in match.groups()])
            except ValueError:  # a number such as 1.2.3
                return None
            return {name: value for name, value in found.items() if _is_told(value)}
    return None


def _start(fields: list[str]) -> Values:
    ratio, scan, start, goal, dedicated, fractional = fields
    return {
        "kind": "start",
        "assist_ratio": float(ratio),
        "heap_scan_bytes": int(scan) * MIB,
        "heap_live_start_bytes": int(start) * MIB,
        "goal_bytes": int(goal) * MIB,
        "dedicated_workers_count": int(dedicated),
        "fractional_utilisation_ratio": float(fractional),
        "resolution_bytes": MIB,
    }


def _feedback(fields: list[str]) -> Values:
    marked, h_t, trigger, h_a, end, h_g, goal, u_a, u_g, work = fields
    return {
        "kind": "end",
        "previous_marked_bytes": int(marked),
        "trigger_ratio": float(h_t),
        "trigger_bytes": int(trigger),
        "actual_growth_ratio": float(h_a),
        "heap_live_end_bytes": int(end),
        "goal_growth_ratio": float(h_g),
        "goal_bytes": int(goal),
        "utilisation_ratio": float(u_a),
        "goal_utilisation_ratio": float(u_g),
        "heap_scan_work_bytes": int(work),
        "resolution_bytes": 1,
    }


def _end(fields: list[str]) -> Values:
    percent, wanted, heap, stacks, globals_, expected, start, end, distance, cons_mark = fields
    return {
        "kind": "end",
        "utilisation_ratio": int(percent) / 100,
        "goal_utilisation_ratio": int(wanted) / 100,
        "heap_scan_work_bytes": int(heap),
        "stack_scan_work_bytes": int(stacks),
        "globals_scan_work_bytes": int(globals_),
        "expected_scan_work_bytes": int(expected),
        "heap_live_start_bytes": int(start),
        "heap_live_end_bytes": int(end),
        "goal_bytes": int(end) - int(distance),
        "cons_mark_ratio": float(cons_mark),
        "resolution_bytes": 1,
    }


def _sweep(fields: list[str]) -> Values:
    live, allocated, pages, ratio = fields
    found: Values = {
        "kind": "sweep",
        "heap_live_end_bytes": int(live) * MIB,
        "allocated_bytes": int(allocated) * MIB,
        "swept_pages_count": int(pages),
        "resolution_bytes": MIB,
    }
    return {**found, "sweep_ratio": float(ratio)} if ratio else found


_LAYOUTS = ((_START, _start), (_END, _end), (_SWEEP, _sweep), (_FEEDBACK, _feedback))


def _is_told(value: int | float | str) -> bool:
    """Sizes of exabytes stand for none (`GOGC=off`), negative ones for a heap that shrank."""
    return not isinstance(value, int) or 0 <= value < _LARGEST
