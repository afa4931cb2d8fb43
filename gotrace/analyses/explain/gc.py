"""`gotrace explain gc`: one collection step by step, and what the write barrier is for.

The story is made so that without a barrier the collector frees an object in use; with the barrier
of the version the same program on the same schedule is safe.
"""

from __future__ import annotations

from gotrace.analyses.explain.gc_tables import (
    RULES_IN_WORDS,
    objects_table,
    steps_table,
    versions_table,
)
from gotrace.analyses.explain.gc_words import letters
from gotrace.analyses.result import Certainty, Fact, Finding, Result, Weight
from gotrace.errors import UsageError
from gotrace.model.marking.graph import numbers_in
from gotrace.model.marking.invariants import broken, lost, weak_breaches
from gotrace.model.marking.milestones import Milestone, milestone_for, with_barrier
from gotrace.model.marking.rules import Barrier, Invariant, Order, Rules
from gotrace.model.marking.stories import Moment, Story, hazard_story, play, small_scale
from gotrace.model.marking.world import World, new_world

__all__ = ["explain_gc", "explain_gc_title"]


def explain_gc_title(runtime: str = "", barrier: str = "") -> str:
    """The heading: `A collection step by step, go1.27`."""
    version, milestone = milestone_for(runtime)
    own = str(milestone.rules.barrier)
    other = f" with barrier {barrier}" if barrier and barrier != own else ""
    return f"A collection step by step, {version}{other}"


def explain_gc(
    runtime: str = "", barrier: str = "", seed: int = 1, steps: int = 0
) -> tuple[Result, ...]:
    """A collection of `runtime` (by default the newest Go), perhaps with another `barrier`.

    Results: `overview` (facts, findings), `objects`, `steps` and `versions`, each with a table of
    its name; `steps` rows of the second, 0 for all. The story depends on `seed` and `runtime`, not
    on the barrier. Raises UsageError for unknown runtimes and barriers, and for barriers where the
    world stands still.
    """
    _, milestone = milestone_for(runtime)
    own = small_scale(milestone.rules)
    rules = with_barrier(own, _barrier(barrier)) if barrier else own
    story = hazard_story(seed, own)
    first, moments = new_world(story.graph), play(story, rules)
    facts = (*_rule_facts(rules, milestone), _invariant(moments, rules))
    last = moments[-1].world
    findings = (*_lost(moments), *_saved(story, own, rules, last))
    return (
        Result("overview", "Answer", (*facts, Fact("seed", seed, "", "seed")), findings=findings),
        Result("objects", "The objects", tables=(objects_table(first, last),)),
        Result("steps", "The steps", tables=(steps_table(first, moments, rules, steps),)),
        Result("versions", "In every version", tables=(versions_table(),)),
    )


def _barrier(name: str) -> Barrier:
    try:
        return Barrier(name)
    except ValueError:
        names = ", ".join(RULES_IN_WORDS)
        raise UsageError(f"`{name}` is no barrier; barriers: {names}") from None


def _rule_facts(rules: Rules, milestone: Milestone) -> tuple[Fact, ...]:
    marking = "beside the program, between two short stops of the world"
    if rules.stops_to_mark:
        beside = "" if rules.stops_to_sweep else "; sweeping runs beside the program"
        marking = f"while the world stands still{beside}"
    facts = [Fact("marking", marking, title="marking", detail=milestone.source)]
    if not rules.stops_to_mark:
        new = "black: kept until the next cycle" if rules.is_new_black else "white"
        facts += [
            Fact("barrier", RULES_IN_WORDS[rules.barrier], title="barrier"),
            Fact("stacks", _stacks(rules), title="stacks"),
            Fact("new_objects", new, title="new objects"),
        ]
    order = "the object that turned grey last comes first"
    if rules.order is Order.SPANS:
        order = (
            "slots of 16 to 512 bytes span by span, the span that was met first; of others the "
            "object that turned grey last"
        )
    return (*facts, Fact("order", order, title="order"))


def _stacks(rules: Rules) -> str:
    if rules.stops_to_scan_stacks:
        return "all scanned in the first stop"
    again = ", again in mark termination" if rules.rescans_stacks else ", once"
    return f"each scanned while its goroutine stands still{again}"


def _invariant(moments: list[Moment], rules: Rules) -> Fact:
    meanings = {
        Invariant.STRONG: "nothing that was scanned points to white, stacks apart",
        Invariant.WEAK: "white that scanned slots point to also hangs on grey",
        Invariant.NONE: "",
    }
    name, value = rules.promise, "none is kept"
    if rules.stops_to_mark:
        value = "none is needed: nobody writes while the collector marks"
    elif name is not Invariant.NONE:
        count = sum(not broken(moment.world, rules) for moment in moments)
        value = f"{name}, held after {count} of {len(moments)} steps"
    else:
        for number, moment in enumerate(moments, 1):
            hidden = weak_breaches(moment.world, rules)
            if hidden:
                found = letters(1 << hidden[0].number)
                value = f"none: from step {number} on {found} is white and hidden"
                break
    return Fact("invariant", value, title="invariant", detail=meanings[name])


def _bytes(world: World, bits: int) -> int:
    return sum(world.graph.objects[number].slot_bytes for number in numbers_in(bits))


def _lost(moments: list[Moment]) -> list[Finding]:
    for number, moment in enumerate(moments, 1):
        gone = lost(moment.world)
        if gone:
            what = (
                f"{letters(gone)} is lost: marking ended in step {number} without finding it, and "
                "the program can still reach it; its memory will be given to somebody else"
            )
            advice = "leave --barrier out and watch the step in which the barrier finds it."
            return [
                Finding(
                    "lost-object",
                    what,
                    "",
                    _bytes(moment.world, gone),
                    "bytes",
                    Certainty.EXACT,
                    weight=Weight.HIGH,
                    advice=advice,
                )
            ]
    return []


def _saved(story: Story, own: Rules, rules: Rules, last: World) -> list[Finding]:
    """What the same story would have lost without the barrier."""
    if rules.barrier is Barrier.NONE or lost(last):
        return []
    bare = play(story, with_barrier(own, Barrier.NONE))
    gone = next((found for moment in bare if (found := lost(moment.world))), 0)
    if not gone:
        return []
    what = f"the barrier saves {letters(gone)}: the same steps without it lose it"
    advice = "the same command with --barrier none."
    amount = _bytes(last, gone)
    return [
        Finding(
            "saved-object",
            what,
            "",
            amount,
            "bytes",
            Certainty.EXACT,
            weight=Weight.LOW,
            advice=advice,
        )
    ]
