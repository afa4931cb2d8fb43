"""A collection from end to end: start, mark termination, sweep; what happens while all stand still.

Sources: `gcStart`, `gcMarkDone` and `gcMarkTermination` in `runtime/mgc.go`, `runtime/mgcsweep.go`;
before go1.5 `gc` in `runtime/mgc0.c`.
"""

from __future__ import annotations

from gotrace.model.marking.barriers import flush
from gotrace.model.marking.graph import bits_of, numbers_in
from gotrace.model.marking.rules import Rules
from gotrace.model.marking.scanning import (
    drain,
    scan_global,
    scan_stack,
    words_of_stack,
)
from gotrace.model.marking.shading import shade_all
from gotrace.model.marking.world import Phase, World

__all__ = ["is_marked_out", "start", "sweep", "sweep_all", "terminate", "unswept_spans"]


def start(world: World, rules: Rules) -> World:
    """The first stop: sweep what is left, turn the barrier on, forget the marks.

    Collectors that stop to mark do all of it here.
    """
    world = sweep_all(world)
    goroutines = len(world.graph.stacks)
    world = world._replace(
        phase=Phase.MARK,
        cycle=world.cycle + 1,
        marked=0,
        scanned_globals_count=0,
        scanned_stacks=0,
        balances_bytes=(0,) * goroutines,
        credit_bytes=0,
    )
    if rules.stops_to_mark or rules.stops_to_scan_stacks:
        for goroutine in range(goroutines):
            world = scan_stack(world, rules, goroutine)
    if rules.stops_to_mark:
        for _ in world.graph.globals:
            world = scan_global(world, rules)
        return terminate(drain(world, rules), rules)
    return world


def is_marked_out(world: World) -> bool:
    """Whether all roots are scanned and nothing is grey: marking may end (`gcMarkDone`).

    Pointers that barriers took down do not count: that they may be there is the difficulty.
    """
    graph = world.graph
    return (
        world.phase is Phase.MARK
        and not world.has_grey
        and world.scanned_globals_count == len(graph.globals)
        and world.scanned_stacks == (1 << len(graph.stacks)) - 1
    )


def terminate(world: World, rules: Rules) -> World:
    """The second stop: mark termination.

    Buffers are emptied. What that, or roots scanned once more, made grey is marked here, or else
    (go1.12 on) the world goes on and marking with it. Then the barrier is off.
    """
    for goroutine in range(len(world.buffers)):
        world = flush(world, rules, goroutine)
    if world.has_grey and not rules.marks_in_termination:
        return world
    if rules.rescans_globals:
        world = shade_all(world, rules, world.graph.globals)
    if rules.rescans_stacks:
        for goroutine in range(len(world.graph.stacks)):
            world = shade_all(world, rules, words_of_stack(world, rules, goroutine))
    world = drain(world, rules)
    world = world._replace(
        phase=Phase.OFF,
        unswept=world.existing,
        balances_bytes=(0,) * len(world.balances_bytes),
    )
    return sweep_all(world) if rules.stops_to_sweep else world


def unswept_spans(world: World) -> tuple[int, ...]:
    """The spans that the sweeper has still to visit, lowest first."""
    objects = world.graph.objects
    return tuple(sorted({objects[number].span for number in numbers_in(world.unswept)}))


def sweep(world: World, span: int) -> World:
    """Free the white objects of a span; what was allocated since the mark ended stays."""
    objects = world.graph.objects
    here = bits_of(number for number in numbers_in(world.unswept) if objects[number].span == span)
    return world._replace(unswept=world.unswept & ~here, freed=world.freed | (here & ~world.marked))


def sweep_all(world: World) -> World:
    """Every span that is left."""
    return world._replace(unswept=0, freed=world.freed | (world.unswept & ~world.marked))
