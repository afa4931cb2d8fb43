"""Why it is on the heap: what compiler and runtime say of the sites that allocate most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from gotrace.analyses.estimates import share
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.missing import missing
from gotrace.analyses.wrestle.reasons import Basis, Reason, reasons, site_reasons
from gotrace.analyses.wrestle.site import Site
from gotrace.analyses.wrestle.site_question import key_columns, telling
from gotrace.analyses.wrestle.sites import Sites
from gotrace.analyses.wrestle.why import REASONS

__all__ = ["why_on_heap"]

_MOST_FACTS = 5
_COMPILERS = (Basis.COMPILER, Basis.CALLER)


def why_on_heap(evidence: Evidence, sites: Sites) -> Result:
    """Facts: the largest sites with their reasons; tables: all joined, and sums by reason."""
    title = "Why is it on the heap?"
    absent: tuple[Fact, ...] = ()
    if evidence.escapes is None:
        absent = (
            missing(
                evidence,
                "escapes",
                "no escape analysis",
                "go build -gcflags=-m=2 ./... 2> escapes.txt",
            ),
        )
    told = reasons(evidence)
    if not sites.sites:
        return Result(
            "why_on_heap", title, absent or _counted(reason.slug for reason in told.values())
        )
    why = [site_reasons(evidence, site, told) for site in sites.sites]
    if not any(why):
        return Result("why_on_heap", title, absent)
    return Result("why_on_heap", title, (*_facts(sites, why), *absent), (_table(sites, why),))


def _counted(slugs: Iterable[str]) -> tuple[Fact, ...]:
    """The commonest reasons, of places in the code: nobody knows which of them matter."""
    return tuple(
        Fact("reason", REASONS.get(slug, slug), title="why", detail=f"{count:,} places in the code")
        for slug, count in Counter(slugs).most_common(_MOST_FACTS)
    )


def _facts(sites: Sites, why: Sequence[Sequence[Reason]]) -> Iterator[Fact]:
    """A line of source once each, the largest first."""
    seen: set[tuple[str, int]] = set()
    worth = {id(site) for site in telling(sites)}
    for site, found in zip(sites.sites, why, strict=True):
        line = site.place.file, site.place.line
        if id(site) not in worth or not found or line in seen:
            continue
        if len(seen) == _MOST_FACTS:
            break
        seen.add(line)
        yield _fact(sites, site, found)


def _fact(sites: Sites, site: Site, found: Sequence[Reason]) -> Fact:
    sentences = list(dict.fromkeys(one.sentence for one in found))
    where = f"{site.place.base_name}:{site.place.line}"
    more = f"; {len(sentences) - 1} more on the line" if len(sentences) > 1 else ""
    part = f"{share(site.bytes, sites.bytes):.0%} of the bytes{more}"
    return Fact("why", sentences[0], title=where, detail=part)


def _table(sites: Sites, why: Sequence[Sequence[Reason]]) -> ResultTable:
    joined = [(site, one) for site, found in zip(sites.sites, why, strict=True) for one in found]
    found = [site for site, _ in joined]
    escapes = [one.escape for _, one in joined]
    columns = (
        *key_columns(found),
        ResultColumn("alloc_bytes", "bytes", [site.bytes for site in found], "allocated",
                     doc="By the line: all that escapes there together."),
        ResultColumn("bytes_ratio", "ratio", [share(site.bytes, sites.bytes) for site in found],
                     "of bytes"),
        ResultColumn("position", "text", [one.position if one else "" for one in escapes],
                     "escape"),
        ResultColumn("what", "text", [one.what if one else "" for one in escapes], "what"),
        ResultColumn("reason", "text", [one.slug for _, one in joined], "reason"),
        ResultColumn("sentence", "text", [one.sentence for _, one in joined], "why"),
        ResultColumn("why_from", "text", [str(one.basis) for _, one in joined], "says"),
    )  # fmt: skip
    return ResultTable("site_escapes", "What escapes at the sites", columns, (_note(sites, why),))


def _note(sites: Sites, why: Sequence[Sequence[Reason]]) -> str:
    """How much of the bytes is explained, and by whom."""
    by_compiler = by_others = 0
    for site, found in zip(sites.sites, why, strict=True):
        if any(one.basis in _COMPILERS for one in found):
            by_compiler += site.bytes
        elif found:
            by_others += site.bytes
    return (
        f"Of {share(by_compiler, sites.bytes):.0%} of the bytes the compiler tells why; of "
        f"{share(by_others, sites.bytes):.0%} the runtime's functions, the trace, the source line "
        "or who allocated have to do: maps that grow and (up to Go 1.24) `append` it never "
        "mentions, and other packages were not asked about."
    )
