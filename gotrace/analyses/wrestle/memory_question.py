"""Is it allocation or collection at all: benchmarks with the collector on and off, and the CPU."""

from __future__ import annotations

from collections.abc import Mapping

from gotrace.analyses.benchmath.summary import Summary
from gotrace.analyses.benchmath.tables import Row, UnitTable, unit_tables
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.missing import missing
from gotrace.analyses.wrestle.sites import Sites
from gotrace.model.versions import GoVersion
from gotrace.tables.notes import Note

__all__ = ["is_it_memory"]

_DEFAULT, _OFF, _SBRK = "default", "gogc-off", "sbrk"
_TIME = "sec/op"
_FEW_SAMPLES = 50
"""A share of fewer has an error of 7 % or more."""
_MUCH, _SOME = 0.15, 0.05
_MOST_BENCHMARKS = 2
_FRESH_SINCE = GoVersion(26)
_COST = ("malloc", "assist", "background_mark", "sweep")
_SHORT = {"malloc": "allocating", "assist": "assists", "background_mark": "background marking",
          "sweep": "sweeping"}  # fmt: skip


def is_it_memory(evidence: Evidence, sites: Sites) -> Result:
    """Facts: a verdict, what turning the collector off does, the CPU split and what they hide."""
    arms = {arm: log for arm, log in evidence.benchmarks.items() if log.kind == "benchmarks"}
    names = [arm for arm in (_DEFAULT, _OFF, _SBRK) if arm in arms]
    tables = unit_tables([arms[arm] for arm in names]) if names else []
    shares = _shares(sites)
    facts: list[Fact] = []
    timed = next((table for table in tables if table.unit == _TIME), None)
    off = _off_facts(timed, names, evidence.version) if timed else []
    if verdict := _verdict(shares, timed, names, _samples(sites)):
        facts.append(verdict)
    facts += off or [
        missing(
            evidence,
            "bench",
            "no benchmarks with the collector on and off",
            "go test -bench . -count 6, once as it is and once with GOGC=off",
        )
    ]
    facts += _cpu_facts(shares) if shares else [
        missing(evidence, "cpu", "no CPU profile", "go test -bench . -cpuprofile cpu.pb.gz")
    ]  # fmt: skip
    if shares:
        facts.append(
            Fact("critical_path", "CPU time is not waiting time", title="caveat",
                 detail="background marking takes idle Ps first: less of it makes only programs "
                 "faster that use all Ps, while assists and allocating delay whoever does them")
        )  # fmt: skip
    made = [_arms(tables, names)] if tables else []
    notes: tuple[Note, ...] = ()
    if sites.cost is not None:
        made.append(_split(sites.cost))
        made += [table for table in sites.cost.tables if table.name == "parts"]
        notes = sites.cost.notes
    return Result(
        "is_it_memory", "Is it allocation or garbage collection?", tuple(facts), tuple(made),
        sites.cost.findings if sites.cost else (), notes,
    )  # fmt: skip


def _shares(sites: Sites) -> dict[str, float]:
    """Category → share of the CPU profile."""
    if sites.cost is None:
        return {}
    table = next(table for table in sites.cost.tables if table.name == "split")
    names, values = table.column("category").values, table.column("share").values
    found = dict(zip(names, values, strict=True))
    return found if sites.cpu_ns else {}


def _samples(sites: Sites) -> int:
    """Of the CPU profile."""
    tables = sites.cost.tables if sites.cost is not None else ()
    table = next((table for table in tables if table.name == "split"), None)
    return sum(table.column("samples_count").values) if table is not None else 0


def _verdict(
    shares: Mapping[str, float], timed: UnitTable | None, arms: list[str], samples: int
) -> Fact | None:
    memory = sum(share for name, share in shares.items() if name != "mutator") if shares else None
    gain = None
    if timed is not None and _OFF in arms:
        changes = [-change[0] for row in timed.rows if (change := _change(row, arms.index(_OFF)))]
        gain = max(changes, default=None)
    if memory is None and gain is None:
        return None
    most = max(memory or 0.0, gain or 0.0)
    told = [f"{memory:.0%} of the CPU time is for memory"] if memory is not None else []
    if gain is not None:
        told.append(f"without the collector the benchmarks take up to {max(gain, 0.0):.0%} less")
    word = "yes" if most >= _MUCH else "in part" if most >= _SOME else "no"
    if gain is None and samples < _FEW_SAMPLES:
        word = "cannot tell"
        told = [f"{samples:,} samples of the CPU are too few: record for longer, or under load"]
    return Fact("verdict", word, title="memory?", detail="; ".join(told))


def _change(row: Row, arm: int) -> tuple[float, float, float] | None:
    """The change of the middle, and between which bounds; None if it is not significant."""
    base, head, test = row.summaries[0], row.summaries[arm], row.comparisons[arm]
    if base is None or head is None or test is None or not base.center or not test.is_significant:
        return None
    low = head.low / base.high if base.is_bounded and head.is_bounded else 0.0
    high = head.high / base.low if base.is_bounded and head.is_bounded and base.low else 0.0
    return head.center / base.center - 1, low - 1, high - 1


def _off_facts(timed: UnitTable, arms: list[str], version: GoVersion | None) -> list[Fact]:
    if _OFF not in arms:
        return []
    found = []
    at = arms.index(_OFF)
    for row in timed.rows:
        if row.summaries[0] is None or row.summaries[at] is None:
            continue
        change = _change(row, at)
        told = "no difference that is more than noise"
        if change is not None:
            told = f"{change[0]:+.0%} time"
            if change[1] > -1 and change[2] > -1:
                told += f" ({change[1]:+.0%} to {change[2]:+.0%})"
        detail = "a bound only: nothing is ever freed, so every page is new"
        if version is not None and version >= _FRESH_SINCE:
            detail += "; from Go 1.26 on new pages cost much of what collecting does"
        found.append(Fact("gogc_off", told, title=f"{row.name}, GOGC=off", detail=detail))
    return found[:_MOST_BENCHMARKS]


def _cpu_facts(shares: Mapping[str, float]) -> list[Fact]:
    memory = sum(share for name, share in shares.items() if name != "mutator")
    parts = ", ".join(f"{_SHORT[name]} {shares.get(name, 0.0):.1%}" for name in _COST)
    return [Fact("memory_share", memory, "ratio", "CPU for memory", parts)]


def _arms(tables: list[UnitTable], arms: list[str]) -> ResultTable:
    rows: list[tuple[str, str, str, Summary, float | None, float | None]] = []
    for table in tables:
        for row in table.rows:
            base = row.summaries[0]
            for at, arm in enumerate(arms):
                summary, test = row.summaries[at], row.comparisons[at]
                if summary is None:
                    continue
                change = summary.center / base.center - 1 if base and base.center and at else None
                p = test.p if test else None
                rows.append((row.name, table.unit, arm, summary, change, p))
    summaries = [row[3] for row in rows]
    columns = (
        ResultColumn("benchmark", "text", [row[0] for row in rows], "benchmark", is_key=True),
        ResultColumn("unit", "text", [row[1] for row in rows], "unit", is_key=True),
        ResultColumn("arm", "text", [row[2] for row in rows], "arm", is_key=True),
        ResultColumn("center", "", [one.center for one in summaries], "middle"),
        ResultColumn("low", "", [one.low if one.is_bounded else None for one in summaries], "low"),
        ResultColumn("high", "", [one.high if one.is_bounded else None for one in summaries],
                     "high"),
        ResultColumn("change_ratio", "ratio", [row[4] for row in rows], "change"),
        ResultColumn("p", "", [row[5] for row in rows], "p"),
        ResultColumn("results_count", "count", [one.count for one in summaries], "n"),
    )  # fmt: skip
    notes = ("B/op reads 0 under sbrk: nothing goes through the allocator that counts.",)
    return ResultTable("arms", "Benchmarks by arm", columns, notes if _SBRK in arms else ())


def _split(cost: Result) -> ResultTable:
    table = next(table for table in cost.tables if table.name == "split")
    names = {
        "category": "category",
        "meaning": "what",
        "time_ns": "cpu_ns",
        "time_error": "cpu_error",
        "time_ns_error": "cpu_error",
        "share": "ratio",
    }
    columns = tuple(
        ResultColumn(names[column.name], column.unit, column.values, column.title,
                     names.get(column.error_of, ""), column.doc, is_key=column.is_key)
        for column in table.columns
        if column.name in names
    )  # fmt: skip
    return ResultTable("cpu_split", table.title, columns, table.footnotes)
