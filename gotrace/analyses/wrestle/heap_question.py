"""Why it is on the heap: the compiler's escapes at the sites that allocate most, in words."""

from __future__ import annotations

from gotrace.analyses.estimates import share
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.missing import missing
from gotrace.analyses.wrestle.reasons import reasons
from gotrace.analyses.wrestle.site import Site
from gotrace.analyses.wrestle.site_question import key_columns, telling
from gotrace.analyses.wrestle.sites import Sites
from gotrace.analyses.wrestle.why import REASONS, Why

__all__ = ["why_on_heap"]

_MOST_FACTS = 5


def why_on_heap(evidence: Evidence, sites: Sites) -> Result:
    """Facts: the largest sites with their reasons; tables: all joined, and sums by reason."""
    title = "Why is it on the heap?"
    if evidence.escapes is None:
        fact = missing(
            evidence, "escapes", "no escape analysis", "go build -gcflags=-m=2 ./... 2> escapes.txt"
        )
        return Result("why_on_heap", title, (fact,))
    told = reasons(evidence)
    if not sites.sites:
        counts: dict[str, int] = {}
        for reason in told.values():
            counts[reason.slug] = counts.get(reason.slug, 0) + 1
        facts = tuple(
            Fact("reason", count, "count", REASONS.get(slug, slug), "places in the code")
            for slug, count in sorted(counts.items(), key=lambda item: -item[1])[:_MOST_FACTS]
        )
        return Result("why_on_heap", title, facts)
    joined = [(site, escape, told[escape.row]) for site in sites.sites for escape in site.escapes
              if escape.row in told]  # fmt: skip
    explained = [site for site in sites.sites if site.escapes]
    lines = {(site.place.file, site.place.line): site for site in reversed(telling(sites))
             if site.escapes}  # fmt: skip
    facts = tuple(_fact(sites, site, told) for site in [*reversed(lines.values())][:_MOST_FACTS])
    left = 1 - share(sum(site.bytes for site in explained), sites.bytes)
    note = (
        f"{left:.0%} of the bytes are allocated on lines of which the compiler says nothing: by "
        "the runtime for maps, strings and slices that grow, or by other packages.",
    )
    columns = (
        *key_columns([site for site, _, _ in joined]),
        ResultColumn("alloc_bytes", "bytes", [site.bytes for site, _, _ in joined], "allocated",
                     doc="By the line: all that escapes there together."),
        ResultColumn("bytes_ratio", "ratio", [share(site.bytes, sites.bytes)
                                              for site, _, _ in joined], "of bytes"),
        ResultColumn("position", "text", [escape.position for _, escape, _ in joined], "escape"),
        ResultColumn("what", "text", [escape.what for _, escape, _ in joined], "what"),
        ResultColumn("reason", "text", [reason.slug for _, _, reason in joined], "reason"),
        ResultColumn("sentence", "text", [reason.sentence for _, _, reason in joined], "why"),
    )  # fmt: skip
    table = ResultTable("site_escapes", "What escapes at the sites", columns, note)
    return Result("why_on_heap", title, facts, (table,))


def _fact(sites: Sites, site: Site, told: dict[int, Why]) -> Fact:
    found = list(dict.fromkeys(told[e.row].sentence for e in site.escapes if e.row in told))
    where = f"{site.place.base_name}:{site.place.line}"
    more = f"; {len(found) - 1} more on the line" if len(found) > 1 else ""
    part = f"{share(site.bytes, sites.bytes):.0%} of the bytes{more}"
    return Fact("why", found[0] if found else "nothing is told", title=where, detail=part)
