"""What a step of a collection did, in words; objects are letters, goroutines g1, g2."""

from __future__ import annotations

from gotrace.model.marking.graph import Pointer, letter, numbers_in
from gotrace.model.marking.invariants import lost
from gotrace.model.marking.mutators import Allocate, Drop, Load, LoadGlobal, Store, StoreGlobal
from gotrace.model.marking.rules import Rules
from gotrace.model.marking.steps import (
    Flush,
    ScanGlobal,
    ScanObject,
    ScanStack,
    Start,
    Sweep,
    TakeSpan,
    Terminate,
)
from gotrace.model.marking.stories import Moment
from gotrace.model.marking.world import Phase, World

__all__ = ["letters", "name_of", "step_in_words"]


def letters(bits: int) -> str:
    """A set of objects: `A C D`; nothing if it is empty."""
    return " ".join(map(letter, numbers_in(bits)))


def step_in_words(before: World, moment: Moment, rules: Rules) -> str:
    """One clause or a few: what was done, then what changed its colour by it."""
    step, after = moment
    if isinstance(step, Start):
        return _start(before, after, rules)
    if isinstance(step, Terminate):
        return _terminate(before, after, rules)
    if isinstance(step, Sweep):
        freed = after.freed & ~before.freed
        what = f"frees {letters(freed)}" if freed else "nothing to free"
        return f"sweeps span {step.span + 1}: {what}"
    if isinstance(step, TakeSpan):
        batch = [number for number, _ in after.scanning]
        return f"takes span {step.span + 1} from the queue, to scan {_list(batch)}"
    return f"{_done(before, moment)}{_found(before, after)}"


def _done(before: World, moment: Moment) -> str:
    step = moment.step
    graph = before.graph
    if isinstance(step, ScanGlobal):
        return f"scans global {before.scanned_globals_count + 1}"
    if isinstance(step, ScanStack):
        return f"stops g{step.goroutine + 1} and scans its stack"
    if isinstance(step, ScanObject):
        return f"scans {letter(step.number)}"
    if isinstance(step, Flush):
        return f"empties the barrier's buffer of g{step.goroutine + 1}"
    if isinstance(step, Allocate):
        return _allocation(step, before, moment.world)
    if isinstance(step, Drop):
        return f"drops {name_of(graph.stacks[step.goroutine][step.at])}"
    if isinstance(step, Load):
        holder = graph.stacks[step.goroutine][step.holder] or 0
        value = graph.objects[holder].slots[step.slot]
        return f"reads {name_of(value)} from {_slot(holder, step.slot)}"
    if isinstance(step, LoadGlobal):
        return f"reads {name_of(graph.globals[step.index])} from global {step.index + 1}"
    return _write(before, step) if isinstance(step, Store | StoreGlobal) else ""


def _write(before: World, step: Store | StoreGlobal) -> str:
    stack = before.graph.stacks[step.goroutine]
    new = None if step.value is None else stack[step.value]
    if isinstance(step, Store):
        holder = stack[step.holder] or 0
        place, old = _slot(holder, step.slot), before.graph.objects[holder].slots[step.slot]
    else:
        place, old = f"global {step.index + 1}", before.graph.globals[step.index]
    return f"writes {name_of(new)} to {place}" + (
        f" over {name_of(old)}" if old is not None else ""
    )


def _allocation(step: Allocate, before: World, after: World) -> str:
    number = len(before.graph.objects)
    colour = f"{after.colour(number)}, " if after.phase is Phase.MARK else ""
    scanned = after.black & ~before.black & ~(1 << number)
    what = f"allocates {letter(number)} ({colour}{step.shape.slot_bytes} B)"
    return f"{what} and assists, scans {letters(scanned & before.grey)}" if scanned else what


def _found(before: World, after: World) -> str:
    """What the step shaded or took down, but for the new object of an allocation."""
    old = (1 << len(before.graph.objects)) - 1
    grey = (after.marked & ~before.marked) & old
    noscan = sum(1 << n for n in numbers_in(grey) if after.graph.objects[n].is_noscan)
    taken = after.buffered & ~before.buffered & ~after.marked
    parts = []
    if grey & ~noscan:
        parts.append(f"{letters(grey & ~noscan)} {_turn(grey & ~noscan)} grey")
    if noscan:
        parts.append(f"{letters(noscan)} {_turn(noscan)} black (noscan)")
    if taken:
        parts.append(f"the barrier takes {letters(taken)} down")
    return ": " + ", ".join(parts) if parts else ""


def _start(before: World, after: World, rules: Rules) -> str:
    if rules.stops_to_mark:
        freed = letters(after.freed & ~before.freed) or "nothing"
        return "stops the world and marks" + f", sweeps: frees {freed}" * rules.stops_to_sweep
    snapshot = " and scans all stacks" if rules.stops_to_scan_stacks else ""
    barrier = "marking begins" if rules.barrier == "none" else "the barrier is on"
    return f"stops the world{snapshot}: {barrier}{_tail(_found(before, after))}"


def _terminate(before: World, after: World, rules: Rules) -> str:
    if after.phase is Phase.MARK:
        left = letters(before.buffered & ~before.marked)
        return f"would end marking, but barriers took {left} down: marking goes on"
    again = [
        name
        for name, is_so in (("globals", rules.rescans_globals), ("stacks", rules.rescans_stacks))
        if is_so
    ]
    scans = f", scans {' and '.join(again)} again" if again else ""
    found = letters(after.marked & ~before.marked)
    scans += f" and marks {found}" if found else ""
    gone = lost(after)
    hazard = f"; {letters(gone)} is white, and the program can reach it" if gone else ""
    return f"stops the world{scans}: mark termination{hazard}"


def _tail(found: str) -> str:
    return found.replace(": ", ", ", 1)


def _turn(bits: int) -> str:
    return "turn" if bits.bit_count() > 1 else "turns"


def name_of(pointer: Pointer) -> str:
    """What a slot holds: a letter, or `nil`."""
    return "nil" if pointer is None else letter(pointer)


def _slot(holder: int, slot: int) -> str:
    return f"{letter(holder)}[{slot}]"


def _list(numbers: list[int]) -> str:
    return " ".join(map(letter, numbers)) or "nothing"
