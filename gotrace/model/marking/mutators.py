"""The program's steps: allocate, read a pointer onto the stack, write one to the heap, drop one.

A goroutine works with what its own stack holds; `at`, `to`, `holder` and `value` are slots of that
stack. Reads and writes of the stack have no barrier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gotrace.model.marking.assists import assist
from gotrace.model.marking.barriers import guard
from gotrace.model.marking.graph import Graph, HeapObject, Pointer
from gotrace.model.marking.rules import Rules
from gotrace.model.marking.world import Phase, World

__all__ = [
    "MUTATOR_STEPS",
    "Allocate",
    "Drop",
    "Load",
    "LoadGlobal",
    "MutatorStep",
    "Shape",
    "Store",
    "StoreGlobal",
    "with_new_object",
]


class Shape(NamedTuple):
    """What there is to allocate: a type's pointers and the slot it takes."""

    pointers_count: int
    slot_bytes: int = 16
    size_class: int = 0
    objects_per_span: int = 1


class MutatorStep(Protocol):
    """One thing that a goroutine does; nothing comes between its reads and writes."""

    @property
    def goroutine(self) -> int:
        """Whose step it is."""
        ...

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        ...


@dataclass(frozen=True)
class Allocate:
    """A new object, its pointers nil, on the stack. It assists first if the collector marks."""

    goroutine: int
    to: int
    shape: Shape

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        world = assist(world, rules, self.goroutine, self.shape.slot_bytes)
        number = len(world.graph.objects)
        graph = with_new_object(world.graph, self.shape)
        graph = graph.with_stack_slot(self.goroutine, self.to, number)
        is_black = world.phase is Phase.MARK and rules.is_new_black
        return world._replace(graph=graph, marked=world.marked | (is_black << number))


@dataclass(frozen=True)
class Drop:
    """Forget a pointer: a variable dies, a function returns."""

    goroutine: int
    at: int

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return _put(world, self.goroutine, self.at, None)


@dataclass(frozen=True)
class Load:
    """Read a pointer slot of an object onto the stack: no barrier, in no version of Go."""

    goroutine: int
    to: int
    holder: int
    slot: int

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        holder = _held(world, self.goroutine, self.holder)
        value = world.graph.objects[holder].slots[self.slot]
        return _put(world, self.goroutine, self.to, value)


@dataclass(frozen=True)
class LoadGlobal:
    """Read a global onto the stack."""

    goroutine: int
    to: int
    index: int

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        return _put(world, self.goroutine, self.to, world.graph.globals[self.index])


@dataclass(frozen=True)
class Store:
    """Write a pointer of the stack, or nil (`value` None), to a slot of an object."""

    goroutine: int
    holder: int
    slot: int
    value: int | None

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        holder = _held(world, self.goroutine, self.holder)
        new = _value(world, self.goroutine, self.value)
        old = world.graph.objects[holder].slots[self.slot]
        world = guard(world, rules, self.goroutine, old, new)
        return world._replace(graph=world.graph.with_slot(holder, self.slot, new))


@dataclass(frozen=True)
class StoreGlobal:
    """Write a pointer of the stack, or nil, to a global; guarded since go1.7."""

    goroutine: int
    index: int
    value: int | None

    def run(self, world: World, rules: Rules) -> World:
        """The world after it."""
        new = _value(world, self.goroutine, self.value)
        if rules.guards_globals:
            old = world.graph.globals[self.index]
            world = guard(world, rules, self.goroutine, old, new)
        return world._replace(graph=world.graph.with_global(self.index, new))


MUTATOR_STEPS = (Allocate, Drop, Load, LoadGlobal, Store, StoreGlobal)
"""Everything that a program does."""


def with_new_object(graph: Graph, shape: Shape) -> Graph:
    """A graph with one object more, in the newest span of its shape that has room."""
    same = [
        thing.span
        for thing in graph.objects
        if (thing.slot_bytes, thing.size_class) == (shape.slot_bytes, shape.size_class)
        and thing.is_noscan == (shape.pointers_count == 0)
    ]
    if same and same.count(same[-1]) < shape.objects_per_span:
        span = same[-1]
    else:
        span = max((thing.span for thing in graph.objects), default=-1) + 1
    nil: tuple[Pointer, ...] = (None,) * shape.pointers_count
    new = HeapObject(nil, shape.slot_bytes, shape.size_class, span)
    return graph._replace(objects=(*graph.objects, new))


def _held(world: World, goroutine: int, at: int) -> int:
    number = world.graph.stacks[goroutine][at]
    if number is None:
        raise ValueError(f"goroutine {goroutine} follows nil")
    return number


def _value(world: World, goroutine: int, at: int | None) -> Pointer:
    return None if at is None else world.graph.stacks[goroutine][at]


def _put(world: World, goroutine: int, at: int, value: Pointer) -> World:
    return world._replace(graph=world.graph.with_stack_slot(goroutine, at, value))
