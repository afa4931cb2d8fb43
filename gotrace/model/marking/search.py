"""Search every interleaving of program and collector over a small graph, shortest first.

The steps of a few objects, slots and allocations lead to finitely many worlds; the search visits
each once. So "nothing is lost" is a proof for that graph, and a loss comes with the shortest way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from gotrace.model.marking.world import World

__all__ = ["Found", "search"]

_Step = TypeVar("_Step")


@dataclass(frozen=True)
class Found(Generic[_Step]):
    """What came out of a search."""

    path: tuple[_Step, ...] | None
    """The steps to a world that is as asked for; None if there is none."""
    worlds_count: int
    is_complete: bool
    """Whether every world was visited: then no path means that there is none."""


def search(
    first: World,
    run: Callable[[World, _Step], World],
    steps: Callable[[World], Iterable[_Step]],
    is_found: Callable[[World], bool],
    most_worlds: int,
) -> Found[_Step]:
    """The shortest way from `first` to a world that `is_found`, by `steps` and what `run` makes.

    Gives up after `most_worlds` worlds, which bounds memory (about 2 KB a world) and time.
    """
    came_from: dict[World, tuple[World, _Step] | None] = {first: None}
    edge = [first]
    while edge:
        following: list[World] = []
        for world in edge:
            if is_found(world):
                return Found(_path(came_from, world), len(came_from), False)
            for step in steps(world):
                after = run(world, step)
                if after not in came_from:
                    came_from[after] = (world, step)
                    following.append(after)
            if len(came_from) > most_worlds:
                return Found(None, len(came_from), False)
        edge = following
    return Found(None, len(came_from), True)


def _path(came_from: dict[World, tuple[World, _Step] | None], world: World) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    before = came_from[world]
    while before is not None:
        world, step = before
        steps.append(step)
        before = came_from[world]
    return tuple(reversed(steps))
