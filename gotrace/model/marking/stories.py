"""A story: a small program and who comes when, played under any collector's rules.

The program's steps follow from the graph alone, so the same story can be told with and without a
barrier, in go1.5 and in go1.27. `hazard_story` looks for one in which, without the barrier, the
collector frees what the program still uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from gotrace.errors import ModelError
from gotrace.model.marking import cycle
from gotrace.model.marking.assists import is_parked
from gotrace.model.marking.generated import KINDS, NODE, generated_graph, pick
from gotrace.model.marking.graph import Graph
from gotrace.model.marking.invariants import lost
from gotrace.model.marking.mutators import (
    MUTATOR_STEPS,
    Allocate,
    Drop,
    Load,
    MutatorStep,
    Store,
)
from gotrace.model.marking.rules import Assists, Barrier, Rules
from gotrace.model.marking.scanning import drain
from gotrace.model.marking.steps import Start, Step, Terminate, mutator_steps, next_collector_step
from gotrace.model.marking.world import Phase, World, new_world

__all__ = ["Moment", "Story", "hazard_story", "play", "random_story", "small_scale"]

_ATTEMPTS_COUNT = 200
_UNGUARDED = Rules(barrier=Barrier.NONE)
_WEIGHTS = {"Load": 4, "Store": 4, "LoadGlobal": 2, "Drop": 2, "Allocate": 1, "StoreGlobal": 1}


class Moment(NamedTuple):
    """A step and the world after it."""

    step: Step | MutatorStep
    world: World

    @property
    def goroutine(self) -> int | None:
        """Whose step it is; None for the collector's."""
        return self.step.goroutine if isinstance(self.step, MUTATOR_STEPS) else None


@dataclass(frozen=True)
class Story:
    """What there is at the start, what the program does, and when."""

    graph: Graph
    program: tuple[MutatorStep, ...]
    turns: tuple[bool, ...]
    """Whose turn it is after the first stop: True the program's, False the collector's."""


def small_scale(rules: Rules) -> Rules:
    """`rules` for a story: an assist is worth two words, where Go's would mark the whole graph."""
    return replace(rules, assists=Assists(1.0, 16)) if rules.assists else rules


def random_story(
    kind: str, objects_count: int, steps_count: int, seed: object, goroutines: int = 2
) -> Story:
    """A graph of `kind` and up to `steps_count` random steps on it, mixed with the collector's."""
    random = Random(f"story/{seed}")
    graph = generated_graph(kind, objects_count, seed, goroutines)
    most_objects = len(graph.objects) + max(steps_count // 4, 1)
    world = new_world(graph)
    program: list[MutatorStep] = []
    for _ in range(steps_count):
        step = _any_step(world, most_objects, random)
        if step is None:
            break
        program.append(step)
        world = step.run(world, _UNGUARDED)
    turns = [random.random() < 0.5 for _ in range(4 * steps_count)]
    return Story(graph, tuple(program), tuple(turns))


def _any_step(world: World, most_objects: int, random: Random) -> MutatorStep | None:
    """Of the possible kinds of step one by weight, of its kind any that changes something.

    None where a program has dropped everything and may allocate no more.
    """
    by_kind: dict[str, list[MutatorStep]] = {}
    for step in mutator_steps(world, (NODE,), most_objects):
        if step.run(world, _UNGUARDED) != world:
            by_kind.setdefault(type(step).__name__, []).append(step)
    kinds = [kind for kind in _WEIGHTS if kind in by_kind for _ in range(_WEIGHTS[kind])]
    return pick(random, by_kind[pick(random, kinds)]) if kinds else None


def hazard_story(seed: int, rules: Rules) -> Story:
    """The story of a seed: six to nine objects; without a barrier one of them would be lost.

    The collector does some of its work, then the program hides an object from the rest of it.
    Where the world stands still no order of steps loses anything; then the story is one that go1.8
    would lose without its barrier.
    """
    bare = _UNGUARDED if rules.stops_to_mark else replace(rules, barrier=Barrier.NONE)
    kinds = tuple(KINDS)
    for attempt in range(_ATTEMPTS_COUNT):
        random = Random(f"hazard/{seed}/{attempt}")
        kind = kinds[(seed + attempt) % len(kinds)]
        graph = generated_graph(kind, 6, f"{seed}/{attempt}", goroutines=1)
        story = _hidden_in(graph, bare, random)
        if story is not None:
            return story
    raise ModelError(f"no hazard in {_ATTEMPTS_COUNT} stories of seed {seed}")


def _hidden_in(graph: Graph, bare: Rules, random: Random) -> Story | None:
    """A story on `graph` that loses an object; None if it has none of the usual kind."""
    allocation = Allocate(0, 2, NODE)
    roots_count = len(graph.globals) + len(graph.stacks)
    world = Start().run(new_world(graph), bare)
    turns = [False] * roots_count + [True] + [False] * int(random.random() * 3)
    for is_programs in turns:
        step = allocation if is_programs else next_collector_step(world, bare)
        if world.phase is Phase.MARK and not isinstance(step, Terminate):
            world = step.run(world, bare)
    if world.phase is Phase.MARK and cycle.is_marked_out(world):
        return None
    for hiding in _ways_to_hide(world, bare.rescans_stacks):
        after = world
        for step in hiding:
            after = step.run(after, bare)
        if lost(cycle.terminate(drain(after, bare), bare)):
            turns += [True] * len(hiding)
            return Story(graph, (allocation, *hiding), tuple(turns))
    return None


def _ways_to_hide(world: World, is_rescanned: bool) -> Iterator[tuple[MutatorStep, ...]]:
    """Take the pointer out of a slot that the scan has still to see, onto the scanned stack.

    Where stacks are scanned again it has to go on, into an object that the scan has passed.
    """
    stack = world.graph.stacks[0]
    slots = [
        (at, slot)
        for at, number in enumerate(stack)
        if number is not None
        for slot in range(len(world.graph.objects[number].slots))
    ]
    for at, slot in slots:
        for to in range(len(stack)):
            take: tuple[MutatorStep, ...] = (Load(0, to, at, slot), Store(0, at, slot, None))
            if to != at and not is_rescanned:
                yield take
            elif to != at:
                for hidden_at, hidden_slot in slots:
                    if hidden_at not in (at, to):
                        hide = Store(0, hidden_at, hidden_slot, to)
                        yield (take[0], hide, take[1], Drop(0, to))


def play(story: Story, rules: Rules) -> list[Moment]:
    """One collection: from the first stop through the story until everything is swept.

    A goroutine that has to wait for somebody to pay its assist does, and the collector goes on.
    """
    moments: list[Moment] = []
    world = new_world(story.graph)

    def step(taken: Step | MutatorStep) -> None:
        nonlocal world
        world = taken.run(world, rules)
        moments.append(Moment(taken, world))

    step(Start())
    program = iter(story.program)
    for is_programs in story.turns:
        following = next(program, None) if is_programs else None
        if following is not None:
            while is_parked(world, following.goroutine):
                step(next_collector_step(world, rules))
            step(following)
        elif not is_programs and _is_collecting(world):
            step(next_collector_step(world, rules))
    for following in program:
        while is_parked(world, following.goroutine):
            step(next_collector_step(world, rules))
        step(following)
    while _is_collecting(world):
        step(next_collector_step(world, rules))
    return moments


def _is_collecting(world: World) -> bool:
    return world.phase is Phase.MARK or bool(world.unswept)
