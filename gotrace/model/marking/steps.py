"""The collector's steps, which of them can come next, and what any goroutine could do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gotrace.model.marking import cycle, scanning
from gotrace.model.marking.assists import earn, is_parked
from gotrace.model.marking.barriers import flush
from gotrace.model.marking.graph import numbers_in
from gotrace.model.marking.mutators import (
    Allocate,
    Drop,
    Load,
    LoadGlobal,
    MutatorStep,
    Shape,
    Store,
    StoreGlobal,
)
from gotrace.model.marking.rules import Order, Rules
from gotrace.model.marking.scanning import WORD_BYTES
from gotrace.model.marking.world import Phase, World

__all__ = [
    "Flush",
    "ScanGlobal",
    "ScanObject",
    "ScanStack",
    "ScanWord",
    "Start",
    "Step",
    "Sweep",
    "TakeSpan",
    "Terminate",
    "collector_steps",
    "mutator_steps",
    "next_collector_step",
]


class Step(Protocol):
    """One thing that happens while nothing else does."""

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        ...


@dataclass(frozen=True)
class Start:
    """The first stop of the world."""

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return cycle.start(world, rules)


@dataclass(frozen=True)
class ScanGlobal:
    """The next global."""

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return scanning.scan_global(world, rules)


@dataclass(frozen=True)
class ScanStack:
    """One goroutine stands still, its stack is scanned."""

    goroutine: int

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return scanning.scan_stack(world, rules, self.goroutine)


@dataclass(frozen=True)
class ScanWord:
    """One word of a grey object."""

    number: int

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return scanning.scan_word(world, rules, self.number)


@dataclass(frozen=True)
class ScanObject:
    """A grey object at once, as if nobody wrote to it meanwhile."""

    number: int

    def run(self, world: World, rules: Rules) -> World:
        """The world after it; the work is credit for assists."""
        words = scanning.words_of_object(world, rules, self.number)
        world = scanning.scan_object(world, rules, self.number)
        return earn(world, rules, WORD_BYTES * len(words))


@dataclass(frozen=True)
class TakeSpan:
    """Green Tea: the next span of the queue."""

    span: int

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return scanning.take_span(world, self.span)


@dataclass(frozen=True)
class Flush:
    """What the barrier of one P took down is shaded."""

    goroutine: int

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return flush(world, rules, self.goroutine)


@dataclass(frozen=True)
class Terminate:
    """The second stop of the world; may turn out to be too early (go1.12 on)."""

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return cycle.terminate(world, rules)


@dataclass(frozen=True)
class Sweep:
    """The white objects of one span become free."""

    span: int

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return cycle.sweep(world, self.span)


def next_collector_step(world: World, rules: Rules) -> Step:
    """What a single worker does next, in Go's order: roots, objects, spans, barriers' buffers.

    Then mark termination and the sweep; when nothing is left to do it starts the next collection.
    """
    if world.phase is Phase.OFF:
        left = cycle.unswept_spans(world)
        return Sweep(left[0]) if left else Start()
    if world.scanned_globals_count < len(world.graph.globals):
        return ScanGlobal()
    for goroutine in range(len(world.graph.stacks)):
        if world.is_stack_grey(goroutine):
            return ScanStack(goroutine)
    number = scanning.next_grey(world)
    if number is not None:
        return ScanObject(number)
    if world.spans:
        return TakeSpan(world.spans[0])
    for goroutine, taken in enumerate(world.buffers):
        if taken:
            return Flush(goroutine)
    return Terminate()


def collector_steps(world: World, rules: Rules) -> Iterator[Step]:
    """Every step that some worker could do next, but for `Start`; objects word by word."""
    if world.phase is Phase.OFF:
        yield from map(Sweep, cycle.unswept_spans(world))
        return
    if world.scanned_globals_count < len(world.graph.globals):
        yield ScanGlobal()
    for goroutine in range(len(world.graph.stacks)):
        if world.is_stack_grey(goroutine):
            yield ScanStack(goroutine)
    for number, _ in world.scanning:
        yield ScanWord(number)
    yield from map(ScanWord, world.work)
    if rules.order is Order.ANY:
        yield from map(ScanWord, numbers_in(world.waiting))
    yield from map(TakeSpan, world.spans)
    yield from (Flush(goroutine) for goroutine, taken in enumerate(world.buffers) if taken)
    if cycle.is_marked_out(world):
        yield Terminate()


def mutator_steps(
    world: World, shapes: Sequence[Shape] = (), most_objects: int = 0
) -> Iterator[MutatorStep]:
    """Every step that a goroutine could do next; allocations up to `most_objects` objects."""
    for goroutine in range(len(world.graph.stacks)):
        if not is_parked(world, goroutine):
            yield from _steps_of(world, goroutine)
            if len(world.graph.objects) < most_objects:
                for to in range(len(world.graph.stacks[goroutine])):
                    yield from (Allocate(goroutine, to, shape) for shape in shapes)


def _steps_of(world: World, goroutine: int) -> Iterator[MutatorStep]:
    graph = world.graph
    stack = graph.stacks[goroutine]
    held = [at for at, number in enumerate(stack) if number is not None]
    values: list[int | None] = [None, *held]
    yield from (Drop(goroutine, at) for at in held)
    for index, number in enumerate(graph.globals):
        if number is not None:
            yield from (LoadGlobal(goroutine, to, index) for to in range(len(stack)))
        yield from (StoreGlobal(goroutine, index, value) for value in values)
    for at in held:
        slots = graph.objects[stack[at] or 0].slots
        for slot, number in enumerate(slots):
            if number is not None:
                yield from (Load(goroutine, to, at, slot) for to in range(len(stack)))
            yield from (Store(goroutine, at, slot, value) for value in values)
