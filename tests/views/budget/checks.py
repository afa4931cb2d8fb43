"""Hand-made checks for the tests of the views: what a small module's budgets would say."""

from __future__ import annotations

from dataclasses import replace

from gotrace.tables.budget import (
    Budget,
    Checked,
    JudgedLimit,
    Limit,
    Measurement,
    Mode,
    Outcome,
    Place,
    Scope,
    Site,
    Verdict,
)
from gotrace.tables.budget_metrics import METRICS, benchmark_metric
from gotrace.tables.notes import Note, Severity
from gotrace.views.budget.paths import Project

__all__ = [
    "HOSTILE_TEXTS",
    "MIB",
    "PROJECT",
    "hostile_check",
    "many_failures",
    "small_check",
    "verdict_over",
    "without_failures",
]

MIB = 1 << 20
PROJECT = Project("/builds/ci/app", "", "example.com/app", "gotrace.toml")
LOAD = Site("example.com/app/store.(*Cache).Load", "/builds/ci/app/store/cache.go", 42, 3.0 * MIB)
GROW = Site("bytes.growSlice", "/usr/local/go/src/bytes/buffer.go", 249, 9.0 * MIB)
READ = Site("example.com/app/wire.Read[...]", "/build/7/wire/read.go", 7, 1.5 * MIB)
MAIN = Site("main.main", "example.com/app/cmd/serve/main.go", 12, 0.5 * MIB)

HOSTILE_TEXTS = {
    "control": "a\x1b[2J\x00\x07b\x9b31m",
    "lines": "two\nlines\r\nthree\u2028four\x85five\x0bsix",
    "comment": "--> <!-- gotrace-budget --> <script>alert(1)</script>",
    "cdata": "]]> <![CDATA[ &amp; &#0; \"'",
    "table": "a|b`c``d|\\|e\\",
    "command": "x::error file=a,line=1::%0A%25\n::set-output name=a::b\n##[error]no",
    "label": 'a"} 1\n# EOF\nb{c="\\',
    "link": "[here](javascript:alert(1)) {0} ![](x) @everyone #1 https://evil.example",
    "bidi": "a\u202eb\u200b\u2066\ufeff\ufffe",
    "surrogate": "a\udc80\ud83d",
    "path": "../../etc/passwd",
    "blank": " ",
    "empty": "",
    "huge": "x|`\n" * 262_144,
}
"""What a name, a unit or a path may be at worst."""


def verdict_over() -> Verdict:
    """A heap budget, over both of its limits, with sites of all kinds."""
    budget = Budget(
        "cache",
        METRICS["inuse_space"],
        Limit(12.0 * MIB, 0.05),
        Scope(function=r"\.Load"),
        place=Place("gotrace.toml", 9),
    )
    before = Measurement(10.0 * MIB, 9.5 * MIB, 10.5 * MIB, "1 heap profile", (10.0 * MIB,))
    measure = Measurement(
        14.0 * MIB,
        13.5 * MIB,
        14.5 * MIB,
        "1 heap profile, sampled",
        (14.0 * MIB,),
        (GROW, LOAD, READ, MAIN),
        ("/tmp/run-7/heap.pprof",),
        {"go_version": "go1.27.3", "goos": "linux", "goarch": "amd64", "memprofilerate": "524288"},
        ("ab" * 32,),
    )
    absolute = JudgedLimit("at most 12.0 MiB", 12.0 * MIB, Outcome.OVER, "14.0 MiB: too much")
    relative = JudgedLimit(
        "at most 5% above the baseline", 10.5 * MIB, Outcome.OVER, "14.0 MiB: grew too much"
    )
    return Verdict(
        budget,
        Outcome.OVER,
        measure,
        before,
        (absolute, relative),
        (absolute.reason, relative.reason),
        ((LOAD, 4.0 * MIB), (replace(READ, value=0.0), -0.5 * MIB)),
    )


def small_check() -> Checked:
    """One verdict of each standing, and notes."""
    return Checked(
        (_within(), verdict_over(), _unclear(), _advice(), _nothing()),
        "gotrace.toml",
        ("/tmp/run-7/heap.pprof", "bench.txt"),
        (
            Note(
                Severity.LOSS, "line-dropped", "a line was cut off", 2, "bench.txt:7", "run again"
            ),
            Note(Severity.INFO, "recordings-not-asked-for", "no budget is about the traces"),
        ),
    )


def without_failures() -> Checked:
    """What passes: one within, one that is advice only, one unclear."""
    return Checked((_within(), _unclear(), _advice()), "gotrace.toml", ("bench.txt",))


def many_failures(count: int) -> Checked:
    """So many budgets that are over, each further than the one before."""
    base = verdict_over()
    assert base.measure is not None
    verdicts = [
        replace(
            base,
            budget=replace(base.budget, name=f"cache-{number}"),
            measure=replace(base.measure, value=(14.0 + number) * MIB),
        )
        for number in range(count)
    ]
    return Checked((*verdicts, _within()), "gotrace.toml")


def hostile_check(text: str) -> Checked:
    """A failing, an unclear and a passing verdict in which everything is called `text`."""
    site = Site(text, text, 3, 5.0)
    inside = Site(f"example.com/app/{text}.F", f"/builds/ci/app/{text}.go", 3, 5.0)
    metric = replace(benchmark_metric(text), name=text, unit=text)
    budget = Budget(
        text, metric, Limit(1.0), Scope(text, text, text, text, text), place=Place(text, 3)
    )
    conditions = dict.fromkeys(("goos", "cpu", "benchmark", "iterations", "gomaxprocs"), text)
    measure = Measurement(
        2.0, 1.0, 3.0, text, (2.0, 3.0), (site, inside), (text,), conditions, (text,)
    )
    limit = JudgedLimit(text, 1.0, Outcome.OVER, text)
    over = Verdict(budget, Outcome.OVER, measure, measure, (limit,), (text, text), ((inside, 1.0),))
    unclear = replace(
        over,
        budget=replace(budget, passes_if_unclear=True, metric=replace(METRICS["mmu"], unit=text)),
        outcome=Outcome.CANNOT_TELL,
    )
    within = replace(over, outcome=Outcome.WITHIN)
    note = Note(Severity.FAULT, text, text, 2, text, text)
    return Checked((over, unclear, within), text, (text,), (note,))


def _within() -> Verdict:
    metric = METRICS["allocs/op"]
    budget = Budget(
        "encode", metric, Limit(12.0), Scope(benchmark="^Encode$"), place=Place("gotrace.toml", 3)
    )
    measure = Measurement(
        12.0,
        12.0,
        12.0,
        "minimum of 3 repeats",
        (12.0, 12.0, 13.0),
        (),
        ("bench.txt",),
        {
            "benchmark": "example.com/app.BenchmarkEncode",
            "goos": "linux",
            "goarch": "amd64",
            "gomaxprocs": "8",
            "iterations": "1000",
        },
    )
    reason = "12 allocs/op, minimum of 3 repeats: at most 12 allocs/op"
    limit = JudgedLimit("at most 12 allocs/op", 12.0, Outcome.WITHIN, reason)
    return Verdict(budget, Outcome.WITHIN, measure, None, (limit,), (reason,))


def _unclear() -> Verdict:
    budget = Budget(
        "pool",
        METRICS["alloc_objects"],
        Limit(None, 0.1, 5.0),
        passes_if_unclear=True,
        place=Place("gotrace.toml", 16),
    )
    measure = Measurement(1234.5, 900.0, 1500.0, "1 heap profile, sampled", (1234.5,), (READ, MAIN))
    limit = JudgedLimit(
        "at most 10% (or 5) above the baseline", 1320.0, Outcome.CANNOT_TELL, "too uncertain"
    )
    return Verdict(
        budget,
        Outcome.CANNOT_TELL,
        measure,
        replace(measure, value=1200.0),
        (limit,),
        ("too uncertain", "other machine"),
    )


def _advice() -> Verdict:
    budget = Budget(
        "latency",
        METRICS["mmu"],
        Limit(0.8),
        Scope(window_ns=10_000_000),
        Mode.ADVISE,
        place=Place("gotrace.toml", 20),
    )
    measure = Measurement(0.75, 0.75, 0.75, "1 trace", (0.75,), is_noise_known=False)
    limit = JudgedLimit("at least 80%", 0.8, Outcome.OVER, "75%: not at least 80%")
    return Verdict(budget, Outcome.OVER, measure, None, (limit,), (limit.reason,))


def _nothing() -> Verdict:
    budget = Budget(
        "decode (old)",
        METRICS["B/op"],
        Limit(100.0),
        Scope(benchmark="^Decode$"),
        place=Place("gotrace.toml", 26),
    )
    reason = "no benchmark matches `^Decode$`; the closest is `BenchmarkDecodeAll`: renamed?"
    return Verdict(budget, Outcome.CANNOT_TELL, None, reasons=(reason,))
