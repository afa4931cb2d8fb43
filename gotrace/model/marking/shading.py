"""To shade: mark a white object and put it where the scan of grey objects will find it.

Everything that finds a pointer ends here: roots, scans, barriers. Sources: `greyobject` and `shade`
in `runtime/mgcmark.go`, `tryDeferToSpanScan` in `runtime/mgcmark_greenteagc.go` (go1.25 on).
"""

from __future__ import annotations

from collections.abc import Iterable

from gotrace.model.marking.graph import HeapObject, Pointer
from gotrace.model.marking.rules import Order, Rules
from gotrace.model.marking.world import World

__all__ = ["GREEN_TEA_BYTES", "shade", "shade_all", "waits_on_its_span"]

GREEN_TEA_BYTES = range(16, 513)
"""Slots of these sizes have mark bits in their span (`gcUsesSpanInlineMarkBits`)."""


def waits_on_its_span(thing: HeapObject, rules: Rules) -> bool:
    """Whether a grey object is scanned with others of its span."""
    return rules.order is Order.SPANS and thing.slot_bytes in GREEN_TEA_BYTES


def shade(world: World, rules: Rules, pointer: Pointer) -> World:
    """White becomes grey (noscan objects black); nil, grey and black stay what they are."""
    if pointer is None or world.marked >> pointer & 1:
        return world
    bit = 1 << pointer
    marked = world.marked | bit
    thing = world.graph.objects[pointer]
    if thing.is_noscan:
        return world._replace(marked=marked)
    if rules.order is Order.ANY:
        return world._replace(marked=marked, waiting=world.waiting | bit)
    if not waits_on_its_span(thing, rules):
        return world._replace(marked=marked, work=(*world.work, pointer))
    is_queued = thing.span in world.spans
    spans = world.spans if is_queued else (*world.spans, thing.span)
    return world._replace(marked=marked, waiting=world.waiting | bit, spans=spans)


def shade_all(world: World, rules: Rules, pointers: Iterable[Pointer]) -> World:
    """`shade`, one after the other."""
    for pointer in pointers:
        world = shade(world, rules, pointer)
    return world
