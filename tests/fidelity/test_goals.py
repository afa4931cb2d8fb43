"""The pacer is held against fresh runs: goals to the byte, starts on or between its bounds.

docs/fidelity.md shows all settings and versions; here are a few. `GOTRACE_GOROOTS` names more
toolchains.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.model.pacer.pacers import pacer_for
from gotrace.model.versions import GoVersion
from tests.fidelity.goal_recordings import Setting, build
from tests.fidelity.goals import held
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
