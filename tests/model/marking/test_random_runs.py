"""Long random runs on generated graphs: many objects, several cycles, every version's rules."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.errors import UsageError
from gotrace.model.marking.assists import is_parked
from gotrace.model.marking.generated import KINDS, NODE, generated_graph, pick, shape_of
from gotrace.model.marking.graph import Graph, bits_of, numbers_in, reachable
from gotrace.model.marking.invariants import broken, lost
from gotrace.model.marking.milestones import MILESTONES
from gotrace.model.marking.mutators import (
    Allocate,
    Drop,
    Load,
    LoadGlobal,
    MutatorStep,
    Store,
    StoreGlobal,
)
from gotrace.model.marking.rules import Assists, Barrier, Order, Rules
from gotrace.model.marking.steps import (
    Start,
    Step,
    collector_steps,
    mutator_steps,
    next_collector_step,
)
from gotrace.model.marking.stories import play, random_story, small_scale
from gotrace.model.marking.world import Phase, World, new_world

RULES = {
    str(row.version): small_scale(replace(row.rules, buffer_entries=row.rules.buffer_entries and 4))
    for row in MILESTONES
    if row.version.minor not in (9, 14)  # the rules of the row before
}
RULES["yuasa"] = replace(
    RULES["go1.8"], barrier=Barrier.YUASA, stops_to_scan_stacks=True, assists=None
)
RULES["as compiled"] = replace(RULES["go1.12"], shades_new_always=True)
MOST_OBJECTS = 24
SHAPES = (NODE, shape_of(48, 3), shape_of(20, 0), shape_of(600, 2))


class Run:
    """Drives a world through cycles and checks it after every step."""

    def __init__(self, graph: Graph, rules: Rules, random: Random) -> None:
        self.world = new_world(graph)
        self.rules = rules
        self.random = random
        self.dead_at_start = self.alive_at_start = self.there_at_start = 0
        self.cycles_count = self.parked_count = 0

    def step(self) -> None:
        """Somebody's next step: the program's, or that of any worker of the collector."""
        self.parked_count += any(
            is_parked(self.world, g) for g in range(len(self.world.graph.stacks))
        )
        if self.random.random() < 0.7:
            has_room = self.world.existing.bit_count() < MOST_OBJECTS
            most = len(self.world.graph.objects) + has_room
            steps = list(mutator_steps(self.world, SHAPES, most))
            weights = [self.weight(step) for step in steps]
            if steps and sum(weights):
                step = self.random.choices(steps, weights)[0]
                self.take(step)
                if isinstance(step, Load) and step.to != step.holder and self.random.random() < 0.3:
                    self.take(Store(step.goroutine, step.holder, step.slot, None))  # it moves
                return
        self.collect()

    def weight(self, step: MutatorStep) -> int:
        """Programs mostly build: one that writes anything anywhere soon holds next to nothing."""
        graph = self.world.graph
        if isinstance(step, Store):
            holder = graph.stacks[step.goroutine][step.holder] or 0
            is_nil = graph.objects[holder].slots[step.slot] is None
            if step.value is None:
                return 0 if is_nil else 4
            return 40 if is_nil else 1
        if isinstance(step, StoreGlobal):
            value = None if step.value is None else graph.stacks[step.goroutine][step.value]
            below = reachable(Graph(graph.objects, (value,)))
            return int(2 * below.bit_count() >= reachable(graph).bit_count())
        return {Load: 6, Allocate: 6, LoadGlobal: 6, Drop: 1}[type(step)]

    def collect(self) -> None:
        """A step of the collector: one worker's usual order, or whatever any worker could do."""
        steps = list(collector_steps(self.world, self.rules))
        if steps and self.random.random() < 0.5:
            self.take(pick(self.random, steps))
        else:
            self.take(next_collector_step(self.world, self.rules))

    def take(self, step: Step) -> None:
        if isinstance(step, Start):
            self.ended()
            alive = reachable(self.world.graph)
            self.there_at_start = self.world.existing
            self.alive_at_start, self.dead_at_start = alive, self.world.existing & ~alive
            self.cycles_count += 1
        self.world = step.run(self.world, self.rules)
        assert not lost(self.world), step
        if self.rules.order is Order.SPANS:
            waiting = numbers_in(self.world.waiting)
            assert {self.world.graph.objects[n].span for n in waiting} == set(self.world.spans)
        assert not broken(self.world, self.rules), step

    def finish(self) -> None:
        """The collector alone, to the end of the cycle."""
        while self.world.phase is Phase.MARK or self.world.unswept:
            self.collect()

    def ended(self) -> None:
        """All is swept: what was garbage when the cycle began is free, what is left floated."""
        if not self.cycles_count or not self.rules.has_precise_stacks:
            return
        assert not self.dead_at_start & ~self.world.freed
        floating = self.world.existing & ~reachable(self.world.graph)
        new = self.world.existing & ~self.there_at_start
        assert not floating & ~(self.alive_at_start | new)


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(sorted(KINDS)))
@pytest.mark.parametrize("name", RULES)
def test_no_run_loses_an_object_and_garbage_goes_in_one_cycle(
    name: str, seed: int, kind: str
) -> None:
    run = Run(generated_graph(kind, 14, seed), RULES[name], Random(seed))
    for _ in range(300):
        run.step()
    run.finish()
    run.ended()
    run.take(Start())
    run.finish()
    run.ended()
    if RULES[name].has_precise_stacks:
        alive = reachable(run.world.graph)
        assert run.world.existing == alive, "with nobody in between nothing floats"


def test_random_runs_without_a_barrier_lose_objects() -> None:
    """The runs above are such that they could fail."""
    rules = replace(RULES["go1.8"], barrier=Barrier.NONE)
    losses = 0
    for seed in range(12):
        run = Run(generated_graph("tree", 14, seed), rules, Random(seed))
        try:
            for _ in range(300):
                run.step()
        except AssertionError:
            losses += 1
    assert losses >= 2


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(sorted(KINDS)))
def test_green_tea_marks_the_same_objects_in_another_order(seed: int, kind: str) -> None:
    graph = generated_graph(kind, 40, seed)

    def marked(rules: Rules) -> World:
        world = Start().run(new_world(graph), rules)
        while world.phase is Phase.MARK:
            world = next_collector_step(world, rules).run(world, rules)
        return world

    by_object = marked(Rules())
    for order in (Order.SPANS, Order.ANY):
        assert marked(Rules(order=order)).marked == by_object.marked == reachable(graph)
    stopped = Start().run(new_world(graph), RULES["go1.3"])
    assert stopped.marked == by_object.marked


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(sorted(KINDS)))
def test_a_story_ends_the_same_for_the_program_under_any_rules(seed: int, kind: str) -> None:
    story = random_story(kind, 12, 12, seed)
    graphs = set()
    for rules in RULES.values():
        moments = play(story, rules)
        assert not any(lost(moment.world) for moment in moments)
        last = moments[-1].world
        assert (last.phase, last.unswept) == (Phase.OFF, 0)
        graphs.add(last.graph)
    assert len(graphs) == 1


def test_the_hybrid_barrier_as_compiled_keeps_at_least_what_its_proof_needs() -> None:
    kept = dict.fromkeys(("go1.12", "as compiled"), 0)
    for seed in range(30):
        story = random_story(sorted(KINDS)[seed % len(KINDS)], 12, 30, seed)
        for name in kept:
            rules = replace(RULES[name], assists=None)
            last = play(story, rules)[-1].world
            kept[name] += (last.existing & ~reachable(last.graph)).bit_count()
    assert kept["as compiled"] >= kept["go1.12"] > 0


def test_goroutines_that_cannot_pay_wait_and_are_paid_for() -> None:
    rules = replace(RULES["go1.8"], assists=Assists(work_per_byte=8.0, least_work_bytes=8))
    parked = 0
    for seed in range(8):
        run = Run(generated_graph("random", 10, seed), rules, Random(seed))
        for _ in range(200):
            run.step()
        parked += run.parked_count
        assert run.cycles_count
    assert parked


@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_graph_is_the_same_every_time_and_has_garbage(kind: str) -> None:
    garbage = 0
    for seed in range(8):
        graph = generated_graph(kind, 12, seed)
        assert graph == generated_graph(kind, 12, seed)
        alive = reachable(graph)
        assert alive
        everything = (1 << len(graph.objects)) - 1
        garbage += (everything & ~alive).bit_count()
        assert all(not alive >> number & 1 for stack in graph.integers for number in stack)
    assert garbage
    assert len({generated_graph(kind, 12, seed) for seed in range(8)}) > 1
    with pytest.raises(UsageError, match="kinds: list, tree, random, service"):
        generated_graph("ring", 3, 1)


def test_objects_of_a_graph_fill_spans_as_the_runtime_would() -> None:
    graph = generated_graph("tree", 400, 1)
    spans = [thing.span for thing in graph.objects]
    assert (NODE.slot_bytes, NODE.size_class, NODE.objects_per_span) == (24, 3, 330)
    assert [spans.count(span) for span in sorted(set(spans))] == [330, len(spans) - 330]


def test_sets_of_bits_are_read_lowest_first() -> None:
    assert bits_of((3, None, 0)) == 0b1001
    assert list(numbers_in(0b1001)) == [0, 3]
