"""The line of a cycle in the layout of every version since Go 1.5.

The lines are made up; their layout is that of the `print` calls in `runtime/mgc.go` of the version
they are named after.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gotrace.readers.gclog.cycle_lines import parse_cycle
from tests.readers.gclog.logs import MIB, cycle, read, rows

GO_1_5 = (
    b"gc 41 @4.250s 2%: 4.7+5.1+0.53+0.36+0.50 ms clock, 18+5.1+0+4.5/0.006/7.2+2.4 ms cpu, "
    b"120->121->57 MB, 128 MB goal, 16 P\n"
)
GO_1_5_FORCED = (
    b"gc 42 @5.111s 0%: 0.081+0+0+0+6.5 ms clock, 0.32+0+0+4.5/0.006/7.2+26 ms cpu, "
    b"77->77->77 MB, 77 MB goal, 16 P (forced)\n"
)
GO_1_6 = (
    b"gc 8 @0.049s 3%: 0.021+0.55+0.060 ms clock, 0.17+0.20/0.41/0.92+0.48 ms cpu, "
    b"4->4->1 MB, 5 MB goal, 8 P\n"
)
GO_1_6_FORCED = (
    b"gc 9 @0.060s 3%: 0.003+0+1.6 ms clock, 0.024+0.20/0.41/0.92+12 ms cpu, "
    b"3->3->1 MB, 3 MB goal, 8 P (forced)\n"
)
GO_1_10 = (
    b"gc 7 @61.120s 0%: 0.044+1.5+0.036 ms clock, 0.35+0/3.1/8.4+0.28 ms cpu, "
    b"18->18->14 MB, 19 MB goal, 8 P\n"
)
GO_1_10_FORCED = (
    b"gc 11 @17.250s 0%: 0.005+1.1+0.006 ms clock, 0.020+0/1.1/2.8+0.024 ms cpu, "
    b"1011->1011->0 MB, 1790 MB goal, 4 P (forced)\n"
)
GO_1_15 = (
    b"gc 88 @2981.125s 0%: 0.071+31+0.033 ms clock, 0.57+0.35/62/110+0.26 ms cpu, "
    b"261->265->201 MB, 268 MB goal, 8 P\n"
)
GO_1_19 = (
    b"gc 3 @0.012s 27%: 0.22+1.6+0.023 ms clock, 0.45+0.026/0.20/0+0.047 ms cpu, "
    b"3->5->3 MB, 4 MB goal, 1 MB stacks, 2 MB globals, 2 P\n"
)
GO_1_27 = (
    b"gc 9 @0.229s 1% (checking for goroutine leaks): 0.12+6.7+0.062 ms clock, "
    b"0.24+0/1.6/4.9+0.12 ms cpu, 6->6->5 MB, 10 MB goal, 0 MB stacks, 0 MB globals, 2 P (forced)\n"
)

KNOWN: list[tuple[str, bytes, str, dict[str, Any]]] = [
    (
        "Go 1.5",
        GO_1_5,
        "Go 1.5 or 1.6",
        {
            "gc_cycle": 41, "time_ns": 4_250_000_000, "gc_cpu_ratio": 0.02, "reason": "heap",
            "sweep_termination_ns": 4_700_000, "mark_ns": 5_990_000,
            "mark_termination_ns": 500_000, "paused_ns": 5_200_000,
            "end_time_ns": 4_261_190_000, "stw_cpu_ns": 20_400_000, "assist_cpu_ns": 4_500_000,
            "dedicated_cpu_ns": 6_000, "idle_cpu_ns": 7_200_000,
            "heap_live_start_bytes": 120 * MIB, "heap_live_end_bytes": 121 * MIB,
            "marked_bytes": 57 * MIB, "goal_bytes": 128 * MIB, "gomaxprocs": 16,
            "stacks_bytes": None, "globals_bytes": None, "allocated_mark_bytes": MIB,
        },
    ),
    (
        "Go 1.5, forced: all stopped, and the times of marking are those of the cycle before",
        GO_1_5_FORCED,
        "Go 1.5 or 1.6",
        {
            "reason": "forced", "mark_ns": 0, "paused_ns": 6_581_000, "assist_cpu_ns": None,
            "dedicated_cpu_ns": None, "idle_cpu_ns": None, "stw_cpu_ns": 26_320_000,
        },
    ),
    (
        "Go 1.6",
        GO_1_6,
        "Go 1.6 to 1.17",
        {
            "sweep_termination_ns": 21_000, "mark_ns": 550_000, "mark_termination_ns": 60_000,
            "stw_cpu_ns": 650_000, "assist_cpu_ns": 200_000, "dedicated_cpu_ns": 410_000,
            "idle_cpu_ns": 920_000, "marked_bytes": MIB, "goal_bytes": 5 * MIB,
        },
    ),
    (
        "Go 1.6, forced",
        GO_1_6_FORCED,
        "Go 1.6 to 1.17",
        {"reason": "forced", "mark_ns": 0, "assist_cpu_ns": None, "idle_cpu_ns": None},
    ),
    ("Go 1.10", GO_1_10, "Go 1.6 to 1.17", {"assist_cpu_ns": 0, "end_time_ns": 61_121_580_000}),
    (
        "Go 1.10, forced: marks while the program runs",
        GO_1_10_FORCED,
        "Go 1.6 to 1.17",
        {"reason": "forced", "assist_cpu_ns": 0, "idle_cpu_ns": 2_800_000, "marked_bytes": 0},
    ),
    (
        "Go 1.15",
        GO_1_15,
        "Go 1.6 to 1.17",
        {"time_ns": 2_981_125_000_000, "mark_ns": 31_000_000, "idle_cpu_ns": 110_000_000},
    ),
    (
        "Go 1.19",
        GO_1_19,
        "Go 1.18 or later",
        {"stacks_bytes": MIB, "globals_bytes": 2 * MIB, "gomaxprocs": 2, "gc_cpu_ratio": 0.27},
    ),
    (
        "Go 1.27",
        GO_1_27,
        "Go 1.26 or later",
        {"gc_cycle": 9, "reason": "forced", "mark_ns": 6_700_000, "goal_bytes": 10 * MIB},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "layout", "expected"), [k[1:] for k in KNOWN], ids=[k[0] for k in KNOWN]
)
def test_the_line_of_each_version_is_read(
    line: bytes, layout: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    recording = read(line, tmp_path)
    (row,) = rows(recording)
    assert {name: row[name] for name in expected} == expected
    assert recording.origin.format == f"GODEBUG=gctrace=1 log ({layout})"
    assert (row["resolution_bytes"], row["exact_sizes"], row["line"]) == (MIB, None, 1)


def test_a_cycle_without_a_goal_has_none(tmp_path: Path) -> None:
    """With GOGC=off the goal is the largest number there is, or near it."""
    goals = (17592186044415, 8532210231533, 8191)
    log = b"\n".join(cycle(i + 1, goal=goal) for i, goal in enumerate(goals))
    assert [row["goal_bytes"] for row in rows(read(log, tmp_path))] == [None, None, 8191 * MIB]


def test_a_clock_that_went_backwards_is_unknown(tmp_path: Path) -> None:
    """The runtime prints -1 ms as 2^64 ns less 1 ms."""
    log = cycle(1, clock="0.01+18446744073708+0.02") + b"\n" + cycle(2, clock="0+0+0")
    recording = read(log, tmp_path)
    first, second = rows(recording)
    assert (first["mark_ns"], first["end_time_ns"], first["paused_ns"]) == (None, None, 30_000)
    assert (second["mark_ns"], second["paused_ns"]) == (0, 0)
    assert "negative-clocks" in {note.slug for note in recording.notes}


@pytest.mark.parametrize(
    "change",
    [
        (b"0.010+0.50+0.020", b"0.010+0.50"),
        (b"0.010+0.50+0.020", b"0.010+0.50+0.020+1"),
        (b"0.10/0.20/0.30", b"0.10/0.20"),
        (b"0.080+0.10", b"0.10"),
        (b"0.50+", b"0.5.0+"),
        (b"0.50+", b"+"),
        (b"4->5->2", b"4->5"),
        (b"6 MB goal", b"x MB goal"),
        (b" ms cpu", b""),
        (b"8 P", b""),
        (b"@0.100s", b"@.s"),
    ],
    ids=str,
)
def test_a_line_that_breaks_the_layout_is_no_cycle(change: tuple[bytes, bytes]) -> None:
    assert parse_cycle(cycle(1)) is not None
    broken = cycle(1).replace(*change)
    assert broken != cycle(1)
    assert parse_cycle(broken) is None


def test_numbers_that_cannot_be_are_unknown_and_break_nothing(tmp_path: Path) -> None:
    nines = "9" * 18
    log = [
        cycle(1, nines, clock=f"{nines}+{nines}+{nines}", cpu=f"{nines}+1/1/1+{nines}"),
        cycle(2, sizes=f"{nines}->{nines}->{nines}", goal=int(nines)),
        cycle(3, clock="+".join(["400000000000"] * 3)),
    ]
    first, second, third = rows(read(b"\n".join(log) + b"\n", tmp_path))
    assert [first[name] for name in ("time_ns", "mark_ns", "paused_ns", "stw_cpu_ns")] == [None] * 4
    assert [second[f"{name}_bytes"] for name in ("heap_live_start", "marked", "goal")] == [None] * 3
    assert third["paused_ns"] == 2 * third["mark_ns"] == 800_000_000_000_000_000


def test_every_cycle_has_its_two_stops(tmp_path: Path) -> None:
    log = GO_1_6 + cycle(9, clock="1+2+18446744073708")
    stops = rows(read(log, tmp_path), "gc_pauses")
    assert [(s["gc_cycle"], s["reason"], s["time_ns"], s["duration_ns"]) for s in stops] == [
        (8, "GC sweep termination", 49_000_000, 21_000),
        (8, "GC mark termination", 49_571_000, 60_000),
        (9, "GC sweep termination", 900_000_000, 1_000_000),
    ]
    assert stops[1]["end_time_ns"] == 49_631_000


def test_two_minutes_without_a_cycle_are_a_reason(tmp_path: Path) -> None:
    """The runtime prints a line of its own then, before the cycle's (`runtime/proc.go`)."""
    log = cycle(1) + b"\nGC forced\n" + cycle(2, "120.2") + b"\n" + cycle(3, "120.3") + b"\n"
    assert [row["reason"] for row in rows(read(log, tmp_path))] == ["heap", "periodic", "heap"]
