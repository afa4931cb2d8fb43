"""The lines of gcpacertrace and of the scavenger, and what they add to the cycles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gotrace.readers.gclog.pacer_lines import parse_pacer
from gotrace.readers.gclog.scavenger_lines import parse_scavenger
from tests.readers.gclog.logs import MIB, cycle, note, read, rows, slugs

START = b"pacer: assist ratio=+1.25e+000 (scan 1 MB in 70->71 MB) workers=2+%s"
SWEEP = b"pacer: sweep done at heap size 29MB; allocated 1MB %s; swept 3800 pages"
FEEDBACK = (
    b"pacer: H_m_prev=30408704 h_t=+2.5e-001 H_T=38010888 h_a=+1.40625e+000 H_a=73170944 "
    b"h_g=+1.000000e+000 H_g=60817408 u_a=+2.500000e-001 u_g=+2.500000e-001 W_a=301044 "
    b"goal\xce\x94=+7.5e-001 actual\xce\x94=+1.15625e+000 u_a/u_g=+1.000000e+000"
)
END = (
    b"pacer: 36%% CPU (25 exp.) for 44760+1984+153562 B work (153562 B exp.) in %d B -> %d B "
    b"(\xe2\x88\x86goal %d, cons/mark %s)"
)

PACER_LINES: list[tuple[str, bytes, dict[str, Any]]] = [
    (
        "start, Go 1.5 to 1.9",
        START % b"0",
        {
            "kind": "start", "assist_ratio": 1.25, "heap_scan_bytes": MIB,
            "heap_live_start_bytes": 70 * MIB, "goal_bytes": 71 * MIB,
            "dedicated_workers_count": 2, "fractional_utilisation_ratio": 0.0,
            "resolution_bytes": MIB,
        },
    ),
    ("start, Go 1.10", START % b"+2.5e-001", {"fractional_utilisation_ratio": 0.25}),
    (
        "start, Go 1.27",
        b"pacer: assist ratio=0.8045707370923914 (scan 0 MB in 3->4 MB) workers=0+0.25\n",
        {"assist_ratio": 0.8045707370923914, "fractional_utilisation_ratio": 0.25},
    ),
    (
        "end, Go 1.5 to 1.17",
        FEEDBACK,
        {
            "kind": "end", "previous_marked_bytes": 30408704, "trigger_ratio": 0.25,
            "trigger_bytes": 38010888, "actual_growth_ratio": 1.40625,
            "heap_live_end_bytes": 73170944, "goal_growth_ratio": 1.0, "goal_bytes": 60817408,
            "utilisation_ratio": 0.25, "goal_utilisation_ratio": 0.25,
            "heap_scan_work_bytes": 301044, "resolution_bytes": 1,
        },
    ),
    (
        "end, Go 1.18",
        END % (4194304, 4169728, -24576, b"+0.000000e+000)[controller reset]"),
        {"heap_live_start_bytes": 4194304, "goal_bytes": 4194304, "cons_mark_ratio": 0.0},
    ),
    (
        "end, Go 1.19",
        END % (4022272, 4390912, 196608, b"+1.5e-001"),
        {
            "kind": "end", "utilisation_ratio": 0.36, "goal_utilisation_ratio": 0.25,
            "heap_scan_work_bytes": 44760, "stack_scan_work_bytes": 1984,
            "globals_scan_work_bytes": 153562, "expected_scan_work_bytes": 153562,
            "heap_live_start_bytes": 4022272, "heap_live_end_bytes": 4390912,
            "goal_bytes": 4194304, "cons_mark_ratio": 0.15, "resolution_bytes": 1,
        },
    ),
    ("end, Go 1.27", END % (4005888, 4792320, 598016, b"1.92"), {"cons_mark_ratio": 1.92}),
    (
        "sweep, Go 1.5",
        SWEEP % b"of spans",
        {"kind": "sweep", "allocated_bytes": MIB, "swept_pages_count": 3800},
    ),
    (
        "sweep, Go 1.10",
        SWEEP % b"during sweep" + b" at +6.25e-004 pages/byte",
        {"heap_live_end_bytes": 29 * MIB, "sweep_ratio": 0.000625},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"), [k[1:] for k in PACER_LINES], ids=[k[0] for k in PACER_LINES]
)
def test_a_pacer_line_of_each_version_is_read(line: bytes, expected: dict[str, Any]) -> None:
    found = parse_pacer(line)
    assert found is not None
    assert {name: found[name] for name in expected} == expected


SCAVENGER_LINES: list[tuple[str, bytes, dict[str, Any]]] = [
    ("Go 1.5", b"scvg3: 12 MB released", {"released_bytes": 12 * MIB, "is_forced": False}),
    ("Go 1.5, forced", b"scvg-1: 5 MB released", {"kind": "released", "is_forced": True}),
    (
        "Go 1.12",
        b"scvg0: inuse: 3, idle: 60, sys: 63, released: 57, consumed: 6 (MB)",
        {
            "kind": "heap", "inuse_bytes": 3 * MIB, "idle_bytes": 60 * MIB, "sys_bytes": 63 * MIB,
            "heap_released_bytes": 57 * MIB, "consumed_bytes": 6 * MIB, "is_forced": False,
        },
    ),
    ("Go 1.14", b"scvg: 8 KB released", {"released_bytes": 8192, "resolution_bytes": 1024}),
    (
        "Go 1.14, forced",
        b"forced scvg: inuse: 0, idle: 9, sys: 9, released: 9, consumed: 0 (MB)",
        {"is_forced": True, "sys_bytes": 9 * MIB},
    ),
    (
        "Go 1.15",
        b"scav 4 1024 KiB work, 2048 KiB total, 90% util (forced)",
        {"released_bytes": MIB, "heap_released_bytes": 2 * MIB, "is_forced": True},
    ),
    ("Go 1.16", b"scav 1024 KiB work, 2048 KiB total, 90% util", {"utilisation_ratio": 0.9}),
    (
        "Go 1.21",
        b"scav 8 KiB work (bg), 16 KiB work (eager), 2896 KiB now, 83% util",
        {
            "kind": "scavtrace", "released_bytes": 24 << 10, "background_bytes": 8 << 10,
            "eager_bytes": 16 << 10, "heap_released_bytes": 2896 << 10, "is_forced": False,
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"), [k[1:] for k in SCAVENGER_LINES], ids=[k[0] for k in SCAVENGER_LINES]
)
def test_a_scavenger_line_of_each_version_is_read(
    line: bytes, expected: dict[str, Any], tmp_path: Path
) -> None:
    found = parse_scavenger(line)
    assert found is not None
    assert {name: found[name] for name in expected} == expected
    (row,) = rows(read(cycle(1) + b"\n" + line + b"\n", tmp_path), "scavenges")
    assert {name: row[name] for name in expected} == expected
    assert (row["line"], row["run"]) == (2, 0)


def test_pacer_lines_belong_to_the_cycle_that_they_stand_before(tmp_path: Path) -> None:
    """Sweeping may end before or behind its line; a lost line takes nothing of the next one's."""
    start, sweep = START % b"0", SWEEP % b"during sweep"
    ends = [END % (4 * MIB + 8, 5 * MIB + 9, at, b"0") for at in (1, 2, 3)]
    log = [start, ends[0], cycle(1), sweep, start, sweep, cycle(2, end=" (forced)")]
    log += [start, ends[1], start, ends[2], cycle(4)]
    recording = read(b"\n".join(log) + b"\n", tmp_path)
    pacing = rows(recording, "gc_pacing")
    assert [row["gc_cycle"] for row in pacing] == [1, 1, 1, 2, 2, None, None, 4, 4]
    assert [row["line"] for row in pacing] == [1, 2, 4, 5, 6, 8, 9, 10, 11]
    assert note(recording, "gc-pacer-lines-alone").where == "lines 8, 9"
    assert [row["dedicated_workers_count"] for row in rows(recording)] == [2, 2, 2]


def test_exact_bytes_refine_the_sizes_since_go_1_19(tmp_path: Path) -> None:
    """All but heapLive at the start, which the pacer looks at later than gctrace."""
    log = END % (4 * MIB + 16, 5 * MIB + 9, 5 - MIB, b"0") + b"\n" + cycle(1) + b"\n"
    (row,) = rows(read(log, tmp_path))
    assert row["heap_live_start_bytes"] == 4 * MIB
    assert row["heap_live_end_bytes"] == 5 * MIB + 9
    assert row["goal_bytes"] == 6 * MIB + 4
    assert row["stacks_bytes"] == 1984
    assert row["exact_sizes"] == "end,goal,stacks"
    assert (row["marked_bytes"], row["resolution_bytes"]) == (2 * MIB, MIB)


def test_go_1_18_prints_the_trigger_and_other_stacks(tmp_path: Path) -> None:
    """One trigger that is no sum of slots tells it for all cycles of the program."""
    first = END % (4 * MIB + 16, 5 * MIB + 9, 5 - MIB, b"0") + b"\n" + cycle(1) + b"\n"
    second = END % (4 * MIB + 17, 5 * MIB + 9, 5 - MIB, b"0") + b"\n" + cycle(2) + b"\n"
    found = rows(read(first + second, tmp_path))
    assert [row["stacks_bytes"] for row in found] == [0, 0]
    assert [row["exact_sizes"] for row in found] == ["end,goal", "end,goal"]


def test_the_feedback_line_tells_what_the_cycle_before_marked(tmp_path: Path) -> None:
    """Go 1.5 to 1.17: `H_m_prev` and `H_a`; the goal of the line is not the one in force."""
    log = cycle(1, sizes="9->9->29", extra="") + b"\n" + FEEDBACK + b"\n"
    log += cycle(2, sizes="36->69->30", goal=58, extra="") + b"\n"
    first, second = rows(read(log, tmp_path))
    assert (first["marked_bytes"], first["exact_sizes"]) == (30408704, "marked")
    assert (second["heap_live_end_bytes"], second["exact_sizes"]) == (73170944, "end")
    assert (second["goal_bytes"], second["trigger_bytes"]) == (58 * MIB, 38010888)


def test_a_pacer_line_that_contradicts_the_cycle_changes_nothing(tmp_path: Path) -> None:
    log = END % (9 * MIB, 9 * MIB, 0, b"0") + b"\n" + cycle(1) + b"\n"
    recording = read(log, tmp_path)
    (row,) = rows(recording)
    assert (row["heap_live_end_bytes"], row["exact_sizes"]) == (5 * MIB, None)
    assert rows(recording, "gc_pacing")[0]["gc_cycle"] is None
    assert "gc-pacer-lines-alone" in slugs(recording)


@pytest.mark.parametrize(
    "line",
    [
        b"pacer: assist ratio=1.2.3 (scan 0 MB in 3->4 MB) workers=0+0.25",
        b"pacer: assist ratio=0.8 (scan 0 MB in 3->4 MB",
        FEEDBACK[:60],
        (END % (1, 2, 3, b"0"))[:70],
        (SWEEP % b"of spans")[:-9],
        b"scvg: 12 MB rel",
        b"scav 8 KiB work (bg), 16 KiB",
        # The half before what only the collector says:
        b"pacer: assist ra",
        b"pacer: H_m_",
        b"pacer: 31% CP",
        b"scvg3: inu",
        b"scvg3: 12 M",
        b"scav 8 Ki",
    ],
    ids=repr,
)
def test_a_cut_pacer_or_scavenger_line_is_told_of(line: bytes, tmp_path: Path) -> None:
    recording = read(cycle(1) + b"\n" + line + b"\n", tmp_path)
    assert note(recording, "gc-lines-unread").where == "line 2"


def test_numbers_of_the_pacer_that_cannot_be_are_unknown(tmp_path: Path) -> None:
    nines = int("9" * 20)
    log = END % (nines, 5 * MIB, -nines, b"NaN") + b"\n" + cycle(1) + b"\n"
    (row,) = rows(read(log, tmp_path), "gc_pacing")
    assert (row["heap_live_start_bytes"], row["goal_bytes"]) == (None, None)
    assert (row["cons_mark_ratio"], row["heap_live_end_bytes"]) == (None, 5 * MIB)


def test_somebody_elses_pacer_is_a_foreign_line(tmp_path: Path) -> None:
    others = b"\npacer: throttled\nGC forced by hand\nscvg!\npacer: ass\xc3\xa9\nscav 8 KiBs\n"
    recording = read(cycle(1) + others, tmp_path)
    assert slugs(recording) == set()
    assert note(recording, "foreign-lines").count == 5
