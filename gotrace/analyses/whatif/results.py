"""Tables, facts and findings of what-ifs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import mean

from gotrace.analyses.result import (
    Certainty,
    Fact,
    Finding,
    Result,
    ResultColumn,
    ResultTable,
    Weight,
)
from gotrace.analyses.whatif.prediction import Band, Prediction
from gotrace.analyses.whatif.settings import Setting
from gotrace.analyses.whatif.suggestion import Suggestion
from gotrace.analyses.whatif.take import Take
from gotrace.units import format_bytes

__all__ = ["calibration_result", "overview", "prediction_result", "suggestion_result"]

PEAK = (
    "Peak heap: the largest heapLive (what the collector counts: marked plus allocated since) at a "
    "mark termination or at the end of the recording."
)
_BAND = (
    "Bounds: runs that differ in what chance decides and in what is not known, moved out by the "
    "error of the self-check, or by what real runs were off in the mean if that is more."
)
_MEAN = "the mean of all recordings"
_MOST_POINTS = 2000
_MOST_FINDINGS = 5
"""The table has all."""
_PROBABLE = 0.05
"""A difference below this share is not worth a sentence."""


def overview(takes: Sequence[Take]) -> Result:
    """What was read."""
    first, several = takes[0], len(takes) > 1
    stretch = "from the recording's begin to its end"
    facts = [
        Fact("kind", first.kind, title="kind"),
        Fact("format", first.origin.format, title="format"),
        Fact("go_version", str(first.version), title="rules of"),
        Fact("cycles_count", sum(len(take.cycles) for take in takes), "count", "whole cycles",
             "in all recordings" if several else ""),
        Fact("procs_count", first.cycles.procs, "count", "Ps"),
        Fact("allocated_bytes", round(mean(take.program.end for take in takes)), "bytes",
             "allocated", f"{stretch}, {_MEAN}" if several else stretch),
    ]  # fmt: skip
    if several:
        facts.insert(2, Fact("recordings_count", len(takes), "count", "recordings"))
    return Result("overview", "What was read", tuple(facts))


def calibration_result(takes: Sequence[Take]) -> Result:
    """What the recordings told, and how well they predict themselves."""
    known = [take.known for take in takes]
    recorded = _mean([take.check.recorded_cycles for take in takes])
    recorded_peak = _mean([take.check.recorded_peak_bytes for take in takes])
    cycles = _mean([take.check.cycles for take in takes])
    peak = _mean([take.check.peak_bytes for take in takes])
    doubt = max(take.overhead.doubt_bytes for take in takes)
    basis = "every object of the recording"
    if takes[0].is_coarse:
        basis = "coarse: cycles only; what is alive between two of them is a straight line"
    gogc_from = "as said" if known[0].is_gogc_told else "inferred from goals"
    facts = (
        Fact("basis", basis, title="basis", detail=_MEAN if len(takes) > 1 else ""),
        Fact("recorded_gogc", str(known[0].gogc), title="recorded GOGC", detail=gogc_from),
        Fact("self_cycles", cycles, "count", "predicts itself: cycles",
             f"recorded {recorded:,.0f}: {_off(cycles, recorded):+.1%}"),
        Fact("self_peak_bytes", peak, "bytes", "predicts itself: peak",
             f"recorded {format_bytes(recorded_peak)}: {_off(peak, recorded_peak):+.1%}"),
        Fact("used_ratio", _mean([one.used_ratio for one in known]), "ratio",
             "trigger to goal used", "by marking, the median cycle"),
        Fact("roots_bytes", round(_mean([one.roots_bytes for one in known])), "bytes",
             "stacks and globals", "as goals count"),
        Fact("tracer_bytes", round(_mean([one.tracer_bytes for one in known])), "bytes",
             "tracer's own", "live heap, taken off"),
        Fact("slack_bytes", _mean([one.slack_bytes for one in known]), "bytes", "slack",
             "heapLive ahead of objects: whole spans count when a P takes them"),
        Fact("waste_ratio", _mean([one.waste_ratio for one in known]), "ratio", "tails of spans",
             "what they add to each byte allocated"),
        Fact("tracing_ratio", f"{_mean([one.tracing_ratio for one in known]):.2f}",
             title="recording slowed by", detail="times, from the number of events; taken off"),
        Fact("overhead_bytes", _mean([take.overhead.bytes for take in takes]), "bytes",
             "beside objects", f"counts against GOMEMLIMIT; ± {format_bytes(doubt)}"),
    )  # fmt: skip
    tables = (_recordings(takes),) if len(takes) > 1 else ()
    return Result("whatif_calibration", "Calibration", facts, tables)


def _recordings(takes: Sequence[Take]) -> ResultTable:
    """Each recording by itself."""
    checks = [take.check for take in takes]
    columns = (
        ResultColumn("recording", "text", [take.path for take in takes], "recording", is_key=True),
        ResultColumn("allocated_bytes", "bytes", [round(take.program.end) for take in takes],
                     "allocated"),
        ResultColumn("recorded_cycles_count", "count", [one.recorded_cycles for one in checks],
                     "cycles"),
        ResultColumn("self_cycles_count", "count", [round(one.cycles) for one in checks],
                     "predicts itself"),
        ResultColumn("recorded_peak_bytes", "bytes", [one.recorded_peak_bytes for one in checks],
                     "peak heap"),
        ResultColumn("self_peak_bytes", "bytes", [round(one.peak_bytes) for one in checks],
                     "predicts itself"),
    )  # fmt: skip
    return ResultTable("whatif_recordings", "The recordings", columns)


def _mean(values: Sequence[float]) -> float:
    """Of one what it is: a whole number stays one."""
    return values[0] if len(values) == 1 else mean(values)


def _off(predicted: float, recorded: float) -> float:
    return predicted / recorded - 1 if recorded else 0.0


def prediction_result(
    predictions: Sequence[Prediction], recorded: Prediction, is_coarse: bool, rows: int = 0
) -> Result:
    """The table of settings, the cycles of each, and what stands out."""
    shown = [recorded, *(found for found in predictions if found.setting != recorded.setting)]
    notes: tuple[str, ...] = (PEAK, _BAND)
    if is_coarse:
        notes = (*notes, "From cycles alone: coarser than from a trace with alloc/free events.")
    columns = (
        *_setting_columns([found.setting for found in shown]),
        *_bands("cycles_count", "count", "cycles", [found.cycles for found in shown]),
        *_bands("peak_bytes", "bytes", "peak heap", [found.peak_bytes for found in shown]),
        _numbers("goal_bytes", "bytes", "mean goal", shown, lambda one: one.goal_bytes),
        _numbers("survivor_bytes", "bytes", "marked a cycle", shown,
                 lambda one: one.survivor_bytes),
        *_bands("marked_bytes", "bytes", "marked in all", [found.marked_bytes for found in shown]),
        _numbers("limited_ratio", "ratio", "limit decides", shown, lambda one: one.limited_ratio,
                 "Share of cycles whose goal GOMEMLIMIT made."),
        ResultColumn("reason", "text", [_doubt(found) for found in shown], "widest doubt"),
    )  # fmt: skip
    table = ResultTable("whatif", "What other settings would have done", columns, notes)
    cycles = () if rows else (_cycle_table(shown),)  # a page is for the settings
    return Result(
        "whatif", "What if", tables=(table, *cycles),
        findings=tuple(_findings(shown[1:], recorded)[:_MOST_FINDINGS]),
    )  # fmt: skip


def suggestion_result(suggestion: Suggestion) -> Result:
    """The trade-off, and the pair that fits."""
    tried = suggestion.tried
    fits = ["yes" if suggestion.fits(found) else "no" for found in tried]
    columns = (
        *_setting_columns([found.setting for found in tried]),
        *_bands("cycles_count", "count", "cycles", [found.cycles for found in tried]),
        *_bands("peak_bytes", "bytes", "peak heap", [found.peak_bytes for found in tried]),
        _numbers("total_bytes", "bytes", "with what is beside", tried, lambda one: one.total_bytes,
                 "The most that is mapped, for objects and beside them, expected."),
        ResultColumn("fits", "text", fits, "fits"),
    )  # fmt: skip
    title = f"Cycles against memory, for a budget of {format_bytes(suggestion.budget_bytes)}"
    facts = (Fact("budget_bytes", suggestion.budget_bytes, "bytes", "budget"),)
    table = ResultTable("whatif_tradeoff", title, columns, (PEAK,))
    return Result("whatif_suggestion", "Suggestion", facts, (table,), (_suggested(suggestion),))


def _setting_columns(settings: Sequence[Setting]) -> tuple[ResultColumn, ...]:
    limits = [setting.memory_limit_bytes or None for setting in settings]
    return (
        ResultColumn("gogc", "text", [s.gogc_text for s in settings], "GOGC", is_key=True),
        ResultColumn("memory_limit_bytes", "bytes", limits, "GOMEMLIMIT", is_key=True),
        ResultColumn("runtime", "text", [str(s.version) for s in settings], "Go", is_key=True),
    )


def _bands(name: str, unit: str, title: str, bands: Sequence[Band]) -> tuple[ResultColumn, ...]:
    whole = round if unit == "bytes" else _tenth
    return (
        ResultColumn(name, unit, [whole(band.value) for band in bands], title, doc="Expected."),
        ResultColumn(f"least_{name}", unit, [whole(band.least) for band in bands], title,
                     bound=Certainty.LOWER),
        ResultColumn(f"most_{name}", unit, [whole(band.most) for band in bands], title,
                     bound=Certainty.UPPER),
    )  # fmt: skip


def _tenth(value: float) -> int:
    return round(value)


def _numbers(
    name: str, unit: str, title: str, found: Sequence[Prediction],
    value: Callable[[Prediction], float], doc: str = "",
) -> ResultColumn:  # fmt: skip
    values = [value(one) for one in found]
    if unit == "bytes":
        return ResultColumn(name, unit, [round(number) for number in values], title, doc=doc)
    return ResultColumn(name, unit, values, title, doc=doc)


def _cycle_table(found: Sequence[Prediction]) -> ResultTable:
    """Goal and live over time, which is in bytes allocated."""
    lists: dict[str, list[float]] = {
        name: [] for name in ("position", "begin_bytes", "goal_bytes", "end_bytes", "marked_bytes")
    }
    settings: list[Setting] = []
    cycles: list[int] = []
    left_out = 0
    for one in found:
        count = one.run.cycles_count
        step = -(-count // _MOST_POINTS) if count > _MOST_POINTS else 1
        chosen = list(range(0, count, step))
        left_out += count - len(chosen)
        settings += [one.setting] * len(chosen)
        cycles += [place + 1 for place in chosen]
        for name, values in lists.items():
            told = getattr(one.run, name)
            values += [round(told[place]) for place in chosen]
    columns = (
        *_setting_columns(settings),
        ResultColumn("cycle", "count", cycles, "cycle"),
        ResultColumn("allocated_bytes", "bytes", lists["position"], "allocated until then"),
        ResultColumn("live_begin_bytes", "bytes", lists["begin_bytes"], "live at begin"),
        ResultColumn("goal_bytes", "bytes", lists["goal_bytes"], "goal"),
        ResultColumn("live_end_bytes", "bytes", lists["end_bytes"], "at end"),
        ResultColumn("marked_bytes", "bytes", lists["marked_bytes"], "marked"),
    )
    notes = (f"Of one run each; {left_out:,} cycles left out, evenly.",) if left_out else (
        "Of one run each.",
    )  # fmt: skip
    return ResultTable("whatif_cycles", "The cycles", columns, notes)


def _findings(found: Sequence[Prediction], recorded: Prediction) -> list[Finding]:
    lost = [_lost(one) for one in found if one.is_given_up]
    lost += [_thrashing(one) for one in found if one.is_thrashing and not one.is_given_up]
    return lost + [_finding(one, recorded) for one in found if _differs(one, recorded)]


def _differs(one: Prediction, recorded: Prediction) -> bool:
    base = max(recorded.cycles.value, 1.0)
    return not one.is_thrashing and abs(one.cycles.value - base) > _PROBABLE * base


def _finding(one: Prediction, recorded: Prediction) -> Finding:
    cycles, peak = one.cycles, one.peak_bytes
    what = (
        f"{one.setting}: {cycles.value:,.0f} cycles ({cycles.least:,.0f} to {cycles.most:,.0f}) "
        f"instead of {recorded.cycles.value:,.0f}, peak heap {format_bytes(peak.value)} "
        f"({format_bytes(peak.least)} to {format_bytes(peak.most)}) instead of "
        f"{format_bytes(recorded.peak_bytes.value)}."
    )
    return Finding(
        "whatif", what, "", round(peak.value), "bytes", Certainty.SAMPLED,
        error=(peak.most - peak.least) / 4, weight=Weight.LOW,
        advice="run it so, and count: GODEBUG=gctrace=1 tells cycles and heap.",
    )  # fmt: skip


def _doubt(one: Prediction) -> str:
    return "thrashing: cannot tell" if one.is_thrashing else one.reason


def _thrashing(one: Prediction) -> Finding:
    what = (
        f"{one.setting}: thrashing: cannot tell. The limit lets the heap grow by less than a tenth "
        "of what is alive; how many cycles that makes differs several times over from run to run."
    )
    return Finding(
        "whatif-thrashing", what, "", one.setting.memory_limit_bytes, "bytes",
        Certainty.LOWER, weight=Weight.HIGH, advice="a higher GOMEMLIMIT.",
    )  # fmt: skip


def _lost(one: Prediction) -> Finding:
    what = (
        f"{one.setting}: the limit lies below what is alive; the collector would run all the time "
        "(Go then stops at half of the CPU, and lets the heap grow beyond the limit)."
    )
    return Finding(
        "whatif-limit-too-low", what, "", one.setting.memory_limit_bytes, "bytes",
        Certainty.LOWER, weight=Weight.HIGH, advice="a higher GOMEMLIMIT.",
    )  # fmt: skip


def _suggested(suggestion: Suggestion) -> Finding:
    best, budget = suggestion.best, suggestion.budget_bytes
    if best is None:
        return Finding(
            "whatif-nothing-fits", f"no setting tried keeps the program within "
            f"{format_bytes(budget)}.", "", budget, "bytes", Certainty.SAMPLED,
            weight=Weight.HIGH, advice="a larger budget, or less alive at once.",
        )  # fmt: skip
    what = (
        f"fewest cycles within {format_bytes(budget)}: {best.setting}, "
        f"{best.cycles.value:,.0f} cycles and {format_bytes(best.total_bytes)} with what is mapped "
        "beside objects."
    )
    alone = suggestion.best_without_limit
    advice = "a limit near what is alive makes cycles follow one another: watch when load grows."
    if alone is not None and alone.setting != best.setting:
        advice = f"without a limit {alone.setting} needs {alone.cycles.value:,.0f} cycles; {advice}"
    return Finding(
        "whatif-suggestion", what, "", round(best.total_bytes), "bytes", Certainty.SAMPLED,
        error=(best.peak_bytes.most - best.peak_bytes.least) / 4, weight=Weight.MEDIUM,
        advice=advice,
    )  # fmt: skip
