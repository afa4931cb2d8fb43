"""Random states of a pacer as lines, and what the model makes of each.

Three kinds of lines: `pace` follows one controller from a commit through the start of a cycle and
some marking to its end, `sweep` is the pace of the sweeper, `pi` one step of a PI controller.
Floats are written as the hexadecimal of their 64 bits, so that nothing is rounded.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

from gotrace.model.pacer.commit import commit
from gotrace.model.pacer.cons_mark import runway
from gotrace.model.pacer.pacers import pacer_for
from gotrace.model.pacer.pi_controller import PIController
from gotrace.model.pacer.rules import (
    EndedCycle,
    MarkProgress,
    MemoryLimitState,
    Pacer,
    PacerState,
)
from gotrace.model.versions import GoVersion

__all__ = ["answers", "lines"]

_NO_LIMIT = (1 << 63) - 1
_TOPS = (1 << 12, 1 << 20, 5 << 20, 1 << 24, 1 << 28, 1 << 32, 1 << 40)


def lines(seed: int, count: int) -> list[str]:
    """`count` random states: three in four are of pacers."""
    chance = random.Random(seed)
    kinds = (_pace, _pace, _pace, _pace, _pace, _pace, _sweep, _controller)
    return [kinds[number % len(kinds)](chance) for number in range(count)]


def answers(states: list[str], version: GoVersion) -> list[str]:
    """Each line with what the model of `version` answers."""
    pacer = pacer_for(version)
    told = []
    for line in states:
        kind, *words = line.split()
        answer = {"pace": _paced, "sweep": _swept, "pi": _controlled}[kind](pacer, iter(words))
        told.append(f"{line} = {' '.join(map(str, answer))}")
    return told


def _bits(number: float) -> str:
    return struct.pack(">d", number).hex()


def _float(text: str) -> float:
    (number,) = struct.unpack(">d", bytes.fromhex(text))
    return float(number)


def _pace(chance: random.Random) -> str:
    top = chance.choice(_TOPS)

    def size(factor: float = 1.0) -> int:
        return int(chance.random() ** 2 * top * factor)

    gogc = chance.choice((100, 100, 50, 200, -1, 0, 10, 400, 100_000, chance.randrange(500)))
    marked, free, allocated, freed = size(), size(0.3), size(3), size()
    allocated += freed
    mapped = free + allocated - freed + size(0.2)
    limit = chance.choice((_NO_LIMIT, size(2), mapped + size(), mapped + size(4)))
    cons = [chance.choice((0.0, chance.expovariate(3), 1e-6, 1e9)) for _ in range(5)]
    live = marked + size()
    scan, stack = size(2), size(0.2)
    procs = chance.randint(1, 40)
    ended = live + chance.choice((0, size(), 1))
    work = [chance.choice((0, size(2))), size(0.2), size(0.1)]
    duration = chance.choice((0, 10**6, chance.randrange(10**10)))
    assist = int(duration * procs * chance.choice((0, 0.1, 0.75, chance.random())))
    words: list[object] = [gogc, limit, marked, size(0.2), size(), size(0.1), marked + size(0.5)]
    words += [mapped, free, allocated, freed, *map(_bits, cons), chance.randrange(2)]
    words += [live, scan, stack, procs, chance.randrange(2), ended, *work]
    words += [size(), assist, duration, chance.choice((0, duration * procs // 3))]
    return "pace " + " ".join(map(str, words))


def _sweep(chance: random.Random) -> str:
    top = chance.choice(_TOPS)
    live = chance.randrange(top)
    in_use = chance.randrange(top // 4096 + 2)
    swept = chance.choice((0, chance.randrange(in_use + 2)))
    return f"sweep {live + chance.randrange(top)} {live} {in_use} {swept}"


def _controller(chance: random.Random) -> str:
    tuned = chance.choice(((0.9, 4.0, 1000.0, -1000.0, 1000.0), (0.5, 1.0, 2.0, -1.0, 1.0)))
    scale = chance.choice((1.0, 10.0, 1e4, 1e308))
    numbers = (*tuned, *(chance.uniform(-scale, scale) for _ in range(3)), 1.0)
    return "pi " + " ".join(map(_bits, numbers))


def _paced(pacer: Pacer, words: Iterator[str]) -> list[object]:
    take = words.__next__
    gogc, limit, marked, stack, last_scan, globals_, live = (int(take()) for _ in range(7))
    mapped, free, allocated, freed = (int(take()) for _ in range(4))
    cons, *last = (_float(take()) for _ in range(5))
    unswept = None if take() == "1" else live
    limits = MemoryLimitState(limit, mapped, free, allocated - freed)
    state = PacerState(cons_mark=cons, last_cons_marks=(last[0], last[1], last[2], last[3]))
    first = commit(
        pacer,
        state,
        marked,
        stack,
        globals_,
        gogc,
        limits,
        heap_scan_bytes=last_scan,
        unswept_live_bytes=unswept,
    )
    told: list[object] = [first.goal_bytes, first.min_trigger_bytes, first.trigger_bytes]
    told.append(runway(cons, last_scan + stack + globals_))

    live, scan, allocated_stack, procs = (int(take()) for _ in range(4))
    workers = pacer.workers(procs, is_periodic=take() == "1")
    goal = pacer.goal_limits(
        marked, stack, globals_, gogc, limits, unswept_live_bytes=unswept, triggered_bytes=live
    ).goal_bytes
    progress = MarkProgress(
        gogc, live, scan, goal, live, 0, last_scan, stack, globals_, allocated_stack
    )
    told += [workers.dedicated_count, _bits(workers.fractional_ratio), workers.idle_max_count]
    told += [goal, _bits(pacer.assist_ratio(progress))]

    ended, heap_work, stack_work, globals_work = (int(take()) for _ in range(4))
    work = heap_work + stack_work + globals_work
    progress = MarkProgress(
        gogc, ended, scan, goal, live, work, last_scan, stack, globals_, allocated_stack
    )
    told.append(_bits(pacer.assist_ratio(progress)))

    marked, assist, duration, idled = (int(take()) for _ in range(4))
    state = pacer.end_of_cycle(
        state, EndedCycle(gogc, procs, ended, live, work, duration, assist, idled)
    )
    second = commit(
        pacer,
        state,
        marked,
        stack_work,
        globals_,
        gogc,
        limits,
        heap_scan_bytes=heap_work,
        unswept_live_bytes=marked,
    )
    told += [_bits(state.cons_mark), _bits(state.last_cons_marks[3])]
    return [*told, second.goal_bytes, second.trigger_bytes]


def _swept(pacer: Pacer, words: Iterator[str]) -> list[object]:
    return [_bits(pacer.sweep_pages_per_byte(*map(int, words)))]


def _controlled(pacer: Pacer, words: Iterator[str]) -> list[object]:
    numbers = [_float(word) for word in words]
    controller = PIController(*numbers[:5])
    output, integral, is_sound = controller.next(*numbers[5:])
    return [_bits(output), _bits(integral), str(is_sound).lower()]
