"""Every interleaving of program and collector over small graphs: what barriers are for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotrace.model.marking.graph import Graph, HeapObject
from gotrace.model.marking.invariants import broken, lost, strong_breaches
from gotrace.model.marking.milestones import milestone_for
from gotrace.model.marking.mutators import Drop, Load, Store
from gotrace.model.marking.rules import Barrier, Invariant, Order
from gotrace.model.marking.steps import ScanStack, ScanWord, Start, Step, Terminate
from gotrace.model.marking.world import new_world
from tests.model.marking.searching import (
    ALONE,
    GLOBAL,
    PAIR,
    SHARED,
    TOGETHER,
    any_order,
    search_losses,
)

GO_1_8 = any_order("go1.8")
YUASA = replace(GO_1_8, barrier=Barrier.YUASA, stops_to_scan_stacks=True)
AS_COMPILED = replace(GO_1_8, shades_new_always=True)
SAFE = {
    "go1.3": any_order("go1.3"),
    "go1.5": any_order("go1.5"),
    "go1.7": any_order("go1.7"),
    "go1.8": GO_1_8,
    "go1.8 as compiled": AS_COMPILED,
    "go1.10": any_order("go1.10"),
    "go1.12": any_order("go1.12"),
    "go1.26": replace(any_order("go1.26"), order=Order.SPANS, buffer_entries=0),
    "yuasa with a snapshot": YUASA,
}
WORLDS = {
    "alone": (ALONE, 2),
    "alone, allocating": (ALONE, 3),
    "shared": (SHARED, 2),
    "shared, allocating": (SHARED, 3),
    "global, allocating": (GLOBAL, 3),
    "pair": (PAIR, 2),
    "together": (TOGETHER, 2),
}
"""Name → the graph, and how many objects there may be in the end."""
_UNBUFFERED = ("go1.5", "go1.7", "go1.8", "go1.8 as compiled", "yuasa with a snapshot")
SEARCHES = [
    ("go1.3", "shared"),
    ("go1.8", "alone, allocating"),
    *((name, "alone") for name in SAFE if name not in ("go1.3", "go1.26")),
    *((name, "pair") for name in _UNBUFFERED),
    *((name, "shared, allocating") for name in _UNBUFFERED),
    *((name, "global, allocating") for name in _UNBUFFERED),
    *(("go1.26", world) for world in ("shared", "pair", "together")),
]


@pytest.mark.parametrize(("name", "world"), SEARCHES)
def test_no_interleaving_loses_an_object_or_breaks_the_promised_invariant(
    name: str, world: str
) -> None:
    graph, most_objects = WORLDS[world]
    found = search_losses(graph, SAFE[name], most_objects)
    assert found.path is None, found.path
    assert found.is_complete


def test_what_the_rules_promise_is_what_their_proofs_say() -> None:
    promises = {name: rules.promise for name, rules in SAFE.items()}
    assert promises == {
        "go1.3": Invariant.NONE,
        "go1.5": Invariant.STRONG,
        "go1.7": Invariant.STRONG,
        "go1.8": Invariant.WEAK,
        "go1.8 as compiled": Invariant.WEAK,
        "go1.10": Invariant.WEAK,
        "go1.12": Invariant.WEAK,
        "go1.26": Invariant.WEAK,
        "yuasa with a snapshot": Invariant.WEAK,
    }


UNSAFE = {
    "no barrier": (replace(GO_1_8, barrier=Barrier.NONE), ALONE),
    "no barrier, stacks scanned again": (
        replace(any_order("go1.7"), barrier=Barrier.NONE),
        PAIR._replace(stacks=((0, None, None),)),
    ),
    "no barrier, two goroutines": (replace(GO_1_8, barrier=Barrier.NONE), SHARED),
    "dijkstra without a second scan of stacks": (
        replace(any_order("go1.7"), rescans_stacks=False),
        ALONE,
    ),
    "yuasa without a snapshot of stacks": (replace(YUASA, stops_to_scan_stacks=False), ALONE),
    "hybrid with white new objects": (replace(GO_1_8, is_new_black=False), ALONE),
    "globals without barrier, scanned once": (replace(GO_1_8, guards_globals=False), GLOBAL),
    "go1.5 that scans globals once": (
        replace(any_order("go1.5"), rescans_globals=False),
        GLOBAL,
    ),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_without_a_part_of_the_rules_a_way_to_lose_an_object_is_found(name: str) -> None:
    rules, graph = UNSAFE[name]
    found = search_losses(graph, rules, 3, is_invariant_wanted=False)
    assert found.path is not None
    world = Start().run(new_world(graph), rules)
    for step in found.path:
        assert not lost(world)
        world = step.run(world, rules)
    assert lost(world)


def test_the_shortest_loss_without_a_barrier_is_the_one_of_the_textbooks() -> None:
    rules = replace(GO_1_8, barrier=Barrier.NONE)
    steps: tuple[Step, ...] = (
        ScanStack(0),
        Load(0, 1, 0, 0),  # B comes onto a stack that was scanned,
        Store(0, 0, 0, None),  # and leaves the only slot that the scan has still to see
        ScanWord(0),
        Terminate(),
    )
    assert search_losses(ALONE, rules).path == steps
    world = Start().run(new_world(ALONE), rules)
    for step in steps:
        world = step.run(world, rules)
    assert lost(world) == 0b10


def test_the_same_steps_with_the_hybrid_barrier_save_the_object() -> None:
    rules = milestone_for("go1.8")[1].rules
    world = Start().run(new_world(ALONE), rules)
    for step in (ScanStack(0), Load(0, 1, 0, 0), Store(0, 0, 0, None), ScanWord(0)):
        world = step.run(world, rules)
    assert world.grey == 0b10, "the write shaded what it overwrote"
    assert not lost(Terminate().run(ScanWord(1).run(world, rules), rules))


def test_dijkstra_alone_loses_what_only_a_scanned_stack_holds() -> None:
    rules, graph = UNSAFE["dijkstra without a second scan of stacks"]
    path = search_losses(graph, rules).path
    assert path is not None
    assert [type(step) for step in path] == [ScanStack, Load, Store, ScanWord, Terminate]


def test_yuasa_alone_loses_what_a_stack_hid_before_it_was_scanned() -> None:
    rules, graph = UNSAFE["yuasa without a snapshot of stacks"]
    path = search_losses(graph, rules, 3).path
    assert path is not None
    kinds = [type(step) for step in path]
    assert kinds.index(Store) < kinds.index(Drop) < kinds.index(ScanStack)


def test_go_1_10_that_forgets_its_buffers_would_lose_an_object() -> None:
    """The pointers that a barrier took down count as shaded only if somebody shades them."""
    rules = any_order("go1.10")
    world = Start().run(new_world(ALONE), rules)
    for step in (ScanStack(0), Load(0, 1, 0, 0), Store(0, 0, 0, None), ScanWord(0)):
        world = step.run(world, rules)
    assert (world.buffered, world.grey) == (0b10, 0)
    assert not lost(Terminate().run(world, rules))
    forgotten = world._replace(buffers=((),))
    assert lost(Terminate().run(forgotten, rules)) == 0b10


def test_go_1_12_goes_on_marking_if_a_barrier_left_work() -> None:
    rules = any_order("go1.12")
    world = Start().run(new_world(ALONE), rules)
    for step in (ScanStack(0), Load(0, 1, 0, 0), Store(0, 0, 0, None), ScanWord(0), Terminate()):
        world = step.run(world, rules)
    assert (world.phase, world.grey) == ("mark", 0b10)
    ended = Terminate().run(ScanWord(1).run(world, rules), rules)
    assert (ended.phase, lost(ended)) == ("off", 0)


def test_the_hybrid_barrier_keeps_the_weak_invariant_and_not_the_strong_one() -> None:
    """A black object may point to a white one, if the scan will still come to it another way."""
    # g1 is scanned and holds A and X, which is scanned; C hangs on A, which is not.
    objects = (HeapObject((2,)), HeapObject((None,)), HeapObject((None,)))
    world = Start().run(new_world(Graph(objects, stacks=((0, 1, None),))), GO_1_8)
    for step in (ScanStack(0), ScanWord(1), Load(0, 2, 0, 0), Store(0, 1, 0, 2)):
        world = step.run(world, GO_1_8)
    assert strong_breaches(world, GO_1_8) == [("B", 2)]
    assert not broken(world, GO_1_8)
    world = Store(0, 0, 0, None).run(world, replace(GO_1_8, barrier=Barrier.NONE))
    assert broken(world, GO_1_8) == [("B", 2), ("the stack of g1", 2)]
