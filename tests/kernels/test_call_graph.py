"""The compiled walks over call stacks and their plain twins give the same answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.kernels import call_graph as compiled
from gotrace.kernels.plain import call_graph as plain

FLAVOURS = pytest.mark.parametrize("kernel", [plain, compiled], ids=["plain", "compiled"])
INT64 = st.one_of(st.integers(-3, 9), st.integers(-(1 << 63), (1 << 63) - 1))
MARKING = ("first_marked", "last_marked", "prune_points")


@dataclass
class Graph:
    """S stacks over L locations that stand for nodes; a row may be out of range."""

    begin: np.ndarray[Any, Any]
    end: np.ndarray[Any, Any]
    locations: np.ndarray[Any, Any]
    node_offsets: np.ndarray[Any, Any]
    nodes: np.ndarray[Any, Any]
    weights: np.ndarray[Any, Any]
    marks: np.ndarray[Any, Any]
    node_count: int

    @property
    def walk(self) -> tuple[memoryview, memoryview, memoryview]:
        return self.begin.data, self.end.data, self.locations.data

    @property
    def node_rows(self) -> tuple[memoryview, memoryview]:
        return self.node_offsets.data, self.nodes.data


def graph(
    stacks: list[list[int]],
    nodes: list[list[int]],
    weights: list[int] | None = None,
    marks: list[int] | None = None,
    node_count: int = 0,
) -> Graph:
    """The graph of these stacks (location rows, leaf first) and the nodes of every location."""
    ends = np.cumsum([0, *map(len, stacks)])
    return Graph(
        begin=ends[:-1].astype(np.int64),
        end=ends[1:].astype(np.int64),
        locations=np.array([row for stack in stacks for row in stack], np.int32),
        node_offsets=np.cumsum([0, *map(len, nodes)]).astype(np.int64),
        nodes=np.array([node for row in nodes for node in row], np.int32),
        weights=np.array([1] * len(stacks) if weights is None else weights, np.int64),
        marks=np.array([0] * len(nodes) if marks is None else marks, np.uint8),
        node_count=node_count or 1 + max((node for row in nodes for node in row), default=0),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Random graphs, recursive and inlined calls included, sometimes with rows out of range."""
    location_count = draw(st.integers(1, 5))
    node_count = draw(st.integers(1, 4))
    is_hostile = draw(st.integers(0, 9)) == 0
    row = st.integers(-1 if is_hostile else 0, location_count - 1 + is_hostile)
    node = st.integers(-1, node_count - 1 + is_hostile)
    stacks = draw(st.lists(st.lists(row, max_size=6), max_size=6))
    count = {"min_size": location_count, "max_size": location_count}
    return graph(
        stacks,
        draw(st.lists(st.lists(node, max_size=3), **count)),
        draw(st.lists(INT64, min_size=len(stacks), max_size=len(stacks))),
        draw(st.lists(st.integers(0, 2), **count)),
        node_count,
    )


def outcome(call: Callable[[], Any]) -> Any:
    """What a call gives, or that it found a row out of range."""
    try:
        return call()
    except IndexError:
        return "a row is out of range"


def marked(kernel: ModuleType, name: str, g: Graph) -> list[int]:
    dtype = np.uint8 if name == "collect_marks" else np.int64
    out = np.zeros(len(g.begin), dtype)
    getattr(kernel, name)(*g.walk, g.marks.data, out.data)
    return out.tolist()


def sums(kernel: ModuleType, g: Graph) -> tuple[list[int], list[int]]:
    flat, cum = np.zeros((2, g.node_count), np.int64)
    last_seen = np.full(g.node_count, -1, np.int64)
    views = (g.weights.data, flat.data, cum.data, last_seen.data)
    kernel.add_weights(*g.walk, *g.node_rows, *views)
    return flat.tolist(), cum.tolist()


def calls(
    kernel: ModuleType, g: Graph, wanted: list[int] | None = None, size: int = 4
) -> dict[tuple[int, int], tuple[int, bool]]:
    """(caller, callee) → (weight, whether inlined everywhere), through a table that has to grow."""
    chosen = np.array([1] * g.node_count if wanted is None else wanted, np.uint8)
    table, stack, used = empty_table(size), 0, 0
    while True:
        views = (*g.walk, *g.node_rows, g.weights.data, chosen.data)
        stack, used = kernel.add_calls(*views, *(c.data for c in table), stack, used)
        if stack == len(g.begin):
            break
        larger = empty_table(2 * len(table[0]))
        kernel.move_calls(*(c.data for c in table), *(c.data for c in larger))
        table = larger
    keys, weights, inline, _ = (column.tolist() for column in table)
    assert used == sum(key >= 0 for key in keys)
    return {
        divmod(key, g.node_count): (weights[slot], bool(inline[slot]))
        for slot, key in enumerate(keys)
        if key >= 0
    }


def empty_table(size: int) -> tuple[np.ndarray[Any, Any], ...]:
    return (
        np.full(size, -1, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size, np.uint8),
        np.full(size, -1, np.int64),
    )


@given(graphs())
def test_the_twins_agree_on_marks(g: Graph) -> None:
    for name in ("collect_marks", *MARKING):
        expected = outcome(lambda name=name: marked(plain, name, g))
        assert outcome(lambda name=name: marked(compiled, name, g)) == expected


@given(graphs())
def test_the_twins_agree_on_weights(g: Graph) -> None:
    assert outcome(lambda: sums(compiled, g)) == outcome(lambda: sums(plain, g))


@given(graphs(), st.data())
def test_the_twins_agree_on_calls(g: Graph, data: st.DataObject) -> None:
    flags = st.lists(st.integers(0, 1), min_size=g.node_count, max_size=g.node_count)
    wanted = data.draw(flags)
    expected = outcome(lambda: calls(plain, g, wanted))
    assert outcome(lambda: calls(compiled, g, wanted)) == expected


@FLAVOURS
def test_a_recursive_function_counts_once_for_each_stack(kernel: ModuleType) -> None:
    g = graph([[0, 1, 0, 0]], [[0], [1]], [7])
    assert sums(kernel, g) == ([7, 0], [7, 7])


@FLAVOURS
def test_the_innermost_inlined_call_gets_the_flat_weight(kernel: ModuleType) -> None:
    g = graph([[0]], [[2, 1, 0]], [5])
    assert sums(kernel, g) == ([0, 0, 5], [5, 5, 5])


@FLAVOURS
def test_no_node_gets_the_flat_weight_of_a_removed_leaf(kernel: ModuleType) -> None:
    g = graph([[0, 1]], [[-1], [0]], [5])
    assert sums(kernel, g) == ([0], [5])


@FLAVOURS
def test_a_location_without_nodes_is_not_there(kernel: ModuleType) -> None:
    g = graph([[0, 1]], [[], [0]], [5])
    assert sums(kernel, g) == ([5], [5])


@FLAVOURS
def test_sums_wrap_like_go(kernel: ModuleType) -> None:
    g = graph([[0], [0]], [[0]], [(1 << 63) - 1, 1])
    assert sums(kernel, g) == ([-(1 << 63)], [-(1 << 63)])


@FLAVOURS
def test_a_call_skips_removed_nodes_and_recursion(kernel: ModuleType) -> None:
    g = graph([[2, 2, 1, 0]], [[0], [-1], [1]], [3])
    assert calls(kernel, g) == {(0, 1): (3, False)}


@FLAVOURS
def test_a_call_is_inline_only_where_it_always_is(kernel: ModuleType) -> None:
    inlined, called = [[0]], [[1, 2]]
    g = graph(inlined + called, [[1, 0], [1], [0]], [3, 4])
    assert calls(kernel, g) == {(0, 1): (7, False)}
    assert calls(kernel, graph(inlined, [[1, 0]], [3])) == {(0, 1): (3, True)}


@FLAVOURS
def test_only_the_outermost_occurrence_of_a_call_counts(kernel: ModuleType) -> None:
    g = graph([[0, 1, 2]], [[1, 0], [1], [0]], [4])
    assert calls(kernel, g)[0, 1] == (4, False)


@FLAVOURS
def test_calls_into_unwanted_nodes_are_left_out(kernel: ModuleType) -> None:
    g = graph([[2, 1, 0]], [[0], [1], [2]])
    assert calls(kernel, g, wanted=[0, 0, 1]) == {(1, 2): (1, False)}


def test_a_growing_table_loses_and_doubles_nothing() -> None:
    numbers = random.Random(4)
    stacks = [[numbers.randrange(40) for _ in range(12)] for _ in range(60)]
    g = graph(stacks, [[node] for node in range(40)], list(range(1, 61)))
    assert calls(compiled, g) == calls(plain, g, size=1 << 12)


@FLAVOURS
def test_pruning_keeps_uninteresting_frames_outside_the_first_other_one(
    kernel: ModuleType,
) -> None:
    stack = [[0, 1, 0, 2]]
    below = graph(stack, [[0], [1], [2]], marks=[2, 0, 0])
    assert marked(kernel, "prune_points", below) == [3]
    inlined = graph(stack, [[0], [1], [2]], marks=[1, 0, 0])
    assert marked(kernel, "prune_points", inlined) == [2]
    outermost = graph(stack, [[0], [1], [2]], marks=[0, 0, 2])
    assert marked(kernel, "prune_points", outermost) == [0]


@FLAVOURS
def test_a_larger_table_of_calls_must_be_larger(kernel: ModuleType) -> None:
    small, large = empty_table(2), empty_table(4)
    with pytest.raises(IndexError):
        kernel.move_calls(*(c.data for c in large), *(c.data for c in small))
