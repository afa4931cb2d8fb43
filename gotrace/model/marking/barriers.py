"""Write barriers: what is shaded when the program overwrites a pointer while the collector marks.

The collector looks at each slot once. A program can hide a white object from it by moving the only
pointer to it into a slot that was scanned already; the barrier tells the collector of such moves.
Writes to the writer's own stack have no barrier in any version. The barrier acts before the write.
Sources: `runtime/mbarrier.go`, `runtime/mwbbuf.go` (go1.10 on).
"""

from __future__ import annotations

from gotrace.model.marking.graph import Pointer
from gotrace.model.marking.rules import Barrier, Rules
from gotrace.model.marking.shading import shade_all
from gotrace.model.marking.world import Phase, World

__all__ = ["flush", "guard", "shaded_by_write"]


def shaded_by_write(
    rules: Rules, old: Pointer, new: Pointer, is_stack_grey: bool
) -> tuple[Pointer, ...]:
    """The pointers that the barrier shades when `new` overwrites `old`."""
    if rules.barrier is Barrier.DIJKSTRA:
        return (new,)
    if rules.barrier is Barrier.YUASA:
        return (old,)
    if rules.barrier is Barrier.HYBRID:
        return (old, new) if is_stack_grey or rules.shades_new_always else (old,)
    return ()


def guard(world: World, rules: Rules, goroutine: int, old: Pointer, new: Pointer) -> World:
    """The barrier of one write by `goroutine`; nothing unless the collector marks."""
    if world.phase is not Phase.MARK:
        return world
    shaded = shaded_by_write(rules, old, new, world.is_stack_grey(goroutine))
    if not rules.buffer_entries:
        return shade_all(world, rules, shaded)
    found = tuple(pointer for pointer in shaded if pointer is not None)
    if len(world.buffers[goroutine]) + len(found) > rules.buffer_entries:
        world = flush(world, rules, goroutine)
    return _with_buffer(world, goroutine, world.buffers[goroutine] + found)


def flush(world: World, rules: Rules, goroutine: int) -> World:
    """Shade what the barrier of a P has taken down (`wbBufFlush`)."""
    taken = world.buffers[goroutine]
    return shade_all(_with_buffer(world, goroutine, ()), rules, taken)


def _with_buffer(world: World, goroutine: int, buffer: tuple[int, ...]) -> World:
    buffers = (*world.buffers[:goroutine], buffer, *world.buffers[goroutine + 1 :])
    return world._replace(buffers=buffers)
