"""A replay by both flavours, readable and compiled, which must agree in everything."""

from __future__ import annotations

import random

import numpy as np

from gotrace.model import compiled_replay
from gotrace.model.player import Player
from gotrace.model.policy import Policy
from gotrace.model.replayed import Replayed
from gotrace.model.stream import Step, StepKind, Stream

__all__ = ["SIZES", "random_steps", "replayed"]

ALLOC, FREE, BEGIN, END, FLUSH, STACK, UNSTACK, PROCS = StepKind

TINY = (0, 1, 2, 3, 4, 5, 7, 8, 12, 15, 16)
SMALL = (24, 40, 100, 505, 512, 513, 520, 1024, 2048, 3000)
MEDIUM = (8192, 9000, 16384, 28000, 32752)
LARGE = (32760, 32761, 32768, 32769, 40000, 130000, 1 << 20, 5 << 20)
SIZES = (*TINY, *SMALL, *MEDIUM, *LARGE)
"""Sizes around every limit of the size rules."""

_USUAL = TINY * 2 + SMALL * 3 + MEDIUM
_STACKS = (2048, 2048, 4096, 8192, 16384, 32768, 65536)
_WRONG_SIZES = (0, -1, 8, 2048, 3000, 1 << 39, 1 << 48, 1 << 62, -(1 << 62))
_CACHES = (0, 0, 1, 2, 3)


def replayed(stream: Stream, policy: Policy, first_address: int | None = None) -> Replayed:
    """The replay of `stream`, compiled, and found equal to the readable one, which is checked."""
    start = policy.first_address if first_address is None else first_address
    player = Player(stream, policy, policy.heap(policy, start))
    player.play()
    player.heap.check()
    readable = player.replayed()
    assert compiled_replay.is_built(policy)
    compiled = compiled_replay.play(stream, policy, start)
    for name in readable.placements._fields:
        expected, got = getattr(readable.placements, name), getattr(compiled.placements, name)
        assert expected.dtype == got.dtype, name
        wrong = np.flatnonzero(expected != got)[:1].tolist()
        assert wrong == [], f"{policy.name}: `{name}` of row {wrong} differs"
    assert readable.marks_count == compiled.marks_count
    assert readable.notes == compiled.notes
    assert readable.statistics == compiled.statistics
    return compiled


class _Program:
    """Makes up what a program might do, and now and then what none could."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        choose = self.random.choice
        self.has_marks = self.random.random() < 0.7
        self.live_count = choose([20, 200, 1000])
        self.wrong_share = choose([0.0, 0.02, 0.2])
        self.odd_sizes_share = choose([0.0, 0.05, 0.3])
        self.stacks_share = choose([0.0, 0.03, 0.3])
        self.live: list[int] = []
        self.stacks: list[int] = []
        self.number = 0
        self.is_marking = False

    def step(self) -> Step:
        """The next row."""
        choose, chance = self.random.choice, self.random.random()
        cache = choose(_CACHES)
        if self.random.random() < self.wrong_share:
            return self.wrong()
        if chance < self.stacks_share:
            return self.stack(cache)
        chance -= self.stacks_share
        if chance < 0.01:
            return Step(FLUSH, cache)
        if chance < 0.015:
            return Step(PROCS, size=choose([1, 2, 3, 4]))
        if chance < 0.03 and self.has_marks:
            self.is_marking = not self.is_marking
            return Step(BEGIN if self.is_marking else END)
        dies = self.random.random() < (0.45 if len(self.live) < self.live_count else 0.6)
        if self.live and dies:
            return Step(FREE, cache, self.live.pop(self.random.randrange(len(self.live))))
        self.number += 1
        self.live.append(self.number)
        size = choose(SIZES if self.random.random() < self.odd_sizes_share else _USUAL)
        return Step(ALLOC, cache, self.number, size, self.random.random() < 0.5)

    def stack(self, cache: int) -> Step:
        """A stack comes or goes, with a P or without."""
        cache = self.random.choice([cache, cache, -1])
        if self.stacks and self.random.random() < 0.5:
            number = self.stacks.pop(self.random.randrange(len(self.stacks)))
            return Step(UNSTACK, cache, number)
        self.number += 1
        self.stacks.append(self.number)
        return Step(STACK, cache, self.number, self.random.choice(_STACKS))

    def wrong(self) -> Step:
        """Any kind, of any object, of any size, anywhere."""
        choose = self.random.choice
        number = self.random.randrange(-5, self.number + 5)
        pointers = self.random.random() < 0.5
        return Step(
            choose(list(StepKind)),
            choose([0, -1, 1, 5000, -2]),
            number,
            choose(_WRONG_SIZES),
            pointers,
        )


def random_steps(seed: int, rows: int) -> list[Step]:
    """`rows` rows; the seed also decides how wild they are."""
    program = _Program(seed)
    return [program.step() for _ in range(rows)]
