"""`answer`: the five answers of a package's recordings, in the talk's order.

1. `is_it_memory`: is it allocation or collection at all;
2. `call_sites`: which lines allocate;
3. `during_gc`: how the program suffers while it is collected;
4. `why_on_heap`: why that memory is on the heap;
5. `what_to_try`: remedies computed from this program's numbers, best first.

A recording that is not there takes its answer with it, not the others: the fact that stands there
says what is missing and how to get it.
"""

from __future__ import annotations

from gotrace.analyses.result import Fact, Finding, Result, ResultColumn, ResultTable, Weight
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.findings import remedies
from gotrace.analyses.wrestle.findings.remedy import Remedy
from gotrace.analyses.wrestle.gc_question import during_gc
from gotrace.analyses.wrestle.heap_question import why_on_heap
from gotrace.analyses.wrestle.memory_question import is_it_memory
from gotrace.analyses.wrestle.missing import missing
from gotrace.analyses.wrestle.site_question import call_sites
from gotrace.analyses.wrestle.sites import build_sites

__all__ = ["answer"]

_UNITS = {"bytes": "bytes", "objects": "count", "scan-bytes": "bytes", "marked-bytes": "bytes"}
_WORDS = {"bytes": "of the bytes allocated", "objects": "of the objects allocated",
          "scan-bytes": "of what a collection reads",
          "marked-bytes": "of what all collections mark"}  # fmt: skip
_BAND = (
    "Savings are between two bounds: ratios of what the module's own code allocated in the run "
    "(its tests' own lines left out), or of the scannable bytes that collections read."
)
_LIMITS = (
    "Sizes, types and lifetimes are those of this run: another load may be different. What only "
    "people can know (does anybody keep a reference, are strings equal) makes an upper bound.",
)


def answer(evidence: Evidence) -> tuple[Result, ...]:
    """Five results, whatever of the evidence there is. Raises UsageError for foreign recordings."""
    sites = build_sites(evidence)
    return (
        is_it_memory(evidence, sites),
        call_sites(evidence, sites),
        during_gc(evidence),
        why_on_heap(evidence, sites),
        _what_to_try(evidence, remedies(evidence, sites), bool(sites.sites)),
    )


def _what_to_try(evidence: Evidence, found: list[Remedy], has_sites: bool) -> Result:
    title = "What to try?"
    facts: list[Fact] = []
    if not has_sites:
        facts.append(
            missing(
                evidence,
                "heap",
                "no heap profile: remedies need call sites",
                "go test -bench . -memprofile heap.pb.gz -memprofilerate 4096",
            )
        )
    heavy = [one for one in found if one.weight is not Weight.LOW]
    if has_sites and not heavy:
        facts.append(
            Fact(
                "nothing",
                "nothing stands out",
                title="verdict",
                detail="no remedy that would save 3 % with evidence of its own",
            )
        )
    return Result(
        "what_to_try", title, tuple(facts), (_table(found),) if has_sites or found else (),
        tuple(map(_finding, found)),
    )  # fmt: skip


def _where(one: Remedy) -> str:
    return f"{one.site} ({one.file}:{one.line})" if one.file else one.site


def _finding(one: Remedy) -> Finding:
    middle = (one.saved_low + one.saved_high) / 2
    return Finding(
        one.slug,
        f"{one.what}. {one.evidence}. Saves {one.saved_low_ratio:.0%} to "
        f"{one.saved_high_ratio:.0%} {_WORDS[one.saved_unit]}",
        _where(one),
        middle,
        _UNITS[one.saved_unit],
        one.certainty,
        (one.saved_high - one.saved_low) / 2,
        one.weight,
        f"{one.advice} Check: {one.check}",
    )


def _table(found: list[Remedy]) -> ResultTable:
    def text(name: str, title: str, *, is_key: bool = False) -> ResultColumn:
        values = [str(getattr(one, name)) for one in found]
        return ResultColumn(name, "text", values, title, is_key=is_key)

    columns = (
        text("slug", "remedy", is_key=True),
        text("site", "site", is_key=True),
        text("file", "file"),
        ResultColumn("line", "count", [one.line for one in found], "line"),
        text("weight", "weight"),
        text("saved_unit", "saves"),
        ResultColumn("saved_low", "count", [round(one.saved_low) for one in found], "at least"),
        ResultColumn("saved_high", "count", [round(one.saved_high) for one in found], "at most"),
        ResultColumn("saved_low_ratio", "ratio", [one.saved_low_ratio for one in found], "from"),
        ResultColumn("saved_high_ratio", "ratio", [one.saved_high_ratio for one in found], "to"),
        text("certainty", "how sure"),
        text("what", "what"),
        text("evidence", "evidence"),
        text("advice", "try"),
        text("check", "check"),
    )
    return ResultTable("remedies", "Remedies", columns, (_BAND, *_LIMITS))
