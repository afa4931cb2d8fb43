"""The heap on the way: what a replay writes down after chosen rows."""

from __future__ import annotations

import numpy as np
import pytest

from gotrace.model.player import Player
from gotrace.model.policies import RUNTIMES, policy_for
from gotrace.model.replay import replay
from gotrace.model.stream import Stream
from tests.model.both_replays import random_steps


@pytest.mark.parametrize("name", ["go1.0", "go1.4", "go1.11", "go1.15", "go1.27", "tcmalloc-2x"])
def test_a_stop_is_the_end_of_the_stream_up_to_there(name: str) -> None:
    stream = Stream.of(random_steps(7, 600))
    policy = policy_for(name)
    stops = [1, 250, 251, len(stream)]
    told = replay(stream, policy, stops=stops)
    assert [stop.row for stop in told.stops] == stops
    whole = replay(stream, policy)
    assert told.stops[-1].statistics == told.statistics == whole.statistics
    assert np.array_equal(told.placements.address, whole.placements.address)
    player = Player(stream, policy, policy.heap(policy, policy.first_address))
    seen = {}
    player.play(lambda row: seen.update({row: player.heap.statistics()}) if row in stops else None)
    for stop in told.stops[:-1]:
        assert stop.statistics == seen[stop.row]


def test_readable_heaps_stop_at_the_same_places(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, policy = Stream.of(random_steps(3, 300)), RUNTIMES["go1.22"]
    calls: list[int] = []
    compiled = replay(stream, policy, stops=[10, len(stream)], progress=calls.append)
    assert calls[-1] == len(stream)
    monkeypatch.setattr("gotrace.model.compiled_replay.is_built", lambda _: False)
    assert replay(stream, policy, stops=[10, len(stream)]).stops == compiled.stops
