"""The answer for one size in words: a line each, with the rule and its place in Go's source."""

from __future__ import annotations

from gotrace.analyses.explain.columns import EXACT, cost_bytes
from gotrace.analyses.result import Fact
from gotrace.model.sizes import Kind, Request, SizeRules
from gotrace.units import format_bytes, format_count

__all__ = ["size_facts"]

_MILLION = 1_000_000
_MALLOC_HOMES = ((0, "runtime/malloc.goc"), (4, "runtime/malloc.go"))
_CLASS_HOMES = (
    (0, "runtime/msize.c"),
    (5, "runtime/msize.go"),
    (8, "runtime/mksizeclasses.go"),
    (25, "internal/runtime/gc/mksizeclasses.go"),
    (26, "runtime/_mkmalloc/mksizeclasses.go"),
)
"""From which minor version on a rule is where (`src/pkg/runtime` up to go1.3)."""


def size_facts(rules: SizeRules, request: Request) -> tuple[Fact, ...]:
    """The answer for one size, a line each, with the rule behind it."""
    if request.kind is Kind.ZERO:
        where = f"(`mallocgc` in {_home(_MALLOC_HOMES, rules)})"
        rule = f"zero: the address of `runtime.zerobase`, no object {where}"
        return (Fact("rule", rule, title="rule"),)
    slot = Fact("slot_bytes", request.slot_bytes, EXACT, "slot", _slot_detail(request))
    waste = Fact("waste_bytes", request.waste_bytes, EXACT, "waste", _waste_detail(request))
    return (
        Fact("rule", _rule(rules, request), title="rule"),
        *_class_facts(rules, request),
        slot,
        waste,
        Fact("span", _span(rules, request), title="span"),
        Fact("cost_bytes", cost_bytes(rules, request), EXACT, "cost of one", _cost(rules, request)),
    )


def _rule(rules: SizeRules, request: Request) -> str:
    source = f"(`mallocgc` in {_home(_MALLOC_HOMES, rules)})"
    if rules.is_illustrative:
        source = "(illustrative)"
    most = format_count(rules.max_small_bytes)
    if request.kind is Kind.TINY:
        shared = f"up to {request.per_slot_count} of this size share it"
        if request.per_slot_count == 1:
            shared = "a second of this size does not fit, smaller ones do"
        return f"tiny: below 16 bytes, no pointers: a piece of a 16-byte block; {shared} {source}"
    if request.kind is Kind.LARGE:
        return f"large: above {most} bytes: a span of its own, whole pages {source}"
    held = "it and its 8-byte header" if request.header_bytes else "it"
    return f"small: up to {most} bytes: the smallest size class that holds {held} {source}"


def _class_facts(rules: SizeRules, request: Request) -> tuple[Fact, ...]:
    if request.kind is Kind.LARGE:
        return ()
    of = f"of {len(rules.classes)}"
    number = Fact(
        "size_class", f"{request.size_class} {of}", title="size class", detail=_class_source(rules)
    )
    if rules.version is None or rules.version.minor < 9:
        return (number,)
    noscan = "scan" if request.has_pointers else "noscan"
    detail = f"{request.size_class} × 2{'' if request.has_pointers else ' + 1'}: {noscan}"
    return (number, Fact("span_class", request.span_class, "", "span class", detail))


def _home(homes: tuple[tuple[int, str], ...], rules: SizeRules) -> str:
    """The file in which the version keeps a rule."""
    minor = rules.version.minor if rules.version else 0
    return [name for first, name in homes if first <= minor][-1]


def _class_source(rules: SizeRules) -> str:
    return "built by its rule" if rules.is_illustrative else _home(_CLASS_HOMES, rules)


def _slot_detail(request: Request) -> str:
    parts = [f"{request.size_bytes:,} asked"]
    if request.header_bytes:
        parts.append(f"{request.header_bytes} header")
    return " + ".join([*parts, f"{request.waste_bytes:,} waste"])


def _waste_detail(request: Request) -> str:
    share = request.waste_bytes / request.slot_bytes
    alone = ", if no other tiny object joins it" if request.kind is Kind.TINY else ""
    return f"{share:.2%} of the slot{alone}"


def _span(rules: SizeRules, request: Request) -> str:
    page = f"{rules.page_bytes // 1024} KiB"
    pages = f"{request.npages} page{'' if request.npages == 1 else 's'} of {page}"
    if request.kind is Kind.LARGE:
        return f"{pages}, this object alone"
    size = request.npages * rules.page_bytes
    over = size - request.objects_per_span * request.slot_bytes
    what = "slot" if request.kind is Kind.TINY else "object"
    rest = f", {over:,} B no {what} can take" if over else ""
    several = "" if request.objects_per_span == 1 else "s"
    return f"{pages}: {request.objects_per_span:,} {what}{several}{rest}"


def _cost(rules: SizeRules, request: Request) -> str:
    objects = request.objects_per_span * request.per_slot_count
    spans = -(-_MILLION // objects)
    size = format_bytes(spans * request.npages * rules.page_bytes)
    best = " at least" if request.kind is Kind.TINY else ""
    return f"a million: {spans:,} spans, {size}{best}"
