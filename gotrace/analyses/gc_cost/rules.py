"""What a sample of the CPU profiler was spent on: one list of rules; the first that fits decides.

A rule fits a sample if one of its functions is on the stack (inlined calls count), and, for a rule
with `within`, one of those too. So every sample has exactly one category, and the categories add up
to the profile.

Why this order: sweeping, scavenging and the coordination of a cycle happen in the middle of
allocations and of mark workers, and an assist in the middle of an allocation: what is inside is
named before what is around it. A stack scan is named apart where a worker does it; in an assist it
is the assist's, because the goroutine that allocates pays for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.analyses.gc_cost.functions import pattern_of

__all__ = [
    "ASSIST", "BACKGROUND_MARK", "CATEGORIES", "CHARGED", "COORDINATION", "MALLOC", "MEMORY",
    "MUTATOR", "RULES", "SCAVENGER", "STACK_GROWTH", "SWEEP", "WRITE_BARRIER", "Rule",
]  # fmt: skip

SWEEP = "sweep"
SCAVENGER = "scavenger"
COORDINATION = "coordination"
ASSIST = "assist"
BACKGROUND_MARK = "background_mark"
STACK_GROWTH = "stack_growth"
WRITE_BARRIER = "write_barrier"
MALLOC = "malloc"
MUTATOR = "mutator"

CATEGORIES: dict[str, str] = {
    MALLOC: "allocating (mallocgc)",
    ASSIST: "mark assists",
    BACKGROUND_MARK: "background marking",
    SWEEP: "sweeping",
    WRITE_BARRIER: "write barriers",
    COORDINATION: "GC coordination and stopped world",
    SCAVENGER: "returning memory (scavenger)",
    STACK_GROWTH: "growing goroutine stacks",
    MUTATOR: "everything else (the program)",
}
"""Category → what people read, in the order of the tables."""

MEMORY = tuple(category for category in CATEGORIES if category != MUTATOR)
"""What pays for memory."""

CHARGED = (BACKGROUND_MARK, SWEEP, WRITE_BARRIER, COORDINATION, SCAVENGER)
"""Work of the collector that no single call site asked for: it is charged to all in proportion."""


@dataclass(frozen=True)
class Rule:
    """Samples with a function of `groups` (and one of `within`) on their stack are `part`."""

    category: str
    part: str
    groups: tuple[str, ...]
    within: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """The functions as one regular expression, as `-focus` of `go tool pprof` takes it."""
        return pattern_of(self.groups)

    @property
    def within_pattern(self) -> str:
        """The same of `within`; empty where there is none."""
        return pattern_of(self.within) if self.within else ""


_AFTER_CLEARING = (
    *("refill", "large", "tiny", "small_noscan", "small_header", "small_scan", "free", "malloc"),
)

RULES: tuple[Rule, ...] = (
    Rule(SWEEP, "background", ("background_sweep",)),
    Rule(SWEEP, "ahead of allocation", ("sweep_credit",)),
    Rule(SWEEP, "on demand", ("sweep",)),
    Rule(SCAVENGER, "background", ("background_scavenge",)),
    Rule(SCAVENGER, "on demand", ("scavenge",)),
    Rule(COORDINATION, "start of a cycle", ("start",)),
    Rule(COORDINATION, "end of marking", ("finish",)),
    Rule(COORDINATION, "runtime.GC", ("forced",)),
    Rule(COORDINATION, "stopping the world", ("stop_the_world",)),
    Rule(COORDINATION, "scheduling workers", ("worker_scheduling",)),
    Rule(ASSIST, "", ("assist",)),
    Rule(COORDINATION, "scanning stacks", ("stack_scan",)),
    Rule(BACKGROUND_MARK, "dedicated worker", ("dedicated_worker",)),
    Rule(BACKGROUND_MARK, "fractional worker", ("fractional_worker",)),
    Rule(BACKGROUND_MARK, "idle worker", ("idle_worker",)),
    Rule(BACKGROUND_MARK, "mode not told", ("mark_worker",)),
    Rule(MUTATOR, "preempted", ("preemption",)),
    Rule(STACK_GROWTH, "", ("stack_growth",)),
    Rule(WRITE_BARRIER, "", ("write_barrier",)),
    Rule(MALLOC, "profiling", ("malloc_profiling",)),
    Rule(MALLOC, "allocate black", ("allocate_black",)),
    Rule(MALLOC, "type bits and headers", ("type_bits",)),
    Rule(MALLOC, "zeroing", ("clearing",), within=(*_AFTER_CLEARING, "growing")),
    Rule(MALLOC, "refill", ("refill",)),
    Rule(MALLOC, "large", ("large",)),
    Rule(MALLOC, "tiny", ("tiny",)),
    Rule(MALLOC, "small, noscan", ("small_noscan",)),
    Rule(MALLOC, "small, scan, header", ("small_header",)),
    Rule(MALLOC, "small, scan", ("small_scan",)),
    Rule(MALLOC, "freeing", ("free",)),
    Rule(MALLOC, "mallocgc itself", ("malloc",)),
    Rule(MUTATOR, "", ()),
)
"""The declared order. The last rule, without functions, fits every sample.

Before Go 1.24 `mallocgc` holds the paths of tiny and small objects itself: they are `mallocgc
itself`. From 1.26 on the specialised functions write type bits inline: these are in `small, scan`.
"""
