"""The tables of `gotrace explain gc`: the objects of a story, its steps, the collectors of Go."""

from __future__ import annotations

from collections.abc import Sequence

from gotrace.analyses.explain.gc_words import letters, name_of, step_in_words
from gotrace.analyses.result import ResultColumn, ResultTable
from gotrace.model.marking.graph import Graph, letter, reachable
from gotrace.model.marking.invariants import lost
from gotrace.model.marking.milestones import MILESTONES, Milestone
from gotrace.model.marking.rules import Rules
from gotrace.model.marking.stories import Moment
from gotrace.model.marking.world import Phase, World
from gotrace.model.versions import NEWEST

__all__ = ["RULES_IN_WORDS", "objects_table", "steps_table", "versions_table"]

_COLOURS_NOTE = (
    "white: not marked, grey: marked but not scanned, black: marked and scanned (or noscan); after "
    "marking, white is garbage."
)

_INTEGER_NOTE = "integer: a number on the stack that looks like the object's address, and is none."


def objects_table(first: World, last: World) -> ResultTable:
    """Every object: what it is, what it points to at the start, what becomes of it."""
    things = last.graph.objects
    start = first.graph
    at_start = [
        "allocated later" if number >= len(start.objects) else _pointers(start, number)
        for number in range(len(things))
    ]
    columns = (
        ResultColumn("object", "text", [letter(n) for n in range(len(things))], is_key=True),
        ResultColumn("slot_bytes", "exact_bytes", [thing.slot_bytes for thing in things], "slot"),
        ResultColumn("size_class", "", [thing.size_class or None for thing in things], "class"),
        ResultColumn("span", "", [thing.span + 1 for thing in things], "span"),
        ResultColumn("points_to", "text", at_start, "points to"),
        ResultColumn("held_by", "text", [_holders(start, n) for n in range(len(things))], "root"),
        ResultColumn("fate", "text", _fates(first, last), "fate"),
    )
    return ResultTable("objects", "The objects", columns, (_INTEGER_NOTE,))


def _pointers(graph: Graph, number: int) -> str:
    thing = graph.objects[number]
    if thing.is_noscan:
        return "noscan"
    return " ".join(map(name_of, thing.slots))


def _holders(graph: Graph, number: int) -> str | None:
    holders = ["global" for value in graph.globals if value == number]
    for goroutine, stack in enumerate(graph.stacks):
        if number in stack:
            holders.append(f"g{goroutine + 1}")
    for goroutine, integers in enumerate(graph.integers):
        if number in integers:
            holders.append(f"integer of g{goroutine + 1}")
    return ", ".join(holders) or None


def _fates(first: World, last: World) -> list[str]:
    alive, began, gone = reachable(last.graph), reachable(first.graph), lost(last)
    fates = []
    for number in range(len(last.graph.objects)):
        bit = 1 << number
        if gone & bit:
            fates.append("LOST: freed in use")
        elif last.freed & bit:
            fates.append("freed")
        elif alive & bit:
            fates.append("kept")
        elif began & bit or number >= len(first.graph.objects):
            fates.append("kept, died meanwhile")
        else:
            fates.append("kept, taken for alive")
    return fates


def steps_table(first: World, moments: Sequence[Moment], rules: Rules, most: int) -> ResultTable:
    """A row for each step: who, what, and the three sets after it; `most` rows, 0 for all."""
    befores = [first, *(moment.world for moment in moments)]
    words = [
        step_in_words(before, moment, rules)
        for before, moment in zip(befores, moments, strict=False)
    ]
    count = min(most or len(moments), len(moments))
    worlds = [moment.world for moment in moments[:count]]
    columns = (
        ResultColumn("step", "", list(range(1, count + 1)), "step", is_key=True),
        ResultColumn("who", "text", [_who(moment) for moment in moments[:count]], "who"),
        ResultColumn("white", "text", [letters(world.white) or None for world in worlds], "white"),
        ResultColumn("grey", "text", [letters(world.grey) or None for world in worlds], "grey"),
        ResultColumn("black", "text", [letters(world.black) or None for world in worlds], "black"),
        ResultColumn("free", "text", [letters(world.freed) or None for world in worlds], "free"),
        ResultColumn("stack", "text", [_stack(world) for world in worlds], "stack of g1"),
        ResultColumn("meaning", "text", words[:count], "what happens"),
    )
    hidden = len(moments) - count
    footnotes = (f"{hidden} more steps: --steps {len(moments)} shows all.",) if hidden else ()
    return ResultTable("steps", "The steps", columns, (*footnotes, _COLOURS_NOTE))


def _who(moment: Moment) -> str:
    by = moment.goroutine
    return "collector" if by is None else f"g{by + 1}"


def _stack(world: World) -> str:
    held = " ".join(map(name_of, world.graph.stacks[0]))
    if world.phase is Phase.OFF:
        return held
    return f"{held}, {'grey' if world.is_stack_grey(0) else 'black'}"


RULES_IN_WORDS = {
    "none": "none: no write shades anything",
    "dijkstra": "dijkstra: a write shades the new pointer",
    "yuasa": "yuasa: a write shades the pointer it overwrites",
    "hybrid": "hybrid: a write shades the pointer it overwrites; the new one too while the "
    "writer's stack is grey",
}
"""Barrier → what it does."""


def versions_table() -> ResultTable:
    """The milestones of Go's collector, with the versions that have the rules of each."""
    ends = [row.version.minor - 1 for row in MILESTONES[1:]] + [NEWEST.minor]
    columns = (
        ResultColumn(
            "versions",
            "text",
            [_versions(row, end) for row, end in zip(MILESTONES, ends, strict=True)],
            "versions",
            is_key=True,
        ),
        ResultColumn("barrier", "text", [str(row.rules.barrier) for row in MILESTONES], "barrier"),
        ResultColumn("stops", "text", [_stops(row.rules) for row in MILESTONES], "stands still"),
        ResultColumn("new", "text", [_new(row.rules) for row in MILESTONES], "new"),
        ResultColumn(
            "meaning",
            "text",
            [f"{row.meaning} ({row.source})" for row in MILESTONES],
            "what changed",
        ),
    )
    return ResultTable("versions", "In every version", columns)


def _versions(row: Milestone, end: int) -> str:
    return str(row.version) if row.version.minor == end else f"{row.version} to 1.{end}"


def _stops(rules: Rules) -> str:
    if rules.stops_to_sweep:
        return "mark, sweep"
    if rules.stops_to_mark:
        return "mark"
    return "2 stops, rescan" if rules.rescans_stacks else "2 stops"


def _new(rules: Rules) -> str | None:
    if rules.stops_to_mark:
        return None
    return "black" if rules.is_new_black else "white"
