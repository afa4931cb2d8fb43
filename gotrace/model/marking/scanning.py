"""Scanning: roots, and grey objects word by word; what is found is shaded, the scanned turns black.

A goroutine stands still while its stack is scanned, so a stack is one step. Objects and globals
are scanned while the program writes to them, so each of their words is a step. Sources: `markroot`,
`scanstack`, `scanobject` and `gcDrain` in `runtime/mgcmark.go`, `scanSpan` in
`runtime/mgcmark_greenteagc.go`.
"""

from __future__ import annotations

from gotrace.model.marking.graph import Pointer, bits_of, numbers_in
from gotrace.model.marking.rules import Rules
from gotrace.model.marking.shading import shade, shade_all
from gotrace.model.marking.world import Phase, World

__all__ = [
    "WORD_BYTES",
    "do_one_job",
    "drain",
    "next_grey",
    "scan_global",
    "scan_object",
    "scan_stack",
    "scan_word",
    "take_span",
    "words_of_object",
    "words_of_stack",
]

WORD_BYTES = 8


def words_of_object(world: World, rules: Rules, number: int) -> tuple[Pointer, ...]:
    """What the collector takes for pointers in an object."""
    thing = world.graph.objects[number]
    return thing.slots if rules.has_precise_heap else thing.slots + thing.lookalikes


def words_of_stack(world: World, rules: Rules, goroutine: int) -> tuple[Pointer, ...]:
    """What the collector takes for pointers on a stack."""
    stack = world.graph.stacks[goroutine]
    if rules.has_precise_stacks or not world.graph.integers:
        return stack
    return stack + world.graph.integers[goroutine]


def scan_stack(world: World, rules: Rules, goroutine: int) -> World:
    """Shade what a stopped goroutine holds: its stack is black from here on."""
    world = world._replace(scanned_stacks=world.scanned_stacks | 1 << goroutine)
    return shade_all(world, rules, words_of_stack(world, rules, goroutine))


def scan_global(world: World, rules: Rules) -> World:
    """Shade what the next global points to."""
    index = world.scanned_globals_count
    world = world._replace(scanned_globals_count=index + 1)
    return shade(world, rules, world.graph.globals[index])


def scan_word(world: World, rules: Rules, number: int) -> World:
    """Shade what the next word of a grey object points to; after its last word it is black."""
    words = words_of_object(world, rules, number)
    at = next((word for other, word in world.scanning if other == number), 0)
    rest = tuple(entry for entry in world.scanning if entry[0] != number)
    if at + 1 < len(words):
        rest = ((number, at + 1), *rest)
    world = world._replace(
        scanning=rest,
        waiting=world.waiting & ~(1 << number),
        work=tuple(other for other in world.work if other != number),
    )
    return shade(world, rules, words[at])


def scan_object(world: World, rules: Rules, number: int) -> World:
    """A grey object to its last word."""
    while True:
        world = scan_word(world, rules, number)
        if not any(other == number for other, _ in world.scanning):
            return world


def take_span(world: World, span: int) -> World:
    """Green Tea: take a span from the queue; the grey objects it has by now are scanned together.

    It may be queued again, for objects of it that become grey from here on.
    """
    objects = world.graph.objects
    batch = [number for number in numbers_in(world.waiting) if objects[number].span == span]
    return world._replace(
        spans=tuple(other for other in world.spans if other != span),
        waiting=world.waiting & ~bits_of(batch),
        scanning=world.scanning + tuple((number, 0) for number in batch),
    )


def next_grey(world: World) -> int | None:
    """The grey object that one worker scans next: begun ones, then buffers. Spans come last."""
    if world.scanning:
        return world.scanning[0][0]
    if world.work:
        return world.work[-1]
    if world.waiting and not world.spans:  # any order
        return next(numbers_in(world.waiting))
    return None


def drain(world: World, rules: Rules) -> World:
    """Scan until nothing is grey, with nobody in between."""
    while world.has_grey:
        number = next_grey(world)
        if number is None:
            world = take_span(world, world.spans[0])
        else:
            world = scan_object(world, rules, number)
    return world


def do_one_job(world: World, rules: Rules) -> tuple[World, int] | None:
    """What one worker does next, and the bytes it scanned for it; None if there is nothing.

    Roots first: a global, then a stack; then a grey object (`gcDrain`). A span is scanned whole.
    """
    if world.phase is not Phase.MARK:
        return None
    if world.scanned_globals_count < len(world.graph.globals):
        return scan_global(world, rules), WORD_BYTES
    for goroutine, stack in enumerate(world.graph.stacks):
        if world.is_stack_grey(goroutine):
            return scan_stack(world, rules, goroutine), WORD_BYTES * len(stack)
    number = next_grey(world)
    if number is not None:
        work_bytes = WORD_BYTES * len(words_of_object(world, rules, number))
        return scan_object(world, rules, number), work_bytes
    if not world.spans:
        return None
    world = take_span(world, world.spans[0])
    work_bytes = 0
    for number, _ in world.scanning:
        work_bytes += WORD_BYTES * len(words_of_object(world, rules, number))
        world = scan_object(world, rules, number)
    return world, work_bytes
