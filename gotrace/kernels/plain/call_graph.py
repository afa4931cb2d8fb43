"""Walks over call stacks: what they carry, where to cut them, and the weights of their nodes.

The plain twin of `gotrace/kernels/call_graph.pyx`; it specifies the contract of both.

Common to all functions: stack s is `locations[begin[s]:end[s]]`, location rows, leaf first.
Location row l holds the nodes `nodes[node_offsets[l]:node_offsets[l + 1]]`, innermost call first;
a node of -1 was removed from the graph, a location without nodes is not there at all. All sums wrap
as 64-bit two's complement, like Go's. An entry out of range raises IndexError: readers validate
their references, so it would be our own fault. Arguments are memoryviews; outputs are allocated by
the caller.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = [
    "add_calls",
    "add_weights",
    "collect_marks",
    "first_marked",
    "last_marked",
    "move_calls",
    "prune_points",
]

EMPTY = -1
_MULTIPLIER = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def collect_marks(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    marks: memoryview,
    out: memoryview,
) -> None:
    """Set `out[s]` to the union (bitwise or) of the marks of the locations on stack s."""
    for stack in range(len(begin)):
        union = 0
        for entry in range(begin[stack], end[stack]):
            union |= marks[_row(locations[entry])]
        out[stack] = union


def first_marked(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    marks: memoryview,
    out: memoryview,
) -> None:
    """Set `out[s]` to the entry nearest to the leaf whose location is marked, -1 if none is."""
    for stack in range(len(begin)):
        entries = range(begin[stack], end[stack])
        out[stack] = next((e for e in entries if marks[_row(locations[e])]), -1)


def last_marked(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    marks: memoryview,
    out: memoryview,
) -> None:
    """Set `out[s]` to the entry nearest to the root whose location is marked, -1 if none is."""
    for stack in range(len(begin)):
        entries = range(end[stack] - 1, begin[stack] - 1, -1)
        out[stack] = next((e for e in entries if marks[_row(locations[e])]), -1)


def prune_points(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    marks: memoryview,
    out: memoryview,
) -> None:
    """Set `out[s]` to the new leaf end of stack s after pruning uninteresting frames.

    From the root, behind the first unmarked location, the first marked one is the cut: with mark 1
    the location stays (only its inner calls were uninteresting), with any other mark it goes.
    """
    for stack in range(len(begin)):
        out[stack] = begin[stack]
        found_unmarked = False
        for entry in range(end[stack] - 1, begin[stack] - 1, -1):
            mark = marks[_row(locations[entry])]
            if not mark:
                found_unmarked = True
            elif found_unmarked:
                out[stack] = entry if mark == 1 else entry + 1
                break


def add_weights(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    node_offsets: memoryview,
    nodes: memoryview,
    weights: memoryview,
    flat: memoryview,
    cum: memoryview,
    last_seen: memoryview,
) -> None:
    """Add the weight of every stack to its nodes.

    `cum[n]` grows by `weights[s]` once for each stack that holds node n anywhere, `flat[n]` where n
    is the innermost node of the innermost location that has nodes. `last_seen`, one entry for each
    node, is scratch space and starts as -1.
    """
    for stack in range(len(begin)):
        weight = weights[stack]
        leaf = -1
        for node, _ in _walk(begin[stack], end[stack], locations, node_offsets, nodes):
            leaf = node
            if node >= 0 and last_seen[node] != stack:
                last_seen[node] = stack
                cum[node] = _signed(cum[node] + weight)
        if leaf >= 0:
            flat[leaf] = _signed(flat[leaf] + weight)


def add_calls(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    node_offsets: memoryview,
    nodes: memoryview,
    weights: memoryview,
    wanted: memoryview,
    keys: memoryview,
    call_weights: memoryview,
    is_inline: memoryview,
    last_seen: memoryview,
    first_stack: int,
    used: int,
) -> tuple[int, int]:
    """Add the weight of the stacks from `first_stack` on to the calls into wanted nodes.

    A call goes from a node to the next one towards the leaf that is in the graph (removed ones are
    skipped) and is another node; each stack counts each call once, at its outermost occurrence.
    `is_inline` stays 1 for a call that was inlined wherever it was counted.

    The calls live in an open hash table of four parallel arrays whose length is a power of two;
    key = caller * len(wanted) + callee, or -1 where free. Returns (next stack, calls in the table).
    If next stack is not the end, the table is half full: move it into a larger one with
    `move_calls` and go on with that stack; what it already added is not added again.
    """
    size, count = len(keys), len(wanted)
    for stack in range(first_stack, len(begin)):
        parent = -1
        for node, inline in _walk(begin[stack], end[stack], locations, node_offsets, nodes):
            if node < 0:
                continue
            if parent >= 0 and node != parent and wanted[node]:
                key = parent * count + node
                slot = _slot(keys, key)
                if keys[slot] == EMPTY:
                    if 2 * (used + 1) > size:
                        return stack, used
                    used += 1
                    keys[slot], call_weights[slot], is_inline[slot] = key, 0, 1
                    last_seen[slot] = -1
                if last_seen[slot] != stack:
                    last_seen[slot] = stack
                    call_weights[slot] = _signed(call_weights[slot] + weights[stack])
                    is_inline[slot] &= inline
            parent = node
    return len(begin), used


def move_calls(
    keys: memoryview,
    call_weights: memoryview,
    is_inline: memoryview,
    last_seen: memoryview,
    new_keys: memoryview,
    new_weights: memoryview,
    new_inline: memoryview,
    new_last_seen: memoryview,
) -> None:
    """Copy a table of calls into a larger, empty one."""
    if len(new_keys) < len(keys):
        raise IndexError("the new table is smaller than the old one")
    for slot, key in enumerate(keys):
        if key != EMPTY:
            new = _slot(new_keys, key)
            new_keys[new], new_weights[new] = key, call_weights[slot]
            new_inline[new], new_last_seen[new] = is_inline[slot], last_seen[slot]


def _walk(
    begin: int, end: int, locations: memoryview, node_offsets: memoryview, nodes: memoryview
) -> Iterator[tuple[int, int]]:
    """(node, whether its call was inlined) from the root to the leaf of one stack."""
    for entry in range(end - 1, begin - 1, -1):
        location = _row(locations[entry])
        first, behind = node_offsets[location], node_offsets[location + 1]
        for index in range(behind - 1, first - 1, -1):
            yield nodes[_row(index)], int(index != behind - 1)


def _slot(keys: memoryview, key: int) -> int:
    """Where `key` is in the table, or the free slot where it belongs; keys are never full."""
    size = len(keys)
    slot = (key * _MULTIPLIER & _MASK) >> 32 & (size - 1)
    for _ in range(size):
        if keys[slot] == EMPTY or keys[slot] == key:
            return slot
        slot = slot + 1 & (size - 1)
    raise IndexError("the table of calls is full")


def _row(row: int) -> int:
    if row < 0:
        raise IndexError("negative row number")
    return row


def _signed(value: int) -> int:
    """`value` as 64-bit two's complement."""
    return (value + (1 << 63) & _MASK) - (1 << 63)
