"""Numbers from cycle to cycle: what a scenario of a pacer feeds it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

__all__ = ["Stream", "constant", "delayed", "jitter", "oscillating", "ramp", "total", "unit"]

Stream = Callable[[int], float]
"""Cycle, from 0 on → number."""


def constant(number: float) -> Stream:
    """Always the same."""
    return lambda _: number


def ramp(height: float, cycles: int) -> Stream:
    """From 0 to `height` in so many cycles, and there it stays."""
    return lambda cycle: height * min(cycle, cycles) / cycles


def unit(height: float) -> Stream:
    """Once `height`, then 0."""
    return lambda cycle: height if cycle == 0 else 0.0


def oscillating(amplitude: float, period: int) -> Stream:
    """A sine."""
    return lambda cycle: amplitude * math.sin(cycle % period / period * 2 * math.pi)


def jitter(amplitude: float, seed: int) -> Stream:
    """Random numbers between -amplitude and amplitude."""
    chance = random.Random(seed)
    drawn = [chance.uniform(-amplitude, amplitude) for _ in range(200)]
    return lambda cycle: drawn[cycle]


def delayed(stream: Stream, cycles: int) -> Stream:
    """0 for so many cycles, then `stream` from its beginning."""
    return lambda cycle: 0.0 if cycle < cycles else stream(cycle - cycles)


def total(*streams: Stream) -> Stream:
    """All of them together."""
    return lambda cycle: sum(stream(cycle) for stream in streams)
