"""Suggestions, other Go versions and limits that are too tight, against real runs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import mean

from gotrace.analyses.whatif.settings import NO_LIMIT, Setting
from gotrace.analyses.whatif.suggestion import suggest
from gotrace.model.versions import GoVersion
from tests.fidelity.whatif import Compared, count_of, ends, newest, percent, told
from tests.fidelity.whatif_runs import MIB, PROGRAMS, Runs, built, recorded
from tests.goroots import GOROOTS

__all__ = ["other_versions", "suggestions", "too_tight"]

BUDGET = 48 * MIB
"""What `--suggest` is asked to stay within."""
OTHER = GoVersion(22)
TIGHT = (
    ("growing", 1, 22 * MIB), ("steady", 1, 17 * MIB), ("orders", 4, 20 * MIB),
    ("growing", 4, 36 * MIB), ("steady", 4, 28 * MIB), ("cache", 4, 28 * MIB),
)  # fmt: skip
"""Programs, Ps, and a limit near what is alive and what the runtime maps beside it, or below."""
_GOGCS = (100, 200)
_ALLOWED = 0.10


def suggestions() -> str:
    """What `--suggest` names for a budget, and what became of it."""
    lines = [
        "| program | suggested | cycles predicted | real | off | mapped MiB predicted | real | off "
        "| fits |",
        "|---|---|---:|---:|---:|---:|---:|---:|---|",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS:
            binary = built(program, newest(), Path(folder))
            asked = recorded(binary, 1)
            best = suggest(BUDGET, asked.version, asked.predict).best
            if best is None:
                lines.append(f"| {program} | none fits | | | | | | | |")
                continue
            setting = best.setting
            runs = Runs(binary, 1).of(setting.gogc, setting.memory_limit_bytes)
            cycles = mean(run.cycles for run in runs)
            mapped = [run.mapped_bytes / MIB for run in runs]
            lines.append(
                f"| {program} | {told(setting)} | {best.cycles.value:.0f} "
                f"| {cycles:.0f} ({ends(run.cycles for run in runs)}) "
                f"| {percent(best.cycles.value / max(cycles, 1) - 1)} "
                f"| {best.total_bytes / MIB:.1f} | {mean(mapped):.1f} ({ends(mapped)}) "
                f"| {percent(best.total_bytes / MIB / mean(mapped) - 1)} "
                f"| {sum(value * MIB <= BUDGET for value in mapped)} of {len(mapped)} runs |"
            )
            print(lines[-1], flush=True)
    return "\n".join(lines)


def other_versions() -> str:
    """Recorded with the newest version, predicted for another one, run with that one."""
    root = next((root for root in GOROOTS if root.version == OTHER), None)
    if root is None:
        raise RuntimeError(f"GOTRACE_GOROOTS names no {OTHER}")
    found: list[Compared] = []
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS:
            asked = recorded(built(program, newest(), Path(folder)), 1, (str(OTHER),))
            runs = Runs(built(program, root, Path(folder)), 1)
            for gogc in _GOGCS:
                prediction = asked.predict(Setting(gogc, NO_LIMIT, OTHER))
                found.append(Compared(program, 1, prediction, runs.of(gogc)))
    lines = [
        f"`--runtime {OTHER}`: {count_of(found)} within 10 % of cycles and peak.", "",
        "| program | setting | cycles predicted | real | off | peak MiB predicted | real | off |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
        *map(_row, found),
    ]  # fmt: skip
    return "\n".join(lines)


def _row(one: Compared) -> str:
    return (
        f"| {one.program} | {told(one.prediction.setting)} | {one.prediction.cycles.value:.0f} "
        f"| {one.cycles:.0f} ({ends(run.cycles for run in one.runs)}) "
        f"| {percent(one.cycles_error)} | {one.prediction.peak_bytes.value / MIB:.1f} "
        f"| {one.peak_bytes / MIB:.1f} ({ends(run.peak_bytes / MIB for run in one.runs)}) "
        f"| {percent(one.peak_error)} |"
    )


def too_tight() -> str:
    """Limits near what is alive: whether the prediction says that it cannot tell."""
    lines = [
        "| program | Ps | setting | said | cycles predicted | real |",
        "|---|---:|---|---|---:|---:|",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for program, procs, limit in TIGHT:
            binary = built(program, newest(), Path(folder))
            asked = recorded(binary, procs)
            setting = Setting(400, limit, asked.version)
            found = asked.predict(setting)
            runs = Runs(binary, procs).of(setting.gogc, limit)
            said = "thrashing: cannot tell" if found.is_thrashing else "a number"
            number = "gives up" if found.is_given_up else f"{found.cycles.value:.0f}"
            lines.append(
                f"| {program} | {procs} | {told(setting)} | {said} | {number} "
                f"| {mean(run.cycles for run in runs):.0f} ({ends(run.cycles for run in runs)}) |"
            )
    return "\n".join(lines)
