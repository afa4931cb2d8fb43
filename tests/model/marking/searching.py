"""Small worlds and the search of all their interleavings, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gotrace.model.marking.graph import Graph, HeapObject
from gotrace.model.marking.invariants import broken, lost
from gotrace.model.marking.milestones import milestone_for
from gotrace.model.marking.mutators import Shape
from gotrace.model.marking.rules import Order, Rules
from gotrace.model.marking.search import Found, search
from gotrace.model.marking.steps import Start, Step, collector_steps, mutator_steps
from gotrace.model.marking.world import Phase, World, new_world

__all__ = ["ALONE", "GLOBAL", "PAIR", "SHARED", "TOGETHER", "any_order", "search_losses"]

_A_TO_B = (HeapObject((1,), span=0), HeapObject((None,), span=1))
ALONE = Graph(_A_TO_B, stacks=((0, None),))
"""A points to B; one goroutine holds A and has room for one pointer more."""
SHARED = Graph(_A_TO_B, stacks=((0,), (0,)))
"""Two goroutines hold A; one pointer each."""
GLOBAL = Graph(_A_TO_B, (0,), ((None,),))
"""A global holds A; a goroutine has room for a pointer."""
TOGETHER = ALONE._replace(objects=tuple(thing._replace(span=0) for thing in _A_TO_B))
"""A and B in one span."""
PAIR = Graph((HeapObject((1, None), span=0), HeapObject((), span=1)), stacks=((0, None),))
"""A, of two slots, points to B, which is noscan."""


def any_order(runtime: str, buffer_entries: int = 0) -> Rules:
    """The rules of a version, any grey object next, nobody made to assist: more orders, not fewer.

    A buffer of the barrier takes 2 pointers here, not 512: small graphs fill it.
    """
    rules = milestone_for(runtime)[1].rules
    return replace(
        rules, order=Order.ANY, assists=None, buffer_entries=min(rules.buffer_entries, 2)
    )


def search_losses(
    graph: Graph, rules: Rules, most_objects: int = 0, *, is_invariant_wanted: bool = True
) -> Found[Step]:
    """Every interleaving of one cycle, until something is lost or the invariant is broken.

    A world in which marking has ended goes no further: what the program cannot reach by then it
    will never reach.
    """

    def steps(world: World) -> Iterator[Step]:
        if world.phase is Phase.MARK:
            yield from collector_steps(world, rules)
            yield from mutator_steps(world, (Shape(1),), most_objects)

    def is_wrong(world: World) -> bool:
        return bool(lost(world) or (is_invariant_wanted and broken(world, rules)))

    first = Start().run(new_world(graph), rules)
    return search(first, lambda world, step: step.run(world, rules), steps, is_wrong, 60_000)
