"""The pacer is held against fresh runs: goals to the byte, starts on or between its bounds.

docs/fidelity.md shows all settings and versions; here are a few. `GOTRACE_GOROOTS` names more
toolchains.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.gc_pipeline import read_gc
from gotrace.model.pacer.pacers import pacer_for
from gotrace.model.versions import GoVersion, resolve
from tests.fidelity.goal_recordings import Sample, Setting, build
from tests.fidelity.goals import Run, held, hold_metrics
from tests.goroots import GOROOTS, GoRoot

TRIED = {GoVersion(minor) for minor in (21, 23, 27)}
ROOTS = list({root.version: root for root in GOROOTS if root.version in TRIED}.values())

MIB = 1 << 20


@pytest.fixture(scope="module", params=ROOTS, ids=lambda root: str(root.version))
def binary(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: GoRoot = request.param
    return build(root, tmp_path_factory.mktemp("goals"))


def version(binary: Path) -> str:
    return binary.name.removeprefix("goals-")


@pytest.mark.parametrize("gogc", [50, 100, 200])
def test_every_goal_is_computed_to_the_byte(binary: Path, gogc: int, tmp_path: Path) -> None:
    run = held(binary, version(binary), Setting("churn", 150_000, gogc), tmp_path)
    assert run.goals_equal == run.goals > 2
    assert run.events_equal == run.events >= run.goals - 3 > 0
    assert run.outside == []
    # An interrupted thread can go a step further; of over a thousand starts one did.
    assert run.foretold - 1 <= run.at_trigger > 0


@pytest.mark.parametrize(("gogc", "limit_mib"), [(100, 16), (-1, 24)])
def test_so_is_every_goal_under_a_memory_limit(
    binary: Path, gogc: int, limit_mib: int, tmp_path: Path
) -> None:
    run = held(binary, version(binary), Setting("churn", 150_000, gogc, limit_mib * MIB), tmp_path)
    assert run.goals_equal == run.goals >= run.limited > 5
    # The runtime's counters do change between two readings, but rarely eight times in a row.
    assert run.unsteady <= run.goals // 10
    # The trace of that run tells no goal where GOGC is off, and `gotrace gc` says so.
    notes = {note.slug for note in read_gc(tmp_path / "goals.trace").notes}
    is_untold = gogc < 0 and resolve(version(binary)) >= GoVersion(25)
    assert ("gc-goals-untold" in notes) == is_untold


def test_a_reading_that_is_not_of_one_moment_is_no_goal() -> None:
    """The goal as computed before 640 KiB were given back, the rest as read after."""
    setting = Setting("churn", 0, -1, 32 * MIB)
    steady = Sample(
        2, 25_914_328, 11_353_544, 3_048, 159_274, 1_219_384, 38_504_728, 4_956_160, 2_506_752,
        24_450_288, 1,
    )  # fmt: skip
    torn = steady._replace(goal_bytes=25_262_520)
    judged = [Run(setting, "go1.26") for _ in range(3)]
    hold_metrics(judged[0], [steady])
    hold_metrics(judged[1], [steady, torn._replace(is_steady=0)])
    hold_metrics(judged[2], [torn])
    assert [(run.goals, run.goals_equal, run.unsteady) for run in judged] == [
        (1, 1, 0), (1, 1, 1), (1, 0, 0),
    ]  # fmt: skip
    # Without a limit nothing that other threads change is in it.
    plain = Run(Setting("churn", 0, 100), "go1.26")
    hold_metrics(plain, [torn._replace(is_steady=0)])
    assert (plain.goals, plain.unsteady) == (1, 0)


def test_one_p_starts_every_cycle_in_the_step_that_reaches_the_trigger(
    binary: Path, tmp_path: Path
) -> None:
    run = held(binary, version(binary), Setting("small", 500_000, 100), tmp_path)
    assert run.first_bytes == pacer_for(version(binary)).first_trigger() == 3_997_696
    assert run.foretold > 3
    assert run.at_trigger >= run.foretold - 1
    assert run.outside == []


def test_several_ps_start_between_the_bounds(binary: Path, tmp_path: Path) -> None:
    run = held(binary, version(binary), Setting("plain", 40_000, 100, procs=4), tmp_path)
    assert run.goals_equal == run.goals > 1
    assert len(run.outside) <= 1  # Ps can allocate while the world is being stopped
