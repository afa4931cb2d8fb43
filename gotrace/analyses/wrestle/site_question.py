"""Which call sites: ranked by what they cost, with everything that is known of them."""

from __future__ import annotations

from collections.abc import Sequence

from gotrace.analyses.estimates import share
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.matching import SiteType
from gotrace.analyses.wrestle.missing import missing
from gotrace.analyses.wrestle.reasons import Reason, reasons, site_reasons
from gotrace.analyses.wrestle.site import Site, Slot
from gotrace.analyses.wrestle.site_words import (
    UNTYPED,
    noscan_ratio,
    site_fact,
    slots_told,
    types_told,
)
from gotrace.analyses.wrestle.sites import Sites
from gotrace.units import format_duration

__all__ = ["call_sites", "key_columns", "telling"]

_MOST_FACTS = 3
_MOST_WORDS = 3
_LEAST_LINE = 0.01
_BY_TRACE = (
    "Types and lifetimes come from the trace, which has no stacks of allocations: they are matched "
    "by slot and by the names that the compiler's expressions have."
)
_TIME = (
    "CPU time: malloc and assists are the site's own samples, charged is the collector's other "
    "work, shared out by bytes."
)


def call_sites(evidence: Evidence, sites: Sites) -> Result:
    """Facts: the sites that allocate most; tables: all of them, and their size classes."""
    title = "Which call sites?"
    if not sites.sites:
        fact = missing(
            evidence,
            "heap",
            "no heap profile that counts allocations",
            "go test -bench . -memprofile heap.pb.gz -memprofilerate 4096",
        )
        return Result("call_sites", title, (fact,))
    facts = [site_fact(sites, site, _life(site)[0] if sites.groups else None)
             for site in telling(sites)[:_MOST_FACTS]]  # fmt: skip
    facts += _others(sites)
    if not sites.groups:
        facts.append(
            missing(
                evidence,
                "allocations",
                "no trace with alloc/free events: types and lifetimes are not known",
                "GODEBUG=traceallocfree=1 go test "
                "-bench . -benchtime 100x -trace trace.out (Go 1.23 and later)",
            )
        )
    told = reasons(evidence)
    why = [site_reasons(evidence, site, told) for site in sites.sites]
    tables = (_table(sites, why), _classes(sites))
    return Result("call_sites", title, tuple(facts), tables)


def _others(sites: Sites) -> list[Fact]:
    """Who has most objects, scannable bytes and CPU time, where that is not who has most bytes."""
    measures = (
        ("most_objects", "most objects", [float(site.objects) for site in sites.sites],
         float(sites.objects), "of the objects"),
        ("most_scanned", "read most", [_life(site)[3] for site in sites.sites],
         sites.scannable_bytes * sites.counted_cycles, "of what collections read"),
        ("most_cpu", "most CPU time", [site.cost.total_ns for site in sites.sites],
         float(sites.cpu_ns), "of the CPU time"),
    )  # fmt: skip
    found = []
    for name, title, values, whole, words in measures:
        top = max(range(len(values)), key=lambda row: values[row])
        ratio = share(values[top], whole)
        if top and ratio >= _LEAST_LINE and not sites.sites[top].place.is_test:
            place = sites.sites[top].place
            where = f"{place.function} ({place.base_name}:{place.line})"
            found.append(Fact(name, where, title=title, detail=f"{ratio:.0%} {words}"))
    return found


def telling(sites: Sites) -> list[Site]:
    """The sites worth a line: 1 % of the bytes or objects, or more; the largest in any case."""
    return [
        site
        for row, site in enumerate(sites.sites)
        if not row
        or site.bytes >= _LEAST_LINE * sites.bytes
        or site.objects >= _LEAST_LINE * sites.objects
    ]


def key_columns(sites: list[Site]) -> list[ResultColumn]:
    """Which site: function, file, line, and who allocated for it."""
    return [
        ResultColumn("site", "text", [one.place.function for one in sites], "site", is_key=True),
        ResultColumn("file", "text", [one.place.file for one in sites], "file", is_key=True),
        ResultColumn("line", "count", [one.place.line for one in sites], "line", is_key=True),
        ResultColumn("via", "text", [one.via for one in sites], "by", is_key=True),
    ]


def _table(sites: Sites, why: Sequence[Sequence[Reason]]) -> ResultTable:
    found = list(sites.sites)
    columns = [
        *key_columns(found),
        ResultColumn("alloc_bytes", "bytes", [one.bytes for one in found], "allocated"),
        ResultColumn("alloc_error", "bytes", [one.byte_error for one in found], "±",
                     error_of="alloc_bytes"),
        ResultColumn("alloc_objects", "count", [one.objects for one in found], "objects"),
        ResultColumn("bytes_ratio", "ratio", [share(s.bytes, sites.bytes) for s in found],
                     "of bytes"),
        ResultColumn("objects_ratio", "ratio", [share(s.objects, sites.objects) for s in found],
                     "of objects"),
        ResultColumn("inuse_bytes", "bytes", [one.inuse_bytes for one in found], "in use"),
        ResultColumn("slots", "text", [slots_told(one) for one in found], "slots"),
        ResultColumn("types", "text", [types_told(one) for one in found], "types"),
    ]  # fmt: skip
    columns.append(
        ResultColumn(
            "noscan_ratio",
            "ratio",
            [noscan_ratio(one) for one in found],
            "noscan",
            doc="Of its bytes of known types: without pointers.",
        )
    )
    if sites.groups:
        columns += _lives(sites, found)
    if sites.cost is not None:
        columns += _costs(sites, found)
    columns += [
        ResultColumn("escapes", "text",
                     ["; ".join(e.what or e.kind for e in s.escapes[:_MOST_WORDS]) for s in found],
                     "what escapes"),
        ResultColumn("why", "text",
                     ["; ".join(dict.fromkeys(one.slug for one in each)) for each in why],
                     "on the heap because"),
        ResultColumn("why_from", "text",
                     ["; ".join(dict.fromkeys(one.basis for one in each)) for each in why],
                     "says"),
        ResultColumn("source", "text", [one.source for one in found], "source"),
    ]  # fmt: skip
    notes = (_BY_TRACE,) * bool(sites.groups) + (_TIME,) * (sites.cost is not None)
    return ResultTable("sites", "Call sites of the module's own code", tuple(columns), notes)


def _lives(sites: Sites, found: list[Site]) -> list[ResultColumn]:
    """Lifetimes, as the trace tells them."""
    told = [_life(site) for site in found]
    return [
        ResultColumn("outlived_0_ratio", "ratio", [one[0] for one in told], "dead at first GC",
                     doc="Of its objects: the first collection found them dead."),
        ResultColumn("outlived_1_ratio", "ratio", [one[1] for one in told], "outlived 1"),
        ResultColumn("outlived_more_ratio", "ratio", [one[2] for one in told],
                     "outlived more", doc="Two collections or more, or alive at the end."),
        ResultColumn("scan_bytes", "bytes", [one[3] / sites.counted_cycles for one in told],
                     "read by a GC", doc="What a cycle of the trace reads of it, on average."),
    ]  # fmt: skip


def _life(site: Site) -> tuple[float | None, float | None, float | None, float]:
    """Shares of its objects that outlived 0, 1 and more collections, and bytes marked in all."""
    parts: list[tuple[Slot, SiteType]] = site.parts()
    objects = sum(slot.objects * kind.share for slot, kind in parts)
    if not objects:
        return None, None, None, 0.0
    lived = [0.0, 0.0, 0.0]
    marked = 0.0
    for slot, kind in parts:
        group, count = kind.group, slot.objects * kind.share
        ends = (group.outlived_0, group.outlived_1, group.outlived_more + group.alive)
        for at, end in enumerate(ends):
            lived[at] += count * end / group.objects
        marked += group.marked_bytes * min(count / group.objects, 1.0)
    return lived[0] / objects, lived[1] / objects, lived[2] / objects, marked


def _costs(sites: Sites, found: list[Site]) -> list[ResultColumn]:
    costs = [site.cost for site in found]
    return [
        ResultColumn("malloc_ns", "ns", [cost.malloc_ns for cost in costs], "malloc"),
        ResultColumn("assist_ns", "ns", [cost.assist_ns for cost in costs], "assists"),
        ResultColumn("charged_ns", "ns", [cost.charged_ns for cost in costs], "charged"),
        ResultColumn("cpu_ratio", "ratio", [share(c.total_ns, sites.cpu_ns) for c in costs],
                     "of CPU"),
        ResultColumn("runtime_calls", "text", [
            "; ".join(f"{what} ({format_duration(call.time_ns)})"
                      for what, call in site.calls.items())
            for site in found
        ], "in the runtime"),
    ]  # fmt: skip


def _classes(sites: Sites) -> ResultTable:
    rows = [(site, slot) for site in sites.sites for slot in site.slots]
    columns = (
        *key_columns([site for site, _ in rows]),
        ResultColumn("size_class_bytes", "exact_bytes", [s.slot_bytes for _, s in rows], "slot",
                     is_key=True),
        ResultColumn("alloc_bytes", "bytes", [s.bytes for _, s in rows], "allocated"),
        ResultColumn("alloc_error", "bytes", [s.byte_error for _, s in rows], "±",
                     error_of="alloc_bytes"),
        ResultColumn("alloc_objects", "count", [s.objects for _, s in rows], "objects"),
        ResultColumn("type", "text",
                     [(s.main_type.group.type_name or UNTYPED) if s.main_type else ""
                      for _, s in rows], "mostly"),
        ResultColumn("type_ratio", "ratio",
                     [s.main_type.share if s.main_type else None for _, s in rows], "of them"),
        ResultColumn("because", "text", [str(s.main_type.basis) if s.main_type else ""
                                         for _, s in rows], "because"),
    )  # fmt: skip
    return ResultTable("site_classes", "Call sites by size class", columns)
