"""The free-running model beside the runtime itself: a real program, every installed toolchain."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.policies import policy_for
from tests.goroots import GOROOTS, GoRoot

SOURCE = Path(__file__).parent / "go_programs" / "placements.go"
SIZE = 18432
STACK_BYTES = 2048
each_goroot = pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))


@cache
def addresses(root: GoRoot) -> dict[str, list[int]]:
    """What the program prints: word → addresses."""
    found: dict[str, list[int]] = {}
    for line in root.run(SOURCE).splitlines():
        word, address = line.split()
        found.setdefault(word, []).append(int(address))
    return found


def heap(root: GoRoot) -> BitmapHeap:
    policy = policy_for(str(root.version))
    made = policy.heap(policy, policy.first_address)
    assert isinstance(made, BitmapHeap)
    return made


def runs(found: list[int]) -> list[int]:
    """How many stacks in a row each lie directly behind the one before."""
    lengths = [1]
    for before, after in pairwise(found):
        if after == before + STACK_BYTES:
            lengths[-1] += 1
        else:
            lengths.append(1)
    return lengths


@each_goroot
def test_slots_and_spans_are_used_again_in_the_order_of_the_runtime(root: GoRoot) -> None:
    """Refill, flush, the order of sweeping and of the central lists, all in one."""
    real = addresses(root)
    one = heap(root)
    new = [one.allocate(0, SIZE, False) for _ in real["new"]]
    assert [made.slot for made in new] == [0, 1, 2, 3] * 11
    for index, made in enumerate(new):
        in_span = real["new"][index] - real["new"][index - made.slot]
        assert in_span == made.address - made.span
    one.begin_mark()
    one.end_mark([made.address for index, made in enumerate(new) if index % 4 != 1])
    one.sweeper.finish()
    again = [one.allocate(0, SIZE, False).address for _ in real["again"]]
    order = [[made.address for made in new].index(address) for address in again]
    assert [real["new"].index(address) for address in real["again"]] == order
    assert order[:6] == [40, 42, 43, 0, 2, 3], "the span in the cache was swept first"


@each_goroot
def test_stacks_are_cut_from_their_spans_in_the_order_of_the_runtime(root: GoRoot) -> None:
    """Eight a refill, from two spans if need be; how much of a span was left, we do not know.

    The first 16 are left out: what goroutines before ours gave back stands there in any order.
    """
    real = runs(addresses(root)["stack"][16:])[1:-1]
    assert len(real) >= 5
    possible = []
    for taken_before in range(16):
        one = heap(root)
        for _ in range(taken_before):
            one.stacks.allocate(STACK_BYTES, None)
        possible.append(runs([one.stacks.allocate(STACK_BYTES, 0) for _ in range(128)]))
    starts = [(lengths, i) for lengths in possible for i in range(len(lengths))]
    assert any(lengths[i : i + len(real)] == real for lengths, i in starts)
