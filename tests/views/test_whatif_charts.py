"""The charts of what-ifs: what they show, not how it is drawn."""

from __future__ import annotations

from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.views.report import Report
from gotrace.views.whatif_chart_data import Saw, TradeOff, whatif_charts

MIB = 1 << 20


def table(name: str, **columns: list[object]) -> ResultTable:
    made = tuple(ResultColumn(column, "", values) for column, values in columns.items())
    return ResultTable(name, name, made)


def report(*tables: ResultTable) -> Report:
    facts = (Fact("budget_bytes", 96 * MIB, "bytes"),)
    results = (Result("whatif_suggestion", "", facts, tables),)
    return Report("trace", "What if", "dir/trace.out", results)


def settings(*gogcs: str) -> dict[str, list[object]]:
    return {
        "gogc": list(gogcs),
        "memory_limit_bytes": [None] * (len(gogcs) - 1) + [64 * MIB],
        "runtime": ["go1.27"] * len(gogcs),
    }


def test_a_saw_grows_to_the_end_of_a_cycle_and_falls_to_what_was_marked() -> None:
    cycles = table(
        "whatif_cycles", **settings("100", "200"), allocated_bytes=[10 * MIB, 20 * MIB],
        live_begin_bytes=[7 * MIB, 14 * MIB], live_end_bytes=[8 * MIB, 16 * MIB],
        marked_bytes=[4 * MIB, 5 * MIB],
    )  # fmt: skip
    (saw,) = whatif_charts(report(cycles))
    assert isinstance(saw, Saw)
    assert saw.lines["GOGC=100"] == [(9, 7), (10, 8), (10, 4)]
    assert list(saw.lines) == ["GOGC=100", "GOGC=200, limit 64.0 MiB"]


def test_a_trade_off_tells_limited_settings_apart_and_the_budget() -> None:
    tried = table(
        "whatif_tradeoff", **settings("50", "off"), cycles_count=[40, 5],
        total_bytes=[32 * MIB, 64 * MIB], fits=["yes", "no"],
    )  # fmt: skip
    (chart,) = whatif_charts(report(tried))
    assert isinstance(chart, TradeOff)
    assert (chart.unit, chart.budget) == ("MiB", 96)
    assert [(o.is_limited, o.size, o.cycles, o.fits) for o in chart.options] == [
        (False, 32, 40, True), (True, 64, 5, False),
    ]  # fmt: skip


def test_other_reports_have_no_such_charts() -> None:
    assert whatif_charts(report()) == []
