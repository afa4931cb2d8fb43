"""Replay: an allocation stream lived through by a heap, which decides where everything goes.

The heap runs free: its placements are its own; only what is allocated, when marks begin and end and
what they find dead comes from the stream. Rows that break the rules are counted and left out.

A replay is compiled where it can be (`compiled_replay`), else it is readable (`player`): the
results are the same, and tests hold the two together row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from gotrace.model import compiled_replay
from gotrace.model.player import Player
from gotrace.model.policy import Policy
from gotrace.model.replayed import (
    MAX_CACHES,
    MAX_HEAP_BYTES,
    MIN_GOAL_BYTES,
    Placements,
    Replayed,
    Stop,
)
from gotrace.model.stream import Stream

__all__ = ["MAX_CACHES", "MAX_HEAP_BYTES", "MIN_GOAL_BYTES", "Placements", "Replayed", "replay"]

_PROGRESS_ROWS = 1 << 12


def replay(
    stream: Stream,
    policy: Policy,
    first_address: int | None = None,
    *,
    stops: Sequence[int] = (),
    progress: Callable[[int], None] | None = None,
) -> Replayed:
    """Replay `stream` with the allocator `policy`.

    A stream without marks is collected as with GOGC=100, by marks that take no time. `stops` are
    numbers of rows, rising, after which the heap is written down (`Replayed.stops`); `progress` is
    called with the rows played, every now and then. Raises ModelError if an invariant of the heap
    breaks, whatever the stream says.
    """
    start = policy.first_address if first_address is None else first_address
    if compiled_replay.is_built(policy):
        return compiled_replay.play(stream, policy, start, stops, progress)
    player = Player(stream, policy, policy.heap(policy, start))
    wanted, seen = frozenset(stops), list[Stop]()

    def before_row(row: int) -> None:
        if row in wanted:
            seen.append(Stop(row, player.marks_count, player.heap.statistics()))
        if progress is not None and row % _PROGRESS_ROWS == 0:
            progress(row)

    player.play(before_row if wanted or progress is not None else None)
    if len(stream) in wanted:
        before_row(len(stream))
    return replace(player.replayed(), stops=tuple(seen))
