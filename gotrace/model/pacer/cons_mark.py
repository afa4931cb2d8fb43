"""Cons/mark: how many bytes a program allocates while the collector marks one, per CPU time each.

From it follows the runway, which is how long before the goal a cycle should start so that no
goroutine has to assist. Source: `endCycle` and `commit` in `runtime/mgcpacer.go`.
"""

from __future__ import annotations

from gotrace.model.pacer.integers import divided, uint64, uint64_of
from gotrace.model.pacer.pi_controller import CONS_MARK_CONTROLLER
from gotrace.model.pacer.rules import EndedCycle, PacerState
from gotrace.model.pacer.workers import BACKGROUND_UTILISATION

__all__ = ["largest_of_five", "measured_cons_mark", "runway", "smoothed"]


def measured_cons_mark(cycle: EndedCycle) -> float | None:
    """What the cycle measured; None if nothing was allocated while it marked.

    Time in which idle Ps marked counts for the mark, and is not taken from the program.
    """
    if cycle.heap_live_bytes <= cycle.triggered_bytes:
        return None
    utilisation, idle = BACKGROUND_UTILISATION, 0.0
    if cycle.duration_ns > 0:
        cpu_ns = float(cycle.duration_ns * cycle.procs)
        utilisation += divided(float(cycle.assist_ns), cpu_ns)
        idle = divided(float(cycle.idle_mark_ns), cpu_ns)
    allocated = float(uint64(cycle.heap_live_bytes - cycle.triggered_bytes))
    return divided(
        allocated * (utilisation + idle), float(cycle.scan_work_bytes) * (1 - utilisation)
    )


def largest_of_five(state: PacerState, cycle: EndedCycle) -> PacerState:
    """From go1.20 on: the largest of this measurement and the four before."""
    measured = measured_cons_mark(cycle)
    if measured is None:
        return state
    largest = measured
    for before in state.last_cons_marks:
        if before > largest:
            largest = before
    return PacerState(cons_mark=largest, last_cons_marks=(*state.last_cons_marks[1:], measured))


def smoothed(state: PacerState, cycle: EndedCycle) -> PacerState:
    """go1.18 and go1.19: a PI controller follows the measurements."""
    measured = measured_cons_mark(cycle)
    if measured is None:
        return state
    cons_mark, integral, is_sound = CONS_MARK_CONTROLLER.next(
        state.error_integral, state.cons_mark, measured, 1.0
    )
    return PacerState(cons_mark=cons_mark if is_sound else 0.0, error_integral=integral)


def runway(cons_mark: float, scan_bytes: int) -> int:
    """Bytes the program will allocate while `scan_bytes` are marked with a quarter of the CPU."""
    share = cons_mark * (1 - BACKGROUND_UTILISATION) / BACKGROUND_UTILISATION
    return uint64_of(share * float(scan_bytes))
