"""The parts of a collection one by one: colours, orders, barriers, roots, sweeps, milestones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotrace.errors import UsageError
from gotrace.model.marking.assists import assist, earn, is_parked
from gotrace.model.marking.barriers import flush, guard, shaded_by_write
from gotrace.model.marking.cycle import start, sweep, terminate, unswept_spans
from gotrace.model.marking.graph import Graph, HeapObject, letter
from gotrace.model.marking.milestones import MILESTONES, milestone_for, with_barrier
from gotrace.model.marking.mutators import Allocate, Load, Shape, StoreGlobal
from gotrace.model.marking.rules import Assists, Barrier, Order, Rules
from gotrace.model.marking.scanning import drain, next_grey, scan_object, scan_stack, take_span
from gotrace.model.marking.shading import shade, shade_all
from gotrace.model.marking.world import Colour, Phase, World, new_world

TREE = Graph(
    (
        HeapObject((1, 2), 32, 4, 0),
        HeapObject((3, None), 32, 4, 0),
        HeapObject((4, None), 32, 4, 0),
        HeapObject((), 8, 1, 1),
        HeapObject((None,), 1024, 32, 2),
        HeapObject((0,), 32, 4, 0),
    ),
    globals=(0,),
    stacks=((None, None),),
)
"""A holds B and C, B holds D (noscan), C holds E (large); F is garbage that points to A."""


def marking(graph: Graph = TREE, rules: Rules | None = None) -> World:
    return start(new_world(graph), rules or Rules())


def colours(world: World) -> str:
    return "".join(world.colour(n)[0] for n in range(len(world.graph.objects)))


def test_shading_turns_white_grey_and_noscan_black_and_nothing_else() -> None:
    world = marking()
    assert colours(world) == "wwwwww"
    world = shade(world, Rules(), 0)
    assert (colours(world), world.work) == ("gwwwww", (0,))
    assert shade(world, Rules(), 0) == world == shade(world, Rules(), None)
    assert colours(shade(world, Rules(), 3)) == "gwwbww"


def test_a_scan_turns_grey_black_and_what_it_finds_grey() -> None:
    world = scan_object(shade(marking(), Rules(), 0), Rules(), 0)
    assert (colours(world), world.work) == ("bggwww", (1, 2))
    assert next_grey(world) == 2, "work buffers are stacks"
    assert colours(drain(world, Rules())) == "bbbbbw"


def test_green_tea_scans_what_a_span_has_gathered_and_large_objects_one_by_one() -> None:
    rules = Rules(order=Order.SPANS)
    world = shade_all(marking(), rules, (4, 2, 1))
    assert (world.work, world.spans, colours(world)) == ((4,), (0,), "wggwgw")
    assert next_grey(world) == 4, "spans come after objects"
    world = take_span(world, 0)
    assert (world.scanning, world.spans) == (((1, 0), (2, 0)), ())
    world = shade(world, rules, 0)
    assert world.spans == (0,), "the span is queued again for what is found later"


@pytest.mark.parametrize(
    ("slot_bytes", "waits"), [(8, False), (16, True), (512, True), (576, False)]
)
def test_only_slots_of_16_to_512_bytes_wait_on_their_span(slot_bytes: int, waits: bool) -> None:
    graph = Graph((HeapObject((None,), slot_bytes),), (0,), ((None,),))
    world = shade(marking(graph), Rules(order=Order.SPANS), 0)
    assert (world.spans == (0,)) is waits
    assert (world.work == (0,)) is not waits


@pytest.mark.parametrize(
    ("barrier", "is_grey", "shaded"),
    [
        (Barrier.NONE, True, ()),
        (Barrier.DIJKSTRA, False, (2,)),
        (Barrier.YUASA, True, (1,)),
        (Barrier.HYBRID, True, (1, 2)),
        (Barrier.HYBRID, False, (1,)),
    ],
)
def test_a_barrier_shades_the_old_or_the_new_pointer_or_both(
    barrier: Barrier, is_grey: bool, shaded: tuple[int, ...]
) -> None:
    assert shaded_by_write(Rules(barrier=barrier), 1, 2, is_grey) == shaded


def test_the_compiled_hybrid_barrier_takes_both_pointers_whatever_the_stack() -> None:
    assert shaded_by_write(Rules(shades_new_always=True), 1, 2, False) == (1, 2)


def test_there_is_no_barrier_between_collections() -> None:
    world = new_world(TREE)
    assert guard(world, Rules(), 0, 1, 2) == world


def test_a_buffer_is_emptied_when_the_next_write_does_not_fit() -> None:
    rules = Rules(buffer_entries=2)
    world = guard(marking(rules=rules), rules, 0, 1, None)
    world = guard(world, rules, 0, 2, None)
    assert (world.buffers, world.grey) == (((1, 2),), 0)
    world = guard(world, rules, 0, 4, None)
    assert (world.buffers, world.grey) == (((4,),), 0b110)
    assert flush(world, rules, 0).buffers == ((),)


def test_a_write_to_a_global_has_a_barrier_since_go_1_7() -> None:
    for runtime, grey in (("go1.6", 0), ("go1.7", 0b10)):
        rules = milestone_for(runtime)[1].rules
        world = marking(TREE.with_stack_slot(0, 0, 1), rules)
        assert StoreGlobal(0, 0, 0).run(world, rules).grey == grey


def test_new_objects_are_white_to_go_1_6_and_black_from_go_1_7_on() -> None:
    for runtime, colour in (("go1.6", Colour.WHITE), ("go1.7", Colour.BLACK)):
        rules = replace(milestone_for(runtime)[1].rules, assists=None)
        world = Allocate(0, 0, Shape(1)).run(marking(TREE, rules), rules)
        assert world.colour(6) is colour
        assert world.graph.stacks == ((6, None),)
    after = Allocate(0, 0, Shape(1)).run(new_world(TREE), Rules())
    assert after.colour(6) is Colour.WHITE, "nobody marks"


def test_conservative_scans_follow_integers_until_types_are_known() -> None:
    graph = TREE._replace(
        objects=(TREE.objects[0]._replace(lookalikes=(5,)), *TREE.objects[1:]),
        integers=((4,),),
        globals=(None,),
    )
    on_stack = graph.with_stack_slot(0, 0, 0).with_slot(0, 1, None)
    kept = {}
    for runtime in ("go1.0", "go1.1", "go1.3"):
        rules = milestone_for(runtime)[1].rules
        world = start(new_world(on_stack), rules)
        kept[runtime] = [n for n in range(6) if world.marked >> n & 1]
    assert kept == {"go1.0": [0, 1, 3, 4, 5], "go1.1": [0, 1, 3, 4], "go1.3": [0, 1, 3]}


def test_the_sweep_frees_white_objects_span_by_span_and_spares_new_ones() -> None:
    rules = Rules()
    world = terminate(drain(shade(marking(), rules, 0), rules), rules)
    assert (world.phase, unswept_spans(world)) == (Phase.OFF, (0, 1, 2))
    world = Allocate(0, 0, Shape(2, 32, 4, 330)).run(world, rules)
    assert world.graph.objects[6].span == 0
    world = sweep(world, 0)
    assert (world.freed, unswept_spans(world)) == (1 << 5, (1, 2))
    again = start(world, rules)
    assert (again.unswept, again.freed, again.cycle) == (0, 1 << 5, 2)


def test_collectors_to_go_1_2_have_swept_when_the_world_goes_on() -> None:
    for runtime, unswept in (("go1.2", False), ("go1.3", True)):
        world = start(new_world(TREE), milestone_for(runtime)[1].rules)
        assert world.phase is Phase.OFF
        assert bool(world.unswept) is unswept


def test_an_assist_uses_credit_first_then_works_then_waits() -> None:
    rules = Rules(assists=Assists(work_per_byte=1.0, least_work_bytes=16))
    world = scan_stack(marking(), rules, 0)
    world = earn(world, rules, 100)
    assert world.credit_bytes == 100
    world = assist(world, rules, 0, 24)
    assert (world.credit_bytes, world.balances_bytes) == (76, (1,)), "paid by credit"
    world = assist(world._replace(credit_bytes=0), rules, 0, 25)
    assert world.scanned_globals_count == 1 and world.marked, "it did the next jobs itself"
    assert world.balances_bytes[0] >= 0 and not is_parked(world, 0)
    poor = assist(drain(world, rules), rules, 0, 10_000)
    assert is_parked(poor, 0)
    paid = earn(poor, rules, 20_000)
    assert not is_parked(paid, 0) and paid.credit_bytes > 0
    ended = terminate(poor, rules)
    assert ended.balances_bytes == (0,) and not is_parked(ended, 0)


def test_least_work_is_that_of_the_runtime() -> None:
    """`gcOverAssistWork`: a whole small graph is marked by one small allocation."""
    rules = milestone_for("go1.27")[1].rules
    world = Allocate(0, 0, Shape(1)).run(marking(TREE, rules), rules)
    assert colours(world) == "bbbbbwb"


def test_following_nil_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="goroutine 0 follows nil"):
        Load(0, 0, 1, 0).run(new_world(TREE), Rules())


def test_every_version_has_the_rules_of_the_row_before_it() -> None:
    barriers = {minor: milestone_for(f"go1.{minor}")[1].rules.barrier for minor in range(28)}
    assert [minor for minor, barrier in barriers.items() if barrier is Barrier.DIJKSTRA] == [
        5,
        6,
        7,
    ]
    assert {barriers[minor] for minor in range(5)} == {Barrier.NONE}
    assert {barriers[minor] for minor in range(8, 28)} == {Barrier.HYBRID}
    assert milestone_for("")[0] == milestone_for("go1.27.3")[0]
    assert [milestone_for(f"go1.{n}")[1].rules.order for n in (25, 26)] == ["objects", "spans"]
    versions = [row.version for row in MILESTONES]
    assert versions == sorted(versions)


def test_another_barrier_brings_what_makes_it_safe() -> None:
    go_1_27 = milestone_for("")[1].rules
    assert with_barrier(go_1_27, Barrier.HYBRID) is go_1_27
    assert with_barrier(go_1_27, Barrier.DIJKSTRA).rescans_stacks
    assert with_barrier(go_1_27, Barrier.YUASA).stops_to_scan_stacks
    hybrid = with_barrier(milestone_for("go1.5")[1].rules, Barrier.HYBRID)
    assert hybrid.is_new_black and hybrid.guards_globals and not hybrid.rescans_stacks
    with pytest.raises(UsageError, match="no use for --barrier dijkstra"):
        with_barrier(milestone_for("go1.4")[1].rules, Barrier.DIJKSTRA)


def test_objects_are_called_by_letters() -> None:
    assert [letter(n) for n in (0, 25, 26, 53)] == ["A", "Z", "A1", "B2"]
