"""Mark assists: who allocates while the collector marks owes marking, and pays before it goes on.

An allocation is a debt in bytes. What background workers scanned is credit, which pays first; for
the rest the goroutine scans by itself, at least `least_work_bytes`. If there is nothing to scan it
stands still until background work pays or the cycle ends. Sources: `gcAssistAlloc`,
`gcParkAssist` and `gcFlushBgCredit` in `runtime/mgcmark.go`.
"""

from __future__ import annotations

from gotrace.model.marking.rules import Assists, Rules
from gotrace.model.marking.scanning import do_one_job
from gotrace.model.marking.world import Phase, World

__all__ = ["assist", "earn", "is_parked"]


def is_parked(world: World, goroutine: int) -> bool:
    """Whether the goroutine waits for somebody to pay its debt."""
    return world.phase is Phase.MARK and world.balances_bytes[goroutine] < 0


def assist(world: World, rules: Rules, goroutine: int, slot_bytes: int) -> World:
    """Take `slot_bytes` from the goroutine's balance; below 0 it pays: with credit, with work."""
    terms = rules.assists
    if terms is None or world.phase is not Phase.MARK:
        return world
    world = _add(world, goroutine, -slot_bytes)
    debt = -world.balances_bytes[goroutine]
    if debt <= 0:
        return world
    owed = max(int(terms.work_per_byte * debt), terms.least_work_bytes)
    stolen = min(world.credit_bytes, owed)
    if stolen:
        world = world._replace(credit_bytes=world.credit_bytes - stolen)
        world = _add(world, goroutine, _worth(terms, stolen))
    owed -= stolen
    while owed > 0 and (job := do_one_job(world, rules)) is not None:
        world, work_bytes = job
        world = _add(world, goroutine, _worth(terms, work_bytes))
        owed -= work_bytes
    return world


def earn(world: World, rules: Rules, work_bytes: int) -> World:
    """Background work: it pays for goroutines that wait, the lowest first, then it is credit."""
    terms = rules.assists
    if terms is None:
        return world
    for goroutine in range(len(world.balances_bytes)):
        if work_bytes <= 0:
            break
        if is_parked(world, goroutine):
            needed = int(terms.work_per_byte * -world.balances_bytes[goroutine])
            paid = min(work_bytes, max(needed, 1))
            world = _add(world, goroutine, _worth(terms, paid))
            work_bytes -= paid
    return world._replace(credit_bytes=world.credit_bytes + max(work_bytes, 0))


def _worth(terms: Assists, work_bytes: int) -> int:
    """How many allocated bytes some work pays for: one more than the ratio says, as in Go."""
    return 1 + int(work_bytes / terms.work_per_byte)


def _add(world: World, goroutine: int, change_bytes: int) -> World:
    balances = list(world.balances_bytes)
    balances[goroutine] += change_bytes
    return world._replace(balances_bytes=tuple(balances))
