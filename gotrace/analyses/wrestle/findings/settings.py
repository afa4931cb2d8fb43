"""`set-gogc` and `set-memory-limit`: what other settings of the collector would save.

Trades, not fixes: never above LOW. Evidence: the what-if of the run's own trace, for the first with
a larger GOGC (whose peak is what it costs, and whose mapped memory is the limit to stop it at), for
the second with the memory that the program has mapped today as its limit and GOGC out of the way.
That helps programs whose live heap comes and goes; where it is level, nothing is told. Nor is
anything where the bounds do not agree that there will be less to mark, where the limit leaves so
little room that cycles cannot be foretold, or where the run had few cycles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gotrace.analyses.result import Certainty, Weight
from gotrace.analyses.whatif.prediction import Band, Prediction
from gotrace.analyses.whatif.settings import GOGC_OFF, NO_LIMIT, Setting
from gotrace.analyses.wrestle.findings.remedy import MARKED, SIGMAS, Remedy
from gotrace.analyses.wrestle.sites import Sites
from gotrace.model.versions import GoVersion
from gotrace.units import format_bytes

__all__ = ["GOGCS", "find_settings", "limit_of", "limited_settings", "stop_of"]

GOGCS = (50, 200, 400, 800)
"""What is tried beside the recorded one."""
_LEAST = 0.05
_FEWEST_CYCLES = 5
"""Of fewer nothing can be said."""
_MOST_PEAK = 2.5
"""Times the recorded peak heap that is still suggested."""
_SAME_PEAK = 1.1
_MIB = 1 << 20
_SINCE_LIMIT = GoVersion(19)
_MARKING = ("background_mark", "assist")
_LEAST_CPU = 0.005


def limit_of(recorded: Prediction) -> int:
    """The memory that the program has mapped as recorded, in whole MiB: a limit of no more."""
    return _whole_mib(recorded.total_bytes)


def stop_of(prediction: Prediction) -> int:
    """A limit that such a run would not reach: what is mapped, and the doubt of the peak."""
    doubt = max(prediction.peak_bytes.most - prediction.peak_bytes.value, 0.0)
    return _whole_mib(prediction.total_bytes + doubt)


def limited_settings(unlimited: Sequence[Prediction]) -> list[Setting]:
    """What to predict beside: the best of `unlimited` (first as recorded) with a limit to stop it
    at, and GOGC out of the way with the memory of today. None for Go without GOMEMLIMIT.
    """
    if not unlimited or unlimited[0].setting.version < _SINCE_LIMIT:
        return []
    version, today = unlimited[0].setting.version, limit_of(unlimited[0])
    stops = [Setting(one.setting.gogc, stop_of(one), version) for one in _best_gogc(unlimited)]
    return [*stops, *(Setting(gogc, today, version) for gogc in (GOGC_OFF, GOGCS[-1]))]


def find_settings(predictions: Sequence[Prediction], sites: Sites) -> list[Remedy]:
    """At most one remedy of each kind; predictions as of evidence."""
    if len(predictions) < 2:
        return []
    now, others = predictions[0], predictions[1:]
    if now.cycles.value < _FEWEST_CYCLES or not now.marked_bytes.value:
        return []
    cpu = _marking(sites)
    # The bounds have to agree on what it costs, too: that is the point of it.
    today = [one for one in others if _saves(now, one)
             and one.setting.memory_limit_bytes == limit_of(now)
             and one.setting.gogc in (GOGC_OFF, GOGCS[-1])
             and one.cycles.most < now.cycles.value
             and one.peak_bytes.value <= _SAME_PEAK * now.peak_bytes.value]  # fmt: skip
    made = [_gogc(now, best, _stop(others, best), cpu) for best in _best_gogc(predictions)]
    return made + [_limit(now, best, cpu) for best in _fewest(today)]


def _best_gogc(predictions: Sequence[Prediction]) -> list[Prediction]:
    """The one without a limit that saves most for a bearable peak, if any; first as recorded."""
    now, others = predictions[0], predictions[1:]
    free = [one for one in others if one.setting.memory_limit_bytes == NO_LIMIT
            and _saves(now, one)
            and one.peak_bytes.value <= _MOST_PEAK * now.peak_bytes.value]  # fmt: skip
    return _fewest(free)


def _saves(now: Prediction, one: Prediction) -> bool:
    """Whether it surely marks less, in cycles that can be foretold."""
    before = now.marked_bytes.value
    return (
        not one.is_given_up
        and not one.is_thrashing
        and 1 <= one.cycles.value < now.cycles.value
        and one.marked_bytes.most < before
        and before - one.marked_bytes.least >= _LEAST * before
    )


def _fewest(found: Sequence[Prediction]) -> list[Prediction]:
    return sorted(found, key=lambda one: (one.cycles.value, one.peak_bytes.value))[:1]


def _stop(others: Sequence[Prediction], best: Prediction) -> int:
    """The limit that stops a setting without changing it, as predicted; NO_LIMIT if none does."""
    stop = stop_of(best)
    for one in others:
        if (one.setting.gogc, one.setting.memory_limit_bytes) == (best.setting.gogc, stop):
            is_same = one.cycles.value <= best.cycles.value + max(0.1 * best.cycles.value, 1.0)
            return stop if is_same and not one.is_thrashing else NO_LIMIT
    return NO_LIMIT


@dataclass(frozen=True)
class _Cpu:
    """Share of the CPU profile that marking takes, assists included, and its standard error."""

    share: float
    error: float


def _marking(sites: Sites) -> _Cpu | None:
    if sites.cost is None or not sites.cpu_ns:
        return None
    rows = next(table for table in sites.cost.tables if table.name == "split").rows()
    marking = [row for row in rows if row["category"] in _MARKING]
    share = sum(row["time_ns"] for row in marking) / sites.cpu_ns
    samples = sum(row["samples_count"] for row in rows)
    if share < _LEAST_CPU or not samples:
        return None
    return _Cpu(share, (share * max(1 - share, 0.0) / samples) ** 0.5)


def _gogc(now: Prediction, best: Prediction, stop: int, cpu: _Cpu | None) -> Remedy:
    gogc = best.setting.gogc_text
    held = f", and GOMEMLIMIT={_mib(stop)} as a stop: this run would not reach it" if stop else (
        " (and GOMEMLIMIT as a stop)"
    )  # fmt: skip
    return _remedy(
        "set-gogc", f"GOGC={gogc} instead of {now.setting.gogc_text}", now, best, cpu,
        f"A trade of memory for CPU time, not a fix: GOGC={gogc} where the machine has memory to "
        f"spare{held}.",
    )  # fmt: skip


def _limit(now: Prediction, best: Prediction, cpu: _Cpu | None) -> Remedy:
    limit = _mib(best.setting.memory_limit_bytes)
    name = f"GOGC={best.setting.gogc_text} GOMEMLIMIT={limit}"
    return _remedy(
        "set-memory-limit", f"{name} instead of GOGC={now.setting.gogc_text}", now, best, cpu,
        f"{name}: the heap may use at any time what it uses at its largest today. A load with more "
        "alive makes cycles follow one another: watch for that, and leave room.",
    )  # fmt: skip


def _remedy(
    slug: str, change: str, now: Prediction, best: Prediction, cpu: _Cpu | None, advice: str
) -> Remedy:
    before, after = now.marked_bytes.value, best.marked_bytes
    low, high = max(before - after.most, 0.0), max(before - after.least, 0.0)
    return Remedy(
        slug,
        "whole program",
        "",
        0,
        f"{change}: about {_cycles(best.cycles.value)} instead of {now.cycles.value:,.0f}, with a "
        f"peak heap of {_told(best.peak_bytes)} instead of "
        f"{format_bytes(now.peak_bytes.value)}",
        f"the what-if of this run's trace: {best.cycles.least:,.0f} to "
        f"{_cycles(best.cycles.most)}, {format_bytes(after.least)} to {format_bytes(after.most)} "
        f"marked instead of {format_bytes(before)}{_cpu_told(cpu, before, after)}",
        MARKED,
        low,
        high,
        min(low / before, 1.0),
        min(high / before, 1.0),
        Weight.LOW,
        Certainty.ROUNDED,
        advice,
        f"`{_environment(best.setting)}` in front of the benchmark, with GODEBUG=gctrace=1 to "
        "count cycles; `gotrace whatif` on the trace for other settings.",
    )


def _cpu_told(cpu: _Cpu | None, before: float, after: Band) -> str:
    """What marking takes of the CPU time now, and what is left of it, as bytes marked go."""
    if cpu is None:
        return ""
    least = max(cpu.share - SIGMAS * cpu.error, 0.0) * min(after.least / before, 1.0)
    most = (cpu.share + SIGMAS * cpu.error) * min(after.most / before, 1.0)
    left = cpu.share * min(after.value / before, 1.0)
    return (
        f"; marking and assists take {cpu.share:.1%} of the CPU time, and would take about "
        f"{left:.1%} of it ({least:.1%} to {most:.1%}), as bytes marked go"
    )


def _cycles(count: float) -> str:
    whole = round(count)
    return f"{whole:,} cycle{'s' * (whole != 1)}"


def _told(band: Band) -> str:
    low, high = format_bytes(band.least), format_bytes(band.most)
    return f"{format_bytes(band.value)} ({low} to {high})"


def _environment(setting: Setting) -> str:
    limit = setting.memory_limit_bytes
    return f"GOGC={setting.gogc_text}" + (f" GOMEMLIMIT={_mib(limit)}" if limit else "")


def _mib(limit: int) -> str:
    """As GOMEMLIMIT has it."""
    return f"{limit // _MIB}MiB"


def _whole_mib(size: float) -> int:
    return -int(-size // _MIB) * _MIB
