"""The pacer computes what the runtime's own code computed, bit by bit."""

from __future__ import annotations

import pytest

from gotrace.model.versions import GoVersion, between
from tests.model.pacer.oracle.again import ANSWERS
from tests.model.pacer.states import answers


@pytest.mark.parametrize("version", between(GoVersion(21), GoVersion(27)), ids=str)
def test_goals_triggers_assists_and_workers_are_those_of_the_runtime(version: GoVersion) -> None:
    known = ANSWERS.read_text().splitlines()
    assert len(known) == 200
    assert answers([line.split(" = ")[0] for line in known], version) == known


def test_another_headroom_or_another_memory_of_cons_mark_would_be_seen() -> None:
    known = ANSWERS.read_text().splitlines()
    states = [line.split(" = ")[0] for line in known]
    for minor in (18, 19, 20):
        assert answers(states, GoVersion(minor)) != known
