"""Who marks in the background: a quarter of the Ps, in whole ones and a fraction.

Source: `startCycle` in `runtime/mgcpacer.go` (to go1.16 in `runtime/mgc.go`).
"""

from __future__ import annotations

from gotrace.model.pacer.rules import Workers

__all__ = ["BACKGROUND_UTILISATION", "background_workers", "truncated_workers"]

BACKGROUND_UTILISATION = 0.25
"""Share of all Ps that marks (`gcBackgroundUtilization`)."""

_MAX_ERROR = 0.3


def background_workers(procs: int, is_periodic: bool = False) -> Workers:
    """From go1.10 on; a fraction helps where whole Ps miss the goal by more than 30 %."""
    procs = max(procs, 1)
    wanted = procs * BACKGROUND_UTILISATION
    dedicated = int(wanted + 0.5)
    fractional = 0.0
    if abs(dedicated / wanted - 1) > _MAX_ERROR:
        dedicated -= dedicated > wanted
        fractional = (wanted - dedicated) / procs
    idle = (0 if dedicated else 1) if is_periodic else procs - dedicated
    return Workers(dedicated, fractional, idle)


def truncated_workers(procs: int) -> Workers:
    """go1.5 to go1.9: whole Ps rounded down; the rest is the share of one worker on any P."""
    wanted = procs * BACKGROUND_UTILISATION
    return Workers(int(wanted), wanted - int(wanted), procs)
