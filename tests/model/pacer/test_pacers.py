"""The pacers by version: one for each, and the numbers that their sources name."""

from __future__ import annotations

import re

import pytest

from gotrace.errors import UsageError
from gotrace.model.pacer.assists import OVER_ASSIST_WORK_BYTES, assist_step
from gotrace.model.pacer.commit import commit
from gotrace.model.pacer.goal import DEFAULT_HEAP_MINIMUM_BYTES
from gotrace.model.pacer.integers import MAX_UINT64
from gotrace.model.pacer.pacers import PACERS, pacer_for
from gotrace.model.pacer.rules import GOGC_OFF, MarkProgress, MemoryLimitState
from gotrace.model.pacer.starts import FORCE_PERIOD_NS, StartReason, start_reason
from gotrace.model.pacer.sweeping import SWEEP_MIN_HEAP_DISTANCE_BYTES
from gotrace.model.pacer.workers import BACKGROUND_UTILISATION
from gotrace.model.versions import KNOWN, GoVersion
from tests.goroots import GOROOTS, GoRoot

KIB, MIB = 1 << 10, 1 << 20
SECOND_NS = 10**9

EACH_VERSION = pytest.mark.parametrize("version", KNOWN, ids=str)
EACH_ROOT = pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))


@EACH_VERSION
def test_every_version_has_a_pacer_of_its_own_name(version: GoVersion) -> None:
    assert pacer_for(str(version)).version == pacer_for(version).version == version


def test_the_table_is_in_order_and_other_names_are_refused() -> None:
    versions = [row.version for row in PACERS]
    assert versions == sorted(set(versions))
    with pytest.raises(UsageError):
        pacer_for("go2.1")


@EACH_VERSION
def test_the_first_cycle_starts_at_once_then_at_4_mib_then_just_below(version: GoVersion) -> None:
    expected = 0 if version < GoVersion(5) else 4 * MIB if version < GoVersion(19) else 3_997_696
    assert pacer_for(version).first_trigger() == expected


def test_other_gogcs_scale_the_first_cycle() -> None:
    assert pacer_for("go1.8").first_trigger(50) == 2 * MIB
    # go1.9 to go1.17 begin as if a heap of 4 MiB/(1 + 7/8) had been marked, whatever GOGC is.
    assert pacer_for("go1.9").first_trigger(50) == 3_299_518
    assert pacer_for("go1.18").first_trigger(50) == 2 * MIB
    assert pacer_for("go1.27").first_trigger(50) == 2 * MIB // 64 * 61
    assert pacer_for("go1.27").first_trigger(200) == 8 * MIB // 64 * 61


@EACH_VERSION
def test_without_gogc_there_is_no_goal_until_a_limit_gives_one(version: GoVersion) -> None:
    pacer = pacer_for(version)
    assert pacer.goal_limits(MIB, 0, 0, GOGC_OFF).goal_bytes == MAX_UINT64
    state = MemoryLimitState(64 * MIB, 10 * MIB, 2 * MIB, 5 * MIB)
    limited = pacer.goal_limits(MIB, 0, 0, GOGC_OFF, state).goal_bytes
    if version < GoVersion(19):
        assert limited == MAX_UINT64, "GOMEMLIMIT does not exist yet"
    else:
        # 61 MiB may be heap; 1 MiB of it, or since go1.21 3 %, is kept free.
        free = MIB if version < GoVersion(21) else 61 * MIB // 100 * 3
        assert limited == 61 * MIB - free


@EACH_VERSION
def test_stacks_and_globals_count_since_go118(version: GoVersion) -> None:
    goal = pacer_for(version).goal_limits(10 * MIB, 100 * KIB, 50 * KIB, 200).goal_bytes
    assert goal == 30 * MIB + (300 * KIB if version >= GoVersion(18) else 0)


@EACH_VERSION
def test_a_trigger_lies_within_its_bounds_and_not_above_its_goal(version: GoVersion) -> None:
    pacer = pacer_for(version)
    for marked in (0, 100 * KIB, 3 * MIB, 50 * MIB, 5000 * MIB):
        for gogc in (20, 64, 100, 400):
            planned = commit(
                pacer, pacer.start(gogc), marked, KIB, KIB, gogc, unswept_live_bytes=marked
            )
            lower, upper = pacer.trigger_bounds(
                marked, planned.goal_bytes, gogc, min_trigger_bytes=planned.min_trigger_bytes
            )
            assert lower <= planned.trigger_bytes <= upper
            assert planned.trigger_bytes <= planned.goal_bytes


@pytest.mark.parametrize(
    ("procs", "dedicated", "fractional"),
    [(1, 0, 0.25), (2, 0, 0.25), (3, 0, 0.25), (4, 1, 0), (5, 1, 0), (6, 1, 1 / 12), (7, 2, 0)],
)
def test_a_quarter_of_the_ps_marks(procs: int, dedicated: int, fractional: float) -> None:
    workers = pacer_for("go1.27").workers(procs)
    assert workers.dedicated_count == dedicated
    assert workers.fractional_ratio == pytest.approx(fractional)
    assert workers.idle_max_count == procs - dedicated
    periodic = pacer_for("go1.27").workers(procs, is_periodic=True)
    assert periodic.idle_max_count == (0 if dedicated else 1)


def test_to_go19_one_worker_takes_what_whole_ps_leave() -> None:
    workers = [pacer_for("go1.9").workers(procs) for procs in (1, 4, 6, 7)]
    assert [(one.dedicated_count, one.fractional_ratio) for one in workers] == [
        (0, 0.25),
        (1, 0.0),
        (1, 0.5),
        (1, 0.75),
    ]
    assert pacer_for("go1.1").workers(16).dedicated_count == 8, "the world stands still"


def test_a_cycle_that_marks_more_than_expected_moves_its_goal() -> None:
    pacer = pacer_for("go1.27")
    steady = MarkProgress(
        gogc=100,
        heap_live_bytes=16 * MIB,
        heap_scan_bytes=20 * MIB,
        goal_bytes=20 * MIB,
        triggered_bytes=16 * MIB,
        scan_work_bytes=0,
        last_heap_scan_bytes=8 * MIB,
    )
    assert pacer.assist_ratio(steady) == 2.0, "8 MiB to mark in 4 MiB"
    grown = MarkProgress(
        **{**vars(steady), "scan_work_bytes": 10 * MIB, "heap_live_bytes": 20 * MIB}
    )
    # 20 MiB to mark now get the runway that 8 MiB had: 16 + 4·20/8 = 26 MiB.
    assert pacer.assist_ratio(grown) == pytest.approx(10 / 6)


def test_an_assist_scans_64_kib_at_least_and_pays_ahead() -> None:
    assert assist_step(10 * KIB, 8 * MIB, 4 * MIB) == (64 * KIB, 32 * KIB)
    assert assist_step(40 * KIB, 8 * MIB, 4 * MIB) == (80 * KIB, 40 * KIB)


def test_sweeping_ends_1_mib_before_the_trigger() -> None:
    pacer = pacer_for("go1.27")
    assert pacer.sweep_pages_per_byte(21 * MIB, 10 * MIB, 1280, 256) == 1024 / (10 * MIB)
    assert pacer.sweep_pages_per_byte(10 * MIB, 10 * MIB, 100) == 100 / 8192, "never more"
    assert pacer.sweep_pages_per_byte(21 * MIB, 10 * MIB, 100, 100) == 0


def test_a_cycle_starts_by_heap_by_time_or_by_force() -> None:
    def reason(live: int, now_s: int, forced: bool = False) -> StartReason | None:
        return start_reason(live, 100, now_s * SECOND_NS, 10 * SECOND_NS, is_forced=forced)

    assert reason(100, 11) is StartReason.HEAP
    assert reason(99, 130) is None
    assert reason(99, 131) is StartReason.PERIODIC
    assert reason(0, 11, forced=True) is StartReason.FORCED
    assert start_reason(99, 100, 10**18, None) is None, "nothing was collected yet"


@EACH_ROOT
def test_the_constants_are_those_of_the_runtimes_source(root: GoRoot) -> None:
    source = root.source("runtime/mgcpacer.go")

    def constant(name: str) -> str:
        found = re.search(rf"^\t(?:const )?{name} += (.+?)(?: //.*)?$", source, re.M)
        assert found, name
        return found[1]

    assert constant("minTriggerRatioNum") == "45"
    assert constant("maxTriggerRatioNum") == "61"
    assert constant("triggerRatioDen") == "64"
    assert constant("memoryLimitHeapGoalHeadroomPercent") == "3"
    assert constant("memoryLimitMinHeapGoalHeadroom") == "1 << 20"
    assert constant("gcOverAssistWork") == "64 << 10" and OVER_ASSIST_WORK_BYTES == 64 * KIB
    assert constant("gcGoalUtilization") == "gcBackgroundUtilization"
    assert float(constant("gcBackgroundUtilization")) == BACKGROUND_UTILISATION
    assert "lastConsMark [4]float64" in source
    assert "(4<<20)" in source and DEFAULT_HEAP_MINIMUM_BYTES == 4 << 20
    distance = re.search(r"sweepMinHeapDistance += 1024 \* 1024", root.source("runtime/mgc.go"))
    assert distance and SWEEP_MIN_HEAP_DISTANCE_BYTES == MIB
    period = re.search(
        r"forcegcperiod int64 = (\d+) \* (\d+) \* 1e9", root.source("runtime/proc.go")
    )
    assert period and int(period[1]) * int(period[2]) * SECOND_NS == FORCE_PERIOD_NS
