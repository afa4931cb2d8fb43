"""Graphs to try collectors on: lists, trees, random ones, and one shaped like a service's data.

Made from a seed, the same on every machine. Sizes go through the size rules of the newest Go, so
objects have the slots, classes and spans that the runtime would give them. Every graph has garbage
in it, and on the first stack an integer that looks like the address of some.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from types import MappingProxyType
from typing import TypeVar

from gotrace.errors import UsageError
from gotrace.model.marking.graph import Graph, numbers_in, reachable
from gotrace.model.marking.mutators import Shape, with_new_object
from gotrace.model.sizes import size_rules
from gotrace.model.versions import NEWEST

__all__ = ["KINDS", "NODE", "generated_graph", "pick", "shape_of"]

_T = TypeVar("_T")


def pick(random: Random, among: Sequence[_T]) -> _T:
    """One of several; by `random.random` alone, which no Python version changes."""
    return among[int(random.random() * len(among))]


def shape_of(size_bytes: int, pointers_count: int) -> Shape:
    """What a type of so many bytes with so many pointers takes."""
    request = size_rules(str(NEWEST)).request(size_bytes, pointers_count > 0)
    return Shape(pointers_count, request.slot_bytes, request.size_class, request.objects_per_span)


NODE = shape_of(24, 2)
"""A tree's node: left, right, a number."""
ELEMENT = shape_of(48, 3)
"""A list's element: next, previous, value."""
TEXT = shape_of(20, 0)
"""The bytes of a string."""
ORDER = shape_of(64, 2)
"""An order: its customer, its lines."""
CUSTOMER = shape_of(40, 1)
"""A customer: the bytes of a name, numbers."""
LINES = shape_of(600, 0)
"""The lines of an order: numbers."""
_RANDOM = (shape_of(8, 1), NODE, ELEMENT, TEXT, shape_of(1024, 2))


def generated_graph(kind: str, objects_count: int, seed: object, goroutines: int = 2) -> Graph:
    """About `objects_count` objects; a global leads to them, stacks of three slots hold a few.

    The kinds are `KINDS`. Raises UsageError for any other.
    """
    if kind not in KINDS:
        raise UsageError(f"`{kind}` is no kind of graph; kinds: {', '.join(KINDS)}")
    random = Random(f"{kind}/{seed}")
    stacks = ((None,) * 3,) * goroutines
    graph = KINDS[kind](Graph((), (None,), stacks), max(objects_count, 2), random)
    alive = list(numbers_in(reachable(graph)))
    for goroutine in range(goroutines):
        for at in (0, 1):
            graph = graph.with_stack_slot(goroutine, at, pick(random, alive))
    dead = [number for number in range(len(graph.objects)) if number not in alive]
    return graph._replace(integers=(tuple(dead[:1]), *((),) * (goroutines - 1)))


def _add(graph: Graph, shape: Shape) -> tuple[Graph, int]:
    return with_new_object(graph, shape), len(graph.objects)


def _list(graph: Graph, count: int, random: Random) -> Graph:
    """A doubly linked list of texts, and an element that was removed and still points into it."""
    last = None
    while len(graph.objects) < count - 1:
        graph, number = _add(graph, ELEMENT)
        if last is None:
            graph = graph.with_global(0, number)
        else:
            graph = graph.with_slot(last, 0, number).with_slot(number, 1, last)
        if random.random() < 0.5:
            graph, text = _add(graph, TEXT)
            graph = graph.with_slot(number, 2, text)
        last = number
    graph, removed = _add(graph, ELEMENT)
    return graph.with_slot(removed, 0, last)


def _tree(graph: Graph, count: int, random: Random) -> Graph:
    """A binary tree, and a small one that nobody holds any more."""
    free: list[tuple[int, int]] = []
    for _ in range(count - 2):
        graph, number = _add(graph, NODE)
        if free:
            graph = graph.with_slot(*free.pop(int(random.random() * len(free))), number)
        else:
            graph = graph.with_global(0, number)
        free += [(number, 0), (number, 1)]
    if graph.globals[0] is None:
        graph, number = _add(graph, NODE)
        graph = graph.with_global(0, number)
    graph, top = _add(graph, NODE)
    graph, below = _add(graph, NODE)
    return graph.with_slot(top, 0, below)


def _random(graph: Graph, count: int, random: Random) -> Graph:
    """Any object may point to any other, cycles and itself included."""
    for _ in range(count):
        graph, _ = _add(graph, pick(random, _RANDOM))
    numbers = range(count)
    for number in numbers:
        for slot in range(len(graph.objects[number].slots)):
            if random.random() < 0.6:
                graph = graph.with_slot(number, slot, pick(random, numbers))
    return graph.with_global(0, pick(random, numbers))


def _service(graph: Graph, count: int, random: Random) -> Graph:
    """A slice of orders that share customers; a removed order keeps its lines to itself."""
    orders_count = max(count // 3, 1)
    graph, slice_ = _add(graph, shape_of(8 * orders_count, orders_count))
    graph = graph.with_global(0, slice_)
    customers = []
    for _ in range(max(orders_count // 2, 1)):
        graph, customer = _add(graph, CUSTOMER)
        graph, name = _add(graph, TEXT)
        graph = graph.with_slot(customer, 0, name)
        customers.append(customer)
    for place in range(orders_count + 1):
        graph, order = _add(graph, ORDER)
        graph, lines = _add(graph, LINES)
        graph = graph.with_slot(order, 0, pick(random, customers)).with_slot(order, 1, lines)
        if place < orders_count:
            graph = graph.with_slot(slice_, place, order)
    return graph


KINDS = MappingProxyType({"list": _list, "tree": _tree, "random": _random, "service": _service})
"""Name → what makes it."""
