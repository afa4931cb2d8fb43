"""Logs of real programs: held against the execution trace and the MemStats of the same run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gotrace.gc_pipeline import read_gc
from gotrace.readers.gclog.reader import read_gc_log
from gotrace.readers.trace.recording import read_trace
from tests.cli.running import SAMPLES
from tests.goroots import GOROOTS, GoRoot
from tests.readers.gclog.logs import MIB, rows, slugs

PROGRAM = Path(__file__).parent / "go_collections" / "main.go"
LOGS = sorted(SAMPLES.rglob("*gctrace.txt"))
RECENT = [root for root in GOROOTS if root.version.minor >= 21]

MIN_RUNWAY = 64 << 10
"""The goal of a cycle is at least so far above what was live when the world stood at its start
(`runtime/mgcpacer.go`, heapGoalInternal); the trace tells the goal before the cycle begins."""

SIZES = ("heap_live_start_bytes", "heap_live_end_bytes", "marked_bytes", "goal_bytes")


def run(root: GoRoot, folder: Path, procs: int, godebug: str) -> list[int]:
    """Leave `trace.out` and `gc.log` in `folder`; returns what MemStats counted."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "GOTOOLCHAIN": "local",
        "GO111MODULE": "auto",
        "GOFLAGS": "",
    }
    binary = folder / "collections"
    subprocess.run([root.go, "build", "-o", binary, PROGRAM], env=environment, check=True)
    with (folder / "gc.log").open("wb") as log:
        done = subprocess.run(
            [binary, folder / "trace.out"],
            env={"GODEBUG": godebug, "GOMAXPROCS": str(procs)},
            stdout=subprocess.PIPE,
            stderr=log,
            check=True,
        )
    return [int(word) for word in done.stdout.split()]


def traced_sizes(trace: Path) -> list[dict[str, int]]:
    """`SIZES` of every whole cycle in a trace, straight from its events and metrics."""
    columns = read_trace(trace, tables={"events", "metrics"}).columns
    event, metric = columns["events"].coded("event"), columns["metrics"].coded("name")
    times, values = (columns["metrics"].array(name) for name in ("time_ns", "value"))

    def moments(name: str) -> list[int]:
        code = event.values.index(name)
        found: list[int] = columns["events"].array("time_ns")[event.codes == code].tolist()
        return found

    def before(name: str, moment: int, back: int = 1) -> int:
        is_it = metric.codes == metric.values.index(name)
        place = int(np.searchsorted(times[is_it], moment)) - back
        return int(values[is_it][place])

    live, goal = "/memory/classes/heap/objects:bytes", "/gc/heap/goal:bytes"
    sizes = []
    for begin, end in zip(moments("GCBegin"), moments("GCEnd"), strict=False):
        row = (
            before(live, begin), before(live, end, 2), before(live, end), before(goal, begin),
        )  # fmt: skip
        sizes.append(dict(zip(SIZES, row, strict=True)))
    return sizes


@pytest.mark.parametrize("procs", [1, 2])
@pytest.mark.parametrize("root", RECENT, ids=lambda root: str(root.version))
def test_a_log_and_a_trace_of_the_same_run_agree_in_all_four_sizes_of_every_cycle(
    root: GoRoot, procs: int, tmp_path: Path
) -> None:
    """Whole MiB where gctrace alone tells them, bytes where the pacer's line does."""
    collected, forced, paused = run(root, tmp_path, procs, "gctrace=1,gcpacertrace=1")
    recording = read_gc_log(str(tmp_path / "gc.log"), strict=True)
    cycles, traced = rows(recording), traced_sizes(tmp_path / "trace.out")
    assert len(cycles) == collected == len(traced) >= 20
    assert sum(row["reason"] == "forced" for row in cycles) == forced == 2
    stood = {
        row["gc_cycle"]: row["heap_live_start_bytes"]
        for row in rows(recording, "gc_pacing")
        if row["kind"] == "end"
    }
    for row, sizes in zip(cycles, traced, strict=True):
        begun = sizes["heap_live_start_bytes"]
        start = stood.get(row["gc_cycle"], begun)
        assert start >= begun
        sizes["goal_bytes"] = max(sizes["goal_bytes"], start + MIN_RUNWAY)
        if procs > 1 and begun // MIB <= row["heap_live_start_bytes"] // MIB <= start // MIB:
            # Others go on allocating between the event, gctrace's look and the world's standing.
            sizes["heap_live_start_bytes"] = row["heap_live_start_bytes"]
        assert [row[name] // MIB for name in SIZES] == [sizes[name] // MIB for name in SIZES]
        for name in exact(row):
            assert row[name] == sizes[name], (row["gc_cycle"], name)
    assert sum(len(exact(row)) for row in cycles) > len(cycles)
    # What `gotrace gc` makes of the trace says the same, whatever tells it the Go version.
    told = read_gc(tmp_path / "trace.out").columns["gc_cycles"]
    for name in SIZES if procs == 1 else SIZES[1:3]:
        assert [size // MIB for size in told.array(name).tolist()] == [
            row[name] // MIB for row in cycles
        ]
    # Clocks have two digits, and begin before the world stands.
    assert sum(row["paused_ns"] for row in cycles) > 0.88 * paused
    assert slugs(recording) <= {"gc-pacer-lines-alone"}


def exact(row: dict[str, Any]) -> list[str]:
    """Columns of `SIZES` that a pacer line made exact."""
    told = (row["exact_sizes"] or "").split(",")
    names = {"end": SIZES[1], "marked": SIZES[2], "goal": SIZES[3]}
    return [names[name] for name in told if name in names]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: "-".join(path.parts[-3:]))
def test_every_line_of_a_shipped_log_is_read(path: Path) -> None:
    recording = read_gc_log(str(path), strict=True)
    cycles = rows(recording)
    text = path.read_text()
    assert len(cycles) == text.count(" ms clock, ") > 0
    assert sum(row["reason"] == "forced" for row in cycles) == text.count("P (forced)")
    assert [row["gc_cycle"] for row in cycles] == list(range(1, len(cycles) + 1))
    assert slugs(recording) == set()
    assert len(rows(recording, "gc_pacing")) == text.count("pacer: ")
    assert len(rows(recording, "scavenges")) == text.count("scav ")
