"""The heap as the collector sees it: objects with pointer slots, and the roots that lead to them.

An object is a number, its place in `Graph.objects`; a pointer is such a number or None (nil).
Everything here is a value: a step of the program or the collector makes a new graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

__all__ = ["Graph", "HeapObject", "Pointer", "bits_of", "letter", "numbers_in", "reachable"]

Pointer: TypeAlias = int | None


class HeapObject(NamedTuple):
    """One slot of a span in use. Without pointer slots it is noscan: nobody looks into it."""

    slots: tuple[Pointer, ...]
    """The words that are pointers by the object's type."""
    slot_bytes: int = 16
    size_class: int = 0
    """0 stands for a large object."""
    span: int = 0
    """Objects of one span are swept together, and by Green Tea scanned together."""
    lookalikes: tuple[int, ...] = ()
    """Integers in it that happen to be addresses: a conservative collector follows them."""

    @property
    def is_noscan(self) -> bool:
        """Whether its type has no pointers."""
        return not self.slots


class Graph(NamedTuple):
    """Objects and roots. The stack of goroutine g is `stacks[g]`, registers included."""

    objects: tuple[HeapObject, ...]
    globals: tuple[Pointer, ...] = ()
    stacks: tuple[tuple[Pointer, ...], ...] = ()
    integers: tuple[tuple[int, ...], ...] = ()
    """For each stack the integers on it that happen to be addresses."""

    def with_slot(self, holder: int, slot: int, value: Pointer) -> Graph:
        """After a write to a pointer slot of an object."""
        old = self.objects[holder]
        new = old._replace(slots=_put(old.slots, slot, value))
        objects = (*self.objects[:holder], new, *self.objects[holder + 1 :])
        return self._replace(objects=objects)

    def with_global(self, index: int, value: Pointer) -> Graph:
        """After a write to a global."""
        return self._replace(globals=_put(self.globals, index, value))

    def with_stack_slot(self, goroutine: int, slot: int, value: Pointer) -> Graph:
        """After a write to a goroutine's own stack."""
        stack = _put(self.stacks[goroutine], slot, value)
        stacks = (*self.stacks[:goroutine], stack, *self.stacks[goroutine + 1 :])
        return self._replace(stacks=stacks)


def _put(slots: tuple[Pointer, ...], at: int, value: Pointer) -> tuple[Pointer, ...]:
    return (*slots[:at], value, *slots[at + 1 :])


def reachable(graph: Graph) -> int:
    """The objects that the program can still reach, as a set of bits; real pointers only."""
    found = bits_of(graph.globals)
    for stack in graph.stacks:
        found |= bits_of(stack)
    todo = list(numbers_in(found))
    while todo:
        new = bits_of(graph.objects[todo.pop()].slots) & ~found
        found |= new
        todo.extend(numbers_in(new))
    return found


def bits_of(pointers: Iterable[Pointer]) -> int:
    """A set of objects as a whole number: bit n stands for object n; nil is left out."""
    found = 0
    for pointer in pointers:
        if pointer is not None:
            found |= 1 << pointer
    return found


def numbers_in(bits: int) -> Iterator[int]:
    """The objects of a set of bits, lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def letter(number: int) -> str:
    """What people call an object: A to Z, then A1 to Z1 and so on."""
    rounds, place = divmod(number, 26)
    return f"{chr(ord('A') + place)}{rounds or ''}"
