"""What a program's memory would have given back to the system, mark by mark, with any allocator.

`replay` places objects and leaves the scavenger out: in go1.14 and later it changes no placement,
and before it goes by a clock. Here it runs, by the rules of the version:

=================  =================================================================================
go1.0 to go1.12    by age, at the times of the stream; without times nothing is given back
go1.12, go1.13     growth and the use of returned memory give back, too (in `replay` as well)
go1.13 on          by goals, set anew at each mark's end: growth, memory limit, background
tcmalloc           as it frees (in `replay` as well)
=================  =================================================================================

The background scavenger of go1.13 on has 1 % of a CPU. How far it comes in a cycle is a matter of
time, so a replay gives it all the time it wants before the next mark, or none
(`ReturnSettings.has_background`): as a rule the truth lies between the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gotrace.model.heap import Heap
from gotrace.model.pages.lists import ListPages
from gotrace.model.pages.two_trees import TwoTreesPages
from gotrace.model.player import Player
from gotrace.model.policy import Policy
from gotrace.model.replayed import Replayed
from gotrace.model.scavenged_heap import ReturnSettings, scavenged
from gotrace.model.scavenger import AgeScavenger, scavenger_of
from gotrace.model.stream import Stream
from gotrace.model.versions import GoVersion, resolve
from gotrace.tables.notes import Note, Severity

__all__ = ["Moments", "Returned", "replay_returning"]


class Moments(NamedTuple):
    """Columns of equal length: the heap after each mark, after each time that age was looked at
    and something went back, and at the end. Bytes as `gotrace.model.heap.Statistics`."""

    row: NDArray[np.int64]
    """How many rows of the stream had been played."""
    time_ns: NDArray[np.int64]
    """0 in a stream without times."""
    marks_count: NDArray[np.int64]
    in_use_bytes: NDArray[np.int64]
    manual_bytes: NDArray[np.int64]
    idle_bytes: NDArray[np.int64]
    released_bytes: NDArray[np.int64]


@dataclass(frozen=True)
class Returned:
    """A replay, and what went back in it."""

    replayed: Replayed
    moments: Moments


def replay_returning(
    stream: Stream,
    policy: Policy,
    settings: ReturnSettings | None = None,
    first_address: int | None = None,
) -> Returned:
    """Replay `stream` with the allocator `policy` and its scavenger; always the readable model.

    A stream without times in which age would decide becomes a note. Raises ModelError as `replay`.
    """
    start = policy.first_address if first_address is None else first_address
    is_by_goal = not policy.frees_at_once and resolve(policy.name) >= GoVersion(13)
    used = scavenged(policy, settings) if is_by_goal else policy
    watcher = _Watcher(stream, Player(stream, used, used.heap(used, start)), policy)
    watcher.player.play(watcher.before_row)
    watcher.look(len(stream))
    columns = np.array(watcher.rows, np.int64).reshape(-1, len(Moments._fields))
    replayed = watcher.player.replayed()
    if watcher.lacks_clock:
        replayed = _noted(replayed)
    return Returned(replayed, Moments(*(np.ascontiguousarray(column) for column in columns.T)))


class _Watcher:
    """Moves the clock before each row, and writes down what is to be seen."""

    def __init__(self, stream: Stream, player: Player, policy: Policy) -> None:
        self.player = player
        self.rows: list[tuple[int, ...]] = []
        self._times: list[int] | None = None if stream.time_ns is None else stream.time_ns.tolist()
        self._scavenger = _age_scavenger(player.heap, policy, self._times)
        self.lacks_clock = self._scavenger is not None and self._times is None
        self._marks_seen = 0

    def before_row(self, row: int) -> None:
        """The time of `row` has come."""
        if self.player.marks_count != self._marks_seen:
            self._marks_seen = self.player.marks_count
            self.look(row)
        if self._scavenger is None or self._times is None:
            return
        if self._scavenger.tick(self._times[row]):
            self.look(row)

    def look(self, row: int) -> None:
        """Write the heap down as it is when `row` rows were played."""
        now = self.player.heap.statistics()
        time_ns = self._times[min(row, len(self._times) - 1)] if self._times else 0
        self.rows.append(
            (
                row,
                time_ns,
                self.player.marks_count,
                now.in_use_bytes,
                now.manual_bytes,
                now.idle_bytes,
                now.released_bytes,
            )
        )


def _age_scavenger(heap: Heap, policy: Policy, times: list[int] | None) -> AgeScavenger | None:
    """The scavenger of go1.0 to go1.12, whose first look is one period after the first row."""
    pages = getattr(heap, "pages", None)
    if policy.frees_at_once or not isinstance(pages, ListPages | TwoTreesPages):
        return None
    pages.now_ns = times[0] if times else 0
    return AgeScavenger(scavenger_of(resolve(policy.name)), pages)


def _noted(replayed: Replayed) -> Replayed:
    message = "this allocator gives memory back by age, and the stream has no times"
    note = Note(Severity.LOSS, "no-clock", message)
    return Replayed(
        replayed.statistics, replayed.placements, replayed.marks_count, (*replayed.notes, note)
    )
