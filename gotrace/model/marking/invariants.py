"""What must hold between any two steps, and what a collector that breaks it has lost.

Scanned slots are those of black objects, those of half-scanned ones that the scan has passed, and
the globals it has passed; scanned stacks count where nobody scans them again. A pointer that a
barrier took down is as good as shaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gotrace.model.marking.graph import Pointer, bits_of, letter, numbers_in, reachable
from gotrace.model.marking.rules import Invariant, Rules
from gotrace.model.marking.world import Phase, World

__all__ = ["Hidden", "broken", "lost", "protected", "strong_breaches", "weak_breaches"]


class Hidden(NamedTuple):
    """A white object behind the collector's back, and who holds it."""

    holder: str
    number: int


def lost(world: World) -> int:
    """Objects that the program can reach and the collector has freed, or is about to."""
    gone = world.freed | (world.unswept & ~world.marked)
    return gone & reachable(world.graph) if gone else 0


def broken(world: World, rules: Rules) -> list[Hidden]:
    """Where the world breaks the invariant that the rules promise; empty if nowhere."""
    if rules.promise is Invariant.STRONG:
        return strong_breaches(world, rules)
    if rules.promise is Invariant.WEAK:
        return weak_breaches(world, rules)
    return []


def strong_breaches(world: World, rules: Rules) -> list[Hidden]:
    """White objects that scanned slots of objects and guarded globals point to."""
    if world.phase is not Phase.MARK:
        return []
    safe = world.marked | world.buffered
    return _hidden(_scanned_heap(world, rules), safe)


def weak_breaches(world: World, rules: Rules) -> list[Hidden]:
    """White objects that scanned slots or stacks point to, and no grey object leads to."""
    if world.phase is not Phase.MARK:
        return []
    scanned = _scanned_heap(world, rules)
    if not rules.rescans_stacks:
        scanned = (*scanned, *_scanned_stacks(world))
    found = _hidden(scanned, world.marked)
    safe = protected(world, rules) if found else 0
    return [hidden for hidden in found if not safe >> hidden.number & 1]


def protected(world: World, rules: Rules) -> int:
    """White objects to which a chain of white ones leads from something the scan will come to.

    Stacks that are still grey do not count: what they hold can be dropped without a barrier.
    """
    slots: list[Pointer] = list(numbers_in(world.buffered))
    passed = dict(world.scanning)
    for number in numbers_in(world.grey):
        slots.extend(world.graph.objects[number].slots[passed.get(number, 0) :])
    if rules.guards_globals:
        slots.extend(world.graph.globals[world.scanned_globals_count :])
    found = bits_of(slots) & ~world.marked
    todo = list(numbers_in(found))
    while todo:
        slots_of = world.graph.objects[todo.pop()].slots
        new = bits_of(slots_of) & ~world.marked & ~found
        found |= new
        todo.extend(numbers_in(new))
    return found


def _hidden(scanned: tuple[tuple[str, tuple[Pointer, ...]], ...], safe: int) -> list[Hidden]:
    return [
        Hidden(holder, number)
        for holder, slots in scanned
        for number in numbers_in(bits_of(slots) & ~safe)
    ]


def _scanned_heap(world: World, rules: Rules) -> tuple[tuple[str, tuple[Pointer, ...]], ...]:
    return tuple(_heap_slots(world, rules))


def _heap_slots(world: World, rules: Rules) -> Iterator[tuple[str, tuple[Pointer, ...]]]:
    objects = world.graph.objects
    for number in numbers_in(world.black):
        yield letter(number), objects[number].slots
    for number, passed in world.scanning:
        yield letter(number), objects[number].slots[:passed]
    if rules.guards_globals:
        yield "the globals", world.graph.globals[: world.scanned_globals_count]


def _scanned_stacks(world: World) -> tuple[tuple[str, tuple[Pointer, ...]], ...]:
    return tuple(
        (f"the stack of g{goroutine + 1}", world.graph.stacks[goroutine])
        for goroutine in numbers_in(world.scanned_stacks)
    )
